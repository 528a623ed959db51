"""What all figures share: fonts, colours safe for colour-blind readers, and SVG that is the same at every run."""

from __future__ import annotations

import io
import re
import textwrap
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from trustsurvey.drawing import COLOURS, INK

__all__ = [
    "Colour",
    "Drawing",
    "by_rows",
    "group_style",
    "new_figure",
    "readable_on",
    "to_svg",
    "wrapped",
]

Handle = TypeVar("Handle")
Colour: TypeAlias = tuple[float, float, float, float]
WIDTH = 8.0  # inches, at which text of 9 points reads well on a page and in print
WITHHELD_FILL = "#e3e5e8"
GROUP_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
_STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so figures look the same everywhere
    "font.size": 9.0,
    "svg.fonttype": "path",
    "path.simplify": True,
    "hatch.linewidth": 0.7,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure: an SVG document and the text that stands in for it."""

    svg: str
    alt: str


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure, without pyplot and its state."""
    with mpl.rc_context(_STYLE):
        return Figure(figsize=(width, height), layout="constrained")


def to_svg(figure: Figure, name: str) -> str:
    """Return a figure as SVG, with text as paths; ``name`` keeps the identifiers of figures on one page apart."""
    buffer = io.StringIO()
    with mpl.rc_context(_STYLE | {"svg.hashsalt": name}):
        # The canvas itself: savefig would draw everything twice.
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    # Two figures on one page may both be put into it as they are, so no identifier may stand in both.
    svg = re.sub(r'\bid="', f'id="{name}-', buffer.getvalue())
    svg = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # A hundredth of a point is finer than any screen or printer.
    return re.sub(r'(?<= d=")[^"]+', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)


def group_style(place: int) -> tuple[str, str]:
    """Return the colour and the marker of the group at a place in its grouping."""
    return COLOURS[place % len(COLOURS)], GROUP_MARKERS[place % len(GROUP_MARKERS)]


def by_rows(handles: list[Handle], columns: int) -> list[Handle]:
    """Return the entries of a legend in the order that makes matplotlib, which fills columns, read row by row."""
    return [handle for column in range(columns) for handle in handles[column::columns]]


def wrapped(text: str, width: int) -> str:
    """Return text broken into lines of at most so many characters."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False)) or text


def readable_on(colour: Colour) -> str:
    """Return black or white, whichever reads better on a colour."""
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3])
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return INK if (luminance + 0.05) / 0.062 > 1.05 / (luminance + 0.05) else "white"
