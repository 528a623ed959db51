"""Ratios, quantiles, moments, shares and tests beside R's survey, on every kind of design; see statistics.R."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts

Numbers = dict[str, Any]
REFERENCE = Path(__file__).parent.parent / "reference"
P = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98]
TAYLOR = [
    "srs", "strat", "clus1", "clus2", "clus1_raked", "clus1_linear", "clusters", "clusters_raked", "clusters_domain",
    "strat_domain",
]  # fmt: skip
REPLICATES = ["clus1_JK1", "strat_JKn", "clusters_JKn", "clusters_JKn_raked", "pairs_BRR"]
NAMES = [*TAYLOR, *REPLICATES]
# R solves the equation of the saddlepoint to 1e-8 only.
SADDLEPOINT = 1e-6


@pytest.fixture(scope="module")
def statistics() -> Numbers:
    return json.loads((REFERENCE / "statistics.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def designs(extract: Callable[[str], pd.DataFrame], synthetic: pd.DataFrame, counts: Numbers) -> dict[str, Any]:
    """The designs of statistics.R, each made when it is first asked for."""

    def api(name: str) -> pd.DataFrame:
        data = extract(name)
        number = data["snum"]
        return data.assign(
            y=data["api00"], x=data["api00"] / 10 + number % 7, z=data["api00"] + number % 11, a=data["awards"],
            g=data["stype"], yes=data["awards"] == "Yes", inside=data["api00"] > 600,
        )  # fmt: skip

    made = synthetic.assign(
        y=synthetic["income"], x=100 + synthetic["income"] / 10 + synthetic["psu"], z=synthetic["trust"],
        a=synthetic["sex"], g=synthetic["view"], yes=synthetic["income"] < 1500, pair=synthetic["psu"] % 2 + 1,
        inside=synthetic["age"].isin(["25-39", "40-54"]),
    )  # fmt: skip
    margins = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}
    own = {name: counts[name] for name in ("age", "origin")}

    def clus1() -> ts.SurveyDesign:
        return ts.SurveyDesign(api("apiclus1"), weights="pw", clusters="dnum", fpc="fpc")

    def strat() -> ts.SurveyDesign:
        return ts.SurveyDesign(api("apistrat"), weights="pw", strata="stype", fpc="fpc")

    def clusters(name: str = "psu") -> ts.SurveyDesign:
        return ts.SurveyDesign(made, weights="weight", strata="stratum", clusters=name)

    return {
        "srs": lambda: ts.SurveyDesign(api("apisrs"), weights="pw", fpc="fpc"),
        "strat": strat,
        "clus1": clus1,
        "clus2": lambda: ts.SurveyDesign(
            api("apiclus2"), weights="pw", clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"]
        ),
        "clus1_raked": lambda: clus1().rake(margins),
        "clus1_linear": lambda: clus1().calibrate(margins, method="linear"),
        "clusters": clusters,
        "clusters_raked": lambda: clusters().rake(own),
        "clusters_domain": lambda: clusters().domain("inside"),
        "strat_domain": lambda: strat().domain("inside"),
        "clus1_JK1": lambda: clus1().with_replicates("JK1"),
        "strat_JKn": lambda: strat().with_replicates("JKn"),
        "clusters_JKn": lambda: clusters().with_replicates("JKn"),
        "clusters_JKn_raked": lambda: clusters().with_replicates("JKn").rake(own),
        "pairs_BRR": lambda: clusters("pair").with_replicates("BRR"),
    }


@pytest.fixture(params=NAMES)
def case(
    request: pytest.FixtureRequest, statistics: Numbers, designs: dict[str, Any]
) -> tuple[ts.SurveyDesign, Numbers, str]:
    made = designs[request.param]
    if callable(made):
        made = designs[request.param] = made()
    return made, statistics["results"][request.param], request.param


Case = tuple[ts.SurveyDesign, Numbers, str]


def same(estimates: ts.Estimates, expected: Numbers, columns: tuple[str, ...] = ("estimate", "se")) -> None:
    for column in columns:
        if column in expected:
            assert_allclose(estimates.table[column], np.array(expected[column], dtype=float), rtol=1e-8, err_msg=column)


def same_quantiles(estimates: ts.Estimates, expected: Numbers) -> None:
    """The estimates, and the intervals but where R makes one of the largest answer alone."""
    table = estimates.table
    numbers = {column: np.array(expected[column], dtype=float) for column in expected}
    # A rule that is not monotone may turn the interval round, and R's standard error with it.
    numbers["se"] = np.abs(numbers["se"])
    assert_allclose(table["estimate"], numbers["estimate"], rtol=1e-8)
    known = ~table["flags"].str.contains("reaches past").to_numpy()
    for column in ("se", "low", "high"):
        assert_allclose(table[column][known], numbers[column][known], rtol=1e-8, atol=1e-12, err_msg=column)
    assert (np.isnan(numbers["se"]) | (numbers["se"] == 0))[~known].all()


def same_test(test: Any, expected: Numbers, rtol: float = 1e-8) -> None:
    assert_allclose(test.statistic, expected["statistic"], rtol=rtol)
    assert_allclose(test.p_value, expected["p_value"], rtol=rtol * 10)
    if expected.get("df"):
        df = np.atleast_1d(expected["df"])
        assert_allclose([test.df, test.df_denominator][: len(df)], df, rtol=rtol)
    for column in ("estimate", "low", "high"):
        if column in expected:
            assert_allclose(getattr(test, column), expected[column], rtol=rtol)


def test_ratio(case: Case) -> None:
    design, expected, name = case
    ratio = design.ratio("z", "x")
    same(ratio, expected["ratio"])
    assert ratio.df == expected["df"]
    same(design.ratio("z", "x", by="a"), expected["ratio_by"])
    if name in TAYLOR:
        deff = design.ratio("y", "x").table["deff"].iloc[0]
        assert deff == pytest.approx(expected["ratio"]["deff"], rel=1e-8)


def test_variance(case: Case) -> None:
    design, expected, name = case
    same(design.variance("y"), expected["variance"])
    same(design.variance("y", by="a"), expected["variance_by"])
    if name in TAYLOR:
        same(design.variance("z"), expected["variance_gaps"])
        if not design.data["z"].isna().any():
            same(design.standard_deviation("y"), expected["standard_deviation"])


def test_covariance_and_correlation(case: Case) -> None:
    design, expected, name = case
    r = design.correlation("y", "z")
    same(r, expected["correlation"])
    if name in TAYLOR:
        covariance = design.covariance("y", "z")
        assert_allclose(covariance.table["estimate"], expected["covariance"]["estimate"][1], rtol=1e-8)
        assert_allclose(covariance.covariance[0, 0], expected["covariance"]["covariance"][1][1], rtol=1e-8)


@pytest.mark.parametrize("rule", ["math", "school", "shahvaish", *(f"hf{number}" for number in range(1, 10))])
def test_quantile_rules(case: Case, rule: Any) -> None:
    design, expected, _ = case
    same_quantiles(design.quantile("z", P, rule=rule), expected["quantile"][rule])


def test_quantiles(case: Case) -> None:
    design, expected, name = case
    for interval, numbers in expected["quantile_interval"].items():
        quantiles = design.quantile("z", P, interval=interval)
        counted = interval == "beta" and name.endswith("_raked")
        if counted or (name in REPLICATES and interval != "quantile"):
            # R counts those who did not answer here, on a calibrated design only; on replicates it takes "mean" always.
            same(quantiles, numbers, ("estimate",))
        else:
            same_quantiles(quantiles, numbers)
    by = {column: np.reshape(values, (2, 2)).T.ravel() for column, values in expected["quantile_by"].items()}
    # The degrees of freedom of a part are, in R, the rank of the calibrated weights there (47), though those of the
    # whole are the rank before (40); ours are the rank before calibration in both, as calibration adds no clusters.
    columns = ("estimate",) if name == "clusters_JKn_raked" else ("estimate", "se")
    same(design.quantile("z", [0.25, 0.5], by="a"), by, columns)


def test_shares(case: Case) -> None:
    design, expected, _ = case
    for interval, numbers in expected["share"].items():
        table = design.proportion("yes", interval=interval).at(level=True).table
        assert_allclose(table[["estimate", "low", "high"]].iloc[0].astype(float), numbers, rtol=1e-8, err_msg=interval)


def test_chi_square(case: Case) -> None:
    design, expected, name = case
    for statistic, numbers in expected["chisq"].items():
        test = design.chisq("g", "a", statistic=statistic)
        same_test(test, numbers, SADDLEPOINT if statistic == "saddlepoint" else 1e-8)
    if name in TAYLOR:
        assert_allclose(test.counts.table["estimate"], np.ravel(expected["counts"]), rtol=1e-8)


def test_goodness_of_fit(case: Case) -> None:
    design, expected, _ = case
    if "goodness_of_fit" in expected:
        levels = sorted(design.data["g"].dropna().unique())
        test = design.goodness_of_fit("g", {level: place for place, level in enumerate(levels, start=1)})
        numbers = expected["goodness_of_fit"]
        if test.flags:
            # The strata are the groups: nothing varies, and R's p value is that of a variance of 0.
            assert test.flags == "no variance to test against"
            assert max(np.abs(numbers["lambda"])) < 1e-8
            return
        same_test(test, {**numbers, "df": numbers["df"][1]})


def test_t_tests(case: Case) -> None:
    design, expected, _ = case
    same_test(design.ttest("z", by="a"), expected["ttest"])
    same_test(design.assign(above=design.data["y"] - 500).ttest("above"), expected["ttest_one"])
    one = design.ttest("y", mean=500)
    assert (one.statistic, one.p_value) == pytest.approx(
        (expected["ttest_one"]["statistic"], expected["ttest_one"]["p_value"])
    )
    same_test(design.assign(tens=10 * design.data["x"]).ttest("y", paired_with="tens"), expected["ttest_paired"])


def test_rank_tests(case: Case) -> None:
    design, expected, name = case
    if name == "clusters_JKn_raked":
        # R counts the degrees of freedom of raked replicates again where answers are missing, and gets more.
        return
    for test, numbers in expected["ranktest"].items():
        same_test(design.ranktest("z", "g" if test == "KruskalWallis" else "a", test=test), numbers)
