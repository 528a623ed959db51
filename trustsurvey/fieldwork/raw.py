"""Raw answers of many respondents, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.platform import Record, question_keys, raw_keys
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType

__all__ = ["language_problems", "matrix", "pages_seen"]


def matrix(instrument: Instrument, rows: list[Record]) -> dict[str, NDArray[np.object_]]:
    """Return the answers by raw key; other keys than the instrument's, or fewer, are an InputError."""
    keys = raw_keys(instrument)
    known = frozenset(keys)
    unknown: dict[str, int] = {}
    absent: dict[str, int] = {}
    for row in rows:
        if row.answers.keys() != known:
            for key in row.answers.keys() - known:
                unknown[key] = unknown.get(key, 0) + 1
            for key in known - row.answers.keys():
                absent[key] = absent.get(key, 0) + 1
    problems = [f"{key}: in {number} records, not in the instrument" for key, number in sorted(unknown.items())]
    problems += [f"{key}: in the instrument, not in {number} records" for key, number in sorted(absent.items())]
    if problems:
        raise InputError(
            f"the answers are not those to {instrument.name} {instrument.version}:\n"
            + "\n".join(problems)
            + "\nuse the version of the instrument that was in the field; nothing was imported"
        )
    matrix = {}
    for key in keys:
        values = np.empty(len(rows), dtype=object)
        values[:] = [row.answers[key] for row in rows]
        matrix[key] = values
    return matrix


def language_problems(instrument: Instrument, rows: list[Record]) -> list[str]:
    """Return a sentence on records in languages that the instrument does not have, if there are any."""
    other = sum(row.language not in instrument.languages for row in rows)
    return [f"language: {other} records in a language other than {', '.join(instrument.languages)}"] if other else []


def pages_seen(instrument: Instrument, rows: list[Record], raw: Mapping[str, NDArray[np.object_]]) -> NDArray[np.int64]:
    """Return the number of pages seen: a page with answers was seen, even where its respondent then went back.

    What a hidden question stores is no answer: a platform may store it before anybody has seen the page.
    """
    seen = np.array([row.last_page for row in rows], dtype=np.int64)
    for page, group in enumerate(instrument.groups, start=1):
        answered = [question for question in group.questions if question.type is not QuestionType.HIDDEN]
        keys = [key for question in answered for key in question_keys(instrument, question)]
        for key in keys:
            seen = np.where((raw[key] != "") & (seen < page), page, seen)
    return seen
