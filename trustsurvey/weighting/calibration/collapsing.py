"""Propose which levels of margin variables to merge, so that each has enough respondents."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from trustsurvey.errors import CalibrationError, shown_value
from trustsurvey.weighting.calibration.grouping import Groups, contiguous_groups, few_groups
from trustsurvey.weighting.calibration.margins import MarginTable, shown
from trustsurvey.weighting.encoding import FloatArray, IntArray, check_name, encode, find_column, whole_number

__all__ = ["CollapseProposal", "propose"]

_COLUMNS = ["variable", "level", "joins", "respondents", "respondents_after", "share", "share_after", "why"]
_LEADING_NUMBER = re.compile(r"\W*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CollapseProposal:
    """Levels to merge so that each level, and each cell of margins of several variables, has enough respondents.

    Nothing is merged by it: pass ``collapse`` to ``rake`` or ``calibrate``, changed as you see fit.

    Attributes
    ----------
    table : DataFrame
        A row for each level that joins another: ``variable``, ``level``, ``joins``, ``respondents`` of the level and
        ``respondents_after`` of the merged one, ``share`` of the level in the population and ``share_after`` (NaN
        where no margin has the variable alone), and ``why``.
    collapse : dict
        The same as ``{variable: {level: the level it joins}}``.
    minimum : int
        The respondents that a level needs.
    ordered : tuple
        The variables whose levels were taken to be in an order, so that neighbours join.
    """

    table: pd.DataFrame
    collapse: dict[str, dict[Hashable, Hashable]]
    minimum: int
    ordered: tuple[Hashable, ...]

    def __repr__(self) -> str:
        if self.table.empty:
            return f"CollapseProposal: every level has {self.minimum} respondents or more; nothing to merge"
        lines = [
            f"  {row.variable}: {row.level} joins {row.joins}, {row.respondents_after} respondents together ({row.why})"
            for row in self.table.itertuples()
        ]
        merged = set(self.table["variable"])
        neighbours = [str(name) for name in self.ordered if str(name) in merged]
        if neighbours:
            taken = f"levels of {', '.join(neighbours)} are taken to be in an order, so neighbours join"
            lines.append(f"  {taken}; where they are not, name the variables that are by ordered=[...]")
        return "\n".join([f"CollapseProposal: levels to merge for {self.minimum} respondents or more", *lines])


@dataclass(frozen=True, slots=True)
class _Variable:
    """Levels of a variable, of the sample and of the population; ``code`` (n,) is -1 where missing."""

    name: Hashable
    labels: list[Hashable]
    code: IntArray
    ordered: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """Respondents (parts, levels of each variable ...) and amounts (levels ...) of one margin; NaN where left free."""

    name: str
    variables: tuple[int, ...]
    respondents: FloatArray
    amounts: FloatArray


def propose(
    data: pd.DataFrame,
    respondents: IntArray,
    tables: Sequence[MarginTable],
    *,
    within: Hashable | None,
    minimum: int,
    ordered: Sequence[Hashable] | None,
) -> CollapseProposal:
    """Return the levels to merge; ``respondents`` (n,) stand behind each row.

    Raises
    ------
    CalibrationError
        There are fewer respondents than the minimum, or ``ordered`` names no margin variable.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.variables))
    if ordered is not None and not isinstance(ordered, list | tuple):
        raise CalibrationError(f"ordered is a list of margin variables; got {shown_value(ordered)}")
    for name in ordered or ():
        check_name(name)
    strange = [name for name in ordered or () if name not in set(names)]
    if strange:
        raise CalibrationError(f"ordered names no margin variable: {shown(strange)}; these are {shown(names)}")
    if whole_number(minimum, 1) is None:
        raise CalibrationError(f"minimum is a whole number of respondents, 1 or more; got {shown_value(minimum)}")
    part, parts = np.zeros(len(data), dtype=np.intp), ["all"]
    if within is not None:
        encoded = encode(find_column(data, within))
        present = np.unique(encoded.codes[encoded.codes >= 0])
        parts = [f"{within} {encoded.labels[each]}" for each in present]
        if not len(present):
            raise CalibrationError(f"{within!r} is missing for everybody, so no level can be within it")
        part = np.where(encoded.codes >= 0, np.searchsorted(present, encoded.codes), -1)
    sizes = np.bincount(part[part >= 0], respondents[part >= 0], minlength=len(parts))
    if int(sizes.min()) < minimum:
        few = int(sizes.argmin())
        raise CalibrationError(
            f"{parts[few]}: {sizes[few]:.0f} respondents in all, and every level should have {shown_value(minimum)}; "
            "lower minimum"
        )
    variables = [_variable(data, name, tables, ordered) for name in names]
    counted = [_count(table, names, variables, part, len(parts), respondents) for table in tables]
    groups = [Groups.apart(len(variable.labels)) for variable in variables]
    reasons: dict[tuple[int, int], str] = {}
    for table in sorted(counted, key=lambda each: len(each.variables)):
        if len(table.variables) == 1:
            groups[table.variables[0]] = _merge_levels(table, variables[table.variables[0]], minimum)
            _say_why(reasons, table, variables, minimum, parts)
    for table in counted:
        if len(table.variables) > 1:
            _merge_cells(table, variables, groups, minimum)
            _say_why(reasons, table, variables, minimum, parts)
    return _proposal(variables, counted, groups, reasons, minimum, respondents)


def _variable(
    data: pd.DataFrame, name: Hashable, tables: Sequence[MarginTable], ordered: Sequence[Hashable] | None
) -> _Variable:
    column = find_column(data, name)
    encoded = encode(column)
    sample = encoded.labels
    used = np.bincount(encoded.codes[encoded.codes >= 0], minlength=len(sample)) > 0
    listed = [
        level[table.variables.index(name)] for table in tables if name in table.variables for level in table.levels
    ]
    known = set(listed)
    categories = isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered
    kept = [label for label, here in zip(sample, used, strict=True) if here or label in known]
    labels = list(dict.fromkeys([*kept, *listed]))
    number = [_number(label) for label in labels]
    numeric = all(each is not None for each in number) and len(set(number)) == len(number)
    in_order = name in ordered if ordered is not None else bool(categories or numeric)
    if numeric and not categories:
        labels = [labels[each] for each in np.argsort([each or 0 for each in number], kind="stable")]
    elif in_order and not categories and list(dict.fromkeys(listed)):
        labels = list(dict.fromkeys([*listed, *kept]))
    place = {label: number for number, label in enumerate(labels)}
    lookup = np.array([*(place.get(label, -1) for label in sample), -1], dtype=np.intp)
    return _Variable(name, labels, lookup[encoded.codes], in_order)


def _number(label: Hashable) -> float | None:
    if isinstance(label, bool | np.bool_):
        return None
    if isinstance(label, int | float | np.number) and not isinstance(label, complex | np.complexfloating):
        try:
            return float(label)
        except OverflowError:
            return None
    found = _LEADING_NUMBER.match(label) if isinstance(label, str) else None
    return float(found.group(1)) if found else None


def _count(
    table: MarginTable,
    names: Sequence[Hashable],
    variables: Sequence[_Variable],
    part: IntArray,
    parts: int,
    respondents: IntArray,
) -> _Table:
    which = tuple(names.index(name) for name in table.variables)
    shape = tuple(len(variables[each].labels) for each in which)
    codes = [variables[each].code for each in which]
    known = np.all([code >= 0 for code in codes], axis=0) & (part >= 0)
    place = np.ravel_multi_index((part[known], *(code[known] for code in codes)), (parts, *shape))
    counts = np.bincount(place, respondents[known], minlength=parts * int(np.prod(shape))).reshape(parts, *shape)
    amounts = np.zeros(shape)
    for level, amount in zip(table.levels, table.amounts, strict=True):
        amounts[tuple(variables[each].labels.index(label) for each, label in zip(which, level, strict=True))] = amount
    return _Table(table.name, which, counts.astype(np.float64), amounts)


def _lacking(respondents: FloatArray, amounts: FloatArray, minimum: int) -> FloatArray:
    """Return how many respondents cells are short of, whatever their shape after the first axis; 0 where fine."""
    short = np.maximum(minimum - respondents, 0).sum(axis=0)
    nobody = respondents.sum(axis=0) == 0
    unwanted = (amounts == 0) & ~nobody
    short = np.where(unwanted, np.maximum(short, minimum), short)
    return np.where((nobody & (amounts == 0)) | np.isnan(amounts), 0.0, short)


def _merge_levels(table: _Table, variable: _Variable, minimum: int) -> Groups:
    def fine(levels: Sequence[int]) -> bool:
        chosen = list(levels)
        amount = table.amounts[chosen].sum()
        return not _lacking(table.respondents[:, chosen].sum(axis=1), np.array(amount), minimum).any()

    size = table.respondents.min(axis=0)
    if variable.ordered:
        return contiguous_groups(len(size), fine, size)
    return few_groups(size, fine, minimum)


def _merge_cells(table: _Table, variables: Sequence[_Variable], groups: list[Groups], minimum: int) -> None:
    """Merge levels until every cell is fine: each time where the fewest respondents are lacking afterwards."""

    def lacking(tried: Sequence[Groups]) -> float:
        counts, amounts = table.respondents, table.amounts
        for axis, each in enumerate(table.variables):
            counts, amounts = tried[each].sums(counts, axis + 1), tried[each].sums(amounts, axis)
        return float(_lacking(counts, amounts, minimum).sum())

    while lacking(groups) > 0:
        best: tuple[float, float, int, Groups] | None = None
        for each in table.variables:
            known = groups[each]
            numbers = range(known.number)
            pairs = pairwise(numbers) if variables[each].ordered else combinations(numbers, 2)
            axes = tuple(axis for axis in range(table.respondents.ndim) if axis != table.variables.index(each) + 1)
            size = known.sums(table.respondents.sum(axis=axes), 0)
            for one, other in pairs:
                tried = [*groups]
                tried[each] = known.joined(one, other)
                outcome = (lacking(tried), float(size[one] + size[other]))
                if best is None or outcome < best[:2]:
                    best = (*outcome, each, tried[each])
        if best is None:
            raise CalibrationError(
                f"margin {table.name!r}: no merge of levels gives every cell {minimum} respondents; lower minimum"
            )
        groups[best[2]] = best[3]


def _say_why(
    reasons: dict[tuple[int, int], str],
    table: _Table,
    variables: Sequence[_Variable],
    minimum: int,
    parts: Sequence[str],
) -> None:
    """Note for each level the cell in which it lacks most respondents."""
    lacking = _lacking(table.respondents, table.amounts, minimum)
    for place in sorted(map(tuple, np.argwhere(lacking > 0).tolist()), key=lambda each: -lacking[each]):
        counts = table.respondents.reshape(len(parts), -1)[:, np.ravel_multi_index(place, lacking.shape)]
        fewest = int(counts.argmin())
        labels = [str(variables[each].labels[code]) for each, code in zip(table.variables, place, strict=True)]
        where = f"{table.name} {', '.join(labels)}: " if len(labels) > 1 else ""
        if table.amounts[place] == 0:
            why = f"{where}the population lacks it"
        else:
            why = f"{where}{counts[fewest]:.0f} respondents" if counts[fewest] else f"{where}no respondents"
            why += f" in {parts[fewest]}" if len(parts) > 1 else ""
        for each, code in zip(table.variables, place, strict=True):
            reasons.setdefault((each, code), why)


def _proposal(
    variables: Sequence[_Variable],
    tables: Sequence[_Table],
    groups: Sequence[Groups],
    reasons: dict[tuple[int, int], str],
    minimum: int,
    respondents: IntArray,
) -> CollapseProposal:
    rows: list[tuple[object, ...]] = []
    collapse: dict[str, dict[Hashable, Hashable]] = {}
    for number, (variable, grouped) in enumerate(zip(variables, groups, strict=True)):
        name = str(variable.name)
        known = variable.code >= 0
        size = np.bincount(variable.code[known], respondents[known], minlength=len(variable.labels))
        alone = [table.amounts for table in tables if table.variables == (number,)]
        share = alone[0] / np.nansum(alone[0]) if alone else np.full(len(size), np.nan)
        for levels in grouped.members():
            stays = max(levels, key=lambda each: (size[each], np.nan_to_num(share[each])))
            joins, together = variable.labels[stays], (int(size[levels].sum()), share[levels].sum())
            for level in levels:
                if level == stays:
                    continue
                why = reasons.get((number, level)) or reasons.get((number, stays)) or "between two that are merged"
                label = variable.labels[level]
                rows.append((name, label, joins, int(size[level]), together[0], share[level], together[1], why))
                collapse.setdefault(name, {})[label] = joins
    in_order = tuple(variable.name for variable in variables if variable.ordered)
    return CollapseProposal(pd.DataFrame(rows, columns=_COLUMNS), collapse, int(minimum), in_order)
