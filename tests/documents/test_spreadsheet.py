"""Cells that a spreadsheet program would run become text."""

import csv
import io

import pytest

from trustsurvey.documents.spreadsheet import csv_text, inert


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\ufeff=1", "\uff1d1", "-", "=' '!A1"],
)
def test_what_would_run_is_shown_instead(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "a=1", "Saint-Gilles", "'=1", "16-34", "\u2212 1", "(=1)"])
def test_other_text_is_left_alone(text: str) -> None:
    assert inert(text) == text


def test_a_file_reads_back_with_numbers_as_they_were() -> None:
    text = csv_text(["token", "=name"], [["a;b,c", -1.5], ['x"y', None], ["-2", 3], ["two\nlines", ""]])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["token", "'=name"],
        ["a;b,c", "-1.5"],
        ['x"y', ""],
        ["'-2", "3"],
        ["two\nlines", ""],
    ]
