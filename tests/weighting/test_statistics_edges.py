"""What ratios, quantiles, moments and tests say where there is little or nothing to say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import InputError, UnknownNameError

RULES = ["math", "school", "shahvaish", *(f"hf{number}" for number in range(1, 10))]


@pytest.fixture
def clusters() -> ts.SurveyDesign:
    """Sixty people in twelve clusters of two strata."""
    rng = np.random.default_rng(1)
    n = 60
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 3, n),
            "stratum": np.repeat(["p", "q"], 30),
            "cluster": np.repeat(range(12), 5),
            "y": rng.normal(size=n),
            "x": rng.normal(size=n) + 2,
            "heaped": rng.integers(1, 6, n),
            "group": rng.choice(["u", "v", "w"], n),
            "constant": 3.1,
            "silent": np.nan,
            "two": [5.0, 7.0] + [np.nan] * 58,
            "solo": ["one"] + ["rest"] * 59,
            "half": pd.Categorical(rng.choice(["k", "l"], n), ["k", "l", "nobody"]),
        }
    )
    return ts.SurveyDesign(frame, weights="w", strata="stratum", clusters="cluster")


def test_constant_answers(clusters: ts.SurveyDesign) -> None:
    for estimates in (clusters.variance("constant"), clusters.standard_deviation("constant")):
        row = estimates.table.iloc[0]
        assert (row["estimate"], row["se"], row["flags"]) == (0, 0, "all answers alike")
    r = clusters.correlation("constant", "y").table.iloc[0]
    assert np.isnan(r[["estimate", "se", "low", "high"]].astype(float)).all()
    assert r["flags"] == "all answers alike"
    quantiles = clusters.quantile("constant", [0, 0.5, 1]).table
    assert quantiles[["estimate", "low", "high"]].eq(3.1).all(axis=None)
    # Rounding is no variance: a constant differs from nothing.
    for test in (
        clusters.ttest("constant", mean=3),
        clusters.ttest("constant", by="stratum"),
        clusters.ranktest("constant", "stratum"),
        clusters.ranktest("constant", "group"),
    ):
        assert np.isnan([test.statistic, test.p_value]).all()
        assert test.flags == "no variance to test against"


def test_nobody_answered(clusters: ts.SurveyDesign) -> None:
    for estimates in (
        clusters.ratio("silent", "x"),
        clusters.ratio("x", "silent"),
        clusters.variance("silent"),
        clusters.correlation("silent", "x"),
        clusters.quantile("silent", 0.5),
        clusters.median("silent", by="stratum"),
    ):
        table = estimates.table
        assert table["n"].eq(0).all()
        assert table["flags"].eq("no answers").all()
        assert table[["estimate", "se", "low", "high", "n_effective", "deff"]].isna().all(axis=None)
        assert np.isnan(estimates.covariance).all()
    test = clusters.ttest("silent")
    assert (test.n, test.flags) == (0, "no answers")
    assert np.isnan([test.estimate, test.statistic, test.p_value]).all()


def test_one_answer_says_nothing_of_others(clusters: ts.SurveyDesign) -> None:
    for estimates in (
        clusters.ratio("y", "x", by="solo"),
        clusters.variance("y", by="solo"),
        clusters.correlation("y", "x", by="solo"),
        clusters.median("y", by="solo"),
    ):
        one, rest = estimates.at(solo="one").table.iloc[0], estimates.at(solo="rest").table.iloc[0]
        assert (one["n"], one["flags"]) == (1, "one respondent")
        assert np.isnan([one["low"], one["high"]]).all()
        assert rest["se"] > 0
    assert clusters.median("y", by="solo").table["estimate"].iloc[0] == clusters.data["y"].iloc[0]
    for test in (clusters.ttest("y", by="solo"), clusters.ranktest("y", "solo")):
        assert test.flags == "one respondent"
        assert np.isnan([test.se, test.p_value]).all()
        assert not np.isnan(test.estimate)


def test_answers_of_one_cluster_have_no_error_between_clusters(clusters: ts.SurveyDesign) -> None:
    for estimates in (clusters.mean("two"), clusters.variance("two"), clusters.ratio("two", "x")):
        row = estimates.table.iloc[0]
        assert (row["n"], row["flags"]) == (2, "one cluster")
        assert np.isnan(row[["low", "high", "deff"]].astype(float)).all()
        assert row["n_effective"] <= 2


def test_categories_that_nobody_has(clusters: ts.SurveyDesign) -> None:
    for estimates in (clusters.ratio("y", "x", by="half"), clusters.median("y", by="half")):
        row = estimates.at(half="nobody").table.iloc[0]
        assert (row["n"], row["flags"]) == (0, "empty")
    test = clusters.chisq("half", "group")
    assert test.shares.table["half"].unique().tolist() == ["k", "l"]
    assert clusters.ttest("y", by="half").n == 60
    fit = clusters.goodness_of_fit("half", {"k": 0.4, "l": 0.3, "nobody": 0.3})
    assert fit.p_value < 0.05


def test_a_denominator_of_nothing(clusters: ts.SurveyDesign) -> None:
    row = clusters.assign(nothing=0.0).ratio("y", "nothing").table.iloc[0]
    assert row["flags"] == "denominator adds up to 0"
    assert np.isnan([row["estimate"], row["se"]]).all()


def test_quantiles_at_the_ends(clusters: ts.SurveyDesign) -> None:
    table = clusters.quantile("y", [0.01, 0.5, 1]).table
    assert table["flags"].tolist() == ["interval reaches past the answers", "", "interval reaches past the answers"]
    assert np.isnan(table["low"].iloc[0])
    assert not np.isnan(table["high"].iloc[0])
    assert table["se"].isna().tolist() == [True, False, True]


def test_differences_of_medians_use_the_covariance(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    medians = design.median("income", by="wave")
    gap = medians.difference(2026, 2024).table.iloc[0]
    v = medians.covariance
    assert v[0, 1] != 0
    assert gap["se"] ** 2 == pytest.approx(v[0, 0] + v[1, 1] - 2 * v[0, 1])
    both = design.quantile("income", [0.5, 0.51])
    assert both.covariance[0, 1] / np.sqrt(both.covariance[0, 0] * both.covariance[1, 1]) > 0.9


def test_several_variables_are_those_one_by_one(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    for verb, columns in (("median", ["trust", "income"]), ("variance", ["trust", "income"])):
        both = getattr(design, verb)(columns, by="wave")
        for name in columns:
            pd.testing.assert_frame_equal(
                both.at(variable=name).table.drop(columns="variable"), getattr(design, verb)(name, by="wave").table
            )
    ratios = design.ratio(["trust", "contact"], "income")
    assert ratios.table["n"].nunique() == 2
    assert_allclose(ratios.table["se"].iloc[1], design.ratio("contact", "income").table["se"].iloc[0])
    r = design.correlation(["trust", "income", "contact"]).table
    assert list(zip(r["variable"], r["other"], strict=True)) == [
        ("trust", "income"),
        ("trust", "contact"),
        ("income", "contact"),
    ]
    assert r["n"].eq(r["n"].iloc[0]).all()


def test_intervals_of_correlations_stay_within_one(clusters: ts.SurveyDesign) -> None:
    near = clusters.assign(z=clusters.data["y"] + 0.05 * clusters.data["x"])
    row = near.correlation("y", "z").table.iloc[0]
    assert 0.98 < row["low"] < row["estimate"] < row["high"] < 1
    same = clusters.assign(z=2 * clusters.data["y"]).correlation("y", "z").table.iloc[0]
    assert same["estimate"] == pytest.approx(1)


def test_large_numbers_keep_their_variance(clusters: ts.SurveyDesign) -> None:
    far = clusters.assign(far=1e12 + clusters.data["heaped"])
    assert_allclose(far.variance("far").table["estimate"], clusters.variance("heaped").table["estimate"], rtol=1e-9)
    assert_allclose(far.variance("far").table["se"], clusters.variance("heaped").table["se"], rtol=1e-9)


def test_weights_below_zero(clusters: ts.SurveyDesign) -> None:
    counts = {"u": 1.0, "v": 60.0, "w": 59.0}
    first = clusters.data["group"] == "u"
    assert first.sum() > 5
    linear = clusters.assign(z=np.where(first, 5.0, 0.0) + clusters.data["y"]).calibrate(
        {"group": counts, "z": -100.0}, method="linear"
    )
    assert (linear.weights < 0).any()
    assert "weights below 0" in linear.median("x").table["flags"].iloc[0]
    for rule in RULES:
        assert np.isfinite(linear.quantile("x", 0.5, rule=rule).table["estimate"]).all()
    assert np.isfinite(linear.correlation("x", "y").table["estimate"]).all()


@pytest.mark.parametrize("statistic", ["F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint"])
def test_tables_that_say_too_little(clusters: ts.SurveyDesign, statistic: Any) -> None:
    with pytest.raises(InputError, match="needs two levels or more in each variable, but 'constant' has 1"):
        clusters.chisq("constant", "group", statistic)
    with pytest.raises(InputError, match="'silent' has 0 among those who answered both"):
        clusters.chisq("silent", "group", statistic)
    with pytest.raises(InputError, match="'group' is named twice"):
        clusters.chisq("group", "group", statistic)
    # What calibration fixes has no variance.
    joint = {("half", "stratum"): {("k", "p"): 30, ("k", "q"): 20, ("l", "p"): 20, ("l", "q"): 30}}
    fixed = clusters.rake(joint).chisq("half", "stratum", statistic)
    assert np.isnan([fixed.statistic, fixed.p_value]).all()
    assert fixed.test.flags == "no variance to test against"
    # More cells than clusters.
    if statistic in ("Wald", "adjWald"):
        wide = clusters.assign(many=np.arange(60) % 20).chisq("many", "group", statistic)
        assert np.isnan(wide.p_value)
        assert wide.test.flags == "fewer degrees of freedom than the table has"


def test_an_empty_cell_is_a_cell(clusters: ts.SurveyDesign) -> None:
    group = clusters.data["group"].where(clusters.data["half"] != "k", "u")
    test = clusters.assign(group=group).chisq("half", "group")
    empty = test.counts.at(half="k", group="w").table.iloc[0]
    assert (empty["estimate"], empty["flags"]) == (0, "empty")
    assert test.p_value < 0.01
    share = test.row_shares.at(half="k", group="w").table.iloc[0]
    assert share["low"] == 0 < share["high"]


@pytest.mark.parametrize("seed", [18, 22, 36, 37, 39, 43, 46])
def test_fewer_filled_cells_than_degrees_of_freedom(seed: int) -> None:
    rng = np.random.default_rng(seed)
    filled = rng.choice(rng.choice(16, 8, replace=False), 60)
    frame = pd.DataFrame({"a": filled // 4, "b": filled % 4, "w": rng.random(60) + 0.5})
    test = ts.SurveyDesign(frame, weights="w").chisq("a", "b")
    assert np.isnan(test.p_value)
    assert test.test.flags == "too many empty cells"


def test_shares_of_a_table_are_those_of_proportion(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    answered = design.domain(synthetic["view"].notna() & synthetic["contact"].notna())
    for each in (design, design.with_replicates("JKn")):
        test = each.chisq("contact", "view")
        inside = answered if each is design else answered.with_replicates("JKn")
        rows = inside.proportion("view", by="contact", interval="xlogit")
        columns = inside.proportion("contact", by="view", interval="xlogit")
        for name in ("estimate", "se", "low", "high", "n", "deff"):
            assert_allclose(test.row_shares.table[name], rows.table[name], rtol=1e-9)
        by_row = columns.table.sort_values(["level", "view"])
        assert_allclose(test.column_shares.table["se"], by_row["se"], rtol=1e-9)
        assert test.shares.table["estimate"].sum() == pytest.approx(1)


def test_choices_that_do_not_exist(clusters: ts.SurveyDesign) -> None:
    with pytest.raises(InputError, match="no rule 'hf10' for quantiles; available: math, school"):
        clusters.quantile("y", 0.5, rule="hf10")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no interval 'score' for quantiles; available: mean, beta"):
        clusters.median("y", interval="score")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="needs replicates; make them by with_replicates"):
        clusters.median("y", interval="quantile")
    for p in (1.5, -0.1, "half", [], [0.5, "a"], True, float("nan"), None):
        with pytest.raises(InputError, match="p is a share between 0 and 1"):
            clusters.quantile("y", p)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="p names a share twice"):
        clusters.quantile("y", [0.5, 0.5])
    with pytest.raises(InputError, match="no statistic 'G'; available: F, Chisq"):
        clusters.chisq("group", "half", "G")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no rank test 'sign'; available: wilcoxon"):
        clusters.ranktest("y", "half", "sign")  # type: ignore[arg-type]
    for verb in (clusters.variance, clusters.median, clusters.standard_deviation):
        with pytest.raises(InputError, match="of 'group' needs numbers or true/false"):
            verb("group")
        with pytest.raises(UnknownNameError, match="no column 'yy'"):
            verb("yy")
        with pytest.raises(InputError, match="at least one variable"):
            verb([])
    with pytest.raises(InputError, match="at least one numerator"):
        clusters.ratio([], "x")
    with pytest.raises(InputError, match="two variables"):
        clusters.correlation("y")
    with pytest.raises(InputError, match="two different variables"):
        clusters.correlation("y", "y")
    with pytest.raises(InputError, match=r"compares two groups, but 'group' has 3 \(u, v, w\)"):
        clusters.ttest("y", by="group")
    with pytest.raises(InputError, match="not both"):
        clusters.ttest("y", by="half", mean=3)
    with pytest.raises(InputError, match="against is a number"):
        clusters.ttest("y", mean="3")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="infinite in 1 rows"):
        clusters.assign(z=[np.inf] + [0.0] * 59).median("z")


def test_given_shares(clusters: ts.SurveyDesign) -> None:
    whole = clusters.goodness_of_fit("group", {"u": 1, "v": 1, "w": 2})
    assert whole.p_value == pytest.approx(clusters.goodness_of_fit("group", {"w": 0.5, "u": 0.25, "v": 0.25}).p_value)
    with pytest.raises(UnknownNameError, match="no level of 'group' 'z'; available: u, v, w"):
        clusters.goodness_of_fit("group", {"u": 0.5, "z": 0.5})
    with pytest.raises(InputError, match="level 'w' of 'group' has no share"):
        clusters.goodness_of_fit("group", {"u": 0.5, "v": 0.5})
    for shares in ({"u": 0, "v": 1, "w": 1}, {"u": "a", "v": 1, "w": 1}):
        with pytest.raises(InputError, match="numbers above 0"):
            clusters.goodness_of_fit("group", shares)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="are a mapping"):
        clusters.goodness_of_fit("group", [0.5, 0.5])  # type: ignore[arg-type]


def test_design_effects_side_by_side(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    table = design.design_effects(["trust", "income"], by="wave")
    assert list(table.columns) == ["wave", "variable", "n", "kish", "taylor", "replicates"]
    assert table["replicates"].isna().all()
    assert_allclose(table["taylor"], design.mean(["trust", "income"], by="wave").table["deff"])
    w = synthetic["weight"]
    assert design.design_effects("income")["kish"].iloc[0] == pytest.approx(len(w) * (w**2).sum() / w.sum() ** 2)
    pairs = synthetic.assign(pair=np.arange(len(synthetic)) // 2)
    halves = ts.SurveyDesign(pairs, strata="pair", single_cluster="certainty")
    balanced = halves.with_replicates("BRR").design_effects("income").iloc[0]
    assert balanced["taylor"] == pytest.approx(halves.design_effects("income")["taylor"].iloc[0])
    both = design.with_replicates("JKn").design_effects("trust").iloc[0]
    assert both["taylor"] == pytest.approx(design.design_effects("trust")["taylor"].iloc[0])
    assert both["replicates"] == pytest.approx(both["taylor"], rel=0.02)
    assert both["replicates"] != both["taylor"]


@pytest.mark.parametrize("verb", ["median", "variance", "correlation", "ratio"])
def test_order_of_rows_and_scale_of_weights_do_not_matter(synthetic: pd.DataFrame, verb: str) -> None:
    def estimated(frame: pd.DataFrame) -> pd.DataFrame:
        design = ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="psu")
        arguments = ("income", "trust") if verb in ("correlation", "ratio") else ("income",)
        return getattr(design, verb)(*arguments, by="wave").table[["estimate", "se", "low", "high"]]

    plain = estimated(synthetic)
    assert_allclose(estimated(synthetic.sample(frac=1, random_state=1)), plain, rtol=1e-9)
    assert_allclose(estimated(synthetic.assign(weight=synthetic["weight"] * 0.125)), plain, rtol=1e-9)


def test_intervals_hold_and_tests_reject_as_often_as_they_say() -> None:
    """Of 60 samples of 30 clusters: medians and ratios within their intervals, and tests of what is true."""
    rng = np.random.default_rng(7)
    cluster = np.repeat(np.arange(30), 5)
    held, rejected = {"median": 0, "ratio": 0}, {"chisq": 0, "plain": 0, "ttest": 0}
    for _ in range(60):
        effect = rng.normal(size=30)[cluster]
        y = effect + rng.normal(size=150)
        frame = pd.DataFrame(
            {
                "cluster": cluster,
                "y": y,
                "x": 4 + rng.normal(size=150),
                "group": np.where(rng.normal(size=30)[cluster] + 0.5 * rng.normal(size=150) > 0, "p", "q"),
                "other": np.where(effect + rng.normal(size=150) > 0, "r", "s"),
            }
        )
        design = ts.SurveyDesign(frame, clusters="cluster")
        for name, estimates, truth in (("median", design.median("y"), 0), ("ratio", design.ratio("y", "x"), 0)):
            row = estimates.table.iloc[0]
            held[name] += bool(row["low"] <= truth <= row["high"])
        rejected["chisq"] += design.chisq("group", "other").p_value < 0.05
        rejected["plain"] += ts.SurveyDesign(frame).chisq("group", "other").p_value < 0.05
        rejected["ttest"] += design.ttest("y", by="group").p_value < 0.05
    assert all(52 <= number <= 60 for number in held.values()), held
    assert max(rejected["chisq"], rejected["ttest"]) <= 8, rejected
    # A test that takes the members of a cluster for independent rejects too often.
    assert rejected["plain"] > rejected["chisq"] + 2, rejected


@pytest.mark.parametrize("verb", ["median", "variance", "ratio", "chisq", "ttest"])
def test_two_half_rows_are_one(synthetic: pd.DataFrame, verb: str) -> None:
    # The number of answers changes, and with it only n / (n - 1) of variances.
    def result(frame: pd.DataFrame) -> list[float]:
        design = ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="psu")
        if verb == "chisq":
            test = design.chisq("view", "origin")
            return [test.statistic, test.df, test.p_value]
        if verb == "ttest":
            other = design.ttest("income", by="sex")
            return [other.estimate, other.statistic, other.p_value]
        arguments = ("income", "trust") if verb == "ratio" else ("income",)
        row = getattr(design, verb)(*arguments).table.iloc[0]
        correction = row["n"] / (row["n"] - 1) if verb == "variance" else 1
        return [float(row["estimate"]) / correction, float(row["se"]) / correction]

    twice = pd.concat([synthetic, synthetic]).assign(weight=lambda frame: frame["weight"] / 2)
    assert_allclose(result(twice), result(synthetic), rtol=1e-9)


def test_what_weights_below_zero_cannot_give_is_missing_and_says_why() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"y": rng.normal(5, 2, 48), "x": rng.normal(size=48), "g": list("xyz") * 16, "w": rng.uniform(1, 3, 48)}
    ).assign(k=lambda f: np.where(f["y"] < 4, "low", "high"))
    design = ts.SurveyDesign(frame, weights="w")
    linear = design.calibrate({"y": 700.0, "g": {"x": 30, "y": 30, "z": 40}}, method="linear")
    assert linear.weights[frame["k"] == "low"].sum() < 0

    variance, deviation = linear.variance("y", by="g").table, linear.standard_deviation("y", by="g").table
    below = variance["estimate"] < 0
    assert below.any()
    assert deviation.loc[below, ["estimate", "se", "low", "high"]].isna().all(axis=None)
    assert deviation.loc[~below, ["estimate", "se"]].notna().all(axis=None)
    for interval in ("logit", "wilson", "beta", "asin"):
        shares = linear.proportion("k", interval=interval).table
        assert shares["low"].isna().all()
        assert (shares["flags"] == "weights below 0").all()
    for table in (variance, deviation, linear.correlation("y", "x", by="g").table):
        assert (table["flags"] == "weights below 0").all()
    assert linear.chisq("k", "g").test.flags == "cells below 0, of weights below 0"
    assert ts.reliability(linear, ["y", "x"]).n == 48
