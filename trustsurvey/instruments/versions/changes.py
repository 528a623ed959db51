"""What the comparison of two versions finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.model import Editorial, Instrument

__all__ = ["BUMPS", "Bump", "Change", "InstrumentChanges", "Series", "Status", "largest"]

Bump = Literal["patch", "minor", "major"]
Status = Literal["breaks", "continues", "new", "ends"]
BUMPS: tuple[Bump, ...] = ("patch", "minor", "major")
COLUMNS = ("item", "kind", "language", "was", "now", "series", "bump", "note")


def largest(bumps: list[Bump]) -> Bump:
    """Return the largest of several bumps, ``"patch"`` where there is none."""
    return max(bumps, key=BUMPS.index, default="patch")


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Parameters
    ----------
    item : str
        Variable (``TREAT_respect``), question, scale, group, index or derived variable; ``instrument`` for the whole.
    kind : str
        What changed of it: ``question text``, ``answers``, ``routing`` ...
    language : str
        Of a text; empty otherwise.
    was, now : str
    series : "breaks", "continues", "new", "ends" or ""
        What becomes of the series concerned; empty where no series is.
    bump : "major", "minor" or "patch"
    note : str
    concerned : tuple of str
        Names of the series concerned: variables, derived variables and indices.
    called : tuple of str
        Of a wording: what an editorial declaration may call it.
    """

    item: str
    kind: str
    language: str = ""
    was: str = ""
    now: str = ""
    series: Status | Literal[""] = ""
    bump: Bump = "patch"
    note: str = ""
    concerned: tuple[str, ...] = ()
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """What becomes of one variable, derived variable or index.

    Parameters
    ----------
    item : str
    kind : "variable", "derived" or "index"
    trend : bool
        Whether a series is kept of it: marked in either version, or an index or derived variable.
    status : "breaks", "continues", "new" or "ends"
    why : str
        The reason, or notes on a series that continues.
    languages : tuple of str
        In which a wording changed; empty where all languages are concerned alike.
    """

    item: str
    kind: Literal["variable", "derived", "index"]
    trend: bool
    status: Status
    why: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstrumentChanges:
    """The difference between two versions of an instrument, for the series that are kept of its answers.

    Parameters
    ----------
    old, new : Instrument
    changes : tuple of Change
    every_series : tuple of Series
        The variables, derived variables and indices of both versions.
    editorial : tuple of (Editorial, bool)
        The declarations that speak of these two versions, and whether each one excuses a change.
    """

    old: Instrument
    new: Instrument
    changes: tuple[Change, ...]
    every_series: tuple[Series, ...]
    editorial: tuple[tuple[Editorial, bool], ...] = ()

    @property
    def bump(self) -> Bump:
        """The bump that the changes need.

        ``"major"`` where the comparability of a trend item, an index or a derived variable breaks or ends;
        ``"minor"`` where something else was added or changed that an answer may depend on; else ``"patch"``, also
        where nothing changed at all (and the table is empty).
        """
        return largest([change.bump for change in self.changes])

    @property
    def table(self) -> pd.DataFrame:
        """A row per change: item, kind, language, was, now, series, bump, note."""
        rows = [[getattr(change, column) for column in COLUMNS] for change in self.changes]
        return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")

    @property
    def series(self) -> pd.DataFrame:
        """A row per variable, derived variable and index: item, kind, trend, status, languages, why."""
        rows = [
            [each.item, each.kind, each.trend, each.status, ", ".join(each.languages), each.why]
            for each in self.every_series
        ]
        table = pd.DataFrame(rows, columns=["item", "kind", "trend", "status", "languages", "why"])
        return table.astype({"item": "str", "kind": "str", "trend": "bool", "status": "str"}).astype(
            {"languages": "str", "why": "str"}
        )

    def comparable(self, item: str) -> bool:
        """Return whether answers to the two versions can stand in one series.

        Parameters
        ----------
        item : str
            A variable, derived variable or index; a question stands for all its variables. What only one version
            holds is not comparable.

        Raises
        ------
        UnknownNameError
            Neither version holds the name.
        """
        status = {each.item: each.status for each in self.every_series}
        questions: dict[str, set[str]] = {}
        for question in (*self.old.questions, *self.new.questions):
            names = questions.setdefault(question.code, set())
            names.update(variable.name for variable in question.variables())
        if item not in status and item not in questions:
            raise UnknownNameError("variable, question, index or derived variable", item, [*status, *questions])
        names = {item} if item in status else questions[item]
        changed = any(change.item == item and change.series in {"breaks", "ends", "new"} for change in self.changes)
        return all(status[name] == "continues" for name in names) and not changed
