"""Coded answers: a frame in the instrument's own codes, and for every empty cell the reason."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trustsurvey.errors import InputError, MissingFileError, WriteError
from trustsurvey.fieldwork import coding
from trustsurvey.fieldwork.archive import Archive
from trustsurvey.fieldwork.coding import REASONS, Column, Mask, Reasons
from trustsurvey.fieldwork.deriving import derive, routing_frame
from trustsurvey.fieldwork.platform import Record
from trustsurvey.fieldwork.raw import language_problems, matrix, pages_seen
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Derived, Instrument, canonical
from trustsurvey.instruments.questions import Variable
from trustsurvey.instruments.reading import read_canonical

__all__ = ["REASONS", "STATUSES", "Responses", "code_responses", "combine", "import_responses", "load_responses"]

STATUSES = ("completed", "broken_off", "no_consent")
STATUS_DTYPE = pd.CategoricalDtype(list(STATUSES))
FORMAT = "trustsurvey responses 1"
ABOUT = ("wave", "language", "status")


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """Everybody who started a questionnaire, in the instrument's codes.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (respondents, 3 + variables)
        Indexed by ``respondent``; columns ``wave``, ``language`` and ``status`` (completed, broken_off, no_consent),
        then the instrument's variables and the derived ones, without those that a derived one replaces.
    missing : pandas.DataFrame, shape (respondents, variables)
        Why a cell of ``frame`` is empty: not_asked, dont_know, refused, skipped or broken_off; NA where there is an
        answer.
    instrument : Instrument
    counts : mapping of str to int
        From the archive to the frame: records = superseded + respondents = completed + broken_off + no_consent;
        answers = coded + stated (don't know, refused) + set_aside.
    """

    frame: pd.DataFrame = field(repr=False)
    missing: pd.DataFrame = field(repr=False)
    instrument: Instrument
    counts: Mapping[str, int]

    def __repr__(self) -> str:
        waves = ", ".join(self.frame["wave"].cat.categories)
        name = f"{self.instrument.name} {self.instrument.version}"
        return f"Responses({name}, wave {waves}: {len(self.frame)} respondents, {self.missing.shape[1]} variables)"

    @property
    def completed(self) -> pd.DataFrame:
        """The rows of ``frame`` whose respondent completed the questionnaire."""
        return self.frame[self.frame["status"] == "completed"]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one Parquet file with the instrument and the counts inside; an interruption leaves the old one."""
        target = Path(path)
        table = pd.concat([self.frame, self.missing.add_prefix("missing:")], axis=1)
        categorical = table.select_dtypes("category").columns
        about = {
            "format": FORMAT,
            "counts": dict(self.counts),
            "waves": list(self.frame["wave"].cat.categories),
            "languages": list(self.frame["language"].cat.categories),
        }
        arrow = pa.Table.from_pandas(table.astype(dict.fromkeys(categorical, "str")))
        metadata = {
            **(arrow.schema.metadata or {}),
            b"trustsurvey": json.dumps(about).encode(),
            b"trustsurvey.instrument": canonical(self.instrument).encode(),
        }
        temporary = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY, 0o600))
            pq.write_table(arrow.replace_schema_metadata(metadata), temporary)
            temporary.replace(target)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise WriteError(
                f"{target} cannot be written ({error.strerror or error}); check the folder and the disk"
            ) from error


def load_responses(path: str | os.PathLike[str]) -> Responses:
    """Read a file that ``Responses.save`` wrote.

    Raises
    ------
    MissingFileError, InputError
        No such file, or not a whole file of responses.
    """
    source = Path(path)
    if not source.exists():
        raise MissingFileError(f"no responses file {source}; fetch the answers first")
    remedy = "make it again from the archive"
    try:
        # One file, whatever its folder is called: read_table would take "wave=2026" for a column.
        with pq.ParquetFile(source) as file:
            arrow = file.read()
        metadata = arrow.schema.metadata or {}
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{source} cannot be read as a Parquet file; {remedy}") from error
    try:
        about = json.loads(metadata[b"trustsurvey"])
        text = metadata[b"trustsurvey.instrument"].decode()
        if about["format"] != FORMAT:
            raise ValueError(about["format"])
        instrument = read_canonical(text)
        counts = {str(name): int(number) for name, number in about["counts"].items()}
        table = arrow.to_pandas()
        columns = _columns(instrument)
        kinds: dict[str, Any] = {
            "wave": pd.CategoricalDtype(about["waves"]),
            "language": pd.CategoricalDtype(about["languages"]),
            "status": STATUS_DTYPE,
            **{name: coding.dtype_of(variable) for name, variable in columns.items()},
        }
        frame = pd.DataFrame({name: _typed(table[name], kind) for name, kind in kinds.items()})
        missing = pd.DataFrame({name: _typed(table[f"missing:{name}"], coding.REASON_DTYPE) for name in columns})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{source} is a Parquet file, but not of coded responses ({FORMAT!r}); {remedy}") from error
    if len(frame) != counts.get("respondents"):
        raise InputError(f"{source} holds {len(frame)} respondents and says {counts.get('respondents')}; {remedy}")
    if unexplained := _unexplained(frame, missing):
        raise InputError(f"{source} was changed: {unexplained} cells hold neither an answer nor a reason; {remedy}")
    return Responses(frame, missing, instrument, counts)


def import_responses(archive: Archive) -> Responses:
    """Code what an archive holds; no record is lost between the two, or an error says so."""
    contents = archive.read()
    return code_responses(contents.instrument, contents.history(), contents.identity.wave)


def code_responses(instrument: Instrument, records: Iterable[Record], wave: str, source: str = "") -> Responses:
    """Code raw answers.

    Routing is computed again, because platforms store "not shown" and "left empty" alike. An answer to a question
    that its respondent was not asked in the end (having gone back and changed an earlier answer) does not count and
    is counted as set aside.

    Parameters
    ----------
    instrument : Instrument
        The one that was answered.
    records : iterable of Record
        In the order they arrived: a later record of a respondent supersedes an earlier one.
    wave : str
    source : str
        The file they are from, for messages; ``""`` for a survey platform.

    Returns
    -------
    Responses

    Raises
    ------
    InputError
        Answers that the instrument has no place for, or codes, numbers or dates that cannot be; everything at once,
        by raw key, without anybody's answers.
    """
    history = list(records)
    latest = {record.id: record for record in history}
    rows = [latest[key] for key in sorted(latest)]
    raw = matrix(instrument, rows)
    submitted = np.array([row.submitted is not None for row in rows], dtype=np.bool_)
    columns: dict[str, Column] = {}
    reasons: dict[str, Reasons] = {}
    problems = language_problems(instrument, rows)
    counts = {"stated": 0, "set_aside": 0}
    seen = pages_seen(instrument, rows, raw)
    for page, group in enumerate(instrument.groups):
        reached = submitted | (seen > page)
        for question in group.questions:
            known = routing_frame(instrument, question.code, columns, reasons, len(rows))
            asked = routing.question_asked(instrument, question, *known)
            open_routing = (known[1] == "broken_off").to_numpy().any(axis=1) if known[1].shape[1] else ~asked & False
            unasked = np.where(~reached & open_routing, coding.BROKEN_OFF, coding.NOT_ASKED)
            absent = np.where(asked, np.where(reached, coding.SKIPPED, coding.BROKEN_OFF), unasked).astype(np.int8)
            coded = coding.code_question(instrument, question, raw, absent, ~submitted)
            columns |= coded.columns
            reasons |= coded.reasons
            counts["stated"] += coded.stated
            counts["set_aside"] += coded.set_aside
            problems += coded.problems
    if problems:
        name = f"{instrument.name} {instrument.version}"
        where = f"{source}, read as wave {wave!r} of {name}," if source else f"wave {wave!r} of {name}"
        remedy = (
            "correct the file, or name the version of the instrument that was in the field"
            if source
            else "check that the survey was not edited on the platform"
        )
        raise InputError(
            f"{where} has answers that the instrument cannot hold:\n"
            + "\n".join(problems)
            + f"\n{remedy}; nothing was imported"
        )
    counts["coded"] = sum(_number_given(column) for column in columns.values())
    counts["answers"] = sum(int((values != "").sum()) for values in raw.values())
    derive(instrument.derived, columns, reasons)
    about = {
        "wave": pd.Categorical([wave] * len(rows), categories=[wave]),
        "language": pd.Categorical([row.language for row in rows], categories=list(instrument.languages)),
        "status": _status(instrument, columns, submitted),
    }
    index = pd.Index([row.id for row in rows], dtype="int64", name="respondent")
    kept = list(_columns(instrument))
    frame = pd.DataFrame({**about, **{name: columns[name].array for name in kept}}, index=index)
    missing = pd.DataFrame({name: coding.reason_series(reasons[name]).array for name in kept}, index=index)
    by_status = {status: int((frame["status"] == status).sum()) for status in STATUSES}
    sizes = {"records": len(history), "superseded": len(history) - len(rows), "respondents": len(rows)}
    counts = {**sizes, **by_status, **{name: counts[name] for name in ("answers", "coded", "stated", "set_aside")}}
    _reconcile(counts, frame, missing)
    return Responses(frame, missing, instrument, counts)


def combine(waves: Iterable[Responses]) -> Responses:
    """Stack waves; respondents are then named ``wave-number``.

    Parameters
    ----------
    waves : iterable of Responses
        Of one instrument, or of versions of which one holds every variable of the others with the same answers; what a
        version does not ask is "not_asked" there.

    Raises
    ------
    InputError
        Nothing to combine, a wave given twice, or versions that do not fit together.
    """
    responses = list(waves)
    if not responses:
        raise InputError("nothing to combine; give the responses of at least one wave")
    instrument = _widest([each.instrument for each in responses])
    columns = _columns(instrument)
    names = [wave for each in responses for wave in each.frame["wave"].cat.categories]
    if len(set(names)) < len(names):
        raise InputError(f"a wave is given twice among {', '.join(names)}; give each wave once")
    languages = list(dict.fromkeys(lang for each in responses for lang in each.frame["language"].cat.categories))
    frames, reasons = [], []
    for each in responses:
        index = each.frame.index
        if pd.api.types.is_integer_dtype(index.dtype):
            index = pd.Index(each.frame["wave"].astype("str") + "-" + index.astype("str"), name="respondent")
        frame = each.frame.set_axis(index).reindex(columns=[*ABOUT, *columns])
        missing = each.missing.set_axis(index).astype("str").reindex(columns=list(columns))
        absent = [name for name in columns if name not in each.missing.columns]
        missing[absent] = "not_asked"
        kinds: dict[str, Any] = {name: coding.dtype_of(variable) for name, variable in columns.items()}
        kinds |= {"wave": pd.CategoricalDtype(names), "language": pd.CategoricalDtype(languages)}
        frames.append(frame.astype(kinds))
        reasons.append(missing.astype(coding.REASON_DTYPE))
    counted = dict.fromkeys(name for each in responses for name in each.counts)
    counts = {name: sum(each.counts.get(name, 0) for each in responses) for name in counted}
    return Responses(pd.concat(frames), pd.concat(reasons), instrument, counts)


def _status(instrument: Instrument, columns: Mapping[str, Column], submitted: Mask) -> pd.Categorical[Any]:
    codes = np.where(submitted, STATUSES.index("completed"), STATUSES.index("broken_off"))
    if instrument.consent:
        consent = columns[instrument.consent]
        given = np.asarray(consent == "yes", dtype=np.bool_)
        withheld = np.asarray(consent == "no", dtype=np.bool_) | (submitted & ~given)
        codes[withheld] = STATUSES.index("no_consent")
    return pd.Categorical.from_codes(codes, dtype=STATUS_DTYPE)


def _columns(instrument: Instrument) -> dict[str, Variable | Derived]:
    replaced = {name for derived in instrument.derived for name in derived.replaces}
    kept: dict[str, Variable | Derived] = {
        variable.name: variable
        for variable in instrument.variables
        if variable.name not in replaced and variable.question not in replaced
    }
    return kept | {derived.code: derived for derived in instrument.derived if derived.code not in replaced}


def _number_given(column: Column) -> int:
    # A tick that was not made is an answer of the frame, but no answer of the platform's.
    return int(column.sum()) if isinstance(column.dtype, pd.BooleanDtype) else int(column.notna().sum())


def _reconcile(counts: Mapping[str, int], frame: pd.DataFrame, missing: pd.DataFrame) -> None:
    people = counts["completed"] + counts["broken_off"] + counts["no_consent"]
    answers = counts["coded"] + counts["stated"] + counts["set_aside"]
    unexplained = _unexplained(frame, missing)
    if people != counts["respondents"] or answers != counts["answers"] or unexplained:
        raise InputError(
            f"the answers do not reconcile: {counts['respondents']} respondents and {people} by status, "
            f"{counts['answers']} answers and {answers} coded or set aside, {unexplained} cells without a "
            "reason; nothing was imported, please report this"
        )


def _typed(column: Column, kind: Any) -> Column:
    if isinstance(kind, pd.CategoricalDtype):
        codes = pd.Index(kind.categories).get_indexer(pd.Index(column))
        if (foreign := (codes < 0) & column.notna().to_numpy()).any():
            raise ValueError(f"{column.name}: {foreign.sum()} codes that the instrument does not have")
        return pd.Series(pd.Categorical.from_codes(codes, dtype=kind), index=column.index)
    return column.astype(kind)


def _unexplained(frame: pd.DataFrame, missing: pd.DataFrame) -> int:
    """Count the cells that hold neither an answer nor a reason, or both."""
    return int((frame[missing.columns].isna().to_numpy() != missing.notna().to_numpy()).sum())


def _widest(instruments: list[Instrument]) -> Instrument:
    shapes = [{name: _shape(variable) for name, variable in _columns(each).items()} for each in instruments]
    widest = max(range(len(instruments)), key=lambda position: (len(shapes[position]), position))
    for instrument, shape in zip(instruments, shapes, strict=True):
        differing = [name for name in shape if shape[name] != shapes[widest].get(name)]
        if differing:
            raise InputError(
                f"{instrument.name} {instrument.version} and {instruments[widest].version} cannot be stacked: they "
                f"differ in {', '.join(differing)}; combine the versions that agree, and open a break for the others"
            )
    return instruments[widest]


def _shape(variable: Variable | Derived) -> tuple[str, tuple[str, ...]]:
    codes = tuple(each.code for each in variable.levels)
    return variable.kind, codes
