"""Raw answers as the platform gave them: append-only, checksummed, never rewritten.

A folder a deployment. ``instrument.json`` is the canonical instrument; ``000000-....jsonl`` states which survey is
archived; every later segment holds the records of one batch. A segment is named by the SHA-256 of its content and
states that of the segment before it; ``head`` repeats the last, so that a segment taken from the end is missed too.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from trustsurvey.errors import ArchiveError, InputError, MissingFileError, PlatformError, TrustSurveyError
from trustsurvey.fieldwork import segments as files
from trustsurvey.fieldwork.platform import Batch, Deployment, Platform, Record
from trustsurvey.fieldwork.segments import RESTORE, Header, Segment
from trustsurvey.instruments.model import Instrument, canonical
from trustsurvey.instruments.reading import read_canonical
from trustsurvey.progress import Progress, silent

__all__ = ["Archive", "Contents", "FetchResult", "fetch"]

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive in one folder. Every reading verifies it whole; damage is an ArchiveError that names the file.

    Parameters
    ----------
    folder : Path or str
        As ``Archive.create`` made it.
    """

    folder: Path | str

    @classmethod
    def create(cls, folder: str | os.PathLike[str], deployment: Deployment, instrument: Instrument) -> Archive:
        """Return the archive of a deployment, making it where there is none yet.

        Raises
        ------
        ArchiveError
            The folder holds the archive of another survey, or something else.
        InputError
            The instrument is not the one that was deployed.
        """
        target = Path(folder)
        if instrument.digest != deployment.digest:
            raise InputError(
                f"{instrument.name} {instrument.version} is not the questionnaire that was deployed (the digests "
                "differ); use the released file of the deployment's version"
            )
        with _writing(target):
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            with files.locked(target):
                if not any(target.iterdir()):
                    files.write_once(target, "instrument.json", canonical(instrument).encode())
                _begin(target, deployment)
        archive = cls(target)
        _same_survey(_read(target), deployment, target)
        return archive

    @property
    def cursor(self) -> str | None:
        """Where the next fetch continues; None before the first."""
        return self.read().cursor

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The committed files, in order; the first holds no records."""
        return self.read().segments

    def records(self) -> list[Record]:
        """Return the last state of every respondent, by number."""
        last = self.read().last
        return [last[key] for key in sorted(last)]

    def verify(self) -> None:
        """Check every file, or raise ArchiveError."""
        self.read()

    def read(self) -> Contents:
        """Read and verify everything at once."""
        return _read(Path(self.folder))

    def append(self, batch: Batch) -> int:
        """Add a batch and return how many of its records were new; known ones are not stored again."""
        with _writer(Path(self.folder)) as writer:
            return writer.append(batch)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a fetch brought: new records, then respondents and completed ones in the archive, as on the platform."""

    new: int
    respondents: int
    completed: int
    segments: tuple[Segment, ...]


def fetch(
    platform: Platform,
    deployment: Deployment,
    archive: Archive,
    progress: Progress = silent,
    size: int = 500,
) -> FetchResult:
    """Bring what moved since the last fetch into the archive and reconcile the counts.

    An interruption at any moment loses nothing and doubles nothing: the next fetch continues after the last committed
    segment.

    Parameters
    ----------
    platform : Platform
    deployment : Deployment
    archive : Archive
    progress : Progress
    size : int
        Records in a segment, at most.

    Raises
    ------
    PlatformError
        The survey on the platform does not carry the deployment's digest.
    ArchiveError
        The archive belongs to another survey, is damaged, or still differs from the platform after three attempts.
    """
    if platform.digest(deployment) != deployment.digest:
        raise PlatformError(
            f"survey {deployment.survey} on {deployment.platform} does not carry the questionnaire that was deployed "
            f"({deployment.instrument} {deployment.version}, digest {deployment.digest[:12]}); its answers were not "
            "fetched: check whether it was edited on the platform, and deploy the changed version as its own survey"
        )
    with _writer(Path(archive.folder)) as writer:
        _same_survey(writer.contents, deployment, writer.folder)
        before = len(writer.segments)
        new = 0
        for _ in range(ATTEMPTS):
            expected = platform.status(deployment).started
            for batch in platform.fetch(deployment, writer.cursor, size):
                new += writer.append(batch)
                progress(
                    f"{len(writer.last)} respondents in the archive", min(1.0, len(writer.last) / max(1, expected))
                )
            status = platform.status(deployment)
            completed = sum(record.submitted is not None for record in writer.last.values())
            if (len(writer.last), completed) == (status.started, status.completed):
                return FetchResult(new, len(writer.last), completed, tuple(writer.segments[before:]))
    raise ArchiveError(
        f"{writer.folder} holds {len(writer.last)} respondents ({completed} completed) and the platform "
        f"{status.started} ({status.completed} completed), after fetching {ATTEMPTS} times; if answers were deleted on "
        "the platform, fetch into a new folder; otherwise fetch again when the survey is quieter"
    )


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


@dataclass(slots=True)
class _Writer:
    """The one process that adds to a folder, for as long as it holds the lock."""

    folder: Path
    contents: Contents
    segments: list[Segment] = field(init=False)
    last: dict[int, Record] = field(init=False)
    cursor: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.segments = list(self.contents.segments)
        self.last = dict(self.contents.last)
        self.cursor = self.contents.cursor

    def append(self, batch: Batch) -> int:
        new: dict[int, Record] = {}
        for record in batch.records:
            _check(record)
            if record.id in new:
                raise PlatformError(f"the platform gave respondent {record.id} twice in one batch; fetch again")
            if self.last.get(record.id) != record:
                new[record.id] = record
        if not new:
            return 0
        header = Header(
            format=files.FORMAT,
            survey=self.contents.identity.survey,
            wave=self.contents.identity.wave,
            digest=self.contents.identity.digest,
            segment=len(self.segments),
            previous=self.segments[-1].sha256,
            since=self.cursor,
            cursor=batch.cursor,
            records=len(new),
            fetched=_now(),
        )
        lines = [files.record_line(record) for record in new.values()]
        with _writing(self.folder):
            segment = files.write_segment(self.folder, header, lines)
            files.replace(self.folder, "head", _head(segment))
        self.segments.append(segment)
        self.last.update(new)
        self.cursor = batch.cursor
        return len(new)


@contextmanager
def _writer(folder: Path) -> Iterator[_Writer]:
    if not folder.is_dir():
        raise MissingFileError(f"no archive {folder}; deploy the instrument, then create its archive")
    with ExitStack() as stack:
        with _writing(folder):
            stack.enter_context(files.locked(folder))
            contents = _read(folder)
            last = contents.segments[-1]
            if contents.head != _head(last).decode():
                files.replace(folder, "head", _head(last))
        yield _Writer(folder, contents)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except TrustSurveyError:
        raise
    except OSError as error:
        raise files.failure(folder, error) from error


def _begin(folder: Path, deployment: Deployment) -> None:
    """Write what an archive begins with, continuing where an interruption left it."""
    if not (folder / "instrument.json").exists():
        raise ArchiveError(f"{folder} is not empty and not an archive of answers; give another folder")
    present = files.listed(folder)
    if not present:
        header = Header(
            files.FORMAT, deployment.survey, deployment.wave, deployment.digest, 0, "", None, None, 0, _now()
        )
        files.write_segment(folder, header, [])
        present = files.listed(folder)
    if len(present) == 1 and not (folder / "head").exists():
        files.write_once(folder, "head", _head(files.read_segment(present[0])[0]))


def _read(folder: Path) -> Contents:
    try:
        # The head first: a segment committed while this reads is then newer than it, never older.
        head = (folder / "head").read_text(encoding="utf-8")
        paths = files.listed(folder)
        text = (folder / "instrument.json").read_bytes()
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise MissingFileError(f"no archive {folder}; deploy the instrument, then create its archive") from None
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
    # The head may be one behind: an interruption between a segment and it.
    if head not in {_head(segment).decode() for segment in segments[-2:]}:
        raise ArchiveError(f"{folder} does not end where {folder / 'head'} says: a segment was removed; {RESTORE}")
    last = {record.id: record for record in history}
    return Contents(text.decode(), identity, tuple(segments), cursor, tuple(history), last, head)


def _same_survey(contents: Contents, deployment: Deployment, folder: Path) -> None:
    identity = contents.identity
    if identity.digest != deployment.digest:
        raise ArchiveError(
            f"{folder} holds answers to another version of the questionnaire (digest {identity.digest[:12]}, the "
            f"deployment has {deployment.digest[:12]}); give each version its own folder"
        )
    if (identity.survey, identity.wave) != (deployment.survey, deployment.wave):
        raise ArchiveError(
            f"{folder} is the archive of survey {identity.survey}, wave {identity.wave!r}, not of survey "
            f"{deployment.survey}, wave {deployment.wave!r}; give each deployment its own folder"
        )


def _check(record: Record) -> None:
    plain = isinstance(record.id, int) and isinstance(record.last_page, int) and isinstance(record.language, str)
    if not (plain and all(isinstance(value, str) for value in record.answers.values())):
        raise PlatformError(
            f"respondent {record.id} came with answers that are not text; nothing of this batch was stored"
        )


def _head(segment: Segment) -> bytes:
    return json.dumps({"file": segment.file, "sha256": segment.sha256}).encode() + b"\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
