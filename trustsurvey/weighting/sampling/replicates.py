"""Replicates of a sample: the weights once for each, every calibration made again in each, and the variance between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trustsurvey.errors import CalibrationError, listed
from trustsurvey.weighting.adjusting.response import ResponseAdjustment
from trustsurvey.weighting.calibration.batch import BatchSolver
from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, IntArray, combine
from trustsurvey.weighting.sampling.multipliers import BoolArray, Grouped, Multipliers

__all__ = ["Empty", "Replicates", "Step"]

Empty = Literal["error", "drop"]

_BLOCK_NUMBERS = 1 << 21
_HELD_FACTORS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A calibration or an adjustment, made again in each replicate.

    ``cell`` (n,) is the cell of each row; ``numbers`` are multipliers of the targets (levels, replicates) for
    ``solver``, or factors (cells, replicates) where that is None.
    """

    cell: IntArray
    cells: int
    solver: BatchSolver | None
    numbers: FloatArray

    def factors(self, part: slice) -> FloatArray:
        """Return weight after over weight before (cells, part); NaN in replicates that are left out."""
        if self.solver is None:
            return self.numbers[:, part]
        return self.solver.factors(self.numbers[:, part])


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """The replicates of a sample of n rows.

    The weight of a row in a replicate is its base weight, times the multiplier of its unit, times the factor of its
    cell in each step. The variance is ``scale * sum(rscales * (estimate - centre) ** 2)``, centred at the mean of the
    replicates or, with ``mse``, at the estimate of the full sample (R: ``svrVar``).

    Attributes
    ----------
    method : str
    scale : float
    rscales : (replicates,) array
    mse : bool
    base : (n,) array
    unit : (n,) array or None
        The unit of each row; None where every row is its own.
    multipliers : Multipliers
    steps : tuple of Step
    empty : "error" or "drop"
        What becomes of a replicate that cannot be calibrated.
    dropped : tuple of int
        The replicates left out, counted from 0.
    choices : tuple of str
        What was chosen on the way, for the record.
    imported : bool
        Whether the weights were made elsewhere, and come without the strata and clusters to linearise with.
    """

    method: str
    scale: float
    rscales: FloatArray
    mse: bool
    base: FloatArray
    unit: IntArray | None
    multipliers: Multipliers
    steps: tuple[Step, ...] = ()
    empty: Empty = "error"
    dropped: tuple[int, ...] = ()
    choices: tuple[str, ...] = ()
    imported: bool = False

    @property
    def count(self) -> int:
        """How many replicates, those left out too."""
        return self.multipliers.replicates

    def degrees_of_freedom(self, used: BoolArray) -> int:
        """Return the rank of the replicate weights before calibration, of the rows (n,) used, minus 1 (R: ``degf``)."""
        counted = used & (self.base != 0)
        units = counted
        if self.unit is not None:
            unit = self.unit if counted.all() else self.unit[counted]
            units = np.bincount(unit, minlength=self.multipliers.units) > 0
        return max(0, min(self.multipliers.rank(units), self.count - len(self.dropped)) - 1)

    def sums(self, columns: Sequence[FloatArray | None], domain: IntArray, domains: int) -> FloatArray:
        """Return sums (replicates, k, domains) by replicate weight; a column (n,) of None is 1 in every row."""
        result = np.zeros((self.count, len(columns), domains))
        values = self._grouped(columns, domain, domains)
        if values.groups:
            for part, sums in self.multipliers.sums(values):
                result[part] = np.moveaxis(sums, 2, 0)
        return result

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """Return the weights (n, part) of all replicates, a few at a time."""
        step = max(1, _BLOCK_NUMBERS // len(self.base))
        for start in range(0, self.count, step):
            part = slice(start, min(start + step, self.count))
            numbers = self.multipliers.block(part)
            weights = numbers[self.unit] if self.unit is not None else numbers.copy()
            weights *= self.base[:, None]
            for each in self.steps:
                weights *= each.factors(part).take(each.cell, axis=0)
            yield part, weights

    def covariance(self, estimates: FloatArray, estimate: FloatArray) -> FloatArray:
        """Return the covariance (statistics, statistics) from estimates (replicates, statistics) and the full sample's.

        A replicate counts for the statistics that it has (R: ``na.omit``).
        """
        known = np.isfinite(estimates)
        known[list(self.dropped)] = False
        centre = estimate
        if not self.mse:
            counted = known & (self.rscales > 0)[:, None]
            number = counted.sum(axis=0)
            centre = np.where(counted, estimates, 0).sum(axis=0) / np.where(number > 0, number, np.nan)
        deviation = np.where(known, estimates - centre, 0.0) * np.sqrt(self.rscales)[:, None]
        covariance: FloatArray = self.scale * (deviation.T @ deviation)
        nothing = ~known.any(axis=0) | np.isnan(centre)
        covariance[nothing, :] = np.nan
        covariance[:, nothing] = np.nan
        return covariance

    def calibrated(self, calibration: Calibration | ResponseAdjustment) -> Replicates:
        """Return the replicates with one more calibration or adjustment, made in each.

        Raises
        ------
        CalibrationError
            A replicate lacks a level, or its margins cannot be met, unless such replicates are dropped.
        """
        cells = len(calibration.factors)
        solver = BatchSolver(calibration) if isinstance(calibration, Calibration) else None
        numbers = np.full((cells if solver is None else len(solver.targets), self.count), np.nan)
        empty = np.zeros(numbers.shape if solver is not None else (0, self.count), dtype=bool)
        for part, (totals,) in self.multipliers.sums(self._grouped([None], calibration.cell, cells)):
            active = np.setdiff1d(np.arange(part.start, part.stop), self.dropped)
            some = totals[:, active - part.start]
            if isinstance(calibration, ResponseAdjustment):
                numbers[:, active] = calibration.refit(some)
            elif solver is not None:
                solution = solver.solve(some)
                numbers[:, active] = np.where(solution.solved, solution.multipliers, np.nan)
                empty[:, active] = solution.empty
        lost = np.setdiff1d(np.flatnonzero(~np.isfinite(numbers).all(axis=0)), self.dropped)
        said = "the propensity to respond has no estimate"
        if isinstance(calibration, Calibration):
            said = _complaint(calibration, empty)
        if solver is not None and cells * self.count <= _HELD_FACTORS:
            numbers = solver.factors(numbers)
            solver = None
        result = replace(self, steps=(*self.steps, Step(calibration.cell, cells, solver, numbers)))
        if not len(lost):
            return result
        where = f"{len(lost)} of {self.count} replicates cannot be calibrated ({listed(lost + 1)}): {said}"
        if self.empty == "error":
            raise CalibrationError(
                f"{where}; collapse the level with another, take larger groups or another kind of replicates, or leave "
                'such replicates out by with_replicates(..., empty="drop")'
            )
        return result._without(lost, where)

    def _without(self, lost: IntArray, why: str) -> Replicates:
        """Return the replicates without some, the rest standing for them."""
        before = self.count - len(self.dropped)
        after = before - len(lost)
        if after < max(2, self.count / 2):
            raise CalibrationError(f"{why}; the {after} that are left are too few to stand for the others")
        correction = (before - 1) / (after - 1) if self.method == "bootstrap" else before / after
        said = f"{why}; left out, the variance of the other {after} stands for them"
        return replace(
            self,
            scale=self.scale * correction,
            dropped=(*self.dropped, *lost.tolist()),
            choices=(*self.choices, said),
        )

    def _grouped(self, columns: Sequence[FloatArray | None], domain: IntArray, domains: int) -> Grouped:
        """Return columns (n,) times the base weight, to be added up by domain (n,), -1 for none."""
        rows = (domain >= 0) & (self.base != 0)
        every = bool(rows.all())
        codes, sizes = [domain, *(step.cell for step in self.steps)], [domains, *(step.cells for step in self.steps)]
        group, members, counts = combine(codes if every else [code[rows] for code in codes], sizes)
        cell, cells = members[:, 1:], np.zeros((1, 0), dtype=np.intp)
        of_group, count = np.zeros(len(members), dtype=np.intp), 1
        if len(self.steps) == 1:
            of_group, count = members[:, 1], self.steps[0].cells
        elif self.steps:
            of_group, cells, _ = combine(list(cell.T), sizes[1:])
            count = len(cells)

        def factors(part: slice) -> FloatArray:
            if len(self.steps) == 1:
                return self.steps[0].factors(part)
            product = np.ones((count, part.stop - part.start))
            for step, mine in zip(self.steps, cells.T, strict=True):
                product *= step.factors(part).take(mine, axis=0)
            return product

        base, unit = self.base, self.unit
        if not every:
            base, unit = base[rows], np.flatnonzero(rows) if unit is None else unit[rows]
        values = tuple(base if each is None else base * (each if every else each[rows]) for each in columns)
        return Grouped(group, unit, values, members[:, 0], domains, of_group, count, counts, factors)


def _complaint(calibration: Calibration, empty: BoolArray) -> str:
    """Say which levels are empty (levels, replicates), and in which replicates; or that margins cannot be met."""
    texts = []
    by_margin = calibration.problem.split(empty.astype(np.float64))
    for margin, levels in zip(calibration.problem.margins, by_margin, strict=True):
        for level, nobody in zip(margin.levels, levels.astype(bool), strict=True):
            if nobody.any():
                where = listed(np.flatnonzero(nobody) + 1)
                texts.append(f"margin {margin.name!r} has nobody at level {level!r} in {int(nobody.sum())} ({where})")
    if not texts and calibration.bounds is not None:
        lower, upper = calibration.bounds
        return (
            f"no weights within the bounds ({lower:.4g}, {upper:.4g}), which hold in each replicate too, meet all "
            'margins together; widen them, also those that kish= or "tightest" found'
        )
    if not texts:
        return "no weights meet all margins together"
    return listed(texts, "; ")
