"""Counts of answers that passed a disclosure rule, for a codebook to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ANSWERED", "CodeCounts"]

ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class CodeCounts:
    """How often each code and each reason occurs, as far as that may be shown.

    Whoever makes one applies a disclosure rule first; the codebook shows what it is given.

    Parameters
    ----------
    respondents : int or None
        In the file; None where there are too few to say.
    minimum, step : int
        Smaller counts are withheld; the others are multiples of this step.
    variables : mapping of name to mapping of code or reason to int or None
        ``"answered"`` is the number of answers; a tick counts as ``"true"`` or ``"false"``, a rating by its number.
        None stands for a count that is withheld.
    file : str
        Name of the file that was counted; its folder is of no use to others.
    """

    respondents: int | None
    minimum: int
    step: int
    variables: Mapping[str, Mapping[str, int | None]]
    file: str = ""

    def share(self, name: str, code: str) -> int | None:
        """Return the percentage of those who answered that gave an answer, None where it is withheld."""
        counts = self.variables.get(name, {})
        count, answered = counts.get(code), counts.get(ANSWERED)
        return None if count is None or not answered else min(100, round(100 * count / answered))
