from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import jsonschema
import pytest

from trustsurvey.documents.document import read_document
from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import Listed, Mapped
from trustsurvey.instruments import schema
from trustsurvey.instruments.json_schema import CONTENTS, json_schema, json_schema_text
from trustsurvey.instruments.json_schema_words import TYPES, WORDS, meanings_of
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.reading import check
from trustsurvey.resources import share

INSTRUMENTS = share() / "instruments"
SHIPPED = sorted(INSTRUMENTS.rglob("*.yaml"))
ENTRIES = [each for each in vars(schema).values() if isinstance(each, type) and issubclass(each, Entry)]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    return jsonschema.Draft202012Validator(json_schema())


@pytest.fixture
def mistakes(
    validator: jsonschema.Draft202012Validator, write: Callable[[str | bytes], Path]
) -> Callable[[str], list[tuple[Any, ...]]]:
    """Return a function that writes a file and returns where the schema complains."""

    def paths(content: str) -> list[tuple[Any, ...]]:
        document = read_document(write(content))
        assert not document.problems
        return sorted(tuple(error.absolute_path) for error in validator.iter_errors(document.plain()))

    return paths


def is_questionnaire(path: Path) -> bool:
    return path.stem == "draft" or re.fullmatch(r"[0-9]+(\.[0-9]+){2}", path.stem) is not None


@pytest.mark.parametrize(
    "path", [each for each in SHIPPED if is_questionnaire(each)], ids=lambda p: str(p.relative_to(INSTRUMENTS))
)
def test_shipped_files_follow_the_schema(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    found = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(read_document(path).plain())]
    assert not found


def test_the_copy_in_the_repository_is_up_to_date() -> None:
    written = (INSTRUMENTS / "schema.json").read_text(encoding="utf-8")
    assert written == json_schema_text(), "run trustsurvey schema -o instruments/schema.json"


def test_every_kind_of_question_and_every_key_is_valid(everything: str, mistakes: Callable[[str], Any]) -> None:
    assert mistakes(everything) == []


MISTAKES = {
    "an unknown type": ("type: rating", "type: ratings", ("groups", 0, "questions", 2, "type")),
    "a key of another type": ("minimum: 0\n", "minimum: 0\n        pattern: x\n", ("groups", 0, "questions", 2)),
    "a missing key": ("        scale: agree\n        randomise", "        randomise", ("groups", 1, "questions", 2)),
    "a misspelt key": ("mandatory: soft", "mandatroy: soft", ("groups", 0, "questions", 2)),
    "a word that is none of those known": (
        "mandatory: soft",
        "mandatory: maybe",
        ("groups", 0, "questions", 2, "mandatory"),
    ),
    "a number between quotes": ("maximum: 10\n", 'maximum: "10"\n', ("groups", 0, "questions", 2, "maximum")),
    "a truth value between quotes": ("trend: true", 'trend: "true"', ("groups", 0, "questions", 2, "trend")),
    "a text without languages": (
        "text: {fr: Âge ?, en: Age?}",
        "text: Age?",
        ("groups", 1, "questions", 0, "text"),
    ),
    "a language that is none": (
        "text: {fr: Âge ?, en: Age?}",
        "text: {fr: Âge ?, english: Age?}",
        ("groups", 1, "questions", 0, "text"),
    ),
    "a code with a space": ("code: TREAT\n", "code: TREAT IT\n", ("groups", 1, "questions", 2, "code")),
    "an answer code that is too long": ("code: paper,", "code: papers,", None),
    "a version of two numbers": ("version: 1.2.3", "version: 1.2", ("version",)),
    "a scale of an unknown kind": ("kind: ordinal", "kind: ordered", ("scales", "agree", "kind")),
    "a day that is no date": ("minimum: 2020-01-01", "minimum: 1/1/2020", ("groups", 1, "questions", 1, "minimum")),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_typical_mistakes_are_found_where_they_stand(
    name: str, everything: str, mistakes: Callable[[str], Any], write: Callable[[str | bytes], Path]
) -> None:
    old, new, where = MISTAKES[name]
    assert old in everything
    mistaken = everything.replace(old, new, 1)
    found = mistakes(mistaken)
    assert len(found) == 1
    assert where is None or found[0] == where
    assert check(write(mistaken)), "the schema is stricter than the reader"


@pytest.mark.parametrize("code", ["1", '"1"', "'1'", "yes", "true"])
def test_a_code_may_look_like_a_number_or_a_truth_value(
    code: str, everything: str, mistakes: Callable[[str], Any]
) -> None:
    assert mistakes(everything.replace("{code: 1, label: {fr: Non,", f"{{code: {code}, label: {{fr: Non,")) == []


def test_editors_know_the_names_of_warnings(everything: str, mistakes: Callable[[str], Any]) -> None:
    accepted = "consent: CONSENT\naccepted: [{warning: leading, reason: x}]"
    assert mistakes(everything.replace("consent: CONSENT", accepted)) == []
    assert mistakes(everything.replace("consent: CONSENT", accepted.replace("leading", "leadings"))) == [
        ("accepted", 0, "warning")
    ]


def test_questions_of_a_block_take_their_own_keys(everything: str, mistakes: Callable[[str], Any]) -> None:
    start = "    questions:\n      - code: AGE"
    using = "    questions:\n      - {use: origin.NATNOW, ask_if: TRUST > 1}\n      - code: AGE"
    assert mistakes(everything.replace(start, using)) == []
    assert mistakes(everything.replace(start, using.replace("ask_if:", "text:"))) != []


def test_every_key_has_a_meaning_and_every_list_a_content() -> None:
    for name, definition in json_schema()["$defs"].items():
        for key, found in definition.get("properties", {}).items():
            assert found["description"], f"{name}.{key} is not described"
    for entry in ENTRIES:
        for name, annotation in get_type_hints(entry, include_extras=True).items():
            assert annotation not in (Listed, Mapped) or name in CONTENTS


def descriptions(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(words := schema.get("description"), str):
            yield words
        for each in schema.values():
            yield from descriptions(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from descriptions(each)


def test_words_are_for_people_who_design_questionnaires() -> None:
    found = list(descriptions(json_schema()))
    assert len(found) > 100
    for words in found:
        assert words.endswith("."), words
        assert not re.search(r"``|\bSee\b|\bNone\b|tuple|canonical|on import|routing expression", words), words


def test_words_say_what_to_write() -> None:
    definitions = json_schema()["$defs"]
    asked = definitions["yes_no_question"]["properties"]["ask_if"]["description"]
    assert 'KNOWS = "yes" and AGE >= 18' in asked
    # One key may ask for different things.
    for entry, key, other in (
        ("ranking_question", "choices", "multiple_question"),
        ("InstrumentEntry", "dont_know", "yes_no_question"),
        ("LevelEntry", "when", "QuotaEntry"),
        ("date_question", "minimum", "number_question"),
    ):
        here, there = (definitions[each]["properties"][key]["description"] for each in (entry, other))
        assert here != there
    for name in ("InstrumentEntry", "yes_no_question"):
        properties = definitions[name]["properties"]
        assert properties["refused"]["description"] != properties["dont_know"]["description"]


def test_words_are_of_keys_that_there_are() -> None:
    assert set(TYPES) == set(QuestionType)
    for entry, words in WORDS.items():
        assert set(words) <= set(entry.model_fields)
        for key, meaning in words.items():
            bases = [each for each in entry.__mro__[1:] if issubclass(each, Entry)]
            assert all(meanings_of(each).get(key) != meaning for each in bases), f"{entry}.{key} is said twice"


def examples(words: str) -> Iterator[str]:
    """Yield what stands between outer brackets."""
    depth = start = 0
    for place, sign in enumerate(words):
        if sign in "{[":
            start = place if depth == 0 else start
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                yield words[start : place + 1]


def test_examples_can_be_written_as_they_stand(write: Callable[[str | bytes], Path]) -> None:
    found = {
        example
        for entry, words in WORDS.items()
        for key, meaning in words.items()
        if (entry.__name__, key) != ("TextEntry", "pattern")
        for example in examples(meaning)
        if "..." not in example
    }
    assert len(found) > 40
    for example in sorted(found):
        assert read_document(write(f"example: {example}\n")).problems == (), example
