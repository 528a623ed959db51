"""How weights are spread, and what the largest of them do to estimates."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.estimation.domains import numbers
from trustsurvey.weighting.estimation.means import estimate_means
from trustsurvey.weighting.sampling.sample import Sample

__all__ = [
    "bounds_table",
    "calibrated_rows",
    "histogram_table",
    "influence_tables",
    "largest_weights",
    "quantiles",
    "quantiles_table",
]

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
_BINS = 40
_AT_BOUND = 1e-9
_COUNTS = (1, 5, 10)
_SHARES = (0.01, 0.05)


def calibrated_rows(calibration: Calibration) -> npt.NDArray[np.bool_]:
    """Return the rows (n,) that have a weight and are in a margin; those of other waves are in none."""
    in_margin = np.diff(calibration.problem.indicators.indptr) > 0
    rows: npt.NDArray[np.bool_] = (calibration.before != 0) & in_margin[calibration.cell]
    return rows


def _g_weights(calibration: Calibration) -> FloatArray:
    """Return weight over base weight (n,) as the bounds see it."""
    factors: FloatArray = (calibration.factors / calibration.scale)[calibration.cell]
    return factors


def quantiles_table(sample: Sample, calibration: Calibration | None) -> pd.DataFrame:
    """Return quantiles of the weights that are not 0, and of the g-weights of the last calibration."""
    weights, people = _each(sample, sample.weights)
    table = pd.DataFrame({"quantile": _QUANTILES, "weight": quantiles(weights, people, _QUANTILES), "g_weight": 1.0})
    if calibration is not None:
        counted = calibrated_rows(calibration)
        table["g_weight"] = quantiles(_g_weights(calibration)[counted], sample.respondents[counted], _QUANTILES)
    return table


def quantiles(values: FloatArray, people: IntArray, shares: Sequence[float]) -> FloatArray:
    """Return quantiles (shares,) of values (rows,) that so many people have: the usual ones where each has one."""
    if (people == 1).all():
        return np.asarray(np.quantile(values, shares))
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(people[order])
    place = np.searchsorted(reached, np.asarray(shares) * reached[-1] * (1 - 1e-12))
    return np.asarray(values[order[np.minimum(place, len(order) - 1)]])


def histogram_table(sample: Sample, calibration: Calibration | None) -> pd.DataFrame:
    """Return the numbers of respondents by intervals of weight over mean weight, and of g-weight.

    Where there are no bounds, g-weights are over their mean.
    """
    weights, people = _each(sample, sample.weights)
    values = {"weight": (weights * people.sum() / (weights @ people), people)}
    if calibration is not None:
        counted = calibrated_rows(calibration)
        each, behind = _g_weights(calibration)[counted], sample.respondents[counted]
        if calibration.bounds is None:
            # Shares as targets make them any size.
            each = each * behind.sum() / (each @ behind)
        values["g_weight"] = each, behind
    tables = []
    for name, (each, behind) in values.items():
        low, high = float(each.min()), float(each.max())
        if high - low < 1e-9 * abs(high):
            low, high = low - 0.025, high + 0.025
        n, edges = np.histogram(each, _BINS, (low, high), weights=behind)
        tables.append(pd.DataFrame({"of": name, "lower": edges[:-1], "upper": edges[1:], "n": n.astype(np.int64)}))
    return pd.concat(tables, ignore_index=True)


def _each(sample: Sample, weights: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the weight of each respondent behind the rows whose weight (n,) is not 0, and how many they are."""
    counted = weights != 0
    people = sample.respondents[counted]
    return weights[counted] / people, people


def bounds_table(sample: Sample, calibrations: Sequence[Calibration]) -> pd.DataFrame:
    """Return a row per calibration: the range of its g-weights, its bounds, and how many respondents are at each."""
    rows = []
    for number, calibration in enumerate(calibrations, start=1):
        counted = calibrated_rows(calibration)
        each, people = _g_weights(calibration)[counted], sample.respondents[counted]
        lower, upper = calibration.bounds if calibration.bounds is not None else (np.nan, np.nan)
        with np.errstate(invalid="ignore"):
            at_lower, at_upper = each <= lower * (1 + _AT_BOUND), each >= upper * (1 - _AT_BOUND)
        at = int(people[at_lower].sum()), int(people[at_upper].sum())
        rows.append((number, each.min(), each.max(), lower, upper, *at))
    columns = ["calibration", "smallest", "largest", "lower", "upper", "at_lower", "at_upper"]
    return pd.DataFrame(rows, columns=columns)


def largest_weights(sample: Sample) -> pd.DataFrame:
    """Return the share of the total weight that the largest weights have."""
    each, people = _each(sample, sample.weights)
    weights = each * people
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
            change = float(left @ (value - mean) / left.sum()) if left.sum() > 0 else np.nan
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


def _largest(weights: FloatArray, people: IntArray) -> list[tuple[str, int, FloatArray]]:
    """Return names, numbers and what is taken of each row (rows,) for the largest 1, 5, 10, 1 % and 5 % of weights."""
    n = int(people.sum())
    wanted = [(f"{count} weight{'s' if count > 1 else ''}", count) for count in _COUNTS if count < n]
    wanted += [(f"{share:.0%}".replace("%", " %"), int(np.ceil(share * n))) for share in _SHARES if n > 1]
    each = weights / people
    if not wanted:
        return []
    # A row is one respondent at least, so the largest weights are in as many rows at most.
    reach = min(len(each), max(size for _, size in wanted))
    candidates = np.flatnonzero(each >= np.partition(each, len(each) - reach)[len(each) - reach])
    order = candidates[np.argsort(-each[candidates], kind="stable")]
    reached = np.cumsum(people[order])
    result = []
    for name, size in wanted:
        least = each[order[int(np.searchsorted(reached, size))]]
        # Weights that differ by rounding only are alike.
        above, alike = each > least * (1 + _AT_BOUND), np.abs(each - least) <= np.abs(least) * _AT_BOUND
        fraction = (size - people[above].sum()) / people[alike].sum()
        result.append((name, size, np.where(above, 1.0, np.where(alike, fraction, 0.0))))
    return result
