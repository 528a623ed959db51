"""Which answers to some variables exist, so far as the expressions of two versions tell them apart.

Two expressions are equivalent where they agree on every combination of answers; that is decided by going through all
combinations, not by comparing how they are written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from trustsurvey.instruments.expression import Comparison, Condition, Holds, Membership, State
from trustsurvey.instruments.questions import Question, QuestionType, Variable
from trustsurvey.instruments.routing import COMPARE
from trustsurvey.instruments.versions.version import Version

__all__ = ["MOST_COMBINATIONS", "Combinations", "Truth", "combinations"]

MOST_COMBINATIONS = 200_000
OTHER_TEXT = "\0"

Truth = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer: a value, or none and the reason that was stated."""

    value: float | str | bool | None = None
    reason: str = ""

    def described(self) -> str:
        """Return the answer as a sentence names it."""
        if self.value is None:
            return {"dont_know": "not known", "refused": "refused"}.get(self.reason, "not answered")
        if isinstance(self.value, bool):
            return "ticked" if self.value else "not ticked"
        if self.value == OTHER_TEXT:
            return "something else"
        return f"= {self.value:g}" if isinstance(self.value, float) else f"= {self.value}"


@dataclass(frozen=True, slots=True)
class Combinations:
    """Every combination of answers that matters: for each condition of either version, where it holds."""

    size: int
    truths: tuple[Mapping[Condition, Truth], Mapping[Condition, Truth]]
    answers: tuple[tuple[str, tuple[Answer, ...]], ...]

    def described(self, position: int, wanted: Collection[str]) -> str:
        """Return the answers to some variables in one combination, as a sentence names them."""
        parts = []
        for name, every in reversed(self.answers):
            position, place = divmod(position, len(every))
            if name in wanted:
                parts.append(f"{name} {every[place].described()}")
        return ", ".join(reversed(parts))


def combinations(
    versions: tuple[Version, Version], conditions: tuple[frozenset[Condition], frozenset[Condition]]
) -> Combinations | None:
    """Return the combinations of answers to the variables that some conditions read; None where there are too many.

    Answers that no condition tells apart count as one.

    Parameters
    ----------
    versions : (old, new)
    conditions : (of the old version, of the new version)
    """
    tables: list[tuple[list[Condition], list[Condition], list[tuple[bool, ...]]]] = []
    answers: list[tuple[str, tuple[Answer, ...]]] = []
    size = 1
    for name in sorted({condition.name for each in conditions for condition in each}):
        own = tuple([condition for condition in each if condition.name == name] for each in conditions)
        distinct: dict[tuple[bool, ...], Answer] = {}
        for answer in _answers(name, versions, (*own[0], *own[1])):
            row = [
                _holds(condition, answer, version)
                for version, each in zip(versions, own, strict=True)
                for condition in each
            ]
            distinct.setdefault(tuple(row), answer)
        size *= len(distinct)
        if size > MOST_COMBINATIONS:
            return None
        tables.append((own[0], own[1], list(distinct)))
        answers.append((name, tuple(distinct.values())))
    truths: tuple[dict[Condition, Truth], dict[Condition, Truth]] = ({}, {})
    repeated = size
    for old, new, rows in tables:
        repeated //= len(rows)
        places = np.tile(np.repeat(np.arange(len(rows)), repeated), size // (repeated * len(rows)))
        content = np.array(rows, dtype=np.bool_).reshape(len(rows), len(old) + len(new))
        for number, condition in enumerate(old):
            truths[0][condition] = content[places, number]
        for number, condition in enumerate(new, start=len(old)):
            truths[1][condition] = content[places, number]
    return Combinations(size, truths, tuple(answers))


def _answers(name: str, versions: tuple[Version, Version], conditions: Iterable[Condition]) -> Iterator[Answer]:
    """Yield the answers to a variable that either version allows."""
    found: dict[Answer, None] = {}
    for version in versions:
        if name not in version.variables:
            continue
        variable, question = version.variables[name], version.owners[name]
        if name == version.instrument.consent:
            found[Answer("yes")] = None
            continue
        found |= dict.fromkeys(Answer(value) for value in _values(variable, question, conditions))
        if question.mandatory != "hard" and question.type is not QuestionType.HIDDEN:
            found[Answer()] = None
        for offered, reason in ((question.dont_know, "dont_know"), (question.refused, "refused")):
            if offered:
                found[Answer(reason=reason)] = None
    return iter(found or {Answer(): None})


def _values(variable: Variable, question: Question, conditions: Iterable[Condition]) -> Iterator[float | str | bool]:
    named = {value for condition in conditions for value in _named(condition)}
    match variable.kind:
        case "ordinal" | "nominal":
            yield from variable.codes
        case "boolean":
            yield from (True, False)
        case "number" if question.type is QuestionType.RATING:
            least, most = (limit if isinstance(limit, float) else 0.0 for limit in (question.minimum, question.maximum))
            yield from (float(point) for point in range(int(least), int(most) + 1))
        case "number":
            limits = (question.minimum, question.maximum)
            numbers = sorted(value for value in {*named, *limits} if isinstance(value, float))
            # What is counted between whole limits is years, times or persons: nobody is 17.5.
            if all(isinstance(each, float) and each.is_integer() for each in limits):
                beside = (each for number in numbers for each in (floor(number) - 1, floor(number), ceil(number) + 1))
                whole = {*beside, *(ceil(number) for number in numbers)}
                yield from (float(point) for point in sorted(whole) if _within(point, question))
                return
            around = [number for low, high in pairwise(numbers) for number in (low, (low + high) / 2)]
            points = [numbers[0] - 1, *around, numbers[-1], numbers[-1] + 1] if numbers else [0.0]
            yield from (point for point in points if _within(point, question))
        case "date":
            days = {each for value in {*named, question.minimum, question.maximum} for each in _days(value)}
            yield from sorted(day for day in days if _within(day, question)) or [OTHER_TEXT]
        case "text" if question.type is QuestionType.HIDDEN:
            yield question.value
        case _:
            yield from sorted(value for value in named if isinstance(value, str))
            yield OTHER_TEXT


def _within(value: float | str, question: Question) -> bool:
    low, high = question.minimum, question.maximum
    return (low is None or value >= low) and (high is None or value <= high)  # type: ignore[operator]


def _days(value: float | str | None) -> list[str]:
    try:
        day = date.fromisoformat(str(value))
        return [(day + timedelta(days=step)).isoformat() for step in (-1, 0, 1)]
    except (ValueError, OverflowError):
        return []


def _named(condition: Condition) -> tuple[float | str, ...]:
    match condition:
        case Comparison():
            return (condition.value,)
        case Membership():
            return condition.values
        case _:
            return ()


def _holds(condition: Condition, answer: Answer, version: Version) -> bool:
    variable = version.variables.get(condition.name)
    if variable is None:
        return False
    if version.owners[condition.name].type is QuestionType.HIDDEN:
        answer = Answer(version.owners[condition.name].value)
    match condition:
        case State(_, "answered"):
            return answer.value is not None
        case State(_, state):
            return answer.reason == state
        case Holds():
            return answer.value is True
        case Membership(_, values):
            return any(_compares("=", answer.value, value, variable) for value in values)
        case Comparison(_, sign, value):
            return _compares(sign, answer.value, value, variable)


def _compares(sign: str, given: float | str | bool | None, value: float | str, variable: Variable) -> bool:
    if given is None or isinstance(given, bool) or isinstance(given, str) != isinstance(value, str):
        return False
    if variable.codes:
        if given not in variable.codes or value not in variable.codes:
            return False
        return bool(COMPARE[sign](variable.codes.index(str(given)), variable.codes.index(str(value))))
    return bool(COMPARE[sign](given, value))
