"""Whether two versions ask the same people, and whether two rules give the same level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trustsurvey.instruments.expression import (
    And,
    Comparison,
    Condition,
    Expression,
    Membership,
    Not,
    Or,
    conditions,
    names,
)
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.routing import COMPARE
from trustsurvey.instruments.versions.answering import Combinations, Truth, combinations
from trustsurvey.instruments.versions.version import Version, normal

__all__ = ["Agreement", "other_levels", "other_people", "same_levels", "same_people", "same_routing"]

Agreement = bool | None


def same_routing(old: Version, new: Version, question: str) -> Agreement:
    """Return whether the routing of a question means the same by itself; None where that cannot be decided.

    The answers that it reads are taken as they come, whoever was asked for them.
    """
    before, after = old.routing[question], new.routing[question]
    if normal(before) == normal(after):
        return True
    readers = _readers(old, new, _given(before), _given(after), follow=False)
    if readers is None:
        return None
    return bool(np.array_equal(readers[0].truth(before), readers[1].truth(after)))


def same_people(old: Version, new: Version, question: str) -> Agreement:
    """Return whether the same people reach a question, whatever they answer; None where that cannot be decided.

    Follows the routing of the questions that its routing reads, and of those that theirs reads.
    """
    if _untouched(old, new, question):
        return True
    before, after = old.routing[question], new.routing[question]
    readers = _readers(old, new, _given(before), _given(after), follow=True)
    if readers is None:
        return None
    return bool(np.array_equal(readers[0].truth(before), readers[1].truth(after)))


def same_levels(old: Version, new: Version, derived: str) -> Agreement:
    """Return whether the rule of a derived variable gives everybody the same level; None where undecided.

    Either for any answers, or at least for those that respondents of both versions can give.
    """
    before, after = old.rules[derived], new.rules[derived]
    if [(code, normal(when)) for code, when in before] == [(code, normal(when)) for code, when in after]:
        return True
    for follow in (False, True):
        readers = _readers(old, new, [when for _, when in before], [when for _, when in after], follow=follow)
        if readers is None:
            return None
        if np.array_equal(readers[0].level(derived), readers[1].level(derived)):
            return True
    return False


def other_people(old: Version, new: Version, question: str) -> str:
    """Return an example of people whom one version alone asks a question, empty where there is none to name."""
    before, after = old.routing[question], new.routing[question]
    readers = _readers(old, new, _given(before), _given(after), follow=True)
    if readers is None:
        return ""
    wanted = {name for each in (before, after) if each for name in _answered(old, new, each)}
    was, now = readers[0].truth(before), readers[1].truth(after)
    found = (("asked now", now & ~was), ("no longer asked", was & ~now))
    return "; ".join(
        f"{words}, for instance: {readers[0].every.described(int(np.argmax(differs)), wanted)}"
        for words, differs in found
        if differs.any()
    )


def other_levels(old: Version, new: Version, derived: str) -> str:
    """Return an example of answers to which two versions give another level, empty where there is none to name."""
    rules = [[when for _, when in version.rules[derived]] for version in (old, new)]
    readers = _readers(old, new, *rules, follow=True)
    if readers is None:
        return ""
    was, now = (reader.level(derived) for reader in readers)
    differs = np.flatnonzero(was != now)
    if not len(differs):
        return ""
    wanted = {name for each in (*rules[0], *rules[1]) for name in _answered(old, new, each)}
    levels = [str(each[differs[0]]) or "no level" for each in (was, now)]
    return f"for instance {readers[0].every.described(int(differs[0]), wanted)}: {levels[0]} before, {levels[1]} now"


def _answered(old: Version, new: Version, expression: Expression) -> set[str]:
    """Return the variables that an expression reads, those behind derived variables included."""
    found: set[str] = set()
    for version in (old, new):
        open_, seen = list(names(expression)), set()
        while open_:
            name = open_.pop()
            if name in version.rules and name not in seen:
                open_ += [each for _, when in version.rules[name] for each in names(when)]
            elif name not in version.rules:
                found.add(name)
            seen.add(name)
    return found


def _untouched(old: Version, new: Version, question: str) -> bool:
    """Return whether the routing of a question, and all that it reads in turn, is the same in both versions."""
    open_, seen = [question], {question}
    while open_:
        code = open_.pop()
        routing = old.routing[code]
        if routing != new.routing.get(code):
            return False
        for name in names(routing) if routing else ():
            asked = old.owners.get(name)
            if asked is None or new.owners.get(name) != asked:
                return False
            if asked.code not in seen:
                seen.add(asked.code)
                open_.append(asked.code)
    return True


def _given(expression: Expression | None) -> list[Expression]:
    return [expression] if expression else []


def _readers(
    old: Version, new: Version, before: Iterable[Expression], after: Iterable[Expression], *, follow: bool
) -> tuple[_Reader, _Reader] | None:
    found = _needed(old, before, follow), _needed(new, after, follow)
    every = combinations((old, new), found)
    if every is None:
        return None
    return _Reader(old, every, 0, follow), _Reader(new, every, 1, follow)


def _needed(version: Version, expressions: Iterable[Expression], follow: bool) -> frozenset[Condition]:
    """Return the conditions that expressions depend on, through derived variables and, followed, routing."""
    found: set[Condition] = set()
    open_, seen = list(expressions), set()
    while open_:
        for condition in conditions(open_.pop()):
            name = condition.name
            if name in version.rules:
                if name not in seen:
                    open_.extend(when for _, when in version.rules[name])
            else:
                found.add(condition)
                if follow and name not in seen and name in version.owners:
                    question = version.owners[name]
                    routing = version.routing[question.code]
                    open_.extend([routing] if routing else [])
                    if name == f"{question.code}_other" and question.type is QuestionType.SINGLE:
                        open_.append(Comparison(question.code, "=", "other"))
            seen.add(name)
    return frozenset(found)


@dataclass(slots=True)
class _Reader:
    """Evaluates expressions of one version over every combination of answers."""

    version: Version
    every: Combinations
    side: int
    follow: bool
    asked_: dict[str, Truth] = field(default_factory=dict)
    levels: dict[str, NDArray[np.str_]] = field(default_factory=dict)

    def truth(self, expression: Expression | None) -> Truth:
        match expression:
            case None:
                return np.ones(self.every.size, dtype=np.bool_)
            case And(parts):
                return np.asarray(np.logical_and.reduce([self.truth(part) for part in parts]), dtype=np.bool_)
            case Or(parts):
                return np.asarray(np.logical_or.reduce([self.truth(part) for part in parts]), dtype=np.bool_)
            case Not(part):
                return ~self.truth(part)
            case _ if expression.name in self.version.rules:
                return self._of_derived(expression)
            case _:
                truth = self.every.truths[self.side][expression]
                return truth & self.asked(expression.name) if self.follow else truth

    def asked(self, name: str) -> Truth:
        """Return where the question of a variable is asked."""
        if name not in self.version.owners:
            return np.ones(self.every.size, dtype=np.bool_)
        if name not in self.asked_:
            question = self.version.owners[name]
            # So that a file that was never checked, in which a question asks for itself, ends too.
            self.asked_[name] = np.ones(self.every.size, dtype=np.bool_)
            result = self.truth(self.version.routing[question.code])
            if name == f"{question.code}_other" and question.type is QuestionType.SINGLE:
                result = result & self.truth(Comparison(question.code, "=", "other"))
            self.asked_[name] = result
        return self.asked_[name]

    def level(self, code: str) -> NDArray[np.str_]:
        """Return the level of a derived variable, empty where none holds."""
        if code not in self.levels:
            rules = self.version.rules[code]
            longest = max((len(level) for level, _ in rules), default=1)
            result = np.full(self.every.size, "", dtype=f"<U{longest}")
            self.levels[code] = result.copy()
            for level, when in rules:
                result[self.truth(when) & (result == "")] = level
            self.levels[code] = result
        return self.levels[code]

    def _of_derived(self, condition: Condition) -> Truth:
        level = self.level(condition.name)
        codes = [code for code, _ in self.version.rules[condition.name]]
        held: Truth = np.zeros(self.every.size, dtype=np.bool_)
        match condition:
            case Membership(_, values):
                wanted = [code for code in codes if code in values]
            case Comparison(_, sign, value) if value in codes:
                wanted = [code for code in codes if COMPARE[sign](codes.index(code), codes.index(str(value)))]
            case Comparison():
                wanted = []
            case _:
                wanted = codes if getattr(condition, "state", "") == "answered" else []
        for code in wanted:
            held |= level == code
        return held
