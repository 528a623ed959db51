"""Verbs for questionnaire files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import InstrumentArgument, app, counted, listed
from trustsurvey.documents.document import read_document
from trustsurvey.errors import InputError, Problem
from trustsurvey.fieldwork.files import read_file_responses
from trustsurvey.instruments.advice.advising import advise
from trustsurvey.instruments.bank import is_block
from trustsurvey.instruments.duration import duration
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import check as check_instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.releasing import newest_release
from trustsurvey.limesurvey.adoption.adopting import adopt_file, write_adoption
from trustsurvey.limesurvey.building import notes_of, write_structure
from trustsurvey.study.instruments import instrument_path

__all__: list[str] = []


@app.command()
def check(instrument: InstrumentArgument) -> None:
    """Name every problem of a questionnaire or a shared block; where there is none, warn and say how long it takes."""
    path = instrument_path(instrument, Path())
    problems = check_instrument(path)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        typer.echo(counted(len(problems), "problem"), err=True)
        raise typer.Exit(2)
    # A release never changes, so that hints come too late.
    is_release = path.parent.name == "releases"
    hints = [] if is_release else advise(path)
    found = None if is_block(read_document(path)) else load_instrument(path)
    if found is not None and found.editorial and not is_release:
        hints = sorted([*hints, *_stale(path, found)])
    named = f"{found.name} {found.version}" if found else str(path)
    typer.echo(f"{named}: no problems" + (f", {counted(len(hints), 'warning')}" if hints else ""))
    for hint in hints:
        typer.echo(f"warning: {hint}", err=True)
    if found is None:
        return
    numbers = (
        counted(len(found.questions), "question"),
        counted(len(found.variables), "variable"),
        counted(len(found.indices), "index", "indices"),
    )
    typer.echo(f"{', '.join(numbers)}, in {', '.join(found.languages)}; digest {found.digest[:12]}")
    if found.record is None:
        expected = duration(found)
        typer.echo(f"{expected}; {expected.shortest:.0f} on the shortest path")


def _stale(path: Path, draft: Instrument) -> Iterator[Problem]:
    """Yield what a draft declares as editorial and did not change since its newest release."""
    if not any(path.parent.glob("releases/*.yaml")):
        return
    newest = load_instrument(newest_release(path))
    document, spoken = read_document(path), dict(compare_instruments(newest, draft).editorial)
    for position, each in enumerate(draft.editorial):
        if not spoken.get(each, False):
            message = f"no wording of {each.item} changed since {newest.version} [editorial]"
            remedy = "delete it from editorial:; it belongs to the release before, or name what changed in item:"
            yield document.problem(("editorial", position), message, remedy)


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
        _import_answers(file, output, instrument, wave, language, listed(ignore))
        return
    if file.suffix.lower() in {".csv", ".txt", ".tsv", ".sav", ".zsav", ".por", ".dta"}:
        raise InputError(f"{file} looks like answers; give --instrument and --wave, or name a structure file (.lss)")
    adoption = adopt_file(file)
    target = output or Path(f"{adoption.instrument.name}.yaml")
    write_adoption(adoption, target, report)
    for finding in adoption.findings:
        typer.echo(str(finding), err=True)
    numbers = counted(len(adoption.instrument.questions), "question"), counted(len(adoption.findings), "finding")
    typer.echo(f"{target}: {'; '.join(numbers)}")
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
