"""Where the scalars, mappings and lists of a YAML text begin and end, to the character."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from trustsurvey.documents.document import LOADER, Path

__all__ = ["Collection", "Scalar", "places_in"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value: its characters ``start`` to ``end``, its style (``""``, ``'``, ``"``, ``>``, ``|``)."""

    start: int
    end: int
    style: str
    flow: bool
    key_start: int
    key_column: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A mapping or a list: whether between brackets, the column of its entries, and where its last entry ends."""

    flow: bool
    column: int
    start: int
    last_end: int


@dataclass(slots=True)
class _Open:
    path: Path
    event: Any
    is_mapping: bool
    flow: bool
    column: int = -1
    key: Any = None
    position: int = 0
    last_end: int = 0


def places_in(text: str) -> tuple[Mapping[Path, Scalar], Mapping[Path, Collection]]:
    """Return the scalars that are values, and the mappings and lists, of a sound YAML text by their path."""
    scalars: dict[Path, Scalar] = {}
    collections: dict[Path, Collection] = {}
    open_: list[_Open] = []
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.ScalarEvent):
            start, end = _index(event.start_mark), _trimmed(text, event)
            around = open_[-1] if open_ else None
            if around and around.is_mapping and around.key is None:
                around.key = event
                around.column = _column(event.start_mark) if around.column < 0 else around.column
                continue
            path = _next(around)
            if around:
                around.last_end = end
                key = around.key or event
                style = "" if event.style is None or event.style == ":" else event.style
                scalars[path] = Scalar(start, end, style, around.flow, _index(key.start_mark), _column(key.start_mark))
                _done(around)
        elif isinstance(event, yaml.CollectionStartEvent):
            around = open_[-1] if open_ else None
            path = _next(around)
            flow = bool(event.flow_style)
            open_.append(_Open(path, event, isinstance(event, yaml.MappingStartEvent), flow))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = open_.pop()
            end = _index(event.end_mark) if closed.flow else closed.last_end
            start = _index(closed.event.start_mark)
            column = closed.column if closed.is_mapping else _column(closed.event.start_mark)
            collections[closed.path] = Collection(closed.flow, column, start, closed.last_end or start + 1)
            if open_:
                open_[-1].last_end = end
                _done(open_[-1])
    return scalars, collections


def _next(around: _Open | None) -> Path:
    if around is None:
        return ()
    return (*around.path, str(around.key.value) if around.is_mapping else around.position)


def _done(around: _Open) -> None:
    around.key = None
    around.position += 1


def _index(mark: Any) -> int:
    return int(mark.index)


def _column(mark: Any) -> int:
    return int(mark.column)


def _trimmed(text: str, event: yaml.ScalarEvent) -> int:
    """Return where a scalar ends, without the line ends that a folded or literal one takes with it."""
    start, end = _index(event.start_mark), _index(event.end_mark)
    if event.style in {">", "|"}:
        end = start + len(text[start:end].rstrip())
    return end
