"""The parts of a DDI document about the document itself, the study and the file."""

from __future__ import annotations

import importlib.metadata
from pathlib import PurePath
from xml.etree.ElementTree import Element

from trustsurvey.instruments.codebook.counts import CodeCounts
from trustsurvey.instruments.codebook.ddi_elements import add, all_words, in_words, texts
from trustsurvey.instruments.codebook.entries import Entry
from trustsurvey.instruments.codebook.words import Words
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Text

__all__ = ["FILE", "add_document", "add_file", "add_study"]

FILE = "F1"


def add_document(root: Element, instrument: Instrument, language: str) -> None:
    """Add what the document is and what wrote it."""
    citation = add(add(root, "docDscr"), "citation")
    titles = {each: Words(each)("title", title=instrument.title[each]) for each in instrument.languages}
    _titles(citation, Text.of(titles), language, f"{instrument.name}@{instrument.version}-codebook")
    production = add(citation, "prodStmt")
    version = importlib.metadata.version("trustsurvey")
    add(production, "software", "trustsurvey", attributes={"version": version})


def add_study(root: Element, instrument: Instrument, language: str, entries: tuple[Entry, ...]) -> None:
    """Add what is measured, of whom, and how."""
    provenance = dict(instrument.provenance)
    study = add(root, "stdyDscr")
    citation = add(study, "citation")
    _titles(citation, instrument.title, language, f"{instrument.name}@{instrument.version}")
    if author := provenance.get("author"):
        add(add(citation, "prodStmt"), "producer", author)
    version = add(citation, "verStmt")
    add(version, "version", instrument.version, attributes={"type": "release"})
    add(version, "notes", instrument.digest, attributes={"type": "digest", "subject": "SHA-256"})
    information = add(study, "stdyInfo")
    concepts = dict.fromkeys(entry.variable.concept for entry in entries if entry.variable.concept)
    if concepts:
        subject = add(information, "subject")
        for concept in concepts:
            add(subject, "keyword", concept)
    texts(information, "abstract", instrument.description or instrument.title)
    summary = add(information, "sumDscr")
    if instrument.record:
        texts(summary, "anlyUnit", instrument.record.unit)
    if population := provenance.get("population"):
        add(summary, "universe", population)
    collection = add(add(study, "method"), "dataColl")
    if frequency := provenance.get("frequency"):
        add(collection, "frequenc", frequency)
    for mode in () if instrument.record else instrument.modes:
        in_words(collection, "collMode", f"mode_{mode}", all_words(instrument))
    told = {"author", "population", "frequency"}
    for key, value in instrument.provenance:
        if key not in told:
            add(study, "notes", value, attributes={"type": key})
    for change in instrument.editorial:
        add(study, "notes", change.reason, attributes={"type": "editorial change", "subject": change.item})
    for check in instrument.checks:
        rule = f"{check.rule} (when {check.when})" if check.when else check.rule
        add(study, "notes", rule, attributes={"type": "check", "subject": check.code})
        texts(study, "notes", check.message, {"type": "message of a check", "subject": check.code})


def add_file(root: Element, instrument: Instrument, entries: tuple[Entry, ...], counts: CodeCounts) -> None:
    """Add the file that was counted."""
    element = add(root, "fileDscr", attributes={"ID": FILE})
    content = add(element, "fileTxt")
    if counts.file:
        add(content, "fileName", counts.file)
    dimensions = add(content, "dimensns")
    if counts.respondents is not None:
        add(dimensions, "caseQnty", str(counts.respondents))
    add(dimensions, "varQnty", str(4 + len(entries)))
    if suffix := PurePath(counts.file).suffix:
        add(content, "fileType", suffix[1:])
    for words in all_words(instrument):
        values = {"minimum": counts.minimum, "step": counts.step, "withheld": words("not_shown")}
        add(element, "notes", words("counts_note", **values), words.language, {"type": "disclosure control"})


def _titles(citation: Element, title: Text, language: str, number: str) -> None:
    statement = add(citation, "titlStmt")
    add(statement, "titl", title[language], language)
    for other, words in title.translations:
        if other != language:
            add(statement, "parTitl", words, other)
    add(statement, "IDNo", number)
