"""Weighted alpha against psych and survey; the numbers and their script stand in tests/reference."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.indices.one_factor import fit_one_factor

REFERENCE = Path(__file__).parents[1] / "reference"
ITEMS = ["rating", "complaints", "privileges", "learning", "raises", "critical", "advance"]


@pytest.fixture(scope="module")
def attitude() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "attitude.csv")


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((REFERENCE / "reliability.json").read_text())


def test_alpha_of_attitude_is_that_of_psych(attitude: pd.DataFrame, expected: dict) -> None:
    found = ts.reliability(ts.SurveyDesign(attitude), ITEMS)
    assert found.alpha == pytest.approx(0.84314276956, rel=1e-9)
    assert found.alpha == pytest.approx(expected["alpha"], rel=1e-12)
    assert found.n == 30
    table = found.table.set_index("item")
    assert dict(table["item_rest"]) == pytest.approx(expected["item_rest"], rel=1e-10)
    assert dict(table["alpha_without"]) == pytest.approx(expected["alpha_without"], rel=1e-10)


def test_it_is_printed_as_a_table(attitude: pd.DataFrame) -> None:
    lines = repr(ts.reliability(ts.SurveyDesign(attitude), ITEMS)).splitlines()
    assert lines[0].startswith("alpha 0.843, omega 0.8")
    assert lines[0].endswith(": 30 respondents answered all 7 items")
    assert lines[1].split() == ["item", "n", "mean", "item_rest", "alpha_without"]
    assert lines[2].split()[:3] == ["rating", "30", "64.633"]
    assert "<td>rating</td>" in ts.reliability(ts.SurveyDesign(attitude), ITEMS)._repr_html_()


def test_omega_is_that_of_a_one_factor_model_by_lavaan(attitude: pd.DataFrame, expected: dict) -> None:
    plain = ts.reliability(ts.SurveyDesign(attitude), ITEMS)
    weighted = ts.reliability(ts.SurveyDesign(attitude, weights="w"), ITEMS)
    assert plain.omega == pytest.approx(expected["omega"], rel=1e-8)
    assert weighted.omega == pytest.approx(expected["weighted_omega"], rel=1e-8)


def test_omega_of_a_covariance_that_the_model_implies() -> None:
    loadings = np.array([0.722, 0.664, 0.631])
    model = fit_one_factor(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    assert model is not None
    assert model.loadings == pytest.approx(loadings, rel=1e-12)
    assert round(model.omega, 3) == 0.713


def test_omega_is_missing_where_no_model_fits(attitude: pd.DataFrame) -> None:
    assert np.isnan(ts.reliability(ts.SurveyDesign(attitude), ITEMS[:2]).omega)
    twice = attitude.assign(again=attitude["rating"])
    assert np.isnan(ts.reliability(ts.SurveyDesign(twice), [*ITEMS, "again"]).omega)
    # A correlation above what one factor allows asks for a variance below 0.
    heywood = np.array([[1, 0.9, 0.9], [0.9, 1, 0.2], [0.9, 0.2, 1]])
    assert fit_one_factor(heywood) is None


def test_weighted_alpha_is_that_of_svycralpha(attitude: pd.DataFrame, expected: dict) -> None:
    found = ts.reliability(ts.SurveyDesign(attitude, weights="w"), ITEMS)
    assert found.alpha == pytest.approx(expected["weighted_alpha"], rel=1e-12)
    assert dict(found.table.set_index("item")["item_rest"]) == pytest.approx(expected["weighted_item_rest"], rel=1e-10)


def test_the_scale_of_weights_and_of_all_items_does_not_matter(attitude: pd.DataFrame) -> None:
    scaled = attitude[ITEMS] * 3 + 7
    scaled["w"] = attitude["w"] * 1000
    one = ts.reliability(ts.SurveyDesign(attitude, weights="w"), ITEMS)
    other = ts.reliability(ts.SurveyDesign(scaled, weights="w"), ITEMS)
    assert other.alpha == pytest.approx(one.alpha, rel=1e-12)


def test_ordered_categories_count_from_one(attitude: pd.DataFrame) -> None:
    coded = attitude[ITEMS].apply(lambda column: pd.cut(column, 5, labels=list("abcde")))
    numbers = coded.apply(lambda column: column.cat.codes + 1)
    assert ts.reliability(ts.SurveyDesign(coded), ITEMS).alpha == pytest.approx(
        ts.reliability(ts.SurveyDesign(numbers), ITEMS).alpha, rel=1e-14
    )


def test_unanswered_items_leave_the_respondent_out(attitude: pd.DataFrame) -> None:
    gaps = attitude.copy()
    gaps.loc[[3, 5], "raises"] = np.nan
    found = ts.reliability(ts.SurveyDesign(gaps), ITEMS)
    kept = ts.reliability(ts.SurveyDesign(attitude.drop(index=[3, 5])), ITEMS)
    assert found.n == 28
    assert found.alpha == pytest.approx(kept.alpha, rel=1e-12)
    assert found.table.set_index("item").loc["rating", "n"] == 30


def test_one_item_has_no_alpha(attitude: pd.DataFrame) -> None:
    assert np.isnan(ts.reliability(ts.SurveyDesign(attitude), ["rating"]).alpha)


@pytest.mark.parametrize("seed", range(5))
def test_an_item_that_all_answered_alike_varies_by_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.integers(0, 5, 600), "b": rng.choice([0.5, 1.25, -2.0], 600), "w": rng.random(600)})
    design = ts.SurveyDesign(frame.assign(same=0.7), weights="w")
    both = ts.reliability(design, ["a", "b", "same"])
    assert np.isnan(both.omega)
    assert np.isnan(both.table["item_rest"].iloc[2])
    assert both.table["alpha_without"].iloc[2] == pytest.approx(ts.reliability(design, ["a", "b"]).alpha)


def test_items_nobody_answered_give_no_alpha(attitude: pd.DataFrame) -> None:
    empty = attitude.assign(rating=np.nan)
    found = ts.reliability(ts.SurveyDesign(empty), ITEMS)
    assert np.isnan(found.alpha)
    assert found.n == 0


def test_an_unknown_item_is_named_with_what_there_is(attitude: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match="'ratings'; available: rating, complaints"):
        ts.reliability(ts.SurveyDesign(attitude), ["ratings", "raises"])


def test_categories_without_an_order_are_refused(attitude: pd.DataFrame) -> None:
    plain = attitude.assign(colour=pd.Categorical(["a", "b", "c"] * 10))
    with pytest.raises(InputError, match="without an order"):
        ts.reliability(ts.SurveyDesign(plain), ["colour", "rating"])


def test_what_is_no_design_or_no_list_of_items_is_refused_with_what_to_give(attitude: pd.DataFrame) -> None:
    design = ts.SurveyDesign(attitude)
    with pytest.raises(InputError, match=r"takes a survey design.*got DataFrame"):
        ts.reliability(attitude, ITEMS)  # type: ignore[arg-type]
    for items in ("rating", [], None, [["rating"]]):
        with pytest.raises(InputError, match="takes a list of the names of items"):
            ts.reliability(design, items)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="an item twice"):
        ts.reliability(design, ["rating", "rating"])
    with pytest.raises(InputError, match="neither numeric nor"):
        ts.reliability(design, attitude.assign(rating="good")[ITEMS])
