"""The way through a paper form: where an answer leads, and which questions need to say whom they are for.

Every path through the form is followed from the top. What is known on all paths to a place decides what must be
printed there: a question that everybody who gets there is asked needs no filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from trustsurvey.instruments.expression import And, Comparison, Condition, Expression, Not, Or, State, conditions
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.paper.logic import FALSE, TRUE, all_of, any_of, group_condition, question_condition
from trustsurvey.instruments.paper.objects import satisfied
from trustsurvey.instruments.questions import Question, QuestionType

__all__ = ["END", "Stop", "stops"]

END = -1
# What is known of a question that was passed over: it has no answer.
UNASKED = "unasked"
BY_ANSWER = frozenset({QuestionType.SINGLE, QuestionType.YES_NO})


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the way: a page's heading, a question, or an explanation.

    Parameters
    ----------
    group : Group
    question : Question or None
        None for the heading of a page.
    filter : expression
        Who it is for, among those who get there; ``TRUE`` where nothing needs to be said, ``FALSE`` where nobody gets.
    otherwise : int or None
        The stop where all others go on, ``END`` for none; None where there is no filter.
    leads : tuple of (answer, stop)
        Where an answer leads that does not lead to the next stop.
    onward : int or None
        Where every answer leads, if not to the next stop.
    """

    group: Group
    question: Question | None
    filter: Expression = TRUE
    otherwise: int | None = None
    leads: tuple[tuple[str, int], ...] = ()
    onward: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known about everybody at a place: answers still possible, and conditions that hold or do not."""

    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    holds: frozenset[Expression] = frozenset()
    fails: frozenset[Expression] = frozenset()

    def with_answer(self, code: str, answer: str) -> _Known:
        return replace(self, answers={**self.answers, code: frozenset({answer})})

    def with_truth(self, expression: Expression, truth: bool) -> _Known:
        holds, fails = set(self.holds), set(self.fails)
        (holds if truth else fails).add(expression)
        if truth and isinstance(expression, And):
            holds.update(expression.parts)
        for part in tuple(holds):
            if isinstance(part, Not):
                fails.add(part.part)
        for part in tuple(fails):
            if isinstance(part, Not):
                holds.add(part.part)
        return replace(self, holds=frozenset(holds), fails=frozenset(fails))

    def joined(self, other: _Known) -> _Known:
        """Return what is known on either of two paths."""
        shared = self.answers.keys() & other.answers.keys()
        answers = {code: self.answers[code] | other.answers[code] for code in shared}
        return _Known(answers, self.holds & other.holds, self.fails & other.fails)


def stops(instrument: Instrument) -> tuple[Stop, ...]:
    """Return the stops of a form in order, without hidden questions and those that are for nobody.

    Whoever leaves a question open goes on to the next one, as if any answer led there.
    """
    return tuple(_Walk(instrument).walk())


class _Walk:
    """Goes through a form once, from the top, with what is known on each path."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.questions = {variable.name: instrument.question(variable.question) for variable in instrument.variables}
        self.variables = {variable.name: variable for variable in instrument.variables}
        places = list(_places(instrument))
        self.places = [place for place in places if self._own(place) != FALSE]
        self.nobody = frozenset(place.question.code for place in places if place.question) - {
            place.question.code for place in self.places if place.question
        }

    def walk(self) -> Iterator[Stop]:
        start = _Known({code: frozenset({UNASKED}) for code in self.nobody})
        arriving: dict[int, _Known] = {0: start}
        for number, place in enumerate(self.places):
            known = arriving.pop(number, None)
            if known is None:
                yield replace(place, filter=FALSE)
                continue
            own = self._condition(place)
            truth = self._truth(own, known)
            filter_, otherwise = TRUE, None
            if truth is not True:
                filter_ = self._rest(own, known)
                passed = self._passed(place, known.with_truth(filter_, False))
                otherwise, there = self._next(number, passed)
                _join(arriving, otherwise, there)
                known = known.with_truth(own, True)
            onward: dict[str, int] = {}
            for answer in self._answers(place):
                after = known.with_answer(place.question.code, answer) if answer and place.question else known
                target, there = self._next(number, after)
                onward[answer] = target
                _join(arriving, target, there)
            following = self._following(number)
            same = len(set(onward.values())) == 1
            leads = () if same else tuple((each, to) for each, to in onward.items() if to != following)
            everywhere = next(iter(onward.values()))
            yield Stop(
                place.group,
                place.question,
                filter_,
                otherwise,
                leads,
                everywhere if same and everywhere != following else None,
            )

    def _following(self, number: int) -> int:
        return number + 1 if number + 1 < len(self.places) else END

    def _next(self, number: int, known: _Known) -> tuple[int, _Known]:
        """Return the next stop that may be for somebody who leaves one, and what is known there."""
        for following in range(number + 1, len(self.places)):
            place = self.places[following]
            if self._truth(self._condition(place), known) is not False:
                return following, known
            known = self._passed(place, known)
        return END, known

    def _passed(self, place: Stop, known: _Known) -> _Known:
        return known.with_answer(place.question.code, UNASKED) if place.question else known

    def _condition(self, place: Stop) -> Expression:
        """Return who a stop is for: its page, itself, and those who consent."""
        instrument = self.instrument
        if place.question is not None and place.question.code == instrument.consent:
            return TRUE
        # The heading over the question of consent is for everybody.
        if place.question is None and any(each.code == instrument.consent for each in place.group.questions):
            return TRUE
        consent = [Comparison(instrument.consent, "=", "yes")] if instrument.consent else []
        return all_of([*consent, self._own(place)])

    def _own(self, place: Stop) -> Expression:
        parts = [group_condition(self.instrument, place.group)]
        if place.question is not None:
            parts.append(question_condition(self.instrument, place.question))
        return all_of(parts)

    def _rest(self, expression: Expression, known: _Known) -> Expression:
        """Return a condition without what everybody at the place meets, or nobody."""
        truth = self._truth(expression, known)
        if truth is not None:
            return TRUE if truth else FALSE
        match expression:
            case And(parts):
                return all_of(self._rest(part, known) for part in parts)
            case Or(parts):
                return any_of(self._rest(part, known) for part in parts)
        return expression

    def _answers(self, place: Stop) -> tuple[str, ...]:
        question = place.question
        if question is None or question.type not in BY_ANSWER:
            return ("",)
        reasons = tuple(name for name in ("dont_know", "refused") if getattr(question, name))
        return (*self.variables[question.code].codes, *reasons)

    def _truth(self, expression: Expression, known: _Known) -> bool | None:
        """Return whether a condition holds for everybody, for nobody, or (None) cannot be told."""
        if expression in known.holds:
            return True
        if expression in known.fails:
            return False
        about = {self.questions[condition.name].code for condition in conditions(expression)}
        if len(about) == 1:
            # All about one question: each of its answers decides it.
            code = next(iter(about))
            possible = known.answers.get(code, frozenset())
            if len(possible) > 1:
                each = {self._truth(expression, known.with_answer(code, answer)) for answer in possible}
                return each.pop() if len(each) == 1 else None
        match expression:
            case And(parts):
                if any(isinstance(fail, And) and set(fail.parts) <= set(parts) for fail in known.fails):
                    return False
                found = [self._truth(part, known) for part in parts]
                return False if False in found else True if all(found) else None
            case Or(parts):
                found = [self._truth(part, known) for part in parts]
                return True if True in found else None if None in found else False
            case Not(part):
                inside = self._truth(part, known)
                return None if inside is None else not inside
            case _:
                return self._condition_truth(expression, known)

    def _condition_truth(self, condition: Condition, known: _Known) -> bool | None:
        question = self.questions[condition.name]
        possible = known.answers.get(question.code)
        if possible is None:
            return None
        found = {self._holds(condition, question, answer) for answer in possible}
        return found.pop() if len(found) == 1 else None

    def _holds(self, condition: Condition, question: Question, answer: str) -> bool | None:
        if answer == UNASKED:
            return False
        if condition.name != question.code:
            return None if answer == "other" else False
        if isinstance(condition, State):
            return (
                answer == condition.state if condition.state != "answered" else answer not in {"dont_know", "refused"}
            )
        return answer in satisfied(condition, self.variables[condition.name])


def _places(instrument: Instrument) -> Iterator[Stop]:
    for group in instrument.groups:
        yield Stop(group, None)
        for question in group.questions:
            if question.type is not QuestionType.HIDDEN:
                yield Stop(group, question)


def _join(arriving: dict[int, _Known], place: int, known: _Known) -> None:
    arriving[place] = arriving[place].joined(known) if place in arriving else known
