"""Whether a released file is still what was released."""

from __future__ import annotations

from pathlib import Path

from trustsurvey.errors import InstrumentError, Problem
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.ledger import ledger_of, pinned_problems

__all__ = ["released_problems"]


def released_problems(path: Path) -> list[Problem]:
    """Return where a file ``releases/<version>.yaml`` is not what the ledger ``../releases.yaml`` says.

    Nothing where there is no ledger. What is wrong with the instrument itself is for ``check`` to say.

    Raises
    ------
    MissingFileError
        The file does not exist.
    """
    if ledger_of(path) is None:
        return []
    try:
        digest = load_instrument(path).digest
    except InstrumentError:
        digest = ""
    return pinned_problems(path, digest)
