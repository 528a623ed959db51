"""Where the 19 municipalities of the Brussels-Capital Region lie, simplified for a map on a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from scipy.spatial import KDTree

__all__ = ["WIDTH_OVER_HEIGHT", "Municipality", "municipalities"]

GRID = 0.0005  # degrees
SMALL = 7.5  # square kilometres, below which a name may be wider than the place
WIDTH_OVER_HEIGHT = 1 / np.cos(np.radians(50.84))  # a degree of latitude over one of longitude, in Brussels


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality on a map.

    Parameters
    ----------
    code : str
        NIS code.
    names : mapping
        Its name in French and Dutch.
    outline : matplotlib.path.Path
        In degrees.
    centre : (float, float)
        Where its name fits best.
    small : bool
        Whether its name may be wider than the place.
    """

    code: str
    names: Mapping[str, str]
    outline: Outline
    centre: tuple[float, float]
    small: bool


@lru_cache(maxsize=1)
def municipalities() -> tuple[Municipality, ...]:
    """Return the 19 municipalities, in the order of their NIS codes."""
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
    snapped = np.round(ring / GRID) * GRID
    moved = np.any(np.diff(snapped, axis=0) != 0, axis=1)
    coarse: NDArray[np.float64] = snapped[np.concatenate([[True], moved])]
    return coarse


def _area(ring: NDArray[np.float64]) -> float:
    """Return the area of an outline in square kilometres, near enough for a label."""
    x, y = (ring * [111.2 / WIDTH_OVER_HEIGHT, 111.2]).T
    return float(abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2)


def _centre(ring: NDArray[np.float64]) -> tuple[float, float]:
    """Return the point of a grid inside an outline that has most room around it for a name, wider than high."""
    scale = np.array([1.0, WIDTH_OVER_HEIGHT * 1.4])
    steps = np.linspace(0, 1, 6, endpoint=False)[:, None]
    border = (ring[:-1, None, :] * (1 - steps) + ring[1:, None, :] * steps).reshape(-1, 2)
    low, high = ring.min(axis=0), ring.max(axis=0)
    grid = np.stack(np.meshgrid(*(np.linspace(low[k], high[k], 32) for k in (0, 1))), axis=-1).reshape(-1, 2)
    inside = grid[Outline(ring).contains_points(grid)]
    distances, _ = KDTree(border * scale).query(inside * scale)
    x, y = inside[int(np.argmax(distances))]
    return float(x), float(y)
