"""Files that take the place of others together, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trustsurvey.documents.files import writing

__all__ = ["replacing"]


@contextmanager
def replacing(*files: tuple[Path, bytes]) -> Iterator[tuple[Path, ...]]:
    """Write files beside their targets, give them to be looked at, then put them in place one after the other.

    Where anything fails before the last one is in place, those that are new are taken away again.

    Raises
    ------
    WriteError
        A file cannot be written.
    """
    # Not among the releases, where every file is one.
    parts = tuple(_part(target) for target, _ in files)
    placed: list[Path] = []
    try:
        with writing(files[-1][0]):
            for part, (target, content) in zip(parts, files, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                with part.open("wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
            yield parts
            for part, (target, _) in zip(parts, files, strict=True):
                new = not target.exists()
                part.replace(target)
                if new:
                    placed.append(target)
            placed.clear()
    finally:
        for left in (*placed, *parts):
            left.unlink(missing_ok=True)


def _part(target: Path) -> Path:
    folder = target.parent.parent if target.parent.name == "releases" else target.parent
    return folder / f".{target.name}.part"
