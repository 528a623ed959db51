"""The SQLite file behind a sandbox: its tables, its transactions, and what can go wrong with a file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from trustsurvey.errors import InputError, MissingFileError, PlatformError, TrustSurveyError

__all__ = ["DAMAGED", "transaction"]

APPLICATION = 0x54727453  # "TrtS" in the file's header: tells a sandbox from any other SQLite file
PATIENCE = 5.0  # seconds to wait for another program
SCHEMA = """
CREATE TABLE survey (
    id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, wave TEXT NOT NULL,
    canonical TEXT NOT NULL, opened TEXT, closed TEXT, revision INTEGER NOT NULL DEFAULT 0,
    UNIQUE (instrument, wave)
) STRICT;
CREATE TABLE answer (
    survey INTEGER NOT NULL REFERENCES survey (id), id INTEGER NOT NULL, revision INTEGER NOT NULL, submitted TEXT,
    last_page INTEGER NOT NULL, language TEXT NOT NULL, answers TEXT NOT NULL,
    PRIMARY KEY (survey, id), UNIQUE (survey, revision)
) STRICT;
"""
REMEDIES = {
    "SQLITE_NOTADB": "is not a sandbox (not an SQLite file); give the path of a sandbox, or of a new file",
    "SQLITE_CORRUPT": "is damaged; restore it from a backup (what was fetched is safe in the archive)",
    "SQLITE_BUSY": "is in use by another program; wait until it has finished and try again",
    "SQLITE_LOCKED": "is in use by another program; wait until it has finished and try again",
    "SQLITE_READONLY": "may only be read; give yourself the right to write it",
    "SQLITE_FULL": "cannot grow because the disk is full; free some space and try again, nothing was changed",
    "SQLITE_CANTOPEN": "cannot be opened; check that it is a file that you may read and write",
}
DAMAGED = REMEDIES["SQLITE_CORRUPT"]


@contextmanager
def transaction(path: Path, write: bool = False, create: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction: committed at the end, undone by any interruption.

    Raises
    ------
    MissingFileError, InputError
        No such file (unless ``create``), or not a sandbox.
    PlatformError
        The file is in use or not writable, or the disk is full.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give the path of a sandbox file, as in {path / 'sandbox.sqlite'}")
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Answers are personal data: the file is its owner's alone from the first byte.
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        elif not path.is_file():
            raise MissingFileError(f"no sandbox {path}; deploy an instrument there first")
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                _check_schema(database, path, create)
                yield database
            except BaseException:
                database.rollback()
                raise
            database.commit()
    except sqlite3.Error as error:
        name = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
        remedy = REMEDIES.get(name, f"failed ({error}); check the file and try again")
        kind = InputError if name in {"SQLITE_NOTADB", "SQLITE_CANTOPEN"} else PlatformError
        raise kind(f"{path} {remedy}") from error
    except OSError as error:
        if isinstance(error, TrustSurveyError):
            raise
        raise PlatformError(f"{path} cannot be used ({error.strerror or error}); check the folder") from error


def _check_schema(database: sqlite3.Connection, path: Path, create: bool) -> None:
    application = database.execute("PRAGMA application_id").fetchone()[0]
    if application == APPLICATION:
        return
    tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application or tables or not create:
        raise InputError(f"{path} {REMEDIES['SQLITE_NOTADB'].replace('not an SQLite file', 'another or empty file')}")
    for statement in filter(str.strip, SCHEMA.split(";")):
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION}")
