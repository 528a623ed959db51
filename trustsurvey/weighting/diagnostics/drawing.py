"""What the figures of diagnostics share."""

from __future__ import annotations

from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = [
    "AFTER",
    "BEFORE",
    "COLOURS",
    "GRID",
    "INK",
    "LABEL",
    "MOST_LEVELS",
    "MUTED",
    "ROW",
    "STYLE",
    "new_figure",
    "plain_axes",
]

WIDTH = 7.5  # inches, which a notebook shows at 100 % with text of 9 points
ROW = 0.2
MOST_LEVELS = 60
LABEL = 40
INK, MUTED, GRID = "#1b1f24", "#5b6570", "#dfe3e8"
# Okabe and Ito (2008), without yellow, which is too light for lines on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#7f7f7f")
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


def plain_axes(axes: Axes, grid: Literal["x", "y"] = "x") -> None:
    """Give axes the plain look: a light grid along one direction, no box."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=9)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color=GRID, linewidth=0.8)
