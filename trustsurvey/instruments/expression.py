"""The language of ``ask_if`` and ``when``: its grammar, and the tree that a sentence of it becomes.

::

    expression  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation    = "not" negation | "(" expression ")" | condition
    condition   = name ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
                | name "in" "(" value { "," value } ")"
                | ( "answered" | "dont_know" | "refused" ) "(" name ")"
                | name
    value       = number | '"' text '"'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeAlias, cast

from trustsurvey.errors import RoutingError
from trustsurvey.instruments.tokens import Cursor, Token, tokens

__all__ = [
    "KEYWORDS",
    "And",
    "Comparison",
    "Expression",
    "Holds",
    "Membership",
    "Not",
    "Or",
    "State",
    "conditions",
    "names",
    "parse",
]

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
StateName = Literal["answered", "dont_know", "refused"]

STATES = frozenset({"answered", "dont_know", "refused"})
KEYWORDS = frozenset({"and", "or", "not", "in"}) | STATES
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Comparison:
    """``name operator value``: a variable against a number or the text between quotes."""

    name: str
    operator: Operator
    value: float | str
    column: int = field(default=0, compare=False)
    value_column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """``name in (value, ...)``."""

    name: str
    values: tuple[float | str, ...]
    column: int = field(default=0, compare=False)
    value_columns: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Holds:
    """A boolean variable by itself: true where it is ticked."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class State:
    """``answered(name)``, ``dont_know(name)`` or ``refused(name)``."""

    name: str
    state: StateName
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """True where every part is."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True where at least one part is."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is not, a missing answer included."""

    part: Expression


Condition: TypeAlias = Comparison | Membership | Holds | State
Expression: TypeAlias = Condition | And | Or | Not


TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.]))
    |(?P<name>[A-Za-z][A-Za-z0-9_]*)
    |(?P<text>"[^"\n]*")
    |(?P<operator><=|>=|!=|=(?!=)|<(?!>)|>)
    |(?P<mark>[(),])""",
    re.VERBOSE,
)
FOREIGN = {
    "==": "write =",
    "<>": "write !=",
    "&&": "write and",
    "||": "write or",
    "&": "write and",
    "|": "write or",
    "!": "write not, or != between a name and a value",
    "'": 'put codes between double quotes, as in CONTACT = "yes"',
    '"': "close the quote that is opened here",
    "≥": "write >=",
    "≤": "write <=",
    "≠": "write !=",
    "“": 'use straight double quotes: "',
    "”": 'use straight double quotes: "',
    "«": 'use straight double quotes: "',
    "-": "a minus sign stands directly before a number",
}


def parse(text: str) -> Expression:
    """Return the tree of a routing expression.

    Parameters
    ----------
    text : str
        For example ``AGE >= 16 and CONTACT = "yes"``.

    Raises
    ------
    RoutingError
        With the column inside ``text`` and the remedy.
    """
    return _Parser(text).whole()


def conditions(expression: Expression) -> Iterator[Condition]:
    """Yield the conditions of a tree from left to right."""
    match expression:
        case And(parts) | Or(parts):
            for part in parts:
                yield from conditions(part)
        case Not(part):
            yield from conditions(part)
        case _:
            yield expression


def names(expression: Expression) -> tuple[str, ...]:
    """Return the variables that an expression reads, each once, in order of appearance."""
    return tuple(dict.fromkeys(condition.name for condition in conditions(expression)))


def _foreign(text: str, rest: str, column: int) -> RoutingError:
    remedy = FOREIGN.get(rest[:2]) or FOREIGN.get(rest[0])
    found = rest[:2] if rest[:2] in FOREIGN else rest[0]
    if rest[0].isdigit():
        found, remedy = rest.split()[0], "a number is written as 16 or 16.5, a code between double quotes"
    return RoutingError(text, column, f"{found} is not understood", remedy or "see the routing language")


class _Parser(Cursor):
    """Recursive descent, one method a rule."""

    def __init__(self, text: str) -> None:
        super().__init__(text, tokens(text, TOKEN, partial(_foreign, text)))
        self.depth = 0

    def whole(self) -> Expression:
        if self.peek().kind == "end":
            raise RoutingError(self.text, 1, "the expression is empty", "write a condition, or leave the key out")
        expression = self._expression()
        if self.peek().kind != "end":
            raise self._unexpected("and, or, or the end")
        return expression

    def _expression(self) -> Expression:
        parts = [self._conjunction()]
        while self.accept("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _conjunction(self) -> Expression:
        parts = [self._negation()]
        while self.accept("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negation(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise RoutingError(
                self.text, self.peek().column, "the expression is nested too deeply", "use fewer brackets"
            )
        if self.accept("not"):
            expression: Expression = Not(self._negation())
        elif self.accept("("):
            expression = self._expression()
            self._expect(")")
        else:
            expression = self._condition()
        self.depth -= 1
        return expression

    def _condition(self) -> Condition:
        token = self.peek()
        if token.kind != "name" or token.text in KEYWORDS - STATES:
            raise self._unexpected("the name of a variable")
        self.take()
        if token.text in STATES:
            self._expect("(")
            name = self._name()
            self._expect(")")
            return State(name.text, cast(StateName, token.text), token.column)
        if self.peek().kind == "operator":
            operator = cast(Operator, self.take().text)
            value_column = self.peek().column
            return Comparison(token.text, operator, self._value(), token.column, value_column)
        if self.accept("in"):
            self._expect("(")
            columns = [self.peek().column]
            values = [self._value()]
            while self.accept(","):
                columns.append(self.peek().column)
                values.append(self._value())
            self._expect(")")
            return Membership(token.text, tuple(values), token.column, tuple(columns))
        return Holds(token.text, token.column)

    def _name(self) -> Token:
        if self.peek().kind != "name" or self.peek().text in KEYWORDS:
            raise self._unexpected("the name of a variable")
        return self.take()

    def _value(self) -> float | str:
        token = self.peek()
        if token.kind == "number":
            return float(self.take().text)
        if token.kind == "text":
            return self.take().text[1:-1]
        if token.kind == "name":
            raise RoutingError(
                self.text,
                token.column,
                f"{token.text} stands where a value should",
                f'put a code between double quotes: "{token.text}"; two variables cannot be compared',
            )
        raise self._unexpected("a number or a code between double quotes")

    def _expect(self, text: str) -> None:
        if not self.accept(text):
            raise self._unexpected(text)

    def _unexpected(self, wanted: str) -> RoutingError:
        token = self.peek()
        found = "the expression ends" if token.kind == "end" else f"{token.text} stands"
        remedy = "complete the expression" if token.kind == "end" else "check the words and brackets around it"
        if token.kind == "name" and token.text.lower() in KEYWORDS and token.text not in KEYWORDS:
            remedy = f"write {token.text.lower()} in small letters"
        elif token.kind in {"number", "text"} and wanted == "the name of a variable":
            remedy = "a comparison starts with the variable, as in AGE >= 16"
        elif token.kind == "operator":
            remedy = "compare one thing at a time and join with and"
        return RoutingError(self.text, token.column, f"{found} where {wanted} should follow", remedy)
