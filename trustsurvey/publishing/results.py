"""Read a folder of results, as a study run wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import read_canonical
from trustsurvey.publishing.integrity import read_record

__all__ = ["FILES", "Results", "load_results"]

_ESTIMATE = ("estimate", "se", "low", "high", "n", "n_effective", "deff", "flags")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "estimates": ("measure", "domain", "level", "wave", *_ESTIMATE),
    "changes": ("measure", "domain", "level", "wave", "previous", *_ESTIMATE, "p_value", "detectable", "n_previous"),
    "gaps": ("measure", "wave", "domain", "level", "reference", *_ESTIMATE, "p_value", "n_reference"),
    "items": ("variable", "level", "wave", *_ESTIMATE),
    "nonresponse": ("variable", "reason", "origin", "wave", *_ESTIMATE),
    "reliability": ("measure", "wave", "items", "n", "alpha"),
    "fieldwork": ("wave", "language", "started", "no_consent", "broken_off", "completed", "used"),
    "margins": ("wave", "margin", "level", "target", "before", "after"),
    "weights": ("wave", "n", "kish", "n_effective", "smallest", "largest", "iterations", "largest_gap"),
}
FILES = ("instrument.json", "disclosure.yaml", *(f"tables/{name}.parquet" for name in COLUMNS))


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a study run: internal, at full precision, not checked for disclosure.

    Parameters
    ----------
    folder : Path
    instrument : Instrument
        Gives the labels, in every language.
    provenance : mapping
        What made the results: instruments, archives, population, weighting, package.
    tables : mapping of str to pandas.DataFrame
    """

    folder: Path
    instrument: Instrument
    provenance: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


def load_results(folder: str | Path) -> Results:
    """Read a folder of results, once every file in it has the checksum that the run gave it.

    Raises
    ------
    MissingFileError
        The folder or one of its files does not exist.
    InputError
        A file is damaged or was altered, or a table lacks columns.
    """
    folder = Path(folder)
    record = read_record(folder, FILES)
    instrument = _instrument(folder / "instrument.json")
    return Results(folder, instrument, record, {name: _table(folder, name) for name in COLUMNS})


def _instrument(file: Path) -> Instrument:
    try:
        return read_canonical(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} does not hold an instrument; run the study again") from error


def _table(folder: Path, name: str) -> pd.DataFrame:
    file = folder / "tables" / f"{name}.parquet"
    try:
        table = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is not a Parquet file; run the study again") from error
    lacking = [column for column in COLUMNS[name] if column not in table.columns]
    if lacking:
        raise InputError(f"{file} lacks the columns {', '.join(lacking)}; run the study again")
    return table
