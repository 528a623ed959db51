"""Properties of partial tables, households, bounds that are found, and proposals of levels to merge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import trustsurvey as ts

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def people(seed: int) -> tuple[pd.DataFrame, dict[str, dict[Any, float]]]:
    """Make a sample of households, and margins that some weights of households meet."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(60, 250))
    household = np.sort(rng.integers(0, rows // 2, rows))
    frame = pd.DataFrame(
        {
            "household": household,
            "a": rng.integers(0, 4, rows),
            "b": rng.choice(["x", "y", "z"], rows),
            "w": rng.gamma(3.0, 40.0, rows // 2)[household] + 5,
        }
    )
    tilt = frame["w"] * rng.gamma(8.0, 1 / 8, rows // 2)[household]
    return frame, {name: tilt.groupby(frame[name]).sum().to_dict() for name in ("a", "b")}


@few
@given(seeds, st.sampled_from(["raking", "linear"]))
def test_what_free_levels_reach_can_be_given_as_their_count(seed: int, method: Any) -> None:
    frame, margins = people(seed)
    design = ts.SurveyDesign(frame, weights="w")
    kept = next(iter(margins["a"]))
    partial = {level: count if level == kept else None for level, count in margins["a"].items()}
    free = design.calibrate({"b": margins["b"], "a": partial}, method=method)
    reached = free.weights.groupby(frame["a"]).sum().to_dict()
    assert_allclose(reached[kept], margins["a"][kept], rtol=1e-10)
    again = design.calibrate({"b": margins["b"], "a": reached}, method=method)
    assert_allclose(again.weights, free.weights, rtol=1e-8)


@few
@given(seeds, st.sampled_from(["raking", "linear"]))
def test_households_whatever_the_order_of_rows(seed: int, method: Any) -> None:
    frame, margins = people(seed)
    calibrated = ts.SurveyDesign(frame, weights="w", clusters="household").calibrate(
        margins, method=method, household="household"
    )
    factors = (calibrated.weights / frame["w"]).groupby(frame["household"])
    assert_allclose(factors.max(), factors.min(), rtol=1e-9)
    for name, targets in margins.items():
        assert_allclose(calibrated.weights.groupby(frame[name]).sum(), list(targets.values()), rtol=1e-10)
    order = np.random.default_rng(seed).permutation(len(frame))
    turned = ts.SurveyDesign(frame.iloc[order], weights="w", clusters="household").calibrate(
        margins, method=method, household="household"
    )
    assert_allclose(turned.weights.sort_index(), calibrated.weights, rtol=1e-8)


@few
@given(seeds, st.sampled_from(["raking", "linear", "logit"]))
def test_tightest_bounds_are_no_wider_than_any_that_do(seed: int, method: Any) -> None:
    frame, margins = people(seed)
    scale = sum(margins["a"].values()) / frame["w"].sum()
    design = ts.SurveyDesign(frame.assign(w=frame["w"] * scale), weights="w")
    factors = design.rake(margins).weights / design.weights
    widest = max(factors.max(), 1 / factors.min())
    tight = design.calibrate(margins, method=method, bounds="tightest")
    bounds = tight.calibrations[0].bounds
    assert bounds is not None
    assert bounds[1] <= widest * 1.001 + 0.001
    assert (tight.weights / design.weights).between(bounds[0] - 1e-9, bounds[1] + 1e-9).all()
    assert max(tight.calibrations[0].gaps.values()) <= 1e-10


@few
@given(seeds, st.integers(2, 25))
def test_proposals_leave_enough_respondents_everywhere(seed: int, minimum: int) -> None:
    frame, margins = people(seed)
    joint = {(one, other): 1.0 for one in margins["a"] for other in margins["b"]}
    design = ts.SurveyDesign(frame, weights="w")
    asked: dict[Any, Any] = {("a", "b"): joint, **{name: dict.fromkeys(margins[name], 1.0) for name in margins}}
    collapse = design.propose_collapse(asked, minimum=minimum).collapse
    merged = {name: frame[name].replace(collapse.get(name, {})) for name in margins}
    sizes = pd.crosstab(merged["a"], merged["b"])
    assert (sizes >= minimum).to_numpy().all()
    for name, targets in margins.items():
        raked = design.rake({name: targets}, collapse={name: collapse[name]} if name in collapse else None)
        assert_allclose(raked.weights.sum(), sum(targets.values()), rtol=1e-10)
