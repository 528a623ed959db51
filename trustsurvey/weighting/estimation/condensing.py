"""A sample of many rows as one of its cells, which gives the same means and totals from a few thousand numbers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, IntArray, combine, encode, find_column
from trustsurvey.weighting.estimation.domains import numbers
from trustsurvey.weighting.sampling.moments import Moments
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.structure import SampleStructure

__all__ = ["condense", "condensed"]

_FEWEST_ROWS = 10_000
_ROWS_PER_CELL = 8
_MOST_VALUES = 6


def condensed(sample: Sample, by: Sequence[Hashable], variables: Sequence[Hashable], statistic: str) -> Sample:
    """Return the sample condensed to its cells where that saves work, else the sample itself.

    Raises
    ------
    UnknownNameError, InputError
        A variable is no column of finite numbers.
    """
    if len(sample.data) < _FEWEST_ROWS or len(set(variables)) > _MOST_VALUES or not _can(sample):
        return sample
    return condense(sample, by, list(dict.fromkeys(variables)), statistic, len(sample.data) // _ROWS_PER_CELL)


def _can(sample: Sample) -> bool:
    """Return whether rows are clusters of their own, drawn in one stage, with no weighting but calibration."""
    stage = sample.structure.stages[0]
    plain = stage.cluster is None and stage.unequal is None and stage.shared is None
    calibrated = all(isinstance(step, Calibration) for step in sample.steps)
    return (
        plain
        and calibrated
        and len(sample.structure.stages) == 1
        and sample.replicates is None
        and sample.counts is None
    )


def condense(
    sample: Sample, by: Sequence[Hashable], variables: Sequence[Hashable], statistic: str, most: int
) -> Sample:
    """Return a sample with a row for each combination of stratum, domain, calibration cells and missing answers.

    The sample itself where there are more than ``most`` of them.
    """
    stage = sample.structure.stages[0]
    values = [numbers(sample.data, name, statistic) for name in variables]
    keys: list[IntArray] = [stage.stratum]
    sizes = [len(stage.sampled)]
    columns = {name: find_column(sample.data, name) for name in by}
    for given in columns.values():
        column = encode(given)
        keys.append(column.codes + 1)
        sizes.append(len(column.levels) + 1)
    cells = {id(step.cell): step.cell for step in sample.steps}
    for cell in cells.values():
        keys.append(cell)
        sizes.append(int(cell.max(initial=0)) + 1)
    missing = [np.isnan(value) for value in values]
    idle = sample.weights == 0
    for flags in (*missing, idle):
        if flags.any():
            keys.append(flags.astype(np.int8))
            sizes.append(2)
    used = [place for place, size in enumerate(sizes) if size > 1] or [0]
    code, members, n = combine([keys[place] for place in used], [sizes[place] for place in used])
    if len(members) > most:
        return sample
    row = np.zeros(len(members), dtype=np.intp)
    row[code] = np.arange(len(code))

    def summed(each: FloatArray) -> FloatArray:
        return np.bincount(code, each, minlength=len(row)).astype(np.float64)

    base = sample.base_weights
    alike = bool((base == base[0]).all())
    total = base[0] * n if alike else summed(base)
    squares = base[0] ** 2 * n if alike else summed(base**2)
    concentration = np.divide(squares, total**2, out=1 / n, where=total != 0)
    steps = tuple(_condensed_step(step, row, total, base) for step in sample.steps if isinstance(step, Calibration))
    data = pd.DataFrame({name: column.array.take(row) for name, column in columns.items()}, index=range(len(row)))
    condensed_stage = replace(stage, stratum=stage.stratum[row])
    return replace(
        sample,
        data=data,
        weights=total * _ratio(sample.weights, base, row),
        structure=SampleStructure((condensed_stage,)),
        steps=steps,
        counts=n,
        concentration=concentration,
        moments=_moments(variables, values, code, row, None if alike else base) if variables else None,
    )


def _ratio(weights: FloatArray, base: FloatArray, row: IntArray) -> FloatArray:
    return np.divide(weights[row], base[row], out=np.zeros(len(row)), where=base[row] != 0)


def _condensed_step(step: Calibration, row: IntArray, total: FloatArray, base: FloatArray) -> Calibration:
    return replace(
        step,
        problem=replace(step.problem, cell=step.cell[row]),
        before=total * _ratio(step.before, base, row),
        weights=total * _ratio(step.weights, base, row),
    )


def _moments(
    names: Sequence[Hashable], values: Sequence[FloatArray], code: IntArray, row: IntArray, base: FloatArray | None
) -> Moments:
    """Return the moments of values by cell; ``base`` (n,) are weights, None where all are alike."""
    n = np.bincount(code, minlength=len(row)).astype(np.float64)

    def averaged(each: FloatArray, weights: FloatArray | None) -> FloatArray:
        if weights is None:
            return np.bincount(code, each, minlength=len(row)) / n
        size = np.bincount(code, weights, minlength=len(row))
        return np.divide(
            np.bincount(code, each * weights, minlength=len(row)), size, out=np.zeros(len(row)), where=size > 0
        )

    squares = None if base is None else base**2
    averages = [averaged(value, base) for value in values]
    deviations = [value - average[code] for value, average in zip(values, averages, strict=True)]
    # Nothing differs where nobody answered.
    for deviation in deviations:
        if np.isnan(deviation).any():
            deviation[np.isnan(deviation)] = 0
    pairs = list(combinations_with_replacement(range(len(values)), 2))
    products = [deviations[one] * deviations[other] for one, other in pairs]
    by_weight = np.column_stack([averaged(product, base) for product in products])
    if squares is None:
        shifts, by_square = np.zeros((len(row), len(values))), by_weight
    else:
        shifts = np.column_stack([averaged(deviation, squares) for deviation in deviations])
        by_square = np.column_stack([averaged(product, squares) for product in products])
    return Moments(tuple(names), np.column_stack(averages), shifts, by_weight, by_square)
