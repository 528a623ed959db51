"""Solve one calibration for many sets of weights at once, as replicates need.

All start from the multipliers of the full sample, with its curvature. Each set then corrects the curvature for itself
as it goes (Broyden 1965, A class of methods for solving nonlinear simultaneous equations, Mathematics of Computation
19), so no set needs cross products of its own. A set that does not arrive is solved alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import lapack, solve_triangular

from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.calibration.distances import Distance
from trustsurvey.weighting.calibration.problem import CalibrationProblem, cross_products
from trustsurvey.weighting.calibration.solver import solve
from trustsurvey.weighting.encoding import FloatArray, IntArray

__all__ = ["BatchSolution", "BatchSolver"]

_TOLERANCE = 1e-10
# Variances are sums of squared differences between replicates, so these have to be met more closely than weights.
_AIM = 1e-12
_STEPS = 40
_STALLED = 3
_RANK_TOLERANCE = 1e-11
_BLOCK_NUMBERS = 1 << 17
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class BatchSolution:
    """``multipliers`` (levels, sets), which sets were ``solved`` (sets,), which levels are ``empty`` (levels, sets).

    A level is empty where its target is not 0 and nobody in the set is in it; such a set has no solution.
    """

    multipliers: FloatArray
    solved: BoolArray
    empty: BoolArray


@dataclass(frozen=True, slots=True, eq=False, init=False)
class BatchSolver:
    """A calibration, ready to be made again with other weights."""

    problem: CalibrationProblem
    distance: Distance
    scale: FloatArray
    targets: FloatArray
    start: FloatArray
    _kept: IntArray
    _rows: sparse.csr_array
    _absolute: sparse.csr_array
    _whitening: FloatArray

    def __init__(self, calibration: Calibration) -> None:
        problem, distance = calibration.problem, Distance(calibration.method, calibration.bounds)
        weights = problem.weights * calibration.scale
        solution = solve(problem, weights, calibration.method, calibration.bounds)
        cross = cross_products(problem.indicators, weights * distance.derivative(solution.factors))
        size = np.sqrt(np.diag(cross))
        size[size == 0] = 1
        factor, pivots, rank, _ = lapack.dpstrf(cross / np.outer(size, size), tol=_RANK_TOLERANCE)
        kept = pivots[:rank] - 1
        # The curvature of the levels that add to those before is the identity once they are multiplied by this.
        inverse = solve_triangular(factor[:rank, :rank], np.eye(rank), trans="T")
        rows = sparse.csr_array(problem.indicators.T)
        for name, value in {
            "problem": problem,
            "distance": distance,
            "scale": calibration.scale,
            "targets": problem.targets,
            "start": solution.multipliers,
            "_kept": kept,
            "_rows": rows,
            "_absolute": abs(rows),
            "_whitening": inverse / size[kept],
        }.items():
            object.__setattr__(self, name, value)

    def factors(self, multipliers: FloatArray) -> FloatArray:
        """Return weight after over weight before (cells, sets), from multipliers (levels, sets)."""
        factors = self.distance.factor(np.asarray(self.problem.indicators @ multipliers))
        factors *= self.scale[:, None]
        return factors

    def solve(self, weights: FloatArray) -> BatchSolution:
        """Meet the targets with each of some sets of weights (cells, sets), at least 0."""
        sets = weights.shape[1]
        multipliers = np.empty((len(self.targets), sets))
        solved, empty = np.zeros(sets, dtype=bool), np.zeros((len(self.targets), sets), dtype=bool)
        step = max(1, _BLOCK_NUMBERS // len(weights))
        for start in range(0, sets, step):
            block = slice(start, min(start + step, sets))
            multipliers[:, block], solved[block], empty[:, block] = self._solve_block(weights[:, block])
        return BatchSolution(multipliers, solved, empty)

    def _solve_block(self, weights: FloatArray) -> tuple[FloatArray, BoolArray, BoolArray]:
        scaled = weights * self.scale[:, None]
        absolute, targets = np.asarray(self._absolute @ scaled), self.targets[:, None]
        empty = (absolute == 0) & (targets != 0)
        relative_to = np.where(targets != 0, np.abs(targets), np.maximum(absolute, 1e-300))
        multipliers, gaps = self._approach(scaled, relative_to)
        possible = ~empty.any(axis=0)
        solved: BoolArray = (gaps <= _TOLERANCE) & possible
        for each in np.flatnonzero(~solved & possible):
            alone = solve(self.problem, scaled[:, each], self.distance.method, self.distance.bounds)
            multipliers[:, each], solved[each] = alone.multipliers, alone.converged
        return multipliers, solved, empty

    def _approach(self, weights: FloatArray, relative_to: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return multipliers (levels, sets) and largest gaps (sets,) after Broyden's steps, the best of each set."""
        sets, targets = weights.shape[1], self.targets[:, None]
        multipliers = np.repeat(self.start[:, None], sets, axis=1)
        best, lowest = multipliers.copy(), np.full(sets, np.inf)
        first = np.asarray(self.problem.indicators @ self.start)[:, None]
        plain = self.distance.method == "raking" and self.distance.bounds is None
        if plain:
            weights = weights * self.distance.factor(first)
        moved = np.zeros((len(self.targets), sets))
        steps: list[FloatArray] = []
        squares: list[FloatArray] = []
        since = 0
        for _ in range(_STEPS):
            factors = np.asarray(self.problem.indicators @ moved)
            with np.errstate(over="ignore", invalid="ignore"):
                if plain:
                    np.exp(factors, out=factors)
                else:
                    factors += first
                    factors = self.distance.factor(factors)
                factors *= weights
                gap = np.asarray(self._rows @ factors) - targets
                largest = np.abs(gap / relative_to).max(axis=0)
            better = largest < lowest
            since = 0 if (largest < 0.5 * lowest).any() else since + 1
            best[:, better], lowest[better] = multipliers[:, better], largest[better]
            if lowest.max() <= _AIM or since >= _STALLED:
                break
            change = -(self._whitening @ gap[self._kept])
            change[:, ~np.isfinite(change).all(axis=0) | (lowest <= _AIM)] = 0
            for earlier, later, square in zip(steps, steps[1:], squares, strict=False):
                change += later * (np.einsum("ks,ks->s", earlier, change) / square)
            if steps:
                share = 1 - np.einsum("ks,ks->s", steps[-1], change) / squares[-1]
                change /= np.where(np.abs(share) > 0.1, share, 1.0)
            steps.append(change)
            squares.append(np.maximum(np.einsum("ks,ks->s", change, change), 1e-300))
            moved[self._kept] += self._whitening.T @ change
            multipliers = moved + self.start[:, None]
        return best, lowest
