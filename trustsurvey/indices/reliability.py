"""How well the items of an index hang together, under the design's weights."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.indices.one_factor import fit_one_factor
from trustsurvey.weighting.design import SurveyDesign
from trustsurvey.weighting.encoding import as_numbers
from trustsurvey.weighting.estimation.domains import check_magnitude
from trustsurvey.weighting.threads import single_threaded

__all__ = ["Reliability", "reliability"]

_BLOCK_ROWS = 1 << 14
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Reliability:
    """Weighted reliability of a set of items; ``print`` it to read it.

    Parameters
    ----------
    alpha : float
        Cronbach's alpha; NaN for a single item, or where the sum of the items does not vary.
    omega : float
        McDonald's omega, from a one-factor model; NaN for fewer than three items, or where the model has no proper
        solution.
    n : int
        Respondents with a positive weight who answered every item.
    table : pandas.DataFrame
        A row per item: item, n (answered), mean, item_rest (correlation with the sum of the other items),
        alpha_without.
    """

    alpha: float
    omega: float
    n: int
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self._title()}\n{self.table.to_string(index=False, float_format='{:.3f}'.format)}"

    def _repr_html_(self) -> str:
        return f"<p>{self._title()}</p>\n{self.table.to_html(index=False, border=0, float_format='{:.3f}'.format)}"

    def _title(self) -> str:
        items = "the item" if len(self.table) == 1 else f"all {len(self.table)} items"
        return f"alpha {self.alpha:.3f}, omega {self.omega:.3f}: {self.n} respondents answered {items}"


@single_threaded
def reliability(design: SurveyDesign, items: Sequence[str] | pd.DataFrame) -> Reliability:
    """Return the weighted reliability of some items, and what each contributes.

    Parameters
    ----------
    design : SurveyDesign
    items : sequence of str, or pandas.DataFrame of shape (n, k)
        Names of numeric or ordered categorical columns of the design (categories count 1, 2, ...), or the items
        themselves as numbers. Items must point the same way: reverse them first (``score`` does).

    Returns
    -------
    Reliability

    Raises
    ------
    UnknownNameError
        An item is not a column.
    InputError
        This is no design or names no items, an item is neither numeric nor ordered, or the rows are not those of the
        design.

    Notes
    -----
    alpha = k / (k - 1) * (1 - sum of item variances / variance of the sum), from weighted variances over the
    respondents who answered every item (Cronbach 1951).
    R: ``survey::svycralpha(~a + b + c, design, na.rm = TRUE)``; unweighted, ``psych::alpha(x)``.

    omega = squared sum of loadings / (that + sum of uniquenesses), of the one-factor model that maximum likelihood fits
    to the same weighted covariances (McDonald 1999). R: ``lavaan::cfa`` on ``cov.wt(method = "ML")``.
    """
    if not isinstance(design, SurveyDesign):
        raise InputError(
            f"reliability takes a survey design, as SurveyDesign(frame, weights=...) makes one; "
            f"got {type(design).__name__}"
        )
    names = [] if isinstance(items, str) or not isinstance(items, Iterable) else list(items)
    if not names or not all(isinstance(name, Hashable) for name in names):
        raise InputError("reliability takes a list of the names of items, or a data frame of items")
    if len(set(names)) < len(names):
        raise InputError("reliability is given an item twice; name each once")
    data = items if isinstance(items, pd.DataFrame) else design.data
    columns = [_numbers(data, name) for name in names]
    if len(data) != len(design.data):
        raise InputError(f"{len(data)} rows of items for a design of {len(design.data)}: give one row per respondent")
    weights = np.asarray(design.weights, dtype=np.float64)
    people = design.respondents.to_numpy()
    counted = weights != 0
    answered = [_those(counted, column) for column in columns]
    everybody = all(mine is counted for mine in answered)
    complete = counted if everybody else np.logical_and.reduce(answered)
    means, covariance = _moments([_kept(column, complete) for column in columns], _kept(weights, complete))
    n = int(people[complete].sum())
    rows = []
    for position, (name, column, mine) in enumerate(zip(names, columns, answered, strict=True)):
        others = [each for each in range(len(columns)) if each != position]
        rest = covariance[np.ix_(others, others)].sum()
        spread = np.sqrt(max(covariance[position, position] * rest, 0.0))
        rows.append(
            {
                "item": name,
                "n": n if everybody else int(people[mine].sum()),
                "mean": means[position] if everybody else _mean(column[mine], weights[mine]),
                "item_rest": covariance[position, others].sum() / spread if spread > 0 else np.nan,
                "alpha_without": _alpha(covariance[np.ix_(others, others)]),
            }
        )
    factor = fit_one_factor(covariance)
    omega = float("nan") if factor is None else factor.omega
    return Reliability(_alpha(covariance), omega, n, pd.DataFrame(rows))


def _numbers(data: pd.DataFrame, name: Hashable) -> NDArray[np.float64]:
    if name not in data.columns:
        raise UnknownNameError("item", name, data.columns)
    column = data[name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not column.cat.ordered:
            raise InputError(f"item {name!r} has categories without an order; only ordered items have a reliability")
        codes = column.cat.codes.to_numpy(dtype=np.float64)
        return np.asarray(np.where(codes < 0, np.nan, codes + 1), dtype=np.float64)
    numbers = as_numbers(column) if pd.api.types.is_numeric_dtype(column.dtype) else None
    if numbers is None:
        raise InputError(f"item {name!r} is neither numeric nor an ordered categorical")
    check_magnitude(numbers, f"item {name!r}")
    return numbers


def _those(counted: NDArray[np.bool_], column: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return who counts and answered; the array itself where all did."""
    missing = np.isnan(column)
    return counted & ~missing if missing.any() else counted


def _kept(values: NDArray[np.float64], rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    return values if rows.all() else values[rows]


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    return float(values @ weights / weights.sum()) if len(values) else float("nan")


def _moments(
    columns: Sequence[NDArray[np.float64]], weights: NDArray[np.float64]
) -> tuple[list[float], NDArray[np.float64]]:
    """Return the weighted means and covariance (k, k) of k columns (n,); the scale cancels in every use here."""
    means = [_mean(column, weights) for column in columns]
    if not len(weights):
        return means, np.full((len(columns), len(columns)), np.nan)
    products = np.zeros((len(columns), len(columns)))
    for start in range(0, len(weights), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        centred = np.stack([column[block] - mean for column, mean in zip(columns, means, strict=True)])
        products += (centred * weights[block]) @ centred.T
    # Equal but for rounding on both sides of the diagonal.
    covariance = (products + products.T) / (2 * weights.sum())
    # What everybody answered alike varies by rounding only.
    alike = np.sqrt(np.abs(np.diag(covariance))) <= _ROUNDING * np.abs(means)
    covariance[alike, :] = 0
    covariance[:, alike] = 0
    return means, covariance


def _alpha(covariance: NDArray[np.float64]) -> float:
    k = len(covariance)
    total = covariance.sum()
    if k < 2 or not total > 0:
        return float("nan")
    return float(k / (k - 1) * (1 - np.trace(covariance) / total))
