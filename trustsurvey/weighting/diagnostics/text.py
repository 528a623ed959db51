"""Diagnostics as a summary for a terminal, and as tables for a notebook."""

from __future__ import annotations

import html
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trustsurvey.weighting.diagnostics.labels import apart, classes, four_digits, number, per_cent, shortened
from trustsurvey.weighting.diagnostics.steps import EFFECTS

if TYPE_CHECKING:
    from trustsurvey.weighting.diagnostics.diagnosing import Diagnostics

__all__ = ["as_html", "as_text", "balanced"]

_WIDTH = 100
_LEVELS = 8
_ROWS = 20
_BALANCED = 0.1
_TEXT = ("", "class", "margin", "variable", "level", "compared with", "without", "bounds", "factors")


def balanced() -> float:
    """Return the standardised difference up to which a level is taken as balanced."""
    return _BALANCED


def as_text(diagnostics: Diagnostics) -> str:
    """Return what a researcher reads first, in some forty lines."""
    sections = [_headline(diagnostics)]
    sections += [f"{title}\n{_indented(table)}" for title, table in _sections(diagnostics, _LEVELS) if not table.empty]
    if diagnostics.choices:
        choices = [
            textwrap.fill(choice, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
            for choice in diagnostics.choices
        ]
        sections.append("Choices\n" + "\n".join(choices))
    return "\n\n".join(sections)


def as_html(diagnostics: Diagnostics) -> str:
    """Return the same with whole tables."""
    parts = [f"<p>{html.escape(line)}</p>" for line in _headline(diagnostics).splitlines()]
    for title, table in _sections(diagnostics, None):
        if not table.empty:
            parts.append(f"<h4>{html.escape(title)}</h4>{table.to_html(index=False, border=0)}")
    if diagnostics.choices:
        listed = "".join(f"<li>{html.escape(choice)}</li>" for choice in diagnostics.choices)
        parts.append(f"<h4>Choices</h4><ul>{listed}</ul>")
    return "\n".join(parts)


def _headline(diagnostics: Diagnostics) -> str:
    quantiles = diagnostics.weights["weight"].to_numpy()
    mean = diagnostics.total / diagnostics.n
    everybody = int(diagnostics.steps["n"].iloc[-1])
    lines = [
        f"Weights of {diagnostics.n} respondents, which sum to {number(diagnostics.total)}",
        f"  Kish effect {diagnostics.kish:.3f}: they count as {diagnostics.n_effective:.0f} with equal weights",
        f"  from {quantiles[0] / mean:.2f} to {quantiles[-1] / mean:.2f} times the mean weight of {number(mean)}",
    ]
    if diagnostics.n < everybody:
        lines.insert(1, f"  in a domain; steps, margins and g-weights are those of all {everybody} respondents")
    if len(diagnostics.largest):
        top = diagnostics.largest[diagnostics.largest["largest"] == "1 %"]
        if len(top):
            row = top.iloc[0]
            lines.append(f"  the {row['n']} largest (1 %) carry {per_cent(row['share'])} of the total")
    if len(diagnostics.balance):
        before = diagnostics.balance["difference_before"].abs()
        after = diagnostics.balance["difference_after"].abs()
        lines.append(
            f"  standardised difference above {_BALANCED:g}: {int((before > _BALANCED).sum())} of {len(before)} levels "
            f"before weighting (largest {before.max():.2f}), {int((after > _BALANCED).sum())} after "
            f"(largest {after.max():.2f})"
        )
    return "\n".join(lines)


def _sections(diagnostics: Diagnostics, levels: int | None) -> list[tuple[str, pd.DataFrame]]:
    sections = [("Steps", _steps(diagnostics.steps))]
    if len(diagnostics.effects.columns) > len(EFFECTS):
        table = _effects(diagnostics.effects)
        cut = levels is not None and len(table) > _ROWS
        title = f"The {_ROWS} largest of {len(table)} Kish effects by domain" if cut else "Kish effect by domain"
        sections.append((title, _furthest(table, diagnostics.effects["kish"].iloc[-len(table) :], cut)))
    if len(diagnostics.response):
        table = diagnostics.response.sort_values("response_rate", kind="stable")
        cut = levels is not None and len(table) > levels
        title = f"The {levels} lowest of {len(table)} response rates" if cut else "Response rates"
        sections.append((title, _response(table[:levels] if levels else table)))
    if len(diagnostics.convergence):
        sections.append(("Margins", _margins(diagnostics)))
        table = diagnostics.margins
        total = table["target"].abs().groupby(table["margin"]).transform("sum")
        order = ((table["before"] - table["target"]) / total).abs().sort_values(ascending=False, kind="stable").index
        shown = table.loc[order[:levels]] if levels else table
        title = f"The {len(shown)} levels that were furthest off" if levels and len(table) > levels else "Levels"
        sections.append((title, _levels(shown)))
    covariates = diagnostics.balance.iloc[len(diagnostics.margins) :]
    if len(covariates):
        cut = levels is not None and len(covariates) > _ROWS
        title = "Covariates outside the margins"
        title = f"{title}: the {_ROWS} of {len(covariates)} levels that are furthest off" if cut else title
        sections.append((title, _balance(_furthest(covariates, covariates["difference_after"].abs(), cut))))
    if len(diagnostics.bounds):
        sections.append(("Weight over base weight", _bounds(diagnostics.bounds)))
    if len(diagnostics.without):
        sections.append(("Means without the largest weights", _without(diagnostics.without)))
        sections.append(("Change of the mean without one respondent, in standard errors", _influence(diagnostics)))
    return sections


def _steps(table: pd.DataFrame) -> pd.DataFrame:
    what = [
        f"{what}: {method} ({shortened(variables or 'everybody')})" if method else what
        for what, method, variables in zip(table["what"], table["method"], table["variables"], strict=True)
    ]
    factors = [
        "" if np.isnan(low) else f"{number(low)} to {number(high)}"
        for low, high in zip(table["smallest_factor"], table["largest_factor"], strict=True)
    ]
    return pd.DataFrame(
        {
            "": table["step"].astype(str) + " " + pd.Series(what, index=table.index),
            "n": table["n"],
            "sum": table["sum"].map(number),
            "smallest": table["smallest"].map(number),
            "median": table["median"].map(number),
            "largest": table["largest"].map(number),
            "Kish": table["kish"].map("{:.3f}".format),
            "factors": factors,
        }
    )


def _furthest(table: pd.DataFrame, size: pd.Series, cut: bool) -> pd.DataFrame:
    """Return the rows of the largest sizes (rows,), the largest first; all of them as they are unless ``cut``."""
    return table.iloc[np.argsort(-size.to_numpy(), kind="stable")[:_ROWS]] if cut else table


def _effects(table: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in table.columns if name not in EFFECTS]
    last = table[table["step"] == table["step"].max()]
    shown = pd.DataFrame({name: apart(last[name].astype(str)) for name in names})
    for step, each in table.groupby("step"):
        shown[f"after {step}"] = each["kish"].map("{:.3f}".format).to_numpy()
    return shown.assign(n=last["n"].to_numpy(), n_effective=last["n_effective"].map("{:.1f}".format).to_numpy())


def _response(table: pd.DataFrame) -> pd.DataFrame:
    factors = [
        number(low) if high <= low * (1 + 1e-9) else f"{number(low)} to {number(high)}"
        for low, high in zip(table["smallest_factor"], table["largest_factor"], strict=True)
    ]
    return pd.DataFrame(
        {
            "step": table["step"],
            "class": apart(classes(table["class"])),
            "n": table["n"],
            "respondents": table["respondents"],
            "rate": table["response_rate"].map(per_cent),
            "factors": factors,
        }
    )


def _margins(diagnostics: Diagnostics) -> pd.DataFrame:
    table = diagnostics.margins
    rows = []
    position = 0
    levels: list[int] = diagnostics.convergence["levels"].tolist()
    for each, count in zip(diagnostics.convergence.itertuples(), levels, strict=True):
        mine = table.iloc[position : position + count]
        position += count
        total = mine["target"].abs().sum() or 1.0
        rows.append(
            {
                "margin": shortened(str(each.margin)),
                "levels": count,
                "smallest n": mine["n"].min(),
                "largest gap before": f"{per_cent(((mine['before'] - mine['target']).abs() / total).max())} of total",
                "relative gap after": f"{mine['gap'].abs().max():.1e}",
                "iterations": each.iterations,
            }
        )
    return pd.DataFrame(rows)


def _levels(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "margin": apart(table["margin"].astype(str)),
            "level": apart(table["level"].astype(str)),
            "target": table["target"].map(number),
            "before": table["before"].map(number),
            "after": table["after"].map(number),
            "gap": table["gap"].map("{:+.1e}".format),
            "n": table["n"],
        }
    )


def _balance(table: pd.DataFrame) -> pd.DataFrame:
    shown = pd.DataFrame(
        {
            "variable": apart(table["variable"]),
            "level": apart(table["level"].astype(str)),
            "compared with": table["reference"],
        }
    )
    for name in ("target", "before", "after"):
        shown[name] = table[name].map(four_digits)
    for name in ("difference_before", "difference_after"):
        shown[name.replace("_", " ")] = table[name].map("{:+.3f}".format)
    return shown


def _bounds(table: pd.DataFrame) -> pd.DataFrame:
    bounds = [
        "none" if np.isnan(low) else f"{low:g} to {high:g} ({at_low} and {at_high} respondents at them)"
        for low, high, at_low, at_high in zip(
            table["lower"], table["upper"], table["at_lower"], table["at_upper"], strict=True
        )
    ]
    return pd.DataFrame(
        {
            "calibration": table["calibration"],
            "smallest": table["smallest"].map("{:.3f}".format),
            "largest": table["largest"].map("{:.3f}".format),
            "bounds": bounds,
        }
    )


def _without(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "variable": table["variable"].map(shortened),
            "without": table["without"],
            "share of weight": table["share"].map(per_cent),
            "mean": table["estimate"].map(four_digits),
            "change": table["change"].map("{:+.2g}".format),
            "in standard errors": table["change_in_se"].map("{:+.2f}".format),
        }
    )


def _influence(diagnostics: Diagnostics) -> pd.DataFrame:
    table = diagnostics.influence
    return pd.DataFrame(
        {
            "variable": table["variable"].map(shortened),
            "median": table["median"].map("{:.4f}".format),
            "99 % below": table["quantile_99"].map("{:.3f}".format),
            "largest": table["largest"].map("{:.3f}".format),
            "above 2 / sqrt(n)": table["above_limit"],
        }
    )


def _indented(table: pd.DataFrame) -> str:
    """Return a table with text to the left and numbers to the right."""
    columns = []
    for name in table.columns:
        cells = [str(name), *(str(cell) for cell in table[name])]
        width = max(len(cell) for cell in cells)
        right = pd.api.types.is_numeric_dtype(table[name]) or name not in _TEXT
        columns.append([cell.rjust(width) if right else cell.ljust(width) for cell in cells])
    return "\n".join(f"  {'  '.join(row)}".rstrip() for row in zip(*columns, strict=True))
