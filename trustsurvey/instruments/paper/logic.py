"""Routing expressions made simpler: negations at the conditions, nothing that is decided beforehand."""

from __future__ import annotations

from collections.abc import Iterable

from trustsurvey.instruments.expression import And, Comparison, Expression, Membership, Not, Or, State, parse
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.questions import Question, QuestionType

__all__ = ["FALSE", "TRUE", "all_of", "any_of", "group_condition", "normal", "question_condition"]

TRUE: Expression = And(())
FALSE: Expression = Or(())


def all_of(parts: Iterable[Expression]) -> Expression:
    """Return what holds where every part does, without doubles; ``TRUE`` and ``FALSE`` are worked out."""
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else [part]
    kept = tuple(dict.fromkeys(flat))
    return FALSE if FALSE in kept else kept[0] if len(kept) == 1 else And(kept)


def any_of(parts: Iterable[Expression]) -> Expression:
    """Return what holds where some part does, without doubles; ``TRUE`` and ``FALSE`` are worked out."""
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, Or) else [part]
    kept = tuple(dict.fromkeys(flat))
    return TRUE if TRUE in kept else kept[0] if len(kept) == 1 else Or(kept)


def normal(expression: Expression, negated: bool = False) -> Expression:
    """Return an expression that holds for the same respondents and says ``not`` of single conditions only.

    Every condition is either true or false, of a missing answer too, so negations move inwards freely.
    """
    match expression:
        case And(parts):
            return (any_of if negated else all_of)(normal(part, negated) for part in parts)
        case Or(parts):
            return (all_of if negated else any_of)(normal(part, negated) for part in parts)
        case Not(part):
            return normal(part, not negated)
        case _:
            return Not(expression) if negated else expression


def group_condition(instrument: Instrument, group: Group) -> Expression:
    """Return who a page is for, apart from the consent, without the hidden questions."""
    return _without_hidden(instrument, normal(parse(group.ask_if))) if group.ask_if else TRUE


def question_condition(instrument: Instrument, question: Question) -> Expression:
    """Return who of those that its page is for is asked a question, without the hidden questions."""
    return _without_hidden(instrument, normal(parse(question.ask_if))) if question.ask_if else TRUE


def _without_hidden(instrument: Instrument, expression: Expression) -> Expression:
    """Replace each condition on a hidden question, whose value is known, by who it is stored for."""
    match expression:
        case And(parts):
            return all_of(_without_hidden(instrument, part) for part in parts)
        case Or(parts):
            return any_of(_without_hidden(instrument, part) for part in parts)
        case Not(part):
            inside = _without_hidden(instrument, part)
            return normal(Not(inside)) if inside != part else expression
    found = next((each for each in instrument.questions if each.code == expression.name), None)
    if found is None or found.type is not QuestionType.HIDDEN:
        return expression
    match expression:
        case Comparison(_, sign, value):
            holds = (found.value == value) is (sign == "=")
        case Membership(_, values):
            holds = found.value in values
        case State(_, state):
            holds = state == "answered"
        case _:
            holds = False
    if not holds:
        return FALSE
    group = next(each for each in instrument.groups if found in each.questions)
    return all_of([group_condition(instrument, group), question_condition(instrument, found)])
