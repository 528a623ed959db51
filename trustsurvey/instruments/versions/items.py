"""What changed of the lines of a battery, and which series are kept."""

from __future__ import annotations

from trustsurvey.instruments.questions import Item, Question
from trustsurvey.instruments.versions.comparison import Comparison, same_words

__all__ = ["compare_items", "compare_trend"]


def compare_items(comparison: Comparison, was: Question, now: Question) -> None:
    """Compare the items of a battery that both versions hold, and name those that only one does."""
    old, new = ({item.code: item for item in question.items} for question in (was, now))
    for code, item in old.items():
        if code in new:
            _item(comparison, was.code, item, new[code])
        else:
            _removed(comparison, was.code, item, [each for each in now.items if each.code not in old])
    for code, item in new.items():
        if code not in old:
            name = f"{was.code}_{code}"
            text = item.text.translations[0][1]
            comparison.goes_on(name, "new item", "minor", [name], now=text, series="new")
            comparison.noted(comparison.of_question(was.code), f"{name} joins the battery")
    _marks(comparison, was, now)


def compare_trend(comparison: Comparison, item: str, was: bool, now: bool, series: tuple[str, ...]) -> None:
    """Compare the mark of a trend item; withdrawing it ends the series."""
    if was and not now:
        note = "the mark of a trend item is withdrawn"
        comparison.goes_on(item, "trend", "major", series, was=was, now=now, series="ends", note=note)
    elif now and not was:
        note = "a series is kept from now on"
        comparison.goes_on(item, "trend", "minor", series, was=was, now=now, note=note)


def _item(comparison: Comparison, battery: str, was: Item, now: Item) -> None:
    name = f"{battery}_{was.code}"
    series = comparison.common([name])
    comparison.words(name, "item text", was.text, now.text, series, (name, battery))
    for kind, before, after in (("concept", was.concept, now.concept), ("source", was.source, now.source)):
        if before != after:
            comparison.goes_on(name, kind, "patch", series, was=before, now=after)
    marks = [version.variables[name].trend for version in comparison.versions if name in version.variables]
    if was.trend != now.trend and len(set(marks)) == 1:
        comparison.goes_on(name, "trend", "patch", was=was.trend, now=now.trend, note="its question says so")


def _removed(comparison: Comparison, battery: str, item: Item, added: list[Item]) -> None:
    name = f"{battery}_{item.code}"
    alike = [each.code for each in added if same_words(item.text, each.text, comparison.languages)]
    note = f"the same item as {battery}_{alike[0]}; keep the code to keep the series" if alike else ""
    text = item.text.translations[0][1]
    comparison.goes_on(name, "removed item", comparison.needed([name]), [name], was=text, series="ends", note=note)
    comparison.noted(comparison.of_question(battery), f"{name} left the battery")


def _marks(comparison: Comparison, was: Question, now: Question) -> None:
    old, new = (version.variables for version in comparison.versions)
    names = comparison.of_question(was.code)
    changed = [name for name in names if old[name].trend != new[name].trend]
    if was.trend != now.trend and changed == list(names):
        compare_trend(comparison, was.code, was.trend, now.trend, names)
        return
    for name in changed:
        compare_trend(comparison, name, old[name].trend, new[name].trend, (name,))
    if was.trend != now.trend and not changed:
        comparison.goes_on(was.code, "trend", "patch", was=was.trend, now=now.trend, note="its items say so")
