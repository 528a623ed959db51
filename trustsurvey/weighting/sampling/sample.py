"""A sample ready for estimation: data, weights, how it was drawn, what the weights were calibrated to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.sampling.structure import SampleStructure

__all__ = ["Sample", "SingleCluster"]

SingleCluster = Literal["error", "certainty", "adjust", "average"]

_POPULATION_WEIGHTS = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What estimation needs. ``weights`` (n,) are 0 outside a domain; calibrations hold for the whole sample."""

    data: pd.DataFrame
    weights: FloatArray
    structure: SampleStructure
    single_cluster: SingleCluster
    calibrations: tuple[Calibration, ...] = ()

    @property
    def df(self) -> int:
        """Degrees of freedom: clusters minus strata, among rows that count."""
        return self.structure.degrees_of_freedom(self.weights != 0)

    @property
    def has_population_weights(self) -> bool:
        """Whether the weights add up to a population, and not to about the number of rows."""
        return float(self.weights.sum()) > _POPULATION_WEIGHTS * int(np.count_nonzero(self.weights))

    @property
    def is_simple(self) -> bool:
        """Whether this is a simple random sample with replacement and equal weights."""
        stage = self.structure.stages[0]
        counted = self.weights[self.weights != 0]
        plain = stage.cluster is None and len(stage.sampled) == 1 and not self.calibrations
        return plain and bool(np.isinf(stage.population).all() and len(counted) and (counted == counted[0]).all())
