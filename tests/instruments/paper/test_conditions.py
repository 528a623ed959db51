"""Conditions as sentences, in the three languages that the package speaks."""

from __future__ import annotations

import pytest

from trustsurvey.instruments.expression import parse
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.conditions import Teller

NUMBERS = {"TRUST": "3", "AGREE": "4", "LEVEL": "5", "PLACE": "6", "PLACE_other": "6", "TREAT_polite": "8a",
           "AGE": "9", "DAY": "10", "WORDS": "11", "STORY": "12", "ORDER_1": "13", "ORDER_2": "13", "CONSENT": "1",
           "WHY_cost": "7", "WHY_fear": "7", "WHY_none": "7", "WHY_other": "7"}  # fmt: skip


def sentence(instrument: Instrument, language: str, references: dict[str, str], text: str) -> str:
    """Return a condition in words, with plain spaces."""
    return Teller(instrument, language, references).clause(parse(text)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("text", "fr", "nl", "en"),
    [
        (
            'CONSENT = "yes"',
            "vous avez coché « Oui » à la question 1",
            "u bij vraag 1 “Ja” hebt aangekruist",
            "you ticked “Yes” at question 1",
        ),
        (
            'AGREE != "2" or dont_know(AGREE)',
            "vous avez coché « Non », « Oui » ou « Ne sait pas » à la question 4",
            "u bij vraag 4 “Oneens”, “Eens” of “Weet niet” hebt aangekruist",
            "you ticked “Disagree”, “Agree” or “Don't know” at question 4",
        ),
        (
            'not (AGREE = "1" or AGREE = "2")',
            "vous n’avez coché ni « Non » ni « Mitigé » à la question 4",
            "u bij vraag 4 noch “Oneens” noch “Neutraal” hebt aangekruist",
            "you ticked neither “Disagree” nor “Neither” at question 4",
        ),
        (
            "AGE >= 18 and (WHY_cost or not refused(AGE))",
            "vous avez écrit le nombre 18 ou plus à la question 9 et si (vous avez coché « Prix » à la question 7 "
            "ou si vous n’avez pas coché « Refus » à la question 9)",
            "u bij vraag 9 het getal 18 of meer hebt ingevuld en als (u bij vraag 7 “Prijs” hebt aangekruist of als "
            "u bij vraag 9 “Geen antwoord” niet hebt aangekruist)",
            "you wrote the number 18 or more at question 9 and if (you ticked “Cost” at question 7 or if you did not "
            "tick “Prefer not to answer” at question 9)",
        ),
        (
            "TRUST > 3",
            "vous avez coché un nombre de 4 à 5 à la question 3",
            "u bij vraag 3 een getal van 4 tot en met 5 hebt aangekruist",
            "you ticked a number from 4 to 5 at question 3",
        ),
        (
            'TREAT_polite < "2"',
            "vous avez coché « Non » à la question 8a",
            "u bij vraag 8a “Oneens” hebt aangekruist",
            "you ticked “Disagree” at question 8a",
        ),
        (
            'DAY >= "2026-01-31"',
            "vous avez écrit une date à partir du 31/01/2026 à la question 10",
            "u bij vraag 10 een datum vanaf 31/01/2026 hebt ingevuld",
            "you wrote a date from 31/01/2026 on at question 10",
        ),
        (
            "not answered(STORY)",
            "vous n’avez pas répondu à la question 12 (« Refus » ne compte pas comme une réponse)",
            "u bij vraag 12 geen antwoord hebt gegeven (“Geen antwoord” telt niet als antwoord)",
            "you gave no answer at question 12 (“Prefer not to answer” does not count as an answer)",
        ),
        (
            'ORDER_1 = "cost"',
            "vous avez donné le rang 1 à « Prix » à la question 13",
            "u bij vraag 13 rang 1 aan “Prijs” hebt gegeven",
            "you gave rank 1 to “Cost” at question 13",
        ),
        (
            "answered(PLACE_other)",
            "vous avez écrit quelque chose à côté de « Ailleurs » à la question 6",
            "u bij vraag 6 iets naast “Elders” hebt ingevuld",
            "you wrote something beside “Elsewhere” at question 6",
        ),
        (
            "AGE != 18.5",
            "vous avez écrit un autre nombre que 18,5 à la question 9",
            "u bij vraag 9 een ander getal dan 18,5 hebt ingevuld",
            "you wrote a number other than 18.5 at question 9",
        ),
        (
            "WHY_cost and WHY_fear",
            "vous avez coché « Prix » à la question 7 et si vous avez coché « Peur » à la question 7",
            "u bij vraag 7 “Prijs” hebt aangekruist en als u bij vraag 7 “Angst” hebt aangekruist",
            "you ticked “Cost” at question 7 and if you ticked “Fear” at question 7",
        ),
    ],
)
def test_sentences(text: str, fr: str, nl: str, en: str, instruments: dict[str, Instrument]) -> None:
    for language, wanted in (("fr", fr), ("nl", nl), ("en", en)):
        assert sentence(instruments["operators"], language, NUMBERS, text) == wanted


def test_one_answer_at_several_questions(instruments: dict[str, Instrument]) -> None:
    instrument = instruments["citizen-trust"]
    numbers = {"CONTACTOWN": "12", "CONTACTPOLICE": "13", "CONTACTMEET": "14"}
    either = 'CONTACTOWN = "yes" or CONTACTPOLICE = "yes" or CONTACTMEET = "yes"'
    both = 'CONTACTOWN = "yes" and CONTACTPOLICE = "yes"'
    assert sentence(instrument, "en", numbers, either) == "you ticked “Yes” at question 12, 13 or 14"
    assert sentence(instrument, "nl", numbers, both) == "u bij de vragen 12 en 13 “Ja” hebt aangekruist"


def test_many_answers_are_named_by_the_others(instruments: dict[str, Instrument]) -> None:
    found = sentence(instruments["citizen-trust"], "en", {"MUNICIPALITY": "2"}, 'MUNICIPALITY != "21004"')
    assert found == "you ticked an answer other than “Brussels” or “Prefer not to answer” at question 2"


def test_other_languages_get_english_words(instruments: dict[str, Instrument]) -> None:
    assert sentence(instruments["odd"], "ar", {"CONSENT": "1"}, 'CONSENT = "yes"') == "you ticked “نعم” at question 1"
