"""Every error raised on purpose: one root, each child also the builtin that fits.

A message says what is wrong, where, and what to do about it, and never quotes a respondent's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "ArchiveError",
    "CalibrationError",
    "ConstraintError",
    "DesignError",
    "InputError",
    "InputFileError",
    "InstrumentError",
    "MissingFileError",
    "MissingPackageError",
    "PlatformError",
    "PopulationError",
    "PopulationFileError",
    "Problem",
    "RecordProblem",
    "RegisterError",
    "ReportError",
    "RoutingError",
    "StudyError",
    "TrustSurveyError",
    "UnknownNameError",
    "WriteError",
    "listed",
    "one_of",
    "shown_value",
]

_MOST_LEVELS = 40
_NAME_CHARACTERS = 200
_SHOWN_ITEMS = 5
_SHOWN_CHARACTERS = 60
_MANY = 20


class TrustSurveyError(Exception):
    """Root of every error that this package raises on purpose."""


class InputError(TrustSurveyError, ValueError):
    """Something the user gave cannot be used as it is."""


class MissingFileError(TrustSurveyError, FileNotFoundError):
    """A file or folder that was named does not exist."""


class MissingPackageError(TrustSurveyError, ImportError):
    """An optional package that this needs is not installed; the message says how to install it."""


class UnknownNameError(TrustSurveyError, KeyError):
    """A name (column, item, index, wave, population), or several, that do not exist; the message lists what does."""

    def __init__(self, kind: str, name: object, available: Iterable[object]) -> None:
        known = [str(each) for each in available]
        named = ", ".join(_quoted(each) for each in (name if isinstance(name, list) and name else [name]))
        if len(known) > _MOST_LEVELS and kind.startswith(("level of", "value of", "row")):
            # So many are hardly levels, but may be what respondents answered.
            known = [f"{len(known)} others"]
        near = _near(name, known) if len(known) > _MANY else []
        listing = f"; near it: {', '.join(near)}; available" if near else "; available"
        self.message = f"no {kind} {named}{listing}: {', '.join(known) if known else 'none'}"
        super().__init__(self.message)
        self._given = (kind, name, known)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, object, list[str]]]:
        # What other processes raise comes back pickled.
        return type(self), self._given


def _near(name: object, known: Sequence[str]) -> list[str]:
    """Return the names that were perhaps meant, whatever their case."""
    folded = {each.casefold(): each for each in known}
    return [folded[each] for each in get_close_matches(str(name).casefold(), folded)]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file: where it stands, what it is, and what to do.

    Lines and columns count from 1; 0 means the place is not known.
    """

    file: str
    line: int
    column: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}; {self.remedy}"


class InputFileError(InputError):
    """A file the user wrote holds problems; ``problems`` lists every one of them, in the file's order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InstrumentError(InputFileError):
    """A questionnaire file holds problems."""


class StudyError(InputFileError):
    """A study file or a disclosure policy holds problems."""


class RoutingError(InputError):
    """A routing expression that cannot be understood; ``column`` counts from 1 inside the expression."""

    def __init__(self, text: str, column: int, complaint: str, remedy: str) -> None:
        self.text = text
        self.column = column
        self.complaint = complaint
        self.remedy = remedy
        super().__init__(f"in the expression {text!r}, character {column}: {complaint}; {remedy}")


class ConstraintError(RoutingError):
    """A rule under ``checks`` that cannot be understood."""


@dataclass(frozen=True, slots=True, order=True)
class RecordProblem:
    """One thing wrong in a file of records; ``row`` is 0 where it concerns the file or a whole column."""

    row: int
    column: str
    message: str
    remedy: str


class RegisterError(InputError):
    """A file of records does not fit its register; ``problems`` lists every one, without anything it holds."""

    def __init__(self, about: str, problems: Sequence[RecordProblem]) -> None:
        self.problems = tuple(sorted(problems))
        alike: dict[tuple[str, str, str], list[int]] = {}
        for each in self.problems:
            alike.setdefault((each.column, each.message, each.remedy), []).append(each.row)
        lines = [
            f"{_rows(rows)}{column}: {message}; {remedy}" if column else f"{_rows(rows)}{message}; {remedy}"
            for (column, message, remedy), rows in alike.items()
        ]
        super().__init__("\n".join([f"{about}:", *lines, "nothing was imported"]))


def _rows(numbers: Sequence[int]) -> str:
    """Return ``rows 3, 5-9: ``, or nothing where no row is meant."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        elif number > 0:
            ranges.append([number, number])
    shown = ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)
    return f"row{'s' if len(numbers) > 1 else ''} {shown}: " if ranges else ""


class PopulationError(InputError):
    """A population table is unusable, or lacks the margin asked for."""


class PopulationFileError(InputFileError, PopulationError):
    """A population file, or a table it names, holds problems."""


class CalibrationError(InputError):
    """Weights that meet the margins do not exist or were not found; the message names the cells and the numbers."""


class DesignError(InputError):
    """A survey design that cannot be estimated from: weights, strata, clusters or fpc contradict each other."""


class ArchiveError(TrustSurveyError, OSError):
    """The archive of raw answers is damaged, or does not reconcile with the platform."""


class PlatformError(TrustSurveyError, RuntimeError):
    """The survey platform refused or failed."""


class ReportError(TrustSurveyError, RuntimeError):
    """A report could not be rendered."""


class WriteError(TrustSurveyError, OSError):
    """A file could not be written."""


def listed(items: Iterable[object], between: str = ", ", most: int = 5) -> str:
    """Return the first few items in words, and how many more there are."""
    texts = [str(item) for item in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more


def one_of(value: object, choices: Iterable[str]) -> bool:
    """Return whether a value is one of several texts, whatever its type."""
    return isinstance(value, str) and value in choices


def _quoted(name: object) -> str:
    try:
        hash(name)
        text = str(name)
    except (TypeError, ValueError):
        return f"of type {type(name).__name__}"
    return repr(text if len(text) <= _NAME_CHARACTERS else f"{text[:_NAME_CHARACTERS]}...")


def shown_value(value: object) -> str:
    """Return what was given as an argument, in words; of all that could hold answers only what it is."""
    if isinstance(value, list | tuple) and len(value) <= _SHOWN_ITEMS:
        inside = ", ".join(shown_value(each) for each in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if not hasattr(value, "__len__") or isinstance(value, str):
        plain = value.item() if hasattr(value, "item") else value
        try:
            text = repr(plain)
        except ValueError:
            return "a number of very many digits"
        return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
    return f"something of type {type(value).__name__}"
