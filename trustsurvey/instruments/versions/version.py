"""One version of an instrument, looked up by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trustsurvey.instruments.expression import And, Comparison, Expression, Membership, Not, Or, names, parse
from trustsurvey.instruments.model import Derived, Group, IndexDefinition, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Variable

__all__ = ["Version", "normal", "version_of"]


@dataclass(frozen=True, slots=True)
class Version:
    """An instrument with its parts by name and its expressions as trees.

    Parameters
    ----------
    groups : mapping of question code to Group
    owners : mapping of variable name to Question
    routing : mapping of question code to Expression or None
        Of the group and the question together; None where everybody who consents is asked.
    rules : mapping of derived code to (level, Expression) pairs
    """

    instrument: Instrument
    questions: Mapping[str, Question]
    groups: Mapping[str, Group]
    variables: Mapping[str, Variable]
    owners: Mapping[str, Question]
    routing: Mapping[str, Expression | None]
    derived: Mapping[str, Derived]
    rules: Mapping[str, tuple[tuple[str, Expression], ...]]
    indices: Mapping[str, IndexDefinition]

    def filters(self, question: str) -> tuple[str, ...]:
        """Return the variables that the routing of a question reads, the consent left out."""
        expression = self.routing.get(question)
        read = names(expression) if expression else ()
        return tuple(name for name in read if name != self.instrument.consent)

    def series(self) -> tuple[str, ...]:
        """Return the names of everything that a series can be kept of."""
        return (*self.variables, *self.derived, *self.indices)

    def is_shown(self, question: str) -> bool:
        """Return whether respondents see a question and answer it."""
        return self.questions[question].type not in {QuestionType.HIDDEN, QuestionType.INFORMATION}

    def is_stored(self, name: str) -> bool:
        """Return whether a series is of what a hidden question stores, so that nobody answers it."""
        return name in self.owners and self.owners[name].type is QuestionType.HIDDEN


def version_of(instrument: Instrument) -> Version:
    """Return an instrument with its parts by name."""
    questions = {question.code: question for question in instrument.questions}
    owned = [(variable, question) for question in questions.values() for variable in question.variables()]
    return Version(
        instrument,
        questions,
        {question.code: group for group in instrument.groups for question in group.questions},
        {variable.name: variable for variable, _ in owned},
        {variable.name: question for variable, question in owned},
        {
            question.code: _joined(parse(text) for text in (group.ask_if, question.ask_if) if text)
            for group in instrument.groups
            for question in group.questions
        },
        {derived.code: derived for derived in instrument.derived},
        {
            derived.code: tuple((level.code, parse(level.when)) for level in derived.levels)
            for derived in instrument.derived
        },
        instrument.indices,
    )


def _joined(parts: Iterable[Expression]) -> Expression | None:
    found = tuple(parts)
    return None if not found else found[0] if len(found) == 1 else And(found)


def normal(expression: Expression | None) -> object:
    """Return a form of an expression in which order, repetition, brackets and double negation make no difference."""
    match expression:
        case And(parts) | Or(parts):
            kind = type(expression).__name__
            forms: set[object] = set()
            for part in parts:
                form = normal(part)
                forms |= form[1] if isinstance(form, tuple) and form[0] == kind else {form}
            return (kind, frozenset(forms)) if len(forms) > 1 else forms.pop()
        case Not(Not(part)):
            return normal(part)
        case Not(part):
            return ("Not", normal(part))
        case Membership(name, values) if len(set(values)) == 1:
            return Comparison(name, "=", values[0])
        case Membership(name, values):
            return ("in", name, frozenset(values))
        case _:
            return expression
