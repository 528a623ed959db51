"""Make replicates of a sample from the way it was drawn, or read weights of replicates made elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.hadamard import Signs, hadamard
from trustsurvey.weighting.sampling.multipliers import Deletions, Multipliers, Table
from trustsurvey.weighting.sampling.resamples import Resamples
from trustsurvey.weighting.sampling.structure import SampleStructure, Shared, Stage
from trustsurvey.weighting.sampling.unequal import UnequalSampling

__all__ = ["METHODS", "Made", "Options", "make"]

_BOOTSTRAPS = 500
_DIFFERENCES = 80
_NO_SAMPLING_ERROR = 1e-7
_MANY_PER_GROUP = 100
_NAMED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """What was asked for, for n ``rows``; ``groups`` (n,) are codes from 0, ``rho`` is Fay's."""

    rows: int
    replicates: int | None
    seed: int | None
    groups: IntArray | None
    rho: float
    single_cluster: str


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Multipliers with the unit (n,) of each row (None: its own), and the scales of the variance."""

    unit: IntArray | None
    multipliers: Multipliers
    scale: float
    rscales: FloatArray
    choices: tuple[str, ...] = ()


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
    whole[stage.stratum[sampling.probability < 1 - _NO_SAMPLING_ERROR]] = False
    replaced = replace(stage, population=np.where(whole, stage.sampled, np.inf), unequal=None)
    made = METHODS[method](replaced, options)
    if isinstance(made.multipliers, Deletions) and options.groups is None and options.replicates is None:
        return replace(made, rscales=made.rscales * (1 - sampling.probability[made.multipliers.deleted]))
    choice = "clusters drawn with unequal probabilities count as drawn with replacement in these replicates"
    return replace(made, choices=(*made.choices, choice))


def _jackknife(stage: Stage, options: Options) -> Made:
    """Leave out one cluster, or one group of clusters, in turn, without strata (R: ``jk1weights``)."""
    if len(stage.sampled) > 1:
        raise DesignError(
            f'"JK1" is for samples without strata, and this one has {len(stage.sampled)}; use "JKn", which leaves out '
            "one cluster of one stratum in turn"
        )
    unit, units = _units(stage)
    if options.groups is not None or options.replicates is not None:
        group, units = _groups(stage, options)
        unit = group if unit is None else group[unit]
    if units < 2:
        raise DesignError("a jackknife needs at least 2 clusters or groups; there is 1")
    everyone = np.zeros(units, dtype=np.intp)
    multipliers = Deletions(everyone, 1, np.arange(units), np.full(units, units / (units - 1)), np.ones(units))
    unsampled = 1 - float(stage.sampled[0] / stage.population[0])
    return Made(unit, multipliers, unsampled * (units - 1) / units, np.ones(units))


def _stratified_jackknife(stage: Stage, options: Options) -> Made:
    """Leave out one cluster of one stratum in turn (R: ``jknweights``), or one group of clusters."""
    if options.groups is not None or options.replicates is not None:
        return _grouped_jackknife(stage, options)
    unsampled, single = _unsampled(stage), stage.sampled == 1
    lonely = single & (unsampled >= _NO_SAMPLING_ERROR)
    choice = options.single_cluster
    if lonely.any():
        _refuse_single(stage, lonely, choice, ("certainty", "adjust", "average"))
    deleted = np.flatnonzero(~single[stage.stratum] | (lonely[stage.stratum] & (choice == "adjust")))
    stratum = stage.stratum[deleted]
    if not len(deleted):
        raise DesignError("every stratum has a single cluster; a jackknife has nothing to compare")
    sampled = stage.sampled[stratum]
    strata = len(stage.sampled)
    inside = np.where(sampled > 1, sampled / np.maximum(sampled - 1, 1), 0.0)
    outside, rscales = np.ones(len(deleted)), unsampled[stratum] * (sampled - 1) / sampled
    if choice == "adjust" and lonely.any():
        outside[sampled == 1], rscales[sampled == 1] = strata / (strata - 1), (strata - 1) / strata
    scale = len(stage.stratum) / len(deleted) if choice == "average" and lonely.any() else 1.0
    return Made(stage.cluster, Deletions(stage.stratum, strata, deleted, inside, outside), scale, rscales)


def _grouped_jackknife(stage: Stage, options: Options) -> Made:
    """Leave out a group of clusters, across strata, in turn.

    Kott (2001), The delete-a-group jackknife, Journal of Official Statistics 17, 521-526: strata with fewer clusters
    than groups have multipliers of their own.
    """
    unsampled = _unsampled(stage)
    if (stage.sampled == 1).any():
        lonely = (stage.sampled == 1) & (unsampled >= _NO_SAMPLING_ERROR)
        if lonely.any():
            _refuse_single(stage, lonely, options.single_cluster, ("certainty",))
    group, groups = _groups(stage, options)
    unit, units = _units(stage)
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
    root = np.sqrt(np.maximum(unsampled, 0))[stage.stratum, None]
    numbers = np.where(stage.sampled[stage.stratum, None] > 1, 1 + root * (numbers - 1), 1.0)
    return Made(unit, Table(numbers), (groups - 1) / groups, np.ones(groups))


def _bootstrap(stage: Stage, options: Options) -> Made:
    """Draw one cluster fewer than a stratum has, with replacement (R: ``subbootweights``).

    Rao and Wu (1988), Resampling inference with complex survey data, JASA 83, 231-241, with the finite population
    correction in the multipliers, which R leaves out.
    """
    count = _BOOTSTRAPS if options.replicates is None else options.replicates
    unsampled = _unsampled(stage)
    lonely = (stage.sampled == 1) & (unsampled >= _NO_SAMPLING_ERROR)
    if lonely.any():
        _refuse_single(stage, lonely, options.single_cluster, ("certainty",))
    unit, _ = _units(stage)
    sampled = stage.sampled.astype(np.intp)
    share = np.where(sampled > 1, np.sqrt(np.maximum(unsampled, 0)), 0.0)
    growth = sampled / np.maximum(sampled - 1, 1)
    order = None if (np.diff(stage.stratum) >= 0).all() else np.argsort(stage.stratum, kind="stable")
    draws = Resamples(order, sampled, sampled - 1, share, growth, _seed(options), count)
    return Made(unit, draws.holding(), 1 / (count - 1), np.ones(count))


def _half_samples(stage: Stage, options: Options) -> Made:
    """Balance half samples of pairs of clusters (R: ``brrweights``); Fay's method has ``rho`` above 0."""
    if options.replicates is not None:
        raise DesignError("how many balanced half samples there are follows from the strata; leave replicates out")
    if len(stage.sampled) == 1 and stage.sampled[0] != 2:
        raise DesignError(
            'balanced half samples need strata of two clusters, and this sample has no strata; use "JK1" or "bootstrap"'
        )
    unsampled, single = _unsampled(stage), stage.sampled == 1
    lonely = single & (unsampled >= _NO_SAMPLING_ERROR)
    if lonely.any():
        _refuse_single(stage, lonely, options.single_cluster, ("certainty",))
    odd = np.flatnonzero((stage.sampled % 2 == 1) & ~single)
    if len(odd):
        named = "; ".join(f"{stage.names[each]} ({stage.sampled[each]:g})" for each in odd[:_NAMED])
        more = f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else ""
        raise DesignError(
            f"balanced half samples need pairs of clusters, but {len(odd)} strata have an odd number: {named}{more}; "
            'merge clusters or strata, or use "JKn" or "bootstrap"'
        )
    unit, units = _units(stage)
    # As in R, clusters pair off in the order of the rows, strata in that of their names, those of two clusters last.
    by_name = np.argsort(np.array(stage.names), kind="stable")
    order = np.lexsort((_first_rows(stage, options.rows), stage.stratum))
    members = np.split(order, np.cumsum(stage.sampled.astype(np.intp))[:-1])
    members = [members[each] for each in by_name if len(members[each]) > 1]
    members.sort(key=lambda each: len(each) == 2)
    pairs = np.concatenate([each.reshape(-1, 2) for each in members])
    matrix: Signs = hadamard(len(pairs))
    signs = matrix[1 : len(pairs) + 1].astype(np.float64)
    numbers = np.ones((units, len(matrix)))
    numbers[pairs[:, 0]] = 1 + (1 - options.rho) * signs
    numbers[pairs[:, 1]] = 1 - (1 - options.rho) * signs
    choices: tuple[str, ...] = ()
    if (unsampled < 1).any():
        choices = ("the finite population correction is left out of balanced half samples, as R does",)
    scale = 1 / (len(matrix) * (1 - options.rho) ** 2)
    return Made(unit, Table(numbers), scale, np.ones(len(matrix)), choices)


def _differences(stage: Stage, options: Options) -> Made:
    """Compare each cluster with the next one, in the order of the rows, for systematic samples.

    Fay and Train (1995), Aspects of survey and model-based postcensal estimation of income and poverty characteristics
    for states and counties, Proceedings of the Section on Government Statistics, ASA, 154-159.
    """
    unit, units = _units(stage)
    if units < 2:
        raise DesignError("successive differences need at least 2 clusters; there is 1")
    wanted = _DIFFERENCES if options.replicates is None else options.replicates
    matrix = hadamard(wanted - 1)
    if len(matrix) != wanted:
        raise DesignError(
            f"there is no Hadamard matrix of order {wanted} here; the next number of replicates is {len(matrix)}"
        )
    order = np.lexsort((_first_rows(stage, options.rows), stage.stratum))
    place = np.empty(units, dtype=np.intp)
    place[order] = np.arange(units)
    one, other = _pairs_of_rows(units, wanted - 1)
    signs = matrix[1:].astype(np.float64)
    root = np.sqrt(np.maximum(_unsampled(stage), 0))[stage.stratum, None]
    numbers = 1 + root * 2**-1.5 * (signs[one[place]] - signs[other[place]])
    return Made(unit, Table(numbers), 4 / wanted, np.ones(wanted))


def _pairs_of_rows(units: int, lines: int) -> tuple[IntArray, IntArray]:
    """Return two lines of the matrix for each unit, so that neighbours share one.

    Units go round in loops of as many as there are lines, the last one smaller; each loop takes larger steps.
    """
    one, other = np.empty(units, dtype=np.intp), np.empty(units, dtype=np.intp)
    step, start = 0, 0
    while start < units:
        step = step % (lines - 1) + 1
        while np.gcd(step, lines) > 1:
            step = step % (lines - 1) + 1
        size = min(lines, units - start)
        visited = np.arange(size) * step % lines
        one[start : start + size] = visited
        other[start : start + size] = np.roll(visited, -1)
        start += size
    return one, other


METHODS: Mapping[str, Callable[[Stage, Options], Made]] = MappingProxyType(
    {
        "JK1": _jackknife,
        "JKn": _stratified_jackknife,
        "bootstrap": _bootstrap,
        "BRR": _half_samples,
        "Fay": _half_samples,
        "SDR": _differences,
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


def _units(stage: Stage) -> tuple[IntArray | None, int]:
    return stage.cluster, len(stage.stratum)


def _first_rows(stage: Stage, rows: int) -> IntArray:
    """Return the first row of each cluster (clusters,)."""
    if stage.cluster is None:
        return np.arange(rows)
    first = np.full(len(stage.stratum), rows)
    np.minimum.at(first, stage.cluster, np.arange(rows))
    return first


def _unsampled(stage: Stage) -> FloatArray:
    unsampled: FloatArray = 1 - stage.sampled / stage.population
    return unsampled


def _seed(options: Options) -> int:
    return secrets.randbits(63) if options.seed is None else options.seed


def _groups(stage: Stage, options: Options) -> tuple[IntArray, int]:
    """Return the group of each cluster (clusters,), given or drawn, and how many there are."""
    unit, units = _units(stage)
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
    random = np.random.default_rng(_seed(options))
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


def _refuse_single(stage: Stage, lonely: np.ndarray, choice: str, possible: tuple[str, ...]) -> None:
    if choice in possible:
        return
    names = [stage.names[each] for each in np.flatnonzero(lonely)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    choices = " or ".join(f'"{each}"' for each in possible)
    raise DesignError(
        f"{len(names)} of {len(lonely)} strata have a single cluster, so replicates cannot tell how they vary: "
        f"{'; '.join(names[:_NAMED])}{more}; merge strata or make the design with single_cluster={choices}"
    )
