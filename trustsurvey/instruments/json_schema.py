"""The shape of questionnaire files and of blocks as JSON Schema, for editors that complete and complain.

Everything is taken from the entries of ``schema``; what an entry allows and the checks refuse is not said here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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
from trustsurvey.instruments.advice.advising import RULES
from trustsurvey.instruments.checks import LANGUAGE, VERSION
from trustsurvey.instruments.checks_codes import LONGEST_ANSWER, LONGEST_ITEM, LONGEST_QUESTION, NAME
from trustsurvey.instruments.json_schema_words import TEXT, TYPES, meanings_of, words_of
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.schema import (
    QUESTIONS,
    AcceptedEntry,
    Answers,
    BlockEntry,
    CheckEntry,
    DerivedEntry,
    GroupEntry,
    IndexEntry,
    InstrumentEntry,
    ItemEntry,
    NonResponseEntry,
    PointEntry,
    QuestionEntry,
    QuotaEntry,
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
        (AcceptedEntry.__name__, "warning"): {"type": "string", "enum": sorted(RULES)},
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
        "description": TEXT,
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
    words = meanings_of(QuestionEntry)
    kinds = {"description": words["type"], "enum": [str(kind) for kind in QUESTIONS]}
    return {
        "type": "object",
        "if": _has("use"),
        "then": builder.reference(UseEntry),
        "else": {
            "required": required,
            # With words alone, so that editors offer the keys of an entry that is still empty.
            "properties": {name: {"description": words[name]} for name in required} | {"type": kinds},
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
        properties, meanings = {}, meanings_of(entry)
        for name in entry.model_fields:
            schema = self._annotation(name, hints[name])
            schema = {"description": meanings[name], **schema}
            schema |= PATTERNS.get((entry.__name__, name), {})
            properties[name] = schema
        if code is not None:
            properties["code"] |= code
        if kind:
            properties["type"] = {"description": f"{kind}: {TYPES[QuestionType(kind)]}", "const": kind}
        return {
            "description": TYPES[QuestionType(kind)] if kind else words_of(entry),
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
