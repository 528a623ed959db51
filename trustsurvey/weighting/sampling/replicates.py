"""Replicates of a sample: what its weights are multiplied by, once for each replicate."""

from __future__ import annotations

from dataclasses import dataclass

from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Replicates"]


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """The replicates of a sample."""

    scale: float
    rscales: FloatArray
