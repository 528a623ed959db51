"""Cells of a file of records: what each can hold, said by row and column and without what it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from trustsurvey.errors import RecordProblem
from trustsurvey.fieldwork.file_columns import Columns
from trustsurvey.fieldwork.file_tables import FileTable
from trustsurvey.fieldwork.file_values import reader_of
from trustsurvey.fieldwork.platform import question_keys, raw_keys
from trustsurvey.instruments.checks_records import REFERENCE_PERIOD
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.monitoring.periods import Period

__all__ = ["Cells", "column_names", "read_cells"]

TYPED = frozenset({QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.HIDDEN})
MOST_CODES = 15


@dataclass(slots=True)
class Cells:
    """The cells of every record by raw key, those that cannot be left out, and what is wrong.

    Parameters
    ----------
    answers : list of dict
        A record each, in the order of the file; ``""`` is an empty cell.
    unread : set of (position, raw key)
        Cells that hold what they cannot.
    problems : list of RecordProblem
    """

    answers: list[dict[str, str]]
    unread: set[tuple[int, str]] = field(default_factory=set)
    problems: list[RecordProblem] = field(default_factory=list)


def read_cells(instrument: Instrument, table: FileTable, columns: Columns, period: Period) -> Cells:
    """Return the cells of a table as the raw codes of a register."""
    keys = raw_keys(instrument)
    cells = Cells([dict.fromkeys(keys, "") for _ in table.rows])
    place = {name: position for position, name in enumerate(table.columns)}
    for question in instrument.questions:
        for key in question_keys(instrument, question):
            column = columns.answers.get(key)
            if column is None:
                continue
            read = reader_of(instrument, question, key, table.labels.get(column, {}))
            wanted = _wanted(instrument, question)
            for position, row in enumerate(table.rows):
                value = read(row[place[column]].strip())
                message, remedy = ("cannot be read", wanted) if value is None else _outside(question, value, period)
                if message:
                    cells.problems.append(RecordProblem(table.numbers[position], column, message, remedy))
                    cells.unread.add((position, key))
                else:
                    cells.answers[position][key] = value or ""
        if question.type is QuestionType.MULTIPLE and question.choices is not None:
            _too_many(question, question.choices, table.numbers, cells)
    return cells


def _wanted(instrument: Instrument, question: Question) -> str:
    match question.type:
        case QuestionType.NUMBER | QuestionType.RATING:
            return "write a number in digits"
        case QuestionType.DATE:
            return "write a day as YYYY-MM-DD"
        case QuestionType.MULTIPLE:
            return "write Y, or leave it empty"
        case _:
            codes = list(question.scale.codes) if question.scale else []
            reasons = ((question.dont_know, instrument.dont_know), (question.refused, instrument.refused))
            codes += [reason.code for offered, reason in reasons if offered and reason]
            shown = ", ".join(codes[:MOST_CODES]) + (" ..." if len(codes) > MOST_CODES else "")
            return f"write one of the codes {shown}"


def _outside(question: Question, value: str, period: Period) -> tuple[str, str]:
    """Return what is wrong with a value, and the remedy; empty where it is right."""
    if not value:
        return "", ""
    match question.type:
        case QuestionType.NUMBER | QuestionType.RATING if _is_number(value):
            return _number_outside(question, float(value), period)
        case QuestionType.DATE if value[:4].isdecimal():
            return _date_outside(question, value[:10], period)
        case QuestionType.TEXT if question.pattern and not re.fullmatch(question.pattern, value, re.ASCII):
            return "does not have the form that is asked for", f"it has the form {question.pattern}"
    return "", ""


def _number_outside(question: Question, number: float, period: Period) -> tuple[str, str]:
    limits = {"least": question.minimum, "most": question.maximum}
    if isinstance(limits["least"], float) and number < limits["least"]:
        return "is too small", f"it is at least {limits['least']:g}"
    if isinstance(limits["most"], float) and number > limits["most"]:
        return "is too large", f"it is at most {limits['most']:g}"
    # 1.234 is a thousand and more to whoever wrote it.
    if all(isinstance(each, float) and each.is_integer() for each in limits.values()) and not number.is_integer():
        return "is no whole number", "write digits alone, without a sign between thousands"
    if question.concept == REFERENCE_PERIOD and number != period.start.year:
        return f"is not the year of {period.name}", "send the records of one period in a file, and name that period"
    return "", ""


def _date_outside(question: Question, day: str, period: Period) -> tuple[str, str]:
    if not _is_day(day):
        return "is no day of the calendar", "write a day as YYYY-MM-DD"
    if isinstance(question.minimum, str) and day < question.minimum:
        return "is too early", f"it is {question.minimum} or later"
    if isinstance(question.maximum, str) and day > question.maximum:
        return "is too late", f"it is {question.maximum} or earlier"
    if question.concept == REFERENCE_PERIOD:
        if not period.start.isoformat() <= day <= period.end.isoformat():
            return f"is not in {period.name}", "send the records of one period in a file, and name that period"
        if not day.endswith("-01"):
            return "is not the first day of a month", "write the first day of the month"
    elif day > period.end.isoformat():
        return f"comes after the end of {period.name}", "correct the date; nothing is known of later days"
    return "", ""


def _too_many(question: Question, choices: int, numbers: tuple[int, ...], cells: Cells) -> None:
    keys = [variable.key for variable in question.variables()]
    for position, answers in enumerate(cells.answers):
        if sum(bool(answers[key]) for key in keys) > choices:
            message, remedy = "has more ticks than it may", f"tick at most {choices}"
            cells.problems.append(RecordProblem(numbers[position], question.code, message, remedy))
            cells.unread |= {(position, key) for key in keys}
            answers |= dict.fromkeys(keys, "")


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def column_names(instrument: Instrument, columns: Columns) -> Mapping[str, str]:
    """Return the heading of every variable in the file; its own name where it has none."""
    return {variable.name: columns.answers.get(variable.key, variable.name) for variable in instrument.variables}
