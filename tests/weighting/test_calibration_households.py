"""Households with one factor for all members, panels, and partial tables beside R's survey."""

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
from trustsurvey.errors import CalibrationError, UnknownNameError

THREE = ("sex", "age", "origin")


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """Numbers of R's survey; tests/reference/calibration.R says how they were made."""
    path = Path(__file__).parent.parent / "reference" / "calibration.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def people(synthetic: pd.DataFrame) -> pd.DataFrame:
    position = np.arange(len(synthetic))
    household = position // 10 * 4 + np.searchsorted([1, 3, 6], position % 10, side="right")
    frame = synthetic.assign(household=household, area=position // 40, person=position // 2, time=position % 2 + 1)
    for name in ("household", "person"):
        frame[f"{name}_weight"] = frame.groupby(name)["weight"].transform("first")
    return frame


@pytest.fixture
def population(counts: dict[Any, Any]) -> dict[Any, Any]:
    return {name: counts[name] for name in THREE}


@pytest.fixture
def check(recorded: dict[str, Any]) -> Callable[[str, ts.SurveyDesign], None]:
    def compare(case: str, design: ts.SurveyDesign) -> None:
        expected = recorded[case]
        assert_allclose(design.weights, expected["weights"], rtol=1e-9)
        for name, estimates in (
            ("mean", design.mean("income")),
            ("total", design.total("income")),
            ("by_origin", design.mean("income", by="origin")),
        ):
            assert_allclose(estimates.table["estimate"], np.atleast_1d(expected[name]), rtol=1e-9)
            assert_allclose(estimates.table["se"], np.atleast_1d(expected[f"{name}_se"]), rtol=1e-8, atol=1e-6)

    return compare


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("raking", {}),
        ("linear", {"method": "linear"}),
        ("logit", {"method": "logit", "bounds": (0.3, 4)}),
        ("bounded", {"bounds": (0.5, 2)}),
    ],
)
def test_members_of_a_household_have_one_factor(
    people: pd.DataFrame, population: Any, check: Any, case: str, options: Any
) -> None:
    design = ts.SurveyDesign(people, weights="household_weight", clusters="household")
    calibrated = design.calibrate(population, household="household", **options)
    factors = (calibrated.weights / design.weights).groupby(people["household"])
    assert_allclose(factors.max(), factors.min(), rtol=1e-12)
    check(f"household_{case}", calibrated)
    assert calibrated.diagnostics().margins["gap"].abs().max() < 1e-10
    assert "all members of a household (household) have the same factor" in calibrated.diagnostics().choices


def test_households_within_areas(people: pd.DataFrame, population: Any, check: Any) -> None:
    design = ts.SurveyDesign(people, weights="household_weight", clusters=["area", "household"])
    check("household_in_areas", design.rake(population, household="household"))


def test_households_and_a_continuous_total(
    people: pd.DataFrame, population: Any, check: Any, recorded: dict[str, Any]
) -> None:
    design = ts.SurveyDesign(people, weights="household_weight", clusters="household")
    margins = {**population, "income": recorded["income_total"]}
    check("household_income", design.calibrate(margins, method="linear", household="household"))


def test_households_alike_share_a_cell(people: pd.DataFrame, population: Any) -> None:
    design = ts.SurveyDesign(people, weights="household_weight", clusters="household")
    calibration = design.rake(population, household="household").calibrations[0]
    assert len(calibration.factors) < people["household"].nunique()


def test_members_with_weights_of_their_own(people: pd.DataFrame, population: Any) -> None:
    design = ts.SurveyDesign(people, weights="weight", clusters="household")
    raked = design.rake(population, household="household")
    assert raked.diagnostics().margins["gap"].abs().max() < 1e-10
    factors = (raked.weights / people["weight"]).groupby(people["household"])
    assert_allclose(factors.max(), factors.min(), rtol=1e-12)


def test_a_household_of_one_is_a_person(people: pd.DataFrame, population: Any) -> None:
    frame = people.assign(alone=np.arange(len(people)))
    design = ts.SurveyDesign(frame, weights="weight")
    assert_allclose(design.rake(population, household="alone").weights, design.rake(population).weights, rtol=1e-9)


def test_households_that_cannot_be(people: pd.DataFrame, population: Any) -> None:
    design = ts.SurveyDesign(people, weights="household_weight", clusters="household")
    with pytest.raises(CalibrationError, match=r"members in several levels of 'time', which are weighted apart"):
        design.rake({"sex": population["sex"]}, within="time", household="household")
    with pytest.raises(UnknownNameError, match="no column 'hh'"):
        design.rake(population, household="hh")
    lost = people.assign(household=people["household"].mask(people.index < 3))
    with pytest.raises(CalibrationError, match=r"household 'household' is missing for 3 of 640 respondents"):
        ts.SurveyDesign(lost).rake(population, household="household")
    with pytest.raises(CalibrationError, match=r"of 256 households .* 192 have members in several clusters.*clusters="):
        ts.SurveyDesign(people).rake(population, household="household")
    with pytest.raises(CalibrationError, match=r"members in several clusters"):
        ts.SurveyDesign(people, clusters="person").rake(population, household="household")


def test_a_panel_of_two_waves(people: pd.DataFrame, counts: dict[Any, Any], recorded: dict[str, Any]) -> None:
    panel = ts.SurveyDesign(people, weights="person_weight", clusters="person")
    margins = {name: counts[name] for name in ("sex", "age")}
    first = people[people["time"] == 1]
    composition = {name: first.groupby(name)["person_weight"].sum().to_dict() for name in ("sex", "age")}
    for case, design in (
        ("panel", panel),
        ("panel_raking", panel.rake(margins, within="time")),
        ("panel_first_wave", panel.rake(composition, within="time")),
    ):
        expected = recorded[case]
        means = design.mean("income", by="time")
        assert_allclose(design.weights, expected["weights"], rtol=1e-9)
        assert_allclose(means.table["estimate"], expected["mean"], rtol=1e-9)
        assert_allclose(means.covariance, expected["covariance"], rtol=1e-8)


@pytest.mark.parametrize("method", ["raking", "linear"])
def test_a_level_left_free(people: pd.DataFrame, population: Any, check: Any, method: Any) -> None:
    design = ts.SurveyDesign(people, weights="weight", strata="stratum", clusters="psu")
    origin = {"belgian": population["origin"]["belgian"], "foreign": None, "mixed": None}
    check(f"partial_{method}", design.calibrate({**population, "origin": origin}, method=method))


def test_cells_left_free(people: pd.DataFrame, population: Any, check: Any) -> None:
    design = ts.SurveyDesign(people, weights="weight", strata="stratum", clusters="psu")
    cells: dict[Any, Any] = {(origin, sex): None for origin in population["origin"] for sex in ("f", "m")}
    cells |= {("belgian", "f"): 31000, ("mixed", "m"): 18000}
    check("partial_cells", design.rake({"sex": population["sex"], "age": population["age"], ("origin", "sex"): cells}))
