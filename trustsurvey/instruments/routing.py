"""Who is asked what: routing expressions applied to a frame of coded answers.

A comparison with a missing answer is false, ``!=`` included; ``not`` turns it into true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.instruments.expression import (
    And,
    Comparison,
    Expression,
    Holds,
    Membership,
    Not,
    Or,
    State,
    names,
    parse,
)
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.questions import Question, QuestionType

__all__ = ["Expression", "asked", "evaluate", "names", "parse", "question_asked"]

Truth: TypeAlias = NDArray[np.bool_]

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class _Answers:
    """The frame, the reasons beside it, and who was not asked what (filled question by question)."""

    frame: pd.DataFrame
    missing: pd.DataFrame
    unasked: dict[str, Truth] = field(default_factory=dict)

    def column(self, name: str) -> pd.Series[Any]:
        return self._of(self.frame, name)

    def reason(self, name: str) -> pd.Series[Any]:
        return self._of(self.missing, name)

    def asked(self, name: str) -> Truth:
        return ~self.unasked[name] if name in self.unasked else np.ones(len(self.frame), dtype=np.bool_)

    def answered(self, name: str) -> Truth:
        given = self.column(name).notna().to_numpy() & self.reason(name).isna().to_numpy()
        return np.asarray(given, dtype=np.bool_) & self.asked(name)

    def stated(self, name: str, reason: str) -> Truth:
        return np.asarray(self.reason(name).eq(reason).fillna(False), dtype=np.bool_) & self.asked(name)

    @staticmethod
    def _of(table: pd.DataFrame, name: str) -> pd.Series[Any]:
        if name not in table.columns:
            raise UnknownNameError("variable", name, table.columns)
        return table[name]


def evaluate(expression: Expression, frame: pd.DataFrame, missing: pd.DataFrame) -> Truth:
    """Return for which respondents an expression holds.

    Parameters
    ----------
    expression : Expression
        As ``parse`` returns it.
    frame : pandas.DataFrame, shape (respondents, variables)
        Coded answers: categoricals of codes (ordered where a scale is ordinal), floats, booleans, dates, strings.
    missing : pandas.DataFrame, the same rows and columns
        Why an answer is missing (``"dont_know"``, ``"refused"`` ...), None where it was given.

    Returns
    -------
    numpy.ndarray of bool, shape (respondents,)

    Raises
    ------
    UnknownNameError
        The expression reads a variable that the frame lacks, or a code that the variable does not have.
    InputError
        A variable is compared with something of another kind.
    """
    return _evaluate(expression, _answers(frame, missing))


def asked(instrument: Instrument, frame: pd.DataFrame, missing: pd.DataFrame) -> pd.DataFrame:
    """Return who was to be asked what, by routing of question and group and by consent.

    An answer to a question that its respondent was not asked counts as missing in later routing. The free text of
    "other" in a single question is asked of those who chose it.

    Parameters
    ----------
    instrument : Instrument
    frame, missing : pandas.DataFrame, shape (respondents, variables)
        See ``evaluate``.

    Returns
    -------
    pandas.DataFrame of bool, shape (respondents, variables)
        Indexed as ``frame``; a column per variable of the instrument, in order.
    """
    answers = _answers(frame, missing)
    result: dict[str, Truth] = {}
    for group in instrument.groups:
        for question in group.questions:
            to_ask = _question_asked(instrument, group, question, answers)
            for variable in question.variables():
                result[variable.name] = to_ask
                answers.unasked[variable.name] = ~to_ask
            if question.other and question.type is QuestionType.SINGLE:
                chosen = _compare(question.code, "=", "other", answers)
                result[f"{question.code}_other"] = chosen
                answers.unasked[f"{question.code}_other"] = ~chosen
    return pd.DataFrame(result, index=frame.index)


def question_asked(
    instrument: Instrument, question: Question | str, frame: pd.DataFrame, missing: pd.DataFrame
) -> Truth:
    """Return who is to be asked one question, given the answers to those before it.

    Meant for going through a questionnaire question by question: ``frame`` and ``missing`` need no more than the
    variables that the routing of this question and its group reads, and the consent. Answers of those who were not
    asked an earlier question must be missing in ``frame`` or have a reason in ``missing``.

    Returns
    -------
    numpy.ndarray of bool, shape (respondents,)
    """
    code = question if isinstance(question, str) else question.code
    wanted = instrument.question(code)
    group = next(each for each in instrument.groups if wanted in each.questions)
    return _question_asked(instrument, group, wanted, _answers(frame, missing))


def _answers(frame: pd.DataFrame, missing: pd.DataFrame) -> _Answers:
    if len(frame) != len(missing):
        raise InputError(
            f"the frame has {len(frame)} respondents and the record of missing answers {len(missing)}; "
            "give two tables with the same rows"
        )
    if not frame.index.equals(missing.index):
        raise InputError(
            "the frame and the record of missing answers are indexed differently; give both the same rows in one order"
        )
    return _Answers(frame, missing)


def _question_asked(instrument: Instrument, group: Group, question: Question, answers: _Answers) -> Truth:
    result = np.ones(len(answers.frame), dtype=np.bool_)
    if instrument.consent and question.code != instrument.consent:
        result &= _compare(instrument.consent, "=", "yes", answers)
    for text in (group.ask_if, question.ask_if):
        if text:
            result &= _evaluate(parse(text), answers)
    return result


def _evaluate(expression: Expression, answers: _Answers) -> Truth:
    match expression:
        case And(parts):
            return _every([_evaluate(part, answers) for part in parts])
        case Or(parts):
            return _any([_evaluate(part, answers) for part in parts])
        case Not(part):
            return ~_evaluate(part, answers)
        case State(name, "answered"):
            return answers.answered(name)
        case State(name, state):
            return answers.stated(name, state)
        case Holds(name):
            return _holds(name, answers)
        case Membership(name, values):
            return _any([_compare(name, "=", value, answers) for value in values])
        case Comparison(name, sign, value):
            return _compare(name, sign, value, answers)


def _every(parts: list[Truth]) -> Truth:
    return np.asarray(np.logical_and.reduce(parts), dtype=np.bool_)


def _any(parts: list[Truth]) -> Truth:
    return np.asarray(np.logical_or.reduce(parts), dtype=np.bool_)


def _holds(name: str, answers: _Answers) -> Truth:
    column = answers.column(name)
    if not pd.api.types.is_bool_dtype(column.dtype):
        raise InputError(f"{name} is not a tick of a multiple choice; compare it with a value")
    return np.asarray(column.fillna(False), dtype=np.bool_) & answers.answered(name)


def _compare(name: str, sign: str, value: float | str, answers: _Answers) -> Truth:
    column = answers.column(name)
    given = answers.answered(name)
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes = [str(each) for each in dtype.categories]
        if not isinstance(value, str):
            raise InputError(f'{name} holds codes; compare it with a code between double quotes, as in "{codes[0]}"')
        if value not in codes:
            raise UnknownNameError(f"code of {name}", value, codes)
        if sign not in {"=", "!="} and not dtype.ordered:
            raise InputError(f"the codes of {name} have no order; use =, != or in")
        content: Any = column.cat.codes.to_numpy()
        wanted: Any = codes.index(value)
    elif pd.api.types.is_bool_dtype(dtype):
        raise InputError(f"{name} is a tick of a multiple choice; write it without a comparison")
    elif pd.api.types.is_numeric_dtype(dtype):
        if isinstance(value, str):
            raise InputError(f"{name} holds numbers; compare it with a number without quotes")
        content, wanted = column.to_numpy(dtype=np.float64, na_value=np.nan), value
    elif pd.api.types.is_datetime64_any_dtype(dtype):
        content, wanted = column.dt.normalize().to_numpy(), _date(name, value)
    elif not given.any():
        return given
    else:
        if not isinstance(value, str):
            raise InputError(f"{name} holds text; compare it with text between double quotes")
        if sign not in {"=", "!="}:
            raise InputError(f"{name} holds text, which has no order; use =, != or in")
        content, wanted = column.to_numpy(dtype=object), value
    result = np.zeros(len(given), dtype=np.bool_)
    result[given] = COMPARE[sign](content[given], wanted)
    return result


def _date(name: str, value: float | str) -> np.datetime64:
    try:
        return np.datetime64(pd.to_datetime(str(value), format="%Y-%m-%d"))
    except ValueError:
        raise InputError(f'{name} holds dates; compare it with a date, as in "2026-01-31"') from None
