"""Registers in the Observatory's keeping: the records of a period, and what they were checked against."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from trustsurvey.errors import InputError, MissingFileError, WriteError
from trustsurvey.fieldwork.responses import Responses, load_responses
from trustsurvey.instruments.model import Instrument
from trustsurvey.monitoring.register_files import RegisterFile, beside, checksum, register_file, write_register_file
from trustsurvey.monitoring.register_reading import read_register

__all__ = ["RegisterImport", "import_register"]

REPORTING_BODY = "reporting_body"


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
        checksum(Path(path)),
        "",
    )
    old = _standing(target, new, replace_existing)
    if old is not None and old.same_as(new) and target.exists() and old.records_sha256 == checksum(target):
        return RegisterImport(target, old, "already imported")
    _check_beside(target, new)
    if old is not None and not old.same_as(new):
        before = {"version": old.version, "digest": old.digest, "rows": old.rows, "sha256": old.sha256}
        new = replace(new, replaced=(*old.replaced, before))
    elif old is not None:
        new = replace(new, replaced=old.replaced)
    _make_folder(target.parent)
    responses.save(target)
    new = replace(new, records_sha256=checksum(target))
    write_register_file(beside(target), new)
    return RegisterImport(target, new, "imported" if old is None else "replaced")


def _zones(responses: Responses) -> tuple[str, ...]:
    names = [each.name for each in responses.instrument.variables if each.concept == REPORTING_BODY]
    return tuple(sorted({str(code) for name in names for code in responses.frame[name].dropna().unique()}))


def _standing(target: Path, new: RegisterFile, replace_existing: bool) -> RegisterFile | None:
    """Return what stands at a place; an error where it must not be replaced."""
    if not target.exists() and not beside(target).exists():
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


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            f"{folder} cannot be made ({error.strerror or error}); check the path and its rights"
        ) from error
