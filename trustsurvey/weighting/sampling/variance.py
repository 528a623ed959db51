"""Variance of weighted totals by Taylor linearisation, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from trustsurvey.errors import DesignError
from trustsurvey.weighting.adjusting.response import ResponseAdjustment
from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, IntArray, sums_by
from trustsurvey.weighting.sampling.rows import Fitted, Part, Rows, between_rows
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.single import (
    NO_SAMPLING_ERROR,
    represented,
    single_message,
    single_strata,
    unmeasured,
    unsampled,
)
from trustsurvey.weighting.sampling.structure import SampleStructure, Stage
from trustsurvey.weighting.sampling.within import within_rows

__all__ = ["Influence", "covariance", "influence_of", "unmeasured"]

_BLOCK_NUMBERS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Weighted influence (n, statistics) of each row on each statistic, never held as a whole.

    It is the sum of the ``parts`` of ``rows``, of which a row has one number each, times the weight, minus what the
    calibrations explain.
    """

    rows: Rows
    statistics: int

    def sums(self, group: IntArray, groups: int) -> FloatArray:
        """Return the sums (groups, statistics) over a grouping (n,) of the rows."""
        by_statistic = np.zeros((self.statistics, groups))
        for part in self.rows.parts:
            inside = part.domain >= 0
            if inside.all():
                cell, values = part.domain * groups + group, part.values * self.rows.weights
            else:
                cell = part.domain[inside] * groups + group[inside]
                values = part.values[inside] * self.rows.weights[inside]
            # A part is as narrow as its domains are many; a survey with many variables has many narrow parts.
            mine = by_statistic[part.first :: part.step]
            mine += np.bincount(cell, values, minlength=mine.size).reshape(mine.shape)
        total: FloatArray = by_statistic.T
        for fitted in self.rows.fitted:
            shape = (groups, len(fitted.values))
            if groups == 1:
                total -= np.bincount(fitted.cell, fitted.weights, minlength=shape[1])[None, :] @ fitted.values
            else:
                by_cell = sparse.coo_array((fitted.weights, (group, fitted.cell)), shape=shape).tocsr()
                total -= np.asarray(by_cell @ fitted.values)
        return total

    def residuals(self, calibrations: Sequence[Calibration | ResponseAdjustment]) -> Influence:
        """Return the influence less its projection on what the weights were calibrated to, the last one first.

        The projection uses the weights before each calibration, as R's ``calibrate`` does (and its ``rake`` does not).
        R projects the first calibration first, so that a later margin, though met, keeps a standard error there.
        """
        influence = self
        for calibration in reversed(calibrations):
            sums = influence.sums(calibration.cell, len(calibration.factors))
            if isinstance(calibration, ResponseAdjustment):
                fitted = Fitted(calibration.explaining, calibration.cell, calibration.explained(sums))
            else:
                sums /= calibration.factors[:, None]
                fitted = Fitted(calibration.weights, calibration.cell, calibration.regression(sums))
            influence = Influence(influence.rows.less(fitted), self.statistics)
        return influence


def influence_of(sample: Sample, parts: Sequence[Part], statistics: int, since: int = 0) -> Influence:
    """Return the influence on statistics whose derivatives by the weights are ``parts``, less what is calibrated.

    ``since`` leaves the first steps out.
    """
    outside = sample.weights == 0
    if outside.any():
        parts = [part.outside(outside) for part in parts]
    base, counts = sample.base_weights, sample.counts
    rows = Rows(tuple(parts), sample.weights, base, counts, sample.concentration, (), sample.moments)
    return Influence(rows, statistics).residuals(sample.steps[since:])


def covariance(influence: Influence, structure: SampleStructure, single_cluster: str) -> FloatArray:
    """Return the covariance (statistics, statistics) of totals with this influence.

    The estimator of R's ``svyrecvar`` with ``survey.ultimate.cluster = FALSE``: between clusters within strata at each
    stage, with finite population corrections; a later stage counts by the sampling fractions of the earlier ones.
    Clusters of several samples that are the same unit are added up after each is centred and scaled in its own
    sample: so the variance within a sample is its own, and the rest is the covariance between samples.
    """
    result = np.zeros((influence.statistics, influence.statistics))
    first = structure.stages[0].parent
    before = np.ones(1 if first is None else int(first.max()) + 1)
    for number, stage in enumerate(structure.stages, start=1):
        # The fraction sampled before a stratum: that of the cluster it is in.
        share = before if stage.parent is None else before[stage.parent]
        share = np.broadcast_to(share, stage.sampled.shape)
        result += _between_clusters(influence, stage, share, single_cluster, number)
        before = share[stage.stratum] * stage.fraction
        if not before.any():
            break
    return result


def _between_clusters(
    influence: Influence, stage: Stage, share: FloatArray, single_cluster: str, number: int
) -> FloatArray:
    """Return one stage's part (statistics, statistics); ``share`` (strata,) is the fraction sampled before it."""
    left, single = unsampled(stage), single_strata(stage)
    if stage.unequal is not None and stage.unequal.joint is not None:
        single = np.zeros(len(single), dtype=bool)
    single &= share > 0
    scale = share * stage.sampled / np.maximum(stage.sampled - 1, 1)
    scale[left < NO_SAMPLING_ERROR] = 0
    average = single_cluster == "average" and bool(single.any())
    if single.any() and single_cluster == "error":
        raise DesignError(single_message(stage, single, number))
    if single_cluster == "adjust" and number == 1 and len(stage.stratum) == 1 and single.any():
        raise DesignError("the whole sample is one cluster, so there is nothing to see how clusters vary by")
    if single_cluster != "adjust":
        scale[single] = 0
    if stage.unequal is None:
        scale *= left
    factor = represented(influence.rows, influence.statistics, stage, single, number) if average else None
    if stage.cluster is None and (factor is None or len(factor) == 1):
        between = between_rows(influence.rows, influence.statistics, stage.stratum, scale, ~single)
        between += within_rows(influence.rows, influence.statistics, stage.stratum, scale)
        if stage.shared is not None:
            between += _between_samples(influence, stage.stratum, stage.shared.unit, scale, ~single)
        return between if factor is None else between * np.sqrt(np.outer(factor[0], factor[0]))
    cluster = np.arange(len(stage.stratum)) if stage.cluster is None else stage.cluster
    totals = influence.sums(cluster, len(stage.stratum))
    if factor is not None:
        totals *= np.sqrt(factor if len(factor) == 1 else factor[stage.stratum])
    if stage.unequal is not None and not stage.unequal.by_stratum:
        scale *= np.maximum(stage.sampled - 1, 1) / stage.sampled
        return stage.unequal.of_totals(totals, stage.stratum, scale)
    centre = sums_by(stage.stratum, totals) / stage.sampled[:, None]
    # The grand mean of influences is 0, so "adjust" leaves single clusters as they are.
    centre[single] = 0
    totals -= centre[stage.stratum]
    of_cluster = scale[stage.stratum]
    if stage.unequal is not None:
        of_cluster = of_cluster * (1 - stage.unequal.probability)
    totals *= np.sqrt(of_cluster)[:, None]
    if stage.shared is not None:
        totals = sums_by(stage.shared.unit, totals)
    return totals.T @ totals


def _between_samples(
    influence: Influence, stratum: IntArray, unit: IntArray, scale: FloatArray, centred: npt.NDArray[np.bool_]
) -> FloatArray:
    """Return what rows that are the same unit add (statistics, statistics): the products of one with the others."""
    result = np.zeros((influence.statistics, influence.statistics))
    centre = influence.sums(stratum, len(scale)) / np.bincount(stratum, minlength=len(scale))[:, None]
    centre[~centred] = 0
    rows = np.flatnonzero(np.bincount(unit)[unit] > 1)
    rows = rows[np.argsort(unit[rows], kind="stable")]
    ends = np.flatnonzero(np.append(np.diff(unit[rows]) > 0, len(rows) > 0)) + 1
    step = max(1, _BLOCK_NUMBERS // max(1, influence.statistics))
    start = 0
    while start < len(rows):
        last = int(np.searchsorted(ends, start + step, side="right"))
        stop = int(ends[max(last - 1, int(np.searchsorted(ends, start, side="right")))])
        block = rows[start:stop]
        values = influence.rows.influences(block, influence.statistics) - centre[stratum[block]]
        values *= np.sqrt(scale[stratum[block]])[:, None]
        firsts = np.flatnonzero(np.append(True, np.diff(unit[block]) > 0))
        total = np.add.reduceat(values, firsts, axis=0)
        result += total.T @ total - values.T @ values
        start = stop
    return result
