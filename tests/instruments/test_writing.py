from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trustsurvey.documents.document import LOADER, read_document
from trustsurvey.errors import InputError
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Scale, ScalePoint, Text
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.writing import instrument_text

CITIZEN_TRUST = Path(__file__).parents[2] / "instruments/citizen-trust/releases/1.0.0.yaml"


def english(text: str) -> Text:
    return Text.of({"en": text})


def with_text(text: str) -> Instrument:
    question = Question("Q1", QuestionType.LONG_TEXT, english(text))
    return Instrument("one", "1.0.0", ("en",), english("One"), (Group("g", english("G"), (question,)),))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Instrument], Path]:
    def write(instrument: Instrument) -> Path:
        path = tmp_path / "written.yaml"
        path.write_text(instrument_text(instrument), encoding="utf-8")
        return path

    return write


def test_every_key_comes_back(
    everything: str, write: Callable[[str | bytes], Path], written: Callable[[Instrument], Path]
) -> None:
    instrument = load_instrument(write(everything))
    again = load_instrument(written(instrument))
    assert again == instrument
    assert again.digest == instrument.digest


def test_every_field_of_a_question_is_written_somewhere(everything: str, write: Callable[[str | bytes], Path]) -> None:
    # A field that is new to questions and forgotten in the writer would be lost in silence.
    questions = load_instrument(write(everything)).questions
    for field in fields(Question):
        values = {repr(getattr(question, field.name)) for question in questions}
        assert len(values) > 1, f"{field.name} has one value only in the example; give it another"


def test_a_released_instrument_comes_back_within_the_width(written: Callable[[Instrument], Path]) -> None:
    instrument = load_instrument(CITIZEN_TRUST)
    path = written(instrument)
    assert load_instrument(path).digest == instrument.digest
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= 120


@pytest.mark.parametrize(
    "text",
    [
        "Two\nlines",
        "A heading\n\nand a paragraph: with a colon",
        "ends in a colon:",
        "- a dash",
        "# no comment",
        "null",
        "007",
        "1e5",
        "true",
        "\"quoted\" \\ and 'quoted'",
        "{ not a mapping }",
        "word " * 60 + "end",
        "word\u00a0:" * 60,
        "two  spaces " * 20 + "end",
        "a" * 300,
        "  indented\nlines",
        "trailing \nspace",
        "tab\tinside",
        "line\u2028separator",
        "émoji 🙂 and עברית",
        "? question",
        "@at and `tick`",
        "%percent",
        "a, b] c} d",
        "line one\n  line two\n\n\nline five",
    ],
)
def test_any_text_comes_back(text: str, tmp_path: Path) -> None:
    path = tmp_path / "text.yaml"
    path.write_text(instrument_text(with_text(text)), encoding="utf-8")
    document = read_document(path)
    assert not document.problems
    assert document.content["groups"][0]["questions"][0]["text"]["en"] == text


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), min_size=1))
def test_random_texts_come_back(text: str) -> None:
    content = yaml.load(instrument_text(with_text(text)), Loader=LOADER)
    assert content["groups"][0]["questions"][0]["text"]["en"] == text


def test_head_and_notes_are_comments(tmp_path: Path) -> None:
    instrument = with_text("Why?")
    text = instrument_text(instrument, head=["From somewhere", "", "and more"], notes={"Q1": ["Only if: X == 1"]})
    assert text.startswith("# From somewhere\n#\n# and more\n\ninstrument: one\n")
    assert "      # Only if: X == 1\n      - code: Q1\n" in text
    path = tmp_path / "noted.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_instrument(path) == instrument


def test_two_scales_of_one_name_are_refused() -> None:
    points = (ScalePoint("a", english("A"), 1.0), ScalePoint("b", english("B"), 2.0))
    first = Question("Q1", QuestionType.SINGLE, english("One?"), scale=Scale("s", "nominal", points))
    second = replace(first, code="Q2", scale=Scale("s", "nominal", points[:1]))
    instrument = replace(with_text("x"), groups=(Group("g", english("G"), (first, second)),))
    with pytest.raises(InputError, match="two different scales are called s"):
        instrument_text(instrument)
