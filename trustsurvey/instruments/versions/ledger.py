"""The ledger beside the releases of an instrument: what was released, byte for byte, and what it did to the series."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trustsurvey.documents.document import Document, read_document
from trustsurvey.documents.shape import shaped
from trustsurvey.errors import MissingFileError, Problem
from trustsurvey.instruments.model import Editorial
from trustsurvey.instruments.versions.changes import Bump
from trustsurvey.instruments.versions.numbers import is_version, number_of
from trustsurvey.instruments.versions.schema import LedgerEntry, ReleaseEntry

__all__ = [
    "LEDGER",
    "Ledger",
    "Release",
    "ledger_of",
    "ledger_text",
    "pinned_digest",
    "pinned_problems",
    "read_ledger",
    "sha256_of",
]

LEDGER = "releases.yaml"
SHA256 = re.compile("[0-9a-f]{64}")
HEAD = (
    "# Written by `trustsurvey release`, which alone changes it: every release, byte for byte (sha256; line ends: LF)",
    "# and by content (digest), what it was compared with, and the series that it broke.",
)
RESTORE = "restore the file as it was released (git checkout); a change is a new version, made by trustsurvey release"


@dataclass(frozen=True, slots=True)
class Release:
    """One release of an instrument.

    Parameters
    ----------
    version : str
    digest : str
        Of the instrument: SHA-256 of its canonical form.
    sha256 : str
        Of the file, with the line ends of Unix.
    after : str
        The version it was compared with; empty for the first.
    bump : "major", "minor", "patch" or None
        What the changes needed; None for the first.
    breaks : tuple of str
        Variables, derived variables and indices whose series broke or ended.
    editorial : tuple of Editorial
    """

    version: str
    digest: str
    sha256: str
    after: str = ""
    bump: Bump | None = None
    breaks: tuple[str, ...] = ()
    editorial: tuple[Editorial, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a ledger holds, as far as it can be read, and what is wrong with it."""

    path: Path
    document: Document
    instrument: str = ""
    releases: tuple[Release, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def newest(self) -> Release | None:
        """The release with the highest version, None where there is none."""
        return max(self.releases, key=lambda release: number_of(release.version), default=None)

    def release(self, version: str) -> Release | None:
        """Return the release of a version, None where there is none."""
        return next((each for each in self.releases if each.version == version), None)


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of a text with the line ends of Unix, so that a checkout on Windows has the same."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def ledger_of(release: Path) -> Path | None:
    """Return the ledger beside a file ``releases/<version>.yaml``, None where the file is no release or has none."""
    place = release if release.parent.name not in {"", ".."} else release.resolve()
    if place.parent.name != "releases" or place.suffix != ".yaml":
        return None
    path = place.parent.parent / LEDGER
    return path if path.is_file() else None


def read_ledger(path: Path) -> Ledger:
    """Read a ledger; whatever is wrong with its shape is among ``problems``.

    Raises
    ------
    MissingFileError
        The file does not exist.
    """
    document = read_document(path)
    problems = list(document.problems)
    if document.content is None:
        return Ledger(path, document, problems=tuple(problems))
    entry, found = shaped(document, (), LedgerEntry, document.content, "a ledger of releases")
    problems += found
    releases: list[Release] = []
    for position, content in enumerate(entry.releases if entry else ()):
        where = ("releases", position)
        each, found = shaped(document, where, ReleaseEntry, content, "a release")
        problems += found
        if each is None or found:
            continue
        problems += _entry_problems(document, position, each, releases)
        editorial = tuple(Editorial(one.item, one.reason, each.after) for one in each.editorial)
        fields = each.version, each.digest, each.sha256, each.after, each.bump, tuple(each.breaks), editorial
        releases.append(Release(*fields))
    return Ledger(path, document, entry.instrument if entry else "", tuple(releases), tuple(problems))


def _entry_problems(document: Document, position: int, entry: ReleaseEntry, before: list[Release]) -> Iterable[Problem]:
    where = ("releases", position)
    if not is_version(entry.version):
        message, remedy = f"{entry.version} is not of the form major.minor.patch", "restore the ledger"
        yield document.problem((*where, "version"), message, remedy)
    elif any(each.version == entry.version for each in before):
        yield document.problem((*where, "version"), f"{entry.version} is listed twice", "restore the ledger")
    for key in ("digest", "sha256"):
        if not SHA256.fullmatch(getattr(entry, key)):
            message = f"the {key} of {entry.version} is not 64 hexadecimal digits"
            yield document.problem((*where, key), message, "restore the ledger")
    if entry.after and not any(each.version == entry.after for each in before):
        message = f"{entry.version} comes after {entry.after}, which is not listed before it"
        yield document.problem((*where, "after"), message, "restore the ledger")
    elif before and not entry.after:
        message = f"the release {entry.version} does not say which one it comes after"
        yield document.problem(where, message, "restore the ledger")


def pinned_problems(path: Path, digest: str = "") -> list[Problem]:
    """Return where a released file is not what its ledger says, and what is wrong with the ledger itself.

    Nothing for a file that is no ``releases/<version>.yaml`` with a ledger ``../releases.yaml``.

    Parameters
    ----------
    path : Path
        Of the released file.
    digest : str
        Of the instrument in it, where it could be read.
    """
    where = ledger_of(path)
    if where is None:
        return []
    ledger = read_ledger(where)
    problems = [*ledger.problems, *_missing(ledger)]
    folder = where.resolve().parent.name
    if ledger.instrument and ledger.instrument != folder:
        message = f"this is the ledger of {ledger.instrument}, in the folder {folder}"
        problems.append(ledger.document.problem(("instrument",), message, "put it where it belongs"))
    if any(problem.message.startswith("a ledger of releases") for problem in problems):
        return sorted(problems)
    return sorted([*problems, *_released(path, ledger, digest)])


def pinned_digest(path: Path) -> str:
    """Return the digest that the ledger states for a released file, empty where there is none."""
    where = ledger_of(path)
    release = read_ledger(where).release(path.stem) if where else None
    return release.digest if release else ""


def _released(path: Path, ledger: Ledger, digest: str) -> Iterable[Problem]:
    try:
        document = read_document(path)
        content = path.read_bytes()
    except (MissingFileError, OSError) as error:
        yield Problem(str(path), 0, 0, str(error), RESTORE)
        return
    stated = document.content if isinstance(document.content, dict) else {}
    if (version := str(stated.get("version", path.stem))) != path.stem:
        message = f"the version is {version}, and the file is called {path.name}"
        yield document.problem(("version",), message, RESTORE)
    if (name := str(stated.get("instrument", ledger.instrument))) != ledger.instrument and ledger.instrument:
        message = f"this is {name}, among the releases of {ledger.instrument}"
        yield document.problem(("instrument",), message, RESTORE)
    release = ledger.release(path.stem)
    if release is None:
        listed = ", ".join(each.version for each in ledger.releases) or "none"
        message = f"{path.stem} is not in the ledger {ledger.path.name}, which lists {listed}"
        remedy = "if a release was interrupted, run trustsurvey release again with the same draft; else delete the file"
        yield document.problem((), message, remedy)
    elif sha256_of(content) != release.sha256:
        yield document.problem((), f"the file was changed after {path.stem} was released", RESTORE)
    elif digest and digest != release.digest:
        message = f"the digest of {path.stem} is {digest[:12]}, and the ledger says {release.digest[:12]}"
        yield document.problem(
            (), message, "restore the ledger, or install the version of trustsurvey that released it"
        )


def _missing(ledger: Ledger) -> Iterable[Problem]:
    for position, release in enumerate(ledger.releases):
        if not (ledger.path.parent / "releases" / f"{release.version}.yaml").is_file():
            message = f"releases/{release.version}.yaml is listed and not there"
            yield ledger.document.problem(("releases", position), message, "restore the file as it was released")


def ledger_text(instrument: str, releases: Iterable[Release]) -> str:
    """Return the text of a ledger."""
    lines = [*HEAD, f"instrument: {instrument}", "releases:"]
    for release in releases:
        lines += [
            f"  - version: {release.version}",
            f'    digest: "{release.digest}"',
            f'    sha256: "{release.sha256}"',
        ]
        if release.after:
            lines += [f"    after: {release.after}", f"    bump: {release.bump or 'patch'}"]
        if release.breaks:
            lines += ["    breaks:", *(f"      - {json.dumps(name)}" for name in release.breaks)]
        if release.editorial:
            lines.append("    editorial:")
            for each in release.editorial:
                item, reason = json.dumps(each.item), json.dumps(each.reason, ensure_ascii=False)
                lines += [f"      - item: {item}", f"        reason: {reason}"]
    return "\n".join(lines) + "\n"
