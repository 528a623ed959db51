"""The kinds of value that the keys of a file take, each with its complaint and its remedy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

from trustsurvey.documents.document import value_of

__all__ = [
    "Amount",
    "Date",
    "Flag",
    "Listed",
    "Mapped",
    "Number",
    "Sentence",
    "Translated",
    "Translations",
    "Whole",
    "Word",
    "Words",
    "close_to",
    "listed",
    "mapped",
    "one_of",
]

LONGEST_SHOWN = 40


def close_to(word: str, known: Iterable[object]) -> str:
    """Return ``did you mean ...?`` where a known word resembles this one, else an empty text."""
    found = get_close_matches(word, [str(each) for each in known], n=1, cutoff=0.6)
    return f"did you mean {found[0]}?" if found else ""


class Translated(dict[str, str]):
    """A text by language, as written; its languages are looked at later, when the instrument's are known."""


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
    return "nothing" if value_of(value) is None else repr(shown)


def _wrong(wanted: str, value: object, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_type", "expected {wanted}, found {found}", {
        "wanted": wanted, "found": _found(value), "remedy": remedy,
    })  # fmt: skip


def _word(value: object) -> str:
    if not isinstance(value, str) or value_of(value) is None:
        raise _wrong("a text", value, "write a text, or leave an optional key out")
    if value != value.strip() or not value:
        raise _wrong("a text without spaces around it", value, "delete the spaces, or leave an optional key out")
    return str(value)


def _sentence(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or value_of(value) is None:
        raise _wrong("an expression", value, "write a condition, or leave an optional key out")
    return str(value).rstrip()


def _date(value: object) -> str:
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _wrong("a date", value, "write year, month and day, as in 2026-01-31") from None


def _number(value: object) -> float:
    number = value_of(value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _wrong("a number", value, "write a number without quotes")
    if not math.isfinite(number):
        raise _wrong("a finite number", value, "write a number")
    return float(number)


def _whole(value: object) -> int:
    number = value_of(value)
    if isinstance(number, bool) or not isinstance(number, int):
        raise _wrong("a whole number", value, "write a whole number without quotes")
    return number


def _flag(value: object) -> bool:
    flag = value_of(value)
    if not isinstance(flag, bool):
        raise _wrong("true or false", value, "write true or false, without quotes")
    return flag


def _by_language(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong("a text by language", value, "write a text for each language, as in {fr: ..., nl: ..., en: ...}")
    return value


def _translation(value: object) -> str:
    if not isinstance(value, str):
        raise _wrong("a text", value, "write the text between quotes")
    return "" if value_of(value) is None else str(value)


def listed(value: object) -> list[Any]:
    """Return a list as it is; anything else is a complaint."""
    if not isinstance(value, list):
        raise _wrong("a list", value, "start each entry with a dash, or leave an optional key out")
    return value


def mapped(value: object) -> dict[str, Any]:
    """Return a mapping as it is; anything else is a complaint."""
    if not isinstance(value, dict):
        raise _wrong("a mapping", value, "write key: value below it, or leave an optional key out")
    return value


def one_of(*words: str) -> Callable[[object], str]:
    """Return a check that a value is one of some words."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            remedy = close_to(str(value), words) if isinstance(value, str) else ""
            raise _wrong(f"one of {', '.join(words)}", value, remedy or "choose one of them")
        return str(value)

    return check


Word = Annotated[str, PlainValidator(_word)]
Sentence = Annotated[str, PlainValidator(_sentence)]
Date = Annotated[str | None, PlainValidator(_date)]
Amount = Annotated[float, PlainValidator(_number)]
Number = Annotated[float | None, PlainValidator(_number)]
Whole = Annotated[int, PlainValidator(_whole)]
Flag = Annotated[bool, PlainValidator(_flag)]
Translation = Annotated[str, PlainValidator(_translation)]
Translations = Annotated[dict[str, Translation], BeforeValidator(_by_language), AfterValidator(Translated)]
Mapped = Annotated[dict[str, Any], PlainValidator(mapped)]
Listed = Annotated[list[Any], PlainValidator(listed)]
Words = Annotated[list[Word], BeforeValidator(listed)]
