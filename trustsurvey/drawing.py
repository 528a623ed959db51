"""What all figures share: ink, colours safe for colour-blind readers, axes without a box."""

from __future__ import annotations

from typing import Literal

from matplotlib.axes import Axes

__all__ = ["COLOURS", "GRID", "INK", "MUTED", "plain_axes"]

INK, MUTED, GRID = "#1b1f24", "#5b6570", "#dfe3e8"
# Okabe and Ito (2008), without yellow, which is too light for lines on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#7f7f7f")


def plain_axes(axes: Axes, grid: Literal["x", "y"] = "x") -> None:
    """Give axes the plain look: a light grid along one direction, no box."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=9)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color=GRID, linewidth=0.8)
