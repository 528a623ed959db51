"""Cumulative link models: P(Y <= k) = F(threshold k - linear predictor), as R's ``polr`` and ``svyolr`` write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.estimation.regression.families import LinkName
from trustsurvey.weighting.estimation.regression.fitting import Derivatives, Fit, maximise
from trustsurvey.weighting.estimation.regression.matrix import row_blocks

__all__ = ["Cumulative", "cumulative", "fit_ordinal", "level_probabilities", "scores"]

Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Cumulative:
    """A cumulative distribution: probability, density and slope of the density, all of the predictor.

    ``quantile`` is of the probability.
    """

    probability: Function
    density: Function
    slope: Function
    quantile: Function


def cumulative(link: LinkName) -> Cumulative:
    """Return the distribution of a link."""
    if link == "probit":
        return Cumulative(special.ndtr, _normal, lambda point: -point * _normal(point), special.ndtri)
    return Cumulative(special.expit, _logistic, _logistic_slope, special.logit)


def _normal(point: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * point**2) / np.sqrt(2 * np.pi))


def _logistic(point: FloatArray) -> FloatArray:
    return np.asarray(special.expit(point) * special.expit(-point))


def _logistic_slope(point: FloatArray) -> FloatArray:
    return np.asarray(_logistic(point) * (special.expit(-point) - special.expit(point)))


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Derivatives of the log probability of levels by what lies above and below them, of a block of cells."""

    log: FloatArray
    above: FloatArray
    below: FloatArray
    above_above: FloatArray
    below_below: FloatArray
    above_below: FloatArray


def _cells(linear: FloatArray, level: IntArray, thresholds: FloatArray, function: Cumulative) -> _Cells:
    last = len(thresholds)
    top, bottom = level == last, level == 0
    upper = thresholds[np.minimum(level, last - 1)] - linear
    lower = thresholds[np.maximum(level - 1, 0)] - linear
    # Far out, the difference of two upper tails has the digits that the difference of two lower ones lost.
    flip = (lower > 0) | top & (upper > 0)
    sign = np.where(flip, -1.0, 1.0)
    high = np.where(top, np.where(flip, 0.0, 1.0), function.probability(sign * upper))
    low = np.where(bottom, np.where(flip, 1.0, 0.0), function.probability(sign * lower))
    probability = sign * (high - low)
    density_up = np.where(top, 0.0, function.density(upper))
    density_low = np.where(bottom, 0.0, function.density(lower))
    slope_up = np.where(top, 0.0, function.slope(upper))
    slope_low = np.where(bottom, 0.0, function.slope(lower))
    with np.errstate(divide="ignore", invalid="ignore"):
        above, below = density_up / probability, -density_low / probability
        return _Cells(
            np.log(probability),
            above,
            below,
            slope_up / probability - above**2,
            -slope_low / probability - below**2,
            -above * below,
        )


def _directions(basis: FloatArray, level: IntArray, thresholds: int) -> tuple[FloatArray, FloatArray]:
    """Return the derivatives (cells, columns + thresholds) of what lies above and below each cell."""
    rows = np.arange(len(basis))
    above = np.zeros((len(basis), basis.shape[1] + thresholds))
    above[:, : basis.shape[1]] = -basis
    below = above.copy()
    inner, outer = level < thresholds, level > 0
    above[rows[inner], basis.shape[1] + level[inner]] = 1
    below[rows[outer], basis.shape[1] + level[outer] - 1] = 1
    return above, below


def fit_ordinal(
    basis: FloatArray,
    level: IntArray,
    weights: FloatArray,
    levels: int,
    function: Cumulative,
    offset: FloatArray | None = None,
    start: FloatArray | None = None,
) -> Fit:
    """Fit slopes and thresholds.

    Parameters
    ----------
    basis : (cells, columns) array
        Without an intercept.
    level, weights : (cells,) array
        The level of each cell, and its weight.
    levels : int
    function : Cumulative
    offset : (cells,) array, optional
    start : (columns + levels - 1,) array, optional
    """
    columns = basis.shape[1]
    share = weights / weights.sum()
    blocks = row_blocks(len(basis))

    def derivatives(parameters: FloatArray) -> Derivatives | None:
        slopes, thresholds = parameters[:columns], parameters[columns:]
        if not (np.diff(thresholds) > 0).all():
            return None
        information = np.zeros((len(parameters),) * 2)
        score, likelihood = np.zeros(len(parameters)), 0.0
        for block in blocks:
            used = slice(None) if (share[block] > 0).all() else np.flatnonzero(share[block] > 0)
            mine, weight, z = level[block][used], share[block][used], basis[block][used]
            linear = z @ slopes
            if offset is not None:
                linear = linear + offset[block][used]
            cells = _cells(linear, mine, thresholds, function)
            above, below = _directions(z, mine, levels - 1)
            likelihood += float(weight @ cells.log)
            score += (weight * cells.above) @ above + (weight * cells.below) @ below
            cross = above.T @ (below * (weight * cells.above_below)[:, None])
            information -= above.T @ (above * (weight * cells.above_above)[:, None])
            information -= below.T @ (below * (weight * cells.below_below)[:, None])
            information -= cross + cross.T
        return Derivatives(likelihood, score, information)

    def reach(step: FloatArray) -> float:
        return float(np.abs(basis @ step[:columns]).max(initial=0) + np.abs(step[columns:]).max())

    if start is None:
        below = np.cumsum(np.bincount(level, share, minlength=levels))[:-1]
        start = np.r_[np.zeros(columns), function.quantile(np.clip(below, 1e-6, 1 - 1e-6))]
    return maximise(derivatives, reach, start)


def scores(
    basis: FloatArray,
    level: IntArray,
    parameters: FloatArray,
    function: Cumulative,
    offset: FloatArray | None = None,
) -> FloatArray:
    """Return the derivatives (cells, parameters) of the log probability of each cell."""
    columns = basis.shape[1]
    result = np.empty((len(basis), len(parameters)))
    for block in row_blocks(len(basis)):
        linear = basis[block] @ parameters[:columns]
        if offset is not None:
            linear = linear + offset[block]
        cells = _cells(linear, level[block], parameters[columns:], function)
        above, below = _directions(basis[block], level[block], len(parameters) - columns)
        result[block] = above * cells.above[:, None] + below * cells.below[:, None]
    return result


def level_probabilities(
    linear: FloatArray, thresholds: FloatArray, function: Cumulative
) -> tuple[FloatArray, FloatArray]:
    """Return the probability (rows, levels) of each level and the density (rows, levels + 1) at its borders."""
    point = thresholds[None, :] - linear[:, None]
    borders = np.zeros((len(linear), len(thresholds) + 2))
    borders[:, -1] = 1
    borders[:, 1:-1] = function.probability(point)
    density = np.zeros_like(borders)
    density[:, 1:-1] = function.density(point)
    return np.diff(borders, axis=1), density
