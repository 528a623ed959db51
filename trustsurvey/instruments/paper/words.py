"""The words of a paper form in French, Dutch and English; other languages get the English ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yaml

from trustsurvey.errors import UnknownNameError

__all__ = ["Words", "direction"]

LANGUAGES = ("fr", "nl", "en")
# Languages written from right to left, and the scripts that make any language so.
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
SCRIPTS = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo"})


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Return ``"rtl"`` for a language that is written from right to left, else ``"ltr"``."""
    primary, *rest = language.split("-")
    script = next((part for part in rest if len(part) == 4), "")
    return "rtl" if script in SCRIPTS or (primary in RIGHT_TO_LEFT and not script) else "ltr"


@dataclass(frozen=True, slots=True)
class Words:
    """The words in one language: ``words("key", number=3)`` is a text with its places filled."""

    language: str

    @property
    def spoken(self) -> str:
        """The language the words are in."""
        found = self.language[:2]
        return found if found in LANGUAGES else "en"

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key with its places filled."""
        catalogue = _catalogue()
        if key not in catalogue:
            raise UnknownNameError("text", key, catalogue)
        return catalogue[key][self.spoken].format_map(values)

    def quote(self, text: str) -> str:
        """Return a text between the quotation marks of the language."""
        return self("quote", text=text)

    def listed(self, parts: Sequence[str], joint: str) -> str:
        """Return parts as a list whose last comma is a word: ``"or"`` or ``"and"``."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self(joint)} {parts[-1]}"

    def number(self, value: float) -> str:
        """Write a number, with a decimal comma where the language has one."""
        text = f"{value:.10g}"
        return text if self.spoken == "en" else text.replace(".", ",")

    def date(self, value: str) -> str:
        """Write an ISO date with its day first."""
        year, month, day = value.split("-")
        return f"{day}/{month}/{year}"


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    text = files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return found
