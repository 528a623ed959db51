from __future__ import annotations

from collections.abc import Callable

import pytest

Names = Callable[..., list[str]]


def question(**texts: str) -> str:
    inside = ", ".join(f'{language}: "{text}"' for language, text in texts.items())
    return f"- {{code: Q, type: yes_no, text: {{{inside}}}}}\n"


@pytest.mark.parametrize(
    "left",
    [
        "TODO",
        "TODO: Is it so?",
        "Lorem: lorem ipsum dolor",
        "Is it so? XXX",
        "...",
        "to be translated",
        "So (to be completed)",
    ],
)
def test_texts_left_to_write(left: str, names: Names) -> None:
    assert names(question(fr="Est-ce bien ?", en=left), "fr, en") == ["placeholder"]


def test_a_form_may_be_there_to_be_completed(names: Names) -> None:
    assert names(question(fr="Un formulaire à compléter ?", en="Was it a form to be completed?"), "fr, en") == []


def test_a_sentence_in_two_languages(names: Names) -> None:
    assert names(question(fr="Is it safe in your street?", en="Is it safe in your street?"), "fr, en") == [
        "untranslated"
    ]


@pytest.mark.parametrize(
    "same", ["Police", "Information en direct", "Saint-Josse-ten-Noode", "12 345", "Etterbeek, Rue de la Loi 16"]
)
def test_names_and_short_texts_may_be_the_same(same: str, names: Names) -> None:
    assert names(question(fr=same, en=same), "fr, en") == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"fr": "Hoe veilig bent u in uw straat?", "nl": "Êtes-vous en sécurité dans votre rue ?"}, 2),
        ({"fr": "Have you seen the police from your window?", "en": "Did you see the police?"}, 1),
        ({"fr": "Le mot du jour : « Have you seen the police from here? »", "en": "The word of the day"}, 0),
        ({"fr": "Rue de la Loi", "nl": "Wetstraat"}, 0),
        ({"fr": "Est-ce ainsi ?", "de": "Wo sind die anderen?"}, 0),
    ],
)
def test_texts_at_the_place_of_another_language(texts: dict[str, str], expected: int, names: Names) -> None:
    asked = question(**texts).replace("yes_no", "text")
    assert names(asked, ", ".join(texts)).count("wrong-language") == expected


def test_abbreviations_are_explained_once(names: Names) -> None:
    assert names(question(en="Do you know the AIG well?"), "en") == ["abbreviation"]
    explained = question(en="Do you know the General Inspectorate (AIG)?")
    again = question(en="Is the AIG fair?").replace("Q,", "R,")
    assert names(explained + again, "en") == []
    assert names(question(en="Do you know the AIG (the General Inspectorate)?"), "en") == []
    assert names(question(en="Do you watch TV in the EU or after World War II?"), "en") == []
    assert names(question(en="IS IT SO?"), "en") == []
