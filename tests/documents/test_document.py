from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from trustsurvey.documents import document as module
from trustsurvey.documents.document import Plain, read_document, value_of
from trustsurvey.documents.syntax import explain
from trustsurvey.documents.text import read_text


def document(tmp_path: Path, content: str | bytes) -> module.Document:
    path = tmp_path / "file.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(path)


# https://yaml.org/spec/1.2.2/#103-core-schema, without octal and hexadecimal numbers, which nobody types into a survey
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("nUll", "nUll"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("007", "007"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("0x1F", "0x1F"),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("01.5", "01.5"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1.0.0", "1.0.0"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31 10:00:00", "2026-01-31 10:00:00"),
        ("9" * 400, "9" * 400),
        ("=", "="),
    ],
)
def test_scalars_without_quotes(text: str, value: Any) -> None:
    found = value_of(Plain(text))
    assert found == value
    assert type(found) is type(value)


def test_not_a_number() -> None:
    assert math.isnan(value_of(Plain(".nan")))


def test_quoted_scalars_are_text(tmp_path: Path) -> None:
    assert document(tmp_path, "a: '1'\nb: \"true\"\nc: 1\nd: [x, true, ~]\n").plain() == {
        "a": "1",
        "b": "true",
        "c": 1,
        "d": ["x", True, None],
    }


def test_places_of_keys_and_values(tmp_path: Path) -> None:
    read = document(tmp_path, "a: 1\nbé:\n  - {c: 'x y', d: z}\n  - |\n    text\n")
    assert (read.keys[("bé",)].line, read.keys[("bé",)].column) == (2, 1)
    place = read.values[("bé", 0, "c")]
    assert (place.line, place.column, place.text_column) == (3, 9, 10)
    assert read.values[("bé", 0, "d")].text_column == 19
    assert read.values[("bé", 1)].text_column == 0
    problem = read.problem(("bé", 0, "c"), "wrong", "mend it", character=3)
    assert (problem.line, problem.column) == (3, 12)
    assert read.problem(("bé", 0, "missing", "deeper"), "wrong", "mend it").line == 3


def test_the_fast_parser_and_the_other_agree_on_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "é: [1, 'dø', {à: \"x\", b: ï}]\nlong: >-\n  folded\n  text\nempty:\n"
    content += "list:\n  - k: v\n    m: 'q''r'\n  -\n    - deep\n"
    fast = document(tmp_path, content)
    monkeypatch.setattr(module, "LOADER", yaml.BaseLoader)
    slow = document(tmp_path, content)
    assert fast == slow


BROKEN = [
    ("a: [1, 2", 1, 4, "the bracket opened here is never closed"),
    ("a: [1, 2\n", 1, 4, "the bracket opened here is never closed"),
    ("a: 1\nb: 'x\nc: d\n", 2, 4, "the quote opened here is never closed"),
    ("a: {x: 1,\n", 1, 10, "the file ends inside a bracket"),
    ("a:\n\tb: 1\n", 2, 1, "a tab stands in the indentation"),
    ("a: b: c\n", 1, 5, "this colon cannot stand here"),
    ("a: @x\n", 1, 4, "cannot start with this character"),
    ("a: 1\nb\nc: 2\n", 2, 1, "a key without its colon starts here"),
    ("a: {b: c: d}\n", 1, 9, "a comma or the closing bracket is missing"),
    ("a: 'l'ami'\n", 1, 7, "does not belong to the list or mapping"),
    ("a:\n  - b\n - c\n", 3, 2, "does not belong to the list or mapping"),
    ("a: ,x\n", 1, 4, "a value is expected here"),
    ("a: '---\n---\n", 1, 4, "the quote opened here is never closed"),
    ("a: >x\n", 1, 5, "the file is not YAML here"),
]


@pytest.mark.parametrize(("content", "line", "column", "words"), BROKEN)
def test_broken_syntax_is_explained_where_it_is(
    tmp_path: Path, content: str, line: int, column: int, words: str
) -> None:
    read = document(tmp_path, content)
    assert read.content is None
    (problem,) = read.problems
    assert (problem.line, problem.column) == (line, column)
    assert words in problem.message
    with pytest.raises(yaml.YAMLError) as slow:
        list(yaml.parse(content, Loader=yaml.BaseLoader))
    explained = explain("f", content, slow.value)
    assert (explained.line, explained.column) == (line, column)
    assert words in explained.message


def test_an_unknown_escape(tmp_path: Path) -> None:
    (problem,) = document(tmp_path, 'a: "\\q"\n').problems
    assert "this backslash sequence means nothing" in problem.message


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", (3, 1), "the key a is given twice, first on line 1"),
        ("a: {b: 1, 'b': {c: 2}}\n", (1, 11), "the key b is given twice, first on line 1"),
        ("a: &x 1\n", (1, 4), "the anchor &x is not supported"),
        ("a: *x\n", (1, 4), "the alias *x is not supported"),
        ("a: !!str 1\n", (1, 4), "is not supported"),
        ("a: !!python/object/apply:os.system [ls]\n", (1, 4), "is not supported"),
        ("? [a, b]\n: c\n", (1, 3), "a list or mapping stands where a key should"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document starts here"),
        ("# nothing\n", (1, 1), "the file holds nothing"),
        ("", (1, 1), "the file holds nothing"),
        ("[" * 50, (1, 21), "nested more than 20 levels"),
        ("{" * 50, (1, 2), "a list or mapping stands where a key should"),
    ],
)
def test_what_is_yaml_but_not_ours(tmp_path: Path, content: str, place: tuple[int, int], words: str) -> None:
    problem = document(tmp_path, content).problems[0]
    assert (problem.line, problem.column) == place
    assert words in problem.message


def test_the_first_of_two_equal_keys_is_kept(tmp_path: Path) -> None:
    assert document(tmp_path, "a: {b: 1}\na: {c: 2}\nd: 3\n").plain() == {"a": {"b": 1}, "d": 3}


def test_aliases_cannot_multiply(tmp_path: Path) -> None:
    content = "a: &a [x, x]\n" + "".join(
        f"{k}: &{k} [*{j}, *{j}]\n" for j, k in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert len(document(tmp_path, content).problems) == 9 + 16


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        ("a: é\nb: è\n".encode("latin-1"), (1, 4), "the byte 0xE9 (in Windows-1252 it would be é) is not UTF-8"),
        (b"a: x\nb: '\x93yes\x94'\n", (2, 5), "0x93 (in Windows-1252 it would be “)"),
        ("a: é".encode()[:-1], (1, 4), "the file ends in the middle of a character"),
        ("a: é\n".encode("utf-16"), (1, 1), "written in UTF-16"),
        ("a: e\n".encode("utf-16-be"), (1, 1), "written in UTF-16"),
        ("a: e\n".encode("utf-32"), (1, 1), "written in UTF-32"),
        (b"a: x\x00y\n", (1, 5), "the invisible character U+0000"),
        (b"a: 1\nb: \x1b[0m\n", (2, 4), "the invisible character U+001B"),
        ("a: \ufeffx\n".encode(), (1, 4), "the invisible character U+FEFF"),
        ("a: x\u2028y\n".encode(), (1, 5), "the invisible character U+2028"),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes, place: tuple[int, int], words: str) -> None:
    read = document(tmp_path, data)
    assert read.content is None
    assert (read.problems[0].line, read.problems[0].column) == place
    assert words in read.problems[0].message


def test_every_kind_of_text_is_allowed(tmp_path: Path) -> None:
    words = "œuvre ‘a’ « b » — € 日本 العربية 🙂 e\u0301"
    assert document(tmp_path, f"a: {words}\n").plain() == {"a": words}


def test_a_file_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(9_000_000)
    _, _, (problem,) = read_text(path)
    assert "has 9000000 bytes" in problem.message


def test_an_alias_in_the_place_of_a_key_is_a_problem(tmp_path: Path) -> None:
    assert document(tmp_path, "{*a").problems
