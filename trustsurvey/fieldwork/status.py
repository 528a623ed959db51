"""How far a survey is: respondents in all, by language, and by quota."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pandas as pd

from trustsurvey.instruments.model import Quota

__all__ = ["FieldworkStatus", "StatusRow", "count_respondents"]

COUNTS = ("invited", "started", "completed", "unfinished", "screened_out", "limit")


class StatusRow(NamedTuple):
    """Respondents of one level of a dimension; None is what the platform cannot say, or what does not apply.

    Parameters
    ----------
    dimension : {"all", "language", "quota"}
    level : str
        The language, or the code of the quota; ``all`` for everybody.
    started, completed : int
        Of a quota: those whose answers so far are in its cell.
    invited : int or None
        Participants of a closed survey.
    screened_out : int or None
        Turned away because a quota was full; they are among the unfinished.
    limit : int or None
        Of a quota.
    """

    dimension: Literal["all", "language", "quota"]
    level: str
    started: int
    completed: int
    invited: int | None = None
    screened_out: int | None = None
    limit: int | None = None

    @property
    def unfinished(self) -> int:
        """Started and not completed: in progress, broken off, or screened out."""
        return self.started - self.completed


@dataclass(frozen=True, slots=True)
class FieldworkStatus:
    """How far a survey is.

    Parameters
    ----------
    state : {"deployed", "open", "closed"}
    rows : tuple of StatusRow
        Everybody first, then each language and each quota.
    addresses : mapping of str to str
        Where respondents find it, by language; empty where the platform has no pages.
    """

    state: Literal["deployed", "open", "closed"]
    rows: tuple[StatusRow, ...]
    addresses: Mapping[str, str] = field(default_factory=dict)

    @property
    def started(self) -> int:
        """Everybody who began."""
        return self.rows[0].started

    @property
    def completed(self) -> int:
        """Everybody who reached the end."""
        return self.rows[0].completed

    @property
    def unfinished(self) -> int:
        """Started and not completed: in progress, broken off, or screened out."""
        return self.rows[0].unfinished

    @property
    def invited(self) -> int | None:
        """Participants of a closed survey; None of one that is open to everybody."""
        return self.rows[0].invited

    @property
    def screened_out(self) -> int | None:
        """Turned away because a quota was full; None where the platform cannot tell."""
        return self.rows[0].screened_out

    @property
    def by_language(self) -> Mapping[str, int]:
        """Started, by language, of those in which anybody did."""
        return {row.level: row.started for row in self.rows if row.dimension == "language" and row.started}

    @property
    def table(self) -> pd.DataFrame:
        """One row a level: dimension, level, and the counts as nullable integers."""
        frame = pd.DataFrame(
            [[row.dimension, row.level, *(getattr(row, name) for name in COUNTS)] for row in self.rows],
            columns=["dimension", "level", *COUNTS],
        )
        return frame.astype(dict.fromkeys(COUNTS, "Int64"))


def count_respondents(
    respondents: Iterable[tuple[str, bool, Mapping[str, str]]], languages: Sequence[str], quotas: Sequence[Quota]
) -> tuple[StatusRow, ...]:
    """Count everybody, by language and by quota.

    Parameters
    ----------
    respondents : iterable of (language, completed, answers)
        Answers by raw key; only those to questions of quotas are read.
    languages : sequence of str
        Those of the instrument; further ones that occur are added.
    quotas : sequence of Quota
    """
    everybody = [0, 0]
    spoken: dict[str, list[int]] = {language: [0, 0] for language in languages}
    cells: dict[str, list[int]] = {quota.code: [0, 0] for quota in quotas}
    for language, completed, answers in respondents:
        counted = [everybody, spoken.setdefault(language, [0, 0])]
        counted += [cells[quota.code] for quota in quotas if _inside(quota, answers)]
        for counts in counted:
            counts[0] += 1
            counts[1] += completed
    return (
        StatusRow("all", "all", *everybody),
        *(StatusRow("language", language, *counts) for language, counts in spoken.items()),
        *(StatusRow("quota", quota.code, *cells[quota.code])._replace(limit=quota.limit) for quota in quotas),
    )


def _inside(quota: Quota, answers: Mapping[str, str]) -> bool:
    return all(answers.get(question) in codes for question, codes in quota.when)
