"""The figures of a report, drawn from published numbers only, each with its alternative text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from trustsurvey.publishing.drawing import (
    GROUP_COLOURS,
    GROUP_MARKERS,
    INK,
    MUTED,
    WITHHELD_FILL,
    Drawing,
    by_rows,
    new_figure,
    plain_axes,
    readable_on,
    to_svg,
    wrapped,
)
from trustsurvey.publishing.labels import Labels
from trustsurvey.publishing.words import Words

__all__ = ["distributions", "gaps_by_group", "gaps_by_measure", "nonresponse", "trend"]

ALL = "all"
LINE = 118  # characters of a legend that fit on a line
SMALLEST_NUMBERED = 5  # percent; smaller parts of a bar have no room for a number


def trend(estimates: pd.DataFrame, measure: str, domains: Sequence[str], labels: Labels) -> Drawing:
    """Draw one index over the waves: all residents above, a panel per grouping below, all with intervals."""
    rows = estimates[(estimates["measure"] == measure) & (estimates["wave"] != ALL)]
    waves = sorted(rows["wave"].unique())
    domains = [domain for domain in domains if (rows["domain"] == domain).any()]
    figure = new_figure(2.6 + (3.6 if domains else 0))
    grid = figure.add_gridspec(2 if domains else 1, max(len(domains), 1), height_ratios=[1, 1.25] if domains else [1])
    top = figure.add_subplot(grid[0, :])
    panels = [figure.add_subplot(grid[1, position], sharey=top) for position in range(len(domains))]
    everybody = rows[rows["domain"] == ALL]
    _series(top, everybody, waves, 0.0, 0, labels.words("all_residents"))
    for x, row in _points(everybody, waves):
        top.annotate(
            labels.words.number(row.estimate, 1),
            (x, row.high),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            color=INK,
        )
    top.set_title(labels.words("all_residents"), loc="left", fontsize=10, fontweight="bold", color=INK)
    for axes, domain in zip(panels, domains, strict=True):
        inside = rows[rows["domain"] == domain]
        groups = [(code, label) for code, label in labels.levels(domain) if (inside["level"] == code).any()]
        offsets = (np.arange(len(groups)) - (len(groups) - 1) / 2) * 0.07
        for position, ((code, label), offset) in enumerate(zip(groups, offsets, strict=True)):
            _series(axes, inside[inside["level"] == code], waves, float(offset), position, label)
        axes.set_title(labels.domain(domain), loc="left", fontsize=10, fontweight="bold", color=INK)
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(-0.02, -0.12),
            frameon=False,
            ncols=2 if len(groups) > 4 else 1,
            fontsize=8.5,
            handlelength=1.6,
        )
    low, high = rows["low"].min(), rows["high"].max()
    for axes in (top, *panels):
        plain_axes(axes)
        axes.set_xticks(range(len(waves)), waves)
        axes.set_xlim(-0.4, len(waves) - 0.6)
        axes.yaxis.set_major_locator(MultipleLocator(10))
    if pd.notna(low):
        top.set_ylim(max(0, np.floor((low - 1) / 10) * 10), min(100, np.ceil((high + 1) / 10) * 10))
    return Drawing(to_svg(figure, "trend"), _trend_alt(rows, measure, domains, waves, labels))


def _points(rows: pd.DataFrame, waves: Sequence[str]) -> list[tuple[int, pd.Series]]:
    """Return the shown rows with the position of their wave."""
    by_wave = rows.set_index("wave")
    found = []
    for position, wave in enumerate(waves):
        if wave in by_wave.index and pd.notna(by_wave.loc[wave, "estimate"]):
            found.append((position, by_wave.loc[wave]))
    return found


def _series(axes: Axes, rows: pd.DataFrame, waves: Sequence[str], offset: float, position: int, label: str) -> None:
    colour = GROUP_COLOURS[position % len(GROUP_COLOURS)]
    marker = GROUP_MARKERS[position % len(GROUP_MARKERS)]
    points = dict(_points(rows, waves))
    x = [wave + offset for wave in range(len(waves))]
    y = [points[wave].estimate if wave in points else np.nan for wave in range(len(waves))]
    axes.plot(x, y, color=colour, linewidth=1.6, marker=marker, markersize=5, label=label, zorder=3)
    for wave, row in points.items():
        axes.plot([wave + offset] * 2, [row.low, row.high], color=colour, linewidth=1.4, alpha=0.75, zorder=2)
        if row.status == "flagged":
            axes.plot(wave + offset, row.estimate, marker=marker, markersize=5, color=colour, mfc="white", zorder=4)


def _trend_alt(rows: pd.DataFrame, measure: str, domains: Sequence[str], waves: Sequence[str], labels: Labels) -> str:
    words = labels.words

    def listed(part: pd.DataFrame) -> str:
        by_wave = part.set_index("wave")["estimate"].reindex(waves)
        return "; ".join(f"{words.number(value, 1) or words('withheld')} ({wave})" for wave, value in by_wave.items())

    sentences = [words("alt_trend", measure=labels.measure(measure), values=listed(rows[rows["domain"] == ALL]))]
    for domain in domains:
        inside = rows[rows["domain"] == domain]
        for code, label in labels.levels(domain):
            if (inside["level"] == code).any():
                sentences.append(f"{label}{words('colon')} {listed(inside[inside['level'] == code])}.")
    return " ".join(sentences)


def gaps_by_group(gaps: pd.DataFrame, measure: str, wave: str, domains: Sequence[str], labels: Labels) -> Drawing:
    """Draw how far each group is from its reference group on one index, a panel per grouping."""
    words = labels.words
    rows = gaps[(gaps["measure"] == measure) & (gaps["wave"] == wave)]
    panels = []
    for domain in domains:
        inside = rows[rows["domain"] == domain].set_index("level")
        groups = [(code, label) for code, label in labels.levels(domain) if code in inside.index]
        if groups:
            panels.append((domain, inside, groups))
    heights = [len(groups) + 0.9 for _, _, groups in panels]
    figure = new_figure(0.6 + 0.36 * sum(heights))
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    said = [words("alt_gaps", measure=labels.measure(measure), wave=wave)]
    for axes, (domain, inside, groups) in zip(all_axes, panels, strict=True):
        reference = labels.level(domain, str(inside["reference"].iloc[0]))
        title = words("gap_panel", domain=labels.domain(domain), reference=reference)
        axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK)
        for position, (code, label) in enumerate(groups):
            row = inside.loc[code]
            _dot(axes, row, position, GROUP_COLOURS[0], "o")
            value = words.number(row.estimate, 1, sign=True) or words("withheld")
            said.append(f"{label}{words('colon')} {value}.")
        _rows(axes, [label for _, label in groups], words)
    all_axes[-1].set_xlabel(words("points_from_reference"), color=MUTED)
    _say_values(all_axes, panels, labels)
    return Drawing(to_svg(figure, "gaps"), " ".join(said))


def _say_values(
    all_axes: Sequence[Axes], panels: Sequence[tuple[str, pd.DataFrame, list[tuple[str, str]]]], labels: Labels
) -> None:
    """Write each gap at the right edge, in a column of its own."""
    words = labels.words
    for axes, (_, inside, groups) in zip(all_axes, panels, strict=True):
        for position, (code, _) in enumerate(groups):
            row = inside.loc[code]
            shown = pd.notna(row.estimate)
            axes.annotate(
                words.number(row.estimate, 1, sign=True) if shown else words("withheld"),
                (1.01, position),
                xycoords=("axes fraction", "data"),
                va="center",
                color=INK if shown else MUTED,
                fontstyle="normal" if shown else "italic",
            )


def gaps_by_measure(gaps: pd.DataFrame, measures: Sequence[str], wave: str, domain: str, labels: Labels) -> Drawing:
    """Draw the gaps of the groups of one grouping on every index."""
    words = labels.words
    rows = gaps[(gaps["domain"] == domain) & (gaps["wave"] == wave)].set_index(["measure", "level"])
    levels = labels.levels(domain)
    groups = [(code, label) for code, label in levels if code in rows.index.get_level_values("level")]
    places = [code for code, _ in levels]  # a group keeps the colour it has in the trend
    measures = [measure for measure in measures if measure in rows.index.get_level_values("measure")]
    reference = labels.level(domain, str(rows["reference"].iloc[0]))
    figure = new_figure(1.1 + 0.42 * len(measures))
    axes = figure.subplots()
    offsets = np.linspace(-0.16, 0.16, len(groups)) if len(groups) > 1 else [0.0]
    said = [words("alt_gaps_measures", domain=labels.domain(domain), reference=reference, wave=wave)]
    for number, (code, label) in enumerate(groups):
        place = places.index(code)
        colour, marker = GROUP_COLOURS[place % len(GROUP_COLOURS)], GROUP_MARKERS[place % len(GROUP_MARKERS)]
        values = []
        for position, measure in enumerate(measures):
            if (measure, code) not in rows.index:
                continue
            row = rows.loc[(measure, code)]
            _dot(axes, row, position + float(offsets[number]), colour, marker)
            values.append(f"{labels.measure(measure)} {words.number(row.estimate, 1, sign=True) or words('withheld')}")
        axes.plot([], [], color=colour, marker=marker, linewidth=1.4, label=label)
        said.append(f"{label}{words('colon')} {'; '.join(values)}.")
    _rows(axes, [labels.measure(measure) for measure in measures], words)
    axes.set_xlabel(words("points_from", reference=reference), color=MUTED)
    figure.legend(loc="outside upper left", frameon=False, ncols=2)
    return Drawing(to_svg(figure, f"gaps-{domain}"), " ".join(said))


def _dot(axes: Axes, row: pd.Series, position: float, colour: str, marker: str) -> None:
    """Draw an estimate and its interval on a row; nothing where it is withheld."""
    if pd.isna(row.estimate):
        return
    axes.plot([row.low, row.high], [position] * 2, color=colour, linewidth=1.6, zorder=2)
    face = "white" if row.status == "flagged" else colour
    axes.plot(row.estimate, position, color=colour, marker=marker, markersize=6, mfc=face, zorder=3)


def _rows(axes: Axes, names: Sequence[str], words: Words) -> None:
    """Give axes one labelled row per name, from the top down, and a line at zero."""
    plain_axes(axes, "x")
    axes.set_yticks(range(len(names)), [wrapped(name, 34) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, 0, sign=True)))


def distributions(items: pd.DataFrame, variables: Sequence[str], wave: str, labels: Labels, name: str) -> Drawing:
    """Draw the answers to some items with one set of answers as stacked bars of 100 %."""
    words = labels.words
    answers = labels.answers(variables[0])
    colours = _answer_colours(len(answers))
    rows = items[items["wave"] == wave].set_index(["variable", "level"])["estimate"]
    shares = {variable: [rows.get((variable, code), np.nan) for code, _ in answers] for variable in variables}
    handles = [
        Patch(color=colour, label=label)
        for colour, label in zip(colours, _with_ends(variables[0], labels), strict=True)
    ]
    if any(pd.isna(share) for each in shares.values() for share in each):
        handles.append(Patch(fc=WITHHELD_FILL, ec=MUTED, hatch="////", lw=0, label=words("withheld")))
    columns = _legend_columns([str(handle.get_label()) for handle in handles])
    texts = [wrapped(labels.item(variable), 98) for variable in variables]
    heights = [0.42 + 0.16 * (text.count("\n") + 1) for text in texts]  # inches
    head = 0.12 + 0.2 * -(-len(handles) // columns)
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
            f"{label} {words.percent(share, 1) if pd.notna(share) else words('withheld')}"
            for (_, label), share in zip(answers, shares[variable], strict=True)
        ]
        said.append(f"{labels.item(variable)}{words('colon')} {'; '.join(parts)}.")
        top += height
    axes.set_xlim(0, 100)
    axes.set_ylim(top, 0)
    axes.axis("off")
    figure.legend(
        handles=by_rows(handles, columns),
        loc="upper left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
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


def _stacked_bar(
    axes: Axes, shares: Sequence[float], colours: Sequence[tuple[float, ...]], middle: float, labels: Labels
) -> None:
    """Draw one bar of 100 %; what is withheld is grey and hatched at its end."""
    left = 0.0
    for share, colour in zip(shares, colours, strict=True):
        if pd.isna(share):
            continue
        axes.barh(middle, share, 0.26, left=left, color=colour, edgecolor="white", linewidth=0.5)
        if share >= SMALLEST_NUMBERED:
            number = labels.words.number(share, 0)
            axes.text(left + share / 2, middle, number, ha="center", va="center", color=readable_on(colour), fontsize=8)
        left += share
    if any(pd.isna(share) for share in shares):
        axes.barh(middle, 100 - left, 0.26, left=left, color=WITHHELD_FILL, edgecolor=MUTED, hatch="////", linewidth=0)


def _with_ends(variable: str, labels: Labels) -> list[str]:
    """Return the labels of an item's answers; those at the ends of a rating say what they mean."""
    names = [label for _, label in labels.answers(variable)]
    ends = labels.ends(variable)
    if ends and len(names) > 1:
        names[0], names[-1] = f"{names[0]} {ends[0]}", f"{names[-1]} {ends[1]}"
    return names


def _legend_columns(names: Sequence[str]) -> int:
    """Return how many entries of a legend fit beside each other."""
    if sum(len(name) + 4 for name in names) <= LINE:
        return len(names)
    return max(1, min(len(names), LINE // (max(len(name) for name in names) + 5)))


def _answer_colours(number: int) -> list[tuple[float, ...]]:
    """Return colours from brown by way of light grey to blue-green, which colour-blind readers tell apart."""
    ramp = colormaps["BrBG"]
    return [ramp(0.1 + 0.8 * position / max(number - 1, 1)) for position in range(number)]


def nonresponse(table: pd.DataFrame, wave: str, reasons: Sequence[str], labels: Labels) -> Drawing:
    """Draw the shares of don't know, refusal and skipping by origin, all items pooled."""
    words = labels.words
    rows = table[(table["variable"] == "any") & (table["wave"] == wave)].set_index(["reason", "origin"])
    known = [code for code, _ in labels.levels("origin")]
    present = set(rows.index.get_level_values("origin"))
    groups = [code for code in (ALL, *known, "unknown") if code in present]
    figure = new_figure(0.75 + 0.36 * len(groups))
    all_axes = figure.subplots(1, len(reasons), sharey=True, squeeze=False)[0]
    said = [words("alt_nonresponse", wave=wave)]
    for axes, reason in zip(all_axes, reasons, strict=True):
        plain_axes(axes, "x")
        values = []
        for position, code in enumerate(groups):
            label = labels.level("origin", code)
            if (reason, code) not in rows.index:
                continue
            row = rows.loc[(reason, code)]
            _dot(axes, row, position, INK if code == ALL else GROUP_COLOURS[0], "o")
            if pd.isna(row.estimate):
                axes.text(0.2, position, words("withheld"), va="center", color=MUTED, fontstyle="italic", fontsize=8.5)
            values.append(f"{label} {words.percent(row.estimate, 1) if pd.notna(row.estimate) else words('withheld')}")
        axes.set_title(wrapped(words(f"reason_{reason}"), 20), loc="left", fontsize=10, fontweight="bold", color=INK)
        axes.set_yticks(range(len(groups)), [wrapped(labels.level("origin", code), 30) for code in groups])
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.percent(value, 0)))
        said.append(f"{words(f'reason_{reason}')}{words('colon')} {'; '.join(values)}.")
    widest = max((axes.get_xlim()[1] for axes in all_axes), default=5.0)
    for axes in all_axes:
        axes.set_xlim(0, max(widest, 5.0))
    return Drawing(to_svg(figure, "nonresponse"), " ".join(said))
