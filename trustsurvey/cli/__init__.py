"""The command line: verbs of a few lines each, one module a theme."""

from __future__ import annotations

import sys

import typer

from trustsurvey.cli import (
    bank,
    codebook,
    fieldwork,
    instruments,
    registers,
    seeing,
    study,
    translation,
    versions,
    writing,
)
from trustsurvey.cli.application import app
from trustsurvey.errors import InputError, MissingFileError, TrustSurveyError, UnknownNameError

__all__ = [
    "app",
    "bank",
    "codebook",
    "fieldwork",
    "instruments",
    "main",
    "registers",
    "seeing",
    "study",
    "translation",
    "versions",
    "writing",
]


def main() -> None:
    """Run the command line.

    Exit code 2 for the user's mistake, 1 for a failure elsewhere; a traceback only with ``--debug``.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    try:
        app(arguments)
    except TrustSurveyError as error:
        if debug:
            raise
        typer.echo(f"error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError | MissingFileError | UnknownNameError) else 1)
    except Exception as error:
        if debug:
            raise
        typer.echo(
            f"error: {type(error).__name__} inside trustsurvey; run the same command with --debug and report it",
            err=True,
        )
        sys.exit(1)
