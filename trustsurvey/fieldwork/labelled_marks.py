"""Codes between brackets at the end of a value label, which say in every language what a value stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from trustsurvey.fieldwork.coding import REASONS, TYPED
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType

__all__ = ["SPSS_DAY", "mark", "marked", "raw_reason", "reason_cells"]

# SPSS counts seconds from the first day of the Gregorian calendar.
SPSS_DAY = date(1582, 10, 14)
MARK = re.compile(r"(?:.*\s)?\[([A-Za-z0-9_.+-]+)\]", re.DOTALL)


def mark(label: str, code: str) -> str:
    """Return a label that ends with a code."""
    return f"{label} [{code}]"


def marked(label: str) -> str:
    """Return the code that a label ends with; "" where it ends with none."""
    found = MARK.fullmatch(label.strip())
    return found[1] if found else ""


def reason_cells(question: Question, labels: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a column that say why there is no answer, with the reason."""
    cells = {cell: marked(label) for cell, label in labels.items() if marked(label) in REASONS}
    if question.type is QuestionType.DATE:
        numbers = {cell: reason for cell, reason in cells.items() if re.fullmatch("-[0-9]+", cell)}
        cells |= {(SPSS_DAY + timedelta(seconds=int(cell))).isoformat(): numbers[cell] for cell in numbers}
    return cells


def raw_reason(instrument: Instrument, question: Question, key: str, reason: str) -> dict[str, str]:
    """Return how a platform would have stored a reason under a raw key; an empty answer where it stores none."""
    stated = {"dont_know": instrument.dont_know, "refused": instrument.refused}.get(reason)
    if stated is None or key.endswith("[other]"):
        return {key: ""}
    if question.type is QuestionType.MULTIPLE:
        return {key: "", f"{question.code}[{stated.code}]": "Y"}
    if question.type in TYPED:
        return {question.code: "", question.reason_key or question.code: stated.code if question.reason_key else ""}
    return {key: stated.code}
