"""What the figures of diagnostics share."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from trustsurvey.drawing import COLOURS, INK

__all__ = [
    "AFTER",
    "BEFORE",
    "LABEL",
    "MOST_LEVELS",
    "ROW",
    "STYLE",
    "new_figure",
]

WIDTH = 7.5  # inches, which a notebook shows at 100 % with text of 9 points
ROW = 0.2
MOST_LEVELS = 60
LABEL = 40
BEFORE, AFTER = COLOURS[1], COLOURS[0]
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelcolor": INK,
    "text.color": INK,
    "axes.unicode_minus": True,
}


def new_figure(height: float) -> Figure:
    """Return an empty figure, without pyplot and its state; height in inches."""
    return Figure(figsize=(WIDTH, height), layout="constrained", dpi=100, facecolor="white")
