"""A file of records becomes coded records, or an error that names every problem in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from trustsurvey.errors import InputError, RecordProblem, RegisterError
from trustsurvey.fieldwork.deriving import routing_names
from trustsurvey.fieldwork.file_columns import Columns, columns_of
from trustsurvey.fieldwork.file_tables import FileTable, read_table
from trustsurvey.fieldwork.platform import Record
from trustsurvey.fieldwork.responses import Responses, code_responses
from trustsurvey.instruments.consistency import broken_checks, check_variables
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.monitoring.periods import period_of
from trustsurvey.monitoring.register_cells import Cells, column_names, read_cells
from trustsurvey.monitoring.register_workbook import read_workbook

__all__ = ["read_register"]

Mask: TypeAlias = NDArray[np.bool_]

MOST_NAMED = 6


def read_register(path: str | os.PathLike[str], instrument: Instrument, period: str, language: str = "") -> Responses:
    """Read and check a file of records, one a row.

    Every column is one of the register's, every cell is what its variable can hold, what must be given is given and
    what does not apply is empty, no two records share a key, and every check of the register holds. A number between
    whole limits is whole. Dates do not come after the period; a variable of the concept ``reference_period`` is the
    period's year, or the first day of a month in it.

    Parameters
    ----------
    path : str or path-like
        A workbook (.xlsx, its first sheet), or a CSV, SPSS (.sav) or Stata (.dta) file.
    instrument : Instrument
        The register: an instrument with ``record``.
    period : str
        ``2026``, ``2026-Q1`` or ``2026-01``; it becomes the wave.
    language : str
        That of the messages of checks; the register's first unless given.

    Returns
    -------
    Responses
        A respondent is a record, named by its row in the file.

    Raises
    ------
    MissingFileError, InputError
        No such file, no register, or no period.
    RegisterError
        The file does not fit: everything at once, by row and column, without anything that a cell holds.
    """
    if instrument.record is None:
        raise InputError(f"{instrument.name} {instrument.version} is no register, as it has no record; name a register")
    told = language or instrument.languages[0]
    if told not in instrument.languages:
        raise InputError(f"{language} is no language of the register; it has {', '.join(instrument.languages)}")
    covered = period_of(period)
    source = Path(path)
    table = read_workbook(source) if source.suffix.lower() == ".xlsx" else read_table(source)
    columns = columns_of(instrument, table.columns, table.headings)
    about = f"{source} does not hold records of {instrument.name} {instrument.version}"
    problems = list(_column_problems(columns, table))
    if not columns.answers or not table.rows:
        raise RegisterError(about, problems)
    cells = read_cells(instrument, table, columns, covered)
    responses = code_responses(instrument, _records(instrument, table, cells), period, str(source))
    judged = _Judgement(instrument, table, columns, cells, responses)
    problems += [*cells.problems, *judged.required(), *judged.doubled(), *judged.checked(told)]
    if problems:
        raise RegisterError(about, problems)
    return responses


def _column_problems(columns: Columns, table: FileTable) -> Iterator[RecordProblem]:
    if not columns.answers:
        # Its headings are not shown: without headings, they are the first record.
        remedy = "write the headings of the register in the first row; trustsurvey register template gives them"
        yield RecordProblem(0, "", "no column is one of the register's", remedy)
        return
    strange = {*columns.unknown, *columns.aside, *columns.about.values(), *columns.added.values()}
    for name in (each for each in table.columns if each in strange):
        remedy = "delete the column; a register takes its own columns only, so that nobody can be named in it"
        yield RecordProblem(0, name, "is no column of the register", remedy)
    for words in columns.ambiguous:
        yield RecordProblem(0, words, "are two columns for one answer", "delete one of the two")
    for key in columns.absent:
        remedy = "add the column, empty where nothing is to be said"
        yield RecordProblem(0, key, "is a column of the register and not in the file", remedy)
    if not table.rows:
        yield RecordProblem(0, "", "the file holds no records", "send the records below the headings")


def _records(instrument: Instrument, table: FileTable, cells: Cells) -> list[Record]:
    pages, language = len(instrument.groups), instrument.languages[0]
    return [
        Record(number, "file", "yes", pages, language, answers)
        for number, answers in zip(table.numbers, cells.answers, strict=True)
    ]


class _Judgement:
    """What is wrong with records whose cells could be read; a cell that could not be read is not judged again."""

    def __init__(
        self, instrument: Instrument, table: FileTable, columns: Columns, cells: Cells, responses: Responses
    ) -> None:
        self.instrument = instrument
        self.numbers = table.numbers
        self.answers = cells.answers
        self.frame, self.missing = responses.frame, responses.missing
        self.headings = column_names(instrument, columns)
        absent = set(columns.absent)
        self.unsure: dict[str, Mask] = {}
        for question in instrument.questions:
            inherited = self._any(routing_names(instrument, question.code))
            for variable in question.variables():
                own = np.array(
                    [(position, variable.key) in cells.unread for position in range(len(table.rows))], dtype=np.bool_
                )
                self.unsure[variable.name] = own | inherited | (variable.key in absent)

    def required(self) -> Iterator[RecordProblem]:
        """Yield what is empty and must be given, and what is given where it does not apply."""
        for question in self.instrument.questions:
            group = next(each for each in self.instrument.groups if question in each.questions)
            conditions = " and ".join(text for text in (group.ask_if, question.ask_if) if text)
            whole = question.type is QuestionType.MULTIPLE
            for variable in question.variables()[: 1 if whole else None]:
                if variable.name not in self.missing.columns:
                    continue
                heading = question.code if whole else self.headings[variable.name]
                reason, sure = self.missing[variable.name], ~self.unsure[variable.name]
                if question.mandatory == "hard":
                    remedy = "give it" + (f"; it belongs to every record where {conditions}" if conditions else "")
                    yield from self._at(np.asarray(reason == "skipped") & sure, heading, "is empty", remedy)
                given = [bool(answers[variable.key]) for answers in self.answers]
                stray = np.asarray(reason == "not_asked") & np.array(given, dtype=np.bool_) & sure
                remedy = f"leave it empty; it belongs to records where {conditions}"
                yield from self._at(stray, heading, "is given where it does not apply", remedy)

    def doubled(self) -> Iterator[RecordProblem]:
        """Yield the records that agree on every variable of the key with one before."""
        key = list(self.instrument.record.key) if self.instrument.record else []
        if not key:
            return
        complete = self.frame[key].notna().all(axis=1).to_numpy()
        whole = self.frame.loc[complete, key]
        first = whole.groupby(key, observed=True, sort=False).ngroup()
        earliest = {group: number for number, group in reversed(list(first.items()))}
        named = ", ".join(self.headings[name] for name in key)
        for number, group in first.items():
            if earliest[group] != number:
                message = f"this record is the same as that of row {earliest[group]} in all that tells records apart"
                remedy = f"add the two up, or correct one of them; they are told apart by {named}"
                yield RecordProblem(int(str(number)), "", message, remedy)

    def checked(self, language: str) -> Iterator[RecordProblem]:
        """Yield the records that break a check."""
        broken = broken_checks(self.instrument, self.frame, self.missing)
        positions = {number: position for position, number in enumerate(self.frame.index)}
        for check in self.instrument.checks:
            rows = [positions[each] for each in broken.loc[broken["check"] == check.code, "record"]]
            read = check_variables(check, self.missing.columns)
            doubtful = self._any(read)
            failing = np.zeros(len(self.frame), dtype=np.bool_)
            failing[rows] = True
            names = [self.headings.get(name, name) for name in read]
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            heading = ", ".join(names[:MOST_NAMED]) + more
            message = check.message[language].rstrip(".")
            condition = f" where {check.when}" if check.when else ""
            remedy = f"correct the record (check {check.code}: {check.rule}{condition})"
            yield from self._at(failing & ~doubtful, heading, message, remedy)

    def _any(self, names: Sequence[str]) -> Mask:
        known = [self.unsure[name] for name in names if name in self.unsure]
        empty = np.zeros(len(self.answers), dtype=np.bool_)
        return np.asarray(np.logical_or.reduce([empty, *known]), dtype=np.bool_)

    def _at(self, rows: Mask, column: str, message: str, remedy: str) -> Iterator[RecordProblem]:
        for position in np.flatnonzero(rows):
            yield RecordProblem(self.numbers[position], column, message, remedy)
