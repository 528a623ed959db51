"""From two versions of an instrument to what changed between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

from trustsurvey.errors import InputError
from trustsurvey.instruments.model import Editorial, Instrument, canonical
from trustsurvey.instruments.versions.bases import compare_bases
from trustsurvey.instruments.versions.changes import Change, InstrumentChanges, Series
from trustsurvey.instruments.versions.comparison import Comparison
from trustsurvey.instruments.versions.computed import compare_derived, compare_indices
from trustsurvey.instruments.versions.layout import compare_layout
from trustsurvey.instruments.versions.questions import compare_questions
from trustsurvey.instruments.versions.whole import compare_whole

__all__ = ["compare_instruments"]


def compare_instruments(old: Instrument, new: Instrument, *, editorial: Iterable[Editorial] = ()) -> InstrumentChanges:
    """Compare two versions of an instrument for what they mean to the series that are kept of its answers.

    What a respondent meets is compared, not how the file is written: typography, equivalent routing, shuffled lines
    and names that nobody sees change nothing. See ``docs/versions.md`` for the rules.

    Parameters
    ----------
    old, new : Instrument
    editorial : iterable of Editorial
        Declarations to honour beside those of the new version that speak of the old one.

    Returns
    -------
    InstrumentChanges
        ``bump``, ``table``, ``series`` and ``comparable(item)``.

    Raises
    ------
    InputError
        One of the two is no instrument, or holds an expression that cannot be understood.
    """
    if not (isinstance(old, Instrument) and isinstance(new, Instrument)):
        raise InputError("two instruments are compared; read each file with load_instrument first")
    declared = tuple(each for each in new.editorial if each.since in {"", old.version})
    comparison = Comparison(old, new, (*declared, *editorial))
    compare_whole(comparison)
    compare_questions(comparison)
    compare_layout(comparison)
    compare_bases(comparison)
    compare_derived(comparison)
    compare_indices(comparison)
    if not comparison.changes and _content(old) != _content(new):
        comparison.goes_on("instrument", "other", "patch", note="nothing that a respondent sees or an analysis reads")
    changes = tuple(dict.fromkeys(comparison.changes))
    used = tuple((each, each in comparison.used) for each in declared)
    return InstrumentChanges(old, new, changes, tuple(_series(comparison, changes)), used)


def _content(instrument: Instrument) -> str:
    """Return the canonical form without the version, what hidden questions store, and the declarations of changes."""
    groups = tuple(
        replace(group, questions=tuple(replace(question, value="") for question in group.questions))
        for group in instrument.groups
    )
    return canonical(replace(instrument, version="", editorial=(), groups=groups))


def _series(comparison: Comparison, changes: tuple[Change, ...]) -> Iterator[Series]:
    old, new = comparison.versions
    about: dict[str, list[Change]] = {}
    for change in changes:
        for name in dict.fromkeys(change.concerned):
            about.setdefault(name, []).append(change)
    for name in dict.fromkeys((*new.series(), *old.series())):
        holder = new if name in new.series() else old
        kind: Literal["variable", "derived", "index"] = (
            "index" if name in holder.indices else "derived" if name in holder.derived else "variable"
        )
        found = about.get(name, [])
        trend = name in comparison.kept
        if name not in old.series():
            yield Series(name, kind, trend, "new", _why(found, "new", name) or "new")
        elif name not in new.series() or any(change.series == "ends" for change in found):
            yield Series(name, kind, trend, "ends", _why(found, "ends", name) or "removed")
        elif any(change.series == "breaks" for change in found):
            languages = tuple(
                language
                for language in comparison.old.instrument.languages
                if any(change.language == language and change.series == "breaks" for change in found)
            )
            everywhere = any(change.series == "breaks" and not change.language for change in found)
            yield Series(name, kind, trend, "breaks", _why(found, "breaks", name), () if everywhere else languages)
        else:
            told = [change for change in found if change.kind not in {"new language", "page", "page of the text"}]
            notes = [*comparison.notes.get(name, []), _why(told, "continues", name)]
            yield Series(name, kind, trend, "continues", "; ".join(dict.fromkeys(note for note in notes if note)))


def _why(changes: list[Change], series: str, name: str) -> str:
    """Return the reasons that changes give for what becomes of a series, each once, with its languages."""
    reasons: dict[str, list[str]] = {}
    for change in changes:
        if change.series == series:
            item = "" if change.item in {name, "instrument"} else f" of {change.item}"
            note = f" ({change.note})" if change.note else ""
            languages = reasons.setdefault(f"{change.kind}{item}{note}", [])
            if change.language:
                languages.append(change.language)
    return "; ".join(f"{text} in {', '.join(dict.fromkeys(each))}" if each else text for text, each in reasons.items())
