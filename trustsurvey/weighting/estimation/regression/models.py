"""Models that can be fitted with any weights, and their fits as statistics for inference."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trustsurvey.weighting.encoding import FloatArray, IntArray, combine
from trustsurvey.weighting.estimation.regression.families import Family
from trustsurvey.weighting.estimation.regression.fitting import Fit, fit_family, solve_definite
from trustsurvey.weighting.estimation.regression.matrix import ModelMatrix
from trustsurvey.weighting.estimation.regression.ordinal import Cumulative, fit_ordinal, level_probabilities, scores
from trustsurvey.weighting.sampling.rows import Part, dense_parts

__all__ = ["FittedModel", "GeneralisedModel", "Model", "OrdinalModel", "ordinal_model"]


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
    """A gaussian, binomial or poisson model; ``y`` (m,) is the outcome of the rows of the matrix."""

    matrix: ModelMatrix
    y: FloatArray
    family: Family

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

    def deviance(self, weights: FloatArray, parameters: FloatArray, dropped: Sequence[int] = ()) -> float:
        """Return the weighted deviance at some weights (m,)."""
        mean = self.means(parameters, dropped)
        return float(weights @ self.family.deviance(self.y, mean))

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
        directions = self.matrix.basis @ onto
        result = directions if self.matrix.pattern is None else directions[self.matrix.pattern]
        result *= residual[:, None]
        return result

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
        return by_cell[self.cell]

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


def ordinal_model(
    matrix: ModelMatrix, level: IntArray, levels: Sequence[Hashable], function: Cumulative
) -> OrdinalModel:
    """Return a cumulative link model of levels (m,)."""
    rows = np.arange(len(level))
    if matrix.pattern is None:
        return OrdinalModel(matrix, rows, rows, level, tuple(levels), function)
    cell, members, _ = combine([matrix.pattern, level], [len(matrix.basis), len(levels)])
    return OrdinalModel(matrix, cell, members[:, 0], members[:, 1], tuple(levels), function)


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A model fitted at the weights (n,) of a sample: the coefficients as a statistic."""

    model: Model
    weights: FloatArray
    fit: Fit

    @property
    def size(self) -> int:
        """How many coefficients, thresholds included."""
        return len(self.model.names)

    @property
    def coefficients(self) -> FloatArray:
        """The coefficients (size,)."""
        return np.asarray(self.model.back @ self.fit.coefficients)

    @property
    def inverse(self) -> FloatArray:
        """The inverse (size, size) of the information that one unit of weight has, on average, in the basis."""
        solution = solve_definite(self.fit.information, np.identity(self.size))
        return np.full((self.size,) * 2, np.nan) if solution is None else solution

    def estimate(self, weights: FloatArray) -> FloatArray:
        """Return the coefficients (size,) at some weights (n,), NaN where there is no finite fit."""
        if weights is self.weights:
            return self.coefficients
        fit = self.model.fit(weights[self.model.matrix.rows], self.fit.coefficients)
        return np.asarray(self.model.back @ fit.coefficients) if fit.converged else np.full(self.size, np.nan)

    def influence(self, weights: FloatArray) -> Sequence[Part]:
        """Return the derivatives of the coefficients by the weight of each row."""
        rows = self.model.matrix.rows
        onto = self.inverse @ self.model.back.T / weights[rows].sum()
        used = self.model.scores(self.fit.coefficients, onto)
        if len(rows) == len(weights):
            return dense_parts(used)
        everywhere = np.zeros((len(weights), self.size))
        everywhere[rows] = used
        return dense_parts(everywhere)
