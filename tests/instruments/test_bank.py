"""Shared blocks: what comes from the bank reads as if it stood in the file, and what is wrong is said at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.errors import InstrumentError, Problem
from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.instruments.writing import instrument_text
from trustsurvey.resources import share

BLOCK = """\
block: weather
version: 1.0.0
languages: [fr, en]
dont_know: {code: DK, label: {fr: Ne sait pas, en: Don't know}}
scales:
  good3:
    kind: ordinal
    points:
      - {code: 1, label: {fr: Mauvais, en: Bad}}
      - {code: 2, label: {fr: Moyen, en: Fair}}
      - {code: 3, label: {fr: Bon, en: Good}}
  spare:
    kind: nominal
    points:
      - {code: a, label: {fr: A, en: A}}
questions:
  - {code: SKY, type: single, text: {fr: Le ciel ?, en: The sky?}, scale: good3, dont_know: true}
  - {code: RAIN, type: yes_no, text: {fr: Pluie ?, en: Rain?}, ask_if: SKY <= "2"}
derived:
  - code: wet
    label: {fr: Mouillé, en: Wet}
    levels:
      - {code: y, label: {fr: Oui, en: Yes}, when: RAIN = "yes"}
"""
SECOND = """\
block: seasons
version: 2.0.0
languages: [fr, en]
bank: [weather@1.0.0]
questions:
  - {code: WINTER, type: single, text: {fr: L'hiver ?, en: Winter?}, scale: good3, dont_know: true}
"""
FILE = """\
instrument: tiny
version: 1.0.0
languages: [en, fr]
title: {fr: Petit, en: Tiny}
bank: [weather@1.0.0]
groups:
  - code: one
    title: {fr: Un, en: One}
    questions:
      - {code: FIRST, type: yes_no, text: {fr: Un ?, en: One?}}
      - use: weather
      - {code: LAST, type: single, text: {fr: Trois ?, en: Three?}, scale: good3, ask_if: FIRST = "no"}
derived:
  - code: own
    label: {fr: Propre, en: Own}
    levels:
      - {code: y, label: {fr: Oui, en: Yes}, when: LAST = "1"}
"""


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a questionnaire in a project with a bank of its own."""
    for name, version, text in (("weather", "1.0.0", BLOCK), ("seasons", "2.0.0", SECOND)):
        path = tmp_path / "instruments" / "bank" / name / f"{version}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)

    def writer(text: str) -> Path:
        path = tmp_path / "instruments" / "tiny" / "draft.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return writer


def test_questions_scales_and_derived_variables_come_from_the_block(project: Callable[[str], Path]) -> None:
    instrument = load_instrument(project(FILE))
    assert [question.code for question in instrument.questions] == ["FIRST", "SKY", "RAIN", "LAST"]
    assert [derived.code for derived in instrument.derived] == ["wet", "own"]
    assert instrument.question("LAST").scale == instrument.question("SKY").scale
    assert instrument.dont_know is not None
    assert instrument.question("SKY").text.translations == (("en", "The sky?"), ("fr", "Le ciel ?"))


def test_what_is_written_again_is_complete_in_itself(project: Callable[[str], Path], tmp_path: Path) -> None:
    instrument = load_instrument(project(FILE))
    alone = tmp_path / "alone.yaml"
    alone.write_text(instrument_text(instrument))
    assert "bank" not in alone.read_text()
    assert load_instrument(alone) == instrument


def test_one_question_may_be_used_and_asked_of_fewer(project: Callable[[str], Path]) -> None:
    used = FILE.replace("- use: weather", '- {use: weather.SKY, ask_if: FIRST = "yes"}')
    instrument = load_instrument(project(used))
    assert [question.code for question in instrument.questions] == ["FIRST", "SKY", "LAST"]
    assert instrument.question("SKY").ask_if == 'FIRST = "yes"'
    assert [derived.code for derived in instrument.derived] == ["own"]


def test_conditions_of_the_block_and_of_its_use_are_joined(project: Callable[[str], Path]) -> None:
    used = FILE.replace("- use: weather", '- {use: weather, ask_if: FIRST = "yes"}')
    assert load_instrument(project(used)).question("RAIN").ask_if == '(FIRST = "yes") and (SKY <= "2")'


def test_a_block_may_use_another(project: Callable[[str], Path]) -> None:
    used = FILE.replace("weather@1.0.0", "weather@1.0.0, seasons@2.0.0")
    used = used.replace("- use: weather", "- use: weather\n      - use: seasons")
    instrument = load_instrument(project(used))
    assert instrument.question("WINTER").scale == instrument.question("SKY").scale


def test_a_block_that_uses_itself_is_refused(project: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "instruments/bank/weather/1.0.0.yaml"
    path.write_text(BLOCK.replace("dont_know:", "bank: [weather@1.0.0]\ndont_know:"))
    (problem,) = check(project(FILE))
    assert (problem.line, problem.message) == (5, "the block weather@1.0.0 has problems")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("weather@1.0.0", "weather@1.0.1", 5, "there is no block weather@1.0.1 in the bank"),
        ("weather@1.0.0", "weather", 5, "an entry of bank is no block with its version"),
        ("weather@1.0.0", "weather@1.0.0, weather@1.0.0", 5, "the block weather is named twice"),
        ("weather@1.0.0", "weather@1.0.0, seasons@2.0.0", 5, "nothing of the block seasons is used"),
        ("use: weather", "use: whether", 11, "the block whether is not in the list bank"),
        ("use: weather", "use: weather.SUN", 11, "the block weather has no question SUN"),
        ("use: weather", "{use: weather, trend: true}", 11, "the key trend is not known here"),
        ("bank: [weather@1.0.0]", "", 11, "the block weather is not in the list bank"),
        ("scale: good3", "scale: good4", 12, "there is no scale good4"),
        ("[en, fr]", "[en, nl]", 11, "the block weather has no texts in nl"),
        ("code: FIRST", "code: SKY", 11, "the question code SKY is given twice, first on line 10"),
        (
            "groups:",
            "scales: {good3: {kind: nominal, points: [{code: a, label: {fr: A, en: A}}]}}\ngroups:",
            6,
            "the scale good3 is also one of the block weather",
        ),
    ],
)
def test_what_is_wrong_is_said_at_the_line_that_uses_the_block(
    project: Callable[[str], Path], old: str, new: str, line: int, message: str
) -> None:
    assert old in FILE
    problems = check(project(FILE.replace(old, new)))
    assert (line, message) in [(problem.line, problem.message) for problem in problems]
    with pytest.raises(InstrumentError):
        load_instrument(project(FILE.replace(old, new)))


def test_a_block_is_checked_like_an_instrument(tmp_path: Path) -> None:
    path = tmp_path / "block.yaml"
    path.write_text(BLOCK.replace('"2"', '"9"').replace("wet\n", "wet!\n"))
    assert [problem.line for problem in check(path)] == [18, 20]
    with pytest.raises(InstrumentError, match="a block of the bank"):
        load_instrument(path)


@pytest.mark.parametrize(
    "path", sorted((share() / "instruments" / "bank").glob("*/*.yaml")), ids=lambda path: path.parts[-2]
)
def test_our_blocks_are_sound(path: Path) -> None:
    assert check(path) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("item: TRUST", "item: TRUSTY", "there is no item TRUSTY whose wording could change"),
        ("since: 1.2.2", "since: last", "the version last is not of the form major.minor.patch"),
        ("modes: [web, paper]", "modes: []", "no mode is named"),
        ("modes: [web, paper]", "modes: [web, web]", "the mode web is given twice"),
        ("modes: [web, paper]", "modes: [web, pager]", "expected one of web, paper, telephone, face_to_face"),
        ("modes: [web, paper]", "record: {units: {fr: A, en: A}}", "the key units is not known here"),
    ],
)
def test_modes_editorial_changes_and_records_are_looked_at(
    problems: Callable[[str], list[Problem]], everything: str, old: str, new: str, message: str
) -> None:
    assert old.strip() in everything
    found = problems(everything.replace(old.strip(), new.strip()))
    assert any(message in problem.message for problem in found)
