"""Solve a calibration problem: damped Newton steps on its dual, after sweeps over the margins where these are cheap.

Deville and Särndal (1992), Calibration estimators in survey sampling, JASA 87. The factor of a weight depends on its
cell alone, so a million rows with a few hundred cells cost a few hundred rows. The dual is convex, and steps are
accepted where it falls, so weights that meet the margins are found wherever there are any.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from trustsurvey.weighting.calibration.distances import Bounds, Distance, Method
from trustsurvey.weighting.calibration.problem import CalibrationProblem, cross_products, solve_semidefinite
from trustsurvey.weighting.encoding import FloatArray, IntArray

__all__ = ["Solution", "solve"]

_TOLERANCE = 1e-10
_ROUNDING = 1e-12
_STEPS = 150
_PATIENCE = 25
_SWEEPS = 2
_HALVINGS = 14
_DAMPING = (0.0, 1e-4, 1e-2, 1.0)
_DOUBLINGS = 40
_FLAT = 1e-9
_DENSE_NUMBERS = 1 << 22
_DENSE_REGULAR = 1 << 16
_Matrix = FloatArray | sparse.csr_array


@dataclass(frozen=True, slots=True)
class Solution:
    """Weights that meet the margins, or how far the search came.

    ``multipliers`` (levels,) of the targets, ``factors`` (cells,), the relative gap of each level ``gaps`` (levels,),
    the largest relative gap of each margin at the start and after each iteration, ``trace`` (iterations + 1, margins),
    and whether all gaps are closed.
    """

    multipliers: FloatArray
    factors: FloatArray
    gaps: FloatArray
    trace: FloatArray
    converged: bool

    @property
    def iterations(self) -> int:
        """How many steps were taken."""
        return len(self.trace) - 1


def solve(problem: CalibrationProblem, weights: FloatArray, method: Method, bounds: Bounds | None) -> Solution:
    """Find the factors of the weights (cells,) that meet the targets; says so where it could not."""
    indicators = problem.indicators
    regular = indicators.nnz == len(weights) * int(indicators.indptr[1])
    dense = indicators.shape[0] * indicators.shape[1] <= (_DENSE_REGULAR if regular else _DENSE_NUMBERS)
    columns: _Matrix = np.asarray(indicators.toarray()) if dense else indicators
    rows: _Matrix = columns.T if isinstance(columns, np.ndarray) else sparse.csr_array(columns.T)
    targets = problem.targets
    relative_to = np.abs(targets)
    if (targets == 0).any():
        absolute = np.asarray(abs(indicators).T @ weights)
        relative_to = np.where(targets != 0, relative_to, np.maximum(absolute, 1e-300))
    edges = np.cumsum([0, *(len(margin.targets) for margin in problem.margins)])
    codes = _codes(indicators, edges) if method == "raking" and bounds is None else []
    return _Search(columns, rows, weights, targets, relative_to, edges, Distance(method, bounds), codes).run()


def _codes(indicators: sparse.csr_array, edges: IntArray) -> list[IntArray]:
    """Return the level (cells,) of each margin that a cell is in; none unless each cell is in one of every margin."""
    cells, margins = indicators.shape[0], len(edges) - 1
    if indicators.nnz != cells * margins or not (indicators.data == 1).all():
        return []
    codes = indicators.indices.reshape(cells, margins) - edges[:-1]
    return list(np.ascontiguousarray(codes.T)) if ((codes >= 0) & (codes < np.diff(edges))).all() else []


@dataclass(frozen=True)
class _State:
    """A point of the search: ``multipliers`` (levels,) of the targets, and the factors (cells,) they give."""

    multipliers: FloatArray
    factors: FloatArray
    gaps: FloatArray
    objective: float
    magnitude: float

    @cached_property
    def largest(self) -> float:
        return float(np.abs(self.gaps).max())

    @cached_property
    def merit(self) -> float:
        return float(np.linalg.norm(self.gaps))


@dataclass(frozen=True, slots=True)
class _Search:
    """``columns`` (cells, levels) and ``rows``, its transpose; ``codes`` (cells,) by margin where they are all."""

    columns: _Matrix
    rows: _Matrix
    weights: FloatArray
    targets: FloatArray
    relative_to: FloatArray
    edges: IntArray
    distance: Distance
    codes: list[IntArray]

    def run(self) -> Solution:
        state = self._at(np.zeros(len(self.targets)))
        trace = [self._by_margin(state.gaps)]
        best, since, nearest = state.largest, 0, state
        for step in range(_STEPS):
            if state.largest <= _ROUNDING:
                break
            # The step after the last needed one is nearly free and leaves little but rounding error.
            done = state.largest <= _TOLERANCE
            advanced = self._step(state, step < _SWEEPS and not done)
            if advanced is None:
                break
            state = advanced
            nearest = state if state.merit < nearest.merit else nearest
            trace.append(self._by_margin(state.gaps))
            if done:
                break
            if state.largest < 0.9 * best:
                best, since, nearest = state.largest, 0, state
            else:
                since += 1
                if since > _PATIENCE:
                    break
        converged = state.largest <= _TOLERANCE
        # Where nothing converges, steps lead far away; what came nearest says most.
        found = state if converged else nearest
        return Solution(found.multipliers, found.factors, found.gaps, np.array(trace), converged)

    def _step(self, state: _State, early: bool) -> _State | None:
        if self.distance.bounds is None:
            if self.distance.method == "linear":
                return self._linear(state)
            if early and self.codes:
                return self._sweep(state)
        return self._newton(state)

    def _by_margin(self, gaps: FloatArray) -> FloatArray:
        return np.maximum.reduceat(np.abs(gaps), self.edges[:-1])

    def _linear(self, state: _State) -> _State | None:
        """Correct the factors themselves: where weights are far too large, 1 + u has lost the digits that count."""
        change = -solve_semidefinite(self._cross(self.weights), state.gaps * self.relative_to)
        factors = state.factors + self.columns @ change
        gaps = (self.rows @ (self.weights * factors) - self.targets) / self.relative_to
        advanced = _State(state.multipliers + change, factors, gaps, 0.0, 0.0)
        return advanced if advanced.merit < 0.9 * state.merit else None

    def _at(self, multipliers: FloatArray) -> _State:
        u = self.columns @ multipliers
        factors = self.distance.factor(u)
        gaps = (self.rows @ (self.weights * factors) - self.targets) / self.relative_to
        integral = self.weights * self.distance.integral(u, factors)
        spent = self.targets * multipliers
        magnitude = float(np.abs(integral).sum() + np.abs(spent).sum())
        return _State(multipliers, factors, gaps, float(integral.sum() - spent.sum()), magnitude)

    def _newton(self, state: _State) -> _State | None:
        """Return the next state, or None where no step helps.

        A weight at its bound adds nothing to the curvature, so a step may be too long or lead nowhere; then weights
        at their bounds count a little, then more.
        """
        gradient = state.gaps * self.relative_to
        derivative = self.distance.derivative(state.factors)
        for damping in _DAMPING:
            cross = self._cross(self.weights * (derivative + damping))
            change = -solve_semidefinite(cross, gradient)
            left = (cross @ change + gradient) / self.relative_to
            if damping < 1 and np.linalg.norm(left) > 0.5 * state.merit:
                continue
            slope = float(gradient @ change)
            # Near the end the fall of the dual is less than its rounding error, and the gaps decide.
            near = -slope <= _FLAT * state.magnitude
            step = 1.0
            for _ in range(_HALVINGS):
                advanced = self._at(state.multipliers + step * change)
                if near:
                    better = advanced.merit < (1 - 1e-4 * step) * state.merit
                else:
                    better = advanced.objective <= state.objective + 1e-4 * step * slope
                if better:
                    flat = damping > 0 and not near and self.distance.bounds is not None
                    return self._farther(state, advanced, step * change) if flat else advanced
                step /= 2
        return None

    def _farther(self, state: _State, advanced: _State, change: FloatArray) -> _State:
        """Double a damped step while the dual falls: it may be far to where the next weight leaves its bound."""
        for _ in range(_DOUBLINGS):
            change = 2 * change
            tried = self._at(state.multipliers + change)
            if not tried.objective < advanced.objective:
                break
            advanced = tried
        return advanced

    def _cross(self, weights: FloatArray) -> FloatArray:
        """Return the weighted cross products (levels, levels) of the indicators."""
        if isinstance(self.columns, np.ndarray):
            return np.asarray(self.rows @ (self.columns * weights[:, None]))
        return cross_products(self.columns, weights)

    def _sweep(self, state: _State) -> _State:
        """Meet one margin after the other: iterative proportional fitting."""
        multipliers = state.multipliers.copy()
        weights = self.weights * state.factors
        for code, start, stop in zip(self.codes, self.edges[:-1], self.edges[1:], strict=True):
            reached = np.bincount(code, weights, minlength=stop - start)
            factor = self.targets[start:stop] / np.maximum(reached, 1e-300)
            multipliers[start:stop] += np.log(factor)
            weights *= factor[code]
        return self._at(multipliers)
