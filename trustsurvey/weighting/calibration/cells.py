"""Match margins with a sample: encode the margin variables once, number the cells that occur, set the targets."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from trustsurvey.errors import CalibrationError
from trustsurvey.weighting.calibration.margins import Collapse, MarginTable, common_total, merge_levels, shown
from trustsurvey.weighting.calibration.problem import CalibrationProblem, Margin
from trustsurvey.weighting.encoding import FloatArray, IntArray, as_numbers, combine, encode, find_column

__all__ = ["Missing", "build_problem"]

Missing = Literal["error", "keep"]
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Variable:
    """A margin variable: codes (n,), ``len(labels)`` where the value is missing, as it is ``missing`` times."""

    name: Hashable
    codes: IntArray
    labels: list[Hashable]
    missing: int


@dataclass(frozen=True, slots=True)
class _Cells:
    """The combinations of margin variables that occur.

    ``members`` (cells, variables) are their codes; ``rows`` and ``weights`` (cells,) the respondents in them.
    """

    cell: IntArray
    members: IntArray
    rows: IntArray
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class _Part:
    """The levels of ``within``: code (cells,), names, and by level the total of the targets and of the weights."""

    code: IntArray
    names: list[str]
    prefix: str
    totals: FloatArray
    weights: FloatArray


def build_problem(
    data: pd.DataFrame,
    weights: FloatArray,
    tables: Sequence[MarginTable],
    continuous: Mapping[Hashable, float],
    *,
    within: str | None,
    missing: Missing,
    collapse: Collapse,
) -> CalibrationProblem:
    """Return the calibration problem of margins and a sample.

    Raises
    ------
    CalibrationError
        Levels do not match, values are missing, or totals contradict each other.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.variables))
    if within is not None and find_column(data, within).name in (*names, *continuous):
        raise CalibrationError(f"within={within!r} is a margin variable itself; leave it out of one of the two")
    if missing not in ("error", "keep"):
        raise CalibrationError(f'missing is "error" or "keep"; got {missing!r}')
    total = common_total(tables)
    choices = _check_collapse(data, names, tables, collapse)
    tables = [merge_levels(table, collapse) for table in tables]
    variables = [_variable(data, name, collapse.get(str(name), {})) for name in names]
    if within is not None:
        variables.append(_variable(data, within, {}))
    _check_missing([*variables[len(names) :]] if missing == "keep" else variables, len(data))
    cells = _cells(variables, weights)
    part = _part(cells, variables[-1] if within is not None else None, total)
    margins: list[Margin] = []
    codes: list[IntArray] = []
    for table in tables:
        positions = [names.index(name) for name in table.variables]
        margin, code, chosen = _match(table, [variables[each] for each in positions], cells, positions, part)
        margins.append(margin)
        codes.append(code)
        choices.extend(chosen)
    indicators = _indicators(codes, [len(margin.targets) for margin in margins], len(cells.rows))
    if not continuous:
        ratio = (part.totals / part.weights)[part.code]
        return CalibrationProblem(tuple(margins), cells.cell, cells.weights, indicators, ratio, tuple(choices))
    columns = [indicators[cells.cell]] if tables else []
    for name, value in continuous.items():
        values = _continuous(data, name)
        columns.append(
            sparse.csr_array(
                (values, (np.arange(len(data)), part.code[cells.cell])), shape=(len(data), len(part.names))
            )
        )
        levels = tuple(part.names) if within is not None else ("total",)
        margins.append(Margin(part.prefix + str(name), (str(name),), levels, np.full(len(levels), value)))
    ratio = (part.totals / part.weights)[part.code][cells.cell] if tables else np.ones(len(data))
    stacked = sparse.csr_array(sparse.hstack(columns, format="csr"))
    return CalibrationProblem(tuple(margins), np.arange(len(data)), weights, stacked, ratio, tuple(choices))


def _variable(data: pd.DataFrame, name: Hashable, merge: Mapping[Hashable, Hashable]) -> _Variable:
    encoded = encode(find_column(data, name))
    labels = encoded.labels
    codes = encoded.codes
    if merge:
        merged = [merge.get(label, label) for label in labels]
        labels = list(dict.fromkeys(merged))
        place = np.array([*(labels.index(label) for label in merged), -1])
        codes = place[codes]
    missing = int((codes < 0).sum()) if len(codes) and codes.min() < 0 else 0
    if missing:
        codes = np.where(codes < 0, len(labels), codes)
    return _Variable(name, codes, labels, missing)


def _check_missing(variables: Sequence[_Variable], rows: int) -> None:
    complaints = [
        f"{variable.name!r} is missing for {variable.missing} of {rows} respondents"
        for variable in variables
        if variable.missing
    ]
    if complaints:
        raise CalibrationError(
            f"{'; '.join(complaints)}: no margin says how much they count; fill them in, drop them before making the "
            'design, or choose missing="keep" for margin variables to keep them at their share of the sample'
        )


def _check_collapse(
    data: pd.DataFrame, names: Sequence[Hashable], tables: Sequence[MarginTable], collapse: Collapse
) -> list[str]:
    """Check that what is to be merged exists; return the merges as recorded choices."""
    if not isinstance(collapse, Mapping) or not all(isinstance(merge, Mapping) for merge in collapse.values()):
        raise CalibrationError('collapse is a mapping such as {"district": {"level": "the level it joins"}}')
    if not all(isinstance(target, Hashable) for merge in collapse.values() for target in merge.values()):
        raise CalibrationError("collapse joins a level to one other level, not to several")
    by_text = {str(name): name for name in names}
    choices: list[str] = []
    for variable, merge in collapse.items():
        if variable not in by_text:
            raise CalibrationError(
                f"collapse names {variable!r}, which is no margin variable; these are {shown(names)}"
            )
        name = by_text[variable]
        known = set(encode(find_column(data, name)).labels)
        for table in tables:
            if name in table.variables:
                known.update(level[table.variables.index(name)] for level in table.levels)
        unknown = [level for level in merge if level not in known]
        if unknown:
            raise CalibrationError(
                f"collapse names levels of {variable!r} that do not exist: {shown(unknown)}; available: {shown(known)}"
            )
        choices.extend(f"{variable}: level {source} merged into {target}" for source, target in merge.items())
    return choices


def _cells(variables: Sequence[_Variable], weights: FloatArray) -> _Cells:
    if not variables:
        cell: IntArray = np.zeros(len(weights), dtype=np.intp)
        members: IntArray = np.zeros((1, 0), dtype=np.intp)
        rows: IntArray = np.array([len(weights)])
    else:
        cell, members, rows = combine([each.codes for each in variables], [len(each.labels) + 1 for each in variables])
    return _Cells(cell, members, rows, np.bincount(cell, weights, minlength=len(members)).astype(np.float64))


def _part(cells: _Cells, within: _Variable | None, total: float | None) -> _Part:
    if within is None:
        code: IntArray = np.zeros(len(cells.rows), dtype=np.intp)
        names, prefix = ["total"], ""
    else:
        present, code = np.unique(cells.members[:, -1], return_inverse=True)
        names, prefix = [str(within.labels[each]) for each in present], f"{within.name} x "
    rows = np.bincount(code, cells.rows).astype(np.float64)
    totals = rows if total is None else np.full(len(names), total)
    return _Part(code, names, prefix, totals, np.bincount(code, cells.weights).astype(np.float64))


def _match(
    table: MarginTable, variables: Sequence[_Variable], cells: _Cells, positions: Sequence[int], part: _Part
) -> tuple[Margin, IntArray, list[str]]:
    """Return a margin with its targets, the level of each cell (cells,), and choices made."""
    sizes = [len(variable.labels) + 1 for variable in variables]
    combination, members, _ = combine([cells.members[:, each] for each in positions], sizes)
    place = {level: number for number, level in enumerate(table.levels)}
    unknown = len(table.levels)
    level_of = np.empty(len(members), dtype=np.intp)
    strange: dict[tuple[Hashable, ...], int] = {}
    rows = np.bincount(combination, cells.rows)
    for number, row in enumerate(members):
        if any(code == len(variable.labels) for code, variable in zip(row, variables, strict=True)):
            level_of[number] = unknown
            continue
        level = tuple(variable.labels[code] for code, variable in zip(row, variables, strict=True))
        level_of[number] = place.get(level, unknown)
        if level not in place:
            strange[level] = int(rows[number])
    if strange:
        listed = shown(f"{_text(level)} ({count} respondents)" for level, count in strange.items())
        raise CalibrationError(
            f"margin {table.name!r}: the sample has levels that the population lacks: {listed}; the population has "
            f"{shown(_text(level) for level in table.levels)}{_type_hint(strange, table.levels)}"
        )
    levels = unknown + 1
    code = part.code * levels + level_of[combination]
    respondents = np.bincount(code, cells.rows, minlength=levels * len(part.names)).reshape(-1, levels)
    weights = np.bincount(code, cells.weights, minlength=levels * len(part.names)).reshape(-1, levels)
    shares = table.amounts / table.total
    kept = weights[:, unknown] / part.weights
    if (respondents[:, :unknown].sum(axis=1) == 0).any():
        raise CalibrationError(
            f"margin {table.name!r}: the answer is missing for every respondent, so nobody can stand for its levels; "
            "leave the margin out"
        )
    targets = np.column_stack([np.outer(part.totals * (1 - kept), shares), part.totals * kept])
    names = [*(_text(level) for level in table.levels), _UNKNOWN]
    in_part = [f"{within}, " if part.prefix else "" for within in part.names]
    _check_empty(table, respondents, targets, names, in_part)
    used = np.flatnonzero(respondents.ravel() > 0)
    position = np.full(respondents.size, -1, dtype=np.intp)
    position[used] = np.arange(len(used))
    labels = tuple(in_part[each // levels] + names[each % levels] for each in used)
    variable_names = tuple(str(name) for name in table.variables)
    margin = Margin(part.prefix + table.name, variable_names, labels, targets.ravel()[used])
    choices = [
        f"margin {table.name!r}: {int(count)} respondents without an answer kept as level {_UNKNOWN!r} at their share "
        f"of the weights ({share:.2%}{f' of {within}' if part.prefix else ''})"
        for count, share, within in zip(respondents[:, unknown], kept, part.names, strict=True)
        if count
    ]
    return margin, position[code], choices


def _check_empty(
    table: MarginTable, respondents: IntArray, targets: FloatArray, names: Sequence[str], in_part: Sequence[str]
) -> None:
    """Check that levels with a target have respondents, and the other way round; arrays are (parts, levels)."""
    empty = [
        f"{in_part[row]}{names[level]} (target {targets[row, level]:g})"
        for row, level in np.argwhere((respondents == 0) & (targets > 0))
    ]
    if empty:
        raise CalibrationError(
            f"margin {table.name!r}: the population has levels that the sample lacks: {shown(empty)}; merge them with "
            "others by collapse={...}, or leave them out of the population"
        )
    zero = [
        f"{in_part[row]}{names[level]} ({respondents[row, level]:.0f} respondents)"
        for row, level in np.argwhere((respondents > 0) & (targets <= 0))
    ]
    if zero:
        raise CalibrationError(
            f"margin {table.name!r}: the target is 0 where the sample has respondents: {shown(zero)}; merge the level "
            "with another, or drop these respondents before making the design"
        )


def _type_hint(strange: Mapping[tuple[Hashable, ...], int], levels: Sequence[tuple[Hashable, ...]]) -> str:
    """Say so where levels differ in type only, as 1 and "1"."""
    by_text = {_plain_text(level): level for level in levels}
    for level in strange:
        other = by_text.get(_plain_text(level))
        if other is None:
            continue
        for mine, theirs in zip(level, other, strict=True):
            if mine != theirs:
                return (
                    f"; the sample has {mine!r} ({type(mine).__name__}) where the population has {theirs!r} "
                    f"({type(theirs).__name__}): bring them to one type"
                )
    return "; merge levels by collapse={...}, or add them to the population"


def _plain_text(level: tuple[Hashable, ...]) -> str:
    return _text(tuple(int(part) if isinstance(part, float) and part.is_integer() else part for part in level))


def _text(level: tuple[Hashable, ...]) -> str:
    return ", ".join(str(part) for part in level)


def _indicators(codes: Sequence[IntArray], sizes: Sequence[int], cells: int) -> sparse.csr_array:
    """Return the indicators (cells, levels of all margins): one 1 a margin in each row."""
    offsets = np.cumsum([0, *sizes])
    if not codes:
        return sparse.csr_array((cells, 0))
    columns = np.stack([code + offset for code, offset in zip(codes, offsets[:-1], strict=True)], axis=1)
    rows = np.arange(cells + 1) * len(codes)
    return sparse.csr_array((np.ones(columns.size), columns.ravel(), rows), shape=(cells, int(offsets[-1])))


def _continuous(data: pd.DataFrame, name: Hashable) -> FloatArray:
    column = find_column(data, name)
    missing = int(column.isna().sum())
    if missing:
        raise CalibrationError(
            f"{name!r} is missing for {missing} of {len(data)} respondents, so its total cannot be calibrated; "
            "fill it in, or drop them before making the design"
        )
    values = as_numbers(column)
    if values is None:
        raise CalibrationError(
            f"{name!r} does not hold numbers, so a bare number is no margin for it; give a count or share for each of "
            "its levels"
        )
    if not np.isfinite(values).all():
        raise CalibrationError(f"{name!r} holds infinite values, so its total cannot be calibrated")
    return values
