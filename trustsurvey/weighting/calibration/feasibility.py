"""Why margins cannot be met: which level falls short, by how much, and which bounds would do."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from trustsurvey.errors import CalibrationError, listed
from trustsurvey.weighting.calibration.distances import Bounds
from trustsurvey.weighting.calibration.problem import CalibrationProblem, Margin
from trustsurvey.weighting.calibration.solver import Solution
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["check_range", "contradiction", "explain"]

_LARGEST_PROGRAMME = 20_000
_ALMOST = 1e-6
_MET = 1e-9
_SAME_TOTAL = 1e-6


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
    # Margins that are met are none of the reader's business, unless rounding is all that is wrong.
    least = min(_MET, float(np.abs(solution.gaps).max()) / 2)
    reached_all = problem.split(problem.indicators.T @ (weights * solution.factors))
    for margin, reached, gaps in zip(problem.margins, reached_all, problem.split(solution.gaps), strict=True):
        place = int(np.abs(gaps).argmax())
        if abs(gaps[place]) <= least:
            continue
        worst.append(
            f"margin {margin.name!r} is off most at {margin.levels[place]!r}: target {margin.targets[place]:g}, "
            f"reached {reached[place]:g} ({_relative(gaps[place])})"
        )
    largest = float(np.abs(solution.gaps).max())
    if largest <= _ALMOST:
        return (
            f"the margins are met to {largest:.1e} of their targets and no better, because weights or targets are too "
            f"far apart for the digits that numbers have: {'; '.join(worst)}; check the targets and their units"
            f"{contradiction(problem)}"
        )
    text = (
        f"no weights meet all margins together (after {solution.iterations} steps): {'; '.join(worst)}; "
        "the sample lacks combinations of levels that the targets need, or the targets contradict each other: collapse "
        f"levels or drop a margin{contradiction(problem)}"
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


def contradiction(problem: CalibrationProblem) -> str:
    """Return in words where levels of two margins hold the same respondents but have other targets; "" where nowhere.

    Levels of two margins that occur together are connected; what is connected has one total in both.
    """
    indicators = sparse.csr_array(problem.indicators)
    if not len(problem.margins) or not (indicators.data == 1).all():
        return ""
    edges = np.cumsum([0, *(len(margin.targets) for margin in problem.margins)])
    columns = [sparse.csc_array(indicators)[:, start:stop] for start, stop in pairwise(edges)]
    for (one, first), (other, second) in combinations(zip(columns, problem.margins, strict=True), 2):
        together = sparse.csr_array(one.T @ other)
        number, labels = connected_components(
            cast(Any, sparse.block_array(cast(Any, [[None, together], [together.T, None]]))), directed=False
        )
        sums = [
            np.bincount(label, margin.targets, minlength=number)
            for label, margin in zip(np.split(labels, [len(first.levels)]), (first, second), strict=True)
        ]
        apart = np.abs(sums[0] - sums[1]) > _SAME_TOTAL * np.maximum(*sums)
        if apart.any():
            group = int(np.flatnonzero(apart)[0])
            texts = [
                f"{_listed(margin, label == group)} of {margin.name!r} ({total[group]:g})"
                for margin, label, total in zip(
                    (first, second), np.split(labels, [len(first.levels)]), sums, strict=True
                )
            ]
            return f"; the same respondents are in {texts[0]} and in {texts[1]}, with different targets"
    return ""


def _listed(margin: Margin, inside: npt.NDArray[np.bool_]) -> str:
    levels = [level for level, here in zip(margin.levels, inside, strict=True) if here]
    return listed(levels, " + ", most=4)


def _relative(gap: float) -> str:
    return f"{gap:+.2%}" if abs(gap) >= 1e-4 else f"{gap:+.1e} of it"


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
