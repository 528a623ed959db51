"""What is given for the fraction of clusters that is in the sample: population sizes, fractions or probabilities."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from trustsurvey.errors import DesignError, listed
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.unequal import Pps, PpsVariance, UnequalSampling, read_unequal

__all__ = ["check_pps", "population_sizes", "probabilities", "unequal_sampling"]


def check_pps(pps: Pps, depths: int, fpc: Sequence[Hashable]) -> None:
    """Check that unequal probabilities come with the probabilities, and with one stage where it takes one.

    Raises
    ------
    DesignError
        They do not.
    """
    if not fpc:
        raise DesignError(
            "pps needs the probability of each cluster in fpc; without it clusters count as drawn with replacement, "
            "and weights are enough"
        )
    if depths > 1 and not (isinstance(pps, str) and pps == "brewer"):
        raise DesignError(f'of the pps methods only "brewer" has several stages, and clusters names {depths}')


def probabilities(name: Hashable, given: FloatArray, cluster: IntArray, clusters: Sequence[Hashable]) -> FloatArray:
    """Return the probability (clusters,) of each cluster."""
    if (given > 1).any():
        raise DesignError(
            f"fpc column {name!r} is above 1 in {int((given > 1).sum())} rows, up to {given.max():g}; with pps it "
            "holds the probability that the cluster is in the sample"
        )
    least, most = np.full(len(clusters), np.inf), np.zeros(len(clusters))
    np.minimum.at(least, cluster, given)
    np.maximum.at(most, cluster, given)
    varying = np.flatnonzero(least < most * (1 - 1e-9))
    if len(varying):
        raise DesignError(
            f"fpc column {name!r} varies within {_listed([str(each) for each in clusters], varying)}; with pps it is "
            "one probability a cluster"
        )
    return most


def unequal_sampling(
    pps: Pps,
    variance: PpsVariance,
    probability: FloatArray,
    cluster: IntArray,
    stratum: IntArray,
    names: tuple[str, ...],
    clusters: Sequence[Hashable],
) -> UnequalSampling:
    """Read how clusters were drawn; a matrix has them in the order in which they first stand in the data."""
    _, order = np.unique(cluster, return_index=True)
    order = np.argsort(order, kind="stable")
    in_order = tuple(clusters[each] for each in order)
    read = read_unequal(pps, variance, probability[order], stratum[order], names, in_order)
    place = np.argsort(order, kind="stable")
    joint = None if read.joint is None else read.joint[np.ix_(place, place)]
    return replace(read, probability=probability, joint=joint)


def population_sizes(
    given: FloatArray, name: Hashable, stratum: IntArray, sampled: FloatArray, names: tuple[str, ...]
) -> FloatArray:
    """Return the population's clusters by stratum, from counts or from sampling fractions."""
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


def _listed(names: Sequence[str], which: IntArray) -> str:
    return listed((names[each] for each in which), "; ")
