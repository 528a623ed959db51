"""One index over the waves, drawn from published numbers only, with its alternative text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import MultipleLocator

from trustsurvey.drawing import INK, MUTED, plain_axes
from trustsurvey.publishing.drawing import Drawing, group_style, new_figure, to_svg, wrapped
from trustsurvey.publishing.figures import TITLE, present
from trustsurvey.publishing.labels import Labels
from trustsurvey.publishing.rows import ALL, Row, by, is_shown, records
from trustsurvey.publishing.words import Words

__all__ = ["axis_range", "trend"]

TOGETHER = 4  # groups whose lines can be told apart in one panel; more get a panel each
ACROSS = 4  # such panels beside each other
OTHERS = "#c9ced4"


@dataclass(frozen=True, slots=True)
class _Series:
    """The published values of an index by group and wave, and how the waves are drawn."""

    cells: Mapping[Any, Row]
    waves: Sequence[str]
    limits: tuple[float, float]
    words: Words

    def of(self, domain: str, code: str) -> list[Row | None]:
        return [self.cells.get((domain, code, wave)) for wave in self.waves]


def axis_range(estimates: pd.DataFrame, measure: str, domains: Sequence[str]) -> tuple[float, float]:
    """Return the part of the scale 0 to 100 that a trend shows: all its intervals, in tens."""
    rows = records(estimates, measure=measure)
    shown = [row for row in rows if row["wave"] != ALL and row["domain"] in (ALL, *domains) and is_shown(row)]
    if not shown:
        return 0.0, 100.0
    low, high = min(row["low"] for row in shown), max(row["high"] for row in shown)
    return max(0.0, float(np.floor((low - 1) / 10)) * 10), min(100.0, float(np.ceil((high + 1) / 10)) * 10)


def trend(estimates: pd.DataFrame, measure: str, domains: Sequence[str], labels: Labels) -> Drawing:
    """Draw one index over the waves, with all intervals.

    All residents and the groupings of few groups stand above, a panel each; below, each group of the other groupings
    has a panel of its own, with the other groups in grey behind it.
    """
    rows = [row for row in records(estimates, measure=measure) if row["wave"] != ALL]
    waves = sorted({row["wave"] for row in rows})
    series = _Series(by(rows, "domain", "level", "wave"), waves, axis_range(estimates, measure, domains), labels.words)
    grouped = {
        domain: present(labels.levels(domain), {level for each, level, _ in series.cells if each == domain})
        for domain in domains
    }
    few = [domain for domain in domains if 0 < len(grouped[domain]) <= TOGETHER]
    many = [domain for domain in domains if len(grouped[domain]) > TOGETHER]
    heights = [3.2 if few else 2.4, *(0.35 + 1.5 * -(-len(grouped[domain]) // ACROSS) for domain in many)]
    figure = new_figure(sum(heights))
    above, *below = figure.subfigures(1 + len(many), 1, squeeze=False, height_ratios=heights)[:, 0]
    panels = above.subplots(1, 1 + len(few), squeeze=False)[0]
    _everybody(panels[0], series)
    for axes, domain in zip(panels[1:], few, strict=True):
        _together(axes, series, domain, grouped[domain], labels)
    for part, domain in zip(below, many, strict=True):
        _apart(part, series, domain, grouped[domain], labels)
    everybody = _listed(series.of(ALL, ALL), waves, labels.words)
    said = [labels.words("alt_trend", measure=labels.measure(measure), values=everybody)]
    for domain in (*few, *many):
        for code, label in grouped[domain]:
            said.append(f"{label}{labels.words('colon')} {_listed(series.of(domain, code), waves, labels.words)}.")
    return Drawing(to_svg(figure, "trend"), " ".join(said))


def _everybody(axes: Axes, series: _Series) -> None:
    rows = series.of(ALL, ALL)
    _line(axes, rows, 0)
    for x, row in enumerate(rows):
        if row and is_shown(row):
            text = series.words.number(row["estimate"], 1)
            axes.annotate(text, (x, row["high"]), xytext=(0, 4), textcoords="offset points", ha="center", color=INK)
    axes.set_title(series.words("all_residents"), **TITLE)
    _frame(axes, series)


def _together(axes: Axes, series: _Series, domain: str, groups: Sequence[tuple[str, str]], labels: Labels) -> None:
    """Draw the lines of a few groups in one panel."""
    places = [code for code, _ in labels.levels(domain)]
    for number, (code, label) in enumerate(groups):
        offset = (number - (len(groups) - 1) / 2) * 0.07
        _line(axes, series.of(domain, code), places.index(code), offset, label)
    axes.set_title(labels.domain(domain), **TITLE)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.1), frameon=False, fontsize=8.5, handlelength=1.6)
    _frame(axes, series)


def _apart(figure: FigureBase, series: _Series, domain: str, groups: Sequence[tuple[str, str]], labels: Labels) -> None:
    """Draw a panel per group, with the lines of the others behind."""
    figure.suptitle(
        labels.words("other_groups_grey", domain=labels.domain(domain)), x=0.0, ha="left", fontsize=10, color=INK,
        fontweight="bold",
    )  # fmt: skip
    all_axes = figure.subplots(-(-len(groups) // ACROSS), ACROSS, squeeze=False).ravel()
    for axes in all_axes[len(groups) :]:
        axes.axis("off")
    for axes, (code, label) in zip(all_axes, groups, strict=False):
        for other, _ in groups:
            if other != code:
                y = [row["estimate"] if row and is_shown(row) else np.nan for row in series.of(domain, other)]
                axes.plot(range(len(y)), y, color=OTHERS, linewidth=1.0, zorder=1)
        _line(axes, series.of(domain, code), 0)
        axes.set_title(wrapped(label, 26), loc="left", fontsize=9, color=INK)
        _frame(axes, series, ends_only=True)


def _line(axes: Axes, rows: Sequence[Row | None], place: int, offset: float = 0.0, label: str = "") -> None:
    """Draw a group's line over the waves with its intervals; it breaks where a wave is withheld."""
    colour, marker = group_style(place)
    x = [wave + offset for wave in range(len(rows))]
    y = [row["estimate"] if row and is_shown(row) else np.nan for row in rows]
    axes.plot(x, y, color=colour, linewidth=1.6, marker=marker, markersize=5, label=label, zorder=3)
    for wave, row in zip(x, rows, strict=True):
        if row and is_shown(row):
            axes.plot([wave, wave], [row["low"], row["high"]], color=colour, linewidth=1.4, alpha=0.75, zorder=2)
            if row["status"] == "flagged":
                axes.plot(wave, row["estimate"], marker=marker, markersize=5, color=colour, mfc="white", zorder=4)


def _frame(axes: Axes, series: _Series, *, ends_only: bool = False) -> None:
    """Give a panel the waves below it and the part of the scale that all panels show."""
    plain_axes(axes, "y")
    number = len(series.waves)
    places = sorted({0, number - 1}) if ends_only else range(number)
    axes.set_xticks(list(places), [series.waves[place] for place in places])
    axes.set_xlim(-0.4, number - 0.6)
    axes.set_ylim(*series.limits)
    axes.yaxis.set_major_locator(MultipleLocator(10))
    if ends_only:
        axes.tick_params(labelsize=8, labelcolor=MUTED)


def _listed(rows: Sequence[Row | None], waves: Sequence[str], words: Words) -> str:
    values = [words.number(row["estimate"], 1) if row and is_shown(row) else words("withheld") for row in rows]
    return "; ".join(f"{value} ({wave})" for value, wave in zip(values, waves, strict=True))
