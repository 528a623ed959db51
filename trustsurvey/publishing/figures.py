"""Gaps between groups, drawn from published numbers only, each figure with its alternative text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trustsurvey.drawing import INK, MUTED, plain_axes
from trustsurvey.publishing.drawing import Drawing, group_style, new_figure, to_svg, wrapped
from trustsurvey.publishing.labels import Labels
from trustsurvey.publishing.rows import Row, by, is_shown, records
from trustsurvey.publishing.words import Words

__all__ = ["TITLE", "dot", "gaps_by_group", "gaps_by_measure", "present"]

TITLE: dict[str, Any] = {"loc": "left", "fontsize": 10, "fontweight": "bold", "color": INK}


def present(levels: Sequence[tuple[str, str]], codes: set[str]) -> list[tuple[str, str]]:
    """Return those of some groups, (code, label), that there is anything about."""
    return [(code, label) for code, label in levels if code in codes]


def gaps_by_group(gaps: pd.DataFrame, measure: str, wave: str, domains: Sequence[str], labels: Labels) -> Drawing:
    """Draw how far each group is from its reference group on one index, a panel per grouping."""
    words = labels.words
    panels = []
    for domain in domains:
        cells = by(records(gaps, measure=measure, wave=wave, domain=domain), "level")
        groups = present(labels.levels(domain), set(cells))
        if groups:
            panels.append((domain, cells, groups))
    heights = [len(groups) + 0.9 for _, _, groups in panels]
    figure = new_figure(0.6 + 0.36 * sum(heights))
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    said = [words("alt_gaps", measure=labels.measure(measure), wave=wave)]
    for axes, (domain, cells, groups) in zip(all_axes, panels, strict=True):
        reference = labels.level(domain, cells[groups[0][0]]["reference"])
        axes.set_title(words("gap_panel", domain=labels.domain(domain), reference=reference), **TITLE)
        for position, (code, label) in enumerate(groups):
            row = cells[code]
            dot(axes, row, position, *group_style(0))
            value = _gap(row, words)
            said.append(f"{label}{words('colon')} {value}.")
            axes.annotate(
                value,
                (1.01, position),
                xycoords=("axes fraction", "data"),
                va="center",
                color=INK if is_shown(row) else MUTED,
                fontstyle="normal" if is_shown(row) else "italic",
            )
        _rows(axes, [label for _, label in groups], words)
    all_axes[-1].set_xlabel(words("points_from_reference"), color=MUTED)
    return Drawing(to_svg(figure, "gaps"), " ".join(said))


def gaps_by_measure(gaps: pd.DataFrame, measures: Sequence[str], wave: str, domain: str, labels: Labels) -> Drawing:
    """Draw the gaps of the groups of one grouping on every index."""
    words = labels.words
    rows = records(gaps, domain=domain, wave=wave)
    cells = by(rows, "measure", "level")
    groups = present(labels.levels(domain), {row["level"] for row in rows})
    places = [code for code, _ in labels.levels(domain)]
    measures = [measure for measure in measures if any(row["measure"] == measure for row in rows)]
    reference = labels.level(domain, rows[0]["reference"])
    figure = new_figure(1.1 + 0.42 * len(measures))
    axes = figure.subplots()
    said = [words("alt_gaps_measures", domain=labels.domain(domain), reference=reference, wave=wave)]
    for number, (code, label) in enumerate(groups):
        colour, marker = group_style(places.index(code))  # a group looks as it does in the trend
        offset = (number - (len(groups) - 1) / 2) * 0.3
        values = []
        for position, measure in enumerate(measures):
            row = cells.get((measure, code))
            dot(axes, row, position + offset, colour, marker)
            values.append(f"{labels.measure(measure)} {_gap(row, words)}")
        axes.plot([], [], color=colour, marker=marker, linewidth=1.4, label=label)
        said.append(f"{label}{words('colon')} {'; '.join(values)}.")
    _rows(axes, [labels.measure(measure) for measure in measures], words)
    axes.set_xlabel(words("points_from", reference=reference), color=MUTED)
    figure.legend(loc="outside upper left", frameon=False, ncols=2)
    return Drawing(to_svg(figure, f"gaps-{domain}"), " ".join(said))


def _gap(row: Row | None, words: Words) -> str:
    return words.number(row["estimate"], 1, sign=True) if row and is_shown(row) else words("withheld")


def dot(axes: Axes, row: Row | None, position: float, colour: str, marker: str) -> None:
    """Draw an estimate and its interval on a row; nothing where it is withheld, hollow where it is flagged."""
    if row is None or not is_shown(row):
        return
    axes.plot([row["low"], row["high"]], [position] * 2, color=colour, linewidth=1.6, zorder=2)
    face = "white" if row["status"] == "flagged" else colour
    axes.plot(row["estimate"], position, color=colour, marker=marker, markersize=6, mfc=face, zorder=3)


def _rows(axes: Axes, names: Sequence[str], words: Words) -> None:
    """Give axes one labelled row per name, from the top down, and a line at zero."""
    plain_axes(axes, "x")
    axes.set_yticks(range(len(names)), [wrapped(name, 34) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, 0, sign=True)))
