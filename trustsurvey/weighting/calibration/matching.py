"""Match the levels of a margin with those of the sample, by value, and set the targets."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from trustsurvey.errors import CalibrationError
from trustsurvey.weighting.calibration.margins import MarginTable, shown
from trustsurvey.weighting.calibration.problem import Margin
from trustsurvey.weighting.encoding import FloatArray, IntArray, combine

__all__ = ["Cells", "Part", "Variable", "match"]

_MOST_NAMED = 20
_UNKNOWN = "unknown"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Variable:
    """A margin variable: codes (n,), ``len(labels)`` where the value is missing, as it is ``missing`` times."""

    name: Hashable
    codes: IntArray
    labels: list[Hashable]
    missing: int


@dataclass(frozen=True, slots=True)
class Cells:
    """The combinations of margin variables that occur: ``cell`` (n,) is that of each row.

    ``members`` (cells, variables) are their codes; ``rows`` and ``weights`` (cells,) the respondents in them.
    """

    cell: IntArray
    members: IntArray
    rows: IntArray
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class Part:
    """The levels of ``within``: code (cells,), names, and by level the total of the targets and of the weights."""

    code: IntArray
    names: list[str]
    prefix: str
    totals: FloatArray
    weights: FloatArray


def match(
    table: MarginTable, variables: Sequence[Variable], cells: Cells, positions: Sequence[int], part: Part
) -> tuple[Margin, IntArray, list[str]]:
    """Return a margin with its targets, the level of each cell (cells,), and choices made.

    Levels that are left free become one level, which gets what the others leave of the total.

    Raises
    ------
    CalibrationError
        The sample has levels that the population lacks, or the other way round, or a target is 0.
    """
    level_of, names = _levels(table, variables, cells, positions)
    rest, unknown = len(names) - 1, len(names)
    shares = _shares(table, part)
    names.append(_UNKNOWN if _UNKNOWN not in names else f"{_UNKNOWN} (no answer)")
    size = len(names)
    code = part.code * size + level_of
    respondents = np.bincount(code, cells.rows, minlength=size * len(part.names)).reshape(-1, size)
    weights = np.bincount(code, cells.weights, minlength=size * len(part.names)).reshape(-1, size)
    kept = weights[:, unknown] / part.weights
    if (respondents[:, :unknown].sum(axis=1) == 0).any():
        raise CalibrationError(
            f"margin {table.name!r}: the answer is missing for every respondent, so nobody can stand for its levels; "
            "leave the margin out"
        )
    targets = np.column_stack([np.outer(part.totals * (1 - kept), shares), part.totals * kept])
    in_part = [f"{within}, " if part.prefix else "" for within in part.names]
    _check_empty(table, respondents, targets, names, in_part)
    used = np.flatnonzero(respondents.ravel() > 0)
    position = np.full(respondents.size, -1, dtype=np.intp)
    position[used] = np.arange(len(used))
    labels = tuple(in_part[each // size] + names[each % size] for each in used)
    variable_names = tuple(str(name) for name in table.variables)
    margin = Margin(part.prefix + table.name, variable_names, labels, targets.ravel()[used])
    choices = [
        f"margin {table.name!r}: {int(count)} respondents without an answer kept as level {names[unknown]!r} at their "
        f"share of the weights ({share:.2%}{f' of {within}' if part.prefix else ''})"
        for count, share, within in zip(respondents[:, unknown], kept, part.names, strict=True)
        if count
    ]
    if table.free:
        left = " and ".join(dict.fromkeys(f"{each:.10g}" for each in targets[:, rest]))
        choices.append(
            f"margin {table.name!r}: {shown(_text(level) for level in table.free)} left free; together they get what "
            f"the other levels leave of the total, {left}"
        )
    return margin, position[code], choices


def _levels(
    table: MarginTable, variables: Sequence[Variable], cells: Cells, positions: Sequence[int]
) -> tuple[IntArray, list[str]]:
    """Return the level of each cell (cells,), and the names of the levels; free ones are one level, the last one."""
    free = set(table.free)
    known = [level for level in table.levels if level not in free]
    names = [_text(level) for level in known]
    place = {level: number for number, level in enumerate(known)}
    if free:
        place.update(dict.fromkeys(free, len(known)))
        names.append(f"left free ({shown(_text(level) for level in table.free)})")
    unknown = len(names)
    if len(variables) == 1:
        labels = [*variables[0].labels]
        found = [place.get((label,), -1) for label in labels]
        level_of = np.array([*found, unknown])[cells.members[:, positions[0]]]
        combination = cells.members[:, positions[0]]
        combinations = [(label,) for label in labels]
    else:
        sizes = [len(variable.labels) + 1 for variable in variables]
        combination, members, _ = combine([cells.members[:, each] for each in positions], sizes)
        absent = object()
        texts = [[*variable.labels, absent] for variable in variables]
        combinations = [tuple(text[code] for text, code in zip(texts, row, strict=True)) for row in members.tolist()]
        found = [unknown if absent in level else place.get(level, -1) for level in combinations]
        level_of = np.array(found, dtype=np.intp)[combination]
    if (level_of < 0).any():
        rows = np.bincount(combination[level_of < 0], cells.rows[level_of < 0], minlength=len(combinations))
        strange = {combinations[each]: int(rows[each]) for each in np.flatnonzero(rows)}
        listed = shown(f"{_text(level)} ({count} respondents)" for level, count in strange.items())
        if len(strange) > _MOST_NAMED and sum(strange.values()) < 2 * len(strange):
            # Their names may be what somebody answered.
            listed = f"{len(strange)} of them, most of one respondent, check that the column holds levels"
        raise CalibrationError(
            f"margin {table.name!r}: the sample has levels that the population lacks: {listed}; the population has "
            f"{shown(_text(level) for level in table.levels)}{_type_hint(strange, table.levels)}"
        )
    return level_of, names


def _shares(table: MarginTable, part: Part) -> FloatArray:
    """Return the share of each level (levels,) in the total."""
    if not table.free:
        return table.amounts / table.total
    known = table.amounts[~np.isnan(table.amounts)]
    shares = known if table.is_shares else known / part.totals[0]
    rest = 1 - shares.sum()
    if rest < -_ROUNDING:
        raise CalibrationError(
            f"margin {table.described}: its levels with a count sum to {table.total:.10g}, more than the total of "
            f"{part.totals[0]:.10g} that the other margins give, though {shown(_text(each) for each in table.free)} "
            "is left free; correct one of the margins"
        )
    return np.append(shares, rest if rest > _ROUNDING else 0.0)


def _check_empty(
    table: MarginTable, respondents: IntArray, targets: FloatArray, names: Sequence[str], in_part: Sequence[str]
) -> None:
    """Check that levels with a target have respondents, and the other way round; arrays are (parts, levels)."""
    present = respondents > 0
    positive = targets > 0
    if (present == positive).all():
        return
    empty = [
        f"{in_part[row]}{names[level]} (target {targets[row, level]:g})"
        for row, level in np.argwhere(~present & positive)
    ]
    if empty:
        raise CalibrationError(
            f"margin {table.name!r}: the population has levels that the sample lacks: {shown(empty)}; merge them with "
            "others by collapse={...}, as propose_collapse proposes, or leave them out of the population"
        )
    zero = [
        f"{in_part[row]}{names[level]} ({respondents[row, level]:.0f} respondents)"
        for row, level in np.argwhere(present & ~positive)
    ]
    raise CalibrationError(
        f"margin {table.name!r}: the target is 0 where the sample has respondents: {shown(zero)}; merge the level "
        "with another, or drop these respondents before making the design"
    )


def _type_hint(strange: Iterable[tuple[Hashable, ...]], levels: Sequence[tuple[Hashable, ...]]) -> str:
    """Say so where levels differ in type only, as 1 and "1", or in capitals and spaces only."""
    by_text: Mapping[tuple[str, ...], tuple[Hashable, ...]] = {_folded(level): level for level in levels}
    for level in strange:
        for mine, theirs in zip(level, by_text.get(_folded(level), level), strict=True):
            if mine == theirs:
                continue
            if isinstance(mine, str) and isinstance(theirs, str):
                if _spaced(mine) == _spaced(theirs):
                    return f"; {mine!r} and {theirs!r} differ in capitals or spaces only: write them alike"
                return f"; {mine!a} and {theirs!a} look alike but are other characters: write them alike"
            return (
                f"; the sample has {mine!r} ({type(mine).__name__}) where the population has {theirs!r} "
                f"({type(theirs).__name__}): bring them to one type"
            )
    return "; name them alike, merge levels by collapse={...}, or add them to the population"


def _folded(level: tuple[Hashable, ...]) -> tuple[str, ...]:
    return tuple(_encoded(_spaced(_plain(part))) for part in level)


def _spaced(text: str) -> str:
    return " ".join(text.casefold().split())


def _encoded(text: str) -> str:
    """Return text with one form of each character, any dash as "-", and nothing that cannot be seen."""
    plain = unicodedata.normalize("NFKC", text)
    kinds = [(each, unicodedata.category(each)) for each in plain]
    return _spaced("".join("-" if kind == "Pd" else each for each, kind in kinds if kind != "Cf"))


def _plain(part: Hashable) -> str:
    if isinstance(part, float) and part.is_integer():
        return str(int(part))
    if isinstance(part, np.datetime64):
        part = part.astype("datetime64[D]").item()
    return part.isoformat()[:10] if isinstance(part, date) else str(part)


def _text(level: tuple[Hashable, ...]) -> str:
    return ", ".join(str(part) for part in level)
