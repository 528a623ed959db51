"""A text file as text: encodings and characters that do not belong are problems with a line and a column."""

from __future__ import annotations

import codecs
import re
from os import PathLike, fspath
from pathlib import Path

from trustsurvey.errors import MissingFileError, Problem

__all__ = ["LARGEST", "read_text"]

LARGEST = 8_000_000
OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
SAVE_AS_UTF8 = "save the file as UTF-8"
FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
MOST_CHARACTERS_NAMED = 20


def read_text(path: str | PathLike[str]) -> tuple[str, str, tuple[Problem, ...]]:
    """Return the name of a file, its text, and what is wrong with it; the text is empty where something is.

    Raises
    ------
    MissingFileError
        The file does not exist.
    """
    file = fspath(path)
    try:
        data = _bytes(Path(file))
    except FileNotFoundError:
        raise MissingFileError(f"the file {file} does not exist; check the path") from None
    except _UnusableError as error:
        return file, "", (Problem(file, 0, 0, error.message, error.remedy),)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return file, "", (Problem(file, 0, 0, f"the file cannot be read: {reason}", "check the path and its rights"),)
    text, problems = _decoded(file, data)
    return (file, text, ()) if not problems else (file, "", problems)


class _UnusableError(Exception):
    """A file that is not worth opening."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise _UnusableError("this is a folder", "name a file in it")
    size = path.stat().st_size
    if size > LARGEST:
        raise _UnusableError(f"the file has {size} bytes, more than {LARGEST}", "check that it is the right file")
    return path.read_bytes()


def _decoded(file: str, data: bytes) -> tuple[str, tuple[Problem, ...]]:
    for mark, name in OTHER_ENCODINGS:
        if data.startswith(mark):
            return "", (Problem(file, 1, 1, f"the file is written in {name}", SAVE_AS_UTF8),)
    data = data.removeprefix(codecs.BOM_UTF8)
    start = data[:400]
    if start.count(0) > len(start) / 4:
        return "", (Problem(file, 1, 1, "the file is written in UTF-16 or UTF-32, or is no text", SAVE_AS_UTF8),)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode("utf-8"))
        if error.end == len(data) and error.reason == "unexpected end of data":
            message = "the file ends in the middle of a character"
            return "", (Problem(file, line, column, message, "it was cut off; restore the rest"),)
        byte = data[error.start]
        meant = bytes([byte]).decode("cp1252", errors="ignore")
        guess = f" (in Windows-1252 it would be {meant})" if meant and meant.isprintable() else ""
        message = f"the byte 0x{byte:02X}{guess} is not UTF-8"
        remedy = f"{SAVE_AS_UTF8}; text saved as Windows-1252 or Latin-1 must be converted"
        return "", (Problem(file, line, column, message, remedy),)
    problems = []
    for found in FORBIDDEN.finditer(text):
        line, column = _position(text[: found.start()])
        message = f"the invisible character U+{ord(found.group()):04X} stands here"
        problems.append(Problem(file, line, column, message, "delete it"))
        if len(problems) == MOST_CHARACTERS_NAMED:
            break
    return text, tuple(problems)


def _position(before: str) -> tuple[int, int]:
    lines = re.split("\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1
