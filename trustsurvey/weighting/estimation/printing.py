"""Tables of results as a reader wants them: aligned, and with as many decimals as their standard errors deserve."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["as_html", "as_text"]

_ROWS = 60
_ON_THE_SCALE = ("estimate", "se", "low", "high", "low_simultaneous", "high_simultaneous", "detectable")
_P_VALUES = ("p_value", "p_adjusted")
_DECIMALS = {"n": 0, "n_previous": 0, "n_effective": 0, "deff": 3, "t": 3}
_SMALLEST_P = 1e-4
_ROUNDING = 1e-12
_ALIKE = 2
_MOST_DECIMALS = 12


def as_text(title: str, table: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """Return a table of estimates for a terminal, below its title and above what there is to say about it.

    Columns of flags and design effects that say nothing are left out, and rows after the sixtieth.
    """
    shown, notes = _shown(table), [*_more(table), *notes]
    return "\n".join([title, shown.to_string(index=False) if len(shown) else "no rows", *notes])


def as_html(title: str, table: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """Return the same for a notebook."""
    parts = [f"<p>{html.escape(title)}</p>", _shown(table).to_html(index=False, border=0)]
    return "\n".join([*parts, *(f"<p>{html.escape(note)}</p>" for note in [*_more(table), *notes])])


def _more(table: pd.DataFrame) -> list[str]:
    return [f"and {len(table) - _ROWS} more rows in .table"] if len(table) > _ROWS else []


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    table = table.head(_ROWS)
    decimals = _decimals(table) if "estimate" in table else []
    columns = {}
    for name in table.columns:
        values = table[name].tolist()
        if name == "flags" and not any(values):
            continue
        if name == "deff" and all(math.isnan(value) for value in values):
            continue
        if name in _ON_THE_SCALE:
            columns[name] = [_fixed(value, places) for value, places in zip(values, decimals, strict=True)]
        elif name in _P_VALUES:
            columns[name] = [_p_value(value) for value in values]
        elif name in _DECIMALS:
            columns[name] = [_fixed(value, _DECIMALS[name]) for value in values]
        else:
            columns[name] = [str(value) for value in values]
    return pd.DataFrame(columns)


def _fixed(value: float, decimals: int) -> str:
    if math.isnan(value):
        return "NaN"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def _p_value(p: float) -> str:
    """Return a p value with four decimals."""
    return f"<{_SMALLEST_P:.4f}" if p < _SMALLEST_P else _fixed(p, 4)


def _decimals(table: pd.DataFrame) -> list[int]:
    """Return the decimals of each row, one number where rows are alike.

    Standard errors have two digits, or three where the first is 1.
    """
    estimate, se = (np.abs(table[name].to_numpy(dtype=np.float64)) for name in ("estimate", "se"))
    measured = se > _ROUNDING * np.where(np.isnan(estimate), 0, estimate)
    known = measured | (estimate > 0)
    # Where there is no standard error, four digits of the estimate.
    size = np.where(measured, se / 20, estimate / 1000)[known]
    places = np.zeros(len(table), dtype=np.int64)
    places[known] = np.clip(-np.floor(np.log10(size)), 0, _MOST_DECIMALS)
    if known.any():
        places[~known] = places[known].max()
        finest = places[measured] if measured.any() else places[known]
        if finest.max() - finest.min() <= _ALIKE:
            places[:] = finest.max()
    return [int(each) for each in places]
