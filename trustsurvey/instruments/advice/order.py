"""Rules for the order of questions, and for what a battery balances."""

from __future__ import annotations

from collections.abc import Iterator

from trustsurvey.instruments.advice.answers import SENSITIVE
from trustsurvey.instruments.advice.material import Advice, Material
from trustsurvey.instruments.questions import QuestionType

__all__ = ["not_reversed", "open_texts", "sensitive_first"]

OPENING = 3
MOST_OPEN = 2
LEAST_STATEMENTS = 4


def sensitive_first(material: Material) -> Iterator[Advice]:
    """Find a sensitive question among the first three: people break off (Dillman et al. 2014, ch. 7)."""
    if material.is_register or len(material.asked) <= 2 * OPENING:
        return
    for placed in material.asked[:OPENING]:
        if placed.content.concept in SENSITIVE and material.own(placed.path, "code"):
            message = f"{placed.content.code} is sensitive ({placed.content.concept}) and among the first questions"
            remedy = (
                "move it further down in groups:, and begin with something easy that everybody expects from the title"
            )
            yield Advice("sensitive-first", placed.content.code, (*placed.path, "code"), message, remedy)


def open_texts(material: Material) -> Iterator[Advice]:
    """Find open questions one after the other: each takes long, and they are skipped (Dillman et al. 2014, ch. 5).

    Two long texts in a row, or three of any kind; what has a pattern is no open question.
    """
    if material.is_register:
        return
    run: list[QuestionType] = []
    for placed in material.asked:
        question = placed.content
        is_open = question.type in {QuestionType.TEXT, QuestionType.LONG_TEXT} and not question.pattern
        run = [*run, question.type] if is_open else []
        too_many = run.count(QuestionType.LONG_TEXT) == MOST_OPEN or len(run) > MOST_OPEN
        if too_many and material.own(placed.path, "code"):
            message = f"{question.code} is open, as is the question before it"
            remedy = "keep the one that is read most, or put questions with a scale: between them in groups:"
            yield Advice("open-texts", question.code, (*placed.path, "code"), message, remedy)
            run = []


def not_reversed(material: Material) -> Iterator[Advice]:
    """Find four statements or more, all in one direction (Krosnick and Presser 2010).

    Who agrees with everything scores high.

    Known only of batteries whose items are in an index: what runs the other way is what its ``reversed`` names. Scales
    of agreement alone.
    """
    draft = material.draft
    reverse = {name for index in draft.indices for name in draft.expanded(index.content.reversed)}
    indexed = {name for index in draft.indices for name in draft.expanded(index.content.items)}
    for placed in material.own_asked:
        question = placed.content
        names = [variable.name for variable in question.variables()]
        statements = question.type is QuestionType.BATTERY and len(names) >= LEAST_STATEMENTS
        if statements and material.agrees(question) and set(names) <= indexed and not reverse & set(names):
            message = f"no statement of {question.code} is named in reversed:, on a scale of agreement"
            remedy = (
                "word one of them the other way round and name it in reversed: of the index; if one is, only name it"
            )
            yield Advice("no-reversed-item", question.code, (*placed.path, "items"), message, remedy)
