"""Families of tests: adjusted p values, pairwise differences, joint tests, simultaneous intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import InputError, UnknownNameError

REFERENCE = Path(__file__).parent.parent / "reference"
R_NAMES = {"BH": "BH", "BY": "BY", "holm": "holm", "hochberg": "hochberg", "bonferroni": "bonferroni"}


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    return json.loads((REFERENCE / "statistics.json").read_text(encoding="utf-8"))


@pytest.fixture
def means(synthetic: pd.DataFrame) -> ts.Estimates:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    return design.mean("income", by="view")


@pytest.mark.parametrize("method", R_NAMES)
@pytest.mark.parametrize("name", ["published", "ties"])
def test_adjusted_p_values(reference: dict[str, Any], name: str, method: Any) -> None:
    numbers = reference["adjusted"][name]
    family = ts.adjust_p_values(numbers["p"], method)
    assert_allclose(family.table["p_adjusted"], numbers[R_NAMES[method]], rtol=1e-12)


def test_the_paper_of_benjamini_and_hochberg(reference: dict[str, Any]) -> None:
    p = reference["adjusted"]["published"]["p"]
    family = ts.adjust_p_values(p, "benjamini-hochberg", family="outcomes of thrombolysis")
    assert (family.rejections, family.size, family.name) == (4, 15, "outcomes of thrombolysis")
    assert family.table["rejected"].tolist() == [True] * 4 + [False] * 11
    assert str(family).startswith("outcomes of thrombolysis: 4 of 15 tests rejected by benjamini-hochberg")
    assert ts.adjust_p_values(p, "bonferroni").rejections == 3
    assert ts.adjust_p_values(pd.Series(p), "benjamini-yekutieli").method == "benjamini-yekutieli"


def test_missing_p_values_are_not_counted() -> None:
    family = ts.adjust_p_values({"a": 0.01, "b": None, "c": 0.04, "d": float("nan")}, "bonferroni")
    assert family.size == 2
    assert family.table["test"].tolist() == ["a", "b", "c", "d"]
    assert_allclose(family.table["p_adjusted"], [0.02, np.nan, 0.08, np.nan])
    assert family.table["rejected"].tolist() == [True, False, False, False]


def test_tests_of_several_kinds_make_a_family(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    tests = [design.ttest("trust", by="sex"), design.chisq("view", "origin"), design.ranktest("trust", "origin")]
    family = ts.adjust_p_values(tests)
    assert_allclose(family.table["p_value"], [test.p_value for test in tests])
    assert "two-sample t test" in family.tests[0]
    assert "view and origin" in family.tests[1]


def test_pairwise_are_the_differences_one_by_one(means: ts.Estimates) -> None:
    pairs = means.pairwise()
    assert pairs.table["difference"].tolist() == ["fair - bad", "good - bad", "good - fair"]
    for row, (one, other) in enumerate([("fair", "bad"), ("good", "bad"), ("good", "fair")]):
        assert_allclose(
            pairs.table.loc[row, ["estimate", "se"]].astype(float),
            means.difference(one, other).table.loc[0, ["estimate", "se"]].astype(float),
        )
    assert means.pairwise("view").covariance.shape == (3, 3)


def test_pairwise_within_other_domains(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    means = design.mean("trust", by=["wave", "origin"])
    pairs = means.pairwise("origin")
    assert pairs.table["wave"].tolist() == [2024] * 3 + [2026] * 3
    assert pairs.by == ("wave",)
    assert_allclose(
        pairs.at(wave=2026, difference="foreign - belgian").table["se"],
        means.difference({"wave": 2026, "origin": "foreign"}, {"wave": 2026, "origin": "belgian"}).table["se"],
    )
    shares = design.proportion("view", by="wave").pairwise()
    assert shares.table["level"].tolist() == ["bad", "fair", "good"]


def test_single_step(means: ts.Estimates, reference: dict[str, Any]) -> None:
    numbers = reference["comparisons"]
    pairs = means.pairwise()
    assert_allclose(pairs.table["estimate"] / pairs.table["se"], np.array(numbers["t"]) * -1, rtol=1e-8)
    family = ts.adjust_p_values(pairs, "single-step")
    # R draws the points at which it integrates.
    assert_allclose(family.table["p_adjusted"], numbers["single_step"], atol=2e-4)
    half = family.table["high_simultaneous"] - family.table["estimate"]
    assert_allclose(half / family.table["se"], numbers["critical"], atol=2e-3)
    holm, plain = ts.adjust_p_values(pairs).table, pairs.table
    assert (plain["p_value"] <= family.table["p_adjusted"]).all()
    assert (family.table["p_adjusted"] <= ts.adjust_p_values(pairs, "bonferroni").table["p_adjusted"] + 1e-12).all()
    assert "low_simultaneous" not in holm


def test_single_step_of_one_test_is_the_test(means: ts.Estimates) -> None:
    one = means.difference("good", "bad")
    family = ts.adjust_p_values(one, "single-step")
    assert_allclose(family.table["p_adjusted"], one.table["p_value"], rtol=1e-10)
    assert_allclose(family.table[["low_simultaneous", "high_simultaneous"]], one.table[["low", "high"]], rtol=1e-8)


def test_simultaneous_intervals_hold_together() -> None:
    # Independent differences: the share of samples in which all three intervals hold.
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"group": np.repeat(["a", "b", "c"], 40)})
    held = 0
    for _ in range(60):
        design = ts.SurveyDesign(frame.assign(y=rng.normal(size=120)))
        table = ts.adjust_p_values(design.mean("y", by="group").pairwise(), "single-step").table
        held += bool(((table["low_simultaneous"] < 0) & (table["high_simultaneous"] > 0)).all())
    assert 51 <= held <= 60


def test_joint_wald_test(means: ts.Estimates, reference: dict[str, Any]) -> None:
    numbers = reference["comparisons"]["wald"]
    two = means.contrast([[1, 0, 0], [0, 1, 0]])
    test = two.wald(2300)
    assert (test.statistic, test.p_value) == pytest.approx((numbers["statistic"], numbers["p_value"]), rel=1e-8)
    assert (test.df, test.df_denominator) == (2, means.df)
    # Of three differences between three means, the third follows from the others.
    assert means.pairwise().wald().statistic == pytest.approx(means.contrast([[1, -1, 0], [1, 0, -1]]).wald().statistic)
    assert means.pairwise().wald().df == 2


def test_joint_wald_test_of_nothing(design: ts.SurveyDesign) -> None:
    empty = design.assign(wave=pd.Categorical([2024] * 6 + [2026] * 6, [2022, 2024, 2026])).mean("trust", by="wave")
    with pytest.raises(InputError, match="standard errors in every row"):
        empty.wald()
    constant = design.assign(y=1.0).mean("y", by="origin").wald()
    assert np.isnan([constant.statistic, constant.p_value]).all()
    assert constant.flags == "no variance to test against"


def test_errors(means: ts.Estimates) -> None:
    with pytest.raises(InputError, match="no method 'tukey'; available: holm, bonferroni"):
        ts.adjust_p_values([0.1], "tukey")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not tested against anything; take their pairwise"):
        ts.adjust_p_values(means)
    with pytest.raises(InputError, match="none of the tests has a p value"):
        ts.adjust_p_values([])
    with pytest.raises(InputError, match="p values are between 0 and 1"):
        ts.adjust_p_values([0.1, 1.2])
    with pytest.raises(InputError, match="each test is a p value or the result of a test; got str"):
        ts.adjust_p_values(["a"])
    with pytest.raises(InputError, match="several tests or p values; got float"):
        ts.adjust_p_values(0.1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match='"single-step" needs Estimates'):
        ts.adjust_p_values([0.1, 0.2], "single-step")
    with pytest.raises(InputError, match="alpha is a probability"):
        ts.adjust_p_values([0.1], alpha=5)
    with pytest.raises(UnknownNameError, match="no column 'wave'; available: view"):
        means.pairwise("wave")
    with pytest.raises(InputError, match="has one value only"):
        means.at(view="good").pairwise()
