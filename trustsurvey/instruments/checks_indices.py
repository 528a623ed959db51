"""Rules for indices and trend items."""

from __future__ import annotations

from trustsurvey.documents.document import Path
from trustsurvey.documents.values import close_to
from trustsurvey.instruments.draft import Placed
from trustsurvey.instruments.findings import Findings
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.instruments.schema import IndexEntry
from trustsurvey.instruments.wording import a_question

__all__ = ["check_indices"]


def check_indices(findings: Findings) -> None:
    """Look at the indices of a draft, and whether what has a trend has a concept."""
    checker = _Checker(findings)
    for index in findings.draft.indices:
        checker.check(index)
    for question in findings.draft.questions:
        _trend(findings, question)


def _trend(findings: Findings, placed: Placed[Question]) -> None:
    question, remedy = placed.content, "name the concept that the series is of"
    if question.concept:
        return
    lacking = [number for number, item in enumerate(question.items) if not item.concept]
    if question.trend and (lacking or not question.items):
        findings.add((*placed.path, "trend"), f"{question.code} has a trend but no concept", remedy, key=True)
    elif not question.trend:
        for number in lacking:
            if question.items[number].trend:
                message = f"the item {question.items[number].code} has a trend but no concept"
                findings.add((*placed.path, "items", number, "trend"), message, remedy, key=True)


class _Checker:
    """Knows which variables an index may be made of."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        draft = findings.draft
        self.questions = {question.content.code: question.content for question in draft.questions}
        self.variables = {
            variable.name: variable for question in draft.questions for variable in question.content.variables()
        }
        self.derived = {derived.content.code for derived in draft.derived}
        self.replaced = {name: derived.content.code for derived in draft.derived for name in derived.content.replaces}

    def check(self, index: Placed[IndexEntry]) -> None:
        """Look at one index."""
        entry, path = index.content, index.path
        add, expanded = self.findings.add, self.findings.draft.expanded
        if not entry.items:
            add((*path, "items"), f"the index {entry.code} has no items", "name its items")
            return
        first: dict[str, Path] = {}
        sound = True
        for number, name in enumerate(entry.items):
            where = (*path, "items", number)
            sound &= self._item(where, name)
            for variable in expanded([name]):
                earlier = first.setdefault(variable, where)
                if earlier != where:
                    message = f"{variable} is in the index twice, first on line {self.findings.line(earlier)}"
                    add(where, message, "name it once; the code of a battery stands for all its items")
        reversed_already: set[str] = set()
        for number, name in enumerate(entry.reversed):
            where = (*path, "reversed", number)
            for variable in expanded([name]):
                if variable not in first and not self.findings.is_broken(variable):
                    remedy = f"{close_to(variable, first)} the items are {', '.join(first)}".strip()
                    add(where, f"{variable} is reversed but is no item of {entry.code}", remedy)
                elif variable in reversed_already:
                    add(where, f"{variable} is reversed twice", "name it once")
                reversed_already.add(variable)
        if sound and not 1 <= entry.minimum_answered <= len(first):
            message = f"minimum_answered is {entry.minimum_answered}, and {entry.code} has {len(first)} items"
            add((*path, "minimum_answered"), message, f"write a number from 1 to {len(first)}")

    def _item(self, path: Path, name: str) -> bool:
        """Return whether a name can be an item; write down why not."""
        if self.findings.is_broken(name):
            return False
        message, remedy = "", "an index is made of ratings and of answers on ordinal scales"
        question = self.questions.get(self.variables[name].question if name in self.variables else name)
        if name in self.derived:
            message = f"{name} is derived, and an index is made of answers"
        elif question is None:
            message = f"there is no item {name}"
            remedy = f"{close_to(name, [*self.variables, *self.questions])} name variables or batteries".strip()
        elif name not in self.variables and question.type is not QuestionType.BATTERY:
            message = f"{name} is {a_question(question.type)}"
        elif question.type is not QuestionType.RATING and any(
            variable.kind != "ordinal" for variable in question.variables() if name in {variable.name, question.code}
        ):
            scale = question.scale is not None and question.type in {QuestionType.BATTERY, QuestionType.SINGLE}
            message = (
                f"{name} has no ordinal scale" if scale else f"{name} is the answer to {a_question(question.type)}"
            )
            remedy += f"; make the scale of {question.code} ordinal if its order means more or less" if scale else ""
        elif replaced := [each for each in self.findings.draft.expanded([name]) if each in self.replaced]:
            message = f"{replaced[0]} is replaced by {self.replaced[replaced[0]]} and so not among the answers"
            remedy = "leave it out of one of the two"
        if message:
            self.findings.add(path, message, remedy)
        return not message
