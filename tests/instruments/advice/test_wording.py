from __future__ import annotations

from collections.abc import Callable

import pytest

AGREE = """
- code: A
  type: battery
  text: {{fr: Êtes-vous d’accord ?, nl: Bent u het eens?, en: Do you agree?}}
  scale:
    kind: ordinal
    points:
      - {{code: "1", label: {{fr: Pas d’accord, nl: Oneens, en: Disagree}}}}
      - {{code: "2", label: {{fr: D’accord, nl: Eens, en: Agree}}}}
  items:
    - {{code: one, text: {{fr: "{fr}", nl: "{nl}", en: "{en}"}}}}
"""
QUESTION = """
- code: Q
  type: yes_no
  text: {{fr: "{fr}", nl: "{nl}", en: "{en}"}}
"""

Names = Callable[..., list[str]]


def statement(fr: str, nl: str, en: str) -> str:
    return AGREE.format(fr=fr, nl=nl, en=en)


def question(fr: str, nl: str, en: str) -> str:
    return QUESTION.format(fr=fr, nl=nl, en=en)


@pytest.mark.parametrize(
    "wording",
    [
        statement(
            "La police est juste et efficace.",
            "De politie is rechtvaardig en efficiënt.",
            "The police are fair and fast.",
        ),
        statement(
            "La police écoute les gens et explique ses décisions.",
            "De politie luistert naar mensen en legt haar beslissingen uit.",
            "The police listen to people and explain their decisions.",
        ),
        question(
            "Faites-vous confiance à la police et à la justice ?",
            "Vertrouwt u de politie en het gerecht?",
            "Do you trust the police and the courts?",
        ),
        question("Du vol et/ou de la violence ?", "Diefstal en/of geweld?", "Theft and/or violence?"),
    ],
)
def test_two_things_at_once(wording: str, names: Names) -> None:
    assert names(wording) == ["double-barrelled"]


@pytest.mark.parametrize(
    "wording",
    [
        question(
            "Les policiers et policières de votre commune sont-ils polis ?",
            "Zijn de politiemensen van uw gemeente beleefd?",
            "Are the police officers and police assistants of your town polite?",
        ),
        question(
            "La relation entre la police et les jeunes est-elle bonne ?",
            "Is de relatie tussen de politie en jongeren goed?",
            "Is the relation between the police and young people good?",
        ),
        question("Habitez-vous à Evere et Jette ?", "Woont u in Evere en Jette?", "Do you live in Evere and Jette?"),
        question(
            "Êtes-vous d’accord ? Choisissez un point et notez-le.",
            "Bent u het eens? Kies een punt en noteer het.",
            "Do you agree? Choose a point and write it down.",
        ),
        question(
            "Et la police (locale et fédérale) est-elle polie ?",
            "En is de politie (lokaal en federaal) beleefd?",
            "And are the police (local and federal) polite?",
        ),
        question(
            "Avez-vous été contrôlé à pied ou à vélo ?",
            "Werd u te voet of met de fiets gecontroleerd?",
            "Were you checked on foot or on a bicycle?",
        ),
        question("Avez-vous des frères et sœurs ?", "Hebt u broers en zussen?", "Do you have brothers and sisters?"),
        question(
            "La police et les jeunes se respectent-ils ?",
            "Respecteren de politie en jongeren elkaar?",
            "Do the police and young people respect each other?",
        ),
        question("Avez-vous 16 ans et plus ?", "Bent u 16 jaar en ouder?", "Are you aged 16 and over?"),
        # In one of three languages only: a matter of translation, not of the question.
        question("Êtes-vous content ?", "Bent u tevreden?", "Are you content and happy?"),
    ],
)
def test_one_thing_in_several_words(wording: str, names: Names) -> None:
    assert "double-barrelled" not in names(wording)


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        (
            statement("La police n’écoute pas les gens.", "De politie luistert niet.", "The police do not listen."),
            ["negation"],
        ),
        (
            statement(
                "La police n’est jamais juste.", "De politie is nooit rechtvaardig.", "The police are never fair."
            ),
            ["negation", "absolute"],
        ),
        (
            statement(
                "Je parle poliment, même quand je ne suis pas d’accord.",
                "Ik praat beleefd, ook als ik het niet eens ben.",
                "I speak politely, even when I do not agree.",
            ),
            [],
        ),
        (
            statement(
                "J’obéis parce que je n’ai pas le choix.",
                "Ik gehoorzaam omdat ik geen keuze heb.",
                "I obey because I have no choice.",
            ),
            [],
        ),
        (
            statement("Une amende n’est pas inutile.", "Een boete is niet onnodig.", "A fine is not unnecessary."),
            ["negation", "double-negative"],
        ),
        (
            statement(
                "La police aide toujours les gens.", "De politie helpt mensen altijd.", "The police always help people."
            ),
            ["absolute"],
        ),
        (
            statement("Je suis toujours belge.", "Ik ben nog Belg.", "I am still Belgian."),
            [],
        ),
    ],
)
def test_statements_that_deny_or_allow_no_exception(wording: str, expected: list[str], names: Names) -> None:
    assert sorted(names(wording)) == sorted(expected)


def test_a_statement_may_deny_on_a_scale_of_frequency(names: Names) -> None:
    wording = statement("La police n’écoute pas.", "De politie luistert niet.", "The police do not listen.")
    for old, new in (("Pas d’accord", "Jamais"), ("D’accord", "Souvent"), ("Oneens", "Nooit"), ("Eens", "Vaak")):
        wording = wording.replace(old, new)
    wording = wording.replace("Disagree", "Never").replace("en: Agree", "en: Often")
    assert names(wording) == []


@pytest.mark.parametrize(
    ("fr", "nl", "en"),
    [
        (
            "Ne pensez-vous pas que la police est utile ?",
            "Vindt u niet dat de politie nuttig is?",
            "Don’t you think that the police are useful?",
        ),
        (
            "La police est bien sûr utile. Êtes-vous d’accord ?",
            "De politie is natuurlijk nuttig. Bent u het eens?",
            "The police are of course useful. Do you agree?",
        ),
    ],
)
def test_words_that_push(fr: str, nl: str, en: str, names: Names) -> None:
    assert names(question(fr, nl, en)) == ["leading"]


def test_a_hint_stands_at_the_first_text_that_shows_it(advice: Callable[..., list[object]]) -> None:
    wording = question("La police et la justice ?", "De politie en het gerecht?", "The police and the courts?")
    (hint,) = advice(wording)
    assert hint.line == 15
    assert hint.message == 'Q may ask two things at once ("la police et la justice") [double-barrelled]'
    assert "make two of it" in hint.remedy


def test_one_language_is_enough_where_there_is_no_other(names: Names) -> None:
    assert names("- {code: Q, type: yes_no, text: {en: Are the police fair and fast?}}", "en") == ["double-barrelled"]
    assert names("- {code: Q, type: text, text: {de: Ist die Polizei gerecht and and/or schnell?}}", "de") == []
