"""The map of the 19 municipalities of the Brussels-Capital Region."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import colormaps, patheffects
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from scipy.spatial import KDTree

from trustsurvey.publishing.drawing import INK, MUTED, WITHHELD_FILL, Drawing, by_rows, new_figure, readable_on, to_svg
from trustsurvey.publishing.labels import Labels

__all__ = ["district_map"]

GRID = 0.0005  # degrees
SMALL = 5.5  # square kilometres, below which a name may be wider than the place
_WIDTH_OVER_HEIGHT = 1 / np.cos(np.radians(50.84))  # a degree of latitude over one of longitude, in Brussels


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality: NIS code, names, outline and the point furthest from its border, where its name fits best."""

    code: str
    names: Mapping[str, str]
    outline: Outline
    centre: tuple[float, float]
    small: bool


def district_map(estimates: pd.DataFrame, measure: str, waves: Sequence[str], labels: Labels) -> Drawing:
    """Draw an index by municipality, a panel per wave ("all": all waves pooled).

    Withheld municipalities are grey and hatched, flagged ones dotted.
    """
    words = labels.words
    rows = estimates[(estimates["measure"] == measure) & (estimates["domain"] == "district")]
    shown = rows[rows["wave"].isin(waves)]["estimate"].dropna()
    classes = _classes(shown)
    colours = _class_colours(len(classes) - 1)
    figure = new_figure(5.0, 9.0)
    all_axes = figure.subplots(1, len(waves), squeeze=False)[0]
    corners = np.concatenate([place.outline.get_extents().get_points() for place in _municipalities()])
    extent = np.array([corners.min(axis=0) - 0.002, corners.max(axis=0) + 0.002])
    said = [words("alt_map", measure=labels.measure(measure))]
    statuses: set[str] = set()
    for axes, wave in zip(all_axes, waves, strict=True):
        by_code = rows[rows["wave"] == wave].drop_duplicates("level").set_index("level")
        values = []
        for place in _municipalities():
            name = _name(place, labels)
            row = by_code.loc[place.code] if place.code in by_code.index else None
            status = _paint(axes, place, row, classes, colours)
            statuses.add(status)
            _write(axes, place, name, status, row, classes, colours)
            value = words("withheld") if row is None or status == "withheld" else words.number(row.estimate, 1)
            values.append(f"{name} {value}")
        axes.set_title(labels.wave(wave), loc="left", fontsize=10, fontweight="bold", color=INK)
        axes.set_aspect(_WIDTH_OVER_HEIGHT)
        axes.set_xlim(*extent[:, 0])
        axes.set_ylim(*extent[:, 1])
        axes.axis("off")
        said.append(f"{labels.wave(wave)}{words('colon')} {'; '.join(values)}.")
    handles = [
        Patch(fc=colour, ec="white", label=words("class", low=words.number(low), high=words.number(high)))
        for colour, low, high in zip(colours, classes[:-1], classes[1:], strict=True)
    ]
    if "flagged" in statuses:
        handles.append(Patch(fc="white", ec=INK, hatch="..", lw=0.8, ls=":", label=words("map_flagged")))
    if "withheld" in statuses:
        handles.append(Patch(fc=WITHHELD_FILL, ec=MUTED, hatch="////", lw=0.5, label=words("map_withheld")))
    columns = max(len(classes) - 1, 2)  # the classes on one line, the marks on the next
    figure.legend(
        handles=by_rows(handles, columns), loc="outside lower left", ncols=columns, frameon=False, fontsize=8.5
    )
    return Drawing(to_svg(figure, "map"), " ".join(said))


def _classes(values: pd.Series) -> list[float]:
    """Return the limits of at most six equal classes in round numbers that hold every value."""
    if values.empty:
        return [0.0, 100.0]
    for step in (5, 10, 20):
        low, high = np.floor(values.min() / step) * step, np.ceil((values.max() + 1e-9) / step) * step
        if (high - low) / step <= 6:
            break
    return [float(limit) for limit in np.arange(low, high + step / 2, step)]


def _class_colours(number: int) -> list[tuple[float, ...]]:
    """Return colours from dark (low) to light (high), further apart the more classes there are."""
    step = min(0.19, 0.88 / max(number - 1, 1))
    return [colormaps["viridis"](0.52 + step * (position - (number - 1) / 2)) for position in range(number)]


def _colour(value: float, classes: list[float], colours: list[tuple[float, ...]]) -> tuple[float, ...]:
    return colours[min(max(int(np.searchsorted(classes, value, side="right")) - 1, 0), len(colours) - 1)]


def _paint(
    axes: Axes, place: Municipality, row: pd.Series | None, classes: list[float], colours: list[tuple[float, ...]]
) -> str:
    """Fill a municipality and return its status."""
    status = "withheld" if row is None or pd.isna(row.estimate) else str(row.status)
    if status == "withheld":
        patch = PathPatch(place.outline, fc=WITHHELD_FILL, ec=MUTED, hatch="////", lw=0)
    else:
        colour = _colour(float(row.estimate), classes, colours)  # type: ignore[union-attr]
        dotted = status == "flagged"
        edge = readable_on(colour)
        patch = PathPatch(
            place.outline, fc=colour, ec=edge if dotted else "white", hatch=".." if dotted else None, lw=0
        )
    axes.add_artist(patch)
    axes.add_artist(PathPatch(place.outline, fc="none", ec="white", lw=1.1, zorder=2))
    return status


def _write(
    axes: Axes,
    place: Municipality,
    name: str,
    status: str,
    row: pd.Series | None,
    classes: list[float],
    colours: list[tuple[float, ...]],
) -> None:
    ground = colormaps["Greys"](0.12) if status == "withheld" else _colour(float(row.estimate), classes, colours)  # type: ignore[union-attr]
    ink = readable_on(ground)
    rim = status != "published" or place.small  # where a name crosses hatching or a border
    axes.text(
        *place.centre,
        _lines(name),
        ha="center",
        va="center",
        fontsize=6.2,
        linespacing=0.95,
        color=ink,
        zorder=3,
        path_effects=[patheffects.withStroke(linewidth=1.8, foreground=ground)] if rim else [],
    )


def _name(place: Municipality, labels: Labels) -> str:
    label = labels.level("district", place.code)
    if label == place.code:
        return place.names.get(labels.words.language, place.names["fr"])
    return label.split(" / ")[0]


@lru_cache(maxsize=1)
def _municipalities() -> tuple[Municipality, ...]:
    path = Path(__file__).parent / "geometry" / "brussels_19_municipalities.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    found = []
    for feature in features:
        geometry, properties = feature["geometry"], feature["properties"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        rings = [_coarse(np.asarray(ring, dtype=float)) for polygon in polygons for ring in polygon]
        outline = Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))
        names = {"fr": properties["name_fr"], "nl": properties["name_nl"]}
        largest = max(rings, key=len)
        found.append(Municipality(str(properties["refnis"]), names, outline, _centre(largest), _area(largest) < SMALL))
    return tuple(found)


def _coarse(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Snap an outline to a grid of some 40 metres; neighbours share their points, so their border stays common."""
    snapped = (ring / GRID).round() * GRID
    moved = np.any(np.diff(snapped, axis=0) != 0, axis=1)
    return snapped[np.concatenate([[True], moved])]


def _area(ring: NDArray[np.float64]) -> float:
    """Return the area of an outline in square kilometres, near enough for a label."""
    x, y = (ring * [111.2 / _WIDTH_OVER_HEIGHT, 111.2]).T
    return float(abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2)


def _centre(ring: NDArray[np.float64]) -> tuple[float, float]:
    """Return the point of a grid inside an outline that has most room around it for a name, wider than high."""
    scale = np.array([1.0, _WIDTH_OVER_HEIGHT * 1.4])
    steps = np.linspace(0, 1, 6, endpoint=False)[:, None]
    border = (ring[:-1, None, :] * (1 - steps) + ring[1:, None, :] * steps).reshape(-1, 2)
    low, high = ring.min(axis=0), ring.max(axis=0)
    grid = np.stack(np.meshgrid(*(np.linspace(low[k], high[k], 32) for k in (0, 1))), axis=-1).reshape(-1, 2)
    inside = grid[Outline(ring).contains_points(grid)]
    distances, _ = KDTree(border * scale).query(inside * scale)
    x, y = inside[int(np.argmax(distances))]
    return float(x), float(y)


def _lines(name: str) -> str:
    """Break a long name at its hyphens into lines of some 12 letters."""
    lines = [""]
    for part in re.findall(r"[^-]+-?", name):
        if lines[-1] and len(lines[-1] + part) > 12:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)
