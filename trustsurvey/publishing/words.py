"""The words of the reports in French, Dutch and English, and how each language writes a number."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from trustsurvey.errors import UnknownNameError

__all__ = ["LANGUAGES", "MarkdownText", "Words"]

LANGUAGES = ("fr", "nl", "en")
_NO_BREAK = "\u00a0"
_MINUS = "\u2212"


class MarkdownText(str):
    """Text that a notebook shows as Markdown, and not as a quoted string."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Words:
    """The report's words in one language.

    ``words("key", n="1,234")`` is the text of that key with its places filled; numbers are given as text, written by
    ``number``.
    """

    language: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise UnknownNameError("report language", self.language, LANGUAGES)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key with its places filled."""
        catalogue = _catalogue()
        if key not in catalogue:
            raise UnknownNameError("text", key, catalogue)
        return MarkdownText(catalogue[key][self.language].format_map(values))

    def find(self, key: str) -> str | None:
        """Return the text of a key without places, None where the catalogue has no such key."""
        texts = _catalogue().get(key)
        return texts[self.language] if texts else None

    def number(self, value: object, decimals: int = 0, *, sign: bool = False) -> str:
        """Write a number; missing values give an empty string.

        Decimals follow a comma in French and Dutch; thousands are separated by a no-break space there.
        """
        number = _float(value)
        if math.isnan(number):
            return ""
        text = f"{abs(number):,.{decimals}f}"
        if self.language != "en":
            text = text.replace(",", _NO_BREAK).replace(".", ",")
        nothing = not any(digit in "123456789" for digit in text)
        if number < 0 and not nothing:
            return _MINUS + text
        return f"+{text}" if sign and not nothing else text

    def percent(self, value: object, decimals: int = 0) -> str:
        """Write a percentage."""
        return self("percent", number=self.number(value, decimals))


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    path = Path(__file__).with_name("words.yaml")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        key: {language: _spaced(text, language) for language, text in texts.items()} for key, texts in found.items()
    }


def _spaced(text: str, language: str) -> str:
    """Return text whose spaces around signs do not break: before % in French and Dutch, and as French has them."""
    if language == "en":
        return text
    text = re.sub(r"(?<=[\d}]) %", f"{_NO_BREAK}%", text)
    if language == "fr":
        text = re.sub(r" (?=[:;?!»])", _NO_BREAK, text)
        text = text.replace("« ", f"«{_NO_BREAK}")
    return text


def _float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan
