"""Read a folder of results, as a study run wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import read_canonical

__all__ = ["Results", "load_results"]

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
    """Read a folder of results.

    Raises
    ------
    MissingFileError
        The folder or one of its files does not exist.
    InputError
        A file is damaged, or a table lacks columns.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MissingFileError(f"no folder of results {folder}; run the study first (trustsurvey run STUDY)")
    files = [folder / "provenance.json", folder / "instrument.json"]
    files += [folder / "tables" / f"{name}.parquet" for name in COLUMNS]
    lacking = [str(file.relative_to(folder)) for file in files if not file.is_file()]
    if lacking:
        raise MissingFileError(f"the results in {folder} lack {', '.join(lacking)}; run the study again")
    try:
        provenance = json.loads(files[0].read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{files[0]} is not JSON; run the study again") from error
    instrument = read_canonical(files[1].read_text(encoding="utf-8"))
    return Results(folder, instrument, provenance, {name: _table(folder, name) for name in COLUMNS})


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
