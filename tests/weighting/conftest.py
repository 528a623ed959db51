from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts

REFERENCE = Path(__file__).parent.parent / "reference"


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Numbers of R's survey; tests/reference/weighting.R says how they were made."""
    return json.loads((REFERENCE / "weighting.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def extract() -> Callable[[str], pd.DataFrame]:
    return lambda name: pd.read_csv(REFERENCE / f"{name}.csv")


@pytest.fixture(scope="session")
def synthetic() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "synthetic.csv")


@pytest.fixture(scope="session")
def counts() -> dict[Any, dict[Any, float]]:
    """The margins of the synthetic sample's population."""
    table = pd.read_csv(REFERENCE / "synthetic_margins.csv")
    margins: dict[Any, dict[Any, float]] = {}
    for name, rows in table.groupby("margin"):
        pairs = zip(rows["level"], rows["count"], strict=True)
        if ":" in name:
            margins[tuple(name.split(":"))] = {tuple(level.split(":")): count for level, count in pairs}
        else:
            margins[name] = dict(pairs)
    return margins


@pytest.fixture
def small() -> pd.DataFrame:
    """Twelve respondents of two origins and two ages."""
    return pd.DataFrame(
        {
            "origin": ["a"] * 4 + ["b"] * 8,
            "age": ["old", "young"] * 6,
            "trust": [3.0, 5, 7, 2, 8, 9, 4, 6, 5, 7, 1, 8],
            "w": [1.0, 2, 1, 3, 1, 1, 2, 1, 1, 2, 1, 1],
        }
    )


@pytest.fixture
def design(small: pd.DataFrame) -> ts.SurveyDesign:
    return ts.SurveyDesign(small, weights="w")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260101)


@pytest.fixture(scope="module")
def connection(answers: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    """A database that holds the answers of a module."""
    connection = duckdb.connect()
    connection.register("frame", answers)
    connection.execute("CREATE TABLE answers AS FROM frame")
    return connection


@pytest.fixture
def frame() -> pd.DataFrame:
    """A population of two districts, by sex."""
    return pd.DataFrame(
        {
            "district": ["021", "021", "022", "022"],
            "sex": ["woman", "man", "woman", "man"],
            "count": [10, 20, 30, 40.5],
        }
    )
