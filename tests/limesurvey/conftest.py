"""Servers for the tests: a fake in memory, recorded exchanges played back, and a real one where there is one.

A test that takes ``bed`` runs against the fake; one that takes ``server`` runs against recorded exchanges and, when
LIMESURVEY_URL, LIMESURVEY_USER and LIMESURVEY_PASSWORD are set, against that server too (marked ``limesurvey``).
With LIMESURVEY_RECORD=1 the latter, when it passes, writes what it heard to ``exchanges/``; run it again whenever the
calls are meant to change.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from trustsurvey.errors import PlatformError
from trustsurvey.fieldwork.platform import Deployment, Record, raw_keys
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey import client as client_module
from trustsurvey.limesurvey import platform as platform_module
from trustsurvey.limesurvey import rows as rows_module
from trustsurvey.limesurvey.client import Client
from trustsurvey.limesurvey.codes import STAMP, page_code, stamp, survey_number
from trustsurvey.limesurvey.credentials import Credentials
from trustsurvey.resources import share

HERE = Path(__file__).parent
USER, PASSWORD = "researcher", "correct horse battery staple"
PASSED = pytest.StashKey[bool]()
ACCOUNT = ("LIMESURVEY_URL", "LIMESURVEY_USER", "LIMESURVEY_PASSWORD")


def _module(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(f"limesurvey_tests_{name}", HERE / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


fake_server, wire, exchanges = _module("fake"), _module("wire"), _module("exchanges")

SMALL = """
instrument: small
version: 1.0.0
languages: [en]
title: {en: Small}
refused: {code: PNS, label: {en: Prefer not to say}}
groups:
  - code: all
    title: {en: All}
    questions:
      - {code: SAFE, type: yes_no, text: {en: Do you feel safe?}, refused: true}
      - {code: WORD, type: text, text: {en: In a word}, ask_if: SAFE = "no"}
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    return _loaded(tmp_path_factory, SMALL)


@pytest.fixture(scope="session")
def smaller(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    """Another version of ``small``."""
    return _loaded(tmp_path_factory, SMALL.replace("1.0.0", "1.1.0").replace("Do you feel safe?", "Are you safe?"))


@pytest.fixture(scope="session")
def every_kind() -> Instrument:
    return load_instrument(HERE / "every-kind.yaml")


@pytest.fixture(scope="session")
def citizen_trust() -> Instrument:
    return load_instrument(share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml")


def _loaded(folder: pytest.TempPathFactory, text: str) -> Instrument:
    path = folder.mktemp("instrument") / "instrument.yaml"
    path.write_text(text, encoding="utf-8")
    return load_instrument(path)


@pytest.fixture
def answered(small: Instrument) -> Callable[..., Record]:
    """Make a record of ``small``."""

    def make(number: int, safe: str = "yes", word: str = "", completed: bool = True) -> Record:
        answers = dict.fromkeys(raw_keys(small), "") | {"SAFE": safe, "WORD": word}
        return Record(number, "", "1980-01-01 00:00:00" if completed else None, 1, "en", answers)

    return make


def row_of(instrument: Instrument, record: Record) -> dict[str, Any]:
    """Return the row that a server exports for a record."""
    pages = {}
    for number, group in enumerate(instrument.groups, start=1):
        shown = f"{record.language}:{'1' * len(group.questions)}"
        pages[page_code(number)] = shown if number <= record.last_page else ""
    information = {each.code: "" for each in instrument.questions if each.type is QuestionType.INFORMATION}
    times = {"submitdate": record.submitted, "lastpage": str(record.last_page)}
    return {
        **{"id": record.id, **times, "startlanguage": record.language, "seed": "1"},
        **{STAMP: stamp(instrument), **information, **record.answers, **pages},
    }


@dataclass
class Bed:
    """A fake server behind a wire that can fail."""

    wire: Any
    fake: Any
    row_of: Callable[[Instrument, Record], dict[str, Any]] = row_of

    def respond(self, deployment: Deployment, instrument: Instrument, *records: Record) -> None:
        """Store answers as respondents do."""
        rows = self.fake.surveys[deployment.survey].rows
        rows |= {record.id: row_of(instrument, record) for record in records}


@pytest.fixture
def bed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bed]:
    monkeypatch.setenv("LIMESURVEY_USER", USER)
    monkeypatch.setenv("LIMESURVEY_PASSWORD", PASSWORD)
    hurry(monkeypatch)
    fake = fake_server.Fake(USER, PASSWORD)
    with wire.served(fake.answer) as served:
        yield Bed(served, fake)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAUSES", (0.0,) * 5)
    monkeypatch.setattr(platform_module, "WAITS", (0.0,) * 4)
    monkeypatch.setattr(rows_module, "WAITS", (0.0,) * 2)


@pytest.fixture(scope="session")
def faults() -> Any:
    return wire


@pytest.fixture(scope="session")
def talk() -> Any:
    """Recording and playing back."""
    return exchanges


@dataclass
class Server:
    """A real server, or what one said."""

    address: str
    live: bool
    wave: str
    direct: Client | None = None
    used: list[int] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)

    def respond(self, deployment: Deployment, instrument: Instrument, *records: Record) -> None:
        """Store answers beside the recorded exchanges, as respondents do."""
        if self.direct is None:
            return
        columns = self._columns(deployment)
        for record in records:
            row = row_of(instrument, record)
            given = {columns[key]: value for key, value in row.items() if value and key in columns}
            given |= {"startlanguage": record.language, "lastpage": record.last_page, "id": record.id}
            if record.id in self.stored:
                # Answers cannot be changed from outside, so the row is replaced by one of the same number.
                self.direct.write("delete_response", deployment.survey, record.id)
            self.direct.write("add_response", deployment.survey, {**given, "submitdate": record.submitted or ""})
            self.stored.add(record.id)

    def forget(self, instrument: Instrument, *waves: str) -> None:
        """Delete what this test left."""
        for wave in waves or (self.wave,):
            number = survey_number(instrument, wave)
            self.used.append(number)
            self._delete(number)

    def change(self, method: str, *parameters: Any) -> Any:
        """Do something on the server that is no part of what is recorded."""
        return self.direct.write(method, *parameters) if self.direct else None

    def clean(self) -> None:
        for number in self.used:
            self._delete(number)

    def _delete(self, number: int) -> None:
        if self.direct is None:
            return
        try:
            found = self.direct.read("get_survey_properties", number)
        except PlatformError:
            return
        assert str(found["bounceaccountuser"]).startswith("trustsurvey "), f"survey {number} is not of these tests"
        self.direct.write("delete_survey", number)

    def _columns(self, deployment: Deployment) -> Mapping[str, str]:
        assert self.direct is not None
        found: Mapping[str, Mapping[str, str]] = self.direct.read("get_fieldmap", deployment.survey)
        return {
            each["title"] + (f"[{each['aid']}]" if each.get("aid") else ""): column
            for column, each in found.items()
            if each.get("title") and each.get("qid")
        }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        ways: list[Any] = ["recorded"]
        if all(os.environ.get(name) for name in ACCOUNT):
            ways.append(pytest.param("live", marks=pytest.mark.limesurvey))
        metafunc.parametrize("server", ways, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    name = request.node.originalname
    path = HERE / "exchanges" / f"{name}.jsonl"
    wave = f"tests-{name.removeprefix('test_').replace('_', '-')}"[:40]
    if request.param == "recorded":
        monkeypatch.setenv("LIMESURVEY_USER", USER)
        monkeypatch.setenv("LIMESURVEY_PASSWORD", PASSWORD)
        hurry(monkeypatch)
        player = exchanges.Player(exchanges.recorded(path))
        with wire.served(player.answer) as served:
            yield Server(served.address, False, wave)
        player.check()
        return
    base = client_module.base_address(os.environ["LIMESURVEY_URL"])
    recorder = exchanges.Recorder(base + client_module.REMOTE_CONTROL)
    account = Credentials(os.environ["LIMESURVEY_USER"], os.environ["LIMESURVEY_PASSWORD"])
    with Client(base, account) as direct, wire.served(recorder.answer) as served:
        place = Server(served.address, True, wave, direct)
        try:
            yield place
        finally:
            place.clean()
        if os.environ.get("LIMESURVEY_RECORD") and request.node.stash.get(PASSED, False):
            recorder.write(path)
