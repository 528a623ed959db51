"""The largest of several correlated t statistics: its tail probability and its quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from trustsurvey.weighting.encoding import FloatArray

__all__ = ["LargestT", "largest_t"]

_POINTS = 15
_RANK_TOLERANCE = 1e-10
_BOUND = 1e4
_EDGE = 1e-12
_ALIKE = 32


@dataclass(frozen=True, slots=True, eq=False)
class LargestT:
    """The largest absolute value of correlated t statistics.

    Normal numbers have a direction and a length, which are independent; over the length the probability is that of F,
    and over the directions it is averaged at 2^15 points of a Sobol' sequence, always the same, to 4 digits or more.

    Attributes
    ----------
    largest : (points,) array
        The largest absolute number at unit length, in each direction; averages of 32 that are nearly the same.
    rank : int
        The dimensions of the directions.
    df : float
        Degrees of freedom.
    """

    largest: FloatArray
    rank: int
    df: float

    def tail(self, t: float) -> float:
        """Return the probability of a larger one."""
        if math.isnan(t):
            return math.nan
        tails = stats.f.sf(t**2 / (self.largest**2 * self.rank), self.rank, self.df)
        return float(np.mean(tails))

    def quantile(self, share: float) -> float:
        """Return the number that the largest one stays below with this probability."""
        return float(optimize.brentq(lambda t: self.tail(t) - (1 - share), 0, _BOUND, xtol=1e-10))


def largest_t(correlation: FloatArray, df: float) -> LargestT:
    """Return the distribution for estimates of this correlation (tests, tests)."""
    spread, axes = np.linalg.eigh(correlation)
    used = spread > _RANK_TOLERANCE * spread.max()
    root = axes[:, used] * np.sqrt(spread[used])
    rank = int(used.sum())
    points = np.ones((1, 1))
    if rank > 1:
        uniform = stats.qmc.Sobol(rank, rng=np.random.default_rng(1)).random_base2(_POINTS)
        points = stats.norm.ppf(np.clip(uniform, _EDGE, 1 - _EDGE))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    # Directions that are nearly as large count as one.
    largest = np.sort(np.abs(points @ root.T).max(axis=1)).reshape(-1, _ALIKE if rank > 1 else 1).mean(axis=1)
    return LargestT(largest, rank, df)
