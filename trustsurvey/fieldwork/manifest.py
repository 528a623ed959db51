"""The checksums of every file of an archive, beside its folder, once its survey is closed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from trustsurvey.documents.files import write_file
from trustsurvey.errors import ArchiveError
from trustsurvey.fieldwork.segments import RESTORE, TEMPORARY

__all__ = ["check_manifest", "write_manifest"]


def write_manifest(folder: Path) -> Path:
    """Write ``<folder>.sha256``, in the form that ``sha256sum --check`` reads, and return it.

    Raises
    ------
    WriteError
        It cannot be written.
    """
    target = _place(folder)
    write_file(target, _lines(folder))
    return target


def check_manifest(folder: Path) -> None:
    """Raise ArchiveError where an archive no longer holds what its manifest says; one without a manifest passes.

    Answers may have been added since, which moves the head.
    """
    place = _place(folder)
    if not place.is_file():
        return
    stated, found = place.read_text(encoding="utf-8").splitlines(), set(_lines(folder).splitlines())
    changed = [line.partition("  ")[2] for line in stated if line not in found and not line.endswith("/head")]
    if changed:
        raise ArchiveError(f"{', '.join(changed)} is not as {place} says: the archive was changed; {RESTORE}")


def _place(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.sha256")


def _lines(folder: Path) -> str:
    files = sorted(path for path in folder.iterdir() if not path.name.startswith(TEMPORARY))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {folder.name}/{path.name}\n" for path in files)
