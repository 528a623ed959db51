"""Where the files that come with the package stand: instruments, report sources, the demonstration study."""

from __future__ import annotations

from pathlib import Path

__all__ = ["share"]


def share() -> Path:
    """Return the folder that holds ``instruments/``, ``reports/`` and ``analysis/demo/``.

    An installed package carries them in ``trustsurvey/share``; in a checkout they stand beside the package.
    """
    package = Path(__file__).resolve().parent
    packaged = package / "share"
    return packaged if packaged.is_dir() else package.parent
