from __future__ import annotations

from collections.abc import Callable

import pytest

from trustsurvey.instruments.advice.text import asked_part, longest_sentence, readability, sentences

Names = Callable[..., list[str]]


def question(text: str, kind: str = "yes_no") -> str:
    return f"- code: Q\n  type: {kind}\n  text:\n    en: {text}\n"


def test_long_questions_and_sentences(names: Names) -> None:
    short = "Is it so or is it quite different now? "
    assert names(question((short * 5).strip()), "en") == []
    assert names(question((short * 6).strip()), "en") == ["long"]
    assert names(question("Is it " + "so " * 27 + "here?"), "en") == []
    assert names(question("Is it " + "so " * 28 + "here?"), "en") == ["long"]


def test_explanations(names: Names) -> None:
    words = "We ask you about the police. " * 20
    assert names(question(words.strip(), "information"), "en") == []
    assert names(question((words + "Thank you.").strip(), "information"), "en") == ["long"]
    hard = (
        "Institutional accountability mechanisms necessitate comprehensive methodological considerations regarding "
        "organisational legitimacy, procedural regularity and administrative responsibility. "
    ) * 3
    assert names(question(hard.strip(), "information"), "en") == ["hard-to-read"]


def test_a_battery_has_ten_lines_at_most(names: Names) -> None:
    start = (
        "- code: A\n  type: battery\n  text: {en: How often?}\n"
        "  scale: {kind: ordinal, points: [{code: 1, label: {en: Never}}, {code: 2, label: {en: Often}}]}\n  items:\n"
    )
    lines = [f"    - {{code: i{number}, text: {{en: Number {number}}}}}\n" for number in range(11)]
    assert names(start + "".join(lines[:10]), "en") == []
    assert names(start + "".join(lines), "en") == ["long-battery"]


def test_twenty_minutes_are_long(names: Names) -> None:
    many = "".join(
        f"- {{code: Q{number}, type: number, text: {{en: How many are there in all?}}}}\n" for number in range(160)
    )
    assert names(many, "en") == []
    more = many + "".join(
        f"- {{code: R{number}, type: number, text: {{en: How many are there in all?}}}}\n" for number in range(60)
    )
    assert names(more, "en") == ["length"]


@pytest.mark.parametrize(("minutes", "expected"), [(3, ["stated-length"]), (7, []), (10, []), (40, [])])
def test_the_welcome_says_about_how_long_it_takes(minutes: int, expected: list[str], names: Names) -> None:
    many = "".join(
        f"- {{code: Q{number}, type: number, text: {{en: How many are there in all?}}}}\n" for number in range(80)
    )
    top = f"welcome: {{en: This takes about {minutes} minutes.}}"
    assert names(many, "en", top=top) == expected


@pytest.mark.parametrize(
    ("language", "text", "words", "syllables", "constants"),
    [
        ("en", "The cat sat on the mat. The dog ran.", 9, 9, (206.835, 1.015, 84.6)),
        ("nl", "De kat zat op de mat. Hij sliep daar.", 9, 9, (206.84, 0.93, 77.0)),
        # An e that ends a word is silent: votre po-lice lo-cale.
        ("fr", "La police locale aide.", 4, 6, (207.0, 1.015, 73.6)),
        ("en", "People like the police.", 4, 6, (206.835, 1.015, 84.6)),
    ],
)
def test_readability_follows_its_formula(
    language: str, text: str, words: int, syllables: int, constants: tuple[float, float, float]
) -> None:
    constant, per_word, per_syllable = constants
    expected = constant - per_word * words / len(sentences(text)) - per_syllable * syllables / words
    assert readability(text, language) == pytest.approx(expected)


def test_sentences_are_told_apart() -> None:
    assert sentences("Imagine it. Is it so, e.g. here? Choose one.") == [
        "Imagine it.",
        "Is it so, abbr here?",
        "Choose one.",
    ]
    assert asked_part("Imagine it. Is it so? Choose one.") == "Is it so?"
    assert asked_part("It is so") == "It is so"
    assert longest_sentence("One two three. Four five.") == 3
