from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.instruments.duration import ENGLISH, asked_shares, duration, words_in
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.resources import share

HEAD = """\
instrument: lengths
version: 1.0.0
languages: [en]
title: {en: Length}
dont_know: {code: DK, label: {en: Unknown}}
groups:
  - code: page
    title: {en: Page}
    questions:
"""
FIRST = "      - {code: A, type: yes_no, text: {en: Is it?}}\n"


@pytest.fixture
def shares(write: Callable[[str], Path]) -> Callable[[str], dict[str, float]]:
    """Return a function that writes questions and returns the share that is asked each."""
    return lambda questions: asked_shares(load_instrument(write(HEAD + questions)))


def test_the_yearly_survey_takes_what_its_welcome_says() -> None:
    expected = duration(load_instrument(share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"))
    assert 13 < expected.typical < 18
    assert expected.shortest < expected.typical < expected.longest
    assert [each.language for each in expected.languages] == ["fr", "nl", "en"]
    for each in expected.languages:
        assert each.shortest < each.typical < each.longest
    assert str(expected) == f"about {expected.typical:.0f} to {expected.longest:.0f} minutes"


def test_reading_and_deciding_add_up(write: Callable[[str], Path]) -> None:
    (english,) = duration(load_instrument(write(HEAD + FIRST))).languages
    # Length, Page, Is it, Yes, No.
    assert english.words == 6
    assert english.longest == pytest.approx(6 / ENGLISH + (2 + 2 + 2) / 60)
    assert english.shortest == english.typical == english.longest


def test_the_same_scale_is_read_once_in_a_row(write: Callable[[str], Path]) -> None:
    again = FIRST.replace("A,", "B,")
    once = duration(load_instrument(write(HEAD + FIRST))).languages[0].words
    twice = duration(load_instrument(write(HEAD + FIRST + again))).languages[0].words
    assert twice - once == words_in("Is it?")


@pytest.mark.parametrize(
    ("condition", "share"),
    [
        ('A = "yes"', 1 / 2),
        ('A != "yes"', 1 / 2),
        ('not A = "yes"', 1 / 2),
        ('A in ("yes", "no")', 1),
        ('A = "yes" or B >= 6', 1 - 1 / 2 * 6 / 11),
        ('A = "yes" and B >= 6', 1 / 2 * 5 / 11),
        ("B < 6", 6 / 11),
        ("dont_know(A)", 0.05),
        ("answered(A)", 0.9),
        ("NOTE = 1", 0.5),
        ('HIDE = "x"', 1),
        ('HIDE != "x"', 0),
    ],
)
def test_shares_of_those_who_are_asked(condition: str, share: float, shares: Callable[[str], dict[str, float]]) -> None:
    questions = (
        "      - {code: A, type: yes_no, text: {en: Is it?}, dont_know: true}\n"
        "      - {code: B, type: rating, text: {en: How?}, minimum: 0, maximum: 10, ends: [{en: Low}, {en: High}]}\n"
        "      - {code: NOTE, type: number, text: {en: How many?}}\n"
        "      - {code: HIDE, type: hidden, text: {en: Hidden}, value: x}\n"
        f"      - {{code: C, type: yes_no, text: {{en: Why?}}, ask_if: '{condition}'}}\n"
    )
    assert shares(questions)["C"] == pytest.approx(share)


def test_the_shortest_path_leaves_out_what_is_routed(write: Callable[[str], Path]) -> None:
    routed = "      - {code: B, type: long_text, text: {en: Why?}, ask_if: 'A = \"yes\"'}\n"
    with_it = duration(load_instrument(write(HEAD + FIRST + routed)))
    without = duration(load_instrument(write(HEAD + FIRST)))
    assert with_it.shortest == pytest.approx(without.shortest)
    added = with_it.longest - without.longest
    assert with_it.typical - without.typical == pytest.approx(added / 2)
