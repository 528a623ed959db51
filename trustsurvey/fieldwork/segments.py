"""The files of an archive: written once, each sealed by its name and chained to the one before."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trustsurvey.errors import ArchiveError
from trustsurvey.fieldwork.platform import Record

if sys.platform != "win32":
    import fcntl

__all__ = ["Header", "Segment", "listed", "locked", "read_segment", "record_line", "write_once", "write_segment"]

FORMAT = "trustsurvey archive 1"
NAME = re.compile(r"(\d{6})-([0-9a-f]{16})\.jsonl")
TEMPORARY = ".part-"
RESTORE = "restore the folder from a backup, or fetch the survey again into a new folder"


@dataclass(frozen=True, slots=True)
class Header:
    """First line of a segment: which survey it belongs to and where it stands in the chain."""

    format: str
    survey: int
    wave: str
    digest: str
    segment: int
    previous: str
    since: str | None
    cursor: str | None
    records: int
    fetched: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One committed file of an archive: its name, the SHA-256 of its content, and how many records it holds."""

    file: str
    sha256: str
    records: int


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one writer; the lock ends with the process, however that ends."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArchiveError(
                f"another fetch is adding to {folder}; wait until it has finished, then fetch again"
            ) from None
        # Nobody else writes here now, so what an interrupted fetch left behind can go.
        for leftover in folder.glob(f"{TEMPORARY}*"):
            leftover.unlink()
        yield
    finally:
        os.close(handle)


def write_once(folder: Path, name: str, content: bytes) -> None:
    """Bring a file into place entirely or not at all, never over another one.

    The link is the moment of commitment: before it nothing has happened, after it the file is whole and on the disk.
    """
    temporary = _temporary(folder, content)
    try:
        os.link(temporary, folder / name)
    finally:
        with suppress(OSError):
            temporary.unlink()
    _synchronise(folder)


def replace(folder: Path, name: str, content: bytes) -> None:
    """Replace a file, entirely or not at all."""
    temporary = _temporary(folder, content)
    try:
        temporary.replace(folder / name)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    _synchronise(folder)


def write_segment(folder: Path, header: Header, lines: Sequence[bytes]) -> Segment:
    """Commit a segment and return it."""
    content = b"".join(line + b"\n" for line in (_json(asdict(header)), *lines))
    sha256 = hashlib.sha256(content).hexdigest()
    segment = Segment(f"{header.segment:06d}-{sha256[:16]}.jsonl", sha256, len(lines))
    write_once(folder, segment.file, content)
    return segment


def listed(folder: Path) -> list[Path]:
    """Return the segment files of a folder in order; a gap, a double or a foreign file is an ArchiveError."""
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(TEMPORARY) or path.name in ("instrument.json", "head"):
            continue
        if not NAME.fullmatch(path.name):
            raise ArchiveError(f"{path} does not belong in an archive of answers; move it elsewhere")
        if int(path.name[:6]) < len(found):
            raise ArchiveError(f"{path} and {found[-1].name} have the same number: one was added by hand; {RESTORE}")
        if int(path.name[:6]) > len(found):
            raise ArchiveError(f"segment {len(found):06d} is missing before {path}; {RESTORE}")
        found.append(path)
    return found


def read_segment(path: Path) -> tuple[Segment, Header, list[bytes]]:
    """Read a segment, its header and its lines, after checking the content against the name."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read ({error.strerror}); check its permissions and the disk") from error
    sha256 = hashlib.sha256(content).hexdigest()
    if path.name[7:23] != sha256[:16]:
        raise ArchiveError(f"{path} was changed or cut after it was written (its checksum differs); {RESTORE}")
    first, *lines = content.split(b"\n")
    try:
        header = Header(**json.loads(first))
    except (ValueError, TypeError) as error:
        raise ArchiveError(f"{path} does not begin with the header of a segment; {RESTORE}") from error
    if header.format != FORMAT:
        raise ArchiveError(
            f"{path} has format {header.format!r}, not {FORMAT!r}; read it with the version that wrote it"
        )
    if not lines or lines.pop() != b"" or len(lines) != header.records:
        raise ArchiveError(f"{path} holds {len(lines)} records and its header says {header.records}; {RESTORE}")
    return Segment(path.name, sha256, len(lines)), header, lines


def record_line(record: Record) -> bytes:
    """Return the one way in which a record is written, so that equal records are equal bytes."""
    content = {
        "id": record.id,
        "moved": record.moved,
        "submitted": record.submitted,
        "last_page": record.last_page,
        "language": record.language,
        "answers": dict(record.answers),
    }
    return _json({**content, "paradata": dict(record.paradata)} if record.paradata else content)


def read_record(line: bytes, path: Path) -> Record:
    """Return the record that a line holds."""
    try:
        return Record(**json.loads(line))
    except (ValueError, TypeError):
        raise ArchiveError(f"{path} holds a line that is not a record; {RESTORE}") from None


def failure(folder: Path, error: OSError) -> ArchiveError:
    """Return what to tell the user when the disk refuses."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ArchiveError(
            f"the disk is full and {folder} cannot grow; free some space and fetch again, nothing is lost"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ArchiveError(f"{folder} cannot be written ({error.strerror}); give yourself the right to write it")
    return ArchiveError(f"{folder} cannot be written ({error.strerror or error}); fetch again, nothing is lost")


def _temporary(folder: Path, content: bytes) -> Path:
    path = folder / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}"
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(0o400)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    return path


def _synchronise(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _json(content: dict[str, Any]) -> bytes:
    # ASCII escapes keep whatever the platform sent, even halves of characters that no encoding accepts.
    return json.dumps(content, separators=(",", ":")).encode("ascii")
