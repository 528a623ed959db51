"""Raw answers as the platform gave them: append-only, checksummed, never rewritten.

A folder a deployment. ``instrument.json`` is the canonical instrument; ``000000-....jsonl`` states which survey is
archived; every later segment holds the records of one batch. A segment is named by the SHA-256 of its content and
states that of the segment before it; ``head`` repeats the last, so that a segment taken from the end is missed too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from trustsurvey.errors import ArchiveError, InputError, PlatformError, TrustSurveyError
from trustsurvey.fieldwork import segments as files
from trustsurvey.fieldwork.contents import Contents, Mark, archived_instrument, head_line, mark, no_archive, read_folder
from trustsurvey.fieldwork.platform import Batch, Deployment, Held, Platform, Record
from trustsurvey.fieldwork.segments import Header, Segment
from trustsurvey.instruments.model import Instrument, canonical
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
        _same_survey(read_folder(target), deployment, target)
        return archive

    @property
    def instrument(self) -> Instrument:
        """The instrument that is answered, without reading the answers."""
        return archived_instrument(Path(self.folder))

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
        last = {record.id: record for record in self.read().history()}
        return [last[key] for key in sorted(last)]

    def verify(self) -> None:
        """Check every file, or raise ArchiveError."""
        self.read()

    def read(self) -> Contents:
        """Verify everything and return what the archive holds."""
        return read_folder(Path(self.folder))

    def append(self, batch: Batch) -> int:
        """Add a batch and return how many of its records were new; known ones are not stored again."""
        with _writer(Path(self.folder)) as writer:
            return writer.append(batch)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a fetch brought: new records, then respondents and completed ones in the archive, as on the platform.

    ``edits`` says how the questions on the platform differ from those that were deployed, a sentence each.
    """

    new: int
    respondents: int
    completed: int
    segments: tuple[Segment, ...]
    edits: tuple[str, ...] = ()


def fetch(
    platform: Platform,
    deployment: Deployment,
    archive: Archive,
    progress: Progress = silent,
    size: int = 1000,
    again: bool = False,
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
    again : bool
        Whether every record is asked for again, so that one changed without a trace is noticed too.

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
    edits = tuple(platform.edits(deployment))
    with _writer(Path(archive.folder)) as writer:
        _same_survey(writer.contents, deployment, writer.folder)
        before = len(writer.segments)
        new = 0
        for _ in range(ATTEMPTS):
            expected = platform.counts(deployment).started
            for batch in platform.fetch(deployment, Held() if again else writer.held(), size):
                new += writer.append(batch)
                held = len(writer.marks)
                progress(f"{held} respondents in the archive", min(1.0, held / max(1, expected)))
            there = platform.counts(deployment)
            respondents, completed = len(writer.marks), sum(each.completed for each in writer.marks.values())
            if (respondents, completed) == there:
                return FetchResult(new, respondents, completed, tuple(writer.segments[before:]), edits)
    raise ArchiveError(
        f"{writer.folder} holds {respondents} respondents ({completed} completed) and the platform "
        f"{there.started} ({there.completed} completed), after fetching {ATTEMPTS} times; if answers were deleted on "
        "the platform, fetch into a new folder; otherwise fetch again when the survey is quieter"
    )


@dataclass(slots=True)
class _Writer:
    """The one process that adds to a folder, for as long as it holds the lock."""

    folder: Path
    contents: Contents
    segments: list[Segment] = field(init=False)
    marks: dict[int, Mark] = field(init=False)
    cursor: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.segments = list(self.contents.segments)
        self.marks = dict(self.contents.marks)
        self.cursor = self.contents.cursor

    def held(self) -> Held:
        return Held(self.cursor, {number: each.moved for number, each in self.marks.items()})

    def append(self, batch: Batch) -> int:
        new: dict[int, Mark] = {}
        lines: list[bytes] = []
        seen: set[int] = set()
        for record in batch.records:
            _check(record)
            if record.id in seen:
                raise PlatformError(f"the platform gave respondent {record.id} twice in one batch; fetch again")
            seen.add(record.id)
            line = files.record_line(record)
            known = mark(record, line)
            if self.marks.get(record.id) != known:
                new[record.id] = known
                lines.append(line)
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
        with _writing(self.folder):
            segment = files.write_segment(self.folder, header, lines)
            files.replace(self.folder, "head", head_line(segment))
        self.segments.append(segment)
        self.marks.update(new)
        self.cursor = batch.cursor
        return len(new)


@contextmanager
def _writer(folder: Path) -> Iterator[_Writer]:
    if not folder.is_dir():
        raise no_archive(folder)
    with ExitStack() as stack:
        with _writing(folder):
            stack.enter_context(files.locked(folder))
            contents = read_folder(folder)
            last = contents.segments[-1]
            if contents.head != head_line(last).decode():
                files.replace(folder, "head", head_line(last))
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
        files.write_once(folder, "head", head_line(files.read_segment(present[0])[0]))


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
    texts = (*record.answers.values(), *record.paradata.values())
    if not (plain and all(isinstance(value, str) for value in texts)):
        raise PlatformError(
            f"respondent {record.id} came with answers that are not text; nothing of this batch was stored"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
