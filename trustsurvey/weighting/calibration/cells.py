"""Set up a calibration: encode the margin variables once, number the cells that occur, match them with margins."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from trustsurvey.errors import CalibrationError, one_of, shown_value
from trustsurvey.weighting.calibration.households import Averaged, average
from trustsurvey.weighting.calibration.margins import (
    Collapse,
    MarginTable,
    Reconcile,
    check_shared,
    common_total,
    merge_levels,
    shown,
)
from trustsurvey.weighting.calibration.matching import Cells, Part, Variable, match
from trustsurvey.weighting.calibration.problem import CalibrationProblem, Margin
from trustsurvey.weighting.encoding import FloatArray, IntArray, as_numbers, combine, encode, find_column

__all__ = ["Missing", "build_problem", "check_weights"]

Missing = Literal["error", "keep"]

_FARTHEST = 1e30
_LARGEST = 1e100
_PER_CENT = 100
_ROUNDED = 0.5


def check_weights(
    data: pd.DataFrame, weights: FloatArray, tables: Sequence[MarginTable], respondents: IntArray | None
) -> None:
    """Check that weights (n,) are above 0; ``respondents`` (n,) are behind each row where that is not one.

    Raises
    ------
    CalibrationError
        Some are not; the message names levels in which nobody counts.
    """
    least = weights.min()
    if least == 0:
        people = np.ones(len(weights), dtype=np.intp) if respondents is None else respondents
        zero = weights == 0
        empty = []
        for name in dict.fromkeys(name for table in tables for name in table.variables):
            encoded = encode(find_column(data, name))
            known = encoded.codes >= 0
            size = np.bincount(encoded.codes[known], people[known], minlength=len(encoded.labels))
            counting = np.bincount(encoded.codes[known & ~zero], minlength=len(encoded.labels))
            nobody = np.flatnonzero((size > 0) & (counting == 0))
            empty += [f"{encoded.labels[each]} of {name!r} ({size[each]:.0f} respondents)" for each in nobody]
        levels = f" (everybody with {shown(empty)})" if empty else ""
        raise CalibrationError(
            f"{int(people[zero].sum())} of {int(people.sum())} weights are 0{levels}, and calibration cannot change "
            "a 0; drop these rows before making the design, or give them a weight; take domains after calibrating"
        )
    if least < 0:
        raise CalibrationError("some weights are below 0 after an earlier calibration; use bounds there, or raking")


def build_problem(
    data: pd.DataFrame,
    weights: FloatArray,
    tables: Sequence[MarginTable],
    continuous: Mapping[Hashable, float],
    *,
    within: str | None,
    missing: Missing,
    collapse: Collapse,
    respondents: IntArray | None = None,
    household: Hashable | None = None,
    reconcile: Reconcile = "error",
) -> CalibrationProblem:
    """Return the calibration problem of margins and a sample.

    ``respondents`` (n,) stand behind each row, one where it is None.

    Raises
    ------
    CalibrationError
        Levels do not match, values are missing, or totals contradict each other.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.variables))
    if within is not None and find_column(data, within).name in (*names, *continuous):
        raise CalibrationError(f"within={within!r} is a margin variable itself; leave it out of one of the two")
    if not one_of(missing, ("error", "keep")):
        raise CalibrationError(f'missing is "error" or "keep"; got {shown_value(missing)}')
    total, tables, choices = common_total(tables, reconcile)
    if isinstance(collapse, Mapping):
        collapse = {str(variable): merge for variable, merge in collapse.items()}
    choices += _check_collapse(data, names, tables, collapse)
    tables = [merge_levels(table, collapse) for table in tables]
    variables = [_variable(data, name, collapse.get(str(name), {})) for name in names]
    if within is not None:
        variables.append(_variable(data, within, {}))
    _check_missing([*variables[len(names) :]] if missing == "keep" else variables, respondents)
    cells = _cells(variables, weights, respondents)
    if total is not None and abs(total - _PER_CENT) < _ROUNDED and cells.rows.sum() > total:
        choices.append(
            f"margins that sum to {total:.10g} taken as counts, so weights sum to it too; percentages are given as "
            "shares, divided by 100"
        )
    part = _part(cells, variables[-1] if within is not None else None, total)
    if tables:
        _check_scale(part)
    margins: list[Margin] = []
    codes: list[IntArray] = []
    for table in tables:
        positions = [names.index(name) for name in table.variables]
        margin, code, chosen = match(table, [variables[each] for each in positions], cells, positions, part)
        margins.append(margin)
        codes.append(code)
        choices.extend(chosen)
    if missing == "error":
        check_shared(tables, total)
    indicators = _indicators(codes, [len(margin.targets) for margin in margins], len(cells.rows))
    ratio = (part.totals / part.weights)[part.code] if tables else np.ones(len(cells.rows))
    problem = Averaged(cells.cell, cells.weights, indicators, ratio)
    if continuous:
        columns = [indicators[cells.cell]] if tables else []
        for name, value in continuous.items():
            values = _continuous(data, name)
            row_part = part.code[cells.cell]
            shape = (len(data), len(part.names))
            columns.append(sparse.csr_array((values, (np.arange(len(data)), row_part)), shape=shape))
            levels = tuple(part.names) if within is not None else ("total",)
            margins.append(Margin(part.prefix + str(name), (str(name),), levels, np.full(len(levels), value)))
        stacked = sparse.csr_array(sparse.hstack(columns, format="csr"))
        problem = Averaged(np.arange(len(data)), weights, stacked, ratio[cells.cell])
    if household is not None:
        problem = average(data, household, problem, weights, part.code[cells.cell], within)
        choices.append(f"all members of a household ({household}) have the same factor")
    return CalibrationProblem(
        tuple(margins), problem.cell, problem.weights, problem.indicators, problem.ratio, tuple(choices)
    )


def _variable(data: pd.DataFrame, name: Hashable, merge: Mapping[Hashable, Hashable]) -> Variable:
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
    return Variable(name, codes, labels, missing)


def _check_missing(variables: Sequence[Variable], respondents: IntArray | None) -> None:
    complaints = []
    for variable in variables:
        if variable.missing:
            missing = variable.codes == len(variable.labels)
            people = np.ones(len(missing), dtype=np.intp) if respondents is None else respondents
            complaints.append(f"{variable.name!r} is missing for {people[missing].sum()} of {people.sum()} respondents")
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
    targets = [target for merge in collapse.values() for target in merge.values()]
    if pd.Series(targets, dtype=object).isna().any():
        raise CalibrationError("collapse joins a level to another level, not to a missing value")
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
        chained = [
            f"{source} joins {target}, which joins {merge[target]}"
            for source, target in merge.items()
            if target in merge and target not in (source, merge[target])
        ]
        if chained:
            raise CalibrationError(
                f"collapse of {variable!r} has chains: {shown(chained)}; let all of them join the level that stays"
            )
        choices.extend(f"{variable}: level {source} merged into {target}" for source, target in merge.items())
    return choices


def _cells(variables: Sequence[Variable], weights: FloatArray, respondents: IntArray | None) -> Cells:
    if not variables:
        cell: IntArray = np.zeros(len(weights), dtype=np.intp)
        members: IntArray = np.zeros((1, 0), dtype=np.intp)
        rows: IntArray = np.array([len(weights)])
    else:
        # Where every combination occurs, the code is the cell.
        sizes = [max(1, len(each.labels)) + (each.missing > 0) for each in variables]
        cell, members, rows = combine([each.codes for each in variables], sizes)
    if respondents is None and weights[0] == weights[-1] and (weights == weights[0]).all():
        return Cells(cell, members, rows, rows * weights[0])
    if respondents is not None:
        rows = np.bincount(cell, respondents, minlength=len(members))
    return Cells(cell, members, rows, np.bincount(cell, weights, minlength=len(members)).astype(np.float64))


def _part(cells: Cells, within: Variable | None, total: float | None) -> Part:
    if within is None:
        code: IntArray = np.zeros(len(cells.rows), dtype=np.intp)
        names, prefix = ["total"], ""
    else:
        present, code = np.unique(cells.members[:, -1], return_inverse=True)
        names, prefix = [str(within.labels[each]) for each in present], f"{within.name} x "
    rows = np.bincount(code, cells.rows).astype(np.float64)
    totals = rows if total is None else np.full(len(names), total)
    return Part(code, names, prefix, totals, np.bincount(code, cells.weights).astype(np.float64))


def _check_scale(part: Part) -> None:
    ratio = part.totals / part.weights
    if ratio.max() > _FARTHEST or ratio.min() < 1 / _FARTHEST:
        far = int(np.abs(np.log(ratio)).argmax())
        raise CalibrationError(
            f"weights that sum to {part.weights[far]:g} cannot be brought to a total of {part.totals[far]:g}; bring "
            "weights and margins to one scale first"
        )


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
    if not (np.abs(values) <= _LARGEST).all():
        raise CalibrationError(f"{name!r} holds infinite values, or near, so its total cannot be calibrated")
    return values
