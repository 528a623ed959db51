"""Which numbers may leave the house: every table is checked here before anything else sees it.

What is done to a table: cells are withheld below the policy's limits; then others go with them until none can be worked
out from what is left, be it from groups and their total or from waves and their mean. Each table is checked by itself:
what several tables give away together is not solved here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.publishing.complements import Rows, withheld_with_complements
from trustsurvey.publishing.policy import Limits, Policy, load_policy

__all__ = ["Limits", "Policy", "load_policy", "publish", "publish_counts", "publish_differences", "rounded_count"]

PUBLISHED, FLAGGED, WITHHELD = "published", "flagged", "withheld"
_ORDER = {WITHHELD: 0, FLAGGED: 1, PUBLISHED: 2}
_POINTS = ("estimate", "low", "high", "detectable")
_COUNTS = ("n", "n_effective", "n_previous", "n_reference")
_DECIMALS = {"deff": 2, "p_value": 3}
NUMBERS = (*_POINTS, "se", *_COUNTS, *_DECIMALS)


def publish(
    table: pd.DataFrame,
    policy: Policy,
    *,
    share: bool = False,
    sets: Sequence[Rows] = (),
    sensitive: pd.Series | bool = False,
) -> pd.DataFrame:
    """Return a table of estimates as it may be published.

    Parameters
    ----------
    table : pandas.DataFrame
        Tidy estimates: ``estimate``, ``se``, ``low``, ``high``, ``n``, ``n_effective``, ``deff`` and key columns.
    policy : Policy
    share : bool
        Whether the estimates are shares of 0 to 1; they are published as percentages.
    sets : sequence of arrays of int
        Positions of rows that one sum ties; see ``complements.rows_by``. Where the others of a set would give a
        withheld row away, the one with the next smallest ``n`` is withheld too.
    sensitive : pandas.Series of bool, or bool
        Rows in which 0 % and 100 % are withheld.

    Returns
    -------
    pandas.DataFrame
        The rows in their order with a column ``status`` ("published", "flagged", "withheld"); numbers rounded as the
        policy says, and blank where withheld. Empty, one-respondent and all-missing cells are withheld.

    Raises
    ------
    InputError
        A column is lacking.
    """
    _needs(table, ("estimate", "low", "high", "n", "n_effective"))
    table = _in_points(table, 100.0 if share else 1.0)
    status = _status(table, policy)
    if share:
        # A share of 0 or 1 has no sampling variance of its own, so no design effect: its n stands in.
        extreme = table["estimate"].isin([0.0, 100.0]) & table["n_effective"].isna()
        table = table.assign(n_effective=table["n_effective"].mask(extreme, table["n"]))
        status = _status(table, policy)
        estimate = table["estimate"].round(policy.decimals)
        status[((estimate <= 0) | (estimate >= 100)) & sensitive] = WITHHELD
    status = _with_complements(status, table["n"], sets)
    return _blank(_rounded(table, policy), status)


def publish_differences(
    table: pd.DataFrame,
    policy: Policy,
    published: pd.DataFrame,
    sides: Sequence[Mapping[str, str]],
) -> pd.DataFrame:
    """Return a table of differences between estimates as it may be published.

    A difference is published only where both of its sides are: with one side, it would give the other away. It bears
    the worse mark of the two, and its own interval must be narrow enough.

    Parameters
    ----------
    table : pandas.DataFrame
        Tidy differences in points, with the columns of ``publish``.
    policy : Policy
    published : pandas.DataFrame
        The estimates compared, after ``publish``.
    sides : sequence of mapping
        For each side, the columns of ``published`` by the column of ``table`` that holds their value.

    Returns
    -------
    pandas.DataFrame
        As ``publish``.
    """
    _needs(table, ("estimate", "low", "high"))
    table = _in_points(table, 1.0)
    half_width = (table["high"] - table["low"]) / 2
    rank = pd.Series(_ORDER[WITHHELD], table.index)
    rank[half_width <= policy.flag.half_width] = _ORDER[FLAGGED]
    rank[half_width <= policy.publish.half_width] = _ORDER[PUBLISHED]
    rank[table["estimate"].isna()] = _ORDER[WITHHELD]
    for side in sides:
        _needs(table, tuple(side))
        keys = pd.MultiIndex.from_frame(table[list(side)].astype(str))
        known = pd.Series(
            published["status"].map(_ORDER).to_numpy(),
            pd.MultiIndex.from_frame(published[list(side.values())].astype(str)),
        )
        found = known.reindex(keys).fillna(_ORDER[WITHHELD]).to_numpy()
        rank = pd.Series(np.minimum(rank, found), table.index)
    names = {number: name for name, number in _ORDER.items()}
    return _blank(_rounded(table, policy), rank.map(names))


def publish_counts(
    table: pd.DataFrame, policy: Policy, column: str = "count", sets: Sequence[Rows] = ()
) -> pd.DataFrame:
    """Return a table of counts as it may be published: small ones withheld, the others rounded.

    Parameters
    ----------
    table : pandas.DataFrame
        One count per row.
    policy : Policy
    column : str
        The column that holds the count.
    sets : sequence of arrays of int
        As in ``publish``.
    """
    _needs(table, (column,))
    counts = table[column].astype(float)
    status = pd.Series(PUBLISHED, table.index, dtype=object)
    status[~(counts >= policy.minimum_count)] = WITHHELD
    status = _with_complements(status, counts, sets)
    published = counts.map(lambda count: rounded_count(count, policy)).astype("Int64")
    return table.assign(**{column: published.mask(status == WITHHELD)}).assign(status=status.astype(str))


def rounded_count(count: float, policy: Policy) -> int | None:
    """Return a count as it may be published, None where it is missing or too small."""
    if not count >= policy.minimum_count:
        return None
    return round(count / policy.round_counts_to) * policy.round_counts_to


def _status(table: pd.DataFrame, policy: Policy) -> pd.Series:
    half_width = (table["high"] - table["low"]) / 2
    status = pd.Series(WITHHELD, table.index, dtype=object)
    for limits, name in ((policy.flag, FLAGGED), (policy.publish, PUBLISHED)):
        # A missing value meets no limit.
        meets = (
            (table["n"] >= limits.n)
            & (table["n_effective"] >= limits.n_effective)
            & (half_width <= limits.half_width)
            & table["estimate"].notna()
        )
        status[meets] = name
    return status


def _with_complements(status: pd.Series, sizes: pd.Series, sets: Sequence[Rows]) -> pd.Series:
    """Return the status of every row once those that would give a withheld one away are withheld too."""
    withheld = (status == WITHHELD).to_numpy(dtype=bool)
    return status.mask(withheld_with_complements(withheld, sizes.to_numpy(dtype=float), sets), WITHHELD)


def _in_points(table: pd.DataFrame, scale: float) -> pd.DataFrame:
    present = [column for column in NUMBERS if column in table.columns]
    numbers = table[present].astype(float).replace([np.inf, -np.inf], np.nan)
    scaled = [column for column in (*_POINTS, "se") if column in present]
    numbers[scaled] = numbers[scaled] * scale
    return table.assign(**{column: numbers[column] for column in present})


def _rounded(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    decimals = dict.fromkeys(_POINTS, policy.decimals) | {"se": policy.decimals + 1} | _DECIMALS
    changed: dict[str, pd.Series] = {}
    for column, places in decimals.items():
        if column in table.columns:
            changed[column] = table[column].round(places) + 0.0  # no minus zero
    for column in _COUNTS:
        if column in table.columns:
            step = policy.round_counts_to
            changed[column] = (table[column] / step).round() * step
    return table.assign(**changed)


def _blank(table: pd.DataFrame, status: pd.Series) -> pd.DataFrame:
    hidden = status == WITHHELD
    changed = {column: table[column].mask(hidden) for column in NUMBERS if column in table.columns}
    for column in _COUNTS:
        if column in changed:
            changed[column] = changed[column].astype("Int64")
    if "flags" in table.columns:
        changed["flags"] = table["flags"].astype(object).mask(hidden, "").astype(str)
    return table.assign(**changed, status=status.astype(str)).reset_index(drop=True)


def _needs(table: pd.DataFrame, columns: Sequence[str]) -> None:
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        have = ", ".join(map(str, table.columns))
        raise InputError(f"the table lacks {', '.join(lacking)}; it has {have}; give a table of estimates")
