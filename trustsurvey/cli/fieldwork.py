"""Verbs of fieldwork, on the embedded platform and on LimeSurvey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import DeploymentArgument, InstrumentArgument, app, progress
from trustsurvey.fieldwork.archive import FetchResult
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.client import base_address
from trustsurvey.limesurvey.credentials import Credentials, keep_credentials
from trustsurvey.study import fieldwork
from trustsurvey.study.fieldwork_listing import listed_addresses, listed_status
from trustsurvey.study.instruments import instrument_path

__all__: list[str] = []


@app.command()
def deploy(
    instrument: InstrumentArgument,
    wave: Annotated[str, typer.Option(help="Name of the wave, for example 2026.")],
    to: Annotated[str, typer.Option(help="The platform: sandbox, sandbox:FILE, or the address of a LimeSurvey site.")],
    file: Annotated[
        Path | None, typer.Option(help="The deployment file to write; fieldwork/WAVE.json unless given.")
    ] = None,
    date_stamp: Annotated[
        bool, typer.Option("--date-stamp", help="Let LimeSurvey store when each respondent last saved.")
    ] = False,
) -> None:
    """Put a questionnaire on a platform and write its deployment file."""
    target = file or Path("fieldwork") / f"{wave}.json"
    path = instrument_path(instrument, Path())
    found = load_instrument(path)
    if path.name == "draft.yaml":
        typer.echo(f"warning: {path} is a draft and may change; release it first: trustsurvey release {path}", err=True)
    deployment = fieldwork.deploy(found, wave, to, target, date_stamp)
    typer.echo(
        f"{target}: {deployment.instrument}@{deployment.version}, wave {deployment.wave}, survey {deployment.survey}"
    )
    for line in listed_addresses(fieldwork.addresses(target)):
        typer.echo(line)


@app.command()
def login(address: Annotated[str, typer.Argument(help="The address of a LimeSurvey site.")]) -> None:
    """Keep the account of a LimeSurvey site in the system keyring."""
    base = base_address(address)
    user = typer.prompt("User")
    password = typer.prompt("Password", hide_input=True)
    keep_credentials(base, Credentials(user, password))
    typer.echo(f"{base}: the account {user} is kept in the system keyring")


@app.command()
def participants(
    deployment: DeploymentArgument,
    tokens: Annotated[Path, typer.Argument(help="A CSV file: a column token, and columns of coarse strata.")],
) -> None:
    """Invite participants before a questionnaire opens, which closes it to everybody else."""
    with progress() as tell:
        found = fieldwork.invite_participants(deployment, tokens, tell)
    typer.echo(f"{deployment}: {found.added} participants added, {found.invited} invited in all")


@app.command("open")
def open_(deployment: DeploymentArgument) -> None:
    """Open a deployed questionnaire to respondents."""
    fieldwork.open_survey(deployment)
    typer.echo(f"{deployment}: open")


@app.command()
def status(deployment: DeploymentArgument) -> None:
    """Say how fieldwork stands."""
    found = fieldwork.status(deployment)
    typer.echo(f"{deployment}: {found.state}")
    typer.echo(f"  started {found.started}, completed {found.completed}, unfinished {found.unfinished}")
    for line in listed_status(found):
        typer.echo(line)


@app.command()
def reminders(
    deployment: DeploymentArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The CSV file to write.")],
) -> None:
    """List the participants who have not completed, with the addresses that open the questionnaire for them."""
    number = fieldwork.write_reminders(deployment, output)
    typer.echo(f"{output}: {number} participants have not completed")


@app.command()
def fetch(deployment: DeploymentArgument) -> None:
    """Fetch the answers that are new into the archive beside the deployment file."""
    with progress() as tell:
        result = fieldwork.fetch_answers(deployment, tell)
    _warn_of_edits(deployment, result)
    typer.echo(
        f"{deployment}: {result.new} new, {result.respondents} respondents in the archive, reconciled with the platform"
    )


@app.command()
def close(deployment: DeploymentArgument) -> None:
    """Close a questionnaire, fetch its last answers, and write the checksums of the archive."""
    with progress() as tell:
        result = fieldwork.close_survey(deployment, tell)
    _warn_of_edits(deployment, result)
    typer.echo(f"{deployment}: closed, {result.respondents} respondents in the archive, reconciled with the platform")


def _warn_of_edits(deployment: Path, result: FetchResult) -> None:
    """Say where the questions on the platform are not those that were deployed; the answers are there all the same."""
    for edit in result.edits:
        typer.echo(f"warning: {deployment}: {edit}", err=True)
    if result.edits:
        typer.echo(
            "warning: the survey was edited on the platform since it was deployed, or another version of trustsurvey "
            "deployed it; answers before and after an edit may not be comparable",
            err=True,
        )
