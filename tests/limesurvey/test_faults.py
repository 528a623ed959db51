"""Every fault at every call of every verb: nothing is lost, doubled or left behind, and the verb can be run again."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from trustsurvey.errors import TrustSurveyError
from trustsurvey.fieldwork.archive import Archive
from trustsurvey.fieldwork.platform import Deployment, Record
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey import client as client_module
from trustsurvey.study import fieldwork

WAVE = "2026"
NEVER_QUOTED = ("correct horse", "Margareta", "secret")


@dataclass
class Stage:
    """A moment of fieldwork: what the server holds and what lies in the folder."""

    surveys: Any
    folder: Path


@dataclass
class Field:
    """One survey in the field, which can be put back to where it was."""

    bed: Any
    folder: Path
    small: Instrument
    answered: Callable[..., Record]

    @property
    def file(self) -> Path:
        return self.folder / f"{WAVE}.json"

    @property
    def archive(self) -> Archive:
        return Archive(self.folder / WAVE)

    def deploy(self) -> None:
        fieldwork.deploy(self.small, WAVE, self.bed.wire.address, self.file)

    def open(self) -> None:
        fieldwork.open_survey(self.file)

    def status(self) -> None:
        fieldwork.status(self.file)

    def fetch(self) -> None:
        fieldwork.fetch_answers(self.file)

    def close(self) -> None:
        fieldwork.close_survey(self.file)

    def answer(self) -> None:
        records = [self.answered(each, "no", "Margareta", completed=each > 3) for each in range(1, 9)]
        self.bed.respond(Deployment.load(self.file), self.small, *records)

    def move(self) -> None:
        late = [self.answered(1, "yes"), self.answered(2, "PNS", completed=False), self.answered(9), self.answered(70)]
        self.bed.respond(Deployment.load(self.file), self.small, *late)

    def kept(self, place: Path) -> Stage:
        shutil.copytree(self.folder, place, dirs_exist_ok=True)
        return Stage(copy.deepcopy(self.bed.fake.surveys), place)

    def back_to(self, stage: Stage) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(stage.folder, self.folder)
        self.bed.fake.surveys = copy.deepcopy(stage.surveys)
        self.bed.fake.sessions.clear()

    def state(self) -> Any:
        """Return everything that must be the same however it came about."""
        surveys = {
            number: (kept.tables, {**kept.settings, "expires": bool(kept.settings["expires"])}, kept.rows)
            for number, kept in self.bed.fake.surveys.items()
        }
        file, history = None, None
        if self.file.exists():
            found = Deployment.load(self.file)
            file = replace(found, opened=found.opened and "opened", closed=found.closed and "closed")
            history = sorted(self.archive.read().history(), key=lambda each: (each.id, str(each.moved)))
        return surveys, file, history


# What was done before each verb.
BEFORE: dict[str, tuple[str, ...]] = {
    "deploy": (),
    "deploy again": ("deploy",),
    "open": ("deploy",),
    "open again": ("deploy", "open"),
    "status": ("deploy", "open", "answer"),
    "fetch": ("deploy", "open", "answer"),
    "fetch again": ("deploy", "open", "answer", "fetch", "move"),
    "close": ("deploy", "open", "answer", "fetch", "move"),
    "close again": ("deploy", "open", "answer", "close"),
}


@pytest.fixture
def fieldwork_at(bed: Any, tmp_path: Path, small: Instrument, answered: Callable[..., Record]) -> Callable[..., Field]:
    def at(verb: str) -> Field:
        found = Field(bed, tmp_path / "work", small, answered)
        found.folder.mkdir()
        for step in BEFORE[verb]:
            getattr(found, step)()
        return found

    return at


# Every fault at every call takes minutes; unless it is asked for, each call has its share of the faults.
SHARE = 1 if os.environ.get("TRUSTSURVEY_EVERY_FAULT") else 23


def cases(calls: list[str], kind: str) -> list[tuple[int, bool]]:
    """Return the calls, counted from 1, at which a fault is tried, and whether the server has done its work by then."""
    both = [(call, late) for call in range(1, len(calls) + 1) for late in (False, True)]
    if "export" in kind:
        exports = [(call, late) for call, late in both if late and calls[call - 1] == "export_responses"]
        return exports if kind == "altered export" or SHARE == 1 else exports[-1:]
    return [each for place, each in enumerate(both) if (place + KINDS.index(kind)) % SHARE == 0]


KINDS = (
    *("time-out", "reset", "hung up", "HTTP 500", "HTTP 502", "HTTP 503", "HTTP 404", "HTTP 403", "redirect"),
    *("web page", "XML-RPC", "cut JSON", "cut body", "empty body", "null result", "wrong id", "own error"),
    *("other shape", "expired session", "delivered twice, first answer", "delivered twice, last answer", "slow"),
    *("altered export", "shortened export", "cut export"),
)


def test_every_fault_is_tried(faults: Any) -> None:
    assert set(KINDS) == set(faults.FAULTS)


@pytest.mark.parametrize("verb", BEFORE)
def test_a_fault_at_any_call(
    fieldwork_at: Callable[..., Field], faults: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    field = fieldwork_at(verb)
    run = getattr(field, verb.partition(" ")[0])
    stage = field.kept(tmp_path / "stage")
    field.bed.wire.begin()
    run()
    calls, wanted = list(field.bed.wire.calls), field.state()
    for kind, call, late in [(each, *case) for each in KINDS for case in cases(calls, each)]:
        where = f"{kind} at call {call} ({calls[call - 1]}), {'after' if late else 'before'} the work was done"
        field.back_to(stage)
        field.bed.wire.begin(faults.Fault(kind, call, late))
        try:
            with monkeypatch.context() as patch:
                if kind == "time-out":
                    patch.setattr(client_module, "ANSWER_SECONDS", faults.HANG / 2)
                run()
            assert field.state() == wanted, where
        except TrustSurveyError as error:
            check_message(str(error), where)
            # The log-in is never repeated, nor an import that left nothing; everything else is.
            if kind in HARMLESS and (verb, calls[call - 1], late) not in ONCE:
                raise AssertionError(where) from error
        assert field.bed.wire.calls.count("get_session_key") <= (2 if kind == "expired session" else 1), where
        if (field.folder / WAVE).exists():
            field.archive.verify()
        field.bed.wire.begin()
        run()
        assert field.state() == wanted, where


ONCE = {(verb, "get_session_key", late) for verb in BEFORE for late in (False, True)}
ONCE |= {("deploy", "import_survey", False), ("status", "export_responses", True)}
HARMLESS = {
    "slow",
    "expired session",
    "HTTP 500",
    "HTTP 502",
    "HTTP 503",
    "reset",
    "hung up",
    "null result",
    "wrong id",
}
HARMLESS |= {"empty body", "cut JSON", "cut body", "altered export", "shortened export", "cut export", "own error"}
HARMLESS |= {"other shape", "delivered twice, first answer", "delivered twice, last answer"}


def check_message(message: str, where: str) -> None:
    assert len(message) > 40, where
    assert not any(word in message for word in NEVER_QUOTED), where
    assert ";" in message or ":" in message, where


@pytest.mark.parametrize("verb", BEFORE)
def test_a_server_that_goes_away_at_any_call(
    fieldwork_at: Callable[..., Field], faults: Any, tmp_path: Path, verb: str
) -> None:
    field = fieldwork_at(verb)
    run = getattr(field, verb.partition(" ")[0])
    stage = field.kept(tmp_path / "stage")
    field.bed.wire.begin()
    run()
    # The last call gives the session back, which may fail.
    calls, wanted = field.bed.wire.calls[:-1], field.state()
    for call, late in cases(calls, "reset"):
        field.back_to(stage)
        field.bed.wire.begin(faults.Fault("reset", call, late, calls=float("inf")))
        with pytest.raises(TrustSurveyError) as caught:
            run()
        check_message(str(caught.value), f"call {call}")
        assert len(field.bed.wire.calls) < call + 40
        if (field.folder / WAVE).exists():
            field.archive.verify()
        field.bed.wire.begin()
        run()
        assert field.state() == wanted, f"gone from call {call} on"
