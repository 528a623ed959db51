"""Where an instrument stands that is named in a study or on the command line."""

from __future__ import annotations

from pathlib import Path

from trustsurvey.documents.values import close_to
from trustsurvey.errors import MissingFileError
from trustsurvey.instruments.bank import available
from trustsurvey.resources import share

__all__ = ["instrument_path"]


def instrument_path(name: str, folder: Path) -> Path:
    """Return the file of an instrument.

    Parameters
    ----------
    name : str
        The path of a file, or of the folder of an instrument for its draft; else ``name@version`` of a release or of a
        shared block, or ``name`` of a draft, in ``instruments/`` of the folder or of the package.
    folder : Path
        What a path is relative to.

    Raises
    ------
    MissingFileError
        None of these exists; the message lists the releases.
    """
    path = folder / name
    if path.is_file():
        return path
    if path.is_dir():
        if (path / "draft.yaml").is_file():
            return path / "draft.yaml"
        raise MissingFileError(f"{path} is a folder without a draft.yaml; give the path of an instrument file")
    known: dict[str, Path] = {}
    for place in (folder / "instruments", share() / "instruments"):
        for each in sorted(place.glob("*/releases/*.yaml")):
            known.setdefault(f"{each.parts[-3]}@{each.stem}", each)
        for each in sorted(place.glob("*/draft.yaml")):
            known.setdefault(each.parts[-2], each)
    releases = ", ".join(each for each in known if "@" in each) or "none"
    known |= {
        block: path for block, path in available(folder / "instruments" / "draft.yaml").items() if block not in known
    }
    if name in known:
        return known[name]
    remedy = f"{close_to(name, known)} give the path of a file, or a release: {releases}".strip()
    raise MissingFileError(f"no instrument {name!r}; {remedy}")
