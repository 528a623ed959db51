"""Rows of published tables as plain mappings, found by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

__all__ = ["ALL", "Row", "by", "is_shown", "records"]

ALL = "all"
Row: TypeAlias = Mapping[str, Any]


def records(table: pd.DataFrame, **keys: str) -> list[Row]:
    """Return the rows whose key columns hold these values, in their order."""
    wanted = pd.Series(True, table.index)
    for column, value in keys.items():
        wanted &= table[column] == value
    return [{str(name): value for name, value in row.items()} for row in table[wanted].to_dict("records")]


def by(rows: list[Row], *columns: str) -> dict[Any, Row]:
    """Return rows by the value of a column, or by the values of several as a tuple; the first of equal ones counts."""
    found: dict[Any, Row] = {}
    for row in rows:
        key = row[columns[0]] if len(columns) == 1 else tuple(row[column] for column in columns)
        found.setdefault(key, row)
    return found


def is_shown(row: Row | None, column: str = "estimate") -> bool:
    """Return whether there is a row and its number is not withheld."""
    return row is not None and bool(pd.notna(row[column]))
