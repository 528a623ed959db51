"""What simulated people answer, question by question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from trustsurvey.fieldwork import coding
from trustsurvey.fieldwork.coding import Column, Reasons
from trustsurvey.fieldwork.deriving import routing_frame
from trustsurvey.fieldwork.patterns import matching
from trustsurvey.fieldwork.platform import question_keys
from trustsurvey.fieldwork.profiles import profiles
from trustsurvey.fieldwork.truth import Rate, TrustItem, Truth
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Variable

__all__ = ["Sample", "Strings", "answer", "as_rate"]

Strings: TypeAlias = NDArray[np.object_]
Mask: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]

TICKED = 0.3
OTHER = 0.05
TYPED = "simulated answer"


@dataclass(frozen=True, slots=True)
class Sample:
    """Those who respond, and the one stream of random numbers."""

    instrument: Instrument
    truth: Truth
    people: Mapping[str, Strings]
    size: int
    latent: Floats
    items: Mapping[str, TrustItem]
    random: np.random.Generator

    def happens(self, rate: Rate) -> Mask:
        """Return to whom something happens that happens at this rate."""
        return np.asarray(self.random.random(self.size) < rate.of(self.people, self.size), dtype=np.bool_)

    def pick(self, shares: list[Rate]) -> NDArray[np.intp]:
        """Return the position of one of the shares for each person."""
        weights = np.stack([share.of(self.people, self.size) for share in shares], axis=1)
        edges = np.cumsum(weights, axis=1)
        point = self.random.random(self.size)[:, None] * edges[:, -1:]
        return np.asarray(np.minimum((point >= edges).sum(axis=1), len(shares) - 1), dtype=np.intp)


def answer(sample: Sample) -> dict[str, Strings]:
    """Return what everybody answers, by raw key, going through the questionnaire question by question."""
    instrument, size = sample.instrument, sample.size
    known: dict[str, Strings] = {}
    assigned: dict[str, Mask] = {}
    replaced = {name for derived in instrument.derived for name in derived.replaces}
    for profile in profiles(instrument, sample.people, sample.random):
        known |= profile.draw(sample.people, size, sample.random)
        refuses = sample.happens(sample.truth.sensitive_refused)
        for code in profile.questions:
            sensitive = code in replaced or any(each.name in replaced for each in instrument.question(code).variables())
            assigned[code] = refuses if sensitive else np.zeros(size, dtype=np.bool_)
    raw: dict[str, Strings] = {}
    columns: dict[str, Column] = {}
    reasons: dict[str, Reasons] = {}
    for question in instrument.questions:
        asked = routing.question_asked(
            instrument, question, *routing_frame(instrument, question.code, columns, reasons, size)
        )
        keys = question_keys(instrument, question)
        given = {key: np.full(size, "", dtype=object) for key in keys}
        if question.code in assigned:
            given |= {key: known[key].copy() for key in keys if key in known}
            _leave_open(sample, question, given, assigned[question.code], personal=True)
        elif question.code == instrument.consent:
            given[question.code] = np.where(sample.happens(sample.truth.consent_refused), "no", "yes")
        else:
            _respond(sample, question, given)
            _leave_open(sample, question, given, np.zeros(size, dtype=np.bool_), personal=False)
        raw |= {key: np.where(asked, values, "") for key, values in given.items()}
        absent = np.where(asked, coding.SKIPPED, coding.NOT_ASKED).astype(np.int8)
        coded = coding.code_question(instrument, question, raw, absent)
        columns |= coded.columns
        reasons |= coded.reasons
    return raw


def _respond(sample: Sample, question: Question, given: dict[str, Strings]) -> None:
    """Answer one question, everybody and in full."""
    random, size = sample.random, sample.size
    match question.type:
        case QuestionType.SINGLE | QuestionType.YES_NO | QuestionType.RATING | QuestionType.BATTERY:
            for variable in question.variables():
                if variable.kind != "text":
                    given[variable.key] = _choice(sample, question, variable)
            if question.other:
                given[f"{question.code}[other]"] = np.where(given[question.code] == "-oth-", TYPED, "")
        case QuestionType.MULTIPLE:
            _tick(sample, question, given)
        case QuestionType.RANKING:
            variables = question.variables()
            codes = np.array(variables[0].codes, dtype=object)
            order = np.argsort(random.random((size, len(codes))), axis=1)
            for rank, variable in enumerate(variables):
                given[variable.key] = codes[order[:, rank]]
        case QuestionType.NUMBER:
            low = int(question.minimum) if question.minimum is not None else 0
            high = int(question.maximum) if question.maximum is not None else low + 100
            given[question.code] = random.integers(low, high + 1, size).astype(str).astype(object)
        case QuestionType.DATE:
            first = np.datetime64(str(question.minimum or "2025-01-01"), "D")
            last = np.datetime64(str(question.maximum), "D") if question.maximum else first + 364
            days = first + random.integers(0, int((last - first).astype(int)) + 1, size)
            given[question.code] = np.array([f"{day} 00:00:00" for day in days], dtype=object)
        case QuestionType.TEXT | QuestionType.LONG_TEXT:
            typed = random.random(size) < TICKED
            given[question.code] = np.where(typed, TYPED, "").astype(object)
            if question.pattern:
                given[question.code][typed] = [matching(question.pattern, random) for _ in range(int(typed.sum()))]
        case QuestionType.HIDDEN:
            given[question.code] = np.full(size, question.value, dtype=object)


def _choice(sample: Sample, question: Question, variable: Variable) -> Strings:
    if variable.name in sample.items:
        item = sample.items[variable.name]
        error = sample.truth.item_spread * sample.random.standard_normal(sample.size)
        answer = np.searchsorted(item.limits, sample.latent + item.shift + error, side="right")
        return np.array(item.codes, dtype=object)[answer]
    if question.type is QuestionType.RATING:
        codes = [str(each) for each in range(int(question.minimum or 0), int(question.maximum or 0) + 1)]
    else:
        codes = list(variable.codes)
    stated = sample.truth.shares.get(variable.name) or sample.truth.shares.get(question.code)
    if stated:
        shares = [as_rate(stated.get(code, 0.0)) for code in codes]
    elif question.other:
        shares = [Rate((1 - OTHER) / (len(codes) - 1))] * (len(codes) - 1) + [Rate(OTHER)]
    else:
        shares = [Rate(1 / len(codes))] * len(codes)
    if question.other:
        codes[-1] = "-oth-"
    return np.array(codes, dtype=object)[sample.pick(shares)]


def _tick(sample: Sample, question: Question, given: dict[str, Strings]) -> None:
    ticks = [variable for variable in question.variables() if variable.kind == "boolean"]
    stated = sample.truth.shares.get(question.code, {})
    codes = [variable.key[len(question.code) + 1 : -1] for variable in ticks]
    rates = np.stack([as_rate(stated.get(code, TICKED)).of(sample.people, sample.size) for code in codes], axis=1)
    margin = rates - sample.random.random(rates.shape)
    ticked = margin > 0
    # Whoever ticks nothing ticks the likeliest answer; whoever ticks too many keeps the likeliest.
    ticked[np.arange(sample.size), margin.argmax(axis=1)] = True
    if question.choices is not None:
        ticked &= np.argsort(np.argsort(-margin, axis=1), axis=1) < question.choices
    for position, variable in enumerate(ticks):
        given[variable.key] = np.where(ticked[:, position], "Y", "").astype(object)
    if question.other:
        room = ticked.sum(axis=1) < (question.choices if question.choices is not None else len(ticks) + 1)
        typed = (sample.random.random(sample.size) < OTHER) & room
        given[f"{question.code}[other]"] = np.where(typed, TYPED, "").astype(object)


def _leave_open(sample: Sample, question: Question, given: dict[str, Strings], refuses: Mask, personal: bool) -> None:
    """Replace answers by "don't know", a refusal or nothing; people know what they are asked about themselves."""
    if question.type is QuestionType.HIDDEN:
        return
    instrument, truth = sample.instrument, sample.truth
    battery = question.type is QuestionType.BATTERY
    for keys in [[key] for key in given] if battery else [list(given)]:
        unknown = sample.happens(truth.dont_know) & question.dont_know & (not personal)
        refused = (sample.happens(truth.refused) | refuses) & question.refused
        empty = sample.happens(truth.skipped) & (question.mandatory != "hard")
        for key in keys:
            given[key] = np.where(unknown | refused | empty, "", given[key])
        for applies, reason in ((unknown & ~refused, instrument.dont_know), (refused, instrument.refused)):
            if reason is None or not applies.any():
                continue
            key, code = keys[0], reason.code
            if question.type is QuestionType.MULTIPLE:
                key, code = f"{question.code}[{reason.code}]", "Y"
            elif question.reason_key:
                key = question.reason_key
            elif not battery:
                key = question.code
            given[key] = np.where(applies, code, given[key])


def as_rate(share: float | Rate) -> Rate:
    """Return a share that is the same for everybody as a rate."""
    return share if isinstance(share, Rate) else Rate(share)
