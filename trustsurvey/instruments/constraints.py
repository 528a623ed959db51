"""The language of the rules under ``checks``: its grammar, and the tree that a rule becomes.

::

    rule    = side ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) side
    side    = [ "-" ] term { ( "+" | "-" ) term }
    term    = number | '"' text '"' | name | ( "sum" | "count" ) "(" pattern ")"

A pattern is the name of a variable in which ``*`` stands for anything. ``sum`` adds numbers up, ``count`` counts the
ticks of multiple choices; what is missing counts nothing, nor does the text of "other". Between quotes stands a day,
which is compared with a date, or a code, which is compared with an answer; both stand alone on their side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias, cast

from trustsurvey.errors import ConstraintError
from trustsurvey.instruments.tokens import Cursor, Token, tokens

__all__ = [
    "Aggregate",
    "Constant",
    "Constraint",
    "Named",
    "Operator",
    "Quoted",
    "Side",
    "Signed",
    "Term",
    "matches",
    "parse_constraint",
]

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
Function = Literal["sum", "count"]

FUNCTIONS = frozenset({"sum", "count"})
MOST_TERMS = 200


@dataclass(frozen=True, slots=True)
class Constant:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Quoted:
    """What stands between quotes: a day or a code."""

    value: str


@dataclass(frozen=True, slots=True)
class Named:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``sum(pattern)`` or ``count(pattern)``."""

    function: Function
    pattern: str


Term: TypeAlias = Constant | Quoted | Named | Aggregate


@dataclass(frozen=True, slots=True)
class Signed:
    """A term that is added (1) or taken away (-1); ``column`` counts from 1 inside the rule."""

    sign: Literal[1, -1]
    term: Term
    column: int


Side: TypeAlias = tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """Two sides that are compared."""

    text: str
    left: Side
    operator: Operator
    right: Side
    column: int

    @property
    def terms(self) -> Side:
        """The terms of both sides, from left to right."""
        return self.left + self.right

    def names(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the variables that the rule reads, each once: those it names, and those that its patterns match."""
        found: list[str] = []
        for signed in self.terms:
            match signed.term:
                case Named(name):
                    found.append(name)
                case Aggregate(_, pattern):
                    found += matches(pattern, known)
        return tuple(dict.fromkeys(found))


TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.*]))
    |(?P<name>[A-Za-z*][A-Za-z0-9_*]*)
    |(?P<text>"[^"\n]*")
    |(?P<operator><=|>=|!=|=(?!=)|<(?!>)|>)
    |(?P<mark>[()+-])""",
    re.VERBOSE,
)
JOINED = "write a check for each of them; where a rule holds under a condition alone, write the condition in when"
FOREIGN: Mapping[str, str] = MappingProxyType(
    {
        "==": "write =",
        "<>": "write !=",
        "≥": "write >=",
        "≤": "write <=",
        "≠": "write !=",
        "&&": JOINED,
        "||": JOINED,
        "!": "write != between two sides",
        "/": "a rule adds and takes away only",
        "−": "write the minus sign of the keyboard",
        "–": "write the minus sign of the keyboard",
        "'": 'put a day or a code between double quotes, as in "2026-01-31"',
        '"': "close the quote that is opened here",
        "“": 'use straight double quotes: "',
        "”": 'use straight double quotes: "',
        "«": 'use straight double quotes: "',
    }
)


def parse_constraint(text: str) -> Constraint:
    """Return the tree of a rule.

    Parameters
    ----------
    text : str
        For example ``CLOSED >= RECEIVED`` or ``count(M*_zones) = TOTAL``.

    Raises
    ------
    ConstraintError
        With the column inside ``text`` and the remedy.
    """
    return _Parser(text).whole()


def matches(pattern: str, known: Mapping[str, object]) -> list[str]:
    """Return the names that a pattern matches, in their order."""
    shape = re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
    return [name for name in known if shape.fullmatch(name)]


def _foreign(text: str, rest: str, column: int) -> ConstraintError:
    found = rest[:2] if rest[:2] in FOREIGN else rest[0]
    remedy = FOREIGN.get(found, "see the language of rules")
    if rest[0].isdigit():
        found, remedy = rest.split()[0], "a number is written as 16 or 16.5, a day or a code between quotes"
    return ConstraintError(text, column, f"{found} is not understood", remedy)


class _Parser(Cursor):
    """One method a rule of the grammar."""

    def __init__(self, text: str) -> None:
        super().__init__(text, tokens(text, TOKEN, partial(_foreign, text)))

    def whole(self) -> Constraint:
        if self.peek().kind == "end":
            raise ConstraintError(self.text, 1, "the rule is empty", "compare two sides, as in CLOSED >= RECEIVED")
        left = self._side()
        token = self.peek()
        if token.kind != "operator":
            raise self._unexpected("=, !=, <, <=, > or >=")
        self.take()
        right = self._side()
        if self.peek().kind != "end":
            raise self._unexpected("+, - or the end")
        return Constraint(self.text, left, cast(Operator, token.text), right, token.column)

    def _side(self) -> Side:
        sign: Literal[1, -1] = -1 if self.accept("-") else 1
        terms = [self._signed(sign)]
        while self.peek().text in {"+", "-"}:
            sign = -1 if self.take().text == "-" else 1
            terms.append(self._signed(sign))
            if len(terms) > MOST_TERMS:
                column = self.peek().column
                raise ConstraintError(self.text, column, "the side is too long", "use sum( ) with a pattern")
        return tuple(terms)

    def _signed(self, sign: Literal[1, -1]) -> Signed:
        token = self.peek()
        if token.kind == "number":
            return Signed(sign, Constant(float(self.take().text)), token.column)
        if token.kind == "text":
            return Signed(sign, Quoted(self.take().text[1:-1]), token.column)
        if token.kind != "name":
            raise self._unexpected("a variable, a number, sum( ) or count( )")
        self.take()
        if self.peek().text == "(":
            return Signed(sign, self._aggregate(token), token.column)
        if token.text in FUNCTIONS:
            raise self._unexpected("(")
        if "*" in token.text:
            remedy = f"write sum({token.text}) or count({token.text})"
            raise ConstraintError(self.text, token.column, f"{token.text} stands for several variables", remedy)
        return Signed(sign, Named(token.text), token.column)

    def _aggregate(self, function: Token) -> Aggregate:
        if function.text not in FUNCTIONS:
            remedy = "there are sum( ) and count( )"
            if function.text in {"answered", "dont_know", "refused"}:
                remedy = f"write {function.text}( ) in when, not in the rule"
            raise ConstraintError(self.text, function.column, f"{function.text}( ) is not known in a rule", remedy)
        self.take()
        pattern = self.peek()
        if pattern.kind != "name" or pattern.text in FUNCTIONS:
            raise self._unexpected("the name of a variable, in which * stands for anything,")
        self.take()
        if not self.accept(")"):
            raise self._unexpected(")")
        return Aggregate(cast(Function, function.text), pattern.text)

    def _unexpected(self, wanted: str) -> ConstraintError:
        token = self.peek()
        found = "the rule ends" if token.kind == "end" else f"{token.text} stands"
        remedy = "complete the rule" if token.kind == "end" else "check the words and brackets around it"
        if token.kind == "operator":
            remedy = "a rule compares two sides once; write two checks"
        elif token.kind == "name" and token.text.lower() in {"and", "or", "not", "in"}:
            remedy = JOINED
        elif token.text == "*":
            remedy = "a rule adds and takes away only"
        return ConstraintError(self.text, token.column, f"{found} where {wanted} should follow", remedy)
