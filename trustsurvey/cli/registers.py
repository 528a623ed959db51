"""Verbs for registers: what zones are to send, and the import of what they sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import app
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.monitoring.register_template import write_template
from trustsurvey.monitoring.registers import import_register
from trustsurvey.study.instruments import instrument_path

__all__: list[str] = []

register = typer.Typer(help="Registers of the zones and of the bodies that control them.", no_args_is_help=True)
app.add_typer(register, name="register")

RegisterName = Annotated[str, typer.Option("--register", help="The register: a name, name@version, or a file.")]
Language = Annotated[str, typer.Option(help="The language to write in; the register's first unless given.")]


@register.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="The anonymised records of a zone (.xlsx, .csv, .sav, .dta), one a row.")
    ],
    register: RegisterName,
    period: Annotated[str, typer.Option(help="What the records cover: 2026, 2026-Q1 or 2026-01.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The .parquet file; registers/NAME/PERIOD/ZONE.parquet unless given."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let the records take the place of those imported before.")
    ] = False,
    language: Language = "",
) -> None:
    """Check the records of a zone and keep them; name every problem, and keep nothing, where there is one."""
    definition = load_instrument(instrument_path(register, Path()))
    done = import_register(file, definition, period, output, replace, language)
    zones = f", from {', '.join(done.about.zones)}" if done.about.zones else ""
    typer.echo(f"{done.path}: {done.outcome}, {done.about.rows} records of {definition.name} for {period}{zones}")


@register.command()
def template(
    register: Annotated[str, typer.Argument(help="The register: a name, name@version, or a file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to fill in: .xlsx, or .csv.")],
    language: Language = "",
) -> None:
    """Write an empty file of records, and a list of what each column takes."""
    definition = load_instrument(instrument_path(register, Path()))
    written = write_template(definition, output, language)
    codes = f"; {written[1]}: what each column takes" if len(written) > 1 else ", and what each column takes"
    typer.echo(f"{written[0]}: the headings of {definition.name} {definition.version}{codes}")
