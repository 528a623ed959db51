"""Margins as a user gives them: plain mappings, series or a population, as counts or as shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from trustsurvey.errors import CalibrationError
from trustsurvey.weighting.encoding import FloatArray, name_list

__all__ = ["Collapse", "HasMargins", "MarginTable", "Margins", "common_total", "merge_levels", "read_margins", "shown"]

Collapse = Mapping[str, Mapping[Hashable, Hashable]]

_TOLERANCE = 1e-6
_SHOWN = 8


@runtime_checkable
class HasMargins(Protocol):
    """Anything that gives counts by variables, such as a ``Population``."""

    def margin(self, variables: Sequence[str]) -> pd.Series:
        """Return counts indexed by the variables."""


Margins = HasMargins | Mapping[Hashable, object]


@dataclass(frozen=True, slots=True)
class MarginTable:
    """One margin: ``amounts`` (levels,) by combination of levels of the variables, counts or shares."""

    variables: tuple[Hashable, ...]
    levels: tuple[tuple[Hashable, ...], ...]
    amounts: FloatArray

    @property
    def name(self) -> str:
        """What messages and reports call the margin."""
        return " x ".join(str(variable) for variable in self.variables)

    @property
    def total(self) -> float:
        """The sum over all levels."""
        return float(self.amounts.sum())

    @property
    def is_shares(self) -> bool:
        """Whether the values are shares of 1."""
        return abs(self.total - 1) <= _TOLERANCE


def shown(items: Iterable[object]) -> str:
    """List some items, and how many more there are."""
    known = [str(item) for item in items]
    text = ", ".join(known[:_SHOWN])
    return f"{text} and {len(known) - _SHOWN} more" if len(known) > _SHOWN else text


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
            if isinstance(given, int | float | np.number) and not isinstance(given, bool) and len(variables) == 1:
                if not np.isfinite(float(given)):
                    raise CalibrationError(f"the total of {key!r} must be a finite number; got {given}")
                continuous[variables[0]] = float(given)
            else:
                tables.append(_table(variables, given))
    elif isinstance(margins, HasMargins):
        if not on or isinstance(on, str):
            raise CalibrationError(
                'with a population say which margins to meet, as in on=["district", ["origin", "sex"]]'
            )
        for entry in on:
            variables = tuple(name_list(entry))
            tables.append(_table(variables, margins.margin([str(name) for name in variables])))
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


def common_total(tables: Sequence[MarginTable]) -> float | None:
    """Return the total that all margins of counts share; None where all are shares.

    Raises
    ------
    CalibrationError
        Totals contradict each other, or a margin is neither counts nor shares.
    """
    for table in tables:
        if not table.is_shares and table.total < 1.5:
            raise CalibrationError(
                f"margin {table.name!r} sums to {table.total:.8g}: shares sum to 1, counts to the population; "
                "divide shares by their sum if they were rounded"
            )
    counts = [table for table in tables if not table.is_shares]
    if not counts:
        return None
    totals = [table.total for table in counts]
    if max(totals) - min(totals) > _TOLERANCE * max(totals):
        listed = "; ".join(f"{table.name!r} sums to {table.total:.10g}" for table in counts)
        raise CalibrationError(f"the margins contradict each other: {listed}; bring them to one total first")
    return totals[0]


def merge_levels(table: MarginTable, collapse: Collapse) -> MarginTable:
    """Return the margin with levels merged, their counts added up."""
    merges = [collapse.get(str(variable), {}) for variable in table.variables]
    if not any(merges):
        return table
    sums: dict[tuple[Hashable, ...], float] = {}
    for level, value in zip(table.levels, table.amounts.tolist(), strict=True):
        merged = tuple(merge.get(part, part) for merge, part in zip(merges, level, strict=True))
        sums[merged] = sums.get(merged, 0.0) + value
    return MarginTable(table.variables, tuple(sums), np.array(list(sums.values())))


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
        if not (np.isfinite(number) and number >= 0):
            wrong.append(f"{_label(level)} ({value})")
    if wrong:
        raise CalibrationError(
            f"margin {name!r} needs a count or share of at least 0 for each level; not so: {shown(wrong)}"
        )
    if not any(values):
        raise CalibrationError(f"margin {name!r} is 0 at every level")
    if np.isinf(sum(values)):
        raise CalibrationError(f"margin {name!r} adds up to more than a number can hold; correct the counts")
    return MarginTable(variables, tuple(levels), np.array(values))


def _number(value: object) -> float:
    if isinstance(value, bool | str):
        return float("nan")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def _label(level: object) -> str:
    return ", ".join(str(part) for part in level) if isinstance(level, tuple) else str(level)
