"""Simulated respondents, who obey the routing and a stated truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.fieldwork.answering import Sample, Strings, answer, as_rate
from trustsurvey.fieldwork.platform import Deployment, Held, Record, question_keys, raw_keys
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.truth import Rate, Truth, check_levels, people_columns, true_means, trust_items
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.progress import Progress, silent

__all__ = ["Rate", "Truth", "fill", "simulate", "true_means"]


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
    try:
        first = np.datetime64(datetime.strptime(start, "%Y-%m-%d %H:%M:%S"), "s")
    except ValueError:
        raise InputError(f"the start is not a time; give it as 2026-01-05 09:00:00, not {start!r}") from None
    random = np.random.default_rng(seed)
    everybody, counts = people_columns(cells)
    _check_truth(instrument, truth, everybody)
    drawn = random.choice(len(counts), size=invited, p=counts / counts.sum())
    people = {name: labels[drawn] for name, labels in everybody.items()}
    responds = random.random(invited) < truth.response.of(people, invited)
    people = {name: labels[responds] for name, labels in people.items()}
    size = int(responds.sum())
    sample = Sample(
        instrument=instrument,
        truth=truth,
        people=people,
        size=size,
        latent=truth.mean(wave, people, size) + truth.person_spread * random.standard_normal(size),
        items=trust_items(instrument, truth),
        random=random,
    )
    return _records(sample, answer(sample), first)


def fill(
    sandbox: Sandbox,
    deployment: Deployment,
    records: Iterable[Record],
    seed: int = 1,
    progress: Progress = silent,
    together: int = 500,
) -> None:
    """Save simulated answers as respondents do: first half-way, then to the end, in another order.

    What is already saved is left alone, so that a fill that was interrupted goes on where it was.

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
    held = {record.id: record for batch in sandbox.fetch(deployment, Held(), together) for record in batch.records}
    saves = [record for record in halves if record.id not in held]
    saves += [record for record in later if record.id not in held or not _same(record, held[record.id])]
    for first in range(0, len(saves), together):
        part = saves[first : first + together]
        sandbox.save(deployment, part)
        progress("answers saved", (first + len(part)) / len(saves))


def _records(sample: Sample, raw: dict[str, Strings], start: np.datetime64) -> list[Record]:
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
    minutes = start + 60 * np.arange(size)
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


def _same(record: Record, held: Record) -> bool:
    return (record.submitted, record.last_page, record.answers) == (held.submitted, held.last_page, held.answers)


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
        rates += [as_rate(share) for share in stated.values()]
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
