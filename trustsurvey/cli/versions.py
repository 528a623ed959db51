"""Verbs for versions of a questionnaire: what changed, and a release that never changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import InstrumentArgument, app
from trustsurvey.documents.files import write_file
from trustsurvey.documents.spreadsheet import csv_text
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.history import compare_files
from trustsurvey.instruments.versions.page import difference_page
from trustsurvey.instruments.versions.releasing import newest_release, release_block, release_instrument
from trustsurvey.instruments.versions.sheet import sheet_lines
from trustsurvey.study.instruments import instrument_path

__all__: list[str] = []


@app.command()
def diff(
    old: Annotated[
        str, typer.Argument(help="The older version, as name@version or a file; a draft alone: its newest release.")
    ],
    new: Annotated[str, typer.Argument(help="The newer version, as name@version or a file.")] = "",
    html: Annotated[Path | None, typer.Option(help="A page to write the same to, for print and signature.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A CSV file: one row a change.")] = None,
) -> None:
    """Say what changed between two versions of a questionnaire, and which series it breaks."""
    after = instrument_path(new or old, Path())
    before = instrument_path(old, Path()) if new else newest_release(after)
    changes = compare_files(before, after)
    if html:
        write_file(html, difference_page(changes))
    if output:
        table = changes.table
        write_file(output, csv_text(list(table.columns), table.itertuples(index=False, name=None)))
    for line in sheet_lines(changes):
        typer.echo(line)


@app.command()
def release(instrument: InstrumentArgument) -> None:
    """Release a draft as a version that never changes, or pin a block of the bank."""
    path = instrument_path(instrument, Path())
    if path.resolve().parents[1].name == "bank":
        typer.echo(f"{release_block(path)}: {path.resolve().parent.name}@{path.stem}")
        return
    made = release_instrument(path)
    since = f", {made.changes.bump} changes since {made.release.after}" if made.changes else ", the first release"
    typer.echo(f"{made.path}: {load_instrument(made.path).name}@{made.release.version}{since}")
    typer.echo(f"  digest {made.release.digest}")
    if made.release.breaks:
        typer.echo(f"  series that break or end: {', '.join(made.release.breaks)}")
