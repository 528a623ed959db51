"""A paper form as a Word document, through pandoc: its blocks become pandoc's own, so no text is read as markup."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from functools import singledispatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pypandoc

from trustsurvey.errors import ReportError
from trustsurvey.instruments.paper.blocks import (
    Block,
    DateField,
    Ending,
    Entry,
    Explanation,
    Field,
    Form,
    Grid,
    Lines,
    NumberField,
    Opening,
    Options,
    Ranks,
    Scores,
    Section,
)
from trustsurvey.instruments.paper.reference import reference_docx

__all__ = ["docx_bytes"]

Node: TypeAlias = dict[str, Any]

PANDOC_API = [1, 23, 1]
BOX = "☐"
ROOM = "_" * 30
LINE = "_" * 75
PLAIN: list[Any] = ["", [], []]
TAB: Node = {"t": "RawInline", "c": ["openxml", "<w:r><w:tab/></w:r>"]}


def docx_bytes(form: Form) -> bytes:
    """Return a form as a Word document, whose tables have header rows and whose headings are headings.

    Raises
    ------
    ReportError
        Pandoc is missing or failed.
    """
    arrow = "←" if form.direction == "rtl" else "→"
    blocks = [node for block in form.blocks for node in _block_nodes(block, arrow)]
    meta = {
        "lang": {"t": "MetaInlines", "c": _inlines(form.language)},
        "dir": {"t": "MetaInlines", "c": _inlines(form.direction)},
    }
    document = json.dumps({"pandoc-api-version": PANDOC_API, "meta": meta, "blocks": blocks}, ensure_ascii=False)
    program = _pandoc()
    with TemporaryDirectory() as folder:
        reference, output = Path(folder) / "reference.docx", Path(folder) / "form.docx"
        default = subprocess.run([program, "--print-default-data-file=reference.docx"], capture_output=True)
        reference.write_bytes(reference_docx(default.stdout, form))
        command = [program, "--from=json", "--to=docx", f"--reference-doc={reference}", f"--output={output}"]
        done = subprocess.run(command, input=document, capture_output=True, text=True, encoding="utf-8")
        if done.returncode:
            said = next((line.strip() for line in done.stderr.splitlines() if line.strip()), "no message")
            raise ReportError(f"pandoc could not make the Word document of {form.footer}: {said}")
        return output.read_bytes()


def _pandoc() -> str:
    """Return the pandoc that comes with pypandoc_binary; another one may read other blocks."""
    folder = Path(pypandoc.__file__).parent / "files"
    for program in (folder / "pandoc", folder / "pandoc.exe"):
        if program.is_file():
            return str(program)
    raise ReportError("pandoc is missing; install it with: pip install pypandoc_binary")


def _inlines(text: str) -> list[Node]:
    result: list[Node] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            result.append({"t": "LineBreak"})
        result += [{"t": "Str", "c": line}] if line else []
    return result


def _strong(text: str) -> list[Node]:
    return [{"t": "Strong", "c": _inlines(text)}] if text else []


def _styled(style: str, *inlines: Node) -> Node:
    paragraph = {"t": "Para", "c": list(inlines)}
    return {"t": "Div", "c": [["", [], [["custom-style", style]]], [paragraph]]}


def _said(style: str, text: str) -> list[Node]:
    return [_styled(style, *_inlines(text))] if text else []


def _heading(level: int, text: str) -> Node:
    return {"t": "Header", "c": [level, PLAIN, _inlines(text)]}


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], row_heads: int) -> Node:
    def cells(texts: Sequence[str], head: bool = False) -> list[Any]:
        made = []
        for place, text in enumerate(texts):
            style = "Table Head" if head else "Table Text"
            align = "AlignLeft" if place < row_heads else "AlignCenter"
            made.append([PLAIN, {"t": align}, 1, 1, [_styled(style, *_inlines(text))]])
        return [PLAIN, made]

    columns = [[{"t": "AlignDefault"}, {"t": "ColWidth", "c": width}] for width in widths]
    body = [PLAIN, row_heads, [], [cells(row) for row in rows]]
    head = [PLAIN, [cells(heads, head=True)]]
    return {"t": "Table", "c": [PLAIN, [None, []], columns, head, [body], [PLAIN, []]]}


@singledispatch
def _block_nodes(block: Block, arrow: str) -> Iterator[Node]:
    raise NotImplementedError(type(block).__name__)


@_block_nodes.register
def _(block: Opening, _arrow: str) -> Iterator[Node]:
    yield _heading(1, block.title)
    yield from _said("Form Note", block.description)
    yield from _said("Form Note", block.note)
    yield from _said("Form Text", block.welcome)


@_block_nodes.register
def _(block: Section, _arrow: str) -> Iterator[Node]:
    yield _heading(2, block.title)
    yield from _said("Filter", block.filter)
    yield from _said("Form Text", block.description)


@_block_nodes.register
def _(block: Explanation, _arrow: str) -> Iterator[Node]:
    yield from _said("Filter", block.filter)
    yield from _said("Explanation", block.text)
    yield from _said("Explanation", block.help)


@_block_nodes.register
def _(block: Entry, arrow: str) -> Iterator[Node]:
    yield from _said("Filter", block.filter)
    yield _styled("Question", {"t": "Strong", "c": _inlines(f"{block.number}.\u00a0 {block.text}")})
    yield from _said("Question Help", block.help)
    yield from _said("Instruction", block.instruction)
    for field in block.fields:
        yield from _field_nodes(field, arrow)
    if block.onward:
        yield _styled("Onward", *_strong(f"{arrow} {block.onward}"))


@_block_nodes.register
def _(block: Ending, _arrow: str) -> Iterator[Node]:
    yield _heading(2, block.title)
    yield from _said("Form Text", block.text)


def _field_nodes(field: Field, arrow: str) -> Iterator[Node]:
    match field:
        case Options(options):
            for number, option in enumerate(options, start=1):
                text = f"{BOX}\u00a0 {option.label}" + (f" {ROOM}" if option.writing else "")
                lead = [TAB, *_strong(f"{arrow} {option.lead}")] if option.lead else []
                yield _styled("Answer" if number < len(options) else "Last Answer", *_inlines(text), *lead)
        case Ranks(labels):
            for number, label in enumerate(labels, start=1):
                yield _styled("Answer" if number < len(labels) else "Last Answer", *_inlines(f"____\u00a0 {label}"))
        case Grid(corner, heads, _, lines):
            share = 0.34 if len(heads) > 4 else 0.4
            widths = [share, *[(1 - share) / len(heads)] * len(heads)]
            rows = [[f"{letter}.\u00a0 {text}", *[BOX] * len(heads)] for letter, text in lines]
            yield _table([corner, *heads], rows, widths, 1)
        case Scores(numbers, (low, high)):
            yield _styled("Answer", *_inlines(f"{numbers[0]} = {low}; {numbers[-1]} = {high}"))
            per_row = len(numbers) if len(numbers) <= 11 else -(-len(numbers) // 2)
            for start in range(0, len(numbers), per_row):
                row = numbers[start : start + per_row]
                yield _table([str(each) for each in row], [[BOX] * len(row)], [0.082 * 11 / per_row] * len(row), 0)
        case NumberField():
            yield _styled("Last Answer", *_inlines("_" * 12))
        case DateField((day, month, year)):
            yield _styled("Last Answer", *_inlines(f"__ __ / __ __ / __ __ __ __ ({day} / {month} / {year})"))
        case Lines(count):
            for _ in range(count):
                yield _styled("Writing", *_inlines(LINE))
