"""Where the comparison of two versions writes down what it finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from trustsurvey.instruments.model import Editorial, Instrument
from trustsurvey.instruments.questions import Text
from trustsurvey.instruments.versions.changes import Bump, Change, Status
from trustsurvey.instruments.versions.typography import more_than_wording, typographic_form
from trustsurvey.instruments.versions.version import Version, version_of

__all__ = ["Comparison", "Weight", "same_words", "shown", "words_in"]

Weight = Literal["breaks", "minor", "patch"]
# A question asked earlier or later says nothing about facts: what is routed on it or derived from it stays the same.
# The others concern every series at once, so that nothing is left to pass on.
NOT_PASSED_ON = frozenset({"order", "removed language", "modes", "consent", "unit"})


def words_in(text: Text | None, language: str) -> str:
    """Return a text in one language, empty where there is none."""
    return dict(text.translations).get(language, "") if text else ""


def same_words(was: Text, now: Text, languages: Iterable[str]) -> bool:
    """Return whether two texts read the same in some languages."""
    return all(typographic_form(words_in(was, each)) == typographic_form(words_in(now, each)) for each in languages)


def shown(value: object) -> str:
    """Return a value as a table shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple() | list():
            return ", ".join(shown(each) for each in value)
        case _:
            return str(value)


class Comparison:
    """Collects the changes from one version to the next while their parts are compared one by one.

    Parameters
    ----------
    old, new : Instrument
    editorial : tuple of Editorial
        The declarations that speak of these two versions.
    """

    def __init__(self, old: Instrument, new: Instrument, editorial: tuple[Editorial, ...]) -> None:
        self.old, self.new = version_of(old), version_of(new)
        self.editorial = editorial
        self.used: set[Editorial] = set()
        self.changes: list[Change] = []
        self.languages = tuple(language for language in old.languages if language in new.languages)
        self.kept = {
            *(name for version in (self.old, self.new) for name, each in version.variables.items() if each.trend),
            *(name for version in (self.old, self.new) for name in (*version.derived, *version.indices)),
        }
        # Variables and derived variables whose break is passed on to what reads them, and why they break.
        self.broken: dict[str, str] = {}
        # What a reader should know of series that continue.
        self.notes: dict[str, list[str]] = {}

    @property
    def versions(self) -> tuple[Version, Version]:
        """The old version and the new one."""
        return self.old, self.new

    def common(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those names of series that both versions hold."""
        old, new = set(self.old.series()), set(self.new.series())
        return tuple(dict.fromkeys(name for name in names if name in old and name in new))

    def of_question(self, code: str) -> tuple[str, ...]:
        """Return the variables of a question that both versions hold."""
        return self.common(
            variable.name
            for version in self.versions
            if code in version.questions
            for variable in version.questions[code].variables()
        )

    def needed(self, concerned: Iterable[str]) -> Bump:
        """Return the bump that a break, or the end, of some series needs."""
        return "major" if self.kept.intersection(concerned) else "minor"

    def reasons(self, names: Iterable[str]) -> str:
        """Return series that break with the reasons why, those that share a reason together."""
        alike: dict[str, list[str]] = {}
        for name in names:
            alike.setdefault(self.broken[name], []).append(name)
        return "; ".join(f"{', '.join(each)} ({kind})" for kind, each in alike.items())

    def noted(self, concerned: Iterable[str], note: str) -> None:
        """Write a note down beside series, which continue."""
        for name in concerned:
            self.notes.setdefault(name, []).append(note)

    def breaks(
        self,
        item: str,
        kind: str,
        concerned: Iterable[str],
        *,
        was: object = None,
        now: object = None,
        language: str = "",
        note: str = "",
        bump: Bump | None = None,
        called: tuple[str, ...] = (),
    ) -> None:
        """Write down a change that breaks the series concerned."""
        names = tuple(concerned)
        if kind not in NOT_PASSED_ON:
            for name in names:
                self.broken.setdefault(name, kind)
        status: Status | Literal[""] = "breaks" if names else ""
        amount = bump or self.needed(names)
        self.changes.append(Change(item, kind, language, shown(was), shown(now), status, amount, note, names, called))

    def goes_on(
        self,
        item: str,
        kind: str,
        bump: Bump,
        concerned: Iterable[str] = (),
        *,
        was: object = None,
        now: object = None,
        language: str = "",
        note: str = "",
        series: Status | Literal[""] | None = None,
        called: tuple[str, ...] = (),
    ) -> None:
        """Write down a change that leaves the series concerned as they are, or begins or ends them."""
        names = tuple(concerned)
        status = ("continues" if names else "") if series is None else series
        self.changes.append(Change(item, kind, language, shown(was), shown(now), status, bump, note, names, called))

    def words(
        self,
        item: str,
        kind: str,
        was: Text | None,
        now: Text | None,
        concerned: Iterable[str],
        names: Iterable[str] = (),
        weight: Weight = "breaks",
        note: str = "",
    ) -> None:
        """Compare a text, language by language.

        Parameters
        ----------
        item, kind : str
        was, now : Text or None
        concerned : iterable of str
            Series that a change of the words breaks.
        names : iterable of str
            What an editorial declaration may call the text.
        weight : "breaks", "minor" or "patch"
            What a change of the words amounts to.
        """
        if was == now:
            return
        series, called = tuple(concerned), tuple(names)
        for language in self.languages:
            before, after = words_in(was, language), words_in(now, language)
            if before == after:
                continue
            typographic = was and now and typographic_form(before) == typographic_form(after)
            reason = "" if typographic else self._reason(called)
            bump: Bump = "patch" if weight == "patch" else "minor"
            remark = note
            if reason and weight == "breaks" and (more := more_than_wording(before, after, language)):
                remark, reason = f"declared to be editorial, and {more}", ""
            if typographic or reason:
                bump, remark = "patch", "typography only" if typographic else f"editorial: {reason}"
            elif weight == "breaks" and series:
                self.breaks(item, kind, series, was=before, now=after, language=language, note=remark, called=called)
                continue
            self.goes_on(item, kind, bump, series, was=before, now=after, language=language, note=remark, called=called)

    def _reason(self, names: Iterable[str]) -> str:
        wanted = set(names)
        found = [each for each in self.editorial if each.item in wanted]
        self.used.update(found)
        return found[0].reason if found else ""
