"""How long work tells where it stands."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "silent"]


class Progress(Protocol):
    """Told what is being done; ``share`` is how much of the whole is behind, from 0 to 1, where that is known."""

    def __call__(self, message: str, share: float | None = None) -> None:
        """Take note of it."""


def silent(message: str, share: float | None = None) -> None:
    """Tell nobody."""
