"""The verb that shows what the bank holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import app
from trustsurvey.documents.document import read_document
from trustsurvey.errors import InstrumentError, UnknownNameError
from trustsurvey.instruments.bank import FILLER, available
from trustsurvey.instruments.draft import Draft
from trustsurvey.instruments.questions import Question, Scale
from trustsurvey.instruments.reading import check, read_draft

__all__: list[str] = []


@app.command()
def bank(
    block: Annotated[str, typer.Argument(help="A block with its version; all of them unless given.")] = "",
    language: Annotated[str, typer.Option(help="The language of the words.")] = "en",
) -> None:
    """List the shared blocks that questionnaires can use, or show the questions and scales of one."""
    known = available(Path("instruments") / "draft.yaml")
    if block and block not in known:
        raise UnknownNameError("block", block, known)
    for name in [block] if block else known:
        draft, scales = _read(known[name])
        if language not in draft.languages:
            raise UnknownNameError("language", language, draft.languages)
        for line in _whole(draft, scales, language) if block else [f"{name}: {_line(draft, scales)}"]:
            typer.echo(line)


def _read(path: Path) -> tuple[Draft, tuple[Scale, ...]]:
    """Return a block and the scales of its own."""
    found = read_draft(path)
    if found is None:
        raise InstrumentError(check(path))
    own = read_document(path).content.get("scales", {})
    return found[0], tuple(placed.content for name, placed in found[0].scales.items() if name in own)


def _questions(draft: Draft) -> tuple[Question, ...]:
    return tuple(placed.content for placed in draft.questions if placed.content.code != FILLER)


def _line(draft: Draft, scales: tuple[Scale, ...]) -> str:
    parts = []
    if questions := _questions(draft):
        made = ", ".join(placed.content.code for placed in draft.derived)
        parts.append(", ".join(question.code for question in questions) + (f"; on import {made}" if made else ""))
    if scales:
        parts.append(f"scales {', '.join(scale.name for scale in scales)}")
    parts += [key for key in ("dont_know", "refused") if getattr(draft.header, key)] if not questions else []
    return "; ".join(parts)


def _whole(draft: Draft, scales: tuple[Scale, ...], language: str) -> Iterator[str]:
    for question in _questions(draft):
        yield f"{question.code} ({question.type}): {question.text[language]}"
        for item in question.items:
            yield f"  {question.code}_{item.code}: {item.text[language]}"
        if question.ask_if:
            yield f"  ask_if: {question.ask_if}"
    for scale in scales:
        yield f"scale {scale.name} ({scale.kind})"
        yield from (f"  {point.code}: {point.label[language]}" for point in scale.points)
    for placed in draft.derived:
        derived = placed.content
        replaced = f", in place of {', '.join(derived.replaces)}" if derived.replaces else ""
        yield f"on import {derived.code}{replaced}"
        yield from (f"  {level.code}: {level.when}" for level in derived.levels)
