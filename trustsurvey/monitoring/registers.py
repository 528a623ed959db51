"""Registers in the Observatory's keeping: the records of a period, and what they were checked against."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from trustsurvey.errors import InputError, MissingFileError, WriteError
from trustsurvey.fieldwork.responses import Responses, combine, load_responses
from trustsurvey.instruments.model import Instrument
from trustsurvey.monitoring.register_reading import read_register

__all__ = ["RegisterFile", "RegisterImport", "import_register", "load_register", "register_file"]

FORMAT = "trustsurvey register 1"
REPORTING_BODY = "reporting_body"


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


@dataclass(frozen=True, slots=True)
class RegisterImport:
    """What an import did: where the records stand, and whether they are new there."""

    path: Path
    about: RegisterFile
    outcome: Literal["imported", "replaced", "already imported"]


def import_register(
    path: str | os.PathLike[str],
    instrument: Instrument,
    period: str,
    output: str | os.PathLike[str] | None = None,
    replace_existing: bool = False,
    language: str = "",
) -> RegisterImport:
    """Check a file of records and keep it: a Parquet file that ``load_responses`` reads, and JSON beside it.

    Parameters
    ----------
    path, instrument, period, language
        See ``read_register``.
    output : str or path-like, optional
        The Parquet file; ``registers/NAME/PERIOD/ZONES.parquet`` unless given.
    replace_existing : bool
        Whether other records of the same place and period give way; their checksum is kept.

    Returns
    -------
    RegisterImport
        The same file once more changes nothing.

    Raises
    ------
    RegisterError
        The file does not fit; nothing is written.
    InputError
        Other records of the period stand there, or records of one of its zones in a file beside it.
    WriteError
    """
    responses = read_register(path, instrument, period, language)
    zones = _zones(responses)
    target = (
        Path(output) if output else Path("registers", instrument.name, period, f"{'+'.join(zones) or 'all'}.parquet")
    )
    if target.suffix != ".parquet":
        raise InputError(f"{target} does not end in .parquet; name the Parquet file to write")
    new = RegisterFile(
        instrument.name,
        instrument.version,
        instrument.digest,
        period,
        zones,
        len(responses.frame),
        _checksum(Path(path)),
        "",
    )
    old = _standing(target, new, replace_existing)
    if old is not None and old.same_as(new) and target.exists() and old.records_sha256 == _checksum(target):
        return RegisterImport(target, old, "already imported")
    _check_beside(target, new)
    if old is not None and not old.same_as(new):
        before = {"version": old.version, "digest": old.digest, "rows": old.rows, "sha256": old.sha256}
        new = replace(new, replaced=(*old.replaced, before))
    elif old is not None:
        new = replace(new, replaced=old.replaced)
    responses.save(target)
    new = replace(new, records_sha256=_checksum(target))
    _write(_beside(target), new)
    return RegisterImport(target, new, "imported" if old is None else "replaced")


def register_file(path: str | os.PathLike[str]) -> RegisterFile:
    """Return what the JSON beside imported records says.

    Raises
    ------
    MissingFileError, InputError
        No such file, or it is not one of ours.
    """
    place = _beside(Path(path))
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
        if about.records_sha256 != _checksum(file):
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


def _zones(responses: Responses) -> tuple[str, ...]:
    names = [each.name for each in responses.instrument.variables if each.concept == REPORTING_BODY]
    return tuple(sorted({str(code) for name in names for code in responses.frame[name].dropna().unique()}))


def _standing(target: Path, new: RegisterFile, replace_existing: bool) -> RegisterFile | None:
    """Return what stands at a place; an error where it must not be replaced."""
    if not target.exists() and not _beside(target).exists():
        return None
    try:
        old = register_file(target)
    except (InputError, MissingFileError):
        if replace_existing and _is_ours(target):
            return None
        raise InputError(
            f"{target} is there and was not imported whole; give --replace to import it again, or name another file"
        ) from None
    if (old.register, old.period) != (new.register, new.period):
        raise InputError(f"{target} holds {old.register} of {old.period}; name another file")
    if not old.same_as(new) and not replace_existing:
        raise InputError(
            f"{target} holds other records of {old.period} already ({old.rows} rows, zones "
            f"{', '.join(old.zones) or 'none'}); give --replace where the new file is to stand in their place"
        )
    return old


def _is_ours(target: Path) -> bool:
    try:
        load_responses(target)
    except (InputError, MissingFileError):
        return False
    return True


def _check_beside(target: Path, new: RegisterFile) -> None:
    for place in sorted(target.parent.glob("*.json")) if target.parent.is_dir() else ():
        other = place.with_suffix(".parquet")
        if other == target or not other.is_file():
            continue
        about = register_file(other)
        if (about.register, about.period) == (new.register, new.period) and (
            set(about.zones) & set(new.zones) or not new.zones
        ):
            raise InputError(
                f"{other} holds records of {about.period} from {', '.join(about.zones) or 'everywhere'} already; "
                "send each zone in one file, or delete the file that no longer counts"
            )


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


def _beside(target: Path) -> Path:
    return target.with_suffix(".json")


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(place: Path, about: RegisterFile) -> None:
    temporary = place.with_name(f".{place.name}.part")
    try:
        temporary.write_text(json.dumps(asdict(about), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(place)
    except OSError as error:
        raise WriteError(
            f"{place} cannot be written ({error.strerror or error}); check the folder and the disk"
        ) from error
