"""What weighting did: Kish effect, margins before and after, range of the weights, choices made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Diagnostics", "diagnose"]

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Diagnostics:
    """What weighting did.

    Attributes
    ----------
    kish : float
        Kish's design effect of unequal weights, 1 + CV squared (Kish 1965, Survey Sampling, 11.7).
    n_effective : float
        Number of rows over the Kish effect.
    margins : DataFrame
        ``margin``, ``level``, ``target``, weighted counts ``before`` (scaled to the target's total) and ``after``, and
        ``gap``, after over target minus 1.
    weights : DataFrame
        Quantiles of ``weight``, and of ``g_weight``, weight over base weight, by ``quantile``; 0 and 1 are the range.
    convergence : DataFrame
        A row per calibration and margin: ``calibration``, ``method``, ``margin``, ``iterations``, ``largest_gap``.
    choices : tuple of str
        What was chosen: levels merged, missing answers kept, base weights scaled, negative weights.
    """

    kish: float
    n_effective: float
    margins: pd.DataFrame
    weights: pd.DataFrame
    convergence: pd.DataFrame
    choices: tuple[str, ...]


def diagnose(sample: Sample) -> Diagnostics:
    """Return the diagnostics of a sample's weights."""
    weights = sample.weights[sample.weights != 0]
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    calibrations = sample.calibrations
    columns = ["margin", "level", "target", "before", "after", "gap"]
    margins = [_margins(calibration, calibrations[-1].weights) for calibration in calibrations]
    convergence = [
        (number, calibration.method, margin, calibration.iterations, gap)
        for number, calibration in enumerate(calibrations, start=1)
        for margin, gap in calibration.gaps.items()
    ]
    choices = [choice for calibration in calibrations for choice in calibration.choices]
    negative = int((weights < 0).sum())
    if negative:
        choices.append(f"{negative} weights are below 0; bounds or raking avoid that")
    return Diagnostics(
        kish=len(weights) / effective,
        n_effective=effective,
        margins=pd.concat(margins, ignore_index=True) if margins else pd.DataFrame(columns=columns),
        weights=_weights(weights, calibrations),
        convergence=pd.DataFrame(convergence, columns=["calibration", "method", "margin", "iterations", "largest_gap"]),
        choices=tuple(choices),
    )


def _margins(calibration: Calibration, weights: FloatArray) -> pd.DataFrame:
    """Return the margins table of one calibration, with the final weights (n,)."""
    problem = calibration.problem
    cells = len(problem.weights)
    final = np.bincount(calibration.cell, weights, minlength=cells)
    before = problem.split(problem.indicators.T @ (problem.weights * problem.ratio))
    after = problem.split(problem.indicators.T @ final)
    tables = [
        pd.DataFrame(
            {
                "margin": margin.name,
                "level": list(margin.levels),
                "target": margin.targets,
                "before": start,
                "after": end,
                "gap": np.divide(end, margin.targets, out=np.full(len(end), np.nan), where=margin.targets != 0) - 1,
            }
        )
        for margin, start, end in zip(problem.margins, before, after, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _weights(weights: FloatArray, calibrations: tuple[Calibration, ...]) -> pd.DataFrame:
    table = pd.DataFrame({"quantile": _QUANTILES, "weight": np.quantile(weights, _QUANTILES)})
    if calibrations:
        last = calibrations[-1]
        table["g_weight"] = np.quantile((last.factors / last.scale)[last.cell], _QUANTILES)
    else:
        table["g_weight"] = 1.0
    return table
