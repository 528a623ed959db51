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

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.weighting.diagnostics.text import balanced, shortened

if TYPE_CHECKING:
    from trustsurvey.weighting.diagnostics.diagnosing import Diagnostics

__all__ = ["draw", "figure_names"]

_WIDTH = 7.5  # inches, which a notebook shows at 100 % with text of 9 points
_ROW = 0.2
_MOST_LEVELS = 60
_LABEL = 40
_INK, _MUTED, _GRID = "#1b1f24", "#5b6570", "#dfe3e8"
# Okabe and Ito (2008), without yellow, which is too light for lines on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#7f7f7f")
_BEFORE, _AFTER = _COLOURS[1], _COLOURS[0]
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "axes.unicode_minus": True,
}
_TOLERANCE = 1e-10


def figure_names() -> list[str]:
    """Return what can be drawn."""
    return list(_figures())


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
    with mpl.rc_context(_STYLE):
        return figures[of](diagnostics)


def _figures() -> dict[str, Callable[[Diagnostics], Figure]]:
    return {
        "margins": _margins,
        "balance": _balance,
        "weights": _weights,
        "influence": _influence,
        "convergence": _convergence,
        "effects": _effects,
    }


def _new(height: float, width: float = _WIDTH) -> Figure:
    return Figure(figsize=(width, height), layout="constrained", dpi=100, facecolor="white")


def _plain(axes: Axes, grid: str = "x") -> None:
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, colors=_INK, labelsize=9)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color=_GRID, linewidth=0.8)  # type: ignore[arg-type]


def _margins(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.margins
    if table.empty:
        raise InputError("the weights were not calibrated, so there are no margins to draw")
    balance = diagnostics.balance.iloc[: len(table)]
    labels = [f"{level}  (n {n})" for level, n in zip(table["level"].map(_label), table["n"], strict=True)]
    deviation = (table["before"] / table["target"] - 1).replace([np.inf, -np.inf], np.nan)
    frame = pd.DataFrame(
        {
            "group": table["margin"],
            "label": labels,
            "before": 100 * deviation,
            "after": 100 * table["gap"],
            "order": balance["difference_before"].abs().to_numpy(),
        }
    )
    figure, axes, left_out = _rows(frame)
    axes.axvline(0, color=_INK, linewidth=1, zorder=1)
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
    outside = ~table["variable"].isin(diagnostics.margins["margin"])
    group = table["variable"] + ("  (no margin; against the " + table["reference"] + ")").where(outside, "")
    frame = pd.DataFrame(
        {
            "group": group,
            "label": table["level"].map(_label),
            "before": table["difference_before"],
            "after": table["difference_after"],
            "order": table["difference_before"].abs().fillna(0),
        }
    )
    figure, axes, left_out = _rows(frame)
    axes.axvline(0, color=_INK, linewidth=1, zorder=1)
    for limit in (-balanced(), balanced()):
        axes.axvline(limit, color=_MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    reach = max(1.5 * balanced(), float(np.nanmax(np.abs(frame[["before", "after"]].to_numpy()))) * 1.08)
    axes.set_xlim(-reach, reach)
    axes.set_xlabel(f"standardised difference; dashed: {balanced():g}")
    _finish(figure, axes, "Balance before and after weighting", left_out)
    return figure


def _rows(frame: pd.DataFrame) -> tuple[Figure, Axes, int]:
    """Draw before and after of each level in a row, under the name of its group; return how many were left out."""
    left_out = max(0, len(frame) - _MOST_LEVELS)
    if left_out:
        kept = frame["order"].sort_values(ascending=False, kind="stable").index[:_MOST_LEVELS]
        frame = frame.loc[sorted(kept)]
    groups = list(dict.fromkeys(frame["group"]))
    rows = len(frame) + 1.4 * len(groups)
    figure = _new(1.15 + _ROW * rows)
    axes = figure.add_subplot()
    _plain(axes)
    place = 0.0
    ticks: list[float] = []
    names: list[str] = []
    for group in groups:
        mine = frame[frame["group"] == group]
        place += 0.4
        axes.text(
            0.004,
            place,
            shortened(group, 90),
            transform=axes.get_yaxis_transform(),
            va="center",
            weight="bold",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            zorder=5,
        )
        at = place + 1 + np.arange(len(mine))
        axes.hlines(at, mine["before"], mine["after"], color=_GRID, linewidth=2.5, zorder=2)
        axes.plot(
            mine["before"],
            at,
            "o",
            markersize=5.5,
            markerfacecolor="white",
            markeredgecolor=_BEFORE,
            markeredgewidth=1.4,
            zorder=3,
            label="before" if not ticks else None,
        )
        axes.plot(mine["after"], at, "o", markersize=5, color=_AFTER, zorder=4, label="after" if not ticks else None)
        ticks += at.tolist()
        names += mine["label"].tolist()
        place = float(at[-1]) + 1
    axes.set_yticks(ticks, names)
    axes.tick_params(axis="y", labelsize=8.5)
    axes.set_ylim(place - 0.2, -0.3)
    return figure, axes, left_out


def _finish(figure: Figure, axes: Axes, title: str, left_out: int) -> None:
    said = f" (the {_MOST_LEVELS} levels furthest off; {left_out} more are not shown)" if left_out else ""
    figure.suptitle(title + said, x=0.01, ha="left", fontsize=10, weight="bold")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=9)


def _weights(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.histogram
    kinds = list(dict.fromkeys(table["of"]))
    figure = _new(3.0)
    panels = figure.subplots(1, len(kinds), squeeze=False)[0]
    quantiles = diagnostics.weights
    for axes, kind in zip(panels, kinds, strict=True):
        mine = table[table["of"] == kind]
        _plain(axes, "y")
        width = mine["upper"] - mine["lower"]
        axes.bar(mine["lower"], mine["n"], width=width, align="edge", color=_AFTER, edgecolor="white", linewidth=0.4)
        axes.axvline(1, color=_INK, linewidth=1)
        axes.set_ylabel("respondents")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        if kind == "weight":
            last = diagnostics.steps.iloc[-1]
            mean = last["sum"] / last["n"]
            low, high = quantiles["weight"].iloc[[0, -1]] / mean
            axes.set_title("Weights")
            axes.set_xlabel(f"weight over mean weight: {low:.2f} to {high:.2f}\nKish effect {diagnostics.kish:.2f}")
            continue
        bounds = diagnostics.bounds.iloc[-1]
        axes.set_title("Weight over base weight")
        for name in ("lower", "upper"):
            if np.isfinite(bounds[name]):
                axes.axvline(bounds[name], color=_BEFORE, linewidth=1.4, linestyle=(0, (4, 3)))
        low, high = mine["lower"].iloc[0], mine["upper"].iloc[-1]
        if np.isnan(bounds["lower"]):
            axes.set_xlabel(f"g-weight over its mean: {low:.2f} to {high:.2f}\nno bounds")
        else:
            axes.set_xlabel(f"g-weight: {low:.2f} to {high:.2f}\nbounds {bounds['lower']:g} to {bounds['upper']:g}")
    return figure


def _influence(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.without
    if table.empty:
        return _concentration(diagnostics)
    variables = list(dict.fromkeys(table["variable"]))
    rows = len(table) // len(variables)
    figure = _new(0.9 + (0.5 + 0.26 * rows) * len(variables))
    panels = figure.subplots(len(variables), 1, squeeze=False)[:, 0]
    for axes, variable in zip(panels, variables, strict=True):
        mine = table[table["variable"] == variable]
        _plain(axes)
        at = np.arange(len(mine))
        axes.axvspan(-1.96, 1.96, color="#eaf2f8", zorder=0)
        axes.axvline(0, color=_INK, linewidth=1, zorder=1)
        axes.hlines(at, 0, mine["change_in_se"], color=_GRID, linewidth=2.5, zorder=2)
        axes.plot(mine["change_in_se"], at, "o", markersize=6, color=_AFTER, zorder=3)
        names = [
            "all weights" if without == "none" else f"without the largest {without} ({share:.1%} of the total)"
            for without, share in zip(mine["without"], mine["share"], strict=True)
        ]
        axes.set_yticks(at, [name.replace("largest 1 weight ", "largest weight ") for name in names])
        for place, change, estimate in zip(at, mine["change_in_se"], mine["estimate"], strict=True):
            if np.isfinite(change):
                axes.annotate(
                    f"{estimate:#.4g}",
                    (change, place),
                    (6, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                    color=_MUTED,
                )
        reach = max(2.4, float(np.nanmax(np.abs(mine["change_in_se"]), initial=0)) * 1.2)
        axes.set_xlim(-reach, 1.15 * reach)
        axes.set_ylim(len(mine) - 0.4, -0.6)
        axes.set_title(f"Mean of {shortened(variable, 50)} without the largest weights")
    panels[-1].set_xlabel("change in standard errors; shaded: the 95 % interval")
    return figure


def _concentration(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.largest
    if table.empty:
        raise InputError("there are too few weights to draw the largest of them")
    figure = _new(0.9 + 0.28 * len(table))
    axes = figure.add_subplot()
    _plain(axes)
    at = np.arange(len(table))
    total = float(diagnostics.steps["n"].iloc[-1])
    axes.barh(at, 100 * table["share"], height=0.6, color=_AFTER, label="share of the total weight")
    axes.plot(
        100 * table["n"] / total, at, "|", markersize=14, markeredgewidth=2, color=_INK, label="if all were equal"
    )
    axes.set_yticks(at, [f"largest {name}" if name != "1 weight" else "largest weight" for name in table["largest"]])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.set_title("What the largest weights carry")
    figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    return figure


def _convergence(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.trace
    if table.empty:
        raise InputError("the weights were not calibrated, so there is no convergence to draw")
    numbers = list(dict.fromkeys(table["calibration"]))
    figure = _new(3.3 if len(numbers) < 3 else 3.0 * ((len(numbers) + 1) // 2), _WIDTH)
    columns = min(2, len(numbers))
    panels = figure.subplots(-(-len(numbers) // columns), columns, squeeze=False, sharey=True).ravel()
    for axes in panels[len(numbers) :]:
        axes.set_visible(False)
    margins = list(dict.fromkeys(table["margin"]))
    least = 1e-16
    for axes, number in zip(panels, numbers, strict=False):
        mine = table[table["calibration"] == number]
        _plain(axes, "y")
        axes.set_yscale("log")
        axes.axhline(_TOLERANCE, color=_MUTED, linewidth=1, linestyle=(0, (4, 3)))
        for margin in dict.fromkeys(mine["margin"]):
            place = margins.index(margin)
            line = mine[mine["margin"] == margin]
            axes.plot(
                line["iteration"],
                np.maximum(line["largest_gap"], least),
                marker="osD^vP"[place % 6],
                markersize=4,
                linewidth=1.3,
                color=_COLOURS[place % len(_COLOURS)],
                label=shortened(margin, 40),
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


def _effects(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.effects
    names = [name for name in table.columns if name not in ("step", "what", "n", "kish", "n_effective")]
    labels = table[names].astype(str).agg(", ".join, axis=1) if names else pd.Series("everybody", index=table.index)
    order = list(dict.fromkeys(labels))
    left_out = max(0, len(order) - _MOST_LEVELS)
    order = order[:_MOST_LEVELS]
    figure = _new(1.1 + 1.25 * _ROW * len(order))
    axes = figure.add_subplot()
    _plain(axes)
    steps = list(dict.fromkeys(table["step"]))
    for step in steps:
        mine = table[table["step"] == step]
        kish = dict(zip(labels[mine.index], mine["kish"], strict=True))
        values = [kish[label] for label in order]
        last = step == steps[-1]
        axes.plot(
            values,
            np.arange(len(order)),
            "osD^vP"[step % 6],
            markersize=6,
            zorder=3 + step,
            color=_COLOURS[(0 if last else 1 + step) % len(_COLOURS)],
            markerfacecolor=None if last else "white",
            label=f"{step} {mine['what'].iloc[0]}",
        )
    axes.axvline(1, color=_INK, linewidth=1)
    axes.margins(x=0.06)
    axes.set_yticks(np.arange(len(order)), [shortened(label, _LABEL) for label in order])
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlabel("Kish effect after each step; 1: equal weights")
    said = f" ({left_out} domains more are not shown)" if left_out else ""
    figure.suptitle("Design effect of unequal weights" + said, x=0.01, ha="left", fontsize=10, weight="bold")
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=9)
    return figure


def _label(level: object) -> str:
    return shortened(str(level), _LABEL)
