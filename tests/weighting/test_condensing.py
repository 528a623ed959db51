"""A sample condensed to its cells gives the same estimates as its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.weighting.estimation.condensing import condense
from trustsurvey.weighting.estimation.means import estimate_means, estimate_totals

ROWS = 900
MARGINS = {"sex": {"f": 510.0, "m": 490.0}, "age": {"a": 300.0, "b": 300.0, "c": 400.0}}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "sex": rng.choice(["f", "m"], ROWS),
            "age": pd.Categorical(rng.choice(["a", "b", "c"], ROWS), ["a", "b", "c", "never"]),
            "wave": rng.choice([2024, 2026], ROWS),
            "stratum": rng.choice(["p", "q"], ROWS),
            "w": rng.uniform(0.5, 3, ROWS),
            "one": 1.0,
            "y": np.where(rng.random(ROWS) < 0.1, np.nan, 1e6 + rng.normal(size=ROWS)),
            "z": rng.integers(0, 11, ROWS).astype(float),
            "inside": rng.random(ROWS) < 0.7,
        }
    )


@pytest.mark.parametrize("by", [[], ["wave"], ["wave", "age"]])
@pytest.mark.parametrize("statistic", ["mean", "total"])
@pytest.mark.parametrize("kind", ["plain", "weighted", "stratified", "raked", "calibrated twice", "domain"])
def test_cells_give_what_rows_give(frame: pd.DataFrame, kind: str, statistic: str, by: list[Any]) -> None:
    design = ts.SurveyDesign(
        frame,
        weights=None if kind == "plain" else "w",
        strata="stratum" if kind == "stratified" else None,
    )
    if kind in ("raked", "calibrated twice", "domain"):
        design = design.rake(MARGINS)
    if kind == "calibrated twice":
        design = design.calibrate({"sex": {"f": 600.0, "m": 400.0}}, method="linear")
    if kind == "domain":
        design = design.domain("inside")
    sample = design._sample
    estimate = estimate_means if statistic == "mean" else estimate_totals
    cells = condense(sample, by, ["y", "z", "one"], statistic, len(frame))
    assert len(cells.data) < len(frame) / 8
    expected, found = (estimate(each, ["y", "z", "one"], by) for each in (sample, cells))
    size = np.sqrt(np.nanmax(np.diag(expected.covariance)))
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-9, atol=1e-12 * size)
    # y is a million times its spread, so six digits are lost before anything is computed.
    assert_allclose(found.covariance, expected.covariance, rtol=1e-9, atol=1e-10 * size**2)
    assert (found.df, found.left_out) == (expected.df, expected.left_out)


def test_a_sample_with_more_cells_than_wanted_stays_as_it_is(frame: pd.DataFrame) -> None:
    sample = ts.SurveyDesign(frame)._sample
    assert condense(sample, ["wave", "age"], ["y"], "mean", 3) is sample
