"""Words that several messages share."""

from __future__ import annotations

__all__ = ["a_question"]


def a_question(kind: str) -> str:
    """Return the words for a question of a type."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} question"
