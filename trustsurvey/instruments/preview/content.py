"""An instrument as plain data for a script: texts in every language, routing as trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trustsurvey.instruments.expression import And, Comparison, Expression, Holds, Membership, Not, Or, State, parse
from trustsurvey.instruments.model import Group, Instrument, NonResponse
from trustsurvey.instruments.paper.conditions import Teller
from trustsurvey.instruments.paper.words import direction
from trustsurvey.instruments.questions import Question, QuestionType, Scale, Text

__all__ = ["content_of", "tree"]


def tree(expression: Expression) -> dict[str, Any]:
    """Return a routing expression as nested mappings, each with its ``kind``."""
    match expression:
        case And(parts):
            return {"kind": "and", "parts": [tree(part) for part in parts]}
        case Or(parts):
            return {"kind": "or", "parts": [tree(part) for part in parts]}
        case Not(part):
            return {"kind": "not", "part": tree(part)}
        case Comparison(name, sign, value):
            return {"kind": "compare", "name": name, "sign": sign, "value": value}
        case Membership(name, values):
            return {"kind": "in", "name": name, "values": list(values)}
        case State(name, state):
            return {"kind": "state", "name": name, "state": state}
        case Holds(name):
            return {"kind": "holds", "name": name}


def content_of(instrument: Instrument) -> dict[str, Any]:
    """Return everything that a page needs to put an instrument to somebody."""
    references = {
        variable.name: variable.name if question.type is QuestionType.BATTERY else question.code
        for question in instrument.questions
        for variable in question.variables()
    }
    tellers = {language: Teller(instrument, language, references) for language in instrument.languages}
    return {
        "name": instrument.name,
        "version": instrument.version,
        "digest": instrument.digest,
        "languages": [{"code": each, "direction": direction(each)} for each in instrument.languages],
        "title": _text(instrument.title),
        "description": _text(instrument.description),
        "welcome": _text(instrument.welcome),
        "end": _text(instrument.end),
        "consent": instrument.consent,
        "reasons": _reasons(instrument),
        "groups": [_group(group, tellers) for group in instrument.groups],
        "checks": [
            {"code": check.code, "rule": check.rule, "when": check.when, "message": _text(check.message)}
            for check in instrument.checks
        ],
        "quotas": [
            {"code": quota.code, "when": [[name, list(codes)] for name, codes in quota.when],
             "message": _text(quota.message)}
            for quota in instrument.quotas
        ],
    }  # fmt: skip


def _text(text: Text | None) -> dict[str, str] | None:
    return dict(text.translations) if text else None


def _reasons(instrument: Instrument) -> list[dict[str, Any]]:
    both: tuple[tuple[str, NonResponse | None], ...] = (
        ("dont_know", instrument.dont_know),
        ("refused", instrument.refused),
    )
    return [{"name": name, "code": each.code, "label": _text(each.label)} for name, each in both if each]


def _routing(text: str, tellers: Mapping[str, Teller]) -> dict[str, Any] | None:
    if not text:
        return None
    expression = parse(text)
    words = {language: teller.clause(expression) for language, teller in tellers.items()}
    return {"text": text, "tree": tree(expression), "words": words}


def _group(group: Group, tellers: Mapping[str, Teller]) -> dict[str, Any]:
    return {
        "code": group.code,
        "title": _text(group.title),
        "description": _text(group.description),
        "routing": _routing(group.ask_if, tellers),
        "questions": [_question(question, tellers) for question in group.questions],
    }


def _question(question: Question, tellers: Mapping[str, Teller]) -> dict[str, Any]:
    return {
        "code": question.code,
        "type": str(question.type),
        "text": _text(question.text),
        "help": _text(question.help),
        "points": _points(question.scale),
        "items": [{"code": item.code, "text": _text(item.text)} for item in question.items],
        "minimum": question.minimum,
        "maximum": question.maximum,
        "ends": [_text(end) for end in question.ends],
        "other": _text(question.other),
        "dont_know": question.dont_know,
        "refused": question.refused,
        "reason_key": question.reason_key,
        "routing": _routing(question.ask_if, tellers),
        "mandatory": question.mandatory,
        "randomise": question.randomise,
        "choices": question.choices,
        "value": question.value,
        "pattern": question.pattern,
        "invalid": _text(question.invalid),
        "concept": question.concept,
        "source": question.source,
        "trend": question.trend or any(item.trend for item in question.items),
        "variables": [
            {"name": variable.name, "key": variable.key, "kind": variable.kind, "codes": list(variable.codes)}
            for variable in question.variables()
        ],
    }


def _points(scale: Scale | None) -> list[dict[str, Any]]:
    return [{"code": point.code, "label": _text(point.label)} for point in scale.points] if scale else []
