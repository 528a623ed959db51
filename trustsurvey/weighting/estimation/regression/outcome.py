"""The outcome of a regression, as its family needs it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, as_numbers, encode, find_column
from trustsurvey.weighting.estimation.domains import read_values
from trustsurvey.weighting.estimation.regression.expressions import Expression, evaluate
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Outcome", "read_outcome"]

_LARGEST = 1e100


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The outcome: ``values`` (n,), NaN where missing.

    They are numbers; 0 and 1 for binomial, where ``levels`` has the two they stand for if these are not numbers;
    codes into ``levels`` for ordinal. Where rows stand for many respondents whose numbers differ, they are averages,
    ``varying`` is the place of the outcome in the sample's moments, and ``variances`` (n,) are those within rows.
    """

    name: str
    values: FloatArray
    levels: tuple[Hashable, ...] = ()
    varying: int | None = None
    variances: FloatArray | None = None

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which rows (n,) have none."""
        return np.isnan(self.values)


def read_outcome(sample: Sample, expression: Expression, family: str) -> Outcome:
    """Read the outcome.

    Raises
    ------
    InputError
        It does not suit the family: text for gaussian, other than two values for binomial, negative counts.
    """
    plain = expression.text == f"`{expression.variables[0]}`" if len(expression.variables) == 1 else False
    name = str(expression.variables[0]) if plain else expression.text
    if plain and family == "gaussian" and sample.moments is not None:
        values = read_values(sample, expression.variables[0], "regression")
        if values.varying is not None:
            return Outcome(name, values.numbers, varying=values.varying, variances=values.variances)
    data = sample.data
    column = find_column(data, expression.variables[0]) if plain else _computed(data, expression)
    if family == "ordinal":
        return _ordinal(name, column)
    numbers = as_numbers(column)
    if family == "binomial":
        return _binomial(name, column, numbers)
    if numbers is None:
        raise InputError(
            f"a {family} regression needs numbers as outcome, but {name!r} holds {column.dtype}; "
            'convert it, or use family="ordinal" for ordered categories and "binomial" for two'
        )
    infinite, negative = int(np.isinf(numbers).sum()), int((numbers < 0).sum())
    if infinite:
        raise InputError(f"{name!r} is infinite in {infinite} rows; set these to missing or correct them")
    if np.nanmax(np.abs(numbers), initial=0) > _LARGEST:
        raise InputError(f"{name!r} cannot be squared, numbers are too large; change their unit")
    if family == "poisson" and negative:
        raise InputError(f"a poisson regression needs counts, but {name!r} is negative in {negative} rows")
    return Outcome(name, numbers)


def _computed(data: pd.DataFrame, expression: Expression) -> pd.Series:
    """Return what an expression makes of rows that have all its columns; missing elsewhere."""
    known = np.ones(len(data), dtype=bool)
    for name in expression.variables:
        known &= data[name].notna().to_numpy()
    rows = np.flatnonzero(known)
    values = evaluate(expression, data.iloc[rows])
    numbers = as_numbers(values)
    if numbers is None:
        raise InputError(f"the outcome {expression.text!r} is neither numbers nor true and false")
    wrong = int((~np.isfinite(numbers)).sum())
    if wrong:
        raise InputError(f"the outcome {expression.text!r} is not a finite number in {wrong} rows; correct its columns")
    everywhere = np.full(len(data), np.nan)
    everywhere[rows] = numbers
    return pd.Series(everywhere, index=data.index)


def _binomial(name: str, column: pd.Series, numbers: FloatArray | None) -> Outcome:
    if numbers is not None:
        other = int((~np.isnan(numbers) & (numbers != 0) & (numbers != 1)).sum())
        if other:
            raise InputError(
                f"a binomial regression needs 0 and 1, true and false or two categories, but {name!r} holds another "
                f"number in {other} rows; recode it, as in assign(contacted=data['contacts'] > 0)"
            )
        return Outcome(name, numbers)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
    encoded = encode(column)
    labels = encoded.labels
    if len(labels) != 2:
        raise InputError(
            f"a binomial regression needs an outcome with two levels, but {name!r} has {len(labels)}; "
            "write the one of interest as a comparison, as in I(answer == 'yes')"
        )
    codes = encoded.codes.astype(np.float64)
    return Outcome(name, np.where(encoded.codes >= 0, codes, np.nan), tuple(labels))


def _ordinal(name: str, column: pd.Series) -> Outcome:
    numbers = None if pd.api.types.is_bool_dtype(column.dropna().dtype) else as_numbers(column)
    if numbers is None and not isinstance(column.dtype, pd.CategoricalDtype):
        raise InputError(
            f"an ordinal regression needs ordered levels, but {name!r} holds {column.dtype}, which has no order; make "
            "it an ordered categorical: pd.Categorical(values, categories=[lowest, ..., highest], ordered=True)"
        )
    encoded = encode(column)
    labels = encoded.labels
    if numbers is not None and all(float(str(level)).is_integer() for level in labels):
        labels = [int(float(str(level))) for level in labels]
    codes = encoded.codes.astype(np.float64)
    return Outcome(name, np.where(encoded.codes >= 0, codes, np.nan), tuple(labels))
