"""Response classes: respondents take over the weight of those of their class who did not respond."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError, listed
from trustsurvey.weighting.adjusting.response import ResponseAdjustment, ResponseMethod
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.nonresponse.reading import Groups, read_groups

__all__ = ["LARGE_FACTOR", "Limits", "adjust_by_classes", "classes_table", "move_weights", "people"]

LARGE_FACTOR = 3.0
_FEW_RESPONDENTS = 20
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The fewest respondents of a class and the largest factor allowed; None: unusual ones are put on record."""

    fewest_respondents: int | None
    largest_factor: float | None


def adjust_by_classes(
    data: pd.DataFrame,
    weights: FloatArray,
    responded: npt.NDArray[np.bool_],
    by: Sequence[Hashable],
    limits: Limits,
) -> ResponseAdjustment:
    """Move the weight (n,) of those who did not respond to the respondents of their class.

    Raises
    ------
    UnknownNameError, InputError
        A column does not exist or is missing for some, or classes have no respondents or exceed the limits.
    """
    groups = read_groups(data, by, weights != 0)
    return move_weights("response classes", tuple(str(name) for name in by), weights, responded, groups, limits, ())


def move_weights(
    method: ResponseMethod,
    variables: tuple[str, ...],
    weights: FloatArray,
    responded: npt.NDArray[np.bool_],
    groups: Groups,
    limits: Limits,
    choices: tuple[str, ...],
) -> ResponseAdjustment:
    """Move the weights (n,) of those who did not respond to the respondents of their group.

    Raises
    ------
    InputError
        Groups have no respondents or exceed the limits.
    """
    code = 2 * groups.code + responded
    totals = np.bincount(code, weights, minlength=2 * len(groups.names)).astype(np.float64)
    rows = people(code, weights, len(totals))
    others, respondents = rows[::2], rows[1::2]
    what = "propensity class" if method == "propensity classes" else "response class"
    remedy = "use fewer classes" if method == "propensity classes" else "merge it with another, or use fewer columns"
    lacking = np.flatnonzero((respondents == 0) & (others > 0))
    if len(lacking):
        without = listed((f"{groups.names[each]} ({others[each]} people)" for each in lacking), "; ")
        if len(lacking) > _MOST_NAMED and others[lacking].sum() < 2 * len(lacking):
            # Their names may be what somebody answered.
            without = "most of one person, check that the columns hold classes"
        raise InputError(
            f"nobody responded in {_counted(len(lacking), what)}: {without}; their weight has nowhere to go: {remedy}"
        )
    factors = np.zeros_like(totals)
    factors[1::2] = (totals[::2] + totals[1::2]) / totals[1::2]
    fewest = _FEW_RESPONDENTS if limits.fewest_respondents is None else limits.fewest_respondents
    largest = limits.largest_factor or LARGE_FACTOR
    few = [
        f"{groups.names[each]} ({respondents[each]} of {respondents[each] + others[each]})"
        for each in np.flatnonzero((respondents < fewest) & (others > 0))
    ]
    high = [f"{groups.names[each]} ({factors[2 * each + 1]:.2f})" for each in np.flatnonzero(factors[1::2] > largest)]
    said_few = f"fewer than {fewest} respondents in {_counted(len(few), what)}: {listed(few, '; ')}"
    said_high = f"adjustment factor above {largest:g} in {_counted(len(high), what)}: {listed(high, '; ')}"
    if few and limits.fewest_respondents is not None:
        raise InputError(f"{said_few}; {remedy}")
    if high and limits.largest_factor is not None:
        raise InputError(f"{said_high}; {remedy}")
    said = tuple(text for text, found in ((said_few, few), (said_high, high)) if found)
    after = np.where(responded, weights * factors[code], 0.0)
    table = classes_table(groups.names, np.arange(len(groups.names)), rows, totals, factors)
    return ResponseAdjustment(
        method, variables, weights, after, code, factors, totals, None, None, table, (*choices, *said)
    )


def classes_table(
    names: Sequence[str], code: IntArray, rows: IntArray, totals: FloatArray, factors: FloatArray
) -> pd.DataFrame:
    """Return the response rate and the factors of each class.

    ``code`` (groups,) is the class of each group; ``rows``, ``totals`` and ``factors`` (cells,) are the people of its
    cells, their weights before, and weight after over weight before.
    """

    def summed(each: FloatArray | IntArray) -> FloatArray:
        return np.bincount(code, each, minlength=len(names)).astype(np.float64)

    least, most = np.full(len(names), np.inf), np.zeros(len(names))
    there = rows[1::2] > 0
    np.minimum.at(least, code[there], factors[1::2][there])
    np.maximum.at(most, code[there], factors[1::2][there])
    return pd.DataFrame(
        {
            "class": list(names),
            "n": summed(rows[::2] + rows[1::2]).astype(np.int64),
            "respondents": summed(rows[1::2]).astype(np.int64),
            "response_rate": summed(totals[1::2]) / summed(totals[::2] + totals[1::2]),
            "smallest_factor": least,
            "largest_factor": most,
        }
    )


def people(cell: IntArray, weights: FloatArray, cells: int) -> IntArray:
    """Return how many people with a weight (n,) there are in each cell (cells,)."""
    counted = weights != 0
    return np.bincount(cell if counted.all() else cell[counted], minlength=cells)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 'es'}"
