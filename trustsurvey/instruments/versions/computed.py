"""What changed of derived variables and indices, and what breaks because something they are computed from does."""

from __future__ import annotations

from collections.abc import Iterable

from trustsurvey.instruments.expression import names
from trustsurvey.instruments.model import Derived, IndexDefinition
from trustsurvey.instruments.versions.asking import other_levels, same_levels
from trustsurvey.instruments.versions.changes import Bump
from trustsurvey.instruments.versions.comparison import Comparison
from trustsurvey.instruments.versions.version import Version, normal

__all__ = ["compare_derived", "compare_indices"]


def compare_derived(comparison: Comparison) -> None:
    """Compare the derived variables, in the order in which they are made."""
    old, new = comparison.old.derived, comparison.new.derived
    for code, derived in new.items():
        if code in old:
            _derived(comparison, old[code], derived)
        else:
            comparison.goes_on(code, "new derived variable", "minor", [code], series="new")
    for code in old:
        if code not in new:
            again = next((each for each in new if each not in old and _same_rule(comparison, code, each)), "")
            note = f"the same rule as {again}; keep the code to keep the series" if again else ""
            comparison.goes_on(code, "removed derived variable", "major", [code], series="ends", note=note)
    if [code for code in old if code in new] != [code for code in new if code in old]:
        comparison.goes_on("instrument", "order of derived variables", "patch", was=list(old), now=list(new))


def _derived(comparison: Comparison, was: Derived, now: Derived) -> None:
    code, names_ = was.code, (was.code,)
    old, new = comparison.versions
    if was.kind != now.kind:
        comparison.breaks(code, "kind", names_, was=was.kind, now=now.kind)
    comparison.words(code, "label", was.label, now.label, names_, names_, "patch")
    before, after = ({level.code: level for level in each.levels} for each in (was, now))
    if set(before) != set(after):
        comparison.breaks(code, "levels", names_, was=list(before), now=list(after))
    elif list(before) != list(after):
        if "ordinal" in {was.kind, now.kind}:
            comparison.breaks(code, "order of levels", names_, was=list(before), now=list(after))
        else:
            comparison.goes_on(code, "order of levels", "patch", names_, was=list(before), now=list(after))
    for level in before:
        if level in after:
            labels = before[level].label, after[level].label
            comparison.words(code, "label of a level", *labels, names_, names_, "patch")
    _rule(comparison, old, new, code)
    if was.replaces != now.replaces:
        bump: Bump = "patch" if set(was.replaces) == set(now.replaces) else "minor"
        note = "what is kept of the answers changes, not how this is computed"
        comparison.goes_on(code, "replaces", bump, names_, was=was.replaces, now=now.replaces, note=note)
    _sources(comparison, code, [name for version in (old, new) for name in _read(version, code)], "inputs")


def _rule(comparison: Comparison, old: Version, new: Version, code: str) -> None:
    written = [[(each.code, each.when) for each in version.derived[code].levels] for version in (old, new)]
    if written[0] == written[1]:
        return
    before, after = dict(written[0]), dict(written[1])
    changed = [level for level in before if level in after and before[level] != after[level]]
    was, now = ("; ".join(f"{level}: {each[level]}" for level in changed or each) for each in (before, after))
    same = same_levels(old, new, code)
    if same:
        if changed:
            note = "everybody gets the same level"
            comparison.goes_on(code, "rule", "patch", [code], was=was, now=now, note=note)
    elif changed or set(before) == set(after):
        note = (
            other_levels(old, new, code)
            if same is False
            else "written otherwise, and too many answers to compare what it means"
        )
        comparison.breaks(code, "rule", [code], was=was, now=now, note=note)


def _read(version: Version, code: str) -> Iterable[str]:
    return (name for _, when in version.rules[code] for name in names(when))


def _same_rule(comparison: Comparison, was: str, now: str) -> bool:
    before, after = comparison.old.rules[was], comparison.new.rules[now]
    return [(code, normal(when)) for code, when in before] == [(code, normal(when)) for code, when in after]


def _sources(comparison: Comparison, code: str, read: Iterable[str], kind: str) -> None:
    broken = [name for name in dict.fromkeys(read) if name in comparison.broken]
    if broken:
        comparison.breaks(code, kind, [code], note=f"computed from {comparison.reasons(broken)}")


def compare_indices(comparison: Comparison) -> None:
    """Compare the indices; an item that breaks, or is asked at another place, breaks its index."""
    old, new = comparison.old.indices, comparison.new.indices
    for code, index in new.items():
        if code in old:
            _index(comparison, old[code], index)
        else:
            comparison.goes_on(code, "new index", "minor", [code], series="new")
    for code, index in old.items():
        if code not in new:
            again = next((each.code for each in new.values() if each.code not in old and _same_index(index, each)), "")
            note = f"the same items as {again}; keep the code to keep the series" if again else ""
            comparison.goes_on(code, "removed index", "major", [code], series="ends", note=note)
    if [code for code in old if code in new] != [code for code in new if code in old]:
        comparison.goes_on("instrument", "order of indices", "patch", was=list(old), now=list(new))


def _index(comparison: Comparison, was: IndexDefinition, now: IndexDefinition) -> None:
    code, series = was.code, (was.code,)
    comparison.words(code, "label", was.label, now.label, series, series, "patch")
    before, after = ({item.variable: item for item in each.items} for each in (was, now))
    if set(before) != set(after):
        comparison.breaks(code, "items", series, was=list(before), now=list(after))
    elif list(before) != list(after):
        comparison.goes_on(code, "order of items", "patch", series, was=list(before), now=list(after))
    common = [name for name in before if name in after]
    turned = [name for name in common if before[name].reversed != after[name].reversed]
    if turned:
        reverse = ([name for name, item in each.items() if item.reversed] for each in (before, after))
        comparison.breaks(code, "reversed items", series, was=next(reverse), now=next(reverse))
    revalued = [
        name
        for name in common
        if (before[name].minimum, before[name].maximum, dict(before[name].values))
        != (after[name].minimum, after[name].maximum, dict(after[name].values))
    ]
    if revalued:
        note = f"the numbers behind the answers to {', '.join(revalued)}"
        comparison.breaks(code, "item values", series, note=note)
    if was.minimum_answered != now.minimum_answered:
        numbers = str(was.minimum_answered), str(now.minimum_answered)
        comparison.breaks(code, "minimum answered", series, was=numbers[0], now=numbers[1])
    broken = [
        change.item for change in comparison.changes if change.kind == "order" and {*change.concerned} & {*common}
    ]
    if broken:
        note = f"asked at another place: {', '.join(dict.fromkeys(broken))}"
        comparison.breaks(code, "place of items", series, note=note)
    _sources(comparison, code, common, "inputs")


def _same_index(was: IndexDefinition, now: IndexDefinition) -> bool:
    return (was.items, was.minimum_answered) == (now.items, now.minimum_answered)
