"""Tail probabilities of sums of weighted chi-squares, over an independent chi-square or not.

They are the distribution of a test statistic whose variance is not that of a simple random sample.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from trustsurvey.weighting.encoding import FloatArray

__all__ = ["exact_tail", "saddlepoint_tail", "satterthwaite", "satterthwaite_tail"]

_TERMS = 20_000
_ENOUGH = 1e-13
_CLOSE = 1e-9
_NEGLIGIBLE = 1e-10
_AT_THE_MEAN = 1e-4
_ROUNDING = 1e-12


def satterthwaite(weights: FloatArray) -> tuple[float, float]:
    """Return scale and degrees of freedom of the chi-square that has mean and variance of sum(weights * chi2(1))."""
    mean = float(weights.mean())
    ratio = float((weights**2).mean()) / mean**2
    return mean * ratio, len(weights) / ratio


def satterthwaite_tail(statistic: float, weights: FloatArray, df: float = math.inf) -> float:
    """Return P(sum(weights * chi2(1)) / (chi2(df) / df) > statistic) by that approximation (R: ``pFsum``)."""
    scale, size = satterthwaite(weights)
    if math.isinf(df):
        return float(stats.chi2.sf(statistic / scale, size))
    return float(stats.f.sf(statistic / size / scale, size, df))


def exact_tail(statistic: float, weights: FloatArray, df: float = math.inf) -> float:
    """Return P(sum(weights * chi2(1)) / (chi2(df) / df) > statistic), by the series of Ruben.

    Ruben (1962), Probability content of regions under spherical normal distributions, IV, Annals of Mathematical
    Statistics 33. Missing where the weights are so uneven that the series does not end.
    """
    weights = weights[weights > _NEGLIGIBLE * weights.max(initial=0)]
    if not len(weights) or not np.isfinite(statistic):
        return float("nan")
    if statistic <= 0:
        return 1.0
    # This scale makes the series converge fastest.
    scale = 2 * weights.min() * weights.max() / (weights.min() + weights.max())
    deviation = 1 - scale / weights
    coefficients = np.zeros(_TERMS)
    powers = np.zeros(_TERMS)
    coefficients[0] = math.exp(0.5 * float(np.log(scale / weights).sum()))
    power = np.ones(len(weights))
    total, terms = coefficients[0], 1
    while terms < _TERMS and abs(1 - total) > _ENOUGH:
        power = power * deviation
        powers[terms - 1] = power.sum()
        coefficients[terms] = powers[:terms][::-1] @ coefficients[:terms] / (2 * terms)
        total += coefficients[terms]
        terms += 1
    if abs(1 - total) > _CLOSE:
        return float("nan")
    size = len(weights) + 2.0 * np.arange(terms)
    infinite = math.isinf(df)
    tails = stats.chi2.sf(statistic / scale, size) if infinite else stats.f.sf(statistic / scale / size, size, df)
    return float(np.clip(coefficients[:terms] @ tails, 0, 1))


def saddlepoint_tail(statistic: float, weights: FloatArray, df: float = math.inf) -> float:
    """Return the same probability by the saddlepoint approximation (R: ``pFsum(method = "saddlepoint")``).

    At the mean of the distribution, where it does not exist, it is that of Satterthwaite. As in R, the degrees of
    freedom of the denominator count whole.

    Kuonen (1999), Saddlepoint approximations for distributions of quadratic forms in normal variables, Biometrika 86.
    """
    guess = satterthwaite_tail(statistic, weights, df)
    weights = weights[weights != 0]
    if not len(weights) or not statistic > 0:
        return guess
    if math.isinf(df):
        tail = _saddlepoint(statistic, weights, np.ones(len(weights)))
    else:
        whole = math.floor(df * (1 + _ROUNDING))
        tail = _saddlepoint(0.0, np.r_[weights, -statistic / df], np.r_[np.ones(len(weights)), whole])
    return guess if math.isnan(tail) else tail


def _saddlepoint(x: float, weights: FloatArray, counts: FloatArray) -> float:
    """Return P(sum of weights * chi2(counts) > x), missing at the mean."""
    largest = weights.max()
    weights, x = weights / largest, x / largest

    def slope(point: float) -> float:
        return float((counts * weights / (1 - 2 * point * weights)).sum()) - x

    upper = 1 / (2 * weights.max()) * (1 - 1e-5)
    if (weights < 0).any():
        lower = 1 / (2 * weights.min()) * (1 - 1e-5)
    elif x > (counts * weights).sum():
        lower = -0.01
    else:
        lower = -counts.sum() / (2 * x)
    if slope(lower) * slope(upper) > 0:
        return float("nan")
    root = brentq(slope, lower, upper, xtol=1e-15, rtol=1e-14)
    if abs(root) < _AT_THE_MEAN:
        return float("nan")
    generating = -float((counts * np.log(1 - 2 * root * weights)).sum()) / 2
    curvature = 2 * float((counts * weights**2 / (1 - 2 * root * weights) ** 2).sum())
    signed = math.copysign(math.sqrt(2 * (root * x - generating)), root)
    scaled = root * math.sqrt(curvature)
    return float(stats.norm.sf(signed + math.log(scaled / signed) / signed))
