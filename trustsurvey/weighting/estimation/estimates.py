"""Estimates with the covariance between them, and differences that use it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import cast

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError, UnknownNameError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, real_number
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest, wald_test
from trustsurvey.weighting.estimation.intervals import p_values, t_interval
from trustsurvey.weighting.estimation.printing import as_html, as_text

__all__ = ["Estimates", "join_flags"]

_MOST_PAIRS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """A tidy table of estimates and the covariance between its rows; ``print`` it to read it.

    Attributes
    ----------
    table : DataFrame
        A row per estimate: the domain columns, ``level``, ``variable`` or others, then ``estimate``, ``se``, ``low``,
        ``high`` (95 %), ``n`` (answers used), ``n_effective``, ``deff`` and ``flags`` (empty where there is nothing to
        say).
    covariance : (rows, rows) array
        Sampling covariance of the estimates; missing for rows without answers.
    df : int
        Degrees of freedom of the design: clusters minus strata, or the rank of the replicates minus 1.
    by : tuple of str
        The domain columns.
    statistic : str
        What is estimated: ``mean``, ``ratio``, ``median`` and so on, ``difference`` or ``contrast``.
    left_out : int
        Rows that answered, but belong to no domain because a domain variable is missing.
    """

    table: pd.DataFrame
    covariance: FloatArray
    df: int
    by: tuple[str, ...]
    statistic: str
    left_out: int = 0

    def __repr__(self) -> str:
        return as_text(self._title(), self.table, self._notes())

    def _repr_html_(self) -> str:
        return as_html(self._title(), self.table, self._notes())

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell rows apart."""
        columns = list(self.table.columns)
        return tuple(columns[: columns.index("estimate")])

    def at(self, **values: object) -> Estimates:
        """Return the rows where key columns have these values, as in ``at(wave=2026)``.

        Raises
        ------
        UnknownNameError
            No such column, or no such value.
        """
        rows = self._rows(values)
        return Estimates(
            self.table.iloc[rows].reset_index(drop=True),
            self.covariance[np.ix_(rows, rows)],
            self.df,
            self.by,
            self.statistic,
            self.left_out,
        )

    def difference(self, minuend: object, subtrahend: object) -> Estimates:
        """Return estimates at one value minus those at another, row by row of what remains.

        The variance is V1 + V2 - 2 Cov (R: ``svycontrast``).

        Parameters
        ----------
        minuend, subtrahend : value or mapping
            Values of the first domain column, as in ``difference(2026, 2024)``, or mappings from columns to values, as
            in ``difference({"wave": 2026, "origin": "x"}, {"wave": 2026, "origin": "y"})``. Labels that are text may be
            given as the number they spell.

        Returns
        -------
        Estimates
            Remaining key columns, ``difference`` (what was subtracted), the estimates, and ``p_value`` (two-sided t
            test). ``n`` and ``n_effective`` are those of the smaller of the two; where that is one respondent there is
            no standard error.

        Raises
        ------
        UnknownNameError
            No such column or value.
        InputError
            There are no domains, or the two sides name different columns.
        """
        first, second = self._selection(minuend), self._selection(subtrahend)
        if set(first) != set(second):
            raise InputError(
                f"the two sides of a difference name the same columns; got {sorted(first)} and {sorted(second)}"
            )
        remaining = [name for name in self.keys if name not in first]
        plus, minus = self._by_remaining(first, remaining), self._by_remaining(second, remaining)
        both = [key for key in plus if key in minus]
        pairs = [(plus[key], minus[key]) for key in both]
        matrix = np.zeros((len(pairs), len(self.table)))
        for row, (one, other) in enumerate(pairs):
            matrix[row, one] += 1
            matrix[row, other] -= 1
        head = self.table.iloc[[one for one, _ in pairs]][remaining].reset_index(drop=True)
        head["difference"] = f"{_described(first, minuend)} - {_described(second, subtrahend)}"
        by = tuple(name for name in self.by if name in remaining)
        return self._combined(matrix, head, by, "difference")

    def contrast(self, matrix: object, labels: Sequence[str] | None = None) -> Estimates:
        """Return linear combinations of the rows (R: ``svycontrast``).

        Parameters
        ----------
        matrix : (contrasts, rows) or (rows,) array
            Coefficients.
        labels : sequence of str, optional
            A name for each contrast, in column ``contrast``; numbered from 1 otherwise.

        Returns
        -------
        Estimates
            ``contrast``, the estimates, and ``p_value``, as :meth:`difference`.

        Raises
        ------
        InputError
            The shape does not fit.
        """
        try:
            coefficients = np.atleast_2d(np.asarray(matrix, dtype=np.float64))
        except (TypeError, ValueError, OverflowError):
            raise InputError("a contrast is an array of numbers, one for each row of the table") from None
        if coefficients.ndim != 2 or coefficients.shape[1] != len(self.table):
            raise InputError(
                f"a contrast has one number for each of the {len(self.table)} rows of the table; "
                f"got shape {coefficients.shape}"
            )
        if not np.isfinite(coefficients).all():
            raise InputError("a contrast has finite coefficients")
        if labels is not None and (isinstance(labels, str) or not isinstance(labels, Iterable)):
            raise InputError(f"labels are a list with a name for each contrast; got {shown_value(labels)}")
        names = [str(number + 1) for number in range(len(coefficients))] if labels is None else list(labels)
        if len(names) != len(coefficients):
            raise InputError(f"{len(coefficients)} contrasts need as many labels; got {len(names)}")
        return self._combined(coefficients, pd.DataFrame({"contrast": names}), (), "contrast")

    def pairwise(self, column: str | None = None) -> Estimates:
        """Return every difference between two values of a key column, the later less the earlier (R: ``svycontrast``).

        Parameters
        ----------
        column : str, optional
            The column whose values are compared, within each combination of the others; the first domain column
            otherwise.

        Returns
        -------
        Estimates
            As :meth:`difference`, a row for each pair. ``ts.adjust_p_values`` adjusts for how many there are.

        Raises
        ------
        UnknownNameError, InputError
        """
        if column is None:
            if not self.by:
                raise InputError("pairwise differences need domains: estimate with by=..., or name a column")
            column = self.by[0]
        if not one_of(column, self.keys):
            raise UnknownNameError("column", column, self.keys)
        remaining = [name for name in self.keys if name != column]
        head = self.table[remaining]
        rest = list(head.itertuples(index=False, name=None)) if remaining else [()] * len(head)
        values, places = self.table[column].tolist(), list(range(len(self.table)))
        pairs = [
            (later, earlier)
            for group in dict.fromkeys(rest)
            for earlier, later in combinations([place for place in places if rest[place] == group], 2)
        ]
        if not pairs:
            raise InputError(f"column {column!r} has one value only; there is nothing to compare it with")
        if len(pairs) > _MOST_PAIRS:
            raise InputError(f"{len(pairs)} pairs are more than the {_MOST_PAIRS} a table holds; select rows by at")
        matrix = np.zeros((len(pairs), len(self.table)))
        for row, (later, earlier) in enumerate(pairs):
            matrix[row, later], matrix[row, earlier] = 1, -1
        labels = [f"{values[later]} - {values[earlier]}" for later, earlier in pairs]
        head = head.iloc[[later for later, _ in pairs]].reset_index(drop=True).assign(difference=labels)
        by = tuple(name for name in self.by if name != column)
        return self._combined(matrix, head, by, "difference")

    def wald(self, value: float = 0.0) -> HypothesisTest:
        """Test that all rows are equal to a value, as those of a difference or contrast to 0 (R: ``regTermTest``).

        Rows that follow from the others, as shares that add up to 1, count once. F has as many degrees of freedom as
        there are rows, and those of the design; ``n`` is the least of the rows.

        Raises
        ------
        InputError
            A row has no standard error.
        """
        if real_number(value) is None:
            raise InputError(f"the value to test against is a number; got {shown_value(value)}")
        return wald_test(
            self.table["estimate"].to_numpy(dtype=np.float64) - value,
            self.covariance,
            self.df,
            method=f"joint Wald test that {self._counted()} {value:g}",
            n=int(self.table["n"].min()),
            n_effective=float(self.table["n_effective"].min()),
        )

    def _title(self) -> str:
        by = f" by {', '.join(self.by)}" if self.by else ""
        return f"{self.statistic}{by}: 95 % intervals, {self.df} degrees of freedom"

    def _notes(self) -> list[str]:
        if not self.left_out:
            return []
        return [f"{self.left_out} more answered, but {' or '.join(self.by) or 'a domain variable'} is missing"]

    def _counted(self) -> str:
        rows = len(self.table)
        return f"the {self.statistic} is" if rows == 1 else f"all {rows} rows ({self.statistic}) are"

    def _combined(self, matrix: FloatArray, head: pd.DataFrame, by: tuple[str, ...], statistic: str) -> Estimates:
        values = self.table["estimate"].to_numpy(dtype=np.float64)
        used = [np.flatnonzero(row) for row in matrix]
        n = np.array([int(self.table["n"].iloc[rows].min()) if len(rows) else 0 for rows in used], dtype=np.int64)
        known = ~np.isnan(values)
        estimate = matrix[:, known] @ values[known]
        estimate[(matrix[:, ~known] != 0).any(axis=1)] = np.nan
        measured = ~np.isnan(np.diag(self.covariance))
        covariance = matrix[:, measured] @ self.covariance[np.ix_(measured, measured)] @ matrix[:, measured].T
        # One answer says nothing about the spread of others, so nothing about the error of a difference from it.
        unknown = (matrix[:, ~measured] != 0).any(axis=1) | (n == 1)
        covariance[unknown, :] = np.nan
        covariance[:, unknown] = np.nan
        se = np.sqrt(np.maximum(np.diag(covariance), 0))
        low, high = t_interval(estimate, se, self.df)
        p_value = p_values(estimate, se, self.df)
        table = head.assign(
            estimate=estimate,
            se=se,
            low=low,
            high=high,
            p_value=p_value,
            n=n,
            n_effective=[self.table["n_effective"].iloc[rows].min() for rows in used],
            deff=np.nan,
            flags=[join_flags(self.table["flags"].iloc[rows]) for rows in used],
        )
        return Estimates(table, covariance, self.df, by, statistic, self.left_out)

    def _selection(self, given: object) -> dict[str, object]:
        if isinstance(given, Mapping):
            if not given:
                raise InputError("a side of a difference names at least one column")
            return {str(name): value for name, value in given.items()}
        if not self.by:
            raise InputError("a difference needs domains: estimate with by=..., or give mappings from column to value")
        return {self.by[0]: given}

    def _rows(self, values: Mapping[str, object]) -> list[int]:
        selected = np.ones(len(self.table), dtype=bool)
        for name, value in values.items():
            if name not in self.keys:
                raise UnknownNameError("column", name, self.keys)
            entries = self.table[name].tolist()
            here = np.array([_same(entry, value) for entry in entries], dtype=bool)
            if not here.any():
                # A label that is text, asked for as a number: wave 2026 of "2026".
                here = np.array([str(entry) == str(value) for entry in entries], dtype=bool)
            if not here.any():
                raise UnknownNameError(f"value of {name!r}", value, dict.fromkeys(entries))
            selected &= here
        if not selected.any():
            named = ", ".join(f"{name}={value}" for name, value in values.items())
            raise UnknownNameError("row", named, self._row_names())
        return [int(row) for row in np.flatnonzero(selected)]

    def _row_names(self) -> list[str]:
        rows = self.table[list(self.keys)].itertuples(index=False, name=None)
        return [", ".join(f"{name}={value}" for name, value in zip(self.keys, row, strict=True)) for row in rows]

    def _by_remaining(self, values: Mapping[str, object], remaining: Sequence[str]) -> dict[tuple[Hashable, ...], int]:
        rows = self._rows(values)
        keys = [self.table[name].tolist() for name in remaining]
        return {tuple(cast(Hashable, key[row]) for key in keys): row for row in rows}


def join_flags(flags: Sequence[str] | pd.Series) -> str:
    """Join flags, each said once."""
    said = dict.fromkeys(flag for text in flags for flag in str(text).split("; ") if flag)
    return "; ".join(said)


def _same(entry: object, value: object) -> bool:
    try:
        return bool(entry == value)
    except (TypeError, ValueError):
        return False


def _described(selection: Mapping[str, object], given: object) -> str:
    if isinstance(given, Mapping):
        return ", ".join(f"{name}={value}" for name, value in selection.items())
    return str(given)
