"""Rules for answers that are typed in: limits and patterns, with the words shown where they are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from trustsurvey.instruments.checks_codes import REASON
from trustsurvey.instruments.checks_platform import PATTERN
from trustsurvey.instruments.questions import Question, QuestionType, Text
from trustsurvey.limesurvey import structure
from trustsurvey.limesurvey.adoption.context import Context
from trustsurvey.limesurvey.adoption.expression import (
    Binary,
    Call,
    Name,
    NotReadableError,
    Number,
    Script,
    Unary,
    Words,
    read_script,
)
from trustsurvey.limesurvey.texts import either_needed

__all__ = ["conjuncts", "with_rules"]

RULE = frozenset({"em_validation_q", "em_validation_q_tip"})
WHOLE = re.compile(r"/\^(?:\(\?:(?P<group>.*)\)|(?P<bare>[^|]*))\$/")
CHECK_FORMAT = {
    "fr": "Vérifiez la forme de votre réponse.",
    "nl": "Controleer de vorm van uw antwoord.",
    "de": "Prüfen Sie die Form Ihrer Antwort.",
}
TYPED = frozenset({QuestionType.NUMBER, QuestionType.DATE, QuestionType.TEXT, QuestionType.LONG_TEXT})
SELF = frozenset({"this", "self"})


@dataclass(slots=True)
class _Rules:
    """What was understood of a rule."""

    minimum: float | str | None = None
    maximum: float | str | None = None
    pattern: str = ""
    one_of_both: bool = False


class _UnknownError(Exception):
    """A rule that has no counterpart."""


def with_rules(question: Question, source: structure.Question, context: Context) -> tuple[Question, frozenset[str]]:
    """Return a question with the rule of LimeSurvey's that it can keep, and the attributes that were taken over."""
    question = _with_preg(question, source, context)
    text = source.attribute("em_validation_q")
    if not text:
        return question, frozenset()
    rules = _Rules()
    try:
        for part in conjuncts(read_script(text)):
            _understand(part, source, question, rules)
    except (NotReadableError, _UnknownError):
        return question, frozenset()
    minimum = question.minimum if rules.minimum is None else rules.minimum
    maximum = question.maximum if rules.maximum is None else rules.maximum
    if minimum is not None and maximum is not None and minimum >= maximum:  # type: ignore[operator]
        return question, frozenset()
    question = replace(question, minimum=minimum, maximum=maximum, pattern=rules.pattern or question.pattern)
    if rules.one_of_both:
        question = replace(question, mandatory="hard")
    if rules.pattern or rules.minimum is not None or rules.maximum is not None:
        question = replace(question, invalid=_words(source, context, rules) or question.invalid)
    if question.pattern and question.invalid is None:
        question = replace(question, invalid=_own_words(source, context))
    return question, RULE


def conjuncts(script: Script) -> Iterator[Script]:
    """Yield the parts of an expression that must all hold."""
    if isinstance(script, Binary) and script.operator == "and":
        yield from conjuncts(script.left)
        yield from conjuncts(script.right)
    else:
        yield script


def _understand(script: Script, source: structure.Question, question: Question, rules: _Rules) -> None:
    match script:
        case Binary("or", Unary("!", Call("is_empty", (Name(own),))), Unary("!", Call("is_empty", (Name(reason),)))):
            if own == source.code and reason == f"{source.code}{REASON}" and question.type in TYPED:
                rules.one_of_both = True
                return
        case Binary("or", Call("is_empty", (Name(own),)), valid) if own in SELF | {source.code}:
            for part in conjuncts(valid):
                _understand(part, source, question, rules)
            return
        case Binary(">=" | "<=" as sign, Name(own), Number() | Unary("-", Number()) as limit):
            if own in SELF | {source.code} and question.type is QuestionType.NUMBER:
                _limit(rules, sign, _number(limit))
                return
        case Binary(">=" | "<" | "<=" as sign, Name(own), Words(day)) if own in SELF | {source.code}:
            if question.type is QuestionType.DATE:
                _limit(rules, ">=" if sign == ">=" else "<=", _day(sign, day))
                return
        case Call("regexMatch", (Words(pattern), Name(own))) if own in SELF | {source.code}:
            rules.pattern = _pattern(pattern, question)
            return
    raise _UnknownError


def _limit(rules: _Rules, sign: str, value: float | str) -> None:
    if sign == ">=":
        rules.minimum = value
    else:
        rules.maximum = value


def _number(script: Number | Unary) -> float:
    match script:
        case Number(value):
            return value
        case Unary("-", Number(value)):
            return -value
    raise _UnknownError


def _day(sign: str, text: str) -> str:
    # The whole of the last day is told by what sorts after every time of it.
    day = text.removesuffix(" 99")
    if (sign == "<") != text.endswith(" 99") or len(day) != len("2026-01-31"):
        raise _UnknownError
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise _UnknownError from None


def _pattern(text: str, question: Question) -> str:
    found = WHOLE.fullmatch(text.strip())
    inside = (found["group"] if found["group"] is not None else found["bare"]) if found else ""
    if question.type is not QuestionType.TEXT or not inside or not PATTERN.fullmatch(inside):
        raise _UnknownError
    try:
        re.compile(inside)
    except re.error:
        raise _UnknownError from None
    return inside


def _with_preg(question: Question, source: structure.Question, context: Context) -> Question:
    if not source.validation.strip():
        return question
    try:
        pattern = _pattern(source.validation, question)
    except _UnknownError:
        context.findings.add(source.code, "left out", "a pattern that its answer must match", source.validation)
        return question
    tip = _tip(source)
    invalid = context.optional_text(tip, source.code, "the words for an invalid answer")
    return replace(question, pattern=pattern, invalid=invalid or _own_words(source, context))


def _words(source: structure.Question, context: Context, rules: _Rules) -> Text | None:
    tip = _tip(source)
    if rules.one_of_both:
        needed = either_needed(list(tip))
        tip = {language: words.removesuffix(needed[language]).strip() for language, words in tip.items()}
    return context.optional_text(tip, source.code, "the words for an invalid answer")


def _tip(source: structure.Question) -> dict[str, str]:
    return {each.language: each.value for each in source.attributes if each.name == "em_validation_q_tip"}


def _own_words(source: structure.Question, context: Context) -> Text:
    words = {
        own: CHECK_FORMAT.get(own.split("-")[0], "Please check the form of your answer.")
        for own in context.languages.values()
    }
    context.findings.add(source.code, "filled in", "the words for an invalid answer are ours")
    return Text.of(words)
