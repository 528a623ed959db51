"""Pairs of versions over which a methodologist would think twice, and what the comparison makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from trustsurvey.instruments.model import Editorial, Instrument
from trustsurvey.instruments.versions.changes import InstrumentChanges
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.sheet import declarations, sections, verdict

Compared = Callable[..., InstrumentChanges]
Load = Callable[[str], Instrument]

MORE = "      - {code: MORE, type: long_text, text: {fr: Encore ?, en: Anything else?}}\n"
NOTE = "      - {code: NOTE, type: information, text: {fr: Une note, en: A note}}\n"
CONTACT_PAGE = "  - code: contact\n"
LINES = """\
          - {code: respect, text: {fr: respecte, en: respects}}
          - {code: listen, text: {fr: écoute, en: listens}}
          - {code: explain, text: {fr: explique, en: explains}}
"""
EXPLAIN = "          - {code: explain, text: {fr: explique, en: explains}}\n"
SPLIT = """\
      - code: TREATB
        type: battery
        text: {fr: La police..., en: The police...}
        scale: often
        dont_know: true
        concept: treatment
        trend: true
        items:
"""

WORDS = "Sur votre police locale, en: About your local police"
DESCRIPTION = "    description: {fr: Sur votre police locale, en: About your local police}\n"
POLICE = "  - code: police\n    title: {fr: Police, en: Police}\n" + DESCRIPTION + "    questions:\n"
YOU = "  - code: you\n    title: {fr: Vous, en: You}\n    questions:\n"
LIKE = "      - code: LIKE\n"

PAIRS = {
    "page split, its description on both halves": (
        [(LIKE, POLICE.replace("police\n", "second\n", 1) + LIKE)],
        "minor",
        set(),
        {"TRUST", "TREAT", "LIKE", "justice"},
    ),
    "description written as a text": (
        [
            (DESCRIPTION, ""),
            ("      - code: TRUST\n", NOTE.replace("Une note, en: A note", WORDS) + "      - code: TRUST\n"),
        ],
        "minor",
        set(),
        {"TRUST", "TREAT", "LIKE"},
    ),
    "question drawn under the description of the next page": (
        [(POLICE, ""), (YOU, POLICE)],
        "major",
        {"AGE", "age_group"},
        {"TRUST", "TREAT", "LIKE"},
    ),
    # A text that ends a page is read before the next page.
    "text at the end of a page": (
        [(CONTACT_PAGE, NOTE + CONTACT_PAGE)],
        "major",
        {"CONTACT", "HOW", "POLITE", "WHY", "RANK", "MORE"},
        {"TRUST", "TREAT", "LIKE", "justice"},
    ),
    "text after the last question": ([(MORE, MORE + NOTE)], "minor", set(), {"MORE", "HOW", "TRUST"}),
    "text under another code": ([("code: INTRO", "code: FIRST")], "patch", set(), {"TREAT", "LIKE", "justice"}),
    "text under another code, reworded": (
        [("code: INTRO", "code: FIRST"), ("en: Think of one year", "en: Think of this year")],
        "major",
        {"TREAT", "LIKE", "justice"},
        {"TRUST"},
    ),
    "capital of the first word": ([("en: Never", "en: never")], "patch", set(), {"TREAT", "LIKE", "justice"}),
    "whole years": ([("AGE >= 18", "AGE > 17")], "patch", set(), {"POLITE"}),
    "whole years in a level": ([("when: AGE < 25", "when: AGE <= 24")], "patch", set(), {"age_group"}),
    "one year more": ([("when: AGE < 25", "when: AGE <= 25")], "major", {"age_group"}, {"AGE"}),
    # Nobody who left AGE open is below 18, so they are asked now.
    "turned round, open answers let in": ([("AGE >= 18", "not AGE < 18")], "major", {"POLITE"}, {"HOW"}),
    "one answer becomes several": (
        [
            ("      - code: LIKE\n        type: single", "      - code: LIKE\n        type: multiple"),
            ("    items: [TREAT, LIKE]\n    reversed: [LIKE]\n", "    items: [TREAT]\n"),
        ],
        "major",
        {"LIKE", "justice"},
        {"TREAT", "TRUST"},
    ),
    "other no longer offered": (
        [("        other: {fr: Autrement, en: Otherwise}\n", "")],
        "major",
        {"HOW", "HOW_other"},
        {"POLITE"},
    ),
    "letter case of a code": ([("code: TRUST", "code: Trust")], "major", {"TRUST", "Trust"}, {"LIKE"}),
    "battery split in two": (
        [(LINES, LINES.replace(EXPLAIN, "") + SPLIT + EXPLAIN)],
        "major",
        {"TREAT_explain", "TREATB_explain", "justice"},
        {"TREAT_respect", "TREAT_listen", "LIKE"},
    ),
    "old item marked": (
        [("        randomise: true\n", "        randomise: true\n        concept: contact\n        trend: true\n")],
        "minor",
        set(),
        {"WHY", "WHY_web"},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_judged_as_an_expert_would(name: str, compared: Compared) -> None:
    edits, bump, broken, going_on = PAIRS[name]
    changes = compared(*edits)
    assert changes.bump == bump
    assert {each: changes.comparable(each) for each in broken | going_on} == {
        **dict.fromkeys(broken, False),
        **dict.fromkeys(going_on, True),
    }


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("en: Think of one year", "en: Think of 2 years", "a number in it changed"),
        ("en: How much trust?", "en: How much trust do you not have?", "a negation came or went"),
        ("fr: écoute", "fr: n'écoute pas", "a negation came or went"),
    ],
)
def test_no_declaration_excuses_a_number_or_a_negation(load: Load, small: str, was: str, now: str, why: str) -> None:
    new = load(small.replace(was, now))
    declared = replace(new, editorial=tuple(Editorial(item, "a slip") for item in ("INTRO", "TRUST", "TREAT")))
    changes = compare_instruments(load(small), declared)
    assert changes.bump == "major"
    assert f"declared to be editorial, and {why}" in set(changes.table["note"])
    assert any("does not excuse" in effect for _, _, effect in declarations(changes))


def test_no_declaration_makes_another_question_of_it(load: Load, small: str) -> None:
    asked = (
        "In general how much trust do you have?",
        "Do officers in your street do a good job?",
        "In general how much trust have you?",
    )
    first, other, plainer = (load(small.replace("How much trust?", text)) for text in asked)
    declared = (Editorial("TRUST", "style"),)
    assert compare_instruments(first, replace(other, editorial=declared)).bump == "major"
    assert compare_instruments(first, replace(plainer, editorial=declared)).bump == "patch"


def test_a_later_last_day_lets_time_go_on(load: Load, small: str) -> None:
    def until(day: str) -> Instrument:
        question = f"      - {{code: WHEN, type: date, text: {{fr: Quand ?, en: When?}}, maximum: {day}}}\n"
        return load(small.replace(MORE, MORE + question))

    assert compare_instruments(until("2026-12-31"), until("2027-12-31")).comparable("WHEN")
    assert not compare_instruments(until("2027-12-31"), until("2026-12-31")).comparable("WHEN")


def test_so_does_a_later_last_year_of_a_register(load: Load, small: str) -> None:
    def until(maximum: int, concept: str) -> Instrument:
        keys = f"text: {{fr: An ?, en: Year?}}, minimum: 2021, maximum: {maximum}, concept: {concept}"
        return load(small.replace(MORE, f"{MORE}      - {{code: YEAR, type: number, {keys}}}\n"))

    assert compare_instruments(until(2040, "reference_period"), until(2060, "reference_period")).comparable("YEAR")
    assert not compare_instruments(until(2040, "age"), until(2060, "age")).comparable("YEAR")


def test_years_amounts_and_telephone_numbers_can_be_declared(load: Load, small: str) -> None:
    old, new = (load(small.replace("en: From zero to ten", f"en: Call {number}")) for number in ("107", "106"))
    declared = replace(new, editorial=(Editorial("TRUST", "another number"),))
    assert compare_instruments(old, declared).bump == "patch"


def test_a_text_that_moves_to_the_top_of_the_next_page_is_noted(load: Load, small: str) -> None:
    old = load(small.replace(CONTACT_PAGE, NOTE + CONTACT_PAGE))
    contact = "      - code: CONTACT\n        type: yes_no\n"
    changes = compare_instruments(old, load(small.replace(contact, NOTE + contact)))
    assert changes.bump == "minor"
    assert changes.comparable("HOW")
    assert "not on one page" in str(changes.series.set_index("item").loc["HOW", "why"])


def test_a_declaration_says_all_that_it_excuses(load: Load, small: str) -> None:
    new = load(small.replace("en: The police...", "en: Police...").replace("fr: écoute", "fr: entend"))
    changes = compare_instruments(load(small), replace(new, editorial=(Editorial("TREAT", "plainer"),)))
    ((_, _, effect),) = declarations(changes)
    assert effect == "excuses question text in en; item text of TREAT_listen in fr"


def test_the_bump_is_explained(compared: Compared) -> None:
    assert "because no answer depends on what changed" in verdict(compared(("en: Thank you", "en: Thanks")))[0]
    assert verdict(compared(("en: Welcome", "en: Hello")))[0].endswith("may depend on: welcome.")
    likes = compared(("en: Pleased?", "en: Content?"))
    assert verdict(likes)[0].endswith("major version, because the series of LIKE and justice break.")
    ended = compared(("        concept: overall_trust\n        trend: true\n", "        concept: overall_trust\n"))
    assert "because the series of TRUST ends." in verdict(ended)[0]


def test_trend_series_that_break_stand_apart(compared: Compared) -> None:
    found = {section.title: section for section in sections(compared(("en: Any contact?", "en: Contact?")))}
    names = {title: {item for row in section.rows for item in row.items} for title, section in found.items()}
    assert names["Trend series that break"] == {"HOW", "HOW_other", "POLITE"}
    assert names["Other answers that break; no trend is kept of them"] == {"CONTACT"}


def test_several_new_questions_are_named_from_first_to_last(compared: Compared) -> None:
    page = "  - code: fresh\n    title: {fr: Neuf, en: New}\n    questions:\n" + "".join(
        f"      - {{code: NEW{n}, type: long_text, text: {{fr: Neuf {n}, en: New {n}}}}}\n" for n in (1, 2, 3)
    )
    series = compared((CONTACT_PAGE, page + CONTACT_PAGE)).series.set_index("item")
    assert series.loc["CONTACT", "why"] == "new questions come before it (NEW1 to NEW3)"
    assert series.loc["LIKE", "why"] == ""


@pytest.mark.parametrize(
    ("was", "now", "item", "why"),
    [
        (
            "AGE >= 18",
            "not AGE < 18",
            "POLITE",
            "others are asked; asked now, for instance: AGE not answered, CONTACT = yes",
        ),
        (
            "AGE >= 18",
            "AGE >= 19",
            "POLITE",
            "others are asked; no longer asked, for instance: AGE = 18, CONTACT = yes",
        ),
        ("when: AGE < 25", "when: AGE < 26", "age_group", "for instance AGE = 25: old before, young now"),
        (
            '        ask_if: CONTACT = "yes"\n',
            '        ask_if: CONTACT = "no"\n',
            "HOW",
            "others are asked; asked now, for instance: CONTACT = no; no longer asked, for instance: CONTACT = yes",
        ),
    ],
)
def test_whom_a_change_concerns_is_shown_by_an_example(
    compared: Compared, was: str, now: str, item: str, why: str
) -> None:
    table = compared((was, now)).table
    assert why in set(table.loc[table["item"] == item, "note"])
