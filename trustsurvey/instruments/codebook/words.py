"""The words around an instrument's own texts, in French, Dutch and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from trustsurvey.instruments.model import Instrument

__all__ = ["WORDED", "Words"]

WORDED = ("fr", "nl", "en")
OTHERWISE = "en"
NARROW = re.compile("(?<=«) | (?=[»:;?!%])")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; English where an instrument has a language that we have no words in.

    Parameters
    ----------
    language : str
    register : bool
        Whether rows are records and not people, who are spoken of otherwise.
    """

    language: str
    register: bool = False

    @classmethod
    def of(cls, instrument: Instrument, language: str) -> Words:
        """Return the words for an instrument."""
        return cls(language, instrument.record is not None)

    @property
    def own(self) -> str:
        """The language that the words are in."""
        return self.language if self.language in WORDED else OTHERWISE

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the words of a key with its places filled."""
        found = (self.register and _catalogue().get(f"{key}_register")) or _catalogue()[key]
        return self._spaced(found[self.own]).format_map(values)

    def find(self, key: str) -> str | None:
        """Return the words of a key without places; None where there are none."""
        words = (self.register and _catalogue().get(f"{key}_register")) or _catalogue().get(key)
        return self._spaced(words[self.own]) if words else None

    def _spaced(self, words: str) -> str:
        """Keep French signs on the line of the word beside them."""
        return NARROW.sub("\u00a0", words) if self.own == "fr" else words

    def number(self, value: float) -> str:
        """Write a number with the decimal sign of the language."""
        text = f"{value:.15g}"
        return text if self.own == "en" else text.replace(".", ",")


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    )
    return found
