"""Every fault at every call of every verb: nothing is lost, doubled or left behind, and the verb can be run again."""

from __future__ import annotations

import copy
import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
        # Where nothing is found at one form of address the other is tried, and an expired session is renewed.
        logged_in = field.bed.wire.calls.count("get_session_key")
        assert logged_in <= (2 if kind in {"expired session", "HTTP 404"} else 1), where
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


def in_the_field(at: Callable[..., Field]) -> Field:
    return at("fetch")


def test_what_an_interrupted_import_left_is_replaced(fieldwork_at: Callable[..., Field]) -> None:
    field = fieldwork_at("deploy")
    field.bed.fake.breaks_while_importing = True
    with pytest.raises(TrustSurveyError, match="recognised and replaced"):
        field.deploy()
    assert [kept.whole for kept in field.bed.fake.surveys.values()] == [False]
    assert not field.file.exists()
    field.bed.fake.breaks_while_importing = False
    field.deploy()
    field.open()
    assert [kept.whole for kept in field.bed.fake.surveys.values()] == [True]


def test_a_stray_of_an_import_delivered_twice_is_deleted_by_the_next_command(
    fieldwork_at: Callable[..., Field], faults: Any
) -> None:
    field = fieldwork_at("deploy")
    work = field.bed.wire.backend

    def dies_after_two(call: Any) -> Any:
        if call["method"] != "import_survey":
            return work(call)
        work(call)
        answer = work(call)
        field.bed.wire.fault = faults.Fault("reset", 1, calls=float("inf"))
        return {**answer, "result": None}

    field.bed.wire.backend = dies_after_two
    with pytest.raises(TrustSurveyError):
        field.deploy()
    field.bed.wire.backend = work
    field.bed.wire.begin()
    assert len(field.bed.fake.surveys) == 2
    field.deploy()
    assert list(field.bed.fake.surveys) == [Deployment.load(field.file).survey]


def test_a_survey_with_the_same_title_is_not_a_stray(fieldwork_at: Callable[..., Field]) -> None:
    field = fieldwork_at("open")
    (number,) = field.bed.fake.surveys
    for settings in ({"bounceaccountuser": ""}, {"bounceaccountuser": "trustsurvey 0 0"}, {"active": "Y"}):
        other = copy.deepcopy(field.bed.fake.surveys[number])
        other.settings |= settings
        field.bed.fake.surveys[number + 10 + len(settings) + len(field.bed.fake.surveys)] = other
    field.deploy()
    assert len(field.bed.fake.surveys) == 4


@pytest.mark.parametrize("outage", [2, 5, 30])
def test_a_server_that_is_restarted_during_a_fetch(
    fieldwork_at: Callable[..., Field], faults: Any, outage: int
) -> None:
    field = in_the_field(fieldwork_at)
    field.bed.wire.begin(faults.Fault("hung up", 6, calls=outage))
    field.bed.fake.sessions.clear()
    if outage > 5:
        with pytest.raises(TrustSurveyError, match="run the same command again"):
            field.fetch()
        field.archive.verify()
        field.bed.wire.begin()
    field.bed.fake.sessions.clear()
    field.fetch()
    assert [each.id for each in field.archive.records()] == list(range(1, 9))


@pytest.mark.parametrize("call", ["link", "replace", "fsync"])
def test_a_full_disk_at_any_verb(
    fieldwork_at: Callable[..., Field], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    field = fieldwork_at("deploy")
    for verb in ("deploy", "open", "fetch", "close"):
        if verb == "fetch":
            field.answer()
        with monkeypatch.context() as patch, suppress(TrustSurveyError):
            patch.setattr(os, call, full)
            patch.setattr(Path, "replace", full)
            getattr(field, verb)()
        getattr(field, verb)()
        field.archive.verify()
    assert len(field.bed.fake.surveys) == 1
    assert len(list(field.archive.read().history())) == 8
    assert Deployment.load(field.file).closed


def test_two_fetches_at_once(fieldwork_at: Callable[..., Field]) -> None:
    field = in_the_field(fieldwork_at)
    refused: list[str] = []

    def another(method: str, _: object) -> None:
        if method == "export_responses" and not refused:
            with pytest.raises(TrustSurveyError) as caught:
                field.fetch()
            refused.append(str(caught.value))

    field.bed.fake.before = another
    field.fetch()
    (message,) = refused
    assert "another fetch is adding" in message
    assert len(list(field.archive.read().history())) == 8


def test_what_moves_during_a_fetch_is_fetched(fieldwork_at: Callable[..., Field]) -> None:
    field = in_the_field(fieldwork_at)
    deployment = Deployment.load(field.file)
    moves = iter(
        [
            lambda: field.answered(20),
            lambda: field.answered(1, "yes", completed=False),
            lambda: field.answered(1, "yes"),
            lambda: field.answered(2, "PNS"),
            lambda: field.answered(21, completed=False),
            lambda: field.answered(21),
        ]
    )

    def moving(method: str, _: object) -> None:
        if method == "export_responses" and (move := next(moves, None)):
            field.bed.respond(deployment, field.small, move())

    field.bed.fake.before = moving
    field.fetch()
    field.bed.fake.before = lambda *_: None
    field.fetch()
    there = field.bed.fake.surveys[deployment.survey].rows
    here = {each.id: each for each in field.archive.records()}
    assert here.keys() == there.keys()
    for number, record in here.items():
        assert (record.submitted, record.answers["SAFE"]) == (there[number]["submitdate"], there[number]["SAFE"])


def test_low_numbers_that_complete_late_and_numbers_far_apart(fieldwork_at: Callable[..., Field]) -> None:
    field = fieldwork_at("fetch")
    deployment = Deployment.load(field.file)
    far = [9_999, 10_000, 10_001, 10_040, 25_000, 61_234]
    field.bed.respond(deployment, field.small, *(field.answered(each) for each in far))
    field.fetch()
    field.bed.respond(deployment, field.small, field.answered(1, "yes"), field.answered(3, "PNS"))
    assert fieldwork.fetch_answers(field.file).new == 2
    assert [each.id for each in field.archive.records() if each.submitted] == [1, *range(3, 9), *far]
    del field.bed.fake.surveys[deployment.survey].rows[2]
    with pytest.raises(TrustSurveyError, match=r"answers were deleted on the platform, fetch into a new folder"):
        field.fetch()
    assert len(field.archive.records()) == 14


@pytest.mark.parametrize("hours", [-13, -1, 0, 1, 13])
def test_a_clock_that_is_hours_away(
    bed: Any, tmp_path: Path, small: Instrument, answered: Callable[..., Record], hours: int
) -> None:
    file = tmp_path / "2026.json"
    bed.fake.clock = timedelta(hours=hours)
    fieldwork.deploy(small, WAVE, bed.wire.address, file, date_stamp=True)
    deployment = fieldwork.open_survey(file)

    def save(record: Record, seconds: int = 0) -> None:
        bed.respond(deployment, small, record)
        stamp = str(bed.fake.now() + timedelta(seconds=seconds))
        row = bed.fake.surveys[deployment.survey].rows[record.id]
        row |= {"datestamp": stamp, "startdate": stamp, "submitdate": stamp if record.submitted else None}

    for number in range(1, 6):
        save(answered(number, completed=number > 3))
    fieldwork.fetch_answers(file)
    # The server's clock is put back: what moves now seems older than what is held.
    save(answered(1, "no", completed=False), seconds=-7200)
    save(answered(2, "no"), seconds=-7200)
    save(answered(6, "no", completed=False), seconds=-7200)
    fieldwork.fetch_answers(file)
    records = Archive(tmp_path / WAVE).records()
    assert [each.answers["SAFE"] for each in records] == ["no", "no", "yes", "yes", "yes", "no"]
    fieldwork.close_survey(file)
    expires = datetime.fromisoformat(bed.fake.surveys[deployment.survey].settings["expires"])
    assert expires < bed.fake.now() - timedelta(hours=1)
    assert fieldwork.status(file).state == "closed"


def test_a_survey_that_carries_another_questionnaire_is_not_fetched(fieldwork_at: Callable[..., Field]) -> None:
    field = in_the_field(fieldwork_at)
    (kept,) = field.bed.fake.surveys.values()
    for attribute in kept.tables["question_attributes"]:
        if attribute["attribute"] == "equation" and "@" in attribute["value"]:
            attribute["value"] = attribute["value"][:-4] + "0000"
    with pytest.raises(TrustSurveyError, match="does not carry the questionnaire that was deployed"):
        field.fetch()
    del kept.tables["question_attributes"]
    with pytest.raises(TrustSurveyError, match="does not carry the questionnaire that was deployed"):
        field.fetch()
    assert field.archive.records() == []


def test_answers_stamped_by_another_questionnaire_are_not_kept(fieldwork_at: Callable[..., Field]) -> None:
    field = in_the_field(fieldwork_at)
    (kept,) = field.bed.fake.surveys.values()
    kept.rows[4]["tsStamp"] = "small@0.9.0;0000"
    with pytest.raises(TrustSurveyError, match="stamp of another questionnaire"):
        field.fetch()
    kept.rows[4]["tsStamp"] = kept.rows[5]["tsStamp"]
    kept.rows[4]["EXTRA"] = kept.rows[4].pop("WORD")
    with pytest.raises(TrustSurveyError, match="missing WORD; not in the instrument EXTRA"):
        field.fetch()
    assert field.archive.records() == []


def test_a_survey_that_was_deleted_on_the_server(fieldwork_at: Callable[..., Field]) -> None:
    field = in_the_field(fieldwork_at)
    field.bed.fake.surveys.clear()
    for verb in (field.fetch, field.status, field.close):
        with pytest.raises(TrustSurveyError, match=r"survey \d+"):
            verb()
    field.archive.verify()


def test_the_fake_answers_as_a_real_server_did(
    bed: Any, talk: Any, tmp_path: Path, small: Instrument, smaller: Instrument
) -> None:
    said: list[Any] = []
    work = bed.fake.answer

    def kept(call: Any) -> Any:
        answer = work(call)
        said.append({**talk.stated(call), "result": answer["result"], "error": answer["error"]})
        return answer

    bed.wire.backend = kept
    wave = "tests-the-same-wave-holds-one-version"
    fieldwork.deploy(small, wave, bed.wire.address, tmp_path / "first.json")
    fieldwork.deploy(smaller, wave, bed.wire.address, tmp_path / "second.json")
    for file in ("first.json", "second.json"):
        with suppress(TrustSurveyError):
            fieldwork.open_survey(tmp_path / file)
    with suppress(TrustSurveyError):
        fieldwork.deploy(small, wave, bed.wire.address, tmp_path / "third.json")
    fieldwork.deploy(smaller, wave, bed.wire.address, tmp_path / "second.json")
    real = talk.recorded(Path(__file__).parent / "exchanges" / "test_the_same_wave_holds_one_version.jsonl")
    assert [each["method"] for each in said] == [each["method"] for each in real]
    for ours, theirs in zip(said, real, strict=True):
        if ours["method"] != "get_session_key":
            assert not contradictions(ours["result"], theirs["result"]), ours["method"]


def contradictions(ours: Any, theirs: Any) -> list[Any]:
    """Return what the fake says otherwise than the server; numbers of rows are the server's own."""
    own = {"id", "qid", "gid", "parent_qid"}
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [each for pair in zip(ours, theirs, strict=True) for each in contradictions(*pair)]
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = ((ours[key], theirs[key]) for key in ours.keys() & theirs.keys() - own)
        return [each for pair in pairs for each in contradictions(*pair)]
    same = ("" if ours is None else str(ours)) == ("" if theirs is None else str(theirs))
    return [] if same else [(ours, theirs)]


@pytest.mark.parametrize("verb", ["deploy", "open", "fetch", "close"])
def test_an_account_that_lacks_a_right(fieldwork_at: Callable[..., Field], tmp_path: Path, verb: str) -> None:
    field = fieldwork_at(verb)
    run = getattr(field, verb)
    stage = field.kept(tmp_path / "stage")
    field.bed.wire.begin()
    run()
    methods, wanted = set(field.bed.wire.calls) - {"get_session_key", "release_session_key"}, field.state()
    for method in sorted(methods):
        field.back_to(stage)
        field.bed.fake.forbidden = frozenset({method})
        with pytest.raises(TrustSurveyError) as caught:
            run()
        check_message(str(caught.value), method)
        field.bed.fake.forbidden = frozenset()
        run()
        assert field.state() == wanted, method


def test_unfinished_rows_far_apart_that_complete_meanwhile(fieldwork_at: Callable[..., Field]) -> None:
    field = fieldwork_at("fetch")
    deployment = Deployment.load(field.file)
    far = (200, 400, 600)
    field.bed.respond(deployment, field.small, *(field.answered(each, completed=False) for each in far))
    field.fetch()
    asked: list[str] = []

    def completes(method: str, parameters: Any) -> None:
        if method == "export_responses" and parameters[3] == "incomplete" and not asked:
            asked.append(method)
            field.bed.respond(deployment, field.small, field.answered(400, "PNS"))

    field.bed.fake.before = completes
    field.fetch()
    assert asked
    kept = {each.id: each for each in field.archive.records()}
    assert (kept[400].submitted is not None, kept[400].answers["SAFE"]) == (True, "PNS")
    assert [each for each in far if kept[each].submitted is None] == [200, 600]
