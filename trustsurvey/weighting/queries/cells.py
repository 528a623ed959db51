"""The GROUP BY of a design, as one ibis expression that any engine runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

from trustsurvey.weighting.queries.engines import import_ibis

__all__ = ["Plan", "average_expression", "cells_expression", "count_expression", "moment_names", "pairs"]

_LARGEST = math.nextafter(math.inf, 0)
_PROBED = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is grouped and what is added up: names of columns in the query.

    ``centres`` are numbers near the values, subtracted before squares are added up so that no digits are lost.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...]
    weights: str | None
    centres: tuple[float, ...] = ()


def pairs(values: int) -> list[tuple[int, int]]:
    """Return each two of the values, and each with itself."""
    return list(combinations_with_replacement(range(values), 2))


def moment_names(plan: Plan, prefix: str) -> tuple[list[str], list[str]]:
    """Return what the sums of values and of their products are called; ``prefix`` is "w" or "ww"."""
    numbers = range(len(plan.values))
    return [f"{prefix}_{each}" for each in numbers], [f"{prefix}_{one}_{other}" for one, other in pairs(len(numbers))]


def cells_expression(table: Any, plan: Plan) -> Any:
    """Return the cells of a table: respondents alike in every key, in what they answered, and in counting at all.

    The columns are ``key_0`` and so on; ``unanswered``, a bit for each value that is missing; ``idle``, whether the
    weight is 0; ``n``; what is wrong with weights and values (``missing``, ``infinite``, ``negative``,
    ``infinite_0`` and so on); and, where there are weights, sums of the weight ``w`` and of its square ``ww``; of
    either times each value (``w_0``, ``ww_0``) and times each product of two (``w_0_1``, ``ww_0_1``).
    """
    ibis = import_ibis()
    columns = {f"key_{number}": _key(table[name]) for number, name in enumerate(plan.keys)}
    bits = ibis.literal(0, "int64")
    for number, (name, centre) in enumerate(zip(plan.values, plan.centres, strict=True)):
        value, infinite = _number(table[name])
        columns[f"value_{number}"] = value.fill_null(centre) - centre
        if infinite is not None:
            columns[f"infinite_{number}"] = infinite.cast("int64")
        bits = bits + value.isnull().cast("int64") * (1 << number)
    columns["unanswered"] = bits
    if plan.weights is not None:
        weight, infinite = _number(table[plan.weights])
        filled = weight.fill_null(0.0)
        missing = weight.isnull() if infinite is None else weight.isnull() & ~infinite
        columns |= {
            "weight": filled,
            "idle": (filled == 0).cast("int64"),
            "missing": missing.cast("int64"),
            "negative": (filled < 0).cast("int64"),
        }
        if infinite is not None:
            columns["infinite"] = infinite.cast("int64")
    rows = table.select(**columns)
    groups = [*(f"key_{number}" for number in range(len(plan.keys))), "unanswered"]
    sums = {"n": rows.count()}
    wrong = ("missing", "infinite", "negative")
    sums |= {name: rows[name].sum() for name in columns if name in wrong or name.startswith("infinite_")}
    if plan.weights is None:
        sums |= _moments(rows, plan, "w", None)
    else:
        groups.append("idle")
        square = rows["weight"] * rows["weight"]
        sums |= {"w": rows["weight"].sum(), "ww": square.sum()}
        sums |= _moments(rows, plan, "w", rows["weight"]) | _moments(rows, plan, "ww", square)
    return rows.group_by(groups).aggregate(**sums)


def average_expression(table: Any, plan: Plan) -> Any:
    """Return the averages ``value_0`` and so on over the first rows of a table."""
    values = {f"value_{number}": _number(table[name])[0] for number, name in enumerate(plan.values)}
    rows = table.select(**values).limit(_PROBED)
    return rows.aggregate(**{name: rows[name].mean() for name in values})


def count_expression(cells: Any, plan: Plan) -> Any:
    """Return how many ``cells`` there are, and how many values each key has: ``key_0`` and so on."""
    names = [f"key_{number}" for number in range(len(plan.keys))]
    return cells.aggregate(cells=cells.count(), **{name: cells[name].nunique() for name in names})


def _moments(rows: Any, plan: Plan, prefix: str, weight: Any) -> dict[str, Any]:
    sums, products = moment_names(plan, prefix)
    values = [rows[f"value_{number}"] for number in range(len(plan.values))]
    numbers = dict(zip(sums, values, strict=True))
    numbers |= {name: values[p] * values[q] for name, (p, q) in zip(products, pairs(len(values)), strict=True)}
    return {name: (number if weight is None else weight * number).sum() for name, number in numbers.items()}


def _key(column: Any) -> Any:
    """Return a key in which what pandas takes as missing is NULL."""
    kind = column.type()
    if kind.is_float64():
        number, infinite = _number(column)
        return (number.notnull() | infinite).ifelse(column, None)
    if kind.is_floating():
        return column.isnan().ifelse(None, column)
    return column.cast("string") if kind.is_uuid() else column


def _number(column: Any) -> tuple[Any, Any]:
    """Return a column as a float, NULL where missing, no number or infinite, and whether it is infinite (None: never).

    Engines differ in how they compare what is no number; these comparisons mean the same in all of them.
    """
    kind = column.type()
    if not kind.is_floating():
        number = column.cast("int64").cast("float64") if kind.is_boolean() else column.cast("float64")
        return number, None
    number = column.cast("float64")
    infinite = (number < -_LARGEST) | (-number < -_LARGEST)
    return (number.between(-_LARGEST, _LARGEST)).ifelse(number, None), infinite.fill_null(False)
