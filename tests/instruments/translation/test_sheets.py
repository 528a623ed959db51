from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from openpyxl import load_workbook

from trustsurvey.errors import InputError, InputFileError, MissingFileError, UnknownNameError, WriteError
from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.instruments.translation.importing import import_sheet
from trustsurvey.instruments.translation.sheet import export_sheet, sheet_rows

SUFFIX = pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
Change = Callable[[Path, dict[str, object]], None]


def change(sheet: Path, cells: dict[str, object], column: int = 5) -> None:
    """Write into a column of a sheet, by the key of the row; ``None`` empties the cell."""
    if sheet.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
        for row in rows:
            if row[0] in cells:
                row[column - 1] = str(cells[row[0]] or "")
        buffer = io.StringIO()
        csv.writer(buffer).writerows(rows)
        sheet.write_text(buffer.getvalue(), encoding="utf-8", newline="")
        return
    workbook = load_workbook(sheet)
    for row in workbook.worksheets[0].iter_rows():
        if row[0].value in cells:
            row[column - 1].value = cells[row[0].value]
    workbook.save(sheet)


@pytest.fixture(params=[".xlsx", ".csv"])
def sheet(request: pytest.FixtureRequest, styles: Path, tmp_path: Path) -> Path:
    """Return the sheet from French to Dutch of the questionnaire in every style."""
    path = tmp_path / f"nl{request.param}"
    assert export_sheet(styles, "fr", "nl", path) == 14
    return path


def messages(styles: Path, sheet: Path, language: str = "nl") -> list[str]:
    with pytest.raises(InputFileError) as caught:
        import_sheet(styles, sheet, language)
    return [f"{each.line}: {each.message}" for each in caught.value.problems]


def test_a_sheet_that_was_not_touched_changes_nothing(styles: Path, sheet: Path) -> None:
    before = styles.read_bytes()
    found = import_sheet(styles, sheet, "nl")
    assert found.changes == ()
    assert found.untranslated == ()
    found.write()
    assert styles.read_bytes() == before


def test_a_sheet_changes_the_texts_that_were_written(
    styles: Path, sheet: Path, differing: Callable[[Path], list[str]]
) -> None:
    change(sheet, {"B.text": "Hoeveel keer?", "welcome": "Welkom.\nEn tot ziens."})
    found = import_sheet(styles, sheet, "nl")
    assert [(each.key, each.old, each.new) for each in found.changes] == [
        ("welcome", "Welkom.\nTot ziens.", "Welkom.\nEn tot ziens."),
        ("B.text", "Hoeveel?", "Hoeveel keer?"),
    ]
    assert differing(styles) == []
    found.write()
    assert "          nl: Hoeveel keer?" in differing(styles)
    assert load_instrument(styles).welcome["nl"] == "Welkom.\nEn tot ziens."


def renamed(sheet: Path, **names: str) -> None:
    """Give columns of a CSV sheet other names, as somebody does who types them."""
    header, _, rows = sheet.read_text(encoding="utf-8-sig").partition("\n")
    titles = [names.get(each.split(" ")[0].strip(), each) for each in header.rstrip("\r").split(",")]
    sheet.write_text(f"{','.join(titles)}\n{rows}", encoding="utf-8")


@pytest.mark.parametrize("names", [{"target": "target"}, {"target": "target", "now": "now"}])
def test_the_column_target_needs_no_language(names: dict[str, str], styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "nl.csv"
    export_sheet(styles, "fr", "nl", sheet)
    change(sheet, {"B.text": "Hoeveel keer?"})
    renamed(sheet, **names)
    (found,) = import_sheet(styles, sheet, "nl").changes
    assert (found.key, found.old, found.new) == ("B.text", "Hoeveel?", "Hoeveel keer?")


def test_the_column_now_still_tells_the_language(styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "nl.csv"
    export_sheet(styles, "fr", "nl", sheet)
    renamed(sheet, target="target")
    assert messages(styles, sheet, "en") == ["1: this sheet is for nl, not for en"]


def test_a_second_column_target_is_refused(styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "nl.csv"
    export_sheet(styles, "fr", "nl", sheet)
    renamed(sheet, note="target")
    assert messages(styles, sheet) == ["1: the sheet has more than one column target"]


def test_the_file_can_be_written_elsewhere(styles: Path, sheet: Path, tmp_path: Path) -> None:
    before = styles.read_bytes()
    change(sheet, {"B.text": "Hoeveel keer?"})
    written = import_sheet(styles, sheet, "nl").write(tmp_path / "new.yaml")
    assert styles.read_bytes() == before
    assert load_instrument(written).question("B").text["nl"] == "Hoeveel keer?"


def test_every_problem_of_a_sheet_is_told_by_row(styles: Path, sheet: Path) -> None:
    change(sheet, {"title": None, "end": " Dank u", "A.text": "Nog eens", "B.text": "Hoeveel ?"})
    change(sheet, {"A.one.text": "A.oen.text", "A.two.text": "A.text"}, column=1)
    text = styles.read_text(encoding="utf-8").replace("fr: Combien ?", "fr: Combien en tout ?")
    styles.write_text(text.replace("nl: Hoe vaak?", "nl: Hoe dikwijls?"), encoding="utf-8")
    found = messages(styles, sheet)
    assert found == [
        "2: title has no translation in nl",
        "4: the translation of end begins or ends with a space or line break",
        "9: A.text was changed in the file since the export, and in the sheet",
        "10: there is no text A.oen.text",
        "11: A.text is given twice, first in row 9",
        "12: the source of B.text in fr is no longer what was translated",
    ]


def test_a_title_has_a_longest_length(styles: Path, sheet: Path) -> None:
    change(sheet, {"title": "x" * 201})
    assert messages(styles, sheet) == ["2: the translation of title has 201 characters, more than 200"]


def test_the_sheet_of_another_language_or_questionnaire_is_refused(styles: Path, sheet: Path) -> None:
    assert messages(styles, sheet, "en") == ["1: this sheet is for nl, not for en"]
    rows = {row.key: f"other.{row.key}" for row in sheet_rows(styles, "fr", "nl")[1:]}
    change(sheet, rows, column=1)
    assert messages(styles, sheet) == [f"1: 1 of the 14 keys of the sheet are in {styles}"]


def test_a_formula_is_no_text(styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "nl.xlsx"
    export_sheet(styles, "fr", "nl", sheet)
    change(sheet, {"B.text": "=1+1"})
    assert messages(styles, sheet) == ["12: the cell in column 5 holds a formula"]


@SUFFIX
def test_what_looks_like_a_formula_is_shown_and_comes_back(suffix: str, styles: Path, tmp_path: Path) -> None:
    text = styles.read_text(encoding="utf-8").replace("nl: Hoeveel?", "nl: '=SOM(A1) @ - +'")
    styles.write_text(text, encoding="utf-8")
    sheet = tmp_path / f"nl{suffix}"
    export_sheet(styles, "fr", "nl", sheet)
    if suffix == ".xlsx":
        cell = next(row[4] for row in load_workbook(sheet).worksheets[0].iter_rows() if row[0].value == "B.text")
        assert (cell.data_type, cell.value) == ("s", "=SOM(A1) @ - +")
        assert cell.quotePrefix
    else:
        assert "'=SOM(A1) @ - +" in sheet.read_text(encoding="utf-8-sig")
    assert import_sheet(styles, sheet, "nl").changes == ()


def test_numbers_that_a_program_made_of_text_are_text_again(styles: Path, sheet: Path) -> None:
    change(sheet, {"B.text": 16})
    assert import_sheet(styles, sheet, "nl").changes[0].new == "16"


def test_csv_may_come_back_with_semicolons(styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "nl.csv"
    export_sheet(styles, "fr", "nl", sheet)
    rows = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows(rows)
    sheet.write_text(buffer.getvalue(), encoding="utf-8-sig", newline="")
    assert import_sheet(styles, sheet, "nl").changes == ()


def test_rows_say_where_a_text_is_shown(styles: Path) -> None:
    rows = {row.key: row for row in sheet_rows(styles, "fr", "nl")}
    assert rows["A.one.text"].context == "a line of a battery\npage: Page\nquestion: À quelle fréquence ?"
    assert rows["B.ends.2"].context.startswith(
        "the highest end of a scale\npage: Page\nquestion: Combien ?\nasked if: "
    )
    assert rows["B.text"].context.startswith("question (rating)\npage: Page\nasked if: ")
    assert "Souvent" in rows["B.text"].context
    assert rows["title"].limit == 200
    english = {row.key: row for row in sheet_rows(styles, "fr", "en")}
    assert english["B.text"].context.endswith("nl: Hoeveel?")
    assert (english["B.text"].now, english["B.text"].target) == ("", "")


def test_only_translations_and_notes_can_be_written_to(styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "nl.xlsx"
    export_sheet(styles, "fr", "nl", sheet)
    page = load_workbook(sheet).worksheets[0]
    assert page.protection.sheet
    assert page.title == "styles"
    assert [cell.protection.locked for cell in page[2]] == [True, True, True, True, False, True, False]


@pytest.mark.parametrize(
    ("source", "target", "name", "error"),
    [
        ("de", "nl", "a.csv", UnknownNameError),
        ("fr", "xx", "a.csv", InputError),
        ("fr", "fr", "a.csv", InputError),
        ("fr", "nl", "a.ods", InputError),
        ("fr", "nl", "no/a.csv", WriteError),
        ("fr", "nl", "no/a.xlsx", WriteError),
    ],
)
def test_exports_that_cannot_be(
    source: str, target: str, name: str, error: type[Exception], styles: Path, tmp_path: Path
) -> None:
    with pytest.raises(error):
        export_sheet(styles, source, target, tmp_path / name)


def test_sheets_that_cannot_be_read(styles: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        import_sheet(styles, tmp_path / "none.xlsx", "nl")
    for name, content in (("a.xlsx", b"no workbook"), ("a.csv", b"one,two\n"), ("b.csv", b""), ("c.csv", b"\xff\xfe")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputFileError):
            import_sheet(styles, tmp_path / name, "nl")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_damaged_sheets_are_refused_or_read_and_never_crash(suffix: str, styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / f"nl{suffix}"
    export_sheet(styles, "fr", "nl", sheet)
    data, random = sheet.read_bytes(), Random(1)
    for _ in range(40):
        damaged = bytearray(data)
        for _ in range(random.randint(1, 6)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        sheet.write_bytes(bytes(damaged[: random.choice([len(damaged), random.randrange(len(damaged))])]))
        with suppress(InputFileError):
            import_sheet(styles, sheet, "nl")


def test_a_cell_that_never_ends_is_named(styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "nl.csv"
    sheet.write_text('key,context,source (fr),now (nl),target (nl)\ntitle,"' + "x" * 200_000, encoding="utf-8")
    assert "this is not CSV" in messages(styles, sheet)[0]


def test_a_new_language_is_added(styles: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "de.xlsx"
    export_sheet(styles, "fr", "de", sheet)
    keys = [row.key for row in sheet_rows(styles, "fr", "de")]
    change(sheet, {key: f"Wort {number}" for number, key in enumerate(keys) if key != "B.text"})
    found = import_sheet(styles, sheet, "de")
    assert len(found.changes) == 13
    assert found.untranslated == ("B.text",)
    found.write()
    assert [each.message for each in check(styles)] == ["text: no translation in de"]
    export_sheet(styles, "fr", "de", sheet)
    change(sheet, {"B.text": "Wie viele?"})
    import_sheet(styles, sheet, "de").write()
    assert check(styles) == []
    assert load_instrument(styles).languages == ("fr", "nl", "de")


def test_a_new_language_needs_the_blocks_in_it(tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(
        "instrument: short\nversion: 1.0.0\nlanguages: [fr]\ntitle: {fr: Un titre}\n"
        "bank: [demographics@1.0.0, non-response@1.0.0]\n"
        "groups:\n  - {code: you, title: {fr: Vous}, questions: [{use: demographics}]}\n",
        encoding="utf-8",
    )
    assert check(draft) == []
    sheet = tmp_path / "ar.csv"
    export_sheet(draft, "fr", "ar", sheet)
    change(sheet, {"title": "عنوان", "group:you.title": "أنتم"})
    with pytest.raises(InputFileError) as caught:
        import_sheet(draft, sheet, "ar")
    assert [each.message for each in caught.value.problems] == [
        "the block demographics@1.0.0, which the file uses, has no texts in ar",
        "the block non-response@1.0.0, which the file uses, has no texts in ar",
    ]
    assert "copy 1.0.0.yaml in bank/demographics to a new version" in caught.value.problems[0].remedy
