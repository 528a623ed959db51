"""Labels of codes in the language of a report: from the instrument, or from the words where it has none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Variable
from trustsurvey.publishing.words import Words

__all__ = ["Labels", "escape"]

ALL, UNKNOWN = "all", "unknown"


@dataclass(frozen=True, slots=True)
class Labels:
    """What codes are called in one language. A code without a label stands for itself.

    Parameters
    ----------
    instrument : Instrument
    words : Words
    variables : mapping
        The instrument's variables by name; see ``of``.
    """

    instrument: Instrument
    words: Words
    variables: Mapping[str, Variable]

    @classmethod
    def of(cls, instrument: Instrument, language: str) -> Labels:
        """Return the labels of an instrument in a language."""
        return cls(instrument, Words(language), {variable.name: variable for variable in instrument.variables})

    def measure(self, code: str) -> str:
        """Return the label of an index."""
        definition = self.instrument.indices.get(code)
        return definition.label[self.words.language] if definition else code

    def domain(self, code: str) -> str:
        """Return the name of a variable whose groups are compared."""
        word = self.words.find(f"domain_{code}")
        if word:
            return word
        derived = {each.code: each.label for each in self.instrument.derived}
        if code in derived:
            return derived[code][self.words.language]
        variable = self.variables.get(code)
        return variable.label[self.words.language] if variable else code

    def levels(self, domain: str) -> tuple[tuple[str, str], ...]:
        """Return the groups of a variable, (code, label), in the order of the instrument."""
        language = self.words.language
        for derived in self.instrument.derived:
            if derived.code == domain:
                return tuple((level.code, level.label[language]) for level in derived.levels)
        variable = self.variables.get(domain)
        return tuple((level.code, level.label[language]) for level in variable.levels) if variable else ()

    def level(self, domain: str, code: str) -> str:
        """Return the label of one group."""
        if code in (ALL, UNKNOWN):
            own = self.words.find(f"level_{code}_{domain}")
            return own or self.words(f"level_{code}")
        return dict(self.levels(domain)).get(code, code)

    def wave(self, code: str) -> str:
        """Return the name of a wave."""
        return self.words("all_waves") if code == ALL else code

    def item(self, variable: str) -> str:
        """Return the wording of an item."""
        found = self.variables.get(variable)
        return found.label[self.words.language] if found else variable

    def answers(self, variable: str) -> tuple[tuple[str, str], ...]:
        """Return the answers to an item, (code, label), in order; a rating's are its whole numbers."""
        found = self.variables.get(variable)
        if found is None:
            return ()
        if found.levels:
            return tuple((level.code, level.label[self.words.language]) for level in found.levels)
        if found.minimum is None or found.maximum is None:
            return ()
        numbers = range(int(found.minimum), int(found.maximum) + 1)
        return tuple((str(number), str(number)) for number in numbers)

    def ends(self, variable: str) -> tuple[str, str] | None:
        """Return the labels of the two ends of a rating, where it has them."""
        found = self.variables.get(variable)
        if found is None:
            return None
        ends = self.instrument.question(found.question).ends
        return (ends[0][self.words.language], ends[1][self.words.language]) if len(ends) == 2 else None


def escape(text: object) -> str:
    """Return text with the characters that Markdown would read as markup escaped, on one line."""
    plain = re.sub(r"\s*\n\s*", " ", str(text))
    return re.sub(r"([\\`*_{}\[\]<>#|~^$@\"'])", r"\\\1", plain)
