"""Records in a workbook (.xlsx): they stand on the first sheet; that of the template has a second one, of codes."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from trustsurvey.documents.files import writing
from trustsurvey.errors import InputError, MissingFileError, RecordProblem, RegisterError
from trustsurvey.fieldwork.file_tables import FileTable
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType

__all__ = ["CODES", "read_workbook", "write_workbook"]

CODES = "codes"
RECORDS = "records"
LARGEST = 500_000_000
LONGEST_LIST = 250
PREPARED_ROWS = 5000
DAMAGED = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, OSError, SyntaxError)


def read_workbook(path: Path) -> FileTable:
    """Read the first sheet of a workbook.

    Raises
    ------
    MissingFileError, InputError
        No such file; a damaged one; other sheets with something on them than the template's.
    RegisterError
        Cells hold formulas.
    """
    if not path.is_file():
        raise MissingFileError(f"the file {path} does not exist; check the path")
    rows = list(_rows(path))
    formulas = [
        RecordProblem(number, get_column_letter(place), "holds a formula", "write the value itself")
        for number, row in rows
        for place, cell in enumerate(row, start=1)
        if cell is None
    ]
    if formulas:
        raise RegisterError(f"{path} does not hold records", formulas)
    cells = [(number, [str(cell) for cell in row]) for number, row in rows if any(row)]
    if not cells:
        raise InputError(f"{path} is empty; write the headings in the first row, and the records below")
    headings = [cell.strip() for cell in cells[0][1]]
    width = max(place for _, row in cells for place, cell in enumerate(row, start=1) if cell)
    if unnamed := [place for place, name in enumerate([*headings, *[""] * width][:width], start=1) if not name]:
        named = ", ".join(get_column_letter(place) for place in unnamed)
        raise InputError(f"{path} has columns without a heading ({named}); name them in the first row, or empty them")
    if doubled := sorted({name for name in headings[:width] if headings.count(name) > 1}):
        raise InputError(f"{path} has several columns of one name ({', '.join(doubled)}); delete all but one")
    body = tuple(tuple([*row, *[""] * width][:width]) for _, row in cells[1:])
    return FileTable(tuple(headings[:width]), body, numbers=tuple(number for number, _ in cells[1:]))


def _rows(path: Path) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the number and cells of each row; None is a formula."""
    damaged = f"{path} cannot be opened as a workbook; save it again as .xlsx, or as .csv"
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(each.file_size for each in packed.infolist()) > LARGEST:
                raise InputError(f"{path} is larger than a register can be; save the records alone as .csv")
        with warnings.catch_warnings():
            # About what it leaves out: lists of choices, colours.
            warnings.simplefilter("ignore")
            workbook = load_workbook(path)
        sheets = [sheet for sheet in workbook.worksheets if sheet.title != CODES]
    except InputError:
        raise
    except DAMAGED as error:
        raise InputError(damaged) from error
    if not sheets:
        raise InputError(f"{path} has no sheet of records; write them on the first sheet")
    if any(cell.value is not None for sheet in sheets[1:] for row in sheet.iter_rows() for cell in row):
        raise InputError(f"{path} has something on several sheets; put all records on the first, and empty the others")
    for number, row in enumerate(sheets[0].iter_rows(), start=1):
        yield number, [None if cell.data_type == "f" else _shown(cell.value) for cell in row]


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if (value.hour, value.minute, value.second) == (0, 0, 0):
            return value.date().isoformat()
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
    return str(value).strip()


def write_workbook(path: Path, instrument: Instrument, columns: Sequence[str], about: Sequence[Sequence[str]]) -> None:
    """Write an empty sheet of records, with the codes to choose from, and a sheet that says what each column takes.

    Raises
    ------
    WriteError
    """
    workbook = Workbook()
    records = workbook.worksheets[0]
    records.title = RECORDS
    _fill(records, [[variable.name for variable in instrument.variables]], 14)
    for place, variable in enumerate(instrument.variables, start=1):
        letter = get_column_letter(place)
        question = instrument.question(variable.question)
        choice = ",".join(variable.codes) or ("Y" if variable.kind == "boolean" else "")
        if choice and len(choice) <= LONGEST_LIST and question.type is not QuestionType.RANKING:
            choices = DataValidation(type="list", formula1=f'"{choice}"', allow_blank=True, showErrorMessage=True)
            choices.add(f"{letter}2:{letter}{PREPARED_ROWS}")
            records.add_data_validation(choices)
        if variable.kind == "date":
            records.column_dimensions[letter].number_format = "yyyy-mm-dd"
    _fill(workbook.create_sheet(CODES), [columns, *about], 24)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        workbook.save(path)


def _fill(sheet: Worksheet, rows: Sequence[Sequence[str]], width: int) -> None:
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            cell.value = text or None
            # What begins with = stays text.
            cell.data_type = "s" if text else "n"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font = Font(bold=True)
                sheet.column_dimensions[get_column_letter(place)].width = width
