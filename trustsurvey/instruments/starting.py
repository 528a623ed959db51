"""A new questionnaire to start from: short, sound, with one question of each usual kind."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from importlib.resources import files
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any, TypeVar

from trustsurvey.documents.document import read_document
from trustsurvey.documents.files import write_file
from trustsurvey.errors import InputError
from trustsurvey.instruments.bank import available
from trustsurvey.instruments.json_schema import json_schema_text
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Text
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.translation.texts import checked_language, languages_of
from trustsurvey.instruments.writing import WIDTH, instrument_text, scalar_text

__all__ = ["KINDS", "new_instrument"]

Thing = TypeVar("Thing")

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"survey": ("answer-scales", "non-response", "demographics"), "register": ("districts",)}
)
WRITTEN = ("fr", "nl", "en")
NAME = re.compile("[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
MARKER = re.compile(r"(?P<before>.*?)\$\{(?P<word>\w+)\}")
SCHEMA_LINE = "yaml-language-server: $schema="
TODO = "TODO"


def new_instrument(
    name: str,
    languages: tuple[str, ...] = WRITTEN,
    kind: str = "survey",
    folder: Path = Path("instruments"),
) -> Path:
    """Write the draft of a new questionnaire and return its path, ``folder/name/draft.yaml``.

    In French, Dutch and English it is complete and uses the bank. Texts in other languages are ``TODO``, of which
    ``check`` then gives the places; as the bank lacks those languages too, its questions are written into the draft.
    The JSON Schema for editors is written into the folder where it is not there yet.

    Parameters
    ----------
    name : str
        Small letters, digits and hyphens, starting with a letter.
    languages : tuple of str
        ISO 639-1 codes; the first is the one it is written in.
    kind : "survey" or "register"
    folder : Path

    Raises
    ------
    InputError
        The name or a language is none, or the draft exists already; nothing is overwritten.
    WriteError
        The draft cannot be written.
    """
    if not NAME.fullmatch(name):
        raise InputError(
            f"the name {name!r} is not made of small letters, digits and hyphens; rename it, as in my-survey"
        )
    if kind not in KINDS:
        raise InputError(f"there is no kind {kind}; choose one of {', '.join(KINDS)}")
    if not languages or len(set(languages)) < len(languages):
        raise InputError("name at least one language, and each once, as in fr,nl,en")
    for language in languages:
        checked_language(language)
    path = folder / name / "draft.yaml"
    if path.parent.exists() and any(path.parent.iterdir()):
        raise InputError(f"{path.parent} holds files already; choose another name, or work on what is there")
    schema = folder / "schema.json"
    text = _text(name, languages, kind, path, os.path.relpath(schema, path.parent))
    if not schema.exists():
        write_file(schema, json_schema_text())
    write_file(path, text)
    return path


def _text(name: str, languages: tuple[str, ...], kind: str, path: Path, schema: str) -> str:
    blocks = _newest(path, KINDS[kind])
    if all(set(languages) <= set(languages_of(read_document(file))) for file in blocks.values()) and set(
        languages
    ) <= set(WRITTEN):
        return _filled(name, languages, kind, tuple(blocks), schema)
    known = tuple(language for language in languages if language in WRITTEN)
    written = _filled(name, known or ("en",), kind, tuple(blocks), schema)
    with tempfile.TemporaryDirectory() as place:
        draft = Path(place) / "draft.yaml"
        draft.write_text(written, encoding="utf-8")
        instrument = _in_languages(load_instrument(draft), languages)
    head = (
        f"{SCHEMA_LINE}{schema}",
        f"Texts in {', '.join(each for each in languages if each not in WRITTEN)} are to be written: {TODO}.",
        "trustsurvey check FILE gives their places; trustsurvey translations export FILE makes a sheet of them.",
        'Inside { }, texts with a comma or a colon need quotes: {en: "Yes, often"}.',
        f"The languages: trustsurvey new --languages {','.join(languages)}; the first is the one you write in.",
    )
    return instrument_text(replace(instrument, languages=languages), head)


def _newest(path: Path, names: tuple[str, ...]) -> dict[str, Path]:
    """Return the newest version of each block, by ``name@version``, in the order of the names."""
    found: dict[str, dict[tuple[int, ...], str]] = {}
    files_ = available(str(path))
    for named in files_:
        name, _, version = named.partition("@")
        if re.fullmatch(r"[0-9]+(?:\.[0-9]+){2}", version):
            found.setdefault(name, {})[tuple(int(part) for part in version.split("."))] = named
    if missing := [name for name in names if name not in found]:
        raise InputError(f"the bank has no block {', '.join(missing)}; restore instruments/bank")
    newest = [found[name][max(found[name])] for name in names]
    return {named: files_[named] for named in newest}


def _filled(name: str, languages: tuple[str, ...], kind: str, blocks: tuple[str, ...], schema: str) -> str:
    """Return a template with its words in some languages."""
    words = read_document(str(files("trustsurvey.instruments").joinpath("templates", "words.yaml"))).plain()
    template = files("trustsurvey.instruments").joinpath("templates", f"{kind}.yaml").read_text(encoding="utf-8")
    lines = []
    for line in template.splitlines():
        match = MARKER.fullmatch(line)
        lines.append(
            _line(match, words[match["word"]], languages) if match else _named(line, name, languages, blocks, schema)
        )
    return "\n".join(lines) + "\n"


def _named(line: str, name: str, languages: tuple[str, ...], blocks: tuple[str, ...], schema: str) -> str:
    return Template(line).substitute(
        name=name, languages=", ".join(languages), chosen=",".join(languages), bank=", ".join(blocks), schema=schema
    )


def _line(match: re.Match[str], texts: Mapping[str, str], languages: tuple[str, ...]) -> str:
    """Return the line of a text: between brackets where it fits, else a line a language."""
    entries = [(language, texts[language]) for language in languages]
    flow = "{" + ", ".join(f"{code}: {scalar_text(words, flow=True)}" for code, words in entries) + "}"
    line = f"{match['before']}{flow}"
    if len(line) <= WIDTH:
        return line
    space = " " * (len(match["before"]) - len(match["before"].lstrip(" -")) + 2)
    return "\n".join([match["before"].rstrip(), *(f"{space}{code}: {scalar_text(words)}" for code, words in entries)])


def _in_languages(thing: Thing, languages: tuple[str, ...]) -> Thing:
    """Return something with its texts in these languages, those that it lacks left to write."""
    value: Any = thing
    if isinstance(value, Text):
        texts = dict(value.translations)
        hint = "" if set(languages) & set(texts) else f": {texts['en']}"
        value = Text.of({language: texts.get(language, f"{TODO}{hint}") for language in languages})
    elif isinstance(value, tuple):
        value = tuple(_in_languages(each, languages) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in fields(value) if not isinstance(value, Instrument) or each.name != "languages"]
        value = replace(value, **{name: _in_languages(getattr(value, name), languages) for name in names})
    result: Thing = value
    return result
