from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import Translations
from trustsurvey.errors import InstrumentError
from trustsurvey.instruments import schema
from trustsurvey.instruments.translation.completeness import translation_states
from trustsurvey.instruments.translation.texts import TEXT_KEYS, readable_document, texts_of
from trustsurvey.resources import share

RELEASE = share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"


def holds_texts(annotation: object) -> bool:
    return annotation == Translations or any(holds_texts(each) for each in get_args(annotation))


def test_the_keys_of_texts_are_those_of_the_schema() -> None:
    found = {
        name
        for entry in vars(schema).values()
        if isinstance(entry, type) and issubclass(entry, Entry)
        for name, annotation in get_type_hints(entry, include_extras=True).items()
        if holds_texts(annotation)
    }
    assert found == TEXT_KEYS


def test_keys_say_where_a_text_belongs(styles: Path) -> None:
    assert [each.key for each in texts_of(readable_document(styles))] == [
        "title",
        "welcome",
        "end",
        "dont_know.label",
        "scale:often.1.label",
        "scale:often.2.label",
        "group:page.title",
        "A.text",
        "A.one.text",
        "A.two.text",
        "B.text",
        "B.ends.1",
        "B.ends.2",
        "index:listens.label",
    ]


def test_keys_of_every_shipped_file_are_unique() -> None:
    for path in [*sorted((share() / "instruments").glob("*/draft.yaml")), RELEASE]:
        keys = [each.key for each in texts_of(readable_document(path))]
        assert len(set(keys)) == len(keys) > 0


def test_a_code_that_is_given_twice_is_named(styles: Path) -> None:
    styles.write_text(styles.read_text().replace("code: two", "code: one"), encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"A\.one\.text is given 2 times"):
        readable_document(styles)


@pytest.mark.parametrize("content", ["", "- a", "a: 1", "languages: fr", "a: ["])
def test_what_is_no_questionnaire_is_refused(content: str, write: Callable[[str], Path]) -> None:
    with pytest.raises(InstrumentError):
        readable_document(write(content))


def test_the_released_survey_is_complete() -> None:
    states = translation_states(RELEASE)
    assert [each.language for each in states] == ["fr", "nl", "en"]
    for state in states:
        assert state.missing == ()
        assert state.texts == 352
        assert state.words > 2000
    assert states[0].same == ()
    assert "scale:municipality.21001.label" in states[1].same


def test_what_is_missing_is_named(styles: Path) -> None:
    text = styles.read_text(encoding="utf-8").replace("nl: Hoeveel?", "nl: TODO").replace(", nl: Alles", "")
    styles.write_text(text.replace("nl: Pagina", "nl: Page"), encoding="utf-8")
    dutch = translation_states(styles)[1]
    assert dutch.missing == ("B.text", "B.ends.2")
    assert dutch.same == ("group:page.title",)
