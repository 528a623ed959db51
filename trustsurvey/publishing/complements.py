"""What else to withhold so that nobody can work out a withheld cell from the published ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["Rows", "rows_by", "withheld_with_complements"]

Rows = NDArray[np.intp]
_EXACT = 1e-8


def rows_by(table: pd.DataFrame, keys: Sequence[str], **total: str) -> list[Rows]:
    """Return the positions of the rows that agree in some key columns.

    Parameters
    ----------
    table : pandas.DataFrame
    keys : sequence of str
    **total : str
        Columns and values that make a row the total of its set, as in ``wave="all"``; sets without such a row are left
        out.
    """
    if table.empty:
        return []
    number = table.groupby(list(keys), sort=False, observed=True, dropna=False).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    sets: list[Rows] = np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
    if not total:
        return sets
    is_total = np.logical_and.reduce([(table[column] == value).to_numpy(dtype=bool) for column, value in total.items()])
    return [rows for rows in sets if is_total[rows].any()]


def withheld_with_complements(
    withheld: NDArray[np.bool_], sizes: NDArray[np.float64], sets: Sequence[Rows]
) -> NDArray[np.bool_]:
    """Return which cells to withhold so that no withheld cell follows from the published ones.

    The cells of a set are tied by one sum: groups and their total, waves and their mean. Where exactly one of them is
    withheld, the others give it away, so the next smallest is withheld too; and so on, until no cell follows from any
    combination of sets.

    Parameters
    ----------
    withheld : array of bool, shape (cells,)
    sizes : array of float, shape (cells,)
        Respondents of each cell: smaller ones go first.
    sets : sequence of arrays of int
        Positions of the cells of each set; a set of one cell ties nothing.

    Returns
    -------
    array of bool, shape (cells,)

    Notes
    -----
    A cell follows from the published ones when its unit vector lies in the row space of the sets restricted to the
    withheld cells (Willenborg and de Waal 2001, ch. 6). Every cell counts once in a set: the population share that a
    group has in a total rescales its cells, and so changes nothing.
    """
    hidden = withheld.copy()
    sets = [rows for rows in sets if len(rows) > 1]
    while _close_single(hidden, sizes, sets) or _close_combined(hidden, sizes, sets):
        pass
    return hidden


def _close_single(hidden: NDArray[np.bool_], sizes: NDArray[np.float64], sets: Sequence[Rows]) -> bool:
    """Withhold, in place, a second cell of every set of which one is withheld; return whether there was any."""
    changed = False
    for rows in sets:
        inside = hidden[rows]
        if np.count_nonzero(inside) == 1:
            others = rows[~inside]
            hidden[others[np.argmin(sizes[others])]] = True
            changed = True
    return changed


def _close_combined(hidden: NDArray[np.bool_], sizes: NDArray[np.float64], sets: Sequence[Rows]) -> bool:
    """Withhold, in place, a cell wherever several sets together give one away; return whether there was any."""
    touched = [rows for rows in sets if hidden[rows].any()]
    if not touched:
        return False
    column = np.cumsum(hidden) - 1
    pairs = [(number, column[row]) for number, rows in enumerate(touched) for row in rows[hidden[rows]]]
    ties = csr_matrix((np.ones(len(pairs)), tuple(np.array(pairs).T)), shape=(len(touched), int(hidden.sum())))
    _, block_of = connected_components(ties @ ties.T, directed=False)
    blocks = [np.flatnonzero(block_of == block) for block in range(block_of.max() + 1)]
    closed = [_close_block(hidden, sizes, [touched[number] for number in block]) for block in blocks]
    return any(closed)


def _close_block(hidden: NDArray[np.bool_], sizes: NDArray[np.float64], sets: Sequence[Rows]) -> bool:
    """Withhold, in place, a cell of some connected sets where they give one away; return whether they did."""
    unknown = np.unique(np.concatenate([rows[hidden[rows]] for rows in sets]))
    ties = np.array([np.isin(unknown, rows) for rows in sets], dtype=float)
    inverse = np.linalg.pinv(ties, rcond=1e-10)
    for cell in np.flatnonzero(np.einsum("ij,ji->i", inverse, ties) > 1 - _EXACT):
        used = [rows for rows, part in zip(sets, inverse[cell], strict=True) if abs(part) > _EXACT]
        rows = np.unique(np.concatenate(used))
        others = rows[~hidden[rows]]
        if len(others):
            hidden[others[np.argmin(sizes[others])]] = True
            return True
    return False
