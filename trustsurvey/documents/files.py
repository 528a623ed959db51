"""Writing files: whole or not at all, and what the system says against it in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trustsurvey.errors import WriteError

__all__ = ["write_file", "writing"]


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what the system says against writing a file into a WriteError that names the file."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise WriteError(f"{os.fspath(path)} cannot be written ({reason}); check the folder and the disk") from error


def write_file(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file and the folders above it; an interruption leaves the old one.

    Parameters
    ----------
    path : str or path-like
    content : str or bytes
        Text is written as UTF-8.

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    target, data = Path(path), content.encode() if isinstance(content, str) else content
    with writing(target):
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device, such as the standard output
            return
        temporary = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(target)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise
