"""Population files: a packaged name, a CSV or Parquet table, or a YAML file that names several tables."""

from __future__ import annotations

import csv
import importlib.resources
import io
from collections.abc import Sequence
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import yaml

from trustsurvey.errors import MissingFileError, PopulationError, PopulationFileError, Problem, UnknownNameError
from trustsurvey.weighting.population import Population, Source
from trustsurvey.weighting.population_tables import Fault, check_frame, contradictions

__all__ = ["load_population"]

COUNT = "count"
TABLE_SUFFIXES = (".csv", ".parquet")
DESCRIPTION_SUFFIXES = (".yaml", ".yml")


def load_population(name_or_path: str | Path) -> Population:
    """Read a population that comes with the package, or one's own.

    Parameters
    ----------
    name_or_path : str or Path
        The name of a packaged population ("brussels-2022"), or the path of

        - a CSV file (UTF-8, comma-separated, with a header) or a Parquet file: one column per variable and a column
          ``count``, one row per cell; levels are read as text, so "021" stays "021"; or
        - a YAML file with the keys ``name``, ``reference_date``, ``sources`` (each ``citation`` and ``licence``),
          ``caveats`` and ``tables`` (each ``file``, relative to the YAML file).

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
    if isinstance(name_or_path, str):
        packaged = importlib.resources.files("trustsurvey.weighting").joinpath("populations")
        available = sorted(folder.name for folder in packaged.iterdir() if folder.is_dir())
        if name_or_path in available:
            return _read_description(packaged.joinpath(name_or_path), "population.yaml", name_or_path)
        if not path.suffix and path.name == name_or_path and not path.exists():
            raise UnknownNameError("packaged population or file", name_or_path, available)
    if path.is_dir():
        raise PopulationError(f"{path} is a folder; name the CSV, Parquet or YAML file in it")
    if path.suffix.lower() in DESCRIPTION_SUFFIXES:
        return _read_description(path.parent, path.name, str(path.parent))
    table, problems = _read_table(path, str(path))
    if table is None:
        raise PopulationFileError(problems)
    return Population(path.stem, (table,))


def _read_bytes(file: Traversable, label: str) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise MissingFileError(f"there is no file {label}; check the path") from error
    except OSError as error:
        raise PopulationError(f"{label} cannot be read ({error.strerror}); check its permissions") from error


def _decode(content: bytes, label: str) -> tuple[str, list[Problem]]:
    try:
        text = content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        start = error.start
        line, column = content.count(b"\n", 0, start) + 1, start - content.rfind(b"\n", 0, start)
        message = f"the file is not UTF-8: byte 0x{content[start]:02x} at byte position {start + 1}"
        return "", [Problem(label, line, column, message, "save it with the encoding UTF-8")]
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return "", [Problem(label, line, 0, "the file holds null bytes", "save it as text with the encoding UTF-8")]
    if not text.strip():
        return "", [Problem(label, 1, 1, "the file is empty", "check that it was saved or copied completely")]
    return text, []


def _read_table(file: Traversable, label: str) -> tuple[pd.Series[float] | None, list[Problem]]:
    suffix = Path(file.name).suffix.lower()
    if suffix not in TABLE_SUFFIXES:
        raise PopulationError(
            f"{label} is not a kind of population file that can be read; "
            f"available: {', '.join(TABLE_SUFFIXES + DESCRIPTION_SUFFIXES)}"
        )
    content = _read_bytes(file, label)
    return _read_csv(content, label) if suffix == ".csv" else _read_parquet(content, label)


def _read_csv(content: bytes, label: str) -> tuple[pd.Series[float] | None, list[Problem]]:
    text, problems = _decode(content, label)
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
        return None, [Problem(label, line, 1, f"the line cannot be read as CSV ({error})", remedy)]
    header, *rows = records
    if len(header) == 1 and any(separator in header[0] for separator in ";\t"):
        message = "the fields are separated by semicolons or tabs"
        return None, [Problem(label, lines[0], 1, message, "save the file with commas between the fields")]
    complete = []
    for row, line in zip(rows, lines[1:], strict=True):
        if len(row) == len(header):
            complete.append((row, line))
        else:
            message = f"the line has {len(row)} fields, the header {len(header)}"
            problems.append(Problem(label, line, len(row), message, "give every line a value for each column"))
    frame = pd.DataFrame([row for row, _ in complete], columns=pd.Index(header, dtype=object), dtype=object)
    places = [line for _, line in complete]
    table, faults = check_frame(frame, COUNT, lambda row: f"line {places[row]}")
    problems += [_problem(fault, label, header, lines[0], places) for fault in faults]
    return (None if problems else table), problems


def _read_parquet(content: bytes, label: str) -> tuple[pd.Series[float] | None, list[Problem]]:
    try:
        frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow")
        if any(name is not None for name in frame.index.names):
            frame = frame.reset_index()
    except (ValueError, OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return None, [Problem(label, 0, 0, f"the file is no readable Parquet file ({reason})", "write it again")]
    table, faults = check_frame(frame, COUNT, lambda row: f"row {row + 1}")
    return table, [_problem(fault, label, list(frame.columns), 0, range(1, len(frame) + 1)) for fault in faults]


def _problem(fault: Fault, label: str, header: Sequence[str], top: int, lines: Sequence[int]) -> Problem:
    line = top if fault.row is None else lines[fault.row]
    column = header.index(fault.column) + 1 if fault.column in header else 0
    return Problem(label, line, column, fault.message, fault.remedy)


class _Description:
    """Reads the nodes of a YAML file and collects what is wrong with them."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.problems: list[Problem] = []

    def complain(self, node: yaml.Node, message: str, remedy: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(self.label, mark.line + 1, mark.column + 1, message, remedy))

    def mapping(self, node: yaml.Node, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, yaml.Node]:
        known = ", ".join([*required, *optional])
        if not isinstance(node, yaml.MappingNode):
            self.complain(node, "this is not a mapping", f"write the keys: {known}")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "(a list or mapping)"
            if name in found:
                self.complain(key, f"the key {name!r} stands twice", "keep one of them")
            elif name not in (*required, *optional):
                self.complain(key, f"unknown key {name!r}", f"the keys are: {known}")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.complain(node, f"the key {name!r} is missing", f"add {name!r}")
        return found

    def sequence(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.complain(node, "this is not a list", "start each entry with '- '")
        return []

    def text(self, node: yaml.Node | None) -> str:
        if node is None:
            return ""
        if isinstance(node, yaml.ScalarNode) and node.value.strip() and node.tag != "tag:yaml.org,2002:null":
            return str(node.value)
        self.complain(node, "there is no text here", "write a text")
        return ""

    def day(self, node: yaml.Node | None) -> date | None:
        text = self.text(node)
        try:
            return date.fromisoformat(text) if text and node else None
        except ValueError:
            if node is not None:
                self.complain(node, f"{text!r} is not a date", "write year-month-day, such as 2022-01-01")
            return None


def _read_description(folder: Traversable, name: str, prefix: str) -> Population:
    label = str(Path(prefix, name))
    text, problems = _decode(_read_bytes(folder.joinpath(name), label), label)
    if problems:
        raise PopulationFileError(problems)
    root = _compose(text, label)
    description = _Description(label)
    keys = description.mapping(root, ("name", "tables"), ("reference_date", "sources", "caveats"))
    population_name = description.text(keys.get("name"))
    day = description.day(keys.get("reference_date"))
    sources = []
    for node in description.sequence(keys.get("sources")):
        source = description.mapping(node, ("citation", "licence"))
        sources.append(Source(description.text(source.get("citation")), description.text(source.get("licence"))))
    caveats = [description.text(node) for node in description.sequence(keys.get("caveats"))]

    tables, nodes = [], []
    listed = description.sequence(keys.get("tables"))
    if "tables" in keys and not listed and not description.problems:
        description.complain(keys["tables"], "no table is listed", "list at least one: '- file: counts.csv'")
    for each in listed:
        entry = description.mapping(each, ("file",))
        file = description.text(entry.get("file"))
        if not file:
            continue
        node = entry["file"]
        try:
            table, problems = _read_table(folder.joinpath(file), str(Path(prefix, file)))
        except (MissingFileError, PopulationError) as error:
            message, _, remedy = str(error).partition("; ")
            description.complain(node, message, remedy)
            continue
        description.problems += problems
        if table is not None:
            tables.append((table, file))
            nodes.append(node)
    for position, message in contradictions([table for table, _ in tables], [file for _, file in tables]):
        description.complain(nodes[position], message, "bring the tables to the same counts")
    if description.problems:
        raise PopulationFileError(description.problems)
    return Population(population_name, tuple(table for table, _ in tables), day, tuple(sources), tuple(caveats))


def _compose(text: str, label: str) -> yaml.Node:
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message = f"the file is not valid YAML ({error.problem})"
        problem = Problem(label, line, column, message, "check this line and the one before")
        raise PopulationFileError([problem]) from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        problem = Problem(label, 0, 0, f"the file is not valid YAML ({reason})", "remove the characters it names")
        raise PopulationFileError([problem]) from error
    if root is None:
        raise PopulationFileError([Problem(label, 1, 1, "the file holds no keys", "write at least name and tables")])
    return root
