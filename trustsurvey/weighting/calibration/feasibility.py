"""Why margins cannot be met: which level falls short, by how much, and which bounds would do."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from trustsurvey.errors import CalibrationError
from trustsurvey.weighting.calibration.distances import Bounds
from trustsurvey.weighting.calibration.problem import CalibrationProblem
from trustsurvey.weighting.calibration.solver import Solution
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["check_range", "explain"]

_LARGEST_PROGRAMME = 20_000


def check_range(problem: CalibrationProblem, weights: FloatArray, bounds: Bounds) -> None:
    """Check that every level can be met on its own: bounds times its weights (cells,) embrace its target.

    Raises
    ------
    CalibrationError
        A level cannot; the message gives the bounds it would need.
    """
    complaints = []
    levels = zip(problem.margins, problem.split(problem.indicators.T @ weights), strict=True)
    for margin, totals in levels:
        if (problem.indicators.data < 0).any() and margin.levels == ("total",):
            continue
        for level, target, total in zip(margin.levels, margin.targets, totals, strict=True):
            low, high = bounds[0] * total, bounds[1] * total
            slack = 1e-9 * abs(target)
            if not low - slack <= target <= high + slack:
                complaints.append(
                    f"margin {margin.name!r}, level {level!r}: target {target:g}, but bounds {bounds} allow {low:g} to "
                    f"{high:g} only; it needs a factor of {target / total:.4g} on average"
                )
    if complaints:
        raise CalibrationError(
            "the bounds cannot be met: " + "; ".join(complaints[:5]) + "; widen them or collapse levels"
        )


def explain(problem: CalibrationProblem, weights: FloatArray, solution: Solution, bounds: Bounds | None) -> str:
    """Return in words how far the margins are from being met."""
    worst = []
    reached_all = problem.split(problem.indicators.T @ (weights * solution.factors))
    for margin, reached, gaps in zip(problem.margins, reached_all, problem.split(solution.gaps), strict=True):
        place = int(np.abs(gaps).argmax())
        worst.append(
            f"margin {margin.name!r} is off most at {margin.levels[place]!r}: target {margin.targets[place]:g}, "
            f"reached {reached[place]:g} ({gaps[place]:+.2%})"
        )
    text = (
        f"no weights meet all margins together (after {solution.iterations} steps): {'; '.join(worst)}; "
        "the sample lacks combinations of levels that the targets need, or the targets contradict each other: collapse "
        "levels or drop a margin"
    )
    if bounds is None:
        return text
    needed = _upper_bound_needed(problem, weights, bounds[0])
    if needed is None:
        return f"{text}, or widen the bounds {bounds}"
    if not np.isfinite(needed):
        return f"{text}; with the lower bound {bounds[0]:g} no upper bound is wide enough"
    return (
        f"{text}, or widen the bounds: with the lower bound {bounds[0]:g} the upper one must be at least {needed:.4g}"
    )


def _upper_bound_needed(problem: CalibrationProblem, weights: FloatArray, lower: float) -> float | None:
    """Return the least upper bound with which the margins can be met; infinity where none is, None where too large."""
    cells = len(weights)
    if cells > _LARGEST_PROGRAMME:
        return None
    targets = problem.targets
    size = np.maximum(np.abs(targets), 1e-300)
    totals = sparse.csr_array(problem.indicators.T).multiply(weights[None, :]).multiply(1 / size[:, None])
    equalities = sparse.hstack([totals, sparse.csr_array((len(targets), 1))])
    below = sparse.hstack([sparse.eye_array(cells), sparse.csr_array(-np.ones((cells, 1)))])
    result = linprog(
        np.append(np.zeros(cells), 1.0),
        A_ub=cast(Any, below),
        b_ub=np.zeros(cells),
        A_eq=cast(Any, equalities),
        b_eq=targets / size,
        bounds=[(lower, None)] * cells + [(None, None)],
        method="highs",
    )
    return float(result.fun or 0) if result.status == 0 else float("inf")
