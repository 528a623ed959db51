"""The whole path: deployed, opened, filled in by respondents in a browser, fetched, compared, closed.

Where there is no server the browser stays shut, and what the server answered when respondents last filled it in is
played back.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustsurvey.demo import population_cells
from trustsurvey.fieldwork import coding
from trustsurvey.fieldwork.archive import Archive
from trustsurvey.fieldwork.deriving import routing_frame
from trustsurvey.fieldwork.platform import Deployment, Held, Record, question_keys, raw_keys
from trustsurvey.fieldwork.responses import Responses, code_responses
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import Rate, Truth, simulate
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.codes import STAMP, page_code, stamp
from trustsurvey.study.fieldwork import close_survey, deploy, fetch_answers, open_survey
from trustsurvey.study.platforms import archive_folder
from trustsurvey.weighting.population.files import load_population

HERE = Path(__file__).parent
Answers = Mapping[str, str]
Visit = Callable[..., AbstractContextManager[Any]]

# What people type that looks like something else.
WORD = """ {TOKEN} <b>bold</b> &amp; "quoted" 'x' \\n 😀 = """
STORY = "=1+1\nsecond <line> {LANG}\n\n\tعربي – «ça», €"


@dataclass(frozen=True, slots=True)
class Told:
    """What a respondent did.

    Parameters
    ----------
    answers : mapping of str to str
        What stands in the survey in the end, by raw key.
    language : str
        That of the last page.
    left : int or None
        Pages left behind; None for all of them, to the end.
    refused : mapping of str to str
        What was typed besides and not let pass, and yet stands in the survey.
    began : str
        The language of the first page, where it was changed later.
    changed : int
        The page on which it was.
    """

    answers: Answers
    language: str
    left: int | None = None
    refused: Answers = field(default_factory=dict)
    began: str = ""
    changed: int = 0


@dataclass
class Run:
    """One survey, and those who answer it in their order."""

    server: Any
    instrument: Instrument
    file: Path
    deployment: Deployment
    visit: Visit
    told: list[Told] = field(default_factory=list)
    codes_read: dict[str, set[str]] = field(default_factory=dict)

    def interview(self, told: Told, act: Callable[[Any], None] | None = None) -> None:
        """Have a survey filled in; ``act`` does what is not just answering page after page."""
        self.told.append(told)
        if not self.server.live:
            return
        with self.visit(
            self.server.direct, self.deployment, self.instrument, told.began or told.language
        ) as respondent:
            respondent.begin()
            assert self.instrument.welcome is not None
            assert self.instrument.welcome[respondent.language] in respondent.welcome
            if act:
                act(respondent)
            if told.left is None:
                respondent.go_through(told.answers)
                assert respondent.number == 0
                assert respondent.words == self.instrument.end[told.language]
            self._compare_texts(respondent)
            assert only(self.instrument, told.answers) == dict(told.answers)
            wanted = shown_on_pages(self.instrument, told.answers)
            for page, shown in respondent.shown.items():
                assert list(shown) == wanted[page], page
            left = len(self.instrument.groups) if told.left is None else told.left
            assert {page for page in wanted if wanted[page] and page <= left} <= respondent.shown.keys()

    def _compare_texts(self, respondent: Any) -> None:
        for language, shown in respondent.read:
            question = self.instrument.question(shown.code)
            text, help_text, answers, lines = texts(self.instrument, question, language)
            assert (shown.text, shown.help) == (text, help_text)
            unordered = question.randomise or question.type is QuestionType.RANKING
            assert list(shown.answers) == answers or (unordered and sorted(shown.answers) == sorted(answers))
            assert list(shown.lines) == lines or (unordered and sorted(shown.lines) == sorted(lines))
            self.codes_read.setdefault(language, set()).add(shown.code)

    def fetched(self) -> list[Record]:
        """Fetch twice, the second time for nothing new, and return what is in the archive."""
        first, second = fetch_answers(self.file), fetch_answers(self.file)
        completed = sum(told.left is None for told in self.told)
        assert (first.respondents, first.completed) == (second.respondents, second.completed)
        assert (first.respondents, first.completed) == (len(self.told), completed)
        assert second.new == 0
        return Archive(archive_folder(self.file)).records()

    def check(self) -> list[Record]:
        """Compare what was fetched with what was typed, answer by answer, then close the survey."""
        records = self.fetched()
        assert len(records) == len(self.told)
        pages = len(self.instrument.groups)
        for record, told, asked in zip(records, self.told, self.asked(), strict=True):
            given = {key: value for key, value in record.answers.items() if value and not self._hidden(key)}
            typed = {**told.answers, **told.refused}
            assert as_typed(self.instrument, given) == {key: value for key, value in typed.items() if value}
            assert (record.submitted is not None, record.language) == (told.left is None, told.language)
            assert record.last_page == (pages if told.left is None else told.left)
            self._check_paradata(record, told, asked)
        result = close_survey(self.file)
        assert result.new == 0
        return records

    def asked(self) -> list[set[str]]:
        """Return the questions that each respondent was asked."""
        return asked_questions(self.instrument, *(told.answers for told in self.told))

    def _check_paradata(self, record: Record, told: Told, asked: set[str]) -> None:
        assert record.paradata[STAMP] == stamp(self.instrument)
        for number, group in enumerate(self.instrument.groups, start=1):
            codes = [question.code for question in group.questions]
            shown = "".join(str(int(code in asked)) for code in codes)
            seen = number <= record.last_page and "1" in shown
            if seen:
                language = told.began if number < told.changed else told.language
                assert record.paradata[page_code(number)] == f"{language}:{shown}"
        assert not {"token", "ipaddr", "refurl"} & record.paradata.keys()

    def _hidden(self, key: str) -> bool:
        return any(key == each.code and each.type is QuestionType.HIDDEN for each in self.instrument.questions)

    def responses(self, records: list[Record]) -> Responses:
        return code_responses(self.instrument, records, self.deployment.wave)


@pytest.fixture
def field_of(server: Any, visit: Visit, tmp_path: Path) -> Callable[..., Run]:
    """Return a function that deploys and opens a survey of an instrument."""

    def start(instrument: Instrument) -> Run:
        server.forget(instrument)
        file = tmp_path / "fieldwork" / "survey.json"
        deploy(instrument, server.wave, server.address, file)
        return Run(server, instrument, file, open_survey(file), visit)

    return start


@pytest.fixture
def exchange_file(request: pytest.FixtureRequest) -> Path:
    return HERE.parent / "exchanges" / f"{request.node.originalname}.typed.json.gz"


@pytest.fixture
def planned(server: Any, exchange_file: Path) -> Callable[[Callable[[], list[Answers]]], list[Answers]]:
    """Return a function that keeps what is typed beside what is recorded, as simulation may come to differ."""

    def plan(make: Callable[[], list[Answers]]) -> list[Answers]:
        if not server.live:
            found: list[Answers] = json.loads(gzip.decompress(exchange_file.read_bytes()))
            return found
        made = make()
        if os.environ.get("LIMESURVEY_RECORD"):
            content = json.dumps([dict(each) for each in made], ensure_ascii=False).encode()
            exchange_file.write_bytes(gzip.compress(content, mtime=0))
        return made

    return plan


@pytest.fixture(scope="module")
def odd() -> Instrument:
    return load_instrument(HERE / "odd.yaml")


SOFT = """
instrument: soft-only
version: 1.0.0
languages: [nl]
title: {nl: Zacht}
welcome: {nl: Welkom}
end: {nl: Bedankt}
groups:
  - code: one
    title: {nl: Een}
    questions:
      - code: AGREE
        type: single
        text: {nl: Eens?}
        mandatory: soft
        scale: {kind: ordinal, points: [{code: 1, label: {nl: Oneens}}, {code: 2, label: {nl: Eens}}]}
      - {code: WORD, type: text, text: {nl: Een woord}, mandatory: soft}
  - code: two
    title: {nl: Twee}
    questions:
      - {code: LAST, type: text, text: {nl: Nog iets?}, mandatory: soft}
"""


@pytest.fixture
def soft(tmp_path: Path) -> Instrument:
    path = tmp_path / "soft.yaml"
    path.write_text(SOFT, encoding="utf-8")
    return load_instrument(path)


def texts(instrument: Instrument, question: Question, language: str) -> tuple[str, str, list[str], list[str]]:
    """Return text, help, answers and lines of a question as they are to be read."""
    reasons = [
        reason.label[language]
        for wanted, reason in ((question.dont_know, instrument.dont_know), (question.refused, instrument.refused))
        if wanted and reason
    ]
    answers = [point.label[language] for point in question.scale.points] if question.scale else []
    if question.type is QuestionType.RATING:
        answers = [str(each) for each in range(int(question.minimum or 0), int(question.maximum or 0) + 1)]
        for position, end in zip((0, -1), question.ends, strict=True):
            answers[position] += f" – {end[language]}"
    if question.reason_key is None and question.type is not QuestionType.RANKING:
        answers += reasons
    answers += [question.other[language]] if question.other else []
    lines = [item.text[language] for item in question.items]
    return question.text[language], question.help[language] if question.help else "", answers, lines


def asked_questions(instrument: Instrument, *several: Answers) -> list[set[str]]:
    """Return, for each set of answers, the codes of the questions that somebody who gives them is asked."""
    raw = {key: np.array([answers.get(key, "") for answers in several], dtype=object) for key in raw_keys(instrument)}
    columns: dict[str, Any] = {}
    reasons: dict[str, Any] = {}
    found: list[set[str]] = [set() for _ in several]
    for question in instrument.questions:
        known = routing_frame(instrument, question.code, columns, reasons, len(several))
        asked = routing.question_asked(instrument, question, *known)
        for position in np.flatnonzero(asked):
            found[position].add(question.code)
        absent = np.where(asked, coding.SKIPPED, coding.NOT_ASKED).astype(np.int8)
        coded = coding.code_question(instrument, question, raw, absent)
        assert not coded.problems
        columns |= coded.columns
        reasons |= coded.reasons
    return found


def shown_on_pages(instrument: Instrument, answers: Answers) -> dict[int, list[str]]:
    """Return what is on each page, with the lists of reasons that stand below some questions."""
    (asked,) = asked_questions(instrument, answers)
    pages: dict[int, list[str]] = {}
    for number, group in enumerate(instrument.groups, start=1):
        visible = [each for each in group.questions if each.code in asked and each.type is not QuestionType.HIDDEN]
        pages[number] = [code for each in visible for code in (each.code, each.reason_key) if code]
    return pages


def as_typed(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """Write answers as they were typed: the server adds zeros to numbers, the browser a character to line ends."""
    numbers = {each.code for each in instrument.questions if each.type is QuestionType.NUMBER}
    return {
        key: f"{float(value):.15g}" if key in numbers else value.replace("\r\n", "\n") for key, value in answers.items()
    }


def only(instrument: Instrument, answers: Answers, **changed: str) -> dict[str, str]:
    """Change answers, and empty those to questions that are then not asked."""
    given = dict.fromkeys(raw_keys(instrument), "") | dict(answers) | changed
    (asked,) = asked_questions(instrument, given)
    for question in instrument.questions:
        if question.code not in asked or question.type is QuestionType.HIDDEN:
            given |= dict.fromkeys(question_keys(instrument, question), "")
    return given


def until(instrument: Instrument, answers: Answers, page: int) -> dict[str, str]:
    """Keep the answers of the first pages."""
    kept = [key for group in instrument.groups[:page] for q in group.questions for key in question_keys(instrument, q)]
    return {key: value if key in kept else "" for key, value in answers.items()}


def same_as_sandbox(run: Run, records: list[Record], folder: Path) -> None:
    """Compare the coded answers with those of the embedded platform for the same respondents."""
    sandbox = Sandbox(folder / "sandbox.sqlite")
    deployment = sandbox.open(sandbox.deploy(run.instrument, run.deployment.wave))
    pages = len(run.instrument.groups)
    hidden = {each.code: each.value for each in run.instrument.questions if each.type is QuestionType.HIDDEN}
    for number, (told, asked) in enumerate(zip(run.told, run.asked(), strict=True), start=1):
        left = pages if told.left is None else told.left
        seen = {q.code for group in run.instrument.groups[:left] for q in group.questions} & asked
        answers = {**told.answers, **told.refused, **{code: value for code, value in hidden.items() if code in seen}}
        submitted = "1980-01-01 00:00:00" if told.left is None else None
        sandbox.save(deployment, [Record(number, 1, submitted, left, told.language, answers)])
    there = [record for batch in sandbox.fetch(deployment, Held(), 100) for record in batch.records]
    expected, found = run.responses(there), run.responses(records)
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    pd.testing.assert_frame_equal(found.missing, expected.missing)


def simulated(instrument: Instrument, number: int, **about: Any) -> list[dict[str, str]]:
    """Return answers that between them meet as many questions as they can, those that meet most first."""
    truth = Truth(
        waves={"2026": 0.0},
        dont_know=Rate(about.pop("dont_know", 0.05)),
        refused=Rate(about.pop("refused", 0.03)),
        shares=about,
    )
    cells = population_cells(load_population("brussels-2022"))
    records = simulate(instrument, cells, truth, "2026", 150, 1)
    hidden = {each.code: "" for each in instrument.questions if each.type is QuestionType.HIDDEN}
    answers = [{**record.answers, **hidden} for record in records if record.submitted]
    asked = asked_questions(instrument, *answers)
    chosen: list[int] = []
    for _ in range(number):
        met = set().union(*(asked[each] for each in chosen))
        chosen.append(max(range(len(asked)), key=lambda each: (each not in chosen, len(asked[each] | met), -each)))
    return [answers[each] for each in chosen]


def test_residents_answer_in_three_languages(
    field_of: Callable[..., Run], citizen_trust: Instrument, planned: Any, tmp_path: Path
) -> None:
    run = field_of(citizen_trust)
    likely = {
        "VICTIM": {"yes": 0.9, "no": 0.1},
        "NATNOW": {"BE": 0.9, "OTH": 0.1},
        "COMPLAINKNOW": {"yes": 1.0, "no": 0.0},
    }
    sure, other, third, reluctant = planned(
        lambda: [
            *simulated(citizen_trust, 3, **likely),
            *simulated(citizen_trust, 1, dont_know=0.4, refused=0.4, **likely),
        ]
    )  # fmt: skip

    run.interview(Told(dict(sure) | {"ONEWORD": WORD, "COMMENT": STORY}, "fr"))

    grown = only(citizen_trust, other, AGE="47", AGENR="") | {"COMMENT": "a\\b"}

    def corrected(respondent: Any) -> None:
        respondent.go_through(grown, until=2)
        respondent.answer_page(grown)
        for wrong in ("15", "111"):
            respondent.write("AGE", wrong)
            respondent.next()
            assert respondent.number == 2
            respondent.dismiss()
            assert respondent.look("AGE").wrong == ("Uw antwoord moet tussen 16 en 110 liggen",)
        respondent.write("AGE", "47")
        assert respondent.look("AGE").wrong == ()
        respondent.next()

    run.interview(Told(grown, "nl"), corrected)

    victim = only(citizen_trust, third, VICTIM="yes", REPORTED="yes", REPORTSATISFIED="3", REPORTNEWS="no")

    def back(respondent: Any) -> None:
        respondent.go_through(victim, until=14)
        assert {"VICTIMTYPE", "REPORTED", "REPORTHOW"} <= set(respondent.shown[13])
        respondent.back()
        respondent.answer_page(only(citizen_trust, victim, VICTIM="no"))

    run.interview(Told(only(citizen_trust, victim, VICTIM="no"), "en"), back)

    run.interview(Told(only(citizen_trust, {}, CONSENT="no"), "fr"))

    def broken_off(respondent: Any) -> None:
        respondent.go_through(sure, until=6)
        respondent.answer_page(sure)

    run.interview(Told(until(citizen_trust, sure, 5), "nl", left=5), broken_off)

    def changing(respondent: Any) -> None:
        respondent.go_through(reluctant, until=4)
        respondent.answer_page(reluctant)
        respondent.speak("nl")
        assert respondent.number == 4

    run.interview(Told(reluctant, "nl", began="en", changed=4), changing)

    def looked(respondent: Any) -> None:
        assert respondent.number == 1

    run.interview(Told(only(citizen_trust, {}), "en", left=0), looked)

    same_as_sandbox(run, run.check(), tmp_path)
    visible = {each.code for each in citizen_trust.questions if each.type is not QuestionType.HIDDEN}
    assert not run.server.live or set().union(*run.codes_read.values()) == visible


def test_every_kind_of_question_with_odd_words(field_of: Callable[..., Run], odd: Instrument, tmp_path: Path) -> None:
    run = field_of(odd)
    empty = dict.fromkeys(raw_keys(odd), "")
    full = empty | {
        **{"CONSENT": "yes", "TRUST": "5", "PLACE": "-oth-", "PLACE[other]": WORD, "WHY[one]": "Y", "WHY[three]": "Y"},
        **{"WHY[other]": "{1+1}", "TREAT[fair]": "2", "TREAT[kind]": "PNS", "ORDER[1]": "three", "ORDER[2]": "one"},
        **{"AGE": "18", "COUNT": "12.5", "DAY": "2026-01-31 00:00:00", "ANYDAY": "1999-12-31 00:00:00"},
        **{"WORDS": WORD, "STORY": STORY, "ADULT": "@yes", "ELSE": "-1", "BYE": "no"},
    }
    for language in odd.languages:
        run.interview(Told(full, language))

    declined = empty | {
        **{"CONSENT": "yes", "TRUST": "3", "PLACE": "two", "WHY[DK]": "Y", "TREAT[fair]": "DK", "TREAT[kind]": "1"},
        **{"ORDER[1]": "two", "ORDER[2]": "four", "ORDER[3]": "one", "AGENR": "PNS", "DAYNR": "DK", "STORYNR": "PNS"},
        **{"COUNT": "-5", "BYE": "yes"},
    }

    def exclusive(respondent: Any) -> None:
        respondent.go_through(declined, until=2)
        why = odd.question("WHY")
        respondent.answer(why, {**empty, "WHY[one]": "Y", "WHY[four]": "Y"})
        respondent.answer(why, {**empty, "WHY[DK]": "Y"})
        assert sorted(respondent.boxes("WHY")) == [(False, False)] * 6 + [(True, True)]
        respondent.answer(why, {**empty, "WHY[DK]": "Y"})
        assert respondent.boxes("WHY") == [(False, True)] * 7

    run.interview(Told(declined, "fr"), exclusive)
    # Whoever refuses has not said that it is not 0.
    run.interview(Told(only(odd, declined, TRUST="PNS"), "nl"))

    def changing(respondent: Any) -> None:
        respondent.go_through(full, until=3)
        respondent.answer_page(full)
        respondent.speak("ar")
        assert [respondent.typed(code) for code in ("COUNT", "DAY", "ANYDAY")] == ["12.5", "2026-01-31", "1999-12-31"]
        respondent.next()

    run.interview(Told(full, "ar", began="nl", changed=3), changing)

    def back(respondent: Any) -> None:
        respondent.go_through(full, until=4)
        respondent.answer_page(full)
        respondent.back()
        respondent.back()
        assert [shown.wrong for shown in respondent.seen() if shown.wrong] == []
        respondent.answer(odd.question("TRUST"), {**full, "TRUST": "0"})
        respondent.next()
        assert respondent.number == 4
        del respondent.shown[3]

    run.interview(Told(only(odd, full, TRUST="0"), "en"), back)

    def refused(respondent: Any) -> None:
        respondent.go_through(full, until=3)
        for code, wrong in (("AGE", "7"), ("COUNT", "3000000"), ("DAY", "2024-01-31")):
            respondent.write(code, wrong)
        respondent.next()
        assert respondent.number == 3
        respondent.dismiss()
        between = "Votre réponse doit être comprise entre  16 et 110"
        assert respondent.look("AGE").wrong == (between,)

    kept = {"AGE": "7", "COUNT": "3000000", "DAY": "2024-01-31 00:00:00"}
    run.interview(Told(until(odd, full, 2), "fr", 2, kept), refused)

    records = run.check()
    same_as_sandbox(run, records, tmp_path)
    assert run.responses(records).counts["set_aside"] == len(kept)


def test_a_question_that_is_asked_once_more_can_be_left_empty(
    field_of: Callable[..., Run], soft: Instrument, tmp_path: Path
) -> None:
    run = field_of(soft)
    empty = dict.fromkeys(raw_keys(soft), "")

    told = empty | {"WORD": "woord"}

    def insisting(respondent: Any) -> None:
        respondent.answer_page(told)
        respondent.next()
        assert respondent.number == 1
        respondent.dismiss()
        assert respondent.look("AGREE").wrong
        assert not respondent.look("WORD").wrong
        respondent.next()
        respondent.insist()
        respondent.answer_page(told)
        respondent.next()
        respondent.insist()

    run.interview(Told(told, "nl"), insisting)
    run.interview(Told(empty | {"AGREE": "2", "WORD": "a", "LAST": "b"}, "nl"))
    records = run.check()
    same_as_sandbox(run, records, tmp_path)
    assert run.responses(records).missing.loc[1, "AGREE"] == "skipped"
