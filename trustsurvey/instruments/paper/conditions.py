"""A routing condition as a sentence: who ticked or wrote what at which question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from trustsurvey.instruments.expression import And, Condition, Expression, Not, Or, State
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.logic import FALSE, TRUE, normal
from trustsurvey.instruments.paper.objects import Objects, has_boxes, is_other
from trustsurvey.instruments.paper.words import Words
from trustsurvey.instruments.questions import QuestionType

__all__ = ["Teller"]

Joint = Literal["or", "and"]


@dataclass(frozen=True, slots=True)
class _Clause:
    """One thing somebody did or did not do: ``verb`` with objects at questions."""

    verb: str
    objects: tuple[str, ...]
    references: tuple[str, ...]
    negated: bool = False
    joint: Joint = "or"
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Joined:
    joint: Joint
    parts: tuple[_Phrase, ...]


_Phrase: TypeAlias = _Clause | _Joined


@dataclass(frozen=True, slots=True)
class Teller:
    """Says conditions of one instrument in one language.

    Parameters
    ----------
    instrument : Instrument
    language : str
        One of the instrument's.
    references : mapping of variable to str
        What each question, or line of a battery, is called: a number, or a code.
    """

    instrument: Instrument
    language: str
    references: Mapping[str, str]

    @property
    def words(self) -> Words:
        """The words of the language."""
        return Words(self.language)

    def clause(self, expression: Expression) -> str:
        """Return a condition as the words that follow "only if"."""
        expression = normal(expression)
        if expression in (TRUE, FALSE):
            return self.words("always" if expression == TRUE else "never")
        return self._written(self._phrase(expression))

    def _phrase(self, expression: Expression) -> _Phrase:
        match expression:
            case Or(parts):
                return _joined("or", [self._phrase(part) for part in parts])
            case And(parts):
                return _joined("and", [self._phrase(part) for part in parts])
            case Not(part) if not isinstance(part, And | Or | Not):
                return replace(self._condition(part), negated=True)
            case Not(part):
                return self._phrase(normal(expression))
            case _:
                return self._condition(expression)

    def _condition(self, condition: Condition) -> _Clause:
        objects = Objects(self.instrument, self.language, self.words)
        variable = self.instrument.variable(condition.name)
        question = self.instrument.question(variable.question)
        reference = (self.references[variable.name],)
        whole = question.type is not QuestionType.RANKING and not is_other(variable, question)
        if whole and isinstance(condition, State) and condition.state == "answered":
            return _Clause("answer", tuple(objects.reasons(question)), reference)
        found = tuple(objects.of(condition, variable, question))
        if question.type is QuestionType.RANKING:
            return _Clause("rank", found, reference, place=variable.name.rpartition("_")[2])
        if question.type is QuestionType.HIDDEN:
            return _Clause("hidden", found, reference)
        typed = variable.kind in {"text", "date"} or question.type is QuestionType.NUMBER
        typed = typed or (question.type is QuestionType.RATING and not has_boxes(question))
        stated = isinstance(condition, State) and condition.state != "answered"
        return _Clause("write" if typed and not stated else "tick", found, reference)

    def _written(self, phrase: _Phrase, inside: bool = False) -> str:
        if isinstance(phrase, _Clause):
            return self._sentence(phrase)
        joint = f" {self.words(f'{phrase.joint}_if')} "
        text = joint.join(self._written(part, inside=True) for part in phrase.parts)
        return f"({text})" if inside else text

    def _sentence(self, clause: _Clause) -> str:
        words = self.words
        at = words("at_all" if clause.joint == "and" else "at_one", refs=words.listed(clause.references, clause.joint))
        if clause.verb == "hidden":
            at = ""
        if clause.verb == "answer":
            key = "except_one" if len(clause.objects) == 1 else "except_several"
            besides = words(key, objects=words.listed(clause.objects, "and")) if clause.objects else ""
            return words("answer_not" if clause.negated else "answer", at=at, **{"except": besides})
        filled = {"at": at, "refs": clause.references[0], "place": clause.place}
        if clause.negated and len(clause.objects) > 1:
            first = f"{words('neither')} {clause.objects[0]}"
            objects = "".join([first, *(f" {words('nor')} {each}" for each in clause.objects[1:])])
            return words(f"{clause.verb}_none", objects=objects, **filled)
        key = f"{clause.verb}_not" if clause.negated else clause.verb
        return words(key, objects=words.listed(clause.objects, "or"), **filled)


def _joined(joint: Joint, parts: list[_Phrase]) -> _Phrase:
    """Join phrases, those that share a question or an answer into one."""
    merged = _merged(parts, lambda one, other: _same_place(joint, one, other))
    merged = _merged(merged, lambda one, other: _same_answer(joint, one, other))
    return merged[0] if len(merged) == 1 else _Joined(joint, tuple(merged))


def _merged(parts: list[_Phrase], merge: Callable[[_Clause, _Clause], _Clause | None]) -> list[_Phrase]:
    result: list[_Phrase] = []
    for part in parts:
        for number, earlier in enumerate(result):
            if isinstance(part, _Clause) and isinstance(earlier, _Clause) and (found := merge(earlier, part)):
                result[number] = found
                break
        else:
            result.append(part)
    return result


def _same_place(joint: Joint, one: _Clause, other: _Clause) -> _Clause | None:
    """Merge "A at 7" and "B at 7" into "A or B at 7", and "not A" and "not B" into "neither A nor B"."""
    fits = (one.verb, one.references, one.place) == (other.verb, other.references, other.place)
    if not fits or one.negated != other.negated or one.verb == "answer" or one.negated is not (joint == "and"):
        return None
    return replace(one, objects=tuple(dict.fromkeys((*one.objects, *other.objects))))


def _same_answer(joint: Joint, one: _Clause, other: _Clause) -> _Clause | None:
    """Merge "A at 7" and "A at 8" into "A at 7 or 8", or "A at 7 and 8"."""
    fits = (one.verb, one.objects, one.place) == (other.verb, other.objects, other.place)
    if not fits or one.negated or other.negated or one.verb in {"answer", "hidden"}:
        return None
    if joint == "and" and len(one.objects) > 1:
        return None
    if {one.joint, other.joint} != {joint} and (len(one.references) > 1 or len(other.references) > 1):
        return None
    return replace(one, references=(*one.references, *other.references), joint=joint)
