"""Texts that match the pattern of a text question, for simulated answers."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import numpy as np

__all__ = ["matching"]

REPEATED = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
# How often something is repeated that has no upper limit.
MORE = 2
SIGNS = {"?": (0, 1), "*": (0, MORE), "+": (1, 1 + MORE)}

Maker = Callable[[np.random.Generator], str]


def matching(pattern: str, random: np.random.Generator) -> str:
    """Return a text that a pattern of an instrument matches as a whole.

    Parameters
    ----------
    pattern : str
        Of the signs that instruments may use: letters, digits, classes, groups, ``|`` and repetition.
    random : numpy.random.Generator
    """
    return _Pattern(pattern).alternatives()(random)


class _Pattern:
    """Recursive descent, one method a rule; each returns what makes a text of its part."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def alternatives(self) -> Maker:
        branches = [self._branch()]
        while self._next() == "|":
            self.place += 1
            branches.append(self._branch())
        return lambda random: branches[random.integers(len(branches))](random)

    def _branch(self) -> Maker:
        parts: list[Maker] = []
        while self._next() not in {"", "|", ")"}:
            parts.append(self._repeated(self._part()))
        return lambda random: "".join(part(random) for part in parts)

    def _part(self) -> Maker:
        sign = self._take()
        if sign == "(":
            if self.text.startswith("?:", self.place):
                self.place += 2
            inside = self.alternatives()
            self._take()
            return inside
        characters = self._class() if sign == "[" else self._one(sign)
        return lambda random: characters[random.integers(len(characters))]

    def _class(self) -> str:
        characters = ""
        while (sign := self._take()) != "]":
            found = self._one(sign)
            if self._next() == "-" and not self.text.startswith("-]", self.place) and len(found) == 1:
                self.place += 1
                found = "".join(map(chr, range(ord(found), ord(self._one(self._take())) + 1)))
            characters += found
        return characters

    def _one(self, sign: str) -> str:
        if sign != "\\":
            return sign
        escaped = self._take()
        return string.digits if escaped == "d" else escaped

    def _repeated(self, part: Maker) -> Maker:
        if found := REPEATED.match(self.text, self.place):
            self.place = found.end()
            least = int(found[1])
            most = int(found[3]) if found[3] else least + MORE * bool(found[2])
        elif self._next() in SIGNS:
            least, most = SIGNS[self._take()]
        else:
            return part
        return lambda random: "".join(part(random) for _ in range(random.integers(least, most + 1)))

    def _next(self) -> str:
        return self.text[self.place : self.place + 1]

    def _take(self) -> str:
        self.place += 1
        return self.text[self.place - 1]
