"""What holds for any two versions: the same is the same, no change is missed, and nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.instruments.model import Editorial, Instrument, RecordDefinition, canonical
from trustsurvey.instruments.questions import Text
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.changes import BUMPS, InstrumentChanges
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.layout import moved

RELEASE = Path(__file__).parents[3] / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"
EXPRESSIONS = {"ask_if", "when"}
# Not what is asked: the version itself, and what is said of changes.
NO_CHANGE = {"version", "editorial"}


@pytest.fixture(scope="module")
def full(everything: str, load: Callable[[str], Instrument]) -> Instrument:
    """Every field of every part of an instrument is filled somewhere."""
    text = Text.of({"fr": "Une ligne", "en": "One line"})
    return replace(load(everything), record=RecordDefinition(text, ("AGE", "HOW")))


def mutations(thing: Any, name: str = "", *, inside: bool = False) -> Iterator[Any]:
    """Yield the thing with one of its leaves, or the order or number of one of its lists, changed."""
    match thing:
        case Text():
            *others, (language, words) = thing.translations
            yield Text((*others, (language, f"{words} altered")))
        case StrEnum():
            yield next(each for each in type(thing) if each != thing)
        case bool():
            yield not thing
        case float() | int():
            yield thing + 1
        case str() if name in EXPRESSIONS:
            yield "" if thing and name == "ask_if" else "AGE >= 99 and AGE < 100" if thing else "answered(AGE)"
        case str():
            yield f"{thing}x"
        case tuple():
            for number, each in enumerate(thing):
                for changed in mutations(each, name, inside=True):
                    yield (*thing[:number], changed, *thing[number + 1 :])
            if thing and not inside:  # a pair stays a pair
                yield thing[:-1]
            if len(set(thing)) > 1 and not inside:
                yield (thing[1], thing[0], *thing[2:])
        case _ if is_dataclass(thing):
            for each in fields(thing):
                if each.name not in NO_CHANGE:
                    for changed in mutations(getattr(thing, each.name), each.name):
                        yield replace(thing, **{each.name: changed})  # type: ignore[type-var]


def test_a_version_is_like_itself(full: Instrument) -> None:
    for instrument in (full, load_instrument(RELEASE)):
        changes = compare_instruments(instrument, replace(instrument, version="9.0.0"))
        assert changes.table.empty
        assert list(changes.table.columns) == ["item", "kind", "language", "was", "now", "series", "bump", "note"]
        assert changes.bump == "patch"
        assert set(changes.series["status"]) == {"continues"}
        assert set(changes.series["why"]) == {""}


def test_no_single_change_is_missed(full: Instrument) -> None:
    seen = 0
    for mutated in mutations(full):
        if canonical(mutated) == canonical(full):
            continue
        seen += 1
        changes = compare_instruments(full, mutated)
        assert not changes.table.empty, difference(full, mutated)
        assert (changes.bump == "major") == any(
            trend and status in {"breaks", "ends"}
            for trend, status in zip(changes.series["trend"], changes.series["status"], strict=True)
        ) or any(each.kind in {"removed language", "modes"} for each in changes.changes)
    assert seen > 250


def difference(old: Instrument, new: Instrument) -> str:
    before, after = canonical(old), canonical(new)
    place = next(n for n, (one, two) in enumerate(zip(before, after, strict=False)) if one != two)
    return f"{before[place - 80 : place + 80]} -> {after[place - 80 : place + 80]}"


def test_looking_changes_nothing(full: Instrument) -> None:
    other = replace(full, title=Text.of({"fr": "Autre", "en": "Other"}))
    before = canonical(full), canonical(other)
    changes = compare_instruments(full, other)
    table = changes.table
    table["item"] = "changed"
    assert (changes.table["item"] == "instrument").all()
    assert (canonical(full), canonical(other)) == before
    with pytest.raises(AttributeError):
        changes.old = other  # type: ignore[misc]


EDITS = (
    ("en: Thank you", "en: Thanks"),
    ("en: Welcome", "en: Hello"),
    ("en: Anything else?", "en: More?"),
    ("en: listens", "en: hears"),
    ("AGE >= 18", "AGE >= 19"),
    ("minimum_answered: 2", "minimum_answered: 1"),
    ("Quelle confiance ?", "Quelle confiance\u00a0?"),
    ("    replaces: [AGE]\n", ""),
    ("limit: 100", "limit: 50"),
)


def test_more_changes_never_need_less(compared: Callable[..., InstrumentChanges]) -> None:
    alone = [compared(edit) for edit in EDITS]
    for few, edit in zip(alone, EDITS, strict=True):
        for other, another in zip(alone, EDITS, strict=True):
            many = compared(*{edit: None, another: None})
            assert many.bump == max(few.bump, other.bump, key=BUMPS.index)
            for item in few.series["item"]:
                assert many.comparable(item) == (few.comparable(item) and other.comparable(item))
    every = compared(*EDITS)
    assert every.bump == "major"
    assert len(every.table) == sum(len(each.table) for each in alone)


@settings(max_examples=60)
@given(order=st.permutations(range(6)))
def test_what_moved_is_what_is_not_in_every_longest_common_order(order: list[int]) -> None:
    names = [str(number) for number in range(6)]
    new = [str(number) for number in order]
    longest: list[set[str]] = [set()]
    for choice in range(2**6):
        kept = [name for name in names if choice >> int(name) & 1]
        if [name for name in new if name in kept] == kept:
            if len(kept) > len(longest[0]):
                longest = []
            if not longest or len(kept) == len(longest[0]):
                longest.append(set(kept))
    stayed = set.intersection(*longest)
    assert moved(names, new) == tuple(name for name in names if name not in stayed)


def test_of_swapped_neighbours_both_moved() -> None:
    assert moved("abcd", "acbd") == ("b", "c")
    assert moved("abcd", "bcda") == ("a",)
    assert moved("ab", "ab") == ()
    assert all(moved("abc", "".join(each)) for each in permutations("abc") if each != ("a", "b", "c"))


def test_an_unknown_name_is_answered_with_the_known_ones(compared: Callable[..., InstrumentChanges]) -> None:
    with pytest.raises(UnknownNameError, match=r"TRSUT.*TRUST"):
        compared().comparable("TRSUT")


def test_paths_are_no_instruments(full: Instrument) -> None:
    with pytest.raises(InputError, match="load_instrument first"):
        compare_instruments(full, "draft.yaml")  # type: ignore[arg-type]


def test_a_question_stands_for_its_variables(compared: Callable[..., InstrumentChanges]) -> None:
    changes = compared(("en: listens", "en: hears"))
    assert not changes.comparable("TREAT")
    assert not changes.comparable("TREAT_listen")
    assert not changes.comparable("justice")
    assert changes.comparable("TREAT_respect")
    assert changes.comparable("age_group")
    assert changes.comparable("INTRO")


def test_declarations_of_other_steps_excuse_nothing(load: Callable[[str], Instrument], small: str) -> None:
    old = load(small)
    new = load(small.replace("en: How much trust?", "en: Which trust?"))
    for since, bump in (("", "patch"), ("1.0.0", "patch"), ("0.9.0", "major")):
        declared = replace(new, editorial=(Editorial("TRUST", "a slip", since),))
        assert compare_instruments(old, declared).bump == bump
