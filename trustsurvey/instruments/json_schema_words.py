"""What the keys of questionnaire files mean, in the words of the model's docstrings where those say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from trustsurvey.documents.shape import Entry
from trustsurvey.instruments import model, questions
from trustsurvey.instruments.schema import (
    CheckEntry,
    DerivedEntry,
    EditorialEntry,
    HiddenEntry,
    InstrumentEntry,
    QuestionEntry,
    QuotaEntry,
    RecordEntry,
)

__all__ = ["WORDS", "meanings_of"]

# The objects whose docstrings say what a key means; what they do not say stands in WORDS.
DESCRIBED: tuple[tuple[type[Entry], type[Any]], ...] = (
    (QuestionEntry, questions.Question),
    (HiddenEntry, questions.Question),
    (DerivedEntry, model.Derived),
    (QuotaEntry, model.Quota),
    (CheckEntry, model.Check),
    (EditorialEntry, model.Editorial),
    (RecordEntry, model.RecordDefinition),
    (InstrumentEntry, model.Instrument),
)
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "Warnings of check that were considered and are accepted, each with a reason.",
        "ask_if": "Who is asked: a condition on earlier answers; everybody where there is none.",
        "bank": "Shared blocks that the file uses, each with its version, as in demographics@1.0.0.",
        "block": "Name of the block.",
        "code": "A short name, unique among its neighbours.",
        "checks": "What must hold between the answers of one record or one respondent.",
        "concept": "What is measured, of whom; the same for parallel items of several instruments.",
        "derived": "Variables computed from the answers when they are read.",
        "description": "What is shown below the title.",
        "end": "What is shown after the last question.",
        "groups": "The pages, in order.",
        "help": "What is shown in smaller letters below the question.",
        "indices": "Scores from 0 to 100, the mean of rescaled items.",
        "instrument": "Name of the questionnaire: small letters, digits and hyphens.",
        "invalid": "What is shown where an answer is outside the limits or does not match the pattern.",
        "consent": "Code of the yes/no question that opens the questionnaire.",
        "dont_know": 'How "don\'t know" is coded and worded.',
        "item": "What is meant: the code of a question, variable, scale, group or index.",
        "items": "The variables that count; the code of a battery stands for all its lines.",
        "languages": "Codes of the languages; the first is the one the file is written in.",
        "reason": "Why.",
        "refused": 'How "prefer not to answer" is coded and worded.',
        "kind": "ordinal where the order of the answers means more or less of something, else nominal.",
        "label": "Words for this, by language.",
        "levels": "The levels of a derived variable; the first whose condition holds is taken.",
        "mandatory": "Whether an answer is asked for again (soft), is needed to go on (hard), or neither (no).",
        "minimum_answered": "How many items must be answered for a score.",
        "points": "The answers, in order.",
        "provenance": "Who wrote it, on which basis: any words.",
        "questions": "The questions, in order.",
        "quotas": "Limits to the interviews of one cell.",
        "replaces": "Variables that are dropped once this one is made.",
        "reversed": "Items whose high answers mean little of what the index measures.",
        "scales": "Answers that several questions share, by name.",
        "source": "Literature that the construct comes from.",
        "text": "The words of this line, by language.",
        "title": "The title, by language.",
        "trend": "Whether a series is kept of the answers.",
        "type": "The kind of question.",
        "value": "The number that the answer counts for, where it is not its position.",
        "warning": "The name that stands in brackets behind the warning.",
        "version": "Three numbers: major.minor.patch.",
        "when": "A condition on answers, as in AGE >= 25.",
        "use": "A shared block, or one of its questions, as in demographics or origin.NATNOW.",
        "welcome": "What is shown before the first question.",
    }
)


def meanings_of(entry: type[Entry]) -> dict[str, str]:
    """Return what the keys of an entry mean."""
    found = dict(WORDS)
    for kind, described in DESCRIBED:
        if issubclass(entry, kind):
            for names, words in _parameters(described.__doc__ or ""):
                found |= dict.fromkeys(names, words)
    return found


def _parameters(docstring: str) -> Iterator[tuple[list[str], str]]:
    """Yield the parameters of a NumPy docstring that say more than their type."""
    _, _, section = docstring.partition("Parameters\n    ----------\n")
    for match in re.finditer(r"^    (\w[\w, ]*) : .*\n((?:        .*\n?)*)", section, re.MULTILINE):
        if words := " ".join(match[2].replace("``", "").split()):
            yield match[1].split(", "), words
