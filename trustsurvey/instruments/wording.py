"""Words that several messages share."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["a_question", "close_to"]


def close_to(word: str, known: Iterable[object]) -> str:
    """Return ``did you mean ...?`` where a known word resembles this one, else an empty text."""
    found = get_close_matches(word, [str(each) for each in known], n=1, cutoff=0.6)
    return f"did you mean {found[0]}?" if found else ""


def a_question(kind: str) -> str:
    """Return the words for a question of a type."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} question"
