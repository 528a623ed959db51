"""Read a Quarto source: its header and its cells, and fill in parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from trustsurvey.errors import MissingFileError, ReportError

__all__ = ["Block", "Source", "filled", "read_source", "text_of"]

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})\s*(?P<info>.*)$")
_PYTHON = re.compile(r"^\{python\b[^}]*\}\s*$")
_OPTION = re.compile(r"^#\|\s?(?P<text>.*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a source: Markdown text, or a code cell.

    Parameters
    ----------
    kind : "text" or "code"
    content : str
        Without fence and options.
    line : int
        Where the content starts in the source, from 1.
    raw : str
        As it stands in the source, with fence and options.
    options : mapping
        The ``#|`` options of a code cell.
    """

    kind: Literal["text", "code"]
    content: str
    line: int
    raw: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A Quarto source.

    Parameters
    ----------
    name : str
        What messages call it.
    header : mapping
        The YAML at its top.
    blocks : tuple of Block
    """

    name: str
    header: Mapping[str, Any]
    blocks: tuple[Block, ...]


def read_source(path: Path) -> Source:
    """Read a ``.qmd`` file.

    Raises
    ------
    MissingFileError
        No such file.
    ReportError
        The file is not UTF-8, its header or the options of a cell are not YAML, or a cell is not closed.
    """
    name = str(path)
    lines = _text(path, name).splitlines()
    header, start = _header(lines, name)
    return Source(name, header, tuple(_blocks(lines, start, name)))


def filled(source: Source, parameters: Mapping[str, Any], header: Mapping[str, Any]) -> Source:
    """Return a source with other parameters and header entries.

    The parameters follow the cell tagged ``parameters``, as papermill has it; an entry of None leaves the header.

    Raises
    ------
    ReportError
        The source has no such cell, or several.
    """
    tagged = [number for number, block in enumerate(source.blocks) if "parameters" in _tags(block)]
    if len(tagged) != 1:
        message = f"{source.name} has {len(tagged)} cells tagged `parameters`"
        raise ReportError(f"{message}; give it one, with #| tags: [parameters]")
    content = "\n".join(f"{key} = {value!r}" for key, value in parameters.items())
    raw = f"```{{python}}\n#| include: false\n{content}\n```"
    cell = Block("code", content, source.blocks[tagged[0]].line, raw, {"include": False})
    after = tagged[0] + 1
    merged = {key: value for key, value in {**source.header, **header}.items() if value is not None}
    return Source(source.name, merged, (*source.blocks[:after], cell, *source.blocks[after:]))


def text_of(source: Source) -> str:
    """Return a source as the text of a file."""
    header = yaml.safe_dump(dict(source.header), allow_unicode=True, sort_keys=False, width=1000)
    return "\n".join(["---", header.rstrip(), "---", *(block.raw for block in source.blocks), ""])


def _tags(block: Block) -> list[str]:
    tags = block.options.get("tags") or []
    return [tags] if isinstance(tags, str) else list(tags)


def _text(path: Path, name: str) -> str:
    if path.is_dir():
        raise MissingFileError(f"{name} is a folder; give the path of a report source, a .qmd file")
    if not path.is_file():
        raise MissingFileError(f"no report source {name}; give the path of a .qmd file")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(f"{name} is not UTF-8; save it as UTF-8") from error


def _header(lines: list[str], name: str) -> tuple[Mapping[str, Any], int]:
    """Return the header and the number of lines it takes."""
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        raise ReportError(f"{name}:1: the header is not closed; end it with a line of three hyphens")
    found = _yaml("\n".join(lines[1:end]), name, 2, "the header")
    return found, end + 1


def _yaml(text: str, name: str, line: int, what: str) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = line + (mark.line if mark else 0)
        raise ReportError(f"{name}:{at}: {what} is not YAML; check colons, quotes and indentation") from error
    if not isinstance(found, dict):
        raise ReportError(f"{name}:{line}: {what} is not made of `key: value` lines; write it so")
    return found


def _blocks(lines: list[str], start: int, name: str) -> Iterator[Block]:
    text: list[str] = []
    text_line = number = start
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if not fence:
            text.append(lines[number])
            number += 1
            continue
        opened = number
        number += 1
        closing = re.compile(rf"^{re.escape(fence['fence'])}+\s*$")
        while number < len(lines) and not closing.match(lines[number]):
            number += 1
        if number == len(lines):
            raise ReportError(f"{name}:{opened + 1}: this code block is not closed; end it with {fence['fence']}")
        number += 1
        if not _PYTHON.match(fence["info"]):
            text += lines[opened:number]  # a block of code to show, not a cell
            continue
        if text:
            yield _text_block(text, text_line + 1)
        yield _cell(lines[opened:number], opened + 1, name)
        text, text_line = [], number
    if text:
        yield _text_block(text, text_line + 1)


def _text_block(lines: list[str], line: int) -> Block:
    content = "\n".join(lines)
    return Block("text", content, line, content)


def _cell(lines: list[str], line: int, name: str) -> Block:
    """Return the code cell that these lines, fences included, make."""
    inside = lines[1:-1]
    count = 0
    while count < len(inside) and _OPTION.match(inside[count]):
        count += 1
    written = "\n".join(found["text"] for each in inside[:count] if (found := _OPTION.match(each)))
    options = _yaml(written, name, line + 1, "the header of the cell")
    return Block("code", "\n".join(inside[count:]), line + 1 + count, "\n".join(lines), options)
