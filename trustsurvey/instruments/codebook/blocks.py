"""What a page is made of, whatever it is written in: sections of paragraphs, facts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Block",
    "Facts",
    "Inline",
    "Page",
    "Paragraph",
    "Piece",
    "Section",
    "Table",
    "code",
    "link",
    "plain",
    "text",
]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in a line: as they are, as code, or as a link to a place of the page."""

    text: str
    is_code: bool = False
    target: str = ""


Inline: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words by themselves; ``tone`` is "note" for words of ours and "quote" for words that respondents read."""

    words: Inline
    tone: str = "note"


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a name and what stands for it."""

    pairs: tuple[tuple[str, Inline], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; ``anchors`` gives every row a place to link to, and ``numbers`` are columns of numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    anchors: tuple[str, ...] = ()
    numbers: frozenset[int] = frozenset()


Block: TypeAlias = Paragraph | Facts | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what stands below it, and the sections inside it."""

    anchor: str
    title: Inline
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole codebook in one language."""

    language: str
    title: str
    subtitle: str
    contents: str
    skip: str
    sections: tuple[Section, ...]


def text(words: str) -> Inline:
    """Return words as they are."""
    return (Piece(words),)


def code(words: str) -> Inline:
    """Return words as code."""
    return (Piece(words, is_code=True),)


def link(words: str, target: str) -> Inline:
    """Return code that links to a place of the page."""
    return (Piece(words, is_code=True, target=target),)


def plain(words: Inline) -> str:
    """Return the words without what they look like."""
    return "".join(piece.text for piece in words)
