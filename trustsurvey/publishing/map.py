"""The map of the 19 municipalities of the Brussels-Capital Region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps, patheffects
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch

from trustsurvey.drawing import INK, MUTED
from trustsurvey.publishing.drawing import WITHHELD_FILL, Colour, Drawing, by_rows, new_figure, readable_on, to_svg
from trustsurvey.publishing.figures import TITLE
from trustsurvey.publishing.labels import Labels
from trustsurvey.publishing.municipalities import WIDTH_OVER_HEIGHT, Municipality, municipalities
from trustsurvey.publishing.rows import Row, by, is_shown, records

__all__ = ["district_map"]

WITHHELD_GROUND = colormaps["Greys"](0.12)


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of values: their limits, ascending, and a colour each."""

    limits: tuple[float, ...]
    colours: tuple[Colour, ...]

    def colour(self, value: float) -> Colour:
        """Return the colour of the class that a value falls into."""
        position = int(np.searchsorted(self.limits, value, side="right")) - 1
        return self.colours[min(max(position, 0), len(self.colours) - 1)]


def district_map(estimates: pd.DataFrame, measure: str, waves: Sequence[str], labels: Labels) -> Drawing:
    """Draw an index by municipality, a panel per wave ("all": all waves pooled).

    Withheld municipalities are grey and hatched, flagged ones dotted.
    """
    words = labels.words
    rows = [row for row in records(estimates, measure=measure, domain="district") if row["wave"] in waves]
    cells = by(rows, "wave", "level")
    classes = _classes([row["estimate"] for row in rows if is_shown(row)])
    figure = new_figure(5.0, 9.0)
    all_axes = figure.subplots(1, len(waves), squeeze=False)[0]
    said = [words("alt_map", measure=labels.measure(measure))]
    for axes, wave in zip(all_axes, waves, strict=True):
        values = []
        for place in municipalities():
            row, name = cells.get((wave, place.code)), _name(place, labels)
            _draw(axes, place, name, row, classes)
            value = words.number(row["estimate"], 1) if row and is_shown(row) else words("withheld")
            values.append(f"{name} {value}")
        axes.set_title(labels.wave(wave), **TITLE)
        _frame(axes)
        said.append(f"{labels.wave(wave)}{words('colon')} {'; '.join(values)}.")
    handles = [
        Patch(fc=colour, ec="white", label=words("class", low=words.number(low), high=words.number(high)))
        for colour, low, high in zip(classes.colours, classes.limits[:-1], classes.limits[1:], strict=True)
    ]
    if any(row["status"] == "flagged" for row in rows):
        handles.append(Patch(fc="white", ec=INK, hatch="..", lw=0.8, ls=":", label=words("map_flagged")))
    if sum(is_shown(row) for row in rows) < len(waves) * len(municipalities()):
        handles.append(Patch(fc=WITHHELD_FILL, ec=MUTED, hatch="////", lw=0.5, label=words("map_withheld")))
    columns = max(len(classes.colours), 2)  # the classes on one line, the marks on the next
    figure.legend(
        handles=by_rows(handles, columns), loc="outside lower left", ncols=columns, frameon=False, fontsize=8.5
    )
    return Drawing(to_svg(figure, "map"), " ".join(said))


def _classes(values: Sequence[float]) -> Classes:
    """Return at most six equal classes in round numbers that hold every value, dark (low) to light (high)."""
    low, high, step = 0.0, 100.0, 100.0
    if values:
        for step in (5.0, 10.0, 20.0):
            low, high = np.floor(min(values) / step) * step, np.floor(max(values) / step) * step + step
            if (high - low) / step <= 6:
                break
    limits = tuple(float(limit) for limit in np.arange(low, high + step / 2, step))
    number = len(limits) - 1
    apart = min(0.19, 0.88 / max(number - 1, 1))
    ramp = colormaps["viridis"]
    return Classes(limits, tuple(ramp(0.52 + apart * (place - (number - 1) / 2)) for place in range(number)))


def _draw(axes: Axes, place: Municipality, name: str, row: Row | None, classes: Classes) -> None:
    """Fill a municipality and write its name."""
    rim = place.small  # its name crosses the border
    if row and is_shown(row):
        ground = classes.colour(row["estimate"])
        flagged = row["status"] == "flagged"
        patch = PathPatch(place.outline, fc=ground, ec=readable_on(ground), hatch=".." if flagged else None, lw=0)
        rim = rim or flagged
    else:
        ground, rim = WITHHELD_GROUND, True
        patch = PathPatch(place.outline, fc=WITHHELD_FILL, ec=MUTED, hatch="////", lw=0)
    axes.add_artist(patch)
    axes.add_artist(PathPatch(place.outline, fc="none", ec="white", lw=1.1, zorder=2))
    text = axes.text(
        *place.centre,
        _lines(name),
        ha="center",
        va="center",
        fontsize=6.2,
        linespacing=0.95,
        color=readable_on(ground),
        zorder=3,
    )
    if rim:
        text.set_path_effects([patheffects.withStroke(linewidth=1.8, foreground=ground)])


def _frame(axes: Axes) -> None:
    corners = np.concatenate([place.outline.get_extents().get_points() for place in municipalities()])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    axes.set_aspect(WIDTH_OVER_HEIGHT)
    axes.set_xlim(west - 0.002, east + 0.002)
    axes.set_ylim(south - 0.002, north + 0.002)
    axes.axis("off")


def _name(place: Municipality, labels: Labels) -> str:
    label = labels.level("district", place.code)
    if label == place.code:
        return place.names.get(labels.words.language, place.names["fr"])
    return label.split(" / ")[0]


def _lines(name: str) -> str:
    """Break a long name at its hyphens into lines of some 11 letters."""
    lines = [""]
    for part in re.findall(r"[^-]+-?", name):
        if lines[-1] and len(lines[-1] + part) > 11:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)
