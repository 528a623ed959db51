"""Rows of an export become records: how far respondents came."""

from __future__ import annotations

import pytest

from trustsurvey.fieldwork.platform import raw_keys
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey.answers import Reading
from trustsurvey.limesurvey.building import survey_of
from trustsurvey.limesurvey.codes import STAMP, page_code, stamp


def row(instrument: Instrument, submitted: str, last: int, stamped: tuple[int, ...]) -> dict[str, str]:
    pages = {page_code(number): f"nl:{number in stamped:d}" * (number in stamped) for number in (1, 2, 3)}
    about = {"id": "7", "submitdate": submitted, "lastpage": str(last), "startlanguage": "fr", "HELLO": ""}
    return {**about, **dict.fromkeys(raw_keys(instrument), ""), STAMP: stamp(instrument), **pages}


# Seen on a real server: a page is stamped when it is displayed, and lastpage is the displayed page less one.
@pytest.mark.parametrize(
    ("last", "stamped", "left"),
    [
        (0, (1,), 0),  # the first page, looked at
        (1, (1, 2), 1),  # the second page on the screen
        (2, (1, 3), 2),  # the second was passed over by routing
        (0, (1, 2), 1),  # back on the first page from the second
        (0, (1, 2, 3), 2),  # back on the first page from the third
    ],
)
def test_a_page_on_the_screen_is_not_left_behind(
    every_kind: Instrument, last: int, stamped: tuple[int, ...], left: int
) -> None:
    found = Reading.of(every_kind).record(row(every_kind, "", last, stamped), "")
    assert (found.last_page, found.submitted, found.language) == (left, None, "nl")


def test_whoever_submitted_left_every_page_behind(every_kind: Instrument) -> None:
    assert Reading.of(every_kind).record(row(every_kind, "1980-01-01 00:00:00", 2, (1, 2)), "").last_page == 3


def test_dates_and_numbers_are_written_alike_in_all_languages(every_kind: Instrument) -> None:
    texts = survey_of(every_kind).texts
    assert texts["surveyls_dateformat"] == dict.fromkeys(every_kind.languages, "5")
    assert texts["surveyls_numberformat"] == dict.fromkeys(every_kind.languages, "1")
