"""Answers to single items, and answers that are lacking: figures from published numbers only, with alternative text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trustsurvey.drawing import INK, MUTED, plain_axes
from trustsurvey.publishing.drawing import (
    WITHHELD_FILL,
    Colour,
    Drawing,
    group_style,
    new_figure,
    readable_on,
    to_svg,
    wrapped,
)
from trustsurvey.publishing.figures import TITLE, dot
from trustsurvey.publishing.labels import Labels
from trustsurvey.publishing.rows import ALL, Row, by, is_shown, records

__all__ = ["distributions", "nonresponse"]

LINE = 118  # characters of a legend that fit on a line
SMALLEST_NUMBERED = 5  # percent; smaller parts of a bar have no room for a number


def distributions(items: pd.DataFrame, variables: Sequence[str], wave: str, labels: Labels, name: str) -> Drawing:
    """Draw the answers to some items with one set of answers as stacked bars of 100 %."""
    words = labels.words
    answers = labels.answers(variables[0])
    colours = _answer_colours(len(answers))
    cells = by(records(items, wave=wave), "variable", "level")
    shares = {variable: [_share(cells.get((variable, code))) for code, _ in answers] for variable in variables}
    names = _with_ends(variables[0], labels)
    handles = [Patch(color=colour, label=label) for colour, label in zip(colours, names, strict=True)]
    if any(share is None for each in shares.values() for share in each):
        handles.append(Patch(fc=WITHHELD_FILL, ec=MUTED, hatch="////", lw=0, label=words("withheld")))
    lines = _legend_lines(handles)
    texts = [wrapped(labels.item(variable), 108) for variable in variables]
    heights = [0.45 + 0.16 * (text.count("\n") + 1) for text in texts]  # inches
    head = 0.12 + 0.2 * len(lines)
    total = sum(heights) + head
    figure = new_figure(total)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.005, 0.0, 0.99, sum(heights) / total))
    said = [words("alt_items", wave=wave)]
    top = 0.0
    for variable, text, height in zip(variables, texts, heights, strict=True):
        axes.text(0, top + 0.04, text, va="top", ha="left", color=INK, linespacing=1.2)
        _stacked_bar(axes, shares[variable], colours, top + height - 0.24, labels)
        parts = [
            f"{label} {words('withheld') if share is None else words.percent(share, 1)}"
            for (_, label), share in zip(answers, shares[variable], strict=True)
        ]
        said.append(f"{labels.item(variable)}{words('colon')} {'; '.join(parts)}.")
        top += height
    axes.set_xlim(0, 100)
    axes.set_ylim(top, 0)
    axes.axis("off")
    for number, line in enumerate(lines):
        figure.legend(
            handles=line,
            loc="upper left",
            bbox_to_anchor=(0.0, 1.0 - 0.2 * number / total),
            ncols=len(line),
            frameon=False,
            fontsize=8.5,
            handlelength=1.0,
            handleheight=1.0,
            columnspacing=1.2,
            handletextpad=0.5,
            borderaxespad=0.1,
            borderpad=0.2,
        )
    return Drawing(to_svg(figure, name), " ".join(said))


def _share(row: Row | None) -> float | None:
    return float(row["estimate"]) if row and is_shown(row) else None


def _stacked_bar(
    axes: Axes, shares: Sequence[float | None], colours: Sequence[Colour], middle: float, labels: Labels
) -> None:
    """Draw one bar of 100 %; what is withheld is grey and hatched at its end."""
    left = 0.0
    for share, colour in zip(shares, colours, strict=True):
        if share is None:
            continue
        axes.add_artist(Rectangle((left, middle - 0.13), share, 0.26, fc=colour, ec="white", lw=0.5))
        if share >= SMALLEST_NUMBERED:
            number = labels.words.number(share, 0)
            axes.text(left + share / 2, middle, number, ha="center", va="center", color=readable_on(colour), fontsize=8)
        left += share
    if None in shares:
        rest = Rectangle((left, middle - 0.13), 100 - left, 0.26, fc=WITHHELD_FILL, ec=MUTED, hatch="////", lw=0)
        axes.add_artist(rest)


def _with_ends(variable: str, labels: Labels) -> list[str]:
    """Return the labels of an item's answers; those at the ends of a rating say what they mean."""
    names = [label for _, label in labels.answers(variable)]
    ends = labels.ends(variable)
    if ends and len(names) > 1:
        names[0], names[-1] = f"{names[0]} {ends[0]}", f"{names[-1]} {ends[1]}"
    return names


def _legend_lines(handles: Sequence[Patch]) -> list[list[Patch]]:
    """Return the entries of a legend, as many on a line as fit."""
    lines: list[list[Patch]] = [[]]
    used = 0
    for handle in handles:
        length = len(str(handle.get_label())) + 4
        if lines[-1] and used + length > LINE:
            lines.append([])
            used = 0
        lines[-1].append(handle)
        used += length
    return lines


def _answer_colours(number: int) -> list[Colour]:
    """Return colours from brown by way of light grey to blue-green, which colour-blind readers tell apart."""
    ramp = colormaps["BrBG"]
    return [ramp(0.1 + 0.8 * position / max(number - 1, 1)) for position in range(number)]


def nonresponse(table: pd.DataFrame, wave: str, reasons: Sequence[str], labels: Labels) -> Drawing:
    """Draw the shares of don't know, refusal and skipping by origin, all items pooled."""
    words = labels.words
    cells = by(records(table, variable="any", wave=wave), "reason", "origin")
    present = {origin for _, origin in cells}
    groups = [code for code in (ALL, *(code for code, _ in labels.levels("origin")), "unknown") if code in present]
    names = [labels.level("origin", code) for code in groups]
    figure = new_figure(0.75 + 0.36 * len(groups))
    all_axes = figure.subplots(1, len(reasons), sharey=True, squeeze=False)[0]
    said = [words("alt_nonresponse", wave=wave)]
    for axes, reason in zip(all_axes, reasons, strict=True):
        plain_axes(axes, "x")
        values = []
        for position, (code, name) in enumerate(zip(groups, names, strict=True)):
            row = cells.get((reason, code))
            colour, marker = group_style(0)
            dot(axes, row, position, INK if code == ALL else colour, marker)
            share = _share(row)
            if share is None:
                axes.text(0.2, position, words("withheld"), va="center", color=MUTED, fontstyle="italic", fontsize=8.5)
            values.append(f"{name} {words('withheld') if share is None else words.percent(share, 1)}")
        title = words(f"reason_{reason}")
        axes.set_title(wrapped(title, 20), **TITLE)
        axes.set_yticks(range(len(groups)), [wrapped(name, 30) for name in names])
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.percent(value, 0)))
        said.append(f"{title}{words('colon')} {'; '.join(values)}.")
    widest = max((axes.get_xlim()[1] for axes in all_axes), default=5.0)
    for axes in all_axes:
        axes.set_xlim(0, max(widest, 5.0))
    return Drawing(to_svg(figure, "nonresponse"), " ".join(said))
