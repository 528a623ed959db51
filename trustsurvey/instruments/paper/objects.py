"""What was ticked or written, as a condition names it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trustsurvey.instruments.expression import Comparison, Condition, Holds, Membership, State
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.words import Words
from trustsurvey.instruments.questions import Question, QuestionType, Text, Variable

__all__ = ["Objects", "has_boxes", "is_other", "satisfied"]

MOST_NAMED = 3
MOST_BOXES = 21
COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIGNS = {"=": "equal", "!=": "other", ">": "above", "<": "below", ">=": "least", "<=": "most"}


def has_boxes(question: Question) -> bool:
    """Say whether a rating has few enough points for a box each; else its number is written."""
    return int(question.maximum or 0) - int(question.minimum or 0) < MOST_BOXES


def is_other(variable: Variable, question: Question) -> bool:
    """Say whether a variable holds the text of the answer "other"."""
    return question.other is not None and variable.name == f"{question.code}_other"


def satisfied(condition: Condition, variable: Variable) -> tuple[str, ...]:
    """Return the codes of an ordinal or nominal variable for which a comparison holds."""
    codes = variable.codes
    match condition:
        case Membership(_, values):
            return tuple(code for code in codes if code in values)
        case Comparison(_, sign, value) if value in codes:
            place = codes.index(str(value))
            return tuple(code for number, code in enumerate(codes) if COMPARE[sign](number, place))
    return ()


@dataclass(frozen=True, slots=True)
class Objects:
    """Names answers of one instrument in one language."""

    instrument: Instrument
    language: str
    words: Words

    def of(self, condition: Condition, variable: Variable, question: Question) -> list[str]:
        """Return the answers that a condition names, each between quotation marks or in words."""
        match condition:
            case Holds():
                return [self._quoted(variable.label)]
            case State(_, "answered"):
                text = self.words("something")
                return [self._beside(text, variable)] if is_other(variable, question) else [self.words("any_answer")]
            case State(_, state):
                return [self._reason(state)]
            case _ if variable.levels:
                return self._codes(condition, variable, question)
            case Membership(_, values):
                return [self._value("=", value, variable, question) for value in values]
            case Comparison(_, sign, value):
                return [self._value(sign, value, variable, question)]

    def reasons(self, question: Question) -> list[str]:
        """Return "don't know" and the refusal, as far as a question offers them."""
        return [self._reason(state) for state in ("dont_know", "refused") if getattr(question, state)]

    def _reason(self, state: str) -> str:
        reason = getattr(self.instrument, state)
        return self._quoted(reason.label) if reason else ""

    def _codes(self, condition: Condition, variable: Variable, question: Question) -> list[str]:
        labels = {point.code: self._quoted(point.label) for point in variable.levels}
        named = satisfied(condition, variable)
        others = [labels[code] for code in variable.codes if code not in named] + self.reasons(question)
        if len(named) > MOST_NAMED and others and len(others) < len(named):
            return [self.words("another", text=self.words.listed(others, "or"))]
        return [labels[code] for code in named]

    def _value(self, sign: str, value: float | str, variable: Variable, question: Question) -> str:
        words = self.words
        if variable.kind == "date":
            return words(f"date_{SIGNS[sign]}", date=words.date(str(value)))
        if isinstance(value, str):
            text = words.quote(value)
            text = words("other_text", text=text) if sign == "!=" else text
            return self._beside(text, variable) if is_other(variable, question) else text
        if question.type is QuestionType.RATING:
            return self._rated(sign, value, question)
        return words(f"number_{SIGNS[sign]}", number=words.number(value))

    def _rated(self, sign: str, value: float, question: Question) -> str:
        """Return the boxes of a rating that a comparison means: there are whole numbers only."""
        lowest, highest = int(question.minimum or 0), int(question.maximum or 0)
        low, high = {
            ">": (math.floor(value) + 1, highest),
            ">=": (math.ceil(value), highest),
            "<": (lowest, math.ceil(value) - 1),
            "<=": (lowest, math.floor(value)),
        }.get(sign, (lowest + 1 if value == lowest else lowest, highest - 1 if value == highest else highest))
        low, high = max(low, lowest), min(high, highest)
        if sign == "=" or (sign == "!=" and lowest < value < highest):
            return self.words(f"number_{SIGNS[sign]}", number=self.words.number(value))
        if low == high:
            return self.words("number_equal", number=self.words.number(low))
        return self.words("number_range", low=low, high=high)

    def _beside(self, text: str, variable: Variable) -> str:
        return self.words("beside", text=text, label=self._quoted(variable.label))

    def _quoted(self, text: Text) -> str:
        return self.words.quote(" ".join(text[self.language].split()))
