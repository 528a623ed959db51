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
    points: Annotated[list[PointEntry], BeforeValidator(listed)]


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
    levels: Annotated[list[LevelEntry], BeforeValidator(listed)]


class IndexEntry(Entry):
    """An index from 0 to 100."""

    code: Word
    label: Translations
    items: Words
    reversed: Words = []
    minimum_answered: Whole


class QuotaEntry(Entry):
    """A limit to the interviews of one cell."""

    code: Word
    limit: Whole
    when: Annotated[dict[str, Answers], BeforeValidator(mapped)]
    message: Translations


class EditorialEntry(Entry):
    """A change of wording that changes nothing for the measurement."""

    item: Word
    reason: Word
    since: Word = ""


class AcceptedEntry(Entry):
    """A warning that was considered and is accepted; without an item, wherever it is given."""

    warning: Word
    item: Word = ""
    reason: Word


class RecordEntry(Entry):
    """What a register holds."""

    unit: Translations
    key: Words = []


class CheckEntry(Entry):
    """What must hold within a record."""

    code: Word
    rule: Sentence
    when: Sentence = ""
    message: Translations


class UseEntry(Entry):
    """Questions of a shared block: ``block`` for all of them, ``block.CODE`` for one."""

    use: Word
    ask_if: Sentence = ""


class BlockEntry(Entry):
    """A file of the bank: scales and questions that several instruments share."""

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
    """The whole file; scales, groups, derived variables, indices and so on are looked at one by one."""

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
