"""Answers that arrive as a file: from LimeSurvey, R, SPSS or Stata."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.file_columns import SHORTENED, Columns, columns_of
from trustsurvey.fieldwork.file_tables import FileTable, read_table
from trustsurvey.fieldwork.file_values import NOT_GIVEN, reader_of
from trustsurvey.fieldwork.labelled_marks import raw_reason, reason_cells
from trustsurvey.fieldwork.platform import Record, question_keys, raw_keys
from trustsurvey.fieldwork.responses import STATUSES, Responses, code_responses
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType

__all__ = ["read_file_responses"]

TYPED = frozenset({QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.HIDDEN})
WHOLE = re.compile(r"([0-9]{1,15})(?:\.0*)?")


def read_file_responses(
    path: str | os.PathLike[str], instrument: Instrument, wave: str, language: str = "", ignore: Sequence[str] = ()
) -> Responses:
    """Read and code the answers in a file.

    The columns are known by code (``Q[SUB]``, ``Q_SUB``, ``Q.SUB.``) or by the words of the questions, the answers by
    code, by label or, in SPSS and Stata files, by value label.

    Parameters
    ----------
    path : str or path-like
        A CSV file (LimeSurvey's, in codes or in words; R's), an SPSS (.sav) or a Stata (.dta) file.
    instrument : Instrument
        The questionnaire that was answered.
    wave : str
    language : str
        That of the answers, where the file does not tell and the instrument has several.
    ignore : sequence of str
        Columns to leave out; any other that is not in the instrument is an error.

    Returns
    -------
    Responses
        Without a column that says when they were submitted, everybody counts as having completed the questionnaire.

    Raises
    ------
    MissingFileError, InputError
        No such file, or it does not fit the instrument; everything at once, without anybody's answers.
    """
    source = Path(path)
    table = read_table(source)
    left_out = [name for name in ignore if name not in table.columns]
    kept = [name for name in table.columns if name not in set(ignore)]
    columns = columns_of(instrument, kept, table.headings)
    problems = [f"{name}: to be ignored, not in the file" for name in left_out]
    problems += [f"{name}: in the file, not in the instrument" for name in columns.unknown]
    problems += [f"{words}: two columns for one answer" for words in columns.ambiguous]
    problems += [f"{key}: in the instrument, not in the file" for key in columns.absent]
    if any(SHORTENED.fullmatch(name) for name in columns.unknown):
        problems.append("shortened headings cannot be told apart; export the answers with codes, or with full headings")
    elif columns.unknown:
        problems.append("leave columns out that do not belong to the questionnaire: --ignore, or ignore= in Python")
    reading = _Reading(instrument, table, columns, wave, language)
    records = reading.records()
    problems += reading.problems
    if problems:
        raise InputError(
            f"{source} does not hold the answers to {instrument.name} {instrument.version}:\n"
            + "\n".join(problems)
            + "\nnothing was imported"
        )
    return code_responses(instrument, records, wave, str(source))


class _Reading:
    """Turns rows into records and collects what does not fit."""

    def __init__(self, instrument: Instrument, table: FileTable, columns: Columns, wave: str, language: str) -> None:
        self.instrument = instrument
        self.wave = wave
        self.table = table
        self.columns = columns
        self.language = language
        self.problems: list[str] = []
        self.place = {name: position for position, name in enumerate(table.columns)}
        self.seen: dict[int, int] = {}

    def records(self) -> list[Record]:
        answers = self._answers()
        ids = self._ids()
        submitted = self._submitted()
        pages = self._pages(submitted)
        languages = self._languages()
        self._stamps()
        self._waves()
        if not self.table.rows:
            self.problems.append("the file holds no respondents")
        return [
            Record(ids[row], "file", submitted[row], pages[row], languages[row], answers[row])
            for row in range(len(self.table.rows))
        ]

    def _column(self, name: str) -> list[str] | None:
        if name not in self.columns.about:
            return None
        return [row[self.place[self.columns.about[name]]].strip() for row in self.table.rows]

    def _answers(self) -> list[dict[str, str]]:
        writes_na = self._writes_na()
        empty = dict.fromkeys(raw_keys(self.instrument), "")
        answers = [dict(empty) for _ in self.table.rows]
        pages = [(page, each) for page, group in enumerate(self.instrument.groups, start=1) for each in group.questions]
        for page, question in pages:
            for key in question_keys(self.instrument, question):
                column = self.columns.answers.get(key)
                if column is None:
                    continue
                labels = self.table.labels.get(column, {})
                read = reader_of(self.instrument, question, key, labels)
                reasons = reason_cells(question, labels)
                place, wrong = self.place[column], 0
                text = question.type in TYPED or key.endswith("[other]")
                for number, row in enumerate(self.table.rows):
                    cell = row[place]
                    if reason := reasons.get(cell):
                        answers[number] |= raw_reason(self.instrument, question, key, reason)
                        self.seen[number] = max(self.seen.get(number, 0), page if reason == "skipped" else 0)
                        continue
                    if text and writes_na and cell in NOT_GIVEN:
                        cell = ""
                    value = read(cell if text else cell.strip())
                    wrong += value is None
                    answers[number][key] = value or ""
                if wrong:
                    self.problems.append(f"{column}: {wrong} answers that {key} cannot hold")
        return answers

    def _writes_na(self) -> bool:
        """Return whether the file writes NA for nothing, as R does: it then does so among texts too."""
        codes = [question.code for question in self.instrument.questions if question.type not in TYPED]
        closed = [self.columns.answers[key] for key in codes if key in self.columns.answers]
        return any(row[self.place[column]] == "NA" for column in closed for row in self.table.rows)

    def _ids(self) -> list[int]:
        column = self._column("id")
        if column is None:
            return list(range(1, len(self.table.rows) + 1))
        found = [WHOLE.fullmatch(cell) for cell in column]
        if wrong := sum(each is None for each in found):
            self.problems.append(f"{self.columns.about['id']}: {wrong} numbers of respondents that are no whole number")
            return list(range(1, len(column) + 1))
        ids = [int(each[1]) for each in found if each]
        if doubled := len(ids) - len(set(ids)):
            self.problems.append(f"{self.columns.about['id']}: {doubled} respondents have the number of another one")
        return ids

    def _submitted(self) -> list[str | None]:
        status = self._column("status")
        if status is not None:
            if wrong := sum(cell not in STATUSES for cell in status):
                name = self.columns.about["status"]
                self.problems.append(f"{name}: {wrong} cells that are none of {', '.join(STATUSES)}")
            return [None if cell == "broken_off" else "yes" for cell in status]
        column = self._column("submitted")
        if column is None:
            return ["yes" for _ in self.table.rows]
        return [None if cell in NOT_GIVEN else cell for cell in column]

    def _pages(self, submitted: Sequence[str | None]) -> list[int]:
        whole = len(self.instrument.groups)
        column = self._column("last_page") or ["" for _ in self.table.rows]
        found = [WHOLE.fullmatch(cell) for cell in column]
        if wrong := sum(each is None and cell not in NOT_GIVEN for each, cell in zip(found, column, strict=True)):
            self.problems.append(f"{self.columns.about['last_page']}: {wrong} cells that are no whole number")
        # Beyond the last page that was left, a page with an answer was seen as well; coding looks after that.
        return [
            whole if done else min(whole, max(int(page[1]) if page else 0, self.seen.get(row, 0)))
            for row, (done, page) in enumerate(zip(submitted, found, strict=True))
        ]

    def _languages(self) -> list[str]:
        known = self.instrument.languages
        column = self._column("language")
        if self.language and self.language not in known:
            self.problems.append(f"{self.language} is no language of the instrument; it has {', '.join(known)}")
        if column is None:
            if not self.language and len(known) > 1:
                names = ", ".join(known)
                self.problems.append(
                    f"no column tells the language; give --language, or language= in Python, as one of {names}"
                )
            return [self.language or known[0] for _ in self.table.rows]
        languages = [self.language if cell in NOT_GIVEN and self.language else cell for cell in column]
        if wrong := sum(each not in known for each in languages):
            name = self.columns.about["language"]
            self.problems.append(f"{name}: {wrong} respondents in a language other than {', '.join(known)}")
        return languages

    def _stamps(self) -> None:
        column = self.columns.added.get("tsstamp")
        if column is None:
            return
        own = f"{self.instrument.name}@{self.instrument.version};{self.instrument.digest}"
        if other := sum(row[self.place[column]] not in {"", own} for row in self.table.rows):
            self.problems.append(
                f"{column}: {other} respondents answered another questionnaire than {self.instrument.name} "
                f"{self.instrument.version}; use the version that was in the field"
            )

    def _waves(self) -> None:
        if other := sum(cell != self.wave for cell in self._column("wave") or []):
            name = self.columns.about["wave"]
            self.problems.append(
                f"{name}: {other} respondents of another wave than {self.wave}; keep one wave in a file"
            )
