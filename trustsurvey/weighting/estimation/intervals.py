"""95 % intervals for means, totals and proportions."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import stats

from trustsurvey.weighting.encoding import FloatArray

__all__ = [
    "ProportionInterval",
    "arcsine_interval",
    "beta_interval",
    "critical_t",
    "logit_interval",
    "p_values",
    "t_interval",
    "wilson_interval",
]

ProportionInterval = Literal["logit", "wilson", "beta", "xlogit", "asin", "mean"]

_TAIL = 0.025


def t_interval(estimate: FloatArray, se: FloatArray, df: float | FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the interval on Student's t; missing where there are no degrees of freedom."""
    half = critical_t(df) * se
    return estimate - half, estimate + half


def logit_interval(
    share: FloatArray,
    se: FloatArray,
    df: float | FloatArray,
    n_effective: FloatArray,
    logit_se: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return the interval on the logit scale (R: ``svyciprop(method = "logit")``, ``"xlogit"``).

    At 0 and 1, where the logit does not exist, it is Wilson's on ``n_effective`` (statistics,). ``logit_se``
    (statistics,) are the standard errors of the logit; where missing, they follow from ``se`` by the delta method.
    """
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    errors = se / (safe * (1 - safe))
    if logit_se is not None:
        errors = np.where(np.isnan(logit_se), errors, logit_se)
    half = critical_t(df) * errors
    centre = np.log(safe / (1 - safe))
    low, high = wilson_interval(share, n_effective)
    return (
        np.where(inside, 1 / (1 + np.exp(half - centre)), low),
        np.where(inside, 1 / (1 + np.exp(-half - centre)), high),
    )


def arcsine_interval(share: FloatArray, se: FloatArray, df: float | FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the interval on the scale of the arc sine of the root (R: ``svyciprop(method = "asin")``).

    As in R it turns back where it would leave 0 or 1; at 0 and 1 it does not exist.
    """
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    centre = np.arcsin(np.sqrt(safe))
    half = critical_t(df) * se / (2 * np.sqrt(safe * (1 - safe)))
    low, high = np.sin(centre - half) ** 2, np.sin(centre + half) ** 2
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def wilson_interval(share: FloatArray, n_effective: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's score interval on an effective number of answers; it is valid at 0 and 1.

    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    z2 = float(stats.norm.ppf(1 - _TAIL)) ** 2
    relative = z2 / n_effective
    centre = (share + relative / 2) / (1 + relative)
    square = share * (1 - share) * relative + relative**2 / 4
    half = np.sqrt(np.where(square < 0, np.nan, square)) / (1 + relative)
    low, high = np.maximum(centre - half, 0), np.minimum(centre + half, 1)
    return np.where(share == 0, 0 * low, low), np.where(share == 1, 1 + 0 * high, high)


def beta_interval(
    share: FloatArray, n_effective: FloatArray, n: FloatArray, df: float | FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of Korn and Graubard (R: ``svyciprop(method = "beta")``); it is valid at 0 and 1.

    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts,
    Survey Methodology 24.
    """
    ratio = np.where(n > 1, stats.t.ppf(_TAIL, np.maximum(n - 1, 1)) / -critical_t(df), 1.0)
    size = n_effective * ratio**2
    low = stats.beta.ppf(_TAIL, size * share, size * (1 - share) + 1)
    high = stats.beta.ppf(1 - _TAIL, size * share + 1, size * (1 - share))
    return np.where((share == 0) & (n > 0), 0.0, low), np.where((share == 1) & (n > 0), 1.0, high)


def p_values(estimate: FloatArray, se: FloatArray, df: float | FloatArray) -> FloatArray:
    """Return the two-sided p value of t = estimate / se; missing where the standard error is 0."""
    t = np.divide(estimate, se, out=np.full(len(se), np.nan), where=se > 0)
    return np.asarray(2 * stats.t.sf(np.abs(t), np.where(np.asarray(df) > 0, df, np.nan)), dtype=np.float64)


def critical_t(df: float | FloatArray) -> FloatArray:
    """Return what |t| stays below with 95 % probability; missing where there are no degrees of freedom."""
    known = np.where(np.asarray(df, dtype=np.float64) > 0, df, np.nan)
    return np.asarray(stats.t.ppf(1 - _TAIL, known), dtype=np.float64)
