from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.model import Instrument, canonical
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.reading import load_instrument


@pytest.fixture
def instrument(everything: str, write: Callable[[str], Path]) -> Instrument:
    return load_instrument(write(everything))


def test_variables_keys_and_kinds(instrument: Instrument) -> None:
    assert [(variable.name, variable.key, variable.kind) for variable in instrument.variables] == [
        ("CONSENT", "CONSENT", "nominal"),
        ("TRUST", "TRUST", "number"),
        ("AGE", "AGE", "number"),
        ("WHEN", "WHEN", "date"),
        ("TREAT_respect", "TREAT[respect]", "ordinal"),
        ("TREAT_fair", "TREAT[fair]", "ordinal"),
        ("WHY_cost", "WHY[cost]", "boolean"),
        ("WHY_fear", "WHY[fear]", "boolean"),
        ("WHY_no", "WHY[no]", "boolean"),
        ("WHY_other", "WHY[other]", "text"),
        ("HOW", "HOW", "nominal"),
        ("HOW_other", "HOW[other]", "text"),
        ("RANK_1", "RANK[1]", "nominal"),
        ("RANK_2", "RANK[2]", "nominal"),
        ("NAME", "NAME", "text"),
        ("MORE", "MORE", "text"),
        ("MODE", "MODE", "text"),
        ("SAME", "SAME", "ordinal"),
    ]


def test_where_reasons_are_stored(instrument: Instrument) -> None:
    keys = {question.code: question.reason_key for question in instrument.questions if question.reason_key}
    assert keys == {"AGE": "AGENR", "WHEN": "WHENNR", "NAME": "NAMENR"}


def test_ranges_for_indices(instrument: Instrument) -> None:
    trust, same, age = (instrument.variable(name) for name in ("TRUST", "SAME", "AGE"))
    assert (trust.minimum, trust.maximum) == (0.0, 10.0)
    assert (same.minimum, same.maximum) == (1.0, 4.0)
    assert (age.minimum, age.maximum) == (None, None)


def test_a_derived_variable_has_levels_but_no_key(instrument: Instrument) -> None:
    variable = instrument.derived[0].variable()
    assert (variable.name, variable.key, variable.kind, variable.codes) == (
        "age_group",
        "",
        "ordinal",
        ("16-24", "25+"),
    )


def test_unknown_names_list_what_there_is(instrument: Instrument) -> None:
    with pytest.raises(UnknownNameError, match="no question 'X'; available: CONSENT, HELLO"):
        instrument.question("X")
    with pytest.raises(UnknownNameError, match="no variable 'TREAT'; available: CONSENT, TRUST"):
        instrument.variable("TREAT")
    with pytest.raises(UnknownNameError, match="no language 'nl'; available: fr, en"):
        instrument.title["nl"]


def test_an_instrument_cannot_be_changed(instrument: Instrument) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        instrument.version = "2.0.0"  # type: ignore[misc]
    hash(instrument)


def test_the_canonical_form_leaves_defaults_out(instrument: Instrument) -> None:
    plain = json.loads(canonical(instrument))
    more = next(each for each in plain["groups"][1]["questions"] if each["code"] == "MORE")
    assert set(more) == {"ask_if", "code", "text", "type"}
    assert more["type"] == QuestionType.LONG_TEXT
    assert len(instrument.digest) == 64
    assert dataclasses.replace(instrument, version="1.2.4").digest != instrument.digest
