"""Zones fill in workbooks: what stands on the first sheet is read, and nothing else is lost in silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from trustsurvey.errors import InputError, MissingFileError, RegisterError
from trustsurvey.instruments.model import Instrument
from trustsurvey.monitoring.register_reading import read_register
from trustsurvey.monitoring.register_template import write_template
from trustsurvey.monitoring.register_workbook import read_workbook

Row = Mapping[str, str]


@pytest.fixture
def template(identity_checks: Instrument, tmp_path: Path) -> Path:
    (path,) = write_template(identity_checks, tmp_path / "checks.xlsx", "nl")
    return path


def fill(path: Path, *rows: list[object]) -> Path:
    """Append rows to the first sheet of a workbook."""
    workbook = load_workbook(path)
    for row in rows:
        workbook.worksheets[0].append(row)
    workbook.save(path)
    return path


def test_a_workbook_that_is_filled_in_is_a_register(identity_checks: Instrument, check: Row, template: Path) -> None:
    typed = {**check, "ZONE": 5340, "MONTH": datetime(2026, 1, 1), "COUNT": 12.0}
    days = {**check, "MONTH": date(2026, 1, 1), "SEX": "F", "COUNT": 3}
    frame = read_register(fill(template, [*typed.values()], [*days.values()]), identity_checks, "2026-01").frame
    assert frame["COUNT"].tolist() == [12.0, 3.0]
    assert frame["ZONE"].tolist() == ["5340", "5340"]
    assert [str(day.date()) for day in frame["MONTH"]] == ["2026-01-01", "2026-01-01"]


def test_the_template_lets_choose_and_explains(identity_checks: Instrument, template: Path) -> None:
    workbook = load_workbook(template)
    records, codes = workbook.worksheets
    assert [cell.value for cell in records[1]] == [variable.name for variable in identity_checks.variables]
    choices = {str(each.sqref).partition(":")[0]: each.formula1 for each in records.data_validations.dataValidation}
    assert choices["G2"] == '"F,M,X,UNK"'
    assert [cell.value for cell in codes[1]][:3] == ["kolom", "betekenis", "inhoud"]
    assert "Politiezone" in [cell.value for cell in codes["B"]]
    assert not [cell for row in codes.iter_rows() for cell in row if cell.data_type == "f"]


def test_problems_are_named_by_the_row_of_the_sheet(identity_checks: Instrument, check: Row, template: Path) -> None:
    wrong = {**check, "SEX": "Dupont"}
    path = fill(template, [*check.values()], [None], [*wrong.values()])
    with pytest.raises(RegisterError) as found:
        read_register(path, identity_checks, "2026-01")
    assert [(each.row, each.column) for each in found.value.problems] == [(4, "SEX")]
    assert "Dupont" not in str(found.value)


def test_a_formula_is_no_record(identity_checks: Instrument, check: Row, template: Path) -> None:
    path = fill(template, [*{**check, "COUNT": "=6+6"}.values()])
    with pytest.raises(RegisterError, match="row 2: L: holds a formula; write the value itself"):
        read_register(path, identity_checks, "2026-01")


def test_records_on_another_sheet_are_not_passed_over(check: Row, template: Path) -> None:
    workbook = load_workbook(fill(template, [*check.values()]))
    workbook.create_sheet("February").append(["x"])
    workbook.save(template)
    with pytest.raises(InputError, match="something on several sheets"):
        read_workbook(template)


def test_columns_without_a_name_or_of_one_name_are_refused(template: Path) -> None:
    with pytest.raises(InputError, match=r"columns without a heading \(M\)"):
        read_workbook(fill(template, [*["x"] * 13]))
    workbook = Workbook()
    workbook.worksheets[0].append(["ZONE", "ZONE"])
    workbook.save(template)
    with pytest.raises(InputError, match="several columns of one name"):
        read_workbook(template)


def test_what_is_no_workbook_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_workbook(tmp_path / "nowhere.xlsx")
    for content in (b"", b"ZONE;MONTH\n", b"PK\x03\x04 cut off"):
        path = tmp_path / "wrong.xlsx"
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be opened as a workbook"):
            read_workbook(path)
    Workbook().save(path)
    with pytest.raises(InputError, match="is empty"):
        read_workbook(path)
