"""What a questionnaire is: frozen objects that every later step reads and none changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.questions import Question, ScalePoint, Text, Variable

__all__ = [
    "Check",
    "Derived",
    "DerivedLevel",
    "Editorial",
    "Group",
    "IndexDefinition",
    "IndexItem",
    "Instrument",
    "NonResponse",
    "Quota",
    "RecordDefinition",
    "canonical",
]

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Group:
    """Questions shown on one page."""

    code: str
    title: Text
    questions: tuple[Question, ...]
    description: Text | None = None
    ask_if: str = ""


@dataclass(frozen=True, slots=True)
class DerivedLevel:
    """One level of a derived variable and the expression that gives it."""

    code: str
    label: Text
    when: str


@dataclass(frozen=True, slots=True)
class Derived:
    """A variable computed on import: the first level whose expression holds.

    ``replaces`` names variables that the import drops once this one is made, so that sensitive detail never reaches a
    frame. Where no level holds, the reason is that of the first missing variable among those the levels name.
    """

    code: str
    label: Text
    levels: tuple[DerivedLevel, ...]
    kind: Literal["ordinal", "nominal"] = "nominal"
    replaces: tuple[str, ...] = ()

    def variable(self) -> Variable:
        """Return the column that this makes; it has no key, as no platform stores it."""
        levels = tuple(
            ScalePoint(level.code, level.label, float(position)) for position, level in enumerate(self.levels, start=1)
        )
        return Variable(self.code, "", self.kind, "", self.label, levels)


@dataclass(frozen=True, slots=True)
class IndexItem:
    """One item of an index and what turns its answer into a number.

    ``values`` holds (code, number) for an ordinal item and is empty for a rating, whose answer is a number already.
    """

    variable: str
    minimum: float
    maximum: float
    reversed: bool = False
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """An index from 0 to 100: the mean of its answered items, each rescaled to 0-100.

    A respondent with fewer than ``minimum_answered`` answered items has no score.
    """

    code: str
    label: Text
    items: tuple[IndexItem, ...]
    minimum_answered: int


@dataclass(frozen=True, slots=True)
class NonResponse:
    """How "don't know" or "prefer not to answer" is coded and worded throughout an instrument."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit to the completed interviews of one cell.

    Parameters
    ----------
    code : str
    limit : int
        Completed interviews after which nobody else of the cell is interviewed.
    when : tuple of (question, answers)
        Codes; an interview counts when the answer to every question is one of those named.
    message : Text
        What somebody reads whose cell is full.
    """

    code: str
    limit: int
    when: tuple[tuple[str, tuple[str, ...]], ...]
    message: Text


@dataclass(frozen=True, slots=True)
class Editorial:
    """A change of wording that is declared to change nothing for the measurement.

    Parameters
    ----------
    item : str
        A question, variable, scale, group or index; ``dont_know`` or ``refused``.
    reason : str
    since : str
        The version whose wording was changed; empty in a draft, where it is the newest release.
    """

    item: str
    reason: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class RecordDefinition:
    """What makes an instrument a register: every answer to it is a record of one kind of thing.

    Parameters
    ----------
    unit : Text
        What one record stands for.
    key : tuple of str
        Variables on all of which no two records of a period agree; empty where records may repeat.
    """

    unit: Text
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold within one record, or within the answers of one respondent.

    Parameters
    ----------
    code : str
    rule : str
        See ``constraints``.
    message : Text
        What somebody reads whose record breaks it.
    when : str
        Routing expression; empty: always.
    """

    code: str
    rule: str
    message: Text
    when: str = ""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire: what is asked, in which languages, and what is computed from it.

    Parameters
    ----------
    name : str
    version : str
        Three numbers, ``major.minor.patch``.
    languages : tuple of str
        The first is the one the instrument is written in.
    consent : str
        Code of the yes/no question that opens it; every other question is asked only after a "yes". Empty: none.
    modes : tuple of str
        How it is put to respondents: ``web``, ``paper``, ``telephone``, ``face_to_face``.
    editorial : tuple of Editorial
        Changes of wording since the release before that leave every series as it is.
    record : RecordDefinition or None
        Given for a register, whose answers are records.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    title: Text
    groups: tuple[Group, ...]
    description: Text | None = None
    welcome: Text | None = None
    end: Text | None = None
    consent: str = ""
    dont_know: NonResponse | None = None
    refused: NonResponse | None = None
    derived: tuple[Derived, ...] = ()
    index_definitions: tuple[IndexDefinition, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    quotas: tuple[Quota, ...] = ()
    modes: tuple[str, ...] = ("web",)
    editorial: tuple[Editorial, ...] = ()
    record: RecordDefinition | None = None
    checks: tuple[Check, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question in the order it is asked."""
        return tuple(question for group in self.groups for question in group.questions)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every column that answers fill, in order, before any is derived."""
        return tuple(variable for question in self.questions for variable in question.variables())

    @property
    def indices(self) -> dict[str, IndexDefinition]:
        """The index definitions by code."""
        return {definition.code: definition for definition in self.index_definitions}

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, as 64 hexadecimal digits."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()

    def question(self, code: str) -> Question:
        """Return the question with this code, or raise UnknownNameError."""
        return _named({question.code: question for question in self.questions}, "question", code)

    def variable(self, name: str) -> Variable:
        """Return the variable with this name, or raise UnknownNameError."""
        return _named({variable.name: variable for variable in self.variables}, "variable", name)


def canonical(instrument: Instrument) -> str:
    """Return the canonical form: JSON with sorted keys, without fields that hold their default.

    Editorial declarations are left out, as they speak of another version: a draft and its release have one digest.
    """
    plain = _plain(replace(instrument, editorial=()))
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return dict(value.translations)
    if is_dataclass(value) and not isinstance(value, type):
        kept = {}
        for field in fields(value):
            content = getattr(value, field.name)
            if field.default is MISSING or content != field.default:
                kept[field.name] = _plain(content)
        return kept
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _named(things: Mapping[str, Thing], kind: str, name: str) -> Thing:
    if name not in things:
        raise UnknownNameError(kind, name, things)
    return things[name]
