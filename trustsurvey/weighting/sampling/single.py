"""Strata of a single cluster, of which nobody can see how clusters vary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trustsurvey.errors import DesignError, listed
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.rows import Rows
from trustsurvey.weighting.sampling.structure import SampleStructure, Stage

__all__ = [
    "NO_SAMPLING_ERROR",
    "listed_strata",
    "represented",
    "single_message",
    "single_strata",
    "unmeasured",
    "unsampled",
]

_MOST_NAMED = 20

NO_SAMPLING_ERROR = 1e-7


def unmeasured(
    domain: IntArray, domains: int, structure: SampleStructure, single_cluster: str
) -> npt.NDArray[np.bool_]:
    """Return which domains (domains,) rest on strata alone whose variance is taken as nothing.

    These are strata with a single cluster at the first stage, under "certainty" and "average". ``domain`` (n,) is that
    of each row, -1 for none.
    """
    stage = structure.stages[0]
    single = single_strata(stage)
    if single_cluster not in ("certainty", "average") or not single.any():
        return np.zeros(domains, dtype=bool)
    row_stratum = stage.stratum if stage.cluster is None else stage.stratum[stage.cluster]
    result = np.ones(domains, dtype=bool)
    result[domain[~single[row_stratum] & (domain >= 0)]] = False
    return result


def single_strata(stage: Stage) -> npt.NDArray[np.bool_]:
    """Return which strata (strata,) have one cluster in the sample, and more in the population."""
    single: npt.NDArray[np.bool_] = (stage.sampled == 1) & (unsampled(stage) >= NO_SAMPLING_ERROR)
    return single


def unsampled(stage: Stage) -> FloatArray:
    """Return the fraction (strata,) that is not in the sample, the largest of a cluster where it differs."""
    if stage.unequal is None:
        return 1 - stage.sampled / stage.population
    result = np.zeros(len(stage.sampled))
    np.maximum.at(result, stage.stratum, 1 - stage.unequal.probability)
    return result


def listed_strata(stage: Stage, single: npt.NDArray[np.bool_]) -> str:
    """Name strata with a single cluster; where most are, and many, their names may be what somebody answered."""
    if single.sum() > _MOST_NAMED and single.mean() > 1 / 2:
        return "nearly every row is a stratum of its own, check that the columns named hold strata"
    return listed((stage.names[each] for each in np.flatnonzero(single)), "; ")


def single_message(stage: Stage, single: npt.NDArray[np.bool_], number: int) -> str:
    """Say which strata have a single cluster, and what can be done."""
    return (
        f"{single.sum()} of {len(single)} strata have a single cluster at stage {number}, so their variance "
        f"cannot be estimated: {listed_strata(stage, single)}; merge strata or choose "
        'single_cluster="certainty", "adjust" or "average"'
    )


def represented(rows: Rows, statistics: int, stage: Stage, single: npt.NDArray[np.bool_], number: int) -> FloatArray:
    """Return how many strata (strata or 1, statistics) each stratum that has a variance stands for under "average".

    As in R, these are the strata in which a domain has anybody (after calibration, all), those of a later stage within
    their cluster of the stage before (of several samples, within theirs). Where none of that cluster has a variance, R
    has no number; the other clusters stand for it then.
    """
    if single.all():
        raise DesignError(f"every stratum has a single cluster at stage {number}; there is no variance to average over")
    present = _present(rows, statistics, stage)
    if stage.parent is not None:
        parent: IntArray = stage.parent
    else:
        parent = np.zeros(len(single), dtype=np.intp) if number == 1 else np.arange(len(single))
    shape = (int(parent.max()) + 1, statistics)
    strata, measured = np.zeros(shape), np.zeros(shape)
    np.add.at(strata, parent, present)
    np.add.at(measured, parent, present & ~single[:, None])
    known = measured > 0
    by_parent = np.divide(strata, measured, out=np.ones(shape), where=known)
    counted = (strata * known).sum(axis=0)
    everywhere = np.divide(strata.sum(axis=0), counted, out=np.ones(shape[1]), where=counted > 0)
    by_parent *= everywhere
    if stage.parent is not None:
        return by_parent[parent]
    return by_parent if number == 1 else everywhere[None, :]


def _present(rows: Rows, statistics: int, stage: Stage) -> npt.NDArray[np.bool_]:
    """Return in which strata (strata, statistics) a statistic has rows that count."""
    shape = (len(stage.sampled), statistics)
    if rows.fitted or stage.unequal is not None:
        return np.ones(shape, dtype=bool)
    stratum = stage.stratum if stage.cluster is None else stage.stratum[stage.cluster]
    result = np.zeros(shape, dtype=bool)
    for part in rows.parts:
        inside = np.flatnonzero(part.domain >= 0)
        result[stratum[inside], part.columns(inside)] = True
    return result
