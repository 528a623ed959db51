"""Statistics and replicates on the cells of a query are those of the same answers in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.errors import DesignError, InputError

KEYS = ["origin", "age", "wave", "trust", "contact"]
MARGINS = {"origin": {"a": 0.4, "b": 0.35, "c": 0.25}, "age": {1: 15_000, 2: 25_000, 3: 10_000}}
DESIGNS: dict[str, dict[str, Any]] = {
    "rows": {"weights": "w"},
    "strata": {"weights": "w", "strata": "stratum"},
    "clusters": {"weights": "w", "strata": "stratum", "clusters": "psu"},
}
STATISTICS: dict[str, Callable[[ts.SurveyDesign], Any]] = {
    "ratio": lambda design: design.ratio("score", "income", by="wave"),
    "ratios": lambda design: design.ratio(["score", "trust"], ["income", "psu"], by="origin"),
    "quantile": lambda design: design.quantile("trust", [0.1, 0.5, 0.9], by="wave"),
    "median": lambda design: design.median("trust", rule="school", interval="beta"),
    "variance": lambda design: design.variance("trust", by="origin"),
    "deviation": lambda design: design.standard_deviation(["trust", "wave"]),
    "covariance": lambda design: design.covariance("trust", "psu", by="wave"),
    "correlation": lambda design: design.correlation(["trust", "wave"]),
    "difference": lambda design: design.ratio("score", "income", by="wave").difference(2026, 2024),
}
TESTS: dict[str, Callable[[ts.SurveyDesign], Any]] = {
    "chisq": lambda design: design.chisq("trust", "origin"),
    "chisq chisq": lambda design: design.chisq("trust", "origin", statistic="Chisq"),
    "ttest": lambda design: design.ttest("trust", by="contact"),
    "gaussian": lambda design: design.regression("trust ~ origin + age"),
    "gaussian of a value": lambda design: design.regression("score ~ origin + age"),
    "binomial": lambda design: design.regression("contact ~ origin + C(wave)", family="binomial"),
    "poisson": lambda design: design.regression("trust ~ origin", family="poisson"),
    "ordinal": lambda design: design.regression("trust ~ origin", family="ordinal"),
}
REPLICATES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "JK1": ({"clusters": "psu"}, {"method": "JK1"}),
    "JK1 of groups": ({}, {"method": "JK1", "groups": "psu"}),
    "JK1 of random groups": ({"clusters": "psu"}, {"method": "JK1", "replicates": 8, "seed": 1}),
    "JKn": ({"strata": "stratum", "clusters": "psu"}, {"method": "JKn"}),
    "bootstrap": ({"strata": "stratum", "clusters": "psu"}, {"method": "bootstrap", "replicates": 40, "seed": 1}),
    "BRR": ({"strata": "pair", "clusters": "psu"}, {"method": "BRR"}),
    "Fay": ({"strata": "pair", "clusters": "psu"}, {"method": "Fay", "rho": 0.3}),
    "SDR": ({"clusters": "psu"}, {"method": "SDR"}),
}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Answers of 700 people in 20 clusters, in the order of these."""
    rng = np.random.default_rng(11)
    n = 700
    psu = np.sort(rng.integers(0, 20, n))
    frame = pd.DataFrame(
        {
            "origin": rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2]),
            "age": rng.choice([1, 2, 3], n),
            "wave": rng.choice([2024, 2026], n),
            "trust": rng.integers(0, 5, n).astype(float),
            "contact": rng.choice([True, False], n),
            "score": np.round(rng.normal(20, 10, n), 1),
            "income": rng.gamma(4, 500, n) + 10 * psu,
            "w": rng.choice([0.5, 1, 1.75], n),
            "psu": psu,
            "pair": psu // 2,
            "stratum": np.where(psu < 8, "north", "south"),
        }
    )
    for name in ("trust", "score", "income"):
        frame.loc[rng.random(n) < 0.08, name] = np.nan
    return frame


@pytest.fixture
def both(
    answers: pd.DataFrame, connection: duckdb.DuckDBPyConnection
) -> Callable[..., tuple[ts.SurveyDesign, ts.SurveyDesign]]:
    def make(**described: Any) -> tuple[ts.SurveyDesign, ts.SurveyDesign]:
        keys = [*KEYS, "psu"]
        there = ts.SurveyDesign.from_query(connection, "answers", **described, keys=keys, values=["score", "income"])
        return there, ts.SurveyDesign(answers, **described)

    return make


def assert_same(one: Any, other: Any, tolerance: float = 1e-9) -> None:
    pd.testing.assert_frame_equal(one.table, other.table, check_dtype=False, rtol=tolerance, atol=1e-12)
    if hasattr(other, "covariance"):
        scale = np.nanmax(np.abs(other.covariance))
        np.testing.assert_allclose(one.covariance, other.covariance, rtol=tolerance, atol=tolerance * scale)
    assert one.df == pytest.approx(other.df, rel=1e-10, nan_ok=True)


@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize("design", DESIGNS)
def test_statistics(both: Any, design: str, calibrated: bool) -> None:
    there, here = both(**DESIGNS[design])
    if calibrated:
        there, here = there.rake(MARGINS), here.rake(MARGINS)
    for statistic in (STATISTICS | TESTS).values():
        assert_same(statistic(there), statistic(here))


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("kind", REPLICATES)
def test_replicates(both: Any, kind: str, before: bool) -> None:
    described, replicated = REPLICATES[kind]
    there, here = (
        each.with_replicates(**replicated).rake(MARGINS) if before else each.rake(MARGINS).with_replicates(**replicated)
        for each in both(**described, weights="w")
    )
    by = ["wave", "origin"]
    assert_same(there.mean(["score", "trust"], by=by), here.mean(["score", "trust"], by=by))
    assert_same(there.total("income", by=by), here.total("income", by=by))
    assert_same(there.ratio("score", "income"), here.ratio("score", "income"))
    assert_same(there.proportion("trust"), here.proportion("trust"))
    assert_same(there.variance("trust"), here.variance("trust"))
    assert_same(there.regression("trust ~ origin"), here.regression("trust ~ origin"))
    inside, outside = (each.domain(each.data["age"] > 1) for each in (there, here))
    assert_same(inside.mean("score", by="wave"), outside.mean("score", by="wave"))


def test_moments_of_values_where_clusters_or_replicates_give_the_error(both: Any) -> None:
    designs = [both(weights="w", clusters="psu"), tuple(each.with_replicates("JK1", groups="psu") for each in both())]
    for there, here in designs:
        for statistic in (
            lambda design: design.variance(["score", "income"], by="wave"),
            lambda design: design.standard_deviation("score"),
            lambda design: design.covariance(["score", "income", "trust"], by="origin"),
            lambda design: design.correlation(["trust", "score", "income"]),
        ):
            one, other = statistic(there.rake(MARGINS)), statistic(here.rake(MARGINS))
            columns = ["n_effective", "deff"]
            pd.testing.assert_frame_equal(
                one.table.drop(columns=columns), other.table.drop(columns=columns), check_dtype=False, rtol=1e-9
            )
            scale = np.abs(other.covariance).max()
            np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9, atol=1e-9 * scale)


def test_correlation_of_a_value_with_a_key(both: Any) -> None:
    there, here = both(weights="w")
    with pytest.raises(InputError, match="needs fourth powers"):
        there.correlation("score", "trust")
    assert_same(there.covariance("score", "trust", by="wave"), here.covariance("score", "trust", by="wave"))


def test_reliability(both: Any) -> None:
    there, here = (ts.reliability(each.rake(MARGINS), ["trust", "age", "psu"]) for each in both(weights="w"))
    assert there.alpha == pytest.approx(here.alpha, rel=1e-10)
    assert there.n == here.n
    pd.testing.assert_frame_equal(there.table, here.table, check_dtype=False, rtol=1e-10)


def test_diagnostics(both: Any) -> None:
    there, here = (each.rake(MARGINS).diagnostics() for each in both())
    assert there.kish == pytest.approx(here.kish, rel=1e-10)
    assert there.n_effective == pytest.approx(here.n_effective, rel=1e-10)
    numbers = ["target", "before", "after"]
    np.testing.assert_allclose(there.margins[numbers], here.margins[numbers], rtol=1e-10)


def test_what_cells_cannot_do_is_refused(both: Any) -> None:
    there, _ = both(weights="w")
    with pytest.raises(DesignError, match="name clusters in from_query"):
        there.with_replicates("bootstrap")
    with pytest.raises(InputError, match="holds cells of many"):
        there.ranktest("trust", by="contact")
    with pytest.raises(InputError, match='choose "math"'):
        there.quantile("trust", 0.5, rule="hf7")
    for use in (lambda: there.variance("score"), lambda: there.correlation("score", "income")):
        with pytest.raises(InputError, match="needs fourth powers"):
            use()
    for use in (
        lambda: there.quantile("score", 0.5),
        lambda: there.chisq("score", "trust"),
        lambda: there.ttest("score", by="contact"),
        lambda: there.regression("score ~ origin", family="poisson"),
        lambda: there.regression("trust ~ income"),
    ):
        with pytest.raises(InputError, match="name it in keys instead of values"):
            use()
