"""What makes an answer that is typed in valid, in LimeSurvey's terms, and the words shown where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question as Asked
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.limesurvey.expressions import beside_day, number_of, read
from trustsurvey.limesurvey.structure import Attribute, Texts
from trustsurvey.limesurvey.texts import either_needed, joined, texts_of

__all__ = ["needs_one_of_both", "rules"]


def needs_one_of_both(question: Asked) -> bool:
    """Say whether a question wants an answer or, in its list of reasons, why there is none."""
    return question.reason_key is not None and question.mandatory != "no"


def rules(instrument: Instrument, question: Asked) -> Iterator[Attribute]:
    """Yield the attributes that keep wrong answers out; the platform's own words serve where we have none."""
    conditions: list[str] = []
    words: list[Texts] = []
    if question.invalid:
        conditions.append(f"(is_empty({read(question.code)}) or ({_valid(question)}))")
        words.append(texts_of(question.invalid, instrument.languages))
    else:
        yield from _limits(question)
    if needs_one_of_both(question):
        conditions.append(f"(!is_empty({read(question.code)}) or !is_empty({read(question.reason_key or '')}))")
        words.append(either_needed(instrument.languages))
    if conditions:
        yield Attribute("em_validation_q", " and ".join(conditions))
        for language, tip in joined(words, " ").items():
            yield Attribute("em_validation_q_tip", tip, language)


def _limits(question: Asked) -> Iterator[Attribute]:
    number = question.type is QuestionType.NUMBER
    names = ("min_num_value_n", "max_num_value_n") if number else ("date_min", "date_max")
    for name, limit in zip(names, (question.minimum, question.maximum), strict=True):
        if limit is not None:
            yield Attribute(name, number_of(limit) if isinstance(limit, float) else limit)


def _valid(question: Asked) -> str:
    if question.type is QuestionType.TEXT:
        # A slash would end the expression.
        pattern = re.sub(r"(?<!\\)/", r"\/", question.pattern)
        return f'regexMatch("/^(?:{pattern})$/", {read(question.code)})'
    limits = ((">=", question.minimum), ("<=", question.maximum))
    if question.type is QuestionType.DATE:
        return " and ".join(beside_day(question.code, sign, str(day)) for sign, day in limits if day is not None)
    words = {">=": "ge", "<=": "le"}
    return " and ".join(
        f"{read(question.code)} {words[sign]} {number_of(limit)}" for sign, limit in limits if isinstance(limit, float)
    )
