"""Rows of an export become records: nothing of a row is dropped, nothing that does not belong is let through."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trustsurvey.errors import PlatformError
from trustsurvey.fieldwork.platform import Record, raw_keys
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.limesurvey.codes import STAMP, page_code
from trustsurvey.limesurvey.codes import stamp as stamp_of

__all__ = ["POLLED", "DamagedError", "Reading", "exported_rows", "moved"]

POLLED = ("id", "submitdate", "lastpage", "startlanguage", "datestamp")
PARADATA = frozenset({"startlanguage", "lastpage", "seed", "startdate", "datestamp"})
NEEDED = frozenset({"id", "submitdate", "lastpage", "startlanguage"})
WHOLE = re.compile(r"\d*")
LINKING = frozenset({"token", "ipaddr", "refurl"})


class DamagedError(PlatformError):
    """An export was cut or altered on its way."""


def exported_rows(answer: Any) -> list[Mapping[str, str]]:
    """Return the rows of an export in JSON, every value as text.

    Raises
    ------
    DamagedError
        It was cut or altered on its way.
    """
    damaged = DamagedError("the server sent answers that were cut or altered on their way; run the same command again")
    if not isinstance(answer, str):
        raise damaged
    try:
        content = json.loads(base64.b64decode("".join(answer.split()), validate=True))
        rows = [_texts(row) for row in _unnested(content["responses"])]
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        raise damaged from None
    if not all(row.keys() >= NEEDED and row["id"].isdecimal() and WHOLE.fullmatch(row["lastpage"]) for row in rows):
        raise damaged
    return rows


def moved(row: Mapping[str, str], latest: str | None = None) -> str:
    """Return what changes whenever a row does: when it was submitted, its last page, and its date stamp.

    A date stamp counts whole seconds, so an unfinished row stamped in the ``latest`` of them may change once more under
    the same stamp; without date stamps any unfinished row may. Such a row is marked, and so read again next time.
    """
    text = f"{row['submitdate']}|{row['lastpage']}|{row.get('datestamp', '')}"
    passing = latest is not None and not row["submitdate"] and row.get("datestamp", "") >= latest
    return f"{text}|again" if passing else text


@dataclass(frozen=True, slots=True)
class Reading:
    """What is looked up once to read the rows of an instrument.

    Parameters
    ----------
    title : str
        Name and version, for messages.
    keys : tuple of str
        Of the answers, in the instrument's order.
    pages : tuple of str
        Codes of the hidden questions that end the pages.
    known : frozenset of str
        Every column that a row may have.
    """

    title: str
    stamp: str
    languages: tuple[str, ...]
    keys: tuple[str, ...]
    pages: tuple[str, ...]
    known: frozenset[str]

    @classmethod
    def of(cls, instrument: Instrument) -> Reading:
        """Prepare to read the answers to an instrument."""
        keys = raw_keys(instrument)
        pages = tuple(page_code(number) for number in range(1, len(instrument.groups) + 1))
        shown = [question.code for question in instrument.questions if question.type is QuestionType.INFORMATION]
        known = frozenset({*keys, "id", "submitdate", STAMP, *pages, *shown, *PARADATA})
        title = f"{instrument.name} {instrument.version}"
        return cls(title, stamp_of(instrument), instrument.languages, keys, pages, known)

    def record(self, row: Mapping[str, str], state: str) -> Record:
        """Return the record that a row holds; ``state`` is what ``moved`` says of it.

        Raises
        ------
        PlatformError
            The row holds other questions than the instrument's, the stamp of another version, or something that links
            it to a person.
        """
        self._check(row)
        seen = [number for number, page in enumerate(self.pages, start=1) if row.get(page)]
        language = row[self.pages[seen[-1] - 1]].partition(":")[0] if seen else ""
        answers = {key: row[key] for key in self.keys}
        others = sorted(row.keys() - answers.keys() - {"id", "submitdate"})
        return Record(
            id=int(row["id"]),
            moved=state,
            submitted=row["submitdate"] or None,
            last_page=_pages_left(row, len(self.pages), seen),
            language=language if language in self.languages else row["startlanguage"],
            answers=answers,
            paradata={key: row[key] for key in others if row[key]},
        )

    def _check(self, row: Mapping[str, str]) -> None:
        if linking := sorted(row.keys() & LINKING):
            raise PlatformError(
                f"the survey stores {', '.join(linking)} with the answers, which links them to persons; nothing was "
                "fetched: deploy it again, so that it is anonymised before it opens"
            )
        missing, unknown = [key for key in self.keys if key not in row], sorted(row.keys() - self.known)
        if missing or unknown:
            parts = [f"missing {', '.join(missing)}"] * bool(missing)
            parts += [f"not in the instrument {', '.join(unknown)}"] * bool(unknown)
            raise PlatformError(f"the survey was edited on the server, nothing was fetched: {'; '.join(parts)}")
        if row.get(STAMP, "") not in {"", self.stamp}:
            raise PlatformError(
                f"answers carry the stamp of another questionnaire than {self.title}; nothing was fetched: use the "
                "deployment file of the version that was in the field"
            )


def _texts(row: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in row.items()}


def _pages_left(row: Mapping[str, str], pages: int, seen: list[int]) -> int:
    """Return how many pages a respondent has left behind.

    A page is stamped as soon as it is on the screen, and ``lastpage`` is the number of the page on the screen less one:
    it falls when its respondent goes back.
    """
    if row["submitdate"]:
        return pages
    return min(pages, max([int(row["lastpage"] or 0), *(number - 1 for number in seen)]))


def _unnested(rows: Any) -> Iterator[Mapping[str, Any]]:
    # Older servers wrap each row in a mapping from its number.
    for row in rows:
        yield row if "id" in row else next(iter(row.values()))
