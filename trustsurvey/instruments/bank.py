"""Shared blocks: scales and questions that stand once in the bank and are used by name and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path as File
from typing import Any

from trustsurvey.documents.document import Document, Path, Place
from trustsurvey.documents.shape import shaped
from trustsurvey.errors import Problem
from trustsurvey.instruments.schema import STAND_INS, BlockEntry
from trustsurvey.resources import share

__all__ = ["FILLER", "as_instrument", "available", "is_block", "places"]

# Stands in a block without questions while it is looked at as an instrument.
FILLER = "FILLER"


def available(file: str | File) -> dict[str, File]:
    """Return the blocks that a file can use, by ``name@version``: those of the bank nearest to it, then ours."""
    folders = [parent / "bank" for parent in File(file).resolve().parents] + [share() / "instruments" / "bank"]
    found: dict[str, File] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/*.yaml")) if folder.is_dir() else ():
            found.setdefault(f"{path.parent.name}@{path.stem}", path)
    return found


def is_block(document: Document) -> bool:
    """Say whether a file is a block of the bank rather than an instrument."""
    return isinstance(document.content, dict) and "block" in document.content and "instrument" not in document.content


def as_instrument(document: Document) -> tuple[Document, list[Problem]]:
    """Return a block as an instrument of one page, so that everything can be checked that is checked there."""
    entry, problems = shaped(document, (), BlockEntry, document.content, "a block of the bank", stand_ins=STAND_INS)
    content = {key: value for key, value in document.content.items() if key not in {"block", "questions"}}
    name = entry.block if entry else "missing"
    languages = entry.languages if entry else []
    words = dict.fromkeys(languages, name)
    questions = entry.questions if entry else []
    filler = [{"code": FILLER, "type": "information", "text": words}]
    group = {"code": "block", "title": words, "questions": questions or filler}
    content |= {"instrument": name, "title": words, "groups": [group]}

    def moved(path: Path) -> Path:
        if path[:1] == ("questions",):
            return ("groups", 0, *path)
        return ("instrument", *path[1:]) if path[:1] == ("block",) else path

    added = Document(document.file, content)
    values = dict(places({"title": words, "groups": [group]}, (), Place(1, 1)))
    values |= {moved(path): place for path, place in document.values.items()}
    keys = {moved(path): place for path, place in document.keys.items()}
    return replace(added, values=values, keys=keys), problems


def places(content: Any, path: Path, place: Place) -> Iterator[tuple[Path, Place]]:
    """Yield every path inside some content, at one place."""
    yield path, place
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(content, dict):
        entries = content.items()
    elif isinstance(content, list):
        entries = enumerate(content)
    for key, value in entries:
        yield from places(value, (*path, key), place)
