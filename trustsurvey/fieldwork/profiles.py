"""Raw answers that give back what is known of a person: the inverse of the derived variables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.errors import InputError
from trustsurvey.fieldwork import coding
from trustsurvey.fieldwork.coding import Column, Reasons
from trustsurvey.fieldwork.deriving import derive, routing_frame, routing_names
from trustsurvey.fieldwork.platform import question_keys
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Variable

__all__ = ["Profile", "profiles"]

MOST = 50_000


@dataclass(frozen=True, slots=True)
class Profile:
    """Questions whose answers follow from some columns of the population cells, and which answers those are.

    Parameters
    ----------
    columns : tuple of str
    questions : frozenset of str
        Codes of the questions that are answered accordingly.
    answers : dict of raw key to array of str, each of shape (combinations,)
    combinations : dict of levels (in the order of ``columns``) to array of int
        Which combinations of answers give these levels.
    """

    columns: tuple[str, ...]
    questions: frozenset[str]
    answers: dict[str, NDArray[np.object_]]
    combinations: dict[tuple[str, ...], NDArray[np.intp]]

    def draw(
        self, people: Mapping[str, NDArray[np.object_]], size: int, random: np.random.Generator
    ) -> dict[str, NDArray[np.object_]]:
        """Return answers that give every person's levels, equally likely among all that do."""
        wanted = list(zip(*(people[column] for column in self.columns), strict=True))
        uniform = random.random(size)
        chosen = np.zeros(size, dtype=np.intp)
        distinct = {levels: position for position, levels in enumerate(dict.fromkeys(wanted))}
        group = np.fromiter((distinct[levels] for levels in wanted), dtype=np.intp, count=size)
        for levels, position in distinct.items():
            if levels not in self.combinations:
                pairs = " and ".join(f"{name} = {level}" for name, level in zip(self.columns, levels, strict=True))
                raise InputError(
                    f"no answers to {', '.join(sorted(self.questions))} give {pairs}; check the levels of the cells "
                    "against those of the instrument"
                )
            here = group == position
            options = self.combinations[levels]
            chosen[here] = options[(uniform[here] * len(options)).astype(np.intp)]
        return {key: values[chosen] for key, values in self.answers.items()}


def profiles(instrument: Instrument, columns: Iterable[str], random: np.random.Generator) -> list[Profile]:
    """Return how to answer for the columns that the instrument asks about, directly or by a derived variable.

    Columns that share questions are solved together; columns the instrument knows nothing of are left out.
    """
    known = {derived.code for derived in instrument.derived} | {variable.name for variable in instrument.variables}
    pending: list[tuple[str, ...]] = [(column,) for column in columns if column in known]
    result: list[Profile] = []
    while pending:
        together = pending.pop(0)
        needed = _questions(instrument, together)
        sharing = [other for other in pending if needed & _questions(instrument, other)]
        if sharing:
            pending = [other for other in pending if other not in sharing]
            pending.insert(0, (*together, *itertools.chain(*sharing)))
        else:
            result.append(_solve(instrument, together, needed, random))
    return result


def _questions(instrument: Instrument, columns: Iterable[str]) -> frozenset[str]:
    """Return the questions that columns are computed from and those that their routing needs, but for the consent."""
    by_code = {derived.code: derived for derived in instrument.derived}
    question_of = {variable.name: variable.question for variable in instrument.variables}
    found: set[str] = set()
    pending = list(columns)
    while pending:
        name = pending.pop()
        if name in by_code:
            pending += [each for level in by_code[name].levels for each in routing.names(routing.parse(level.when))]
            continue
        code = question_of[name]
        if code not in found and code != instrument.consent:
            found.add(code)
            pending += routing_names(instrument, code)
    return frozenset(found)


def _solve(
    instrument: Instrument, columns: tuple[str, ...], needed: frozenset[str], random: np.random.Generator
) -> Profile:
    questions = [question for question in instrument.questions if question.code in needed]
    candidates = {
        variable.key: _candidates(question, variable)
        for question in questions
        for variable in question.variables()
        if variable.kind != "text" or question.type is QuestionType.HIDDEN
    }
    raw = _combinations(candidates, random)
    size = len(next(iter(raw.values())))
    coded, reasons = _consent(instrument, size)
    for question in questions:
        for key in question_keys(instrument, question):
            raw.setdefault(key, np.full(size, "", dtype=object))
        asked = routing.question_asked(
            instrument, question, *routing_frame(instrument, question.code, coded, reasons, size)
        )
        for key in question_keys(instrument, question):
            raw[key] = np.where(asked, raw[key], "")
        absent = np.where(asked, coding.SKIPPED, coding.NOT_ASKED).astype(np.int8)
        answers = coding.code_question(instrument, question, raw, absent)
        coded |= answers.columns
        reasons |= answers.reasons
    # Answers that differ only in what is not asked are one combination.
    _, first = np.unique(np.stack([values.astype(str) for values in raw.values()], axis=1), axis=0, return_index=True)
    first.sort()
    derive((each for each in instrument.derived if _questions(instrument, [each.code]) <= needed), coded, reasons)
    levels = [_text(coded[column]) for column in columns]
    combinations: dict[tuple[str, ...], list[int]] = {}
    for row in first:
        combinations.setdefault(tuple(values[row] for values in levels), []).append(int(row))
    return Profile(columns, needed, raw, {key: np.array(rows, dtype=np.intp) for key, rows in combinations.items()})


def _consent(instrument: Instrument, size: int) -> tuple[dict[str, Column], dict[str, Reasons]]:
    if not instrument.consent:
        return {}, {}
    (variable,) = instrument.question(instrument.consent).variables()
    given = pd.Series(pd.Categorical(["yes"] * size, dtype=coding.dtype_of(variable)))
    return {variable.name: given}, {variable.name: np.full(size, coding.ANSWERED, dtype=np.int8)}


def _candidates(question: Question, variable: Variable) -> list[str]:
    match variable.kind:
        case "boolean":
            return ["", "Y"]
        case "ordinal" | "nominal":
            # "Other" needs a text beside it; what people are is among the listed answers.
            return [code for code in variable.codes if not (question.other and code == "other")]
        case "number" if question.type is QuestionType.RATING or question.minimum is not None:
            low, high = int(question.minimum or 0), int(question.maximum if question.maximum is not None else 120)
            return [str(each) for each in range(low, min(high, low + MOST) + 1)]
        case "number":
            return [str(each) for each in range(121)]
        case _ if question.type is QuestionType.HIDDEN:
            return [question.value]
    raise InputError(f"{variable.name} cannot be simulated from a level of the population: it is a {variable.kind}")


def _combinations(candidates: Mapping[str, list[str]], random: np.random.Generator) -> dict[str, NDArray[np.object_]]:
    sizes = [len(each) for each in candidates.values()]
    total = math.prod(sizes)
    if total <= MOST:
        grid = np.unravel_index(np.arange(total), sizes)
        picks = [np.asarray(each, dtype=np.intp) for each in grid]
    else:
        picks = [random.integers(0, each, MOST) for each in sizes]
    return {
        key: np.array(options, dtype=object)[pick]
        for (key, options), pick in zip(candidates.items(), picks, strict=True)
    }


def _text(column: Column) -> list[str]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return ["" if pd.isna(each) else str(each) for each in column]
    return ["" if pd.isna(each) else str(int(each)) for each in column]
