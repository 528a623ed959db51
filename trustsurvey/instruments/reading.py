"""From an instrument file to an ``Instrument``: either all of it is right, or every problem is reported at once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from os import PathLike
from pathlib import Path as File
from typing import Any

from trustsurvey.documents.document import Document, read_document
from trustsurvey.errors import InputError, InstrumentError, MissingFileError, Problem
from trustsurvey.instruments.bank import as_instrument, is_block
from trustsurvey.instruments.bank_use import with_blocks
from trustsurvey.instruments.checks import problems_of
from trustsurvey.instruments.draft import Draft, draft_of
from trustsurvey.instruments.model import (
    Check,
    Derived,
    DerivedLevel,
    Editorial,
    Group,
    IndexDefinition,
    IndexItem,
    Instrument,
    NonResponse,
    Quota,
    RecordDefinition,
)
from trustsurvey.instruments.questions import Item, Question, QuestionType, Scale, ScalePoint, Text, Variable
from trustsurvey.instruments.schema import IndexEntry, QuotaEntry
from trustsurvey.instruments.versions.bank_ledger import block_problems
from trustsurvey.instruments.versions.ledger import pinned_problems

__all__ = ["check", "load_instrument", "read_canonical", "read_draft"]


# What follows from a block that could not be read.
MISSED = re.compile(
    r"^there is no |^there are no | is no item of |does not say how it is coded|^the group .* is empty$"
)


def load_instrument(path: str | PathLike[str]) -> Instrument:
    """Read a questionnaire from its YAML file; a release that was changed since is refused.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    Instrument

    Raises
    ------
    InstrumentError
        The file holds problems; ``problems`` lists them all with line, column and remedy.
    MissingFileError
        The file does not exist.
    """
    _, instrument, problems = _read(path)
    if instrument is None:
        raise InstrumentError(problems)
    return instrument


def check(path: str | PathLike[str]) -> list[Problem]:
    """Return every problem of an instrument or of a block of the bank, in the file's order; none where it is sound."""
    try:
        return sorted(_read(path, blocks=True)[2])
    except MissingFileError as error:
        return [Problem(str(path), 0, 0, str(error), "name an existing file")]


def read_draft(path: str | PathLike[str]) -> tuple[Draft, Instrument | None] | None:
    """Return the parts of a sound file with their places, and its instrument (None for a block of the bank).

    A file with problems gives None.

    Raises
    ------
    MissingFileError
        The file does not exist.
    """
    draft, instrument, problems = _read(path, blocks=True)
    return None if draft is None or problems else (draft, instrument)


def read_canonical(text: str) -> Instrument:
    """Rebuild an instrument from its canonical form (see ``model.canonical``).

    Raises
    ------
    InputError
        The text is not the canonical form of an instrument.
    """
    try:
        return _instrument(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"this is not the canonical form of an instrument ({type(error).__name__}); "
            "give the text that canonical() returned, unchanged"
        ) from None


def _read(path: str | PathLike[str], *, blocks: bool = False) -> tuple[Draft | None, Instrument | None, list[Problem]]:
    document = read_document(path)
    if document.content is None:
        return None, None, list(document.problems)
    draft, instrument, problems = _looked_at(document, blocks)
    pinned = [*pinned_problems(File(path), instrument.digest if instrument else ""), *block_problems(File(path))]
    return draft, None if pinned else instrument, [*problems, *pinned]


def _looked_at(document: Document, blocks: bool) -> tuple[Draft | None, Instrument | None, list[Problem]]:
    problems = list(document.problems)
    block = is_block(document)
    if block and not blocks:
        remedy = "name it, with its version, in the list bank of an instrument"
        message = "this is a block of the bank, not an instrument"
        return None, None, [document.problem(("block",), message, remedy, key=True)]
    if block:
        document, unfit = as_instrument(document)
        problems.extend(unfit)
    own_scales = _scales(document)
    expanded = with_blocks(document)
    draft, shape_problems = draft_of(expanded.document, scales_known=expanded.complete)
    problems.extend([*expanded.problems, *(() if block and problems else shape_problems)])
    if draft is None:
        return None, None, problems
    shared = draft.scales.keys() - (set() if block else own_scales)
    found = problems_of(replace(draft, used_scales=draft.used_scales | shared))
    problems.extend(each for each in found if expanded.complete or not MISSED.search(each.message))
    if not problems:
        problems.extend(expanded.unused)
    return draft, None if problems or block else _built(draft), problems


def _scales(document: Document) -> set[str]:
    scales = document.content.get("scales") if isinstance(document.content, dict) else None
    return set(scales) if isinstance(scales, dict) else set()


def _built(draft: Draft) -> Instrument:
    header = draft.header
    variables = {variable.name: variable for question in draft.questions for variable in question.content.variables()}
    groups = tuple(
        Group(
            group.entry.code,
            draft.text(group.entry.title),
            tuple(question.content for question in group.questions),
            draft.optional_text(group.entry.description),
            group.entry.ask_if,
        )
        for group in draft.groups
    )
    return Instrument(
        header.instrument,
        header.version,
        draft.languages,
        draft.text(header.title),
        groups,
        draft.optional_text(header.description),
        draft.optional_text(header.welcome),
        draft.optional_text(header.end),
        header.consent,
        draft.non_response("dont_know"),
        draft.non_response("refused"),
        tuple(derived.content for derived in draft.derived),
        tuple(_index(draft, index.content, variables) for index in draft.indices),
        tuple(header.provenance.items()),
        tuple(_quota(draft, quota.content) for quota in draft.quotas),
        tuple(header.modes),
        tuple(Editorial(each.item, each.reason, each.since) for each in header.editorial),
        RecordDefinition(draft.text(header.record.unit), tuple(header.record.key)) if header.record else None,
        tuple(
            Check(each.content.code, each.content.rule, draft.text(each.content.message), each.content.when)
            for each in draft.checks
        ),
    )


def _quota(draft: Draft, entry: QuotaEntry) -> Quota:
    when = tuple((question, tuple(answers)) for question, answers in entry.when.items())
    return Quota(entry.code, entry.limit, when, draft.text(entry.message))


def _index(draft: Draft, entry: IndexEntry, variables: dict[str, Variable]) -> IndexDefinition:
    reverse = set(draft.expanded(entry.reversed))
    items = tuple(
        IndexItem(
            variable.name,
            variable.minimum if variable.minimum is not None else 0.0,
            variable.maximum if variable.maximum is not None else 0.0,
            variable.name in reverse,
            tuple((point.code, point.value) for point in variable.levels),
        )
        for variable in (variables[name] for name in draft.expanded(entry.items))
    )
    return IndexDefinition(entry.code, draft.text(entry.label), items, entry.minimum_answered)


def _instrument(plain: dict[str, Any]) -> Instrument:
    languages = tuple(plain["languages"])

    def text(content: dict[str, str]) -> Text:
        return Text.of({language: content[language] for language in languages})

    def maybe(content: dict[str, str] | None) -> Text | None:
        return None if content is None else text(content)

    def scale(content: dict[str, Any] | None) -> Scale | None:
        if content is None:
            return None
        points = (ScalePoint(each["code"], text(each["label"]), each["value"]) for each in content["points"])
        return Scale(content["name"], content["kind"], tuple(points))

    def question(content: dict[str, Any]) -> Question:
        return Question(
            **{
                **content,
                "type": QuestionType(content["type"]),
                "text": text(content["text"]),
                "help": maybe(content.get("help")),
                "scale": scale(content.get("scale")),
                "items": tuple(Item(**{**each, "text": text(each["text"])}) for each in content.get("items", ())),
                "ends": tuple(text(each) for each in content.get("ends", ())),
                "other": maybe(content.get("other")),
                "invalid": maybe(content.get("invalid")),
            }
        )

    def derived(content: dict[str, Any]) -> Derived:
        levels = tuple(DerivedLevel(each["code"], text(each["label"]), each["when"]) for each in content["levels"])
        replaces = tuple(content.get("replaces", ()))
        return Derived(**{**content, "label": text(content["label"]), "levels": levels, "replaces": replaces})

    def index(content: dict[str, Any]) -> IndexDefinition:
        items = tuple(
            IndexItem(**{**each, "values": tuple((code, value) for code, value in each.get("values", ()))})
            for each in content["items"]
        )
        return IndexDefinition(content["code"], text(content["label"]), items, content["minimum_answered"])

    def quota(content: dict[str, Any]) -> Quota:
        when = tuple((code, tuple(answers)) for code, answers in content["when"])
        return Quota(**{**content, "when": when, "message": text(content["message"])})

    def record(content: dict[str, Any] | None) -> RecordDefinition | None:
        return RecordDefinition(text(content["unit"]), tuple(content.get("key", ()))) if content else None

    def non_response(content: dict[str, Any] | None) -> NonResponse | None:
        return None if content is None else NonResponse(content["code"], text(content["label"]))

    def group(content: dict[str, Any]) -> Group:
        questions = tuple(question(each) for each in content["questions"])
        title, description = text(content["title"]), maybe(content.get("description"))
        return Group(**{**content, "title": title, "questions": questions, "description": description})

    return Instrument(
        **{
            **plain,
            "languages": languages,
            "title": text(plain["title"]),
            "groups": tuple(group(each) for each in plain["groups"]),
            "description": maybe(plain.get("description")),
            "welcome": maybe(plain.get("welcome")),
            "end": maybe(plain.get("end")),
            "dont_know": non_response(plain.get("dont_know")),
            "refused": non_response(plain.get("refused")),
            "derived": tuple(derived(each) for each in plain.get("derived", ())),
            "index_definitions": tuple(index(each) for each in plain.get("index_definitions", ())),
            "provenance": tuple((key, value) for key, value in plain.get("provenance", ())),
            "quotas": tuple(quota(each) for each in plain.get("quotas", ())),
            "modes": tuple(plain.get("modes", ("web",))),
            "record": record(plain.get("record")),
            "checks": tuple(Check(**{**each, "message": text(each["message"])}) for each in plain.get("checks", ())),
        }
    )
