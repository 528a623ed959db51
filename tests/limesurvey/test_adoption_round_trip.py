"""What ``build`` wrote comes back: the same instrument from the file, what LimeSurvey can hold from an export."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustsurvey.fieldwork.coding import dtype_of
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Text, Variable
from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.limesurvey.adoption.adopting import Adoption, adopt_file
from trustsurvey.limesurvey.building import write_structure
from trustsurvey.resources import share

INSTRUMENTS = (
    Path(__file__).parent / "every-kind.yaml",
    share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml",
)


@pytest.fixture(scope="module", params=INSTRUMENTS, ids=lambda path: path.name)
def instrument(request: pytest.FixtureRequest) -> Instrument:
    return load_instrument(request.param)


@pytest.fixture(scope="module")
def exported(instrument: Instrument, tmp_path_factory: pytest.TempPathFactory) -> Adoption:
    """Return the adoption of a survey as a server exports it: without the instrument that ``build`` put in."""
    path = tmp_path_factory.mktemp("exported") / "survey.lss"
    write_structure(instrument, path, "2026")
    text = path.read_text(encoding="utf-8")
    shortened = re.sub("<trustsurvey>.*?</trustsurvey>\n", "", text, flags=re.DOTALL)
    assert shortened != text
    path.write_text(shortened, encoding="utf-8")
    return adopt_file(path)


@pytest.mark.parametrize(("wave", "date_stamp"), [("", False), ("2026", False), ("2026-b", True)])
def test_what_build_wrote_gives_the_same_instrument(
    instrument: Instrument, tmp_path: Path, wave: str, date_stamp: bool
) -> None:
    path = tmp_path / "survey.lss"
    write_structure(instrument, path, wave, date_stamp)
    adoption = adopt_file(path)
    assert adoption.instrument == instrument
    assert adoption.findings == ()
    written = tmp_path / "again.yaml"
    written.write_text(adoption.text, encoding="utf-8")
    assert load_instrument(written).digest == instrument.digest


def test_a_file_that_was_changed_after_building_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "survey.lss"
    write_structure(load_instrument(INSTRUMENTS[0]), path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("<question>Why?</question>", "<question>Why not?</question>"), encoding="utf-8")
    adoption = adopt_file(path)
    assert adoption.instrument.question("WHY").text["en"] == "Why not?"
    assert any("was changed after build" in finding.message for finding in adoption.findings)


@pytest.mark.parametrize("inside", ["{}", "nothing", '{"name": 1, "languages": [2], "title": {"2": 3}, "groups": []}'])
def test_an_instrument_inside_that_build_did_not_write_is_not_trusted(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "survey.lss"
    write_structure(load_instrument(INSTRUMENTS[0]), path)
    text = path.read_text(encoding="utf-8")
    changed = re.sub("<trustsurvey>.*?</trustsurvey>", f"<trustsurvey>{inside}</trustsurvey>", text, flags=re.DOTALL)
    path.write_text(changed, encoding="utf-8")
    adoption = adopt_file(path)
    assert adoption.instrument.name == "every-kind"
    assert any("was changed after build" in finding.message for finding in adoption.findings)


def test_an_export_passes_the_rules(exported: Adoption, tmp_path: Path) -> None:
    path = tmp_path / "exported.yaml"
    path.write_text(exported.text, encoding="utf-8")
    assert check(path) == []
    assert load_instrument(path) == exported.instrument


def test_an_export_has_the_same_head(instrument: Instrument, exported: Adoption) -> None:
    for name in ("name", "version", "languages", "title", "description", "welcome", "end", "consent", "quotas"):
        assert getattr(exported.instrument, name) == getattr(instrument, name), name
    assert exported.instrument.dont_know == instrument.dont_know
    assert exported.instrument.refused == instrument.refused


INVALID = Text.of({"fr": 'Non & "oui" ?', "nl": "Nee (a < b)", "en": "No, it's {wrong} \\ so."})
RULES: list[tuple[str, dict[str, Any]]] = [
    ("AGE", {"minimum": -10.0, "maximum": 10.5}),
    ("AGE", {"minimum": -10.25, "maximum": -2.5, "mandatory": "no"}),
    ("AGE", {"minimum": None, "maximum": -3.0, "refused": False}),
    ("AGE", {"minimum": 0.0, "maximum": None, "refused": False, "mandatory": "no"}),
    ("DAY", {"minimum": "2025-01-01", "maximum": "2026-12-31"}),
    ("DAY", {"minimum": None, "maximum": "2026-12-31", "mandatory": "hard"}),
    ("DAY", {"minimum": "2025-01-01", "maximum": None, "dont_know": False}),
    ("WORDS", {"pattern": "[0-9]{4}"}),
    ("WORDS", {"pattern": r"(?:AB|CD)-?\d{1,3}\/[\d\/-]", "refused": True, "mandatory": "hard"}),
    ("WORDS", {"pattern": "(?:a)|(?:b)", "dont_know": True}),
]


@pytest.mark.parametrize("inside", [True, False], ids=["edited", "exported"])
@pytest.mark.parametrize("words", [INVALID, None], ids=["words", "none"])
@pytest.mark.parametrize(("code", "rule"), RULES)
def test_the_rules_of_what_is_typed_come_back(
    tmp_path: Path, code: str, rule: dict[str, Any], words: Text | None, inside: bool
) -> None:
    before = load_instrument(INSTRUMENTS[0])
    ruled = replace(before.question(code), **rule, invalid=words or (INVALID if "pattern" in rule else None))
    groups = [
        replace(group, questions=tuple(ruled if each.code == code else each for each in group.questions))
        for group in before.groups
    ]
    path = tmp_path / "survey.lss"
    write_structure(replace(before, groups=tuple(groups)), path, "2026")
    text = path.read_text(encoding="utf-8")
    assert "<question>Why?</question>" in text
    changed = text.replace("<question>Why?</question>", "<question>Why not?</question>")
    if not inside:
        changed = re.sub("<trustsurvey>.*?</trustsurvey>\n", "", changed, flags=re.DOTALL)
    path.write_text(changed, encoding="utf-8")
    adoption = adopt_file(path)
    assert adoption.instrument.question("WHY").text["en"] == "Why not?"
    after = adoption.instrument.question(code)
    for name in ("type", "minimum", "maximum", "pattern", "invalid", "mandatory", "dont_know", "refused"):
        assert getattr(after, name) == getattr(ruled, name), name
    assert not [finding for finding in adoption.findings if finding.place == code]


def reachable(instrument: Instrument) -> list[Question]:
    """Return the questions but for one that nobody is ever asked."""
    return [question for question in instrument.questions if question.code != "R34"]


def test_an_export_has_the_same_questions(instrument: Instrument, exported: Adoption) -> None:
    for before, after in zip(reachable(instrument), exported.instrument.questions, strict=True):
        for name in ("code", "type", "text", "help", "minimum", "maximum", "ends", "other", "dont_know", "refused"):
            assert getattr(after, name) == getattr(before, name), (before.code, name)
        for name in ("randomise", "choices", "value", "pattern", "invalid"):
            assert getattr(after, name) == getattr(before, name), (before.code, name)
        assert [(item.code, item.text) for item in after.items] == [(item.code, item.text) for item in before.items]
        assert bool(after.scale) == bool(before.scale)
        if after.scale and before.scale:
            points = [[(point.code, point.label) for point in each.scale.points] for each in (before, after)]  # type: ignore[union-attr]
            assert points[0] == points[1], before.code
        if before.mandatory != "soft":
            assert after.mandatory == before.mandatory, before.code


def test_an_export_has_the_same_pages(instrument: Instrument, exported: Adoption) -> None:
    for before, after in zip(instrument.groups, exported.instrument.groups, strict=True):
        assert after.title == before.title
        assert after.description == before.description


def column(variable: Variable, question: Question, numbers: np.random.Generator, size: int) -> pd.Series:
    """Return made-up answers to one question, a fifth of them missing."""
    missing = numbers.random(size) < 0.2
    match variable.kind:
        case "ordinal" | "nominal":
            values = numbers.choice(np.array(variable.codes, dtype=object), size)
        case "number" if question.type is QuestionType.RATING:
            low, high = question.minimum, question.maximum
            assert isinstance(low, float)
            assert isinstance(high, float)
            values = numbers.integers(int(low), int(high), size, endpoint=True).astype(float)
        case "number":
            values = numbers.choice([0.0, 16.0, 17.0, 18.0, 18.5, 19.0, 65.0, 110.0], size)
        case "boolean":
            values = numbers.random(size) < 0.5
        case "date":
            values = numbers.choice(pd.to_datetime(["2026-01-30", "2026-01-31", "2026-02-01"]), size)
        case "text":
            values = np.array([question.value or word for word in numbers.choice(["police", "word"], size)], object)
    return pd.Series(values, dtype=dtype_of(variable)).mask(missing)


def test_an_export_asks_the_same_people(instrument: Instrument, exported: Adoption) -> None:
    size, numbers = 400, np.random.default_rng(7)
    questions = {question.code: question for question in instrument.questions}
    frame = pd.DataFrame(
        {each.name: column(each, questions[each.question], numbers, size) for each in instrument.variables}
    )
    if instrument.consent:
        frame[instrument.consent] = frame[instrument.consent].fillna("yes")
    missing = pd.DataFrame(None, index=frame.index, columns=frame.columns, dtype=object)
    for question in instrument.questions:
        states = [state for state in ("dont_know", "refused") if getattr(question, state)]
        whole = numbers.random(size) < 0.3
        for variable in question.variables():
            own = whole if question.type is QuestionType.MULTIPLE else numbers.random(size) < 0.3
            if states and variable.kind != "text":
                missing.loc[own, variable.name] = numbers.choice(states, int(own.sum()))
            frame.loc[missing[variable.name].notna(), variable.name] = None
        if question.type is QuestionType.MULTIPLE:
            names = [variable.name for variable in question.variables()]
            missing[names] = np.broadcast_to(missing[[names[0]]].to_numpy(), (size, len(names)))
            ticks = [variable.name for variable in question.variables() if variable.kind == "boolean"]
            frame[ticks] = frame[ticks].fillna(False)
            answered = frame[ticks].any(axis=1) | frame[names].drop(columns=ticks).notna().any(axis=1)
            frame.loc[missing[names[0]].notna() | ~answered, names] = None
        if question.type is QuestionType.SINGLE and question.other:
            frame.loc[frame[question.code] != "other", f"{question.code}_other"] = None
    expected = routing.asked(instrument, frame, missing)
    names = [variable.name for variable in exported.instrument.variables]
    # An ordinal scale is nominal after an export where no battery shows its order.
    kinds = {each.name: dtype_of(each) for each in exported.instrument.variables}
    found = routing.asked(exported.instrument, frame[names].astype(kinds), missing[names])
    for name in names:
        assert (found[name] == expected[name]).all(), name
