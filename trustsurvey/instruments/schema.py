"""The shape of an instrument file: which keys stand where and what kind of value each takes.

Nothing here looks from one entry to another; see ``checks`` for that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainValidator
from pydantic_core import PydanticCustomError

from trustsurvey.instruments.model import QuestionType
from trustsurvey.instruments.yaml_file import value_of

__all__ = [
    "QUESTIONS",
    "DerivedEntry",
    "Entry",
    "GroupEntry",
    "IndexEntry",
    "InstrumentEntry",
    "ScaleEntry",
    "Translated",
    "a_question",
    "close_to",
]


def close_to(word: str, known: Any) -> str:
    """Return ``did you mean ...?`` where a known word resembles this one, else an empty text."""
    found = get_close_matches(word, [str(each) for each in known], n=1, cutoff=0.6)
    return f"did you mean {found[0]}?" if found else ""


def a_question(kind: str) -> str:
    """Return the words for a question of a type."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} question"


class Translated(dict[str, str]):
    """A text by language, as written; its languages are looked at later, when the instrument's are known."""


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value_of(value) is None else f"{str(value)!r}"


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


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong("a list", value, "start each entry with a dash, or leave an optional key out")
    return value


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong("a mapping", value, "write key: value below it, or leave an optional key out")
    return value


def _one_of(*words: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            remedy = close_to(str(value), words) if isinstance(value, str) else ""
            raise _wrong(f"one of {', '.join(words)}", value, remedy or "choose one of them")
        return str(value)

    return check


Word = Annotated[str, PlainValidator(_word)]
Sentence = Annotated[str, PlainValidator(_sentence)]
Date = Annotated[str | None, PlainValidator(_date)]
Number = Annotated[float | None, PlainValidator(_number)]
Whole = Annotated[int, PlainValidator(_whole)]
Flag = Annotated[bool, PlainValidator(_flag)]
Translation = Annotated[str, PlainValidator(_translation)]
Translations = Annotated[dict[str, Translation], BeforeValidator(_by_language), AfterValidator(Translated)]
ScaleKind = Annotated[Literal["ordinal", "nominal"], PlainValidator(_one_of("ordinal", "nominal"))]
Importance = Annotated[Literal["no", "soft", "hard"], PlainValidator(_one_of("no", "soft", "hard"))]
Mapped = Annotated[dict[str, Any], PlainValidator(_mapping)]
Listed = Annotated[list[Any], PlainValidator(_list)]
Words = Annotated[list[Word], BeforeValidator(_list)]


class Entry(BaseModel):
    """A mapping with a fixed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NonResponseEntry(Entry):
    """``dont_know`` or ``refused``."""

    code: Word
    label: Translations


class PointEntry(Entry):
    """One answer of a scale."""

    code: Word
    label: Translations
    value: Number = None


class ScaleEntry(Entry):
    """A scale, by name or in place."""

    kind: ScaleKind
    points: Annotated[list[PointEntry], BeforeValidator(_list)]


class ItemEntry(Entry):
    """A line of a battery."""

    code: Word
    text: Translations
    concept: Word = ""
    source: Word = ""
    trend: Flag = False


class QuestionEntry(Entry):
    """What every question has."""

    code: Word
    type: Word
    text: Translations
    help: Translations | None = None
    ask_if: Sentence = ""


class AskedEntry(QuestionEntry):
    """A question that somebody answers."""

    mandatory: Importance = "no"
    concept: Word = ""
    source: Word = ""


class OpenEntry(AskedEntry):
    """A text, which may be refused."""

    dont_know: Flag = False
    refused: Flag = False


class ClosedEntry(OpenEntry):
    """A question whose answers can be counted."""

    trend: Flag = False


class SingleEntry(ClosedEntry):
    """One answer of several."""

    scale: Any
    other: Translations | None = None
    randomise: Flag = False


class MultipleEntry(SingleEntry):
    """Several answers of several."""

    choices: Whole | None = None


class RatingEntry(ClosedEntry):
    """A whole number between two named ends."""

    minimum: Whole
    maximum: Whole
    ends: Annotated[list[Translations], BeforeValidator(_list)]


class BatteryEntry(ClosedEntry):
    """Several statements on one scale."""

    scale: Any
    items: Annotated[list[ItemEntry], BeforeValidator(_list)]
    randomise: Flag = False


class NumberEntry(ClosedEntry):
    """A number that is typed in."""

    minimum: Number = None
    maximum: Number = None


class DateEntry(ClosedEntry):
    """A date."""

    minimum: Date = None
    maximum: Date = None


class RankingEntry(AskedEntry):
    """Answers put in order."""

    scale: Any
    choices: Whole | None = None
    randomise: Flag = False


class HiddenEntry(Entry):
    """Something stored with the answers and not shown."""

    code: Word
    type: Word
    text: Translations
    value: Word
    ask_if: Sentence = ""


class GroupEntry(Entry):
    """A page."""

    code: Word
    title: Translations
    description: Translations | None = None
    ask_if: Sentence = ""
    questions: Listed


class LevelEntry(Entry):
    """A level of a derived variable."""

    code: Word
    label: Translations
    when: Sentence


class DerivedEntry(Entry):
    """A variable computed on import."""

    code: Word
    label: Translations
    kind: ScaleKind = "nominal"
    replaces: Words = []
    levels: Annotated[list[LevelEntry], BeforeValidator(_list)]


class IndexEntry(Entry):
    """An index from 0 to 100."""

    code: Word
    label: Translations
    items: Words
    reversed: Words = []
    minimum_answered: Whole


class InstrumentEntry(Entry):
    """The whole file; scales, groups, derived variables and indices are looked at one by one."""

    instrument: Word
    version: Word
    languages: Words
    title: Translations
    description: Translations | None = None
    welcome: Translations | None = None
    end: Translations | None = None
    provenance: Annotated[dict[str, Word], BeforeValidator(_mapping)] = {}
    consent: Word = ""
    dont_know: NonResponseEntry | None = None
    refused: NonResponseEntry | None = None
    scales: Mapped = {}
    groups: Listed
    derived: Listed = []
    indices: Listed = []


QUESTIONS: Mapping[str, type[Entry]] = MappingProxyType(
    {
        QuestionType.SINGLE: SingleEntry,
        QuestionType.MULTIPLE: MultipleEntry,
        QuestionType.RATING: RatingEntry,
        QuestionType.BATTERY: BatteryEntry,
        QuestionType.YES_NO: ClosedEntry,
        QuestionType.NUMBER: NumberEntry,
        QuestionType.DATE: DateEntry,
        QuestionType.TEXT: OpenEntry,
        QuestionType.LONG_TEXT: OpenEntry,
        QuestionType.RANKING: RankingEntry,
        QuestionType.INFORMATION: QuestionEntry,
        QuestionType.HIDDEN: HiddenEntry,
    }
)
