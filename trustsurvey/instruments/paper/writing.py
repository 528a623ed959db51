"""Paper forms as files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from trustsurvey.documents.files import write_file
from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.docx import docx_bytes
from trustsurvey.instruments.paper.form import paper_form
from trustsurvey.instruments.paper.pdf import pdf_bytes

__all__ = ["FORMATS", "write_paper"]

WRITERS = {"pdf": pdf_bytes, "docx": docx_bytes}
FORMATS = tuple(WRITERS)


def write_paper(
    instrument: Instrument, language: str, base: str | os.PathLike[str], formats: Sequence[str] = FORMATS
) -> dict[str, Path]:
    """Write an instrument as a form to print and fill in by hand.

    Parameters
    ----------
    instrument : Instrument
    language : str
        One of the instrument's.
    base : path
        Without an ending; each format adds its own.
    formats : sequence of "pdf" or "docx"

    Returns
    -------
    dict of Path
        The file of each format.

    Raises
    ------
    UnknownNameError
        No such language or format.
    ReportError
        Typst or pandoc failed.
    WriteError
        A file cannot be written.
    """
    for kind in formats:
        if kind not in WRITERS:
            raise UnknownNameError("format", kind, FORMATS)
    form = paper_form(instrument, language)
    written = {}
    for kind in formats:
        target = Path(f"{os.fspath(base)}.{kind}")
        write_file(target, WRITERS[kind](form))
        written[kind] = target
    return written
