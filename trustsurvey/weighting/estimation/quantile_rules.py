"""Quantiles of weighted values, by each of the rules of R's ``svyquantile``.

Each rule follows R's to the last comparison, since where a share of the weights meets p exactly the next answer is
another number: weights are added up in extended precision, in the order of the values, ties in the order of the rows.
As in R, p below the share of the first answer is answered by the second one where a rule steps ("math", "school",
"hf1" to "hf3"), and "hf4" goes on in a straight line there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from trustsurvey.weighting.encoding import FloatArray

__all__ = ["RULES", "QuantileRule", "Sorted", "without_zeros"]

QuantileRule = Literal[
    "math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"
]  # fmt: skip
RULES: tuple[str, ...] = get_args(QuantileRule)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Values in ascending order with their weights, none of which is 0; ``sums`` are their running totals (n,)."""

    values: FloatArray
    weights: FloatArray
    sums: FloatArray

    def quantile(self, p: float, rule: str) -> float:
        """Return one quantile; missing where there are no values."""
        if not len(self.values):
            return float("nan")
        if len(self.values) == 1:
            return float(self.values[0])
        return _RULES[rule](self, p)


def without_zeros(values: FloatArray, weights: FloatArray) -> Sorted:
    """Return values (n,) in ascending order, with their weights (n,), without those of weight 0."""
    used = weights != 0
    if not used.all():
        values, weights = values[used], weights[used]
    return Sorted(values, weights, _running(weights))


def _running(weights: FloatArray) -> FloatArray:
    return np.cumsum(weights, dtype=np.longdouble).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """The answers below and above p, the place of the lower one, and how far p is from the shares of the two."""

    low: float
    high: float
    place: int
    above: float
    below: float


def _neighbours(sample: Sorted, p: float) -> _Neighbours:
    total = sample.sums[-1]
    last = len(sample.values) - 1
    if (sample.weights > 0).all():
        place = max(int(np.searchsorted(sample.sums, p * total, side="right")) - 1, 0)
    else:
        # With weights below 0 the sums go down as well as up: the last place counts.
        reached = np.flatnonzero(sample.sums <= p * total)
        place = int(reached[-1]) if len(reached) else 0
    following = min(place + 1, last)
    return _Neighbours(
        float(sample.values[place]),
        float(sample.values[following]),
        place,
        float(p - sample.sums[place] / total),
        float(sample.sums[following] / total - p),
    )


def _math(sample: Sorted, p: float) -> float:
    near = _neighbours(sample, p)
    return near.low if near.above == 0 else near.high


def _school(sample: Sorted, p: float) -> float:
    near = _neighbours(sample, p)
    return (near.low + near.high) / 2 if near.above == 0 else near.high


def _nearest_even(sample: Sorted, p: float) -> float:
    starts = np.flatnonzero(np.r_[True, sample.values[1:] != sample.values[:-1]])
    weights = np.add.reduceat(sample.weights.astype(np.longdouble), starts).astype(np.float64)
    near = _neighbours(Sorted(sample.values[starts], weights, _running(weights)), p)
    return near.low if near.above == 0 and near.place % 2 == 1 else near.high


def _between(sample: Sorted, p: float) -> float:
    near = _neighbours(sample, p)
    gap = near.above + near.below
    share = near.above / gap if gap else 0.0
    return near.low * (1 - share) + near.high * share


def _shah_vaish(sample: Sorted, p: float) -> float:
    n = len(sample.values)
    sums = _running(sample.weights / np.mean(sample.weights))
    positions, values = _in_order((sums + 0.5 - sample.weights / 2) / (n + 1), sample.values)
    return float(values[max(int(np.searchsorted(positions, p, side="right")) - 1, 0)])


def _interpolated(position: Callable[[Sorted], FloatArray]) -> Callable[[Sorted, float], float]:
    def rule(sample: Sorted, p: float) -> float:
        positions, values = _in_order(position(sample), sample.values)
        if p <= positions[0]:
            return float(values[0])
        if p >= positions[-1]:
            return float(values[-1])
        below = int(np.searchsorted(positions, p, side="right")) - 1
        # Whether an answer is at most the quantile depends on its last digit, so the arithmetic is R's (approx).
        gap = positions[below + 1] - positions[below]
        return float(values[below] + (values[below + 1] - values[below]) * ((p - positions[below]) / gap))

    return rule


def _in_order(positions: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the positions in ascending order, each once, with the mean of the values there."""
    if (np.diff(positions) > 0).all():
        return positions, values
    unique, place, counts = np.unique(positions, return_inverse=True, return_counts=True)
    return unique, np.asarray(np.bincount(place, values) / counts, dtype=np.float64)


def _hf5(sample: Sorted) -> FloatArray:
    return np.asarray((sample.sums - sample.weights / 2) / sample.sums[-1])


def _hf6(sample: Sorted) -> FloatArray:
    return np.asarray(sample.sums / (sample.sums[-1] + sample.weights[-1]))


def _hf7(sample: Sorted) -> FloatArray:
    return np.asarray(np.r_[0.0, sample.sums[:-1]] / sample.sums[-2], dtype=np.float64)


def _hf8(sample: Sorted) -> FloatArray:
    return np.asarray(
        (np.r_[0.0, sample.sums[:-1]] / 3 + sample.sums * 2 / 3) / (sample.sums[-1] + sample.weights[-1] / 3)
    )


def _hf9(sample: Sorted) -> FloatArray:
    return np.asarray(
        (np.r_[0.0, sample.sums[:-1]] * 3 / 8 + sample.sums * 5 / 8) / (sample.sums[-1] + sample.weights[-1] / 4)
    )


_RULES: dict[str, Callable[[Sorted, float], float]] = {
    "math": _math,
    "school": _school,
    "shahvaish": _shah_vaish,
    "hf1": _math,
    "hf2": _school,
    "hf3": _nearest_even,
    "hf4": _between,
    "hf5": _interpolated(_hf5),
    "hf6": _interpolated(_hf6),
    "hf7": _interpolated(_hf7),
    "hf8": _interpolated(_hf8),
    "hf9": _interpolated(_hf9),
}
