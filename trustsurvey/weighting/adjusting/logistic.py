"""A logistic regression of response by weighted pseudo-likelihood, on groups of people who are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, xlog1py, xlogy

from trustsurvey.weighting.calibration.problem import solve_semidefinite
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Logistic", "fit_logistic", "information", "replicate_propensities"]

_STEPS = 50
_HALVINGS = 20
_TOLERANCE = 1e-11
_CERTAIN = 1e-9
_WARM_STEPS = 12
_BLOCK_NUMBERS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """Coefficients (coefficients,), propensities (groups,), and whether a finite maximum was found."""

    coefficients: FloatArray
    propensities: FloatArray
    converged: bool


def information(matrix: FloatArray, weights: FloatArray, propensities: FloatArray) -> FloatArray:
    """Return the information (coefficients, coefficients) of a logistic regression."""
    curvature = weights * propensities * (1 - propensities)
    cross: FloatArray = matrix.T @ (curvature[:, None] * matrix)
    return cross


def fit_logistic(
    matrix: FloatArray, weights: FloatArray, responded: FloatArray, start: FloatArray | None = None
) -> Logistic:
    """Fit the propensity to respond (R: ``svyglm(family = quasibinomial)``).

    Parameters
    ----------
    matrix : (groups, coefficients) array
        Covariates. A column that others already explain gets 0.
    weights, responded : (groups,) array
        Sums of the weights of everybody and of those who responded.
    start : (coefficients,) array, optional
        Where to begin.
    """
    coefficients = np.zeros(matrix.shape[1]) if start is None else start
    reach = np.abs(matrix).T @ weights
    reach[reach == 0] = 1
    likelihood = _likelihood(matrix @ coefficients, weights, responded)
    for _ in range(_STEPS):
        propensities = expit(matrix @ coefficients)
        score = matrix.T @ (responded - weights * propensities)
        # The step after the last needed one is nearly free and leaves rounding error only.
        done = bool((np.abs(score) <= _TOLERANCE * reach).all())
        change = solve_semidefinite(information(matrix, weights, propensities), score)
        for halving in range(_HALVINGS):
            advanced = coefficients + change / 2**halving
            reached = _likelihood(matrix @ advanced, weights, responded)
            if done or reached >= likelihood - 1e-12 * abs(likelihood):
                break
        coefficients, likelihood = advanced, reached
        if done:
            break
    propensities = expit(matrix @ coefficients)
    used = weights > 0
    certain = np.minimum(propensities, 1 - propensities)[used] < _CERTAIN
    return Logistic(coefficients, propensities, done and not certain.any())


def replicate_propensities(
    matrix: FloatArray, weights: FloatArray, responded: FloatArray, start: FloatArray
) -> FloatArray:
    """Return the propensities (groups, replicates) fitted to each replicate; NaN in those without an estimate.

    Parameters
    ----------
    matrix : (groups, coefficients) array
    weights, responded : (groups, replicates) array
        Sums of the weights of everybody and of those who responded.
    start : (coefficients,) array
        The coefficients of the full sample, from which a few steps lead to those of all replicates together.
    """
    groups, replicates = weights.shape
    propensities = np.empty((groups, replicates))
    size = max(1, _BLOCK_NUMBERS // groups)
    for first in range(0, replicates, size):
        part = slice(first, first + size)
        fitted, solved = _fit_together(matrix, weights[:, part], responded[:, part], start)
        certain = (np.minimum(fitted, 1 - fitted) < _CERTAIN) & (weights[:, part] > 0)
        for place in np.flatnonzero(~solved | certain.any(axis=0)):
            alone = fit_logistic(matrix, weights[:, first + place], responded[:, first + place], start)
            fitted[:, place] = alone.propensities if alone.converged else np.nan
        propensities[:, part] = fitted
    return propensities


def _fit_together(
    matrix: FloatArray, weights: FloatArray, responded: FloatArray, start: FloatArray
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return propensities (groups, replicates) after plain Newton steps, and which replicates (replicates,) solved."""
    size = matrix.shape[1]
    upper = np.triu_indices(size)
    block = max(1, _BLOCK_NUMBERS // len(upper[0]))
    coefficients = np.repeat(start[:, None], weights.shape[1], axis=1)
    reach = np.abs(matrix).T @ weights
    reach[reach == 0] = 1
    solved = np.zeros(weights.shape[1], dtype=bool)
    for _ in range(_WARM_STEPS):
        propensities = expit(matrix @ coefficients)
        score = matrix.T @ (responded - weights * propensities)
        done = (np.abs(score) <= _TOLERANCE * reach).all(axis=0)
        curvature = weights * propensities * (1 - propensities)
        sums = np.zeros((weights.shape[1], len(upper[0])))
        for low in range(0, len(matrix), block):
            rows = matrix[low : low + block]
            sums += curvature[low : low + block].T @ (rows[:, upper[0]] * rows[:, upper[1]])
        cross = np.empty((weights.shape[1], size, size))
        cross[:, upper[0], upper[1]] = sums
        cross[:, upper[1], upper[0]] = sums
        try:
            change = np.linalg.solve(cross, score.T[:, :, None])[:, :, 0].T
        except np.linalg.LinAlgError:
            return propensities, np.zeros_like(solved)
        coefficients = coefficients + change
        # The step after the last needed one is nearly free and leaves rounding error only.
        solved |= done & np.isfinite(coefficients).all(axis=0)
        if done.all():
            break
    return expit(matrix @ coefficients), solved


def _likelihood(predictor: FloatArray, weights: FloatArray, responded: FloatArray) -> float:
    propensities = expit(predictor)
    return float((xlogy(responded, propensities) + xlog1py(weights - responded, -propensities)).sum())
