"""Rows of answers on a server: polled for what moved, exported until two exports agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from trustsurvey.errors import InputError, PlatformError
from trustsurvey.fieldwork.platform import Counts, Held
from trustsurvey.limesurvey.answers import POLLED, DamagedError, exported_rows, moved
from trustsurvey.limesurvey.client import Client, StatusError

__all__ = ["Rows"]

NO_ANSWERS = frozenset(
    {"No Data, survey table does not exist.", "No Data, could not get max id.", "No survey response table"}
)
WINDOW = 10_000
GAP = 50
TRIES_TO_AGREE = 4
WAITS = (2.0, 4.0)

Row: TypeAlias = Mapping[str, str]
Which: TypeAlias = Literal["all", "incomplete"]


@dataclass(frozen=True, slots=True)
class Rows:
    """The answers to one survey, as its server exports them.

    Parameters
    ----------
    client : Client
    survey : int
    pause : callable
        Waits for a number of seconds.
    """

    client: Client
    survey: int
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def counts(self) -> Counts:
        """Count respondents, by one call."""
        found = dict(self.client.read("get_summary", self.survey, "all"))
        return Counts(int(found.get("full_responses") or 0), int(found.get("completed_responses") or 0))

    def moved(self, held: Held, size: int) -> Iterator[tuple[int, str, list[Row]]]:
        """Give the rows that may have moved since what is held, ``size`` at a time.

        Each time: the number of the last row asked for, the latest date stamp on the server, and the rows.

        Raises
        ------
        PlatformError
            The server fails, leaves rows out, or gives other answers each time.
        """
        if size < 1:
            raise InputError(f"a batch holds at least one record, not {size}")
        finished: list[int] = []
        unfinished: list[int] = []
        latest = ""
        for row in self._polled():
            latest = max(latest, row.get("datestamp", ""))
            if moved(row) != held.moved.get(int(row["id"])):
                (finished if row["submitdate"] else unfinished).append(int(row["id"]))
        finished.sort()
        unfinished.sort()
        if not _scattered(unfinished):
            finished, unfinished = sorted(finished + unfinished), []
        for numbers in _near(finished, size):
            yield numbers[-1], latest, self._agreed(numbers, "all")
        for start in range(0, len(unfinished), size):
            numbers = unfinished[start : start + size]
            yield numbers[-1], latest, self._agreed(numbers, "incomplete")

    def _polled(self) -> Iterator[Row]:
        """Give id, times, page and language of every row, some thousands a call."""
        expected, seen, first = self.counts().started, 0, 1
        columns = [name for name in POLLED if name != "datestamp" or self._stamped()]
        while seen < expected:
            rows = self._export(first, first + WINDOW - 1, columns, "all")
            if not rows:
                break
            yield from rows
            seen += len(rows)
            first += WINDOW
        yield from self._export(first, None, columns, "all")

    def _stamped(self) -> bool:
        return str(self.client.read("get_survey_properties", self.survey, ["datestamp"])["datestamp"]) == "Y"

    def _agreed(self, numbers: list[int], which: Which) -> list[Row]:
        """Export rows until two exports agree: the server gives no checksum by which an altered one could be told."""
        first, last = numbers[0], numbers[-1]
        before = self._export(first, last, None, which)
        for _ in range(TRIES_TO_AGREE):
            rows = self._export(first, last, None, which)
            if rows == before:
                break
            before = rows
        else:
            raise PlatformError(
                f"{self.client.address} gave other answers each time it was asked for the same ones; run the same "
                "command again when the survey is quieter"
            )
        absent = set(numbers) - {int(row["id"]) for row in rows}
        if absent and which == "incomplete":
            # They were completed since they were polled.
            others = (row for near in _near(sorted(absent), WINDOW) for row in self._agreed(near, "all"))
            return rows + [row for row in others if int(row["id"]) in absent]
        if absent:
            raise PlatformError(
                f"{self.client.address} left {len(absent)} of its rows out of an export; run the same command again"
            )
        return rows

    def _export(self, first: int, last: int | None, columns: list[str] | None, which: Which) -> list[Row]:
        rows = ("json", None, which, "code", "short", first, last, columns)
        for wait in (*WAITS, None):
            try:
                return exported_rows(self.client.read("export_responses", self.survey, *rows))
            except StatusError as error:
                if error.status in NO_ANSWERS:
                    return []
                raise
            except DamagedError:
                if wait is None:
                    raise
                self.pause(wait)
        raise AssertionError


def _scattered(numbers: list[int]) -> bool:
    """Say whether rows stand so far apart that an export of what lies between them would mostly bring others."""
    return len(numbers) > 1 and numbers[-1] - numbers[0] > max(GAP, 2 * len(numbers))


def _near(numbers: list[int], size: int) -> Iterator[list[int]]:
    """Give numbers in order, those near each other together, from a stretch of ``size`` at most."""
    together: list[int] = []
    for number in numbers:
        if together and (number - together[-1] > GAP or number - together[0] >= size):
            yield together
            together = []
        together.append(number)
    if together:
        yield together
