"""A zone that fills in the template sends what can be imported."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from trustsurvey.errors import InputError, UnknownNameError, WriteError
from trustsurvey.instruments.model import Instrument
from trustsurvey.monitoring.register_reading import read_register
from trustsurvey.monitoring.register_template import write_template

Row = Mapping[str, str]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_template_that_is_filled_in_is_a_register(identity_checks: Instrument, check: Row, tmp_path: Path) -> None:
    empty, codes = write_template(identity_checks, tmp_path / "checks.csv")
    assert codes.is_file()
    headings = empty.read_text(encoding="utf-8-sig").strip()
    assert headings.split(";") == list(check)
    with empty.open("a", encoding="utf-8", newline="") as file:
        file.write(";".join(check.values()) + "\r\n")
    assert len(read_register(empty, identity_checks, "2026-01").frame) == 1


def test_the_list_names_every_code_and_limit(identity_checks: Instrument, tmp_path: Path) -> None:
    _, codes = write_template(identity_checks, tmp_path / "checks.csv", "en")
    assert codes == tmp_path / "checks.codes.csv"
    rows = table(codes)
    for variable in identity_checks.variables:
        own = [row for row in rows if row["column"] == variable.name]
        assert tuple(row["code"] for row in own if row["code"]) == variable.codes
        assert own[0]["required"] == "yes"
    count = next(row for row in rows if row["column"] == "COUNT")
    assert (count["takes"], count["lowest"], count["highest"]) == ("a number", "1", "100000")
    assert {f"check {each.code}" for each in identity_checks.checks} <= {row["column"] for row in rows}
    assert next(row for row in rows if row["column"] == "key")["meaning"].startswith("ZONE, MONTH, MOTIVE")


def test_the_list_says_when_a_column_applies(complaints: Instrument, tmp_path: Path) -> None:
    _, codes = write_template(complaints, tmp_path / "complaints.csv", "nl")
    rows = {row["kolom"]: row for row in reversed(table(codes))}
    assert rows["OUTCOME"]["alleen als"] == "answered(CLOSED)"
    assert rows["CLOSED"]["verplicht"] == "nee"
    assert rows["CLOSED"]["inhoud"] == "een dag, JJJJ-MM-DD"
    assert rows["BODY"]["omschrijving"] == "Zone Brussel-Hoofdstad Elsene"


def test_what_cannot_be_written_is_said(identity_checks: Instrument, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no language 'de'; available: fr, nl, en"):
        write_template(identity_checks, tmp_path / "checks.csv", "de")
    with pytest.raises(InputError, match=r"is neither \.xlsx nor \.csv"):
        write_template(identity_checks, tmp_path / "checks.ods")
    with pytest.raises(InputError, match="is no register"):
        write_template(replace(identity_checks, record=None), tmp_path / "checks.csv")
    (tmp_path / "file").write_text("")
    for name in ("checks.csv", "checks.xlsx"):
        with pytest.raises(WriteError):
            write_template(identity_checks, tmp_path / "file" / name)
