"""Designs that cannot be, or hardly: extreme weights, clusters of all, odd kinds of columns, frames of one row."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import DesignError, InputError, TrustSurveyError


@pytest.fixture
def frame(rng: np.random.Generator) -> pd.DataFrame:
    """Twenty-four respondents in three strata of four clusters each."""
    return pd.DataFrame(
        {
            "y": rng.normal(size=24),
            "w": rng.uniform(1, 5, 24),
            "s": np.repeat(list("ABC"), 8),
            "c": np.arange(24) // 2,
            "g": np.tile(list("xyz"), 8),
        }
    )


@pytest.mark.parametrize("factor", [1e-130, 1e-20, 1e20, 1e130])
def test_the_scale_of_weights_is_irrelevant_to_means(frame: pd.DataFrame, factor: float) -> None:
    expected = ts.SurveyDesign(frame, weights="w", strata="s").mean("y", by="g")
    scaled = ts.SurveyDesign(frame.assign(w=frame["w"] * factor), weights="w", strata="s").mean("y", by="g")
    assert_allclose(scaled.table[["estimate", "se", "low"]], expected.table[["estimate", "se", "low"]])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.full(24, 1e300), r"goes from 1e\+300 to 1e\+300, too far to be squared"),
        (np.full(24, 1e-300), r"goes from 1e-300 to 1e-300"),
        (np.where(np.arange(24) == 3, 1e200, 1e-200), r"goes from 1e-200 to 1e\+200"),
    ],
)
def test_weights_beyond_what_can_be_squared(frame: pd.DataFrame, weights: np.ndarray, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        ts.SurveyDesign(frame.assign(w=weights), weights="w")


def test_one_respondent_who_outweighs_all(frame: pd.DataFrame) -> None:
    table = ts.SurveyDesign(frame.assign(w=np.where(frame.index == 0, 1e12, 1)), weights="w").mean("y", by="g").table
    assert_allclose(table.loc[0, ["estimate", "n_effective"]].tolist(), [frame.loc[0, "y"], 1], rtol=1e-6)


def test_the_whole_sample_in_one_cluster(frame: pd.DataFrame) -> None:
    one = frame.assign(c=1)
    with pytest.raises(DesignError, match="1 of 1 strata have a single cluster at stage 1"):
        ts.SurveyDesign(one, clusters="c").mean("y")
    with pytest.raises(DesignError, match="no variance to average over"):
        ts.SurveyDesign(one, clusters="c", single_cluster="average").mean("y")
    with pytest.raises(DesignError, match="the whole sample is one cluster"):
        ts.SurveyDesign(one, clusters="c", single_cluster="adjust").mean("y")
    certain = ts.SurveyDesign(one, clusters="c", single_cluster="certainty").mean("y")
    assert certain.table["low"].isna().all()
    assert certain.table["flags"].str.contains("single cluster").all()
    assert certain.df == 0


def test_clusters_that_stand_in_two_strata_are_two(frame: pd.DataFrame) -> None:
    again = frame.assign(c=np.arange(24) % 4)
    unique = again.assign(c=again["s"] + again["c"].astype(str))
    designs = [ts.SurveyDesign(each, strata="s", clusters="c") for each in (again, unique)]
    assert_allclose(designs[0].mean("y").covariance, designs[1].mean("y").covariance)
    assert designs[0].df == designs[1].df == 9


def test_a_sample_of_everybody(frame: pd.DataFrame) -> None:
    for whole in (
        ts.SurveyDesign(frame.assign(f=8), strata="s", fpc="f"),
        ts.SurveyDesign(frame.assign(f=1.0), fpc="f"),
    ):
        assert_allclose(whole.weights, 1)
        assert whole.mean("y").table["se"].tolist() == [0]
    one = ts.SurveyDesign(frame.iloc[:1].assign(f=1), fpc="f").mean("y").table
    assert one[["estimate", "se", "n"]].to_numpy().tolist() == [[frame.loc[0, "y"], 0, 1]]


def test_a_frame_of_one_row(frame: pd.DataFrame) -> None:
    with pytest.raises(DesignError, match="single cluster"):
        ts.SurveyDesign(frame.iloc[:1]).mean("y")


@pytest.mark.parametrize("index", [[0] * 24, pd.MultiIndex.from_product([range(3), range(8)]), list("ab") * 12])
def test_any_index(frame: pd.DataFrame, index: Any) -> None:
    plain = ts.SurveyDesign(frame, weights="w", strata="s")
    design = ts.SurveyDesign(frame.set_axis(index), weights="w", strata="s")
    assert_allclose(design.mean("y", by="g").covariance, plain.mean("y", by="g").covariance)
    inside = design.domain(design.data["y"] > 0)
    assert_allclose(inside.mean("y").covariance, plain.domain(frame["y"] > 0).mean("y").covariance)
    assert inside.weights.index.equals(design.data.index)


def test_domains_without_weight(frame: pd.DataFrame) -> None:
    weightless = ts.SurveyDesign(frame.assign(w=np.where(frame["g"] == "x", 0, 1)), weights="w", strata="s")
    table = weightless.mean("y", by="g").table
    assert table["n"].tolist() == [0, 8, 8]
    assert table.loc[0, ["estimate", "se", "low", "high"]].isna().all()
    with pytest.raises(InputError, match="nobody with a weight above 0"):
        weightless.domain(frame["g"] == "x")


KINDS: dict[str, Callable[[], Any]] = {
    "dates": lambda: pd.date_range("2026", periods=3).repeat(8),
    "dates with a zone": lambda: pd.date_range("2026", periods=3, tz="Europe/Brussels").repeat(8),
    "days": lambda: [datetime.date(2026, 1, 1 + row // 8) for row in range(24)],
    "periods": lambda: pd.period_range("2026", periods=3, freq="M").repeat(8),
    "durations": lambda: pd.to_timedelta(np.repeat([1, 2, 3], 8), unit="D"),
    "intervals": lambda: pd.IntervalIndex.from_breaks([0, 1, 2, 3]).repeat(8),
    "cut": lambda: pd.cut(np.arange(24), 3),
    "unused categories": lambda: pd.Categorical(np.repeat(list("ABC"), 8), categories=list("XABCZ")),
    "pyarrow text": lambda: pd.array(np.repeat(list("ABC"), 8), dtype="string[pyarrow]"),
    "pyarrow dictionary": lambda: pd.Series(np.repeat(list("ABC"), 8), dtype="category").astype(
        pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    ),
    "nullable integers": lambda: pd.array(np.repeat([1, 2, 3], 8), dtype="Int64"),
    "fractions": lambda: np.repeat([0.5, 1.5, np.inf], 8),
    "sparse": lambda: pd.arrays.SparseArray(np.repeat([0, 1, 2], 8)),
    "decimals": lambda: [Decimal(row // 8) for row in range(24)],
    "bytes": lambda: np.repeat([b"a", b"b", b"c"], 8),
    "of several types": lambda: [1] * 8 + ["1"] * 8 + [2.5] * 8,
    "tuples": lambda: [("a", 1)] * 8 + [("a", 2)] * 8 + [("b",)] * 8,
}


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_any_kind(frame: pd.DataFrame, kind: str) -> None:
    frame["k"] = pd.Series(KINDS[kind](), index=frame.index)
    for role in ("strata", "clusters"):
        expected = ts.SurveyDesign(frame, weights="w", **{role: "s"}).mean("y").covariance
        assert_allclose(ts.SurveyDesign(frame, weights="w", **{role: "k"}).mean("y").covariance, expected)
    design = ts.SurveyDesign(frame, weights="w")
    by = design.mean("y", by="k").table
    assert sorted(by["se"].dropna()) == pytest.approx(sorted(design.mean("y", by="s").table["se"]))


@pytest.mark.parametrize(
    "values",
    [
        [[1]] * 24,
        [{}] * 24,
        pd.array([[1], [2]] * 12, dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
        pd.array([{"a": 1}] * 24, dtype=pd.ArrowDtype(pa.struct([("a", pa.int64())]))),
    ],
)
@pytest.mark.parametrize("role", ["strata", "clusters"])
def test_columns_that_make_no_groups(frame: pd.DataFrame, values: Any, role: str) -> None:
    with pytest.raises(InputError, match="'k' holds values that cannot be compared"):
        ts.SurveyDesign(frame.assign(k=values), **{role: "k"})


@pytest.mark.parametrize("values", [Decimal(2), pd.Timestamp("2026"), pd.Timedelta("1D"), 1 + 0j, "2"])
@pytest.mark.parametrize("role", ["weights", "fpc"])
def test_columns_that_are_no_numbers(frame: pd.DataFrame, values: Any, role: str) -> None:
    with pytest.raises(DesignError, match=f"{role} column 'k' does not hold numbers"):
        ts.SurveyDesign(frame.assign(k=[values] * 24), **{role: "k"})


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "Float32", "float16", "uint8"])
def test_weights_of_any_number(frame: pd.DataFrame, dtype: str) -> None:
    whole = np.arange(1, 25)
    expected = ts.SurveyDesign(frame.assign(w=whole), weights="w").mean("y").table
    table = ts.SurveyDesign(frame.assign(w=pd.array(whole, dtype=dtype)), weights="w").mean("y").table
    pd.testing.assert_frame_equal(table, expected)


@pytest.mark.parametrize(
    "strata",
    [{"s": 1}, {"s"}, pd.Series(list("ABC") * 8), np.array(list("ABC") * 8), [["s"], [["g"]]]],
)
def test_strata_that_name_no_columns(frame: pd.DataFrame, strata: Any) -> None:
    with pytest.raises((DesignError, InputError), match=r"named by text or a number|strata are given for 2 stages"):
        ts.SurveyDesign(frame, strata=strata)


@pytest.mark.parametrize("factor", [1e200, 1e-200])
def test_numbers_that_cannot_be_squared(frame: pd.DataFrame, factor: float) -> None:
    far = ts.SurveyDesign(frame.assign(y=frame["y"] * factor, x=1.0), weights="w")
    size = "large" if factor > 1 else "small"
    for estimate in (
        lambda: far.mean("y"),
        lambda: far.total("y", by="g"),
        lambda: far.ratio("x", "y"),
        lambda: far.quantile("y", 0.5),
        lambda: far.variance("y"),
        lambda: far.correlation("y", "x"),
        lambda: far.ttest("y"),
        lambda: far.with_replicates("JK1").mean("y"),
        lambda: far.diagnostics(covariates=["y"]),
        lambda: ts.reliability(far, ["x", "y"]),
    ):
        with pytest.raises(InputError, match=f"'y' cannot be squared, numbers are too {size}; change their unit"):
            estimate()


def test_numbers_that_floats_do_not_reach(frame: pd.DataFrame) -> None:
    far = ts.SurveyDesign(frame.assign(y=pd.Series([10**400] + [1] * 23, dtype=object)))
    with pytest.raises(InputError, match="column 'y' has whole numbers above 1e308"):
        far.mean("y")
    assert far.proportion("y").table["n"].tolist() == [24, 24]


def test_reliability_of_what_is_no_number(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="item 'k' is neither numeric"):
        ts.reliability(ts.SurveyDesign(frame.assign(k=1j)), ["y", "k"])
    with pytest.raises(InputError, match="item 'k' is infinite in 24 rows"):
        ts.reliability(ts.SurveyDesign(frame.assign(k=np.inf)), ["y", "k"])


FRAME = pd.DataFrame({"secret": [12345.678, 9]})
THINGS = [FRAME, FRAME["secret"], FRAME["secret"].to_numpy(), [FRAME], pd.NA, {"y"}, {}, 10**400]
ARGUMENTS: dict[str, Callable[[ts.SurveyDesign, Any], object]] = {
    "single_cluster": lambda d, v: ts.SurveyDesign(d.data, single_cluster=v),
    "pps": lambda d, v: ts.SurveyDesign(d.data.assign(f=0.5), fpc="f", pps=v),
    "pps_variance": lambda d, v: ts.SurveyDesign(d.data.assign(f=0.5), fpc="f", pps="overton", pps_variance=v),
    "replicate_type": lambda d, v: ts.SurveyDesign(
        d.data, weights="w", replicate_weights=["w", "u"], replicate_type=v, rho=-1
    ),
    "scale": lambda d, v: ts.SurveyDesign(d.data, weights="w", replicate_weights=["w", "u"], scale=v, mse=True),
    "rscales": lambda d, v: ts.SurveyDesign(d.data, weights="w", replicate_weights=["w", "u"], rscales=[v, v]),
    "combined": lambda d, v: ts.SurveyDesign(
        d.data, weights="w", replicate_weights=["w", "u"], replicate_type="BRR", combined=v
    ),
    "mean": lambda d, v: d.mean(v),
    "interval": lambda d, v: d.proportion("g", interval=v),
    "p": lambda d, v: d.quantile("y", v),
    "rule": lambda d, v: d.quantile("y", 0.5, rule=v),
    "quantile interval": lambda d, v: d.quantile("y", 0.5, interval=v),
    "covariance": lambda d, v: d.covariance("y", [v, v]),
    "rows": lambda d, v: d.chisq(v, "g"),
    "columns": lambda d, v: d.chisq("g", v),
    "statistic": lambda d, v: d.chisq("g", "s", statistic=v),
    "shares": lambda d, v: d.goodness_of_fit("g", v),
    "null": lambda d, v: d.ttest("y", mean=v),
    "rank test": lambda d, v: d.ranktest("y", "g", v),
    "family": lambda d, v: d.regression("y ~ g", v),
    "link": lambda d, v: d.regression("y ~ g", link=v),
    "reference": lambda d, v: d.regression("y ~ g", reference={"g": v} if isinstance(v, dict) else v),
    "terms": lambda d, v: d.regression("y ~ g").wald(v),
    "term statistic": lambda d, v: d.regression("y ~ g").wald("g", v),
    "marginal means": lambda d, v: d.regression("y ~ g").marginal_means("g", v),
    "scale of means": lambda d, v: d.regression("y ~ g").marginal_means("g", scale=v),
    "margins": lambda d, v: d.rake({"g": {"x": v, "y": 1, "z": 2}}),
    "total": lambda d, v: d.rake({"y": v}),
    "method": lambda d, v: d.calibrate({"g": {"x": 1, "y": 1, "z": 2}}, method=v),
    "bounds": lambda d, v: d.rake({"g": {"x": 1, "y": 1, "z": 2}}, bounds=(v, 2)),
    "kish": lambda d, v: d.rake({"g": {"x": 1, "y": 1, "z": 2}}, kish=v),
    "missing": lambda d, v: d.rake({"g": {"x": 1, "y": 1, "z": 2}}, missing=v),
    "reconcile": lambda d, v: d.rake({"g": {"x": 1, "y": 1, "z": 2}}, reconcile=v),
    "collapse": lambda d, v: d.rake({"g": {"x": 1, "y": 1, "z": 2}}, collapse={"g": {"x": v}}),
    "ordered": lambda d, v: d.propose_collapse({"g": {"x": 1, "y": 1, "z": 2}}, minimum=2, ordered=[v]),
    "minimum": lambda d, v: d.propose_collapse({"g": {"x": 1, "y": 1, "z": 2}}, minimum=v),
    "classes": lambda d, v: d.adjust_nonresponse("r", propensity="~ g", classes=v),
    "largest_factor": lambda d, v: d.adjust_nonresponse("r", by=[], largest_factor=v),
    "replicates": lambda d, v: d.with_replicates("bootstrap", v),
    "seed": lambda d, v: d.with_replicates("bootstrap", 5, seed=v, mse=v),
    "empty": lambda d, v: d.with_replicates("JK1", empty=v),
    "condition": lambda d, v: d.domain(v),
    "covariates": lambda d, v: d.diagnostics(covariates=[v]),
    "reference mean": lambda d, v: d.diagnostics(covariates={"s": v}),
    "figure": lambda d, v: d.diagnostics().figure(v),
    "step": lambda d, v: d.weights_after(v),
    "value": lambda d, v: d.mean("y", by="g").difference(v, "x"),
    "contrast": lambda d, v: d.mean("y", by="g").contrast([v, v, v]),
    "labels": lambda d, v: d.mean("y", by="g").contrast([1, 1, 1], labels=[v, v]),
    "pairwise": lambda d, v: d.mean("y", by="g").pairwise(v),
    "joint value": lambda d, v: d.mean("y", by="g").wald(v),
    "adjustment": lambda _, v: ts.adjust_p_values([0.1], v),
    "family of tests": lambda _, v: ts.adjust_p_values([0.1], family=v),
    "alpha": lambda _, v: ts.adjust_p_values([0.1], alpha=v),
    "wave": lambda d, v: ts.combine_waves({1: d, 2: d}, unit=None, wave=v),
    "population": lambda _, v: ts.Population.from_table(
        pd.DataFrame({"g": ["a"], "count": pd.Series([v], dtype=object)}), name="p"
    ),
    "level": lambda _, v: ts.Population.from_table(
        pd.DataFrame({"g": pd.Series([v], dtype=object), "count": [1]}), name="p"
    ),
    "column of counts": lambda _, v: ts.Population.from_table(
        pd.DataFrame({"g": ["a"], "count": [1]}), count=v, name="p"
    ),
    "sources": lambda _, v: ts.Population.from_table(
        pd.DataFrame({"g": ["a"], "count": [1]}), name="p", sources=[v, v]
    ),
    "margin": lambda _, v: ts.Population.from_table(pd.DataFrame({"g": ["a"], "count": [1]}), name="p").margin([v]),
    "levels": lambda _, v: ts.Population.from_table(pd.DataFrame({"g": ["a"], "count": [1]}), name="p").levels(v),
}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_what_is_no_argument_is_said_without_its_contents(frame: pd.DataFrame, argument: str) -> None:
    design = ts.SurveyDesign(frame.assign(u=frame["w"], r=frame["c"] % 2 == 0), weights="w")
    for given in THINGS:
        if argument in ("collapse", "level") and given is THINGS[-1]:
            continue  # it can be a level
        with pytest.raises(TrustSurveyError) as raised:
            ARGUMENTS[argument](design, given)
        assert "12345" not in str(raised.value)
        assert len(str(raised.value)) < 500


def test_columns_of_measurements_are_not_listed_as_if_they_were_levels(rng: np.random.Generator) -> None:
    frame = pd.DataFrame({"income": rng.uniform(1000, 2000, 50).round(3), "y": rng.normal(size=50)})
    design = ts.SurveyDesign(frame)
    for wrong in (
        lambda: ts.SurveyDesign(frame, strata="income").mean("y"),
        lambda: ts.SurveyDesign(frame, strata="income").with_replicates("JKn"),
        lambda: design.rake({"income": {"low": 0.5, "high": 0.5}}),
        lambda: design.ttest("y", by="income"),
        lambda: design.goodness_of_fit("income", {"low": 0.5, "high": 0.5}),
        lambda: design.mean("y", by="income").difference(0, 1),
        lambda: design.regression("y ~ C(income)", reference={"income": 0}),
    ):
        with pytest.raises(TrustSurveyError) as raised:
            wrong()
        assert not any(str(value) in str(raised.value) for value in frame["income"])
