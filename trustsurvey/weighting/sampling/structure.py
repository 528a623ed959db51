"""How a sample was drawn, as numbers: stages of clusters within strata, sample and population sizes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError
from trustsurvey.weighting.encoding import FloatArray, IntArray, as_numbers, combine, encode, find_column, name_list
from trustsurvey.weighting.sampling.fractions import check_pps, population_sizes, probabilities, unequal_sampling
from trustsurvey.weighting.sampling.unequal import Pps, PpsVariance, UnequalSampling

__all__ = [
    "LEAST_WEIGHT",
    "SampleStructure",
    "Shared",
    "Stage",
    "numeric_column",
    "read_structure",
    "read_weights",
    "strata_by_stage",
]

LEAST_WEIGHT = 1e-140


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What is the same in several samples of one design: ``unit`` of each cluster, ``stratum`` of each stratum."""

    unit: IntArray
    stratum: IntArray


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling: clusters drawn from strata.

    A stratum of the second stage is a cluster of the first or a part of it, and so on.

    Attributes
    ----------
    cluster : (n,) array or None
        The cluster of each row, numbered from 0; None where every row is its own.
    stratum : (clusters,) array
        The stratum of each cluster, numbered from 0.
    sampled, population : (strata,) array
        Clusters in the sample and in the population; the population is infinite where none is given.
    names : tuple of str
        What messages call the strata.
    parent : (strata,) array or None
        The cluster of the stage before that a stratum is in, or the sample, where there are several; None where strata
        are those clusters, in their order.
    unequal : UnequalSampling or None
        How clusters with unequal probabilities were drawn.
    shared : Shared or None
        Which clusters of several samples in one, as waves, are the same.
    """

    cluster: IntArray | None
    stratum: IntArray
    sampled: FloatArray
    population: FloatArray
    names: tuple[str, ...]
    parent: IntArray | None = None
    unequal: UnequalSampling | None = None
    shared: Shared | None = None

    @property
    def fraction(self) -> FloatArray:
        """The probability (clusters,) that each cluster is in the sample, given its stratum."""
        if self.unequal is not None:
            return self.unequal.probability
        share: FloatArray = (self.sampled / self.population)[self.stratum]
        return share


@dataclass(frozen=True, slots=True)
class SampleStructure:
    """The stages of a sample, the outermost first."""

    stages: tuple[Stage, ...]

    def degrees_of_freedom(self, used: np.ndarray, counts: IntArray | None = None) -> int:
        """Return clusters minus strata of the first stage, among the rows used (R: ``degf``).

        ``counts`` (n,) are the respondents behind each row where that is not one.
        """
        first = self.stages[0]
        rows = used if first.cluster is None else np.bincount(first.cluster[used], minlength=len(first.stratum)) > 0
        strata = np.bincount(first.stratum[rows], minlength=len(first.sampled))
        if first.shared is not None:
            units, merged = first.shared.unit[rows], first.shared.stratum[strata > 0]
            return int(np.count_nonzero(np.bincount(units)) - np.count_nonzero(np.bincount(merged)))
        many = counts is not None and first.cluster is None
        clusters = int(counts[used].sum()) if many and counts is not None else int(np.count_nonzero(rows))
        return clusters - int(np.count_nonzero(strata))

    def inverse_fractions(self) -> FloatArray:
        """Return the weight (n,) that the population sizes imply, one over the product of the sampling fractions."""
        fractions: FloatArray = np.ones(1)
        for stage in self.stages:
            # As R does, to the last digit, which says which answer is a quantile of answers that weigh the same.
            drawn = 1 / (stage.population / stage.sampled)
            share = drawn[stage.stratum] if stage.unequal is None else stage.fraction
            fractions = fractions * (share if stage.cluster is None else share[stage.cluster])
        with np.errstate(divide="ignore"):
            return np.asarray(1 / fractions)


def numeric_column(data: pd.DataFrame, name: Hashable, role: str) -> FloatArray:
    """Return a column of the design as numbers, none missing."""
    column = find_column(data, name)
    missing = int(column.isna().sum())
    if missing:
        raise DesignError(
            f"{role} column {name!r} is missing in {missing} of {len(column)} rows; fill or drop these rows"
        )
    numbers = as_numbers(column)
    if numbers is None:
        raise DesignError(f"{role} column {name!r} does not hold numbers ({column.dtype}); convert it first")
    return numbers


def read_weights(data: pd.DataFrame, name: Hashable) -> FloatArray:
    """Return the weights (n,): finite, not negative, not all zero."""
    weights = numeric_column(data, name, "weights")
    infinite, negative = int(np.isinf(weights).sum()), int((weights < 0).sum())
    if infinite:
        raise DesignError(f"weights column {name!r} is infinite in {infinite} rows")
    if negative:
        raise DesignError(f"weights column {name!r} is negative in {negative} rows; a weight is at least 0")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if np.isinf(total):
        raise DesignError(f"weights column {name!r} adds up to more than a number can hold; divide all weights alike")
    if not weights.any():
        raise DesignError(f"weights column {name!r} is 0 in every row; nobody would count")
    least, most = weights[weights > 0].min(), weights.max()
    if least < LEAST_WEIGHT or total > 1 / LEAST_WEIGHT:
        raise DesignError(
            f"weights column {name!r} goes from {least:g} to {most:g}, too far to be squared; check these weights, or "
            "multiply all of them alike"
        )
    return weights


def strata_by_stage(strata: object) -> list[list[Hashable]]:
    """Return the columns of strata of each stage, the first at least; a list of lists has one for each stage."""
    if not isinstance(strata, list) or not any(isinstance(each, list) or each is None for each in strata):
        return [name_list(strata)]
    plain = [each for each in strata if not isinstance(each, list) and each is not None]
    if plain:
        raise DesignError(
            f"strata mix names ({plain[0]!r}) and lists; give a list of lists for several stages, as in "
            '[["region"], ["size"]], or names for the first stage alone'
        )
    return [name_list(each) for each in strata]


def read_structure(
    data: pd.DataFrame,
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable],
    fpc: Sequence[Hashable],
    counts: IntArray | None = None,
    *,
    later_strata: Sequence[Sequence[Hashable]] = (),
    pps: Pps | None = None,
    pps_variance: PpsVariance = "HT",
) -> SampleStructure:
    """Read the stages from the columns of the data; clusters are taken as nested within strata.

    ``counts`` (n,) are the respondents behind each row where that is not one; ``later_strata`` are the columns of the
    strata of the second stage and of those after it.
    """
    rows, depths = len(data), max(1, len(clusters))
    if len(fpc) > depths:
        raise DesignError(f"fpc names {len(fpc)} columns for {depths} stages; give one a stage at most")
    if len(later_strata) >= depths:
        raise DesignError(f"strata are given for {len(later_strata) + 1} stages, but clusters for {len(clusters)}")
    if pps is not None:
        check_pps(pps, depths, fpc)
    elif pps_variance != "HT":
        raise DesignError("pps_variance goes with pps, the way clusters of unequal probabilities were drawn")
    stages: list[Stage] = []
    parent: IntArray | None = None
    stratum, names = _codes(data, strata, "strata") if strata else (np.zeros(rows, dtype=np.intp), ("all",))
    for depth in range(depths):
        cluster: IntArray
        cluster_names: Sequence[Hashable]
        if clusters:
            inner, inner_names = _codes(data, [clusters[depth]], "clusters")
            cluster, members, _ = combine([stratum, inner], [len(names), len(inner_names)])
            own = len(members) == rows and depth + 1 == depths and counts is None and pps is None
            of_stratum = stratum if own else members[:, 0]
            cluster_names = [inner_names[each].partition("=")[2] for each in members[:, 1]] if pps is not None else ()
        else:
            cluster, own, of_stratum = np.arange(rows), pps is None, stratum
            cluster_names = list(data.index if data.index.is_unique else range(rows)) if pps is not None else ()
        behind = counts if not clusters else None
        sampled = np.bincount(of_stratum, behind, minlength=len(names)).astype(np.float64)
        population = np.full(len(names), np.inf)
        unequal = None
        if depth < len(fpc):
            given = _read_fpc(data, fpc[depth])
            if pps is not None and (depth == 0 or (given <= 1).all()):
                probability = probabilities(fpc[depth], given, cluster, cluster_names)
                unequal = unequal_sampling(pps, pps_variance, probability, cluster, of_stratum, names, cluster_names)
                population = np.bincount(of_stratum, 1 / probability, minlength=len(names))
            else:
                population = population_sizes(given, fpc[depth], stratum, sampled, names)
        stages.append(Stage(None if own else cluster, of_stratum, sampled, population, names, parent, unequal))
        if depth + 1 < depths:
            stratum, names = cluster, tuple(f"{names[outer]}, {inner_names[each]}" for outer, each in members)
            parent = None
            if depth < len(later_strata) and later_strata[depth]:
                part, part_names = _codes(data, later_strata[depth], "strata")
                stratum, members, _ = combine([cluster, part], [len(names), len(part_names)])
                parent = members[:, 0]
                names = tuple(f"{names[outer]}, {part_names[each]}" for outer, each in members)
    return SampleStructure(tuple(stages))


def _codes(data: pd.DataFrame, names: Sequence[Hashable], role: str) -> tuple[IntArray, tuple[str, ...]]:
    """Return the combination of columns as codes (n,) with a name for each code."""
    columns = []
    for name in names:
        encoded = encode(find_column(data, name))
        missing = int((encoded.codes < 0).sum())
        if missing:
            raise DesignError(
                f"{role} column {name!r} is missing in {missing} of {len(data)} rows; every row needs one"
            )
        columns.append(encoded)
    code, members, _ = combine([column.codes for column in columns], [len(column.levels) for column in columns])
    labels = [column.labels for column in columns]
    return code, tuple(
        ", ".join(f"{name}={label[each]}" for name, label, each in zip(names, labels, row, strict=True))
        for row in members
    )


def _read_fpc(data: pd.DataFrame, name: Hashable) -> FloatArray:
    """Return what is given (n,) for a stage: clusters in the population, sampling fractions or probabilities."""
    given = numeric_column(data, name, "fpc")
    below = int((given <= 0).sum())
    if below:
        raise DesignError(
            f"fpc column {name!r} must be above 0: clusters in the population, or a sampling fraction; it is not in "
            f"{below} of {len(given)} rows"
        )
    return given
