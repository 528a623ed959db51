"""Routing as LimeSurvey's expressions, which hold for a respondent exactly when ours do.

An answer to a question that is not shown reads as empty there (``.NAOK``), as it does here. Answers chosen from a list
are compared by code alone, so an order becomes the codes that stand on its right side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.instruments.checks_platform import comparable
from trustsurvey.instruments.expression import (
    And,
    Comparison,
    Expression,
    Holds,
    Membership,
    Not,
    Or,
    State,
    parse,
)
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Variable
from trustsurvey.instruments.routing import COMPARE

__all__ = ["ALWAYS", "NEVER", "Routing", "beside_day", "name_of", "number_of", "read"]

ALWAYS, NEVER = "1", "0"
CHOSEN = frozenset(
    {QuestionType.SINGLE, QuestionType.YES_NO, QuestionType.RATING, QuestionType.BATTERY, QuestionType.RANKING}
)
# In words, as the filter of HTML encodes < and >.
SIGNS: Mapping[str, str] = MappingProxyType({"=": "==", "!=": "!=", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"})
# Dates are text there, with a time after the day.
DAY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"<": ("lt", ""), ">=": ("ge", ""), ">": ("gt", " 99"), "<=": ("lt", " 99")}
)


def name_of(key: str) -> str:
    """Return the name that expressions give to a raw key: ``WHY[cost]`` is ``WHY_cost``."""
    return key.replace("[", "_").removesuffix("]")


def read(key: str) -> str:
    """Return how an expression reads a raw key: empty where its question is not shown."""
    return f"{name_of(key)}.NAOK"


def number_of(value: float) -> str:
    """Return a number as an expression writes it."""
    digits = f"{Decimal(repr(float(value))):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def beside_day(key: str, operator: str, day: str) -> str:
    """Return the comparison of a date (the whole day) with a day written YYYY-MM-DD."""
    sign, end = DAY[operator]
    return f'{read(key)} {sign} "{day}{end}"'


class Routing:
    """Translates the routing of one instrument.

    Parameters
    ----------
    instrument : Instrument

    Raises
    ------
    InputError, UnknownNameError
        From its methods: an expression reads what does not exist, or compares what LimeSurvey cannot compare likewise.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.variables = {variable.name: variable for variable in instrument.variables}
        self.questions = {question.code: question for question in instrument.questions}

    def group(self, group: Group) -> str:
        """Return when a page is shown."""
        opening = any(question.code == self.instrument.consent for question in group.questions)
        return ALWAYS if opening else _all(self._parts(group.ask_if))

    def question(self, group: Group, question: Question) -> str:
        """Return when a question is shown; complete by itself, as pages of LimeSurvey do not answer for theirs."""
        return ALWAYS if question.code == self.instrument.consent else _all(self._parts(group.ask_if, question.ask_if))

    def expression(self, expression: Expression) -> str:
        """Return the translation of one expression; it stands as it is beside ``and``, ``or`` and in brackets."""
        match expression:
            case And(parts):
                return _all(self.expression(part) for part in parts)
            case Or(parts):
                return _any(self.expression(part) for part in parts)
            case Not(part):
                return _not(self.expression(part))
            case State(name, state):
                return self._answered(self._variable(name)) if state == "answered" else self._stated(name, state)
            case Holds(name):
                return _is(self._boolean(name).key, "Y")
            case Membership(name, values):
                variable = self._variable(name)
                if self._is_chosen(variable):
                    wanted = {code for value in values for code in self._codes_where(variable, "=", value)}
                    return self._among(variable, wanted)
                return _any(self._compared(name, "=", value) for value in values)
            case Comparison(name, operator, value):
                return self._compared(name, operator, value)

    def _parts(self, *texts: str) -> list[str]:
        consent = self.instrument.consent
        parts = [_is(consent, "yes")] if consent else []
        return parts + [self.expression(parse(text)) for text in texts if text]

    def _compared(self, name: str, operator: str, value: float | str) -> str:
        variable = self._variable(name)
        question = self._question(variable)
        if question.type is QuestionType.HIDDEN:
            return self._compared_constant(question, variable, operator, value)
        if variable.kind == "text":
            return self._compared_text(variable, operator, value)
        if question.type is QuestionType.NUMBER:
            if isinstance(value, str):
                raise InputError(f"{name} holds numbers and is compared with text; write a number without quotes")
            return _all([self._answered(variable), f"{read(variable.key)} {SIGNS[operator]} {number_of(value)}"])
        if variable.kind == "date":
            return self._compared_date(variable, operator, value)
        return self._among(variable, self._codes_where(variable, operator, value))

    def _codes_where(self, variable: Variable, operator: str, value: float | str) -> set[str]:
        """Return the answers for which a comparison holds."""
        codes = self._codes(variable)
        if self._question(variable).type is QuestionType.RATING:
            if isinstance(value, str):
                raise InputError(f"{variable.name} holds numbers and is compared with text; write a number")
            return {code for code in codes if COMPARE[operator](float(code), value)}
        if value not in codes:
            raise UnknownNameError(f"code of {variable.name}", value, codes)
        if operator not in {"=", "!="} and variable.kind != "ordinal":
            raise InputError(
                f"the answers to {variable.name} have no order, so {operator} means nothing; use =, != or in"
            )
        place = codes.index(str(value))
        return {code for position, code in enumerate(codes) if COMPARE[operator](position, place)}

    def _compared_constant(self, question: Question, variable: Variable, operator: str, value: float | str) -> str:
        if operator not in {"=", "!="} or not isinstance(value, str):
            raise InputError(f"{variable.name} holds text; compare it by = or != with text between double quotes")
        return self._answered(variable) if (question.value == value) is (operator == "=") else NEVER

    def _compared_text(self, variable: Variable, operator: str, value: float | str) -> str:
        if not isinstance(value, str) or not comparable(value):
            raise InputError(
                f"{variable.name} is a text that LimeSurvey cannot compare with {value!r} to the letter; compare it "
                "with a word of unaccented letters and digits that starts with a letter, or ask a question with answers"
            )
        return _all([self._answered(variable), f'{read(variable.key)} {SIGNS[operator]} "{value}"'])

    def _compared_date(self, variable: Variable, operator: str, value: float | str) -> str:
        try:
            day = date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise InputError(f'{variable.name} holds dates; compare it with a date, as in "2026-01-31"') from None
        answered = self._answered(variable)
        if operator == "=":
            return _all([answered, beside_day(variable.key, ">=", day), beside_day(variable.key, "<=", day)])
        if operator == "!=":
            either = [beside_day(variable.key, "<", day), beside_day(variable.key, ">", day)]
            return _all([answered, _any(either)])
        return _all([answered, beside_day(variable.key, operator, day)])

    def _answered(self, variable: Variable) -> str:
        question = self._question(variable)
        parts = [f"!is_empty({read(variable.key)})"]
        reasons = self._reasons(question)
        if question.type is QuestionType.MULTIPLE:
            parts = [self._any_tick(question)] if variable.kind == "boolean" else parts
            parts += [f"is_empty({read(f'{question.code}[{code}]')})" for code in reasons]
        elif variable.kind == "text" and question.type is QuestionType.SINGLE:
            parts.insert(0, _is(question.code, "-oth-"))
        elif question.type in CHOSEN:
            parts += [f'{read(variable.key)} != "{code}"' for code in reasons]
        elif question.reason_key:
            parts.append(f"is_empty({read(question.reason_key)})")
        return _all(parts)

    def _any_tick(self, question: Question) -> str:
        keys = [variable.key for variable in question.variables()]
        return _any(f"!is_empty({read(key)})" for key in keys)

    def _stated(self, name: str, state: str) -> str:
        variable = self._variable(name)
        question = self._question(variable)
        reason = self.instrument.dont_know if state == "dont_know" else self.instrument.refused
        if reason is None or reason.code not in self._reasons(question):
            return NEVER
        if question.type is QuestionType.MULTIPLE:
            return _is(f"{question.code}[{reason.code}]", "Y")
        return _is(question.reason_key or variable.key, reason.code)

    def _among(self, variable: Variable, wanted: Collection[str]) -> str:
        """Return that an answer is one of these codes, said in the shorter of the two ways."""
        codes = self._codes(variable)
        if not wanted:
            return NEVER
        if len(wanted) == len(codes):
            return self._answered(variable)
        if len(wanted) <= len(codes) - len(wanted) + 1:
            return _any(_is(variable.key, self._stored(variable, code)) for code in codes if code in wanted)
        others = [code for code in codes if code not in wanted]
        excluded = [f'{read(variable.key)} != "{self._stored(variable, code)}"' for code in others]
        return _all([self._answered(variable), *excluded])

    def _stored(self, variable: Variable, code: str) -> str:
        return "-oth-" if code == "other" and self._question(variable).other else code

    def _is_chosen(self, variable: Variable) -> bool:
        return self._question(variable).type in CHOSEN and variable.kind != "text"

    def _codes(self, variable: Variable) -> list[str]:
        question = self._question(variable)
        if question.type is QuestionType.RATING:
            return [str(each) for each in range(int(question.minimum or 0), int(question.maximum or 0) + 1)]
        if variable.kind == "boolean":
            raise InputError(f"{variable.name} is a tick of a multiple choice; write it without a comparison")
        return list(variable.codes)

    def _reasons(self, question: Question) -> list[str]:
        both = ((question.dont_know, self.instrument.dont_know), (question.refused, self.instrument.refused))
        return [reason.code for wanted, reason in both if wanted and reason]

    def _boolean(self, name: str) -> Variable:
        variable = self._variable(name)
        if variable.kind != "boolean":
            raise InputError(f"{name} is not a tick of a multiple choice; compare it with a value")
        return variable

    def _variable(self, name: str) -> Variable:
        if name not in self.variables:
            raise UnknownNameError("variable", name, self.variables)
        return self.variables[name]

    def _question(self, variable: Variable) -> Question:
        return self.questions[variable.question]


def _is(key: str, code: str) -> str:
    return f'{read(key)} == "{code}"'


def _all(parts: Iterable[str]) -> str:
    kept = list(dict.fromkeys(part for part in parts if part != ALWAYS))
    if NEVER in kept:
        return NEVER
    return " and ".join(_bracketed(part, " or ") for part in kept) if kept else ALWAYS


def _any(parts: Iterable[str]) -> str:
    kept = list(dict.fromkeys(part for part in parts if part != NEVER))
    if ALWAYS in kept:
        return ALWAYS
    return " or ".join(_bracketed(part, " and ") for part in kept) if kept else NEVER


def _not(part: str) -> str:
    return {ALWAYS: NEVER, NEVER: ALWAYS}.get(part, f"!({part})")


def _bracketed(part: str, other: str) -> str:
    return f"({part})" if other in part else part
