"""Variance within rows: of respondents who share a row, where their values differ."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.rows import CURVED, Rows

__all__ = ["within_rows"]


def within_rows(rows: Rows, statistics: int, stratum: IntArray, scale: FloatArray) -> FloatArray:
    """Return the scaled sums of products (statistics, statistics) that values within rows add.

    ``between_rows`` takes the influence of a row as that of each of its respondents. It is one at the average value:
    that of a respondent is further by slope times deviation.
    """
    result = np.zeros((statistics, statistics))
    moments = rows.moments
    if moments is None:
        return result
    squares = scale[stratum] * rows.weights**2
    if rows.concentration is not None:
        squares *= rows.concentration
    several = np.ones(len(squares), dtype=bool) if rows.counts is None else rows.counts > 1
    varying = [(part, slope) for part in rows.parts for slope in part.slopes if slope.value != CURVED]
    curved = [(part, slope) for part in rows.parts for slope in part.slopes if slope.value == CURVED]
    for part, slope in curved:
        if (several & (part.domain >= 0) & (squares * slope.slope != 0)).any():
            raise InputError(
                "a standard error of squares needs fourth powers of values, and a design from a query holds squares; "
                "name the variable in keys, or clusters, or make replicates of groups"
            )
    for place, (part, slope) in enumerate(varying):
        used = np.flatnonzero((part.domain >= 0) & (squares != 0))
        column = part.columns(used)
        for other, other_slope in varying[: place + 1]:
            second = other.columns(used)
            both = np.flatnonzero(second >= 0)
            row = used[both]
            product = moments.squared_products[row, moments.pair(slope.value, other_slope.value)]
            amount = squares[row] * slope.slope[row] * other_slope.slope[row] * product
            same = other is part and other_slope is slope
            _add(result, column[both], second[both], amount, symmetric=not same)
        if not moments.shifts[used, slope.value].any():
            continue
        amount = squares[used] * slope.slope[used] * moments.shifts[used, slope.value]
        for other in rows.parts:
            second = other.columns(used)
            both = np.flatnonzero(second >= 0)
            _add(result, column[both], second[both], amount[both] * other.values[used[both]], symmetric=True)
        for fitted in rows.fitted:
            ratio = fitted.weights[used] / rows.weights[used]
            shape = (len(fitted.values), statistics)
            by_cell = sparse.coo_array((amount * ratio, (fitted.cell[used], column)), shape=shape).tocsr()
            explained = np.asarray(by_cell.T @ fitted.values)
            result -= explained + explained.T
    return result


def _add(result: FloatArray, one: IntArray, other: IntArray, amount: FloatArray, *, symmetric: bool) -> None:
    size = len(result)
    sums = np.bincount(one * size + other, amount, minlength=size * size).reshape(size, size)
    result += sums + sums.T if symmetric else sums
