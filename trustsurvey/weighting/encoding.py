"""Columns as small integer codes, and several columns as one code for their combination."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from trustsurvey.errors import InputError, UnknownNameError

__all__ = [
    "Encoded",
    "FloatArray",
    "IntArray",
    "Names",
    "as_numbers",
    "check_name",
    "combine",
    "dense",
    "encode",
    "find_column",
    "name_list",
    "real_number",
    "sums_by",
    "whole_number",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.signedinteger]
Names = Hashable | Sequence[Hashable]

_DENSE_CODES = 1 << 16


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column as codes: ``codes`` (n,) point into ``levels``, -1 where the value is missing."""

    codes: IntArray
    levels: pd.Index

    @property
    def labels(self) -> list[Hashable]:
        """The levels as plain Python values."""
        return list(self.levels.tolist())


def name_list(names: Hashable | Sequence[Hashable] | None) -> list[Hashable]:
    """Return one name, several or none as a list."""
    if names is None:
        return []
    if isinstance(names, list | tuple):
        return list(names)
    return [names]


def check_name(name: object) -> None:
    """Check that something can be the name of a column.

    Raises
    ------
    InputError
        It is a list of values, say.
    """
    try:
        hash(name)
    except TypeError:
        raise InputError(
            f"a column is named by text or a number, not by a {type(name).__name__}; "
            "put values into the data frame first"
        ) from None


def find_column(data: pd.DataFrame, name: Hashable) -> pd.Series:
    """Return a column, or say which columns there are."""
    check_name(name)
    known = name in data.columns
    if not known and name in data.attrs.get("values", ()):
        raise InputError(
            f"of {name!r} the design holds sums by cell, enough for means, totals and ratios; name it in keys instead "
            "of values to use it here"
        )
    if not known:
        raise UnknownNameError("column", name, data.columns)
    return dense(data[name])


def dense(column: pd.Series) -> pd.Series:
    """Return a sparse column (zeros left out) as an ordinary one, any other as it is."""
    values = column.array
    if isinstance(values, pd.arrays.SparseArray):
        return pd.Series(values.to_dense(), index=column.index, name=column.name)
    return column


def as_numbers(column: pd.Series) -> FloatArray | None:
    """Return a column of numbers or booleans as floats (n,), NaN where missing; None where it holds something else.

    Raises
    ------
    InputError
        A whole number is larger than floats go.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_complex_dtype(dtype):
        return None
    numeric = pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype)
    if not numeric and not (dtype == np.dtype(object) and column[column.notna()].map(_is_number).all()):
        return None
    try:
        values: FloatArray = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError:
        raise InputError(
            f"column {str(column.name)!r} has whole numbers above 1e308; correct them, or make text of them"
        ) from None
    return values


def _is_number(value: object) -> bool:
    return isinstance(value, bool | int | float | np.number | np.bool_)


def real_number(value: object) -> float | None:
    """Return an argument as a float; None where it is no finite number, as true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def whole_number(value: object, least: int) -> int | None:
    """Return an argument as a whole number of at least ``least``; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        return None
    return int(value)


def encode(values: pd.Series) -> Encoded:
    """Encode a column; categories keep their order (unused ones too), other values are sorted where they can be.

    Raises
    ------
    InputError
        The column holds lists or other things that cannot be told apart.
    """
    categorical = values.array
    if isinstance(categorical, pd.Categorical):
        return Encoded(np.asarray(categorical.codes), categorical.categories)
    try:
        codes, levels = pd.factorize(values)
    except NotImplementedError:
        raise InputError(f"column {values.name!r} holds values that cannot be compared: {values.dtype}") from None
    except TypeError as error:
        raise InputError(f"column {values.name!r} holds values that cannot be compared: {error}") from error
    levels = pd.Index(levels)
    try:
        order = np.argsort(levels.to_numpy(), kind="stable")
    except TypeError:
        order = np.argsort([f"{type(level).__name__} {level}" for level in levels], kind="stable")
    place = np.empty(len(order) + 1, dtype=np.intp)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return Encoded(place[codes], levels[order])


def combine(codes: Sequence[IntArray], sizes: Sequence[int]) -> tuple[IntArray, IntArray, IntArray]:
    """Give a number to each combination of several codes that occurs.

    Parameters
    ----------
    codes : sequence of (n,) arrays
        Codes from 0, none missing.
    sizes : sequence of int
        The number of codes of each.

    Returns
    -------
    cell : (n,) array
        The combination of each row, numbered from 0 in lexicographic order where the table is small.
    members : (cells, variables) array
        The codes that each combination is made of.
    rows : (cells,) array
        How often it occurs.
    """
    space = math.prod(sizes)
    if space >= 1 << 62:
        raise InputError(f"{space} combinations of levels are more than can be numbered; use fewer variables")
    # Small integers are several times faster to multiply and add.
    small = next(kind for kind in (np.int16, np.int32, np.int64) if space <= np.iinfo(kind).max)
    number: IntArray = codes[0].astype(small)
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        number *= small(size)
        number += code.astype(small, copy=False)
    combined: IntArray = number.astype(np.intp, copy=False)
    if space <= max(_DENSE_CODES, 4 * len(combined)):
        counts = np.bincount(combined, minlength=space)
        occupied = np.flatnonzero(counts)
        rows = counts[occupied]
        cell = combined
        if len(occupied) < space:
            place = np.zeros(space, dtype=np.intp)
            place[occupied] = np.arange(len(occupied))
            cell = place[combined]
    else:
        cell, occupied = pd.factorize(combined, sort=True)
        rows = np.bincount(cell, minlength=len(occupied))
    return cell, np.stack(np.unravel_index(occupied, tuple(sizes)), axis=1), rows


def sums_by(group: IntArray, values: FloatArray) -> FloatArray:
    """Return the sums (groups, k) of values (n, k) over groups (n,), numbered from 0."""
    rows = np.arange(len(group))
    member = sparse.csr_array((np.ones(len(group)), (group, rows)), shape=(int(group.max()) + 1, len(group)))
    return np.asarray(member @ values)
