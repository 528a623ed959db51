"""What an archive holds, read and verified whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from trustsurvey.errors import ArchiveError, MissingFileError, TrustSurveyError
from trustsurvey.fieldwork import segments as files
from trustsurvey.fieldwork.platform import Record
from trustsurvey.fieldwork.segments import RESTORE, Header, Segment
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import read_canonical

__all__ = ["Contents", "head_line", "no_archive", "read_folder"]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in an archive, verified.

    Parameters
    ----------
    identity : Header
        Of the first segment: survey, wave and digest.
    segments : tuple of Segment
    cursor : str or None
    history : tuple of Record
        Every record in the order it arrived; a later one supersedes an earlier one of its respondent.
    last : dict of int to Record
        The last state of every respondent.
    """

    canonical: str = field(repr=False)
    identity: Header
    segments: tuple[Segment, ...]
    cursor: str | None
    history: tuple[Record, ...] = field(repr=False)
    last: dict[int, Record] = field(repr=False)
    head: str = field(repr=False)

    @property
    def instrument(self) -> Instrument:
        """The instrument that was answered."""
        return read_canonical(self.canonical)


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
            f"{error.filename} is missing; if this archive holds no answers yet, create it again; otherwise {RESTORE}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, TrustSurveyError):
            raise
        raise ArchiveError(f"{folder} cannot be read ({error}); check its permissions") from error
    segments: list[Segment] = []
    history: list[Record] = []
    identity: Header | None = None
    cursor: str | None = None
    previous = ""
    for path in paths:
        segment, header, lines = files.read_segment(path)
        identity = identity or header
        expected = (identity.survey, identity.wave, identity.digest, int(path.name[:6]), previous, cursor)
        if (header.survey, header.wave, header.digest, header.segment, header.previous, header.since) != expected:
            raise ArchiveError(f"{path} does not continue the segment before it (renamed or from elsewhere); {RESTORE}")
        history.extend(files.read_record(line, path) for line in lines)
        segments.append(segment)
        cursor, previous = header.cursor, segment.sha256
    if identity is None:
        raise ArchiveError(f"{folder} has no segment 000000; {RESTORE}")
    if hashlib.sha256(text).hexdigest() != identity.digest:
        raise ArchiveError(f"{folder / 'instrument.json'} was changed (its checksum differs); {RESTORE}")
    # The head may lag behind: an interruption between a segment and it, or a fetch that goes on while this reads.
    if head not in {head_line(segment).decode() for segment in segments}:
        raise ArchiveError(f"{folder} does not end where {folder / 'head'} says: a segment was removed; {RESTORE}")
    last = {record.id: record for record in history}
    return Contents(text.decode(), identity, tuple(segments), cursor, tuple(history), last, head)


def head_line(segment: Segment) -> bytes:
    """Return what ``head`` says when a segment is the last."""
    return json.dumps({"file": segment.file, "sha256": segment.sha256}).encode() + b"\n"


def no_archive(folder: Path) -> MissingFileError:
    """Return what to tell whoever names a folder that does not exist."""
    return MissingFileError(f"no archive {folder}; deploy the instrument, then create its archive")
