"""What a codebook says of every column of the coded answers, before it is worded or laid out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.expression import names, parse
from trustsurvey.instruments.model import Derived, Group, IndexDefinition, Instrument
from trustsurvey.instruments.questions import Item, Question, QuestionType, Variable

__all__ = ["Entry", "IndexUse", "entries", "known_language", "replaced"]


@dataclass(frozen=True, slots=True)
class IndexUse:
    """That an index uses a variable, and in which direction."""

    index: IndexDefinition
    reversed: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One column of the coded answers.

    Parameters
    ----------
    variable : Variable
    question, group : Question, Group or None
        Where it is asked; None for a derived variable.
    item : Item or None
        The line of a battery.
    derived : Derived or None
        How it is computed.
    conditions : tuple of str
        The routing expressions of its page and its question, all of which must hold; empty: everybody.
    reasons : tuple of str
        Why it may be empty: ``not_asked``, ``dont_know``, ``refused``, ``skipped``, ``broken_off``.
    source : str
    uses : tuple of IndexUse
    """

    variable: Variable
    question: Question | None = None
    group: Group | None = None
    item: Item | None = None
    derived: Derived | None = None
    conditions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    source: str = ""
    uses: tuple[IndexUse, ...] = ()

    @property
    def name(self) -> str:
        """The name of the column."""
        return self.variable.name

    @property
    def is_other(self) -> bool:
        """Whether it is the text that explains the answer "other"."""
        return self.variable.key.endswith("[other]")


def entries(instrument: Instrument) -> tuple[Entry, ...]:
    """Return the columns of the coded answers in order: those of the questions that are kept, then the derived ones."""
    gone = replaced(instrument)
    asked = [entry for entry in _asked(instrument) if entry.name not in gone]
    reasons = {entry.name: entry.reasons for entry in _asked(instrument)}
    made = []
    for derived in instrument.derived:
        found = {reason for name in sources(derived) for reason in reasons.get(name, ())} | {"not_asked"}
        reasons[derived.code] = tuple(reason for reason in ORDER if reason in found)
        if derived.code not in gone:
            uses = _uses(instrument, derived.code)
            made.append(Entry(derived.variable(), derived=derived, reasons=reasons[derived.code], uses=uses))
    return (*asked, *made)


ORDER = ("not_asked", "dont_know", "refused", "skipped", "broken_off")


def replaced(instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Return the variables that are not kept, each with the derived ones that stand in for it."""
    by_name: dict[str, tuple[str, ...]] = {}
    for derived in instrument.derived:
        for name in derived.replaces:
            of_question = [each.name for each in instrument.variables if each.question == name]
            for each in of_question or [name]:
                by_name[each] = (*by_name.get(each, ()), derived.code)
    return by_name


def sources(derived: Derived) -> tuple[str, ...]:
    """Return the variables that a derived one reads, each once."""
    found = (name for level in derived.levels for name in names(parse(level.when)))
    return tuple(dict.fromkeys(found))


def known_language(instrument: Instrument, language: str | None) -> str:
    """Return a language of the instrument, its first unless one is named.

    Raises
    ------
    UnknownNameError
        The instrument is not in that language.
    """
    if language and language not in instrument.languages:
        raise UnknownNameError("language", language, instrument.languages)
    return language or instrument.languages[0]


def _asked(instrument: Instrument) -> Iterator[Entry]:
    for group in instrument.groups:
        for question in group.questions:
            items = {f"{question.code}_{item.code}": item for item in question.items}
            conditions = tuple(text for text in (group.ask_if, question.ask_if) if text)
            for variable in question.variables():
                item = items.get(variable.name)
                yield Entry(
                    variable,
                    question,
                    group,
                    item,
                    conditions=conditions,
                    reasons=_reasons(instrument, question, variable, conditions),
                    source=(item.source if item else "") or question.source,
                    uses=_uses(instrument, variable.name),
                )


def _reasons(
    instrument: Instrument, question: Question, variable: Variable, conditions: tuple[str, ...]
) -> tuple[str, ...]:
    after_consent = bool(instrument.consent) and question.code != instrument.consent
    possible = {
        "not_asked": after_consent or bool(conditions) or variable.key.endswith("[other]"),
        "dont_know": question.dont_know,
        "refused": question.refused,
        "skipped": question.mandatory != "hard" and question.type is not QuestionType.HIDDEN,
        # A record that is sent is sent whole.
        "broken_off": instrument.record is None,
    }
    return tuple(reason for reason in ORDER if possible[reason])


def _uses(instrument: Instrument, name: str) -> tuple[IndexUse, ...]:
    return tuple(
        IndexUse(definition, item.reversed)
        for definition in instrument.index_definitions
        for item in definition.items
        if item.variable == name
    )
