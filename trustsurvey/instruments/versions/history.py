"""Two files of an instrument compared, with what the ledger says of the versions between them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from trustsurvey.errors import InputError
from trustsurvey.instruments.model import Editorial
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.changes import InstrumentChanges
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.ledger import ledger_of, read_ledger
from trustsurvey.instruments.versions.numbers import number_of

__all__ = ["compare_files"]


def compare_files(old: Path, new: Path) -> InstrumentChanges:
    """Compare two instrument files.

    Between two releases, what was declared to be editorial on the way stays excused: a wording that only ever changed
    with such a declaration. The versions between them are those of the ledger.

    Raises
    ------
    InstrumentError, MissingFileError
        A file holds problems or does not exist.
    """
    before, after = load_instrument(old), load_instrument(new)
    return compare_instruments(before, after, editorial=_on_the_way(old, new))


def _on_the_way(old: Path, new: Path) -> tuple[Editorial, ...]:
    """Return the declarations between two releases that excuse every change of what they name."""
    ledger_path = ledger_of(old)
    if ledger_path is None:
        return ()
    ledger = read_ledger(ledger_path)
    draft = ledger_of(new) is None and new.resolve().parent == ledger_path.resolve().parent
    if ledger.problems or not (draft or ledger_of(new) == ledger_path):
        return ()
    first, last = number_of(old.stem), None if draft else number_of(new.stem)
    versions = sorted((each.version for each in ledger.releases if first <= number_of(each.version)), key=number_of)
    chain = [
        ledger_path.parent / "releases" / f"{each}.yaml" for each in versions if not last or number_of(each) <= last
    ]
    chain += [new] if draft else []
    if len(chain) < 3:
        return ()
    try:
        steps = [compare_instruments(load_instrument(one), load_instrument(two)) for one, two in pairwise(chain)]
    except InputError:
        return ()
    declared = {each.item: each for step in steps for each, used in step.editorial if used}
    excused = ("editorial: ", "typography")
    changed = {
        name
        for step in steps
        for change in step.changes
        if not change.note.startswith(excused)
        for name in change.called
    }
    return tuple(each for item, each in declared.items() if item not in changed)
