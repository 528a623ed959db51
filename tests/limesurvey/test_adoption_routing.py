"""LimeSurvey's expressions as routing: what can be said is said exactly, the rest is refused with a reason."""

from __future__ import annotations

import pytest

from trustsurvey.instruments.expression import parse
from trustsurvey.limesurvey.adoption.adopted import readable_choice, tick
from trustsurvey.limesurvey.adoption.logic import ALWAYS, NEVER, Among, Choice, sentence, state_element
from trustsurvey.limesurvey.adoption.readable import Readable, UnsayableError
from trustsurvey.limesurvey.adoption.routing import Known, translated

LEVEL = Choice("LEVEL", ("1", "2", "3", "4"), ("dont_know",), "ordinal")
PLACE = Choice("PLACE", ("a1", "a2", "other"))
RATE = Choice("RATE", tuple(map(str, range(11))), ("refused",), "number")
SMOKE = Choice("SMOKE", ("yes", "no"))


@pytest.fixture
def known() -> Known:
    reasons = Choice("AGE", (), ("refused",))
    names = {
        "LEVEL": readable_choice("LEVEL", LEVEL, {"DK": "?dont_know"} | {each: f"={each}" for each in LEVEL.codes}),
        "PLACE": readable_choice("PLACE", PLACE, {"A1": "=a1", "A2": "=a2", "-oth-": "=other"}),
        "PLACE_other": Readable("PLACE_other", "text", "PLACE"),
        "RATE": readable_choice("RATE", RATE, {"PNS": "?refused"} | {each: f"={each}" for each in RATE.codes}),
        "SMOKE": readable_choice("SMOKE", SMOKE, {"Y": "=yes", "N": "=no"}),
        **{f"TV_{each}": tick("TV", f"TV_{each}") for each in "abc"},
        "TV_DK": tick("TV", "TV_a", state="dont_know"),
        "AGE": Readable("AGE", "number", "AGE", minimum=16.0, maximum=110.0),
        "AGENR": readable_choice("AGE", reasons, {"PNS": state_element("refused")}),
        "DAY": Readable("DAY", "date", "DAY"),
        "WORD": Readable("WORD", "text", "WORD"),
        "COND": Readable("COND", "number", "COND"),
        "GONE": Readable("GONE", "number", "GONE"),
    }
    shown = {"COND": Among(SMOKE, frozenset(["=yes"])), "LOST": None}
    return Known(names, {"LATER": "it reads LATER, which comes later"}, shown, {"GONE"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('LEVEL == "2"', 'LEVEL = "2"'),
        ("LEVEL.NAOK == 2", 'LEVEL = "2"'),
        ("2 < LEVEL", 'LEVEL >= "3"'),
        ("LEVEL ge 2 && LEVEL le 3", 'LEVEL in ("2", "3")'),
        ("LEVEL == 1 or LEVEL == 2", 'LEVEL <= "2"'),
        ('LEVEL != "2"', 'not LEVEL = "2"'),
        ('!is_empty(LEVEL) and LEVEL != "2"', 'LEVEL != "2" or dont_know(LEVEL)'),
        ('!is_empty(LEVEL) and LEVEL != "2" and LEVEL != "DK"', 'LEVEL != "2"'),
        ("!is_empty(LEVEL.NAOK)", "answered(LEVEL) or dont_know(LEVEL)"),
        ("is_empty(LEVEL)", "not (answered(LEVEL) or dont_know(LEVEL))"),
        ('LEVEL == ""', "not (answered(LEVEL) or dont_know(LEVEL))"),
        ("LEVEL == 'DK'", "dont_know(LEVEL)"),
        ('PLACE == "A1"', 'PLACE = "a1"'),
        ('PLACE == "-oth-"', 'PLACE = "other"'),
        ('PLACE_other != ""', "answered(PLACE_other)"),
        ("RATE > 7", "RATE >= 8"),
        ("RATE == 0 or RATE == 10", "RATE in (0, 10)"),
        ('SMOKE == "Y"', 'SMOKE = "yes"'),
        ("SMOKE eq 'N'", 'SMOKE = "no"'),
        ('TV_a == "Y"', "TV_a"),
        ('TV_a.NAOK != "Y"', "not TV_a"),
        ("is_empty(TV_a)", "not TV_a"),
        ('TV_DK == "Y"', "dont_know(TV_a)"),
        ("count(that.TV.NAOK) > 0", "TV_a or TV_b or TV_c or dont_know(TV_a)"),
        ("count(TV_a, TV_b, TV_c) >= 2", "TV_a and TV_b or TV_a and TV_c or TV_b and TV_c"),
        ("count(TV_a, TV_b) == 0", "not (TV_a or TV_b)"),
        ('(TV_a == "Y") + (TV_b == "Y") == 1', "(TV_a or TV_b) and not (TV_a and TV_b)"),
        ('sum(if(TV_a == "Y", 1, 0), if(TV_b == "Y", 1, 0)) > 1', "TV_a and TV_b"),
        ("AGE >= 18", "AGE >= 18"),
        ('AGE >= "18"', "AGE >= 18"),
        ("18 <= AGE and AGE < 65.5", "AGE >= 18 and AGE < 65.5"),
        ("AGE != 18", "not AGE = 18"),
        ("!is_empty(AGE) && AGE != 18", "AGE != 18"),
        ("(is_empty(AGE) || (AGE != 18))", "not AGE = 18"),
        ("AGE > 5", "answered(AGE)"),
        ("intval(AGE) > 30", "AGE > 30"),
        ("AGE", "answered(AGE)"),
        ("COND.NAOK", "COND != 0"),
        ("is_empty(AGENR)", "not refused(AGE)"),
        ("!is_empty(AGE) and is_empty(AGENR)", "answered(AGE)"),
        ('DAY >= "2026-01-31" and DAY < "2026-01-31 99"', 'DAY = "2026-01-31"'),
        ('WORD == "police"', 'WORD = "police"'),
        ("strlen(WORD) > 0", "answered(WORD)"),
        ("!(AGE > 20 or SMOKE == 'Y') and TV_a == 'Y'", 'not (AGE > 20 or SMOKE = "yes") and TV_a'),
        # What was shown under a condition only is not answered by others, with .NAOK or without.
        ("COND > 3", "COND > 3"),
        ("COND.NAOK != 3", "not COND = 3"),
        ("COND != 3", 'SMOKE = "yes" and not COND = 3'),
        ("is_empty(GONE.NAOK) and AGE > 20", "AGE > 20"),
    ],
)
def test_what_can_be_said(known: Known, text: str, expected: str) -> None:
    said = sentence(translated(text, known))
    assert said == expected
    parse(said)


@pytest.mark.parametrize("text", ["", "1", "1 == 1", "AGE < 10 or 1", 'LEVEL != "9"', "is_empty(GONE.NAOK)"])
def test_always(known: Known, text: str) -> None:
    assert translated(text, known) == ALWAYS


@pytest.mark.parametrize(
    "text", ["0", "AGE > 200", "AGE < 5", 'LEVEL == "9"', "GONE.NAOK == 1", "GONE == 1", '"a" == "b"']
)
def test_never(known: Known, text: str) -> None:
    assert translated(text, known) == NEVER


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("AGE > COND", "two questions"),
        ("AGE * 2 > 30", "adds up"),
        ("AGE * 2", "calculates"),
        ("sum(AGE, COND) > 3", "adds up answers"),
        ("LATER == 1", "comes later"),
        ("TOKEN:ATTRIBUTE_1 == 1", "no answer"),
        ("LEVEL.shown == 'High'", "the shown of LEVEL"),
        ("LEVEL.value > 2", "assessment value"),
        ('regexMatch("/a/", WORD)', "the function regexmatch"),
        ('WORD > "a"', "orders the texts"),
        ('WORD == "été"', "plain letters"),
        ('DAY == "yesterday"', "a date with something else"),
        ('DAY == "2026-01-31"', "a date and time with a day"),
        ("AGE == 'old'", "with text"),
        ("AGE ==", "should"),
        ("AGE § 3", "not understood"),
        ("((((", "stands where"),
        ("(" * 200 + "1" + ")" * 200, "nested too deeply"),
        ("strlen(WORD) > 3", "length"),
    ],
)
def test_what_cannot_be_said(known: Known, text: str, reason: str) -> None:
    with pytest.raises(UnsayableError, match=reason):
        translated(text, known)
