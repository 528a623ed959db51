"""What weights are multiplied by in each replicate, and sums of values so multiplied.

A unit is what replicates leave out, draw or balance: a cluster, a group of clusters, a row. Sums by group of rows are
what most statistics and every calibration need, so replicate weights of rows are never held for all replicates at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from trustsurvey.weighting.encoding import FloatArray, IntArray

__all__ = ["BoolArray", "Deletions", "Grouped", "Multipliers", "Table", "rank_of", "rank_within_strata"]

BoolArray = npt.NDArray[np.bool_]

_BLOCK_NUMBERS = 1 << 20
_DENSE_NUMBERS = 1 << 22
_MOST_FACTORED = 1 << 16
_RANK_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Values of rows to be summed by group: ``group`` and ``unit`` (n,), ``columns`` k arrays (n,).

    ``unit`` is None where every row is its own.
    """

    group: IntArray
    groups: int
    unit: IntArray | None
    columns: tuple[FloatArray, ...]

    def blocks(self, replicates: int) -> Iterator[slice]:
        """Return replicates in blocks whose sums are few enough to hold."""
        step = max(1, _BLOCK_NUMBERS // max(1, self.groups * len(self.columns)))
        return (slice(start, min(start + step, replicates)) for start in range(0, replicates, step))

    def by_unit(self, units: int) -> list[FloatArray | sparse.csr_array]:
        """Return the sums (groups, units) of each column, sparse where most would be 0."""
        size = self.groups * units
        if size <= max(_DENSE_NUMBERS, 2 * len(self.group)) and self.unit is not None:
            code = self.group * units + self.unit
            sums = (np.bincount(code, column, minlength=size).astype(np.float64) for column in self.columns)
            return [each.reshape(-1, units) for each in sums]
        unit = np.arange(units) if self.unit is None else self.unit
        return [sparse.coo_array((column, (self.group, unit)), (self.groups, units)).tocsr() for column in self.columns]


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
        """Return, for blocks of replicates, the sums (k, groups, part) of the multiplied values."""

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
        """Return, for blocks of replicates, the sums (k, groups, part) of the multiplied values."""
        by_unit = values.by_unit(self.units)
        for part in values.blocks(self.replicates):
            numbers = np.ascontiguousarray(self.numbers[:, part])
            yield part, np.stack([np.asarray(each @ numbers) for each in by_unit])

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
        """Return, for blocks of replicates, the sums (k, groups, part) of the multiplied values.

        They are those of everybody, of the stratum and of the unit, so one pass over the rows is all it takes.
        """
        by_unit = values.by_unit(self.units)
        columns = [each if isinstance(each, np.ndarray) else sparse.csc_array(each) for each in by_unit]
        member = sparse.csr_array(
            (np.ones(self.units), (np.arange(self.units), self.stratum)), shape=(self.units, self.strata)
        )
        by_stratum = [
            np.asarray((each @ member).todense() if sparse.issparse(each) else each @ member) for each in by_unit
        ]
        for part in values.blocks(self.replicates):
            deleted = self.deleted[part]
            stratum = self.stratum[deleted]
            result = np.empty((len(columns), values.groups, len(deleted)))
            for out, each, strata in zip(result, columns, by_stratum, strict=True):
                left_out = each[:, deleted]
                left_out = left_out if isinstance(left_out, np.ndarray) else left_out.toarray()
                within = strata if self.strata == 1 else strata[:, stratum]
                np.subtract(within, left_out, out=out)
                out *= self.inside[part]
                if self.strata > 1:
                    out += (strata.sum(axis=1)[:, None] - within) * self.outside[part]
            yield part, result

    def rank(self, used: BoolArray) -> int:
        """Return the rank of the multipliers of the units (units,) that are used."""
        if self.units * self.replicates <= _MOST_FACTORED:
            return rank_of(self.block(slice(0, self.replicates))[used])
        replicated = np.isin(np.arange(self.strata), self.stratum[self.deleted])
        return rank_within_strata(self.stratum, self.strata, used, replicated)
