"""Routing in LimeSurvey's words: one table, and what cannot be said to the letter."""

from dataclasses import replace
from pathlib import Path

import pytest

from trustsurvey.errors import InputError, TrustSurveyError, UnknownNameError
from trustsurvey.instruments.expression import parse
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.expressions import Routing, number_of

AGE = "!is_empty(AGE.NAOK) and is_empty(AGENR.NAOK)"
DAY = "!is_empty(DAY.NAOK) and is_empty(DAYNR.NAOK)"
TRUST = '!is_empty(TRUST.NAOK) and TRUST.NAOK != "DK" and TRUST.NAOK != "PNS"'
NO_REASON = "is_empty(WHY_DK.NAOK) and is_empty(WHY_PNS.NAOK)"

TABLE = {
    'AGREE = "2"': 'AGREE.NAOK == "2"',
    'AGREE != "2"': 'AGREE.NAOK == "1" or AGREE.NAOK == "3"',
    'LEVEL > "low"': 'LEVEL.NAOK == "mid" or LEVEL.NAOK == "high"',
    'LEVEL < "low"': "0",
    'LEVEL <= "high"': '!is_empty(LEVEL.NAOK) and LEVEL.NAOK != "PNS"',
    'not LEVEL < "low"': "1",
    'LEVEL < "low" or AGREE = "1"': 'AGREE.NAOK == "1"',
    'LEVEL < "low" and AGREE = "1"': "0",
    "TRUST >= 4": 'TRUST.NAOK == "4" or TRUST.NAOK == "5"',
    "TRUST >= 3.5": 'TRUST.NAOK == "4" or TRUST.NAOK == "5"',
    "TRUST != 0": f'{TRUST} and TRUST.NAOK != "0"',
    "TRUST in (5, 0)": 'TRUST.NAOK == "0" or TRUST.NAOK == "5"',
    "answered(TRUST)": TRUST,
    "dont_know(TRUST)": 'TRUST.NAOK == "DK"',
    'PLACE = "other"': 'PLACE.NAOK == "-oth-"',
    'PLACE in ("BRU", "other")': 'PLACE.NAOK == "BRU" or PLACE.NAOK == "-oth-"',
    "answered(PLACE)": "!is_empty(PLACE.NAOK)",
    "answered(PLACE_other)": 'PLACE.NAOK == "-oth-" and !is_empty(PLACE_other.NAOK)',
    "WHY_cost and not WHY_fear": 'WHY_cost.NAOK == "Y" and !(WHY_fear.NAOK == "Y")',
    "answered(WHY_other)": f"!is_empty(WHY_other.NAOK) and {NO_REASON}",
    "answered(WHY_cost)": (
        "(!is_empty(WHY_cost.NAOK) or !is_empty(WHY_fear.NAOK) or !is_empty(WHY_none.NAOK) or "
        f"!is_empty(WHY_other.NAOK)) and {NO_REASON}"
    ),
    "refused(WHY_fear)": 'WHY_PNS.NAOK == "Y"',
    'TREAT_fair_play >= "3"': 'TREAT_fair_play.NAOK == "3"',
    "dont_know(TREAT_polite)": 'TREAT_polite.NAOK == "DK"',
    "AGE >= 18": f"{AGE} and AGE.NAOK ge 18",
    "AGE < 0.5": f"{AGE} and AGE.NAOK lt 0.5",
    "AGE = 1000000": f"{AGE} and AGE.NAOK == 1000000",
    "AGE != -3": f"{AGE} and AGE.NAOK != -3",
    "refused(AGE)": 'AGENR.NAOK == "PNS"',
    "dont_know(AGE)": "0",
    'DAY > "2026-01-31"': f'{DAY} and DAY.NAOK gt "2026-01-31 99"',
    'DAY >= "2026-01-31"': f'{DAY} and DAY.NAOK ge "2026-01-31"',
    'DAY < "2026-01-31"': f'{DAY} and DAY.NAOK lt "2026-01-31"',
    'DAY <= "2026-01-31"': f'{DAY} and DAY.NAOK lt "2026-01-31 99"',
    'DAY = "2026-01-31"': f'{DAY} and DAY.NAOK ge "2026-01-31" and DAY.NAOK lt "2026-01-31 99"',
    'DAY != "2026-01-31"': f'{DAY} and (DAY.NAOK lt "2026-01-31" or DAY.NAOK gt "2026-01-31 99")',
    'WORDS = "police"': '!is_empty(WORDS.NAOK) and WORDS.NAOK == "police"',
    "answered(STORY)": "!is_empty(STORY.NAOK) and is_empty(STORYNR.NAOK)",
    'ORDER_1 in ("cost", "fear", "none")': "!is_empty(ORDER_1.NAOK)",
    'SECRET = "wave one"': "!is_empty(SECRET.NAOK)",
    'SECRET != "wave one"': "0",
    'SECRET in ("wave two", "wave one")': "!is_empty(SECRET.NAOK)",
    'AGREE = "1" and (LEVEL = "low" or WHY_cost)': (
        'AGREE.NAOK == "1" and (LEVEL.NAOK == "low" or WHY_cost.NAOK == "Y")'
    ),
    'AGREE = "1" or LEVEL = "low" and WHY_cost': (
        'AGREE.NAOK == "1" or (LEVEL.NAOK == "low" and WHY_cost.NAOK == "Y")'
    ),
}


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(Path(__file__).parent / "every-kind.yaml")


@pytest.fixture(scope="module")
def routing(instrument: Instrument) -> Routing:
    return Routing(instrument)


@pytest.mark.parametrize(("ours", "theirs"), TABLE.items())
def test_an_expression_is_translated(routing: Routing, ours: str, theirs: str) -> None:
    assert routing.expression(parse(ours)) == theirs


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('WORDS = "été"', "cannot compare with 'été' to the letter"),
        ('WORDS = "1000"', "cannot compare with '1000' to the letter"),
        ('WORDS != "false"', "to the letter"),
        ('STORY in ("ok", "a & b")', "to the letter"),
        ('AGE > "18"', "write a number without quotes"),
        ('DAY > "2026"', "compare it with a date"),
        ('TRUST > "3"', "write a number"),
        ('PLACE > "BRU"', "have no order"),
        ('AGREE = "9"', "no code of AGREE '9'; available: 1, 2, 3"),
        ('AGREE in ("1", "9")', "no code of AGREE '9'"),
        ('WHY_cost = "Y"', "write it without a comparison"),
        ("AGREE", "is not a tick"),
        ("NOWHERE = 1", "no variable 'NOWHERE'"),
        ("SECRET = 3", "compare it by = or !="),
    ],
)
def test_what_cannot_be_translated_is_an_error(routing: Routing, text: str, complaint: str) -> None:
    with pytest.raises((InputError, UnknownNameError)) as caught:
        routing.expression(parse(text))
    assert isinstance(caught.value, TrustSurveyError)
    assert complaint in str(caught.value)


def test_every_question_repeats_consent_and_the_routing_of_its_page(instrument: Instrument, routing: Routing) -> None:
    page = instrument.groups[2]
    consent = 'CONSENT.NAOK == "yes"'
    assert routing.group(page) == f'{consent} and {consent} and !(AGENR.NAOK == "PNS")'
    for question in page.questions:
        relevance = routing.question(page, question)
        assert relevance == "0" or relevance.startswith(routing.group(page))
    assert routing.question(instrument.groups[0], instrument.questions[0]) == "1"
    assert routing.group(instrument.groups[0]) == "1"
    assert routing.group(instrument.groups[1]) == consent


def test_without_consent_and_routing_all_is_shown(instrument: Instrument) -> None:
    free = replace(instrument, consent="")
    page = Group("free", instrument.title, instrument.groups[1].questions)
    assert {Routing(free).question(page, question) for question in page.questions} == {"1"}
    assert Routing(free).group(page) == "1"


def test_nothing_that_the_filter_of_html_changes_stands_in_an_expression(instrument: Instrument) -> None:
    routing = Routing(instrument)
    for group in instrument.groups:
        for question in group.questions:
            assert not set("<>&") & set(routing.question(group, question))


@pytest.mark.parametrize(
    ("value", "written"),
    [(16.0, "16"), (10.5, "10.5"), (-3.0, "-3"), (100.0, "100"), (1e-7, "0.0000001"), (1e16, "10000000000000000")],
)
def test_a_number_is_written_out(value: float, written: str) -> None:
    assert number_of(value) == written
