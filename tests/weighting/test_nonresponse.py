"""Adjustment for non-response: against R (tests/reference/nonresponse.R), by hand, with a known mechanism."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import CalibrationError, InputError, UnknownNameError
from trustsurvey.weighting.adjusting.logistic import fit_logistic, replicate_propensities

REFERENCE = Path(__file__).parent.parent / "reference" / "nonresponse.json"


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def frame(synthetic: pd.DataFrame) -> pd.DataFrame:
    age = synthetic["age"].astype("category").cat.codes.astype(int) + 1
    responded = (np.arange(1, len(synthetic) + 1) * 7919) % 101 < 40 + 8 * age
    return synthetic.assign(responded=responded, y=synthetic["income"] + 300 * age)


@pytest.fixture(scope="module")
def whole(frame: pd.DataFrame) -> ts.SurveyDesign:
    """The sample, in which nothing is known of the answers of those who did not respond."""
    answers = frame.assign(y=frame["y"].where(frame["responded"]), origin=frame["origin"].where(frame["responded"]))
    return ts.SurveyDesign(answers, weights="weight", strata="stratum", clusters="psu")


@pytest.fixture
def people() -> pd.DataFrame:
    """Eight people in two classes: of weight 6 two thirds responded in one, of weight 8 half in the other."""
    return pd.DataFrame(
        {
            "zone": ["n", "n", "n", "n", "s", "s", "s", "s"],
            "w": [1.0, 3.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0],
            "came": [True, True, False, False, True, True, False, False],
            "trust": [4.0, 6.0, np.nan, np.nan, 1.0, 3.0, np.nan, np.nan],
        }
    )


def check(adjusted: ts.SurveyDesign, expected: dict[str, Any]) -> None:
    assert_allclose(adjusted.weights, expected["weights"], rtol=1e-10)
    row = adjusted.mean("y").table.iloc[0]
    assert row["estimate"] == pytest.approx(expected["mean"], rel=1e-10)
    assert row["se"] == pytest.approx(expected["se"], rel=1e-9)


def test_response_classes_agree_with_r(whole: ts.SurveyDesign, r: dict[str, Any]) -> None:
    check(whole.adjust_nonresponse("responded", by=["age", "sex"]), r["classes"])


def test_propensities_agree_with_r(whole: ts.SurveyDesign, r: dict[str, Any]) -> None:
    check(whole.adjust_nonresponse("responded", propensity="~ age + sex + district"), r["propensity"])
    check(whole.adjust_nonresponse("responded", propensity="age + sex + district"), r["propensity"])


def test_propensity_classes_agree_with_r(whole: ts.SurveyDesign, r: dict[str, Any]) -> None:
    adjusted = whole.adjust_nonresponse("responded", propensity="~ age + sex + district", classes=5)
    check(adjusted, r["propensity_classes"])


def test_calibrated_afterwards_agrees_with_r(whole: ts.SurveyDesign, r: dict[str, Any]) -> None:
    margins = {
        "sex": {"f": 74_000, "m": 76_000},
        "origin": {"belgian": 60_000, "foreign": 50_000, "mixed": 40_000},
    }
    check(whole.adjust_nonresponse("responded", by=["age", "sex"]).rake(margins), r["classes_raked"])


def test_a_saturated_propensity_model_is_response_classes(whole: ts.SurveyDesign) -> None:
    classes = whole.adjust_nonresponse("responded", by=["age", "sex"])
    for formula in ("~ age * sex", "~ age:sex", "~ age * sex + sex"):
        model = whole.adjust_nonresponse("responded", propensity=formula)
        assert_allclose(model.weights, classes.weights, rtol=1e-10)
        assert_allclose(model.mean("y").covariance, classes.mean("y").covariance, rtol=1e-9)


@pytest.mark.parametrize("first", [True, False])
def test_replicates_repeat_the_adjustment_as_in_r(whole: ts.SurveyDesign, r: dict[str, Any], first: bool) -> None:
    choices: list[tuple[str, dict[str, Any]]] = [
        ("jackknife", {"by": ["age", "sex"]}),
        ("jackknife_propensity", {"propensity": "~ age + sex + district"}),
    ]
    for name, choice in choices:
        if first:
            adjusted = whole.with_replicates("JKn").adjust_nonresponse("responded", **choice)
        else:
            adjusted = whole.adjust_nonresponse("responded", **choice).with_replicates("JKn")
        row = adjusted.mean("y").table.iloc[0]
        assert row["estimate"] == pytest.approx(r[name]["mean"], rel=1e-10)
        assert row["se"] == pytest.approx(r[name]["se"], rel=1e-9)


def test_replicates_are_fitted_together_as_one_by_one(rng: np.random.Generator) -> None:
    matrix = np.column_stack([np.ones(60), rng.normal(size=60), rng.random(60) < 0.3])
    weights = rng.gamma(2, 1, (60, 9)) * rng.poisson(1, (60, 9))
    responded = weights * rng.random((60, 1))
    # In one replicate response is certain for those of the last column, another one has nobody of it.
    responded[matrix[:, 2] == 1, 4] = weights[matrix[:, 2] == 1, 4]
    weights[matrix[:, 2] == 1, 5] = responded[matrix[:, 2] == 1, 5] = 0
    start = fit_logistic(matrix, weights.sum(axis=1), responded.sum(axis=1)).coefficients
    together = replicate_propensities(matrix, weights, responded, start)
    for place in range(9):
        alone = fit_logistic(matrix, weights[:, place], responded[:, place])
        assert alone.converged == (place != 4)
        used = weights[:, place] > 0
        if place == 4:
            assert np.isnan(together[:, place]).all()
        else:
            assert_allclose(together[used, place], alone.propensities[used], rtol=1e-9)


def test_a_class_that_is_empty_in_a_replicate_gives_its_weight_to_all() -> None:
    """Of two respondents of zone s, in one cluster, a jackknife replicate keeps none."""
    data = pd.DataFrame(
        {
            "psu": [1, 1, 2, 2, 3, 3, 4, 4],
            "zone": ["n", "n", "n", "n", "s", "s", "s", "s"],
            "came": [True, False, True, True, True, True, False, False],
            "trust": [4.0, np.nan, 6.0, 5.0, 1.0, 3.0, np.nan, np.nan],
        }
    )
    adjusted = ts.SurveyDesign(data, clusters="psu").with_replicates("JK1").adjust_nonresponse("came", by="zone")
    estimates = []
    for psu in (1, 2, 3, 4):
        kept = data[data["psu"] != psu]
        weights = np.zeros(len(kept))
        lost = 0.0
        for zone in ("n", "s"):
            here = (kept["zone"] == zone).to_numpy()
            answering = here & kept["came"].to_numpy()
            if answering.any():
                weights[answering] = here.sum() / answering.sum()
            else:
                lost += here.sum()
        weights *= len(kept) / (len(kept) - lost)
        estimates.append(np.average(kept["trust"].fillna(0), weights=weights))
    expected = np.sqrt(3 / 4 * ((np.array(estimates) - np.mean(estimates)) ** 2).sum())
    assert adjusted.mean("trust").table["se"].iloc[0] == pytest.approx(expected)


def test_two_phase_sampling_is_close(frame: pd.DataFrame, r: dict[str, Any]) -> None:
    # R divides by one respondent less in each class of 64 people on average, and so by about .8 % less in variance.
    row = ts.SurveyDesign(frame).adjust_nonresponse("responded", by=["age", "sex"]).mean("y").table.iloc[0]
    assert row["estimate"] == pytest.approx(r["two_phase"]["mean"], rel=1e-10)
    assert row["se"] == pytest.approx(r["two_phase"]["se"], rel=0.006)
    assert row["se"] < r["two_phase"]["se"]


def test_a_census_has_its_non_response(frame: pd.DataFrame, r: dict[str, Any]) -> None:
    """The finite population correction is of who was drawn, not of who responded."""
    adjusted = ts.SurveyDesign(frame.assign(N=len(frame)), fpc="N").adjust_nonresponse("responded", by="age")
    weights, y = adjusted.weights, frame["y"]
    mean = np.average(y, weights=weights)
    rate = frame.groupby("age")["responded"].transform("mean")
    of_class = y.where(frame["responded"]).groupby(frame["age"]).transform("mean")
    added = weights * (y - of_class) / weights.sum()
    row = adjusted.mean("y").table.iloc[0]
    assert row["estimate"] == pytest.approx(mean)
    assert row["se"] == pytest.approx(np.sqrt(((1 - rate) * added**2).sum()))
    model = ts.SurveyDesign(frame.assign(N=len(frame)), fpc="N").adjust_nonresponse("responded", propensity="~ age")
    assert model.mean("y").table["se"].iloc[0] == pytest.approx(row["se"])
    # Near R's two phases, which divide by one respondent less in each class.
    some = ts.SurveyDesign(frame.assign(N=1000), fpc="N").adjust_nonresponse("responded", by=["age", "sex"])
    assert some.mean("y").table["se"].iloc[0] == pytest.approx(r["two_phase_finite"]["se"], rel=0.01)
    # Nothing is given back where the population is infinite, or as good as that.
    plain = ts.SurveyDesign(frame).adjust_nonresponse("responded", by="age").mean("y").table["se"].iloc[0]
    huge = ts.SurveyDesign(frame.assign(N=10**9), fpc="N").adjust_nonresponse("responded", by="age")
    assert huge.mean("y").table["se"].iloc[0] == pytest.approx(plain, rel=1e-6)


def test_by_hand(people: pd.DataFrame) -> None:
    adjusted = ts.SurveyDesign(people, weights="w").adjust_nonresponse("came", by="zone")
    assert adjusted.weights.tolist() == [1.5, 4.5, 0, 0, 4, 4, 0, 0]
    mean = (1.5 * 4 + 4.5 * 6 + 4 * 1 + 4 * 3) / 14
    # Linearised values: the mean of the class for everybody, and the rest for respondents.
    z = (np.array([4, 6, 0, 0, 1, 3, 0, 0]) - mean) / 14
    of_class = np.repeat([(1.5 * z[0] + 4.5 * z[1]) / 6, (4 * z[4] + 4 * z[5]) / 8], 4)
    base = people["w"].to_numpy()
    total = base * of_class + adjusted.weights.to_numpy() * (z - of_class)
    row = adjusted.mean("trust").table.iloc[0]
    assert row["estimate"] == pytest.approx(mean)
    assert row["se"] == pytest.approx(np.sqrt(8 / 7 * ((total - total.mean()) ** 2).sum()))
    assert row["n"] == 4


def test_the_whole_sample_stays_in_the_design(whole: ts.SurveyDesign, frame: pd.DataFrame) -> None:
    adjusted = whole.adjust_nonresponse("responded", by="age")
    assert len(adjusted.data) == len(frame)
    assert "640 rows of which 394 responded" in repr(adjusted)
    assert adjusted.weights[~frame["responded"]].eq(0).all()
    assert adjusted.weights.sum() == pytest.approx(whole.weights.sum())
    by = adjusted.mean("y", by="origin")
    assert by.table["n"].sum() == frame["responded"].sum()
    # A domain is a part of the same design, of respondents.
    inside = adjusted.domain(frame["origin"] == "mixed").mean("y").table.iloc[0]
    assert inside["se"] == pytest.approx(by.table["se"].iloc[2], rel=1e-12)


def test_order_and_scale_do_not_matter(frame: pd.DataFrame) -> None:
    names = {"weights": "weight", "strata": "stratum", "clusters": "psu"}
    shuffled = frame.sample(frac=1, random_state=3)
    for choice in ({"by": ["age", "sex"]}, {"propensity": "~ age + income"}, {"propensity": "~ age", "classes": 3}):
        first = ts.SurveyDesign(frame, **names).adjust_nonresponse("responded", **choice)
        second = ts.SurveyDesign(shuffled, **names).adjust_nonresponse("responded", **choice)
        third = ts.SurveyDesign(frame.assign(weight=frame["weight"] * 1e4), **names)
        scaled = third.adjust_nonresponse("responded", **choice)
        assert_allclose(second.weights.reindex(frame.index), first.weights, rtol=1e-9)
        assert_allclose(scaled.weights, 1e4 * first.weights, rtol=1e-9)
        for other in (second, scaled):
            assert_allclose(other.mean("y").covariance, first.mean("y").covariance, rtol=1e-8)


def test_a_person_as_two_halves(frame: pd.DataFrame) -> None:
    """Two rows of half the weight in the place of one change nothing, where clusters say that they belong together."""
    halves = pd.concat([frame, frame.iloc[:100]], ignore_index=True)
    halves.loc[[*range(100), *range(len(frame), len(halves))], "weight"] /= 2
    names = {"weights": "weight", "strata": "stratum", "clusters": "psu"}
    for choice in ({"by": ["age", "sex"]}, {"propensity": "~ age + sex + district"}):
        whole = ts.SurveyDesign(frame, **names).adjust_nonresponse("responded", **choice)
        split = ts.SurveyDesign(halves, **names).adjust_nonresponse("responded", **choice)
        assert_allclose(split.weights[100 : len(frame)], whole.weights[100:], rtol=1e-9)
        assert_allclose(split.mean("y").covariance, whole.mean("y").covariance, rtol=1e-8)


def test_degrees_of_freedom_are_of_clusters_with_respondents(frame: pd.DataFrame) -> None:
    nobody = frame["responded"] & ~((frame["stratum"] == "s1") & (frame["psu"] == 2))
    design = ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="psu")
    assert design.adjust_nonresponse("responded", by="age").df == design.df
    assert design.adjust_nonresponse(nobody, by="age").df == design.df - 1


def test_a_known_mechanism_is_undone() -> None:
    """Young people respond less and trust less; 60 samples of 2,000, of which some 55 % respond."""
    rng = np.random.default_rng(20260102)
    names = ("base", "classes", "propensity", "strata")
    errors: dict[str, list[float]] = {name: [] for name in names}
    covered = dict.fromkeys(names, 0)
    truth = 5.0 - 1.5 * 0.4 + 1.0 * 0.5
    samples, size = 60, 2000
    for _ in range(samples):
        young, city = rng.random(size) < 0.4, rng.random(size) < 0.5
        came = rng.random(size) < np.where(young, 0.3, 0.75) * np.where(city, 0.8, 1.1)
        trust = 5.0 - 1.5 * young + 1.0 * city + rng.normal(0, 1.5, size)
        data = pd.DataFrame({"young": young, "city": city, "came": came, "trust": np.where(came, trust, np.nan)})
        design = ts.SurveyDesign(data)
        designs = {
            "base": design.domain("came"),
            "classes": design.adjust_nonresponse("came", by=["young", "city"]),
            "propensity": design.adjust_nonresponse("came", propensity="~ young * city"),
            "strata": design.adjust_nonresponse("came", propensity="~ young + city", classes=4),
        }
        for name, each in designs.items():
            row = each.mean("trust").table.iloc[0]
            errors[name].append(row["estimate"] - truth)
            covered[name] += bool(row["low"] <= truth <= row["high"])
    assert np.mean(errors["base"]) > 0.15
    assert covered["base"] < 0.5 * samples
    for name in ("classes", "propensity"):
        assert abs(np.mean(errors[name])) < 0.02
        # Binomial, 60 intervals of 95 %: within 3 standard errors.
        assert 0.865 * samples <= covered[name]
    # Classes of the propensity remove most of the bias, not all of it.
    assert abs(np.mean(errors["strata"])) < 0.25 * np.mean(errors["base"])


def test_standard_errors_reflect_both_the_sample_and_the_response(people: pd.DataFrame) -> None:
    """Taking adjusted weights as given misses that class sizes are estimated, and that class means explain."""
    adjusted = ts.SurveyDesign(people, weights="w").adjust_nonresponse("came", by="zone")
    kept = people["came"].to_numpy()
    given = ts.SurveyDesign(people[kept].assign(w=adjusted.weights[kept]), weights="w")
    naive, right = given.mean("trust").table.iloc[0], adjusted.mean("trust").table.iloc[0]
    assert naive["estimate"] == pytest.approx(right["estimate"])
    assert naive["se"] != pytest.approx(right["se"], rel=0.02)


def test_a_sample_is_no_population_because_some_did_not_respond(frame: pd.DataFrame) -> None:
    adjusted = ts.SurveyDesign(frame).adjust_nonresponse("responded", by=[])
    # Equal weights of a simple random sample: the design effect is about 1, without a finite population correction.
    n = int(frame["responded"].sum())
    row = adjusted.mean("y").table.iloc[0]
    plain = frame["y"][frame["responded"]].std() / np.sqrt(n)
    assert row["deff"] == pytest.approx((row["se"] / plain) ** 2)
    assert row["deff"] == pytest.approx(1, abs=0.01)
    counted = adjusted.rake({"sex": {"f": 1e6, "m": 1e6}}).mean("y").table.iloc[0]
    assert counted["deff"] > 0.5


def test_one_class_of_everybody(whole: ts.SurveyDesign, frame: pd.DataFrame) -> None:
    adjusted = whole.adjust_nonresponse("responded", by=[])
    kept = frame["responded"].to_numpy()
    rate = frame["weight"][kept].sum() / frame["weight"].sum()
    assert_allclose(adjusted.weights[kept], frame["weight"][kept] / rate)
    # One factor for all changes no mean, nor its error.
    row, plain = adjusted.mean("y").table.iloc[0], whole.domain(frame["responded"]).mean("y").table.iloc[0]
    assert row["se"] == pytest.approx(plain["se"], rel=1e-12)


def test_two_phases_of_response(whole: ts.SurveyDesign, frame: pd.DataFrame) -> None:
    """Contact, then cooperation among those contacted."""
    contacted = frame["responded"] | (frame["psu"] == 3)
    first = whole.adjust_nonresponse(contacted, by="sex")
    second = first.adjust_nonresponse("responded", by="age")
    assert second.weights.sum() == pytest.approx(whole.weights.sum())
    assert (second.weights > 0).sum() == frame["responded"].sum()
    steps = second.weighting_steps()
    assert steps["n"].tolist() == [len(frame), contacted.sum(), frame["responded"].sum()]
    assert_allclose(second.weights_after(1), first.weights)
    with pytest.raises(InputError, match="everybody responded"):
        second.adjust_nonresponse("responded", by="age")


def test_splines_and_functions_of_covariates(whole: ts.SurveyDesign) -> None:
    adjusted = whole.adjust_nonresponse("responded", propensity="~ age + np.log(income) + sex")
    assert adjusted.weighting_steps()["variables"].iloc[1] == "~ age + np.log(income) + sex"
    assert (adjusted.weights >= 0).all()


def test_steps(whole: ts.SurveyDesign, frame: pd.DataFrame) -> None:
    adjusted = whole.adjust_nonresponse("responded", by=["age", "sex"])
    raked = adjusted.rake({"sex": {"f": 0.5, "m": 0.5}})
    steps = raked.weighting_steps()
    assert steps["step"].tolist() == [0, 1, 2]
    assert steps["what"].tolist() == ["design weights", "non-response", "calibration"]
    assert steps["method"].tolist() == ["", "response classes", "raking"]
    assert steps["variables"].tolist() == ["", "age, sex", "sex"]
    assert steps["n"].tolist() == [640, 394, 394]
    assert_allclose(steps["sum"], [frame["weight"].sum(), frame["weight"].sum(), 394])
    weights = adjusted.weights[adjusted.weights > 0]
    assert steps["kish"].iloc[1] == pytest.approx(len(weights) * (weights**2).sum() / weights.sum() ** 2)
    assert steps["median"].iloc[1] == pytest.approx(weights.median())
    assert_allclose(raked.weights_after(0), frame["weight"])
    assert_allclose(raked.weights_after(1), adjusted.weights)
    assert_allclose(raked.weights_after(2), raked.weights)
    with pytest.raises(UnknownNameError, match="available: 0, 1, 2"):
        raked.weights_after(3)


def test_response_rates_are_shown(people: pd.DataFrame) -> None:
    adjusted = ts.SurveyDesign(people, weights="w").adjust_nonresponse("came", by="zone")
    response = adjusted.diagnostics().response
    assert response["class"].tolist() == ["zone=n", "zone=s"]
    assert response["n"].tolist() == [4, 4]
    assert response["respondents"].tolist() == [2, 2]
    assert_allclose(response["response_rate"], [4 / 6, 4 / 8])
    assert_allclose(response["largest_factor"], [1.5, 2])
    lines = [line.split() for line in str(adjusted.diagnostics()).splitlines()]
    assert ["1", "zone=s", "4", "2", "50.0", "%", "2.000"] in lines
    model = ts.SurveyDesign(people, weights="w").adjust_nonresponse("came", propensity="~ zone")
    row = model.diagnostics().response.iloc[0]
    assert (row["n"], row["respondents"], row["response_rate"]) == (8, 4, pytest.approx(8 / 14))
    assert (row["smallest_factor"], row["largest_factor"]) == (pytest.approx(1.5), pytest.approx(2))


def test_small_classes_and_large_factors_are_recorded_or_refused(whole: ts.SurveyDesign) -> None:
    adjusted = whole.adjust_nonresponse("responded", by=["age", "district"])
    choices = adjusted.diagnostics().choices
    assert any("fewer than 20 respondents in" in choice for choice in choices)
    assert any("factor above 3 in" in choice for choice in choices)
    with pytest.raises(InputError, match=r"fewer than 5 respondents in \d+ response classes: age=.*; merge it"):
        whole.adjust_nonresponse("responded", by=["age", "district"], fewest_respondents=5)
    with pytest.raises(InputError, match=r"factor above 2 in 1 response class: .*\(2\.\d\d\)"):
        whole.adjust_nonresponse("responded", by="age", largest_factor=2)
    with pytest.raises(InputError, match=r"factor above 1\.5 for \d+ respondents \(largest .*classes=5"):
        whole.adjust_nonresponse("responded", propensity="~ age", largest_factor=1.5)
    assert not whole.adjust_nonresponse("responded", by="sex").diagnostics().choices


def test_numbers_of_numpy_are_numbers(whole: ts.SurveyDesign) -> None:
    counts = np.arange(6)
    numpy = whole.adjust_nonresponse(
        "responded", propensity="~ age + sex", classes=counts[3], fewest_respondents=counts[1]
    )
    plain = whole.adjust_nonresponse("responded", propensity="~ age + sex", classes=3)
    assert_allclose(numpy.weights, plain.weights)


def test_tied_propensities_make_fewer_classes(whole: ts.SurveyDesign) -> None:
    adjusted = whole.adjust_nonresponse("responded", propensity="~ sex", classes=5)
    assert any("5 propensity classes asked for" in choice for choice in adjusted.diagnostics().choices)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"came": [True] * 8}, "everybody responded"),
        ({"came": [False] * 8}, "nobody responded"),
        ({"came": [True, None] + [False] * 6}, "missing in 1 of 8 rows"),
        ({"came": [2, 1, 0, 0, 0, 0, 0, 0]}, "neither true nor false .* in 1 of 8 rows"),
        ({"came": ["yes"] * 4 + ["no"] * 4}, "true and false"),
        ({"zone": [None] + ["n"] * 7}, "'zone' is missing in 1 of 8 rows"),
        ({"came": [True, True] + [False] * 6}, r"nobody responded in 1 response class: zone=s \(4 people\)"),
        ({"w": [0.0] + [1.0] * 7}, "1 of 8 weights are 0"),
    ],
)
def test_bad_input(people: pd.DataFrame, change: dict[str, list[object]], message: str) -> None:
    design = ts.SurveyDesign(people.assign(**change), weights="w")
    with pytest.raises(InputError, match=message):
        design.adjust_nonresponse("came", by="zone")


def test_bad_arguments(people: pd.DataFrame) -> None:
    design = ts.SurveyDesign(people.assign(gone=[None] + [1.0] * 7, one=1), weights="w")
    with pytest.raises(InputError, match="give either by"):
        design.adjust_nonresponse("came")
    with pytest.raises(InputError, match="give either by"):
        design.adjust_nonresponse("came", by="zone", propensity="~ zone")
    with pytest.raises(InputError, match="goes with propensity"):
        design.adjust_nonresponse("came", by="zone", classes=5)
    with pytest.raises(InputError, match="classes is a whole number"):
        design.adjust_nonresponse("came", propensity="~ zone", classes=1)
    with pytest.raises(InputError, match="fewest_respondents"):
        design.adjust_nonresponse("came", by="zone", fewest_respondents=0)
    with pytest.raises(InputError, match="largest_factor"):
        design.adjust_nonresponse("came", by="zone", largest_factor=1)
    with pytest.raises(UnknownNameError, match="no column 'missing'"):
        design.adjust_nonresponse("missing", by="zone")
    with pytest.raises(UnknownNameError, match="no column 'region'"):
        design.adjust_nonresponse("came", by="region")
    with pytest.raises(UnknownNameError, match="no column 'region'"):
        design.adjust_nonresponse("came", propensity="~ region")
    with pytest.raises(InputError, match="'gone' is missing in 1 of 8 rows"):
        design.adjust_nonresponse("came", propensity="~ gone")
    with pytest.raises(InputError, match="no offset"):
        design.adjust_nonresponse("came", propensity="~ zone + offset(w)")
    with pytest.raises(InputError, match="names no covariates"):
        design.adjust_nonresponse("came", propensity="~ 1")
    with pytest.raises(UnknownNameError, match="no function 'foo'"):
        design.adjust_nonresponse("came", propensity="~ foo(w)")
    for formula in ("came ~ zone", "~ zone +* w", "~ zone ~ w", "~ (zone", "", "~", "~ 1"):
        with pytest.raises(InputError):
            design.adjust_nonresponse("came", propensity=formula)
    with pytest.raises(InputError, match="not indexed as the data"):
        design.adjust_nonresponse(people["came"].iloc[::-1], by="zone")
    with pytest.raises(InputError, match="one true or false for each of the 8 rows"):
        design.adjust_nonresponse([True, False], by="zone")
    for nonsense in (None, True, {"came": True}, people[["came"]]):
        with pytest.raises(InputError, match="one true or false for each of the 8 rows"):
            design.adjust_nonresponse(nonsense, by="zone")


def test_a_propensity_without_an_estimate_names_the_level(people: pd.DataFrame) -> None:
    data = pd.concat([people] * 4, ignore_index=True).assign(group=["a"] * 8 + ["b"] * 24)
    data.loc[data["group"] == "a", "came"] = True
    design = ts.SurveyDesign(data, weights="w")
    with pytest.raises(InputError, match=r"no estimate: .* 8 people responded: group=a \(everybody of 8 responded\)"):
        design.adjust_nonresponse("came", propensity="~ group + zone")


def test_what_people_answered_is_not_in_messages() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"income": rng.uniform(1000, 2000, 48).round(3), "zone": ["n", "s"] * 24})
    design = ts.SurveyDesign(data.assign(came=data["income"] > 1500))
    for options in ({"propensity": "~ income"}, {"propensity": "~ income + zone"}, {"by": "income"}):
        with pytest.raises(InputError, match=r"no estimate|nobody responded in") as raised:
            design.adjust_nonresponse("came", **options)  # type: ignore[arg-type]
        assert not any(str(value) in str(raised.value) for value in data["income"])


def test_after_a_domain_it_is_refused(people: pd.DataFrame) -> None:
    inside = ts.SurveyDesign(people, weights="w").domain(people["zone"] == "n")
    with pytest.raises(InputError, match="before taking a domain"):
        inside.adjust_nonresponse("came", by=[])
    adjusted = ts.SurveyDesign(people, weights="w").adjust_nonresponse("came", by=[])
    with pytest.raises(CalibrationError, match="weights are 0"):
        adjusted.domain(people["zone"] == "n").rake({"zone": {"n": 0.5, "s": 0.5}})


def test_margins_need_not_be_known_for_those_who_did_not_respond(whole: ts.SurveyDesign) -> None:
    adjusted = whole.adjust_nonresponse("responded", by="sex")
    shares = {"origin": {"belgian": 0.4, "foreign": 0.35, "mixed": 0.25}}
    raked = adjusted.rake(shares)
    assert raked.weights.sum() == pytest.approx(394)
    assert raked.proportion("origin").table["estimate"].tolist() == pytest.approx([0.4, 0.35, 0.25])
    assert (raked.proportion("origin").table["se"] < 1e-12).all()
    continuous = adjusted.calibrate({"y": 4e8}, method="linear")
    assert continuous.total("y").table["estimate"].iloc[0] == pytest.approx(4e8)
