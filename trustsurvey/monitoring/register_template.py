"""What a zone needs to send its records: a file with the headings, and a list of what each column takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from trustsurvey.documents.files import write_file
from trustsurvey.documents.spreadsheet import inert
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Variable
from trustsurvey.monitoring.register_workbook import write_workbook

__all__ = ["write_template"]

# Spreadsheet programs in Belgium take the semicolon for what stands between columns.
BETWEEN = ";"
COLUMNS = ("column", "meaning", "takes", "required", "only where", "lowest", "highest", "code", "label")
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "column": {"fr": "colonne", "nl": "kolom"},
        "meaning": {"fr": "signification", "nl": "betekenis"},
        "takes": {"fr": "contenu", "nl": "inhoud"},
        "required": {"fr": "obligatoire", "nl": "verplicht"},
        "only where": {"fr": "seulement si", "nl": "alleen als"},
        "lowest": {"fr": "minimum", "nl": "minimum"},
        "highest": {"fr": "maximum", "nl": "maximum"},
        "code": {"fr": "code", "nl": "code"},
        "label": {"fr": "libellé", "nl": "omschrijving"},
        "yes": {"fr": "oui", "nl": "ja"},
        "no": {"fr": "non", "nl": "nee"},
        "one of the codes": {"fr": "un des codes", "nl": "een van de codes"},
        "a number": {"fr": "un nombre", "nl": "een getal"},
        "a day, YYYY-MM-DD": {"fr": "un jour, AAAA-MM-JJ", "nl": "een dag, JJJJ-MM-DD"},
        "Y, or nothing": {"fr": "Y, ou rien", "nl": "Y, of niets"},
        "text of the form": {"fr": "texte de la forme", "nl": "tekst van de vorm"},
        "one row": {"fr": "une ligne", "nl": "één rij"},
        "key": {"fr": "clé", "nl": "sleutel"},
        "check": {"fr": "contrôle", "nl": "controle"},
    }
)


def write_template(instrument: Instrument, output: Path, language: str = "") -> tuple[Path, ...]:
    """Write an empty file of records and the list of its columns and codes.

    Parameters
    ----------
    instrument : Instrument
        The register.
    output : Path
        A workbook (.xlsx), which holds the list on its second sheet and lets choose from the codes; or a CSV file, the
        list beside it in ``<name>.codes.csv``.
    language : str
        That of the list; the register's first unless given.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    InputError, UnknownNameError
        No register, neither .xlsx nor .csv, or a language that it does not have.
    WriteError
    """
    if instrument.record is None:
        raise InputError(f"{instrument.name} {instrument.version} is no register, as it has no record; name a register")
    if output.suffix.lower() not in {".csv", ".xlsx"}:
        raise InputError(f"{output} is neither .xlsx nor .csv; name the file accordingly")
    told = language or instrument.languages[0]
    if told not in instrument.languages:
        raise UnknownNameError("language", told, instrument.languages)
    columns = [_word(each, told) for each in COLUMNS]
    empty = [""] * len(COLUMNS)
    about = [[*row, *empty][: len(COLUMNS)] for row in _rows(instrument, told)]
    if output.suffix.lower() == ".xlsx":
        write_workbook(output, instrument, columns, about)
        return (output,)
    codes = output.with_name(f"{output.stem}.codes.csv")
    write_file(output, (_text([[variable.name for variable in instrument.variables]])).encode("utf-8-sig"))
    write_file(codes, (_text([columns, *about])).encode("utf-8-sig"))
    return output, codes


def _rows(instrument: Instrument, language: str) -> Iterator[Sequence[str]]:
    for group in instrument.groups:
        for question in group.questions:
            for variable in question.variables():
                yield from _variable(instrument, group, question, variable, language)
    if instrument.record:
        yield (_word("one row", language), instrument.record.unit[language])
        if instrument.record.key:
            yield (_word("key", language), ", ".join(instrument.record.key))
    for check in instrument.checks:
        yield (f"{_word('check', language)} {check.code}", check.message[language])


def _variable(
    instrument: Instrument, group: Group, question: Question, variable: Variable, language: str
) -> Iterator[Sequence[str]]:
    meaning = question.text[language]
    if variable.label is not question.text:
        meaning = f"{meaning} [{variable.label[language]}]"
    if question.help:
        meaning = f"{meaning} ({question.help[language]})"
    where = " and ".join(text for text in (group.ask_if, question.ask_if) if text)
    required = "yes" if question.mandatory == "hard" and question.type is not QuestionType.MULTIPLE else "no"
    takes = _word(_takes(variable), language) + (f" {question.pattern}" if question.pattern else "")
    lowest, highest = (_limit(each) for each in (question.minimum, question.maximum))
    about = (variable.name, meaning, takes, _word(required, language), where, lowest, highest)
    codes = [(point.code, point.label[language]) for point in variable.levels]
    offered = ((question.dont_know, instrument.dont_know), (question.refused, instrument.refused))
    if codes:
        codes += [(reason.code, reason.label[language]) for wanted, reason in offered if wanted and reason]
    for number, (code, label) in enumerate(codes):
        yield (*(about if number == 0 else (variable.name, *[""] * (len(about) - 1))), code, label)
    if not codes:
        yield about


def _takes(variable: Variable) -> str:
    match variable.kind:
        case "number":
            return "a number"
        case "date":
            return "a day, YYYY-MM-DD"
        case "boolean":
            return "Y, or nothing"
        case "text":
            return "text of the form"
        case _:
            return "one of the codes"


def _limit(limit: float | str | None) -> str:
    return "" if limit is None else f"{limit:g}" if isinstance(limit, float) else limit


def _word(word: str, language: str) -> str:
    return WORDS[word].get(language, word)


def _text(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=BETWEEN, lineterminator="\r\n")
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
    return buffer.getvalue()
