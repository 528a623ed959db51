"""Pseudo-translation: texts that look foreign and are longer, to see where a layout has no place for them."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.checks_texts import LONGEST_TITLE
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Text

__all__ = ["pseudo_instrument", "pseudo_text"]

Thing = TypeVar("Thing")

LETTERS = MappingProxyType(str.maketrans("aceinosuyzACEINOSUYZdlrt", "åçéîñöšûýžÅÇÉÎÑÖŠÛÝŽđľřť"))
# Placeholders, tags, entities and addresses stay what they are.
KEPT = re.compile(r"(\{[^{}]*\}|<[^<>]*>|&\w+;|https?://\S+|\S+@\S+\.\S+)")
LONGER = 0.35
FILLING = "ôñé ťŵö ťĥřéé ƒöûř ƒîṽé šîẋ šéṽéñ éîĝĥť ñîñé ťéñ "


def pseudo_text(text: str, longest: int = 0) -> str:
    """Return a text with accents on its letters, 35 % longer and between brackets.

    Placeholders such as ``{AGE}``, tags and addresses are kept.

    Parameters
    ----------
    text : str
    longest : int
        Largest number of characters; 0 for none.
    """
    pieces = KEPT.split(text)
    changed = "".join(piece if place % 2 else piece.translate(LETTERS) for place, piece in enumerate(pieces))
    wanted = round(len(text) * (1 + LONGER))
    missing = max(wanted - len(changed) - 2, 0)
    if longest:
        missing = max(min(missing, longest - len(changed) - 3), 0)
    filling = (FILLING * (missing // len(FILLING) + 1))[:missing].strip()
    padded = f"[{changed} {filling}]" if filling else f"[{changed}]"
    return padded if not longest or len(padded) <= longest else changed[:longest]


def pseudo_instrument(instrument: Instrument, language: str = "") -> Instrument:
    """Return an instrument in which one language is a pseudo-translation of itself.

    It goes through every check that the instrument went through, so that it can be previewed, printed and built.

    Parameters
    ----------
    instrument : Instrument
    language : str
        The language that is replaced; the last one unless given.

    Raises
    ------
    UnknownNameError
        The instrument does not have the language.
    """
    code = language or instrument.languages[-1]
    if code not in instrument.languages:
        raise UnknownNameError("language", code, instrument.languages)
    title = _text(instrument.title, code, LONGEST_TITLE)
    provenance = (*instrument.provenance, ("pseudo", f"the texts in {code} are no translation; for tests of layout"))
    return replace(_changed(instrument, code), title=title, provenance=provenance)


def _text(text: Text, language: str, longest: int = 0) -> Text:
    return Text(
        tuple((code, pseudo_text(words, longest) if code == language else words) for code, words in text.translations)
    )


def _changed(thing: Thing, language: str) -> Thing:
    value: Any = thing
    if isinstance(value, Text):
        value = _text(value, language)
    elif isinstance(value, tuple):
        value = tuple(_changed(each, language) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        value = replace(value, **{each.name: _changed(getattr(value, each.name), language) for each in fields(value)})
    result: Thing = value
    return result
