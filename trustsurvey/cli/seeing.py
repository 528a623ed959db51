"""Verbs that show a questionnaire: as a page to try, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import InstrumentArgument, app, listed
from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.paper.writing import FORMATS, write_paper
from trustsurvey.instruments.preview.page import write_preview
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.study.instruments import instrument_path

__all__: list[str] = []


@app.command()
def preview(
    instrument: InstrumentArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page to write; NAME-VERSION.html unless given.")
    ] = None,
) -> None:
    """Write a questionnaire as one page that can be filled in without a server; it sends nothing."""
    found = load_instrument(instrument_path(instrument, Path()))
    target = output or Path(f"{found.name}-{found.version}.html")
    write_preview(found, target)
    typer.echo(f"{target}: {found.name}@{found.version}, {len(found.groups)} pages in {', '.join(found.languages)}")


@app.command()
def paper(
    instrument: InstrumentArgument,
    language: Annotated[
        str, typer.Option(help="Languages, separated by commas; every one of the questionnaire's unless given.")
    ] = "",
    to: Annotated[str, typer.Option(help=f"Formats, separated by commas: {', '.join(FORMATS)}.")] = "pdf",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file without its ending; NAME-VERSION-LANGUAGE unless given."),
    ] = None,
) -> None:
    """Write a questionnaire as a form to print and fill in by hand, with its routing in words."""
    found = load_instrument(instrument_path(instrument, Path()))
    languages = listed(language) or found.languages
    for each in languages:
        if each not in found.languages:
            raise UnknownNameError("language", each, found.languages)
    for each in languages:
        base = Path(f"{found.name}-{found.version}-{each}")
        if output is not None:
            base = output if len(languages) == 1 else output.with_name(f"{output.name}-{each}")
        for path in write_paper(found, each, base, listed(to)).values():
            typer.echo(str(path))
