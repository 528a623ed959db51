"""Estimates with their covariance: by Taylor linearisation, or from replicates where the sample has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.replicates import Replicates
from trustsurvey.weighting.sampling.responding import response_covariance
from trustsurvey.weighting.sampling.rows import Part, Slope
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.variance import covariance, influence_of
from trustsurvey.weighting.threads import single_threaded

__all__ = ["Inference", "Smooth", "Statistic", "infer"]


class Statistic(Protocol):
    """Numbers that can be estimated with any weights."""

    @property
    def size(self) -> int:
        """How many numbers."""

    def estimate(self, weights: FloatArray) -> FloatArray:
        """Return the numbers (size,) at some weights (n,), NaN where they are not defined."""

    def influence(self, weights: FloatArray) -> Sequence[Part]:
        """Return their derivatives by the weight of each row, at some weights (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """Estimates (statistics,), their covariance (statistics, statistics), and the degrees of freedom of the design.

    ``replicates`` (replicates, statistics) are the estimates of each replicate, where these gave the covariance.
    """

    estimate: FloatArray
    covariance: FloatArray
    df: int
    replicates: FloatArray | None = None

    @property
    def se(self) -> FloatArray:
        """The standard errors (statistics,)."""
        errors: FloatArray = np.sqrt(np.maximum(np.diag(self.covariance), 0))
        return errors

    def without(self, unknown: npt.NDArray[np.bool_]) -> Inference:
        """Return the estimates with these (statistics,) as missing."""
        if not unknown.any():
            return self
        matrix = self.covariance.copy()
        matrix[unknown, :] = np.nan
        matrix[:, unknown] = np.nan
        return replace(self, estimate=np.where(unknown, np.nan, self.estimate), covariance=matrix)

    def moved(self, by: FloatArray) -> Inference:
        """Return the estimates with constants (statistics,) added."""
        replicates = None if self.replicates is None else self.replicates + by
        return replace(self, estimate=self.estimate + by, replicates=replicates)


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """Smooth functions of weighted sums by domain.

    Attributes
    ----------
    columns : tuple of k (n,) arrays or None
        What is summed, 0 for rows that do not count; None stands for 1 in every row.
    domain : (n,) array
        The domain of each row, -1 for none.
    domains : int
    outputs : int
        Numbers for each domain; the statistics are those of the first domain, then of the second, and so on.
    function : callable
        From sums (..., k, domains) to numbers (..., outputs, domains).
    gradient : callable
        From sums (k, domains) to the derivatives (outputs, k, domains) of the numbers.
    varying : tuple of k Slope or None
        How each column grows with a value that differs within rows of many respondents; empty where none does.
    """

    columns: tuple[FloatArray | None, ...]
    domain: IntArray
    domains: int
    outputs: int
    function: Callable[[FloatArray], FloatArray]
    gradient: Callable[[FloatArray], FloatArray]
    varying: tuple[Slope | None, ...] = ()

    @property
    def size(self) -> int:
        """How many statistics."""
        return self.outputs * self.domains

    def sums(self, weights: FloatArray) -> FloatArray:
        """Return the weighted sums (k, domains) of the columns."""
        inside = self.domain >= 0
        whole = bool(inside.all())
        domain = self.domain if whole else self.domain[inside]
        counted = weights if whole else weights[inside]
        result = np.empty((len(self.columns), self.domains))
        for row, column in zip(result, self.columns, strict=True):
            values = counted if column is None else counted * (column if whole else column[inside])
            row[:] = np.bincount(domain, values, minlength=self.domains)
        return result

    def ordered(self, numbers: FloatArray) -> FloatArray:
        """Return numbers (..., outputs, domains) as statistics (..., size)."""
        return np.swapaxes(numbers, -1, -2).reshape(*numbers.shape[:-2], self.size)

    def estimate(self, weights: FloatArray) -> FloatArray:
        """Return the statistics (size,) at some weights (n,)."""
        return self.ordered(self.function(self.sums(weights)))

    def influence(self, weights: FloatArray) -> list[Part]:
        """Return the derivatives by the weight of each row, a part for each output."""
        return self.linearised(self.sums(weights))

    def linearised(self, sums: FloatArray) -> list[Part]:
        """Return the derivatives by the weight of each row where the weighted sums are ``sums`` (k, domains)."""
        slopes = self.gradient(sums)
        outside = self.domain < 0
        parts = []
        for output, by_column in enumerate(slopes):
            values = np.zeros(len(self.domain))
            for slope, column in zip(by_column, self.columns, strict=True):
                if slope.any():
                    values += slope[self.domain] if column is None else slope[self.domain] * column
            values[outside] = 0
            within = tuple(
                Slope(column.value, slope[self.domain] * column.slope)
                for slope, column in zip(by_column, self.varying, strict=False)
                if column is not None and slope.any()
            )
            parts.append(Part(values, self.domain, output, self.outputs, within))
        return parts


@single_threaded
def infer(sample: Sample, statistic: Statistic) -> Inference:
    """Estimate a statistic of a sample, with its covariance.

    Raises
    ------
    DesignError
        The variance cannot be estimated, as where a stratum has a single cluster.
    """
    if isinstance(statistic, Smooth):
        sums = statistic.sums(sample.weights)
        estimate = statistic.ordered(statistic.function(sums))
    else:
        estimate = statistic.estimate(sample.weights)
    if sample.replicates is not None:
        estimates = _replicated(sample, sample.replicates, statistic)
        matrix = sample.replicates.covariance(estimates, estimate)
        return Inference(estimate, matrix, sample.df, estimates).without(np.isnan(estimate))
    parts = statistic.linearised(sums) if isinstance(statistic, Smooth) else statistic.influence(sample.weights)
    influence = influence_of(sample, parts, statistic.size)
    matrix = covariance(influence, sample.structure, sample.single_cluster)
    of_response = response_covariance(sample, parts, statistic.size)
    if of_response is not None:
        matrix += of_response
    return Inference(estimate, matrix, sample.df).without(np.isnan(estimate))


def _replicated(sample: Sample, replicates: Replicates, statistic: Statistic) -> FloatArray:
    """Return the estimates of each replicate (replicates, statistics), NaN in those left out."""
    outside = sample.weights == 0
    if isinstance(statistic, Smooth):
        domain = np.where(outside, -1, statistic.domain) if outside.any() else statistic.domain
        sums = replicates.sums(statistic.columns, domain, statistic.domains)
        return statistic.ordered(statistic.function(sums))
    result = np.full((replicates.count, statistic.size), np.nan)
    together = getattr(statistic, "estimates", None)
    for part, weights in replicates.blocks():
        weights[outside] = 0
        used = np.setdiff1d(np.arange(part.start, part.stop), replicates.dropped)
        chosen = weights[:, used - part.start]
        if together is not None:
            result[used] = together(chosen)
        else:
            for place, replicate in enumerate(used):
                result[replicate] = statistic.estimate(np.ascontiguousarray(chosen[:, place]))
    return result
