"""In which order, on which page and after which instructions questions are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from trustsurvey.instruments.questions import QuestionType, Text
from trustsurvey.instruments.versions.comparison import Comparison
from trustsurvey.instruments.versions.instructions import compare_instructions
from trustsurvey.instruments.versions.version import Version

__all__ = ["compare_layout", "moved"]


def compare_layout(comparison: Comparison) -> None:
    """Compare order, pages and instructions."""
    pages = _pages(comparison)
    compare_instructions(comparison, pages)
    moved_questions = _order(comparison)
    _lines(comparison)
    _page_changes(comparison, pages)
    _neighbours(comparison, moved_questions)


def moved(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Return what was moved between two orders of the same things.

    Something stayed where it is only if it is part of every longest sequence that both orders share, so of two
    neighbours that changed places both were moved.
    """
    place = {name: position for position, name in enumerate(new)}
    places = [place[name] for name in old]
    before = _longest(places)
    after = _longest([-position for position in reversed(places)])[::-1]
    longest = max(before, default=0)
    fixed: dict[int, list[str]] = {}
    for name, ending, starting in zip(old, before, after, strict=True):
        if ending + starting - 1 == longest:
            fixed.setdefault(ending, []).append(name)
    stayed = {names[0] for names in fixed.values() if len(names) == 1}
    return tuple(name for name in old if name not in stayed)


def _longest(places: Sequence[int]) -> list[int]:
    """Return for each place the length of the longest rising sequence that ends there."""
    lengths: list[int] = []
    for position, place in enumerate(places):
        lengths.append(1 + max((lengths[n] for n in range(position) if places[n] < place), default=0))
    return lengths


def _order(comparison: Comparison) -> frozenset[str]:
    old, new = ([code for code in version.questions if version.is_shown(code)] for version in comparison.versions)
    orders = [code for code in old if code in new], [code for code in new if code in old]
    found = moved(*orders)
    for code in found:
        was, now = (_after(code, order) for order in orders)
        comparison.breaks(code, "order", comparison.of_question(code), was=was, now=now)
    return frozenset(found)


def _lines(comparison: Comparison) -> None:
    for code, was in comparison.old.questions.items():
        now = comparison.new.questions.get(code)
        if now is None or not was.items or not now.items or (was.randomise and now.randomise):
            if now and [item.code for item in was.items] != [item.code for item in now.items] and _same_lines(was, now):
                comparison.goes_on(
                    code, "order of items", "patch", comparison.of_question(code), note="shown at random"
                )
            continue
        old, new = ([item.code for item in question.items] for question in (was, now))
        orders = [line for line in old if line in new], [line for line in new if line in old]
        for line in moved(*orders):
            name = f"{code}_{line}"
            before, after = (_after(line, order) for order in orders)
            comparison.breaks(name, "order", comparison.common([name]), was=before, now=after)


def _same_lines(was: object, now: object) -> bool:
    return {item.code for item in was.items} == {item.code for item in now.items}  # type: ignore[attr-defined]


def _after(code: str, order: Sequence[str]) -> str:
    position = order.index(code)
    return f"after {order[position - 1]}" if position else "first"


def _pages(comparison: Comparison) -> Mapping[str, str]:
    """Return for each page of the old version the one of the new version that holds most of its questions."""
    shared: dict[str, dict[str, int]] = {}
    for code, group in comparison.old.groups.items():
        if code in comparison.new.groups:
            counts = shared.setdefault(group.code, {})
            there = comparison.new.groups[code].code
            counts[there] = counts.get(there, 0) + 1
    pages: dict[str, str] = {}
    # The same name wins among equals, and no page continues two.
    candidates = sorted(
        ((count, old == new, old, new) for old, counts in shared.items() for new, count in counts.items()), reverse=True
    )
    for _, _, old, new in candidates:
        if old not in pages and new not in pages.values():
            pages[old] = new
    return pages


def _page_changes(comparison: Comparison, pages: Mapping[str, str]) -> None:
    old = {group.code: group for group in comparison.old.instrument.groups}
    new = {group.code: group for group in comparison.new.instrument.groups}
    for code, group in comparison.old.groups.items():
        there = comparison.new.groups.get(code)
        if there is None or pages.get(group.code) == there.code or not comparison.old.is_shown(code):
            continue
        note = f"{code} stands on another page"
        series = comparison.of_question(code)
        comparison.goes_on(code, "page", "minor", series, was=group.code, now=there.code, note=note)
        comparison.noted(series, note)
    for before, after in pages.items():
        series = tuple(name for question in old[before].questions for name in comparison.of_question(question.code))
        if before != after:
            comparison.goes_on(after, "group code", "patch", series, was=before, now=after)
        names = (before, after)
        comparison.words(after, "group title", old[before].title, new[after].title, series, names, "minor")
    for code in old:
        if code not in pages:
            comparison.goes_on(code, "removed group", "minor", was=_title(old[code].title))
    for code in new:
        if code not in pages.values():
            comparison.goes_on(code, "new group", "minor", now=_title(new[code].title))


def _title(title: Text) -> str:
    return title.translations[0][1] if title.translations else ""


def _neighbours(comparison: Comparison, elsewhere: frozenset[str]) -> None:
    """Note on questions that others, new, gone or moved, stand or stood beside them: before, or after on their page."""
    old, new = comparison.versions
    for version, other, words in (
        (new, old, ("new questions come before it", "new questions come after it")),
        (old, new, ("questions before it were removed", "questions after it were removed")),
    ):
        for code, *runs in _strangers(version, other):
            for run, note in zip(runs, words, strict=True):
                if run:
                    comparison.noted(comparison.of_question(code), f"{note} ({_span(run)})")
    predecessors = [dict(zip(_read(version)[1:], _read(version), strict=False)) for version in (old, new)]
    for code in predecessors[0].keys() & predecessors[1].keys():
        was, now = predecessors[0][code], predecessors[1][code]
        if was != now and code not in elsewhere:
            series = comparison.of_question(code)
            if was in elsewhere:
                comparison.noted(series, f"{was} no longer comes directly before it")
            if now in elsewhere:
                comparison.noted(series, f"{now} comes directly before it now")


def _read(version: Version) -> list[str]:
    return [code for code, question in version.questions.items() if question.type is not QuestionType.HIDDEN]


def _strangers(version: Version, other: Version) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield the questions of both versions with those of one only that stand right before, or after on their page."""
    read = _read(version)
    for place, code in enumerate(read):
        if code in other.questions and version.is_shown(code):
            before = list(takewhile(lambda each: each not in other.questions, reversed(read[:place])))[::-1]
            page = version.groups[code]
            after = takewhile(
                lambda each: each not in other.questions and version.groups[each] == page,  # noqa: B023
                read[place + 1 :],
            )
            yield code, before, list(after)


def _span(codes: Sequence[str]) -> str:
    return ", ".join(codes) if len(codes) < 3 else f"{codes[0]} to {codes[-1]}"
