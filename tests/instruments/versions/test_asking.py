"""Expressions are compared by what they mean: for every combination of answers, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.versions.asking import same_levels, same_people, same_routing
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.version import version_of

Load = Callable[[str], Instrument]

HEAD = """\
instrument: asking
version: 1.0.0
languages: [en]
title: {en: Asking}
dont_know: {code: DK, label: {en: Don't know}}
scales:
  size:
    kind: ordinal
    points: [{code: a, label: {en: A}}, {code: b, label: {en: B}}, {code: c, label: {en: C}}]
groups:
  - code: page
    title: {en: Page}
    questions:
      - {code: AGE, type: number, text: {en: Age?}, minimum: 0, maximum: 120}
      - {code: DAY, type: date, text: {en: Day?}}
      - {code: SIZE, type: single, text: {en: Size?}, scale: size, dont_know: true}
      - {code: SURE, type: yes_no, text: {en: Sure?}, mandatory: hard}
      - {code: RATE, type: rating, text: {en: Rate?}, minimum: 0, maximum: 4, ends: [{en: Low}, {en: High}]}
      - {code: MANY, type: multiple, text: {en: Many?}, scale: size}
      - {code: LINE, type: text, text: {en: Line?}}
      - {code: KEEP, type: hidden, text: {en: Keep}, value: x}
"""


@pytest.fixture
def ask(load: Load) -> Callable[[str], Instrument]:
    """Return a function that reads an instrument whose question Q, of a kept series, is routed by an expression."""

    def loader(expression: str) -> Instrument:
        question = "      - {code: Q, type: yes_no, text: {en: Q?}, concept: q, trend: true}\n"
        if expression:
            question = question.replace("}\n", f", ask_if: '{expression}'}}\n")
        return load(HEAD + question)

    return loader


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("AGE >= 18 and AGE <= 30", "not (AGE < 18 or AGE > 30) and answered(AGE)"),
        ("AGE >= 0", "answered(AGE)"),
        ("AGE in (18, 19)", "AGE = 19 or AGE = 18"),
        ("AGE != 18", "AGE < 18 or AGE > 18"),
        ('DAY > "2026-01-31"', 'DAY >= "2026-02-01"'),
        ('SIZE in ("a", "b")', 'SIZE < "c"'),
        ('SIZE != "a"', 'SIZE > "a"'),
        ('not SIZE = "a"', 'SIZE != "a" or not answered(SIZE)'),
        ("not answered(SIZE) and not dont_know(SIZE)", "not (dont_know(SIZE) or answered(SIZE))"),
        ('not SURE = "yes"', 'SURE = "no"'),
        ("RATE > 2", "RATE >= 3"),
        ("AGE > 17", "AGE >= 18"),  # between whole limits, so a whole number
        ("RATE in (3, 4)", "RATE >= 3"),
        ("MANY_a or MANY_b", "not (not MANY_a and not MANY_b)"),
        ('LINE = "x" and not LINE = "y"', 'LINE = "x"'),
        ('KEEP = "x" and AGE > 3', "AGE > 3"),
        ('KEEP = "x"', ""),
        ("AGE > 3 or not AGE > 3", ""),
        ('SURE = "yes" and (AGE > 3 or SIZE = "a")', '(SURE = "yes" and AGE > 3) or (SURE = "yes" and SIZE = "a")'),
    ],
)
def test_the_same_people_are_asked(ask: Callable[[str], Instrument], was: str, now: str) -> None:
    old, new = ask(was), ask(now)
    versions = version_of(old), version_of(new)
    assert same_routing(*versions, "Q")
    assert same_people(*versions, "Q")
    changes = compare_instruments(old, new)
    assert changes.bump == "patch"
    assert changes.table[["item", "kind", "note"]].to_numpy().tolist() == [
        ["Q", "routing", "the same people are asked"]
    ]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("AGE >= 18", "not AGE < 18"),  # the missing
        ('DAY > "2026-01-31"', 'DAY >= "2026-01-31"'),
        ('SIZE != "a"', 'not SIZE = "a"'),
        ("not answered(SIZE)", "dont_know(SIZE)"),
        ('SIZE = "b"', 'SIZE >= "b"'),
        ("MANY_a", "MANY_b"),
        ('LINE != "x"', 'not LINE = "x"'),
        ('KEEP = "y"', ""),
        ("AGE > 3", ""),
    ],
)
def test_others_are_asked(ask: Callable[[str], Instrument], was: str, now: str) -> None:
    changes = compare_instruments(ask(was), ask(now))
    assert changes.bump == "major"
    assert not changes.comparable("Q")
    assert not compare_instruments(ask(now), ask(was)).comparable("Q")


def test_routing_is_followed_to_the_people(load: Load) -> None:
    def chain(second: str, third: str) -> Instrument:
        questions = [
            f"      - {{code: P, type: yes_no, text: {{en: P?}}, ask_if: '{second}'}}\n",
            f"      - {{code: Q, type: yes_no, text: {{en: Q?}}, ask_if: '{third}', concept: q, trend: true}}\n",
        ]
        return load(HEAD + "".join(questions))

    first = chain("AGE >= 18", 'P = "yes"')
    assert compare_instruments(first, chain("AGE >= 18", 'P = "yes" and AGE >= 18')).bump == "patch"
    assert compare_instruments(first, chain("AGE >= 18", 'P = "yes" and AGE >= 19')).bump == "major"
    wider = compare_instruments(first, chain("AGE >= 16", 'P = "yes"'))
    assert wider.series.set_index("item").loc["Q", "why"] == "routing (others are asked P now)"
    # More people are asked P, and none of them is let through.
    assert compare_instruments(first, chain("AGE >= 16", 'P = "yes" and AGE >= 18')).bump == "minor"


def test_rules_give_the_same_levels_where_routing_makes_them(load: Load) -> None:
    def derive(when: str) -> Instrument:
        question = "      - {code: P, type: yes_no, text: {en: P?}, ask_if: AGE >= 18}\n"
        level = f"      - {{code: g, label: {{en: G}}, when: '{when}'}}\n"
        return load(f"{HEAD}{question}derived:\n  - code: grown\n    label: {{en: Grown}}\n    levels:\n{level}")

    first = derive('P = "yes"')
    same, other = derive('P = "yes" and AGE >= 18'), derive('P = "yes" and AGE >= 19')
    assert same_levels(version_of(first), version_of(same), "grown")
    assert not same_levels(version_of(first), version_of(other), "grown")
    assert (compare_instruments(first, same).bump, compare_instruments(first, other).bump) == ("patch", "major")


def test_too_many_answers_count_as_different_unless_written_alike(load: Load) -> None:
    codes = [f"N{number}" for number in range(12)]
    asked = "".join(f"      - {{code: {code}, type: number, text: {{en: Number?}}}}\n" for code in codes)

    def route(expression: str) -> Instrument:
        question = f"{{code: Q, type: yes_no, text: {{en: Q?}}, concept: q, trend: true, ask_if: {expression}}}"
        return load(f"{HEAD}{asked}      - {question}\n")

    parts = [f"{one} > 1 and {two} < 2" for one, two in pairwise(codes)]
    first = route(" and ".join(parts))
    versions = version_of(first), version_of(route(" or ".join(parts)))
    assert same_routing(*versions, "Q") is None
    assert same_people(*versions, "Q") is None
    changes = compare_instruments(first, route(" or ".join(parts)))
    assert changes.bump == "major"
    assert "too many answers" in changes.table.loc[0, "note"]
    assert compare_instruments(first, route(" and ".join(f"({part})" for part in reversed(parts)))).bump == "patch"
