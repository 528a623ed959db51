"""The grammar of LimeSurvey's expressions, as far as conditions use it.

::

    either     = both { ("or" | "||") both }
    both       = equality { ("and" | "&&") equality }
    equality   = relation { ("==" | "eq" | "!=" | "ne") relation }
    relation   = sum { ("<" | "lt" | "<=" | "le" | ">" | "gt" | ">=" | "ge") sum }
    sum        = product { ("+" | "-") product }
    product    = unary { ("*" | "/") unary }
    unary      = ("!" | "-" | "+") unary | primary
    primary    = number | text | name [ "(" [ either { "," either } ] ")" ] | "(" either ")"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

__all__ = ["Binary", "Call", "Name", "NotReadableError", "Number", "Script", "Unary", "Words", "read_script"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Words:
    """Text between quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name and, after a dot, which property of it is read (``NAOK``, ``value`` ...)."""

    text: str
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of some arguments."""

    function: str
    arguments: tuple[Script, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """``!`` or ``-`` before something."""

    operator: str
    operand: Script


@dataclass(frozen=True, slots=True)
class Binary:
    """Two things joined by an operator, written as in the grammar's first form of it."""

    operator: str
    left: Script
    right: Script


Script: TypeAlias = Number | Words | Name | Call | Unary | Binary

TOKEN = re.compile(
    r"""\s+
    |(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?![A-Za-z0-9_.]))
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<name>[A-Za-z0-9_][A-Za-z0-9_]*(?:[:\#][A-Za-z0-9_]+)*(?:\.[A-Za-z0-9_]+)*)
    |(?P<sign>==|!=|<=|>=|&&|\|\||[<>!+*/(),=-])""",
    re.VERBOSE,
)
SAME: Mapping[str, str] = MappingProxyType(
    {"&&": "and", "||": "or", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
)
WORDS = frozenset({"and", "or", "eq", "ne", "lt", "le", "gt", "ge"})
LEVELS = (("or",), ("and",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/"))
DEEPEST = 60


class NotReadableError(Exception):
    """An expression that is no condition, or is broken; the message says why."""


def read_script(text: str) -> Script:
    """Return the tree of an expression of LimeSurvey, or raise NotReadableError."""
    reader = _Reader(text)
    script = reader.level(0)
    reader.expect("end", "")
    return script


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            raise NotReadableError(f"{text[position]!r} is not understood")
        position = found.end()
        kind, word = found.lastgroup, found[0]
        if kind == "name" and word.lower() in WORDS:
            kind, word = "sign", word.lower()
        if kind:
            yield kind, SAME.get(word, word) if kind == "sign" else word
    yield "end", ""


class _Reader:
    """Recursive descent through the levels of precedence."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.next = 0
        self.depth = 0

    def level(self, number: int) -> Script:
        if number == len(LEVELS):
            return self._unary()
        script = self.level(number + 1)
        while self._peek()[0] == "sign" and self._peek()[1] in LEVELS[number]:
            operator = self._take()[1]
            script = Binary(operator, script, self.level(number + 1))
        return script

    def expect(self, kind: str, word: str) -> None:
        token = self._take()
        if token != (kind, word):
            raise NotReadableError(f"{token[1] or 'the end'!r} stands where {word or 'the end'!r} should")

    def _unary(self) -> Script:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotReadableError("it is nested too deeply")
        kind, word = self._peek()
        if kind == "sign" and word in {"!", "-", "+"}:
            self._take()
            operand = self._unary()
            script = operand if word == "+" else Unary(word, operand)
        else:
            script = self._primary()
        self.depth -= 1
        return script

    def _primary(self) -> Script:
        kind, word = self._take()
        if kind == "number":
            return Number(float(word))
        if kind == "text":
            return Words(word[1:-1])
        if kind == "name":
            if self._peek() == ("sign", "("):
                self._take()
                return Call(word, tuple(self._arguments()))
            name, _, attribute = word.rpartition(".")
            return Name(name, attribute) if name else Name(word)
        if (kind, word) == ("sign", "("):
            script = self.level(0)
            self.expect("sign", ")")
            return script
        raise NotReadableError(f"{word or 'the end'!r} stands where a value should")

    def _arguments(self) -> Iterator[Script]:
        if self._peek() != ("sign", ")"):
            yield self.level(0)
            while self._peek() == ("sign", ","):
                self._take()
                yield self.level(0)
        self.expect("sign", ")")

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.next]

    def _take(self) -> tuple[str, str]:
        token = self.tokens[self.next]
        if token[0] != "end":
            self.next += 1
        return token
