"""Texts as respondents read them: what is typography only, and which words changed."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

__all__ = ["Mark", "marked_words", "more_than_wording", "typographic_form"]

Mark: TypeAlias = tuple[Literal["same", "removed", "added"], str]

INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
DOUBLE_QUOTES = re.compile("[“”„‟«»″]")
SINGLE_QUOTES = re.compile("[‘’‚‛ʼʹ′´`‹›]")
# A single quote that does not stand inside a word is a quotation mark; one inside a word is an apostrophe.
QUOTING = re.compile(r"(?<!\w)'|'(?!\w)")
SPACE_AROUND = re.compile(r"\s*([-/])\s*")
SPACE_BEFORE = re.compile(r"\s+(?=[?!:;,.%)\]])")
SPACE_AFTER = re.compile(r"(?<=[(\[])\s+")
SPACE_WITHIN_QUOTES = re.compile(r'"\s*([^"]*?)\s*"')
FINAL_STOP = re.compile(r"(?<!\.)\.$")
# Of a word, not of an abbreviation.
FIRST_CAPITAL = re.compile(r"^\W*[^\W\d_](?![A-Z])")
# One or two digits: periods, ages, ends of scales; longer ones are years, amounts and telephone numbers.
FEW = re.compile(r"(?<![\d.,])\d{1,2}(?![\d]|[.,]\d)")
LONG = 5
NEGATIONS = {
    "fr": re.compile(r"\b(?:pas|jamais|aucune?|sans|rien|ni)\b", re.IGNORECASE),
    "nl": re.compile(r"\b(?:niet|geen|nooit|niemand|niets|zonder|noch)\b", re.IGNORECASE),
    "en": re.compile(r"\b(?:not|cannot|no|never|none|nobody|nothing|without|neither|nor)\b|n't\b", re.IGNORECASE),
}


def typographic_form(text: str) -> str:
    """Return a text without its typography; two texts with the same form read the same.

    Spaces and line breaks of every kind, apostrophes, quotation marks, dashes, the ellipsis, the Unicode normal form,
    a final full stop and the capital of the first word make no difference. Other capitals, accents, hyphens that are
    there or not, and every other sign do.
    """
    plain = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    plain = SINGLE_QUOTES.sub("'", DOUBLE_QUOTES.sub('"', DASHES.sub("-", plain.replace("…", "..."))))
    plain = QUOTING.sub('"', " ".join(plain.split()))
    for pattern in (SPACE_BEFORE, SPACE_AFTER):
        plain = pattern.sub("", plain)
    plain = SPACE_WITHIN_QUOTES.sub(r'"\1"', SPACE_AROUND.sub(r"\1", plain))
    return FIRST_CAPITAL.sub(lambda found: found[0].lower(), FINAL_STOP.sub("", plain))


def more_than_wording(was: str, now: str, language: str) -> str:
    """Return what of a changed wording no declaration can excuse, empty for nothing.

    A small number, a negation, or most words of a text that is no mere label.
    """
    before, after = typographic_form(was), typographic_form(now)
    if sorted(FEW.findall(before)) != sorted(FEW.findall(after)):
        return "a number in it changed"
    negation = NEGATIONS.get(language)
    if negation and len(negation.findall(before)) != len(negation.findall(after)):
        return "a negation came or went"
    old, new = (re.findall(r"\w+", each.lower()) for each in (before, after))
    if min(len(old), len(new)) >= LONG and SequenceMatcher(None, old, new, autojunk=False).ratio() < 0.5:
        return "most of its words changed"
    return ""


def marked_words(was: str, now: str) -> list[Mark]:
    """Return both texts as one, word by word: what stayed, what was removed, what was added."""
    old, new = re.findall(r"\S+\s*", was), re.findall(r"\S+\s*", now)
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    marks: list[Mark] = []
    for kind, first, last, start, stop in matcher.get_opcodes():
        if kind == "equal":
            marks.append(("same", "".join(new[start:stop])))
            continue
        if last > first:
            marks.append(("removed", "".join(old[first:last])))
        if stop > start:
            marks.append(("added", "".join(new[start:stop])))
    return marks
