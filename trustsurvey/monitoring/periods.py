"""The period that a file of records covers: a year, a quarter or a month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from trustsurvey.errors import InputError

__all__ = ["Period", "period_of"]

FORM = re.compile(r"(?P<year>[12][0-9]{3})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` to ``end``, both included."""

    name: str
    start: date
    end: date


def period_of(name: str) -> Period:
    """Return the period of a name such as ``2026``, ``2026-Q1`` or ``2026-01``.

    Raises
    ------
    InputError
        The name is none of these.
    """
    found = FORM.fullmatch(name)
    if found is None:
        raise InputError(f"{name!r} is no period; write a year (2026), a quarter (2026-Q1) or a month (2026-01)")
    first, months = 1, 12
    if found["quarter"]:
        first, months = 3 * int(found["quarter"]) - 2, 3
    elif found["month"]:
        first, months = int(found["month"]), 1
    year, after = int(found["year"]), first + months
    following = date(year, after, 1) if after <= 12 else date(year + 1, 1, 1)
    return Period(name, date(year, first, 1), following - timedelta(days=1))
