"""Two-way tables of weighted counts and shares, with their covariance."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, IntArray, encode, find_column
from trustsurvey.weighting.estimation.answers import domain_names, simple_variance
from trustsurvey.weighting.estimation.domains import check_size
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.functions import degrees_by_domain
from trustsurvey.weighting.estimation.intervals import logit_interval, t_interval
from trustsurvey.weighting.estimation.mean_tests import group_codes
from trustsurvey.weighting.sampling.inference import Smooth, infer
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Contingency", "contingency", "infer_counts"]

_OUTPUTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Contingency:
    """A two-way table among those who answered both variables.

    Attributes
    ----------
    rows, columns : int
        How many rows and columns it has; cells are numbered row by row.
    kish : float
        Kish's effective number of those who answered both.
    counts, shares, row_shares, column_shares : Estimates
        Of each cell: the weighted count, and its share of all, of its row and of its column.
    """

    rows: int
    columns: int
    kish: float
    counts: Estimates
    shares: Estimates
    row_shares: Estimates
    column_shares: Estimates


def contingency(sample: Sample, rows: Hashable, columns: Hashable) -> Contingency:
    """Return the table of two variables (R: ``svytable``, ``svytotal`` and ``svymean`` of their ``interaction``).

    Raises
    ------
    InputError
        A variable is named twice, or has fewer than two levels among those who answered both.
    """
    names = domain_names([rows, columns])
    answered = [encode(find_column(sample.data, name)).codes >= 0 for name in names]
    if rows == columns:
        raise InputError(f"a table has two different variables; {rows!r} is named twice")
    groups = [group_codes(sample, name, answered[0] & answered[1]) for name in names]
    for name, (_, labels) in zip(names, groups, strict=True):
        if len(labels) < 2:
            raise InputError(
                f"a test of independence needs two levels or more in each variable, but {name!r} has {len(labels)} "
                "among those who answered both"
            )
    (row, row_labels), (column, column_labels) = groups
    shape = len(row_labels), len(column_labels)
    check_size(_OUTPUTS * shape[0] * shape[1])
    cell = np.where(row >= 0, row * shape[1] + column, -1)
    head = pd.DataFrame(
        [(one, other) for one in row_labels for other in column_labels], columns=[str(name) for name in names]
    )
    return _assembled(sample, cell, shape, head)


def infer_counts(
    sample: Sample,
    cell: IntArray,
    cells: int,
    outputs: int,
    function: Callable[[FloatArray], FloatArray],
    jacobian: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, FloatArray, int]:
    """Return functions of weighted counts (cells,), their covariance, and the degrees of freedom.

    Parameters
    ----------
    cell : (n,) array
        The cell of each row, -1 for none.
    outputs : int
        Numbers for each cell.
    function : callable
        From counts (..., cells) to numbers (..., outputs, cells).
    jacobian : callable
        From counts (cells,) to the derivatives (cells * outputs, cells), the outputs of each cell side by side.
    """
    if sample.replicates is None:
        plain = Smooth((None,), cell, cells, 1, lambda sums: sums, lambda _: np.ones((1, 1, cells)))
        if sample.single_cluster == "average":
            # It depends on the strata that a statistic has somebody in: here everybody in the table.
            inside = np.where(cell >= 0, 0, -1)
            columns = tuple((cell == each).astype(np.float64) for each in range(cells))
            plain = Smooth(columns, inside, 1, cells, lambda sums: sums, lambda _: np.eye(cells)[:, :, None])
        inference = infer(sample, plain)
        slopes = jacobian(inference.estimate)
        numbers = np.swapaxes(function(inference.estimate), -1, -2).ravel()
        return numbers, slopes @ inference.covariance @ slopes.T, inference.df
    mixed = Smooth((None,), cell, cells, outputs, lambda sums: function(sums[..., 0, :]), _no_gradient)
    inference = infer(sample, mixed)
    return inference.estimate, inference.covariance, inference.df


def _no_gradient(sums: FloatArray) -> FloatArray:
    raise NotImplementedError("replicates need no derivatives")


def _assembled(sample: Sample, cell: IntArray, shape: tuple[int, int], head: pd.DataFrame) -> Contingency:
    rows, columns = shape
    cells = rows * columns

    def function(counts: FloatArray) -> FloatArray:
        table = counts.reshape(*counts.shape[:-1], rows, columns)
        totals = (np.ones_like(table), table.sum((-1, -2), keepdims=True), table.sum(-1, keepdims=True))
        shares = [table / np.where(total == 0, np.nan, total) for total in (*totals, table.sum(-2, keepdims=True))]
        return np.stack([share.reshape(counts.shape) for share in shares], axis=-2)

    def jacobian(counts: FloatArray) -> FloatArray:
        place = np.arange(cells)
        together = (
            np.zeros((cells, cells), dtype=bool),
            np.ones((cells, cells), dtype=bool),
            place[:, None] // columns == place // columns,
            place[:, None] % columns == place % columns,
        )
        slopes = np.empty((cells, _OUTPUTS, cells))
        for output, (same, share) in enumerate(zip(together, function(counts), strict=True)):
            total = np.where(same, counts, 0).sum(1)
            base = np.where(total == 0, np.nan, total) if output else np.ones(cells)
            slopes[:, output] = (np.eye(cells) - np.where(same, share[:, None], 0)) / base[:, None]
        return np.nan_to_num(slopes.reshape(cells * _OUTPUTS, cells))

    numbers, covariance, df = infer_counts(sample, cell, cells, _OUTPUTS, function, jacobian)
    inside = cell >= 0
    counts = sample.respondents[inside]
    n = np.bincount(cell[inside], counts, minlength=cells).astype(np.int64)
    squares = np.bincount(cell[inside], sample.squared_weights[inside], minlength=cells)
    weight = numbers[::_OUTPUTS]
    estimates = []
    for output, axis in enumerate((None, (0, 1), 1, 0)):
        select = np.arange(cells) * _OUTPUTS + output
        within = _degrees_of_freedom(sample, cell, shape, axis if output else None)
        among = [_among(each.reshape(shape), axis if output else (0, 1)) for each in (n, weight, squares)]
        values, matrix = numbers[select], covariance[np.ix_(select, select)]
        base = (among[0], among[1], among[2])
        estimates.append(_estimates(sample, head, output, values, matrix, n, base, df, within))
    return Contingency(rows, columns, float(weight.sum() ** 2 / squares.sum()), *estimates)


def _degrees_of_freedom(
    sample: Sample, cell: IntArray, shape: tuple[int, int], axis: int | tuple[int, int] | None
) -> FloatArray:
    """Return the degrees of freedom (cells,) of the design among the rows that a share is of, as for proportions."""
    rows, columns = shape
    place = np.arange(rows * columns)
    group = place // columns if axis == 1 else place % columns if axis == 0 else np.zeros_like(place)
    inside = np.where(cell >= 0, group[cell], -1)
    return np.asarray(degrees_by_domain(sample, inside, int(group.max()) + 1)[group], dtype=np.float64)


def _among(table: np.ndarray, axis: int | tuple[int, int] | None) -> np.ndarray:
    """Return the sums over an axis of a table, one for each cell."""
    return np.broadcast_to(table.sum(axis, keepdims=True), table.shape).ravel()


def _estimates(
    sample: Sample,
    head: pd.DataFrame,
    output: int,
    values: FloatArray,
    covariance: FloatArray,
    n: IntArray,
    among: tuple[np.ndarray, np.ndarray, np.ndarray],
    df: int,
    within: FloatArray,
) -> Estimates:
    base, weight, squares = among
    se = np.sqrt(np.maximum(np.diag(covariance), 0))
    kish = weight**2 / squares
    with np.errstate(divide="ignore", invalid="ignore"):
        share = values if output else values / weight
        spread = share * (1 - share) * np.where(base > 1, base / (base - 1), np.nan)
        simple = simple_variance(sample, spread, base, weight) * (1 if output else weight**2)
        deff = np.where(simple > 0, se**2 / simple, np.nan)
        n_effective = np.where(deff > 0, base / deff, kish)
        effective = np.where((share > 0) & (share < 1), share * (1 - share) / np.where(se > 0, se, np.nan) ** 2, kish)
    low, high = logit_interval(values, se, within, effective) if output else t_interval(values, se, df)
    no_df = "; no degrees of freedom" if df <= 0 else ""
    flags = [("empty" if people == 0 else "one respondent" if people == 1 else "") + no_df for people in n.tolist()]
    table = head.assign(
        estimate=values,
        se=se,
        low=low,
        high=high,
        n=base if output else n,
        n_effective=n_effective,
        deff=deff,
        flags=[flag.removeprefix("; ") for flag in flags],
    )
    return Estimates(table, covariance, df, tuple(head.columns), "proportion" if output else "total")
