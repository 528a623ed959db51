"""One factor for all members of a household: each counts with the household's mean of what is calibrated.

Lemaître and Dufour (1987), An integrated method for weighting persons and families, Survey Methodology 13, 199-207
(R: ``calibrate(..., aggregate.stage = 1)``).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from trustsurvey.errors import CalibrationError
from trustsurvey.weighting.encoding import FloatArray, IntArray, encode, find_column

__all__ = ["Averaged", "average", "check_clusters"]


@dataclass(frozen=True, slots=True)
class Averaged:
    """Cells: of each row (n,); the weights (cells,), indicators (cells, levels) and ratio (cells,) of each cell."""

    cell: IntArray
    weights: FloatArray
    indicators: sparse.csr_array
    ratio: FloatArray


def check_clusters(data: pd.DataFrame, household: Hashable, cluster: IntArray | None) -> None:
    """Check that no household is in two clusters (n,) of the first stage; None is a cluster for each row.

    Raises
    ------
    CalibrationError
        One is, so that its members were drawn apart.
    """
    code = _codes(data, household)
    of_household = np.zeros(int(code.max()) + 1, dtype=np.intp)
    row_cluster = np.arange(len(code)) if cluster is None else cluster
    of_household[code] = row_cluster
    apart = len(np.unique(code[of_household[code] != row_cluster]))
    if apart:
        raise CalibrationError(
            f"of {len(of_household)} households ({household!r}) {apart} have members in several clusters, but members "
            f"of a household are drawn together; make the design with clusters={household!r}, or with clusters that "
            "hold whole households"
        )


def average(
    data: pd.DataFrame,
    household: Hashable,
    problem: Averaged,
    weights: FloatArray,
    part: IntArray,
    within: Hashable | None,
) -> Averaged:
    """Return cells of households, alike in the means of their members; weights and part are (n,).

    Raises
    ------
    CalibrationError
        Members of a household are in several levels of ``within``, or the household is missing.
    """
    code = _codes(data, household)
    households = int(code.max()) + 1
    of_part = np.zeros(households, dtype=part.dtype)
    of_part[code] = part
    apart = np.unique(code[of_part[code] != part])
    if len(apart):
        raise CalibrationError(
            f"{len(apart)} households ({household!r}) have members in several levels of {within!r}, which are weighted "
            "apart; name households so that each is in one"
        )
    total = np.bincount(code, weights)
    size = np.bincount(code)
    share = weights / total[code]
    # Members who weigh the same count 1 over their number, free of rounding, so that households that are alike match.
    alike = np.ones(households, dtype=bool)
    alike[code[np.abs(share * size[code] - 1) > 1e-9]] = False
    share = np.where(alike[code], 1 / size[code], share)
    members = sparse.coo_array((share, (code, problem.cell)), shape=(households, len(problem.weights))).tocsr()
    members.sum_duplicates()
    kind, first = _alike(members)
    cell = kind[code]
    ratio = np.zeros(households)
    ratio[code] = problem.ratio[problem.cell]
    indicators = sparse.csr_array(members[first] @ problem.indicators)
    return Averaged(cell, np.bincount(cell, weights).astype(np.float64), indicators, ratio[first])


def _alike(members: sparse.csr_array) -> tuple[IntArray, IntArray]:
    """Return a number for each row, the same for rows that are alike, and the first row of each number."""
    lengths = np.diff(members.indptr)
    kind = np.zeros(len(lengths), dtype=np.intp)
    first: list[IntArray] = []
    found = 0
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        place = members.indptr[rows][:, None] + np.arange(length)
        code = np.zeros(len(rows), dtype=np.int64)
        for column in (*members.indices[place].T, *members.data[place].T):
            values, levels = pd.factorize(column)
            code, _ = pd.factorize(code * len(levels) + values)
        kind[rows] = found + code
        first.append(rows[np.unique(code, return_index=True)[1]])
        found += int(code.max()) + 1
    return kind, np.concatenate(first)


def _codes(data: pd.DataFrame, household: Hashable) -> IntArray:
    """Return the household (n,) of each row, numbered from 0.

    Raises
    ------
    CalibrationError
        It is missing somewhere.
    """
    codes = encode(find_column(data, household)).codes
    missing = int((codes < 0).sum())
    if missing:
        raise CalibrationError(
            f"household {household!r} is missing for {missing} of {len(data)} respondents; give each its household, "
            "those who live alone one of their own"
        )
    present: IntArray = np.unique(codes, return_inverse=True)[1]
    return present
