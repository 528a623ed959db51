"""Tables of counts: checked cell by cell, summed to margins, compared with one another."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trustsurvey.errors import shown_value

__all__ = [
    "Fault",
    "check_cells",
    "check_frame",
    "combination",
    "contradictions",
    "levels",
    "sum_over",
    "table_variables",
]

# Tables of one population may differ by rounding of floating point numbers, and by no more.
AGREEMENT = 1e-9
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a table: its row (from 0) and column, each None where it concerns all of them."""

    row: int | None
    column: str | None
    message: str
    remedy: str


def check_frame(
    frame: pd.DataFrame, count: str, place: Callable[[int], str]
) -> tuple[pd.Series[float] | None, list[Fault]]:
    """Turn a long table, one column per variable and one of counts, into a series of counts.

    Parameters
    ----------
    frame : DataFrame
        One row per cell.
    count : str
        The column of counts.
    place : callable
        Words for a row number, such as "line 3", for messages.

    Returns
    -------
    series, faults
        The counts (float, indexed by the variables in the frame's order), or None where there are faults.
    """
    if not isinstance(count, str):
        return None, [Fault(None, None, f"count is the name of a column, as text; got {shown_value(count)}", "name it")]
    names = list(frame.columns)
    positions = [position for position, name in enumerate(names) if name != count]
    variables = [names[position] for position in positions]
    columns = [frame.iloc[:, position] for position in positions]
    if names.count(count) == 1:
        return check_cells(variables, columns, frame.iloc[:, names.index(count)], count, place)
    found = "no column" if count not in names else "more than one column"
    listed = ", ".join(str(name) for name in names) or "none"
    fault = Fault(None, None, f"there is {found} {count!r}; the columns are: {listed}", f"name one column {count!r}")
    return None, [fault, *check_cells(variables, columns, None, count, place)[1]]


def check_cells(
    variables: Sequence[object],
    columns: Sequence[Iterable[object]],
    counts: Iterable[object] | None,
    count: str,
    place: Callable[[int], str],
) -> tuple[pd.Series[float] | None, list[Fault]]:
    """Check the cells of one table; levels become strings as they stand, "021" stays "021".

    Parameters
    ----------
    variables : sequence of str
        Names of the variables.
    columns : sequence of iterables
        The level of each cell, one iterable per variable: strings, or integers, which become strings.
    counts : iterable, or None
        The count of each cell: finite numbers of at least 0, or their decimal notation. Without counts only the levels
        are checked.
    count : str
        What the column of counts is called, for faults.
    place : callable
        Words for a row number, for messages.

    Returns
    -------
    series, faults
        The counts, or None where there are faults.
    """
    faults = _check_names(variables)
    levels_found: list[list[str]] = []
    for name, column in zip(variables, columns, strict=True):
        levels_found.append([])
        for row, value in enumerate(column):
            level, complaint, remedy = _level(value)
            levels_found[-1].append(level)
            if complaint:
                faults.append(Fault(row, str(name), f"column {str(name)!r} {complaint}", remedy))
    if levels_found and not faults:
        faults += _duplicates([str(name) for name in variables], levels_found, place)
    numbers_found: list[float] = []
    for row, value in enumerate(() if counts is None else counts):
        number, complaint = _count(value)
        numbers_found.append(number)
        if complaint:
            faults.append(Fault(row, count, complaint, "write a number of persons, 0 or more"))
    if levels_found and not levels_found[0]:
        faults.append(Fault(None, None, "the table has no rows", "write one row per cell"))
    elif not faults and counts is not None and not sum(numbers_found) > 0:
        faults.append(Fault(None, count, "the counts add up to 0", "give at least one cell a count above 0"))
    elif not faults and math.isinf(sum(numbers_found)):
        faults.append(Fault(None, count, "the counts add up to more than a number can hold", "correct the counts"))
    if faults or counts is None:
        return None, faults
    values = np.array(numbers_found, dtype=float)
    values.flags.writeable = False
    index = _index([str(name) for name in variables], levels_found)
    return pd.Series(values, index=index, name="count", copy=False), []


def _index(names: Sequence[str], columns: Sequence[Sequence[str]]) -> pd.Index:
    if len(names) == 1:
        return pd.Index(list(columns[0]), dtype="str", name=names[0])
    return pd.MultiIndex.from_arrays([pd.Index(list(column), dtype="str") for column in columns], names=list(names))


def _check_names(variables: Sequence[object]) -> list[Fault]:
    if not variables:
        return [Fault(None, None, "there is no variable beside the counts", "add a column per variable")]
    faults = []
    for position, name in enumerate(variables):
        if not isinstance(name, str) or not name or name != name.strip():
            remedy = "name each variable, without spaces around the name"
            faults.append(Fault(None, None, f"the name of variable {position + 1} is {name!r}", remedy))
        elif name in variables[:position]:
            faults.append(Fault(None, name, f"two columns are named {name!r}", "rename or remove one"))
    return faults


def _level(value: object) -> tuple[str, str, str]:
    """Return the level as a string, and complaint and remedy where it cannot be one."""
    if isinstance(value, str):
        if not value.strip():
            return "", "has no level here", "write the level's code"
        if value != value.strip():
            return value, f"has spaces around the level {value!r}", "remove them"
        return value, "", ""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_):
        return str(int(value)), "", ""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, numbers.Number) and value != value):
        return "", "has no level here", "write the level's code"
    return "", f"holds {shown_value(value)} ({type(value).__name__}), not a code", "store the codes as text"


def _count(value: object) -> tuple[float, str]:
    """Return the count as a number, and a complaint where it is none."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return 0.0, "there is no count"
        if not NUMBER.fullmatch(text):
            return 0.0, f"the count {text!r} is not a number"
        value = float(text)
    if value is None or value is pd.NA or value is pd.NaT:
        return 0.0, "there is no count"
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__float__"):
        return 0.0, f"the count {shown_value(value)} is not a number"
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0, f"the count {shown_value(value)} is not a number"
    if math.isnan(number):
        return 0.0, "there is no count"
    if math.isinf(number):
        return 0.0, "the count is infinite"
    if number < 0:
        return 0.0, f"the count {value} is negative"
    return number, ""


def _duplicates(names: Sequence[str], columns: Sequence[Sequence[str]], place: Callable[[int], str]) -> list[Fault]:
    first: dict[tuple[str, ...], int] = {}
    faults = []
    for row, cell in enumerate(zip(*columns, strict=True)):
        if first.setdefault(cell, row) != row:
            message = f"the cell {_words(names, cell)} is also in {place(first[cell])}"
            faults.append(Fault(row, None, message, "keep one row per cell"))
    return faults


def table_variables(table: pd.Series[float]) -> list[str]:
    """Names of the variables of a table."""
    return [str(name) for name in table.index.names]


def levels(tables: Iterable[pd.Series[float]]) -> dict[str, tuple[str, ...]]:
    """Levels of every variable of some tables, in order of first appearance."""
    found: dict[str, dict[str, None]] = {}
    for table in tables:
        for name in table_variables(table):
            found.setdefault(name, {}).update(dict.fromkeys(table.index.get_level_values(name).unique()))
    return {name: tuple(each) for name, each in found.items()}


def sum_over(table: pd.Series[float], names: Sequence[str], order: Mapping[str, Sequence[str]]) -> pd.Series[float]:
    """Sum a table to a margin, its cells sorted by the given order of levels, the first variable slowest."""
    codes = [pd.Index(list(order[name])).get_indexer(table.index.get_level_values(name)) for name in names]
    shape = tuple(len(order[name]) for name in names)
    cells, inverse = np.unique(np.ravel_multi_index(codes, shape), return_inverse=True)
    counts = np.bincount(inverse, weights=table.to_numpy(), minlength=len(cells))
    columns = [
        [order[name][position] for position in code]
        for name, code in zip(names, np.unravel_index(cells, shape), strict=True)
    ]
    return pd.Series(counts, index=_index(names, columns), name="count")


def contradictions(tables: Sequence[pd.Series[float]], labels: Sequence[str]) -> list[tuple[int, str]]:
    """Where tables of one population disagree on the total or on a margin they share, beyond 1e-9 relative.

    Returns
    -------
    list of (int, str)
        The position of the later of two tables that disagree, and what disagrees, with the numbers.
    """
    order = levels(tables)
    found = []
    for later, table in enumerate(tables):
        for earlier, other in enumerate(tables[:later]):
            pair = f"{labels[earlier]} and {labels[later]}"
            totals = float(other.sum()), float(table.sum())
            shared = [name for name in table_variables(other) if name in table_variables(table)]
            if not math.isclose(*totals, rel_tol=AGREEMENT):
                found.append((later, f"{pair} have different totals, {totals[0]:.10g} and {totals[1]:.10g}"))
            elif shared:
                apart = _apart(sum_over(other, shared, order), sum_over(table, shared, order))
                if apart:
                    cells = "; ".join(apart[:5]) + (f"; and {len(apart) - 5} more" if len(apart) > 5 else "")
                    found.append((later, f"{pair} disagree on {combination(shared)}, at {cells}"))
    return found


def _apart(one: pd.Series[float], other: pd.Series[float]) -> list[str]:
    """Words for the cells at which two margins of the same variables differ; a cell that one lacks counts 0 there."""
    cells = one.index.append(other.index.difference(one.index, sort=False))
    first, second = one.reindex(cells, fill_value=0.0), other.reindex(cells, fill_value=0.0)
    return [
        f"{_words(table_variables(one), cell if isinstance(cell, tuple) else (cell,))}: {a:.10g} and {b:.10g}"
        for cell, a, b in zip(cells, first, second, strict=True)
        if not math.isclose(a, b, rel_tol=AGREEMENT, abs_tol=AGREEMENT**2)
    ]


def combination(variables: Iterable[object]) -> str:
    """Words for variables that stand in one table: "district x sex"."""
    return " x ".join(str(name) for name in variables)


def _words(names: Iterable[str], cell: Iterable[object]) -> str:
    return ", ".join(f"{name}={level}" for name, level in zip(names, cell, strict=True))
