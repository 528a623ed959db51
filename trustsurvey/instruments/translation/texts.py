"""The texts of a questionnaire file or a block, each under a key that stays when the file is rearranged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from types import MappingProxyType
from typing import Any

from trustsurvey.documents.document import Document, Path, read_document
from trustsurvey.errors import InputError, InstrumentError
from trustsurvey.instruments.checks import LANGUAGE, LANGUAGES
from trustsurvey.instruments.checks_texts import LONGEST_TITLE

__all__ = ["TEXT_KEYS", "TranslatableText", "checked_language", "languages_of", "readable_document", "texts_of"]

TEXT_KEYS = frozenset(
    {"description", "end", "ends", "help", "invalid", "label", "message", "other", "text", "title", "unit", "welcome"}
)
LISTS: Mapping[str, str] = MappingProxyType(
    {
        "groups": "group",
        "derived": "derived",
        "indices": "index",
        "quotas": "quota",
        "checks": "check",
    }
)
PASSED_OVER = frozenset({"questions", "items", "scale", "points", "levels"})


@dataclass(frozen=True, slots=True)
class TranslatableText:
    """One text: its key (``TREAT.respect.text``, ``scale:agree5.3.label``), where it stands, and its translations.

    ``limit`` is the largest number of characters, 0 for none.
    """

    key: str
    path: Path
    translations: Mapping[str, str]
    limit: int = 0


def readable_document(path: str | PathLike[str]) -> Document:
    """Read a questionnaire file or a block whose texts can be listed.

    Raises
    ------
    InstrumentError
        It is no YAML, names no languages, or gives one code twice.
    MissingFileError
        It does not exist.
    """
    document = read_document(path)
    problems = list(document.problems)
    if not problems and not (isinstance(document.content, dict) and languages_of(document)):
        remedy = "give a questionnaire file or a block of the bank"
        problems.append(document.problem((), "the file names no languages", remedy))
    if not problems:
        texts = texts_of(document)
        numbers = Counter(each.key for each in texts)
        for each in texts:
            if numbers[each.key] > 1:
                message = f"{each.key} is given {numbers[each.key]} times"
                problems.append(document.problem(each.path, message, "run trustsurvey check and mend the codes"))
    if problems:
        raise InstrumentError(problems)
    return document


def checked_language(code: str) -> str:
    """Return the code of a language, or raise InputError where it is none."""
    match = re.fullmatch(LANGUAGE, code)
    if match is None or match["language"] not in LANGUAGES:
        raise InputError(f"{code} is not the code of a language; write an ISO 639-1 code, such as fr, nl, en or ar")
    return code


def languages_of(document: Document) -> tuple[str, ...]:
    """Return the languages that a file names, none where it names none properly."""
    listed = document.content.get("languages") if isinstance(document.content, dict) else None
    return tuple(str(each) for each in listed) if isinstance(listed, list) else ()


def texts_of(document: Document) -> tuple[TranslatableText, ...]:
    """Return the texts of a file in its order, without those of the blocks that it uses."""
    return tuple(_texts(document, document.content, ()))


def _texts(document: Document, content: Any, path: Path) -> Iterator[TranslatableText]:
    if isinstance(content, dict):
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        if key in TEXT_KEYS and all(isinstance(each, str) for each in content.values()):
            limit = LONGEST_TITLE if path == ("title",) else 0
            yield TranslatableText(_key(document.content, path), path, content, limit)
            return
        for name, value in content.items():
            yield from _texts(document, value, (*path, name))
    elif isinstance(content, list):
        for position, value in enumerate(content):
            yield from _texts(document, value, (*path, position))


def _key(content: Any, path: Path) -> str:
    parts: list[str] = []
    kind, around = "", ""
    for place, part in enumerate(path):
        content = content[part]
        if isinstance(part, int):
            code = content.get("code", part + 1) if isinstance(content, dict) else part + 1
            if around == "questions":
                parts, kind = [], ""
            parts.append(f"{kind}:{code}" if kind and not parts else str(code))
        elif around == "scales":
            parts.append(f"scale:{part}")
        elif part in LISTS and place == 0:
            kind = LISTS[part]
        elif part not in PASSED_OVER and not (part == "scales" and place == 0):
            parts.append(part)
        around = part if isinstance(part, str) else ""
    return ".".join(parts)
