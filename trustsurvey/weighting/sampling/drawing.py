"""How often each of many units is drawn, with replacement and alike, without a look at each draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from trustsurvey.weighting.encoding import FloatArray, IntArray

__all__ = ["DrawCounts", "draw_places"]

_CHUNK = 1 << 16
_CODES = 1 << 16
_MOST = 40
_BITS = np.uint64(32)
_ONE = np.uint8(1)


def draw_places(random: np.random.Generator, draws: int, sizes: npt.NDArray[np.uint64] | np.uint64) -> IntArray:
    """Return a place below ``sizes`` for each draw (draws,): one size for all or one for each."""
    bits = random.bit_generator.random_raw((draws + 1) // 2).view(np.uint32)[:draws]
    # The product of 32 random bits and a size has the place drawn in its upper bits.
    places = np.multiply(bits, sizes, dtype=np.uint64)
    places >>= _BITS
    return places.view(np.int64)


@dataclass(frozen=True, slots=True, eq=False, init=False)
class DrawCounts:
    """Counts of draws among many units, which are multinomial.

    Independent Poisson numbers with a given sum are multinomial, and the sum of two multinomial counts is one again. So
    each unit gets a Poisson number of a mean that leaves a few draws over, which are then drawn one by one. Sixteen
    random bits say which number it is: above k from limit k on. Shares of such codes are whole, so from the last limit
    on what is left of the probabilities (``left``, added up) decides.
    """

    units: int
    draws: int
    limits: npt.NDArray[np.uint16]
    left: FloatArray

    def __init__(self, units: int, draws: int) -> None:
        mean = (draws - 5 * np.sqrt(draws)) / units
        wanted = _CODES * stats.poisson.pmf(np.arange(_MOST + 1), mean)
        whole = np.floor(wanted)
        left = np.cumsum(wanted - whole)
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "draws", draws)
        object.__setattr__(self, "limits", np.cumsum(whole[whole > 0]).astype(np.uint16))
        object.__setattr__(self, "left", left[:-1] / left[-1])

    def draw(self, random: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Return how often each unit (units,) is drawn."""
        while True:
            times, total = self._poisson(random)
            if total <= self.draws:
                break
        np.add.at(times, draw_places(random, self.draws - total, np.uint64(self.units)), _ONE)
        return times

    def _poisson(self, random: np.random.Generator) -> tuple[npt.NDArray[np.uint8], int]:
        times, total = np.zeros(self.units, dtype=np.uint8), 0
        for start in range(0, self.units, _CHUNK):
            part = times[start : start + _CHUNK]
            bits = random.bit_generator.random_raw((len(part) + 3) // 4).view(np.uint16)[: len(part)]
            for limit in self.limits[:-1]:
                above = bits >= limit
                part += above.view(np.uint8)
                total += int(np.count_nonzero(above))
            undecided = np.flatnonzero(bits >= self.limits[-1])
            decided = np.searchsorted(self.left, random.random(len(undecided)), side="right").astype(np.uint8)
            total += int(decided.sum(dtype=np.int64)) - int(part[undecided].sum(dtype=np.int64))
            part[undecided] = decided
        return times, total
