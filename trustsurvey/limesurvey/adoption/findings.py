"""What adopting a survey has to say: each thing that changed, was left out, was filled in or wants a look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "Findings", "Outcome"]

Outcome = Literal["left out", "changed", "filled in", "to check"]

LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not in the instrument as it was in the survey.

    Parameters
    ----------
    place : str
        Code of the question in LimeSurvey; ``survey``, or ``page`` and its title.
    outcome : "left out", "changed", "filled in" or "to check"
    message : str
    original : str
        What stood in the survey, whole.
    """

    place: str
    outcome: Outcome
    message: str
    original: str = ""

    def __str__(self) -> str:
        shown = " ".join(self.original.split())
        shown = shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."
        return f"{self.place}: {self.outcome}: {self.message}" + (f": {shown}" if shown else "")


class Findings:
    """Collects findings, each once."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(self, place: str, outcome: Outcome, message: str, original: str = "") -> None:
        """Write down a finding."""
        self._found[Finding(place, outcome, message, original)] = None

    @property
    def all(self) -> tuple[Finding, ...]:
        """The findings in the order in which they were made."""
        return tuple(self._found)

    @property
    def counts(self) -> Counter[str]:
        """How many findings there are by outcome."""
        return Counter(finding.outcome for finding in self._found)
