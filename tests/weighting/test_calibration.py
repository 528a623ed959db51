"""Raking and calibration: what is met, and every trap that is an error or a stated choice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import CalibrationError, InputError, UnknownNameError

MARGINS = {"origin": {"a": 60, "b": 40}, "age": {"old": 55, "young": 45}}


def sums(design: ts.SurveyDesign, by: Any) -> dict[Any, float]:
    columns = [design.data[name] for name in ([by] if isinstance(by, str) else by)]
    return design.weights.groupby(columns, observed=True).sum().to_dict()


def test_counts_are_met_and_weights_sum_to_the_population(design: ts.SurveyDesign) -> None:
    raked = design.rake(MARGINS)
    assert sums(raked, "origin") == pytest.approx(MARGINS["origin"], rel=1e-10)
    assert sums(raked, "age") == pytest.approx(MARGINS["age"], rel=1e-10)
    assert raked.weights.sum() == pytest.approx(100)


def test_shares_sum_to_the_number_of_rows(design: ts.SurveyDesign) -> None:
    raked = design.rake({"origin": {"a": 0.25, "b": 0.75}, "age": {"old": 0.6, "young": 0.4}})
    assert raked.weights.sum() == pytest.approx(12)
    assert sums(raked, "age") == pytest.approx({"old": 7.2, "young": 4.8})


def test_shares_beside_counts_are_shares_of_the_counts(design: ts.SurveyDesign) -> None:
    raked = design.rake({"origin": {"a": 600, "b": 400}, "age": {"old": 0.6, "young": 0.4}})
    assert sums(raked, "age") == pytest.approx({"old": 600, "young": 400})


def test_method_rake_is_calibrate(design: ts.SurveyDesign) -> None:
    assert_allclose(design.rake(MARGINS).weights, design.calibrate(MARGINS, method="raking").weights)


def test_raking_is_iterative_proportional_fitting(design: ts.SurveyDesign) -> None:
    weights = design.weights
    for _ in range(500):
        for name, targets in MARGINS.items():
            weights = weights * design.data[name].map(targets) / weights.groupby(design.data[name]).transform("sum")
    assert_allclose(design.rake(MARGINS).weights, weights, rtol=1e-9)


def test_contradictory_totals(small: pd.DataFrame) -> None:
    with pytest.raises(CalibrationError, match=r"'origin' sums to 1000.*'age' sums to 1010"):
        ts.SurveyDesign(small).rake({"origin": {"a": 400, "b": 600}, "age": {"old": 500, "young": 510}})


def test_rounding_of_totals_is_not_a_contradiction(design: ts.SurveyDesign) -> None:
    raked = design.rake({"origin": {"a": 400, "b": 600}, "age": {"old": 500, "young": 500.0000001}})
    assert raked.weights.sum() == pytest.approx(1000)


@pytest.mark.parametrize("method", ["raking", "linear", "logit"])
def test_impossible_zeros(method: Any) -> None:
    # Everybody of "x" is in one of the two rows that must hold 200 and 200, but "p" must hold 600.
    frame = pd.DataFrame({"row": ["x", "y", "z", "z"], "column": ["p", "p", "q", "r"]})
    margins = {"row": {"x": 200, "y": 200, "z": 600}, "column": {"p": 600, "q": 200, "r": 200}}
    bounds = (0.01, 100) if method == "logit" else None
    with pytest.raises(CalibrationError, match=r"target 600, reached .*margin 'column'|'column' is off"):
        ts.SurveyDesign(frame).calibrate(margins, method=method, bounds=bounds)


def test_margins_that_leave_somebody_no_weight() -> None:
    frame = pd.DataFrame({"row": ["x", "x", "y"], "column": ["p", "q", "q"]})
    with pytest.raises(CalibrationError, match="no weight at all"):
        ts.SurveyDesign(frame).rake({"row": {"x": 50, "y": 50}, "column": {"p": 50, "q": 50}})


def test_order_of_levels_does_not_matter(design: ts.SurveyDesign, small: pd.DataFrame) -> None:
    expected = design.rake(MARGINS).weights
    turned = {"age": {"young": 45, "old": 55}, "origin": {"b": 40, "a": 60}}
    assert_allclose(design.rake(turned).weights, expected, rtol=1e-10)
    categories = small.assign(origin=pd.Categorical(small["origin"], ["b", "a", "unused"]))
    assert_allclose(ts.SurveyDesign(categories, weights="w").rake(MARGINS).weights, expected, rtol=1e-10)


def test_level_that_the_sample_lacks(design: ts.SurveyDesign) -> None:
    with pytest.raises(CalibrationError, match=r"'origin'.*the sample lacks: c \(target 20\)"):
        design.rake({"origin": {"a": 50, "b": 30, "c": 20}})


def test_level_without_target_and_respondents_is_left_out(design: ts.SurveyDesign) -> None:
    raked = design.rake({"origin": {"a": 50, "b": 30, "c": 0}})
    assert raked.weights.sum() == pytest.approx(80)
    assert list(raked.diagnostics().margins["level"]) == ["a", "b"]


def test_level_that_the_population_lacks(design: ts.SurveyDesign) -> None:
    with pytest.raises(CalibrationError, match=r"'origin'.*the population lacks: b \(8 respondents\)"):
        design.rake({"origin": {"a": 100}})


def test_target_zero_with_respondents(design: ts.SurveyDesign) -> None:
    with pytest.raises(CalibrationError, match=r"target is 0 where the sample has respondents: b \(8 respondents\)"):
        design.rake({"origin": {"a": 100, "b": 0}})


def test_numbers_and_text_are_told_apart(small: pd.DataFrame) -> None:
    frame = small.assign(code=np.where(small["origin"] == "a", 1, 2))
    with pytest.raises(CalibrationError, match=r"sample has 1 \(int\).*population has '1' \(str\).*one type"):
        ts.SurveyDesign(frame).rake({"code": {"1": 0.5, "2": 0.5}})


@pytest.mark.parametrize("dtype", ["int8", "float64", "Int64", "Float64", "category", "object", "int64[pyarrow]"])
def test_equal_numbers_match_whatever_their_type(small: pd.DataFrame, dtype: str) -> None:
    frame = small.assign(code=pd.Series(np.where(small["origin"] == "a", 1, 2)).astype(dtype))
    raked = ts.SurveyDesign(frame, weights="w").rake({"code": {1: 60, 2: 40}})
    assert_allclose(raked.weights, ts.SurveyDesign(small, weights="w").rake({"origin": MARGINS["origin"]}).weights)


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object"])
def test_booleans_are_levels(small: pd.DataFrame, dtype: str) -> None:
    frame = small.assign(foreign=(small["origin"] == "b").astype(dtype))
    raked = ts.SurveyDesign(frame).rake({"foreign": {True: 0.7, False: 0.3}})
    assert raked.weights[frame["foreign"].astype(bool)].sum() == pytest.approx(8.4)


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string", "string[pyarrow]"])
def test_text_of_any_type(small: pd.DataFrame, dtype: str, design: ts.SurveyDesign) -> None:
    frame = small.assign(origin=small["origin"].astype(dtype))
    assert_allclose(ts.SurveyDesign(frame, weights="w").rake(MARGINS).weights, design.rake(MARGINS).weights)


def test_missing_in_a_margin_variable(small: pd.DataFrame) -> None:
    frame = small.assign(origin=small["origin"].mask(small.index < 2), age=small["age"].mask(small.index == 11))
    design = ts.SurveyDesign(frame, weights="w")
    with pytest.raises(CalibrationError, match=r"'origin' is missing for 2 of 12.*'age' is missing for 1 of 12"):
        design.rake(MARGINS)


def test_missing_kept_at_its_share(small: pd.DataFrame) -> None:
    frame = small.assign(origin=small["origin"].mask(small.index < 2))
    raked = ts.SurveyDesign(frame, weights="w").rake(MARGINS, missing="keep")
    share = 3 / 17
    assert raked.weights[frame["origin"].isna()].sum() == pytest.approx(100 * share)
    assert sums(raked, "origin") == pytest.approx({"a": 60 * (1 - share), "b": 40 * (1 - share)})
    assert sums(raked, "age") == pytest.approx(MARGINS["age"])
    diagnostics = raked.diagnostics()
    assert "unknown" in set(diagnostics.margins["level"])
    assert any("2 respondents without an answer kept" in choice for choice in diagnostics.choices)


def test_nothing_missing_keeps_nothing(design: ts.SurveyDesign) -> None:
    kept = design.rake(MARGINS, missing="keep")
    assert_allclose(kept.weights, design.rake(MARGINS).weights)
    assert kept.diagnostics().choices == ()


def test_all_missing_in_a_margin_variable(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small.assign(origin=None))
    with pytest.raises(CalibrationError, match="missing for 12 of 12"):
        design.rake(MARGINS)
    with pytest.raises(CalibrationError, match="missing for every respondent"):
        design.rake(MARGINS, missing="keep")


def test_zero_weights(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small.assign(w=small["w"].where(small["origin"] == "a", 0)), weights="w")
    with pytest.raises(CalibrationError, match="8 of 12 weights are 0"):
        design.rake(MARGINS)
    with pytest.raises(CalibrationError, match="take domains after calibrating"):
        ts.SurveyDesign(small).domain(small["origin"] == "a").rake(MARGINS)


def test_interlocked_margin(design: ts.SurveyDesign) -> None:
    targets = {("a", "old"): 10, ("a", "young"): 20, ("b", "old"): 30, ("b", "young"): 40}
    raked = design.rake({("origin", "age"): targets})
    assert sums(raked, ["origin", "age"]) == pytest.approx(targets)
    turned = pd.Series(targets, index=pd.MultiIndex.from_tuples(targets, names=["origin", "age"]))
    assert_allclose(design.rake({("age", "origin"): turned}).weights, raked.weights)


def test_series_as_margin(design: ts.SurveyDesign) -> None:
    series = {name: pd.Series(targets) for name, targets in MARGINS.items()}
    assert_allclose(design.rake(series).weights, design.rake(MARGINS).weights)


def test_redundant_margins(design: ts.SurveyDesign) -> None:
    joint = {("a", "old"): 30, ("a", "young"): 30, ("b", "old"): 25, ("b", "young"): 15}
    raked = design.rake({("origin", "age"): joint, **MARGINS})
    assert_allclose(raked.weights, design.rake({("origin", "age"): joint}).weights)
    assert_allclose(raked.mean("trust").covariance, design.rake({("origin", "age"): joint}).mean("trust").covariance)


def test_within_is_interlocking(small: pd.DataFrame) -> None:
    frame = small.assign(wave=[1] * 6 + [2] * 6, sex=["f", "m", "m"] * 4)
    design = ts.SurveyDesign(frame, weights="w")
    margins = {"age": MARGINS["age"], "sex": {"f": 40, "m": 60}}
    raked = design.rake(margins, within="wave")
    for wave in (1, 2):
        part = ts.SurveyDesign(frame[frame["wave"] == wave], weights="w").rake(margins)
        assert_allclose(raked.weights[frame["wave"] == wave], part.weights)
    assert sums(raked, "wave") == pytest.approx({1: 100, 2: 100})
    interlocked = {
        ("wave", name): {(wave, level): count for wave in (1, 2) for level, count in targets.items()}
        for name, targets in margins.items()
    }
    assert_allclose(design.rake(interlocked).weights, raked.weights)
    shares = design.rake({"age": {"old": 0.5, "young": 0.5}}, within="wave")
    assert sums(shares, "wave") == pytest.approx({1: 6, 2: 6})


def test_within_names_the_wave_that_lacks_a_level(small: pd.DataFrame) -> None:
    frame = small.assign(wave=[2024] * 4 + [2026] * 8)
    with pytest.raises(CalibrationError, match=r"the sample lacks: 2024, b \(target 40\), 2026, a \(target 60\)"):
        ts.SurveyDesign(frame).rake({"origin": MARGINS["origin"]}, within="wave")


def test_within_a_continuous_total(small: pd.DataFrame) -> None:
    frame = small.assign(wave=[1] * 6 + [2] * 6)
    raked = ts.SurveyDesign(frame, weights="w").calibrate({"age": MARGINS["age"], "trust": 520}, within="wave")
    assert (raked.weights * frame["trust"]).groupby(frame["wave"]).sum().tolist() == pytest.approx([520, 520])


def test_collapse(small: pd.DataFrame) -> None:
    frame = small.assign(district=["x", "y", "z"] * 4)
    design = ts.SurveyDesign(frame)
    margin = {"district": {"x": 10, "y": 20, "z": 30, "absent": 5}}
    with pytest.raises(CalibrationError, match="collapse"):
        design.rake(margin)
    raked = design.rake(margin, collapse={"district": {"absent": "z", "y": "x"}})
    by_district = raked.weights.groupby(frame["district"].replace("y", "x")).sum().to_dict()
    assert by_district == pytest.approx({"x": 30, "z": 35})
    assert "district: level absent merged into z" in raked.diagnostics().choices
    with pytest.raises(CalibrationError, match="do not exist: nowhere"):
        design.rake(margin, collapse={"district": {"nowhere": "x"}})
    with pytest.raises(CalibrationError, match="no margin variable"):
        design.rake(margin, collapse={"sex": {"f": "m"}})


@pytest.mark.parametrize("method", ["raking", "linear", "logit"])
def test_bounds_are_kept_and_margins_met(synthetic: pd.DataFrame, counts: dict[Any, Any], method: Any) -> None:
    base = ts.SurveyDesign(synthetic, weights="weight")
    design = base.calibrate(
        {name: counts[name] for name in ("sex", "age", "origin")}, method=method, bounds=(0.75, 1.5)
    )
    factor = design.weights / base.weights
    assert factor.min() >= 0.75 - 1e-12
    assert factor.max() <= 1.5 + 1e-12
    assert design.diagnostics().margins["gap"].abs().max() < 1e-10


@pytest.mark.parametrize("method", ["raking", "linear"])
@pytest.mark.parametrize("bounds", [(0.8, np.inf), (0, 1.5), (-np.inf, 1.5), (-np.inf, np.inf)])
def test_one_bound_alone(synthetic: pd.DataFrame, counts: dict[Any, Any], method: Any, bounds: Any) -> None:
    base = ts.SurveyDesign(synthetic, weights="weight")
    margins = {name: counts[name] for name in ("sex", "age", "origin")}
    design = base.calibrate(margins, method=method, bounds=bounds)
    assert (design.weights / base.weights).between(bounds[0] - 1e-12, bounds[1] + 1e-12).all()
    assert design.diagnostics().margins["gap"].abs().max() < 1e-10


def test_bounds_that_a_level_cannot_meet(synthetic: pd.DataFrame, counts: dict[Any, Any]) -> None:
    base = ts.SurveyDesign(synthetic, weights="weight")
    with pytest.raises(
        CalibrationError, match=r"margin 'age', level '16-24': target .* allow .* to .*needs a factor of"
    ):
        base.rake({"age": counts["age"]}, bounds=(0.85, 1.1))


def test_bounds_that_levels_cannot_meet_together() -> None:
    frame = pd.DataFrame({"row": ["x"] * 9 + ["y"] * 11, "column": ["p"] * 8 + ["q"] + ["p"] + ["q"] * 10})
    margins = {"row": {"x": 10, "y": 10}, "column": {"p": 5.5, "q": 14.5}}
    with pytest.raises(CalibrationError, match=r"widen the bounds.*lower bound 0\.5 the upper one must be at least"):
        ts.SurveyDesign(frame).rake(margins, bounds=(0.5, 1.6))


@pytest.mark.parametrize("bounds", [(2, 3), (1, 2), (0.5,), "wide", (0.5, None), (3, 0.2)])
def test_bounds_that_are_none(design: ts.SurveyDesign, bounds: Any) -> None:
    with pytest.raises(CalibrationError, match="bounds are two numbers"):
        design.rake(MARGINS, bounds=bounds)


def test_bounds_on_weights_far_from_the_population(small: pd.DataFrame) -> None:
    margins = {"origin": {"a": 50_000, "b": 70_000}}
    raked = ts.SurveyDesign(small).rake(margins, bounds=(0.5, 2))
    assert sums(raked, "origin") == pytest.approx(margins["origin"])
    diagnostics = raked.diagnostics()
    assert any("scaled" in choice for choice in diagnostics.choices)
    assert diagnostics.weights["g_weight"].between(0.5, 2).all()


def test_continuous_total_alone(design: ts.SurveyDesign) -> None:
    linear = design.calibrate({"trust": 120.0}, method="linear")
    assert (linear.weights * design.data["trust"]).sum() == pytest.approx(120)


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({}, "no margins"),
        ({"origin": {}}, "no levels"),
        ({"origin": {"a": -1, "b": 2}}, "at least 0.*a"),
        ({"origin": {"a": float("nan"), "b": 2}}, "at least 0.*a"),
        ({"origin": {"a": float("inf"), "b": 2}}, "at least 0.*a"),
        ({"origin": {"a": "many", "b": 2}}, "at least 0.*a"),
        ({"origin": {"a": None, "b": 2}}, "at least 0.*a"),
        ({"origin": {"a": 0, "b": 0}}, "0 at every level"),
        ({"origin": {"a": 1e308, "b": 1.5e308}}, "more than a number can hold"),
        ({"origin": {"a": 0.5, "b": 0.4}}, "sums to 0.9"),
        ({"origin": ["a", "b"]}, "mapping from level"),
        ({"origin": True}, "mapping from level"),
        ({("origin", "age"): {"a": 1, "b": 2}}, "2 variables"),
        ({"origin": {"a": 1, "b": 2, None: 3}}, "missing value among its levels"),
        ({"origin": pd.Series([1, 2, 3], ["a", "b", "a"])}, "levels twice: a"),
        ({"trust": float("nan")}, "finite number"),
        ({"origin": 5.0}, "does not hold numbers"),
        ([("origin", 1)], "population or a mapping"),
        (None, "population or a mapping"),
        ({"origin": {"a": 60, "b": 40}, ("origin",): {"a": 60, "b": 40}}, "given twice"),
    ],
)
def test_margins_that_are_none(design: ts.SurveyDesign, margins: Any, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        design.rake(margins)


def test_unknown_margin_variable(design: ts.SurveyDesign) -> None:
    with pytest.raises(UnknownNameError, match=r"no column 'orgin'; available: origin, age, trust, w"):
        design.rake({"orgin": {"a": 1, "b": 2}})
    with pytest.raises(UnknownNameError, match="no column 'wave'"):
        design.rake(MARGINS, within="wave")


def test_wrong_choices(design: ts.SurveyDesign) -> None:
    with pytest.raises(CalibrationError, match="no calibration method 'greg'"):
        design.calibrate(MARGINS, method="greg")  # type: ignore[arg-type]
    with pytest.raises(CalibrationError, match="needs bounds"):
        design.calibrate(MARGINS, method="logit")
    with pytest.raises(CalibrationError, match='"error" or "keep"'):
        design.rake(MARGINS, missing="drop")  # type: ignore[arg-type]
    with pytest.raises(CalibrationError, match="on= chooses margins of a population"):
        design.rake(MARGINS, on=["origin"])
    with pytest.raises(CalibrationError, match="is a margin variable itself"):
        design.rake(MARGINS, within="origin")
    with pytest.raises(InputError, match="not by a list"):
        design.rake(MARGINS, within=["origin"])  # type: ignore[arg-type]
    for collapse in ("origin", {"origin": "a"}, {"origin": {"a": ["b"]}}):
        with pytest.raises(CalibrationError, match="collapse"):
            design.rake(MARGINS, collapse=collapse)  # type: ignore[arg-type]


def test_total_that_positive_weights_cannot_reach(design: ts.SurveyDesign) -> None:
    with pytest.raises(CalibrationError, match=r"'trust' is off most at 'total': target -5"):
        design.rake({"trust": -5.0})
    with pytest.raises(CalibrationError, match=r"'trust', level 'total': target 1000, but bounds"):
        design.rake({"trust": 1000.0}, bounds=(0.5, 2))
    with pytest.raises(CalibrationError, match="no weights meet all margins"):
        design.assign(zero=0.0).calibrate({"zero": 4.0}, method="linear")


def test_extreme_margins_are_met(rng: np.random.Generator) -> None:
    frame = pd.DataFrame({name: rng.integers(0, 6, 300) for name in "abcd"})
    tilt = np.exp(rng.normal(0, 3, 300))
    margins = {name: tilt.groupby(frame[name]).sum().to_dict() for tilt in [pd.Series(tilt)] for name in "abcd"}
    raked = ts.SurveyDesign(frame).rake(margins)
    assert raked.diagnostics().margins["gap"].abs().max() < 1e-10
    assert (raked.weights > 0).all()


def test_continuous_margin_with_missing_values(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small.assign(trust=small["trust"].mask(small.index == 3)))
    with pytest.raises(CalibrationError, match="'trust' is missing for 1 of 12"):
        design.calibrate({"trust": 100.0})


def test_population_object(design: ts.SurveyDesign) -> None:
    table = pd.DataFrame(
        {"origin": ["a", "a", "b", "b"], "age": ["old", "young"] * 2, "count": [30.0, 30.0, 25.0, 15.0]}
    )
    population = ts.Population.from_table(table, name="test")
    assert_allclose(design.rake(population, on=["origin", "age"]).weights, design.rake(MARGINS).weights)
    joint = design.rake(population, on=[["age", "origin"]])
    assert sums(joint, ["origin", "age"])[("b", "young")] == pytest.approx(15)
    with pytest.raises(CalibrationError, match="which margins"):
        design.rake(population)
    with pytest.raises(CalibrationError, match="which margins"):
        design.rake(population, on="origin")  # type: ignore[arg-type]


def test_calibrating_twice(synthetic: pd.DataFrame, counts: dict[Any, Any]) -> None:
    base = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    twice = base.rake({"age": counts["age"]}).calibrate({"sex": counts["sex"]}, method="linear")
    assert len(twice.calibrations) == 2
    # The last margins hold, so they have no sampling error; those before hold no longer, and the report says so.
    assert (twice.proportion("sex").table["se"] < 1e-12).all()
    gaps = twice.diagnostics().margins.groupby("margin")["gap"].apply(lambda gap: gap.abs().max())
    assert gaps["sex"] < 1e-10 < gaps["age"]
    once = base.calibrate({"sex": counts["sex"]}, method="linear")
    again = once.calibrate({"sex": counts["sex"]}, method="linear")
    assert_allclose(again.mean("trust").covariance, once.mean("trust").covariance, rtol=1e-8)


def test_calibrating_twice_projects_the_last_calibration_first(synthetic: pd.DataFrame, counts: dict[Any, Any]) -> None:
    # R projects the first one first, so that the margin met last keeps a standard error: survey 4.1-1 gives .00179 for
    # the share of women, where here it is 0, and 0.0130102517687 for the variance below. In R:
    # d1 <- calibrate(svydesign(~1, weights = ~weight, data = d), ~factor(age) - 1, age_counts, calfun = "raking")
    # SE(svymean(~trust, calibrate(d1, ~factor(sex) - 1, sex_counts, calfun = "linear")))^2
    synthetic = synthetic.assign(trust=synthetic["trust"].fillna(0))
    base = ts.SurveyDesign(synthetic, weights="weight")
    first = base.rake({"age": counts["age"]})
    twice = first.calibrate({"sex": counts["sex"]}, method="linear")

    def less_explained(influence: np.ndarray, before: ts.SurveyDesign, after: ts.SurveyDesign, name: str) -> np.ndarray:
        indicators = pd.get_dummies(synthetic[name]).to_numpy(dtype=float)
        weights, changed = before.weights.to_numpy(), after.weights.to_numpy()
        value = influence / changed
        slope = np.linalg.solve(indicators.T * weights @ indicators, indicators.T * weights @ value)
        return changed * (value - indicators @ slope)

    def variance(influence: np.ndarray) -> float:
        centred = influence - influence.mean()
        return float(centred @ centred * len(centred) / (len(centred) - 1))

    values, weights = synthetic["trust"].to_numpy(), twice.weights.to_numpy()
    influence = weights * (values - np.average(values, weights=weights)) / weights.sum()
    last_first = less_explained(less_explained(influence, first, twice, "sex"), base, first, "age")
    first_first = less_explained(less_explained(influence, base, first, "age"), first, twice, "sex")
    found = float(twice.mean("trust").covariance[0, 0])
    assert found == pytest.approx(variance(last_first), rel=1e-9)
    assert variance(first_first) == pytest.approx(0.0130102517687, rel=1e-9)
    assert (twice.proportion("sex").table["se"] < 1e-12).all()


def test_diagnostics(design: ts.SurveyDesign) -> None:
    before = design.diagnostics()
    assert before.margins.empty
    assert before.convergence.empty
    weights = design.weights
    assert before.kish == pytest.approx(12 * (weights**2).sum() / weights.sum() ** 2)
    assert before.n_effective == pytest.approx(12 / before.kish)
    diagnostics = design.rake(MARGINS).diagnostics()
    margins = diagnostics.margins
    assert list(margins.columns) == ["margin", "level", "target", "before", "after", "gap", "n"]
    assert margins.groupby("margin")["before"].sum().tolist() == pytest.approx([100, 100])
    assert_allclose(margins["after"], margins["target"], rtol=1e-10)
    assert (diagnostics.convergence["largest_gap"] <= 1e-10).all()
    assert (diagnostics.convergence["iterations"] > 0).all()
    assert diagnostics.weights["weight"].is_monotonic_increasing
    assert diagnostics.choices == ()


def test_negative_weights_of_linear_calibration_are_reported() -> None:
    frame = pd.DataFrame({"row": ["x"] * 9 + ["y"], "column": ["p"] * 8 + ["q", "p"]})
    margins = {"row": {"x": 50, "y": 50}, "column": {"p": 40, "q": 60}}
    with_negative = ts.SurveyDesign(frame).calibrate(margins, method="linear")
    assert any("below 0" in choice for choice in with_negative.diagnostics().choices)
