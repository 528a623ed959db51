"""The command line: verbs of a few lines each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from trustsurvey.demo import run_demo
from trustsurvey.errors import InputError, MissingFileError, TrustSurveyError, UnknownNameError
from trustsurvey.fieldwork.archive import FetchResult
from trustsurvey.fieldwork.files import read_file_responses
from trustsurvey.instruments.reading import check as check_instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.adoption.adopting import adopt_file, write_adoption
from trustsurvey.limesurvey.building import notes_of, write_structure
from trustsurvey.limesurvey.client import base_address
from trustsurvey.limesurvey.credentials import Credentials, keep_credentials
from trustsurvey.progress import Progress
from trustsurvey.publishing.report import FORMATS
from trustsurvey.study import fieldwork
from trustsurvey.study.fieldwork_listing import listed_addresses, listed_status
from trustsurvey.study.instruments import instrument_path
from trustsurvey.study.plan import read_study
from trustsurvey.study.reporting import report_study
from trustsurvey.study.running import run_study

__all__ = ["app", "main"]

app = typer.Typer(
    name="trustsurvey",
    help="Questionnaires as files, weighted answers, trust indices, reports in three languages.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

InstrumentArgument = Annotated[
    str, typer.Argument(help="An instrument that comes with the package, as name@version, or a file.")
]
DeploymentArgument = Annotated[Path, typer.Argument(help="A deployment file.")]
StudyArgument = Annotated[Path, typer.Argument(help="A study file.")]


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar on a terminal, plain lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda message, share=None: print(message, file=sys.stderr, flush=True)  # noqa: ARG005, T201
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def show(message: str, share: float | None = None) -> None:
            bar.update(task, description=message, completed=share)

        yield show


@app.command()
def demo(folder: Annotated[Path, typer.Option(help="Where it is set up.")] = Path("trustsurvey-demo")) -> None:
    """Run the whole way on the embedded platform; end with a report in three languages."""
    with progress() as tell:
        pages = run_demo(folder, tell)
    typer.echo("The reports:")
    for page in pages:
        typer.echo(f"  {page}")


@app.command()
def check(instrument: InstrumentArgument) -> None:
    """Name every problem of a questionnaire file, with its line and remedy."""
    path = instrument_path(instrument, Path())
    problems = check_instrument(path)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        typer.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}", err=True)
        raise typer.Exit(2)
    found = load_instrument(path)
    typer.echo(
        f"{found.name} {found.version}: {len(found.questions)} questions, {len(found.variables)} variables, "
        f"{len(found.indices)} indices, in {', '.join(found.languages)}; digest {found.digest[:12]}"
    )


@app.command()
def build(
    instrument: InstrumentArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .lss file to write.")],
    wave: Annotated[str, typer.Option(help="Name of the wave the survey is for; none unless given.")] = "",
    date_stamp: Annotated[bool, typer.Option(help="Whether LimeSurvey keeps the time of every answer.")] = False,
) -> None:
    """Write a questionnaire as a LimeSurvey structure file, to be imported by hand."""
    found = load_instrument(instrument_path(instrument, Path()))
    survey = write_structure(found, output, wave, date_stamp)
    for note in notes_of(found):
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"{output}: {found.name}@{found.version}, survey {survey.number}, in {', '.join(survey.languages)}")


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="A LimeSurvey structure (.lss, .lsa); with --instrument, answers (.csv, .sav, .dta).")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write; NAME.yaml, or WAVE.parquet, unless given."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Of a structure: a file for everything that is not as it was, with what it was.")
    ] = None,
    instrument: Annotated[str, typer.Option(help="Of answers: the questionnaire, as name@version or a file.")] = "",
    wave: Annotated[str, typer.Option(help="Of answers: the name of the wave.")] = "",
    language: Annotated[str, typer.Option(help="Of answers: their language, where the file does not tell.")] = "",
    ignore: Annotated[str, typer.Option(help="Of answers: columns to leave out, separated by commas.")] = "",
) -> None:
    """Turn a LimeSurvey survey into a questionnaire file, or a file of answers into coded ones."""
    if instrument or wave:
        _import_answers(file, output, instrument, wave, language, _listed(ignore))
        return
    if file.suffix.lower() in {".csv", ".txt", ".tsv", ".sav", ".zsav", ".por", ".dta"}:
        raise InputError(f"{file} looks like answers; give --instrument and --wave, or name a structure file (.lss)")
    adoption = adopt_file(file)
    target = output or Path(f"{adoption.instrument.name}.yaml")
    write_adoption(adoption, target, report)
    for finding in adoption.findings:
        typer.echo(str(finding), err=True)
    typer.echo(f"{target}: {len(adoption.instrument.questions)} questions; {len(adoption.findings)} findings")
    if check_instrument(target):
        typer.echo(f"some rules are not met yet; run trustsurvey check {target} and correct the file", err=True)
        raise typer.Exit(2)


def _import_answers(
    file: Path, output: Path | None, instrument: str, wave: str, language: str, ignore: tuple[str, ...]
) -> None:
    if not instrument or not wave:
        raise InputError("answers need both, the questionnaire and the wave; give --instrument and --wave")
    found = load_instrument(instrument_path(instrument, Path()))
    responses = read_file_responses(file, found, wave, language, ignore)
    target = output or Path(f"{wave}.parquet")
    responses.save(target)
    counts = ", ".join(f"{name} {number}" for name, number in responses.counts.items())
    typer.echo(f"{target}: {counts}")


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
    found = load_instrument(instrument_path(instrument, Path()))
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
        pages = report_study(plan, _listed(language) or plan.languages, _listed(to) or plan.formats, tell)
    for page in pages:
        typer.echo(str(page))


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


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


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
