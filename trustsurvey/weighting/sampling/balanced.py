"""Balanced replicates: half samples of pairs of clusters, and differences between neighbours."""

from __future__ import annotations

import numpy as np

from trustsurvey.errors import DesignError, listed
from trustsurvey.weighting.encoding import IntArray
from trustsurvey.weighting.sampling.hadamard import Signs, hadamard
from trustsurvey.weighting.sampling.making import Made, Options, check_single, units_of
from trustsurvey.weighting.sampling.multipliers import Table
from trustsurvey.weighting.sampling.single import unsampled
from trustsurvey.weighting.sampling.structure import Stage

__all__ = ["half_samples", "successive_differences"]

_DIFFERENCES = 80


def half_samples(stage: Stage, options: Options) -> Made:
    """Balance half samples of pairs of clusters (R: ``brrweights``); Fay's method has ``rho`` above 0."""
    if options.replicates is not None:
        raise DesignError("how many balanced half samples there are follows from the strata; leave replicates out")
    if len(stage.sampled) == 1 and stage.sampled[0] != 2:
        raise DesignError(
            'balanced half samples need strata of two clusters, and this sample has no strata; use "JK1" or "bootstrap"'
        )
    left, single = unsampled(stage), stage.sampled == 1
    check_single(stage, options, "certainty")
    odd = np.flatnonzero((stage.sampled % 2 == 1) & ~single)
    if len(odd):
        named = listed((f"{stage.names[each]} ({stage.sampled[each]:g})" for each in odd), "; ")
        raise DesignError(
            f"balanced half samples need pairs of clusters, but {len(odd)} strata have an odd number: {named}; "
            'merge clusters or strata, or use "JKn" or "bootstrap"'
        )
    unit, units = units_of(stage)
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
    if (left < 1).any():
        choices = ("the finite population correction is left out of balanced half samples, as R does",)
    scale = 1 / (len(matrix) * (1 - options.rho) ** 2)
    return Made(unit, Table(numbers), scale, np.ones(len(matrix)), choices)


def successive_differences(stage: Stage, options: Options) -> Made:
    """Compare each cluster with the next one, in the order of the rows, for systematic samples.

    Fay and Train (1995), Aspects of survey and model-based postcensal estimation of income and poverty characteristics
    for states and counties, Proceedings of the Section on Government Statistics, ASA, 154-159.
    """
    unit, units = units_of(stage)
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
    root = np.sqrt(np.maximum(unsampled(stage), 0))[stage.stratum, None]
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


def _first_rows(stage: Stage, rows: int) -> IntArray:
    """Return the first row of each cluster (clusters,)."""
    if stage.cluster is None:
        return np.arange(rows)
    first = np.full(len(stage.stratum), rows)
    np.minimum.at(first, stage.cluster, np.arange(rows))
    return first
