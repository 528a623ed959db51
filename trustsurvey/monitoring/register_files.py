"""Imported records: what the JSON beside them says, and how they are stacked over zones and periods."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trustsurvey.documents.files import write_file
from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.fieldwork.responses import Responses, combine, load_responses

__all__ = ["RegisterFile", "beside", "checksum", "load_register", "register_file", "write_register_file"]

FORMAT = "trustsurvey register 1"


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """What stands beside imported records, as JSON.

    Parameters
    ----------
    register, version, digest : str
        The definition that the records were checked against.
    period : str
    zones : tuple of str
        Codes of the bodies whose records these are: the answers to the variable of the concept ``reporting_body``.
    rows : int
    sha256 : str
        Of the file that was sent.
    records_sha256 : str
        Of the Parquet file of coded records.
    replaced : tuple of dict
        ``version``, ``digest``, ``rows`` and ``sha256`` of what stood here before, the newest last.
    """

    register: str
    version: str
    digest: str
    period: str
    zones: tuple[str, ...]
    rows: int
    sha256: str
    records_sha256: str
    replaced: tuple[dict[str, Any], ...] = ()
    format: str = FORMAT

    def same_as(self, other: RegisterFile) -> bool:
        """Say whether the same file was checked against the same definition."""
        return (self.sha256, self.digest, self.period) == (other.sha256, other.digest, other.period)


def register_file(path: str | os.PathLike[str]) -> RegisterFile:
    """Return what the JSON beside imported records says.

    Raises
    ------
    MissingFileError, InputError
        No such file, or it is not one of ours.
    """
    place = beside(Path(path))
    if not place.is_file():
        raise MissingFileError(f"no {place} beside the records; import the file of the zone again, with --replace")
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(content["format"])
        content |= {"zones": tuple(content["zones"]), "replaced": tuple(content["replaced"])}
        return RegisterFile(**content)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{place} does not describe imported records ({FORMAT!r}); import them again") from error


def load_register(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> Responses:
    """Return imported records, stacked over zones and periods.

    Parameters
    ----------
    paths : str or path-like, or iterable of them
        Parquet files, or folders that are searched for them, such as ``registers/identity-checks-register``.

    Returns
    -------
    Responses
        The wave is the period. Records of several files are named ``period-number``.

    Raises
    ------
    MissingFileError, InputError
        Nothing there; a file was changed after its import; one zone and period in two files; registers that differ.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    files = [file for each in given for file in _files(Path(each))]
    by_period: dict[str, list[tuple[Path, RegisterFile]]] = {}
    for file in files:
        about = register_file(file)
        if about.records_sha256 != checksum(file):
            raise InputError(f"{file} was changed after its import; import the file of the zone again, with --replace")
        by_period.setdefault(about.period, []).append((file, about))
    waves = []
    for period in sorted(by_period):
        together = by_period[period]
        _check_apart(together)
        waves.append(_stacked([load_responses(file) for file, _ in together]))
    if not waves:
        raise MissingFileError(
            f"no records under {', '.join(str(each) for each in given)}; import the zones' files first"
        )
    names = {each.instrument.name for each in waves}
    if len(names) > 1:
        raise InputError(
            f"records of several registers cannot be stacked: {', '.join(sorted(names))}; load one at a time"
        )
    return waves[0] if len(waves) == 1 else combine(waves)


def write_register_file(place: Path, about: RegisterFile) -> None:
    """Write the JSON beside records; an interruption leaves the old one."""
    write_file(place, json.dumps(asdict(about), indent=2, ensure_ascii=False) + "\n")


def beside(target: Path) -> Path:
    """Return the place of the JSON that describes records."""
    return target.with_suffix(".json")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_apart(together: list[tuple[Path, RegisterFile]]) -> None:
    seen: dict[str, Path] = {}
    for file, about in together:
        for zone in about.zones or ("everywhere",):
            if zone in seen:
                raise InputError(f"{seen[zone]} and {file} both hold {zone} in {about.period}; keep one of the two")
            seen[zone] = file


def _stacked(parts: list[Responses]) -> Responses:
    """Return the records of one period together, numbered anew."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    if len({each.instrument.digest for each in parts}) > 1:
        versions = ", ".join(sorted({each.instrument.version for each in parts}))
        period = first.frame["wave"].cat.categories[0]
        raise InputError(
            f"the records of {period} were checked against several versions ({versions}); import them again"
        )
    index = pd.RangeIndex(1, sum(len(each.frame) for each in parts) + 1, name="respondent").astype("int64")
    frame = pd.concat([each.frame for each in parts]).set_axis(index)
    missing = pd.concat([each.missing for each in parts]).set_axis(index)
    counts = {name: sum(each.counts[name] for each in parts) for name in first.counts}
    return Responses(frame, missing, first.instrument, counts)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*.parquet") if not file.name.startswith("."))
    if not path.exists():
        raise MissingFileError(f"no records at {path}; check the path")
    return [path]
