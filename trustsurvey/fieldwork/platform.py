"""What a survey platform must be able to do, and the few things that travel between it and the archive."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from trustsurvey.documents.files import write_file
from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.fieldwork.status import FieldworkStatus
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType

__all__ = [
    "WAVE",
    "Batch",
    "Counts",
    "Deployment",
    "Held",
    "Platform",
    "Record",
    "check_wave",
    "question_keys",
    "raw_keys",
]

FORMAT = "trustsurvey deployment 1"
WAVE = re.compile(r"[\w-]+")


def check_wave(wave: str) -> None:
    """Raise InputError where a wave has no name, or one that cannot be part of a file's name or an address."""
    if not WAVE.fullmatch(wave):
        raise InputError(f"{wave!r} cannot name a wave; use letters, digits, - and _, as in 2026 or 2026-spring")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One instrument version in the field on one platform for one wave; holds no credentials.

    Parameters
    ----------
    instrument, version, digest : str
        Which questionnaire; the digest is the SHA-256 of its canonical form.
    wave : str
    platform : str
        ``sandbox:<path of the SQLite file>``, or the address of a server.
    survey : int
        Number of the survey on the platform.
    opened, closed : str or None
        ISO times.
    """

    instrument: str
    version: str
    digest: str
    wave: str
    platform: str
    survey: int
    opened: str | None = None
    closed: str | None = None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file; a path in ``platform`` is written relative to the file's folder."""
        target = Path(path)
        content = {"format": FORMAT, **asdict(self)}
        scheme, _, place = self.platform.partition(":")
        if scheme == "sandbox":
            content["platform"] = f"sandbox:{Path(os.path.relpath(place, target.resolve().parent)).as_posix()}"
        write_file(target, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Deployment:
        """Read a file that ``save`` wrote.

        Raises
        ------
        MissingFileError, InputError
            No such file, or not a deployment file.
        """
        source = Path(path)
        content = _deployment_content(source)
        scheme, _, place = content["platform"].partition(":")
        if scheme == "sandbox":
            content["platform"] = f"sandbox:{(source.resolve().parent / place).resolve()}"
        return cls(**content)


def _deployment_content(source: Path) -> dict[str, Any]:
    remedy = "deploy the instrument again to write a new one (the same survey is found again)"
    try:
        content = json.loads(source.read_text(encoding="utf-8"), object_pairs_hook=_distinct)
    except FileNotFoundError:
        raise MissingFileError(f"no deployment file {source}; deploy the instrument first") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{source} cannot be read as a deployment file ({error}); {remedy}") from error
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise InputError(f"{source} is not a deployment file ({FORMAT!r} is missing); {remedy}")
    names = {each.name for each in fields(Deployment)}
    problems = [f"{name!r} is missing" for name in sorted(names - content.keys())]
    problems += [f"{name!r} is unknown" for name in sorted(content.keys() - names)]
    for name in sorted(names & content.keys()):
        value = content[name]
        valid = type(value) is int if name == "survey" else isinstance(value, str)
        if not (valid or (name in ("opened", "closed") and value is None)):
            problems.append(f"{name!r} is not {'a whole number' if name == 'survey' else 'text'}")
    if problems:
        raise InputError(f"{source} is not a usable deployment file: {', '.join(problems)}; {remedy}")
    return content


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key stands in it twice")
    return content


@dataclass(frozen=True, slots=True)
class Record:
    """The answers of one respondent as the platform gives them.

    Parameters
    ----------
    id : int
        Given at the first save, so a low number can be completed late.
    moved : str or int
        Changes whenever the platform's row does; opaque.
    submitted : str or None
        When the questionnaire was completed.
    last_page : int
        Number of pages left behind so far, 0 to the number of groups; a page on the screen does not count yet.
    language : str
    answers : mapping of str to str
        By raw key; not shown and left empty are both ``""``. Never part of the printed form.
    paradata : mapping of str to str
        What else the platform's row holds, such as the questions shown on each page. Never part of the printed form.
    """

    id: int
    moved: str | int
    submitted: str | None
    last_page: int
    language: str
    answers: Mapping[str, str] = field(repr=False)
    paradata: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What an archive holds already: the cursor of its last batch, and ``moved`` of every respondent by number."""

    cursor: str | None = None
    moved: Mapping[int, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that moved, and the opaque cursor to continue from once they are archived."""

    records: tuple[Record, ...]
    cursor: str


class Counts(NamedTuple):
    """Respondents on a platform: who started, and who completed."""

    started: int
    completed: int


class Platform(Protocol):
    """A place where an instrument is put to respondents; ``Sandbox`` is one, LimeSurvey another."""

    def deploy(self, instrument: Instrument, wave: str) -> Deployment:
        """Bring the instrument onto the platform; the same digest and wave give the same survey again."""

    def open(self, deployment: Deployment) -> Deployment:
        """Start taking answers."""

    def close(self, deployment: Deployment) -> Deployment:
        """Stop taking answers."""

    def status(self, deployment: Deployment) -> FieldworkStatus:
        """Say how far the survey is."""

    def counts(self, deployment: Deployment) -> Counts:
        """Count respondents; what ``fetch`` reconciles with, so as cheap as can be."""

    def digest(self, deployment: Deployment) -> str:
        """Return the digest that the survey itself carries, not the one in the deployment."""

    def edits(self, deployment: Deployment) -> list[str]:
        """Return, after ``digest``, how the questions on the platform differ from the instrument, a sentence each."""

    def fetch(self, deployment: Deployment, held: Held, size: int) -> Iterator[Batch]:
        """Give every record that moved since what is held (all of them where nothing is), ``size`` at a time.

        A record may be given again unchanged (where the platform's clock is too coarse to tell); the archive keeps
        it once.
        """


def raw_keys(instrument: Instrument) -> tuple[str, ...]:
    """Return every key under which a platform stores an answer to this instrument, in order."""
    return tuple(key for question in instrument.questions for key in question_keys(instrument, question))


def question_keys(instrument: Instrument, question: Question) -> tuple[str, ...]:
    """Return the raw keys of one question: its variables', then those that hold a reason for not answering."""
    keys = [variable.key for variable in question.variables()]
    if question.type is QuestionType.MULTIPLE:
        offered = ((question.dont_know, instrument.dont_know), (question.refused, instrument.refused))
        keys += [f"{question.code}[{reason.code}]" for wanted, reason in offered if wanted and reason]
    if question.reason_key:
        keys.append(question.reason_key)
    return tuple(keys)
