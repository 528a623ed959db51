"""What a design accepts, refuses and never changes."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import DesignError, InputError, TrustSurveyError, UnknownNameError


def test_weights_are_indexed_as_the_data(small: pd.DataFrame) -> None:
    frame = small.set_axis(list("abcdefghijkl"), axis=0)
    design = ts.SurveyDesign(frame, weights="w")
    assert design.weights.index.equals(frame.index)
    assert design.weights.tolist() == small["w"].tolist()
    assert ts.SurveyDesign(frame).weights.tolist() == [1.0] * 12


def test_fpc_alone_implies_weights(small: pd.DataFrame) -> None:
    frame = small.assign(size=np.where(small["origin"] == "a", 40, 160))
    assert ts.SurveyDesign(frame, strata="origin", fpc="size").weights.tolist() == [10.0] * 4 + [20.0] * 8


def test_nothing_is_mutated(small: pd.DataFrame) -> None:
    before = small.copy(deep=True)
    design = ts.SurveyDesign(small, weights="w")
    weights = design.weights
    raked = design.rake({"origin": {"a": 0.5, "b": 0.5}})
    design.assign(more=1, trust=0.0)
    design.domain(small["age"] == "old")
    estimates = raked.mean("trust", by=["origin", "age"])
    table, covariance = estimates.table.copy(deep=True), estimates.covariance.copy()
    estimates.difference("a", "b")
    estimates.at(age="old")
    estimates.contrast(np.ones(4))
    raked.proportion("age", by="origin")
    raked.total("trust")
    raked.diagnostics()
    pd.testing.assert_frame_equal(small, before)
    pd.testing.assert_frame_equal(design.data, before)
    pd.testing.assert_series_equal(design.weights, weights)
    pd.testing.assert_frame_equal(estimates.table, table)
    assert_allclose(estimates.covariance, covariance)
    assert not design.calibrations


def test_later_changes_of_the_frame_do_not_reach_the_design(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small, weights="w")
    expected = design.mean("trust").table
    small["trust"] = 0.0
    data, weights = design.data, design.weights
    data["trust"] = 1.0
    weights.iloc[0] = 100
    pd.testing.assert_frame_equal(design.mean("trust").table, expected)


def test_objects_are_frozen(design: ts.SurveyDesign) -> None:
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        design.weights = 1  # type: ignore[misc,assignment]
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        design.extra = 1  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        design.mean("trust").df = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        design.diagnostics().kish = 1.0  # type: ignore[misc]


def test_designs_can_be_copied_and_stored(design: ts.SurveyDesign) -> None:
    raked = design.rake({"origin": {"a": 0.5, "b": 0.5}})
    for other in (copy.deepcopy(raked), pickle.loads(pickle.dumps(raked))):
        assert_allclose(other.mean("trust").covariance, raked.mean("trust").covariance)


def test_repr_says_what_it_is(design: ts.SurveyDesign) -> None:
    text = repr(design.rake({"origin": {"a": 0.5, "b": 0.5}}))
    assert text == "SurveyDesign(12 rows, 12 clusters, 1 strata, weights sum to 12, calibrated: raking)"
    inside = design.domain(design.data["origin"] == "a")
    some = int((design.data["origin"] == "a").sum())
    assert f"12 rows of which {some} have a weight" in repr(inside)
    assert "weights sum to 972,960" in repr(design.rake({"origin": {"a": 472_960, "b": 500_000}}))


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("weights", [1.0, None] * 6, "missing in 6 of 12 rows"),
        ("weights", [1.0, -1.0] * 6, "negative in 6 rows"),
        ("weights", [1.0, np.inf] * 6, "infinite in 6 rows"),
        ("weights", [1e308] * 12, "adds up to more than a number can hold"),
        ("weights", [0] * 12, "0 in every row"),
        ("weights", ["1", "2"] * 6, "does not hold numbers"),
        ("weights", pd.array([1, None] * 6, dtype="Int64"), "missing in 6"),
        ("strata", ["x", None] * 6, "strata column 'c' is missing in 6"),
        ("clusters", [1, np.nan] * 6, "clusters column 'c' is missing in 6"),
        ("fpc", [100, np.nan] * 6, "fpc column 'c' is missing in 6"),
        ("fpc", [100, 200] * 6, "varies within all"),
        ("fpc", [5] * 12, "5 clusters in the population of all, but 12 are in the sample"),
        ("fpc", [0] * 12, "above 0"),
        ("fpc", [0.5, 20] * 6, "mixes counts"),
        ("fpc", ["many"] * 12, "does not hold numbers"),
    ],
)
def test_columns_that_make_no_design(small: pd.DataFrame, column: str, values: Any, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        ts.SurveyDesign(small.assign(c=values), **{column: "c"})


@pytest.mark.parametrize("role", ["weights", "strata", "clusters", "fpc"])
def test_unknown_columns(small: pd.DataFrame, role: str) -> None:
    with pytest.raises(UnknownNameError, match="no column 'nowhere'; available: origin, age, trust, w"):
        ts.SurveyDesign(small, **{role: "nowhere"})


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"y": []}), None, {"y": [1]}, [1, 2]])
def test_frames_that_make_no_design(frame: Any) -> None:
    with pytest.raises(DesignError):
        ts.SurveyDesign(frame)


def test_columns_of_several_levels() -> None:
    with pytest.raises(DesignError, match="columns of several levels"):
        ts.SurveyDesign(pd.DataFrame({("a", "b"): [1, 2]}))


def test_columns_that_stand_twice(small: pd.DataFrame) -> None:
    with pytest.raises(DesignError, match="twice in the data frame: age"):
        ts.SurveyDesign(pd.concat([small, small["age"]], axis=1))


def test_wrong_arguments(small: pd.DataFrame) -> None:
    with pytest.raises(DesignError, match="no choice 'remove'"):
        ts.SurveyDesign(small, single_cluster="remove")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="2 columns for 1 stages"):
        ts.SurveyDesign(small.assign(a=100, b=100), fpc=["a", "b"])
    with pytest.raises(TrustSurveyError):
        ts.SurveyDesign(small, weights=small["w"])  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", "str", "category", "object"])
def test_strata_and_clusters_of_any_type(synthetic: pd.DataFrame, dtype: str) -> None:
    expected = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu").mean("trust").covariance
    number = synthetic["stratum"].str[1:].astype(int)
    frame = synthetic.assign(stratum=number.astype(dtype), psu=synthetic["psu"].astype(dtype))
    design = ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="psu")
    assert_allclose(design.mean("trust").covariance, expected)


def test_strata_of_several_columns(synthetic: pd.DataFrame) -> None:
    joined = synthetic.assign(both=synthetic["stratum"] + synthetic["sex"])
    one = ts.SurveyDesign(joined, weights="weight", strata="both").mean("trust")
    two = ts.SurveyDesign(joined, weights="weight", strata=["stratum", "sex"]).mean("trust")
    assert one.df == two.df == 640 - 16
    assert_allclose(one.covariance, two.covariance)


def test_clusters_are_nested_in_strata(synthetic: pd.DataFrame) -> None:
    named = synthetic.assign(own=synthetic["stratum"] + "-" + synthetic["psu"].astype(str))
    nested = ts.SurveyDesign(named, weights="weight", strata="stratum", clusters="psu")
    unique = ts.SurveyDesign(named, weights="weight", strata="stratum", clusters="own")
    assert nested.df == unique.df == 40
    assert_allclose(nested.mean("trust").covariance, unique.mean("trust").covariance)


def test_single_cluster_is_an_error_that_names_the_strata(synthetic: pd.DataFrame) -> None:
    design = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="sparse_psu")
    with pytest.raises(
        DesignError, match=r'1 of 8 strata have a single cluster.*stratum=s7.*single_cluster="certainty"'
    ):
        design.mean("trust")


def test_one_row(small: pd.DataFrame) -> None:
    one = small.head(1)
    with pytest.raises(DesignError, match="single cluster"):
        ts.SurveyDesign(one).mean("trust")
    with pytest.raises(DesignError, match="no variance to average over"):
        ts.SurveyDesign(one, single_cluster="average").mean("trust")
    row = ts.SurveyDesign(one, single_cluster="certainty").mean("trust").table.iloc[0]
    assert (row["estimate"], row["n"], row["flags"]) == (3.0, 1, "one respondent; no degrees of freedom")
    assert np.isnan([row["low"], row["high"]]).all()
    raked = ts.SurveyDesign(one, single_cluster="certainty").rake({"origin": {"a": 10}})
    assert raked.weights.tolist() == pytest.approx([10])


def test_census_has_no_sampling_error(small: pd.DataFrame) -> None:
    row = ts.SurveyDesign(small.assign(size=12), fpc="size").mean("trust").table.iloc[0]
    assert row["se"] == 0
    assert row["low"] == row["high"] == row["estimate"]


def test_zero_weights_do_not_count(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small.assign(w=small["w"].mask(small.index == 0, 0)), weights="w")
    assert design.mean("trust").df == 10
    assert design.mean("trust").table["n"].tolist() == [11]


def test_second_stage_without_population_sizes(synthetic: pd.DataFrame) -> None:
    stages = ["psu", "district"]
    one = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu").mean("trust").covariance
    infinite = ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters=stages).mean("trust").covariance
    assert_allclose(infinite, one)
    known = {"weights": "weight", "strata": "stratum", "fpc": "clusters_in_stratum"}
    first = ts.SurveyDesign(synthetic, clusters="psu", **known).mean("trust").covariance
    both = ts.SurveyDesign(synthetic, clusters=stages, **known, single_cluster="certainty").mean("trust").covariance
    assert both > first


def test_assign(design: ts.SurveyDesign) -> None:
    doubled = design.assign(
        double=design.data["trust"] * 2, constant="x", numbers=np.arange(12), listed=list(range(12))
    )
    assert doubled.mean("double").table["estimate"].iloc[0] == 2 * design.mean("trust").table["estimate"].iloc[0]
    assert "double" not in design.data.columns
    with pytest.raises(DesignError, match="holds the design's weights"):
        design.assign(w=1)
    with pytest.raises(DesignError, match="3 values for 12 rows"):
        design.assign(y=[1, 2, 3])
    with pytest.raises(DesignError, match="not indexed as the data"):
        design.assign(y=pd.Series(range(12), index=range(1, 13)))


def test_assign_with_repeated_index(small: pd.DataFrame) -> None:
    design = ts.SurveyDesign(small.set_axis([1] * 12, axis=0))
    doubled = design.assign(double=design.data["trust"] * 2)
    assert doubled.data["double"].tolist() == (small["trust"] * 2).tolist()


def test_domain(design: ts.SurveyDesign) -> None:
    old = design.domain(design.data["age"] == "old")
    assert len(old.data) == 12
    assert old.weights[1::2].tolist() == [0] * 6
    assert old.mean("trust").table["n"].tolist() == [6]
    by_name = design.assign(old=design.data["age"] == "old").domain("old")
    assert_allclose(by_name.weights, old.weights)
    nullable = design.domain(pd.array([True, None] * 6, dtype="boolean"))
    assert_allclose(nullable.weights, old.weights)
    for wrong in ([True], "age", [1, 0] * 6, None, 3):
        with pytest.raises(InputError, match="one true or false"):
            design.domain(wrong)
    with pytest.raises(InputError, match="nobody"):
        design.domain([False] * 12)
    with pytest.raises(UnknownNameError):
        design.domain("nowhere")


def test_fpc_of_some_stages_implies_no_weights() -> None:
    frame = pd.DataFrame({"c": [1, 1, 2, 2, 3, 3], "s": [1, 2, 1, 2, 1, 2], "N": 10, "y": range(6)})
    with pytest.raises(DesignError, match="fpc for every stage"):
        ts.SurveyDesign(frame, clusters=["c", "s"], fpc="N")
    weighted = ts.SurveyDesign(frame.assign(w=1.0), weights="w", clusters=["c", "s"], fpc="N")
    assert np.isfinite(weighted.mean("y").table["se"].item())


@pytest.mark.parametrize("column", [pd.Categorical([None] * 6, categories=["x"]), [np.nan] * 6, [None] * 6])
def test_a_domain_that_is_missing_throughout_holds_nobody(column: object) -> None:
    design = ts.SurveyDesign(pd.DataFrame({"y": range(6), "inside": column}))
    with pytest.raises(InputError, match="nobody"):
        design.domain("inside")
