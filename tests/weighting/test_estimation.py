"""Means, totals, proportions and differences by domain; what is missing, empty or alone."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.weighting.estimation.intervals import wilson_interval

COLUMNS = ["estimate", "se", "low", "high", "n", "n_effective", "deff", "flags"]


def test_table(design: ts.SurveyDesign) -> None:
    mean = design.mean("trust")
    assert list(mean.table.columns) == COLUMNS
    assert mean.df == 11
    assert mean.by == ()
    row = mean.table.iloc[0]
    assert row["n"] == 12
    assert row["flags"] == ""
    assert row["estimate"] == pytest.approx(np.average(design.data["trust"], weights=design.data["w"]))
    assert list(design.mean(["trust", "w"], by=["origin", "age"]).table.columns) == [
        "origin",
        "age",
        "variable",
        *COLUMNS,
    ]
    assert list(design.proportion("age", by="origin").table.columns) == ["origin", "level", *COLUMNS]


def test_a_slip_in_a_long_list_of_columns_is_answered_with_the_nearest() -> None:
    frame = pd.DataFrame({f"q{place:02d}": [0.0, 1.0] for place in range(30)}).assign(Trust=[1.0, 2.0])
    with pytest.raises(UnknownNameError, match="no column 'trst'; near it: Trust; available: q00, q01,"):
        ts.SurveyDesign(frame).mean("trst")
    with pytest.raises(UnknownNameError, match="no column 'zzzzzz'; available: q00, q01,") as caught:
        ts.SurveyDesign(frame).mean("zzzzzz")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_several_variables_are_those_one_by_one(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    both = design.mean(["trust", "income"], by="origin")
    for name in ("trust", "income"):
        one = design.mean(name, by="origin")
        selected = both.at(variable=name)
        assert_allclose(selected.table["estimate"], one.table["estimate"])
        assert_allclose(selected.covariance, one.covariance)


@pytest.mark.parametrize("dtype", ["bool", "boolean", "int64", "Int64", "float64", "Float64", "object"])
def test_true_and_false_are_one_and_zero(design: ts.SurveyDesign, dtype: str) -> None:
    yes = (design.data["trust"] > 5).astype(dtype)
    assert design.assign(yes=yes).mean("yes").table["estimate"].iloc[0] == pytest.approx(7 / 17)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float64", "boolean", "object", "object with None"])
def test_missing_answers_of_any_type(design: ts.SurveyDesign, dtype: str) -> None:
    values = pd.Series([1, 0, 1, 1, 0, 1, None, None, 1, 0, 1, 1], dtype="Float64")
    if dtype == "object with None":
        column = pd.Series([None if pd.isna(each) else int(each) for each in values], dtype="object")
    else:
        column = values.astype(dtype)
    table = design.assign(y=column).mean("y").table
    assert table["n"].tolist() == [10]
    assert table["estimate"].iloc[0] == pytest.approx(9 / 14)
    by_level = design.assign(y=column).proportion("y").table
    assert by_level["n"].tolist() == [10, 10]
    assert by_level["estimate"].tolist() == pytest.approx([5 / 14, 9 / 14])


def test_missing_answers_do_not_drop_clusters(synthetic: pd.DataFrame) -> None:
    # Nobody of the first cluster answers: it still counts as one that was drawn.
    frame = synthetic.assign(y=synthetic["income"].mask((synthetic["stratum"] == "s1") & (synthetic["psu"] == 1)))
    design = ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="psu")
    assert design.mean("y").df == design.mean("income").df == 40
    dropped = ts.SurveyDesign(frame[frame["y"].notna()], weights="weight", strata="stratum", clusters="psu")
    assert design.mean("y").table["estimate"].iloc[0] == pytest.approx(dropped.mean("y").table["estimate"].iloc[0])
    assert design.mean("y").table["se"].iloc[0] != pytest.approx(dropped.mean("y").table["se"].iloc[0])


def test_domains_are_on_the_whole_design(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    by = design.mean("trust", by="origin").at(origin="mixed")
    inside = design.domain(synthetic["origin"] == "mixed").mean("trust")
    assert_allclose(by.covariance, inside.covariance)
    dropped = ts.SurveyDesign(
        synthetic[synthetic["origin"] == "mixed"], weights="weight", strata="stratum", clusters="psu"
    )
    assert by.table["se"].iloc[0] != pytest.approx(dropped.mean("trust").table["se"].iloc[0], rel=1e-6)


@pytest.mark.parametrize("kind", ["float", "object", "Int64", "category"])
def test_all_missing_item(design: ts.SurveyDesign, kind: str) -> None:
    column = pd.Series([None] * 12, dtype=kind) if kind != "category" else pd.Series(pd.Categorical([None] * 12, ["x"]))
    silent = design.assign(y=column)
    table = silent.proportion("y", by="origin").table
    assert table["n"].tolist() == [0, 0]
    assert table["flags"].tolist() == ["no answers"] * 2
    assert table[["estimate", "se", "low", "high", "n_effective", "deff"]].isna().all(axis=None)
    if kind != "category":
        table = silent.mean("y").table
        assert table["n"].tolist() == [0]
        assert table["flags"].tolist() == ["no answers"]
        assert table[["estimate", "se", "low", "high"]].isna().all(axis=None)
        assert np.isnan(silent.total("y").covariance).all()


def test_domain_of_one_respondent(design: ts.SurveyDesign) -> None:
    alone = design.assign(group=["one"] + ["rest"] * 11)
    row = alone.mean("trust", by="group").table.iloc[0]
    assert (row["estimate"], row["n"], row["flags"]) == (3.0, 1, "one respondent")
    assert row["se"] == 0
    assert np.isnan([row["low"], row["high"], row["deff"]]).all()
    shares = alone.proportion("age", by="group").at(group="one").table
    assert shares["estimate"].tolist() == [1, 0]
    assert (shares["high"] - shares["low"] > 0.5).all()


def test_unused_categories_are_rows(design: ts.SurveyDesign) -> None:
    waves = design.assign(wave=pd.Categorical([2024] * 12, [2022, 2024, 2026]))
    estimates = waves.mean("trust", by=["wave", "origin"])
    table = estimates.table
    assert table["wave"].tolist() == [2022, 2022, 2024, 2024, 2026, 2026]
    assert isinstance(table["wave"].dtype, pd.CategoricalDtype)
    assert table["n"].tolist() == [0, 0, 4, 8, 0, 0]
    assert table["flags"].tolist() == ["empty", "empty", "", "", "empty", "empty"]
    assert table.loc[table["n"] == 0, "estimate"].isna().all()
    assert_allclose(estimates.at(wave=2024).covariance, design.mean("trust", by="origin").covariance)
    shares = waves.proportion("wave").table
    assert shares["level"].tolist() == [2022, 2024, 2026]
    assert shares["estimate"].tolist() == [0, 1, 0]
    raked = waves.rake({"origin": {"a": 50, "b": 50}}).mean("trust", by="wave").table
    assert raked["n"].tolist() == [0, 12, 0]


def test_combinations_that_do_not_occur_are_no_rows(design: ts.SurveyDesign) -> None:
    area = ["north"] * 4 + ["south"] * 8
    table = design.assign(area=area).mean("trust", by=["area", "origin"]).table
    assert list(zip(table["area"], table["origin"], strict=True)) == [("north", "a"), ("south", "b")]


def test_rows_without_a_domain_are_counted(design: ts.SurveyDesign) -> None:
    group = pd.Series(["x", None, "y", "x", None, "x", "y", "y", "x", "x", "y", np.nan], dtype="object")
    partial = design.assign(group=group).mean("trust", by="group")
    assert partial.left_out == 3
    assert partial.table["n"].sum() == 9
    nobody = design.assign(group=None).mean("trust", by="group")
    assert len(nobody.table) == 0
    assert nobody.left_out == 12


def test_total_of_ones_is_the_population(design: ts.SurveyDesign) -> None:
    raked = design.assign(one=1).rake({"origin": {"a": 60, "b": 40}})
    total = raked.total("one", by="origin").table
    assert total["estimate"].tolist() == pytest.approx([60, 40])
    assert (total["se"] < 1e-10).all()


def test_mean_of_simple_random_sample() -> None:
    values = np.array([1.0, 4, 2, 8, 5, 7])
    row = ts.SurveyDesign(pd.DataFrame({"y": values})).mean("y").table.iloc[0]
    assert row["se"] == pytest.approx(values.std(ddof=1) / np.sqrt(6))
    assert row["deff"] == pytest.approx(1)
    assert row["n_effective"] == pytest.approx(6)
    assert row["high"] - row["estimate"] == pytest.approx(2.5705818 * row["se"])


def test_design_effect_below_one_is_legitimate(rng: np.random.Generator) -> None:
    group = np.repeat([0, 1], 50)
    frame = pd.DataFrame({"group": group, "y": 10.0 * group + rng.normal(size=100), "w": 30.0})
    row = ts.SurveyDesign(frame, weights="w").rake({"group": {0: 1400, 1: 1600}}).mean("y").table.iloc[0]
    assert 0 < row["deff"] < 0.2
    assert row["n_effective"] > 100
    assert row["flags"] == ""


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    frame = pd.DataFrame({"y": [True] * successes + [False] * (n - successes)})
    frame["y"] = pd.Categorical(frame["y"], [False, True])
    row = ts.SurveyDesign(frame).proportion("y", interval="wilson").at(level=True).table.iloc[0]
    assert (round(row["low"], 4), round(row["high"], 4)) == (low, high)


def test_wilson_on_a_complex_sample(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")
    row = design.proportion("contact", interval="wilson").at(level=1).table.iloc[0]
    p, v = row["estimate"], row["se"] ** 2
    low, high = wilson_interval(np.array([p]), np.array([p * (1 - p) / v]))
    assert (row["low"], row["high"]) == pytest.approx((low[0], high[0]))


@pytest.mark.parametrize("interval", ["logit", "wilson", "beta"])
@pytest.mark.parametrize("yes", [True, False])
def test_proportions_of_zero_and_one(interval: Any, yes: bool) -> None:
    frame = pd.DataFrame({"y": pd.Categorical([yes] * 20, [False, True]), "w": np.linspace(1, 3, 20)})
    table = ts.SurveyDesign(frame, weights="w").proportion("y", interval=interval).table.set_index("level")
    assert table.loc[yes, "estimate"] == 1
    assert table.loc[not yes, "estimate"] == 0
    assert table.loc[yes, "high"] == 1
    assert 0.75 < table.loc[yes, "low"] < 0.9
    assert table.loc[not yes, "low"] == 0
    assert table.loc[not yes, "high"] == pytest.approx(1 - table.loc[yes, "low"])
    assert (table["se"] == 0).all()


def test_unknown_interval(design: ts.SurveyDesign) -> None:
    with pytest.raises(InputError, match='available: "logit"'):
        design.proportion("age", interval="wald")  # type: ignore[arg-type]


@pytest.mark.parametrize("by", ["nowhere", ["origin", "nowhere"]])
def test_unknown_columns(design: ts.SurveyDesign, by: Any) -> None:
    with pytest.raises(UnknownNameError, match="no column 'nowhere'; available: origin, age, trust, w"):
        design.mean("trust", by=by)
    for statistic in (design.mean, design.total, design.proportion):
        with pytest.raises(UnknownNameError, match="no column 'trsut'"):
            statistic("trsut")


def test_columns_that_are_no_numbers(design: ts.SurveyDesign) -> None:
    with pytest.raises(InputError, match="mean of 'age' needs numbers"):
        design.mean("age")
    with pytest.raises(InputError, match="total of 'age' needs numbers"):
        design.total("age")
    with pytest.raises(InputError, match="needs numbers"):
        design.assign(c=pd.Categorical([1, 2] * 6)).mean("c")
    with pytest.raises(InputError, match="needs numbers"):
        design.assign(day=pd.Timestamp("2026-01-01")).mean("day")
    with pytest.raises(InputError, match="infinite in 1 rows"):
        design.assign(y=[np.inf] + [1.0] * 11).mean("y")
    with pytest.raises(InputError, match="cannot be compared"):
        design.assign(y=pd.Series([[1], [2]] * 6)).proportion("y")
    with pytest.raises(InputError, match="at least one variable"):
        design.mean([])
    with pytest.raises(InputError, match="a column twice"):
        design.mean("trust", by=["origin", "origin"])
    for wrong in ({"trust": 1}, design.data["trust"], None, [None], {"trust"}):
        with pytest.raises((UnknownNameError, InputError)):
            design.mean(wrong)  # type: ignore[arg-type]
        with pytest.raises((UnknownNameError, InputError)):
            design.proportion(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not by a Series"):
        design.mean("trust", by=design.data["origin"])


def test_difference_uses_the_covariance(synthetic: pd.DataFrame, counts: dict[Any, Any]) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu").rake({"sex": counts["sex"]})
    means = design.mean("trust", by=["wave", "origin"])
    change = means.difference(2026, 2024)
    assert list(change.table.columns) == [
        "origin",
        "difference",
        "estimate",
        "se",
        "low",
        "high",
        "p_value",
        *COLUMNS[4:],
    ]
    assert change.table["difference"].tolist() == ["2026 - 2024"] * 3
    assert change.by == ("origin",)
    v = means.covariance
    assert_allclose(change.table["se"] ** 2, [v[i, i] + v[i + 3, i + 3] - 2 * v[i, i + 3] for i in range(3)])
    assert change.covariance[0, 1] == pytest.approx(v[3, 4] - v[3, 1] - v[0, 4] + v[0, 1])
    assert (change.table["n"] == means.table["n"].to_numpy().reshape(2, 3).min(axis=0)).all()
    one = means.difference({"wave": 2026, "origin": "foreign"}, {"wave": 2026, "origin": "belgian"})
    assert one.table["difference"].tolist() == ["wave=2026, origin=foreign - wave=2026, origin=belgian"]
    assert one.table["estimate"].iloc[0] == pytest.approx(
        means.table["estimate"].iloc[4] - means.table["estimate"].iloc[3]
    )
    assert 0 < one.table["p_value"].iloc[0] < 1
    # The gap between origins, and its change: a difference of differences.
    gap = means.difference({"origin": "foreign"}, {"origin": "belgian"})
    assert gap.table["wave"].tolist() == [2024, 2026]
    assert gap.difference(2026, 2024).table["estimate"].iloc[0] == pytest.approx(
        change.table["estimate"].iloc[1] - change.table["estimate"].iloc[0]
    )


def test_difference_of_proportions_keeps_levels(design: ts.SurveyDesign) -> None:
    difference = design.proportion("age", by="origin").difference("a", "b").table
    assert difference["level"].tolist() == ["old", "young"]
    assert difference["estimate"].sum() == pytest.approx(0)


def test_difference_from_nobody_is_missing(design: ts.SurveyDesign) -> None:
    waves = design.assign(wave=pd.Categorical([2024] * 6 + [2026] * 6, [2022, 2024, 2026]))
    row = waves.mean("trust", by="wave").difference(2026, 2022).table.iloc[0]
    assert np.isnan([row["estimate"], row["se"], row["p_value"]]).all()
    assert (row["n"], row["flags"]) == (0, "empty")


def test_difference_errors(design: ts.SurveyDesign) -> None:
    means = design.mean("trust", by="origin")
    with pytest.raises(UnknownNameError, match="no value of 'origin' 'c'; available: a, b"):
        means.difference("a", "c")
    with pytest.raises(UnknownNameError, match="no column 'wave'; available: origin"):
        means.difference({"wave": 1}, {"wave": 2})
    with pytest.raises(InputError, match="same columns"):
        means.difference("a", {"age": "old"})
    with pytest.raises(InputError, match="needs domains"):
        design.mean("trust").difference(1, 2)
    with pytest.raises(UnknownNameError, match="no value"):
        means.at(origin="z")


def test_contrast(design: ts.SurveyDesign) -> None:
    means = design.mean("trust", by="origin")
    contrast = means.contrast([[1, -1], [0.5, 0.5]], ["gap", "middle"])
    assert contrast.table["contrast"].tolist() == ["gap", "middle"]
    assert contrast.table["se"].iloc[0] == pytest.approx(means.difference("a", "b").table["se"].iloc[0])
    for wrong in ([1, 2, 3], "gap", [[1, np.nan]], np.zeros((1, 1, 2))):
        with pytest.raises(InputError):
            means.contrast(wrong)
    with pytest.raises(InputError, match="as many labels"):
        means.contrast([[1, -1]], ["gap", "more"])


def test_index_of_the_data_plays_no_part(small: pd.DataFrame, design: ts.SurveyDesign) -> None:
    margins = {"origin": {"a": 0.5, "b": 0.5}}
    expected = design.rake(margins).mean("trust", by="age").table
    for index in ([7] * 12, list("abcdefghijkl"), pd.date_range("2026-01-01", periods=12)):
        other = ts.SurveyDesign(small.set_axis(index, axis=0), weights="w").rake(margins)
        assert other.weights.index.equals(other.data.index)
        pd.testing.assert_frame_equal(other.mean("trust", by="age").table, expected)


@pytest.mark.parametrize("name", ["n", "estimate", "difference"])
def test_domains_called_as_results_are(design: ts.SurveyDesign, name: str) -> None:
    with pytest.raises(InputError, match=f"by names {name}, which the table of results has itself"):
        design.assign(**{name: 1}).mean("trust", by=name)
    with pytest.raises(InputError, match="by names level"):
        design.assign(level=1).proportion("age", by="level")


def test_too_many_estimates() -> None:
    design = ts.SurveyDesign(pd.DataFrame({"y": np.linspace(0, 1, 6000)}))
    with pytest.raises(InputError, match="6000 estimates"):
        design.proportion("y")
    with pytest.raises(InputError, match="6000 estimates"):
        design.mean("y", by="y")


@pytest.mark.parametrize(
    "values",
    [
        [2024, 2026],
        [2024.0, 2026.0],
        ["x", "y"],
        [False, True],
        pd.array([1, 2], dtype="Int64"),
        pd.array([False, True], dtype="boolean"),
        pd.to_datetime(["2024-01-01", "2026-01-01"]),
        pd.to_datetime(["2024-01-01", "2026-01-01"]).tz_localize("Europe/Brussels"),
        pd.period_range("2024", periods=2, freq="Y"),
        np.array([1, "x"], dtype="object"),
        pd.Categorical(["b", "a"], ["b", "a"], ordered=True),
    ],
    ids=str,
)
def test_domains_of_any_type(design: ts.SurveyDesign, values: Any) -> None:
    column = pd.Series(values).take([0] * 4 + [1] * 8).reset_index(drop=True)
    means = design.assign(group=column).mean("trust", by="group")
    assert means.table["group"].tolist() == pd.Series(values).tolist()
    assert means.table["n"].tolist() == [4, 8]
    assert means.difference(*reversed(means.table["group"].tolist())).table["estimate"].notna().all()
    shares = design.assign(group=column).proportion("group")
    assert shares.table["level"].tolist() == pd.Series(values).tolist()


def test_an_answer_that_nobody_gave_has_a_share_of_0() -> None:
    for answers in (
        [False] * 20,
        pd.array([False, None] * 10, dtype="boolean"),
        pd.Series([False, None] * 10, dtype=object),
    ):
        table = ts.SurveyDesign(pd.DataFrame({"met": answers})).proportion("met").table.set_index("level")
        assert table["estimate"].to_dict() == {False: 1.0, True: 0.0}
        assert 0 < table.loc[True, "high"] < 0.5


def test_waves_that_are_text_are_found_by_the_number_they_spell() -> None:
    frame = pd.DataFrame({"y": np.arange(12.0) ** 2, "wave": ["2024", "2026"] * 6})
    means = ts.SurveyDesign(frame).mean("y", by="wave")
    assert means.difference(2026, 2024).table.equals(means.difference("2026", "2024").table)
    assert means.at(wave=2026).table["estimate"].item() == means.at(wave="2026").table["estimate"].item()


def test_one_respondent_bears_no_difference() -> None:
    frame = pd.DataFrame({"y": np.arange(12.0), "group": ["one"] + ["many"] * 11})
    row = ts.SurveyDesign(frame).mean("y", by="group").difference("one", "many").table.iloc[0]
    assert row["estimate"] == -6.0
    assert row[["se", "low", "high", "p_value"]].isna().all()
    assert "one respondent" in row["flags"]


@pytest.mark.parametrize("single_cluster", ["certainty", "average", "adjust"])
def test_a_domain_of_single_clusters_says_that_its_error_is_nothing(single_cluster: Any) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "y": rng.normal(size=24),
            "yes": np.arange(24) % 4 == 0,
            "stratum": np.repeat(["p", "q", "r", "s"], 6),
            "cluster": np.repeat(np.arange(8), 3),
        }
    )
    frame.loc[frame["stratum"].isin(["r", "s"]), "cluster"] = 9
    frame["area"] = np.where(frame["stratum"].isin(["r", "s"]), "alone", "several")
    frame["mixed"] = np.where(frame["stratum"].isin(["q", "r"]), "mixed", "other")
    design = ts.SurveyDesign(frame, strata="stratum", clusters="cluster", single_cluster=single_cluster)
    flag = "" if single_cluster == "adjust" else "only strata with a single cluster"
    for estimates in (design.mean("y", by="area"), design.total("y", by="area")):
        alone, several = estimates.at(area="alone").table, estimates.at(area="several").table
        assert alone["flags"].eq(flag).all()
        assert several["flags"].eq("").all()
        assert several["se"].gt(0).all()
        assert alone["se"].eq(0).all() == alone["low"].isna().all() == bool(flag)
    # The intervals of shares have the degrees of freedom of the domain, of which two single clusters have none.
    shares = design.proportion("yes", by="area")
    assert shares.at(area="alone").table["low"].isna().all()
    assert shares.at(area="alone").table["flags"].str.contains("no degrees of freedom").all()
    assert shares.at(area="several").table["low"].notna().all()
    assert design.mean("y", by="mixed").table["flags"].eq("").all()
    gap = design.mean("y", by="area").difference("several", "alone").table
    assert gap["flags"].tolist() == [flag]
    # The answers of one area alone: each statistic is looked at for itself.
    both = design.assign(z=frame["y"].where(frame["area"] == "alone")).mean(["y", "z"]).table
    assert both["flags"].tolist() == ["", flag]


def test_sparse_columns_are_those_written_in_full() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({name: rng.integers(0, 3, 60).astype(float) for name in ("y", "group", "stratum")})
    frame = frame.assign(w=rng.choice([1.0, 2.0], 60), met=rng.random(60) > 0.4, text=rng.choice(["x", "y"], 60))
    sparse = pd.DataFrame(
        {
            "y": frame["y"].astype(pd.SparseDtype("float64", 0.0)),
            "group": frame["group"].astype(pd.SparseDtype("float64", np.nan)),
            "stratum": frame["stratum"].astype(pd.SparseDtype("float64", 0.0)),
            "w": frame["w"].astype(pd.SparseDtype("float64", 1.0)),
            "met": frame["met"].astype(pd.SparseDtype("bool", False)),
            "text": pd.arrays.SparseArray(frame["text"].to_numpy(dtype=object), fill_value="x"),
        }
    )
    margins = {"text": {"x": 0.5, "y": 0.5}, "y": {0.0: 0.3, 1.0: 0.3, 2.0: 0.4}}
    one, other = (
        ts.SurveyDesign(each, weights="w", strata="stratum").rake(margins, within="met").domain("met")
        for each in (frame, sparse)
    )
    for name in ("y", "met", "text"):
        pd.testing.assert_frame_equal(other.proportion(name, by="group").table, one.proportion(name, by="group").table)
    pd.testing.assert_frame_equal(other.mean("y", by="text").table, one.mean("y", by="text").table)
