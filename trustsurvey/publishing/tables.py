"""Published tables: CSV files that any program reads, and Markdown tables in the language of a report."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from trustsurvey.documents.spreadsheet import inert
from trustsurvey.publishing.labels import escape
from trustsurvey.publishing.release import Release

__all__ = ["FLAG", "WITHHELD_MARK", "markdown_table", "to_csv", "write_tables"]

FLAG, WITHHELD_MARK = "†", "×"
_POINTS = "points of 0 to 100"
_DESCRIPTIONS: Mapping[str, str] = {
    "measure": "code of an index",
    "domain": 'variable that makes the groups; "all": no groups',
    "level": 'code of a group or an answer; "all": everybody',
    "wave": 'wave; "all": all waves pooled',
    "previous": "wave compared with",
    "reference": "group compared with",
    "variable": 'code of an item; "any": all items of the indices',
    "reason": "why there is no answer",
    "origin": 'code of an origin; "all": everybody; "unknown": not known',
    "language": 'language of the answers; "all": every language',
    "stage": "how far a questionnaire came",
    "margin": "variables crossed",
    "estimate": f"{_POINTS}: an index, a percentage, or a difference of either",
    "se": f"standard error, {_POINTS}",
    "low": f"lower end of the 95 % interval, {_POINTS}",
    "high": f"upper end of the 95 % interval, {_POINTS}",
    "n": "unweighted number of respondents, rounded",
    "n_previous": "unweighted number of respondents in the wave compared with, rounded",
    "n_reference": "unweighted number of respondents in the reference group, rounded",
    "n_effective": (
        "effective number of respondents, rounded: n over the design effect (in weights, over Kish's); it exceeds n "
        "where weighting makes an estimate more precise than it would be in a simple random sample of n"
    ),
    "deff": "design effect",
    "flags": "notes of the estimation",
    "p_value": "two-sided p value of no difference",
    "detectable": f"smallest difference detectable (80 % power, 5 % level), {_POINTS}",
    "items": "number of items of the index",
    "alpha": "Cronbach's alpha",
    "count": "number of questionnaires, rounded",
    "target": "share in the population, percent",
    "before": "share in the sample before weighting, percent",
    "after": "share in the sample after weighting, percent",
    "kish": "Kish's design effect of unequal weights",
    "smallest": "smallest weight, as a multiple of the starting weight",
    "largest": "largest weight, as a multiple of the starting weight",
    "iterations": "iterations of the calibration",
    "largest_gap": "largest relative gap to a margin after calibration",
    "status": '"published", "flagged" (read with care) or "withheld" (numbers left blank)',
}


def write_tables(release: Release, folder: str | Path) -> list[Path]:
    """Write every table of a release as CSV (UTF-8, comma, decimal point) and describe them in ``datapackage.json``.

    The files are the same whatever the language of the report.

    Returns
    -------
    list of Path
        The CSV files and the description.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = [_write(folder / f"{name}.csv", to_csv(table, release)) for name, table in release.tables.items()]
    resources = [
        {
            "name": name,
            "path": f"{name}.csv",
            "encoding": "utf-8",
            "schema": {"fields": [_field(table, column) for column in table.columns]},
        }
        for name, table in release.tables.items()
    ]
    policy = release.policy
    description = {
        "name": "published-tables",
        "description": (
            f"Tables checked against the disclosure policy {policy.name!r}. Estimates have {policy.decimals} decimals; "
            f"numbers of respondents are rounded to {policy.round_counts_to}. Text that a spreadsheet could take for a "
            "formula begins with an apostrophe."
        ),
        "created": release.provenance.get("created"),
        "simulated": bool(release.provenance.get("simulated")),
        "resources": resources,
    }
    text = json.dumps(description, ensure_ascii=False, indent=2) + "\n"
    return [*written, _write(folder / "datapackage.json", text)]


def to_csv(table: pd.DataFrame, release: Release) -> str:
    """Return a published table as CSV text."""
    decimals = release.policy.decimals
    places = dict.fromkeys(("estimate", "low", "high", "detectable", "target", "before", "after"), decimals)
    places |= {"se": decimals + 1, "deff": 2, "p_value": 3, "alpha": 2, "kish": 2, "smallest": 2, "largest": 2}
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    columns = [[_cell(value, places.get(str(name))) for value in table[name].tolist()] for name in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def _cell(value: object, decimals: int | None) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, str):
        return inert(value)
    return str(value) if decimals is None else f"{value:.{decimals}f}"


def _field(table: pd.DataFrame, column: str) -> dict[str, str]:
    kind = "string"
    if pd.api.types.is_integer_dtype(table[column]):
        kind = "integer"
    elif pd.api.types.is_float_dtype(table[column]):
        kind = "number"
    return {"name": column, "type": kind, "description": _DESCRIPTIONS.get(column, "")}


def _write(path: Path, text: str) -> Path:
    """Write a file in one step, because reports in several languages may write the same tables at once."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
    return path


def markdown_table(
    columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], caption: str, identifier: str, after: str = ""
) -> str:
    """Return a captioned Markdown table that ``@identifier`` refers to.

    Parameters
    ----------
    columns : sequence of (heading, alignment)
        Alignment is "left" or "right".
    rows : sequence of sequence of str
        Markdown text of the cells.
    caption, identifier : str
    after : str
        A paragraph below the table: the meaning of its marks.
    """
    widths = [
        min(max(len(_visible(text)) for text in (*heading.split(" "), *(row[position] for row in rows))), 40) + 3
        for position, (heading, _) in enumerate(columns)
    ]
    rules = [
        "-" * width + ":" if alignment == "right" else ":" + "-" * width
        for width, (_, alignment) in zip(widths, columns, strict=True)
    ]
    lines = [[heading for heading, _ in columns], rules, *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    text = f"::: {{#{identifier}}}\n\n{table}\n\n{escape(caption)}\n\n:::\n"
    return f"{text}\n{after}\n" if after else text


def _visible(text: str) -> str:
    """Return Markdown text without what a reader does not see."""
    return re.sub(r"\]\([^)]*\)|[\\`\[]", "", text)
