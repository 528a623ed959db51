"""Diagnostics as figures, each a matplotlib figure of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trustsurvey.drawing import COLOURS, GRID, INK, MUTED, plain_axes
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.weighting.diagnostics.drawing import AFTER, BEFORE, LABEL, MOST_LEVELS, ROW, STYLE, new_figure
from trustsurvey.weighting.diagnostics.labels import apart, plain, shortened
from trustsurvey.weighting.diagnostics.spread_figures import draw_effects, draw_influence, draw_weights
from trustsurvey.weighting.diagnostics.text import balanced

if TYPE_CHECKING:
    from trustsurvey.weighting.diagnostics.diagnosing import Diagnostics

__all__ = ["draw"]

_TOLERANCE = 1e-10
_NAME = 24
_GROUP = 56


def draw(diagnostics: Diagnostics, of: str) -> Figure:
    """Draw one of the figures.

    Raises
    ------
    UnknownNameError
        No such figure.
    InputError
        There is nothing to draw.
    """
    figures = _figures()
    if not isinstance(of, str) or of not in figures:
        raise UnknownNameError("figure", of, figures)
    with mpl.rc_context(STYLE):
        return figures[of](diagnostics)


def _figures() -> dict[str, Callable[[Diagnostics], Figure]]:
    return {
        "margins": _margins,
        "balance": _balance,
        "weights": draw_weights,
        "influence": draw_influence,
        "convergence": _convergence,
        "effects": draw_effects,
    }


def _margins(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.margins
    if table.empty:
        raise InputError("the weights were not calibrated, so there are no margins to draw")
    balance = diagnostics.balance.iloc[: len(table)]
    labels = [f"{level}  (n {n})" for level, n in zip(_labels(table), table["n"], strict=True)]
    deviation = (table["before"] / table["target"] - 1).replace([np.inf, -np.inf], np.nan)
    frame = pd.DataFrame(
        {
            "group": _margin_names(diagnostics),
            "label": labels,
            "before": 100 * deviation,
            "after": 100 * table["gap"],
            "order": balance["difference_before"].abs().to_numpy(),
        }
    )
    figure, axes, left_out = _rows(frame)
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0f} %" if value else "target"))
    axes.set_xlabel("weighted count, from its target")
    axes.margins(x=0.06)
    _finish(figure, axes, "Margins before and after weighting", left_out)
    return figure


def _balance(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.balance
    if table.empty:
        raise InputError(
            "there is no balance to draw: calibrate first, or name covariates in diagnostics(covariates=...)"
        )
    covariates = table.iloc[len(diagnostics.margins) :]
    group = [
        *_margin_names(diagnostics),
        *(
            f"{shortened(variable, _NAME)}  (no margin; against the {reference})"
            for variable, reference in zip(covariates["variable"], covariates["reference"], strict=True)
        ),
    ]
    frame = pd.DataFrame(
        {
            "group": group,
            "label": _labels(table),
            "before": table["difference_before"],
            "after": table["difference_after"],
            "order": table["difference_before"].abs().fillna(0),
        }
    )
    figure, axes, left_out = _rows(frame)
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    for limit in (-balanced(), balanced()):
        axes.axvline(limit, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    reach = max(1.5 * balanced(), 1.08 * float(np.nanmax(np.abs(frame[["before", "after"]].to_numpy()), initial=0)))
    axes.set_xlim(-reach, reach)
    axes.set_xlabel(f"standardised difference; dashed: {balanced():g}")
    _finish(figure, axes, "Balance before and after weighting", left_out)
    return figure


def _margin_names(diagnostics: Diagnostics) -> list[str]:
    """Return the name of the margin of each level, with its calibration where several have one of the name."""
    table = diagnostics.convergence
    several = table["margin"].duplicated(keep=False)
    names = [
        f"{shortened(str(margin), _NAME)}  (calibration {number})" if again else str(margin)
        for margin, number, again in zip(table["margin"], table["calibration"], several, strict=True)
    ]
    return [name for name, levels in zip(names, table["levels"].tolist(), strict=True) for _ in range(levels)]


def _rows(frame: pd.DataFrame) -> tuple[Figure, Axes, int]:
    """Draw before and after of each level in a row, under the name of its group; return how many were left out."""
    left_out = max(0, len(frame) - MOST_LEVELS)
    if left_out:
        kept = frame["order"].sort_values(ascending=False, kind="stable").index[:MOST_LEVELS]
        frame = frame.loc[sorted(kept)]
    groups = list(dict.fromkeys(frame["group"]))
    rows = len(frame) + 1.4 * len(groups)
    figure = new_figure(1.15 + ROW * rows)
    axes = figure.add_subplot()
    plain_axes(axes)
    place = 0.0
    ticks: list[float] = []
    names: list[str] = []
    for group in groups:
        mine = frame[frame["group"] == group]
        place += 0.4
        axes.text(
            0.004,
            place,
            plain(shortened(group, _GROUP)),
            transform=axes.get_yaxis_transform(),
            va="center",
            weight="bold",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            zorder=5,
        )
        at = place + 1 + np.arange(len(mine))
        axes.hlines(at, mine["before"], mine["after"], color=GRID, linewidth=2.5, zorder=2)
        axes.plot(
            mine["before"],
            at,
            "o",
            markersize=5.5,
            markerfacecolor="white",
            markeredgecolor=BEFORE,
            markeredgewidth=1.4,
            zorder=3,
            label="before" if not ticks else None,
        )
        axes.plot(mine["after"], at, "o", markersize=5, color=AFTER, zorder=4, label="after" if not ticks else None)
        ticks += at.tolist()
        names += mine["label"].tolist()
        place = float(at[-1]) + 1
    axes.set_yticks(ticks, names)
    axes.tick_params(axis="y", labelsize=8.5)
    axes.set_ylim(place - 0.2, -0.3)
    return figure, axes, left_out


def _finish(figure: Figure, axes: Axes, title: str, left_out: int) -> None:
    said = f" (the {MOST_LEVELS} levels furthest off; {left_out} more are not shown)" if left_out else ""
    figure.suptitle(title + said, x=0.01, ha="left", fontsize=10, weight="bold")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=9)


def _convergence(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.trace
    if table.empty:
        raise InputError("the weights were not calibrated, so there is no convergence to draw")
    numbers = list(dict.fromkeys(table["calibration"]))
    figure = new_figure(3.3 if len(numbers) < 3 else 3.0 * ((len(numbers) + 1) // 2))
    columns = min(2, len(numbers))
    panels = figure.subplots(-(-len(numbers) // columns), columns, squeeze=False, sharey=True).ravel()
    for axes in panels[len(numbers) :]:
        axes.set_visible(False)
    margins = list(dict.fromkeys(table["margin"]))
    least = 1e-16
    for axes, number in zip(panels, numbers, strict=False):
        mine = table[table["calibration"] == number]
        plain_axes(axes, "y")
        axes.set_yscale("log")
        axes.axhline(_TOLERANCE, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        for margin in dict.fromkeys(mine["margin"]):
            place = margins.index(margin)
            line = mine[mine["margin"] == margin]
            axes.plot(
                line["iteration"],
                np.maximum(line["largest_gap"], least),
                marker="osD^vP"[place % 6],
                markersize=4,
                linewidth=1.3,
                color=COLOURS[place % len(COLOURS)],
                label=plain(shortened(margin, LABEL)),
            )
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.set_xlabel("iteration")
        method = diagnostics.convergence.loc[diagnostics.convergence["calibration"] == number, "method"].iloc[0]
        axes.set_title(f"Calibration {number}: {method}" if len(numbers) > 1 else f"Convergence: {method}")
    panels[0].set_ylabel("largest relative gap of the margin\n(dashed: tolerance)")
    found: dict[str, Any] = {}
    for axes in panels[: len(numbers)]:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(
        found.values(), found.keys(), loc="outside lower left", ncols=min(3, len(found)), frameon=False, fontsize=9
    )
    return figure


def _labels(table: pd.DataFrame) -> list[str]:
    return [plain(label) for label in apart(table["level"].astype(str), LABEL)]
