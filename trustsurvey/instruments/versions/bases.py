"""Who is asked: routing that means the same, routing that changed, and filters whose answers changed their meaning."""

from __future__ import annotations

from dataclasses import replace

from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.versions.asking import other_people, same_people, same_routing
from trustsurvey.instruments.versions.changes import Change, largest
from trustsurvey.instruments.versions.comparison import Comparison
from trustsurvey.instruments.versions.version import Version

__all__ = ["compare_bases"]

OTHERS = "others are asked"


def compare_bases(comparison: Comparison) -> None:
    """Compare who is asked every question that both versions hold, in the order in which the new one asks."""
    first = len(comparison.changes)
    for code, question in comparison.new.questions.items():
        if code not in comparison.old.questions or question.type is QuestionType.INFORMATION:
            continue
        if code in {comparison.old.instrument.consent, comparison.new.instrument.consent}:
            continue
        _base(comparison, code)
    comparison.changes[first:] = _merged(comparison, comparison.changes[first:])


def _merged(comparison: Comparison, changes: list[Change]) -> list[Change]:
    """Return the changes with one row for a page where its routing changed for several questions alike."""
    alike: dict[Change, list[Change]] = {}
    for change in changes:
        group = comparison.new.groups[change.item]
        own = comparison.old.questions[change.item].ask_if == comparison.new.questions[change.item].ask_if
        of_page = own and change.kind == "routing" and comparison.old.groups[change.item].ask_if != group.ask_if
        key = replace(change, item=group.code, concerned=(), bump="patch") if of_page else change
        alike.setdefault(key, []).append(change)
    return [
        replace(
            key,
            item=key.item if len(found) > 1 else found[0].item,
            bump=largest([each.bump for each in found]),
            note=_note(comparison, key.note, [each.item for each in found]),
            concerned=tuple(name for each in found for name in each.concerned),
        )
        for key, found in alike.items()
    ]


def _note(comparison: Comparison, note: str, questions: list[str]) -> str:
    """Return a note with the questions that share it, and an example where others are asked."""
    example = other_people(*comparison.versions, questions[0]) if note == OTHERS else ""
    note = f"{note}: {', '.join(questions)}" if len(questions) > 1 else note
    return f"{note}; {example}" if example else note


def _base(comparison: Comparison, code: str) -> None:
    old, new = comparison.versions
    series = comparison.of_question(code)
    was, now = (_written(version, code) for version in comparison.versions)
    people = same_people(old, new, code)
    rule = same_routing(old, new, code)
    undecided = people is None and rule is None
    same = people if people is not None else bool(rule)
    if not same and rule and people is False:
        earlier = [each for each in _filters(comparison, code) if comparison.broken.get(each) in {"routing", "filter"}]
        note = f"others are asked {', '.join(earlier)} now" if earlier else "others reach it now"
        comparison.breaks(code, "routing", series, was=was, now=now, note=note)
        return
    if not same:
        gone = [name for name in old.filters(code) if name not in new.variables]
        note = f"{', '.join(gone)} was removed" if gone else OTHERS
        if undecided:
            note = "written otherwise, and too many answers to compare what it means"
        comparison.breaks(code, "routing", series, was=was, now=now, note=note)
        return
    if was != now:
        comparison.goes_on(code, "routing", "patch", series, was=was, now=now, note="the same people are asked")
    filters = [name for name in _filters(comparison, code) if name in comparison.broken]
    # Whom a filter's own routing lets through has been followed to the end above, where that was possible.
    if people is not None:
        filters = [name for name in filters if comparison.broken[name] != "routing"]
    if filters:
        comparison.breaks(code, "filter", series, note=f"who is asked depends on {comparison.reasons(filters)}")


def _filters(comparison: Comparison, code: str) -> list[str]:
    names = (*comparison.old.filters(code), *comparison.new.filters(code))
    return list(dict.fromkeys(name for name in names if name != comparison.new.instrument.consent))


def _written(version: Version, code: str) -> str:
    texts = [text for text in (version.groups[code].ask_if, version.questions[code].ask_if) if text]
    return texts[0] if len(texts) == 1 else " and ".join(f"({text})" for text in texts)
