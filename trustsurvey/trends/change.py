"""Change between waves and gaps between groups, each with what the design could have detected."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.weighting.estimation.estimates import Estimates

__all__ = ["Trend", "changes", "detectable_change", "gaps", "trend"]


@dataclass(frozen=True, slots=True)
class Trend:
    """A series of estimates over waves and the changes from each wave to the next.

    Parameters
    ----------
    levels : Estimates
        A row per wave (and group), as given.
    changes : Estimates
        A row per wave but the first (and group): see ``changes``.
    """

    levels: Estimates
    changes: Estimates

    def __repr__(self) -> str:
        return f"{self.levels}\n\nchange from each wave to the next\n{self.changes}"

    @property
    def table(self) -> pd.DataFrame:
        """The levels with, beside each, its change: ``change``, its ``change_se``, limits, ``p_value``, ``detectable``.

        The first wave of a series has no change. ``change_flags`` says what there is to say of either wave.
        """
        keys = list(self.levels.keys)
        changed = self.changes.table[[*keys, "estimate", "se", "low", "high", "p_value", "detectable", "flags"]]
        names = {"estimate": "change", **{name: f"change_{name}" for name in ("se", "low", "high", "flags")}}
        table = self.levels.table.merge(changed.rename(columns=names), on=keys, how="left")
        return table.assign(change_flags=table["change_flags"].fillna(""))


def trend(estimates: Estimates, wave: str = "wave") -> Trend:
    """Return a series over waves with the change from each wave to the next.

    Parameters
    ----------
    estimates : Estimates
        Rows by wave, and by whatever else; for example ``design.mean("trust", by=["wave", "origin"])``.
    wave : str
        Name of the column that holds the wave; waves follow each other in the order of the rows.

    Returns
    -------
    Trend

    Raises
    ------
    InputError
        These are no estimates.
    UnknownNameError
        The estimates have no such column.
    """
    return Trend(estimates, changes(estimates, wave))


def changes(estimates: Estimates, wave: str = "wave") -> Estimates:
    """Return the change from each wave to the next, within every group.

    The variance is V1 + V2 - 2 Cov, so waves that share respondents are compared rightly.

    Parameters
    ----------
    estimates, wave
        As in ``trend``.

    Returns
    -------
    Estimates
        The table has the columns of the estimates, with ``previous`` (the wave compared with), ``n_previous``,
        ``p_value`` (two-sided, Student's t on the design's degrees of freedom) and ``detectable``: see
        ``detectable_change``. ``n`` is that of the later wave. Where one of the two waves has a single respondent
        there is no standard error, so nothing is known to be detectable.

    Raises
    ------
    InputError
        These are no estimates.
    UnknownNameError
        The estimates have no such column.
    """
    _needs(estimates, wave)
    others = [column for column in estimates.keys if column != wave]
    pairs = [
        pair
        for positions in _groups(estimates.table, others)
        for pair in zip(positions[1:], positions[:-1], strict=True)
    ]
    return _differences(estimates, pairs, wave, "previous")


def gaps(estimates: Estimates, column: str, reference: Hashable) -> Estimates:
    """Return how far each group is from the reference group, within every wave (and whatever else the rows hold).

    Parameters
    ----------
    estimates : Estimates
        For example ``design.mean("trust", by=["wave", "origin"])``.
    column : str
        The column that holds the groups.
    reference : hashable
        The group the others are compared with.

    Returns
    -------
    Estimates
        Estimate is group minus reference; the table has ``reference``, ``n_reference``, ``p_value`` and
        ``detectable`` besides, missing as in ``changes``.

    Raises
    ------
    InputError
        These are no estimates.
    UnknownNameError
        No such column, or no such group.
    """
    _needs(estimates, column)
    groups = estimates.table[column].tolist()
    if reference not in groups:
        raise UnknownNameError(f"group in {column!r}", reference, dict.fromkeys(groups))
    others = [each for each in estimates.keys if each != column]
    pairs: list[tuple[int, int]] = []
    for positions in _groups(estimates.table, others):
        base = [position for position in positions if groups[position] == reference]
        pairs += [(position, base[0]) for position in positions if base and position != base[0]]
    return _differences(estimates, pairs, column, "reference")


def detectable_change(
    se: float | NDArray[np.float64], df: float, power: float = 0.8, level: float = 0.05
) -> float | NDArray[np.float64]:
    """Return the smallest true change that a two-sided test would find with the given power.

    Parameters
    ----------
    se : float or array
        Standard error of the change, in the units of the estimate.
    df : float
        Degrees of freedom of the design.
    power, level : float
        Probability of finding it, and of a false alarm.

    Notes
    -----
    (t(1 - level / 2) + t(power)) * se (Bloom 1995).
    R: ``(qt(1 - level / 2, df) + qt(power, df)) * se``.
    """
    if not (0 < power < 1 and 0 < level < 1):
        raise InputError(f"power {power!r} and level {level!r} must lie between 0 and 1")
    return se * float(stats.t.ppf(1 - level / 2, df) + stats.t.ppf(power, df))


def _needs(estimates: Estimates, column: str) -> None:
    if not isinstance(estimates, Estimates):
        raise InputError(
            'changes and gaps are taken of estimates, as from design.mean("trust", by=["wave", "origin"]); '
            f"got {type(estimates).__name__}"
        )
    if column not in estimates.keys:
        raise UnknownNameError("column of the estimates", column, estimates.keys)


def _groups(table: pd.DataFrame, keys: list[str]) -> list[list[int]]:
    """Return the positions of the rows of each combination of the keys, in the order of their first row."""
    if not keys:
        return [list(range(len(table)))]
    positions: dict[tuple[Hashable, ...], list[int]] = {}
    for position, key in enumerate(table[keys].itertuples(index=False, name=None)):
        positions.setdefault(key, []).append(position)
    return list(positions.values())


def _differences(estimates: Estimates, pairs: list[tuple[int, int]], column: str, against: str) -> Estimates:
    """Return the first row of each pair minus the second, whose key stands in column ``against``."""
    table = estimates.table
    first = [one for one, _ in pairs]
    second = [other for _, other in pairs]
    matrix = np.zeros((len(pairs), len(table)))
    matrix[np.arange(len(pairs)), first] = 1
    matrix[np.arange(len(pairs)), second] = -1
    made = estimates.contrast(matrix)
    keys = table[list(estimates.keys)].iloc[first].reset_index(drop=True)
    keys[against] = table[column].iloc[second].to_numpy()
    se = made.table["se"].to_numpy(dtype=np.float64)
    numbers = made.table.drop(columns="contrast").assign(
        # An error of 0 comes of answers that are all alike; it does not mean that any change would be found.
        detectable=detectable_change(np.where(se > 0, se, np.nan), made.df),
        n=table["n"].iloc[first].to_numpy(),
    )
    numbers[f"n_{against}"] = table["n"].iloc[second].to_numpy()
    return replace(made, table=pd.concat([keys, numbers], axis=1), by=estimates.by, statistic="difference")
