"""The record of a folder of results: what made them, and a checksum of every file, so that altered ones are noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trustsurvey.errors import InputError, MissingFileError

__all__ = ["RECORD", "read_record", "write_record"]

RECORD = "provenance.json"
_AGAIN = "run the study again (trustsurvey run STUDY)"
_PARTS: Mapping[str, type] = {
    "inputs": dict,
    "checksums": dict,
    "publication": dict,
    "package": dict,
    "population": dict,
    "weighting": dict,
    "instruments": list,
    "archives": list,
}


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write the record of results beside them, with the SHA-256 of every file there and of the record itself."""
    files = {
        path.relative_to(folder).as_posix(): _checksum(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / RECORD
    }
    own = {key: value for key, value in record.items() if key != "checksums"}
    sealed = own | {"checksums": {RECORD: _digest(own), **files}}
    (folder / RECORD).write_text(json.dumps(sealed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_record(folder: Path, needed: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return the record of a folder of results once every file has the checksum it gives.

    Parameters
    ----------
    folder : Path
    needed : tuple of str
        Files that must be there besides those with a checksum, as paths within the folder.

    Raises
    ------
    MissingFileError
        The folder is not there, or lacks files.
    InputError
        The record is damaged or has no checksums, or a file is not as it was written.
    """
    if not folder.is_dir():
        if folder.exists():
            raise MissingFileError(f"{folder} is a file; give the folder of results that a study run wrote")
        raise MissingFileError(f"no folder of results {folder}; run the study first (trustsurvey run STUDY)")
    record = _read(folder / RECORD) if (folder / RECORD).is_file() else {}
    checksums = record.get("checksums", {})
    lacking = sorted(name for name in {RECORD, *needed, *checksums} if not (folder / name).is_file())
    if lacking:
        raise MissingFileError(f"the folder of results {folder} lacks {', '.join(lacking)}; {_AGAIN}")
    unknown = sorted({RECORD, *needed} - set(checksums))
    if unknown:
        raise InputError(f"{folder / RECORD} has no checksum of {', '.join(unknown)}; {_AGAIN}")
    own = {key: value for key, value in record.items() if key != "checksums"}
    altered = [
        name
        for name, checksum in checksums.items()
        if checksum != (_digest(own) if name == RECORD else _checksum(folder / name))
    ]
    if altered:
        raise InputError(
            f"in the folder of results {folder}, {', '.join(altered)} changed after the run that wrote it; {_AGAIN}"
        )
    return record


def _read(path: Path) -> Mapping[str, Any]:
    try:
        record = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); correct the permissions") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON; {_AGAIN}") from error
    if not isinstance(record, dict):
        raise InputError(f"{path} is not a record of results: it holds no mapping of names to values; {_AGAIN}")
    for name in ("inputs", "checksums"):
        if name not in record:
            raise InputError(f"{path} lacks {name!r}; {_AGAIN}")
    for name, kind in _PARTS.items():
        if not isinstance(record.get(name, kind()), kind):
            wanted = "a mapping" if kind is dict else "a list"
            raise InputError(f"{path}: {name!r} is not {wanted}; {_AGAIN}")
    return record


def _checksum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); correct the permissions") from error


def _digest(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
