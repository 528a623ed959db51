"""A logistic regression of response by weighted pseudo-likelihood, on groups of people who are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, xlog1py, xlogy

from trustsurvey.weighting.calibration.problem import solve_semidefinite
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Logistic", "fit_logistic", "information"]

_STEPS = 50
_HALVINGS = 20
_TOLERANCE = 1e-11
_CERTAIN = 1e-9


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


def _likelihood(predictor: FloatArray, weights: FloatArray, responded: FloatArray) -> float:
    propensities = expit(predictor)
    return float((xlogy(responded, propensities) + xlog1py(weights - responded, -propensities)).sum())
