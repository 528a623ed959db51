"""What the languages of routing and of rules share: their tokens, and a place among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Cursor", "Token", "tokens"]

Complaint: TypeAlias = Callable[[str, int], Exception]


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, text between quotes, operator or mark; ``column`` counts from 1, and the last one is ``end``."""

    kind: str
    text: str
    column: int


def tokens(text: str, pattern: re.Pattern[str], foreign: Complaint) -> Iterator[Token]:
    """Yield the tokens of a text.

    Parameters
    ----------
    text : str
    pattern : re.Pattern
        With a named group for each kind, ``space`` among them.
    foreign : function of the rest and its column
        Returns the error for what the pattern does not match.
    """
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise foreign(text[position:], position + 1)
        if match.lastgroup != "space":
            yield Token(str(match.lastgroup), match.group(), position + 1)
        position = match.end()
    yield Token("end", "", len(text.rstrip()) + 1)


class Cursor:
    """A place among tokens."""

    def __init__(self, text: str, found: Iterator[Token]) -> None:
        self.text = text
        self.tokens = list(found)
        self.next = 0

    def peek(self) -> Token:
        """Return the token here."""
        return self.tokens[self.next]

    def take(self) -> Token:
        """Return the token here and go on, except past the end."""
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def accept(self, text: str) -> bool:
        """Go on where this word or mark stands here; say whether it does."""
        token = self.peek()
        found = token.kind in {"name", "mark"} and token.text == text
        self.next += found
        return found
