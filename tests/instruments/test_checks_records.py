"""Mistakes in record: and checks: are said where they stand: ¦ in the replacement marks the place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.documents.document import read_document
from trustsurvey.errors import Problem
from trustsurvey.instruments.checks_records import check_records
from trustsurvey.instruments.draft import draft_of
from trustsurvey.instruments.findings import Findings

REGISTER = """\
instrument: counts
version: 1.0.0
languages: [en]
title: {en: Counts}
record:
  unit: {en: A group of checks}
  key: [ZONE, MONTH]
scales:
  zone:
    kind: nominal
    points:
      - {code: north, label: {en: North}}
      - {code: south, label: {en: South}}
groups:
  - code: all
    title: {en: All}
    questions:
      - {code: ZONE, type: single, text: {en: Zone}, scale: zone, mandatory: hard}
      - {code: MONTH, type: date, text: {en: Month}, mandatory: hard}
      - {code: CLOSED, type: date, text: {en: Closed}}
      - {code: HITS, type: number, text: {en: Hits}, minimum: 0}
      - {code: TOTAL, type: number, text: {en: Total}, minimum: 0}
      - {code: AGE, type: number, text: {en: Age}, minimum: 0}
      - {code: PARTNER, type: multiple, text: {en: Partners}, scale: zone}
      - {code: NUMBER, type: text, text: {en: Number}, pattern: "[A-Z]{3}", invalid: {en: Three letters}}
      - {code: WAY, type: single, text: {en: Way}, scale: zone}
      - {code: NOTE, type: information, text: {en: Note}}
derived:
  - code: adult
    label: {en: Adult}
    replaces: [AGE]
    levels:
      - {code: "yes", label: {en: "Yes"}, when: AGE >= 18}
checks:
  - code: in_order
    when: answered(CLOSED)
    rule: CLOSED >= MONTH
    message: {en: Closed before it began}
  - code: hits
    rule: sum(H*) + count(PARTNER_*) <= TOTAL
    message: {en: More hits than checks}
"""

MISTAKES = [
    ("key: [ZONE, MONTH]", "key: [¦ZONNE, MONTH]", "there is no question ZONNE", "did you mean ZONE?"),
    ("key: [ZONE, MONTH]", "key: [ZONE, ¦ZONE]", "ZONE is named twice", "name it once"),
    ("key: [ZONE, MONTH]", "key: [ZONE, ¦HITS]", "HITS tells records apart and may be left empty", "mandatory: hard"),
    ("key: [ZONE, MONTH]", "key: [¦PARTNER]", "PARTNER is a multiple question", "leave it out"),
    ("key: [ZONE, MONTH]", "key: [¦NOTE]", "NOTE is an information", "leave it out"),
    ("text: {en: Month}, mand", 'text: {en: Month}, ask_if: answered(ZONE), mand', "MONTH tells records apart and", ""),
    ("text: {en: Month}, mand", "text: {en: Month}, refused: true, mand", "MONTH tells records apart and may stay", ""),
    ("NOTE, type: information", "NOTE, type: ¦long_text", "NOTE takes any text, so a record could name", "closed"),
    (', pattern: "[A-Z]{3}", invalid: {en: Three letters}', "", "NUMBER takes any text", "pattern"),
    ("{en: Way}, scale", "{en: Way}, ¦other: {en: Other}, scale", "the other answer of WAY takes any", "scale"),
    ("WAY, type: single,", "WAY, type: ¦single, concept: reference_period,", "WAY says which period", "a date"),
    ("  - code: hits", "  - code: ¦in_order", "the check in_order is given twice", "rename"),
    ("  - code: hits", "  - code: ¦more hits", "the check 'more hits' is not made of", "rename"),
    ("when: answered(CLOSED)", "when: ¦answered(CLOSD)", "there is no variable CLOSD", "did you mean CLOSED?"),
    ("when: answered(CLOSED)", "when: answered CLOSED", "CLOSED stands where (", ""),
    ("when: answered(CLOSED)", "when: ¦CLOSED", "CLOSED is no tick", "compare it"),
    ("when: answered(CLOSED)", "when: ¦AGE > 3", "AGE is replaced by a derived variable", "name that one"),
    ("rule: CLOSED >= MONTH", "rule: CLOSED >= ¦MONT", "there is no variable MONT", "did you mean MONTH?"),
    ("rule: CLOSED >= MONTH", "rule: CLOSED >= ¦HITS", "a date is compared with a number", "compare numbers"),
    ("rule: CLOSED >= MONTH", 'rule: CLOSED >= ¦"2026-13-01"', "CLOSED holds dates and", "write a day"),
    ("rule: CLOSED >= MONTH", 'rule: ZONE = ¦"west"', 'ZONE has no answer code "west"', "its codes are north, south"),
    ("rule: CLOSED >= MONTH", "rule: CLOSED >= MONTH ¦> 2", "> stands where", "write two checks"),
    ("rule: CLOSED >= MONTH", "rule: HITS >= ¦AGE", "AGE is replaced by a derived variable", "name that one"),
    ("rule: CLOSED >= MONTH", "rule: ¦PARTNER = 1", "PARTNER is a multiple question and no", "count(PARTNER_*)"),
    ("rule: CLOSED >= MONTH", "rule: ¦NOTE = 1", "NOTE has no answer", "name another"),
    ("rule: CLOSED >= MONTH", "rule: ¦NUMBER = 1", "NUMBER holds text", "name a number"),
    ("rule: sum(H*)", "rule: ¦sum(HTS*)", "no variable matches HTS*", "did you mean HITS?"),
    ("rule: sum(H*)", "rule: ¦sum(*)", "sum(*) takes numbers, and it matches ZONE, MONTH", "narrower"),
    ("rule: sum(H*)", "rule: HITS ++", "+ stands where a variable", ""),
]  # fmt: skip


@pytest.fixture
def found(tmp_path: Path) -> Callable[[str], list[Problem]]:
    """Return a function that gives what the rules for records find in a file."""

    def finder(text: str) -> list[Problem]:
        path = tmp_path / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        draft, problems = draft_of(read_document(path))
        assert draft is not None
        assert problems == []
        findings = Findings(draft)
        check_records(findings)
        return findings.problems

    return finder


def test_a_right_register_has_no_problem(found: Callable[[str], list[Problem]]) -> None:
    assert found(REGISTER) == []


@pytest.mark.parametrize(("old", "new", "message", "remedy"), MISTAKES)
def test_a_mistake_is_said_where_it_stands(
    old: str, new: str, message: str, remedy: str, found: Callable[[str], list[Problem]]
) -> None:
    assert REGISTER.count(old) == 1
    before = REGISTER.partition(old)[0] + new.partition("¦")[0]
    (problem,) = found(REGISTER.replace(old, new.replace("¦", "")))
    assert problem.message.startswith(message)
    assert remedy in problem.remedy
    if "¦" in new:
        assert (problem.line, problem.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))


def test_a_record_without_a_key_is_fine(found: Callable[[str], list[Problem]]) -> None:
    assert found(REGISTER.replace("  key: [ZONE, MONTH]\n", "")) == []


def test_without_a_record_any_text_may_be_asked(found: Callable[[str], list[Problem]]) -> None:
    survey = REGISTER.replace("record:\n  unit: {en: A group of checks}\n  key: [ZONE, MONTH]\n", "")
    assert found(survey.replace("scale: zone, mandatory", "scale: zone, other: {en: Other}, mandatory")) == []


def test_everything_is_said_at_once(found: Callable[[str], list[Problem]]) -> None:
    wrong = REGISTER.replace("key: [ZONE, MONTH]", "key: [ZONNE]").replace("answered(CLOSED)", "answered(CLOSD)")
    assert len(found(wrong.replace("sum(H*)", "sum(X*) + Y"))) == 4
