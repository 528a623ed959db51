"""Weights, estimates and standard errors beside R's survey.

Tolerance: 1e-9 relative for estimates and weights, 1e-8 for standard errors, covariances and design effects; R itself
was run to 1e-13 on the calibration. The numbers and the script that made them are in tests/reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts

STYPE = {"E": 4421, "H": 755, "M": 1018}
SCHOOL_WIDE = {"No": 1072, "Yes": 5122}
API_MARGINS = {"stype": STYPE, "sch.wide": SCHOOL_WIDE}
SYNTHETIC = {
    "base": {},
    "finite": {},
    "elements": {},
    "raked": {"method": "raking"},
    "linear": {"method": "linear"},
    "logit": {"method": "logit", "bounds": (0.4, 3)},
    "raked_bounded": {"method": "raking", "bounds": (0.7, 1.6)},
    "linear_bounded": {"method": "linear", "bounds": (0.7, 1.6)},
    "finite_raked": {"method": "raking"},
    "elements_raked": {"method": "raking"},
    "interlocked": {"method": "raking"},
    "within": {"method": "raking", "within": "wave"},
}
MARGINS: dict[str, list[Any]] = {
    "interlocked": [("origin", "age"), "district", "sex"],
    "within": ["sex", "age", "district"],
}
# The smallest of the totals checked is some 1e5, so this is far below the last digit compared.
ATOL = 1e-9


def check(estimates: ts.Estimates, expected: dict[str, Any], rtol: float = 1e-8) -> None:
    assert_allclose(estimates.table["estimate"], expected["estimate"], rtol=1e-9)
    assert_allclose(estimates.table["se"], expected["se"], rtol=rtol)
    if "covariance" in expected:
        covariance = np.array(expected["covariance"])
        assert_allclose(estimates.covariance, covariance, rtol=rtol, atol=rtol * np.abs(covariance).max())
    if "deff" in expected:
        assert_allclose(estimates.table["deff"], expected["deff"], rtol=rtol)


@pytest.fixture(scope="module")
def clus1(extract: Callable[[str], pd.DataFrame]) -> ts.SurveyDesign:
    return ts.SurveyDesign(extract("apiclus1"), weights="pw", clusters="dnum", fpc="fpc")


@pytest.fixture(scope="module")
def synthetic_designs(synthetic: pd.DataFrame, counts: dict[Any, Any]) -> dict[str, ts.SurveyDesign]:
    designs = {}
    for name, options in SYNTHETIC.items():
        clusters = None if name.startswith("elements") else "psu"
        fpc = "clusters_in_stratum" if name.startswith("finite") else None
        design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters=clusters, fpc=fpc)
        if options:
            names = MARGINS.get(name, ["sex", "age", "origin", "district"])
            design = design.calibrate({each: counts[each] for each in names}, **options)
        designs[name] = design
    return designs


def test_numbers_of_the_methods_page(clus1: ts.SurveyDesign, extract: Callable[[str], pd.DataFrame]) -> None:
    mean = clus1.mean("api00").table.iloc[0]
    assert_allclose([mean["estimate"], mean["se"], mean["deff"]], [644.1694, 23.5422, 9.3459], rtol=1e-5)
    raked = clus1.rake(API_MARGINS)
    mean = raked.mean("api00").table.iloc[0]
    assert_allclose([mean["estimate"], mean["se"]], [641.2303, 23.7036], rtol=1e-6)
    assert raked.diagnostics().kish == pytest.approx(1.0516567, abs=5e-8)
    total = raked.total("enroll").table.iloc[0]
    assert_allclose([total["estimate"], total["se"]], [3_647_280, 400_603.3], rtol=2e-7)
    mean = clus1.calibrate(API_MARGINS, method="linear").mean("api00").table.iloc[0]
    assert_allclose([mean["estimate"], mean["se"]], [640.99587, 23.82949], rtol=2e-7)
    strat = ts.SurveyDesign(extract("apistrat"), weights="pw", strata="stype", fpc="fpc").mean("api00").table.iloc[0]
    assert_allclose([strat["estimate"], strat["se"], strat["deff"]], [662.28736, 9.40894, 1.20446], rtol=4e-6)


def test_calibrated_weights_are_not_plain_weights(
    extract: Callable[[str], pd.DataFrame], reference: dict[str, Any]
) -> None:
    frame = extract("apiclus1")
    raked = ts.SurveyDesign(frame, weights="pw", clusters="dnum").rake(API_MARGINS)
    plain = ts.SurveyDesign(frame.assign(raked=raked.weights), weights="raked", clusters="dnum")
    check(raked.mean("enroll"), reference["clus1_nofpc_raked_mean"])
    check(plain.mean("enroll"), reference["clus1_nofpc_plain_mean"])
    assert round(float(raked.mean("enroll").table["se"].iloc[0]), 2) == 65.33
    assert round(float(plain.mean("enroll").table["se"].iloc[0]), 2) == 58.85


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("raked", {"method": "raking"}),
        ("linear", {"method": "linear"}),
        ("logit", {"method": "logit", "bounds": (0.7, 2.3)}),
    ],
)
def test_apiclus1_calibrated(
    clus1: ts.SurveyDesign, reference: dict[str, Any], name: str, options: dict[str, Any]
) -> None:
    design = clus1.calibrate(API_MARGINS, **options)
    assert_allclose(design.weights, reference[f"clus1_{name}_weights"]["weights"], rtol=1e-9)
    assert design.diagnostics().kish == pytest.approx(reference[f"clus1_{name}_weights"]["kish"], rel=1e-10)
    check(design.mean("api00"), reference[f"clus1_{name}_mean"])
    check(design.total("enroll"), reference[f"clus1_{name}_total"])
    check(design.mean("api00", by="awards"), reference[f"clus1_{name}_by"])


def test_calibrated_totals_have_no_standard_error(clus1: ts.SurveyDesign) -> None:
    raked = clus1.rake(API_MARGINS)
    ones = raked.assign(one=1.0).total("one", by="stype").table
    assert_allclose(ones["estimate"], list(STYPE.values()), rtol=1e-10)
    assert (ones["se"] < 1e-8).all()
    assert (raked.proportion("stype").table["se"] < 1e-12).all()


@pytest.mark.parametrize("method", ["raking", "linear"])
def test_continuous_total(clus1: ts.SurveyDesign, reference: dict[str, Any], method: Any) -> None:
    design = clus1.calibrate({"stype": STYPE, "enroll": 3_811_472}, method=method)
    assert_allclose(design.weights, reference[f"clus1_enroll_{method}_weights"]["weights"], rtol=1e-8)
    check(design.mean("api00"), reference[f"clus1_enroll_{method}_mean"])
    assert design.total("enroll").table["estimate"].iloc[0] == pytest.approx(3_811_472, rel=1e-10)


def test_apistrat_apisrs(extract: Callable[[str], pd.DataFrame], reference: dict[str, Any]) -> None:
    strat = ts.SurveyDesign(extract("apistrat"), weights="pw", strata="stype", fpc="fpc")
    check(strat.mean("api00"), reference["strat_mean"])
    check(strat.total("enroll"), reference["strat_total"])
    check(strat.mean("api00", by="awards"), reference["strat_by"])
    implied = ts.SurveyDesign(extract("apistrat"), strata="stype", fpc="fpc")
    check(implied.total("enroll"), reference["strat_implied_total"])
    srs = ts.SurveyDesign(extract("apisrs"), weights="pw", fpc="fpc")
    check(srs.mean("api00"), reference["srs_mean"])
    check(srs.total("enroll", by="stype"), reference["srs_totals"])


def test_two_stages(extract: Callable[[str], pd.DataFrame], reference: dict[str, Any]) -> None:
    frame = extract("apiclus2")
    design = ts.SurveyDesign(frame, weights="pw", clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    check(design.mean("api00"), reference["clus2_mean"])
    check(design.total("enroll"), reference["clus2_total"])
    check(design.mean("api00", by="stype"), reference["clus2_by"])
    raked = design.rake(API_MARGINS)
    check(raked.mean("api00"), reference["clus2_raked_mean"])
    check(raked.total("enroll"), reference["clus2_raked_total"])
    implied = ts.SurveyDesign(frame, clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    check(implied.mean("api00"), reference["clus2_implied_mean"])


def test_sampling_fractions_are_population_counts(extract: Callable[[str], pd.DataFrame]) -> None:
    frame = extract("apistrat")
    sizes = frame.groupby("stype")["pw"].transform("size")
    fractions = ts.SurveyDesign(frame.assign(f=sizes / frame["fpc"]), weights="pw", strata="stype", fpc="f")
    counted = ts.SurveyDesign(frame, weights="pw", strata="stype", fpc="fpc")
    assert_allclose(fractions.mean("api00").covariance, counted.mean("api00").covariance, rtol=1e-12)


@pytest.mark.parametrize("name", list(SYNTHETIC))
def test_synthetic(synthetic_designs: dict[str, ts.SurveyDesign], reference: dict[str, Any], name: str) -> None:
    design = synthetic_designs[name]
    assert_allclose(design.weights, reference[f"{name}_weights"]["weights"], rtol=1e-9)
    check(design.mean("trust"), reference[f"{name}_mean"])
    check(design.total("income"), reference[f"{name}_total"])
    check(design.mean("trust", by="origin"), reference[f"{name}_by_origin"])
    check(design.mean("trust", by=["wave", "origin"]), reference[f"{name}_by_wave_origin"])
    check(design.total("contact", by="district"), reference[f"{name}_totals_by_district"])
    check(design.proportion("view"), reference[f"{name}_view"])


@pytest.mark.parametrize("name", ["base", "finite", "elements"])
@pytest.mark.parametrize("interval", ["logit", "beta"])
def test_intervals_of_proportions(
    synthetic_designs: dict[str, ts.SurveyDesign], reference: dict[str, Any], name: str, interval: Any
) -> None:
    expected = reference[f"{name}_contact_{interval}"]
    design = synthetic_designs[name]
    # The degrees of freedom of a domain are those of the clusters that it has.
    answered = design.domain((design.data["origin"] == "foreign") & design.data["contact"].notna())
    row = answered.proportion("contact", interval=interval).at(level=1)
    assert row.df == expected["df"]
    whole = design.proportion("contact", by="origin").at(origin="foreign", level=1)
    assert_allclose(whole.table[["estimate", "se"]], row.table[["estimate", "se"]], rtol=1e-12)
    # R's logit interval is that of an iterated regression, which stops at 1e-8.
    values = row.table[["estimate", "low", "high"]].iloc[0]
    assert_allclose(values, [expected["estimate"], expected["low"], expected["high"]], rtol=1e-7)


@pytest.mark.parametrize("choice", ["certainty", "adjust", "average"])
def test_single_cluster(
    synthetic: pd.DataFrame, counts: dict[Any, Any], reference: dict[str, Any], choice: Any
) -> None:
    design = ts.SurveyDesign(
        synthetic, weights="weight", strata="stratum", clusters="sparse_psu", single_cluster=choice
    )
    check(design.mean("income"), reference[f"single_{choice}_mean"])
    check(design.total("income"), reference[f"single_{choice}_total"])
    check(design.mean("income", by="origin"), reference[f"single_{choice}_by"])
    raked = design.rake({each: counts[each] for each in ("sex", "age", "origin", "district")})
    check(raked.mean("income"), reference[f"single_{choice}_raked"])
