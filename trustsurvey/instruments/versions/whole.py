"""What changed of an instrument as a whole: languages, modes, words around the questions, quotas and checks."""

from __future__ import annotations

from trustsurvey.instruments.versions.changes import Bump
from trustsurvey.instruments.versions.comparison import Comparison, Weight

__all__ = ["compare_whole"]

INSTRUMENT = "instrument"
TEXTS: tuple[tuple[str, str, Weight], ...] = (
    ("title", "title", "minor"),
    ("description", "description", "minor"),
    ("welcome", "welcome", "minor"),
    ("end", "end text", "patch"),
)


def compare_whole(comparison: Comparison) -> None:
    """Compare what belongs to no single question."""
    old, new = comparison.old.instrument, comparison.new.instrument
    every = comparison.common(name for name in comparison.old.series() if not comparison.old.is_stored(name))
    if old.name != new.name:
        comparison.goes_on(INSTRUMENT, "name", "patch", was=old.name, now=new.name)
    _languages(comparison, every)
    _modes(comparison, every)
    _consent(comparison, every)
    for name, kind, weight in TEXTS:
        comparison.words(INSTRUMENT, kind, getattr(old, name), getattr(new, name), (), weight=weight)
    if old.provenance != new.provenance:
        was, now = ("; ".join(f"{key}: {text}" for key, text in each.provenance) for each in (old, new))
        comparison.goes_on(INSTRUMENT, "provenance", "patch", was=was, now=now)
    _record(comparison, every)
    _quotas(comparison)
    _checks(comparison)


def _languages(comparison: Comparison, every: tuple[str, ...]) -> None:
    old, new = comparison.old.instrument.languages, comparison.new.instrument.languages
    for language in old:
        if language not in new:
            note = "who would have answered in it answers in another language, or not at all"
            comparison.breaks(
                INSTRUMENT, "removed language", every, was=language, language=language, note=note, bump="major"
            )
    for language in new:
        if language not in old:
            note = f"answers in {language} join the series"
            comparison.goes_on(INSTRUMENT, "new language", "minor", every, now=language, language=language, note=note)
            comparison.noted(every, note)
    if comparison.languages != tuple(language for language in new if language in old):
        comparison.goes_on(INSTRUMENT, "order of languages", "patch", was=old, now=new, note="respondents choose")


def _modes(comparison: Comparison, every: tuple[str, ...]) -> None:
    old, new = comparison.old.instrument.modes, comparison.new.instrument.modes
    if set(old) != set(new):
        note = "people answer otherwise in another mode"
        comparison.breaks(INSTRUMENT, "modes", every, was=old, now=new, note=note, bump="major")
    elif old != new:
        comparison.goes_on(INSTRUMENT, "order of modes", "patch", was=old, now=new)


def _consent(comparison: Comparison, every: tuple[str, ...]) -> None:
    old, new = comparison.old.instrument.consent, comparison.new.instrument.consent
    if bool(old) != bool(new):
        note = "only those who agree go on" if new else "nobody has to agree any more"
        comparison.breaks(INSTRUMENT, "consent", every, was=old, now=new, note=note)
    elif old != new:
        comparison.goes_on(INSTRUMENT, "consent", "minor", was=old, now=new, note="another question asks for it")


def _record(comparison: Comparison, every: tuple[str, ...]) -> None:
    old, new = comparison.old.instrument.record, comparison.new.instrument.record
    if old == new:
        return
    if old is None or new is None:
        note = "it is a register now" if new else "it is no register any more"
        comparison.goes_on("record", "record", "minor", note=note)
        return
    # Every count of a register counts these.
    comparison.words("record", "unit", old.unit, new.unit, every)
    if old.key != new.key:
        comparison.goes_on("record", "key", "minor", was=old.key, now=new.key)


def _quotas(comparison: Comparison) -> None:
    old, new = ({quota.code: quota for quota in each.instrument.quotas} for each in comparison.versions)
    for code in dict.fromkeys((*old, *new)):
        was, now = old.get(code), new.get(code)
        if was is None or now is None:
            comparison.goes_on(code, "removed quota" if was else "new quota", "minor")
            continue
        if was.limit != now.limit:
            comparison.goes_on(code, "limit of a quota", "minor", was=str(was.limit), now=str(now.limit))
        before, after = (frozenset((name, frozenset(codes)) for name, codes in quota.when) for quota in (was, now))
        if was.when != now.when:
            shown = (
                " and ".join(f"{name} in {', '.join(codes)}" for name, codes in quota.when) for quota in (was, now)
            )
            bump: Bump = "patch" if before == after else "minor"
            comparison.goes_on(code, "cell of a quota", bump, was=next(shown), now=next(shown))
        comparison.words(code, "message of a quota", was.message, now.message, (), weight="patch")
    _order(comparison, "quotas", list(old), list(new))


def _checks(comparison: Comparison) -> None:
    old, new = ({check.code: check for check in each.instrument.checks} for each in comparison.versions)
    for code in dict.fromkeys((*old, *new)):
        was, now = old.get(code), new.get(code)
        if was is None or now is None:
            kind, rules = "removed check" if was else "new check", [each.rule if each else "" for each in (was, now)]
            comparison.goes_on(code, kind, "minor", was=rules[0], now=rules[1])
            continue
        for name, kind in (("rule", "rule of a check"), ("when", "condition of a check")):
            before, after = getattr(was, name), getattr(now, name)
            if before != after:
                spaces = before.split() == after.split()
                comparison.goes_on(code, kind, "patch" if spaces else "minor", was=before, now=after)
        comparison.words(code, "message of a check", was.message, now.message, (), weight="patch")
    _order(comparison, "checks", list(old), list(new))


def _order(comparison: Comparison, what: str, old: list[str], new: list[str]) -> None:
    if [each for each in old if each in new] != [each for each in new if each in old]:
        comparison.goes_on(INSTRUMENT, f"order of {what}", "patch", was=old, now=new)
