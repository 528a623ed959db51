"""Make replicates of a sample from the way it was drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from trustsurvey.weighting.sampling.balanced import half_samples, successive_differences
from trustsurvey.weighting.sampling.jackknives import jackknife, stratified_jackknife
from trustsurvey.weighting.sampling.making import Made, Options, check_single, seed_of, units_of
from trustsurvey.weighting.sampling.multipliers import Deletions
from trustsurvey.weighting.sampling.resamples import Resamples
from trustsurvey.weighting.sampling.single import unsampled
from trustsurvey.weighting.sampling.structure import SampleStructure, Shared, Stage
from trustsurvey.weighting.sampling.unequal import UnequalSampling

__all__ = ["METHODS", "make"]

_BOOTSTRAPS = 500
_CERTAIN = 1e-7


def make(method: str, structure: SampleStructure, options: Options) -> Made:
    """Return the replicates of a sample.

    Raises
    ------
    DesignError
        The sample was not drawn as the method needs it.
    """
    stage = structure.stages[0]
    if stage.shared is not None:
        stage = _merged(stage, stage.shared)
    if stage.unequal is None:
        return METHODS[method](stage, options)
    return _unequal(method, stage, stage.unequal, options)


def _unequal(method: str, stage: Stage, sampling: UnequalSampling, options: Options) -> Made:
    """Return replicates of clusters with unequal probabilities.

    Leaving out one cluster at a time, with 1 less its probability as its scale, gives Brewer's variance. Other
    replicates count clusters as drawn with replacement, as R's bootstrap does.
    """
    whole = np.ones(len(stage.sampled), dtype=bool)
    whole[stage.stratum[sampling.probability < 1 - _CERTAIN]] = False
    replaced = replace(stage, population=np.where(whole, stage.sampled, np.inf), unequal=None)
    made = METHODS[method](replaced, options)
    if isinstance(made.multipliers, Deletions) and options.groups is None and options.replicates is None:
        return replace(made, rscales=made.rscales * (1 - sampling.probability[made.multipliers.deleted]))
    choice = "clusters drawn with unequal probabilities count as drawn with replacement in these replicates"
    return replace(made, choices=(*made.choices, choice))


def _bootstrap(stage: Stage, options: Options) -> Made:
    """Draw one cluster fewer than a stratum has, with replacement (R: ``subbootweights``).

    Rao and Wu (1988), Resampling inference with complex survey data, JASA 83, 231-241, with the finite population
    correction in the multipliers, which R leaves out.
    """
    count = _BOOTSTRAPS if options.replicates is None else options.replicates
    left = unsampled(stage)
    check_single(stage, options, "certainty")
    unit, _ = units_of(stage)
    sampled = stage.sampled.astype(np.intp)
    share = np.where(sampled > 1, np.sqrt(np.maximum(left, 0)), 0.0)
    growth = sampled / np.maximum(sampled - 1, 1)
    order = None if (np.diff(stage.stratum) >= 0).all() else np.argsort(stage.stratum, kind="stable")
    draws = Resamples(order, sampled, sampled - 1, share, growth, seed_of(options), count)
    return Made(unit, draws.holding(), 1 / (count - 1), np.ones(count))


METHODS: Mapping[str, Callable[[Stage, Options], Made]] = MappingProxyType(
    {
        "JK1": jackknife,
        "JKn": stratified_jackknife,
        "bootstrap": _bootstrap,
        "BRR": half_samples,
        "Fay": half_samples,
        "SDR": successive_differences,
    }
)


def _merged(stage: Stage, shared: Shared) -> Stage:
    """Return the first stage of several samples with the clusters they share as one."""
    cluster = shared.unit if stage.cluster is None else shared.unit[stage.cluster]
    stratum = np.empty(int(shared.unit.max()) + 1, dtype=np.intp)
    stratum[shared.unit] = shared.stratum[stage.stratum]
    strata = int(shared.stratum.max()) + 1
    sampled = np.bincount(stratum, minlength=strata).astype(np.float64)
    # More units than one sample has may come from one population, which is sampled as much as the least sampled one.
    fraction, names = np.full(strata, np.inf), [""] * strata
    np.minimum.at(fraction, shared.stratum, stage.sampled / stage.population)
    with np.errstate(divide="ignore"):
        population = sampled / fraction
    for place, name in zip(shared.stratum.tolist(), stage.names, strict=True):
        names[place] = names[place] or name
    return Stage(cluster, stratum, sampled, population, tuple(names))
