"""Lines that say how fieldwork stands."""

from __future__ import annotations

from collections.abc import Mapping

from trustsurvey.fieldwork.status import FieldworkStatus, StatusRow

__all__ = ["listed_addresses", "listed_status"]

HEADINGS = ("", "invited", "started", "completed", "unfinished", "screened out", "limit", "progress")


def listed_status(status: FieldworkStatus) -> list[str]:
    """Return a table of a status in aligned columns, then the addresses.

    Progress is what was completed of the limit, of those invited, or of those who started; columns that hold nothing
    are left out.
    """
    rows = [_cells(row) for row in status.rows]
    kept = [place for place in range(len(HEADINGS)) if any(row[place] for row in rows)]
    lines = [HEADINGS, *rows]
    widths = {place: max(len(line[place]) for line in lines) for place in kept}
    return [
        "  "
        + "  ".join(
            line[place].rjust(widths[place]) if place else line[place].ljust(widths[place]) for place in kept
        ).rstrip()
        for line in lines
    ] + listed_addresses(status.addresses)


def listed_addresses(addresses: Mapping[str, str]) -> list[str]:
    """Return a line for the address of each language."""
    return [f"  {language}: {address}" for language, address in addresses.items()]


def _cells(row: StatusRow) -> tuple[str, ...]:
    name = row.level if row.dimension == "all" else f"{row.dimension} {row.level}"
    counts = (row.invited, row.started, row.completed, row.unfinished, row.screened_out, row.limit)
    return (name, *("" if count is None else str(count) for count in counts), _progress(row))


def _progress(row: StatusRow) -> str:
    target, words = row.started, "of those who started"
    if row.limit is not None:
        target, words = row.limit, "of the limit"
    elif row.invited is not None:
        target, words = row.invited, "of those invited"
    return f"{100 * row.completed / target:.0f} % {words}" if target else ""
