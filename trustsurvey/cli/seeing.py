"""Verbs that show a questionnaire: as a page to try, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import InstrumentArgument, app
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
