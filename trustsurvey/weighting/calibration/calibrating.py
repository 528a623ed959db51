"""Weights calibrated to known totals, with what later standard errors need to know about it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trustsurvey.errors import CalibrationError, one_of, shown_value
from trustsurvey.weighting.calibration.bounding import Spread, for_kish, tightest
from trustsurvey.weighting.calibration.distances import Bounds, Method
from trustsurvey.weighting.calibration.feasibility import check_range, contradiction, explain
from trustsurvey.weighting.calibration.problem import CalibrationProblem, cross_products, solve_semidefinite
from trustsurvey.weighting.calibration.solver import solve
from trustsurvey.weighting.encoding import FloatArray, IntArray, real_number

__all__ = ["Bounds", "Calibration", "Method", "calibrate_weights", "check_bounds"]

_NOTHING_LEFT = 1e-8
_SAME_TOTAL = 1e-9
_SLOW = 0.1


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights that meet their margins, and what standard errors and reports need to know about it.

    Attributes
    ----------
    problem : CalibrationProblem
        Margins, cells and the weights before by cell.
    method : "raking", "linear" or "logit"
    bounds : (lower, upper) or None
        The least and largest weight over base weight.
    before, weights : (n,) array
        The weights before and after.
    factors : (cells,) array
        Weight after over weight before.
    scale : (cells,) array
        What base weights were multiplied by before the bounds were applied; 1 unless the choices say otherwise.
    trace : (iterations + 1, margins) array
        The largest relative gap of each margin, at the start and after each iteration.
    """

    problem: CalibrationProblem
    method: Method
    bounds: Bounds | None
    before: FloatArray
    weights: FloatArray
    factors: FloatArray
    scale: FloatArray
    trace: FloatArray

    def __repr__(self) -> str:
        margins = ", ".join(margin.name for margin in self.problem.margins)
        changed = f"factors {self.factors.min():.4g} to {self.factors.max():.4g}"
        return f"Calibration({self.method} to {margins}: {self.iterations} iterations, {changed})"

    @property
    def iterations(self) -> int:
        """How many iterations were made."""
        return len(self.trace) - 1

    @property
    def gaps(self) -> dict[str, float]:
        """The largest relative gap of each margin."""
        names = [margin.name for margin in self.problem.margins]
        return dict(zip(names, self.trace[-1].tolist(), strict=True))

    @property
    def cell(self) -> IntArray:
        """The cell (n,) of each row."""
        return self.problem.cell

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen on the way."""
        return self.problem.choices

    def regression(self, sums: FloatArray) -> FloatArray:
        """Return what the margins explain (cells, statistics), from sums (cells, statistics) of weight times value."""
        indicators = self.problem.indicators
        cross = cross_products(indicators, self.problem.weights)
        return np.asarray(indicators @ solve_semidefinite(cross, indicators.T @ sums))


def check_bounds(method: str, bounds: object, kish: object = None) -> Bounds | Literal["tightest"] | None:
    """Return the bounds as two numbers, "tightest" or None; the factor 1 (no change) lies between them.

    Raises
    ------
    CalibrationError
        The method is unknown, the bounds are not two numbers around 1, logit has none, or the wanted Kish effect is no
        number of at least 1.
    """
    if not one_of(method, ("raking", "linear", "logit")):
        raise CalibrationError(f'no calibration method {shown_value(method)}; available: "raking", "linear", "logit"')
    if kish is not None:
        if bounds is not None:
            raise CalibrationError("give bounds, or the Kish effect that bounds are to be found for, not both")
        wanted = real_number(kish)
        if wanted is None or wanted < 1:
            raise CalibrationError(
                f"kish is the wanted design effect of the weights, a number of at least 1; got {shown_value(kish)}"
            )
        return None
    if bounds is None:
        if method == "logit":
            raise CalibrationError('method "logit" needs bounds=(lower, upper) on weight over base weight')
        return None
    if isinstance(bounds, str) and bounds == "tightest":
        return "tightest"
    if isinstance(bounds, tuple | list) and len(bounds) == 2:
        lower, upper = bounds
        if all(_is_number(each) for each in (lower, upper)) and lower < 1 < upper:
            infinite = lower == -np.inf and upper == np.inf
            if method == "logit" and not np.isfinite([lower, upper]).all():
                raise CalibrationError(f'method "logit" needs finite bounds; got {shown_value(bounds)}')
            return None if infinite else (float(lower), float(upper))
    raise CalibrationError(
        'bounds are two numbers with lower < 1 < upper, on weight over base weight, or "tightest"; got '
        f"{shown_value(bounds)}"
    )


def _is_number(value: object) -> bool:
    return real_number(value) is not None or (isinstance(value, float) and math.isinf(value))


def calibrate_weights(
    problem: CalibrationProblem,
    before: FloatArray,
    method: Method,
    bounds: Bounds | Literal["tightest"] | None,
    *,
    kish: float | None = None,
    squares: FloatArray | None = None,
    respondents: int | None = None,
) -> Calibration:
    """Return weights (n,) that meet the problem's targets.

    ``squares`` (n,) are the sums of the squared weights before of the ``respondents``, where rows are not respondents.

    Raises
    ------
    CalibrationError
        No such weights exist, or none were found; the message names levels, targets and what was reached.
    """
    scale = np.ones(len(problem.weights))
    sought = bounds == "tightest" or kish is not None
    far = np.abs(problem.ratio - 1) > _SAME_TOTAL
    if isinstance(bounds, tuple):
        far = (problem.ratio < bounds[0]) | (problem.ratio > bounds[1])
    if (bounds is not None or sought) and far.any():
        scale = problem.ratio
        chosen = "base weights scaled to the total of the margins before the bounds were applied"
        problem = replace(problem, choices=(*problem.choices, chosen))
    weights = problem.weights * scale
    limits: Bounds | None
    if sought:
        if bounds == "tightest":
            bounded = tightest(problem, weights, method)
        else:
            summed = np.bincount(problem.cell, before**2 if squares is None else squares, minlength=len(weights))
            size = int(np.count_nonzero(before)) if respondents is None else respondents
            bounded = for_kish(problem, weights, method, Spread(weights, scale**2 * summed, size), float(kish or 1))
        limits, solution = bounded.bounds, bounded.solution
        problem = replace(problem, choices=(*problem.choices, bounded.choice))
    else:
        limits = bounds if isinstance(bounds, tuple) else None
        if limits is not None:
            check_range(problem, weights, limits)
        solution = solve(problem, weights, method, limits)
    if not solution.converged:
        raise CalibrationError(explain(problem, weights, solution, limits))
    emptied = solution.factors < _NOTHING_LEFT * problem.ratio / scale
    # Where weights can only vanish, gaps close slowly to the end; where they are small but right, Newton ends fast.
    slow = len(solution.trace) > 1 and solution.trace[-1].max() > _SLOW * solution.trace[-2].max()
    if method == "raking" and slow and emptied.any():
        rows = int(emptied[problem.cell].sum())
        raise CalibrationError(
            f"the margins can only be met by giving {rows} respondents no weight at all; their combination of levels "
            "would have to be absent from the population: collapse levels, or check the targets"
            f"{contradiction(problem)}"
        )
    factors = solution.factors * scale
    weights_after = factors.take(problem.cell)
    weights_after *= before
    return Calibration(problem, method, limits, before, weights_after, factors, scale, solution.trace)
