"""Rules for routing and derived variables: only what exists and is known by then, compared with what it can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from trustsurvey.documents.document import Path
from trustsurvey.documents.values import close_to
from trustsurvey.errors import RoutingError
from trustsurvey.instruments.checks_platform import comparable
from trustsurvey.instruments.expression import Comparison, Condition, Holds, Membership, State, conditions, parse
from trustsurvey.instruments.findings import Findings
from trustsurvey.instruments.questions import Question, QuestionType, Variable
from trustsurvey.instruments.wording import a_question

__all__ = ["ExpressionReader", "check_routing"]

MOST_NAMED = 12


def check_routing(findings: Findings) -> None:
    """Look at every routing expression of a draft, and at what derived variables replace."""
    draft = findings.draft
    everything = {variable.name: variable for question in draft.questions for variable in question.content.variables()}
    reader = ExpressionReader(findings, everything)
    known: dict[str, Variable] = {}
    for group in draft.groups:
        reader.check((*group.path, "ask_if"), group.entry.ask_if, known, "this group")
        for question in group.questions:
            reader.check((*question.path, "ask_if"), question.content.ask_if, known, question.content.code)
            known |= {variable.name: variable for variable in question.content.variables()}
    _derived(findings, reader, everything)


def _derived(findings: Findings, reader: ExpressionReader, everything: Mapping[str, Variable]) -> None:
    known = dict(everything)
    replaced: dict[str, str] = {}
    for derived in findings.draft.derived:
        code = derived.content.code
        if not derived.content.levels:
            findings.add((*derived.path, "levels"), f"{code} has no level", "add at least one level")
        for number, level in enumerate(derived.content.levels):
            reader.check((*derived.path, "levels", number, "when"), level.when, known, code, replaced)
        for number, name in enumerate(derived.content.replaces):
            path = (*derived.path, "replaces", number)
            if name not in everything and not findings.is_broken(name):
                reader.unknown(path, name, everything, code)
            if name in derived.content.replaces[:number]:
                findings.add(path, f"{name} is named twice", "name it once")
            if name in everything and everything[name].trend:
                message = f"{name} is a trend item, and {code} would replace it in the answers"
                findings.add(path, message, "leave it out here, or give up its trend")
        replaced |= dict.fromkeys(derived.content.replaces, code)
        known[code] = derived.content.variable()


class ExpressionReader:
    """Checks one expression after another against the variables of the instrument."""

    def __init__(self, findings: Findings, everything: Mapping[str, Variable]) -> None:
        self.findings = findings
        self.everything = everything
        self.questions = {question.content.code: question.content for question in findings.draft.questions}
        self.derived = {derived.content.code for derived in findings.draft.derived}
        self.indices = {index.content.code for index in findings.draft.indices}

    def check(
        self,
        path: Path,
        text: str,
        known: Mapping[str, Variable],
        owner: str,
        replaced: Mapping[str, str] | None = None,
    ) -> None:
        """Check one expression that may read the variables in ``known``; an empty one is right."""
        if not text:
            return
        try:
            expression = parse(text)
        except RoutingError as error:
            self.findings.add(path, error.complaint, error.remedy, character=error.column)
            return
        for condition in conditions(expression):
            name = condition.name
            if replaced and name in replaced:
                message = f"{name} was replaced by {replaced[name]} before"
                remedy = f"put {owner} before {replaced[name]}"
                self.findings.add(path, message, remedy, character=condition.column)
            elif name in known and not self.findings.is_broken(name):
                self._fits(path, condition, known[name])
            elif not self.findings.is_broken(name):
                self.unknown(path, name, known, owner, condition.column)

    def unknown(self, path: Path, name: str, known: Mapping[str, Variable], owner: str, column: int = 0) -> None:
        """Write down that a name cannot be used where it stands, and why."""
        available = ", ".join(list(known)[:MOST_NAMED]) + (" ..." if len(known) > MOST_NAMED else "")
        remedy = f"{close_to(name, known)} the variables known here are {available or 'none'}".strip()
        message = f"there is no variable {name}"
        if name in self.everything:
            when = "this question itself" if self.everything[name].question == owner else "asked later"
            message, remedy = f"{name} is {when}", "refer to earlier questions only, or move the question"
        elif name in self.questions:
            own = [variable.name for variable in self.questions[name].variables()]
            message = f"{name} is {a_question(self.questions[name].type)} and no variable by itself"
            remedy = f"name one of {', '.join(own[:MOST_NAMED])}" if own else "it has no answer; refer to another"
        elif name in self.derived:
            message = f"{name} is derived from the answers later than this"
            remedy = "refer to the answers themselves, or to derived variables that stand before this one"
        elif name in self.indices:
            message, remedy = f"{name} is an index, computed after the interview", "refer to the answers themselves"
        self.findings.add(path, message, remedy, character=column)

    def _fits(self, path: Path, condition: Condition, variable: Variable) -> None:
        add, name = self.findings.add, condition.name
        match condition:
            case State(_, state):
                self._state(path, state, condition.column, variable)
            case Holds():
                if variable.kind != "boolean":
                    remedy = (
                        f'compare it, as in {name} = "yes"' if "yes" in variable.codes else "compare it with a value"
                    )
                    add(path, f"{name} is no tick of a multiple choice", remedy, character=condition.column)
            case Comparison(_, operator, value):
                if operator not in {"=", "!="} and variable.kind in {"nominal", "text"}:
                    message = f"the answers to {name} have no order, so {operator} means nothing"
                    add(path, message, "use =, != or in", character=condition.column)
                self._value(path, value, condition.value_column, variable)
            case Membership(_, values):
                for value, column in zip(values, condition.value_columns, strict=True):
                    self._value(path, value, column, variable)

    def _state(self, path: Path, state: str, column: int, variable: Variable) -> None:
        question = self.questions.get(variable.question)
        if state == "answered" or question is None:
            return
        if variable.kind == "text":
            message = f"{state} cannot be used with the text {variable.name}"
            self.findings.add(path, message, f"use answered({variable.name}) or a comparison", character=column)
        elif not getattr(question, state):
            message = f"{question.code} does not offer the answer {state}, so this never holds"
            self.findings.add(
                path, message, f"add {state}: true to {question.code}, or take this out", character=column
            )

    def _value(self, path: Path, value: float | str, column: int, variable: Variable) -> None:
        name, shown = variable.name, f'"{value}"' if isinstance(value, str) else f"{value:g}"
        message, remedy = "", ""
        match variable.kind:
            case "ordinal" | "nominal" if not isinstance(value, str):
                message, remedy = f"{name} holds codes and {shown} is a number", f'write the code in quotes: "{shown}"'
            case "ordinal" | "nominal" if value not in variable.codes:
                message = f"{name} has no answer code {shown}"
                remedy = f"{close_to(str(value), variable.codes)} its codes are {', '.join(variable.codes)}".strip()
            case "number" if isinstance(value, str):
                message, remedy = f"{name} holds numbers and {shown} is text", "write a number without quotes"
            case "number":
                message, remedy = self._outside(name, value, self.questions.get(variable.question))
            case "boolean":
                message = f"{name} is a tick of a multiple choice and is not compared"
                remedy = f"write {name}, or not {name}"
            case "date" if not _is_date(value):
                message, remedy = f"{name} holds dates and {shown} is none", 'write a date, as in "2026-01-31"'
            case "text" if not isinstance(value, str):
                message, remedy = f"{name} holds text and {shown} is a number", f'write it in quotes: "{shown}"'
            case "text" if self._is_typed(variable) and not comparable(str(value)):
                message = f"the survey platform cannot compare what is typed with {shown} to the letter"
                remedy = "compare it with unaccented letters and digits after a letter, or ask a question with answers"
        if message:
            self.findings.add(path, message, remedy, character=column)

    def _is_typed(self, variable: Variable) -> bool:
        question = self.questions.get(variable.question)
        return question is None or question.type is not QuestionType.HIDDEN

    @staticmethod
    def _outside(name: str, value: float | str, question: Question | None) -> tuple[str, str]:
        if question is None or question.type not in {QuestionType.RATING, QuestionType.NUMBER}:
            return "", ""
        lowest, highest = question.minimum, question.maximum
        least = lowest if isinstance(lowest, float) else -math.inf
        most = highest if isinstance(highest, float) else math.inf
        if isinstance(value, float) and least < most and not least <= value <= most:
            limits = " and ".join(
                words
                for words, limit in ((f"at least {least:g}", least), (f"at most {most:g}", most))
                if math.isfinite(limit)
            )
            return f"{name} is {limits}, so comparing it with {value:g} says nothing", "correct the number"
        return "", ""


def _is_date(value: float | str) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False
