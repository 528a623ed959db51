"""The one-factor model of a covariance matrix, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

__all__ = ["OneFactor", "fit_one_factor"]

FloatArray = NDArray[np.float64]

_STEPS = 200
_HALVINGS = 30
_DONE = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class OneFactor:
    """Loadings (k,) on a factor of variance 1, and the variances (k,) of what is each item's own."""

    loadings: FloatArray
    uniquenesses: FloatArray

    @property
    def omega(self) -> float:
        """The share of the variance of the sum of the items that is the factor's (McDonald 1999, Test Theory, 6)."""
        common = float(self.loadings.sum()) ** 2
        return common / (common + float(self.uniquenesses.sum()))


def fit_one_factor(covariance: FloatArray) -> OneFactor | None:
    """Return the one-factor model of a covariance matrix (k, k), k at least 3.

    By Fisher scoring of the normal likelihood (Joreskog 1967, Some contributions to maximum likelihood factor analysis,
    Psychometrika 32; R: ``lavaan::cfa(sample.cov = )``). None where there is no proper solution: the matrix is
    singular, or an item would have less than no variance of its own.
    """
    items = len(covariance)
    size = np.sqrt(np.maximum(np.diag(covariance), 0))
    if items < 3 or not np.isfinite(size).all() or not (size > 0).all():
        return None
    target = covariance / np.outer(size, size)
    values, vectors = linalg.eigh(target)
    if values[0] <= 1e-10:
        return None
    first = vectors[:, -1] * np.sqrt(values[-1]) * np.sign(vectors[:, -1].sum() or 1)
    loadings = np.clip(first, -0.95, 0.95)
    parameters = np.concatenate([loadings, 1 - loadings**2])
    discrepancy = _discrepancy(parameters, target)
    for _ in range(_STEPS):
        change = _scoring_step(parameters, target)
        length = 1.0
        for _ in range(_HALVINGS):
            advanced = parameters + length * change
            reached = _discrepancy(advanced, target)
            if reached <= discrepancy + 1e-14:
                break
            length /= 2
        else:
            return None
        parameters, discrepancy = advanced, reached
        if np.abs(change).max() < _DONE:
            break
    else:
        return None
    loadings, uniquenesses = parameters[:items] * size, parameters[items:] * size**2
    if (uniquenesses < 0).any():
        return None
    return OneFactor(loadings if loadings.sum() >= 0 else -loadings, uniquenesses)


def _implied(parameters: FloatArray) -> FloatArray:
    items = len(parameters) // 2
    implied: FloatArray = np.outer(parameters[:items], parameters[:items]) + np.diag(parameters[items:])
    return implied


def _discrepancy(parameters: FloatArray, target: FloatArray) -> float:
    implied = _implied(parameters)
    try:
        factor = linalg.cho_factor(implied)
    except linalg.LinAlgError:
        return float("inf")
    return float(2 * np.log(np.diag(factor[0])).sum() + np.trace(linalg.cho_solve(factor, target)))


def _scoring_step(parameters: FloatArray, target: FloatArray) -> FloatArray:
    items = len(parameters) // 2
    loadings, implied = parameters[:items], _implied(parameters)
    inverse = linalg.inv(implied)
    residual = inverse @ (implied - target) @ inverse
    towards = inverse @ loadings
    gradient = np.concatenate([2 * residual @ loadings, np.diag(residual)])
    between = 2 * (np.outer(towards, towards) + inverse * float(loadings @ towards))
    across = 2 * inverse * towards[:, None]
    information = np.block([[between, across.T], [across, inverse**2]])
    step: FloatArray = -linalg.solve(information, gradient, assume_a="sym")
    return step
