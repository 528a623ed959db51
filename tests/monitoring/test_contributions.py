"""The published counts of contributions to the plan 2021-2022 fit the matrix, and a tick too few is found and named.

Counts: safe.brussels, report on the global security and prevention plan 2021-2022, recap table.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.errors import RegisterError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.monitoring.register_reading import read_register

Write = Callable[..., Path]

MEASURES = (9, 8, 9, 10, 7, 9, 8, 8, 9)
# By theme, then the total of 77.
PUBLISHED = {
    "ZONES": ((5, 5, 5, 5, 7, 5, 3, 2, 0), 37),
    "MUNIC": ((6, 7, 5, 6, 5, 6, 6, 2, 5), 48),
    "REGIO": ((0, 0, 0, 0, 0, 9, 1, 0, 0), 10),
    "CALLS": ((4, 5, 3, 2, 0, 1, 1, 0, 1), 17),
    "ASSOC": ((3, 1, 9, 1, 0, 0, 1, 0, 0), 15),
    "RESOL": ((6, 2, 0, 0, 5, 0, 0, 0, 0), 13),
}


@pytest.fixture(scope="module")
def register() -> Instrument:
    return load_instrument(Path(__file__).parents[2] / "instruments" / "pgsp-contributions" / "draft.yaml")


def filled(register: Instrument, partner: str) -> dict[str, str]:
    """Return a record with as many measures ticked, theme by theme, as were published."""
    by_theme, total = PUBLISHED[partner]
    record = dict.fromkeys((variable.name for variable in register.variables), "")
    record |= {"YEAR": "2022", "PARTNER": partner, "TOTAL": str(total)}
    for theme, count in enumerate(by_theme, start=1):
        record[f"COUNT{theme}"] = str(count)
        ticks = [name for name in record if name.startswith(f"THEME{theme}_")]
        assert len(ticks) == MEASURES[theme - 1]
        record |= dict.fromkeys(ticks[:count], "Y")
    return record


def test_the_plan_has_its_77_measures_in_order(register: Instrument) -> None:
    ticks = [variable for variable in register.variables if variable.kind == "boolean"]
    expected = [f"THEME{theme}_M{theme:02}{n:02}" for theme in range(1, 10) for n in range(1, MEASURES[theme - 1] + 1)]
    assert [variable.name for variable in ticks] == expected
    assert len(expected) == sum(MEASURES) == 77
    for variable in ticks:
        code = variable.name.partition("_M")[2]
        number = f"{int(code[:2])}.{int(code[2:])} "
        assert all(label.startswith(number) for _, label in variable.label.translations)


def test_the_published_totals_hold(register: Instrument, write: Write) -> None:
    responses = read_register(write([filled(register, partner) for partner in PUBLISHED]), register, "2022")
    frame = responses.frame.set_index("PARTNER")
    ticks = [variable.name for variable in register.variables if variable.kind == "boolean"]
    assert frame[ticks].astype("boolean").fillna(False).sum(axis=1).to_dict() == {
        "ZONES": 37,
        "MUNIC": 48,
        "REGIO": 10,
        "CALLS": 17,
        "ASSOC": 15,
        "RESOL": 13,
    }


def test_a_tick_too_few_is_found_and_named(register: Instrument, write: Write) -> None:
    records = [filled(register, partner) for partner in PUBLISHED]
    records[1]["THEME6_M0603"] = ""
    with pytest.raises(RegisterError) as found:
        read_register(write(records), register, "2022", "en")
    whole, theme = found.value.problems
    assert (whole.row, theme.row) == (3, 3)
    assert whole.message == "The number of measures ticked in the nine themes is not the total of the recap table"
    assert theme.message == "The number of measures ticked in theme 6 is not that of the recap table"
    assert "(check theme6: count(THEME6_*) = COUNT6)" in theme.remedy
    assert theme.column == ", ".join(f"THEME6_M06{n:02}" for n in range(1, 7)) + " and 4 more"


def test_a_cell_that_cannot_be_read_is_no_missing_tick(register: Instrument, write: Write) -> None:
    with pytest.raises(RegisterError) as found:
        read_register(write([filled(register, "ZONES") | {"THEME1_M0101": "perhaps"}]), register, "2022")
    assert [(each.column, each.message) for each in found.value.problems] == [("THEME1_M0101", "cannot be read")]


def test_totals_that_do_not_follow_from_the_themes_are_found(register: Instrument, write: Write) -> None:
    records = [filled(register, partner) | {"TOTAL": "36"} for partner in ("ZONES",)]
    with pytest.raises(RegisterError) as found:
        read_register(write(records), register, "2022", "en")
    assert {each.message.split()[1] for each in found.value.problems} == {"number", "numbers"}
    assert len(found.value.problems) == 2


def test_a_category_is_reported_once_a_year(register: Instrument, write: Write) -> None:
    with pytest.raises(RegisterError, match="the same as that of row 2 in all that tells records apart"):
        read_register(write([filled(register, "ZONES")] * 2), register, "2022")
    with pytest.raises(RegisterError, match="YEAR: is not the year of 2021"):
        read_register(write([filled(register, "ZONES")]), register, "2021")
