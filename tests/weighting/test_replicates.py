"""What holds for replicates whatever the numbers, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import trustsurvey as ts
from trustsurvey.errors import CalibrationError, DesignError, UnknownNameError
from trustsurvey.weighting.sampling import multipliers, replicates, resamples
from trustsurvey.weighting.sampling.drawing import DrawCounts
from trustsurvey.weighting.sampling.hadamard import hadamard
from trustsurvey.weighting.sampling.multipliers import Deletions, Grouped, Multipliers, Table
from trustsurvey.weighting.sampling.resamples import Resamples

METHODS: dict[str, dict[str, Any]] = {
    "JK1": {},
    "JKn": {},
    "bootstrap": {"replicates": 40, "seed": 5},
    "BRR": {},
    "Fay": {"rho": 0.3},
    "SDR": {"replicates": 40},
}


@pytest.fixture
def people(rng: np.random.Generator) -> pd.DataFrame:
    """240 people in 12 strata of two clusters, or in 24 groups."""
    rows = 240
    return pd.DataFrame(
        {
            "stratum": np.repeat(np.arange(12), 20),
            "cluster": np.repeat(np.arange(24), 10) % 2,
            "group": rng.permutation(np.arange(rows) % 24),
            "sex": rng.choice(["f", "m"], rows),
            "age": rng.choice(["old", "young", "between"], rows, p=[0.3, 0.3, 0.4]),
            "w": rng.uniform(1, 3, rows),
            "y": rng.normal(5, 2, rows),
            "z": rng.normal(5, 2, rows).round(),
        }
    )


@pytest.fixture
def clustered(people: pd.DataFrame) -> ts.SurveyDesign:
    return ts.SurveyDesign(people, weights="w", strata="stratum", clusters="cluster")


MARGINS = {"sex": {"f": 300.0, "m": 200.0}, "age": {"old": 150.0, "young": 150.0, "between": 200.0}}


def replicated(people: pd.DataFrame, method: Any) -> ts.SurveyDesign:
    strata = None if method == "JK1" else "stratum"
    clusters = "group" if method == "JK1" else "cluster"
    design = ts.SurveyDesign(people, weights="w", strata=strata, clusters=clusters)
    return design.with_replicates(method, **METHODS[method])


def standard_error(design: ts.SurveyDesign, y: str = "y") -> float:
    return float(design.mean(y).table["se"].iloc[0])


@pytest.mark.parametrize("rows", [1, 4, 11, 12, 19, 23, 24, 27, 31, 35, 43, 50, 71, 100, 131, 200])
def test_hadamard_matrices(rows: int) -> None:
    matrix = hadamard(rows)
    assert rows < len(matrix) <= rows + 12
    wide = matrix.astype(np.int64)
    assert_array_equal(wide @ wide.T, len(matrix) * np.eye(len(matrix)))


def test_jackknife_of_a_simple_sample_is_its_taylor_variance(people: pd.DataFrame) -> None:
    design = ts.SurveyDesign(people)
    jackknife = design.with_replicates("JK1")
    assert_allclose(standard_error(jackknife), standard_error(design), rtol=1e-10)
    assert jackknife.df == design.df == 239
    finite = ts.SurveyDesign(people.assign(population=400), fpc="population")
    assert_allclose(standard_error(finite.with_replicates("JK1")), standard_error(finite), rtol=1e-10)


@pytest.mark.parametrize("method", ["JKn", "BRR", "Fay"])
def test_totals_have_their_taylor_variance(people: pd.DataFrame, method: Any) -> None:
    design = replicated(people, method)
    plain = ts.SurveyDesign(people, weights="w", strata="stratum", clusters="cluster")
    expected = plain.total(["y", "z"], by="sex").covariance
    assert_allclose(design.total(["y", "z"], by="sex").covariance, expected, rtol=1e-9, atol=1e-9 * expected.max())
    assert design.df == plain.df == 12


def test_a_bootstrap_of_many_replicates_comes_near_the_taylor_error(people: pd.DataFrame) -> None:
    for options in ({}, {"fpc": "population"}):
        plain = (
            ts.SurveyDesign(people.assign(population=40), **options)
            if not options
            else ts.SurveyDesign(people.assign(population=500), **options)
        )
        many = plain.with_replicates("bootstrap", 4000, seed=1)
        assert_allclose(standard_error(many), standard_error(plain), rtol=0.04)


def test_successive_differences_of_a_total(people: pd.DataFrame) -> None:
    """Ash (2014), Using successive difference replication, Survey Methodology 40: the sum of squared differences."""
    design = ts.SurveyDesign(people.iloc[:30]).with_replicates("SDR", 32)
    y = people["y"].to_numpy()[:30]
    around = np.append(y, y[0])
    expected = 0.5 * sum((one - other) ** 2 for one, other in pairwise(around))
    assert_allclose(design.total("y").table["se"].iloc[0] ** 2, expected, rtol=1e-10)
    longer = ts.SurveyDesign(people).with_replicates("SDR", 40)
    assert_allclose(standard_error(longer), people["y"].std() / np.sqrt(240), rtol=0.5)


@pytest.mark.parametrize("method", METHODS)
def test_every_replicate_meets_the_margins_in_either_order(people: pd.DataFrame, method: Any) -> None:
    after = replicated(people, method).rake(MARGINS)
    weights = after.replicate_weights()
    for name, counts in MARGINS.items():
        sums = weights.groupby(people[name]).sum()
        assert_allclose(
            sums, np.outer(list(dict(sorted(counts.items())).values()), np.ones(weights.shape[1])), rtol=1e-9
        )
    strata = None if method == "JK1" else "stratum"
    design = ts.SurveyDesign(people, weights="w", strata=strata, clusters="group" if method == "JK1" else "cluster")
    before = design.rake(MARGINS).with_replicates(method, **METHODS[method])
    assert_allclose(before.replicate_weights(), weights, rtol=1e-9)
    assert_allclose(before.mean("y", by="sex").covariance, after.mean("y", by="sex").covariance, rtol=1e-8)


@pytest.mark.parametrize("method", ["JK1", "JKn"])
def test_the_order_of_rows_does_not_matter(people: pd.DataFrame, method: Any) -> None:
    turned = people.sample(frac=1, random_state=1)
    first, second = (replicated(each, method).rake(MARGINS) for each in (people, turned))
    assert_allclose(standard_error(first), standard_error(second), rtol=1e-9)


def test_the_same_seed_gives_the_same_numbers(people: pd.DataFrame) -> None:
    design = ts.SurveyDesign(people)
    first, same, other = (standard_error(design.with_replicates("bootstrap", 30, seed=each)) for each in (1, 1, 2))
    assert first == same != other
    unseeded = design.with_replicates("bootstrap", 30)
    assert standard_error(unseeded) == standard_error(unseeded)
    groups = [standard_error(design.with_replicates("JK1", 20, seed=each)) for each in (1, 1, 2)]
    assert groups[0] == groups[1] != groups[2]


def test_many_replicates_are_calibrated_in_blocks(people: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    def error() -> float:
        return standard_error(
            ts.SurveyDesign(people).with_replicates("JK1").rake(MARGINS).rake({"sex": {"f": 0.4, "m": 0.6}})
        )

    whole = error()
    monkeypatch.setattr(multipliers, "_BLOCK_NUMBERS", 100)
    monkeypatch.setattr(replicates, "_HELD_FACTORS", 0)
    assert_allclose(error(), whole, rtol=1e-10)


def test_a_design_says_its_replicates(people: pd.DataFrame) -> None:
    assert "24 replicates (JK1)" in repr(replicated(people, "JK1"))


def test_replicates_leave_the_design_alone(clustered: ts.SurveyDesign) -> None:
    before = standard_error(clustered)
    clustered.with_replicates("JKn").rake(MARGINS)
    assert standard_error(clustered) == before
    with pytest.raises(DesignError, match="no replicates"):
        clustered.replicate_weights()


def check_sums(made: Multipliers, unit: np.ndarray | None, rows: int, rng: np.random.Generator) -> None:
    domain, cell = rng.integers(0, 3, rows), rng.integers(0, 4, rows)
    columns = rng.random(rows), rng.normal(size=rows)
    pairs, group, n = np.unique(domain * 4 + cell, return_inverse=True, return_counts=True)
    factors = rng.random((4, made.replicates))
    block = made.block(slice(0, made.replicates))
    by_row = (block if unit is None else block[unit]) * factors[cell]
    values = Grouped(group, unit, columns, pairs // 4, 3, pairs % 4, 4, n, lambda part: factors[:, part])
    for part, sums in made.sums(values):
        for column, found in zip(columns, sums, strict=True):
            expected = np.zeros((3, part.stop - part.start))
            np.add.at(expected, domain, column[:, None] * by_row[:, part])
            assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("strata", "many"), [(1, 60), (4, 60), (4, 78), (1, 4000), (4, 4000)])
def test_sums_are_those_of_weights_held_in_full(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, strata: int, many: int
) -> None:
    stratum = rng.integers(0, strata, 300)
    sampled = np.bincount(stratum, minlength=strata)
    growth = sampled / (sampled - 1)
    deletions = Deletions(stratum, strata, np.arange(300), growth[stratum], np.full(300, 1.1))
    order = np.argsort(stratum, kind="stable")
    draws = Resamples(order, sampled, sampled - 1, np.full(strata, 0.8), growth, 5, 12)
    # Few units a segment, so that strata are split as those of a million rows are.
    monkeypatch.setattr(resamples, "_SEGMENT", 50)
    monkeypatch.setattr(resamples, "_MOST_IN_FULL", 0)
    monkeypatch.setattr(resamples, "_MANY", many)
    some = Deletions(stratum, strata, np.arange(0, 300, 7), growth[stratum[::7]], np.full(43, 1.1))
    for made in (Table(rng.random((300, 20))), deletions, some, draws, draws.holding()):
        check_sums(made, None, 300, rng)
        check_sums(made, rng.integers(0, 300, 800), 800, rng)
    drawn = draws.block(slice(0, 12))
    assert_allclose(drawn, draws.holding().block(slice(0, 12)))
    for each in range(strata):
        assert_allclose(drawn[stratum == each].sum(axis=0), sampled[each])
    monkeypatch.setattr(multipliers, "_BLOCK_NUMBERS", 100)
    monkeypatch.setattr(multipliers, "_DENSE_NUMBERS", 0)
    for made in (deletions, some):
        check_sums(made, rng.integers(0, 300, 800), 800, rng)


def test_nothing_is_left_of_a_domain_of_one_unit(rng: np.random.Generator) -> None:
    unit, weights = np.repeat(np.arange(10), 7), rng.random(70)
    deletions = Deletions(np.zeros(10, dtype=np.intp), 1, np.arange(10), np.full(10, 10 / 9), np.ones(10))
    cell = rng.integers(0, 3, 70)
    pairs, group, n = np.unique((unit == 4) * 3 + cell, return_inverse=True, return_counts=True)
    factors = rng.random((3, 10))
    values = Grouped(group, unit, (weights,), pairs // 3, 2, pairs % 3, 3, n, lambda part: factors[:, part])
    ((_, sums),) = deletions.sums(values)
    assert (sums[0, 1] == 0).tolist() == [False] * 4 + [True] + [False] * 5


def test_counts_of_draws_are_multinomial(rng: np.random.Generator) -> None:
    units, draws, times = 5000, 4999, 200
    counts = DrawCounts(units, draws)
    drawn = np.stack([counts.draw(rng) for _ in range(times)]).astype(np.float64)
    assert (drawn.sum(axis=1) == draws).all()
    found = np.bincount(drawn.ravel().astype(np.intp), minlength=9)[:7]
    expected = stats.binom.pmf(np.arange(7), draws, 1 / units) * drawn.size
    assert ((found - expected) ** 2 / expected).sum() < stats.chi2.ppf(0.999, 6)
    halves = drawn[:, : units // 2].sum(axis=1)
    assert_allclose(halves.var(), draws / 4, rtol=0.3)


def test_degrees_of_freedom_of_a_part(people: pd.DataFrame) -> None:
    for method in METHODS:
        design = replicated(people, method)
        part = design.domain(people["stratum"] < 5)
        weights = part.replicate_weights().to_numpy()
        assert part.df == np.linalg.matrix_rank(weights) - 1, method
    large = pd.DataFrame({"y": np.arange(3000.0), "stratum": np.arange(3000) // 100})
    stratified = ts.SurveyDesign(large, strata="stratum")
    assert stratified.with_replicates("JKn").df == stratified.df == 2970
    assert stratified.with_replicates("bootstrap", 400, seed=1).df == 399
    assert stratified.domain(large["y"] < 250).with_replicates("bootstrap", 400, seed=1).df == 248


def test_delete_a_group(people: pd.DataFrame) -> None:
    """Kott (2001): with as many clusters as groups it is the jackknife of the groups; few clusters weigh otherwise."""
    design = ts.SurveyDesign(people, weights="w")
    given = design.with_replicates("JK1", groups="group")
    assert_allclose(standard_error(given), standard_error(design.with_replicates("JK1", groups=people["group"])))
    as_clusters = ts.SurveyDesign(people, weights="w", clusters="group").with_replicates("JK1")
    assert_allclose(standard_error(given), standard_error(as_clusters), rtol=1e-12)
    strata = ts.SurveyDesign(people, weights="w", strata="stratum")
    errors = [standard_error(strata.with_replicates("JKn", 60, seed=each)) for each in range(10)]
    assert_allclose(np.mean(errors), standard_error(strata), rtol=0.05)
    few = ts.SurveyDesign(people, weights="w", strata="stratum", clusters="cluster")
    deleted = few.with_replicates("JKn", 24, seed=1)
    assert deleted.replicate_weights().shape == (240, 24)
    assert_allclose(deleted.total("y").table["se"], few.total("y").table["se"], rtol=0.25)


def test_groups_are_equal_and_random(rng: np.random.Generator) -> None:
    """Every two rows are in one group equally often, next to each other or not."""
    frame = pd.DataFrame({"y": rng.normal(size=1001)})
    together = np.zeros((1001, 2))
    for seed in range(150):
        weights = ts.SurveyDesign(frame).with_replicates("JK1", 10, seed=seed).replicate_weights().to_numpy()
        assert_array_equal(np.bincount((weights == 0).sum(axis=0)), np.bincount([100] * 9 + [101]))
        group = weights.argmin(axis=1)
        together += np.stack([group == np.roll(group, 1), group == np.roll(group, 500)], axis=1)
    assert_allclose(together.mean(axis=0) / 150, 0.099, atol=0.003)


def test_targets_for_unknown_answers_stay_as_they_are(people: pd.DataFrame) -> None:
    """As for Taylor linearisation, the share of unknown answers is taken as known, and so is the sum of weights."""
    some = people.assign(age=people["age"].where(people.index % 7 > 0))
    shares = {"age": {"old": 0.3, "young": 0.3, "between": 0.4}}
    design = ts.SurveyDesign(some, clusters="group").rake(shares, missing="keep")
    weights = design.with_replicates("JK1").replicate_weights()
    unknown = some["age"].isna()
    assert_allclose(weights[unknown].sum(), design.weights[unknown].sum(), rtol=1e-9)
    assert_allclose(weights.sum(), 240, rtol=1e-9)
    assert_allclose(standard_error(design.with_replicates("JK1")), standard_error(design), rtol=0.05)


def test_a_replicate_without_a_level(people: pd.DataFrame) -> None:
    rare = people.assign(
        age=np.where(people["group"] == 3, "old", np.where(people["age"] == "old", "young", people["age"]))
    )
    design = ts.SurveyDesign(rare, clusters="group")
    for steps in (
        lambda: design.with_replicates("JK1").rake(MARGINS),
        lambda: design.rake(MARGINS).with_replicates("JK1"),
    ):
        with pytest.raises(
            CalibrationError, match=r"1 of 24 replicates .*\(4\).*'age' has nobody at level 'old'.*collapse"
        ):
            steps()
    left = design.with_replicates("JK1", empty="drop").rake(MARGINS)
    assert np.isfinite(left.mean("y", by="sex").table["se"]).all()
    assert left.df == 22
    assert left._sample.replicates is not None
    assert "1 of 24 replicates" in left._sample.replicates.choices[0]
    assert sum("1 of 24 replicates" in choice for choice in left.diagnostics().choices) == 1
    assert_allclose(left._sample.replicates.scale, 23 / 24 * 24 / 23)
    again = left.rake({"sex": MARGINS["sex"]})
    assert np.isfinite(standard_error(again))


def test_few_replicates_do_not_stand_for_many_that_are_left_out(people: pd.DataFrame) -> None:
    design = ts.SurveyDesign(people, clusters="group").with_replicates("JK1", empty="drop")
    tight = r"of 24 replicates .*within the bounds \(.*hold in each replicate too.*widen them.*left are too few"
    with pytest.raises(CalibrationError, match=tight):
        design.rake(MARGINS, bounds="tightest")
    assert np.isfinite(standard_error(design.rake(MARGINS, bounds=(0.2, 5))))


def test_a_domain_that_a_replicate_lacks(people: pd.DataFrame) -> None:
    lonely = people.assign(place=np.where(people["group"] == 3, "here", "there"))
    table = ts.SurveyDesign(lonely, clusters="group").with_replicates("JK1").mean("y", by="place").table
    # One replicate lacks it and is left out there, as in R; the others do not vary.
    assert_allclose(table["se"].iloc[0], 0, atol=1e-12)
    assert table["se"].iloc[1] > 0


def test_single_clusters_need_a_choice(people: pd.DataFrame) -> None:
    alone = people.assign(cluster=np.where(people["stratum"] == 0, 0, people["cluster"]))
    for method in ("JKn", "bootstrap", "BRR"):
        with pytest.raises(DesignError, match="stratum=0; merge strata or make the design with single_cluster="):
            ts.SurveyDesign(alone, strata="stratum", clusters="cluster").with_replicates(method)
        certain = ts.SurveyDesign(alone, strata="stratum", clusters="cluster", single_cluster="certainty")
        assert standard_error(certain.with_replicates(method)) > 0
    average = ts.SurveyDesign(alone, strata="stratum", clusters="cluster", single_cluster="average")
    with pytest.raises(DesignError, match="single_cluster"):
        average.with_replicates("bootstrap")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "jackknife"}, "no replicate method 'jackknife'; available: \"JK1\""),
        ({"method": ["JKn"]}, "no replicate method"),
        ({"method": "JK1"}, 'without strata, and this one has 12; use "JKn"'),
        ({"method": "bootstrap", "replicates": 1}, "whole number of at least 2; got 1"),
        ({"method": "bootstrap", "replicates": 2.5}, "whole number of at least 2; got 2.5"),
        ({"method": "bootstrap", "seed": -1}, "seed is a whole number"),
        ({"method": "bootstrap", "groups": "cluster"}, "groups are for the jackknives"),
        ({"method": "bootstrap", "empty": "skip"}, 'empty is "error" or "drop"'),
        ({"method": "bootstrap", "mse": "yes"}, "mse is true or false"),
        ({"method": "BRR", "replicates": 16}, "follows from the strata"),
        ({"method": "BRR", "rho": 0.3}, 'rho is for "Fay"'),
        ({"method": "Fay", "rho": 1}, "from 0 to below 1"),
        (
            {"method": "SDR", "replicates": 30},
            "no Hadamard matrix of order 30 here; the next number of replicates is 32",
        ),
        ({"method": "JKn", "replicates": 100}, "100 groups cannot be made of 24 clusters"),
        ({"method": "JKn", "groups": "stratum", "replicates": 3}, "groups are for the jackknives, and say themselves"),
        ({"method": "JKn", "groups": [1, 2]}, "groups has 2 values for 240 rows"),
        ({"method": "JKn", "groups": "w"}, "clusters have rows in several groups"),
    ],
)
def test_what_replicates_refuse(clustered: ts.SurveyDesign, options: dict[str, Any], said: str) -> None:
    with pytest.raises(DesignError) as caught:
        clustered.with_replicates(**options)
    assert said in str(caught.value)


def test_more_that_replicates_refuse(people: pd.DataFrame, clustered: ts.SurveyDesign) -> None:
    with pytest.raises(UnknownNameError, match="no column 'nothing'"):
        clustered.with_replicates("JKn", groups="nothing")
    with pytest.raises(DesignError, match="has replicates already"):
        clustered.with_replicates("JKn").with_replicates("JKn")
    three = people.assign(cluster=np.arange(240) % 3)
    with pytest.raises(DesignError, match=r"12 strata have an odd number: stratum=0 \(3\)"):
        ts.SurveyDesign(three, strata="stratum", clusters="cluster").with_replicates("BRR")
    with pytest.raises(DesignError, match="no strata"):
        ts.SurveyDesign(people).with_replicates("BRR")
    with pytest.raises(DesignError, match="at least 2 clusters or groups; there is 1"):
        ts.SurveyDesign(people.assign(one=1), clusters="one").with_replicates("JK1")
    with pytest.raises(DesignError, match="at least 2 groups; there is 1"):
        ts.SurveyDesign(people.assign(one=1)).with_replicates("JK1", groups="one")
    with pytest.raises(DesignError, match="groups are missing in 24 of 240 rows"):
        ts.SurveyDesign(people).with_replicates("JK1", groups=people["group"].where(people.index % 10 > 0))
    with pytest.raises(DesignError, match="not indexed as the data"):
        ts.SurveyDesign(people).with_replicates("JK1", groups=people["group"].sort_values())


@pytest.fixture
def weighted(people: pd.DataFrame) -> pd.DataFrame:
    return people.assign(**{f"r{each}": people["w"] * (1 + 0.1 * each) for each in range(4)})


FOUR = ["r0", "r1", "r2", "r3"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "say how the variance follows from the replicates"),
        ({"replicate_type": "jackknife"}, "no type of replicates 'jackknife'; available"),
        ({"replicate_type": "bootstrap", "replicate_weights": ["r0"]}, "at least 2 replicates; got 1"),
        ({"replicate_type": "bootstrap", "replicate_weights": ["r0", "r0"]}, "names a column twice"),
        ({"replicate_type": "bootstrap", "replicate_weights": "r0"}, "is a list of columns"),
        ({"replicate_type": "JKn"}, "needs rscales"),
        ({"replicate_type": "JKn", "rscales": [1, 1]}, "rscales has 2 numbers for 4 replicates"),
        ({"replicate_type": "JKn", "rscales": [1, 1, 1, -1]}, "rscales are numbers of at least 0"),
        ({"replicate_type": "JKn", "rscales": [1, 1, 1, float("nan")]}, "rscales are numbers of at least 0"),
        ({"replicate_type": "JKn", "rscales": ["a", 1, 1, 1]}, "rscales are numbers, one for each"),
        ({"rscales": 0.0}, "leaves no variance"),
        ({"scale": -1}, "scale is a number of at least 0"),
        ({"scale": "1"}, "scale is a number of at least 0"),
        ({"replicate_type": "BRR", "scale": 1}, "says scale and rscales itself"),
        ({"replicate_type": "Fay"}, "rho goes with"),
        ({"replicate_type": "BRR", "rho": 0.3}, "rho goes with"),
        ({"replicate_type": "Fay", "rho": -0.3}, "from 0 to below 1"),
        ({"replicate_type": "bootstrap", "mse": 1}, "mse is true or false"),
        ({"replicate_type": "bootstrap", "strata": "stratum"}, "leave these out"),
        ({"replicate_type": "bootstrap", "weights": None}, "name them by weights"),
        ({"replicate_weights": None, "replicate_type": "bootstrap"}, "go with replicate_weights"),
    ],
)
def test_what_weights_made_elsewhere_refuse(weighted: pd.DataFrame, options: dict[str, Any], said: str) -> None:
    with pytest.raises(DesignError) as caught:
        ts.SurveyDesign(weighted, **{"weights": "w", "replicate_weights": FOUR, **options})
    assert said in str(caught.value)


def test_weights_made_elsewhere_that_cannot_be_right(weighted: pd.DataFrame) -> None:
    def design(frame: pd.DataFrame, **options: Any) -> ts.SurveyDesign:
        return ts.SurveyDesign(frame, "w", replicate_weights=FOUR, replicate_type="bootstrap", **options)

    assert standard_error(design(weighted)) < 1e-12
    array = ts.SurveyDesign(weighted, "w", replicate_weights=np.array(FOUR), scale=0.5, rscales=np.ones(4))
    assert array.df == 0
    with pytest.raises(UnknownNameError, match="no column 'r3'"):
        design(weighted.drop(columns="r3"))
    with pytest.raises(DesignError, match="'r1' is missing in 1 of 240 rows"):
        design(weighted.assign(r1=weighted["r1"].where(weighted.index > 0)))
    with pytest.raises(DesignError, match="'r1' does not hold numbers"):
        design(weighted.assign(r1="a"))
    with pytest.raises(DesignError, match="0 in every row: r1"):
        design(weighted.assign(r1=0))
    with pytest.raises(DesignError, match="combined=False"):
        design(weighted.assign(w=weighted["w"] * 1000))
    with pytest.raises(DesignError, match="leave combined=False out"):
        design(weighted * {name: 1000 if name in FOUR else 1 for name in weighted}, combined=False)
    with pytest.raises(DesignError, match="replicate weights"):
        design(weighted).assign(r1=1)
