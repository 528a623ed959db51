"""Multipliers of a bootstrap of many units: draws that start again from the seed at each use, and are not held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.drawing import DrawCounts, draw_places
from trustsurvey.weighting.sampling.multipliers import (
    BoolArray,
    Grouped,
    Table,
    blocks_of,
    rank_of,
    rank_within_strata,
)

__all__ = ["Resamples"]

# Counting draws is several times faster among units that fit into a processor's cache.
_SEGMENT = 1 << 16
_MOST_HELD = 1 << 25
_MOST_IN_FULL = 1 << 21
_MOST_FACTORED = 1 << 16
# Fewer units are drawn one by one.
_MANY = 1 << 12
Times = npt.NDArray[np.integer]
_NOTHING: IntArray = np.zeros(1, dtype=np.intp)
_NO_SIZES = np.zeros(1, dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """Units one after the other: some whole strata, or a part of a large one.

    A draw is of one of ``sizes`` units, from ``starts`` on (of each draw, or of all). The parts of a large stratum are
    counted together: ``counts`` says how, and ``place`` where in the stratum the part begins.
    """

    units: slice
    draws: int
    sizes: npt.NDArray[np.uint64]
    starts: IntArray
    counts: DrawCounts | None = None
    place: int = 0

    @property
    def size(self) -> int:
        return int(self.units.stop - self.units.start)


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """Units drawn with replacement within strata; the multiplier is ``1 - share + share * growth * times drawn``.

    Attributes
    ----------
    order : (units,) array or None
        The units stratum by stratum; None where they are so already.
    sampled, drawn : (strata,) array
        How many units a stratum has, and how many are drawn.
    share, growth : (strata,) array
    seed : int
    replicates : int
    held : (replicates, units) array or None
        How often each unit is drawn, in that order, where these are few enough to hold.
    """

    order: IntArray | None
    sampled: IntArray
    drawn: IntArray
    share: FloatArray
    growth: FloatArray
    seed: int
    replicates: int
    held: npt.NDArray[np.uint8] | None = None

    @property
    def units(self) -> int:
        """How many units."""
        return int(self.sampled.sum())

    def block(self, part: slice) -> FloatArray:
        """Return the multipliers (units, part) of some replicates."""
        stratum = np.repeat(np.arange(len(self.sampled)), self.sampled)
        if self.held is not None:
            numbers = np.ascontiguousarray(self.held[part].T, dtype=np.float64)
        else:
            numbers = np.empty((self.units, part.stop - part.start))
            segments = self._segments()
            for place, drawn in enumerate(self._drawn(part, segments)):
                for segment, times in zip(segments, drawn, strict=True):
                    numbers[segment.units, place] = times
        numbers *= (self.share * self.growth)[stratum, None]
        numbers += (1 - self.share)[stratum, None]
        if self.order is None:
            return numbers
        result = np.empty_like(numbers)
        result[self.order] = numbers
        return result

    def sums(self, values: Grouped) -> Iterator[tuple[slice, FloatArray]]:
        """Return, for blocks of replicates, the sums (k, domains, part) of the multiplied values."""
        if self.units * self.replicates <= _MOST_IN_FULL:
            yield from Table(self.block(slice(0, self.replicates))).sums(values)
            return
        segments = self._segments()
        fixed = np.zeros((len(values.columns), values.groups))
        matrices = [self._matrix(values, segment, fixed) for segment in segments]
        for part in blocks_of(self.replicates, fixed.size):
            result = np.empty((part.stop - part.start, *fixed.shape))
            for out, drawn in zip(result, self._drawn(part, segments), strict=True):
                out[:] = fixed
                flat = out.reshape(-1)
                for matrix, times in zip(matrices, drawn, strict=True):
                    flat += matrix @ times.astype(np.float64)
            yield part, values.over_domains(np.ascontiguousarray(np.moveaxis(result, 0, 2)), part)

    def rank(self, used: BoolArray) -> int:
        """Return the rank of the multipliers of the units (units,) that are used."""
        if self.units * self.replicates <= _MOST_FACTORED:
            return rank_of(self.block(slice(0, self.replicates))[used])
        stratum = np.empty(self.units, dtype=np.intp)
        stratum[slice(None) if self.order is None else self.order] = np.repeat(
            np.arange(len(self.sampled)), self.sampled
        )
        varying = (self.drawn > 0) & (self.share > 0)
        return min(self.replicates, rank_within_strata(stratum, len(self.sampled), used, varying))

    def holding(self) -> Resamples:
        """Return the same draws, held where they are few enough."""
        if self.units * self.replicates > _MOST_HELD:
            return self
        held = np.empty((self.replicates, self.units), dtype=np.uint8)
        segments = self._segments()
        for row, drawn in zip(held, self._drawn(slice(0, self.replicates), segments), strict=True):
            for segment, times in zip(segments, drawn, strict=True):
                if times.max(initial=0) > np.iinfo(np.uint8).max:
                    return self
                row[segment.units] = times
        return replace(self, held=held)

    def _matrix(self, values: Grouped, segment: _Segment, fixed: FloatArray) -> sparse.csr_array:
        """Return what turns draws of the segment's units into sums (k * groups,); ``fixed`` gets what all have."""
        row, unit = self._rows(values, segment)
        group = values.group[row]
        one = len(self.sampled) == 1
        stratum = np.zeros(1, dtype=np.intp) if one else self._stratum_of(segment)[unit]
        factor, constant = (self.share * self.growth)[stratum], (1 - self.share)[stratum]
        order = np.argsort(group.astype(np.uint16) if values.groups <= _SEGMENT else group, kind="stable")
        ends = np.cumsum(np.bincount(group, minlength=values.groups))
        data, pointers = [], [np.zeros(1, dtype=np.intp)]
        for place, column in enumerate(values.columns):
            mine = column[row]
            if constant.any():
                fixed[place] += np.bincount(group, mine * constant, minlength=values.groups)
            data.append((mine * factor)[order])
            pointers.append(ends + place * len(order))
        indices = np.tile(unit[order].astype(np.int32), len(data))
        shape = (len(data) * values.groups, segment.size)
        return sparse.csr_array((np.concatenate(data), indices, np.concatenate(pointers)), shape=shape)

    def _rows(self, values: Grouped, segment: _Segment) -> tuple[slice | IntArray, IntArray]:
        """Return the rows of the units of a segment, and the place of each one's unit in it."""
        if values.unit is None and self.order is None:
            return segment.units, np.arange(segment.size)
        place = np.arange(self.units)
        if self.order is not None:
            place = np.empty(self.units, dtype=np.intp)
            place[self.order] = np.arange(self.units)
        of_row = place if values.unit is None else place[values.unit]
        row = np.flatnonzero((of_row >= segment.units.start) & (of_row < segment.units.stop))
        return row, of_row[row] - segment.units.start

    def _stratum_of(self, segment: _Segment) -> IntArray:
        stratum: IntArray = np.repeat(np.arange(len(self.sampled)), self.sampled)[segment.units]
        return stratum

    def _segments(self) -> list[_Segment]:
        segments: list[_Segment] = []
        starts = np.concatenate([[0], np.cumsum(self.sampled)])
        first = 0
        while first < len(self.sampled):
            start, stop = int(starts[first]), int(starts[first + 1])
            if stop - start >= _MANY:
                counts = DrawCounts(stop - start, int(self.drawn[first]))
                for begin in range(start, stop, _SEGMENT):
                    units = slice(begin, min(begin + _SEGMENT, stop))
                    segments.append(_Segment(units, 0, _NO_SIZES, _NOTHING, counts, begin - start))
                first += 1
                continue
            last = max(first + 1, int(np.searchsorted(starts, start + _SEGMENT, side="right")) - 1)
            large = np.flatnonzero(self.sampled[first:last] >= _MANY)
            last = first + int(large[0]) if len(large) else last
            drawn, sizes, place = self.drawn[first:last], self.sampled[first:last].astype(np.uint64), _NOTHING
            if last > first + 1:
                sizes = np.repeat(sizes, drawn)
                place = np.repeat(starts[first:last] - start, drawn)
            segments.append(_Segment(slice(start, int(starts[last])), int(drawn.sum()), sizes, place))
            first = last
        return segments

    def _drawn(self, part: slice, segments: list[_Segment]) -> Iterator[Iterable[Times]]:
        """Return for each replicate how often the units of each segment are drawn."""
        if self.held is not None:
            for row in self.held[part]:
                yield [row[segment.units] for segment in segments]
            return
        few = len(segments) == 1 and segments[0].counts is None
        together = max(1, _SEGMENT // self.units) if few else 1
        for replicate in range(part.start, part.stop):
            number, place = divmod(replicate, together)
            if together == 1:
                yield self._segment_by_segment(replicate, segments)
                continue
            if place == 0 or replicate == part.start:
                many = self._many(number, together, segments[0])
            yield [many[place]]

    def _many(self, number: int, together: int, segment: _Segment) -> Times:
        """Return how often each unit is drawn (together, units) in one of the rounds of replicates of a few units."""
        places = _draw(_random(self.seed, number), together * segment.draws, segment, together)
        places = places.reshape(together, segment.draws)
        places += np.arange(together)[:, None] * segment.size
        return np.bincount(places.ravel(), minlength=together * segment.size).reshape(together, segment.size)

    def _segment_by_segment(self, replicate: int, segments: list[_Segment]) -> Iterator[Times]:
        random = _random(self.seed, replicate)
        for segment in segments:
            if segment.counts is None:
                yield np.bincount(_draw(random, segment.draws, segment), minlength=segment.size)
                continue
            if segment.place == 0:
                together = segment.counts.draw(random)
            yield together[segment.place : segment.place + segment.size]


def _random(seed: int, number: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(number,))))


def _draw(random: np.random.Generator, draws: int, segment: _Segment, repeats: int = 1) -> IntArray:
    """Return which units (draws,) of a segment are drawn; the draws of a round of several replicates repeat."""
    varying = len(segment.sizes) > 1
    sizes = np.tile(segment.sizes, repeats) if varying and repeats > 1 else segment.sizes
    places = draw_places(random, draws, sizes)
    if len(segment.starts) > 1:
        places += np.tile(segment.starts, repeats) if repeats > 1 else segment.starts
    return places
