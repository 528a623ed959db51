"""Partial tables, several populations, bounds that are found, and the trace: what is met, said and refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import CalibrationError, UnknownNameError

AGE = {"old": 55, "young": 45}


def sums(design: ts.SurveyDesign, name: str) -> dict[Any, float]:
    return design.weights.groupby(design.data[name], observed=True).sum().to_dict()


def choices(design: ts.SurveyDesign) -> str:
    return "; ".join(design.diagnostics().choices)


@pytest.fixture
def three(small: pd.DataFrame) -> ts.SurveyDesign:
    """Twelve respondents of three origins."""
    return ts.SurveyDesign(small.assign(origin=["a"] * 4 + ["b"] * 5 + ["c"] * 3), weights="w")


def test_levels_left_free_get_what_is_left(three: ts.SurveyDesign) -> None:
    raked = three.rake({"age": AGE, "origin": {"a": 40, "b": None, "c": None}})
    reached = sums(raked, "origin")
    assert reached["a"] == pytest.approx(40)
    assert reached["b"] + reached["c"] == pytest.approx(60)
    assert "margin 'origin': b, c left free; together they get what the other levels leave of the total, 60" in choices(
        raked
    )
    margins = raked.diagnostics().margins
    assert list(margins.loc[margins["margin"] == "origin", "level"]) == ["a", "left free (b, c)"]
    series = pd.Series([None, 40, None], ["b", "a", "c"], dtype=object)
    assert_allclose(three.rake({"age": AGE, "origin": series}).weights, raked.weights)


def test_shares_with_levels_left_free(three: ts.SurveyDesign) -> None:
    partial = {"a": 0.4, "b": None, "c": None}
    raked = three.rake({"origin": partial})
    assert sums(raked, "origin")["a"] == pytest.approx(0.4 * 12)
    assert raked.weights.sum() == pytest.approx(12)
    assert sums(three.rake({"origin": partial, "age": AGE}), "origin")["a"] == pytest.approx(40)
    assert sums(three.rake({"origin": partial, "age": {"old": 0.5, "young": 0.5}}), "origin")["a"] == pytest.approx(4.8)


def test_levels_left_free_within_waves(three: ts.SurveyDesign) -> None:
    design = three.assign(wave=[1, 2] * 6)
    design = design.assign(age=["old", "old", "young", "young"] * 3)
    raked = design.rake({"age": AGE, "origin": {"a": 40, "b": None, "c": None}}, within="wave")
    reached = raked.weights.groupby([design.data["wave"], design.data["origin"] == "a"]).sum()
    assert reached.tolist() == pytest.approx([60, 40, 60, 40])


def test_a_free_level_merged_with_another_is_free(three: ts.SurveyDesign) -> None:
    raked = three.rake({"age": AGE, "origin": {"a": 40, "b": 35, "c": None, "d": 1}}, collapse={"origin": {"d": "c"}})
    assert sums(raked, "origin") == pytest.approx({"a": 40, "b": 35, "c": 25})


@pytest.mark.parametrize(
    ("origin", "age", "message"),
    [
        ({"a": 40, "b": None, "c": None}, None, r"leaves b, c free, and no other margin of counts gives the total"),
        ({"a": 40, "b": None, "c": None}, {"old": 0.5, "young": 0.5}, r"no other margin of counts gives the total"),
        ({"a": None, "b": None, "c": None}, AGE, "leaves every level free"),
        ({"a": 70, "b": 50, "c": None}, AGE, r"sum to 120, more than the total of 100 .* though c is left free"),
        ({"a": 70, "b": 30, "c": None}, AGE, r"target is 0 where the sample has respondents: left free \(c\) \(3"),
        ({"a": 0.7, "b": 0.3, "c": None}, AGE, r"leaves c free, but its shares sum to 1, so nothing is left"),
        ({"a": 0.7, "b": 0.6, "c": None}, AGE, r"leaves c free, but its shares sum to 1\.3"),
        ({"a": 40, "b": 30, "c": 20, "d": None}, AGE, r"the sample lacks: left free \(d\) \(target 10\)"),
        ({"a": 40, "b": None}, AGE, r"the population lacks: c \(3 respondents\)"),
        ({"a": 40, "b": float("nan"), "c": 60}, AGE, r"or None where it is not known; not so: b \(nan\)"),
        ({"a": 40, "b": pd.NA, "c": 60}, AGE, r"not so: b \(<NA>\)"),
    ],
)
def test_partial_tables_that_say_too_little_or_too_much(
    three: ts.SurveyDesign, origin: Any, age: Any, message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        three.rake({"origin": origin} if age is None else {"origin": origin, "age": age})


def population(name: str, day: date | None, **levels: dict[str, float]) -> ts.Population:
    ((variable, counts),) = levels.items()
    frame = pd.DataFrame({variable: list(counts), "count": list(counts.values())})
    return ts.Population.from_table(frame, name=name, reference_date=day)


def test_several_populations(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small, weights="w")
    origin = population("register", date(2024, 1, 1), origin={"a": 60.0, "b": 40.0})
    age = population("census", date(2022, 1, 1), age={"old": 55.0, "young": 45.0})
    expected = design.rake({"origin": {"a": 60, "b": 40}, "age": AGE})
    assert_allclose(design.rake({"origin": origin, "age": age}).weights, expected.weights)
    assert_allclose(design.rake({("origin",): origin, "age": {"old": 0.55, "young": 0.45}}).weights, expected.weights)
    with pytest.raises(UnknownNameError, match="no population variable 'age'; available: origin"):
        design.rake({"age": origin})


def test_percentages_are_counts_and_put_on_record(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight")
    raked = design.rake({"sex": {"f": 52, "m": 48}}, missing="keep")
    assert raked.weights.sum() == pytest.approx(100)
    assert "margins that sum to 100 taken as counts" in choices(raked)
    assert "divided by 100" in choices(raked)
    for margins in ({"f": 0.52, "m": 0.48}, {"f": 520, "m": 480}):
        assert "sum to" not in choices(design.rake({"sex": margins}, missing="keep"))
    forty = ts.SurveyDesign(synthetic.dropna(subset="sex").head(40), weights="weight")
    assert "sum to" not in choices(forty.rake({"sex": {"f": 52, "m": 48}}))


def test_several_populations_with_different_totals(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small, weights="w")
    origin = population("register", date(2024, 1, 1), origin={"a": 60.0, "b": 40.0})
    age = population("census", date(2022, 1, 1), age={"old": 60.0, "young": 50.0})
    margins = {"origin": origin, "age": age}
    with pytest.raises(
        CalibrationError,
        match=r"'origin' \(register, 2024-01-01\) sums to 100; 'age' \(census, 2022-01-01\) sums to 110.*reconcile",
    ):
        design.rake(margins)
    raked = design.rake(margins, reconcile="first")
    assert sums(raked, "age") == pytest.approx({"old": 600 / 11, "young": 500 / 11})
    assert sums(raked, "origin") == pytest.approx({"a": 60, "b": 40})
    assert (
        "margin 'age' (census, 2022-01-01) scaled from 110 to 100, the total of 'origin' (register, 2024-01-01)"
        in choices(raked)
    )
    turned = design.rake({"age": age, "origin": origin}, reconcile="first")
    assert turned.weights.sum() == pytest.approx(110)
    with pytest.raises(CalibrationError, match='reconcile is "error" or "first"'):
        design.rake(margins, reconcile="last")  # type: ignore[arg-type]


def test_percentages_are_counts_but_named_where_they_contradict(design: ts.SurveyDesign) -> None:
    assert design.rake({"origin": {"a": 60, "b": 40}}).weights.sum() == pytest.approx(100)
    with pytest.raises(CalibrationError, match=r"percentages are given as shares, divided by 100"):
        design.rake({"origin": {"a": 60, "b": 40}, "age": {"old": 500, "young": 700}})


@pytest.fixture
def base(synthetic: pd.DataFrame, counts: dict[Any, Any]) -> ts.SurveyDesign:
    """Base weights with the total of the margins, to which bounds are relative."""
    scale = sum(counts["sex"].values()) / synthetic["weight"].sum()
    return ts.SurveyDesign(synthetic.assign(weight=synthetic["weight"] * scale), weights="weight")


@pytest.fixture
def margins(counts: dict[Any, Any]) -> dict[Any, Any]:
    return {name: counts[name] for name in ("sex", "age", "origin", "district")}


@pytest.mark.parametrize("method", ["raking", "linear", "logit"])
def test_tightest_bounds(base: ts.SurveyDesign, margins: Any, method: Any) -> None:
    tight = base.calibrate(margins, method=method, bounds="tightest")
    calibration = tight.calibrations[0]
    assert calibration.bounds is not None
    lower, upper = calibration.bounds
    assert lower == pytest.approx(1 / upper)
    factors = calibration.factors / calibration.scale
    assert factors.min() >= lower - 1e-12
    assert factors.max() <= upper + 1e-12
    assert tight.diagnostics().margins["gap"].abs().max() < 1e-10
    assert f"bounds {lower:.4g} to {upper:.4g}, the tightest that meet the margins" in choices(tight)
    slightly = upper - 0.003
    with pytest.raises(CalibrationError, match=r"widen the bounds|bounds cannot be met"):
        base.calibrate(margins, method=method, bounds=(1 / slightly, slightly))


def test_tightest_bounds_from_weights_of_one(synthetic: pd.DataFrame, margins: Any) -> None:
    tight = ts.SurveyDesign(synthetic).rake(margins, bounds="tightest")
    assert "base weights scaled to the total of the margins" in choices(tight)
    assert tight.weights.sum() == pytest.approx(150_000)
    assert tight.diagnostics().weights["g_weight"].between(0.2, 5).all()


def test_margins_already_met_need_no_bounds(design: ts.SurveyDesign) -> None:
    met = {"origin": sums(design, "origin"), "age": sums(design, "age")}
    tight = design.rake(met, bounds="tightest")
    assert_allclose(tight.weights, design.weights, rtol=1e-9)


@pytest.mark.parametrize("method", ["raking", "linear", "logit"])
def test_bounds_for_a_kish_effect(base: ts.SurveyDesign, margins: Any, method: Any) -> None:
    free = base.calibrate(margins, method=method, bounds=(0.05, 20)).diagnostics().kish
    tight = base.calibrate(margins, method=method, bounds="tightest")
    narrow = tight.diagnostics().kish
    assert free < narrow
    wanted = (free + narrow) / 2
    found = base.calibrate(margins, method=method, kish=wanted)
    assert found.diagnostics().kish == pytest.approx(wanted, rel=1e-6)
    assert found.diagnostics().margins["gap"].abs().max() < 1e-10
    bounds = found.calibrations[0].bounds
    assert bounds is not None
    assert bounds[1] > (tight.calibrations[0].bounds or (0, np.inf))[1]
    assert f"the tightest with which Kish's effect is {wanted:g}" in choices(found)
    # Slightly tighter bounds do not reach it.
    closer = bounds[1] - 0.002
    assert base.calibrate(margins, method=method, bounds=(1 / closer, closer)).diagnostics().kish > wanted
    generous = base.calibrate(margins, method=method, kish=narrow + 1)
    assert_allclose(generous.weights, tight.weights)
    with pytest.raises(CalibrationError, match=r"the smallest reachable is 1\.\d+, with bounds \(.*before calibration"):
        base.calibrate(margins, method=method, kish=1.0001)


def test_kish_and_bounds_that_are_none(design: ts.SurveyDesign) -> None:
    margins = {"age": AGE}
    for kish in (0.9, "small", True, float("nan"), float("inf")):
        with pytest.raises(CalibrationError, match="a number of at least 1"):
            design.rake(margins, kish=kish)  # type: ignore[arg-type]
    with pytest.raises(CalibrationError, match="not both"):
        design.rake(margins, kish=1.5, bounds=(0.5, 2))
    with pytest.raises(CalibrationError, match='or "tightest"'):
        design.rake(margins, bounds="tight")  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"bounds": "tightest"}, {"kish": 3.0}])
def test_bounds_are_not_found_where_no_weights_are(options: Any) -> None:
    frame = pd.DataFrame({"row": ["x", "y", "z", "z"], "column": ["p", "p", "q", "r"]})
    impossible = {"row": {"x": 200, "y": 200, "z": 600}, "column": {"p": 600, "q": 200, "r": 200}}
    with pytest.raises(CalibrationError, match="no weights meet all margins together"):
        ts.SurveyDesign(frame).rake(impossible, **options)


def test_trace(base: ts.SurveyDesign, margins: Any) -> None:
    calibration = base.rake(margins).calibrations[0]
    trace = calibration.trace
    assert trace.shape == (calibration.iterations + 1, len(margins))
    before = base.weights.groupby(base.data["sex"]).sum()
    start = max(abs(before[level] / target - 1) for level, target in margins["sex"].items())
    assert trace[0, 0] == pytest.approx(start)
    assert (trace[-1] <= 1e-10).all()
    assert calibration.gaps == dict(zip(margins, trace[-1].tolist(), strict=True))
