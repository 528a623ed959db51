"""The registers that come with the package: what they hold, and that every check of theirs can be broken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustsurvey.instruments.consistency import broken_checks
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.reading import load_instrument

INSTRUMENTS = Path(__file__).parents[2] / "instruments"
FIELDS = {
    "identity-checks-register": 12,
    "complaints-register": 14,
    "bodycam-register": 8,
    "recruitment": 7,
    "pgsp-contributions": 2 + 9 + 9 + 1,
}
Values = Mapping[str, object]

CHECKED: Values = {
    "MOTIVE": "BEHAV",
    "LEGALBASIS": "APF1",
    "PLACE": "FOOT",
    "OUTCOME": "NONE",
    "DURATION": "D15",
}
FILMED: Values = {"ACTIVATED": "YES", "ANNOUNCED": "FIRST", "VIEWED": "VIEW"}
COMPLAINED: Values = {
    "RECEIVED": "2026-01-10",
    "ADMISSIBLE": "YES",
    "ADMISSION": "2026-01-20",
    "MEDIATION": "NO",
    "INVESTIGATED": "yes",
    "CLOSED": "2026-03-01",
    "OUTCOME": "FOUND",
    "INFORMED": "2026-03-01",
}
RECRUITED: Values = {"INFORMED": 378, "ACCOMPANIED": 178, "ADMITTED": 43, "REMAINING": 135}

# What changes in a right record, and the checks that it then breaks.
BROKEN: list[tuple[str, Values, Values, list[str]]] = [
    ("identity-checks-register", CHECKED, {}, []),
    ("identity-checks-register", CHECKED, {"MOTIVE": "NONE", "LEGALBASIS": "NONE"}, []),
    ("identity-checks-register", CHECKED, {"MOTIVE": "ORDER", "LEGALBASIS": "NONE"}, []),
    ("identity-checks-register", CHECKED, {"MOTIVE": "ORDER", "LEGALBASIS": "APF3"}, []),
    ("identity-checks-register", CHECKED, {"MOTIVE": "ORDER"}, ["ordered_operation"]),
    ("identity-checks-register", CHECKED, {"LEGALBASIS": "APF3"}, ["order_needs_operation"]),
    ("identity-checks-register", CHECKED, {"MOTIVE": "ACCES"}, ["threatened_place"]),
    ("identity-checks-register", CHECKED, {"LEGALBASIS": "APF2"}, ["access_needs_place"]),
    (
        "identity-checks-register",
        CHECKED,
        {"MOTIVE": "ACCES", "LEGALBASIS": "APF2", "PLACE": "HOME"},
        ["access_not_at_home"],
    ),
    ("identity-checks-register", CHECKED, {"MOTIVE": "ROAD"}, ["road_traffic"]),
    (
        "identity-checks-register",
        CHECKED,
        {"MOTIVE": "ROAD", "LEGALBASIS": "ROAD", "PLACE": "HOME"},
        ["traffic_not_at_home"],
    ),
    ("identity-checks-register", CHECKED, {"MOTIVE": "RESID"}, ["right_of_residence"]),
    ("identity-checks-register", CHECKED, {"MOTIVE": "JUDIC"}, ["judicial_inquiry"]),
    ("identity-checks-register", CHECKED, {"OUTCOME": "IDENT", "DURATION": "D5"}, ["holding_takes_time"]),
    # A breach of the law can be written down.
    ("identity-checks-register", CHECKED, {"OUTCOME": "IDENT", "DURATION": "LONG"}, []),
    ("bodycam-register", FILMED, {}, []),
    ("bodycam-register", FILMED, {"ACTIVATED": "NO", "ANNOUNCED": "NOREC", "VIEWED": "NOREC"}, []),
    ("bodycam-register", FILMED, {"ACTIVATED": "UNK", "ANNOUNCED": "UNK", "VIEWED": "UNK"}, []),
    ("bodycam-register", FILMED, {"ANNOUNCED": "NOREC"}, ["announced_if_filmed"]),
    ("bodycam-register", FILMED, {"VIEWED": "NOREC"}, ["images_if_filmed"]),
    ("bodycam-register", FILMED, {"ACTIVATED": "NO"}, ["announced_only_if_filmed", "images_only_if_filmed"]),
    ("bodycam-register", FILMED, {"ACTIVATED": "UNK"}, ["announcement_needs_use", "images_need_use"]),
    ("complaints-register", COMPLAINED, {}, []),
    ("complaints-register", COMPLAINED, {"CLOSED": None, "OUTCOME": None, "INFORMED": None}, []),
    (
        "complaints-register",
        COMPLAINED,
        {"RECEIVED": "2026-03-03"},
        ["closed_after_received", "decided_after_received"],
    ),
    ("complaints-register", COMPLAINED, {"ADMISSION": "2026-03-02"}, ["closed_after_decided"]),
    ("complaints-register", COMPLAINED, {"INFORMED": "2026-02-28"}, ["informed_after_closed"]),
    ("complaints-register", COMPLAINED, {"ADMISSIBLE": "OPEN", "ADMISSION": None}, ["undecided_only_if_withdrawn"]),
    ("complaints-register", COMPLAINED, {"ADMISSIBLE": "OPEN", "ADMISSION": None, "OUTCOME": "WITHD"}, []),
    ("complaints-register", COMPLAINED, {"ADMISSIBLE": "OPEN", "ADMISSION": None, "OUTCOME": "COURT"}, []),
    ("complaints-register", COMPLAINED, {"ADMISSIBLE": "NO", "OUTCOME": "WITHD"}, ["inadmissible_closed_so"]),
    ("complaints-register", COMPLAINED, {"OUTCOME": "INADM"}, ["inadmissible_by_decision"]),
    ("complaints-register", COMPLAINED, {"INVESTIGATED": "no"}, ["founded_after_investigation"]),
    ("complaints-register", COMPLAINED, {"OUTCOME": "MEDIA"}, ["settled_by_mediation"]),
    # As published: 2022, and 2021 of which the number of those informed is not known.
    ("recruitment", RECRUITED, {}, []),
    ("recruitment", RECRUITED, {"INFORMED": None, "ACCOMPANIED": 208, "ADMITTED": 32, "REMAINING": None}, []),
    ("recruitment", RECRUITED, {"INFORMED": 177}, ["accompanied_were_informed"]),
    ("recruitment", RECRUITED, {"ADMITTED": 179, "REMAINING": None}, ["admitted_were_accompanied"]),
    (
        "recruitment",
        RECRUITED,
        {"INFORMED": 40, "ACCOMPANIED": None},
        ["admitted_were_informed"],
    ),
    ("recruitment", RECRUITED, {"REMAINING": 136}, ["stages_add_up"]),
]


@pytest.fixture(scope="module")
def registers() -> dict[str, Instrument]:
    return {name: load_instrument(INSTRUMENTS / name / "draft.yaml") for name in FIELDS}


def record_of(register: Instrument, values: Values) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one record as a frame and its reasons; what is not named is empty."""
    columns: dict[str, object] = {}
    for variable in register.variables:
        value = values.get(variable.name)
        if variable.levels:
            assert value is None or value in variable.codes, f"{variable.name} has no code {value}"
            columns[variable.name] = pd.Categorical([value], categories=list(variable.codes))
        elif variable.kind == "date":
            columns[variable.name] = np.array([value or "NaT"], dtype="datetime64[us]")
        elif variable.kind == "boolean":
            columns[variable.name] = pd.array([value], dtype="boolean")
        else:
            columns[variable.name] = np.array([np.nan if value is None else value], dtype="float64")
    frame = pd.DataFrame(columns)
    missing = pd.DataFrame({name: ["skipped" if empty else None] for name, empty in frame.iloc[0].isna().items()})
    return frame, missing


@pytest.mark.parametrize("name", FIELDS)
def test_a_register_holds_its_fields_and_says_where_it_comes_from(
    name: str, registers: Mapping[str, Instrument]
) -> None:
    register = registers[name]
    assert register.record is not None
    assert len(register.questions) == FIELDS[name]
    assert not register.consent
    assert all(question.concept for question in register.questions)
    assert {"basis", "frequency", "population"} <= dict(register.provenance).keys()
    assert "recommendation" in dict(register.provenance)["basis"]


@pytest.mark.parametrize("name", FIELDS)
def test_a_register_can_hold_no_name(name: str, registers: Mapping[str, Instrument]) -> None:
    types = {question.type for question in registers[name].questions}
    closed = {QuestionType.SINGLE, QuestionType.MULTIPLE, QuestionType.YES_NO, QuestionType.NUMBER, QuestionType.DATE}
    assert types <= closed
    assert all(question.other is None for question in registers[name].questions)
    assert not [variable.name for variable in registers[name].variables if "origin" in variable.concept]


@pytest.mark.parametrize(("name", "right", "changes", "expected"), BROKEN)
def test_a_check_is_broken_by_what_it_is_about(
    name: str, right: Values, changes: Values, expected: list[str], registers: Mapping[str, Instrument]
) -> None:
    broken = broken_checks(registers[name], *record_of(registers[name], {**right, **changes}))
    assert sorted(broken["check"]) == sorted(expected)


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "pgsp-contributions"])
def test_every_check_is_tried(name: str, registers: Mapping[str, Instrument]) -> None:
    tried = {code for register, _, _, expected in BROKEN if register == name for code in expected}
    assert tried == {check.code for check in registers[name].checks}
