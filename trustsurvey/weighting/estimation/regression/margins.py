"""Predictions of a regression, for given rows and averaged over the sample or over a balanced grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError, UnknownNameError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, IntArray, as_numbers, find_column
from trustsurvey.weighting.estimation.answers import domain_names
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.intervals import t_interval
from trustsurvey.weighting.estimation.regression.fitted import FittedModel
from trustsurvey.weighting.estimation.regression.matrix import ModelMatrix, row_blocks
from trustsurvey.weighting.sampling.inference import infer
from trustsurvey.weighting.sampling.rows import Part, dense_parts
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Scale", "grid_means", "predict", "sample_means"]

Scale = Literal["response", "link"]

_MOST_POINTS = 1_000_000


def predict(
    fitted: FittedModel, frame: pd.DataFrame, scale: Scale, covariance: FloatArray, df: int, link: str
) -> pd.DataFrame:
    """Return predictions for the rows of a frame; errors as in ``Regression.predict``."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"predictions are for the rows of a data frame; got {type(frame).__name__}")
    _check_scale(scale)
    matrix = fitted.model.matrix
    prepared, known = _prepare(matrix, frame)
    rows = np.flatnonzero(known)
    columns, offset = matrix.of_frame(prepared.iloc[rows])
    levels = _levels(fitted, scale)
    values, variances = np.empty((len(rows), len(levels))), np.empty((len(rows), len(levels)))
    for block in row_blocks(len(rows)):
        value, slopes = _of(fitted, scale)(columns[block], offset[block], fitted.coefficients)
        values[block] = value
        variances[block] = np.einsum("rls,st,rlt->rl", slopes, covariance, slopes, optimize=True)
    estimate, se = values.ravel(), np.sqrt(np.maximum(variances, 0)).ravel()
    low, high = _interval(estimate, se, df, scale, link)
    position = np.repeat(rows, len(levels))
    table = pd.DataFrame({"estimate": estimate, "se": se, "low": low, "high": high}, index=position)
    if len(levels) > 1:
        table.insert(0, "level", list(levels) * len(rows))
        full = np.repeat(np.arange(len(frame)), len(levels))
        everyone = pd.DataFrame({"level": list(levels) * len(frame)}, index=full)
        for name in ("estimate", "se", "low", "high"):
            values_of = np.full((len(frame), len(levels)), np.nan)
            values_of[rows] = table[name].to_numpy().reshape(-1, len(levels))
            everyone[name] = values_of.ravel()
        table = everyone
        table.index = frame.index.repeat(len(levels))
        return table
    table = table.reindex(np.arange(len(frame)))
    table.index = frame.index
    return table


def sample_means(
    fitted: FittedModel, sample: Sample, by: Sequence[str], scale: Scale, covariance: FloatArray, df: int, link: str
) -> Estimates:
    """Return average predictions with each level given to everybody (R: ``svypredmeans``)."""
    _check_scale(scale)
    matrix = fitted.model.matrix
    levels = _levels(fitted, scale)
    groups = _groups(matrix, by, levels)
    weights = matrix.summed(sample.weights[matrix.rows])
    share = weights / weights.sum()
    size = len(levels)
    fits = np.empty((len(matrix.frame), len(groups) * size))
    gradient = np.zeros((len(groups) * size, fitted.size))
    for place, group in enumerate(groups):
        frame = matrix.frame.copy(deep=False)
        for name, level in zip(by, group, strict=True):
            categories = matrix.frame[name].cat.categories
            code = np.full(len(frame), categories.get_loc(level))
            frame[name] = pd.Categorical.from_codes(code, categories=categories)
        columns, offset = matrix.of_frame(frame)
        mine = slice(place * size, (place + 1) * size)
        for block in row_blocks(len(frame)):
            value, slopes = _of(fitted, scale)(columns[block], offset[block], fitted.coefficients)
            fits[block, mine] = value
            gradient[mine] += np.einsum("r,rls->ls", share[block], slopes)
    averages = _Averages(matrix.rows, matrix.pattern, fits)
    result = infer(sample, averages)
    total = gradient @ covariance @ gradient.T + result.covariance
    return _estimates(fitted, sample, by, groups, levels, share @ fits, total, df, scale, link)


def grid_means(
    fitted: FittedModel, sample: Sample, by: Sequence[str], scale: Scale, covariance: FloatArray, df: int, link: str
) -> Estimates:
    """Return estimated marginal means over a balanced grid."""
    _check_scale(scale)
    matrix = fitted.model.matrix
    levels = _levels(fitted, scale)
    groups = _groups(matrix, by, levels)
    weights = matrix.summed(sample.weights[matrix.rows])
    axes: list[npt.NDArray[Any]] = []
    for name in matrix.frame.columns:
        column = matrix.frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            axes.append(np.arange(len(column.cat.categories)))
        else:
            axes.append(np.array([weights @ column.to_numpy(dtype=np.float64) / weights.sum()]))
    points = math.prod(len(axis) for axis in axes)
    if points > _MOST_POINTS:
        raise InputError(
            f"the grid has {points} combinations of levels; use over='sample', or a formula of fewer categories"
        )
    grid: dict[str, object] = {}
    for name, values in zip(matrix.frame.columns, _crossed(axes), strict=True):
        column = matrix.frame[name]
        categorical = isinstance(column.dtype, pd.CategoricalDtype)
        grid[name] = pd.Categorical.from_codes(values, categories=column.cat.categories) if categorical else values
    frame = pd.DataFrame(grid, index=range(points))
    columns, offset = matrix.of_frame(frame)
    value, slopes = _of(fitted, scale)(columns, offset, fitted.coefficients)
    estimate, gradient = [], []
    for group in groups:
        chosen = np.logical_and.reduce([(frame[n] == level).to_numpy() for n, level in zip(by, group, strict=True)])
        estimate.append(value[chosen].mean(axis=0))
        gradient.append(slopes[chosen].mean(axis=0))
    jacobian = np.concatenate(gradient)
    total = jacobian @ covariance @ jacobian.T
    return _estimates(fitted, sample, by, groups, levels, np.concatenate(estimate), total, df, scale, link)


def _crossed(axes: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """Return the values (points,) of each axis in all combinations."""
    return [each.ravel() for each in np.meshgrid(*axes, indexing="ij")] if axes else []


@dataclass(frozen=True, slots=True, eq=False)
class _Averages:
    """Weighted averages over some rows of what their patterns have: ``fits`` (patterns, size)."""

    rows: IntArray
    pattern: IntArray | None
    fits: FloatArray

    @property
    def size(self) -> int:
        return int(self.fits.shape[1])

    def estimate(self, weights: FloatArray) -> FloatArray:
        used = weights[self.rows]
        total = used.sum()
        if not total > 0:
            return np.full(self.size, np.nan)
        summed = used if self.pattern is None else np.bincount(self.pattern, used, minlength=len(self.fits))
        return np.asarray(summed @ self.fits / total)

    def influence(self, weights: FloatArray) -> list[Part]:
        centred = (self.fits - self.estimate(weights)) / weights[self.rows].sum()
        values = np.zeros((len(weights), self.size), order="F")
        values[self.rows] = centred if self.pattern is None else centred[self.pattern]
        return dense_parts(values)


def _check_scale(scale: str) -> None:
    if not one_of(scale, ("response", "link")):
        raise InputError(f'no scale {shown_value(scale)}; available: "response", "link"')


def _of(
    fitted: FittedModel, scale: Scale
) -> Callable[[FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    return fitted.model.response if scale == "response" else fitted.model.link


def _levels(fitted: FittedModel, scale: Scale) -> Sequence[object]:
    """Return the levels of the outcome that there is a prediction for; one without a name but for ordinal models."""
    return getattr(fitted.model, "levels", (None,)) if scale == "response" else (None,)


def _groups(matrix: ModelMatrix, by: Sequence[str], levels: Sequence[object]) -> list[tuple[object, ...]]:
    available = [str(name) for name in matrix.frame if isinstance(matrix.frame[name].dtype, pd.CategoricalDtype)]
    if not by:
        raise InputError(f"name a category of the formula; available: {', '.join(available) or 'none'}")
    for name in by:
        if name in matrix.frame and name not in available:
            raise InputError(f"{name!r} is a number in the formula; write C({name}) there for a mean at each level")
        if name not in available:
            raise UnknownNameError("category of the formula", name, available)
        if by.count(name) > 1:
            raise InputError(f"by names {name!r} twice; name each category once")
    domain_names(list(by), *(["level"] if len(levels) > 1 else []))
    return list(product(*(matrix.frame[name].cat.categories for name in by)))


def _prepare(matrix: ModelMatrix, frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the columns that the formula takes, and which rows have all of them."""
    known = np.ones(len(frame), dtype=bool)
    prepared: dict[str, object] = {}
    texts = [str(name) for name in frame.columns]
    by_text = dict(zip(texts, frame.columns, strict=True))
    for name in matrix.frame.columns:
        fitted = matrix.frame[name]
        if texts.count(name) > 1:
            raise InputError(f"there are {texts.count(name)} columns {name!r} to predict from; rename or drop one")
        column = find_column(frame, by_text.get(name, name))
        if isinstance(fitted.dtype, pd.CategoricalDtype):
            codes = _codes(column, fitted.cat.categories)
            known &= codes >= 0
            prepared[name] = pd.Categorical.from_codes(codes, categories=fitted.cat.categories)
        else:
            numbers = as_numbers(column)
            if numbers is None:
                raise InputError(f"{name!r} holds {column.dtype}, but was a number in the regression")
            known &= np.isfinite(numbers)
            prepared[name] = numbers
    return pd.DataFrame(prepared, index=range(len(frame))), known


def _codes(column: pd.Series, levels: pd.Index) -> IntArray:
    values = column.astype(object).to_numpy()
    codes = levels.astype(object).get_indexer(pd.Index(values, dtype=object))
    missing = column.isna().to_numpy()
    if ((codes < 0) & ~missing).any():
        # Labels that are text where they were numbers, or the other way round.
        texts = pd.Index([str(level) for level in levels])
        codes = np.where(codes < 0, texts.get_indexer(pd.Index([str(value) for value in values])), codes)
    codes = np.where(missing, -1, codes)
    unknown = (codes < 0) & ~missing
    if unknown.any():
        raise UnknownNameError(
            f"level of {column.name!r}", sorted({str(value) for value in values[unknown]})[:5], levels
        )
    return codes


def _interval(estimate: FloatArray, se: FloatArray, df: int, scale: Scale, link: str) -> tuple[FloatArray, FloatArray]:
    """Return 95 % intervals, on the logit or log scale where the response has limits."""
    if scale == "link" or link == "identity":
        return t_interval(estimate, se, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        if link == "log":
            low, high = t_interval(np.log(estimate), se / estimate, df)
            return np.exp(low), np.exp(high)
        low, high = t_interval(np.log(estimate / (1 - estimate)), se / (estimate * (1 - estimate)), df)
        return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))


def _estimates(
    fitted: FittedModel,
    sample: Sample,
    by: Sequence[str],
    groups: Sequence[tuple[object, ...]],
    levels: Sequence[object],
    estimate: FloatArray,
    covariance: FloatArray,
    df: int,
    scale: Scale,
    link: str,
) -> Estimates:
    matrix = fitted.model.matrix
    se = np.sqrt(np.maximum(np.diag(covariance), 0))
    low, high = _interval(estimate, se, df, scale, link)
    table = pd.DataFrame([group for group in groups for _ in levels], columns=list(by))
    if len(levels) > 1:
        table["level"] = pd.Series(list(levels) * len(groups), dtype=object).infer_objects()
    weights = sample.weights[matrix.rows]
    people = sample.respondents[matrix.rows].astype(np.float64)
    sums = [matrix.summed(each) for each in (people, weights, sample.squared_weights[matrix.rows])]
    n, effective = [], []
    for group in groups:
        inside = np.logical_and.reduce(
            [(matrix.frame[name] == level).to_numpy() for name, level in zip(by, group, strict=True)]
        )
        count, weight, square = (float(each[inside].sum()) for each in sums)
        n += [int(count)] * len(levels)
        effective += [weight**2 / square if square else math.nan] * len(levels)
    table = table.assign(
        estimate=estimate, se=se, low=low, high=high, n=n, n_effective=effective, deff=np.nan, flags=""
    )
    return Estimates(table, covariance, df, tuple(by), "marginal mean")
