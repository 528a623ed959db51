"""Weighted maximum likelihood: Newton's method, and generalised linear models by Fisher scoring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.regression.families import Family
from trustsurvey.weighting.estimation.regression.matrix import row_blocks

__all__ = ["Derivatives", "Fit", "fit_families", "fit_family", "maximise", "solve_definite"]

_ITERATIONS = 60
_HALVINGS = 40
_STEP = 1e-9
_SINGULAR = 1e-7
_FLAT = 1e-12
_ROUNDING = 1e-11
_BLOCK_NUMBERS = 1 << 18
_WORTH_IT = 4
_STEPS_TOGETHER = 12


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """Log likelihood at some coefficients, its ``score`` (columns,) and ``information`` (columns, columns)."""

    likelihood: float
    score: FloatArray
    information: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fit: ``coefficients`` (columns,), ``information`` (columns, columns) there, and the last ``step`` (columns,).

    Where it has not ``converged``, the columns that still moved in the last step have no finite coefficient.
    """

    coefficients: FloatArray
    information: FloatArray
    step: FloatArray
    converged: bool


def maximise(
    derivatives: Callable[[FloatArray], Derivatives | None],
    reach: Callable[[FloatArray], float],
    start: FloatArray,
) -> Fit:
    """Maximise a concave log likelihood by Newton's method with halved steps.

    Parameters
    ----------
    derivatives : callable
        Of coefficients; None where these are not allowed.
    reach : callable
        The furthest that any linear predictor moves in a step: convergence is judged by it, as where there is no finite
        maximum the likelihood becomes flat and the predictors move on.
    start : (columns,) array
    """
    here = derivatives(start)
    coefficients, step = start, np.full(len(start), np.nan)
    if here is None or not np.isfinite(here.likelihood):
        return Fit(coefficients, np.full((len(start),) * 2, np.nan), step, False)
    for _ in range(_ITERATIONS):
        move = solve_definite(here.information, here.score)
        if move is None:
            return Fit(coefficients, here.information, step, False)
        step = move
        for _ in range(_HALVINGS):
            there = derivatives(coefficients + step)
            enough = here.likelihood - _ROUNDING * (1 + abs(here.likelihood))
            if there is not None and there.likelihood >= enough:
                break
            step = step / 2
        else:
            return Fit(coefficients, here.information, step, False)
        coefficients, here = coefficients + step, there
        if reach(step) <= _STEP:
            return Fit(coefficients, here.information, step, True)
    return Fit(coefficients, here.information, step, False)


def solve_definite(matrix: FloatArray, right: FloatArray) -> FloatArray | None:
    """Solve a positive definite system (size, size) for (size, ...); None where it is singular."""
    diagonal = np.diag(matrix)
    if not (np.isfinite(matrix).all() and (diagonal > 0).all()):
        return None
    scale = 1 / np.sqrt(diagonal)
    try:
        factor = cho_factor(matrix * np.outer(scale, scale), lower=True)
    except LinAlgError:
        return None
    if np.diag(factor[0]).min() < _SINGULAR:
        return None
    solution: FloatArray = (cho_solve(factor, (right.T * scale).T).T * scale).T
    return solution


def fit_family(
    basis: FloatArray,
    weights: FloatArray,
    sums: FloatArray,
    family: Family,
    offset: FloatArray | None = None,
    start: FloatArray | None = None,
) -> Fit:
    """Fit a generalised linear model (R: ``glm.fit``, until nothing changes any more).

    Parameters
    ----------
    basis : (patterns, columns) array
    weights, sums : (patterns,) array
        Sums of weights, and of weights times outcome, by pattern.
    family : Family
    offset : (patterns,) array, optional
    start : (columns,) array, optional
        Coefficients to start from; by default the first guess is made from the outcome, as R's.
    """
    total = weights.sum()
    share, mass = weights / total, sums / total
    blocks = row_blocks(len(basis))

    def predictor(coefficients: FloatArray, block: slice) -> FloatArray:
        linear: FloatArray = basis[block] @ coefficients
        return linear if offset is None else linear + offset[block]

    def derivatives(coefficients: FloatArray) -> Derivatives:
        information = np.zeros((len(coefficients),) * 2)
        score, likelihood = np.zeros(len(coefficients)), 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for block in blocks:
                linear = predictor(coefficients, block)
                ratio, slope = family.ratio(linear), family.link.slope(linear)
                likelihood += float(family.likelihood(linear, share[block], mass[block]).sum())
                score += (ratio * (mass[block] - share[block] * family.link.mean(linear))) @ basis[block]
                information += (basis[block] * (share[block] * ratio * slope)[:, None]).T @ basis[block]
        return Derivatives(likelihood, score, information)

    def reach(step: FloatArray) -> float:
        return float(max(np.abs(basis[block] @ step)[share[block] > 0].max(initial=0) for block in blocks))

    if family.name == "gaussian":
        # The first step of least squares is the last.
        coefficients, information = _first_step(basis, share, mass, family, offset)
        return Fit(coefficients, information, np.zeros(len(coefficients)), bool(np.isfinite(coefficients).all()))
    first = _first_step(basis, share, mass, family, offset)[0] if start is None else start
    return maximise(derivatives, reach, first)


def fit_families(
    basis: FloatArray,
    weights: FloatArray,
    sums: FloatArray,
    family: Family,
    offset: FloatArray | None,
    start: FloatArray,
) -> FloatArray:
    """Fit a generalised linear model to many sets of weights at once; parameters as in :func:`fit_family`.

    ``weights`` and ``sums`` are (patterns, sets); the result is (sets, columns), missing where there is no finite fit.
    """
    result = np.full((weights.shape[1], basis.shape[1]), np.nan)
    with np.errstate(invalid="ignore"):
        total = weights.sum(axis=0)
        usable = np.flatnonzero(np.isfinite(total) & (total > 0))
    left = usable
    if len(usable) >= _WORTH_IT:
        every = len(usable) == weights.shape[1]
        chosen = (weights, sums) if every else (weights[:, usable], sums[:, usable])
        result[usable] = _together(basis, *chosen, family, offset, start)
        left = usable[np.isnan(result[usable]).any(axis=1)]
    for place in left:
        fit = fit_family(basis, weights[:, place], sums[:, place], family, offset, start)
        if fit.converged:
            result[place] = fit.coefficients
    return result


def _together(
    basis: FloatArray,
    weights: FloatArray,
    sums: FloatArray,
    family: Family,
    offset: FloatArray | None,
    start: FloatArray,
) -> FloatArray:
    """Take Newton steps for all sets (patterns, sets); what has not settled after some is missing."""
    sets, size = weights.shape[1], basis.shape[1]
    coefficients = np.tile(start, (sets, 1))
    length = float(np.sqrt(np.einsum("pc,pc->p", basis, basis).max(initial=0)))
    rows = max(1, _BLOCK_NUMBERS // max(sets, size**2))
    for _ in range(_STEPS_TOGETHER):
        score, information = np.zeros((sets, size)), np.zeros((sets, size**2))
        with np.errstate(over="ignore", invalid="ignore"):
            for first in range(0, len(basis), rows):
                block = slice(first, first + rows)
                mine, weight = basis[block], weights[block]
                linear = mine @ coefficients.T
                if offset is not None:
                    linear += offset[block, None]
                slope = family.link.slope(linear)
                residual = sums[block] - weight * family.link.mean(linear)
                if not family.canonical:
                    ratio = family.ratio(linear)
                    residual, slope = residual * ratio, slope * ratio
                score += residual.T @ mine
                information += (weight * slope).T @ (mine[:, :, None] * mine[:, None, :]).reshape(len(mine), -1)
        try:
            step = np.linalg.solve(information.reshape(sets, size, size), score[:, :, None])[:, :, 0]
        except np.linalg.LinAlgError:
            return np.full((sets, size), np.nan)
        coefficients = coefficients + step
        settled = length * np.linalg.norm(step, axis=1) <= _STEP
        if family.name == "gaussian" or settled.all():
            break
    if family.name != "gaussian":
        coefficients[~settled] = np.nan
    spread = np.linalg.eigvalsh(information.reshape(sets, size, size))
    coefficients[~(spread[:, 0] > _FLAT * spread[:, -1])] = np.nan
    return coefficients


def _first_step(
    basis: FloatArray, share: FloatArray, mass: FloatArray, family: Family, offset: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and information after one step of reweighted least squares from the outcome."""
    size = basis.shape[1]
    information, right = np.zeros((size, size)), np.zeros(size)
    for block in row_blocks(len(basis)):
        known = share[block] > 0
        mean = np.divide(mass[block], share[block], out=np.full(len(known), 0.5), where=known)
        linear = family.link.predictor(family.first(mean))
        weight = share[block] * family.ratio(linear) * family.link.slope(linear)
        working = linear + (mean - family.link.mean(linear)) / family.link.slope(linear)
        if offset is not None:
            working = working - offset[block]
        right += (weight * working) @ basis[block]
        information += (basis[block] * weight[:, None]).T @ basis[block]
    solution = solve_definite(information, right)
    return np.full(size, np.nan) if solution is None else solution, information
