"""Elements of DDI-Codebook: texts in every language, and identifiers that XML accepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement

from trustsurvey.instruments.codebook.words import WORDED, Words
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Text

__all__ = ["NO_ATTRIBUTES", "add", "all_words", "identifier", "in_words", "texts"]

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


def add(
    parent: Element, tag: str, text: str = "", language: str = "", attributes: Mapping[str, str] = NO_ATTRIBUTES
) -> Element:
    """Add an element; attributes without content are left out."""
    element = SubElement(parent, tag, {name: content for name, content in attributes.items() if content})
    if language:
        element.set(LANGUAGE, language)
    if text:
        element.text = text
    return element


def texts(parent: Element, tag: str, text: Text | None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
    """Add an element for every language of a text."""
    for language, words in text.translations if text else ():
        add(parent, tag, words, language, attributes)


def in_words(
    parent: Element, tag: str, key: str, words: Iterable[Words], attributes: Mapping[str, str] = NO_ATTRIBUTES
) -> None:
    """Add an element for every language that we have words in."""
    for each in words:
        add(parent, tag, each(key), each.language, attributes)


def all_words(instrument: Instrument) -> tuple[Words, ...]:
    """Return the words in those languages of an instrument that we have some in, in English where it is none."""
    languages = [language for language in instrument.languages if language in WORDED] or ["en"]
    return tuple(Words.of(instrument, language) for language in languages)


def identifier(kind: str, name: str) -> str:
    """Return an identifier that XML accepts and that no other name of the same kind has."""
    return f"{kind}_" + re.sub(r"[^A-Za-z0-9_-]", lambda found: f".{ord(found[0]):x}.", name)
