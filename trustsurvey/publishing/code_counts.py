"""How often each answer was given, as a codebook may show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.responses import REASONS, Responses
from trustsurvey.instruments.codebook.counts import ANSWERED, CodeCounts
from trustsurvey.instruments.codebook.entries import Entry, entries
from trustsurvey.instruments.expression import Comparison, Membership, parse
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.publishing.complements import Rows, rows_by
from trustsurvey.publishing.disclosure import publish_counts, rounded_count
from trustsurvey.publishing.policy import Policy

__all__ = ["publish_code_counts"]

TOTAL = "respondents"


def publish_code_counts(responses: Responses, policy: Policy, file: str = "") -> CodeCounts:
    """Return how often each code and each reason occurs, everybody who started included, under a disclosure policy.

    A count below the policy's minimum, none included, is withheld. So is a further one wherever it would follow: from
    the number of answers, from the number of respondents, or from a derived variable that adds codes up. All others
    are rounded. Numbers, dates and texts are never counted one by one.

    Parameters
    ----------
    responses : Responses
    policy : Policy
    file : str
        Name of the file that the answers are from.

    Raises
    ------
    InputError
        The policy lets single respondents through.
    """
    if policy.minimum_count < 2:
        raise InputError(
            f"the policy {policy.name} has a minimum of {policy.minimum_count}; a codebook needs one of at least 2"
        )
    found = entries(responses.instrument)
    rows = [(entry.name, key, part, count) for entry in found for key, part, count in _counts(entry, responses)]
    table = pd.DataFrame(rows, columns=["variable", "key", "part", "count"])
    people = len(responses.frame)
    published = publish_counts(table, policy, sets=[*_ties(table), *_sums(found, table)])
    variables: dict[str, dict[str, int | None]] = {}
    for name, key, part, count in published[["variable", "key", "part", "count"]].itertuples(index=False):
        if part != TOTAL:
            variables.setdefault(name, {})[key] = None if pd.isna(count) else int(count)
    return CodeCounts(rounded_count(people, policy), policy.minimum_count, policy.round_counts_to, variables, file)


def _counts(entry: Entry, responses: Responses) -> Iterator[tuple[str, str, int]]:
    """Yield the counts of one variable, each with its part: an answer, a reason, or the sum of one of them."""
    column, missing = responses.frame[entry.name], responses.missing[entry.name]
    for key, count in _answers(entry, column).items():
        yield key, "answer", count
    yield ANSWERED, ANSWERED, int(column.notna().sum())
    occurring = set(missing.dropna().unique())
    for reason in REASONS:
        if reason in entry.reasons or reason in occurring:
            yield reason, "reason", int((missing == reason).sum())
    yield TOTAL, TOTAL, len(column)


def _answers(entry: Entry, column: pd.Series) -> Mapping[str, int]:
    variable, question = entry.variable, entry.question
    if variable.levels:
        return {code: int((column == code).sum()) for code in variable.codes}
    if variable.kind == "boolean":
        ticked = column.dropna().to_numpy(dtype=np.bool_)
        return {"true": int(ticked.sum()), "false": int((~ticked).sum())}
    if question and question.type is QuestionType.RATING:
        points = range(int(float(question.minimum or 0)), int(float(question.maximum or 0)) + 1)
        return {str(point): int((column == point).sum()) for point in points}
    return {}


def _ties(table: pd.DataFrame) -> list[Rows]:
    """Return the counts that one sum ties: answers and their number, that number and the reasons and the total."""
    inside = table[table["part"].isin(["answer", ANSWERED])]
    around = table[table["part"] != "answer"]
    return [part.index.to_numpy()[rows] for part in (inside, around) for rows in rows_by(part, ["variable"])]


def _sums(found: tuple[Entry, ...], table: pd.DataFrame) -> list[Rows]:
    """Return the counts of a derived level and of the codes that it adds up, where those are kept."""
    place = {(name, key): row for row, (name, key) in enumerate(zip(table["variable"], table["key"], strict=True))}
    sets = []
    for entry in found:
        for level in entry.derived.levels if entry.derived else ():
            rule = parse(level.when)
            if isinstance(rule, Comparison) and rule.operator == "=":
                codes: tuple[float | str, ...] = (rule.value,)
            elif isinstance(rule, Membership):
                codes = rule.values
            else:
                continue
            keys = [(entry.name, level.code), *((rule.name, str(code)) for code in codes)]
            if all(key in place for key in keys):
                sets.append(np.array([place[key] for key in keys], dtype=np.intp))
    return sets
