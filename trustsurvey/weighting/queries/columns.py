"""Columns of an engine's result as those of a data frame, with the labels that pandas would give them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["key_column", "numbers"]

_NULLABLE = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def numbers(result: pa.Table, name: str) -> FloatArray:
    """Return a column of numbers as floats (rows,)."""
    column: FloatArray = pc.cast(result[name], pa.float64(), safe=False).to_numpy().astype(np.float64)
    return column


def key_column(column: pa.ChunkedArray, name: str) -> pd.Series:
    """Return a key as a pandas column: whole numbers stay whole where some are missing, dates become timestamps.

    Raises
    ------
    InputError
        Its values are none that pandas has, or decimal numbers with more digits than a float tells apart.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        # An enumeration: its values keep the order in which they were declared.
        whole: pd.Series = column.to_pandas()
        return whole.cat.as_ordered().rename(name)
    if pa.types.is_union(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise InputError(
            f"{name!r} holds {str(kind).partition('<')[0]}, which makes no groups; convert it in the query"
        )
    if pa.types.is_decimal(column.type):
        return _from_decimals(column, name)
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if column.null_count and column.type in _NULLABLE:
        return pd.Series(column.to_pandas(types_mapper=_NULLABLE.get), name=name)
    return pd.Series(column.to_pandas(), name=name)


def _from_decimals(column: pa.ChunkedArray, name: str) -> pd.Series:
    """Return decimals as whole numbers where they have no decimals, as floats otherwise."""
    if column.type.scale <= 0:
        try:
            return key_column(column.cast(pa.int64()), name)
        except pa.ArrowInvalid:
            whole = [None if value is None else int(value) for value in column.to_pylist()]
            return pd.Series(whole, name=name, dtype=object)
    distinct: list[Decimal] = [value for value in pc.unique(column).to_pylist() if value is not None]
    if len({float(value) for value in distinct}) < len(distinct):
        raise InputError(
            f"{name!r} holds decimal numbers that differ after the digits that a number keeps; cast it to text in the "
            "query"
        )
    return pd.Series(column.cast(pa.float64()).to_pandas(), name=name)
