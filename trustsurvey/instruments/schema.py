"""The shape of an instrument file: which keys stand where and what kind of value each takes.

Nothing here looks from one entry to another; see ``checks`` for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainValidator

from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import (
    Date,
    Flag,
    Listed,
    Mapped,
    Number,
    Sentence,
    Translations,
    Whole,
    Word,
    Words,
    listed,
    mapped,
    one_of,
)
from trustsurvey.instruments.questions import QuestionType

__all__ = [
    "QUESTIONS",
    "QUESTION_KEYS",
    "STAND_INS",
    "AcceptedEntry",
    "BlockEntry",
    "CheckEntry",
    "DerivedEntry",
    "EditorialEntry",
    "GroupEntry",
    "IndexEntry",
    "InstrumentEntry",
    "QuotaEntry",
    "RecordEntry",
    "ScaleEntry",
    "UseEntry",
]


def one_or_several(value: object) -> list[object]:
    """Return a list as it is, and anything else as a list of one."""
    return value if isinstance(value, list) else [value]


ScaleKind = Annotated[Literal["ordinal", "nominal"], PlainValidator(one_of("ordinal", "nominal"))]
Answers = Annotated[list[Word], BeforeValidator(one_or_several)]
Mode = Annotated[
    Literal["web", "paper", "telephone", "face_to_face"],
    PlainValidator(one_of("web", "paper", "telephone", "face_to_face")),
]
Importance = Annotated[Literal["no", "soft", "hard"], PlainValidator(one_of("no", "soft", "hard"))]


class NonResponseEntry(Entry):
    """An answer of somebody who does not know, or prefers not to answer."""

    code: Word
    label: Translations


class PointEntry(Entry):
    """One answer of a scale, as in {code: HOME, label: {en: At home}}."""

    code: Word
    label: Translations
    value: Number = None


class ScaleEntry(Entry):
    """Answers to choose from, as in {kind: nominal, points: [...]}."""

    kind: ScaleKind
    points: Annotated[list[PointEntry], BeforeValidator(listed)]


class ItemEntry(Entry):
    """A line of a battery, as in {code: respect, text: {en: Treat people with respect}}."""

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
    ends: Annotated[list[Translations], BeforeValidator(listed)]


class BatteryEntry(ClosedEntry):
    """Several statements on one scale."""

    scale: Any
    items: Annotated[list[ItemEntry], BeforeValidator(listed)]
    randomise: Flag = False


class NumberEntry(ClosedEntry):
    """A number that is typed in."""

    minimum: Number = None
    maximum: Number = None
    invalid: Translations | None = None


class DateEntry(ClosedEntry):
    """A date."""

    minimum: Date = None
    maximum: Date = None
    invalid: Translations | None = None


class TextEntry(OpenEntry):
    """A line of text that is typed in."""

    pattern: Word = ""
    invalid: Translations | None = None


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
    """A page and its questions, as in {code: you, title: {en: About you}, questions: [...]}."""

    code: Word
    title: Translations
    description: Translations | None = None
    ask_if: Sentence = ""
    questions: Listed


class LevelEntry(Entry):
    """A group, as in {code: 16-24, label: {en: 16 to 24}, when: AGE >= 16 and AGE <= 24}."""

    code: Word
    label: Translations
    when: Sentence


class DerivedEntry(Entry):
    """A variable that is made from the answers when they are read, such as age groups from ages."""

    code: Word
    label: Translations
    kind: ScaleKind = "nominal"
    replaces: Words = []
    levels: Annotated[list[LevelEntry], BeforeValidator(listed)]


class IndexEntry(Entry):
    """A score from 0 to 100: the mean of several answers, each brought to that range."""

    code: Word
    label: Translations
    items: Words
    reversed: Words = []
    minimum_answered: Whole


class QuotaEntry(Entry):
    """How many interviews of people with certain answers are enough."""

    code: Word
    limit: Whole
    when: Annotated[dict[str, Answers], BeforeValidator(mapped)]
    message: Translations


class EditorialEntry(Entry):
    """A correction that changes no meaning, as in {item: TREAT, reason: a missing accent in French}."""

    item: Word
    reason: Word
    since: Word = ""


class AcceptedEntry(Entry):
    """A warning that you have thought about, as in {warning: period, item: KNOWS, reason: the title says it}."""

    warning: Word
    item: Word = ""
    reason: Word


class RecordEntry(Entry):
    """What one row of a register is, as in {unit: {en: A complaint}, key: [NUMBER]}."""

    unit: Translations
    key: Words = []


class CheckEntry(Entry):
    """What must hold between answers, as in {code: order, rule: CLOSED >= RECEIVED, message: {en: ...}}."""

    code: Word
    rule: Sentence
    when: Sentence = ""
    message: Translations


class UseEntry(Entry):
    """Questions of a shared block: ``use: demographics`` for all of them, ``use: origin.NATNOW`` for one."""

    use: Word
    ask_if: Sentence = ""


class BlockEntry(Entry):
    """A shared block: scales and questions that several questionnaires use."""

    block: Word
    version: Word
    languages: Words
    accepted: Annotated[list[AcceptedEntry], BeforeValidator(listed)] = []
    bank: Words = []
    dont_know: NonResponseEntry | None = None
    refused: NonResponseEntry | None = None
    scales: Mapped = {}
    questions: Listed = []
    derived: Listed = []


class InstrumentEntry(Entry):
    """A questionnaire: its title and languages, its pages of questions, and what is made of the answers."""

    instrument: Word
    version: Word
    languages: Words
    title: Translations
    description: Translations | None = None
    welcome: Translations | None = None
    end: Translations | None = None
    provenance: Annotated[dict[str, Word], BeforeValidator(mapped)] = {}
    modes: Annotated[list[Mode], BeforeValidator(listed)] = ["web"]
    editorial: Annotated[list[EditorialEntry], BeforeValidator(listed)] = []
    accepted: Annotated[list[AcceptedEntry], BeforeValidator(listed)] = []
    bank: Words = []
    record: RecordEntry | None = None
    consent: Word = ""
    dont_know: NonResponseEntry | None = None
    refused: NonResponseEntry | None = None
    scales: Mapped = {}
    groups: Listed
    derived: Listed = []
    indices: Listed = []
    quotas: Listed = []
    checks: Listed = []


QUESTIONS: Mapping[str, type[Entry]] = MappingProxyType(
    {
        QuestionType.SINGLE: SingleEntry,
        QuestionType.MULTIPLE: MultipleEntry,
        QuestionType.RATING: RatingEntry,
        QuestionType.BATTERY: BatteryEntry,
        QuestionType.YES_NO: ClosedEntry,
        QuestionType.NUMBER: NumberEntry,
        QuestionType.DATE: DateEntry,
        QuestionType.TEXT: TextEntry,
        QuestionType.LONG_TEXT: OpenEntry,
        QuestionType.RANKING: RankingEntry,
        QuestionType.INFORMATION: QuestionEntry,
        QuestionType.HIDDEN: HiddenEntry,
    }
)

QUESTION_KEYS = frozenset(key for entry in QUESTIONS.values() for key in entry.model_fields)

# What stands in for a missing key, so that the rest of its entry is still looked at.
STAND_INS: Mapping[str, Any] = MappingProxyType(
    {
        "instrument": "missing",
        "version": "0.0.0",
        "languages": [],
        "title": {},
        "groups": [],
        "code": "missing",
        "label": {},
        "text": {},
        "kind": "nominal",
        "points": [],
        "items": [],
        "levels": [],
        "ends": [],
        "limit": 1,
        "when": {},
        "message": {},
        "rule": "",
        "unit": {},
        "block": "missing",
        "scale": "",
        "questions": [],
    }
)
