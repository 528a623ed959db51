"""What an adjustment for non-response starts from: who responded, and the groups of people who are alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import IntArray, as_numbers, combine, encode, find_column

__all__ = ["Groups", "read_groups", "read_respondents"]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """People who are alike: ``code`` (n,), and for each group a name."""

    code: IntArray
    names: tuple[str, ...]


def read_respondents(data: pd.DataFrame, respondent: object, eligible: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return who responded (n,), among those with a weight.

    Parameters
    ----------
    data : DataFrame
    respondent : str, or Series or array of n booleans
        A column of true and false (or 1 and 0), or its values.
    eligible : (n,) array
        Who counts at all.

    Raises
    ------
    InputError
        Not one true or false for each row that counts, nobody responded, or everybody did.
    """
    if isinstance(respondent, str):
        column, name = find_column(data, respondent), f"column {respondent!r}"
    elif isinstance(respondent, pd.Series):
        if not respondent.index.equals(data.index):
            raise InputError("respondent is not indexed as the data; pass its values in the order of the rows")
        column, name = respondent, "respondent"
    else:
        if not isinstance(respondent, list | tuple | np.ndarray | pd.api.extensions.ExtensionArray) or (
            np.shape(respondent) != (len(data),)
        ):
            raise InputError(f"respondent is a column, or one true or false for each of the {len(data)} rows")
        column, name = pd.Series(respondent, index=data.index), "respondent"
    numbers = as_numbers(column)
    if numbers is None:
        raise InputError(f"{name} says who responded by true and false, or 1 and 0; it holds {column.dtype}")
    numbers = numbers[eligible]
    missing = int(np.isnan(numbers).sum())
    if missing:
        raise InputError(f"{name} is missing in {missing} of {len(numbers)} rows; everybody responded or did not")
    strange = int((~np.isin(numbers, (0.0, 1.0))).sum())
    if strange:
        raise InputError(f"{name} is neither true nor false (1 or 0) in {strange} of {len(numbers)} rows")
    responded = np.zeros(len(data), dtype=bool)
    responded[eligible] = numbers == 1
    if not responded.any():
        raise InputError(f"{name} says that nobody responded; true is for those who did")
    if (numbers == 1).all():
        raise InputError(
            f"{name} says that everybody responded, so there is nothing to adjust; the design needs a row for each "
            "person in the sample, also for those who did not respond"
        )
    return responded


def read_groups(data: pd.DataFrame, names: Sequence[Hashable], eligible: npt.NDArray[np.bool_]) -> Groups:
    """Return the combinations of columns that occur among those who count.

    Raises
    ------
    UnknownNameError
        No such column.
    InputError
        A column is missing for some.
    """
    code = np.zeros(len(data), dtype=np.intp)
    if not names:
        return Groups(code, ("everybody",))
    columns = [encode(find_column(data, name)) for name in names]
    complaints = []
    for name, column in zip(names, columns, strict=True):
        missing = int((column.codes[eligible] < 0).sum())
        if missing:
            complaints.append(f"{str(name)!r} is missing in {missing} of {int(eligible.sum())} rows")
    if complaints:
        raise InputError(
            f"{'; '.join(complaints)}: what is known about respondents only cannot adjust for non-response; use "
            "columns known for the whole sample, or make missing a level of its own"
        )
    sizes = [max(1, len(column.levels)) for column in columns]
    number, members, _ = combine([column.codes[eligible] for column in columns], sizes)
    code[eligible] = number
    labels = [column.labels for column in columns]
    texts = tuple(
        ", ".join(f"{name}={label[each]}" for name, label, each in zip(names, labels, member, strict=True))
        for member in members
    )
    return Groups(code, texts)
