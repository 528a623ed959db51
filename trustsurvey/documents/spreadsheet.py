"""Text for files that people open in a spreadsheet program, which runs a cell that looks like a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["csv_text", "inert"]

STARTS = frozenset("=+-@\t\r\n")


def inert(text: str) -> str:
    """Return a text that a spreadsheet program shows and never runs: an apostrophe stands before what it would run.

    Text that begins with =, +, -, @ (also in full width, also after blanks), a tab or the end of a line is changed;
    give numbers as numbers, so that a minus sign stays one.
    """
    first = unicodedata.normalize("NFKC", text.lstrip(" \u00a0\ufeff\u200b")[:1])
    return f"'{text}" if first and first in STARTS else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV file as text, its names and its cells of text inert; None becomes an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([inert(name) for name in columns])
    for row in rows:
        writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in row])
    return buffer.getvalue()
