"""A file of records fits its register, or everything that is wrong is said by row and column, and nothing it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from trustsurvey.errors import InputError, MissingFileError, RegisterError
from trustsurvey.instruments.model import Instrument
from trustsurvey.monitoring.periods import period_of
from trustsurvey.monitoring.register_reading import read_register

Row = Mapping[str, str]
Write = Callable[..., Path]


def problems(path: Path, register: Instrument, period: str) -> list[tuple[int, str, str]]:
    """Return row, column and message of everything that is wrong."""
    with pytest.raises(RegisterError) as found:
        read_register(path, register, period)
    assert all(each.remedy for each in found.value.problems)
    assert str(found.value).endswith("nothing was imported")
    return [(each.row, each.column, each.message) for each in found.value.problems]


def test_right_records_arrive_as_they_were_sent(identity_checks: Instrument, check: Row, write: Write) -> None:
    records = [check, {**check, "SEX": "F", "COUNT": "3"}, {**check, "OUTCOME": "FINE", "COUNT": "1"}]
    responses = read_register(write(records), identity_checks, "2026-01")
    assert list(responses.frame.index) == [2, 3, 4]
    assert list(responses.frame["COUNT"]) == [12.0, 3.0, 1.0]
    assert list(responses.frame["SEX"]) == ["M", "F", "M"]
    assert list(responses.frame["wave"].unique()) == ["2026-01"]
    assert responses.missing.isna().all(axis=None)


def test_a_hit_rate_by_motive_can_be_computed(identity_checks: Instrument, check: Row, write: Write) -> None:
    road = {**check, "MOTIVE": "ROAD", "LEGALBASIS": "ROAD", "PLACE": "VEHIC"}
    records = [check, {**check, "OUTCOME": "FINE", "COUNT": "4"}, road, {**road, "OUTCOME": "WANTD", "COUNT": "1"}]
    frame = read_register(write(records), identity_checks, "2026-01").frame
    hits = frame["COUNT"].where(~frame["OUTCOME"].isin(["NONE", "WARN"]), 0.0)
    by_motive = (
        hits.groupby(frame["MOTIVE"], observed=True).sum() / frame.groupby("MOTIVE", observed=True)["COUNT"].sum()
    )
    assert by_motive.to_dict() == {"BEHAV": 4 / 16, "ROAD": 1 / 13}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_files_of_spreadsheet_programs_are_read(
    delimiter: str, identity_checks: Instrument, check: Row, write: Write
) -> None:
    record = {**check, "MONTH": "01.01.2026", "SEX": "homme", "COUNT": "12.0"}
    frame = read_register(write([record], delimiter=delimiter), identity_checks, "2026-01").frame
    assert frame.iloc[0][["SEX", "COUNT"]].tolist() == ["M", 12.0]


def test_an_spss_file_is_read(identity_checks: Instrument, check: Row, tmp_path: Path) -> None:
    path = tmp_path / "zone.sav"
    pyreadstat.write_sav(pd.DataFrame([check]), str(path))
    assert read_register(path, identity_checks, "2026-01").frame.iloc[0]["ZONE"] == "5340"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SEX": "Dupont"}, [(2, "SEX", "cannot be read")]),
        ({"ZONE": "5345"}, [(2, "ZONE", "cannot be read")]),
        ({"COUNT": "a dozen"}, [(2, "COUNT", "cannot be read")]),
        ({"COUNT": "0"}, [(2, "COUNT", "is too small")]),
        ({"COUNT": "100001"}, [(2, "COUNT", "is too large")]),
        ({"COUNT": "1.234"}, [(2, "COUNT", "is no whole number")]),
        ({"COUNT": "1,234"}, [(2, "COUNT", "cannot be read")]),
        ({"COUNT": ""}, [(2, "COUNT", "is empty")]),
        ({"MONTH": "January"}, [(2, "MONTH", "cannot be read")]),
        ({"MONTH": "2026-13-01"}, [(2, "MONTH", "is no day of the calendar")]),
        ({"MONTH": "2020-12-01"}, [(2, "MONTH", "is too early")]),
        ({"MONTH": "2041-01-01"}, [(2, "MONTH", "is too late")]),
        ({"MONTH": "2026-02-01"}, [(2, "MONTH", "is not in 2026-01")]),
        ({"MONTH": "2026-01-15"}, [(2, "MONTH", "is not the first day of a month")]),
        (
            {"MOTIVE": "ORDER"},
            [
                (
                    2,
                    "LEGALBASIS, MOTIVE",
                    "Une opération prescrite par une autorité de police administrative repose sur l’article 34, § 3",
                )
            ],
        ),
        ({"MOTIVE": "ORDER", "LEGALBASIS": "APF9"}, [(2, "LEGALBASIS", "cannot be read")]),
    ],
)
def test_a_cell_that_does_not_fit_is_named(
    changes: Row, expected: list[tuple[int, str, str]], identity_checks: Instrument, check: Row, write: Write
) -> None:
    assert problems(write([{**check, **changes}]), identity_checks, "2026-01") == expected


def test_everything_is_said_at_once_and_no_value_is_quoted(
    identity_checks: Instrument, check: Row, write: Write
) -> None:
    records = [
        {**check, "SEX": "Dupont", "COUNT": "-7"},
        check,
        {**check, "RECEIPT": "", "OUTCOME": "IDENT", "DURATION": "D5", "SEX": "Dupont"},
        check,
    ]
    path = write(records)
    found = problems(path, identity_checks, "2026-01")
    assert [(row, column) for row, column, _ in found] == [
        (2, "COUNT"),
        (2, "SEX"),
        (4, "DURATION, OUTCOME"),
        (4, "RECEIPT"),
        (4, "SEX"),
        (5, ""),
    ]
    with pytest.raises(RegisterError) as error:
        read_register(path, identity_checks, "2026-01")
    message = str(error.value)
    assert "rows 2, 4: SEX: cannot be read; write one of the codes F, M, X, UNK" in message
    assert "this record is the same as that of row 3" in message
    assert "Dupont" not in message
    assert "-7" not in message


def test_a_column_that_the_register_does_not_have_is_refused(
    identity_checks: Instrument, check: Row, write: Write
) -> None:
    for name in ("NAME", "id", "ipaddr", "startlanguage", "token"):
        found = problems(write([{**check, name: "x"}]), identity_checks, "2026-01")
        assert found == [(0, name, "is no column of the register")]


def test_a_file_without_headings_is_not_echoed(identity_checks: Instrument, write: Write) -> None:
    found = problems(write([{"Dupont": "Durand", "Rue Neuve": "3"}]), identity_checks, "2026-01")
    assert found == [(0, "", "no column is one of the register's")]
    with pytest.raises(RegisterError) as error:
        read_register(write([{"Dupont": "Durand"}]), identity_checks, "2026-01")
    assert "Dupont" not in str(error.value)


def test_a_column_that_is_missing_is_said_once(identity_checks: Instrument, check: Row, write: Write) -> None:
    records = [{name: value for name, value in check.items() if name != "RECEIPT"}] * 2
    assert problems(write(records), identity_checks, "2026-01") == [
        (0, "RECEIPT", "is a column of the register and not in the file")
    ]


def test_empty_rows_do_not_move_the_numbers(identity_checks: Instrument, check: Row, write: Write) -> None:
    path = write([check, {**check, "SEX": "Z"}])
    head, first, second = path.read_text().splitlines()
    path.write_text("\n".join([head, "", first, ";" * 11, "", second]))
    assert [row for row, _, _ in problems(path, identity_checks, "2026-01")] == [6]


def test_a_file_of_headings_alone_is_no_return(identity_checks: Instrument, check: Row, write: Write) -> None:
    path = write([check])
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert problems(path, identity_checks, "2026-01") == [(0, "", "the file holds no records")]


OPEN = {"CLOSED": "", "OUTCOME": "", "MEASURE": "", "RECOMMEND": "", "INFORMED": ""}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        OPEN,
        {**OPEN, "ADMISSIBLE": "OPEN", "ADMISSION": "", "MEDIATION": "", "INVESTIGATED": ""},
        {**OPEN, "ADMISSIBLE": "NO", "MEDIATION": "", "INVESTIGATED": ""},
        {"OUTCOME": "UNFOU", "MEASURE": ""},
        {"OUTCOME": "MEDIA", "MEDIATION": "HELD", "INVESTIGATED": "no", "MEASURE": "NONE"},
        {"ADMISSIBLE": "NO", "MEDIATION": "", "INVESTIGATED": "", "OUTCOME": "INADM", "MEASURE": "", "INFORMED": ""},
    ],
)
def test_complaints_at_every_stage_are_read(changes: Row, complaints: Instrument, complaint: Row, write: Write) -> None:
    assert len(read_register(write([{**complaint, **changes}]), complaints, "2026-Q1").frame) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"CLOSED": "", "INFORMED": ""}, ["MEASURE", "OUTCOME", "RECOMMEND"]),
        ({"OUTCOME": ""}, ["MEASURE", "OUTCOME"]),
        ({"CLOSED": "2026-04-01", "INFORMED": ""}, ["CLOSED"]),
        ({"RECEIVED": "2026-02-01"}, ["ADMISSION, RECEIVED"]),
        ({"RECEIVED": "2026-03-02"}, ["ADMISSION, RECEIVED", "CLOSED, RECEIVED"]),
        ({"INFORMED": "2026-02-01"}, ["INFORMED, CLOSED"]),
        ({"INVESTIGATED": "no"}, ["INVESTIGATED, OUTCOME"]),
        ({"ADMISSIBLE": "NO"}, ["INVESTIGATED", "MEDIATION", "OUTCOME, ADMISSIBLE"]),
        ({"OUTCOME": "INADM", "MEASURE": ""}, ["ADMISSIBLE, OUTCOME"]),
        ({"ADMISSIBLE": "perhaps"}, ["ADMISSIBLE"]),
        ({"OUTCOME": "perhaps"}, ["OUTCOME"]),
    ],
)
def test_a_complaint_out_of_order_is_found(
    changes: Row, expected: list[str], complaints: Instrument, complaint: Row, write: Write
) -> None:
    found = problems(write([{**complaint, **changes}]), complaints, "2026-Q1")
    assert [column for _, column, _ in found] == expected


def test_the_order_of_records_does_not_matter(identity_checks: Instrument, check: Row, write: Write) -> None:
    records = [
        {**check, "AGEBAND": code, "COUNT": str(count)} for count, code in enumerate(["U16", "A75", "UNK"], start=1)
    ]
    forwards = read_register(write(records), identity_checks, "2026-01").frame
    backwards = read_register(write(records[::-1]), identity_checks, "2026-01").frame
    pd.testing.assert_frame_equal(forwards, backwards[::-1].set_axis(forwards.index))


def test_two_complaints_may_be_alike(complaints: Instrument, complaint: Row, write: Write) -> None:
    assert len(read_register(write([complaint, complaint]), complaints, "2026-Q1").frame) == 2


def test_messages_come_in_the_language_that_is_asked_for(complaints: Instrument, complaint: Row, write: Write) -> None:
    path = write([{**complaint, "CLOSED": "2026-01-15"}])
    with pytest.raises(RegisterError, match="The closure comes before the decision on admissibility; correct"):
        read_register(path, complaints, "2026-Q1", "en")
    with pytest.raises(InputError, match="de is no language of the register"):
        read_register(path, complaints, "2026-Q1", "de")


def test_only_registers_are_read(identity_checks: Instrument, check: Row, write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no register"):
        read_register(write([check]), replace(identity_checks, record=None), "2026-01")
    with pytest.raises(MissingFileError):
        read_register(tmp_path / "nowhere.csv", identity_checks, "2026-01")


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-Q1", "2024-01-01", "2024-03-31"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(name: str, start: str, end: str) -> None:
    period = period_of(name)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize("name", ["", "January", "2026-13", "2026-Q5", "2026-1", "26", "2026-01-01", "../2026"])
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is no period"):
        period_of(name)
