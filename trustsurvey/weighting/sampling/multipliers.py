"""What weights are multiplied by in each replicate, and sums of values so multiplied.

A unit is what replicates leave out, draw or balance: a cluster, a group of clusters, a row. Sums by group of rows are
what most statistics and every calibration need, so replicate weights of rows are never held for all replicates at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from trustsurvey.weighting.encoding import FloatArray, IntArray

__all__ = ["BoolArray", "Deletions", "Grouped", "Multipliers", "Table", "blocks_of", "rank_of", "rank_within_strata"]

BoolArray = npt.NDArray[np.bool_]

_BLOCK_NUMBERS = 1 << 20
_DENSE_NUMBERS = 1 << 22
_MOST_FACTORED = 1 << 16
_RANK_TOLERANCE = 1e-5
_SMALL = (1 << 16) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Values of rows, to be added up by domain in each replicate: times the multiplier of the unit and a factor.

    Attributes
    ----------
    group : (n,) array
        Rows alike in domain and cell are a group, numbered in the order of domains, then of cells.
    unit : (n,) array or None
        The unit of each row; None where every row is its own.
    columns : k arrays (n,)
    domain, cell, counts : (groups,) array
        Of each group, and how many rows it has.
    domains, cells : int
    factors : callable
        From a block of replicates to the factors (cells, part) of the cells.
    """

    group: IntArray
    unit: IntArray | None
    columns: tuple[FloatArray, ...]
    domain: IntArray
    domains: int
    cell: IntArray
    cells: int
    counts: IntArray
    factors: Callable[[slice], FloatArray]

    @property
    def groups(self) -> int:
        """How many groups."""
        return len(self.domain)

    def by_unit(self, units: int) -> list[FloatArray | sparse.csr_array]:
        """Return the sums (groups, units) of each column, sparse where most would be 0."""
        size = self.groups * units
        if size <= max(_DENSE_NUMBERS, 2 * len(self.group)) and self.unit is not None:
            code = self.group * units + self.unit
            sums = (np.bincount(code, column, minlength=size).astype(np.float64) for column in self.columns)
            return [each.reshape(-1, units) for each in sums]
        unit = np.arange(units) if self.unit is None else self.unit
        return [sparse.coo_array((column, (self.group, unit)), (self.groups, units)).tocsr() for column in self.columns]

    def over_domains(self, sums: FloatArray, part: slice) -> FloatArray:
        """Return sums by group (k, groups, part), which are overwritten, as sums by domain (k, domains, part)."""
        sums *= self.factors(part).take(self.cell, axis=0)
        starts = np.flatnonzero(np.diff(self.domain, prepend=-1))
        result = np.zeros((len(sums), self.domains, sums.shape[2]))
        result[:, self.domain[starts]] = np.add.reduceat(sums, starts, axis=1)
        return result


def blocks_of(replicates: int, numbers: int) -> Iterator[slice]:
    """Return replicates in blocks, few enough to hold so many numbers for each."""
    step = max(1, _BLOCK_NUMBERS // max(1, numbers))
    return (slice(start, min(start + step, replicates)) for start in range(0, replicates, step))


def rank_of(matrix: FloatArray) -> int:
    """Return the rank of replicate weights (rows, replicates) (R: ``qr(tol = 1e-5)$rank``)."""
    size = np.linalg.norm(matrix, axis=0)
    if not size.any():
        return 0
    diagonal = linalg.qr(matrix / np.where(size > 0, size, 1), mode="r", pivoting=True)[0].diagonal()
    return int((np.abs(diagonal) > _RANK_TOLERANCE).sum())


def rank_within_strata(stratum: IntArray, strata: int, used: BoolArray, replicated: BoolArray) -> int:
    """Return the rank that multipliers have whose sums are fixed in each stratum, and which vary freely otherwise.

    ``stratum`` and ``used`` are (units,); ``replicated`` (strata,) are those where multipliers vary at all.
    """
    counted = np.bincount(stratum[used], minlength=strata)
    whole = counted == np.bincount(stratum, minlength=strata)
    free = replicated & (counted > 0)
    rank = int(counted[free].sum() - np.count_nonzero(free & whole))
    return rank + bool(np.any((counted > 0) & (whole | ~replicated)))


class Multipliers(Protocol):
    """The multipliers (units, replicates) of the weights."""

    @property
    def units(self) -> int:
        """How many units."""

    @property
    def replicates(self) -> int:
        """How many replicates."""

    def block(self, part: slice) -> FloatArray:
        """Return the multipliers (units, part) of some replicates."""

    def sums(self, values: Grouped) -> Iterator[tuple[slice, FloatArray]]:
        """Return, for blocks of replicates, the sums (k, domains, part) of the multiplied values."""

    def rank(self, used: BoolArray) -> int:
        """Return the rank of the multipliers of the units (units,) that are used."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Multipliers that are held: ``numbers`` (units, replicates)."""

    numbers: FloatArray

    @property
    def units(self) -> int:
        """How many units."""
        return len(self.numbers)

    @property
    def replicates(self) -> int:
        """How many replicates."""
        return int(self.numbers.shape[1])

    def block(self, part: slice) -> FloatArray:
        """Return the multipliers (units, part) of some replicates."""
        return self.numbers[:, part]

    def sums(self, values: Grouped) -> Iterator[tuple[slice, FloatArray]]:
        """Return, for blocks of replicates, the sums (k, domains, part) of the multiplied values."""
        by_unit = values.by_unit(self.units)
        for part in blocks_of(self.replicates, values.groups * len(values.columns)):
            numbers = np.ascontiguousarray(self.numbers[:, part])
            yield part, values.over_domains(np.stack([np.asarray(each @ numbers) for each in by_unit]), part)

    def rank(self, used: BoolArray) -> int:
        """Return the rank of the multipliers of the units (units,) that are used.

        A part of the units has the rank of all once more of them add nothing to it.
        """
        units = np.flatnonzero(used)
        taken, before = 2 * self.replicates + 64, -1
        while True:
            some = units if taken >= len(units) else units[np.linspace(0, len(units) - 1, taken).astype(np.intp)]
            rank = rank_of(self.numbers[some])
            if rank in (before, self.replicates) or len(some) == len(units):
                return rank
            taken, before = 2 * taken, rank


@dataclass(frozen=True, slots=True, eq=False)
class Deletions:
    """Each replicate leaves out one unit.

    Attributes
    ----------
    stratum : (units,) array
        The stratum of each unit.
    strata : int
    deleted : (replicates,) array
        The unit left out, whose multiplier is 0.
    inside, outside : (replicates,) array
        The multiplier of the other units of its stratum, and of those of other strata.
    """

    stratum: IntArray
    strata: int
    deleted: IntArray
    inside: FloatArray
    outside: FloatArray

    @property
    def units(self) -> int:
        """How many units."""
        return len(self.stratum)

    @property
    def replicates(self) -> int:
        """How many replicates."""
        return len(self.deleted)

    def block(self, part: slice) -> FloatArray:
        """Return the multipliers (units, part) of some replicates."""
        deleted = self.deleted[part]
        same = self.stratum[:, None] == self.stratum[deleted][None, :]
        numbers: FloatArray = np.where(same, self.inside[part], self.outside[part])
        numbers[deleted, np.arange(len(deleted))] = 0
        return numbers

    def sums(self, values: Grouped) -> Iterator[tuple[slice, FloatArray]]:
        """Return, for blocks of replicates, the sums (k, domains, part) of the multiplied values.

        They are those of everybody less those of the unit, so each row is looked at once, not once a replicate.
        """
        unit = np.arange(self.units) if values.unit is None else values.unit
        deleted = self._replicate(unit)
        stratum = self.stratum[unit] if self.strata > 1 else None
        everybody = [_Everybody(values, column, stratum, self.strata) for column in values.columns]
        everywhere = np.bincount(values.domain, values.counts, minlength=values.domains)[:, None]
        blocks = list(blocks_of(self.replicates, max(values.cells, values.domains * len(everybody))))
        for part, rows in zip(blocks, _rows_of(deleted, self.replicates, blocks), strict=True):
            size, factors = part.stop - part.start, values.factors(part)
            group, place = values.group[rows], deleted[rows]
            place = place - part.start if part.start else place
            code = (values.domain * size).take(group)
            code += place
            inside, factor = self.inside[part] * factors[0] if values.cells == 1 else self.inside[part], None
            if values.cells > 1:
                of_cell = (values.cell * size).take(group)
                of_cell += place
                factor = factors.ravel().take(of_cell)
            people = np.bincount(code, minlength=values.domains * size).reshape(-1, size)
            # Where nobody is left there is nothing, not what rounding leaves of a difference.
            nobody = people == everywhere
            result, amount = np.empty((len(everybody), values.domains, size)), np.empty(len(place))
            for out, column, whole in zip(result, values.columns, everybody, strict=True):
                np.multiply(column[rows], 1.0 if factor is None else factor, out=amount)
                lost = np.bincount(code, amount, minlength=out.size).reshape(out.shape)
                np.subtract(whole.multiplied(factors, self, part), lost * inside, out=out)
                out[nobody] = 0
            yield part, result

    def _replicate(self, unit: IntArray) -> IntArray:
        """Return the replicate (n,) that leaves a row out, the number of replicates for none."""
        if np.array_equal(self.deleted, np.arange(self.units)):
            return unit
        replicate = np.full(self.units, self.replicates)
        replicate[self.deleted] = np.arange(self.replicates)
        return np.asarray(replicate[unit])

    def rank(self, used: BoolArray) -> int:
        """Return the rank of the multipliers of the units (units,) that are used."""
        if self.units * self.replicates <= _MOST_FACTORED:
            return rank_of(self.block(slice(0, self.replicates))[used])
        replicated = np.isin(np.arange(self.strata), self.stratum[self.deleted])
        return rank_within_strata(self.stratum, self.strata, used, replicated)


def _rows_of(deleted: IntArray, replicates: int, blocks: Sequence[slice]) -> Iterator[slice | IntArray]:
    """Return for each block of replicates the rows that one of it leaves out; ``deleted`` (n,) says which."""
    if len(blocks) == 1 and deleted.max(initial=0) < replicates:
        yield slice(None)
        return
    # Small integers are sorted many times faster.
    order = np.argsort(deleted.astype(np.uint16) if replicates <= _SMALL else deleted, kind="stable")
    ends = np.searchsorted(deleted[order], np.arange(replicates + 1))
    for part in blocks:
        yield order[ends[part.start] : ends[part.stop]]


class _Everybody:
    """The sums of a column by domain and cell: of everybody, and of each stratum where there are several."""

    def __init__(self, values: Grouped, column: FloatArray, stratum: IntArray | None, strata: int) -> None:
        self._values = values
        sums = np.bincount(values.group, column, minlength=values.groups).astype(np.float64)
        self._whole = self._matrix(sums, slice(None))
        self._by_stratum = None
        if stratum is not None:
            shape = (strata, values.groups)
            self._by_stratum = sparse.coo_array((column, (stratum, values.group)), shape=shape).tocsr()

    def multiplied(self, factors: FloatArray, deletions: Deletions, part: slice) -> FloatArray:
        """Return the sums (domains, part) of all units, with the multipliers that those left in have."""
        inside, outside = deletions.inside[part], deletions.outside[part]
        whole: FloatArray = np.asarray(self._whole @ factors)
        if self._by_stratum is None:
            return whole * inside
        whole *= outside
        stratum = deletions.stratum[deletions.deleted[part]]
        for each in np.unique(stratum):
            mine = slice(*self._by_stratum.indptr[each : each + 2])
            columns = np.flatnonzero(stratum == each)
            sums = self._matrix(self._by_stratum.data[mine], self._by_stratum.indices[mine])
            whole[:, columns] += np.asarray(sums @ factors[:, columns]) * (inside - outside)[columns]
        return whole

    def _matrix(self, amounts: FloatArray, groups: slice | IntArray) -> FloatArray | sparse.csr_array:
        values = self._values
        place, shape = (values.domain[groups], values.cell[groups]), (values.domains, values.cells)
        if values.domains * values.cells > _DENSE_NUMBERS:
            return sparse.coo_array((amounts, place), shape=shape).tocsr()
        matrix = np.zeros(shape)
        matrix[place] = amounts
        return matrix
