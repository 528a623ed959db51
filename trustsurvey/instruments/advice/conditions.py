"""Rules for the conditions of derived variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from trustsurvey.instruments.advice.material import Advice, Material
from trustsurvey.instruments.expression import And, Expression, Not, Or, State, parse
from trustsurvey.instruments.questions import QuestionType

__all__ = ["not_missing"]


def not_missing(material: Material) -> Iterator[Advice]:
    """Find levels that hold for people without an answer, because of *not*.

    A comparison with a missing answer is false, so that ``not`` before it is true. Nothing is said where the level
    asks for an answer to the same question too (``answered`` or another comparison), or where a level before it takes
    those without one. Nor of ``ask_if``: a question too many is no wrong answer.
    """
    draft = material.draft
    hidden = {each.content.code for each in draft.questions if each.content.type is QuestionType.HIDDEN}
    always = {*hidden, draft.header.consent}
    # The ticks of one question are missing together.
    sources = {
        variable.name: each.content.code
        for each in draft.questions
        if each.content.type is QuestionType.MULTIPLE
        for variable in each.content.variables()
    }
    for placed in draft.derived:
        if not material.own(placed.path, "code"):
            continue
        known = set(always)
        for number, level in enumerate(placed.content.levels):
            expression = parse(level.when)
            denied = {sources.get(name, name): name for name in _denied(expression, sources, frozenset(known))}
            for name in denied.values():
                item = f"{placed.content.code}_{level.code}"
                message = f'{item} also holds for people who did not answer {name}, as "not" is true of them'
                remedy = f'in when:, write "answered({name}) and" before that "not"'
                yield Advice("not-missing", item, (*placed.path, "levels", number, "when"), message, remedy)
            known |= _missing(expression, sources)


def _denied(
    expression: Expression, sources: Mapping[str, str], known: frozenset[str], holds: bool = True
) -> Iterator[str]:
    """Yield the variables that a denied condition reads, without those known to be answered where it counts."""
    match expression:
        case Not(part):
            yield from _denied(part, sources, known, not holds)
        case And(parts) | Or(parts):
            if isinstance(expression, And) is holds:
                known |= _needed(expression, sources, holds)
            for part in parts:
                yield from _denied(part, sources, known, holds)
        case State():
            return
        case _:
            if not holds and sources.get(expression.name, expression.name) not in known:
                yield expression.name


def _needed(expression: Expression, sources: Mapping[str, str], holds: bool) -> frozenset[str]:
    """Return the questions that are answered by everybody of whom an expression holds, or does not hold."""
    match expression:
        case Not(part):
            return _needed(part, sources, not holds)
        case And(parts) | Or(parts):
            found = [_needed(part, sources, holds) for part in parts]
            together = frozenset.union if isinstance(expression, And) is holds else frozenset.intersection
            return reduce(together, found)
        case State(_, "dont_know" | "refused"):
            return frozenset()
        case _:
            return frozenset({sources.get(expression.name, expression.name)} if holds else ())


def _missing(expression: Expression, sources: Mapping[str, str]) -> frozenset[str]:
    """Return the questions of which an expression takes those without an answer."""
    match expression:
        case Or(parts):
            return frozenset().union(*(_missing(part, sources) for part in parts))
        case Not(State(name, "answered")) | State(name, "dont_know" | "refused"):
            return frozenset({sources.get(name, name)})
        case _:
            return frozenset()
