"""How a sample was drawn, as numbers: stages of clusters within strata, sample and population sizes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError
from trustsurvey.weighting.encoding import FloatArray, IntArray, as_numbers, combine, encode, find_column

__all__ = ["SampleStructure", "Stage", "numeric_column", "read_structure", "read_weights"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling: clusters drawn from strata.

    A stratum of the second stage is a cluster of the first, and so on.

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
    """

    cluster: IntArray | None
    stratum: IntArray
    sampled: FloatArray
    population: FloatArray
    names: tuple[str, ...]


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
        many = counts is not None and first.cluster is None
        clusters = int(counts[used].sum()) if many and counts is not None else int(np.count_nonzero(rows))
        return clusters - int(np.count_nonzero(strata))

    def inverse_fractions(self) -> FloatArray:
        """Return the weight (n,) that the population sizes imply, one over the product of the sampling fractions."""
        weights: FloatArray = np.ones(1)
        for stage in self.stages:
            fraction = (stage.population / stage.sampled)[stage.stratum]
            weights = weights * (fraction if stage.cluster is None else fraction[stage.cluster])
        return weights


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
    return weights


def read_structure(
    data: pd.DataFrame,
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable],
    fpc: Sequence[Hashable],
    counts: IntArray | None = None,
) -> SampleStructure:
    """Read the stages from the columns of the data; clusters are taken as nested within strata.

    ``counts`` (n,) are the respondents behind each row where that is not one.
    """
    rows = len(data)
    stages: list[Stage] = []
    stratum, names = _codes(data, strata, "strata") if strata else (np.zeros(rows, dtype=np.intp), ("all",))
    for depth in range(max(1, len(clusters))):
        cluster: IntArray
        if clusters:
            inner, inner_names = _codes(data, [clusters[depth]], "clusters")
            cluster, members, _ = combine([stratum, inner], [len(names), len(inner_names)])
            own = len(members) == rows and depth + 1 == len(clusters) and counts is None
            of_stratum = stratum if own else members[:, 0]
        else:
            cluster, own, of_stratum = np.arange(rows), True, stratum
        behind = counts if not clusters else None
        sampled = np.bincount(of_stratum, behind, minlength=len(names)).astype(np.float64)
        population = np.full(len(names), np.inf)
        if depth < len(fpc):
            population = _population_sizes(data, fpc[depth], stratum, sampled, names)
        stages.append(Stage(None if own else cluster, of_stratum, sampled, population, names))
        if depth + 1 < len(clusters):
            stratum, names = cluster, tuple(f"{names[outer]}, {inner_names[each]}" for outer, each in members)
    if len(fpc) > max(1, len(clusters)):
        raise DesignError(f"fpc names {len(fpc)} columns for {max(1, len(clusters))} stages; give one a stage at most")
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


def _population_sizes(
    data: pd.DataFrame, name: Hashable, stratum: IntArray, sampled: FloatArray, names: tuple[str, ...]
) -> FloatArray:
    """Return the population's clusters by stratum, from counts or from sampling fractions."""
    given = numeric_column(data, name, "fpc")
    if (given <= 0).any():
        raise DesignError(f"fpc column {name!r} must be above 0: clusters in the population, or a sampling fraction")
    if (given > 1).any() and (given < 1).any():
        raise DesignError(
            f"fpc column {name!r} mixes counts (above 1) and sampling fractions (below 1); use one of them"
        )
    least, most = np.full(len(sampled), np.inf), np.zeros(len(sampled))
    np.minimum.at(least, stratum, given)
    np.maximum.at(most, stratum, given)
    varying = np.flatnonzero(least < most * (1 - 1e-9))
    if len(varying):
        raise DesignError(f"fpc column {name!r} varies within {_listed(names, varying)}; it is one number a stratum")
    population = most if (given > 1).any() else sampled / most
    small = np.flatnonzero(population < sampled * (1 - 1e-9))
    if len(small):
        first = int(small[0])
        raise DesignError(
            f"fpc column {name!r} gives {population[first]:g} clusters in the population of {names[first]}, "
            f"but {sampled[first]:g} are in the sample (in {len(small)} strata)"
        )
    return population


def _listed(names: tuple[str, ...], which: IntArray) -> str:
    shown = "; ".join(names[each] for each in which[:5])
    return f"{shown} and {len(which) - 5} more" if len(which) > 5 else shown
