"""Several samples as one: their stages side by side, with what is the same in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from trustsurvey.errors import DesignError
from trustsurvey.weighting.adjusting.response import ResponseAdjustment
from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, IntArray, combine
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.structure import SampleStructure, Shared, Stage
from trustsurvey.weighting.sampling.unequal import UnequalSampling

__all__ = ["combine_calibrations", "combine_structures"]


def combine_structures(
    structures: Sequence[SampleStructure], sizes: Sequence[int], labels: Sequence[str], unit: IntArray | None
) -> SampleStructure:
    """Return the stages of several samples, one after the other.

    Parameters
    ----------
    structures : sequence of SampleStructure
    sizes : sequence of int
        The rows of each.
    labels : sequence of str
        What messages call each.
    unit : (n,) array or None
        The unit of each row, numbered from 0 over all samples; None where samples share nothing.

    Raises
    ------
    DesignError
        Samples of unequal probabilities whose variance is no sum of squares.
    """
    depth = max(len(structure.stages) for structure in structures)
    padded = [_padded(structure, size, depth) for structure, size in zip(structures, sizes, strict=True)]
    return SampleStructure(
        tuple(_side_by_side([stages[each] for stages in padded], sizes, labels, unit, each) for each in range(depth))
    )


def _padded(structure: SampleStructure, rows: int, depth: int) -> list[Stage]:
    """Return the stages, and after them stages of which everything is in the sample."""
    stages = list(structure.stages)
    while len(stages) < depth:
        last = stages[-1]
        stratum = np.arange(rows) if last.cluster is None else last.cluster
        sampled = np.bincount(stratum, minlength=len(last.stratum)).astype(np.float64)
        stages.append(Stage(None, stratum, sampled, sampled, ("all",) * len(sampled)))
    return stages


def _side_by_side(
    stages: Sequence[Stage], sizes: Sequence[int], labels: Sequence[str], unit: IntArray | None, depth: int
) -> Stage:
    clusters = np.cumsum([0, *(len(stage.stratum) for stage in stages)])
    strata = np.cumsum([0, *(len(stage.sampled) for stage in stages)])
    unequal = _unequal(stages, labels)
    cluster: IntArray | None = None
    if unequal is not None or any(stage.cluster is not None for stage in stages):
        own = [
            np.arange(size) if stage.cluster is None else stage.cluster
            for stage, size in zip(stages, sizes, strict=True)
        ]
        cluster = np.concatenate([codes + first for codes, first in zip(own, clusters[:-1], strict=True)])
    stratum = np.concatenate([stage.stratum + first for stage, first in zip(stages, strata[:-1], strict=True)])
    parent: IntArray | None = None
    if not depth:
        # Samples are like clusters of a stage before, all of them drawn.
        parent = np.repeat(np.arange(len(stages)), np.diff(strata))
    elif any(stage.parent is not None for stage in stages):
        parents = [np.arange(len(stage.sampled)) if stage.parent is None else stage.parent for stage in stages]
        above = np.cumsum([0, *(int(each.max()) + 1 for each in parents)])
        parent = np.concatenate([each + first for each, first in zip(parents, above[:-1], strict=True)])
    shared = None
    if unit is not None:
        # Degrees of freedom are those of the first stage, so that strata of later ones need no match.
        names = [name if not depth else "" for stage in stages for name in stage.names]
        rows = np.cumsum([0, *sizes])
        shared = _shared(unit if cluster is None else _grouped(unit, cluster, rows), stratum, names)
    return Stage(
        cluster,
        stratum,
        np.concatenate([stage.sampled for stage in stages]),
        np.concatenate([stage.population for stage in stages]),
        tuple(f"{label}, {name}" for stage, label in zip(stages, labels, strict=True) for name in stage.names),
        parent,
        unequal,
        shared,
    )


def _unequal(stages: Sequence[Stage], labels: Sequence[str]) -> UnequalSampling | None:
    """Return the probabilities of all clusters; those of equal probability are a case of Brewer's variance."""
    if all(stage.unequal is None for stage in stages):
        return None
    for stage, label in zip(stages, labels, strict=True):
        if stage.unequal is not None and not stage.unequal.by_stratum:
            raise DesignError(f'pps={stage.unequal.method!r} of {label} cannot be combined; make it with pps="brewer"')
    probability: FloatArray = np.concatenate([stage.fraction for stage in stages])
    return UnequalSampling("brewer", "HT", probability, np.zeros(sum(len(stage.sampled) for stage in stages)))


def _grouped(unit: IntArray, cluster: IntArray, rows: IntArray) -> IntArray:
    """Return the group (clusters,) of each cluster: it goes with the cluster with which it shares most units.

    Samples of few clusters come first, so that people go with their household. Each cluster has one group, so that
    people who move do not make one cluster of all places. ``rows`` are where samples start, and the end.
    """
    clusters = int(cluster.max()) + 1
    of_unit = np.full(int(unit.max()) + 1, -1, dtype=np.intp)
    group = np.full(clusters, -1, dtype=np.intp)
    parts = [slice(start, stop) for start, stop in pairwise(rows)]
    for part in sorted(parts, key=lambda each: len(np.unique(cluster[each]))):
        mine, units = cluster[part], unit[part]
        known = of_unit[units] >= 0
        if known.any():
            _, members, counts = combine([mine[known], of_unit[units][known]], [clusters, clusters])
            order = np.lexsort((members[:, 1], -counts, members[:, 0]))
            first = order[np.append(True, np.diff(members[order, 0]) > 0)]
            group[members[first, 0]] = members[first, 1]
        new = np.unique(mine)
        new = new[group[new] < 0]
        group[new] = new
        of_unit[units[~known]] = group[mine[~known]]
    _, code = np.unique(group, return_inverse=True)
    return np.asarray(code)


def _shared(of_cluster: IntArray, stratum: IntArray, names: Sequence[str]) -> Shared:
    """Return the units of clusters, and which strata of one name share some; none where they have no names."""
    if not any(names):
        return Shared(of_cluster, np.arange(len(names)))
    _, name = np.unique(np.array(names, dtype=object), return_inverse=True)
    key, _, _ = combine([of_cluster, name[stratum]], [int(of_cluster.max()) + 1, int(name.max()) + 1])
    return Shared(of_cluster, _linked(stratum, key, len(names)))


def _linked(one: IntArray, other: IntArray, size: int) -> IntArray:
    """Return a number (size,) for each of ``one``, the same where they have one of ``other`` in common, in steps."""
    nodes = size + int(other.max()) + 1
    graph = sparse.coo_array((np.ones(len(one), dtype=np.int8), (one, size + other)), shape=(nodes, nodes))
    _, label = connected_components(graph.tocsr(), directed=False)
    _, code = np.unique(label[:size], return_inverse=True)
    return np.asarray(code)


def combine_calibrations(
    samples: Sequence[Sample], labels: Sequence[str]
) -> tuple[Calibration | ResponseAdjustment, ...]:
    """Return the first calibrations of all samples, then the second ones, each as one of all rows.

    Rows of other samples are left alone by them.
    """
    weights = [sample.base_weights for sample in samples]
    steps: list[Calibration | ResponseAdjustment] = []
    for number in range(max(len(sample.steps) for sample in samples)):
        for place, (sample, label) in enumerate(zip(samples, labels, strict=True)):
            if number >= len(sample.steps):
                continue
            step = sample.steps[number]
            before = np.concatenate(weights)
            weights[place] = step.weights
            after = np.concatenate(weights)
            first = sum(len(each) for each in weights[:place])
            rows = slice(first, first + len(step.weights))
            if isinstance(step, Calibration):
                steps.append(_calibration(step, before, after, rows, label))
            else:
                steps.append(_adjustment(step, before, after, rows, label))
    return tuple(steps)


def _calibration(step: Calibration, before: FloatArray, after: FloatArray, rows: slice, label: str) -> Calibration:
    """Return the calibration with a further cell, of no level, for the rows of other samples."""
    problem = step.problem
    cells, levels = problem.indicators.shape
    outside = before.sum() - before[rows].sum()
    margins = tuple(replace(margin, name=f"{label}: {margin.name}") for margin in problem.margins)
    problem = replace(
        problem,
        margins=margins,
        cell=_with_others(problem.cell, cells, len(before), rows),
        weights=np.append(problem.weights, outside if outside > 0 else 1.0),
        indicators=sparse.csr_array(sparse.vstack([problem.indicators, sparse.csr_array((1, levels))], format="csr")),
        ratio=np.append(problem.ratio, 1.0),
        choices=tuple(f"{label}: {choice}" for choice in problem.choices),
    )
    return replace(
        step,
        problem=problem,
        before=before,
        weights=after,
        factors=np.append(step.factors, 1.0),
        scale=np.append(step.scale, 1.0),
    )


def _adjustment(
    step: ResponseAdjustment, before: FloatArray, after: FloatArray, rows: slice, label: str
) -> ResponseAdjustment:
    """Return the adjustment with a further class, in which everybody responded, for the rows of other samples."""
    if step.matrix is not None:
        raise DesignError(
            f"the response propensities of {label} were modelled before the waves were combined; combine the waves "
            "first and adjust for non-response then, or use response classes"
        )
    cells = len(step.factors)
    outside = before.sum() - before[rows].sum()
    return replace(
        step,
        variables=tuple(f"{label}: {name}" for name in step.variables),
        classes=step.classes.assign(**{"class": [f"{label}: {name}" for name in step.classes["class"]]}),
        before=before,
        weights=after,
        cell=_with_others(step.cell, cells + 1, len(before), rows),
        factors=np.append(step.factors, [0.0, 1.0]),
        totals=np.append(step.totals, [0.0, outside if outside > 0 else 1.0]),
        choices=tuple(f"{label}: {choice}" for choice in step.choices),
    )


def _with_others(cell: IntArray, other: int, size: int, rows: slice) -> IntArray:
    result = np.full(size, other, dtype=np.intp)
    result[rows] = cell
    return result
