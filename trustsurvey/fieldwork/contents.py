"""What an archive holds, verified whole and read a segment at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from trustsurvey.errors import ArchiveError, MissingFileError, TrustSurveyError
from trustsurvey.fieldwork import segments as files
from trustsurvey.fieldwork.platform import Record
from trustsurvey.fieldwork.segments import RESTORE, Header, Segment
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import read_canonical

__all__ = ["Contents", "Mark", "archived_instrument", "head_line", "mark", "no_archive", "read_folder"]


class Mark(NamedTuple):
    """What is kept in memory of a respondent: enough to tell whether a record is new, and to count."""

    moved: str | int
    completed: bool
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """An archive, verified; its records stay on the disk until they are asked for.

    Parameters
    ----------
    identity : Header
        Of the first segment: survey, wave and digest.
    segments : tuple of Segment
    cursor : str or None
    marks : dict of int to Mark
        The last state of every respondent.
    """

    folder: Path
    canonical: str = field(repr=False)
    identity: Header
    segments: tuple[Segment, ...]
    cursor: str | None
    marks: dict[int, Mark] = field(repr=False)
    head: str = field(repr=False)

    @property
    def instrument(self) -> Instrument:
        """The instrument that was answered."""
        return read_canonical(self.canonical)

    def history(self) -> Iterator[Record]:
        """Give every record in the order it arrived; a later one supersedes an earlier one of its respondent."""
        for segment in self.segments:
            path = self.folder / segment.file
            _, _, lines = files.read_segment(path)
            for line in lines:
                yield files.read_record(line, path)


def read_folder(folder: Path) -> Contents:
    """Read and verify an archive; damage is an ArchiveError that names the file and what to do."""
    try:
        # The head first: a segment committed while this reads is then newer than it, never older.
        head = (folder / "head").read_text(encoding="utf-8")
        paths = files.listed(folder)
        text = (folder / "instrument.json").read_bytes()
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise no_archive(folder) from None
        raise ArchiveError(
            f"{error.filename} is missing; if the archive holds no answers yet, delete its folder and run the deploy "
            f"command again; otherwise {RESTORE}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, TrustSurveyError):
            raise
        raise ArchiveError(f"{folder} cannot be read ({error}); check its permissions") from error
    segments: list[Segment] = []
    marks: dict[int, Mark] = {}
    identity: Header | None = None
    cursor: str | None = None
    previous = ""
    for path in paths:
        segment, header, lines = files.read_segment(path)
        identity = identity or header
        expected = (identity.survey, identity.wave, identity.digest, int(path.name[:6]), previous, cursor)
        if (header.survey, header.wave, header.digest, header.segment, header.previous, header.since) != expected:
            raise ArchiveError(f"{path} does not continue the segment before it (renamed or from elsewhere); {RESTORE}")
        for line in lines:
            record = files.read_record(line, path)
            marks[record.id] = mark(record, line)
        segments.append(segment)
        cursor, previous = header.cursor, segment.sha256
    if identity is None:
        raise ArchiveError(f"{folder} has no segment 000000; {RESTORE}")
    if hashlib.sha256(text).hexdigest() != identity.digest:
        raise ArchiveError(f"{folder / 'instrument.json'} was changed (its checksum differs); {RESTORE}")
    # The head may lag behind: an interruption between a segment and it, or a fetch that goes on while this reads.
    if head not in {head_line(segment).decode() for segment in segments}:
        raise ArchiveError(f"{folder} does not end where {folder / 'head'} says: a segment was removed; {RESTORE}")
    return Contents(folder, text.decode(), identity, tuple(segments), cursor, marks, head)


def archived_instrument(folder: Path) -> Instrument:
    """Return the instrument of an archive after checking it against what the first segment states."""
    try:
        content = (folder / "instrument.json").read_bytes()
        first = files.listed(folder)[0]
    except (FileNotFoundError, NotADirectoryError, IndexError):
        if not folder.is_dir():
            raise no_archive(folder) from None
        raise ArchiveError(f"{folder} is not a whole archive of answers; {RESTORE}") from None
    except OSError as error:
        if isinstance(error, TrustSurveyError):
            raise
        raise ArchiveError(f"{folder} cannot be read ({error}); check its permissions") from error
    _, header, _ = files.read_segment(first)
    if hashlib.sha256(content).hexdigest() != header.digest:
        raise ArchiveError(f"{folder / 'instrument.json'} was changed (its checksum differs); {RESTORE}")
    return read_canonical(content.decode())


def mark(record: Record, line: bytes) -> Mark:
    """Return what is kept of a record and the line that holds it."""
    return Mark(record.moved, record.submitted is not None, hashlib.sha256(line).digest())


def head_line(segment: Segment) -> bytes:
    """Return what ``head`` says when a segment is the last."""
    return json.dumps({"file": segment.file, "sha256": segment.sha256}).encode() + b"\n"


def no_archive(folder: Path) -> MissingFileError:
    """Return what to tell whoever names a folder that does not exist."""
    return MissingFileError(
        f"no archive folder {folder}; run the same deploy command again, which finds the survey and makes the folder"
    )
