"""Domains of estimation, and the variables estimated, as arrays."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import Encoded, FloatArray, IntArray, as_numbers, combine, encode, find_column
from trustsurvey.weighting.sampling.rows import Slope
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Domains", "Values", "check_magnitude", "check_size", "numbers", "read_domains", "read_values"]

_MOST_ESTIMATES = 5_000
# Fourth powers of numbers up to here, as the error of a variance takes, leave room for weights and sums.
_LARGEST = 1e50


@dataclass(frozen=True, slots=True, eq=False)
class Domains:
    """Domain of each row, ``code`` (n,), -1 where a domain variable is missing.

    ``count`` is their number; ``labels`` hold the value (count,) that each domain has of each domain variable.
    """

    code: IntArray
    count: int
    labels: Mapping[str, ExtensionArray]

    @property
    def table(self) -> pd.DataFrame:
        """A row per domain."""
        return pd.DataFrame(dict(self.labels), index=range(self.count))


def read_domains(data: pd.DataFrame, by: Sequence[Hashable]) -> Domains:
    """Return the domains that occur; categories of a categorical make a domain even where nobody is in it.

    Raises
    ------
    UnknownNameError
        No such column.
    InputError
        There are more domains than a covariance between them can be held for.
    """
    if not by:
        return Domains(np.zeros(len(data), dtype=np.intp), 1, {})
    given = [find_column(data, name) for name in by]
    columns = [encode(column) for column in given]
    if len(set(by)) < len(by):
        raise InputError(f"by names a column twice: {', '.join(str(name) for name in by)}")
    declared = [isinstance(column.dtype, pd.CategoricalDtype) for column in given]
    sizes = [max(1, len(column.levels)) for column in columns]
    if math.prod(sizes) >= 1 << 62:
        raise InputError("by has more combinations of levels than can be numbered; use fewer columns")
    missing = [column.codes < 0 for column in columns if column.codes.min(initial=0) < 0]
    known: slice | npt.NDArray[np.bool_] = ~np.logical_or.reduce(missing) if missing else slice(None)
    # Combinations of observed values that occur, times all categories of categoricals.
    observed = [column.codes[known] for column, categories in zip(columns, declared, strict=True) if not categories]
    observed_sizes = [size for size, categories in zip(sizes, declared, strict=True) if not categories]
    members = combine(observed, observed_sizes)[1] if observed else np.zeros((1, 0), dtype=np.intp)
    declared_sizes = [len(each.levels) for each, categories in zip(columns, declared, strict=True) if categories]
    check_size(len(members) * math.prod(declared_sizes))
    combinations = _with_categories(members, columns, declared)
    keys = (
        np.ravel_multi_index(tuple(combinations.T), tuple(sizes)) if len(combinations) else np.zeros(0, dtype=np.intp)
    )
    order = np.argsort(keys, kind="stable")
    keys, combinations = keys[order], combinations[order]
    cell, cells, _ = combine([column.codes[known] for column in columns], sizes)
    place = np.searchsorted(keys, np.ravel_multi_index(tuple(cells.T), tuple(sizes)))
    code: IntArray = place[cell]
    if missing:
        everywhere = np.full(len(data), -1, dtype=np.intp)
        everywhere[known] = code
        code = everywhere
    labels = {
        str(name): _values(column, combinations[:, position], given[position].dtype)
        for position, (name, column) in enumerate(zip(by, columns, strict=True))
    }
    return Domains(code, len(keys), labels)


def check_size(estimates: int) -> None:
    """Check that the covariance between so many estimates can be held.

    Raises
    ------
    InputError
        There are too many.
    """
    if estimates > _MOST_ESTIMATES:
        raise InputError(
            f"this makes {estimates} estimates, more than the {_MOST_ESTIMATES} that a table and its covariance hold; "
            "use fewer domains or levels"
        )


def numbers(data: pd.DataFrame, name: Hashable, statistic: str) -> FloatArray:
    """Return a variable as numbers (n,), NaN where missing; booleans are 0 and 1.

    Raises
    ------
    InputError
        The column does not hold numbers, or holds infinite ones, or such as cannot be squared.
    """
    column = find_column(data, name)
    values = as_numbers(column)
    if values is None:
        raise InputError(
            f"the {statistic} of {name!r} needs numbers or true/false, but it holds {column.dtype}; "
            "use proportion for categories, or convert it"
        )
    check_magnitude(values, repr(name))
    return values


def check_magnitude(values: FloatArray, described: str) -> None:
    """Check that numbers (n,), NaN where missing, are finite and can be squared.

    Raises
    ------
    InputError
        Some are infinite, or the largest is too large or too small.
    """
    if not len(values):
        return
    # Missing where all are.
    largest = float(max(np.fmax.reduce(values), -np.fmin.reduce(values)))
    if math.isinf(largest):
        infinite = int(np.isinf(values).sum())
        raise InputError(f"{described} is infinite in {infinite} rows; set these to missing or correct them")
    if largest > _LARGEST or 0 < largest < 1 / _LARGEST:
        raise InputError(
            f"{described} cannot be squared, numbers are too {'large' if largest > 1 else 'small'}; change their unit"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A variable as ``numbers`` (n,), NaN where missing.

    Where rows stand for many respondents whose numbers differ, they are averages by weight, ``varying`` is the place of
    the variable in the sample's moments, and ``variances`` (n,) are its weighted variances within rows.
    """

    numbers: FloatArray
    varying: int | None = None
    variances: FloatArray | None = None

    def slope(self, counted: npt.NDArray[np.bool_]) -> Slope | None:
        """Return how the numbers of rows that count (n,) grow with values that differ within them."""
        return None if self.varying is None else Slope(self.varying, counted.astype(np.float64))


def read_values(sample: Sample, name: Hashable, statistic: str) -> Values:
    """Return a variable of a sample as numbers.

    Raises
    ------
    InputError
        The column does not hold numbers, or holds infinite ones.
    """
    moments = sample.moments
    position = None if moments is None else moments.position(name)
    if moments is None or position is None:
        return Values(numbers(sample.data, name, statistic))
    return Values(moments.averages[:, position], position, moments.products[:, moments.pair(position, position)])


def _with_categories(members: IntArray, columns: Sequence[Encoded], declared: Sequence[bool]) -> IntArray:
    """Return combinations (domains, columns): each of the members with every category."""
    categories = [np.arange(len(c.levels)) for c, categorical in zip(columns, declared, strict=True) if categorical]
    grid = np.stack([each.ravel() for each in np.meshgrid(*categories, indexing="ij")], axis=1) if categories else None
    rows = 1 if grid is None else len(grid)
    result = np.empty((len(members) * rows, len(columns)), dtype=np.intp)
    from_members, from_grid = 0, 0
    for position, categorical in enumerate(declared):
        if categorical and grid is not None:
            result[:, position] = np.tile(grid[:, from_grid], len(members))
            from_grid += 1
        else:
            result[:, position] = np.repeat(members[:, from_members], rows)
            from_members += 1
    return result


def _values(column: Encoded, codes: IntArray, dtype: object) -> ExtensionArray:
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(codes, dtype=dtype)
    taken: ExtensionArray = column.levels.array.take(codes)
    return taken
