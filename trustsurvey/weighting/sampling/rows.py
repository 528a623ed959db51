"""Variance between rows that are clusters of their own, without a pass over (n, statistics) numbers.

Rows that share stratum, domains and calibration cells form a group, in which what calibration explains is the same but
for the weight. So the influences of its rows are a few numbers a row, and their products are summed by group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from trustsurvey.weighting.encoding import FloatArray, IntArray, combine
from trustsurvey.weighting.sampling.moments import Moments

__all__ = ["CURVED", "Fitted", "Part", "Rows", "Slope", "between_rows", "dense_parts"]

CURVED = -1

_BLOCK_NUMBERS = 1 << 16
_MOST_PARTS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """How much the number of a row grows with a value that differs within the row: ``slope`` (n,).

    ``value`` is its place in the moments, ``CURVED`` where the number is no straight line of values.
    """

    value: int
    slope: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One number a row, the derivative by its weight of one statistic: that of the row's domain.

    ``values`` (n,), not multiplied by the weight; ``domain`` (n,), -1 where the row is in none; the statistics of the
    part are ``first``, ``first + step`` and so on, domain after domain. Where a row stands for many respondents, the
    number is that at their average values, and ``slopes`` say how it differs between them.
    """

    values: FloatArray
    domain: IntArray
    first: int = 0
    step: int = 1
    slopes: tuple[Slope, ...] = ()

    def outside(self, rows: npt.NDArray[np.bool_]) -> Part:
        """Return the part without these rows (n,)."""
        return replace(self, domain=np.where(rows, -1, self.domain))

    def columns(self, rows: IntArray) -> IntArray:
        """Return the statistic that each of some rows is in, -1 for none."""
        domain = self.domain[rows]
        column: IntArray = np.where(domain >= 0, domain * self.step + self.first, -1)
        return column


def dense_parts(matrix: FloatArray) -> list[Part]:
    """Return a matrix (n, statistics) of derivatives as parts."""
    everyone = np.zeros(len(matrix), dtype=np.intp)
    return [Part(matrix[:, place], everyone, place, matrix.shape[1]) for place in range(matrix.shape[1])]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What calibration explains: ``weights`` (n,) times row ``cell`` (n,) of ``values`` (cells, statistics)."""

    weights: FloatArray
    cell: IntArray
    values: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The influences of rows: ``weights`` (n,) times the ``parts``, less what is ``fitted``.

    Attributes
    ----------
    parts : tuple of Part
    weights, base : (n,) array
        The weights, and those before the first calibration.
    counts : (n,) array or None
        The respondents behind each row; None where it is one.
    concentration : (n,) array or None
        Their squared weights, summed, over the square of the sum of their weights.
    fitted : tuple of Fitted
    moments : Moments or None
        How values differ between the respondents behind a row.
    """

    parts: tuple[Part, ...]
    weights: FloatArray
    base: FloatArray
    counts: IntArray | None
    concentration: FloatArray | None
    fitted: tuple[Fitted, ...] = ()
    moments: Moments | None = None

    def less(self, fitted: Fitted) -> Rows:
        """Return the influences less one more fit."""
        return replace(self, fitted=(*self.fitted, fitted))

    def influences(self, some: slice | IntArray, statistics: int) -> FloatArray:
        """Return the influences (some, statistics) of some of the rows."""
        weights = self.weights[some]
        influences = np.zeros((len(weights), statistics))
        for fitted in self.fitted:
            influences -= fitted.values[fitted.cell[some]] * fitted.weights[some, None]
        for part in self.parts:
            domain, amount = part.domain[some], part.values[some] * weights
            if part.step == statistics:
                # All rows are in one domain, or in none.
                influences[:, part.first] += np.where(domain >= 0, amount, 0)
            else:
                here = np.flatnonzero(domain >= 0)
                influences[here, domain[here] * part.step + part.first] += amount[here]
        return influences


def between_rows(
    rows: Rows, statistics: int, stratum: IntArray, scale: FloatArray, centred: npt.NDArray[np.bool_]
) -> FloatArray:
    """Return the scaled sums of products (statistics, statistics) of influences about their mean in each stratum.

    Parameters
    ----------
    rows : Rows
    statistics : int
    stratum : (n,) array
    scale : (strata,) array
        What the sum of a stratum is multiplied by.
    centred : (strata,) array of bool
        Whether a stratum is taken about its mean, or about 0.
    """
    if len(rows.parts) > _MOST_PARTS:
        return _by_blocks(rows, statistics, stratum, scale, centred)
    return _by_groups(rows, statistics, stratum, scale, centred)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Rows alike in stratum, domains and cells.

    ``code`` (n,) is the group of each row; by group: ``row`` is one of its rows, ``counts`` are its respondents,
    ``columns`` the statistic each part has there (-1 for none), ``centres`` the value of each part in that row, and
    ``ratio`` the weight over the base weight, the same in the whole group.
    """

    code: IntArray
    row: IntArray
    stratum: IntArray
    counts: FloatArray
    ratio: FloatArray
    columns: tuple[IntArray, ...]
    centres: tuple[FloatArray, ...]

    def summed(self, values: FloatArray) -> FloatArray:
        return np.bincount(self.code, values, minlength=len(self.row)).astype(np.float64)


def _grouped(rows: Rows, stratum: IntArray, strata: int) -> _Groups:
    keys, sizes = [stratum], [strata]
    for domain in {id(part.domain): part.domain for part in rows.parts}.values():
        least, most = int(domain.min(initial=0)), int(domain.max(initial=0))
        if most > least:
            keys.append(domain - least if least < 0 else domain)
            sizes.append(most - least + 1)
    for cell in {id(fitted.cell): fitted.cell for fitted in rows.fitted}.values():
        keys.append(cell)
        sizes.append(int(cell.max(initial=0)) + 1)
    used = [place for place, size in enumerate(sizes) if size > 1] or [0]
    code, members, n = combine([keys[place] for place in used], [sizes[place] for place in used])
    row = np.zeros(len(members), dtype=np.intp)
    row[code] = np.arange(len(code))
    counts = n if rows.counts is None else np.bincount(code, rows.counts, minlength=len(members))
    columns = tuple(part.columns(row) for part in rows.parts)
    centres = tuple(
        np.where(column >= 0, part.values[row], 0.0) for part, column in zip(rows.parts, columns, strict=True)
    )
    ratio = _over(rows.weights[row], rows.base[row])
    return _Groups(code, row, stratum[row], counts.astype(np.float64), ratio, columns, centres)


def _over(weights: FloatArray, base: FloatArray) -> FloatArray:
    return np.divide(weights, base, out=np.zeros(len(base)), where=base != 0)


def _by_groups(
    rows: Rows, statistics: int, stratum: IntArray, scale: FloatArray, centred: npt.NDArray[np.bool_]
) -> FloatArray:
    """Add up what is between groups, and within them.

    The influence of a respondent is its base weight times the vector of its group, plus, in each part, its base weight
    times how far its value is from the centre of the group.
    """
    groups = _grouped(rows, stratum, len(scale))
    mean, spread = _moments(rows, groups)
    inside = [column >= 0 for column in groups.columns]
    factor = scale[groups.stratum]
    result = np.zeros((statistics, statistics))
    for p, (column, here) in enumerate(zip(groups.columns, inside, strict=True), start=1):
        for q in range(p, len(mean)):
            both = here & inside[q - 1]
            product = (factor * groups.ratio**2 * spread[p, q])[both]
            places = (column[both], groups.columns[q - 1][both])
            np.add.at(result, places, product)
            if q > p:
                np.add.at(result, places[::-1], product)
    centre = _centres(rows, groups, mean, statistics, len(scale))
    centre[~centred] = 0
    varying = bool(np.any(spread[0, 0] > 0))
    for block in _blocks(len(groups.row), statistics):
        vector = _vectors(rows, groups, block, statistics)
        between = vector * mean[0][block, None]
        for column, here, average in zip(groups.columns, inside, mean[1:], strict=True):
            place = np.flatnonzero(here[block])
            between[place, column[block][place]] += (groups.ratio * average)[block][place]
        between -= centre[0] if len(centre) == 1 else centre[groups.stratum[block]]
        result += _square(between * np.sqrt(factor * groups.counts)[block, None])
        if varying:
            result += _square(vector * np.sqrt(factor * np.maximum(spread[0, 0], 0))[block, None])
            for p, (column, here) in enumerate(zip(groups.columns, inside, strict=True), start=1):
                place = np.flatnonzero(here[block])
                cross = np.zeros_like(vector)
                cross[place, column[block][place]] = (factor * groups.ratio * spread[0, p])[block][place]
                product = vector.T @ cross
                result += product + product.T
    return result


def _moments(rows: Rows, groups: _Groups) -> tuple[list[FloatArray], dict[tuple[int, int], FloatArray]]:
    """Return by group the means over respondents of base weight (0) and of each part about its centre, times it.

    And the sums of products of what is left of each two.
    """
    code, zero = groups.code, np.zeros(len(groups.row))
    each = rows.base if rows.counts is None else rows.base / rows.counts
    shifts = [part.values - centre[code] for part, centre in zip(rows.parts, groups.centres, strict=True)]
    numbers = [each, *(each * shift for shift in shifts)]
    if rows.counts is None:
        mean = [groups.summed(number) / groups.counts for number in numbers]
    else:
        mean = [groups.summed(number * rows.counts) / groups.counts for number in numbers]
    alike = rows.counts is None and bool((each == each[0]).all())
    left = [None if alike and not place else number - mean[place][code] for place, number in enumerate(numbers)]
    spread = {}
    for p, first in enumerate(left):
        for q, second in enumerate(left[p:], start=p):
            if first is None or second is None:
                spread[p, q] = zero
                continue
            product = first * second
            if rows.counts is not None and rows.concentration is not None:
                inner = rows.concentration * rows.base**2 - each * rows.base
                product *= rows.counts
                product += inner * (shifts[p - 1] if p else 1.0) * (shifts[q - 1] if q else 1.0)
            spread[p, q] = groups.summed(product)
    return mean, spread


def _vectors(rows: Rows, groups: _Groups, block: slice, statistics: int) -> FloatArray:
    """Return the vectors (groups, statistics) of a block of groups."""
    row = groups.row[block]
    vector = np.zeros((len(row), statistics))
    for fitted in rows.fitted:
        vector -= fitted.values[fitted.cell[row]] * _over(fitted.weights[row], rows.base[row])[:, None]
    for column, centre in zip(groups.columns, groups.centres, strict=True):
        place = np.flatnonzero(column[block] >= 0)
        vector[place, column[block][place]] += (groups.ratio * centre)[block][place]
    return vector


def _centres(rows: Rows, groups: _Groups, mean: Sequence[FloatArray], statistics: int, strata: int) -> FloatArray:
    """Return the mean influence (strata, statistics) of the respondents of each stratum."""
    total = np.zeros((strata, statistics))
    for column, centre, average in zip(groups.columns, groups.centres, mean[1:], strict=True):
        here = column >= 0
        amount = groups.counts * groups.ratio * (mean[0] * centre + average)
        np.add.at(total, (groups.stratum[here], column[here]), amount[here])
    for fitted in rows.fitted:
        row = groups.row
        amount = groups.counts * mean[0] * _over(fitted.weights[row], rows.base[row])
        shape = (strata, len(fitted.values))
        total -= np.asarray(
            sparse.coo_array((amount, (groups.stratum, fitted.cell[row])), shape=shape).tocsr() @ fitted.values
        )
    return total / np.bincount(groups.stratum, groups.counts, minlength=strata)[:, None]


def _by_blocks(
    rows: Rows, statistics: int, stratum: IntArray, scale: FloatArray, centred: npt.NDArray[np.bool_]
) -> FloatArray:
    """Add up dense blocks of rows, which is faster where a row has many parts."""
    counts = np.ones(len(rows.weights)) if rows.counts is None else rows.counts.astype(np.float64)
    total = np.zeros((len(scale), statistics))
    for block in _blocks(len(rows.weights), statistics):
        influences = rows.influences(block, statistics)
        member = stratum[block]
        place = (member, np.arange(len(member)))
        by_row = sparse.csr_array((np.ones(len(member)), place), shape=(len(scale), len(member)))
        total += np.asarray(by_row @ influences)
    centre = total / np.bincount(stratum, counts, minlength=len(scale))[:, None]
    centre[~centred] = 0
    result = np.zeros((statistics, statistics))
    for block in _blocks(len(rows.weights), statistics):
        influences = rows.influences(block, statistics)
        factor = scale[stratum[block]]
        if rows.concentration is not None:
            inner = np.maximum(rows.concentration[block] - 1 / counts[block], 0)
            result += _square(influences * np.sqrt(factor * inner)[:, None])
        influences /= counts[block, None]
        influences -= centre[stratum[block]]
        result += _square(influences * np.sqrt(factor * counts[block])[:, None])
    return result


def _blocks(rows: int, statistics: int) -> Iterator[slice]:
    step = max(1, _BLOCK_NUMBERS // max(1, statistics))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _square(values: FloatArray) -> FloatArray:
    product: FloatArray = values.T @ values
    return product
