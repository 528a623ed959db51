"""Verbs for who writes questionnaires: the JSON Schema for editors, and a new questionnaire to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import app
from trustsurvey.errors import WriteError
from trustsurvey.instruments.json_schema import json_schema_text

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
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WriteError(f"{output} cannot be written ({error.strerror}); check the folder and its rights") from None
    typer.echo(str(output))
