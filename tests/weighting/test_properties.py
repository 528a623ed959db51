"""What holds for every sample: margins met, order and duplication of rows immaterial, scale carried through."""

from __future__ import annotations

import contextlib
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import DesignError

few = settings(max_examples=15, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
MEAN = ["estimate", "se", "n_effective", "deff"]


def sample(seed: int) -> tuple[pd.DataFrame, dict[Any, Any]]:
    """Make a sample with margins that some weights meet."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(30, 200))
    frame = pd.DataFrame(
        {
            "stratum": np.arange(rows) % 3,
            "psu": rng.integers(0, 4, rows),
            "a": rng.integers(0, 3, rows),
            "b": rng.choice(["x", "y", "z", "u"], rows),
            "c": rng.random(rows) < 0.4,
            "w": rng.gamma(3.0, 40.0, rows) + 5,
            "y": rng.normal(5, 2, rows),
        }
    )
    # Two clusters at least in every stratum.
    frame.loc[:5, "psu"] = [0, 0, 0, 1, 1, 1]
    frame.loc[frame.index % 7 == 0, "y"] = np.nan
    tilt = frame["w"] * rng.gamma(8.0, 1 / 8, rows)
    margins: dict[Any, Any] = {name: tilt.groupby(frame[name]).sum().to_dict() for name in ("a", "c")}
    margins[("b", "c")] = tilt.groupby([frame["b"], frame["c"]]).sum().to_dict()
    return frame, margins


def design(frame: pd.DataFrame) -> ts.SurveyDesign:
    return ts.SurveyDesign(frame, weights="w", strata="stratum", clusters="psu")


@few
@given(seeds, st.sampled_from(["raking", "linear"]))
def test_margins_are_met(seed: int, method: Any) -> None:
    frame, margins = sample(seed)
    calibrated = design(frame).calibrate(margins, method=method)
    diagnostics = calibrated.diagnostics()
    assert diagnostics.margins["gap"].abs().max() <= 1e-10
    assert_allclose(calibrated.weights.sum(), sum(margins["a"].values()), rtol=1e-10)
    for name in ("a", "c"):
        assert (calibrated.proportion(name).table["se"] < 1e-9).all()


@few
@given(seeds, st.sampled_from(["raking", "linear", "logit"]), st.floats(0.05, 0.9), st.floats(1.1, 6.0))
def test_bounds_that_can_be_kept_are_kept(seed: int, method: Any, lower: float, upper: float) -> None:
    frame, _ = sample(seed)
    factors = np.clip(np.random.default_rng(seed).lognormal(0, 0.6, len(frame)), lower, upper)
    tilt = frame["w"] * factors
    margins = {name: tilt.groupby(frame[name]).sum().to_dict() for name in ("a", "b", "c")}
    calibrated = design(frame).calibrate(margins, method=method, bounds=(lower, upper))
    assert (calibrated.weights / frame["w"]).between(lower - 1e-9, upper + 1e-9).all()
    assert calibrated.diagnostics().margins["gap"].abs().max() <= 1e-10


@few
@given(seeds)
def test_order_of_rows_is_immaterial(seed: int) -> None:
    frame, margins = sample(seed)
    raked = design(frame).rake(margins)
    order = np.random.default_rng(seed).permutation(len(frame))
    shuffled = design(frame.iloc[order]).rake(margins)
    assert_allclose(shuffled.weights.sort_index(), raked.weights, rtol=1e-9)
    one, other = raked.mean("y", by="a"), shuffled.mean("y", by="a")
    assert_allclose(other.table[MEAN], one.table[MEAN], rtol=1e-7)
    assert_allclose(other.covariance, one.covariance, rtol=1e-7, atol=1e-12)


@few
@given(seeds)
def test_halving_and_repeating_a_row_changes_nothing(seed: int) -> None:
    frame, margins = sample(seed)
    twice = pd.concat([frame, frame.iloc[:10]], ignore_index=True)
    twice.loc[[*range(10), *range(len(frame), len(frame) + 10)], "w"] /= 2
    raked, repeated = design(frame).rake(margins), design(twice).rake(margins)
    assert_allclose(repeated.weights[10 : len(frame)], raked.weights[10:], rtol=1e-9)
    assert_allclose(2 * repeated.weights[:10], raked.weights[:10], rtol=1e-9)
    # Rows of one cluster add up, so standard errors do not change either.
    columns = ["estimate", "se"]
    assert_allclose(repeated.mean("y").table[columns], raked.mean("y").table[columns], rtol=1e-7)


@few
@given(seeds, st.floats(0.01, 100))
def test_scale_is_carried_through(seed: int, factor: float) -> None:
    frame, margins = sample(seed)
    raked = design(frame).rake(margins)
    scaled_margins = {
        name: {level: factor * each for level, each in levels.items()} for name, levels in margins.items()
    }
    assert_allclose(design(frame).rake(scaled_margins).weights, factor * raked.weights, rtol=1e-8)
    assert_allclose(design(frame.assign(w=frame["w"] * factor)).rake(margins).weights, raked.weights, rtol=1e-8)
    measured = raked.assign(z=frame["y"] * factor)
    columns = ["estimate", "se", "low", "high"]
    for one, other in ((measured.mean("z"), raked.mean("y")), (measured.total("z"), raked.total("y"))):
        assert_allclose(one.table[columns], factor * other.table[columns], rtol=1e-8)
        assert_allclose(one.table["deff"], other.table["deff"], rtol=1e-8)


@few
@given(seeds)
def test_domains_add_up(seed: int) -> None:
    frame, margins = sample(seed)
    raked = design(frame).rake(margins)
    parts, whole = raked.total("y", by=["a", "b"]), raked.total("y")
    assert_allclose(parts.table["estimate"].sum(), whole.table["estimate"].iloc[0], rtol=1e-10)
    # A domain without answers has no total, and no covariance.
    assert_allclose(np.nansum(parts.covariance), whole.covariance[0, 0], rtol=1e-6)
    assert parts.table["n"].sum() == whole.table["n"].iloc[0]
    shares = raked.proportion("b", by="a")
    assert_allclose(shares.table.groupby("a")["estimate"].sum(), 1)
    levels = shares.at(a=0)
    assert_allclose(levels.covariance.sum(axis=0), 0, atol=1e-10)


@few
@given(seeds, st.floats(-50, 50))
def test_adding_a_constant_shifts_and_nothing_else(seed: int, constant: float) -> None:
    frame, margins = sample(seed)
    raked = design(frame).rake(margins).assign(z=frame["y"] + constant)
    for name in ("mean", "median"):
        one, other = getattr(raked, name)("z").table, getattr(raked, name)("y").table
        for column in ("estimate", "low", "high"):
            assert_allclose(one[column], other[column] + constant, rtol=1e-7, atol=1e-9)
        assert_allclose(one["se"], other["se"], rtol=1e-6)
    one, other = raked.variance("z").table, raked.variance("y").table
    assert_allclose(one[["estimate", "se"]], other[["estimate", "se"]], rtol=1e-6)


@few
@given(seeds)
def test_names_of_levels_are_immaterial(seed: int) -> None:
    frame, margins = sample(seed)
    names = {"x": "4", "y": "3", "z": "2", "u": "1"}
    renamed = frame.assign(b=frame["b"].map(names))
    margins_renamed = dict(margins)
    margins_renamed[("b", "c")] = {(names[b], c): count for (b, c), count in margins[("b", "c")].items()}
    one, other = design(frame).rake(margins), design(renamed).rake(margins_renamed)
    assert_allclose(other.weights, one.weights, rtol=1e-9)
    shares, others = one.proportion("b").table.set_index("level"), other.proportion("b").table.set_index("level")
    assert_allclose(others["estimate"].loc[[names[each] for each in shares.index]], shares["estimate"], rtol=1e-9)
    means, others = one.mean("y", by="b"), other.mean("y", by="b")
    order = [list(others.table["b"]).index(names[each]) for each in means.table["b"]]
    assert_allclose(others.covariance[np.ix_(order, order)], means.covariance, rtol=1e-7, atol=1e-12)


@few
@given(seeds)
def test_a_difference_is_a_contrast(seed: int) -> None:
    frame, margins = sample(seed)
    means = design(frame).rake(margins).mean("y", by="c")
    difference, contrast = means.difference(True, False), means.contrast([-1, 1])
    assert_allclose(difference.table[["estimate", "se"]], contrast.table[["estimate", "se"]], rtol=1e-12)
    v = means.covariance
    assert_allclose(contrast.table["se"], np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]), rtol=1e-9)
    # And the coefficient of the regression on the group.
    fitted = design(frame).rake(margins).assign(c=frame["c"].astype(int)).regression("y ~ c").table.iloc[1]
    assert_allclose(difference.table[["estimate", "se"]].iloc[0], fitted[["estimate", "se"]].astype(float), rtol=1e-7)


@few
@given(seeds)
def test_domains_by_name_and_by_condition_agree(seed: int) -> None:
    frame, margins = sample(seed)
    raked = design(frame).rake(margins)
    inside = raked.domain(frame["a"] == 1).total("y").table
    assert_allclose(inside[["estimate", "se"]], raked.total("y", by="a").at(a=1).table[["estimate", "se"]], rtol=1e-9)


@few
@given(seeds, st.sampled_from(["JKn", "BRR", "Fay"]))
def test_replicates_of_a_total_are_taylor(seed: int, method: Any) -> None:
    """Without calibration a total is linear in the weights, and these replicates then give the very same variance."""
    frame, _ = sample(seed)
    if method != "JKn":
        frame = frame.assign(psu=frame["psu"] % 2)
        frame.loc[:5, "psu"] = [0, 0, 0, 1, 1, 1]
    taylor = design(frame)
    replicated = taylor.with_replicates(method)
    one, other = replicated.total("y", by="a"), taylor.total("y", by="a")
    assert_allclose(one.covariance, other.covariance, rtol=1e-8, atol=1e-8 * np.nanmax(other.covariance))
    assert_allclose(one.table["estimate"], other.table["estimate"], rtol=1e-12)


@few
@given(seeds, st.booleans())
def test_replicates_meet_the_margins_before_or_after(seed: int, before: bool) -> None:
    frame, _ = sample(seed)
    # Two levels that many have, so that no replicate lacks one.
    frame["a"] = frame.index % 2
    margins = {"a": {0: 400.0, 1: 300.0}}
    plain = design(frame)
    if before:
        replicated = plain.with_replicates("bootstrap", replicates=20, seed=seed % 1000).rake(margins)
    else:
        replicated = plain.rake(margins).with_replicates("bootstrap", replicates=20, seed=seed % 1000)
    counts = replicated.assign(one=1.0).total("one", by="a").table
    assert_allclose(counts["estimate"], [margins["a"][level] for level in counts["a"]], rtol=1e-9)
    assert (counts["se"] <= 1e-8 * counts["estimate"]).all()


@pytest.mark.parametrize("choice", ["certainty", "adjust", "average"])
def test_a_share_is_the_mean_of_an_indicator_with_single_clusters_too(choice: Any) -> None:
    """Also where some strata lack the level: "average" counts strata, those of everybody in the domain."""
    frame, _ = sample(3)
    frame.loc[frame["stratum"] == 2, "psu"] = 0
    frame["rare"] = ((frame["stratum"] == 0) & frame["c"]).astype(float)
    drawn = ts.SurveyDesign(frame, weights="w", strata="stratum", clusters="psu", single_cluster=choice)
    share, mean = drawn.proportion("rare").at(level=1).table, drawn.mean("rare").table
    assert_allclose(share[["estimate", "se"]], mean[["estimate", "se"]], rtol=1e-10)


# How a verb is called: as said here, or else by the names of the parameters that it needs.
SHARES = {"a": {0: 0.3, 1: 0.3, 2: 0.4}}
CALLS: dict[str, Callable[[ts.SurveyDesign], object]] = {
    "assign": lambda d: d.assign(new=1.0),
    "adjust_nonresponse": lambda d: d.adjust_nonresponse("answered", by="a"),
    "domain": lambda d: d.domain("c"),
    "rake": lambda d: d.rake(SHARES),
    "calibrate": lambda d: d.calibrate(SHARES, method="linear"),
    "propose_collapse": lambda d: d.propose_collapse(SHARES),
    "chisq": lambda d: d.chisq("b", "a"),
    "goodness_of_fit": lambda d: d.goodness_of_fit("c", {False: 0.5, True: 0.5}),
    "regression": lambda d: d.regression("y ~ b + c"),
    "ttest": lambda d: d.ttest("y", by="c"),
    "ranktest": lambda d: d.ranktest("y", by="c"),
    "correlation": lambda d: d.correlation("y", "v"),
    "covariance": lambda d: d.covariance("y", "v"),
    "overlap": lambda d: d.overlap("a", "psu"),
    "with_replicates": lambda d: d.with_replicates("JKn"),
}
BY_PARAMETER: dict[str, Any] = {"y": "v", "numerator": "y", "denominator": "v", "p": 0.5, "step": 0}


def verbs() -> list[str]:
    return [name for name, each in inspect.getmembers(ts.SurveyDesign, inspect.isfunction) if not name.startswith("_")]


def contents(held: ts.SurveyDesign) -> bytes:
    means = held.mean("y")
    return pickle.dumps((held.data, held.weights, held.df, len(held.calibrations), means.table, means.covariance))


@pytest.mark.parametrize("verb", verbs())
@pytest.mark.parametrize("replicated", [False, True], ids=["taylor", "replicates"])
def test_no_verb_changes_the_design(verb: str, replicated: bool) -> None:
    frame, margins = sample(7)
    frame = frame.assign(v=np.arange(len(frame)) % 11 + 1.0, answered=frame["y"].notna())
    before = frame.copy(deep=True)
    raked = design(frame).rake(margins)
    raked = raked.with_replicates("JKn") if replicated else raked
    held = contents(raked)
    # Some verbs need a design with replicates, and some one without; they leave it as it is too.
    with contextlib.suppress(DesignError):
        if verb in CALLS:
            CALLS[verb](raked)
        else:
            parameters = inspect.signature(getattr(raked, verb)).parameters.values()
            required = [each.name for each in parameters if each.default is each.empty]
            unknown = [name for name in required if name not in BY_PARAMETER]
            assert not unknown, f"say in CALLS how {verb} is called"
            getattr(raked, verb)(**{name: BY_PARAMETER[name] for name in required})
    assert contents(raked) == held
    pd.testing.assert_frame_equal(frame, before)
