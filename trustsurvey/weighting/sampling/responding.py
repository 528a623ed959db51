"""Variance that comes from who responds, where finite population corrections would hide it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trustsurvey.weighting.adjusting.response import ResponseAdjustment
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.sampling.rows import Part
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.variance import influence_of

__all__ = ["response_covariance"]

_BLOCK_NUMBERS = 1 << 20


def response_covariance(sample: Sample, parts: Sequence[Part], statistics: int) -> FloatArray | None:
    """Return what response adds to the covariance (statistics, statistics); None where that is nothing.

    The variance between linearised values holds the part that comes from response. A finite population correction
    takes the fraction sampled off it, though a census has its non-response too: that fraction of the variance of
    response is given back (Shao and Steel 1999, Variance estimation for survey data with composite imputation and
    nonnegligible sampling fractions, JASA 94).
    """
    adjustments = [place for place, step in enumerate(sample.steps) if isinstance(step, ResponseAdjustment)]
    if not adjustments:
        return None
    fraction = np.broadcast_to(1 / sample.structure.inverse_fractions(), len(sample.weights))
    if not fraction.any():
        return None
    result = np.zeros((statistics, statistics))
    for place in adjustments:
        step = sample.steps[place]
        if not isinstance(step, ResponseAdjustment):
            continue
        later = influence_of(sample, parts, statistics, since=place + 1)
        explained = step.explained(later.sums(step.cell, len(step.factors)))
        rows = np.flatnonzero(step.respondent & (fraction > 0))
        size = max(1, _BLOCK_NUMBERS // max(1, statistics))
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            cell = step.cell[some]
            propensity = 1 / step.factors[cell]
            # What a respondent adds, by responding, to the linearised total.
            values = later.rows.influences(some, later.statistics)
            values -= explained[cell] * (step.weights if step.matrix is None else step.before)[some, None]
            values *= np.sqrt(fraction[some] * (1 - propensity))[:, None]
            result += values.T @ values
    return result
