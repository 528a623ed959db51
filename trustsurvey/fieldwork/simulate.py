"""Simulated respondents, who obey the routing and a stated truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.fieldwork import coding
from trustsurvey.fieldwork.coding import Column, Reasons
from trustsurvey.fieldwork.deriving import routing_frame
from trustsurvey.fieldwork.platform import Deployment, Record, question_keys, raw_keys
from trustsurvey.fieldwork.profiles import profiles
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.truth import Rate, TrustItem, Truth, check_levels, people_columns, true_means, trust_items
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument, Question, QuestionType, Variable
from trustsurvey.progress import Progress, silent

__all__ = ["Rate", "Truth", "fill", "simulate", "true_means"]

Strings: TypeAlias = NDArray[np.object_]
Mask: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]

TICKED = 0.3
OTHER = 0.05
TYPED = "simulated answer"


def simulate(
    instrument: Instrument,
    cells: pd.DataFrame,
    truth: Truth,
    wave: str,
    invited: int,
    seed: int,
    start: str = "2026-01-05 09:00:00",
) -> list[Record]:
    """Return the answers of those among a random sample of people who respond.

    Parameters
    ----------
    instrument : Instrument
    cells : pandas.DataFrame
        Population cells: columns such as district, age_group, sex, origin, and ``count``. People are drawn with
        probability proportional to the count. A column that is a variable of the instrument, derived or not, comes
        back when the answers are coded.
    truth : Truth
    wave : str
    invited : int
    seed : int
        The same seed gives the same answers.
    start : str
        When the first is submitted, "YYYY-MM-DD HH:MM:SS"; the others follow a minute apart.

    Returns
    -------
    list of Record
        With every raw key, numbered from 1.

    Raises
    ------
    UnknownNameError, InputError
        The truth names columns, levels, waves, languages or answers that do not exist; or no answers give a level.
    """
    if invited < 0:
        raise InputError(f"the number of people invited is 0 or more, not {invited}")
    random = np.random.default_rng(seed)
    everybody, counts = people_columns(cells)
    _check_truth(instrument, truth, everybody)
    drawn = random.choice(len(counts), size=invited, p=counts / counts.sum())
    people = {name: labels[drawn] for name, labels in everybody.items()}
    responds = random.random(invited) < truth.response.of(people, invited)
    people = {name: labels[responds] for name, labels in people.items()}
    size = int(responds.sum())
    sample = _Sample(
        instrument=instrument,
        truth=truth,
        people=people,
        size=size,
        latent=truth.mean(wave, people, size) + truth.person_spread * random.standard_normal(size),
        items=trust_items(instrument, truth),
        random=random,
    )
    return _records(sample, _answer(sample), start)


def fill(
    sandbox: Sandbox,
    deployment: Deployment,
    records: Iterable[Record],
    seed: int = 1,
    progress: Progress = silent,
    together: int = 500,
) -> None:
    """Save simulated answers as respondents do: first half-way, then to the end, in another order.

    Parameters
    ----------
    sandbox : Sandbox
    deployment : Deployment
        Open.
    records : iterable of Record
    seed : int
        Of the order in which respondents come back.
    progress : Progress
    together : int
        Saves in one transaction.
    """
    whole = list(records)
    instrument = sandbox.instrument(deployment)
    halves = _halves(instrument, whole)
    order = np.random.default_rng(seed).permutation(len(whole))
    later = [whole[position] for position in order if whole[position] != halves[position]]
    saves = halves + later
    for first in range(0, len(saves), together):
        part = saves[first : first + together]
        sandbox.save(deployment, part)
        progress("answers saved", (first + len(part)) / len(saves))


@dataclass(frozen=True, slots=True)
class _Sample:
    """Those who respond, and the one stream of random numbers."""

    instrument: Instrument
    truth: Truth
    people: Mapping[str, Strings]
    size: int
    latent: Floats
    items: Mapping[str, TrustItem]
    random: np.random.Generator

    def happens(self, rate: Rate) -> Mask:
        return np.asarray(self.random.random(self.size) < rate.of(self.people, self.size), dtype=np.bool_)

    def pick(self, shares: list[Rate]) -> NDArray[np.intp]:
        """Return the position of one of the shares for each person."""
        weights = np.stack([share.of(self.people, self.size) for share in shares], axis=1)
        edges = np.cumsum(weights, axis=1)
        point = self.random.random(self.size)[:, None] * edges[:, -1:]
        return np.asarray(np.minimum((point >= edges).sum(axis=1), len(shares) - 1), dtype=np.intp)


def _answer(sample: _Sample) -> dict[str, Strings]:
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


def _respond(sample: _Sample, question: Question, given: dict[str, Strings]) -> None:
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
            given[question.code] = np.where(random.random(size) < TICKED, TYPED, "").astype(object)
        case QuestionType.HIDDEN:
            given[question.code] = np.full(size, question.value, dtype=object)


def _choice(sample: _Sample, question: Question, variable: Variable) -> Strings:
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
        shares = [_rate(stated.get(code, 0.0)) for code in codes]
    elif question.other:
        shares = [Rate((1 - OTHER) / (len(codes) - 1))] * (len(codes) - 1) + [Rate(OTHER)]
    else:
        shares = [Rate(1 / len(codes))] * len(codes)
    if question.other:
        codes[-1] = "-oth-"
    return np.array(codes, dtype=object)[sample.pick(shares)]


def _tick(sample: _Sample, question: Question, given: dict[str, Strings]) -> None:
    ticks = [variable for variable in question.variables() if variable.kind == "boolean"]
    stated = sample.truth.shares.get(question.code, {})
    codes = [variable.key[len(question.code) + 1 : -1] for variable in ticks]
    rates = np.stack([_rate(stated.get(code, TICKED)).of(sample.people, sample.size) for code in codes], axis=1)
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


def _leave_open(sample: _Sample, question: Question, given: dict[str, Strings], refuses: Mask, personal: bool) -> None:
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


def _records(sample: _Sample, raw: dict[str, Strings], start: str) -> list[Record]:
    instrument, size = sample.instrument, sample.size
    pages = len(instrument.groups)
    last = np.full(size, pages, dtype=np.int64)
    consents = raw[instrument.consent] == "yes" if instrument.consent else np.ones(size, dtype=np.bool_)
    for page in range(1, pages):
        leaves = sample.happens(sample.truth.break_off) & consents & (last == pages)
        last[leaves] = page
    for page, group in enumerate(instrument.groups, start=1):
        for question in group.questions:
            for key in question_keys(instrument, question):
                raw[key] = np.where(last >= page, raw[key], "")
    languages = np.array(instrument.languages, dtype=object)[
        sample.pick([sample.truth.languages.get(each, Rate(0.0)) for each in instrument.languages])
        if sample.truth.languages
        else sample.random.integers(0, len(instrument.languages), size)
    ]
    keys = raw_keys(instrument)
    rows = np.stack([raw[key] for key in keys], axis=1).tolist() if keys else [[]] * size
    minutes = np.datetime64(start.replace(" ", "T"), "s") + 60 * np.arange(size)
    times = [str(each).replace("T", " ") for each in minutes]
    return [
        Record(
            id=position + 1,
            moved=0,
            submitted=times[position] if last[position] == pages else None,
            last_page=int(last[position]),
            language=str(languages[position]),
            answers=dict(zip(keys, rows[position], strict=True)),
        )
        for position in range(size)
    ]


def _halves(instrument: Instrument, records: list[Record]) -> list[Record]:
    """Return what respondents had answered when they were half-way."""
    page_of = {
        key: page
        for page, group in enumerate(instrument.groups, start=1)
        for question in group.questions
        for key in question_keys(instrument, question)
    }
    result = []
    for record in records:
        half = max(1, record.last_page // 2)
        answers = {key: value for key, value in record.answers.items() if page_of[key] <= half}
        unchanged = record.submitted is None and half >= record.last_page
        result.append(record if unchanged else replace(record, submitted=None, last_page=half, answers=answers))
    return result


def _rate(share: float | Rate) -> Rate:
    return share if isinstance(share, Rate) else Rate(share)


def _check_truth(instrument: Instrument, truth: Truth, people: Mapping[str, Strings]) -> None:
    rates = [truth.response, truth.consent_refused, truth.break_off, truth.dont_know, truth.refused]
    rates += [truth.sensitive_refused, truth.skipped, *truth.languages.values()]
    for language in truth.languages:
        if language not in instrument.languages:
            raise UnknownNameError("language", language, instrument.languages)
    names = {name: variable for variable in instrument.variables for name in (variable.name, variable.question)}
    for name, stated in truth.shares.items():
        if name not in names:
            raise UnknownNameError("question or variable", name, sorted(names))
        rates += [_rate(share) for share in stated.values()]
        codes = _answer_codes(instrument.question(names[name].question))
        for code in stated:
            if code not in codes:
                raise UnknownNameError(f"answer to {name}", code, codes)
    check_levels([truth.shifts, *(rate.factors for rate in rates)], people)


def _answer_codes(question: Question) -> list[str]:
    if question.type is QuestionType.MULTIPLE and question.scale:
        return list(question.scale.codes)
    if question.type is QuestionType.RATING:
        return [str(each) for each in range(int(question.minimum or 0), int(question.maximum or 0) + 1)]
    return list(dict.fromkeys(code for variable in question.variables() for code in variable.codes))
