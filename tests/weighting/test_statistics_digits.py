"""Statistics where a digit decides: shares that meet p, degrees of freedom, numbers that differ little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts

RULES = ["math", "school", "shahvaish", *(f"hf{number}" for number in range(1, 10))]


@pytest.mark.parametrize("rule", RULES)
def test_quantiles_of_few_answers(rule: Any) -> None:
    for values in ([4.0, 9.0], [4.0, 4.0, 9.0]):
        design = ts.SurveyDesign(pd.DataFrame({"y": values, "w": np.arange(len(values)) + 1.0}), weights="w")
        table = design.quantile("y", [0, 0.3, 0.5, 1], rule=rule).table
        inside = table["estimate"].between(min(values), max(values))
        # Below the first share R's rule goes on in a straight line.
        assert inside.all() if rule != "hf4" else inside[2:].all()
        assert table["estimate"].iloc[-1] == max(values)


def test_what_calibration_fixes_has_no_rounding_error_for_a_design_effect() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 300), "w": rng.random(300) + 0.5})
    raked = ts.SurveyDesign(frame, weights="w").rake({"sex": {"f": 0.51, "m": 0.49}})
    table = raked.proportion("sex").table
    assert (table["se"] < 1e-12).all()
    kish = raked.diagnostics(by="sex").n_effective
    np.testing.assert_allclose(table["n_effective"], kish)


def test_shares_that_meet_p_to_the_last_digit() -> None:
    """R holds the inverse of weights, so that 1.1 or 7.7 is a digit off and answers of one weight decide otherwise.

    R: svyquantile(~x, svydesign(~1, weights = ~w, data), c(0.4, 0.8)) and svyquantile(..., 0.3, qrule = "hf7").
    """
    five = ts.SurveyDesign(pd.DataFrame({"x": [1, 3, 2, 1, 4], "w": 7.7}), weights="w")
    assert five.quantile("x", [0.4, 0.8]).table["estimate"].tolist() == [2, 4]
    # Replicate weights stand beside the weights themselves: svrepdesign(weights = ~w, repweights = ...).
    given = five.data.assign(one=[0, 11, 11, 11, 11], other=[11, 0, 11, 11, 11])
    imported = ts.SurveyDesign(given, weights="w", replicate_weights=["one", "other"], replicate_type="JK1")
    assert imported.quantile("x", [0.4, 0.8]).table["estimate"].tolist() == [1, 3]
    # At 0.3 the fourth answer stands, and it counts among those up to it.
    answers = [11, 40, 54, 67, 70, 73, 86, 92, 93, 96, 97]
    table = ts.SurveyDesign(pd.DataFrame({"x": answers, "w": 7.7}), weights="w").quantile("x", 0.3, rule="hf7").table
    assert table["estimate"].item() == 67
    assert_allclose(table[["low", "high"]].to_numpy(float)[0], [18.160642509620416, 92.025808565498977], rtol=1e-12)


def test_degrees_of_freedom_of_quantiles_from_replicates(extract: Callable[[str], pd.DataFrame]) -> None:
    """R: svyquantile(~high, as.svrepdesign(d), interval.type = "quantile", na.rm = TRUE): 13, those of who answered."""
    frame = extract("apiclus2")
    frame = frame.assign(high=frame["api00"].where(frame["stype"] == "H"))
    design = ts.SurveyDesign(frame, weights="pw", clusters="dnum").with_replicates("JK1")
    assert design.df == 39
    for table in (
        design.quantile("high", [0.25, 0.5], interval="quantile").table,
        design.quantile("api00", [0.25, 0.5], by="stype", interval="quantile").at(stype="H").table,
    ):
        assert_allclose(table["se"], [106.4451619380, 12.8706060463], rtol=1e-10)
        assert_allclose(table["low"], [249.039208517, 599.194746108], rtol=1e-10)
        assert_allclose(table["high"], [708.960791483, 654.805253892], rtol=1e-10)


def test_implied_weights_to_the_last_digit(extract: Callable[[str], pd.DataFrame]) -> None:
    """R: weights(svydesign(~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2))."""
    design = ts.SurveyDesign(extract("apiclus2"), clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    assert design.weights.iloc[[0, 21, 67, 78, 83, 112]].tolist() == [
        18.925000000000001,
        41.635000000000005,
        136.26000000000002,
        26.495000000000001,
        272.52000000000004,
        34.065000000000005,
    ]


def test_rows_of_the_beta_interval(synthetic: pd.DataFrame) -> None:
    """R: svyciprop(~I(trust > 5.5), d, method = "beta", na.rm = TRUE), where 54 of 640 did not answer; svyby of it."""
    frame = synthetic.assign(high=(synthetic["trust"] > 5.5).where(synthetic["trust"].notna()))
    design = ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="psu")
    whole = design.proportion("high", interval="beta").at(level=True).table
    assert_allclose(whole[["low", "high"]].to_numpy(float)[0], [0.422180525738251, 0.5332495685503065], rtol=1e-9)
    parts = design.proportion("high", by="sex", interval="beta").at(level=True).table
    assert_allclose(parts["low"], [0.40441537335405, 0.41174530540513], rtol=1e-9)
    assert_allclose(parts["high"], [0.55254981220746, 0.54272514106689], rtol=1e-9)


def test_whole_degrees_of_freedom_of_the_saddlepoint(extract: Callable[[str], pd.DataFrame]) -> None:
    """R: svychisq(~stype + sch.wide, statistic = "saddlepoint"), with 398 degrees of freedom but for rounding."""
    design = ts.SurveyDesign(extract("apisrs"), weights="pw", fpc="fpc")
    test = design.chisq("stype", "sch.wide", statistic="saddlepoint")
    assert test.p_value == pytest.approx(2.2462001591989e-06, rel=1e-7)


def test_means_of_numbers_that_differ_little_keep_their_digits() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            # Multiples of 1/64, so that adding 2**34 loses nothing.
            "y": np.round(rng.normal(size=600) * 64) / 64,
            "w": rng.uniform(1, 5, 600),
            "s": np.repeat(list("ABC"), 200),
            "c": np.arange(600) // 4,
            "g": rng.choice(list("xyz"), 600),
        }
    )
    frame["far"] = frame["y"] + 2.0**34
    design = ts.SurveyDesign(
        frame.assign(some=frame["far"].where(frame.index % 7 > 0)), weights="w", strata="s", clusters="c"
    )
    raked = design.rake({"g": {"x": 300, "y": 400, "z": 300}})
    for each in (design, raked, design.with_replicates("JKn"), raked.with_replicates("bootstrap", 50, seed=1)):
        near, far = each.mean("y", by="g"), each.mean("far", by="g")
        assert_allclose(far.covariance, near.covariance, rtol=1e-9, atol=1e-15)
        assert_allclose(far.table["estimate"] - 2.0**34, near.table["estimate"], atol=1e-5)
        assert_allclose(far.table[["deff", "n_effective"]], near.table[["deff", "n_effective"]], rtol=1e-9)
        assert_allclose(far.difference("x", "y").table["se"], near.difference("x", "y").table["se"], rtol=1e-9)
        both = each.mean(["y", "far", "some"])
        assert both.table["se"].iloc[1] == pytest.approx(both.table["se"].iloc[0], rel=1e-9)
