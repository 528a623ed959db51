"""Regression models that can be fitted with any weights."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trustsurvey.weighting.encoding import FloatArray, IntArray, combine
from trustsurvey.weighting.estimation.regression.families import Family
from trustsurvey.weighting.estimation.regression.fitting import Fit, fit_families, fit_family
from trustsurvey.weighting.estimation.regression.matrix import ModelMatrix
from trustsurvey.weighting.estimation.regression.ordinal import Cumulative, fit_ordinal, level_probabilities, scores

__all__ = ["Cells", "GeneralisedModel", "Model", "OrdinalModel", "ordinal_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Sums that weights give: of ``columns``, each (m,) or None for 1, in the cell ``code`` (m,) of ``count``."""

    columns: tuple[FloatArray | None, ...]
    code: IntArray
    count: int


class Model(Protocol):
    """A regression model of the rows of a matrix. Its parameters are coefficients of the orthonormal basis."""

    @property
    def matrix(self) -> ModelMatrix:
        """The model matrix."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the coefficients are called, thresholds last."""

    @property
    def places(self) -> dict[str, tuple[int, ...]]:
        """The coefficients of each term."""

    @property
    def back(self) -> FloatArray:
        """From parameters to coefficients: (size, size)."""

    def fit(self, weights: FloatArray, start: FloatArray | None = None, dropped: Sequence[int] = ()) -> Fit:
        """Fit at some weights (m,), without some of the coefficients."""

    @property
    def cells(self) -> Cells | None:
        """The sums that a fit is made of, where they are few."""

    def fit_cells(self, sums: FloatArray, start: FloatArray) -> FloatArray:
        """Return the parameters (replicates, size) that sums (replicates, columns, cells) give, NaN where none."""

    def deviance(self, weights: FloatArray, parameters: FloatArray, dropped: Sequence[int] = ()) -> float:
        """Return the deviance at some weights (m,); of an ordinal model, minus twice the log likelihood."""

    def scores(self, parameters: FloatArray, onto: FloatArray) -> FloatArray:
        """Return the scores (m, size) of the rows, times a matrix (size, size)."""

    def link(self, rows: FloatArray, offset: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return linear predictors (rows, 1) and their derivatives (rows, 1, size) for rows of a model matrix."""

    def response(self, rows: FloatArray, offset: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return means, or probabilities of levels (rows, levels), and their derivatives (rows, levels, size)."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneralisedModel:
    """A gaussian, binomial or poisson model.

    Attributes
    ----------
    matrix : ModelMatrix
    y : (m,) array
        The outcome of the rows of the matrix; its averages where these are of many respondents who differ.
    family : Family
    varying : int or None
        The place of the outcome in the moments of the sample, where it differs within rows.
    variances : (m,) array or None
        Its variances within rows.
    """

    matrix: ModelMatrix
    y: FloatArray
    family: Family
    varying: int | None = None
    variances: FloatArray | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the model matrix."""
        return self.matrix.columns

    @property
    def places(self) -> dict[str, tuple[int, ...]]:
        """The coefficients of each term."""
        return self.matrix.terms

    @property
    def back(self) -> FloatArray:
        """From parameters to coefficients (size, size)."""
        return self.matrix.back

    def fit(self, weights: FloatArray, start: FloatArray | None = None, dropped: Sequence[int] = ()) -> Fit:
        """Fit at some weights (m,), without some of the coefficients."""
        sums = self.matrix.summed(weights), self.matrix.summed(weights * self.y)
        return fit_family(self._basis(dropped), *sums, self.family, self.matrix.offset, start)

    @property
    def cells(self) -> Cells | None:
        """The sums by pattern, where there are patterns."""
        if self.matrix.pattern is None:
            return None
        return Cells((None, self.y), self.matrix.pattern, len(self.matrix.basis))

    def fit_cells(self, sums: FloatArray, start: FloatArray) -> FloatArray:
        """Return the parameters (replicates, size) that sums (replicates, 2, patterns) give, NaN where none."""
        return fit_families(self.matrix.basis, sums[:, 0].T, sums[:, 1].T, self.family, self.matrix.offset, start)

    def deviance(self, weights: FloatArray, parameters: FloatArray, dropped: Sequence[int] = ()) -> float:
        """Return the weighted deviance at some weights (m,)."""
        mean = self.means(parameters, dropped)
        within = 0.0 if self.variances is None else float(weights @ self.variances)
        return float(weights @ self.family.deviance(self.y, mean)) + within

    def means(self, parameters: FloatArray, dropped: Sequence[int] = ()) -> FloatArray:
        """Return the fitted means (m,)."""
        linear = self._basis(dropped) @ parameters
        if self.matrix.offset is not None:
            linear = linear + self.matrix.offset
        return self.matrix.of_rows(self.family.link.mean(linear))

    def scores(self, parameters: FloatArray, onto: FloatArray) -> FloatArray:
        """Return the scores (m, size) of the rows, times a matrix (size, size)."""
        linear = self.matrix.predictor(parameters)
        residual = self.y - self.matrix.of_rows(self.family.link.mean(linear))
        residual *= self.matrix.of_rows(self.family.ratio(linear))
        return _times(residual, self.matrix.basis @ onto, self.matrix.pattern)

    def slopes(self, onto: FloatArray) -> list[FloatArray]:
        """Return how the scores (m,) grow with an outcome that differs within rows, for each column of a matrix."""
        return [] if self.varying is None else [self.matrix.of_rows(each) for each in (self.matrix.basis @ onto).T]

    def link(self, rows: FloatArray, offset: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return linear predictors (rows, 1) and their derivatives (rows, 1, size)."""
        return (rows @ coefficients + offset)[:, None], rows[:, None, :]

    def response(self, rows: FloatArray, offset: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return means (rows, 1) and their derivatives (rows, 1, size)."""
        linear = rows @ coefficients + offset
        slope = self.family.link.slope(linear)
        return self.family.link.mean(linear)[:, None], (rows * slope[:, None])[:, None, :]

    def _basis(self, dropped: Sequence[int]) -> FloatArray:
        return self.matrix.basis @ self.matrix.without(dropped) if len(dropped) else self.matrix.basis


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalModel:
    """A cumulative link model.

    Attributes
    ----------
    matrix : ModelMatrix
        The intercept is its first column.
    cell : (m,) array
        The cell, of pattern and level, that each row is in.
    pattern, level : (cells,) array
    levels : tuple
    function : Cumulative
    """

    matrix: ModelMatrix
    cell: IntArray
    pattern: IntArray
    level: IntArray
    levels: tuple[Hashable, ...]
    function: Cumulative

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the model matrix but the intercept, then the thresholds, as ``bad|fair``."""
        thresholds = (f"{low}|{high}" for low, high in zip(self.levels[:-1], self.levels[1:], strict=True))
        return (*self.matrix.columns[1:], *thresholds)

    @property
    def places(self) -> dict[str, tuple[int, ...]]:
        """The coefficients of each term."""
        terms = self.matrix.terms.items()
        return {name: tuple(place - 1 for place in places) for name, places in terms if places != (0,)}

    @property
    def slopes(self) -> int:
        """Coefficients that are not thresholds."""
        return len(self.matrix.columns) - 1

    @property
    def back(self) -> FloatArray:
        """From parameters to coefficients (size, size)."""
        size = len(self.names)
        back = np.identity(size)
        back[: self.slopes, : self.slopes] = self.matrix.back[1:, 1:]
        # Columns of the basis are centred, which thresholds make up for.
        back[self.slopes :, : self.slopes] = -self.matrix.back[0, 1:]
        return back

    def fit(self, weights: FloatArray, start: FloatArray | None = None, dropped: Sequence[int] = ()) -> Fit:
        """Fit at some weights (m,), without some of the coefficients."""
        sums = self._summed(weights)
        basis, offset = self._basis(dropped), self._offset()
        return fit_ordinal(basis, self.level, sums, len(self.levels), self.function, offset, start)

    @property
    def cells(self) -> Cells | None:
        """The sums by pattern and level, where there are patterns."""
        return None if self.matrix.pattern is None else Cells((None,), self.cell, len(self.level))

    def fit_cells(self, sums: FloatArray, start: FloatArray) -> FloatArray:
        """Return the parameters (replicates, size) that sums (replicates, 1, cells) give, NaN where none."""
        result = np.full((len(sums), len(start)), np.nan)
        basis, offset = self._basis(()), self._offset()
        for place, (weights,) in enumerate(sums):
            if np.isfinite(weights).all() and weights.any():
                fit = fit_ordinal(basis, self.level, weights, len(self.levels), self.function, offset, start)
                if fit.converged:
                    result[place] = fit.coefficients
        return result

    def deviance(self, weights: FloatArray, parameters: FloatArray, dropped: Sequence[int] = ()) -> float:
        """Return minus twice the weighted log likelihood at some weights (m,)."""
        basis = self._basis(dropped)
        linear = basis @ parameters[: basis.shape[1]]
        offset = self._offset()
        if offset is not None:
            linear = linear + offset
        probability = level_probabilities(linear, parameters[basis.shape[1] :], self.function)[0]
        chosen = probability[np.arange(len(linear)), self.level]
        sums = self._summed(weights)
        used = sums > 0
        return float(-2 * (sums[used] @ np.log(chosen[used])))

    def scores(self, parameters: FloatArray, onto: FloatArray) -> FloatArray:
        """Return the scores (m, size) of the rows, times a matrix (size, size)."""
        by_cell = scores(self._basis(()), self.level, parameters, self.function, self._offset()) @ onto
        return _times(None, by_cell, self.cell)

    def link(self, rows: FloatArray, offset: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return linear predictors (rows, 1) and their derivatives (rows, 1, size)."""
        inner = rows[:, 1:]
        slopes = np.zeros((len(rows), 1, len(coefficients)))
        slopes[:, 0, : self.slopes] = inner
        return (inner @ coefficients[: self.slopes] + offset)[:, None], slopes

    def response(self, rows: FloatArray, offset: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return probabilities of levels (rows, levels) and their derivatives (rows, levels, size)."""
        inner = rows[:, 1:]
        linear = inner @ coefficients[: self.slopes] + offset
        probability, density = level_probabilities(linear, coefficients[self.slopes :], self.function)
        slopes = np.zeros((len(rows), len(self.levels), len(coefficients)))
        slopes[:, :, : self.slopes] = -np.diff(density, axis=1)[:, :, None] * inner[:, None, :]
        for threshold in range(len(self.levels) - 1):
            slopes[:, threshold, self.slopes + threshold] = density[:, threshold + 1]
            slopes[:, threshold + 1, self.slopes + threshold] = -density[:, threshold + 1]
        return probability, slopes

    def _summed(self, weights: FloatArray) -> FloatArray:
        return np.bincount(self.cell, weights, minlength=len(self.level)).astype(np.float64)

    def _basis(self, dropped: Sequence[int]) -> FloatArray:
        basis = self.matrix.basis
        if len(dropped):
            basis = basis @ self.matrix.without([place + 1 for place in dropped])
        return basis[self.pattern, 1:]

    def _offset(self) -> FloatArray | None:
        return None if self.matrix.offset is None else self.matrix.offset[self.pattern]


def _times(factor: FloatArray | None, values: FloatArray, row: IntArray | None) -> FloatArray:
    """Return some rows of values (rows, size), times a factor (rows,), column by column as these are read later."""
    result = np.empty((len(values) if row is None else len(row), values.shape[1]), order="F")
    for place in range(values.shape[1]):
        column = values[:, place] if row is None else values[:, place].take(row)
        result[:, place] = column if factor is None else column * factor
    return result


def ordinal_model(
    matrix: ModelMatrix, level: IntArray, levels: Sequence[Hashable], function: Cumulative
) -> OrdinalModel:
    """Return a cumulative link model of levels (m,)."""
    rows = np.arange(len(level))
    if matrix.pattern is None:
        return OrdinalModel(matrix, rows, rows, level, tuple(levels), function)
    cell, members, _ = combine([matrix.pattern, level], [len(matrix.basis), len(levels)])
    return OrdinalModel(matrix, cell, members[:, 0], members[:, 1], tuple(levels), function)
