"""Read a sample from a query: plan the columns, run the GROUP BY, check what came back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from trustsurvey.errors import DesignError, InputError, UnknownNameError
from trustsurvey.weighting.encoding import FloatArray, IntArray, Names, encode, name_list
from trustsurvey.weighting.queries.cells import (
    Plan,
    average_expression,
    cells_expression,
    count_expression,
    moment_names,
    pairs,
)
from trustsurvey.weighting.queries.columns import key_column, numbers
from trustsurvey.weighting.queries.engines import Source, find_source
from trustsurvey.weighting.sampling.moments import Moments
from trustsurvey.weighting.sampling.sample import Sample, SingleCluster
from trustsurvey.weighting.sampling.structure import LEAST_WEIGHT, read_structure, strata_by_stage

__all__ = ["read_sample"]

_MOST_CELLS = 20_000_000
_MOST_VALUES = 60


def read_sample(
    connection: Any,
    query: Any,
    weights: Hashable | None,
    strata: Names | Sequence[Names] | None,
    clusters: Names | None,
    fpc: Names | None,
    keys: Names,
    values: Names,
    single_cluster: SingleCluster,
) -> Sample:
    """Return a sample whose rows are the cells of a query.

    Raises
    ------
    DesignError, InputError, UnknownNameError
        As in a design made of a data frame, or the engine refuses the query, or there are too many cells.
    """
    by_stage = strata_by_stage(strata)
    roles: dict[str, list[Hashable]] = {
        "weights": [] if weights is None else [weights],
        "strata": [name for names in by_stage for name in names],
        "clusters": name_list(clusters),
        "fpc": name_list(fpc),
        "keys": name_list(keys),
        "values": name_list(values),
    }
    for role, given in roles.items():
        for name in given:
            if not isinstance(name, str):
                raise InputError(f"{role} of a query are named by text, one or a list; got {type(name).__name__}")
    source = find_source(connection, query)
    names = _check_names(source, roles)
    table = source.table(names)
    _check_types(table, roles)
    keyed = dict.fromkeys(name for role in ("strata", "clusters", "fpc", "keys") for name in roles[role])
    plan = Plan(tuple(map(str, keyed)), tuple(map(str, roles["values"])), None if weights is None else str(weights))
    if plan.values:
        probed = source.run(average_expression(table, plan)).to_pylist()[0]
        centres = (probed[f"value_{number}"] for number in range(len(plan.values)))
        plan = replace(plan, centres=tuple(0.0 if centre is None else float(centre) for centre in centres))
    cells = cells_expression(table, plan)
    result = source.run(cells.limit(_MOST_CELLS + 1))
    if result.num_rows > _MOST_CELLS:
        raise InputError(_too_many(source.run(count_expression(cells, plan)).to_pylist()[0], plan))
    if not result.num_rows or not numbers(result, "n").sum():
        raise DesignError("the query has no rows; there is nobody to estimate from")
    data, result = _in_order(result, plan)
    counts: IntArray = numbers(result, "n").astype(np.int64)
    _check_answers(result, plan, counts)
    # What find_column says of the values, of which there is no column.
    data.attrs["values"] = list(plan.values)
    for role in ("strata", "clusters", "fpc"):
        _check_complete(data, roles[role], role, counts)
    structure = read_structure(data, by_stage[0], roles["clusters"], roles["fpc"], counts, later_strata=by_stage[1:])
    sums, squares = _weights(result, plan, counts)
    if weights is None and fpc is not None:
        each = np.broadcast_to(structure.inverse_fractions(), len(data))
        if not np.isfinite(each).all():
            raise DesignError(
                "fpc is given for some stages only, so it implies no weights; give weights, or fpc for every stage"
            )
        sums, squares = sums * each, squares * each**2
    concentration = np.divide(squares, sums**2, out=1 / counts, where=sums != 0)
    concentration[counts == 1] = 1
    moments = _moments(result, plan, counts) if plan.values else None
    return Sample(data, sums, structure, single_cluster, counts=counts, concentration=concentration, moments=moments)


def _check_names(source: Source, roles: dict[str, list[Hashable]]) -> list[str]:
    """Return the columns that are needed, once each."""
    twice = [str(name) for name in dict.fromkeys(source.columns) if source.columns.count(name) > 1]
    if twice:
        raise DesignError(f"columns stand twice in the query: {', '.join(twice)}")
    names = list(dict.fromkeys(name for given in roles.values() for name in given))
    for name in names:
        if name not in source.columns:
            raise UnknownNameError("column", name, source.columns)
    for role in ("keys", "values"):
        again = [str(name) for name in dict.fromkeys(roles[role]) if roles[role].count(name) > 1]
        if again:
            raise InputError(f"{role} names a column twice: {', '.join(again)}")
    for role in ("strata", "clusters", "fpc", "keys"):
        both = [str(name) for name in roles["values"] if name in roles[role]]
        if both:
            raise InputError(
                f"{', '.join(both)} stands in {role} and in values; what is grouped by needs no sums, so leave it out "
                "of values"
            )
    if not roles["keys"] and not roles["values"]:
        raise InputError(
            "name the columns to estimate with: keys=[...] for margins, domains and answers of few values, "
            "values=[...] for numbers of many values"
        )
    if len(roles["values"]) > _MOST_VALUES:
        raise InputError(f"values names {len(roles['values'])} columns, at most {_MOST_VALUES}; make several designs")
    return [str(name) for name in names]


def _check_types(table: Any, roles: dict[str, list[Hashable]]) -> None:
    schema = table.schema()
    for role in ("weights", "fpc"):
        for name in roles[role]:
            if not (schema[name].is_numeric() or schema[name].is_boolean()):
                raise DesignError(f"{role} column {name!r} does not hold numbers ({schema[name]}); convert it first")
    for name in roles["values"]:
        if not (schema[name].is_numeric() or schema[name].is_boolean()):
            kind = str(schema[name]).partition("(")[0]
            raise InputError(
                f"values are added up, so they are numbers or true/false, but {name!r} holds {kind}; name it in keys, "
                "or convert it"
            )
    for role in ("strata", "clusters", "keys"):
        for name in roles[role]:
            if schema[name].is_nested() or schema[name].is_binary() or schema[name].is_interval():
                raise InputError(
                    f"{role} column {name!r} holds {schema[name]}, which makes no groups; convert it in the query"
                )


def _too_many(counted: dict[str, Any], plan: Plan) -> str:
    by_key = {name: int(counted[f"key_{number}"]) for number, name in enumerate(plan.keys)}
    listed = ", ".join(f"{name} ({by_key[name]:,} values)" for name in sorted(by_key, key=by_key.__getitem__)[::-1][:5])
    return (
        f"the query makes {int(counted['cells']):,} cells, more than the {_MOST_CELLS:,} that are held; most come from "
        f"{listed}: put numbers into values instead, group ages or dates in the query, or use fewer keys"
    )


def _check_answers(result: pa.Table, plan: Plan, counts: IntArray) -> None:
    rows = int(counts.sum())

    def found(name: str) -> int:
        return int(numbers(result, name).sum()) if name in result.column_names else 0

    name = plan.weights
    if missing := found("missing"):
        raise DesignError(
            f"weights column {name!r} is missing in {missing} of {rows} rows; fill or leave out these rows"
        )
    if infinite := found("infinite"):
        raise DesignError(f"weights column {name!r} is infinite in {infinite} rows")
    if negative := found("negative"):
        raise DesignError(f"weights column {name!r} is negative in {negative} rows; a weight is at least 0")
    for number, value in enumerate(plan.values):
        if infinite := found(f"infinite_{number}"):
            raise InputError(f"{value!r} is infinite in {infinite} rows; set these to missing or correct them")


def _in_order(result: pa.Table, plan: Plan) -> tuple[pd.DataFrame, pa.Table]:
    """Return the keys as a data frame, and the cells, in the order of the keys, as engines return them in any."""
    columns = [key_column(result[f"key_{place}"], name) for place, name in enumerate(plan.keys)]
    flags = [name for name in ("idle", "unanswered") if name in result.column_names]
    codes: list[IntArray] = [numbers(result, name).astype(np.int64) for name in flags]
    codes += [encode(column).codes for column in reversed(columns)]
    order = np.lexsort(codes)
    data = pd.DataFrame(dict(zip(plan.keys, columns, strict=True)), index=range(result.num_rows))
    return data.iloc[order].reset_index(drop=True), result.take(pa.array(order))


def _check_complete(data: pd.DataFrame, names: Sequence[Hashable], role: str, counts: IntArray) -> None:
    for name in names:
        missing = int(counts[data[name].isna().to_numpy()].sum())
        if missing:
            raise DesignError(
                f"{role} column {name!r} is missing in {missing} of {int(counts.sum())} rows; every row needs one"
            )


def _weights(result: pa.Table, plan: Plan, counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the sums (cells,) of the weights and of their squares."""
    if plan.weights is None:
        return counts.astype(np.float64), counts.astype(np.float64)
    sums, squares = numbers(result, "w"), numbers(result, "ww")
    if not np.isfinite(sums.sum() + squares.sum()):
        raise DesignError(
            f"weights column {plan.weights!r} adds up to more than a number can hold; divide all weights alike"
        )
    if not sums.any():
        raise DesignError(f"weights column {plan.weights!r} is 0 in every row; nobody would count")
    if squares[sums > 0].min() < LEAST_WEIGHT**2 or sums.sum() > 1 / LEAST_WEIGHT:
        raise DesignError(
            f"weights column {plan.weights!r} holds weights too small or too large to be squared; check them, or "
            "multiply all of them alike"
        )
    return sums, squares


def _moments(result: pa.Table, plan: Plan, counts: IntArray) -> Moments:
    unanswered = numbers(result, "unanswered").astype(np.int64)
    values = len(plan.values)
    each = pairs(values)
    means, products = _averages(result, plan, "w", counts)
    square_means, square_products = (means, products) if plan.weights is None else _averages(result, plan, "ww", counts)
    if not all(np.isfinite(numbers).all() for numbers in (means, products, square_means, square_products)):
        raise InputError("values are too large to be squared and added up; divide them in the query")
    shifts = square_means - means
    first, second = [p for p, _ in each], [q for _, q in each]
    # Of one respondent nothing is left after the average, but rounding error.
    alone = (counts == 1)[:, None]
    left = np.where(alone, 0, products - means[:, first] * means[:, second])
    square_left = np.where(
        alone,
        0,
        square_products
        - means[:, first] * square_means[:, second]
        - square_means[:, first] * means[:, second]
        + means[:, first] * means[:, second],
    )
    missing = (unanswered[:, None] >> np.arange(values)) & 1 == 1
    averages = np.where(missing, np.nan, means + np.array(plan.centres))
    return Moments(plan.values, averages, np.where(alone, 0, shifts), left, square_left)


def _averages(result: pa.Table, plan: Plan, prefix: str, counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the averages (cells, values) and (cells, pairs) by weight or by squared weight; 0 where that is 0."""
    total = counts.astype(np.float64) if plan.weights is None else numbers(result, prefix)
    weight = np.where(total == 0, 1, total)[:, None]
    sums, products = moment_names(plan, prefix)
    return (
        np.column_stack([numbers(result, name) for name in sums]) / weight,
        np.column_stack([numbers(result, name) for name in products]) / weight,
    )
