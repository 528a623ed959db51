"""Worked examples of textbooks and manuals: what the book prints, to its digits, and R's further digits.

tests/reference/published.R has the data, the sources and the numbers; the README beside it says what could not be had.
"""

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

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "reference" / "published.json").read_text(encoding="utf-8")
)


def data(name: str) -> pd.DataFrame:
    return pd.DataFrame(PUBLISHED["data"][name])


def suites() -> ts.SurveyDesign:
    return ts.SurveyDesign(data("suites"), weights="weight", clusters="suite", fpc="suites")


def trees() -> ts.SurveyDesign:
    return ts.SurveyDesign(data("trees"), weights="weight", fpc="plots")


def by_photographs() -> ts.SurveyDesign:
    return trees().assign(kind="plot").calibrate({"kind": {"plot": 100}, "photo": 1130}, method="linear")


def farms_simple() -> ts.SurveyDesign:
    return ts.SurveyDesign(data("farms_simple"), fpc="counties")


def farms() -> ts.SurveyDesign:
    return ts.SurveyDesign(data("farms"), strata="region", fpc="counties")


def ambulances() -> pd.DataFrame:
    return data("ambulances").assign(one=1.0, stations=5)


def hospitals() -> ts.SurveyDesign:
    return ts.SurveyDesign(data("hospitals"), weights="weighta", strata="oblevel", clusters="hospno", fpc="tothosp")


def eight(**fpc: Any) -> ts.SurveyDesign:
    return ts.SurveyDesign(data("eight"), weights="weight", strata="stratid", clusters="psuid", **fpc)


def cities() -> ts.SurveyDesign:
    return ts.SurveyDesign(data("cities"), weights="weight", fpc="cities")


def brr() -> ts.SurveyDesign:
    halves = {"r1": [2, 0, 2, 0, 2, 0], "r2": [2, 0, 0, 2, 0, 2], "r3": [0, 2, 2, 0, 0, 2], "r4": [0, 2, 0, 2, 2, 0]}
    return ts.SurveyDesign(ambulances().assign(**halves), weights="one", replicate_weights=list(halves), scale=1 / 4)


def by_stations(**fpc: Any) -> ts.SurveyDesign:
    return ts.SurveyDesign(ambulances(), weights="one", strata="ESA", clusters="ambulance", **fpc)


# The estimate and the standard error as they are printed, where they are, and how ours are made.
EXAMPLES: dict[str, tuple[str | None, str | None, Callable[[], ts.Estimates]]] = {
    # Lohr (2010), Sampling: Design and Analysis, 2nd ed., example 5.2.
    "suites_total": ("1130.4", None, lambda: suites().total("gpa")),
    "suites_mean": ("2.826", "0.164", lambda: suites().mean("gpa")),
    # The same without correction for the finite population: Stata's number, which Lohr's readers compare.
    "suites_total_infinite": (
        "1130.4",
        "67.16666",
        lambda: ts.SurveyDesign(data("suites"), weights="weight", clusters="suite").total("gpa"),
    ),
    # Lohr, example 4.10: the book's standard error is another, see below.
    "trees_mean": ("11.56", None, lambda: trees().mean("field")),
    "trees_regression": ("11.99", None, lambda: by_photographs().mean("field")),
    "trees_ratio": (None, None, lambda: trees().ratio("field", "photo")),
    # Lohr, example 4.6.
    "seedlings_ratio": ("0.2961", "0.115", lambda: ts.SurveyDesign(data("seedlings")).ratio("y", "x")),
    # Lohr, examples 2.5 and 3.2.
    "farms_simple_mean": ("297897", "18898", lambda: farms_simple().mean("acres")),
    "farms_simple_total": ("916927110", "58169381", lambda: farms_simple().total("acres")),
    "farms_mean": ("295561", "16380", lambda: farms().mean("acres")),
    "farms_total": ("909736035", "50417248", lambda: farms().total("acres")),
    # Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, example 4.3.2.
    "municipalities_total": (
        "15080",
        None,
        lambda: ts.SurveyDesign(data("municipalities"), clusters=["id1", "id2"], fpc=["n1", "n2"]).total("y1"),
    ),
    # Levy and Lemeshow, Sampling of Populations, 3rd ed., section 12.2.
    "ambulances_taylor": (None, None, lambda: by_stations().ratio("alive", "arrests")),
    "ambulances_finite": (None, None, lambda: by_stations(fpc="stations").ratio("alive", "arrests")),
    "ambulances_brr": (None, None, lambda: brr().ratio("alive", "arrests")),
    "hospitals_total": ("183983", None, lambda: hospitals().total("births")),
    "hospitals_mean": (None, None, lambda: hospitals().mean("births")),
    "hospitals_jackknife": ("183983", None, lambda: hospitals().with_replicates("JKn").total("births")),
    # Stata, Survey Data Reference Manual, svyset.
    "eight_finite": ("5.448148", "0.6160407", lambda: eight(fpc="Nh").mean("x")),
    "eight_infinite": ("5.448148", "0.7412683", lambda: eight().mean("x")),
    # VPLX manual of the US Census Bureau, examples 1-1 and 1-2.
    "households_jk1": (
        None,
        None,
        lambda: (
            ts.SurveyDesign(data("households"), weights="weight", clusters="cluster")
            .with_replicates("JK1")
            .mean(["rooms", "person"])
        ),
    ),
    "households_jkn": (
        None,
        None,
        lambda: (
            ts.SurveyDesign(data("households"), weights="weight", strata="stratum", clusters="cluster")
            .with_replicates("JKn")
            .total(["rooms", "person"])
        ),
    ),
    # Cochran (1977), Sampling Techniques, 3rd ed., section 6.3.
    "cities_ratio": (None, None, lambda: cities().ratio("after", "before")),
    "cities_total": ("25048", None, lambda: cities().total("after")),
}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_as_printed(name: str) -> None:
    estimate, error, make = EXAMPLES[name]
    table, expected = make().table, PUBLISHED["results"][name]
    assert_allclose(table["estimate"], expected["estimate"], rtol=1e-9)
    assert_allclose(table["se"], expected["se"], rtol=1e-8)
    for printed, found in ((estimate, table["estimate"]), (error, table["se"])):
        if printed is not None:
            decimals = len(printed.partition(".")[2])
            assert f"{found.iloc[0]:.{decimals}f}" == printed


def test_inhabitants_of_the_cities_in_1930() -> None:
    ratio = cities().ratio("after", "before").table["estimate"].iloc[0]
    # Cochran: 6,262 / 5,054 times 22,919 of 1920.
    assert round(22_919 * ratio) == 28_397


def test_the_book_takes_residuals_with_the_weights_before_calibration() -> None:
    """Lohr prints .408; R and we weigh the residuals with the calibrated weights, which is .418."""
    frame = data("trees")
    slope = np.cov(frame["photo"], frame["field"])[0, 1] / frame["photo"].var()
    residual = frame["field"] - slope * frame["photo"]
    assert round(float(np.sqrt((1 - 25 / 100) / 25 * residual.var())), 3) == 0.408
    calibrated = by_photographs().mean("field").table.iloc[0]
    assert round(float(calibrated["se"]), 3) == 0.418


def test_coefficients_of_the_trees() -> None:
    table = trees().regression("field ~ photo").table
    expected = PUBLISHED["results"]["trees_coefficients"]
    assert_allclose(table["estimate"], expected["estimate"], rtol=1e-9)
    assert_allclose(table["se"], expected["se"], rtol=1e-8)
    assert [round(float(each), 4) for each in table["estimate"]] == [5.0593, 0.6133]


def test_areas_by_the_jackknife_and_by_taylor_agree_for_totals() -> None:
    assert_allclose(
        hospitals().with_replicates("JKn").total("births").table["se"], hospitals().total("births").table["se"]
    )


# Kalton and Flores-Cervantes (2003), Weighting methods, Journal of Official Statistics 19, 81-97: what respondents are
# multiplied by in each cell, as printed, from A1 B1, A1 B2 on. What linear weighting gives there is R's alone here.
WEIGHTED = {
    "cells_weighted": "4.00 1.00 1.38 1.20 1.07 1.10 1.70 1.20 4.00 1.83 1.65 1.79",
    "cells_raked": "1.81 1.45 2.02 1.08 0.87 1.21 2.20 1.76 2.45 1.83 1.47 2.04",
    "cells_regression": "1.21 1.17 1.14 1.43 1.40 1.36 1.66 1.62 1.59 1.88 1.85 1.81",
    "cells_linear": None,
}


def cell_weights(method: str) -> ts.SurveyDesign:
    cells = data("cells")
    people = {name: cells.groupby(name)["people"].sum() for name in ("a", "b")}
    frame = cells.loc[cells.index.repeat(cells["respondents"]), ["a", "b"]].reset_index(drop=True)
    respondents = ts.SurveyDesign(frame)
    if method == "cells_weighted":
        return respondents.rake({("a", "b"): cells.set_index(["a", "b"])["people"]})
    if method == "cells_regression":
        sums = {f"number of {name}": float((cells[name] * cells["people"]).sum()) for name in ("a", "b")}
        numbers = {f"number of {name}": frame[name] for name in ("a", "b")}
        everybody = respondents.assign(everybody="all", **numbers)
        return everybody.calibrate({"everybody": {"all": 1500}, **sums}, method="linear")
    return respondents.calibrate(people, method="raking" if method == "cells_raked" else "linear")


@pytest.mark.parametrize("method", list(WEIGHTED))
def test_cells_are_weighted_as_printed(method: str) -> None:
    weights = cell_weights(method).weights
    found = weights.groupby(np.repeat(np.arange(12), data("cells")["respondents"])).mean()
    assert_allclose(found, PUBLISHED["results"][method], rtol=1e-9)
    printed = WEIGHTED[method]
    assert printed is None or " ".join(f"{each:.2f}" for each in found) == printed


def test_cells_weighted_as_response_classes() -> None:
    cells = data("cells")
    sampled = cells.loc[cells.index.repeat(cells["people"]), ["a", "b"]].reset_index(drop=True)
    first = sampled.groupby(["a", "b"]).cumcount()
    responded = first < np.repeat(cells["respondents"].to_numpy(), cells["people"])
    adjusted = ts.SurveyDesign(sampled).adjust_nonresponse(responded, by=["a", "b"])
    weights = adjusted.weights[responded].groupby([sampled["a"], sampled["b"]]).mean()
    assert_allclose(weights, PUBLISHED["results"]["cells_weighted"], rtol=1e-12)
