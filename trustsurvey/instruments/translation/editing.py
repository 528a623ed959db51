"""Texts put into a YAML file where they stand: everything else stays as it was written, to the byte."""

from __future__ import annotations

import codecs
import re
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import Any

from trustsurvey.documents.document import Path, read_document
from trustsurvey.documents.files import writing
from trustsurvey.errors import WriteError
from trustsurvey.instruments.translation.places import Collection, Scalar, places_in
from trustsurvey.instruments.writing import FOLDED, LITERAL, WIDTH, scalar_text, string_lines

__all__ = ["write_texts"]

USUAL_LAYOUT = "write texts as fr: words, folded ones with >-; nothing was written"
QUOTABLE = re.compile(r"[^\n\r\t\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")


def write_texts(source: File, changes: Mapping[Path, Mapping[str, str]], language: str, output: File) -> None:
    """Write a file with other texts in it.

    Parameters
    ----------
    source, output : Path
        May be the same file.
    changes : mapping of path to mapping of language to text
        The path is that of the text with all its languages.
    language : str
        Added to the list of languages where it is not in it.

    Raises
    ------
    WriteError
        The output cannot be written, or what was to be written does not read back as meant; nothing is changed.
    """
    content = read_document(source).content
    changes = {path: kept for path, texts in changes.items() if (kept := _changed(content, path, texts))}
    data = source.read_bytes()
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data.removeprefix(mark).decode("utf-8")
    written = mark + _edited(text, changes, language).encode("utf-8")
    expected = _expected(content, changes, language)
    with writing(output):
        with tempfile.NamedTemporaryFile(dir=output.parent, suffix=".yaml", delete=False) as file:
            file.write(written)
        draft = File(file.name)
        try:
            found = read_document(draft)
            if found.problems or found.content != expected:
                raise WriteError(f"{source} is laid out in a way that a text cannot be put into; {USUAL_LAYOUT}")
            draft.chmod(source.stat().st_mode)
            draft.replace(output)
        finally:
            draft.unlink(missing_ok=True)


def _changed(content: Any, path: Path, texts: Mapping[str, str]) -> dict[str, str]:
    for part in path:
        content = content[part]
    return {code: words for code, words in texts.items() if content.get(code) != words}


def _expected(content: Any, changes: Mapping[Path, Mapping[str, str]], language: str) -> Any:
    for path, texts in changes.items():
        place = content
        for part in path:
            place = place[part]
        place.update(texts)
    if language not in content["languages"]:
        content["languages"].append(language)
    return content


def _edited(text: str, changes: Mapping[Path, Mapping[str, str]], language: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    scalars, collections = places_in(text)
    edits: list[tuple[int, int, str]] = []
    for path, texts in changes.items():
        for code, words in texts.items():
            if (*path, code) in scalars:
                scalar = scalars[(*path, code)]
                edits.append((scalar.start, scalar.end, _replaced(text, scalar, words)))
            else:
                edits.append(_added(text, collections[path], code, words))
    listed = collections[("languages",)]
    if not any(
        path[:1] == ("languages",) and text[each.start : each.end].strip("'\"") == language
        for path, each in scalars.items()
    ):
        edits.append(_listed(text, listed, language))
    for start, end, words in sorted(edits, reverse=True):
        text = text[:start] + words.replace("\n", newline) + text[end:]
    return text


def _replaced(text: str, scalar: Scalar, words: str) -> str:
    """Return how a text is written in the place of another, in its style where that can hold it."""
    old = text[scalar.start : scalar.end]
    key = text[scalar.key_start : scalar.start] if scalar.key_start < scalar.start else ""
    if scalar.style in {">", "|"}:
        return _block(old, scalar.style, words)
    if scalar.style == "'" and QUOTABLE.fullmatch(words):
        written = "'" + words.replace("'", "''") + "'"
    elif scalar.style == '"':
        written = _double_quoted(words)
    else:
        written = scalar_text(words, flow=scalar.flow)
    if not old:
        # Nothing was written behind the key, perhaps not even a space.
        written = written if key.endswith(" ") else f" {written}"
    end = text.find("\n", scalar.end)
    followed = text[scalar.end : len(text) if end < 0 else end].strip()
    if scalar.flow or followed or not old or scalar.key_column + len(key) + len(written) <= WIDTH:
        return written
    return _long(words, scalar.key_column, written)


def _block(old: str, style: str, words: str) -> str:
    """Return how a text is written in the place of a folded or literal one, with the remark in its first line."""
    header, _, first = old.partition("\n")
    indent = len(first) - len(first.lstrip(" "))
    remark = header.lstrip(">|+-0123456789").rstrip()
    if style == ">" and FOLDED.fullmatch(words):
        return "\n".join([f">-{remark}", *_folded(words, indent)])
    if LITERAL.fullmatch(words) and not re.search(r"\s\n", words.replace("\n\n", "\n")):
        lines = (" " * indent + line if line else "" for line in words.split("\n"))
        return "\n".join([f"|-{remark}", *lines])
    return scalar_text(words) + remark


def _long(words: str, column: int, written: str) -> str:
    """Return a text that its line has no place for."""
    if not FOLDED.fullmatch(words):
        return written
    return "\n".join([">-", *_folded(words, column + 2)])


def _folded(words: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        words,
        max(WIDTH, indent + 20),
        initial_indent=space,
        subsequent_indent=space,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _double_quoted(words: str) -> str:
    written = scalar_text(words)
    if not written.startswith('"'):
        # A plain text has no character that needs a backslash, but it may hold quotes.
        written = '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return written


def _added(text: str, around: Collection, code: str, words: str) -> tuple[int, int, str]:
    """Return the edit that adds a language behind the last one of a text."""
    if around.flow:
        entry = f"{code}: {scalar_text(words, flow=True)}"
        line = text.rfind("\n", 0, around.last_end) + 1
        end = text.find("\n", around.last_end)
        long = (len(text) if end < 0 else end) - line + len(entry) + 2 > WIDTH
        between = "\n" + " " * max(around.start - line + 1, 0) if long else " "
        return around.last_end, around.last_end, f",{between}{entry}"
    column = around.column
    end = text.find("\n", around.last_end)
    end = len(text) if end < 0 else end
    end -= text[:end].endswith("\r")
    lines = _entry(code, words, column)
    return end, end, "".join(f"\n{line}" for line in lines)


def _entry(code: str, words: str, column: int) -> Iterator[str]:
    """Yield a language and its text as lines of a block."""
    space = " " * column
    written = scalar_text(words)
    if FOLDED.fullmatch(words) and column + len(f"{code}: {written}") > WIDTH:
        yield f"{space}{code}: >-"
        yield from _folded(words, column + 2)
    elif "\n" in words:
        yield from (space + line if line else line for line in string_lines(f"{code}:", words, 0))
    else:
        yield f"{space}{code}: {written}"


def _listed(text: str, around: Collection, language: str) -> tuple[int, int, str]:
    if around.flow:
        return around.last_end, around.last_end, f", {language}"
    end = text.find("\n", around.last_end)
    end = len(text) if end < 0 else end
    end -= text[:end].endswith("\r")
    return end, end, f"\n{' ' * around.column}- {language}"
