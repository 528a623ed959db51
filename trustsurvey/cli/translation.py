"""Verbs for translations: how far they are, sheets out and in, a pseudo-translation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from trustsurvey.cli.application import InstrumentArgument, app, counted
from trustsurvey.documents.files import write_file
from trustsurvey.errors import InputError
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.translation.completeness import translation_states
from trustsurvey.instruments.translation.importing import import_sheet
from trustsurvey.instruments.translation.pseudo import pseudo_instrument
from trustsurvey.instruments.translation.sheet import export_sheet
from trustsurvey.instruments.writing import instrument_text
from trustsurvey.study.instruments import instrument_path

__all__: list[str] = []

SHOW = "show"
MOST_KEYS = 10


class _ShowUnlessNamed(TyperGroup):
    """Takes a word that is no verb for the questionnaire whose translations are shown."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [SHOW, *args]
        return super().parse_args(ctx, args)


translations = typer.Typer(
    cls=_ShowUnlessNamed,
    no_args_is_help=True,
    help="Translations of a questionnaire: name one to see how far they are.",
)
app.add_typer(translations, name="translations")


@translations.command(SHOW)
def show(instrument: InstrumentArgument) -> None:
    """Say for each language how many texts there are, which are missing and which are as in the first language."""
    path = instrument_path(instrument, Path())
    for state in translation_states(path):
        texts, words = counted(state.texts, "text"), counted(state.words, "word")
        there = state.texts - len(state.missing)
        typer.echo(f"{state.language}: {there} of {texts}, {words}; {len(state.same)} as in the first language")
        for key in state.missing[:MOST_KEYS]:
            typer.echo(f"  missing: {key}")
        if len(state.missing) > MOST_KEYS:
            typer.echo(f"  and {len(state.missing) - MOST_KEYS} more")


@translations.command("export")
def export(
    instrument: InstrumentArgument,
    source: Annotated[str, typer.Option("--from", help="The language to translate from.")],
    target: Annotated[str, typer.Option("--to", help="The language to translate to, old or new.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The sheet to write: .xlsx or .csv.")],
) -> None:
    """Write a sheet for a translator: a row a text, with its place and the other languages."""
    number = export_sheet(instrument_path(instrument, Path()), source, target, output)
    typer.echo(f"{output}: {counted(number, 'text')} from {source} to {target}; write in the column target ({target})")


@translations.command("import")
def import_(
    instrument: InstrumentArgument,
    sheet: Annotated[Path, typer.Argument(help="The sheet that came back: .xlsx or .csv.")],
    language: Annotated[str, typer.Option(help="The language that it is for.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; the questionnaire itself unless given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change; write nothing.")] = False,
) -> None:
    """Show old and new of each text that a translator's sheet changes, and write it; with --dry-run, only show it.

    The texts are written where they stand; nothing else in the file changes.
    """
    path = instrument_path(instrument, Path())
    if path.parent.name == "releases" and output is None and not dry_run:
        raise InputError(f"{path} is released and never changes; import into the draft, or give --output")
    found = import_sheet(path, sheet, language)
    changed = counted(len(found.changes), "text")
    for change in found.changes:
        typer.echo(change.key)
        for sign, words in (("-", change.old), ("+", change.new)):
            for line in words.splitlines():
                typer.echo(f"  {sign} {line}")
    if found.untranslated:
        lacking = counted(len(found.untranslated), "text has", "texts have")
        typer.echo(f"{lacking} no translation in {language} yet", err=True)
    if dry_run:
        typer.echo(f"{changed} would change; nothing was written")
        return
    written = found.write(output)
    typer.echo(f"{written}: {changed} changed in {language}")


@translations.command("pseudo")
def pseudo(
    instrument: InstrumentArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; NAME.pseudo.yaml unless given.")
    ] = None,
    language: Annotated[str, typer.Option(help="The language to replace; the last one unless given.")] = "",
) -> None:
    """Write a copy in which one language is longer and accented, to see where a layout has no place for it."""
    path = instrument_path(instrument, Path())
    found = load_instrument(path)
    changed = pseudo_instrument(found, language)
    target = output or Path(f"{found.name}.pseudo.yaml")
    if target.resolve() == path.resolve():
        raise InputError(f"{target} is the questionnaire itself; give another --output")
    write_file(target, instrument_text(changed))
    typer.echo(f"{target}: {language or found.languages[-1]} is a pseudo-translation; look at it, and do not field it")
