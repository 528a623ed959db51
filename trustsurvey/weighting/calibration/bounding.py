"""Find bounds (1/c, c) on the factors: the tightest that meet the margins, or that give a wanted Kish effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from scipy import sparse
from scipy.optimize import brentq, linprog, minimize_scalar

from trustsurvey.errors import CalibrationError
from trustsurvey.weighting.calibration.distances import Bounds, Method
from trustsurvey.weighting.calibration.feasibility import explain
from trustsurvey.weighting.calibration.problem import CalibrationProblem
from trustsurvey.weighting.calibration.solver import Solution, solve
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Bounded", "Spread", "for_kish", "tightest"]

_LARGEST_PROGRAMME = 200_000
_ROUNDS = 60
_SLACK = (1.0, 1.001, 1.003, 1.01, 1.03, 1.1, 1.3)
_GRID = 24
_WIDEST = 1e4
_BEYOND = 1.5
_NEVER = 1e9
_KISH_TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True)
class Bounded:
    """The bounds found, the solution within them, and what is recorded."""

    bounds: Bounds
    solution: Solution
    choice: str


@dataclass(frozen=True, slots=True)
class Spread:
    """The squared weights by cell (cells,) and the respondents, for Kish's effect of weights times factors."""

    weights: FloatArray
    squares: FloatArray
    respondents: int

    def kish(self, factors: FloatArray) -> float:
        """Return Kish's effect of the weights after multiplication by factors (cells,)."""
        return float(self.respondents * (factors**2 @ self.squares) / (factors @ self.weights) ** 2)


def tightest(problem: CalibrationProblem, weights: FloatArray, method: Method) -> Bounded:
    """Return the weights (cells,) within the tightest bounds (1/c, c) that meet the margins, c to three decimals.

    Raises
    ------
    CalibrationError
        No positive weights meet the margins at all.
    """
    least = _least_factor(problem, weights)
    for slack in _SLACK:
        c = float(np.ceil(least * slack * 1000 + 1e-6) / 1000)
        solution = solve(problem, weights, method, (1 / c, c))
        if solution.converged:
            choice = f"bounds {1 / c:.4g} to {c:.4g}, the tightest that meet the margins (c at least {least:.6g})"
            return Bounded((1 / c, c), solution, choice)
    raise CalibrationError(
        f"no weights were found near the tightest bounds, {1 / least:.4g} to {least:.4g}; give bounds somewhat wider"
    )


def for_kish(problem: CalibrationProblem, weights: FloatArray, method: Method, spread: Spread, kish: float) -> Bounded:
    """Return the weights (cells,) within the tightest bounds (1/c, c) with which Kish's effect is at most ``kish``.

    Near the tightest bounds that meet the margins the effect is large, as many weights lie at a bound; from there to
    wide bounds it falls, and may rise again a little.

    Raises
    ------
    CalibrationError
        No bounds reach it; the message gives the smallest effect that some reach.
    """
    narrow = tightest(problem, weights, method)
    largest = spread.kish(narrow.solution.factors)
    if largest <= kish:
        return replace(narrow, choice=f"{narrow.choice}; Kish's effect is {largest:.4f} there, {kish:g} was wanted")
    free = solve(problem, weights, "raking", None)
    reach = max(float(free.factors.max()), 1 / float(max(free.factors.min(), 1 / _WIDEST)))
    narrowest = narrow.bounds[1]
    widest = max(narrowest, reach) * _BEYOND
    grid = np.linspace(np.log(narrowest), np.log(widest), _GRID).tolist()
    found: dict[float, tuple[float, Solution]] = {grid[0]: (largest, narrow.solution)}

    def excess(logarithm: float) -> float:
        c = float(np.exp(logarithm))
        solution = solve(problem, weights, method, (1 / c, c))
        effect = spread.kish(solution.factors) if solution.converged else _NEVER
        found[logarithm] = effect, solution
        return effect - kish

    for logarithm in grid[1:]:
        if excess(logarithm) <= 0:
            break
    else:
        place = min(range(_GRID), key=lambda each: found[grid[each]][0])
        around = grid[max(place - 1, 0)], grid[min(place + 1, _GRID - 1)]
        minimize_scalar(excess, bounds=around, method="bounded", options={"xatol": 1e-5})
    best = min(found, key=lambda each: found[each][0])
    effect, solution = found[best]
    c = float(np.exp(best))
    if effect > kish:
        raise CalibrationError(
            f"no bounds bring Kish's effect down to {kish:g}: the smallest reachable is {effect:.4f}, with bounds "
            f"({1 / c:.4g}, {c:.4g}); it is {spread.kish(np.ones(len(weights))):.4f} before calibration; ask for a "
            "larger effect, collapse levels or drop a margin"
        )
    before = max(each for each in found if each < best and found[each][0] > kish)
    brentq(excess, before, best, xtol=1e-12, rtol=1e-13)
    best = min(each for each in found if each > before and found[each][0] <= kish * (1 + _KISH_TOLERANCE))
    effect, solution = found[best]
    c = float(np.exp(best))
    choice = (
        f"bounds {1 / c:.4g} to {c:.4g}, the tightest with which Kish's effect is {kish:g} (reached {effect:.4f}; the "
        f"tightest that meet the margins, {1 / narrowest:.4g} to {narrowest:.4g}, give {largest:.4f})"
    )
    return Bounded((1 / c, c), solution, choice)


def _least_factor(problem: CalibrationProblem, weights: FloatArray) -> float:
    """Return the least c for which factors between 1/c and c meet the margins.

    A linear programme with the tangent of 1/c in place of 1/c gives less than the least c, and a better tangent.
    """
    cells, targets = len(weights), problem.targets
    if cells > _LARGEST_PROGRAMME:
        raise CalibrationError(
            f"the tightest bounds are sought among {cells} cells, {_LARGEST_PROGRAMME} at most; give bounds as numbers"
        )
    size = np.maximum(np.abs(targets), 1e-300)
    totals = sparse.csr_array(problem.indicators.T).multiply(weights[None, :]).multiply(1 / size[:, None]).tocsr()
    # In terms of c and of what each factor falls short of c.
    equalities = sparse.hstack([-totals, sparse.csr_array(totals.sum(axis=1)[:, None])])
    c = 1.0
    for _ in range(_ROUNDS):
        slope = sparse.csr_array(np.full((cells, 1), -1 - 1 / c**2))
        result = linprog(
            np.append(np.zeros(cells), 1.0),
            A_ub=cast(Any, sparse.hstack([sparse.eye_array(cells), slope])),
            b_ub=np.full(cells, -2 / c),
            A_eq=cast(Any, equalities),
            b_eq=targets / size,
            bounds=[(0.0, None)] * cells + [(1.0, None)],
            method="highs",
        )
        found = float(result.fun or 1) if result.status == 0 else np.inf
        if found > _WIDEST:
            solution = solve(problem, weights, "raking", None)
            raise CalibrationError(explain(problem, weights, solution, None))
        if found <= c * (1 + 1e-9):
            return max(c, found)
        c = found
    return c
