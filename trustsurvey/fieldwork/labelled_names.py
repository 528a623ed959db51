"""What SPSS and Stata accept: how long names, labels and texts may be, and which names they refuse."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trustsurvey.instruments.codebook.entries import Entry, entries
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType

__all__ = [
    "ABOUT",
    "FORMATS",
    "LabelledFormat",
    "cut",
    "is_open",
    "labelled_columns",
    "reason_name",
    "written_names",
]

ABOUT = ("respondent", "wave", "language", "status")
CUT = "…"
SPSS_WORDS = "all and by eq ge gt le lt ne not or to with"
STATA_WORDS = """
_all _b _coef _cons _n _N _pi _pred _rc _skip byte double float if in int long str strL using with
"""


@dataclass(frozen=True, slots=True)
class LabelledFormat:
    """What a statistical package accepts.

    Parameters
    ----------
    name : str
    longest_name, longest_label, longest_value_label, longest_text : int
        Of a variable, of its label, of the label of a value, of a text; 0 is no limit.
    in_bytes : bool
        Whether the limits count bytes of UTF-8, not characters.
    reserved : frozenset of str
        Names that it refuses, in small letters.
    """

    name: str
    longest_name: int
    longest_label: int
    longest_value_label: int
    longest_text: int
    in_bytes: bool
    reserved: frozenset[str]

    def length(self, text: str) -> int:
        """Return the length of a text as the package counts it."""
        return len(text.encode()) if self.in_bytes else len(text)


SPSS = LabelledFormat("SPSS", 64, 256, 120, 32_767, True, frozenset(SPSS_WORDS.split()))
# Stata's own limits are 32 characters of a name, under which the labels of its values are kept with one sign more, and
# 32,000 bytes of a value's label.
STATA = LabelledFormat("Stata", 31, 80, 8_000, 0, False, frozenset(STATA_WORDS.lower().split()))
FORMATS: Mapping[str, LabelledFormat] = MappingProxyType({".sav": SPSS, ".dta": STATA})


def cut(text: str, longest: int, kind: LabelledFormat) -> str:
    """Return a text in one line, shortened to a length; the end of what was cut is marked by ``…``."""
    text = " ".join(text.split())
    if kind.length(text) <= longest:
        return text
    kept, room = 0, longest - kind.length(CUT)
    for sign in text:
        room -= kind.length(sign)
        if room < 0:
            break
        kept += 1
    # A mark that belongs to the letter before it must not stay behind alone, nor the letter lose it.
    while kept and unicodedata.combining(text[kept]):
        kept -= 1
    return text[:kept].rstrip() + CUT


def written_names(names: Iterable[str], kind: LabelledFormat) -> dict[str, str]:
    """Return the name under which each column is written; another one where the package refuses its own.

    A name that is too long is shortened; where it is reserved, or taken by one that differs in capitals alone, a number
    follows: ``ALL`` becomes ``ALL_1``.
    """
    taken: set[str] = set()
    written = {}
    for name in names:
        short, number = name[: kind.longest_name], 0
        while short.lower() in taken | kind.reserved or (short.endswith("_") and short != name):
            number += 1
            short = f"{name[: kind.longest_name - len(f'_{number}')]}_{number}"
        taken.add(short.lower())
        written[name] = short
    return written


def reason_name(name: str) -> str:
    """Return the column that says why a text is missing, which no text can say itself."""
    return f"{name}_reason"


def is_open(entry: Entry) -> bool:
    """Return whether a column holds what somebody typed."""
    return (
        entry.variable.kind == "text" and entry.question is not None and entry.question.type is not QuestionType.HIDDEN
    )


def all_names(found: Iterable[Entry]) -> list[str]:
    """Return every column that a file may have; names do not depend on which of them are written."""
    names = list(ABOUT)
    for entry in found:
        names += [entry.name, reason_name(entry.name)] if is_open(entry) else [entry.name]
    return names


def labelled_columns(instrument: Instrument) -> dict[str, str]:
    """Return the raw keys of columns that a labelled file names otherwise than the frame; "" where there is none."""
    found = entries(instrument)
    keys = {entry.name: entry.variable.key for entry in found}
    for entry in found:
        if is_open(entry) and entry.question:
            own = entry.question.reason_key if not entry.is_other else None
            keys[reason_name(entry.name)] = own or ""
    columns = {reason_name(entry.name): keys[reason_name(entry.name)] for entry in found if is_open(entry)}
    for kind in FORMATS.values():
        renamed = written_names(all_names(found), kind)
        columns |= {written: keys[name] for name, written in renamed.items() if name in keys and written != name}
    return columns
