"""Verbs that explain data: codebooks, and labelled files of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustsurvey.cli.application import InstrumentArgument, app, listed
from trustsurvey.documents.files import write_file
from trustsurvey.errors import InputError
from trustsurvey.fieldwork.labelled import write_labelled
from trustsurvey.fieldwork.responses import load_responses
from trustsurvey.instruments.codebook.ddi import codebook_ddi
from trustsurvey.instruments.codebook.entries import known_language
from trustsurvey.instruments.codebook.html import codebook_html
from trustsurvey.instruments.codebook.markdown import codebook_markdown
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.publishing.code_counts import publish_code_counts
from trustsurvey.publishing.policy import load_policy
from trustsurvey.study.instruments import instrument_path

__all__: list[str] = []

ENDINGS = ("html", "md", "ddi")


@app.command()
def codebook(
    instrument: InstrumentArgument,
    language: Annotated[str, typer.Option(help="Languages, separated by commas; all of them unless given.")] = "",
    to: Annotated[str, typer.Option(help=f"Formats, separated by commas: {', '.join(ENDINGS)}.")] = "html",
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder that the files are written to.")] = Path(),
    responses: Annotated[
        Path | None, typer.Option(help="Coded answers (.parquet) to count; small counts are withheld.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="A disclosure policy; the one that comes with us unless given.")
    ] = None,
) -> None:
    """Write what every variable is: its question, routing, codes, missing reasons, concept, indices."""
    found = load_instrument(instrument_path(instrument, Path()))
    languages = [known_language(found, each) for each in listed(language) or found.languages]
    formats = listed(to)
    if not formats or (unknown := [each for each in formats if each not in ENDINGS]):
        raise InputError(f"no format {', '.join(unknown) if formats else 'is given'}; choose from {', '.join(ENDINGS)}")
    counts = None
    if responses:
        answers = load_responses(responses)
        if answers.instrument.digest != found.digest:
            name = f"{answers.instrument.name} {answers.instrument.version}"
            raise InputError(f"{responses} holds answers to another questionnaire, {name}; name that one")
        counts = publish_code_counts(answers, load_policy(policy), responses.name)
    base = f"{found.name}-{found.version}"
    texts = {}
    for each in dict.fromkeys(languages):
        if "html" in formats:
            texts[f"{base}-codebook-{each}.html"] = codebook_html(found, each, counts)
        if "md" in formats:
            texts[f"{base}-codebook-{each}.md"] = codebook_markdown(found, each, counts)
    if "ddi" in formats:
        texts[f"{base}-ddi.xml"] = codebook_ddi(found, languages[0], counts)
    for name, content in texts.items():
        write_file(output / name, content)
        typer.echo(str(output / name))


@app.command()
def export(
    responses: Annotated[Path, typer.Argument(help="Coded answers (.parquet).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .sav for SPSS, .dta for Stata.")],
    language: Annotated[
        str, typer.Option(help="The language of the labels; the questionnaire's first unless given.")
    ] = "",
    texts: Annotated[
        bool, typer.Option("--texts", help="Write what respondents typed as well, which may identify them.")
    ] = False,
) -> None:
    """Write coded answers as an SPSS or Stata file with labels and missing reasons."""
    answers = load_responses(responses)
    for note in write_labelled(answers, output, language or None, texts):
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"{output}: {len(answers.frame)} respondents; the file holds answers of single people, keep it safe")
