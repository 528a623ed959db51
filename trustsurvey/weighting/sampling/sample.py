"""A sample ready for estimation: data, weights, how it was drawn, what the weights were calibrated to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.weighting.adjusting.response import ResponseAdjustment
from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.moments import Moments
from trustsurvey.weighting.sampling.replicates import Replicates
from trustsurvey.weighting.sampling.structure import SampleStructure

__all__ = ["Sample", "SingleCluster"]

SingleCluster = Literal["error", "certainty", "adjust", "average"]

_POPULATION_WEIGHTS = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What estimation needs.

    Attributes
    ----------
    data : DataFrame
        n rows.
    weights : (n,) array
        0 outside a domain; calibrations hold for the whole sample.
    structure : SampleStructure
    single_cluster : str
        What a stratum with one cluster adds to the variance.
    steps : tuple of Calibration or ResponseAdjustment
        What the design weights went through, in order.
    replicates : Replicates or None
        Where they are, they give the variance.
    counts : (n,) array or None
        The respondents behind each row, where a row is a cell of many who are alike; weights are their sums then.
    concentration : (n,) array or None
        The squared weights of these respondents, summed, over the square of the sum of their weights.
    moments : Moments or None
        What is known of values that differ between these respondents.
    """

    data: pd.DataFrame
    weights: FloatArray
    structure: SampleStructure
    single_cluster: SingleCluster
    steps: tuple[Calibration | ResponseAdjustment, ...] = ()
    replicates: Replicates | None = None
    counts: IntArray | None = None
    concentration: FloatArray | None = None
    moments: Moments | None = None

    @property
    def df(self) -> int:
        """Degrees of freedom among rows that count: clusters minus strata, or the rank of the replicates minus 1."""
        return self.degrees_of_freedom(self.weights != 0)

    def degrees_of_freedom(self, used: npt.NDArray[np.bool_]) -> int:
        """Return the degrees of freedom among the rows (n,) used (R: ``degf`` of a subset)."""
        if self.replicates is not None:
            return self.replicates.degrees_of_freedom(used)
        return self.structure.degrees_of_freedom(used, self.counts)

    def adjusted(self, step: Calibration | ResponseAdjustment) -> Sample:
        """Return the sample with the weights of one more step, made in each replicate too.

        Raises
        ------
        CalibrationError
            A replicate cannot be calibrated.
        """
        replicates = None if self.replicates is None else self.replicates.calibrated(step)
        return replace(self, weights=step.weights, steps=(*self.steps, step), replicates=replicates)

    @property
    def base_weights(self) -> FloatArray:
        """The weights (n,) before the first calibration."""
        return self.steps[0].before if self.steps else self.weights

    @property
    def nonrespondents(self) -> npt.NDArray[np.bool_] | None:
        """Who (n,) did not respond and has the weight 0 since; None where there are none."""
        if not any(isinstance(step, ResponseAdjustment) for step in self.steps):
            return None
        lost: npt.NDArray[np.bool_] = self.steps[-1].weights == 0
        return lost

    @property
    def respondents(self) -> IntArray:
        """The respondents (n,) behind each row."""
        return np.ones(len(self.weights), dtype=np.intp) if self.counts is None else self.counts

    @property
    def squared_weights(self) -> FloatArray:
        """The sum (n,) of the squared weights of the respondents behind each row."""
        squares: FloatArray = self.weights**2
        return squares if self.concentration is None else squares * self.concentration

    @property
    def size(self) -> int:
        """Number of respondents whose weight is not 0."""
        counted = self.weights != 0
        return int(np.count_nonzero(counted) if self.counts is None else self.counts[counted].sum())

    @property
    def has_population_weights(self) -> bool:
        """Whether the weights add up to a population, and not to about the number of respondents."""
        if self.nonrespondents is not None:
            # Respondents stand for the others of the sample too, which is no population yet.
            sampled = int(np.count_nonzero(self.base_weights))
            return float(self.steps[-1].weights.sum()) > _POPULATION_WEIGHTS * sampled
        return float(self.weights.sum()) > _POPULATION_WEIGHTS * self.size

    @property
    def is_simple(self) -> bool:
        """Whether this is a simple random sample with replacement and equal weights."""
        stage = self.structure.stages[0]
        inside = self.weights != 0
        counted = (self.weights / self.respondents)[inside]
        plain = stage.cluster is None and len(stage.sampled) == 1 and not self.steps
        plain = plain and self.replicates is None
        if not (plain and np.isinf(stage.population).all() and len(counted)):
            return False
        if self.concentration is None:
            return bool((counted == counted[0]).all())
        # Of weights within a row only sums are known, which rounding moves.
        alike = (self.concentration * self.respondents)[inside]
        return np.allclose(counted, counted[0], rtol=1e-12) and np.allclose(alike, 1, rtol=1e-12)
