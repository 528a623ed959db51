"""Answer files as tables of text: CSV in the dialects of LimeSurvey, R and spreadsheets, SPSS and Stata."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from trustsurvey.errors import InputError, MissingFileError

__all__ = ["FileTable", "read_table"]

DELIMITERS = ";,\t|"
LARGEST_CELL = 1_000_000
STATISTICS = {".sav": "SPSS", ".zsav": "SPSS", ".por": "SPSS", ".dta": "Stata"}
TEXT = frozenset({".csv", ".txt", ".tsv", ".tab", ""})


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table of text.

    Parameters
    ----------
    columns : tuple of str
    rows : tuple of tuple of str
        As long as ``columns``; ``""`` is an empty cell.
    labels : mapping of column to mapping of value to label
        Value labels of SPSS and Stata, the values as they stand in the cells.
    headings : mapping of column to str
        What SPSS and Stata say of a column; of columns with one heading, that heading.
    numbers : tuple of int
        Where each row stands in the file: a text file's headings stand in row 1, and its empty rows are left out.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[int, ...] = field(default=(), repr=False)


def read_table(path: Path) -> FileTable:
    """Read a file of answers by its ending: .csv, .txt, .tsv; .sav, .zsav, .por; .dta.

    Raises
    ------
    MissingFileError, InputError
        No such file; another ending, a damaged file, rows of different length.
    """
    if not path.exists():
        raise MissingFileError(f"the file {path} does not exist; check the path")
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it")
    suffix = path.suffix.lower()
    if suffix in STATISTICS:
        return _from_statistics(path, suffix)
    if suffix in TEXT:
        return _from_text(path)
    raise InputError(f"{path} is no CSV, SPSS or Stata file; save the answers as .csv, .sav or .dta")


def _from_text(path: Path) -> FileTable:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}); check the path and its rights") from error
    text = _decoded(data, path)
    csv.field_size_limit(LARGEST_CELL)
    delimiter = _delimiter(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"{path} is damaged as a CSV file ({error}); export it again") from error
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise InputError(f"{path} is empty; export the answers again")
    columns = tuple(name.strip() for name in rows[0])
    if columns[0] == "" and len(columns) > 1:
        # R writes the names of rows in a first column without a heading.
        columns = ("id", *columns[1:]) if "id" not in columns else ("row", *columns[1:])
    while columns and columns[-1] == "":
        columns = columns[:-1]
    body = [row for row in rows[1:] if any(row)]
    wrong = [number for number, row in enumerate(rows[1:], start=2) if any(row) and _length(row) > len(columns)]
    short = [number for number, row in enumerate(rows[1:], start=2) if any(row) and len(row) < len(columns)]
    if wrong or short:
        numbers = ", ".join(str(number) for number in (wrong + short)[:5])
        raise InputError(
            f"{path} has {len(wrong + short)} rows that are longer or shorter than the first (the first such rows: "
            f"{numbers}); it was cut off or edited, export it again"
        )
    names = _distinct(columns)
    repeated = {name: column for name, column in zip(names, columns, strict=True) if columns.count(column) > 1}
    places = tuple(number for number, row in enumerate(rows[1:], start=2) if any(row))
    return FileTable(names, tuple(tuple(row[: len(columns)]) for row in body), headings=repeated, numbers=places)


def _distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns, those that are given several times with their number behind."""
    seen: dict[str, int] = {}
    names = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        names.append(column if seen[column] == 1 else f"{column} ({seen[column]})")
    return tuple(names)


def _length(row: Sequence[str]) -> int:
    """Return how many cells a row has, without empty ones at its end."""
    return max((number for number, cell in enumerate(row, start=1) if cell), default=0)


def _decoded(data: bytes, path: Path) -> str:
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path} is no text in UTF-8 or Windows-1252; save it as UTF-8")


def _delimiter(text: str) -> str:
    """Return the sign that separates the most columns in the first row."""
    counts = {}
    for sign in DELIMITERS:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=sign), [])
        counts[sign] = len(first)
    return max(DELIMITERS, key=lambda sign: counts[sign])


def _from_statistics(path: Path, suffix: str) -> FileTable:
    import pyreadstat

    readers: dict[str, Any] = {".dta": pyreadstat.read_dta, ".por": pyreadstat.read_por}
    read = readers.get(suffix, pyreadstat.read_sav)
    options: dict[str, Any] = {} if suffix == ".por" else {"user_missing": True}
    try:
        frame, about = read(str(path), **options)
    except (pyreadstat.ReadstatError, OSError, ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a {STATISTICS[suffix]} file ({error}); save it again") from error
    columns = tuple(str(name) for name in frame.columns)
    cells = [[_cell(value) for value in frame[name].tolist()] for name in frame.columns]
    rows = tuple(zip(*cells, strict=True)) if cells else ()
    labels = {
        str(name): {_cell(value): str(label).strip() for value, label in values.items()}
        for name, values in about.variable_value_labels.items()
    }
    headings = {str(name): str(label) for name, label in about.column_names_to_labels.items() if label}
    return FileTable(columns, rows, labels, headings, tuple(range(1, len(rows) + 1)))


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return "" if value != value else value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).rstrip()
