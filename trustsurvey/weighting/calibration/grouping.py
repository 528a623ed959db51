"""Group levels so that every group is large enough and as few levels as possible disappear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Groups", "contiguous_groups", "few_groups"]

_EXACT = 14


@dataclass(frozen=True, slots=True)
class Groups:
    """The group (levels,) of each level, numbered from 0 in the order of their first level."""

    of: tuple[int, ...]

    @classmethod
    def apart(cls, levels: int) -> Groups:
        """Return every level as a group."""
        return cls(tuple(range(levels)))

    @classmethod
    def made_of(cls, members: Sequence[Sequence[int]]) -> Groups:
        """Return groups from the levels in each."""
        of = [0] * sum(len(levels) for levels in members)
        for number, levels in enumerate(sorted(members, key=min)):
            for level in levels:
                of[level] = number
        return cls(tuple(of))

    @property
    def number(self) -> int:
        """How many groups there are."""
        return max(self.of) + 1

    def members(self) -> list[list[int]]:
        """Return the levels of each group."""
        found: list[list[int]] = [[] for _ in range(self.number)]
        for level, group in enumerate(self.of):
            found[group].append(level)
        return found

    def joined(self, one: int, other: int) -> Groups:
        """Return the groups with two of them joined."""
        members = self.members()
        kept = [levels for number, levels in enumerate(members) if number not in (one, other)]
        return Groups.made_of([*kept, members[one] + members[other]])

    def sums(self, values: FloatArray, axis: int) -> FloatArray:
        """Return an array with the levels along one axis summed to groups."""
        result = np.zeros((self.number, *np.delete(values.shape, axis)))
        np.add.at(result, np.array(self.of), np.moveaxis(values, axis, 0))
        return np.moveaxis(result, 0, axis)


def contiguous_groups(levels: int, fine: Callable[[Sequence[int]], bool], size: FloatArray) -> Groups:
    """Return the most groups of neighbouring levels that are all fine; among these, those with the smallest merges."""
    best: list[tuple[int, float, int] | None] = [(0, 0.0, 0)] + [None] * levels
    for stop in range(1, levels + 1):
        for start in range(stop):
            before = best[start]
            if before is None or not fine(range(start, stop)):
                continue
            merged = float(size[start:stop].sum()) ** 2 if stop - start > 1 else 0.0
            tried = (before[0] + 1, before[1] - merged, start)
            known = best[stop]
            if known is None or tried[:2] > known[:2]:
                best[stop] = tried
    members: list[list[int]] = []
    stop = levels
    while stop:
        last = best[stop]
        if last is None:
            return Groups.made_of([list(range(levels))])
        members.append(list(range(last[2], stop)))
        stop = last[2]
    return Groups.made_of(members)


def few_groups(size: FloatArray, fine: Callable[[Sequence[int]], bool], minimum: int) -> Groups:
    """Return the most groups of levels in any order that are all fine.

    Levels that are not fine alone are put together among themselves where that is enough; what is left joins the
    smallest group.
    """
    small = sorted((level for level in range(len(size)) if not fine([level])), key=lambda level: size[level])
    groups = [[level] for level in range(len(size)) if level not in small]
    covered = _cover([float(size[level]) for level in small], minimum)
    left = set(range(len(small)))
    for items in covered:
        levels = [small[item] for item in items]
        if fine(levels):
            groups.append(levels)
            left -= set(items)
    for item in sorted(left, reverse=True):
        if not groups:
            groups.append([])
        groups.sort(key=lambda levels: float(size[levels].sum()) if levels else 0.0)
        groups[0].append(small[item])
    return Groups.made_of(_until_fine(groups, fine, size))


def _until_fine(groups: list[list[int]], fine: Callable[[Sequence[int]], bool], size: FloatArray) -> list[list[int]]:
    """Join groups that are still not fine with the smallest other one."""
    while len(groups) > 1:
        wrong = [levels for levels in groups if not fine(levels)]
        if not wrong:
            break
        others = [levels for levels in groups if levels is not wrong[0]]
        smallest = min(others, key=lambda levels: float(size[levels].sum()))
        groups = [levels for levels in others if levels is not smallest] + [smallest + wrong[0]]
    return groups


def _cover(sizes: Sequence[float], minimum: int) -> list[list[int]]:
    """Return as many sets of items as reach the minimum together; exact for few items."""
    if len(sizes) > _EXACT:
        return _cover_greedily(sizes, minimum)
    number = 1 << len(sizes)
    # For each set of items: sets completed, what the open one holds, and the item added last.
    state: list[tuple[int, float, int]] = [(0, 0.0, -1)] * number
    for chosen in range(1, number):
        best = (-1, -1.0, -1)
        for item, each in enumerate(sizes):
            if chosen >> item & 1:
                complete, held, _ = state[chosen ^ (1 << item)]
                tried = (complete + 1, 0.0) if held + each >= minimum else (complete, held + each)
                if tried > best[:2]:
                    best = (*tried, item)
        state[chosen] = best
    sets: list[list[int]] = []
    chosen = number - 1
    while chosen:
        complete, _, item = state[chosen]
        before = state[chosen ^ (1 << item)]
        if complete > before[0]:
            sets.append([item])
        elif sets:
            sets[-1].append(item)
        chosen ^= 1 << item
    return sets


def _cover_greedily(sizes: Sequence[float], minimum: int) -> list[list[int]]:
    """Fill up the largest item with the smallest ones, again and again; sizes are in ascending order."""
    sets: list[list[int]] = []
    low, high = 0, len(sizes) - 1
    while low <= high:
        items, held = [high], sizes[high]
        high -= 1
        while held < minimum and low <= high:
            items.append(low)
            held += sizes[low]
            low += 1
        if held >= minimum:
            sets.append(items)
    return sets
