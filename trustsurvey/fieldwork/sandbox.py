"""The embedded platform: surveys and answers in one SQLite file, no server."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from trustsurvey.errors import InputError, PlatformError
from trustsurvey.fieldwork.platform import (
    Batch,
    Counts,
    Deployment,
    Held,
    Record,
    check_wave,
    raw_keys,
)
from trustsurvey.fieldwork.sandbox_file import DAMAGED, transaction
from trustsurvey.fieldwork.status import FieldworkStatus, count_respondents
from trustsurvey.instruments.model import Instrument, canonical
from trustsurvey.instruments.reading import read_canonical

__all__ = ["Sandbox"]

LARGEST_SURVEY = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A survey platform in one file, for demonstrations, training and tests.

    Each operation is one transaction: whatever interrupts it, it has happened entirely or not at all. Every save moves
    a respondent's row to the next revision of the survey, which is what ``fetch`` continues from.

    Parameters
    ----------
    path : Path or str
        The file; the first ``deploy`` makes it.
    """

    path: Path | str

    @classmethod
    def of(cls, deployment: Deployment) -> Sandbox:
        """Return the sandbox that a deployment names, or raise PlatformError where it is on another platform."""
        scheme, _, place = deployment.platform.partition(":")
        if scheme != "sandbox" or not place:
            raise PlatformError(f"the deployment is on {deployment.platform!r}, not in a sandbox")
        return cls(Path(place))

    def deploy(self, instrument: Instrument, wave: str) -> Deployment:
        """Add a survey, or return the one that already holds this instrument for this wave.

        Raises
        ------
        PlatformError
            The wave is already in the field with another version of the instrument.
        """
        check_wave(wave)
        digest = instrument.digest
        with transaction(Path(self.path), write=True, create=True) as database:
            row = database.execute(
                "SELECT id, version, digest, opened FROM survey WHERE instrument = ? AND wave = ?",
                (instrument.name, wave),
            ).fetchone()
            if row and row[2] != digest:
                if row[3] is not None:
                    raise PlatformError(
                        f"wave {wave!r} is already in the field with version {row[1]} of {instrument.name} in "
                        f"{self.path}; a changed questionnaire needs another wave name, so that its answers stay apart"
                    )
                database.execute("DELETE FROM survey WHERE id = ?", (row[0],))
                row = None
            survey = int(row[0]) if row else _survey_number(database, digest, wave)
            if row is None:
                database.execute(
                    "INSERT INTO survey (id, instrument, version, digest, wave, canonical) VALUES (?, ?, ?, ?, ?, ?)",
                    (survey, instrument.name, instrument.version, digest, wave, canonical(instrument)),
                )
            return self._deployment(database, survey)

    def open(self, deployment: Deployment) -> Deployment:
        """Start taking answers; opening a survey twice changes nothing, a closed one stays closed."""
        with transaction(Path(self.path), write=True) as database:
            if self._current(database, deployment).closed:
                raise InputError(f"{_name(deployment)} was closed and does not open again; deploy another wave")
            database.execute("UPDATE survey SET opened = coalesce(opened, ?) WHERE id = ?", (_now(), deployment.survey))
            return self._deployment(database, deployment.survey)

    def close(self, deployment: Deployment) -> Deployment:
        """Stop taking answers; closing a survey twice changes nothing."""
        with transaction(Path(self.path), write=True) as database:
            if not self._current(database, deployment).opened:
                raise InputError(f"{_name(deployment)} is not open yet; open it before closing it")
            database.execute("UPDATE survey SET closed = coalesce(closed, ?) WHERE id = ?", (_now(), deployment.survey))
            return self._deployment(database, deployment.survey)

    def status(self, deployment: Deployment) -> FieldworkStatus:
        """Count the respondents of a survey, by language and by quota."""
        instrument = self.instrument(deployment)
        column = "answers" if instrument.quotas else "'{}'"
        with transaction(Path(self.path)) as database:
            current = self._current(database, deployment)
            rows = database.execute(
                f"SELECT language, submitted IS NOT NULL, {column} FROM answer WHERE survey = ?", (deployment.survey,)
            )
            try:
                respondents = ((language, bool(done), json.loads(answers)) for language, done, answers in rows)
                counted = count_respondents(respondents, instrument.languages, instrument.quotas)
            except ValueError:
                raise PlatformError(f"{self.path} {DAMAGED}") from None
        state: Literal["deployed", "open", "closed"] = (
            "closed" if current.closed else "open" if current.opened else "deployed"
        )
        return FieldworkStatus(state, counted)

    def counts(self, deployment: Deployment) -> Counts:
        """Count the respondents of a survey."""
        with transaction(Path(self.path)) as database:
            self._current(database, deployment)
            row = database.execute(
                "SELECT count(*), count(submitted) FROM answer WHERE survey = ?", (deployment.survey,)
            ).fetchone()
        return Counts(*row)

    def digest(self, deployment: Deployment) -> str:
        """Return the SHA-256 of the instrument that the survey holds, computed from the stored instrument."""
        return hashlib.sha256(self._stored(deployment)[0].encode()).hexdigest()

    def edits(self, deployment: Deployment) -> list[str]:  # noqa: ARG002
        """Return nothing: nobody can edit the questions in a sandbox."""
        return []

    def instrument(self, deployment: Deployment) -> Instrument:
        """Return the instrument that the survey holds."""
        text, digest = self._stored(deployment)
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise PlatformError(f"{self.path} {DAMAGED}")
        return read_canonical(text)

    def save(self, deployment: Deployment, records: Iterable[Record]) -> int:
        """Store answers as respondents give them: all of the records, or none where one is refused.

        A record replaces what its respondent saved before; once submitted, a respondent's answers are final. The
        platform numbers the moves itself (``moved`` is ignored).

        Returns
        -------
        int
            Number of records saved.

        Raises
        ------
        PlatformError
            The survey is not open, holds another version, or an answer does not belong to it.
        """
        instrument = self.instrument(deployment)
        known, pages = frozenset(raw_keys(instrument)), len(instrument.groups)
        with transaction(Path(self.path), write=True) as database:
            current = self._current(database, deployment)
            if not current.opened or current.closed:
                state = "closed" if current.closed else "not open yet"
                raise PlatformError(f"{_name(deployment)} is {state} and takes no answers")
            survey = deployment.survey
            final = {
                row[0]
                for row in database.execute(
                    "SELECT id FROM answer WHERE survey = ? AND submitted IS NOT NULL", (survey,)
                )
            }
            revision = self._revision(database, survey)
            saved = 0
            for saved, record in enumerate(records, start=1):
                _check(record, known, instrument.languages, pages, final)
                if record.submitted is not None:
                    final.add(record.id)
                given = {key: value for key, value in record.answers.items() if value}
                database.execute(
                    "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(survey, record.id, revision + saved, record.submitted, record.last_page),
                        *(record.language, json.dumps(given, separators=(",", ":"))),
                    ),
                )
            database.execute("UPDATE survey SET revision = ? WHERE id = ?", (revision + saved, survey))
        return saved

    def fetch(self, deployment: Deployment, held: Held, size: int) -> Iterator[Batch]:
        """Give the records that moved after the revision that is held, ``size`` at a time.

        Raises
        ------
        PlatformError
            The cursor is not a revision of this survey (this is an older copy of the sandbox, for example).
        """
        if size < 1:
            raise InputError(f"a batch holds at least one record, not {size}")
        keys = raw_keys(self.instrument(deployment))
        start = self._start(deployment, held.cursor)
        while True:
            with transaction(Path(self.path)) as database:
                rows = database.execute(
                    "SELECT id, revision, submitted, last_page, language, answers FROM answer "
                    "WHERE survey = ? AND revision > ? ORDER BY revision LIMIT ?",
                    (deployment.survey, start, size),
                ).fetchall()
            if not rows:
                return
            start = rows[-1][1]
            try:
                records = tuple(_record(row, keys) for row in rows)
            except ValueError:
                raise PlatformError(f"{self.path} {DAMAGED}") from None
            yield Batch(records, str(start))

    def _start(self, deployment: Deployment, since: str | None) -> int:
        with transaction(Path(self.path)) as database:
            self._current(database, deployment)
            last = self._revision(database, deployment.survey)
        if since is None:
            return 0
        if not (since.isascii() and since.isdigit() and int(since) <= last):
            raise PlatformError(
                f"{self.path} holds {last} saves of {_name(deployment)}, and the fetch is to continue after save "
                f"{since}: this is another or an older copy of the sandbox; fetch from the one used before"
            )
        return int(since)

    def _stored(self, deployment: Deployment) -> tuple[str, str]:
        with transaction(Path(self.path)) as database:
            row = database.execute("SELECT canonical, digest FROM survey WHERE id = ?", (deployment.survey,)).fetchone()
        if row is None:
            raise self._unknown(deployment.survey)
        return str(row[0]), str(row[1])

    def _current(self, database: sqlite3.Connection, deployment: Deployment) -> Deployment:
        current = self._deployment(database, deployment.survey)
        stated = (deployment.instrument, deployment.version, deployment.digest, deployment.wave)
        if (current.instrument, current.version, current.digest, current.wave) != stated:
            raise InputError(
                f"survey {deployment.survey} in {self.path} holds {_name(current)} (digest {current.digest[:12]}), and "
                f"the deployment file says {_name(deployment)} ({deployment.digest[:12]}); use the file that belongs "
                "to it"
            )
        return current

    def _deployment(self, database: sqlite3.Connection, survey: int) -> Deployment:
        row = database.execute(
            "SELECT instrument, version, digest, wave, opened, closed FROM survey WHERE id = ?", (survey,)
        ).fetchone()
        if row is None:
            raise self._unknown(survey)
        name, version, digest, wave, opened, closed = row
        platform = f"sandbox:{Path(self.path).resolve()}"
        return Deployment(name, version, digest, wave, platform, survey, opened, closed)

    def _unknown(self, survey: int) -> PlatformError:
        return PlatformError(f"{self.path} has no survey {survey}; deploy the instrument there first")

    @staticmethod
    def _revision(database: sqlite3.Connection, survey: int) -> int:
        return int(database.execute("SELECT revision FROM survey WHERE id = ?", (survey,)).fetchone()[0])


def _survey_number(database: sqlite3.Connection, digest: str, wave: str) -> int:
    """Return a number that follows from what is deployed, so that a second deployment elsewhere has the same."""
    number = int(hashlib.sha256(f"{digest} {wave}".encode()).hexdigest()[:12], 16) % LARGEST_SURVEY + 1
    while database.execute("SELECT 1 FROM survey WHERE id = ?", (number,)).fetchone():
        number = number % LARGEST_SURVEY + 1
    return number


def _check(record: Record, known: frozenset[str], languages: tuple[str, ...], pages: int, final: set[int]) -> None:
    if record.id in final:
        raise PlatformError(f"respondent {record.id} has submitted and cannot save again")
    if not all(isinstance(value, str) for value in record.answers.values()):
        raise PlatformError(f"respondent {record.id} has answers that are not text; give every answer as text")
    unknown = sorted(record.answers.keys() - known)
    if unknown:
        raise PlatformError(f"the survey has no place for answers to {', '.join(unknown)}")
    if record.language not in languages:
        raise PlatformError(f"the survey is not in language {record.language!r}; available: {', '.join(languages)}")
    if not 0 <= record.last_page <= pages:
        raise PlatformError(
            f"the survey has {pages} pages; respondent {record.id} cannot be on page {record.last_page}"
        )
    if record.id < 1:
        raise PlatformError(f"respondents are numbered from 1, not {record.id}")


def _record(row: tuple[int, int, str | None, int, str, str], keys: tuple[str, ...]) -> Record:
    identifier, revision, submitted, last_page, language, answers = row
    given = json.loads(answers)
    return Record(identifier, revision, submitted, last_page, language, {key: given.get(key, "") for key in keys})


def _name(deployment: Deployment) -> str:
    return f"{deployment.instrument} {deployment.version}, wave {deployment.wave!r}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
