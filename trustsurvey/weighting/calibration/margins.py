"""Margins as a user gives them: plain mappings, series or a population, as counts or as shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from trustsurvey.errors import CalibrationError, listed, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, name_list, real_number

__all__ = [
    "Collapse",
    "HasMargins",
    "MarginTable",
    "Margins",
    "Reconcile",
    "check_shared",
    "common_total",
    "merge_levels",
    "read_margins",
    "shown",
]

# A mapping is invariant in its keys: only Any takes one of text as well as one of numbers.
Collapse = Mapping[Any, Mapping[Any, Hashable]]
Reconcile = Literal["error", "first"]

_TOLERANCE = 1e-6
_SHOWN = 8
_LARGEST = 1e100
_NEGLIGIBLE = 1e-12
_SAME = 1e-9


@runtime_checkable
class HasMargins(Protocol):
    """Anything that gives counts by variables, such as a ``Population``."""

    def margin(self, variables: Sequence[str]) -> pd.Series:
        """Return counts indexed by the variables."""


Margins = HasMargins | Mapping[Any, object]


@dataclass(frozen=True)
class MarginTable:
    """One margin: ``amounts`` (levels,) by combination of levels of the variables, counts or shares.

    An amount is NaN where the level is left free: it is known to exist, but not how often. ``source`` says where the
    amounts come from, for messages.
    """

    variables: tuple[Hashable, ...]
    levels: tuple[tuple[Hashable, ...], ...]
    amounts: FloatArray
    source: str = ""

    @property
    def name(self) -> str:
        """What messages and reports call the margin."""
        return " x ".join(str(variable) for variable in self.variables)

    @cached_property
    def total(self) -> float:
        """The sum over all levels that are not left free."""
        return float(np.nansum(self.amounts))

    @cached_property
    def free(self) -> tuple[tuple[Hashable, ...], ...]:
        """The levels that are left free."""
        return tuple(self.levels[each] for each in np.flatnonzero(np.isnan(self.amounts)))

    @property
    def is_shares(self) -> bool:
        """Whether the values are shares of 1; those of a table with free levels sum to less."""
        return self.total < 1 if self.free else abs(self.total - 1) <= _TOLERANCE

    @property
    def described(self) -> str:
        """The name and the source, for messages."""
        return f"{self.name!r} ({self.source})" if self.source else repr(self.name)


def shown(items: Iterable[object]) -> str:
    """List some items, and how many more there are."""
    return listed(items, most=_SHOWN)


def read_margins(margins: object, on: Sequence[object] | None) -> tuple[list[MarginTable], dict[Hashable, float]]:
    """Return the margins of categories, and the totals of continuous variables.

    Raises
    ------
    CalibrationError
        The margins are of no known form, or a value is missing, negative or no number.
    """
    tables: list[MarginTable] = []
    continuous: dict[Hashable, float] = {}
    if isinstance(margins, Mapping):
        if on is not None:
            raise CalibrationError("on= chooses margins of a population; plain margins name their variables themselves")
        for key, given in margins.items():
            variables = tuple(name_list(key))
            if not variables:
                raise CalibrationError("a margin names no variable; name the column that it is about")
            if not isinstance(given, Mapping | pd.Series | type) and isinstance(given, HasMargins):
                tables.append(_of_population(variables, given))
            elif isinstance(given, int | float | np.number) and not isinstance(given, bool) and len(variables) == 1:
                total = real_number(given)
                if total is None or abs(total) > _LARGEST:
                    raise CalibrationError(
                        f"the total of {key!r} must be a finite number of at most {_LARGEST:g}; got "
                        f"{shown_value(given)}"
                    )
                continuous[variables[0]] = total
            else:
                tables.append(_table(variables, given))
    elif isinstance(margins, HasMargins) and not isinstance(margins, type):
        if not isinstance(on, list | tuple) or not on:
            raise CalibrationError(
                'with a population say which margins to meet, as in on=["district", ["origin", "sex"]]'
            )
        tables += [_of_population(tuple(name_list(entry)), margins) for entry in on]
    else:
        raise CalibrationError(
            'margins are a population or a mapping such as {"sex": {"f": 0.5, "m": 0.5}}; '
            f"got {type(margins).__name__}"
        )
    if not tables and not continuous:
        raise CalibrationError("there are no margins to meet; give at least one")
    names = [table.name for table in tables]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CalibrationError(f"margin given twice: {', '.join(twice)}")
    return tables, continuous


def common_total(
    tables: Sequence[MarginTable], reconcile: Reconcile
) -> tuple[float | None, list[MarginTable], list[str]]:
    """Return the total that all margins of counts share (None where all are shares), the margins, and choices made.

    Raises
    ------
    CalibrationError
        Totals contradict each other and are not to be reconciled, a margin is neither counts nor shares, or levels
        are left free and nothing fixes the total.
    """
    if not one_of(reconcile, ("error", "first")):
        raise CalibrationError(f'reconcile is "error" or "first"; got {shown_value(reconcile)}')
    given = [table for table in tables if not table.is_shares]
    for table in given:
        if table.total < 1.5:
            raise CalibrationError(_neither(table))
    partial = [table for table in given if table.free]
    counts = [table for table in given if not table.free]
    if partial and not counts:
        table = partial[0]
        raise CalibrationError(
            f"margin {table.described} leaves {_listed(table.free)} free, and no other margin of counts gives the "
            "total, so nothing says how much they are together; give one margin a count of at least 0 for all of its "
            "levels, or give shares"
        )
    if not counts:
        return None, list(tables), []
    first, total = counts[0], counts[0].total
    apart = [table for table in counts if abs(table.total - total) > _TOLERANCE * max(table.total, total)]
    if not apart:
        return total, list(tables), []
    if reconcile == "error":
        listed = "; ".join(f"{table.described} sums to {table.total:.10g}" for table in counts)
        percentages = any(abs(table.total - 100) < 0.5 for table in counts)
        hint = "; percentages are given as shares, divided by 100" if percentages else ""
        raise CalibrationError(
            f"the margins contradict each other: {listed}; bring them to one total first, or scale the others to the "
            f'first one by reconcile="first"{hint}'
        )
    names = [table.name for table in apart]
    choices = [
        f"margin {table.described} scaled from {table.total:.10g} to {first.total:.10g}, the total of {first.described}"
        for table in apart
    ]
    scaled = [
        replace(table, amounts=table.amounts * (first.total / table.total)) if table.name in names else table
        for table in tables
    ]
    return first.total, scaled, choices


def _neither(table: MarginTable) -> str:
    if table.free:
        return (
            f"margin {table.described} leaves {_listed(table.free)} free, but its shares sum to {table.total:.8g}, so "
            "nothing is left for them; give smaller shares or counts, or leave them out"
        )
    return (
        f"margin {table.described} sums to {table.total:.8g}: shares sum to 1, counts to the population; "
        "divide shares by their sum if they were rounded"
    )


def check_shared(tables: Sequence[MarginTable], total: float | None) -> None:
    """Check that margins with variables in common say the same about these.

    Raises
    ------
    CalibrationError
        Two do not; the message names the level and what each of the two gives it.
    """
    for first, second in combinations([table for table in tables if not table.free], 2):
        shared = [variable for variable in first.variables if variable in second.variables]
        if not shared:
            continue
        sums = [_shares_of(table, shared) for table in (first, second)]
        for level, share in sums[0].items():
            other = sums[1].get(level, share)
            if abs(share - other) > _SAME * max(share, other):
                scale = 1.0 if total is None else total
                texts = [
                    f"{_parts(table, shared, level)} of {table.described} ({each * scale:.10g})"
                    for table, each in ((first, share), (second, other))
                ]
                raise CalibrationError(
                    f"the margins contradict each other about {' x '.join(str(each) for each in shared)!r}: the same "
                    f"respondents are in {texts[0]} and in {texts[1]}, with different targets; correct one of the two"
                )


def _shares_of(table: MarginTable, variables: Sequence[Hashable]) -> dict[tuple[Hashable, ...], float]:
    """Return the share of each level of some of the variables of a margin."""
    places = [table.variables.index(variable) for variable in variables]
    shares: dict[tuple[Hashable, ...], float] = {}
    for level, share in zip(table.levels, (table.amounts / table.total).tolist(), strict=True):
        part = tuple(level[place] for place in places)
        shares[part] = shares.get(part, 0.0) + share
    return shares


def _parts(table: MarginTable, variables: Sequence[Hashable], wanted: tuple[Hashable, ...]) -> str:
    """Return the levels of a margin that add up to one of some of its variables."""
    places = [table.variables.index(variable) for variable in variables]
    levels = [level for level in table.levels if tuple(level[place] for place in places) == wanted]
    return listed([_label(level) for level in levels], " + ", most=4)


def merge_levels(table: MarginTable, collapse: Collapse) -> MarginTable:
    """Return the margin with levels merged, their counts added up; with a free level the merged one is free."""
    merges = [collapse.get(str(variable), {}) for variable in table.variables]
    if not any(merges):
        return table
    sums: dict[tuple[Hashable, ...], float] = {}
    for level, value in zip(table.levels, table.amounts.tolist(), strict=True):
        merged = tuple(merge.get(part, part) for merge, part in zip(merges, level, strict=True))
        sums[merged] = sums.get(merged, 0.0) + value
    return replace(table, levels=tuple(sums), amounts=np.array(list(sums.values())))


def _of_population(variables: tuple[Hashable, ...], population: HasMargins) -> MarginTable:
    name = getattr(population, "name", type(population).__name__)
    day = getattr(population, "reference_date", None)
    table = _table(variables, population.margin([str(each) for each in variables]))
    return replace(table, source=f"{name}, {day}" if day else str(name))


def _table(variables: tuple[Hashable, ...], given: object) -> MarginTable:
    name = " x ".join(str(variable) for variable in variables)
    if isinstance(given, pd.Series):
        index = given.index
        if len(variables) > 1 and set(index.names) == set(variables) and tuple(index.names) != variables:
            given = given.reorder_levels([index.names.index(name) for name in variables])
        pairs = list(zip(given.index.tolist(), given.tolist(), strict=True))
    elif isinstance(given, Mapping):
        pairs = list(given.items())
    else:
        raise CalibrationError(
            f"margin {name!r} is a mapping from level to count or share (a bare number for the total of a continuous "
            f"variable); got {type(given).__name__}"
        )
    if len(set(variables)) < len(variables):
        raise CalibrationError(f"margin {name!r} names a variable twice; name each once")
    if not pairs:
        raise CalibrationError(f"margin {name!r} has no levels")
    levels = []
    for level, _ in pairs:
        combination = level if isinstance(level, tuple) else (level,)
        if len(combination) != len(variables):
            raise CalibrationError(
                f"margin {name!r} has {len(variables)} variables, but its level {level!r} has {len(combination)} parts"
            )
        if any(pd.isna(part) for part in combination):
            raise CalibrationError(f"margin {name!r} has a missing value among its levels")
        levels.append(tuple(combination))
    twice = shown(_label(level) for level, count in Counter(levels).items() if count > 1)
    if twice:
        raise CalibrationError(f"margin {name!r} has levels twice: {twice}")
    values, wrong = [], []
    for level, (_, value) in zip(levels, pairs, strict=True):
        number = _number(value)
        values.append(number)
        if value is not None and not (np.isfinite(number) and number >= 0):
            wrong.append(f"{_label(level)} ({shown_value(value)})")
    if wrong:
        raise CalibrationError(
            f"margin {name!r} needs a count or share of at least 0 for each level, or None where it is not known; not "
            f"so: {shown(wrong)}"
        )
    if all(value is None for _, value in pairs):
        raise CalibrationError(f"margin {name!r} leaves every level free, so it says nothing; leave it out")
    total = sum(value for value in values if value == value)
    if total == 0:
        raise CalibrationError(f"margin {name!r} is 0 at every level")
    if total > _LARGEST:
        raise CalibrationError(
            f"margin {name!r} adds up to more than a number can hold ({total:g}); correct the counts"
        )
    negligible = [
        f"{_label(level)} ({value:g})"
        for level, value in zip(levels, values, strict=True)
        if 0 < value < _NEGLIGIBLE * total
    ]
    if negligible:
        raise CalibrationError(
            f"margin {name!r}: beside a total of {total:g} these are too small to be met: {shown(negligible)}; merge "
            "them with other levels by collapse={...}, or correct them"
        )
    return MarginTable(variables, tuple(levels), np.array(values))


def _number(value: object) -> float:
    if value is None or isinstance(value, bool | np.bool_ | str):
        return float("nan")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _label(level: object) -> str:
    return ", ".join(str(part) for part in level) if isinstance(level, tuple) else str(level)


def _listed(levels: Iterable[object]) -> str:
    return shown(_label(level) for level in levels)
