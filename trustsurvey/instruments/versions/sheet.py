"""The difference between two versions as lines that a methodologist reads and signs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trustsurvey.instruments.model import Editorial, Instrument
from trustsurvey.instruments.versions.changes import BUMPS, Change, InstrumentChanges, Status
from trustsurvey.instruments.versions.numbers import is_enough, next_version, step
from trustsurvey.instruments.versions.typography import marked_words

__all__ = [
    "SECTIONS",
    "SIGNATURE",
    "Row",
    "Section",
    "by_weight",
    "declarations",
    "named",
    "sections",
    "sheet_lines",
    "verdict",
]

WIDTH = 100
# What is kept as a trend decides whether a version is major, so it stands apart from what is not.
SECTIONS: tuple[tuple[Status, bool | None, str], ...] = (
    ("breaks", True, "Trend series that break"),
    ("ends", True, "Trend series that end"),
    ("breaks", False, "Other answers that break; no trend is kept of them"),
    ("ends", False, "Other answers that end; no trend is kept of them"),
    ("new", None, "Series that begin; * kept as a trend"),
    ("continues", None, "Series that continue, with notes; * kept as a trend"),
)
MOST_NAMED = 5
SIGNATURE = ("Name", "Date", "Signature")
SIGNS = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}


@dataclass(frozen=True, slots=True)
class Row:
    """Series that share what becomes of them: their names, whether any is a trend, and why."""

    items: tuple[str, ...]
    trend: bool
    why: str


@dataclass(frozen=True, slots=True)
class Section:
    """The series of one status, those of a trend apart or first."""

    title: str
    rows: tuple[Row, ...]
    mixed: bool

    @property
    def number(self) -> int:
        """How many series they are."""
        return sum(len(row.items) for row in self.rows)


def named(instrument: Instrument) -> str:
    """Return the name and version of an instrument."""
    return f"{instrument.name}@{instrument.version}"


def verdict(changes: InstrumentChanges) -> tuple[str, ...]:
    """Return the bump that the changes need, and what the version number says."""
    old, new = changes.old.version, changes.new.version
    if not changes.changes:
        return ("Nothing changed.",)
    needed = f"These changes need a {changes.bump} version, because {_because(changes)}."
    raised = step(old, new)
    if raised is None:
        return needed, f"The version {new} is not after {old}; {next_version(old, changes.bump)} would be."
    judged = (
        "enough" if is_enough(old, new, changes.bump) else f"not enough; {next_version(old, changes.bump)} would be"
    )
    return needed, f"{new} raises the {raised} number of {old}, which is {judged}."


def sections(changes: InstrumentChanges) -> tuple[Section, ...]:
    """Return what becomes of the series, by status; series that continue without a note are left out."""
    found = []
    for status, trend, title in SECTIONS:
        alike: dict[tuple[bool, str], list[str]] = {}
        for each in changes.every_series:
            wanted = each.status == status and trend in {None, each.trend}
            if wanted and (each.why or status != "continues"):
                alike.setdefault((not each.trend, each.why), []).append(each.item)
        rows = sorted(alike.items(), key=lambda row: row[0][0])
        parts = tuple(Row(tuple(items), not plain, why) for (plain, why), items in rows)
        found.append(Section(title, parts, trend is None))
    return tuple(found)


def _because(changes: InstrumentChanges) -> str:
    """Return in words what the changes need their bump for."""
    if changes.bump == "patch":
        return "no answer depends on what changed"
    parts = []
    for status, words in (("breaks", ("breaks", "break")), ("ends", ("ends", "end"))):
        names = [each.item for each in changes.every_series if each.trend and each.status == status]
        if names and changes.bump == "major":
            parts.append(f"the series of {_few(names)} {words[len(names) > 1]}")
    if parts:
        return " and ".join(parts)
    alike: dict[str, list[str]] = {}
    for change in changes.changes:
        if change.bump == changes.bump:
            alike.setdefault(change.kind, []).append(change.item)
    told = [kind if {*items} == {"instrument"} else f"{kind} ({_few(items)})" for kind, items in alike.items()]
    return f"something changed that an answer may depend on: {', '.join(told)}"


def _few(names: Iterable[str]) -> str:
    every = list(dict.fromkeys(names))
    if len(every) > MOST_NAMED + 1:
        return f"{', '.join(every[:MOST_NAMED])} and {len(every) - MOST_NAMED} others"
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}"


def declarations(changes: InstrumentChanges) -> tuple[tuple[str, str, str], ...]:
    """Return the editorial declarations: item, reason, and all that each one excuses."""
    return tuple((each.item, each.reason, _excused(changes, each, used)) for each, used in changes.editorial)


def _excused(changes: InstrumentChanges, declared: Editorial, used: bool) -> str:
    if not used:
        return "names nothing that changed"
    alike: dict[str, list[str]] = {}
    more: list[str] = []
    for change in changes.changes:
        if declared.item in change.called:
            what = change.kind if change.item == declared.item else f"{change.kind} of {change.item}"
            if change.note == f"editorial: {declared.reason}":
                alike.setdefault(what, []).append(change.language)
            elif change.series == "breaks":
                more.append(f"{what} in {change.language}")
    told = "; ".join(f"{what} in {', '.join(dict.fromkeys(languages))}" for what, languages in alike.items())
    parts = [f"excuses {told}"] if told else []
    parts += [f"does not excuse {'; '.join(dict.fromkeys(more))}"] if more else []
    return ", ".join(parts) or "wording changed"


def by_weight(changes: InstrumentChanges) -> list[Change]:
    """Return the changes, the heaviest first."""
    return sorted(changes.changes, key=lambda change: -BUMPS.index(change.bump))


def sheet_lines(changes: InstrumentChanges) -> Iterator[str]:
    """Yield the lines of the sheet."""
    yield f"{named(changes.old)} -> {named(changes.new)}"
    for name, version in (("old", changes.old), ("new", changes.new)):
        yield f"  {name}: {version.version}, digest {version.digest}"
    for sentence in verdict(changes):
        yield from _wrapped(sentence, "", "  ")
    for section in sections(changes):
        if section.rows:
            yield ""
            yield f"{section.title} ({section.number})"
            for row in section.rows:
                names = ", ".join(f"{item}*" if row.trend and section.mixed else item for item in row.items)
                yield from _wrapped(names, "  ", "    ")
                if row.why and (row.why not in {"new", "removed"}):
                    yield from _wrapped(row.why, "      ", "      ")
    quiet = sum(each.status == "continues" and not each.why for each in changes.every_series)
    yield ""
    yield f"Series that continue as they were: {quiet}"
    if stated := declarations(changes):
        yield ""
        yield "Declared to be editorial"
        for item, reason, effect in stated:
            yield from _wrapped(f"{item}: {reason} ({effect})", "  ", "    ")
    if changes.changes:
        yield ""
        yield f"Changes ({len(changes.changes)})"
        for change in by_weight(changes):
            yield from _change(change)
        yield ""
        for label in SIGNATURE:
            yield f"{label + ':':<11}{'_' * 40}"


def _change(change: Change) -> Iterator[str]:
    what = " ".join(part for part in (change.kind, f"[{change.language}]" if change.language else "") if part)
    series = f", series {change.series}" if change.series else ""
    yield from _wrapped(f"{change.bump:<5}  {change.item}: {what}{series}", "  ", "         ")
    if change.was and change.now:
        yield from _wrapped("".join(_signed(change)), "         ", "         ")
    elif change.was or change.now:
        sign = SIGNS["removed" if change.was else "added"]
        yield from _wrapped(sign.format(change.was or change.now), "         ", "         ")
    if change.note:
        yield from _wrapped(f"({change.note})", "         ", "         ")


def _signed(change: Change) -> Iterable[str]:
    for kind, words in marked_words(change.was, change.now):
        stripped = words.rstrip()
        yield SIGNS[kind].format(stripped) + (" " if stripped != words or kind == "removed" else "")


def _wrapped(text: str, first: str, others: str) -> list[str]:
    plain = " ".join(text.split())
    return textwrap.wrap(
        plain, WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
