"""Verbs for who writes questionnaires: a new one to start from, and the JSON Schema for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import app, listed
from trustsurvey.documents.files import writing
from trustsurvey.instruments.json_schema import json_schema_text
from trustsurvey.instruments.starting import KINDS, new_instrument

__all__: list[str] = []


@app.command()
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; the terminal unless given.")
    ] = None,
) -> None:
    """Print the JSON Schema of questionnaire files, with which editors complete and complain."""
    text = json_schema_text()
    if output is None:
        typer.echo(text, nl=False)
        return
    with writing(output):
        output.write_text(text, encoding="utf-8")
    typer.echo(str(output))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    languages: Annotated[str, typer.Option(help="Languages, separated by commas; the first is the main one.")] = (
        "fr,nl,en"
    ),
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = "survey",
    folder: Annotated[Path, typer.Option(help="Where questionnaires stand.")] = Path("instruments"),
) -> None:
    """Write a short draft to start from; nothing is overwritten."""
    path = new_instrument(name, listed(languages), kind, folder)
    typer.echo(f"{path}: a draft to change; trustsurvey check {path} says what to look at")
