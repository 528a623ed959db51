"""Text from right to left goes through every step and comes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.instruments.translation.importing import import_sheet
from trustsurvey.instruments.translation.sheet import export_sheet, sheet_rows
from trustsurvey.instruments.writing import instrument_text

# With marks of direction (U+200F, U+200E, U+2067 ... U+2069) and without, vowel signs, and figures.
WORDS = {
    "title": "استطلاع حول الشرطة",
    "A.text": "\u200fكم مرة؟\u200f",
    "A.one.text": "تُصغي الشرطة (\u2067Police\u2069) إلى الناس",
    "B.text": "كم، من 0 إلى 10؟",
    "welcome": "أهلاً وسهلاً. " * 12 + "شكراً",
    "end": "\u200eFIN\u200e شكراً: «جزيلاً»، 100%",
}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_arabic_comes_back_to_the_character(suffix: str, styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / f"ar{suffix}"
    export_sheet(styles, "fr", "ar", sheet)
    texts = {row.key: WORDS.get(row.key, f"نص {number}") for number, row in enumerate(sheet_rows(styles, "fr", "ar"))}
    if suffix == ".xlsx":
        workbook = load_workbook(sheet)
        for row in workbook.worksheets[0].iter_rows(min_row=2):
            assert row[4].alignment.readingOrder == 2
            assert row[4].alignment.horizontal == "right"
            assert row[2].alignment.readingOrder == 1
            row[4].value = texts[row[0].value]
        workbook.save(sheet)
    else:
        lines = sheet.read_text(encoding="utf-8-sig")
        for key, words in texts.items():
            row = next(each for each in sheet_rows(styles, "fr", "ar") if each.key == key)
            limit = row.limit or ""
            quoted = f'"{words}"'
            lines = lines.replace(f",,,{limit},\n", f",,{quoted},{limit},\n", 1)
        sheet.write_text(lines, encoding="utf-8-sig")
    found = import_sheet(styles, sheet, "ar")
    assert {each.key: each.new for each in found.changes} == texts
    found.write()
    assert check(styles) == []
    instrument = load_instrument(styles)
    assert instrument.languages == ("fr", "nl", "ar")
    assert instrument.title["ar"] == WORDS["title"]
    assert instrument.question("A").text["ar"] == WORDS["A.text"]
    assert instrument.question("A").items[0].text["ar"] == WORDS["A.one.text"]

    written = tmp_path / "written.yaml"
    written.write_text(instrument_text(instrument), encoding="utf-8")
    assert check(written) == []
    assert load_instrument(written).digest == instrument.digest
    again = tmp_path / f"again{suffix}"
    export_sheet(written, "fr", "ar", again)
    assert import_sheet(written, again, "ar").changes == ()
    assert {row.key: row.now for row in sheet_rows(written, "fr", "ar")} == texts
