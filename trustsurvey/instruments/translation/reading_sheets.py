"""Sheets that come back from translators, as rows of text with their numbers."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from trustsurvey.documents.spreadsheet import inert
from trustsurvey.documents.text import LARGEST, read_text
from trustsurvey.errors import InputFileError, MissingFileError, Problem
from trustsurvey.instruments.translation.sheet import SUFFIXES

__all__ = ["SheetReading", "read_sheet"]

NEEDED = ("key", "source", "now", "target")
HEADER = re.compile(r"(?P<name>key|context|source|now|target|limit|note)(?: \((?P<language>[A-Za-z-]+)\))?")
SAVE_AGAIN = "give the sheet that trustsurvey translations export wrote, as .xlsx or .csv"


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What a sheet holds: its languages, and (row, key, source, now, target) of every row; what is wrong with cells.

    A language is empty where no column names it.
    """

    source: str
    target: str
    rows: tuple[tuple[int, str, str, str, str], ...]
    problems: tuple[Problem, ...]


def read_sheet(path: Path) -> SheetReading:
    """Read the sheet of a translator.

    Raises
    ------
    InputFileError
        It cannot be opened, or has other columns than a sheet for translators.
    MissingFileError
        It does not exist.
    """
    if not path.is_file():
        raise MissingFileError(f"the file {path} does not exist; check the path")
    if path.suffix.lower() not in SUFFIXES:
        raise InputFileError([Problem(str(path), 0, 0, "this is neither .xlsx nor .csv", SAVE_AGAIN)])
    problems: list[Problem] = []
    rows = list(_csv(path) if path.suffix.lower() == ".csv" else _workbook(path, problems))
    header = [str(each).strip() for each in rows[0]] if rows else []
    matches = [HEADER.fullmatch(each) for each in header]
    places = {match["name"]: place for place, match in enumerate(matches) if match}
    codes = {match["name"]: match["language"] or "" for match in matches if match}
    if missing := [name for name in NEEDED if name not in places]:
        message = f"the sheet has no column {' and '.join(missing)}"
        raise InputFileError([Problem(str(path), 1, 1, message, SAVE_AGAIN)])
    names = [match["name"] for match in matches if match]
    if twice := [name for name in NEEDED if names.count(name) > 1]:
        message = f"the sheet has more than one column {' and '.join(twice)}"
        raise InputFileError([Problem(str(path), 1, 1, message, "keep the one that holds the translations")])
    read = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [row[places[name]] if places[name] < len(row) else "" for name in NEEDED]
        if any(cells):
            key, source, now, target = cells
            read.append((number, key.strip(), source, now, target))
    return SheetReading(codes["source"], codes["target"] or codes["now"], tuple(read), tuple(problems))


def _csv(path: Path) -> Iterator[list[str]]:
    _, text, problems = read_text(path)
    if problems:
        raise InputFileError(problems)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield [_plain(cell) for cell in row]
    except csv.Error as error:
        raise InputFileError(
            [Problem(str(path), reader.line_num, 0, f"this is not CSV: {error}", SAVE_AGAIN)]
        ) from None


def _plain(cell: str) -> str:
    """Return the text of a cell without the apostrophe that keeps it from being run, with line ends of ours."""
    cell = cell.replace("\r\n", "\n")
    return cell[1:] if cell.startswith("'") and inert(cell[1:]) == cell else cell


def _workbook(path: Path, problems: list[Problem]) -> Iterator[list[str]]:
    if path.stat().st_size > LARGEST:
        message = f"the workbook has more than {LARGEST} bytes"
        raise InputFileError([Problem(str(path), 0, 0, message, SAVE_AGAIN)])
    try:
        with warnings.catch_warnings():
            # Of parts that a workbook may have and a sheet for translators does not need.
            warnings.simplefilter("ignore")
            sheet = load_workbook(path).worksheets[0]
    except Exception as error:
        # What is wrong inside a workbook comes out as any of the errors of its parsers.
        message = f"the workbook cannot be opened ({type(error).__name__})"
        raise InputFileError([Problem(str(path), 0, 0, message, SAVE_AGAIN)]) from None
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = []
        for cell in row:
            if cell.data_type == "f":
                message = f"the cell in column {cell.column} holds a formula"
                problems.append(Problem(str(path), number, cell.column or 0, message, "write the text itself"))
            cells.append(_shown(cell.value))
        yield cells


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\r\n", "\n").replace("_x000D_", "")
