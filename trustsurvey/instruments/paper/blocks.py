"""What stands on a paper form, in order: the same for every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Block",
    "DateField",
    "Ending",
    "Entry",
    "Explanation",
    "Field",
    "Form",
    "Grid",
    "Lines",
    "NumberField",
    "Opening",
    "Option",
    "Options",
    "Ranks",
    "Scores",
    "Section",
]


@dataclass(frozen=True, slots=True)
class Option:
    """An answer with its box; ``writing`` has room for words, ``lead`` says where it leads."""

    label: str
    writing: bool = False
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """Boxes to tick, one under the other."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Ranks:
    """Answers with room for a number before each."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A battery: a line each, a column an answer; ``reasons`` of the last columns are no answers of the scale."""

    corner: str
    heads: tuple[str, ...]
    reasons: int
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """A row of numbers with a box each, between two named ends."""

    numbers: tuple[int, ...]
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class NumberField:
    """Room for a number."""


@dataclass(frozen=True, slots=True)
class DateField:
    """Room for a day, a month and a year, which are named."""

    parts: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Lines:
    """Room for words."""

    count: int


Field: TypeAlias = Options | Ranks | Grid | Scores | NumberField | DateField | Lines


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands above the questions."""

    title: str
    description: str
    note: str
    welcome: str


@dataclass(frozen=True, slots=True)
class Section:
    """The heading of a page of the instrument."""

    title: str
    description: str
    filter: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A text that asks nothing."""

    text: str
    help: str
    filter: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A numbered question; ``filter`` says whom it is for, ``onward`` where everybody goes after it."""

    number: int
    text: str
    help: str
    instruction: str
    filter: str
    fields: tuple[Field, ...]
    onward: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What stands under the questions."""

    title: str
    text: str


Block: TypeAlias = Opening | Section | Explanation | Entry | Ending


@dataclass(frozen=True, slots=True)
class Form:
    """A paper form in one language.

    Parameters
    ----------
    language : str
        Of the texts; ``spoken`` is that of the words around them.
    direction : "ltr" or "rtl"
    footer : str
        Which version this is; ``page`` is the word before the number of a page.
    """

    title: str
    language: str
    spoken: str
    direction: str
    footer: str
    page: str
    blocks: tuple[Block, ...]
