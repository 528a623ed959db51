"""The ledger of the bank: every version of every block, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trustsurvey.documents.document import Document, read_document
from trustsurvey.documents.shape import shaped
from trustsurvey.errors import MissingFileError, Problem
from trustsurvey.instruments.versions.ledger import LEDGER, SHA256, sha256_of
from trustsurvey.instruments.versions.numbers import number_of
from trustsurvey.instruments.versions.schema import BankEntry, BlockPin

__all__ = ["BankLedger", "bank_ledger_of", "bank_ledger_text", "block_problems", "read_bank_ledger"]

HEAD = (
    "# Written by `trustsurvey release`, which alone changes it: every version of every block, byte for byte (sha256,",
    "# with line ends as \\n).",
)
RESTORE = "restore the file as it was (git checkout); a change of a block is a new version of it, a new file"


@dataclass(frozen=True, slots=True)
class BankLedger:
    """The SHA-256 of every pinned block, by name and version, and what is wrong with the ledger."""

    path: Path
    document: Document
    pins: tuple[tuple[str, str, str], ...] = ()
    problems: tuple[Problem, ...] = ()

    def sha256(self, block: str, version: str) -> str:
        """Return the SHA-256 of a version of a block, empty where it is not pinned."""
        return next((sha256 for name, number, sha256 in self.pins if (name, number) == (block, version)), "")


def bank_ledger_of(block: Path) -> Path:
    """Return where the ledger of a block file ``bank/<block>/<version>.yaml`` stands, or is to stand."""
    return block.parent.parent / LEDGER


def read_bank_ledger(path: Path) -> BankLedger:
    """Read the ledger of a bank; whatever is wrong with it is among ``problems``.

    Raises
    ------
    MissingFileError
        The file does not exist.
    """
    document = read_document(path)
    problems = list(document.problems)
    pins: list[tuple[str, str, str]] = []
    entry = None
    if document.content is not None:
        entry, found = shaped(document, (), BankEntry, document.content, "a ledger of blocks")
        problems += found
    for position, content in enumerate(entry.blocks if entry else ()):
        where = ("blocks", position)
        pin, found = shaped(document, where, BlockPin, content, "a block")
        problems += found
        if pin is None or found:
            continue
        if not SHA256.fullmatch(pin.sha256):
            message = f"the sha256 of {pin.block}@{pin.version} is not 64 hexadecimal digits"
            problems.append(document.problem((*where, "sha256"), message, "restore the ledger"))
        if any((name, number) == (pin.block, pin.version) for name, number, _ in pins):
            problems.append(document.problem(where, f"{pin.block}@{pin.version} is listed twice", "restore the ledger"))
        if not (path.parent / pin.block / f"{pin.version}.yaml").is_file():
            message = f"{pin.block}/{pin.version}.yaml is listed and not there"
            problems.append(document.problem(where, message, "restore the file as it was"))
        pins.append((pin.block, pin.version, pin.sha256))
    return BankLedger(path, document, tuple(pins), tuple(problems))


def block_problems(path: Path) -> list[Problem]:
    """Return where a block file is not what the ledger of its bank says, and what is wrong with the ledger.

    Nothing where the bank has no ledger, and nothing for a version that is not pinned yet.
    """
    place = path.resolve()
    where = bank_ledger_of(place)
    if place.parent.parent.name != "bank" or not where.is_file():
        return []
    ledger = read_bank_ledger(where)
    problems = list(ledger.problems)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingFileError(f"the file {path} does not exist; check the path") from error
    pinned = ledger.sha256(place.parent.name, place.stem)
    if pinned and pinned != sha256_of(content):
        message = f"the file was changed after {place.parent.name}@{place.stem} was released"
        problems.append(Problem(str(path), 1, 1, message, RESTORE))
    return sorted(problems)


def bank_ledger_text(pins: tuple[tuple[str, str, str], ...]) -> str:
    """Return the text of the ledger of a bank, by name and version."""
    lines = [*HEAD, "blocks:" if pins else "blocks: []"]
    for block, version, sha256 in sorted(pins, key=lambda pin: (pin[0], number_of(pin[1]))):
        lines += [f"  - block: {block}", f"    version: {version}", f'    sha256: "{sha256}"']
    return "\n".join(lines) + "\n"
