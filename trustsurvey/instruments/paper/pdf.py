"""A paper form as a PDF, through Typst."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import typst

from trustsurvey.errors import ReportError
from trustsurvey.instruments.paper.blocks import Entry, Field, Form, Grid, Lines, Options, Ranks

__all__ = ["pdf_bytes"]

# Rows after which a question may be split over pages: kept whole, it would leave much of a page empty.
LONGEST_WHOLE = 16


def pdf_bytes(form: Form) -> bytes:
    """Return a form as a PDF that a screen reader can read.

    The fonts are those that come with Typst. Where they lack a script, such as Arabic, the fonts of the machine are
    used beside them, and the PDF makes no promise of accessibility; signs that none of them has show as empty boxes.

    Raises
    ------
    ReportError
        Typst found something wrong.
    """
    sources = {
        "main.typ": files(__package__).joinpath("form.typ").read_bytes(),
        "form.json": json.dumps(_data(form), ensure_ascii=False).encode(),
    }
    try:
        return _compiled(sources, ignore_system_fonts=True, pdf_standards=["ua-1"])
    except (RuntimeError, typst.TypstError):
        pass
    try:
        return _compiled(sources)
    except (RuntimeError, typst.TypstError) as error:
        said = next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")
        raise ReportError(f"Typst could not make the PDF of {form.footer}: {said}") from error


def _compiled(sources: dict[str, bytes], **options: Any) -> bytes:
    compiled = typst.compile(sources, format="pdf", **options)
    return bytes(compiled)


def _data(form: Form) -> dict[str, Any]:
    data = asdict(form)
    for block, plain in zip(form.blocks, data["blocks"], strict=True):
        plain["kind"] = type(block).__name__
        if isinstance(block, Entry):
            plain["breakable"] = sum(map(_rows, block.fields)) > LONGEST_WHOLE
            for field, inside in zip(block.fields, plain["fields"], strict=True):
                inside["kind"] = type(field).__name__
    return data


def _rows(field: Field) -> float:
    match field:
        case Options(options):
            alike = len(options) >= 10 and not any(each.lead for each in options)
            return len(options) / 2 if alike else len(options)
        case Ranks(labels):
            return len(labels)
        case Grid():
            return 2 + 1.5 * len(field.lines)
        case Lines(count):
            return 1.2 * count
    return 2
