"""A translator's sheet put back into the questionnaire, once everything about it is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from trustsurvey.documents.document import Document, read_document
from trustsurvey.documents.values import close_to
from trustsurvey.errors import InputFileError, Problem
from trustsurvey.instruments.advice.languages import PLACEHOLDER
from trustsurvey.instruments.bank import available
from trustsurvey.instruments.translation.editing import write_texts
from trustsurvey.instruments.translation.reading_sheets import SheetReading, read_sheet
from trustsurvey.instruments.translation.texts import (
    TranslatableText,
    checked_language,
    languages_of,
    readable_document,
    texts_of,
)

__all__ = ["TextChange", "TranslationImport", "import_sheet"]


@dataclass(frozen=True, slots=True)
class TextChange:
    """One text that a sheet changes; ``old`` is empty where there was none."""

    key: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class TranslationImport:
    """What a sheet would change in one language of a file; ``untranslated`` are keys of a new language without a text.

    ``write`` makes the changes.
    """

    path: Path
    language: str
    changes: tuple[TextChange, ...]
    untranslated: tuple[str, ...]

    def write(self, output: Path | None = None) -> Path:
        """Write the file with the changes, everything else as it was; return its path.

        Raises
        ------
        WriteError
            The file cannot be written; it is as it was.
        """
        document = readable_document(self.path)
        paths = {text.key: text.path for text in texts_of(document)}
        changes = {paths[change.key]: {self.language: change.new} for change in self.changes}
        target = output or self.path
        write_texts(self.path, changes, self.language, target)
        return target


def import_sheet(path: str | PathLike[str], sheet: str | PathLike[str], language: str) -> TranslationImport:
    """Compare a translator's sheet with a questionnaire file or block.

    A language that the file does not name yet is added to it.

    Raises
    ------
    InputFileError
        Everything that is wrong with the sheet, by row: keys that the file does not have, or given twice; sources
        that changed since the export; translations that changed in the file meanwhile; empty translations of a
        language that is complete; texts that are too long; formulas; the sheet of another language or questionnaire;
        a new language that a block lacks.
    InstrumentError
        The file is no YAML or names no languages.
    MissingFileError
        One of the two does not exist.
    """
    document = readable_document(path)
    checked_language(language)
    reading = read_sheet(Path(sheet))
    texts = {text.key: text for text in texts_of(document)}
    problems = [*reading.problems, *_whole(document, str(sheet), reading, language, texts)]
    if not problems:
        problems += _rows(document, str(sheet), reading, language, texts)
    if problems:
        raise InputFileError(problems)
    changes = tuple(
        TextChange(key, texts[key].translations.get(language, ""), target)
        for _, key, _, _, target in reading.rows
        if target and target != texts[key].translations.get(language)
    )
    given = {key for _, key, _, _, target in reading.rows if target}
    untranslated = tuple(
        key
        for key, text in texts.items()
        if key not in given and PLACEHOLDER.search(text.translations.get(language, "TODO"))
    )
    return TranslationImport(Path(path), language, changes, untranslated)


def _whole(
    document: Document, sheet: str, reading: SheetReading, language: str, texts: dict[str, TranslatableText]
) -> Iterator[Problem]:
    """Yield what is wrong with the sheet as such."""
    if reading.target not in {language, ""}:
        message = f"this sheet is for {reading.target}, not for {language}"
        yield Problem(sheet, 1, 1, message, f"give --language {reading.target}, or the sheet for {language}")
        return
    if reading.source not in languages_of(document):
        message = f"this sheet is translated from {reading.source or 'no language'}, which the file does not have"
        yield Problem(sheet, 1, 1, message, f"the languages of the file are {', '.join(languages_of(document))}")
        return
    known = sum(key in texts for _, key, *_ in reading.rows)
    if not reading.rows or 2 * known < len(reading.rows):
        message = f"{known} of the {len(reading.rows)} keys of the sheet are in {document.file}"
        yield Problem(
            sheet, 1, 1, message, "give the sheet of this questionnaire; after changes of codes, export again"
        )
        return
    if language not in languages_of(document):
        yield from _blocks(document, sheet, language)


def _blocks(document: Document, sheet: str, language: str) -> Iterator[Problem]:
    """Yield the blocks that the file uses and that lack a new language."""
    listed = document.content.get("bank", [])
    files = available(document.file)
    for named in listed if isinstance(listed, list) else ():
        file = files.get(str(named))
        if file is None or language in languages_of(read_document(file)):
            continue
        message = f"the block {named}, which the file uses, has no texts in {language}"
        remedy = (
            f"copy {file.name} in bank/{file.parent.name} to a new version, import the translation of that, and name "
            "the new version in bank:"
        )
        yield Problem(sheet, 0, 0, message, remedy)


def _rows(
    document: Document, sheet: str, reading: SheetReading, language: str, texts: dict[str, TranslatableText]
) -> Iterator[Problem]:
    complete = language in languages_of(document)
    first: dict[str, int] = {}
    for number, key, source, now, target in reading.rows:
        if key not in texts:
            guess = close_to(key, texts)
            yield Problem(sheet, number, 1, f"there is no text {key or 'without a key'}", guess or "export again")
            continue
        if key in first:
            yield Problem(sheet, number, 1, f"{key} is given twice, first in row {first[key]}", "keep one of the two")
            continue
        first[key] = number
        text = texts[key]
        old = text.translations.get(language, "")
        if source != text.translations.get(reading.source, ""):
            message = f"the source of {key} in {reading.source} is no longer what was translated"
            yield Problem(sheet, number, 3, message, "export again, and translate the new source")
        if now != old and target not in {now, old, ""}:
            message = f"{key} was changed in the file since the export, and in the sheet"
            yield Problem(sheet, number, 4, message, "export again, and enter the translation there")
        written = complete and old and not PLACEHOLDER.search(old)
        if not target.strip() and (target or written):
            message = f"{key} has no translation in {language}"
            yield Problem(sheet, number, 5, message, "write it; every text has one in each language")
        elif target != target.strip():
            message = f"the translation of {key} begins or ends with a space or line break"
            yield Problem(sheet, number, 5, message, "delete it")
        if text.limit and len(target) > text.limit:
            message = f"the translation of {key} has {len(target)} characters, more than {text.limit}"
            yield Problem(sheet, number, 5, message, "shorten it")
