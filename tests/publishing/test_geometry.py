"""The packaged map: complete, on the districts of the packaged population, with its credit."""

import csv
import importlib.resources
import itertools
import json
import math
from typing import Any

import trustsurvey as ts

GEOMETRY = importlib.resources.files("trustsurvey.publishing") / "geometry"


def polygons(feature: dict[str, Any]) -> list[list[list[list[float]]]]:
    geometry = feature["geometry"]
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def area(ring: list[list[float]]) -> float:
    """Area of a ring in square kilometres, on a sphere's plane at the latitude of Brussels."""
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))
    return abs(twice) / 2 * 111.195**2 * math.cos(math.radians(50.84))


def test_municipalities() -> None:
    features = json.loads((GEOMETRY / "brussels_19_municipalities.geojson").read_text(encoding="utf-8"))["features"]
    codes = [feature["properties"]["refnis"] for feature in features]
    assert sorted(codes) == sorted(ts.load_population("brussels-2022").levels("district"))
    rings = [ring for feature in features for polygon in polygons(feature) for ring in polygon]
    assert all(ring[0] == ring[-1] and len(ring) > 3 for ring in rings)
    total = sum(area(polygon[0]) - sum(map(area, polygon[1:])) for feature in features for polygon in polygons(feature))
    assert math.isclose(total, 162.42, rel_tol=0.005)


def test_police_zones_agree_with_the_table() -> None:
    features = json.loads((GEOMETRY / "brussels_19_municipalities.geojson").read_text(encoding="utf-8"))["features"]
    table = csv.DictReader((GEOMETRY / "municipality_to_police_zone.csv").read_text(encoding="utf-8").splitlines())
    by_code = {feature["properties"]["refnis"]: feature["properties"] for feature in features}
    assert {row["refnis"]: row for row in table} == by_code
    assert len({properties["police_zone"] for properties in by_code.values()}) == 6


def test_credit() -> None:
    text = (GEOMETRY / "README.md").read_text(encoding="utf-8")
    assert "Statbel" in text
    assert "CC BY 4.0" in text
