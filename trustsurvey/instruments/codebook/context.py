"""What every part of a codebook is worded with: the instrument, the language, the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trustsurvey.instruments.codebook.blocks import Inline, Table, code, link, plain, text
from trustsurvey.instruments.codebook.counts import ANSWERED, CodeCounts
from trustsurvey.instruments.codebook.entries import Entry, IndexUse, entries, known_language, replaced
from trustsurvey.instruments.codebook.sentences import Sentences
from trustsurvey.instruments.codebook.words import Words
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Text

__all__ = ["Context", "anchor"]


def anchor(name: str) -> str:
    """Return the place of a variable, a derived one or an index on the page."""
    return f"v-{name}"


@dataclass(frozen=True, slots=True)
class Context:
    """An instrument in one language, with what is often asked of it.

    Parameters
    ----------
    instrument : Instrument
    words : Words
    entries : mapping of name to Entry
        The columns of the coded answers, in order.
    replaced : mapping of name to tuple of str
        The variables that are not kept, and what stands in for each.
    counts : CodeCounts or None
    """

    instrument: Instrument
    words: Words
    entries: Mapping[str, Entry]
    replaced: Mapping[str, tuple[str, ...]]
    counts: CodeCounts | None = None

    @classmethod
    def of(cls, instrument: Instrument, language: str | None, counts: CodeCounts | None) -> Context:
        """Return the context of an instrument in a language, its first unless one is named."""
        words = Words.of(instrument, known_language(instrument, language))
        found = {entry.name: entry for entry in entries(instrument)}
        return cls(instrument, words, found, replaced(instrument), counts)

    @property
    def sentences(self) -> Sentences:
        """Puts routing into words in which the variables are links."""
        return Sentences.of(self.instrument, self.words.language, self.name)

    def own(self, words: Text) -> str:
        """Return a text of the instrument in the language of the codebook."""
        return words[self.words.language]

    def name(self, name: str) -> Inline:
        """Return the name of a variable or index, as a link where the page has a place for it."""
        known = name in self.entries or name in self.instrument.indices
        return link(name, anchor(name)) if known else code(name)

    def listed(self, parts: Iterable[Inline]) -> Inline:
        """Return parts with commas between them."""
        joined: list[Inline] = []
        for part in parts:
            joined += [text(self.words("comma")), part] if joined else [part]
        return tuple(piece for part in joined for piece in part)

    def direction(self, use: IndexUse) -> Inline:
        """Return an index and whether it reverses the variable."""
        reversed_ = text(f" ({self.words('reversed')})") if use.reversed else ()
        return (*self.name(use.index.code), *reversed_)

    def reasons(self, entry: Entry) -> Inline:
        """Return why a variable may be empty."""
        return self.listed(code(reason) for reason in entry.reasons)

    def count(self, name: str, key: str) -> Inline:
        """Return a count as it may be shown."""
        counts = self.counts.variables.get(name, {}) if self.counts else {}
        if self.counts is None or key not in counts:
            return ()
        count = counts[key]
        return text(f"{count}") if count is not None else text(self.words("not_shown"))

    def share(self, name: str, key: str) -> Inline:
        """Return the percentage of those who answered, where it may be shown."""
        share = self.counts.share(name, key) if self.counts else None
        return () if share is None else text(self.words("percent", number=share))

    def reason_counts(self, entry: Entry) -> list[tuple[Inline, ...]]:
        """Return rows that say how many did not answer and why: code, label, count, share."""
        counted = self.counts.variables.get(entry.name, {}) if self.counts else {}
        reasons = [key for key in (*entry.reasons, *counted) if key in counted and self.words.find(f"reason_{key}")]
        return [
            (code(reason), text(self.words(f"reason_{reason}")), self.count(entry.name, reason), ())
            for reason in dict.fromkeys(reasons)
        ]

    def answered(self, entry: Entry) -> Table:
        """Return the table of a variable whose answers are not counted one by one."""
        row = ((), text(self.words("answered")), self.count(entry.name, ANSWERED), ())
        return self.table("answers", ("code", "answer", "count", "share"), [row, *self.reason_counts(entry)])

    def table(
        self, caption: str, head: Iterable[str], rows: Iterable[tuple[Inline, ...]], anchors: Iterable[str] = ()
    ) -> Table:
        """Return a table without the columns in which nothing stands.

        Parameters
        ----------
        caption : str
            Key of the words above it.
        head : iterable of str
            Keys of the words above the columns.
        rows : iterable of tuple
        anchors : iterable of str
            A place for each row.
        """
        keys, body = list(head), list(rows)
        filled = [n for n in range(len(keys)) if any(plain(row[n]) for row in body)]
        numbers = {place for place, n in enumerate(filled) if keys[n] in {"count", "share", "value"}}
        return Table(
            self.words(caption),
            tuple(self.words(keys[n]) for n in filled),
            tuple(tuple(row[n] for n in filled) for row in body),
            tuple(anchors),
            frozenset(numbers),
        )
