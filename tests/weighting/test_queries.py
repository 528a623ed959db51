"""Designs from a query give what designs of the same answers in memory give."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.errors import (
    CalibrationError,
    DesignError,
    InputError,
    MissingPackageError,
    TrustSurveyError,
    UnknownNameError,
)
from trustsurvey.weighting.queries.cells import Plan, cells_expression

KEYS = ["origin", "age", "wave", "trust", "contact"]
VALUES = ["score", "income"]
MARGINS = {
    "origin": {"bé": 0.4, "maghreb": 0.35, "other": 0.25},
    "age": {"16-24": 0.3, "25-64": 0.5, "65+": 0.2},
}
DESIGNS: dict[str, dict[str, Any]] = {
    "rows": {},
    "weights": {"weights": "w"},
    "strata": {"weights": "w", "strata": "stratum"},
    "two strata": {"weights": "w", "strata": ["stratum", "wave"]},
    "fpc": {"strata": "stratum", "fpc": "size"},
    "clusters": {"weights": "w", "clusters": "psu"},
    "strata and clusters": {"weights": "w", "strata": "stratum", "clusters": "psu"},
    "stages": {"weights": "w", "clusters": ["psu", "household"], "fpc": ["psus", "households"]},
    "strata by stage": {"weights": "w", "strata": [["stratum"], ["wave"]], "clusters": ["psu", "household"]},
    "rows within clusters": {"clusters": ["psu", "person"], "fpc": ["psus", "people"]},
}
CALIBRATIONS: dict[str, Callable[[ts.SurveyDesign], ts.SurveyDesign]] = {
    "none": lambda design: design,
    "raked": lambda design: design.rake(MARGINS),
    "twice": lambda design: design.rake(MARGINS).calibrate(
        {"wave": {2024: 20_000, 2026: 30_000}, ("origin", "age"): PAIRS}, method="linear"
    ),
    "domain": lambda design: design.rake(MARGINS).domain(design.data["age"] != "65+"),
}
PAIRS = {
    (origin, age): 50_000 * one * other
    for origin, one in MARGINS["origin"].items()
    for age, other in MARGINS["age"].items()
}
STATISTICS: dict[str, Callable[[ts.SurveyDesign], Any]] = {
    "mean": lambda design: design.mean("score"),
    "means by": lambda design: design.mean(["score", "income", "trust"], by=["wave", "origin"]),
    "totals by": lambda design: design.total(["income", "score", "trust"], by="age"),
    "proportion": lambda design: design.proportion("trust", by="wave", interval="wilson"),
    "proportion true": lambda design: design.proportion("contact", interval="beta"),
    "difference": lambda design: design.mean(["score", "income"], by="wave").difference(2026, 2024),
}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Answers of 900 people with missing ones, and what was drawn how."""
    rng = np.random.default_rng(5)
    n = 900
    psu = rng.integers(0, 24, n)
    frame = pd.DataFrame(
        {
            "origin": rng.choice(["bé", "maghreb", "other"], n, p=[0.5, 0.3, 0.2]),
            "age": rng.choice(["16-24", "25-64", "65+"], n),
            "wave": rng.choice([2024, 2026], n),
            "trust": pd.array(rng.integers(0, 4, n), dtype="Int64"),
            "contact": rng.choice([True, False], n),
            "score": np.round(rng.normal(50, 10, n), 1),
            "income": 2_000 + rng.normal(0, 300, n) + 100 * psu,
            "w": rng.choice([0.5, 1, 1.75], n),
            "psu": psu,
            "stratum": np.where(psu % 3 == 0, "north", "south"),
            "household": rng.integers(0, 6, n),
            "person": np.arange(n),
            "psus": 60,
            "households": 40,
        }
    )
    frame["size"] = frame["stratum"].map({"north": 1_500, "south": 4_000})
    frame["people"] = 500
    frame.loc[rng.random(n) < 0.05, "trust"] = pd.NA
    frame.loc[rng.random(n) < 0.1, "score"] = np.nan
    frame.loc[rng.random(n) < 0.1, "income"] = np.nan
    return frame


@pytest.fixture
def empty() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def assert_same(one: Any, other: Any, tolerance: float = 1e-11) -> None:
    pd.testing.assert_frame_equal(one.table, other.table, check_dtype=False, rtol=tolerance, atol=0)
    scale = np.nanmax(np.abs(other.covariance))
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=tolerance, atol=tolerance * scale)
    assert (one.df, one.left_out) == (other.df, other.left_out)


@pytest.mark.parametrize("calibration", CALIBRATIONS)
@pytest.mark.parametrize("design", DESIGNS)
def test_digits_are_those_of_a_data_frame(
    answers: pd.DataFrame, connection: duckdb.DuckDBPyConnection, design: str, calibration: str
) -> None:
    described = DESIGNS[design]
    calibrate = CALIBRATIONS[calibration]
    here = calibrate(ts.SurveyDesign(answers, **described))
    there = calibrate(ts.SurveyDesign.from_query(connection, "answers", **described, keys=KEYS, values=VALUES))
    for name, statistic in STATISTICS.items():
        # A difference of large means has fewer digits.
        assert_same(statistic(there), statistic(here), 1e-8 if name == "difference" else 1e-10)


def test_a_row_is_a_cell(answers: pd.DataFrame, connection: duckdb.DuckDBPyConnection) -> None:
    design = ts.SurveyDesign.from_query(connection, "answers", weights="w", keys=["origin", "age"])
    assert len(design.data) == 9
    assert list(design.data.columns) == ["origin", "age"]
    assert design.weights.sum() == pytest.approx(answers["w"].sum(), rel=1e-14)
    assert design.df == 899
    assert "900 respondents in 9 cells" in repr(design)


def test_weights_of_zero_count_in_the_design_alone(
    answers: pd.DataFrame, connection: duckdb.DuckDBPyConnection
) -> None:
    there = ts.SurveyDesign.from_query(
        connection, "SELECT *, w * (person % 7 <> 0)::INT AS v FROM answers", weights="v", keys=KEYS, values=VALUES
    )
    here = ts.SurveyDesign(answers.assign(v=answers["w"] * (answers["person"] % 7 != 0)), weights="v")
    for statistic in STATISTICS.values():
        assert_same(statistic(there), statistic(here), 1e-8)


def test_values_far_from_zero_keep_their_digits(empty: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"y": 1e9 + rng.normal(size=300), "w": rng.uniform(1, 2, 300), "g": np.arange(300) % 3})
    empty.register("t", frame)
    here = ts.SurveyDesign(frame, weights="w").mean("y", by="g")
    there = ts.SurveyDesign.from_query(empty, "t", weights="w", keys="g", values="y").mean("y", by="g")
    np.testing.assert_allclose(there.table["se"], here.table["se"], rtol=1e-6)
    np.testing.assert_allclose(there.table["deff"], here.table["deff"], rtol=1e-6)


@pytest.mark.parametrize(
    "query",
    [
        "answers",
        "main.answers",
        '"answers"',
        "SELECT * FROM answers",
        "FROM answers",
        "WITH answers AS (SELECT * FROM main.answers) SELECT * FROM answers;  ",
        "SELECT * FROM answers -- all; of them",
        "SELECT *, 'é;' AS mark FROM answers; -- all; of them",
        "SELECT * FROM answers; /* all; of them */ ;",
    ],
)
def test_ways_to_name_a_query(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    design = ts.SurveyDesign.from_query(connection, query, weights="w", keys="origin", values="score")
    expected = ts.SurveyDesign.from_query(connection, "answers", weights="w", keys="origin", values="score")
    assert_same(design.mean("score", by="origin"), expected.mean("score", by="origin"))


def test_ibis_connections_and_tables(answers: pd.DataFrame, connection: duckdb.DuckDBPyConnection) -> None:
    expected = ts.SurveyDesign(answers, weights="w").mean("score", by="origin")
    described: dict[str, Any] = {"weights": "w", "keys": "origin", "values": "score"}
    backend = ibis.duckdb.from_connection(connection.cursor())
    assert_same(ts.SurveyDesign.from_query(backend, "answers", **described).mean("score", by="origin"), expected)
    unbound = ibis.table({"origin": "string", "w": "float64", "score": "float64"}, name="answers")
    for place in (connection, backend):
        assert_same(ts.SurveyDesign.from_query(place, unbound, **described).mean("score", by="origin"), expected)
    table = ibis.memtable(connection.sql("SELECT origin, w, score FROM answers").to_arrow_table())
    assert_same(ts.SurveyDesign.from_query(backend, table, **described).mean("score", by="origin"), expected)
    with pytest.raises(InputError, match="belongs to no engine"):
        ts.SurveyDesign.from_query(None, unbound, **described)


def test_nothing_is_changed_on_the_connection(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("CREATE TABLE t AS SELECT 'a' AS k, 1.5 AS y")
    settings = "SELECT name, value FROM duckdb_settings() ORDER BY name"
    before = empty.execute(settings).fetchall(), empty.execute("SHOW ALL TABLES").fetchall()
    ts.SurveyDesign.from_query(empty, "t", keys="k", values="y")
    assert (empty.execute(settings).fetchall(), empty.execute("SHOW ALL TABLES").fetchall()) == before


@pytest.mark.parametrize(
    "dialect", ["duckdb", "databricks", "postgres", "bigquery", "snowflake", "trino", "clickhouse"]
)
def test_one_expression_for_every_engine(dialect: str) -> None:
    schema = {"k": "string", "d": "date", "b": "boolean", "x": "float64", "y": "float64", "z": "int32", "w": "float64"}
    plan = Plan(("k", "d", "b", "x"), ("y", "z"), "w", (1.5, 0.0))
    text = str(ibis.to_sql(cells_expression(ibis.table(schema, name="t"), plan), dialect=dialect))
    assert text.upper().count("GROUP BY") == 1


def test_labels_are_those_of_pandas(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')")
    empty.execute("""CREATE TABLE t AS SELECT
        i % 2 = 0 AS truth, CASE WHEN i < 2 THEN NULL ELSE i % 2 = 0 END AS half_truth,
        i % 3 AS whole, CASE WHEN i < 2 THEN NULL ELSE i % 3 END::INT AS whole_or_none,
        (i % 2) / 2 AS share, CASE WHEN i < 2 THEN 'nan'::DOUBLE WHEN i < 4 THEN NULL ELSE i % 2 END AS share_or_none,
        DATE '2026-01-01' + (i % 2)::INT AS day, TIMESTAMP '2026-01-01 10:00' + INTERVAL (i % 2) HOUR AS moment,
        (i % 2)::DECIMAL(5, 2) AS tenths, (i % 2)::HUGEINT AS huge,
        '10000000000000000000000000'::HUGEINT + i % 2 AS huger,
        'é' || i % 2 AS text, CASE WHEN i % 2 = 0 THEN 'sad' ELSE 'happy' END::mood AS mood, i::UTINYINT % 2 AS small,
        ('00000000-0000-0000-0000-00000000000' || i % 2)::UUID AS code
        FROM range(12) r(i)""")
    columns = [row[0] for row in empty.execute("DESCRIBE t").fetchall()]

    def labels(name: str) -> list[Any]:
        design = ts.SurveyDesign.from_query(empty, "t", keys=name)
        table = design.proportion(name).table
        assert table["n"].sum() // len(table) == (10 if name in ("half_truth", "whole_or_none") else table["n"].iloc[0])
        return list(table["level"])

    found = {name: labels(name) for name in columns}
    assert found["truth"] == found["half_truth"] == [False, True]
    assert found["whole"] == found["whole_or_none"] == [0, 1, 2]
    assert found["share"] == [*found["share_or_none"][:1], 0.5] == [0, 0.5]
    assert found["day"] == [pd.Timestamp(2026, 1, 1), pd.Timestamp(2026, 1, 2)]
    assert found["moment"] == [pd.Timestamp(2026, 1, 1, 10), pd.Timestamp(2026, 1, 1, 11)]
    assert found["tenths"] == found["huge"] == found["small"] == [0, 1]
    assert found["huger"] == [10**25, 10**25 + 1]
    assert found["text"] == ["é0", "é1"]
    assert found["mood"] == ["sad", "happy"]
    assert [each[-1] for each in found["code"]] == ["0", "1"]


def test_numbers_of_every_kind_are_added_up(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("""CREATE TABLE t AS SELECT i % 2 AS k, (i / 3)::DECIMAL(9, 2) AS money, i % 4 = 0 AS truth,
        i::TINYINT AS small, 4000000000 + i AS large, (1 + i % 3)::DECIMAL(4, 1) AS w FROM range(40) r(i)""")
    frame = empty.sql("FROM t").to_arrow_table().to_pandas()
    frame[["money", "w"]] = frame[["money", "w"]].astype(float)
    names = ["money", "truth", "small", "large"]
    there = ts.SurveyDesign.from_query(empty, "t", weights="w", keys="k", values=names)
    assert_same(there.mean(names, by="k"), ts.SurveyDesign(frame, weights="w").mean(names, by="k"), 1e-6)


def test_names_are_quoted(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("""CREATE TABLE "x""; DROP TABLE y; --" AS
        SELECT i % 2 AS "a""; DROP TABLE y; --", i AS "valeur né", 1 + i % 3 AS "key_0", 1 AS n, i % 5 AS "GROUP"
        FROM range(20) r(i)""")
    empty.execute("CREATE TABLE y AS SELECT 1")
    design = ts.SurveyDesign.from_query(
        empty,
        'x"; DROP TABLE y; --',
        weights="key_0",
        keys=['a"; DROP TABLE y; --', "GROUP"],
        values=["valeur né", "n"],
    )
    assert design.mean("valeur né", by='a"; DROP TABLE y; --').table["n"].tolist() == [10, 10]
    assert design.mean("n").table["estimate"].tolist() == [1]
    assert empty.execute("SELECT count(*) FROM y").fetchone() == (1,)


def test_a_single_respondent_a_cell(answers: pd.DataFrame, connection: duckdb.DuckDBPyConnection) -> None:
    there = ts.SurveyDesign.from_query(connection, "answers", weights="w", keys=["person", "wave"], values="score")
    assert_same(there.mean("score", by="wave"), ts.SurveyDesign(answers, weights="w").mean("score", by="wave"))


def test_single_clusters(empty: duckdb.DuckDBPyConnection) -> None:
    frame = pd.DataFrame({"h": ["a"] * 5 + ["b"], "k": list("xxyyxy"), "y": [1.0, 4, 2, 8, 5, 7]})
    empty.register("t", frame)
    described: dict[str, Any] = {"strata": "h", "keys": "k", "values": "y"}
    with pytest.raises(DesignError, match="h=b"):
        ts.SurveyDesign.from_query(empty, "t", **described).mean("y")
    for choice in ("certainty", "adjust", "average"):
        here = ts.SurveyDesign(frame, strata="h", single_cluster=choice)  # type: ignore[arg-type]
        there = ts.SurveyDesign.from_query(empty, "t", **described, single_cluster=choice)
        assert_same(there.mean("y", by="k"), here.mean("y", by="k"))


@pytest.mark.parametrize(
    ("select", "described", "error", "message"),
    [
        ("i AS y, NULL::INT AS w", {"weights": "w", "values": "y"}, DesignError, "'w' is missing in 10 of 10 rows"),
        (
            "i AS y, CASE WHEN i < 3 THEN 'nan'::DOUBLE WHEN i = 3 THEN NULL ELSE 1 END AS w",
            {"weights": "w", "values": "y"},
            DesignError,
            "'w' is missing in 4 of 10 rows",
        ),
        ("i AS y, i - 3 AS w", {"weights": "w", "values": "y"}, DesignError, "'w' is negative in 3 rows"),
        ("i AS y, 'inf'::DOUBLE AS w", {"weights": "w", "keys": "y"}, DesignError, "'w' is infinite in 10 rows"),
        ("i AS y, 0 AS w", {"weights": "w", "values": "y"}, DesignError, "0 in every row"),
        ("i AS y, 1e200 AS w", {"weights": "w", "values": "y"}, DesignError, "more than a number can hold"),
        ("i AS y, 1e150 AS w", {"weights": "w", "keys": "y"}, DesignError, "too small or too large to be squared"),
        ("i AS y, 1 / 10 ** (200 * i) AS w", {"weights": "w", "keys": "y"}, DesignError, "too small or too large"),
        ("i AS y, 'x' AS w", {"weights": "w", "values": "y"}, DesignError, r"'w' does not hold numbers \(string\)"),
        ("'x' AS y", {"values": "y"}, InputError, "'y' holds string"),
        ("CASE i WHEN 3 THEN '-inf'::DOUBLE ELSE i END AS y", {"values": "y"}, InputError, "infinite in 1 rows"),
        ("i * 1e200 AS y", {"values": "y"}, InputError, "too large"),
        ("i AS y", {"keys": "y", "values": "y"}, InputError, "y stands in keys and in values"),
        ("i AS y, i AS s", {"keys": "y", "strata": "s", "values": "s"}, InputError, "s stands in strata and in values"),
        ("i AS y", {"keys": ["y", "y"]}, InputError, "keys names a column twice: y"),
        ("i AS y", {}, InputError, "name the columns to estimate with"),
        ("i AS y", {"keys": [["y"]]}, InputError, "keys of a query are named by text"),
        ("i AS y", {"keys": {"y"}}, InputError, "keys of a query are named by text"),
        ("i AS y", {"keys": "y", "weights": ["y"]}, InputError, "weights of a query are named by text"),
        ("i AS y", {"keys": "z"}, UnknownNameError, "no column 'z'; available: y"),
        ("i AS y", {"keys": ["y"], "weights": "Y"}, UnknownNameError, "no column 'Y'"),
        ("i AS y, i AS y", {"keys": "y"}, DesignError, "columns stand twice in the query: y"),
        ("i AS y, i AS Y", {"keys": "y"}, DesignError, "columns stand twice in the query: y, Y"),
        ("[i] AS y", {"keys": "y"}, InputError, "makes no groups"),
        ("'101'::BIT AS y", {"keys": "y"}, InputError, "makes no groups"),
        ("union_value(a := i) AS y", {"keys": "y"}, InputError, "makes no groups"),
        (
            "i AS y, CASE i WHEN 1 THEN NULL ELSE 1 END AS s",
            {"keys": "y", "strata": "s"},
            DesignError,
            "missing in 1 of",
        ),
        ("i AS y, i AS f", {"keys": "y", "fpc": "f"}, DesignError, "must be above 0"),
        ("i AS y, 'a' AS f", {"keys": "y", "fpc": "f"}, DesignError, "does not hold numbers"),
        (
            "1.00000000000000000001::DECIMAL(30, 20) + i * 1e-20::DECIMAL(30, 20) AS y",
            {"keys": "y"},
            InputError,
            "text",
        ),
        ("i AS y", {"keys": "y", "single_cluster": "ignore"}, DesignError, "no choice 'ignore'"),
    ],
)
def test_what_is_wrong_is_said(
    empty: duckdb.DuckDBPyConnection,
    select: str,
    described: dict[str, Any],
    error: type[TrustSurveyError],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        ts.SurveyDesign.from_query(empty, f"SELECT {select} FROM range(10) r(i)", **described)


def test_an_enumeration_keeps_its_order(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("CREATE TYPE trust AS ENUM ('never', 'low', 'middle', 'high')")
    empty.execute("""CREATE TABLE t AS SELECT
        CASE WHEN i % 5 = 0 THEN NULL WHEN i % 3 = 0 THEN 'high' WHEN i % 4 = 0 THEN 'low'
        ELSE 'middle' END::trust AS trust, i % 2 AS k, (i * 7) % 11 AS y FROM range(60) r(i)""")
    there = ts.SurveyDesign.from_query(empty, "t", keys=["trust", "k"], values="y")
    here = ts.SurveyDesign(empty.sql("FROM t").df())
    for statistic in (
        lambda design: design.mean("y", by="trust"),
        lambda design: design.proportion("trust", by="k"),
        lambda design: design.regression("y ~ trust"),
        lambda design: design.regression("trust ~ C(k)", family="ordinal"),
    ):
        one, other = statistic(there), statistic(here)
        pd.testing.assert_frame_equal(one.table, other.table, check_dtype=False, rtol=1e-9, atol=1e-12)


def test_tables_with_any_name(empty: duckdb.DuckDBPyConnection) -> None:
    for name in ("my answers", "a;b", "select", "2026"):
        empty.execute(f'CREATE TABLE "{name}" AS SELECT i % 2 AS k FROM range(20) r(i)')
        assert ts.SurveyDesign.from_query(empty, name, keys="k").data["k"].tolist() == [0, 1]


@pytest.mark.parametrize("kind", ["DOUBLE", "FLOAT"])
def test_infinite_keys_are_not_lost(empty: duckdb.DuckDBPyConnection, kind: str) -> None:
    empty.execute(f"""CREATE TABLE t AS SELECT
        CASE WHEN i = 0 THEN 'inf'::{kind} WHEN i = 1 THEN 'nan'::{kind} ELSE i % 3 END AS x, i AS y
        FROM range(20) r(i)""")
    there = ts.SurveyDesign.from_query(empty, "t", keys="x", values="y")
    here = ts.SurveyDesign(empty.sql("FROM t").df())
    assert_same(there.mean("y", by="x"), here.mean("y", by="x"))
    for design in (there, here):
        with pytest.raises(InputError, match="'x' is infinite in 1 rows"):
            design.mean("x")


def test_a_connection_in_use_is_left_alone(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("CREATE TABLE t AS SELECT i % 2 AS k FROM range(20) r(i)")
    rows = empty.execute("SELECT i FROM range(100000) r(i)")
    assert rows.fetchmany(1) == [(0,)]
    for query in ("t", "nothing", "SELECT k FROM t"):
        with pytest.raises(InputError, match="not fetched to its end"):
            ts.SurveyDesign.from_query(empty, query, keys="k")
    assert rows.fetchmany(1) == [(1,)]


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("SELECT * FROM range(0) r(i)", DesignError, "no rows"),
        ("nothing", UnknownNameError, "no table 'nothing'; available: here"),
        ("SELECT FROM WHERE", InputError, "no SQL"),
        ("SELECT i FROM nowhere", InputError, "nowhere"),
        ("SELECT 1 AS i; SELECT 2 AS i", InputError, "one SELECT"),
        ("DROP TABLE here", InputError, "one SELECT"),
        ("SELECT i FROM here WHERE i > ?", InputError, "has parameters"),
        ("SELECT i FROM here WHERE i > $least", InputError, "has parameters"),
        ("", InputError, "SQL text"),
        (3, InputError, "SQL text"),
    ],
)
def test_queries_that_are_none(
    empty: duckdb.DuckDBPyConnection, query: object, error: type[TrustSurveyError], message: str
) -> None:
    empty.execute("CREATE TABLE here AS SELECT 1 AS i")
    with pytest.raises(error, match=message):
        ts.SurveyDesign.from_query(empty, query, keys="i")
    assert empty.execute("FROM here").fetchall() == [(1,)]


def test_connections_that_are_none() -> None:
    for connection in ("file.duckdb", None, 3):
        with pytest.raises(InputError, match=r"duckdb\.connect\(\)"):
            ts.SurveyDesign.from_query(connection, "SELECT 1 AS i", keys="i")


def test_errors_of_the_engine_quote_no_answers(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("CREATE TABLE t AS SELECT 'secret' AS y")
    with pytest.raises(InputError) as caught:
        ts.SurveyDesign.from_query(empty, "SELECT y::INT AS y FROM t", keys="y")
    assert "secret" not in str(caught.value)


def test_too_many_cells(empty: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustsurvey.weighting.queries.reading._MOST_CELLS", 50)
    with pytest.raises(InputError, match=r"100 cells, more than the 50 .* person \(100 values\), k \(2 values\)"):
        ts.SurveyDesign.from_query(empty, "SELECT i AS person, i % 2 AS k FROM range(100) r(i)", keys=["k", "person"])


def test_what_sums_cannot_say(connection: duckdb.DuckDBPyConnection) -> None:
    design = ts.SurveyDesign.from_query(connection, "answers", weights="w", keys="origin", values="score")
    for use in (
        lambda: design.proportion("score"),
        lambda: design.mean("origin", by="score"),
        lambda: design.rake({"score": 40_000}),
    ):
        with pytest.raises(InputError, match="name it in keys instead of values"):
            use()
    with pytest.raises(UnknownNameError):
        design.mean("contact")
    with pytest.raises(DesignError, match="design's values"):
        design.assign(score=1)


def test_columns_may_be_assigned(answers: pd.DataFrame, connection: duckdb.DuckDBPyConnection) -> None:
    there = ts.SurveyDesign.from_query(connection, "answers", weights="w", keys=["trust", "wave"], values="score")
    there = there.assign(high=there.data["trust"] >= 2)
    here = ts.SurveyDesign(answers.assign(high=answers["trust"] >= 2), weights="w")
    assert_same(there.mean(["high", "score"], by="wave"), here.mean(["high", "score"], by="wave"))


def test_missing_margins_are_counted_in_respondents(connection: duckdb.DuckDBPyConnection) -> None:
    design = ts.SurveyDesign.from_query(connection, "answers", keys="trust")
    missing = int(connection.execute("SELECT count(*) FROM answers WHERE trust IS NULL").fetchall()[0][0])
    with pytest.raises(CalibrationError, match=f"missing for {missing} of 900 respondents"):
        design.rake({"trust": {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25}})


def test_weights_of_zero_are_counted_in_respondents(empty: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT i % 2 AS k, CASE WHEN i < 7 OR i % 4 = 2 THEN 0 ELSE 1 END AS w, i % 4 AS z FROM range(40) r(i)"
    there = ts.SurveyDesign.from_query(empty, query, weights="w", keys=["k", "z"])
    here = ts.SurveyDesign(empty.sql(query).df(), weights="w")
    for design in (there, here):
        with pytest.raises(CalibrationError, match=r"^15 of 40 weights are 0 \(everybody with 2 of 'z' \(10 resp"):
            design.rake({"k": {0: 0.5, 1: 0.5}, "z": {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25}})


def test_without_ibis() -> None:
    script = (
        "import sys; sys.modules['ibis'] = None\n"
        "import trustsurvey as ts\n"
        "from trustsurvey.errors import MissingPackageError\n"
        "try:\n    ts.SurveyDesign.from_query(None, 'SELECT 1', keys='a')\n"
        "except MissingPackageError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "pip install 'trustsurvey[query]'" in said
    assert issubclass(MissingPackageError, ImportError)
