"""The shape of questionnaire files and of blocks as JSON Schema, for editors that complete and complain.

Everything is taken from the entries of ``schema``; what an entry allows and the checks refuse is not said here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import (
    Amount,
    Date,
    Flag,
    Listed,
    Mapped,
    Number,
    Sentence,
    Translation,
    Translations,
    Whole,
    Word,
)
from trustsurvey.instruments import model, questions
from trustsurvey.instruments.checks import LANGUAGE, VERSION
from trustsurvey.instruments.checks_codes import LONGEST_ANSWER, LONGEST_ITEM, LONGEST_QUESTION, NAME
from trustsurvey.instruments.schema import (
    QUESTIONS,
    Answers,
    BlockEntry,
    CheckEntry,
    DerivedEntry,
    EditorialEntry,
    GroupEntry,
    HiddenEntry,
    IndexEntry,
    InstrumentEntry,
    ItemEntry,
    NonResponseEntry,
    PointEntry,
    QuestionEntry,
    QuotaEntry,
    RecordEntry,
    ScaleEntry,
    UseEntry,
)

__all__ = ["json_schema", "json_schema_text"]

Schema: TypeAlias = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
# A word without quotes may look like a number or a truth value; the reader takes its text.
SCALAR = ("string", "number", "boolean")
PLAIN_LANGUAGE = re.sub(r"\?P<\w+>", "?:", LANGUAGE)

KINDS: tuple[tuple[Any, Schema], ...] = (
    (Word, {"type": list(SCALAR), "minLength": 1}),
    (Sentence, {"type": "string", "minLength": 1}),
    (Translation, {"type": list(SCALAR)}),
    (Whole, {"type": "integer"}),
    (Amount, {"type": "number"}),
    (Number, {"type": "number"}),
    (Flag, {"type": "boolean"}),
    (Date, {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
    (Answers, {"oneOf": [{"type": list(SCALAR)}, {"type": "array", "items": {"type": list(SCALAR)}}]}),
    (Translations, {"$ref": "#/$defs/text"}),
)

# What stands in the lists and mappings whose entries are read one by one.
CONTENTS: Mapping[str, str] = MappingProxyType(
    {
        "groups": GroupEntry.__name__,
        "questions": "question",
        "derived": DerivedEntry.__name__,
        "indices": IndexEntry.__name__,
        "quotas": QuotaEntry.__name__,
        "checks": CheckEntry.__name__,
        "scales": ScaleEntry.__name__,
    }
)

PATTERNS: Mapping[tuple[str, str], Schema] = MappingProxyType(
    {
        ("Question", "code"): {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9]*$",
            "maxLength": LONGEST_QUESTION,
        },
        (ItemEntry.__name__, "code"): {"pattern": "^[A-Za-z0-9_]+$", "maxLength": LONGEST_ITEM},
        (PointEntry.__name__, "code"): {"pattern": "^[A-Za-z0-9]+$", "maxLength": LONGEST_ANSWER},
        (NonResponseEntry.__name__, "code"): {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9]*$",
            "maxLength": LONGEST_ANSWER,
        },
        (GroupEntry.__name__, "code"): {"type": "string", "pattern": f"^{NAME}$"},
        (DerivedEntry.__name__, "code"): {"type": "string", "pattern": f"^{NAME}$"},
        (IndexEntry.__name__, "code"): {"type": "string", "pattern": f"^{NAME}$"},
        (QuotaEntry.__name__, "code"): {"type": "string", "pattern": f"^{NAME}$"},
        (InstrumentEntry.__name__, "instrument"): {
            "type": "string",
            "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        },
        (InstrumentEntry.__name__, "version"): {"type": "string", "pattern": f"^{VERSION}$"},
        (BlockEntry.__name__, "version"): {"type": "string", "pattern": f"^{VERSION}$"},
    }
)

# The objects whose docstrings say what a key means; what they do not say stands in WORDS.
DESCRIBED: tuple[tuple[type[Entry], type[Any]], ...] = (
    (QuestionEntry, questions.Question),
    (HiddenEntry, questions.Question),
    (DerivedEntry, model.Derived),
    (QuotaEntry, model.Quota),
    (CheckEntry, model.Check),
    (EditorialEntry, model.Editorial),
    (RecordEntry, model.RecordDefinition),
    (InstrumentEntry, model.Instrument),
)
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "Warnings of check that were considered and are accepted, each with a reason.",
        "ask_if": "Who is asked: a condition on earlier answers; everybody where there is none.",
        "bank": "Shared blocks that the file uses, each with its version, as in demographics@1.0.0.",
        "block": "Name of the block.",
        "code": "A short name, unique among its neighbours.",
        "checks": "What must hold between the answers of one record or one respondent.",
        "concept": "What is measured, of whom; the same for parallel items of several instruments.",
        "derived": "Variables computed from the answers when they are read.",
        "description": "What is shown below the title.",
        "end": "What is shown after the last question.",
        "groups": "The pages, in order.",
        "help": "What is shown in smaller letters below the question.",
        "indices": "Scores from 0 to 100, the mean of rescaled items.",
        "instrument": "Name of the questionnaire: small letters, digits and hyphens.",
        "invalid": "What is shown where an answer is outside the limits or does not match the pattern.",
        "consent": "Code of the yes/no question that opens the questionnaire.",
        "dont_know": 'How "don\'t know" is coded and worded.',
        "item": "What is meant: the code of a question, variable, scale, group or index.",
        "items": "The variables that count; the code of a battery stands for all its lines.",
        "languages": "Codes of the languages; the first is the one the file is written in.",
        "reason": "Why.",
        "refused": 'How "prefer not to answer" is coded and worded.',
        "kind": "ordinal where the order of the answers means more or less of something, else nominal.",
        "label": "Words for this, by language.",
        "levels": "The levels of a derived variable; the first whose condition holds is taken.",
        "mandatory": "Whether an answer is asked for again (soft), is needed to go on (hard), or neither (no).",
        "minimum_answered": "How many items must be answered for a score.",
        "points": "The answers, in order.",
        "provenance": "Who wrote it, on which basis: any words.",
        "questions": "The questions, in order.",
        "quotas": "Limits to the interviews of one cell.",
        "replaces": "Variables that are dropped once this one is made.",
        "reversed": "Items whose high answers mean little of what the index measures.",
        "scales": "Answers that several questions share, by name.",
        "source": "Literature that the construct comes from.",
        "text": "The words of this line, by language.",
        "title": "The title, by language.",
        "trend": "Whether a series is kept of the answers.",
        "type": "The kind of question.",
        "value": "The number that the answer counts for, where it is not its position.",
        "warning": "The name that stands in brackets behind the warning.",
        "version": "Three numbers: major.minor.patch.",
        "when": "A condition on answers, as in AGE >= 25.",
        "use": "A shared block, or one of its questions, as in demographics or origin.NATNOW.",
        "welcome": "What is shown before the first question.",
    }
)


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a questionnaire file or a block of the bank.

    The type of a question decides which keys it takes; an entry with the key ``use`` stands for questions of a block.
    """
    builder = _Builder()
    whole = builder.reference(InstrumentEntry)
    block = builder.reference(BlockEntry)
    definitions = {"text": _text(), "question": _question(builder), **builder.definitions}
    return {
        "$schema": DRAFT,
        "title": "A questionnaire, or a block of questions that questionnaires share",
        "type": "object",
        "if": _has("block"),
        "then": block,
        "else": whole,
        "$defs": dict(sorted(definitions.items())),
    }


def json_schema_text() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


def _text() -> Schema:
    return {
        "description": "A text in each language of the file.",
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{PLAIN_LANGUAGE}$"},
        "additionalProperties": _kind(Translation),
    }


def _question(builder: _Builder) -> Schema:
    """Return what decides by ``use`` and by ``type`` which keys an entry of a list of questions takes."""
    branches = [
        {
            "if": {**_has("type"), "properties": {"type": {"const": str(kind)}}},
            "then": builder.reference(entry, f"{kind}_question", PATTERNS["Question", "code"], str(kind)),
        }
        for kind, entry in QUESTIONS.items()
    ]
    required = [name for name, each in QuestionEntry.model_fields.items() if each.is_required()]
    kinds = {"description": WORDS["type"], "enum": [str(kind) for kind in QUESTIONS]}
    return {
        "type": "object",
        "if": _has("use"),
        "then": builder.reference(UseEntry),
        "else": {
            "required": required,
            # With words alone, so that editors offer the keys of an entry that is still empty.
            "properties": {name: {"description": WORDS[name]} for name in required} | {"type": kinds},
            "allOf": branches,
        },
    }


def _has(key: str) -> Schema:
    """Return what holds of a mapping with a key, and not of an entry that is still empty."""
    return {"type": "object", "required": [key]}


def _kind(annotation: Any) -> Schema | None:
    return next((dict(schema) for kind, schema in KINDS if annotation == kind), None)


class _Builder:
    """Turns entries into definitions, each once."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def reference(
        self, entry: type[Entry], name: str = "", code: Schema | None = None, kind: str = ""
    ) -> dict[str, str]:
        name = name or entry.__name__
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._entry(entry, code, kind)
        return {"$ref": f"#/$defs/{name}"}

    def _entry(self, entry: type[Entry], code: Schema | None, kind: str) -> Schema:
        hints = get_type_hints(entry, include_extras=True)
        properties, meanings = {}, _meanings(entry)
        for name in entry.model_fields:
            schema = self._annotation(name, hints[name])
            if words := meanings.get(name):
                schema = {"description": words, **schema}
            schema |= PATTERNS.get((entry.__name__, name), {})
            properties[name] = schema
        if code is not None:
            properties["code"] |= code
        if kind:
            properties["type"] = {"description": WORDS["type"], "const": kind}
        return {
            "description": " ".join((entry.__doc__ or "").replace("``", "").split()),
            "type": "object",
            "additionalProperties": False,
            "required": [name for name, field in entry.model_fields.items() if field.is_required()],
            "properties": properties,
        }

    def _annotation(self, name: str, annotation: Any) -> Schema:
        if (found := _kind(annotation)) is not None:
            return found
        if annotation in (Listed, Mapped) and name in CONTENTS:
            inner = {"$ref": f"#/$defs/{CONTENTS[name]}"}
            for entry in (GroupEntry, DerivedEntry, IndexEntry, QuotaEntry, CheckEntry, ScaleEntry):
                if entry.__name__ == CONTENTS[name]:
                    self.reference(entry)
            if annotation == Listed:
                return {"type": "array", "items": inner}
            return {"type": "object", "additionalProperties": inner}
        if name == "scale":
            return {
                "description": "The name of a scale, or a scale that only this question uses.",
                "if": {"type": "object"},
                "then": self.reference(ScaleEntry),
                "else": {"type": list(SCALAR)},
            }
        origin, inside = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._annotation(name, inside[0])
        if origin in (Union, UnionType):
            return self._annotation(name, next(each for each in inside if each is not NoneType))
        if origin is Literal:
            return {"enum": list(inside)}
        if origin is list:
            return {"type": "array", "items": self._annotation(name, inside[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self._annotation(name, inside[1])}
        if isinstance(annotation, type) and issubclass(annotation, Entry):
            return self.reference(annotation)
        raise TypeError(f"no JSON Schema for {name}: {annotation}")


def _meanings(entry: type[Entry]) -> dict[str, str]:
    """Return what the keys of an entry mean."""
    found = dict(WORDS)
    for kind, described in DESCRIBED:
        if issubclass(entry, kind):
            for names, words in _parameters(described.__doc__ or ""):
                found |= dict.fromkeys(names, words)
    return found


def _parameters(docstring: str) -> Iterator[tuple[list[str], str]]:
    """Yield the parameters of a NumPy docstring that say more than their type."""
    _, _, section = docstring.partition("Parameters\n    ----------\n")
    for match in re.finditer(r"^    (\w[\w, ]*) : .*\n((?:        .*\n?)*)", section, re.MULTILINE):
        if words := " ".join(match[2].replace("``", "").split()):
            yield match[1].split(", "), words
