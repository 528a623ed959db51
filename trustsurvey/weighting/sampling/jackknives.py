"""Jackknives: leave out one cluster, or one group of clusters, in turn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError
from trustsurvey.weighting.encoding import IntArray
from trustsurvey.weighting.sampling.making import Made, Options, check_single, seed_of, units_of
from trustsurvey.weighting.sampling.multipliers import Deletions, Table
from trustsurvey.weighting.sampling.single import unsampled
from trustsurvey.weighting.sampling.structure import Stage

__all__ = ["jackknife", "stratified_jackknife"]

_MANY_PER_GROUP = 100


def jackknife(stage: Stage, options: Options) -> Made:
    """Leave out one cluster, or one group of clusters, in turn, without strata (R: ``jk1weights``)."""
    if len(stage.sampled) > 1:
        raise DesignError(
            f'"JK1" is for samples without strata, and this one has {len(stage.sampled)}; use "JKn", which leaves out '
            "one cluster of one stratum in turn"
        )
    unit, units = units_of(stage)
    if options.groups is not None or options.replicates is not None:
        group, units = _groups(stage, options)
        unit = group if unit is None else group[unit]
    if units < 2:
        raise DesignError("a jackknife needs at least 2 clusters or groups; there is 1")
    everyone = np.zeros(units, dtype=np.intp)
    multipliers = Deletions(everyone, 1, np.arange(units), np.full(units, units / (units - 1)), np.ones(units))
    left = 1 - float(stage.sampled[0] / stage.population[0])
    return Made(unit, multipliers, left * (units - 1) / units, np.ones(units))


def stratified_jackknife(stage: Stage, options: Options) -> Made:
    """Leave out one cluster of one stratum in turn (R: ``jknweights``), or one group of clusters."""
    if options.groups is not None or options.replicates is not None:
        return _grouped_jackknife(stage, options)
    left, single = unsampled(stage), stage.sampled == 1
    choice = options.single_cluster
    lonely = check_single(stage, options, "certainty", "adjust", "average")
    deleted = np.flatnonzero(~single[stage.stratum] | (lonely[stage.stratum] & (choice == "adjust")))
    stratum = stage.stratum[deleted]
    if not len(deleted):
        raise DesignError("every stratum has a single cluster; a jackknife has nothing to compare")
    sampled = stage.sampled[stratum]
    strata = len(stage.sampled)
    inside = np.where(sampled > 1, sampled / np.maximum(sampled - 1, 1), 0.0)
    outside, rscales = np.ones(len(deleted)), left[stratum] * (sampled - 1) / sampled
    if choice == "adjust" and lonely.any():
        outside[sampled == 1], rscales[sampled == 1] = strata / (strata - 1), (strata - 1) / strata
    scale = len(stage.stratum) / len(deleted) if choice == "average" and lonely.any() else 1.0
    return Made(stage.cluster, Deletions(stage.stratum, strata, deleted, inside, outside), scale, rscales)


def _grouped_jackknife(stage: Stage, options: Options) -> Made:
    """Leave out a group of clusters, across strata, in turn.

    Kott (2001), The delete-a-group jackknife, Journal of Official Statistics 17, 521-526: strata with fewer clusters
    than groups have multipliers of their own.
    """
    left = unsampled(stage)
    check_single(stage, options, "certainty")
    group, groups = _groups(stage, options)
    unit, units = units_of(stage)
    strata = len(stage.sampled)
    inside = np.bincount(stage.stratum * groups + group, minlength=strata * groups).reshape(strata, groups)
    sampled = stage.sampled[:, None]
    full = np.divide(sampled, sampled - inside, out=np.ones(inside.shape), where=sampled > inside)
    z = np.sqrt(groups / ((groups - 1) * sampled * np.maximum(sampled - 1, 1)))
    few = sampled < groups
    others = np.where(inside > 0, np.where(few, 1 + inside * z, full), 1.0)
    own = np.where(few, 1 - (sampled - inside) * z, 0.0)
    if (few & (inside > 1)).any():
        place = int(np.flatnonzero((few & (inside > 1)).any(axis=1))[0])
        raise DesignError(
            f"stratum {stage.names[place]} has {stage.sampled[place]:g} clusters, fewer than the {groups} groups, and "
            "two of them in one group; put each into a group of its own, or leave groups to be drawn"
        )
    numbers = others[stage.stratum]
    numbers[np.arange(units), group] = own[stage.stratum, group]
    root = np.sqrt(np.maximum(left, 0))[stage.stratum, None]
    numbers = np.where(stage.sampled[stage.stratum, None] > 1, 1 + root * (numbers - 1), 1.0)
    return Made(unit, Table(numbers), (groups - 1) / groups, np.ones(groups))


def _groups(stage: Stage, options: Options) -> tuple[IntArray, int]:
    """Return the group of each cluster (clusters,), given or drawn, and how many there are."""
    unit, units = units_of(stage)
    if options.groups is not None:
        if unit is None:
            return options.groups, int(options.groups.max()) + 1
        group = np.empty(units, dtype=np.intp)
        group[unit] = options.groups
        apart = np.unique(unit[group[unit] != options.groups])
        if len(apart):
            raise DesignError(
                f"{len(apart)} clusters have rows in several groups; a cluster is left out as a whole, so give all its "
                "rows one group"
            )
        return group, int(options.groups.max()) + 1
    wanted = options.replicates or 0
    if wanted > units:
        raise DesignError(f"{wanted} groups cannot be made of {units} clusters; ask for {units} replicates at most")
    random = np.random.default_rng(seed_of(options))
    if len(stage.sampled) == 1 and units >= _MANY_PER_GROUP * wanted:
        return _deal(random, units, wanted), wanted
    order = random.permutation(units)
    # Groups are dealt out within strata, so that each has its share of every stratum.
    order = order[np.argsort(stage.stratum[order], kind="stable")]
    drawn = np.empty(units, dtype=np.intp)
    drawn[order] = np.arange(units) % wanted
    return drawn, wanted


def _deal(random: np.random.Generator, units: int, groups: int) -> IntArray:
    """Return a group for each of many units, all such divisions into equal groups being as likely.

    Groups are drawn one by one, then random units of those too large go to those too small, which takes fewer random
    numbers out of cache than a permutation does.
    """
    group = random.integers(0, groups, units)
    excess = np.bincount(group, minlength=groups) - np.diff(np.arange(groups + 1) * units // groups)
    moving: list[IntArray] = []
    # Those taken out are in a group of their own, which is never too large.
    surplus = np.append(np.maximum(excess, 0), 0)
    while surplus.any():
        tried = pd.unique(random.integers(0, units, units // 16 + 16))
        tried = tried[surplus[group[tried]] > 0]
        tried = tried[np.argsort(group[tried], kind="stable")]
        of_group = group[tried]
        taken = tried[np.arange(len(tried)) - np.searchsorted(of_group, of_group) < surplus[of_group]]
        surplus = surplus - np.bincount(group[taken], minlength=groups + 1)
        group[taken] = groups
        moving.append(taken)
    if moving:
        group[np.concatenate(moving)] = np.repeat(np.arange(groups), np.maximum(-excess, 0))
    return group
