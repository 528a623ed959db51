"""From a draft to a release: the version that its changes need, a file that never changes, its entry in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from trustsurvey.documents.document import Document, read_document
from trustsurvey.documents.document import Path as DocumentPath
from trustsurvey.errors import InputError, InstrumentError, Problem, WriteError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.instruments.versions.bank_ledger import (
    bank_ledger_of,
    bank_ledger_text,
    block_problems,
    read_bank_ledger,
)
from trustsurvey.instruments.versions.changes import InstrumentChanges
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.files import replacing
from trustsurvey.instruments.versions.ledger import (
    LEDGER,
    Ledger,
    Release,
    ledger_text,
    pinned_problems,
    read_ledger,
    sha256_of,
)
from trustsurvey.instruments.versions.numbers import is_enough, next_version, number_of, step
from trustsurvey.instruments.writing import instrument_text

__all__ = ["Released", "newest_release", "release_block", "release_instrument"]

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Released:
    """A release that was made: its file, its entry, and the changes since the one before (None for the first)."""

    path: Path
    release: Release
    changes: InstrumentChanges | None


def release_instrument(draft: Path) -> Released:
    """Release a draft: write ``releases/<version>.yaml`` beside it and the entry in ``releases.yaml``.

    The release is complete (blocks of the bank in place) and read back before it counts. An interruption leaves
    nothing that counts, and the same command finishes it.

    Raises
    ------
    InstrumentError
        The draft or the ledger holds problems, or the version does not fit the changes; ``problems`` lists them all.
    InputError
        The draft does not stand in the folder of its instrument, or another file stands where the release is to be.
    WriteError
        A file cannot be written.
    """
    if draft.parent.name == "releases":
        raise InputError(f"{draft} is a release, which never changes; give the draft beside its folder")
    instrument = load_instrument(draft)
    folder, name = draft.parent, draft.resolve().parent.name
    if name != instrument.name:
        raise InputError(
            f"{draft} is the instrument {instrument.name}, in the folder {name}; rename one of the two, so that "
            f"{instrument.name}@{instrument.version} finds the release"
        )
    ledger = _sound_ledger(folder)
    newest = ledger.newest if ledger else None
    changes = compare_instruments(_load(folder, newest), instrument) if newest else None
    if problems := list(_problems(read_document(draft), instrument, newest, changes)):
        raise InstrumentError(problems)
    return _write(folder, instrument, ledger, newest, changes)


def newest_release(draft: Path) -> Path:
    """Return the newest release of the instrument of a draft.

    Raises
    ------
    InputError
        There is none.
    """
    found = sorted(draft.parent.glob("releases/*.yaml"), key=lambda path: number_of(path.stem))
    if not found:
        raise InputError(f"{draft} has no release beside it to compare with; give two instruments")
    return found[-1]


def _load(folder: Path, release: Release) -> Instrument:
    path = folder / "releases" / f"{release.version}.yaml"
    instrument = load_instrument(path)
    if problems := pinned_problems(path, instrument.digest):
        raise InstrumentError(problems)
    return instrument


def _sound_ledger(folder: Path) -> Ledger | None:
    path = folder / LEDGER
    if not path.is_file():
        return None
    ledger = read_ledger(path)
    if ledger.problems:
        raise InstrumentError(ledger.problems)
    return ledger


def _problems(
    document: Document, instrument: Instrument, newest: Release | None, changes: InstrumentChanges | None
) -> Iterator[Problem]:
    yield from _stamps(document, instrument)
    if newest is None or changes is None:
        for position, each in enumerate(instrument.editorial):
            message = f"{each.item} is declared to be changed, and there is no release before this one"
            yield document.problem(("editorial", position), message, "delete the declaration")
        return
    if changes.table.empty:
        message = f"nothing changed since {newest.version}"
        yield document.problem((), message, "there is nothing to release")
        return
    raised = step(newest.version, instrument.version)
    if raised is None:
        message = f"the version {instrument.version} is not after {newest.version}, the newest release"
        yield document.problem(("version",), message, f"write {next_version(newest.version, changes.bump)}")
    elif not is_enough(newest.version, instrument.version, changes.bump):
        message = (
            f"{instrument.version} raises the {raised} number of {newest.version}, and these changes need a "
            f"{changes.bump} version: {_named(changes)}"
        )
        yield document.problem(("version",), message, f"write {next_version(newest.version, changes.bump)}")
    spoken = dict(changes.editorial)
    for position, each in enumerate(instrument.editorial):
        if not spoken.get(each, False):
            since = f"since {each.since or newest.version}"
            message = f"no wording of {each.item} changed {since}"
            if each not in spoken:
                message = f"{each.item} is declared {since}, and this is compared with {newest.version}"
            remedy = (
                "delete the declaration, or name what changed (a scale that several questions share by its own name)"
            )
            yield document.problem(("editorial", position), message, remedy)


def _stamps(document: Document, instrument: Instrument) -> Iterator[Problem]:
    """Yield the hidden questions that store another version of the instrument."""
    stamp = f"{instrument.name}@{instrument.version}"
    for question in instrument.questions:
        if question.value.startswith(f"{instrument.name}@") and question.value != stamp:
            message = f"{question.code} stores {question.value}, and this is {stamp}"
            yield document.problem(_path_of(document.content, question.value), message, f"write {stamp}")


def _path_of(content: object, value: str, path: DocumentPath = ()) -> DocumentPath:
    """Return where a value stands in a document, ``()`` where it does not."""
    entries: Iterable[tuple[str | int, object]] = ()
    if isinstance(content, dict):
        entries = content.items()
    elif isinstance(content, list):
        entries = enumerate(content)
    elif content == value:
        return path
    return next((found for key, each in entries if (found := _path_of(each, value, (*path, key)))), ())


def _named(changes: InstrumentChanges) -> str:
    named = [
        f"{change.item} ({' in '.join(part for part in (change.kind, change.language) if part)})"
        for change in changes.changes
        if change.bump == changes.bump
    ]
    listed = list(dict.fromkeys(named))
    more = f", and {len(listed) - MOST_NAMED} more (see trustsurvey diff)" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more


def _write(
    folder: Path,
    instrument: Instrument,
    ledger: Ledger | None,
    newest: Release | None,
    changes: InstrumentChanges | None,
) -> Released:
    after = newest.version if newest else ""
    instrument = replace(instrument, editorial=tuple(replace(each, since=after) for each in instrument.editorial))
    head = (
        f"{instrument.name} {instrument.version}: a release, which never changes; edit draft.yaml for the next one.",
    )
    content = instrument_text(instrument, head).encode()
    ended = [each.item for each in changes.every_series if each.status in {"breaks", "ends"}] if changes else []
    release = Release(
        instrument.version,
        instrument.digest,
        sha256_of(content),
        after,
        changes.bump if changes else None,
        tuple(ended),
        instrument.editorial,
    )
    target = folder / "releases" / f"{instrument.version}.yaml"
    known = {each.version for each in (ledger.releases if ledger else ())} | {release.version}
    if strangers := [path.name for path in sorted(target.parent.glob("*.yaml")) if path.stem not in known]:
        raise InputError(
            f"{target.parent} holds {', '.join(strangers)}, which the ledger {folder / LEDGER} does not list; restore "
            "the ledger, or take what is no release elsewhere"
        )
    if target.exists() and sha256_of(target.read_bytes()) != release.sha256:
        raise InputError(
            f"{target} is there and in no ledger, and this draft gives another text; if an interrupted release left "
            "it, delete it"
        )
    listed = (*ledger.releases, release) if ledger else (release,)
    entry = ledger_text(instrument.name, listed).encode()
    with replacing((target, content), (folder / LEDGER, entry)) as (written, _):
        if load_instrument(written).digest != release.digest:
            raise WriteError(f"{target} does not read back as it was written; check the disk and run the command again")
    return Released(target, release, changes)


def release_block(path: Path) -> Path:
    """Pin a version of a block of the bank: add its SHA-256 to ``releases.yaml`` of the bank, which is returned.

    Raises
    ------
    InstrumentError
        The block or the ledger holds problems, or the block was changed after it was pinned.
    InputError
        The file is not ``bank/<block>/<version>.yaml`` of what it says it is, or it is pinned already.
    """
    if problems := [*check(path), *block_problems(path)]:
        raise InstrumentError(problems)
    content = read_document(path).content
    block, version = str(content.get("block", "")), str(content.get("version", ""))
    place = path.resolve()
    if (place.parent.name, place.stem) != (block, version):
        raise InputError(f"{path} is the block {block} {version}; it stands in {block}/{version}.yaml of the bank")
    where = bank_ledger_of(place)
    ledger = read_bank_ledger(where) if where.is_file() else None
    if ledger and ledger.problems:
        raise InstrumentError(ledger.problems)
    if ledger and ledger.sha256(block, version):
        raise InputError(f"{block}@{version} is released already; a change of it is a new version")
    pin = (block, version, sha256_of(place.read_bytes()))
    text = bank_ledger_text((*(ledger.pins if ledger else ()), pin))
    with replacing((where, text.encode())):
        pass
    return where
