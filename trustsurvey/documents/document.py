"""A YAML file as plain data in which every value still knows its line and column.

Numbers, ``true``, ``false`` and ``null`` are those of YAML 1.2's core schema; ``no``, ``on``, dates, ``1:30`` and
``007`` stay text. Anchors, aliases and tags are refused, so a small file cannot grow into a large one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, TypeAlias

import yaml

from trustsurvey.documents.syntax import explain
from trustsurvey.documents.text import read_text
from trustsurvey.errors import Problem

__all__ = ["Document", "Path", "Place", "Plain", "read_document", "value_of"]

Path: TypeAlias = tuple[str | int, ...]

DEEPEST = 20
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

NULL = re.compile(r"|~|null|Null|NULL")
BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
SPECIAL = re.compile(r"(?P<sign>[-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
LONGEST_NUMBER = 300


class Plain(str):
    """A scalar written without quotes, which may stand for a number, true, false or nothing; see ``value_of``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value begins; ``text_column`` is that of its first character, 0 where it spans lines or has escapes."""

    line: int
    column: int
    text_column: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file holds.

    Parameters
    ----------
    file : str
        The name to use in messages.
    content : dict, list, str or None
        Keys are text, scalars are ``str`` (quoted) or ``Plain``; None where the syntax is wrong.
    values, keys : mapping of path to place
        Where values and keys begin; a path is a tuple of keys and positions in lists.
    problems : tuple of Problem
        What is wrong with the file as YAML.
    """

    file: str
    content: Any = None
    values: Mapping[Path, Place] = field(default_factory=dict)
    keys: Mapping[Path, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def place(self, path: Path) -> Place:
        """Return where the value at a path begins, or the nearest value around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(0, 0))

    def problem(self, path: Path, message: str, remedy: str, *, key: bool = False, character: int = 0) -> Problem:
        """Return a problem with the value at a path: with its key, or with one of its characters, counted from 1."""
        place = self.keys[path] if key and path in self.keys else self.place(path)
        column = place.column
        if character and place.text_column:
            column = place.text_column + character - 1
        return Problem(self.file, place.line, column, message, remedy)

    def plain(self) -> Any:
        """Return the content with numbers, booleans and None in place of the scalars that stand for them."""
        return _resolved(self.content)


def read_document(path: str | PathLike[str]) -> Document:
    """Read a YAML file; whatever is wrong with its text or syntax is among ``problems``.

    Raises
    ------
    MissingFileError
        The file does not exist.
    """
    file, text, problems = read_text(path)
    if problems:
        return Document(file, problems=problems)
    reader = _Reader(file)
    try:
        reader.read(yaml.parse(text, Loader=LOADER))
    except yaml.YAMLError as error:
        reader.content = None
        reader.problems.append(explain(file, text, error))
    except _TooDeepError:
        reader.content = None
    return Document(file, reader.content, reader.values, reader.keys, tuple(reader.problems))


def value_of(scalar: object) -> Any:
    """Return what a scalar stands for: a number, a boolean, None, or its text."""
    if not isinstance(scalar, Plain):
        return scalar
    text = str(scalar)
    if NULL.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if len(text) <= LONGEST_NUMBER:
        if WHOLE.fullmatch(text):
            return int(text)
        if FLOAT.fullmatch(text):
            return float(text)
        if special := SPECIAL.fullmatch(text):
            return float(f"{special['sign']}inf") if special["sign"] is not None else float("nan")
    return text


def _resolved(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _resolved(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_resolved(value) for value in content]
    return value_of(content)


class _TooDeepError(Exception):
    """Nesting that no file of ours needs."""


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled."""

    content: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None
    repeated: bool = False


class _Reader:
    """Builds the data from the parser's events without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.content: Any = None
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.documents = 0

    def read(self, events: Iterator[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents == 2:
                    self._complain(event, "a second document starts here (---)", "keep one document in a file")
                    self.content = None
                    return
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._refuse(event)
                self._start({} if isinstance(event, yaml.MappingStartEvent) else [], event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
            elif isinstance(event, yaml.AliasEvent):
                self._complain(event, f"the alias *{event.anchor} is not supported", "write the value out here")
                self._put(Plain(""), event)
        if self.documents == 0:
            remedy = "write it, or restore what was lost"
            self.problems.append(Problem(self.file, 1, 1, "the file holds nothing", remedy))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._refuse(event)
        around = self.open[-1] if self.open else None
        if around and isinstance(around.content, dict) and around.key is None:
            self._key(around, str(event.value), event)
        else:
            plain = event.implicit[0] and event.tag is None
            self._put(Plain(event.value) if plain else str(event.value), event)

    def _key(self, around: _Open, key: str, event: yaml.Event) -> None:
        path = (*around.path, key)
        around.key = key
        around.repeated = key in around.content
        if around.repeated:
            # What stood where a key should has no place of its own, and was complained about.
            first = f", first on line {self.keys[path].line}" if path in self.keys else ""
            self._complain(event, f"the key {key} is given twice{first}", "keep one of the two, or rename one")
        else:
            self.keys[path] = _place(event)

    def _start(self, content: dict[str, Any] | list[Any], event: yaml.Event) -> None:
        around = self.open[-1] if self.open else None
        if around and isinstance(around.content, dict) and around.key is None:
            self._complain(event, "a list or mapping stands where a key should", "write a key, a colon and a value")
            around.key, around.repeated = "", True
            self.open.append(_Open(content, (*around.path, "")))
        else:
            self.open.append(_Open(content, self._put(content, event)))
        if len(self.open) > DEEPEST:
            self._complain(
                event, f"the file is nested more than {DEEPEST} levels deep", "check the brackets and the indentation"
            )
            raise _TooDeepError

    def _put(self, content: Any, event: yaml.Event) -> Path:
        if not self.open:
            self.content = content
            self.values[()] = _place(event)
            return ()
        around = self.open[-1]
        if isinstance(around.content, list):
            path: Path = (*around.path, len(around.content))
            around.content.append(content)
            self.values[path] = _place(event)
            return path
        key, around.key = around.key or "", None
        path = (*around.path, key)
        if around.repeated:
            return (*around.path, key, "")
        around.content[key] = content
        self.values[path] = _place(event)
        return path

    def _refuse(self, event: yaml.NodeEvent) -> None:
        if event.anchor:
            self._complain(event, f"the anchor &{event.anchor} is not supported", "leave it out; write values in full")
        if getattr(event, "tag", None):
            self._complain(event, f"the tag {event.tag} is not supported", "leave it out")  # type: ignore[attr-defined]

    def _complain(self, event: yaml.Event, message: str, remedy: str) -> None:
        place = _place(event)
        self.problems.append(Problem(self.file, place.line, place.column, message, remedy))


def _place(event: yaml.Event) -> Place:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return Place(0, 0)
    text_column = 0
    if isinstance(event, yaml.ScalarEvent) and start.line == end.line:
        quotes = (end.column - start.column - len(event.value)) / 2
        text_column = start.column + 1 + int(quotes) if quotes in {0, 1} else 0
    return Place(start.line + 1, start.column + 1, text_column)
