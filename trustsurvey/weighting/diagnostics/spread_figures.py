"""Figures of how weights are spread: histograms, the largest of them, Kish effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trustsurvey.drawing import COLOURS, GRID, INK, MUTED, plain_axes
from trustsurvey.errors import InputError
from trustsurvey.weighting.diagnostics.drawing import AFTER, BEFORE, LABEL, MOST_LEVELS, ROW, new_figure
from trustsurvey.weighting.diagnostics.labels import apart, four_digits, per_cent, plain, shortened
from trustsurvey.weighting.diagnostics.steps import EFFECTS

if TYPE_CHECKING:
    from trustsurvey.weighting.diagnostics.diagnosing import Diagnostics

__all__ = ["draw_effects", "draw_influence", "draw_weights"]


def draw_weights(diagnostics: Diagnostics) -> Figure:
    """Draw histograms of the weights and of the g-weights."""
    table = diagnostics.histogram
    kinds = list(dict.fromkeys(table["of"]))
    figure = new_figure(3.0)
    panels = figure.subplots(1, len(kinds), squeeze=False)[0]
    quantiles = diagnostics.weights
    for axes, kind in zip(panels, kinds, strict=True):
        mine = table[table["of"] == kind]
        plain_axes(axes, "y")
        width = mine["upper"] - mine["lower"]
        axes.bar(mine["lower"], mine["n"], width=width, align="edge", color=AFTER, edgecolor="white", linewidth=0.4)
        axes.axvline(1, color=INK, linewidth=1)
        axes.set_ylabel("respondents")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_locator(MaxNLocator(6))
        if kind == "weight":
            low, high = quantiles["weight"].iloc[[0, -1]] * diagnostics.n / diagnostics.total
            axes.set_title("Weights")
            axes.set_xlabel(f"weight over mean weight: {low:.2f} to {high:.2f}\nKish effect {diagnostics.kish:.2f}")
            continue
        bounds = diagnostics.bounds.iloc[-1]
        axes.set_title("Weight over base weight")
        for name in ("lower", "upper"):
            if np.isfinite(bounds[name]):
                axes.axvline(bounds[name], color=BEFORE, linewidth=1.4, linestyle=(0, (4, 3)))
        if np.isnan(bounds["lower"]):
            axes.set_xlabel("g-weight over its mean\nno bounds")
        else:
            reached = f"{bounds['smallest']:.2f} to {bounds['largest']:.2f}"
            axes.set_xlabel(f"g-weight: {reached}\nbounds {bounds['lower']:g} to {bounds['upper']:g}")
    return figure


def draw_influence(diagnostics: Diagnostics) -> Figure:
    """Draw means without the largest weights, or what these carry where no variable was named."""
    table = diagnostics.without
    if table.empty:
        return _concentration(diagnostics)
    variables = list(dict.fromkeys(table["variable"]))
    rows = len(table) // len(variables)
    figure = new_figure(0.9 + (0.5 + 0.26 * rows) * len(variables))
    panels = figure.subplots(len(variables), 1, squeeze=False)[:, 0]
    for axes, variable in zip(panels, variables, strict=True):
        mine = table[table["variable"] == variable]
        plain_axes(axes)
        at = np.arange(len(mine))
        axes.axvspan(-1.96, 1.96, color="#eaf2f8", zorder=0)
        axes.axvline(0, color=INK, linewidth=1, zorder=1)
        axes.hlines(at, 0, mine["change_in_se"], color=GRID, linewidth=2.5, zorder=2)
        axes.plot(mine["change_in_se"], at, "o", markersize=6, color=AFTER, zorder=3)
        names = [
            "all weights" if without == "none" else f"without the largest {without} ({per_cent(share)} of the total)"
            for without, share in zip(mine["without"], mine["share"], strict=True)
        ]
        axes.set_yticks(at, [name.replace("largest 1 weight ", "largest weight ") for name in names])
        for place, change, estimate in zip(at, mine["change_in_se"], mine["estimate"], strict=True):
            if np.isfinite(change):
                axes.annotate(
                    four_digits(estimate),
                    (change, place),
                    (6, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                    color=MUTED,
                )
        reach = max(2.4, float(np.nanmax(np.abs(mine["change_in_se"]), initial=0)) * 1.2)
        axes.set_xlim(-reach, 1.15 * reach)
        axes.set_ylim(len(mine) - 0.4, -0.6)
        axes.set_title(f"Mean of {plain(shortened(variable, 34))}")
    panels[-1].set_xlabel("change in standard errors; shaded: the 95 % interval")
    return figure


def _concentration(diagnostics: Diagnostics) -> Figure:
    table = diagnostics.largest
    if table.empty:
        raise InputError("there are too few weights to draw the largest of them")
    figure = new_figure(0.9 + 0.28 * len(table))
    axes = figure.add_subplot()
    plain_axes(axes)
    at = np.arange(len(table))
    axes.barh(at, 100 * table["share"], height=0.6, color=AFTER, label="share of the total weight")
    axes.plot(
        100 * table["n"] / diagnostics.n,
        at,
        "|",
        markersize=14,
        markeredgewidth=2,
        color=INK,
        label="if all were equal",
    )
    axes.set_yticks(at, [f"largest {name}" if name != "1 weight" else "largest weight" for name in table["largest"]])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    axes.set_title("What the largest weights carry")
    figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    return figure


def draw_effects(diagnostics: Diagnostics) -> Figure:
    """Draw the Kish effect after each step, in each domain."""
    table = diagnostics.effects
    if table.empty:
        raise InputError("the domain of nobody is known, so there is no Kish effect to draw")
    names = [name for name in table.columns if name not in EFFECTS]
    labels = table[names].astype(str).agg(", ".join, axis=1) if names else pd.Series("everybody", index=table.index)
    order = list(dict.fromkeys(labels))
    left_out = max(0, len(order) - MOST_LEVELS)
    order = order[:MOST_LEVELS]
    figure = new_figure(1.1 + 1.25 * ROW * len(order))
    axes = figure.add_subplot()
    plain_axes(axes)
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
            color=COLOURS[(0 if last else 1 + step) % len(COLOURS)],
            markerfacecolor=None if last else "white",
            label=f"{step} {mine['what'].iloc[0]}",
        )
    axes.axvline(1, color=INK, linewidth=1)
    axes.margins(x=0.06)
    axes.set_yticks(np.arange(len(order)), [plain(label) for label in apart(order, LABEL)])
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlabel("Kish effect after each step; 1: equal weights")
    said = f" ({left_out} domains more are not shown)" if left_out else ""
    figure.suptitle("Design effect of unequal weights" + said, x=0.01, ha="left", fontsize=10, weight="bold")
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=9)
    return figure
