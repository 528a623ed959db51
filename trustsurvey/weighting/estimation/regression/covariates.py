"""The columns of the right-hand side of a formula: numbers, or categories and their levels."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.weighting.encoding import IntArray, as_numbers, encode, find_column
from trustsurvey.weighting.estimation.regression.formula import RegressionFormula

__all__ = ["Covariate", "read_covariates"]


@dataclass(frozen=True, slots=True, eq=False)
class Covariate:
    """A column of the right-hand side: numbers, or codes into ``levels``, the first of which is the reference."""

    name: Hashable
    values: npt.NDArray[Any]
    levels: pd.Index | None
    missing: npt.NDArray[np.bool_]

    def on(self, rows: IntArray) -> Covariate:
        """Return it for some rows, without the levels that nobody has there."""
        values, levels = self.values[rows], self.levels
        if levels is not None:
            used = np.flatnonzero(np.bincount(values, minlength=len(levels)))
            if len(used) < len(levels):
                place = np.zeros(len(levels), dtype=np.intp)
                place[used] = np.arange(len(used))
                values, levels = place[values], levels[used]
        return Covariate(self.name, values, levels, self.missing[rows])

    def column(self, codes: npt.NDArray[Any]) -> npt.NDArray[Any] | pd.Categorical:
        """Return values, or codes, as a column that formulaic takes as numbers or as categories."""
        if self.levels is None:
            return codes
        return pd.Categorical.from_codes(codes, categories=self.levels)


def read_covariates(
    data: pd.DataFrame, formula: RegressionFormula, reference: Mapping[str, object]
) -> tuple[Covariate, ...]:
    """Read the columns of the right-hand side.

    Raises
    ------
    InputError
        A column that is neither numbers nor categories, infinite values, or a reference for a column of numbers.
    UnknownNameError
        A reference for a column that is not in the formula, or a level that does not exist.
    """
    names = {str(name) for name in formula.variables}
    unknown = [name for name in reference if str(name) not in names]
    if unknown:
        raise UnknownNameError("column of the formula for reference", unknown, sorted(names))
    return tuple(_covariate(data, name, name in formula.factors, reference) for name in formula.variables)


def _covariate(data: pd.DataFrame, name: Hashable, factor: bool, reference: Mapping[str, object]) -> Covariate:
    column = find_column(data, name)
    numbers = as_numbers(column)
    known = column.dropna()
    truth = pd.api.types.is_bool_dtype(column.dtype) or (
        column.dtype == object and len(known) > 0 and known.map(lambda each: isinstance(each, bool)).all()
    )
    if numbers is not None and not factor and not truth:
        if reference.get(str(name)) is not None:
            raise InputError(f"{name!r} is a number in the formula and has no reference level; write C({name})")
        infinite = int(np.isinf(numbers).sum())
        if infinite:
            raise InputError(f"{name!r} is infinite in {infinite} rows; set these to missing or correct them")
        return Covariate(name, numbers, None, np.isnan(numbers))
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        raise InputError(f"{name!r} holds dates; turn them into numbers or categories by assign first")
    if truth:
        column = column.astype("boolean").astype(pd.CategoricalDtype([False, True]))
    encoded = encode(column)
    codes, levels = encoded.codes, encoded.levels
    if numbers is not None and not truth and all(float(level).is_integer() for level in levels):
        levels = pd.Index([int(level) for level in levels])
    if str(name) in reference:
        wanted = reference[str(name)]
        found = [place for place, level in enumerate(levels) if level == wanted or str(level) == str(wanted)]
        if not found:
            raise UnknownNameError(f"level of {name!r}", wanted, levels)
        order = np.r_[found[0], np.delete(np.arange(len(levels)), found[0])]
        codes, levels = np.where(codes >= 0, np.argsort(order)[codes], -1), levels[order]
    return Covariate(name, codes, levels, np.asarray(codes < 0))
