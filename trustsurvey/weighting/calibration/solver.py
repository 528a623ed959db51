"""Solve a calibration problem: Newton steps on the dual, with sweeps over the margins where Newton does not advance.

Deville and Särndal (1992), Calibration estimators in survey sampling, JASA 87. The factor of a weight depends on its
cell alone, so a million rows with a few hundred cells cost a few hundred rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import sparse

from trustsurvey.weighting.calibration.problem import CalibrationProblem, cross_products, solve_semidefinite
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Bounds", "Method", "Solution", "solve"]

Method = Literal["raking", "linear", "logit"]
Bounds = tuple[float, float]

_TOLERANCE = 1e-10
_NEWTON_STEPS = 60
_SWEEPS = 4
_ROUNDS = 40
_HALVINGS = 12
_BISECTIONS = 60
_LARGEST_EXPONENT = 150.0


@dataclass(frozen=True, slots=True)
class Solution:
    """Factors (cells,), the relative gap of each level (levels,), steps taken, and whether all gaps are closed."""

    factors: FloatArray
    gaps: FloatArray
    iterations: int
    converged: bool


@dataclass(frozen=True, slots=True)
class _Distance:
    """The factor F(u) of a calibration distance and its derivative, within bounds."""

    method: Method
    bounds: Bounds | None

    def factor(self, u: FloatArray) -> FloatArray:
        if self.method == "logit":
            lower, upper = self._limits()
            slope = (upper - lower) / ((1 - lower) * (upper - 1))
            grown = np.exp(np.clip(slope * u, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
            return (lower * (upper - 1) + upper * (1 - lower) * grown) / (upper - 1 + (1 - lower) * grown)
        factor = np.exp(np.clip(u, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)) if self.method == "raking" else 1 + u
        return factor if self.bounds is None else np.clip(factor, *self.bounds)

    def derivative(self, u: FloatArray) -> FloatArray:
        factor = self.factor(u)
        if self.method == "logit":
            lower, upper = self._limits()
            slope = (upper - lower) / ((1 - lower) * (upper - 1))
            return slope * (factor - lower) * (upper - factor) / (upper - lower)
        derivative = factor if self.method == "raking" else np.ones_like(factor)
        if self.bounds is None:
            return derivative
        return np.where((factor > self.bounds[0]) & (factor < self.bounds[1]), derivative, 0.0)

    def _limits(self) -> Bounds:
        if self.bounds is None:
            raise ValueError("the logit distance has bounds")
        return self.bounds


@dataclass(frozen=True, slots=True)
class _State:
    """A point of the search: ``u`` (cells,) is the linear predictor of the factors."""

    u: FloatArray
    factors: FloatArray
    gaps: FloatArray

    @property
    def largest(self) -> float:
        return float(np.abs(self.gaps).max())

    @property
    def merit(self) -> float:
        return float(np.linalg.norm(self.gaps))


def solve(problem: CalibrationProblem, weights: FloatArray, method: Method, bounds: Bounds | None) -> Solution:
    """Find the factors of the weights (cells,) that meet the targets; says so where it could not."""
    return _Search(problem, weights, _Distance(method, bounds), *_columns(problem, weights)).run()


def _columns(problem: CalibrationProblem, weights: FloatArray) -> tuple[FloatArray, list[sparse.csr_array]]:
    """Return what gaps are relative to (levels,), and the indicators of each margin."""
    targets = problem.targets
    absolute = abs(problem.indicators).T @ weights
    relative_to = np.where(targets != 0, np.abs(targets), np.maximum(absolute, 1e-300))
    edges = np.cumsum([0, *(len(margin.targets) for margin in problem.margins)])
    columns = problem.indicators.tocsc()
    return relative_to, [columns[:, start:stop].tocsr() for start, stop in pairwise(edges)]


@dataclass(frozen=True, slots=True)
class _Search:
    problem: CalibrationProblem
    weights: FloatArray
    distance: _Distance
    relative_to: FloatArray
    margins: list[sparse.csr_array]

    def run(self) -> Solution:
        state = self._at(np.zeros(len(self.weights)))
        steps = 0
        for _ in range(_ROUNDS):
            before = state.largest
            if before > _TOLERANCE and (self.distance.method != "linear" or self.distance.bounds is not None):
                for _ in range(_SWEEPS):
                    state = self._sweep(state)
                steps += _SWEEPS
            for _ in range(_NEWTON_STEPS):
                advanced = self._newton(state)
                steps += 1
                if advanced is None:
                    break
                # The step after the last needed one is nearly free and leaves rounding error only.
                done = state.largest <= _TOLERANCE
                state = advanced
                if done:
                    break
            if state.largest <= _TOLERANCE or state.largest > 0.9 * before:
                break
        return Solution(state.factors, state.gaps, steps, state.largest <= _TOLERANCE)

    def _at(self, u: FloatArray) -> _State:
        factors = self.distance.factor(u)
        gaps = (self.problem.indicators.T @ (self.weights * factors) - self.problem.targets) / self.relative_to
        return _State(u, factors, gaps)

    def _newton(self, state: _State) -> _State | None:
        """Return the next state, halving the step until the gaps shrink; None where they do not."""
        cross = cross_products(self.problem.indicators, self.weights * self.distance.derivative(state.u))
        change = self.problem.indicators @ solve_semidefinite(cross, -state.gaps * self.relative_to)
        step = 1.0
        for _ in range(_HALVINGS):
            advanced = self._at(state.u + step * change)
            if advanced.merit < (1 - 1e-4 * step) * state.merit:
                return advanced
            step /= 2
        return None

    def _sweep(self, state: _State) -> _State:
        """Meet one margin after the other (iterative proportional fitting, generalised to any distance)."""
        u = state.u
        for columns, targets in zip(self.margins, self.problem.split(self.problem.targets), strict=True):
            largest = float(np.abs(columns.data).max()) if columns.nnz else 1.0
            needed = float((np.abs(targets) / np.maximum(abs(columns).T @ self.weights, 1e-300)).max())
            reach = (2 * float(np.abs(u).max()) + 50 + needed) / largest
            low, high = np.full(len(targets), -reach), np.full(len(targets), reach)
            if self.distance.method == "raking" and self.distance.bounds is None and (columns.data == 1).all():
                reached = columns.T @ (self.weights * self.distance.factor(u))
                shift = np.log(targets / np.maximum(reached, 1e-300))
            else:
                for _ in range(_BISECTIONS):
                    shift = (low + high) / 2
                    short = columns.T @ (self.weights * self.distance.factor(u + columns @ shift)) < targets
                    low, high = np.where(short, shift, low), np.where(short, high, shift)
                shift = (low + high) / 2
            u = u + columns @ shift
        return self._at(u)
