"""How weights are spread, and what the largest of them do to estimates."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.domains import numbers
from trustsurvey.weighting.estimation.means import estimate_means
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["bounds_table", "g_weights", "histogram_table", "influence_tables", "largest_weights", "quantiles_table"]

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
_BINS = 40
_AT_BOUND = 1e-9
_COUNTS = (1, 5, 10)
_SHARES = (0.01, 0.05)


def g_weights(calibration: Calibration) -> FloatArray:
    """Return weight over base weight (respondents,) as the bounds see it."""
    calibrated = calibration.before != 0
    factors: FloatArray = (calibration.factors / calibration.scale)[calibration.cell[calibrated]]
    return factors


def quantiles_table(weights: FloatArray, calibration: Calibration | None) -> pd.DataFrame:
    """Return quantiles of the weights (rows,) that are not 0, and of the g-weights of the last calibration."""
    table = pd.DataFrame({"quantile": _QUANTILES, "weight": np.quantile(weights, _QUANTILES)})
    table["g_weight"] = 1.0 if calibration is None else np.quantile(g_weights(calibration), _QUANTILES)
    return table


def histogram_table(weights: FloatArray, calibration: Calibration | None) -> pd.DataFrame:
    """Return the numbers of respondents by intervals of weight over mean weight, and of g-weight."""
    values = {"weight": weights / weights.mean()}
    if calibration is not None:
        values["g_weight"] = g_weights(calibration)
    tables = []
    for name, each in values.items():
        low, high = float(each.min()), float(each.max())
        if high - low < 1e-9 * abs(high):
            low, high = low - 0.025, high + 0.025
        n, edges = np.histogram(each, _BINS, (low, high))
        tables.append(pd.DataFrame({"of": name, "lower": edges[:-1], "upper": edges[1:], "n": n}))
    return pd.concat(tables, ignore_index=True)


def bounds_table(calibrations: Sequence[Calibration]) -> pd.DataFrame:
    """Return a row per calibration: the range of its g-weights, its bounds, and how many respondents are at each."""
    rows = []
    for number, calibration in enumerate(calibrations, start=1):
        each = g_weights(calibration)
        lower, upper = calibration.bounds if calibration.bounds is not None else (np.nan, np.nan)
        with np.errstate(invalid="ignore"):
            at_lower, at_upper = each <= lower * (1 + _AT_BOUND), each >= upper * (1 - _AT_BOUND)
        rows.append((number, each.min(), each.max(), lower, upper, int(at_lower.sum()), int(at_upper.sum())))
    columns = ["calibration", "smallest", "largest", "lower", "upper", "at_lower", "at_upper"]
    return pd.DataFrame(rows, columns=columns)


def largest_weights(sample: Sample) -> pd.DataFrame:
    """Return the share of the total weight that the largest weights have."""
    counted = sample.weights != 0
    weights, people = sample.weights[counted], sample.respondents[counted]
    total = weights.sum()
    return pd.DataFrame(
        [
            {"largest": name, "n": size, "share": float((weights * taken).sum() / total)}
            for name, size, taken in _largest(weights, people)
        ]
    )


def influence_tables(sample: Sample, y: Sequence[Hashable]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the means of variables without the largest weights, and a summary of the influence of single respondents.

    Where the last weight to leave out is one of several alike, each of these is left out in part, so the order of the
    rows does not matter.
    """
    columns = ["variable", "without", "n", "share", "estimate", "change", "change_in_se"]
    summary = ["variable", "n", "median", "quantile_99", "largest", "limit", "above_limit"]
    if not y:
        return pd.DataFrame(columns=columns), pd.DataFrame(columns=summary)
    without, single = [], []
    known = estimate_means(sample, list(y), None).table
    for name, se in zip(y, known["se"].tolist(), strict=True):
        values = numbers(sample.data, name, "mean")
        used = (sample.weights != 0) & ~np.isnan(values)
        weights, people, value = sample.weights[used], sample.respondents[used], values[used]
        total, mean = weights.sum(), float(weights @ value / weights.sum()) if used.any() else np.nan
        scale = se if se > 0 else np.nan
        without.append((str(name), "none", 0, 0.0, mean, 0.0, 0.0))
        for label, size, taken in _largest(weights, people):
            left = weights * (1 - taken)
            change = float(left @ value / left.sum()) - mean if left.sum() > 0 else np.nan
            share = float((weights * taken).sum() / total)
            without.append((str(name), label, size, share, mean + change, change, change / scale))
        # What leaving out one respondent does to the mean, in standard errors (Belsley, Kuh and Welsch 1980: DFBETAS).
        each = weights / people
        change = np.abs(each * (value - mean) / np.where(total > each, total - each, np.nan)) / scale
        n = int(people.sum())
        limit = 2 / np.sqrt(n) if n else np.nan
        row = (np.nanquantile(change, [0.5, 0.99, 1]) if np.isfinite(change).any() else np.full(3, np.nan)).tolist()
        single.append((str(name), n, *row, limit, int(people[change > limit].sum())))
    return pd.DataFrame(without, columns=columns), pd.DataFrame(single, columns=summary)


def _largest(weights: FloatArray, people: FloatArray | np.ndarray) -> list[tuple[str, int, FloatArray]]:
    """Return names, numbers and what is taken of each row (rows,) for the largest 1, 5, 10, 1 % and 5 % of weights."""
    n = int(people.sum())
    wanted = [(f"{count} weight{'s' if count > 1 else ''}", count) for count in _COUNTS if count < n]
    wanted += [(f"{share:.0%}".replace("%", " %"), int(np.ceil(share * n))) for share in _SHARES if n > 1]
    each = weights / people
    # Weights that differ by rounding only are alike.
    order = np.argsort(-each, kind="stable")
    reached = np.cumsum(people[order])
    result = []
    for name, size in wanted:
        least = each[order[int(np.searchsorted(reached, size))]]
        above, alike = each > least * (1 + _AT_BOUND), np.abs(each - least) <= np.abs(least) * _AT_BOUND
        fraction = (size - people[above].sum()) / people[alike].sum()
        result.append((name, size, np.where(above, 1.0, np.where(alike, fraction, 0.0))))
    return result
