"""Rules under ``checks`` applied to records: each keeps a rule, breaks it, or is not what the rule is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.errors import ConstraintError, InputError, UnknownNameError
from trustsurvey.instruments import routing
from trustsurvey.instruments.constraint_faults import Content, faults, is_other, side_kind
from trustsurvey.instruments.constraints import (
    Aggregate,
    Constant,
    Constraint,
    Named,
    Operator,
    Quoted,
    Side,
    matches,
    parse_constraint,
)
from trustsurvey.instruments.expression import names as routing_names
from trustsurvey.instruments.model import Check, Instrument

__all__ = ["broken_checks", "check_variables", "evaluate_constraint"]

Mask: TypeAlias = NDArray[np.bool_]

# Sums of decimals differ in the last digits from what somebody adds up by hand.
RELATIVE_TOLERANCE = 1e-9


def evaluate_constraint(constraint: Constraint, frame: pd.DataFrame, missing: pd.DataFrame) -> pd.Series[Any]:
    """Return which records keep a rule.

    Parameters
    ----------
    constraint : Constraint
    frame, missing : pandas.DataFrame, shape (records, variables)
        Coded answers and why they are missing, as ``routing.evaluate`` takes them.

    Returns
    -------
    pandas.Series of nullable booleans, length (records,)
        True where the rule holds, False where it is broken, NA where a variable that it names is missing. What a
        pattern matches may be missing and then counts nothing.

    Raises
    ------
    UnknownNameError
        The frame lacks a variable, or nothing matches a pattern.
    ConstraintError
        What is compared does not fit.
    """
    return _evaluate(constraint, frame, missing, _contents(frame))


def check_variables(check: Check, known: Iterable[str]) -> tuple[str, ...]:
    """Return the variables that a check reads, those of its rule first, each once."""
    named = parse_constraint(check.rule).names(dict.fromkeys(known))
    condition = routing_names(routing.parse(check.when)) if check.when else ()
    return tuple(dict.fromkeys([*named, *condition]))


def broken_checks(instrument: Instrument, frame: pd.DataFrame, missing: pd.DataFrame) -> pd.DataFrame:
    """Return which records break which check of an instrument.

    Parameters
    ----------
    instrument : Instrument
    frame, missing : pandas.DataFrame, shape (records, variables)
        As in ``Responses``.

    Returns
    -------
    pandas.DataFrame
        A row for each check that a record breaks, by record: ``record`` (its name in the index of ``frame``), ``check``
        (the code) and ``variables`` (the names that the rule reads, a tuple). It quotes no answer.

    Raises
    ------
    InputError
        A check cannot be applied to this frame; the message names it.
    """
    rows: list[tuple[int, str, tuple[str, ...]]] = []
    contents = _contents(frame)
    for check in instrument.checks:
        try:
            constraint = parse_constraint(check.rule)
            kept = _evaluate(constraint, frame, missing, contents)
            broken = np.asarray(~kept.fillna(True), dtype=np.bool_)
            if check.when:
                broken = broken & routing.evaluate(routing.parse(check.when), frame, missing)
        except UnknownNameError as error:
            raise InputError(f"the check {check.code} of {instrument.name} reads what is not there: {error}") from error
        except InputError as error:
            raise InputError(f"the check {check.code} of {instrument.name} cannot be applied: {error}") from error
        variables = constraint.names(contents)
        rows += [(int(position), check.code, variables) for position in np.flatnonzero(broken)]
    rows.sort(key=lambda row: row[0])
    return pd.DataFrame(
        {
            "record": frame.index.take(np.array([position for position, _, _ in rows], dtype=np.intp)),
            "check": pd.Series([code for _, code, _ in rows], dtype="str"),
            "variables": pd.Series([variables for _, _, variables in rows], dtype="object"),
        }
    )


def _contents(frame: pd.DataFrame) -> dict[str, Content]:
    return {str(name): _content(column) for name, column in frame.items()}


def _evaluate(
    constraint: Constraint, frame: pd.DataFrame, missing: pd.DataFrame, contents: Mapping[str, Content]
) -> pd.Series[Any]:
    for signed in constraint.terms:
        if isinstance(signed.term, Named) and signed.term.name not in contents:
            raise UnknownNameError("variable", signed.term.name, contents)
        if isinstance(signed.term, Aggregate) and not matches(signed.term.pattern, contents):
            raise UnknownNameError("variable like", signed.term.pattern, contents)
    if found := faults(constraint, contents):
        raise ConstraintError(constraint.text, found[0].column, found[0].complaint, found[0].remedy)
    given = np.ones(len(frame), dtype=np.bool_)
    for signed in constraint.terms:
        if isinstance(signed.term, Named):
            given &= _given(signed.term.name, frame, missing)
    if kind := next(iter(_special(constraint.left, contents) + _special(constraint.right, contents)), None):
        left, right = (_alone(side, constraint, frame, contents, kind) for side in (constraint.left, constraint.right))
        tolerance: Any = None
    else:
        left, right = (_total(side, frame, missing, contents) for side in (constraint.left, constraint.right))
        tolerance = RELATIVE_TOLERANCE * np.maximum(1.0, np.maximum(np.abs(left), np.abs(right)))
    holds = np.zeros(len(frame), dtype=np.bool_)
    some = tolerance[given] if tolerance is not None else None
    holds[given] = _compare(left[given], right[given], constraint.operator, some)
    result = pd.array(holds, dtype="boolean")
    result[~given] = pd.NA
    return pd.Series(result, index=frame.index)


def _special(side: Side, contents: Mapping[str, Content]) -> list[str]:
    """Return ``date`` or ``codes`` where a side is one such variable."""
    kind = side_kind(side, contents)
    return [kind] if kind in {"date", "codes"} else []


def _content(column: pd.Series[Any]) -> Content:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes = tuple(str(each) for each in dtype.categories)
        return Content("ordinal" if dtype.ordered else "nominal", codes)
    if pd.api.types.is_bool_dtype(dtype):
        return Content("boolean")
    if pd.api.types.is_numeric_dtype(dtype):
        return Content("number")
    return Content("date" if pd.api.types.is_datetime64_any_dtype(dtype) else "text")


def _given(name: str, frame: pd.DataFrame, missing: pd.DataFrame) -> Mask:
    given = frame[name].notna().to_numpy()
    if name in missing.columns:
        given = given & missing[name].isna().to_numpy()
    return np.asarray(given, dtype=np.bool_)


def _alone(
    side: Side, constraint: Constraint, frame: pd.DataFrame, contents: Mapping[str, Content], kind: str
) -> NDArray[Any]:
    term = side[0].term
    if isinstance(term, Named):
        column = frame[term.name]
        return np.asarray(column.dt.normalize() if kind == "date" else column.cat.codes)
    value = term.value if isinstance(term, Quoted) else ""
    if kind == "date":
        return np.full(len(frame), np.datetime64(value, "us"))
    (other,) = (each.term for each in constraint.terms if isinstance(each.term, Named))
    return np.full(len(frame), contents[other.name].codes.index(str(value)))


def _total(
    side: Side, frame: pd.DataFrame, missing: pd.DataFrame, contents: Mapping[str, Content]
) -> NDArray[np.float64]:
    total = np.zeros(len(frame))
    for signed in side:
        match signed.term:
            case Constant(value):
                total += signed.sign * value
            case Named(name):
                total += signed.sign * _numbers(frame[name])
            case Aggregate(_, pattern):
                for name in (each for each in matches(pattern, contents) if not is_other(each, contents)):
                    total += signed.sign * np.where(_given(name, frame, missing), _numbers(frame[name]), 0.0)
    return total


def _numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _compare(left: NDArray[Any], right: NDArray[Any], sign: Operator, tolerance: Any) -> Mask:
    if tolerance is None:
        return np.asarray(routing.COMPARE[sign](left, right), dtype=np.bool_)
    above, below = left > right + tolerance, left < right - tolerance
    by_sign = {"<": below, "<=": ~above, ">": above, ">=": ~below, "!=": above | below}
    return np.asarray(by_sign.get(sign, ~(above | below)), dtype=np.bool_)
