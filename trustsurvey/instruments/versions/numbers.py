"""Version numbers: how they sort, which number was raised, what comes next."""

from __future__ import annotations

import re

from trustsurvey.instruments.versions.changes import BUMPS, Bump

__all__ = ["is_enough", "is_version", "next_version", "number_of", "step"]

VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def is_version(text: str) -> bool:
    """Return whether a text is three numbers, ``major.minor.patch``."""
    return VERSION.fullmatch(text) is not None


def number_of(version: str) -> tuple[int, int, int]:
    """Return a version as three numbers, which sort; zeros where it is no version."""
    found = VERSION.fullmatch(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)


def step(old: str, new: str) -> Bump | None:
    """Return which number of a version was raised, None where the new one is not after the old one."""
    before, after = number_of(old), number_of(new)
    if after <= before:
        return None
    return "major" if after[0] > before[0] else "minor" if after[1] > before[1] else "patch"


def is_enough(old: str, new: str, needed: Bump) -> bool:
    """Return whether a version raises the number that the changes need, or a larger one."""
    raised = step(old, new)
    return raised is not None and BUMPS.index(raised) >= BUMPS.index(needed)


def next_version(version: str, bump: Bump) -> str:
    """Return the version after one, with one of its numbers raised."""
    major, minor, patch = number_of(version)
    numbers = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(str(number) for number in numbers[bump])
