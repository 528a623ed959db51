"""The language of rules, and what a frame of records keeps and breaks of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import trustsurvey as ts
from trustsurvey.errors import ConstraintError, InputError, UnknownNameError
from trustsurvey.instruments.consistency import broken_checks, check_variables, evaluate_constraint
from trustsurvey.instruments.constraints import (
    Aggregate,
    Constant,
    Named,
    Quoted,
    Signed,
    matches,
    parse_constraint,
)
from trustsurvey.instruments.model import Check, Group, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Text

ORDINAL = pd.CategoricalDtype(["low", "high"], ordered=True)
NOMINAL = pd.CategoricalDtype(["yes", "no"])


def days(*texts: str | None) -> pd.Series:
    return pd.Series(np.array([text or "NaT" for text in texts], dtype="datetime64[us]"), index=[3, 5, 8, 13])


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "A": [1.0, 2.0, np.nan, 0.3],
            "B": [1.0, 1.0, 1.0, 0.2],
            "C": [0.0, 1.0, 5.0, 0.1],
            "RECEIVED": days("2026-01-01", "2026-02-01", "2026-03-01 10:00", None),
            "CLOSED": days("2026-01-01", "2026-01-31", "2026-03-01 09:00", "2026-01-01"),
            "LEVEL": pd.Categorical(["low", "high", None, "high"], dtype=ORDINAL),
            "GIVEN": pd.Categorical(["yes", "no", None, "yes"], dtype=NOMINAL),
            "M1_zones": pd.array([True, True, None, False], dtype="boolean"),
            "M2_zones": pd.array([False, True, None, None], dtype="boolean"),
            "M2_note": pd.array(["", "a", None, "b"], dtype="str"),
            "WHY_cost": pd.array([True, False, None, True], dtype="boolean"),
            "WHY_other": pd.array(["", "a", None, "b"], dtype="str"),
        },
        index=pd.Index([3, 5, 8, 13], name="record"),
    )


@pytest.fixture
def missing(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: np.where(frame[name].isna(), "skipped", None) for name in frame}, index=frame.index)


def kept(rule: str, frame: pd.DataFrame, missing: pd.DataFrame) -> list[object]:
    """Return True, False or None for each record."""
    found = evaluate_constraint(parse_constraint(rule), frame, missing)
    assert list(found.index) == list(frame.index)
    return [None if value is pd.NA else bool(value) for value in found]


def test_a_rule_becomes_its_sides_with_columns() -> None:
    rule = parse_constraint("- A + sum(HITS*) <= B_1 - 2.5")
    assert rule.left == (Signed(-1, Named("A"), 3), Signed(1, Aggregate("sum", "HITS*"), 7))
    assert rule.operator == "<="
    assert rule.right == (Signed(1, Named("B_1"), 21), Signed(-1, Constant(2.5), 27))
    assert parse_constraint('DAY = "2026-01-31"').right == (Signed(1, Quoted("2026-01-31"), 7),)


@pytest.mark.parametrize(
    ("rule", "column", "complaint"),
    [
        ("", 1, "the rule is empty"),
        ("A", 2, "the rule ends where =, !="),
        ("A >=", 5, "the rule ends where a variable"),
        ("A >= B >= C", 8, ">= stands where +, - or the end"),
        ("A == B", 3, "== is not understood"),
        ("A ≥ B", 3, "≥ is not understood"),
        ("A = B and C = B", 7, "and stands where"),
        ("A && B", 3, "&& is not understood"),
        ("A * 2 = B", 3, "* stands where"),
        ("A / 2 = B", 3, "/ is not understood"),
        ("A = 1,5", 6, ", is not understood"),
        ("A = 2nd", 5, "2nd is not understood"),
        ("A = 'x'", 5, "' is not understood"),
        ('A = "x', 5, '" is not understood'),
        ("A_* = 2", 1, "A_* stands for several variables"),
        ("max(A*) = 2", 1, "max( ) is not known"),
        ("answered(A) = 1", 1, "answered( ) is not known in a rule"),
        ("sum A = 2", 5, "A stands where ("),
        ("sum() = 2", 5, ") stands where the name"),
        ("sum(A, B) = 2", 6, ", is not understood"),
        ("sum(A = 2", 7, "= stands where )"),
        ("sum(sum(A)) = 2", 5, "sum stands where the name"),
        ("(A + B) = 2", 1, "( stands where a variable"),
        ("A + = 2", 5, "= stands where a variable"),
        ("A = B C", 7, "C stands where"),
    ],
)
def test_what_is_no_rule_is_said_where_it_stands(rule: str, column: int, complaint: str) -> None:
    with pytest.raises(ConstraintError) as found:
        parse_constraint(rule)
    assert found.value.column == column
    assert found.value.complaint.startswith(complaint)
    assert found.value.remedy


@given(st.text(alphabet='AB_*01 .+-=<>!"()sumcount', max_size=30))
def test_any_text_is_a_rule_or_an_error_with_its_column(text: str) -> None:
    column = 1
    try:
        parse_constraint(text)
    except ConstraintError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1


def test_an_asterisk_stands_for_anything_and_everything_else_for_itself() -> None:
    known = dict.fromkeys(["M0101_zones", "M0102_zones", "M0102_other", "TOTM_zones", "M"])
    assert matches("M*_zones", known) == ["M0101_zones", "M0102_zones"]
    assert matches("*zones", known) == ["M0101_zones", "M0102_zones", "TOTM_zones"]
    assert matches("M", known) == ["M"]
    assert matches("M.*", known) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("A = B", [True, False, None, False]),
        ("A != B", [False, True, None, True]),
        ("A >= B", [True, True, None, True]),
        ("A < B", [False, False, None, False]),
        ("A - B = C", [True, True, None, True]),
        ("B + C = A", [True, True, None, True]),
        ("-A <= -1", [True, True, None, False]),
        ("sum(A) = 0", [False, False, True, False]),
        ("CLOSED >= RECEIVED", [True, False, True, None]),
        ('RECEIVED < "2026-02-01"', [True, False, False, None]),
        ('"2026-02-01" <= RECEIVED', [False, True, True, None]),
        ('GIVEN = "yes"', [True, False, None, True]),
        ('GIVEN != "yes"', [False, True, None, False]),
        ('LEVEL >= "high"', [False, True, None, True]),
        ("count(M*_zones) = 1", [True, False, False, False]),
        ("count(M*_zones) + 1 >= A", [True, True, None, True]),
        ("count(WHY_*) = 1", [True, False, False, True]),
        ("count(M1_zones) = 0", [False, False, True, True]),
    ],
)
def test_a_record_keeps_a_rule_breaks_it_or_is_not_meant(
    rule: str, expected: list[object], frame: pd.DataFrame, missing: pd.DataFrame
) -> None:
    assert kept(rule, frame, missing) == expected


def test_sums_of_decimals_are_compared_as_people_add_them_up(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    # 0.2 + 0.1 is not 0.3 in binary.
    assert kept("B + C = A", frame, missing)[3] is True
    assert kept("B + C > A", frame, missing)[3] is False


def test_an_answer_with_a_reason_beside_it_does_not_count(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    missing = missing.assign(A=["not_asked", None, "skipped", None], M1_zones=["refused", None, "skipped", None])
    assert kept("A = 1", frame, missing)[0] is None
    assert kept("count(M1_zones) = 0", frame, missing)[0] is True


@given(st.permutations([0, 1, 2, 3]))
def test_the_order_of_records_does_not_matter(order: list[int]) -> None:
    frame = pd.DataFrame({"A": [1.0, 2.0, np.nan, 4.0], "B": [1.0, 3.0, 2.0, 1.0]})
    missing = frame.isna().map(lambda empty: "skipped" if empty else None)
    whole = kept("A <= B", frame, missing)
    assert kept("A <= B", frame.iloc[order], missing.iloc[order]) == [whole[position] for position in order]


@pytest.mark.parametrize(
    ("rule", "column", "complaint"),
    [
        ("1 = 1", 1, "the rule reads no variable"),
        ("A = RECEIVED", 5, "a number is compared with a date"),
        ('A = "2026-01-01"', 5, "a number is compared with quoted text"),
        ("A + RECEIVED = 1", 5, "RECEIVED holds dates, which are not added up"),
        ('RECEIVED + "2026-01-01" = 1', 1, "RECEIVED holds dates"),
        ('RECEIVED = "2026-02-30"', 12, 'RECEIVED holds dates and "2026-02-30" is none'),
        ('RECEIVED = "2026"', 12, 'RECEIVED holds dates and "2026" is none'),
        ("A + GIVEN = 1", 5, "GIVEN holds codes"),
        ("GIVEN = LEVEL", 9, "two variables with codes"),
        ('GIVEN = "yess"', 9, 'GIVEN has no answer code "yess"'),
        ('GIVEN < "yes"', 1, "the answers to GIVEN have no order"),
        ('"yes" < GIVEN', 9, "the answers to GIVEN have no order"),
        ("GIVEN = 1", 9, "an answer with codes is compared with a number"),
        ("M1_zones = 1", 1, "M1_zones is a tick"),
        ("M2_note = 1", 1, "M2_note holds text"),
        ("sum(M*) = 1", 1, "sum(M*) takes numbers, and it matches M1_zones"),
        ("count(M*) = 1", 1, "count(M*) takes ticks of multiple choices, and it matches M2_note"),
    ],
)
def test_what_cannot_be_compared_is_said(
    rule: str, column: int, complaint: str, frame: pd.DataFrame, missing: pd.DataFrame
) -> None:
    with pytest.raises(ConstraintError) as found:
        evaluate_constraint(parse_constraint(rule), frame, missing)
    assert (found.value.column, found.value.complaint[: len(complaint)]) == (column, complaint)


@pytest.mark.parametrize("rule", ["D = 1", "sum(X*) = 1", "count(X*) = A"])
def test_a_name_that_the_frame_lacks_is_said(rule: str, frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match="available: A, B, C"):
        evaluate_constraint(parse_constraint(rule), frame, missing)


def with_checks(*checks: Check) -> Instrument:
    words = Text.of({"en": "words"})
    questions = tuple(Question(code, QuestionType.NUMBER, words) for code in ("A", "B", "C"))
    return Instrument("counts", "1.0.0", ("en",), words, (Group("all", words, questions),), checks=checks)


def test_broken_checks_name_record_check_and_variables(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    words = Text.of({"en": "wrong"})
    instrument = with_checks(
        Check("together", "B + C = A", words),
        Check("alone", "A = B", words, when='GIVEN = "yes"'),
        Check("counted", "count(M*_zones) >= 1", words),
    )
    broken = broken_checks(instrument, frame, missing)
    assert list(broken.columns) == ["record", "check", "variables"]
    assert broken.to_dict("records") == [
        {"record": 8, "check": "counted", "variables": ("M1_zones", "M2_zones")},
        {"record": 13, "check": "alone", "variables": ("A", "B")},
        {"record": 13, "check": "counted", "variables": ("M1_zones", "M2_zones")},
    ]
    assert check_variables(instrument.checks[1], frame) == ("A", "B", "GIVEN")


def test_a_condition_that_does_not_hold_makes_a_check_not_apply(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    check = Check("never", "A = 99", Text.of({"en": "wrong"}))
    assert list(broken_checks(with_checks(check), frame, missing)["record"]) == [3, 5, 13]
    conditional = replace(check, when="answered(CLOSED) and not answered(RECEIVED)")
    assert list(broken_checks(with_checks(conditional), frame, missing)["record"]) == [13]


def test_researchers_find_broken_checks_by_a_public_name() -> None:
    assert ts.broken_checks is broken_checks


def test_where_nothing_is_broken_the_table_is_empty(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    broken = broken_checks(with_checks(Check("fine", "A >= 0", Text.of({"en": "wrong"}))), frame, missing)
    assert broken.empty
    assert list(broken.columns) == ["record", "check", "variables"]


def test_a_check_that_does_not_fit_the_frame_is_named(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    words = Text.of({"en": "wrong"})
    for check in (
        Check("odd", "A = D", words),
        Check("odd", "A = GIVEN", words),
        Check("odd", "A = B", words, "D > 1"),
    ):
        with pytest.raises(InputError, match="the check odd of counts"):
            broken_checks(with_checks(check), frame, missing)


def test_nothing_is_changed(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    before = frame.copy(), missing.copy()
    broken_checks(with_checks(Check("one", "A = B", Text.of({"en": "wrong"}))), frame, missing)
    pd.testing.assert_frame_equal(frame, before[0])
    pd.testing.assert_frame_equal(missing, before[1])
