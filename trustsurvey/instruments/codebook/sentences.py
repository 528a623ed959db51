"""Routing expressions in words, as somebody reads them who does not know the language of ``ask_if``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trustsurvey.instruments.codebook.blocks import Inline, Piece, code, text
from trustsurvey.instruments.codebook.words import Words
from trustsurvey.instruments.expression import (
    And,
    Comparison,
    Expression,
    Holds,
    Membership,
    Not,
    Or,
    State,
    parse,
)
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Variable

__all__ = ["Sentences"]

NUMBERS: Mapping[str, str] = MappingProxyType(
    {"=": "is", "!=": "is_not", "<": "less", "<=": "less_or_equal", ">": "more", ">=": "more_or_equal"}
)
DAYS: Mapping[str, str] = MappingProxyType(
    {"=": "is", "!=": "is_not", "<": "before", "<=": "before_or_on", ">": "after", ">=": "after_or_on"}
)


@dataclass(frozen=True, slots=True)
class Sentences:
    """Puts expressions into words.

    Parameters
    ----------
    instrument : Instrument
    words : Words
    variables : mapping of name to Variable
        What expressions can read, derived variables included.
    name : function
        How the name of a variable is written.
    """

    instrument: Instrument
    words: Words
    variables: Mapping[str, Variable]
    name: Callable[[str], Inline] = code

    @classmethod
    def of(cls, instrument: Instrument, language: str, name: Callable[[str], Inline] = code) -> Sentences:
        """Return the sentences of an instrument in a language."""
        variables = {variable.name: variable for variable in instrument.variables}
        variables |= {derived.code: derived.variable() for derived in instrument.derived}
        return cls(instrument, Words.of(instrument, language), variables, name)

    def __call__(self, *expressions: str) -> Inline:
        """Return expressions, all of which must hold, in words."""
        parsed = [parse(expression) for expression in expressions]
        if len(parsed) == 1:
            return self._worded(parsed[0])
        parts = [part for each in parsed for part in (each.parts if isinstance(each, And) else (each,))]
        return self._worded(And(tuple(parts)))

    def fill(self, key: str, **values: Inline) -> Inline:
        """Return a sentence of the catalogue with its places filled by words that look like something already."""
        pieces = re.split(r"(\{\w+\})", self.words(key, **{name: f"{{{name}}}" for name in values}))
        filled = (values[piece[1:-1]] if piece.startswith("{") else text(piece) for piece in pieces if piece)
        return tuple(part for inline in filled for part in inline)

    def _worded(self, expression: Expression, inside: bool = False) -> Inline:
        match expression:
            case And(parts):
                return self._joined("and", parts, inside)
            case Or(parts):
                return self._joined("or", parts, inside)
            case Not(part):
                return self.fill("not", text=self._worded(part))
            case State(name, "answered"):
                return self.fill("is_answered", name=self.name(name))
            case State(name, state):
                reason = self.instrument.dont_know if state == "dont_know" else self.instrument.refused
                value = self._quoted(reason.label[self.words.language] if reason else state)
                return self.fill("is", name=self.name(name), value=value)
            case Holds(name):
                return self.fill("is_ticked", value=self._quoted(self._label(name)), name=self.name(name))
            case Membership(name, values):
                *first, last = [self._value(name, value) for value in values]
                before = [*_between(self.words("comma"), first), *text(self.words("or"))] if first else []
                return self.fill("is", name=self.name(name), value=(*before, *last))
            case Comparison(name, operator, value):
                keys = DAYS if self._kind(name) == "date" else NUMBERS
                return self.fill(keys[operator], name=self.name(name), value=self._value(name, value))

    def _joined(self, key: str, parts: tuple[Expression, ...], inside: bool) -> Inline:
        joined = tuple(_between(self.words(key), [self._worded(part, inside=True) for part in parts]))
        return (*text("("), *joined, *text(")")) if inside else joined

    def _quoted(self, words: str) -> Inline:
        return text(self.words("quoted", text=words))

    def _kind(self, name: str) -> str:
        return self.variables[name].kind if name in self.variables else "text"

    def _label(self, name: str) -> str:
        return self.variables[name].label[self.words.language] if name in self.variables else name

    def _value(self, name: str, value: float | str) -> Inline:
        if not isinstance(value, str):
            return text(self.words.number(value))
        levels = self.variables[name].levels if name in self.variables else ()
        label = next((point.label[self.words.language] for point in levels if point.code == value), value)
        return text(label) if self._kind(name) == "date" else self._quoted(label)


def _between(words: str, parts: list[Inline]) -> list[Piece]:
    """Return parts in one line with words between them."""
    joined: list[Piece] = []
    for number, part in enumerate(parts):
        joined += [*text(words), *part] if number else part
    return joined
