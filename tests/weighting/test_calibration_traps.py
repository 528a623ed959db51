"""Inputs that other packages accept in silence: each is an error that names the cell and the numbers, or is right."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import CalibrationError, InputError, UnknownNameError

HALVES = {"a": 50, "b": 50}


def rake(frame: pd.DataFrame, margins: Any, **options: Any) -> ts.SurveyDesign:
    return ts.SurveyDesign(frame).rake(margins, **options)


def test_margins_that_are_functions_of_each_other(small: pd.DataFrame) -> None:
    frame = small.assign(code=small["origin"].map({"a": 1, "b": 2}))
    assert_allclose(
        rake(frame, {"origin": HALVES, "code": {1: 50, 2: 50}}).weights, rake(frame, {"origin": HALVES}).weights
    )


@pytest.mark.parametrize("method", ["raking", "linear", "logit"])
def test_functions_of_each_other_that_contradict(small: pd.DataFrame, method: Any) -> None:
    frame = small.assign(code=small["origin"].map({"a": 1, "b": 2}))
    design = ts.SurveyDesign(frame)
    bounds = (0.01, 100) if method == "logit" else None
    with pytest.raises(
        CalibrationError,
        match=r"same respondents are in a of 'origin' \(50\) and in 1 of 'code' \(40\), with different",
    ):
        design.calibrate({"origin": HALVES, "code": {1: 40, 2: 60}}, method=method, bounds=bounds)
    joint = {("a", "old"): 30, ("a", "young"): 30, ("b", "old"): 20, ("b", "young"): 20}
    with pytest.raises(
        CalibrationError, match=r"in a, old \+ a, young of 'origin x age' \(60\) and in a of 'origin' \(50"
    ):
        design.calibrate({("origin", "age"): joint, "origin": HALVES}, method=method, bounds=bounds)


def test_impossible_zeros_are_explained() -> None:
    frame = pd.DataFrame({"row": ["x", "y", "z", "z"], "column": ["p", "p", "q", "r"]})
    margins = {"row": {"x": 200, "y": 200, "z": 600}, "column": {"p": 600, "q": 200, "r": 200}}
    with pytest.raises(CalibrationError, match=r"in x \+ y of 'row' \(400\) and in p of 'column' \(600\)"):
        rake(frame, margins)


def test_one_respondent(small: pd.DataFrame) -> None:
    assert rake(small[:1], {"origin": {"a": 7}}).weights.tolist() == pytest.approx([7])
    with pytest.raises(CalibrationError, match=r"the sample lacks: b \(target 50\)"):
        rake(small[:1], {"origin": HALVES})


def test_a_margin_of_one_level(small: pd.DataFrame) -> None:
    assert rake(small.assign(all="x"), {"all": {"x": 100}}).weights.tolist() == pytest.approx([100 / 12] * 12)


def test_level_of_zero_weights_is_named(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small.assign(w=small["w"].where(small["origin"] == "b", 0)), weights="w")
    with pytest.raises(
        CalibrationError, match=r"4 of 12 weights are 0 \(everybody with a of 'origin' \(4 respondents\)\)"
    ):
        design.rake({"origin": HALVES})


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ({"a": 1e-300, "b": 100}, r"beside a total of 100 these are too small to be met: a \(1e-300\)"),
        ({"a": 1e-300, "b": 1e-300}, "sums to 2e-300"),
        ({"a": 1e300, "b": 1e300}, r"more than a number can hold \(2e\+300\)"),
        ({"a": 1e60, "b": 1e60}, "weights that sum to 12 cannot be brought to a total of 2e"),
        ({"a": 0.5, "b": 0.499}, "sums to 0.999: shares sum to 1"),
        ({"a": 1j, "b": 2}, r"not so: a \(1j\)"),
        ({"a": np.True_, "b": 2}, r"not so: a \(True\)"),
        ({"A": 50, "b": 50}, r"'a' and 'A' differ in capitals or spaces only"),
        ({"a ": 50, "b": 50}, r"'a' and 'a ' differ in capitals or spaces only"),
        ({"a": 1.0, "b": -0.0}, r"target is 0 where the sample has respondents: b \(8 respondents\)"),
        (pd.DataFrame({"a": [1], "b": [2]}), "got DataFrame"),
        (ts.Population, "got type"),
    ],
)
def test_targets_that_cannot_be(small: pd.DataFrame, origin: Any, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        rake(small, {"origin": origin})


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({("origin", "origin"): {("a", "a"): 1, ("b", "b"): 2}}, "'origin x origin' names a variable twice"),
        ({(): {(): 5}}, "a margin names no variable"),
        (ts.Population, "got type"),
        ("brussels-2022", "got str"),
        ([{"origin": HALVES}], "got list"),
        ({"trust": 1e200}, "finite number of at most 1e\\+100"),
    ],
)
def test_margins_that_cannot_be(small: pd.DataFrame, margins: Any, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        rake(small, margins)
    with pytest.raises(UnknownNameError, match="no column"):
        rake(small, {frozenset(["origin"]): HALVES})


def test_rounded_shares_and_exact_numbers(small: pd.DataFrame) -> None:
    assert rake(small, {"origin": {"a": 0.5, "b": 0.4999995}}).weights.sum() == pytest.approx(12)
    exact = rake(small, {"origin": {"a": Decimal(60), "b": Decimal(40)}})
    assert_allclose(exact.weights, rake(small, {"origin": {"a": 60, "b": 40}}).weights)


DAYS = pd.to_datetime(["2020-01-01"] * 4 + ["2021-01-01"] * 8)
PARTS = pd.cut(pd.Series(np.arange(12)), [-1, 3, 11])


@pytest.mark.parametrize(
    ("column", "levels"),
    [
        (DAYS, [pd.Timestamp("2020-01-01"), pd.Timestamp("2021-01-01")]),
        (DAYS, [datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)]),
        (DAYS.date, [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)]),
        (DAYS.to_period("Y"), [pd.Period("2020", "Y"), pd.Period("2021", "Y")]),
        (PARTS, [pd.Interval(-1, 3), pd.Interval(3, 11)]),
        (pd.array([True] * 4 + [False] * 8, dtype="boolean"), [True, False]),
        (pd.array([1] * 4 + [2] * 8, dtype="Int8"), [1, 2]),
        (pd.array([1.5] * 4 + [2.5] * 8, dtype="Float64"), [1.5, 2.5]),
        (pd.Categorical([1] * 4 + [2] * 8, [3, 2, 1], ordered=True), [1, 2]),
        (pd.arrays.SparseArray([0] * 4 + [2] * 8), [0, 2]),
    ],
)
def test_levels_of_many_kinds(small: pd.DataFrame, column: Any, levels: Any) -> None:
    raked = rake(small.assign(kind=column), {"kind": dict(zip(levels, [60, 40], strict=True))})
    assert_allclose(raked.weights, rake(small, {"origin": {"a": 60, "b": 40}}).weights, rtol=1e-12)


@pytest.mark.parametrize(
    ("column", "levels", "message"),
    [
        (DAYS, ["2020-01-01", "2021-01-01"], r"has Timestamp\(.*where the population has '2020-01-01' \(str\)"),
        (DAYS, [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)], r"has datetime.date\(2020, 1, 1\) \(date\)"),
        (PARTS, ["(-1, 3]", "(3, 11]"], r"\(Interval\) where the population has '\(-1, 3\]' \(str\)"),
        ([True] * 4 + [False] * 8, ["True", "False"], r"\(bool\) where the population has '(Tru|Fals)e' \(str\)"),
        (["1"] * 4 + ["2"] * 8, [1, 2], r"has '1' \(str\) where the population has 1 \(int\)"),
        ([1.0] * 4 + [np.inf] * 8, [1, 2], r"the population lacks: inf \(8 respondents\)"),
        ([1.0] * 4 + [2.0] * 7 + [np.nan], [1, 2], "'kind' is missing for 1 of 12 respondents"),
        (pd.array([True] * 4 + [False] * 7 + [None], dtype="boolean"), [True, False], "missing for 1 of 12"),
    ],
)
def test_levels_of_other_types(small: pd.DataFrame, column: Any, levels: Any, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        rake(small.assign(kind=column), {"kind": dict(zip(levels, [60, 40], strict=True))})


def test_values_that_are_no_levels(small: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="cannot be compared"):
        rake(small.assign(kind=[[1]] * 12), {"kind": {1: 5}})


def test_series_with_levels_of_several_variables(small: pd.DataFrame) -> None:
    joint = small.groupby(["origin", "age"])["w"].sum() * 2
    assert rake(small, {("origin", "age"): joint}).weights.sum() == pytest.approx(34)
    with pytest.raises(CalibrationError, match=r"has 1 variables, but its level \('a', 'old'\) has 2 parts"):
        rake(small, {"origin": joint})
    with pytest.raises(CalibrationError, match=r"has 2 variables, but its level 'a' has 1 parts"):
        rake(small, {("origin", "age"): small.groupby("origin")["w"].sum()})


def test_cell_of_an_interlocked_table_that_the_sample_lacks(small: pd.DataFrame) -> None:
    frame = small[(small["origin"] != "a") | (small["age"] != "young")]
    joint = {(origin, age): 25 for origin in "ab" for age in ("old", "young")}
    with pytest.raises(CalibrationError, match=r"'origin x age'.*the sample lacks: a, young \(target 25\)"):
        rake(frame, {("origin", "age"): joint})


@pytest.mark.parametrize("method", ["raking", "linear"])
@pytest.mark.parametrize("bounds", [None, (0.01, 100.0), "tightest"])
def test_extremely_unequal_base_weights(rng: np.random.Generator, method: Any, bounds: Any) -> None:
    frame = pd.DataFrame(
        {"o": rng.choice(list("abc"), 500), "p": rng.choice(list("xyz"), 500), "w": 10 ** rng.uniform(-8, 8, 500)}
    )
    margins = {"o": {"a": 300, "b": 400, "c": 300}, "p": {"x": 500, "y": 200, "z": 300}}
    calibrated = ts.SurveyDesign(frame, weights="w").calibrate(margins, method=method, bounds=bounds)
    for name, targets in margins.items():
        assert calibrated.weights.groupby(frame[name]).sum().to_dict() == pytest.approx(targets, rel=1e-10)


def test_margins_already_met_change_nothing(design: ts.SurveyDesign) -> None:
    met = {name: design.weights.groupby(design.data[name]).sum() for name in ("origin", "age")}
    for method in ("raking", "linear"):
        calibrated = design.calibrate(met, method=method)
        assert_allclose(calibrated.weights, design.weights, rtol=1e-14)


def test_continuous_totals(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small.assign(three=3.0, balance=small["trust"] - 5))
    with pytest.raises(CalibrationError, match=r"'three' is off most at 'total': target 100, reached"):
        design.calibrate({"three": 100.0, "origin": HALVES})
    balanced = design.calibrate({"balance": 0.0, "origin": HALVES})
    assert (balanced.weights * design.data["balance"]).sum() == pytest.approx(0, abs=1e-8)
    with pytest.raises(CalibrationError, match=r"'trust' is off most at 'total': target 1e\+09"):
        design.calibrate({"trust": 1e9, "origin": HALVES})
    with pytest.raises(CalibrationError, match="holds infinite values"):
        ts.SurveyDesign(small.assign(huge=1e200)).calibrate({"huge": 5.0})


def test_collapse_in_a_chain(small: pd.DataFrame) -> None:
    frame = small.assign(k=list("aabbccddeeff"))
    with pytest.raises(CalibrationError, match=r"collapse of 'k' has chains: a joins b, which joins c"):
        rake(frame, {"k": dict.fromkeys("abcdef", 5)}, collapse={"k": {"a": "b", "b": "c"}})


def test_a_domain_cannot_be_calibrated(design: ts.SurveyDesign) -> None:
    with pytest.raises(CalibrationError, match=r"8 of 12 weights are 0 \(everybody with b of 'origin'"):
        design.domain(design.data["origin"] == "a").rake({"origin": HALVES})


CROSSED = {(origin, age): 25 for origin in "ab" for age in ("old", "young")}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {("origin", "late"): {("a", 0): 10, ("a", 1): 20, ("b", 0): 40, ("b", 1): 30}},
            r"about 'origin': the same respondents are in a, old \+ a, young of 'origin x age' \(50\) and in "
            r"a, 0 \+ a, 1 of 'origin x late' \(30\)",
        ),
        ({"age": {"old": 0.4, "young": 0.6}}, r"about 'age': .* in old of 'age' \(40\), with different targets"),
        ({"age": {"old": 50.0001, "young": 49.9999}}, r"old of 'age' \(50.0001\), with different targets"),
    ],
)
def test_tables_that_contradict_each_other_about_what_they_share(small: pd.DataFrame, other: Any, message: str) -> None:
    frame = small.assign(late=np.arange(12) % 2)
    with pytest.raises(CalibrationError, match=message):
        rake(frame, {("origin", "age"): CROSSED, **other})


def test_tables_that_share_what_is_left_free_or_missing(small: pd.DataFrame) -> None:
    free = {("a", "old"): 20, ("a", "young"): 30, ("b", "old"): None, ("b", "young"): None}
    rake(small, {("origin", "age"): free, "origin": HALVES})
    some = small.assign(age=small["age"].where(small.index % 6 != 0))
    raked = rake(some, {("origin", "age"): CROSSED, "origin": {"a": 55, "b": 45}}, missing="keep")
    assert raked.weights.groupby(small["origin"]).sum().tolist() == pytest.approx([55, 45])


def test_only_margins_that_are_not_met_are_named(small: pd.DataFrame) -> None:
    frame = small.assign(code=small["origin"].map({"a": 1, "b": 2}), late=np.arange(12) % 2)
    with pytest.raises(CalibrationError, match="'origin' is off most") as raised:
        rake(frame, {"late": {0: 50, 1: 50}, "origin": HALVES, "code": {1: 40, 2: 60}})
    assert "margin 'late'" not in str(raised.value)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("é", "e\u0301"), ("16-24", "16\u201324"), ("old", "\u200bold"), ("5 km", "5\u202fKM"), ("ﬁn", "fin")],
)
def test_levels_that_only_look_alike(small: pd.DataFrame, mine: str, theirs: str) -> None:
    frame = small.assign(k=small["origin"].map({"a": mine, "b": "other"}))
    with pytest.raises(CalibrationError, match=r"look alike but are other characters|in capitals or spaces only"):
        rake(frame, {"k": {theirs: 50, "other": 50}})


def test_a_level_that_is_called_unknown(small: pd.DataFrame) -> None:
    frame = small.assign(k=small["age"].map({"old": "unknown", "young": "y"}).where(small.index % 6 != 0))
    table = rake(frame, {"k": {"unknown": 50, "y": 50}}, missing="keep").diagnostics().margins
    assert table["level"].tolist() == ["unknown", "y", "unknown (no answer)"]


def test_columns_that_are_numbers(small: pd.DataFrame) -> None:
    frame = small.rename(columns={"origin": 2020})
    raked = rake(frame, {2020: HALVES}, collapse={2020: {"a": "b"}})
    assert raked.weights.sum() == pytest.approx(100)


def test_targets_too_far_apart_for_digits(small: pd.DataFrame) -> None:
    with pytest.raises(CalibrationError, match="of their targets and no better, because weights or targets"):
        ts.SurveyDesign(small).calibrate({"trust": 1e13, "origin": HALVES}, method="linear")
