"""The survey of establishments: who is asked what, and the numbers that were published of an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from trustsurvey.fieldwork.platform import Record, raw_keys
from trustsurvey.fieldwork.responses import code_responses
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument

DRAFT = Path(__file__).parents[2] / "instruments" / "business-safety" / "draft.yaml"
TYPES = ("burglary", "robbery", "theft", "staff", "damage", "violence", "fraud", "cyber")
REASONS_TICKED = ("NOREPORT_WORTH", "NOREPORT_USELE", "NOREPORT_ELSEW")

# What establishments met with and did, by type: never, sometimes or always reported.
ESTABLISHMENTS: list[dict[str, str]] = [
    {"burglary": "3", "violence": "1", "reasons": "WORTH USELE", "satisfied": "5"},
    {"burglary": "2", "reasons": "USELE", "satisfied": "4"},
    {"burglary": "1", "theft": "1", "reasons": "ELSEW WORTH"},
    {"violence": "2", "reasons": "HOW", "satisfied": "2"},
    {"violence": "3", "cyber": "3", "satisfied": "3"},
    {},
]


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(DRAFT)


def record(instrument: Instrument, number: int, told: Mapping[str, str]) -> Record:
    answers = dict.fromkeys(raw_keys(instrument), "") | {"CONSENT": "yes", "MUNICIPALITY": "21004"}
    for each in TYPES:
        answers[f"VICTIM[{each}]"] = "1" if each in told else "0"
        answers[f"REPORT{each.upper()}"] = told.get(each, "")
    answers |= {f"NOREPORT[{reason}]": "Y" for reason in told.get("reasons", "").split()}
    answers["FOLLOWUP"] = told.get("satisfied", "")
    return Record(number, 0, "2026-03-01 10:00:00", len(instrument.groups), "nl", answers)


@pytest.fixture(scope="module")
def coded(instrument: Instrument) -> tuple[pd.DataFrame, pd.DataFrame]:
    records = [record(instrument, number, told) for number, told in enumerate(ESTABLISHMENTS, start=1)]
    responses = code_responses(instrument, records, "2026")
    assert responses.counts["set_aside"] == 0
    return responses.frame.reset_index(drop=True), responses.missing.reset_index(drop=True)


def shares(column: pd.Series[str]) -> dict[str, int]:
    return {str(level): int(count) for level, count in column.value_counts().items() if count}


def test_reporting_is_asked_of_those_who_met_with_the_type(coded: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    _, missing = coded
    for each in TYPES:
        asked = [position for position, told in enumerate(ESTABLISHMENTS) if each in told]
        assert list(missing.index[missing[f"REPORT{each.upper()}"] != "not_asked"]) == asked


def test_reasons_and_follow_up_follow_from_what_was_reported(coded: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    _, missing = coded
    asked = {name: list(missing.index[missing[name] != "not_asked"]) for name in ("NOREPORT_WORTH", "FOLLOWUP")}
    assert asked == {"NOREPORT_WORTH": [0, 1, 2, 3], "FOLLOWUP": [0, 1, 3, 4]}


def test_the_published_numbers_can_be_computed(coded: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, _ = coded
    assert shares(frame["victim_any"]) == {"yes": 5, "no": 1}
    assert shares(frame["reporter"]) == {"some": 4, "none": 1}
    assert shares(frame["reported_burglary"]) == {"yes": 2, "no": 1}
    assert shares(frame["reported_violence"]) == {"yes": 2, "no": 1}
    assert shares(frame["satisfied_reporter"]) == {"yes": 2, "no": 2}
    assert [int(frame[name].sum()) for name in REASONS_TICKED] == [2, 2, 1]
    assert shares(frame["zone"]) == {"5339": 6}


def test_every_type_has_its_three_parts_in_the_same_order(instrument: Instrument) -> None:
    assert tuple(item.code for item in instrument.question("VICTIM").items) == TYPES
    reports = [each for each in instrument.questions if each.scale and each.scale.name == "reported3"]
    assert tuple(each.code.removeprefix("REPORT").lower() for each in reports) == TYPES
    derived = [each.code.removeprefix("reported_") for each in instrument.derived if each.code.startswith("reported_")]
    assert tuple(derived) == TYPES
    for each in reports:
        assert f"VICTIM_{each.code.removeprefix('REPORT').lower()}" in each.ask_if
