"""Where an instrument stands that is named in a study or on the command line."""

from __future__ import annotations

from pathlib import Path

from trustsurvey.errors import MissingFileError
from trustsurvey.resources import share

__all__ = ["instrument_path"]


def instrument_path(name: str, folder: Path) -> Path:
    """Return the file of an instrument: a path relative to a folder, or ``name@version`` of one that comes with us.

    Raises
    ------
    MissingFileError
        Neither exists; the message lists what comes with the package.
    """
    path = folder / name
    if path.is_file():
        return path
    if path.is_dir():
        raise MissingFileError(f"{path} is a folder, not an instrument; give the path of a file in it")
    released = {f"{each.parts[-3]}@{each.stem}": each for each in (share() / "instruments").glob("*/releases/*.yaml")}
    if name in released:
        return released[name]
    raise MissingFileError(f"no instrument {name!r}; give the path of a file, or one of {', '.join(sorted(released))}")
