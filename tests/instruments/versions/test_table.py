"""What the table and the series say: each change once, at its place, with the words of both versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from trustsurvey.instruments.model import Check, Editorial, Instrument, RecordDefinition
from trustsurvey.instruments.questions import Text
from trustsurvey.instruments.versions.changes import InstrumentChanges
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.typography import marked_words, typographic_form

Compared = Callable[..., InstrumentChanges]
Load = Callable[[str], Instrument]


def rows(changes: InstrumentChanges) -> list[tuple[str, ...]]:
    table = changes.table
    return [tuple(row) for row in table[["item", "kind", "language", "series", "bump"]].itertuples(index=False)]


def why(changes: InstrumentChanges, item: str) -> str:
    series = changes.series.set_index("item")
    return str(series.loc[item, "why"])


def in_languages(thing: Any, change: Callable[[Text], Text]) -> Any:
    """Return a thing with all its texts changed."""
    if isinstance(thing, Text):
        return change(thing)
    if isinstance(thing, tuple):
        return tuple(in_languages(each, change) for each in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{each.name: in_languages(getattr(thing, each.name), change) for each in fields(thing)})
    return thing


def test_a_wording_has_a_row_for_each_language(compared: Compared) -> None:
    changes = compared(("fr: Quelle confiance ?, en: How much trust?", "fr: Confiance ?, en: Trust?"))
    assert rows(changes) == [
        ("TRUST", "question text", "fr", "breaks", "major"),
        ("TRUST", "question text", "en", "breaks", "major"),
    ]
    assert changes.table.loc[1, ["was", "now"]].tolist() == ["How much trust?", "Trust?"]
    assert changes.series.set_index("item").loc["TRUST", ["languages", "why"]].tolist() == [
        "fr, en",
        "question text in fr, en",
    ]


def test_a_battery_that_changed_as_a_whole_has_one_row(compared: Compared) -> None:
    changes = compared(("en: The police...", "en: The local police..."))
    assert rows(changes) == [
        ("TREAT", "question text", "en", "breaks", "major"),
        ("justice", "inputs", "", "breaks", "major"),
    ]
    assert why(changes, "TREAT_listen") == "question text of TREAT in en"


def test_a_scale_that_several_questions_share_has_one_row(compared: Compared) -> None:
    changes = compared(("en: Sometimes", "en: Now and then"))
    assert rows(changes)[0] == ("often", "answer label", "en", "breaks", "major")
    assert changes.table.loc[0, "note"] == "the answers to TREAT, LIKE, POLITE"
    assert (changes.table["kind"] == "answer label").sum() == 1


def test_a_page_whose_routing_changed_has_one_row(compared: Compared) -> None:
    title = "    title: {fr: Contact, en: Contact}\n"
    changes = compared((title, f"{title}    ask_if: AGE >= 18\n"))
    routing = changes.table[changes.table["kind"] == "routing"]
    assert "contact" in set(routing["item"])
    assert {"CONTACT", "WHY", "RANK", "MORE"}.isdisjoint(routing["item"])


def test_a_broken_filter_is_named(compared: Compared) -> None:
    changes = compared(("en: Any contact?", "en: Contact?"))
    assert ("POLITE", "filter", "", "breaks", "major") in rows(changes)
    assert ("CONTACT", "question text", "en", "breaks", "minor") in rows(changes)
    assert why(changes, "POLITE") == "filter (who is asked depends on CONTACT (question text))"


def test_a_filter_that_reaches_others_is_named(compared: Compared) -> None:
    contact = "        text: {fr: Un contact ?, en: Any contact?}\n"
    changes = compared((contact, f"{contact}        ask_if: AGE >= 20\n"))
    assert why(changes, "HOW") == "routing (others are asked CONTACT now)"
    # Where the filter lets through whom it let through before, nothing changed behind it.
    behind = compared(
        (contact, f"{contact}        ask_if: AGE >= 18\n"),
        ('CONTACT = "yes" and AGE >= 18', 'CONTACT = "yes"'),
    )
    assert behind.comparable("POLITE")
    assert not behind.comparable("HOW")


def test_a_removed_filter_is_named(compared: Compared) -> None:
    changes = compared(
        ('        ask_if: CONTACT = "yes"\n', ""),
        ('CONTACT = "yes" and AGE', "AGE"),
        (
            '  - code: full\n    limit: 100\n    when: {CONTACT: "yes"}\n',
            "  - code: full\n    limit: 100\n    when: {TRUST: 5}\n",
        ),
        (
            "      - code: CONTACT\n        type: yes_no\n        text: {fr: Un contact ?, en: Any contact?}\n"
            "        concept: contact\n        dont_know: true\n",
            "",
        ),
    )
    assert why(changes, "POLITE") == "routing (CONTACT was removed)"


def test_a_variable_under_another_name_is_recognised(compared: Compared) -> None:
    changes = compared(("code: TRUST", "code: CONFIDENCE"))
    assert "keep the code to keep the series" in why(changes, "TRUST")
    assert "the same question as CONFIDENCE" in why(changes, "TRUST")
    item = compared(("code: listen", "code: hear"))
    assert "the same item as TREAT_hear; keep the code" in why(item, "TREAT_listen")


def test_questions_beside_a_series_are_noted_on_it(compared: Compared) -> None:
    changes = compared(
        ("      - code: LIKE", "      - {code: NEW, type: long_text, text: {fr: Neuf ?, en: New?}}\n      - code: LIKE")
    )
    assert changes.bump == "minor"
    assert why(changes, "LIKE") == "new questions come before it (NEW)"
    assert why(changes, "TREAT_listen") == "new questions come after it (NEW)"
    assert why(changes, "POLITE") == ""
    assert changes.comparable("LIKE")


def test_a_question_that_left_is_noted_on_those_that_stayed(compared: Compared) -> None:
    like = (
        "      - code: LIKE\n        type: single\n        text: {fr: Content ?, en: Pleased?}\n        scale: often\n"
        "        concept: pleasure\n        trend: true\n"
    )
    more = "      - {code: MORE, type: long_text, text: {fr: Encore ?, en: Anything else?}}\n"
    changes = compared((like, ""), (more, more + like))
    assert why(changes, "CONTACT") == "LIKE no longer comes directly before it"
    assert changes.comparable("CONTACT")
    assert not changes.comparable("LIKE")
    assert why(changes, "justice").startswith("place of items (asked at another place: LIKE)")


def test_a_text_on_the_page_before_is_noted(compared: Compared) -> None:
    intro = "      - {code: INTRO, type: information, text: {fr: Pensez à un an, en: Think of one year}}\n"
    title = "  - code: second\n    title: {fr: Suite, en: Next}\n    questions:\n"
    changes = compared((intro, intro + title))
    assert changes.bump == "minor"
    assert ("INTRO", "page of the text", "", "continues", "minor") in rows(changes)
    assert "INTRO is not on one page with TREAT, LIKE in both versions" in why(changes, "TREAT_listen")
    assert changes.comparable("TREAT")


def test_an_added_language_goes_on_and_a_removed_one_breaks_everything(load: Load, small: str) -> None:
    two = load(small)
    three = replace(
        in_languages(two, lambda text: Text((*text.translations, ("nl", "nieuw")))), languages=("fr", "en", "nl")
    )
    added = compare_instruments(two, three)
    assert rows(added) == [("instrument", "new language", "nl", "continues", "minor")]
    assert set(added.series["status"]) == {"continues"}
    assert set(added.series.set_index("item")["why"].drop("STAMP")) == {"answers in nl join the series"}
    removed = compare_instruments(three, two)
    assert rows(removed) == [("instrument", "removed language", "nl", "breaks", "major")]
    assert set(removed.series.set_index("item")["status"].drop("STAMP")) == {"breaks"}


def test_a_register_counts_what_its_unit_says(load: Load, small: str) -> None:
    def register(unit: str, *key: str) -> Instrument:
        return replace(load(small), record=RecordDefinition(Text.of({"fr": unit, "en": unit}), key))

    assert compare_instruments(register("check"), register("person")).bump == "major"
    assert compare_instruments(register("check"), register("check", "AGE")).bump == "minor"
    assert compare_instruments(register("check"), load(small)).bump == "minor"


def test_a_rule_between_answers_is_minor_and_its_message_is_not(load: Load, small: str) -> None:
    def checked(rule: str, message: str) -> Instrument:
        return replace(load(small), checks=(Check("adult", rule, Text.of({"fr": message, "en": message})),))

    first = checked("AGE >= 18", "Adults only")
    assert compare_instruments(load(small), first).bump == "minor"
    assert compare_instruments(first, checked("AGE >= 19", "Adults only")).bump == "minor"
    assert compare_instruments(first, checked("AGE  >=  18", "Adults only")).bump == "patch"
    assert compare_instruments(first, checked("AGE >= 18", "Adults, please")).bump == "patch"


@pytest.mark.parametrize(
    ("was", "now", "item"),
    [
        ("en: How much trust?", "en: Trust?", "TRUST"),
        ("en: The police...", "en: The Police", "TREAT"),
        ("en: listens", "en: hears", "TREAT"),
        ("en: listens", "en: hears", "TREAT_listen"),
        ("en: Sometimes", "en: At times", "often"),
        ("en: Don't know", "en: No idea", "dont_know"),
        ("en: Prefer not to answer", "en: No answer", "refused"),
        ("en: About your local police", "en: On your local police", "police"),
        ("en: Think of one year", "en: Think of a year", "INTRO"),
        ("en: Justice", "en: Fairness", "justice"),
        ("en: Young", "en: Youth", "age_group"),
        ("en: Otherwise", "en: Else", "HOW"),
    ],
)
def test_a_declared_change_of_wording_is_a_patch(load: Load, small: str, was: str, now: str, item: str) -> None:
    old, new = load(small), load(small.replace(was, now))
    declared = replace(new, editorial=(Editorial(item, "a slip of the pen"),))
    changes = compare_instruments(old, declared)
    assert changes.bump == "patch"
    assert changes.editorial == ((Editorial(item, "a slip of the pen"), True),)
    assert set(changes.table["note"]) == {"editorial: a slip of the pen"}
    assert set(changes.series["status"]) == {"continues"}
    other = replace(new, editorial=(Editorial("CONTACT", "another thing"),))
    assert compare_instruments(old, other).bump == compare_instruments(old, new).bump
    assert not compare_instruments(old, other).editorial[0][1]


@pytest.mark.parametrize(
    "edit",
    [
        ("        maximum: 10\n", "        maximum: 9\n"),
        ("        dont_know: true\n        refused: true\n", "        refused: true\n"),
        ("        concept: overall_trust\n        trend: true\n", "        concept: overall_trust\n"),
        ("        concept: overall_trust\n", "        concept: overall_trust\n        mandatory: hard\n"),
        ("        concept: overall_trust\n", "        concept: overall_trust\n        ask_if: AGE > 20\n"),
    ],
)
def test_a_declaration_never_excuses_more_than_wording(load: Load, small: str, edit: tuple[str, str]) -> None:
    new = load(small.replace(*edit, 1).replace("How much trust?", "Trust?"))
    changes = compare_instruments(load(small), replace(new, editorial=(Editorial("TRUST", "a slip"),)))
    assert changes.bump == "major"
    assert not changes.comparable("TRUST")


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Qu’est-ce ?", "Qu'est-ce\u202f?"),
        ("« oui »", '"oui"'),
        ("«\u00a0oui\u00a0»", "“oui”"),
        ("‘yes’", '"yes"'),
        ("a – b", "a - b"),
        ("wait…", "wait..."),
        ("Police.", "Police"),
        ("one\ntwo", "one  two"),
        ("e\u0301tat", "\u00e9tat"),
        ("soft\u00adware", "software"),
        ("(12 %)", "( 12\u00a0%)"),
        ("Never", "never"),
        ("À pied", "à pied"),
    ],
)
def test_typography_makes_no_difference(was: str, now: str) -> None:
    assert typographic_form(was) == typographic_form(now)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Police?", "Police"),
        ("wait...", "wait"),
        ("non violent", "non-violent"),
        ("its", "it's"),
        ("etat", "état"),
        ("10²", "102"),
        ("in to", "into"),
        ("the Police", "the police"),
        ("ID card", "iD card"),
        ("a, b", "a b"),
    ],
)
def test_other_signs_make_a_difference(was: str, now: str) -> None:
    assert typographic_form(was) != typographic_form(now)


def test_words_are_marked() -> None:
    assert marked_words("How much do you trust them?", "How far do you trust the police?") == [
        ("same", "How "),
        ("removed", "much "),
        ("added", "far "),
        ("same", "do you trust "),
        ("removed", "them?"),
        ("added", "the police?"),
    ]
    assert marked_words("", "new") == [("added", "new")]
