"""Verbs of a whole study: the demonstration, the run, the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import StudyArgument, app, listed, progress
from trustsurvey.demo import run_demo
from trustsurvey.publishing.report import FORMATS
from trustsurvey.study.plan import read_study
from trustsurvey.study.reporting import report_study
from trustsurvey.study.running import run_study

__all__: list[str] = []


@app.command()
def demo(folder: Annotated[Path, typer.Option(help="Where it is set up.")] = Path("trustsurvey-demo")) -> None:
    """Run the whole way on the embedded platform; end with a report in three languages."""
    with progress() as tell:
        pages = run_demo(folder, tell)
    typer.echo("The reports:")
    for page in pages:
        typer.echo(f"  {page}")


@app.command()
def run(study: StudyArgument) -> None:
    """Fetch what is new, weight, score, estimate; write results/ with provenance."""
    with progress() as tell:
        done = run_study(study, tell)
    typer.echo(f"{done.results}: {'written' if done.renewed else 'up to date, nothing was new'}")


@app.command()
def report(
    study: StudyArgument,
    language: Annotated[str, typer.Option(help="Languages, separated by commas; the study's unless given.")] = "",
    to: Annotated[
        str, typer.Option(help=f"Formats, separated by commas: {', '.join(FORMATS)}; the study's unless given.")
    ] = "",
) -> None:
    """Render the reports of a study from its results."""
    plan = read_study(study)
    with progress() as tell:
        pages = report_study(plan, listed(language) or plan.languages, listed(to) or plan.formats, tell)
    for page in pages:
        typer.echo(str(page))
