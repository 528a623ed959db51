"""Population files: a packaged name, a CSV or Parquet table, or a YAML file that names several tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from trustsurvey.documents.document import Document, read_document
from trustsurvey.documents.shape import shaped
from trustsurvey.documents.text import read_text
from trustsurvey.errors import MissingFileError, PopulationError, PopulationFileError, Problem, UnknownNameError
from trustsurvey.instruments.questions import Text
from trustsurvey.weighting.population.model import Population, Source
from trustsurvey.weighting.population.schema import PopulationEntry, TableEntry
from trustsurvey.weighting.population.tables import Fault, check_frame, contradictions

__all__ = ["load_population", "packaged_populations"]

COUNT = "count"
PACKAGED = Path(__file__).with_name("packaged")
DESCRIPTION_SUFFIXES = (".yaml", ".yml")
SUFFIXES = (".csv", ".parquet", *DESCRIPTION_SUFFIXES)


def load_population(name_or_path: str | Path) -> Population:
    """Read a population that comes with the package, or one's own.

    Parameters
    ----------
    name_or_path : str or Path
        The name of a packaged population ("brussels-2022"), or the path of

        - a CSV file (UTF-8, comma-separated, with a header) or a Parquet file: one column per variable and a column
          ``count``, one row per cell; levels are read as text, so "021" stays "021"; or
        - a YAML file with the keys ``name``, ``reference_date``, ``sources`` (each ``citation`` and ``licence``),
          ``caveats`` (each a text by language) and ``tables`` (each ``file``, relative to the YAML file).

    Returns
    -------
    Population

    Raises
    ------
    UnknownNameError
        No population of this name comes with the package.
    MissingFileError
        There is no such file.
    PopulationFileError
        The file, or a table it names, holds problems; ``problems`` lists all of them with file, line and column (in a
        table the column is the number of the field).
    """
    if not isinstance(name_or_path, str | Path):
        raise PopulationError(
            f"a population is loaded by name or path, not from a {type(name_or_path).__name__}; "
            "for a table in memory use Population.from_table"
        )
    path = Path(name_or_path)
    if isinstance(name_or_path, str) and not path.suffix and path.name == name_or_path:
        available = packaged_populations()
        if name_or_path not in available:
            _refuse_folder(path)
            raise UnknownNameError("packaged population", name_or_path, available)
        path = PACKAGED / name_or_path / "population.yaml"
    if path.suffix.lower() in DESCRIPTION_SUFFIXES:
        return _read_description(path)
    table, problems = _read_table(path)
    if table is None:
        raise PopulationFileError(problems)
    return Population(path.stem, (table,))


def packaged_populations() -> list[str]:
    """Return the names of the populations that come with the package."""
    return sorted(folder.name for folder in PACKAGED.iterdir() if folder.is_dir())


def _refuse_folder(path: Path) -> None:
    try:
        folder = path.is_dir()
    except OSError:
        # A name that no file can have.
        folder = False
    if folder:
        raise PopulationError(f"{path} is a folder; name a file in it, of the kind {', '.join(SUFFIXES)}")


def _read_table(path: Path) -> tuple[pd.Series[float] | None, list[Problem]]:
    match path.suffix.lower():
        case ".csv":
            return _read_csv(path)
        case ".parquet":
            return _read_parquet(path)
    _refuse_folder(path)
    raise PopulationError(f"{path} is not a kind of population file; available: {', '.join(SUFFIXES)}")


def _read_csv(path: Path) -> tuple[pd.Series[float] | None, list[Problem]]:
    file, text, unreadable = read_text(path)
    problems = list(unreadable)
    if not problems and not text.strip():
        problems.append(Problem(file, 1, 1, "the file is empty", "check that it was saved or copied completely"))
    if problems:
        return None, problems
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for record in reader:
            # The csv module gives an empty record for a blank line.
            if record:
                records.append(record)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "check the quotation marks from this line on"
        return None, [Problem(file, line, 1, f"the line cannot be read as CSV ({error})", remedy)]
    header, *rows = records
    if len(header) == 1 and any(separator in header[0] for separator in ";\t"):
        message = "the fields are separated by semicolons or tabs"
        return None, [Problem(file, lines[0], 1, message, "save the file with commas between the fields")]
    complete = []
    for row, line in zip(rows, lines[1:], strict=True):
        if len(row) == len(header):
            complete.append((row, line))
        else:
            message = f"the line has {len(row)} fields, the header {len(header)}"
            problems.append(Problem(file, line, len(row), message, "give every line a value for each column"))
    if rows and not complete:
        return None, problems
    frame = pd.DataFrame([row for row, _ in complete], columns=pd.Index(header, dtype=object), dtype=object)
    places = [line for _, line in complete]
    table, faults = check_frame(frame, COUNT, lambda row: f"line {places[row]}")
    problems += [_problem(fault, file, header, lines[0], places) for fault in faults]
    return (None if problems else table), problems


def _read_parquet(path: Path) -> tuple[pd.Series[float] | None, list[Problem]]:
    file = str(path)
    try:
        frame = pd.read_parquet(io.BytesIO(path.read_bytes()), engine="pyarrow")
        if any(name is not None for name in frame.index.names):
            frame = frame.reset_index()
    except FileNotFoundError:
        raise MissingFileError(f"the file {file} does not exist; check the path") from None
    except IsADirectoryError:
        return None, [Problem(file, 0, 0, "this is a folder", "name a file in it")]
    except (ValueError, OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return None, [Problem(file, 0, 0, f"the file is no readable Parquet file ({reason})", "write it again")]
    table, faults = check_frame(frame, COUNT, lambda row: f"row {row + 1}")
    return table, [_problem(fault, file, list(frame.columns), 0, range(1, len(frame) + 1)) for fault in faults]


def _problem(fault: Fault, file: str, header: Sequence[str], top: int, lines: Sequence[int]) -> Problem:
    line = top if fault.row is None else lines[fault.row]
    column = header.index(fault.column) + 1 if fault.column in header else 0
    return Problem(file, line, column, fault.message, fault.remedy)


def _read_description(path: Path) -> Population:
    document = read_document(path)
    problems = list(document.problems)
    if document.content is None:
        raise PopulationFileError(problems)
    entry, misshapen = shaped(document, (), PopulationEntry, document.content, "the population")
    tables, unusable = _tables(document, path.parent)
    problems += [*misshapen, *unusable]
    if entry:
        problems += _empty_caveats(document, entry.caveats)
    if entry is None or problems:
        raise PopulationFileError(problems)
    return Population(
        entry.name,
        tables,
        date.fromisoformat(entry.reference_date) if entry.reference_date else None,
        tuple(Source(source.citation, source.licence) for source in entry.sources),
        tuple(Text.of(caveat) for caveat in entry.caveats),
    )


def _tables(document: Document, folder: Path) -> tuple[tuple[pd.Series[float], ...], list[Problem]]:
    """Read the tables that a description lists, whatever else is wrong with it."""
    listed = document.content.get("tables") if isinstance(document.content, dict) else None
    if not isinstance(listed, list):
        return (), []
    problems: list[Problem] = []
    if not listed:
        problems.append(document.problem(("tables",), "no table is listed", "list at least one: '- file: counts.csv'"))
    tables, files, places = [], [], []
    for position, content in enumerate(listed):
        entry, faults = shaped(document, ("tables", position), TableEntry, content, "this table")
        problems += faults
        if entry is None:
            continue
        place = ("tables", position, "file")
        try:
            table, faults = _read_table(folder / entry.file)
        except (MissingFileError, PopulationError) as error:
            table, faults = None, [document.problem(place, str(error), "correct the name")]
        problems += faults
        if table is not None:
            tables.append(table)
            files.append(entry.file)
            places.append(place)
    for later, message in contradictions(tables, files):
        problems.append(document.problem(places[later], message, "bring the tables to the same counts"))
    return tuple(tables), problems


def _empty_caveats(document: Document, caveats: Sequence[dict[str, str]]) -> Iterator[Problem]:
    for position, caveat in enumerate(caveats):
        if not caveat:
            yield document.problem(("caveats", position), "the caveat has no text", "write it in at least one language")
        for language, text in caveat.items():
            if not text.strip():
                place = ("caveats", position, language)
                yield document.problem(place, f"the caveat has no text in {language}", "write it, or remove the key")
