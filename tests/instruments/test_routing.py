from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.routing import asked, evaluate, parse, question_asked

LEVELS = ["low", "mid", "high"]


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "AGE": [15.0, 16.0, 40.0, np.nan, np.nan],
            "GRADE": pd.Categorical(["low", "mid", "high", None, None], LEVELS, ordered=True),
            "WHO": pd.Categorical(["a", "b", "a", None, None], ["a", "b"]),
            "TICK": pd.array([True, False, True, None, None], dtype="boolean"),
            "DAY": pd.to_datetime(["2026-01-01 23:59:00", "2026-01-02 00:00:00", "2025-12-31 12:00:00", None, None]),
            "WORDS": pd.array(["x", "", "y z", None, None], dtype="str"),
        },
        index=[9, 7, 5, 3, 1],
    )


@pytest.fixture
def missing(frame: pd.DataFrame) -> pd.DataFrame:
    reasons = pd.DataFrame(None, index=frame.index, columns=frame.columns, dtype=object)
    reasons.loc[3] = "dont_know"
    reasons.loc[1] = "refused"
    return reasons


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AGE >= 16", [0, 1, 1, 0, 0]),
        ("AGE = 16", [0, 1, 0, 0, 0]),
        ("AGE != 16", [1, 0, 1, 0, 0]),
        ("AGE < 16.5", [1, 1, 0, 0, 0]),
        ("AGE in (15, 40)", [1, 0, 1, 0, 0]),
        ("not AGE = 16", [1, 0, 1, 1, 1]),
        ('GRADE > "low"', [0, 1, 1, 0, 0]),
        ('GRADE <= "mid"', [1, 1, 0, 0, 0]),
        ('GRADE != "mid"', [1, 0, 1, 0, 0]),
        ('WHO = "a"', [1, 0, 1, 0, 0]),
        ('WHO != "a"', [0, 1, 0, 0, 0]),
        ('WHO in ("a", "b")', [1, 1, 1, 0, 0]),
        ("TICK", [1, 0, 1, 0, 0]),
        ("not TICK", [0, 1, 0, 1, 1]),
        ('DAY = "2026-01-01"', [1, 0, 0, 0, 0]),
        ('DAY > "2026-01-01"', [0, 1, 0, 0, 0]),
        ('DAY <= "2026-01-01"', [1, 0, 1, 0, 0]),
        ('WORDS = "y z"', [0, 0, 1, 0, 0]),
        ('WORDS != "x"', [0, 1, 1, 0, 0]),
        ('WORDS in ("x", "")', [1, 1, 0, 0, 0]),
        ("answered(AGE)", [1, 1, 1, 0, 0]),
        ("dont_know(AGE)", [0, 0, 0, 1, 0]),
        ("refused(AGE)", [0, 0, 0, 0, 1]),
        ('AGE > 15 and WHO = "b" or refused(AGE)', [0, 1, 0, 0, 1]),
        ('AGE > 15 and (WHO = "b" or refused(AGE))', [0, 1, 0, 0, 0]),
    ],
)
def test_expressions(frame: pd.DataFrame, missing: pd.DataFrame, text: str, expected: list[int]) -> None:
    result = evaluate(parse(text), frame, missing)
    assert result.dtype == np.bool_
    assert result.tolist() == [bool(each) for each in expected]


def test_an_answer_with_a_reason_beside_it_counts_as_missing(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    missing.loc[9, "AGE"] = "not_asked"
    assert evaluate(parse("AGE <= 16"), frame, missing).tolist() == [False, True, False, False, False]
    assert not evaluate(parse("answered(AGE)"), frame, missing)[0]


def test_the_order_of_codes_counts_not_the_alphabet(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    assert evaluate(parse('GRADE >= "mid"'), frame, missing).tolist() == [False, True, True, False, False]


def test_nothing_is_changed(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    before, reasons = frame.copy(), missing.copy()
    evaluate(parse('AGE > 15 and not TICK or GRADE < "mid"'), frame, missing)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(missing, reasons)


def test_no_respondents(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    assert evaluate(parse('AGE > 15 or WHO = "a" or WORDS = "x"'), frame.iloc[:0], missing.iloc[:0]).shape == (0,)


def test_a_column_without_any_answer_may_have_no_type(missing: pd.DataFrame) -> None:
    empty = pd.DataFrame({"AGE": pd.Series([None] * 5, dtype=object)})
    assert not evaluate(parse("AGE > 15"), empty, missing.reset_index(drop=True)).any()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("OTHER = 1", UnknownNameError, "no variable 'OTHER'; available: AGE, GRADE"),
        ('WHO = "c"', UnknownNameError, "no code of WHO 'c'; available: a, b"),
        ("WHO = 1", InputError, "WHO holds codes"),
        ('WHO < "b"', InputError, "the codes of WHO have no order"),
        ('AGE = "x"', InputError, "AGE holds numbers"),
        ("AGE", InputError, "AGE is not a tick"),
        ("TICK = 1", InputError, "TICK is a tick"),
        ('DAY = "soon"', InputError, "DAY holds dates"),
        ("DAY = 3", InputError, "DAY holds dates"),
        ("WORDS = 3", InputError, "WORDS holds text"),
        ('WORDS < "x"', InputError, "WORDS holds text, which has no order"),
    ],
)
def test_mistakes(frame: pd.DataFrame, missing: pd.DataFrame, text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        evaluate(parse(text), frame, missing)


def test_tables_of_different_length(frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="the frame has 5 respondents and the record of missing answers 4"):
        evaluate(parse("AGE > 1"), frame, missing.iloc[:4])
    with pytest.raises(InputError, match="indexed differently"):
        evaluate(parse("AGE > 1"), frame, missing.iloc[::-1])


@pytest.fixture
def instrument(everything: str, write: Callable[[str], Path]) -> Instrument:
    return load_instrument(write(everything))


def answers(instrument: Instrument, *people: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the answers of some people; a value that starts with ? is a reason."""
    columns: dict[str, Any] = {}
    reasons: dict[str, Any] = {}
    for variable in instrument.variables:
        given = [person.get(variable.name) for person in people]
        why = [each[1:] if isinstance(each, str) and each.startswith("?") else None for each in given]
        values = [None if reason else value for value, reason in zip(given, why, strict=True)]
        match variable.kind:
            case "ordinal" | "nominal":
                content: Any = pd.Categorical(values, variable.codes, ordered=variable.kind == "ordinal")
            case "number":
                content = np.array(values, dtype=float)
            case "boolean":
                content = pd.array(values, dtype="boolean")
            case "date":
                content = pd.to_datetime(pd.Series(values, dtype="str"))
            case _:
                content = pd.Series(values, dtype="str")
        columns[variable.name], reasons[variable.name] = content, pd.Series(why, dtype=object)
    return pd.DataFrame(columns), pd.DataFrame(reasons)


FULL = {"CONSENT": "yes", "TRUST": 5, "AGE": 30, "WHEN": "2022-05-05", "TREAT_respect": "1", "WHY_cost": True}


def test_columns_of_asked_are_the_variables_in_order(instrument: Instrument) -> None:
    frame, missing = answers(instrument, FULL)
    frame.index = missing.index = pd.Index(["someone"])
    result = asked(instrument, frame, missing)
    assert list(result.columns) == [variable.name for variable in instrument.variables]
    assert list(result.index) == ["someone"]
    assert (result.dtypes == np.bool_).all()


def test_without_consent_only_consent_is_asked(instrument: Instrument) -> None:
    frame, missing = answers(instrument, {**FULL, "CONSENT": "no"}, {**FULL, "CONSENT": None})
    result = asked(instrument, frame, missing)
    assert result["CONSENT"].all()
    assert not result.drop(columns="CONSENT").to_numpy().any()


def test_a_group_that_is_not_shown_hides_its_questions(instrument: Instrument) -> None:
    frame, missing = answers(
        instrument, {**FULL, "TRUST": 0}, {**FULL, "TRUST": "?dont_know"}, {**FULL, "TRUST": "?refused"}
    )
    result = asked(instrument, frame, missing)
    assert result["TRUST"].all()
    assert result["AGE"].tolist() == [False, True, False]
    assert result["MODE"].tolist() == [False, True, False]


def test_an_answer_to_a_question_not_asked_counts_as_missing(instrument: Instrument) -> None:
    person = {**FULL, "HOW": "web", "RANK_1": "cost", "NAME": "x"}
    young = {**person, "AGE": 17}
    frame, missing = answers(instrument, person, young)
    result = asked(instrument, frame, missing)
    for name in ("TREAT_respect", "TREAT_fair", "WHY_cost", "HOW", "RANK_2", "NAME", "MORE"):
        assert result[name].tolist() == [True, False], name


def test_not_of_a_missing_answer_is_true(instrument: Instrument) -> None:
    frame, missing = answers(instrument, {**FULL, "TRUST": "?refused"}, FULL)
    expression = parse('TREAT_respect <= "2" and not refused(TRUST)')
    assert evaluate(expression, frame, missing).tolist() == [False, True]


def test_the_text_of_other_is_asked_of_who_chose_other(instrument: Instrument) -> None:
    frame, missing = answers(instrument, {**FULL, "HOW": "web"}, {**FULL, "HOW": "other"}, {**FULL, "HOW": "?skipped"})
    result = asked(instrument, frame, missing)
    assert result["HOW"].all()
    assert result["HOW_other"].tolist() == [False, True, False]
    assert result["WHY_other"].all()


def test_question_by_question_gives_the_same(instrument: Instrument) -> None:
    people = [
        FULL,
        {**FULL, "AGE": 17},
        {**FULL, "CONSENT": "no"},
        {**FULL, "TRUST": "?dont_know"},
        {**FULL, "HOW": "other"},
    ]
    frame, missing = answers(instrument, *people)
    whole = asked(instrument, frame, missing)
    for question in instrument.questions:
        to_ask = question_asked(instrument, question, frame, missing)
        assert to_ask.tolist() == question_asked(instrument, question.code, frame, missing).tolist()
        for variable in question.variables():
            if not variable.name.endswith("_other"):
                assert whole[variable.name].tolist() == to_ask.tolist()
            missing.loc[~to_ask, variable.name] = "not_asked"


def test_question_asked_needs_only_what_routing_reads(instrument: Instrument) -> None:
    frame, missing = answers(instrument, FULL)
    wanted = ["CONSENT", "TRUST", "AGE", "WHEN"]
    assert question_asked(instrument, "TREAT", frame[wanted], missing[wanted]).tolist() == [True]
    with pytest.raises(UnknownNameError, match="no variable 'WHEN'"):
        question_asked(instrument, "TREAT", frame[wanted[:3]], missing[wanted])
    with pytest.raises(UnknownNameError, match="no question 'NOPE'"):
        question_asked(instrument, "NOPE", frame, missing)


def test_a_permutation_of_respondents_permutes_the_result(instrument: Instrument) -> None:
    people = [{**FULL, "AGE": age, "TRUST": trust} for age in (16, 18, 30) for trust in (0, 1, "?dont_know")]
    frame, missing = answers(instrument, *people)
    order = np.random.default_rng(1).permutation(len(people))
    straight = asked(instrument, frame, missing).iloc[order]
    pd.testing.assert_frame_equal(straight, asked(instrument, frame.iloc[order], missing.iloc[order]))
