"""A fitted regression model as a statistic for inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.regression.fitting import Fit, fit_families, solve_definite
from trustsurvey.weighting.estimation.regression.models import GeneralisedModel, Model
from trustsurvey.weighting.sampling.inference import Inference, infer
from trustsurvey.weighting.sampling.rows import Part, Slope, dense_parts
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["FittedModel"]


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
        used = weights[self.model.matrix.rows]
        if not (np.isfinite(used).all() and used.any()):
            return np.full(self.size, np.nan)
        fit = self.model.fit(used, self.fit.coefficients)
        return np.asarray(self.model.back @ fit.coefficients) if fit.converged else np.full(self.size, np.nan)

    def estimates(self, weights: FloatArray) -> FloatArray:
        """Return the coefficients (sets, size) at many sets of weights (n, sets)."""
        if not isinstance(self.model, GeneralisedModel) or self.model.matrix.pattern is not None:
            return np.array([self.estimate(np.ascontiguousarray(each)) for each in weights.T])
        matrix = self.model.matrix
        used = weights if len(matrix.rows) == len(weights) else weights[matrix.rows]
        sums = used * self.model.y[:, None]
        fits = fit_families(matrix.basis, used, sums, self.model.family, matrix.offset, self.fit.coefficients)
        return np.asarray(fits @ self.model.back.T)

    def infer(self, sample: Sample) -> Inference:
        """Return the coefficients with their covariance; ``sample`` has the weights of the fit.

        Replicates of a model on cells are fitted to the sums of their weights, which are never held themselves.
        """
        cells = self.model.cells
        if sample.replicates is None or cells is None:
            return infer(sample, self)
        domain = np.full(len(sample.weights), -1, dtype=np.intp)
        domain[self.model.matrix.rows] = cells.code
        columns = tuple(None if each is None else self._spread(each) for each in cells.columns)
        sums = sample.replicates.sums(columns, domain, cells.count)
        replicates = self.model.fit_cells(sums, self.fit.coefficients) @ self.model.back.T
        matrix = sample.replicates.covariance(replicates, self.coefficients)
        return Inference(self.coefficients, matrix, sample.df, replicates)

    def _spread(self, values: FloatArray) -> FloatArray:
        everywhere = np.zeros(len(self.weights))
        everywhere[self.model.matrix.rows] = values
        return everywhere

    def influence(self, weights: FloatArray) -> Sequence[Part]:
        """Return the derivatives of the coefficients by the weight of each row."""
        rows = self.model.matrix.rows
        onto = self.inverse @ self.model.back.T / weights[rows].sum()
        used = self.model.scores(self.fit.coefficients, onto)
        if len(rows) < len(weights):
            everywhere = np.zeros((len(weights), self.size), order="F")
            everywhere[rows] = used
            used = everywhere
        parts = dense_parts(used)
        if not isinstance(self.model, GeneralisedModel) or self.model.varying is None:
            return parts
        varying = self.model.varying
        slopes = [Slope(varying, self._spread(each)) for each in self.model.slopes(onto)]
        return [replace(part, slopes=(slope,)) for part, slope in zip(parts, slopes, strict=True)]
