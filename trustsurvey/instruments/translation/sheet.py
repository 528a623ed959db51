"""Sheets for translators: a row a text, as a workbook or as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from trustsurvey.documents.files import writing
from trustsurvey.documents.spreadsheet import csv_text
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.instruments.advice.languages import PLACEHOLDER
from trustsurvey.instruments.translation.context import Contexts
from trustsurvey.instruments.translation.texts import checked_language, languages_of, readable_document, texts_of

__all__ = ["SUFFIXES", "SheetRow", "columns", "export_sheet", "sheet_rows"]

SUFFIXES = (".xlsx", ".csv")
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"})
WIDTHS = (28, 44, 60, 44, 60, 9, 30)
TITLE = 31
NO_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet.

    ``now`` is the translation at the export, ``target`` the one to write, empty where nothing or TODO stands; a limit
    of 0 is none.
    """

    key: str
    context: str
    source: str
    now: str
    target: str
    limit: int = 0
    note: str = ""


def columns(source: str, target: str) -> tuple[str, ...]:
    """Return the names of the columns of a sheet."""
    return ("key", "context", f"source ({source})", f"now ({target})", f"target ({target})", "limit", "note")


def sheet_rows(path: str | PathLike[str], source: str, target: str) -> tuple[SheetRow, ...]:
    """Return the rows of the sheet from one language of a questionnaire file or block to another, old or new.

    Raises
    ------
    UnknownNameError
        The file has no texts in the source language.
    InputError
        The two languages are one, or the target is no language.
    InstrumentError
        The file is no YAML or names no languages.
    """
    document = readable_document(path)
    if source not in languages_of(document):
        raise UnknownNameError("language", source, languages_of(document))
    checked_language(target)
    if source == target:
        raise InputError(f"{source} cannot be translated into itself; give --from and --to two languages")
    contexts = Contexts(document, path, source)
    rows = []
    for text in texts_of(document):
        now = text.translations.get(target, "")
        words = text.translations.get(source, "")
        written = "" if PLACEHOLDER.search(now) else now
        rows.append(SheetRow(text.key, contexts.of(text, target), words, now, written, text.limit))
    return tuple(rows)


def export_sheet(path: str | PathLike[str], source: str, target: str, output: Path) -> int:
    """Write the sheet from one language to another; return its number of rows.

    In a workbook the columns of the translation and of notes can be written to, the others are protected without a
    password. No cell of either format is run by a spreadsheet program.

    Raises
    ------
    InputError, UnknownNameError, InstrumentError
        See ``sheet_rows``; the suffix of the output is neither ``.xlsx`` nor ``.csv``.
    WriteError
        The output cannot be written.
    """
    if output.suffix.lower() not in SUFFIXES:
        raise InputError(f"{output} is neither .xlsx nor .csv; name the file accordingly")
    rows = sheet_rows(path, source, target)
    names = columns(source, target)
    cells = [(row.key, row.context, row.source, row.now, row.target, row.limit or None, row.note) for row in rows]
    with writing(output):
        if output.suffix.lower() == ".csv":
            # The mark tells spreadsheet programs that the file is UTF-8.
            output.write_text(csv_text(names, cells), encoding="utf-8-sig", newline="")
        else:
            name = str(readable_document(path).content.get("instrument", "block"))
            _workbook(name, names, cells, (source, target)).save(output)
    return len(rows)


def _workbook(
    name: str, names: Sequence[str], rows: Sequence[Sequence[object]], languages: tuple[str, str]
) -> Workbook:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = name.translate(NO_TITLE)[:TITLE]
    sheet.freeze_panes = "B2"
    for column, (title, width) in enumerate(zip(names, WIDTHS, strict=True), start=1):
        cell = sheet.cell(1, column)
        _text(sheet, 1, column, title)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDDDDD")
        sheet.column_dimensions[get_column_letter(column)].width = width
    source, target = languages
    directions = {3: source, 4: target, 5: target}
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            if isinstance(value, str):
                _text(sheet, number, column, value)
            elif isinstance(value, int):
                cell.value = value
            right = directions.get(column, "en")[:2] in RIGHT_TO_LEFT
            cell.alignment = Alignment(
                wrap_text=True, vertical="top", horizontal="right" if right else "left", readingOrder=2 if right else 1
            )
            cell.protection = Protection(locked=column not in {5, 7})
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
    return workbook


def _text(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Put a text into a cell as text, whatever it begins with; it stays text when somebody edits it."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = text
        cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True
