"""Words, sentences and readability of texts in French, Dutch and English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from trustsurvey.instruments.duration import WORD, words_in

__all__ = ["READABILITY", "asked_part", "longest_sentence", "normalised", "readability", "sentences", "without_asides"]

ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|«[^»]*»|“[^”]*”|‘[^’]{1,40}’(?!\w)|\"[^\"]*\"")
END = re.compile(r"(?<=[.!?…;:])\s+(?=\W*\w)")
SHORT_FORM = re.compile(r"\b(?:etc|e\.g|i\.e|bv|bijv|o\.a|p\.ex|nr|no|art|dr|m|mme)\.", re.IGNORECASE)

VOWELS: Mapping[str, str] = MappingProxyType(
    {"fr": "aeiouyàâäéèêëîïôöùûüœæ", "nl": "aeiouyàâäéèêëîïôöùûü", "en": "aeiouyéèïö"}
)
# The e that ends a word is no syllable, after a consonant (in English, not after one and an l).
SILENT: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "fr": re.compile(r"(?<=[^aeiouyàâäéèêëîïôöùûüœæ])es?$"),
        "nl": re.compile(r"$^"),
        "en": re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$"),
    }
)

READABILITY: Mapping[str, tuple[str, Callable[[float, float], float]]] = MappingProxyType(
    {
        "en": ("Flesch 1948", lambda words, syllables: 206.835 - 1.015 * words - 0.846 * syllables),
        "fr": ("Kandel and Moles 1958", lambda words, syllables: 207 - 1.015 * words - 0.736 * syllables),
        "nl": ("Douma 1960", lambda words, syllables: 206.84 - 0.93 * words - 0.77 * syllables),
    }
)


def normalised(text: str) -> str:
    """Return a text in small letters, with straight apostrophes and single spaces."""
    return " ".join(text.lower().replace("’", "'").replace("\u202f", " ").replace("\u00a0", " ").split())


def without_asides(text: str) -> str:
    """Return a text without what stands between brackets or quotes."""
    return ASIDE.sub(" ", text)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; a colon or semicolon ends one too."""
    return [each for each in END.split(SHORT_FORM.sub("abbr", text).strip()) if words_in(each)]


def longest_sentence(text: str) -> int:
    """Return the number of words of the longest sentence."""
    return max((words_in(each) for each in sentences(text)), default=0)


def asked_part(text: str) -> str:
    """Return the sentences that end in a question mark; the whole text where none does."""
    asked = [each for each in sentences(text) if each.rstrip(" )»”\"'").endswith("?")]
    return " ".join(asked) if asked else text


def readability(text: str, language: str) -> float:
    """Return how easy a text is, from about 100 (very) to 0 (hardly at all).

    The formulas are those of Flesch 1948 for English, Kandel and Moles 1958 for French and Douma 1960 for Dutch, each
    of words a sentence and syllables a hundred words; syllables are counted as groups of vowels.
    """
    _, formula = READABILITY[language]
    words = WORD.findall(normalised(text))
    number = max(len(words), 1)
    syllables = sum(_syllables(word, language) for word in words)
    return formula(number / max(len(sentences(text)), 1), 100 * syllables / number)


def _syllables(word: str, language: str) -> int:
    return max(len(re.findall(f"[{VOWELS[language]}]+", SILENT[language].sub("", word))), 1)
