"""What holds for every sample: margins met, order and duplication of rows immaterial, scale carried through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import trustsurvey as ts

few = settings(max_examples=25, deadline=None)
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
