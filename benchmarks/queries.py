"""Estimate from answers on disk by one GROUP BY: python benchmarks/queries.py [--rows 100000000].

Made-up answers are written to a Parquet file by DuckDB. Then each of two designs is made in a process of its own, from
a query of that file: rows as their own clusters, and a jackknife of 200 groups. Both are raked and estimate by 12
domains. On the first rows of the file the same is done from a data frame in memory; where the digits differ, the run
ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

import trustsurvey as ts

TOLERANCE = 1e-10
BYTES_PER_ROW = 24
GROUPS = 200
MARGINS = {
    "district": {f"district{number}": (1 + number % 5) / 55 for number in range(19)},
    "age": {f"age{number}": share for number, share in enumerate((0.12, 0.17, 0.18, 0.17, 0.15, 0.12, 0.09))},
    "origin": {"origin0": 0.45, "origin1": 0.3, "origin2": 0.25},
    "sex": {"sex0": 0.49, "sex1": 0.51},
}
KEYS = [*MARGINS, "wave"]
DESIGNS: dict[str, dict[str, Any]] = {
    "rows": {"weights": "weight", "keys": [*KEYS, "trust"], "values": ["score"]},
    "jackknife": {"weights": "weight", "keys": [*KEYS, "group"], "values": ["score"]},
}


def uniform(number: int) -> str:
    """Return SQL for numbers spread over 0 to 1, each ``number`` apart from the others: 16 bits of a hash."""
    return f"(((h{number // 4} >> {16 * (number % 4)}) & 65535) / 65536.0)"


def generate(file: Path, rows: int, memory: str) -> None:
    """Write the answers, the same in each run."""
    need, free = rows * BYTES_PER_ROW, shutil.disk_usage(file.parent).free
    if need > free:
        sys.exit(
            f"{rows:,} rows need some {need / 1e9:.1f} GB on disk, and {free / 1e9:.1f} GB are free; use fewer --rows"
        )
    hashes = ", ".join(f"hash(i + {number}::BIGINT * 10000000000) AS h{number}" for number in range(3))
    connect(file.parent, memory).execute(f"""
        COPY (
            SELECT 'district' || floor(19 * {uniform(0)})::INT AS district,
                'age' || floor(7 * {uniform(1)})::INT AS age,
                'origin' || floor(3 * pow({uniform(2)}, 1.4))::INT AS origin,
                'sex' || floor(2 * {uniform(3)})::INT AS sex,
                (2020 + 2 * floor(4 * {uniform(4)}))::SMALLINT AS wave,
                floor({GROUPS} * {uniform(5)})::SMALLINT AS "group",
                round(0.5 + 1.5 * {uniform(6)}, 2) AS weight,
                CASE WHEN {uniform(7)} > 0.05 THEN floor(11 * {uniform(8)})::TINYINT END AS trust,
                CASE WHEN {uniform(9)} > 0.08
                    THEN round(48 + 20 * ({uniform(10)} + {uniform(11)} - 1) + 3 * {uniform(2)} + {uniform(5)}, 1)
                END AS score
            FROM (SELECT {hashes} FROM range({rows}) numbers(i))
        ) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 500000)""")


def connect(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{memory}'; SET temp_directory = '{folder / 'spilled'}'")
    connection.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    return connection


def steps(name: str, make: Callable[[], ts.SurveyDesign]) -> dict[str, Callable[[ts.SurveyDesign | None], Any]]:
    """Return what is done with a design, by name; each step that makes a design hands it to the next."""
    domains = ["wave", "origin"]
    made: dict[str, Callable[[Any], Any]] = {"query": lambda _: make(), "rake": lambda design: design.rake(MARGINS)}
    if name == "jackknife":
        made["replicates"] = lambda design: design.with_replicates("JK1", groups="group")
    made["mean by 12"] = lambda design: design.mean("score", by=domains)
    made["total by 12"] = lambda design: design.total("score", by=domains)
    if name == "rows":
        made["proportion by 12"] = lambda design: design.proportion("trust", by=domains)
        made["ratio by 12"] = lambda design: design.ratio("score", "trust", by=domains)
        made["median by 4"] = lambda design: design.quantile("trust", 0.5, by="wave")
    return made


def run(name: str, make: Callable[[], ts.SurveyDesign]) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Return the seconds of each step, on the clock and of the processor, and the estimates."""
    times, estimates, design = {}, {}, None
    for step, action in steps(name, make).items():
        start, used = time.perf_counter(), time.process_time()
        result = action(design)
        times[step] = [time.perf_counter() - start, time.process_time() - used]
        if isinstance(result, ts.SurveyDesign):
            design = result
        else:
            estimates[step] = result
    return times, estimates


def measure(name: str, file: Path, memory: str) -> None:
    """Print the seconds of each step, the cells and the peak of memory of this process."""
    connection = connect(file.parent, memory)
    designs: list[ts.SurveyDesign] = []

    def make() -> ts.SurveyDesign:
        designs.append(ts.SurveyDesign.from_query(connection, f"FROM '{file}'", **DESIGNS[name]))
        return designs[0]

    times, estimates = run(name, make)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n = int(estimates["mean by 12"].table["n"].sum())
    print(json.dumps({"times": times, "cells": len(designs[0].data), "n": n, "peak": peak}))


def in_process(*arguments: str) -> str:
    return subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def largest_difference(name: str, file: Path, rows: int, memory: str) -> tuple[float, dict[str, list[float]]]:
    """Return how far estimates of the first rows are from those in memory, and the seconds these took."""
    connection = connect(file.parent, memory)
    connection.execute(f"CREATE TEMP TABLE first_rows AS FROM '{file}' LIMIT {rows}")
    frame = connection.sql("FROM first_rows").to_arrow_table().to_pandas()
    _, there = run(name, lambda: ts.SurveyDesign.from_query(connection, "first_rows", **DESIGNS[name]))
    times, here = run(name, lambda: ts.SurveyDesign(frame, weights="weight"))
    worst = 0.0
    for step, expected in here.items():
        for column in ("estimate", "se", "low", "high", "n", "n_effective", "deff"):
            one, other = (each.table[column].to_numpy(dtype=np.float64) for each in (there[step], expected))
            worst = max(worst, float(np.max(np.abs(one - other) / np.maximum(np.abs(other), 1e-300))))
    return worst, times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--compared", type=int, default=2_000_000, help="rows of the file that are compared")
    parser.add_argument("--memory", default="2GB", help="what DuckDB may take")
    parser.add_argument("--folder", type=Path, help="where the file goes; a temporary folder otherwise")
    parser.add_argument("--measure", choices=DESIGNS, help=argparse.SUPPRESS)
    parser.add_argument("--generate", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.folder / "answers.parquet", options.memory)
        return
    if options.generate:
        generate(options.folder / "answers.parquet", options.rows, options.memory)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file = Path(folder) / "answers.parquet"
        common = ["--folder", folder, "--rows", str(options.rows), "--memory", options.memory]
        start = time.perf_counter()
        in_process("--generate", *common)
        took = time.perf_counter() - start
        print(f"{options.rows:,} rows written in {took:.0f} s: {file.stat().st_size / 1e6:,.0f} MB\n", flush=True)
        print("| design | cells | step | seconds | of the processor | peak MB |\n|---|---:|---|---:|---:|---:|")
        for name in DESIGNS:
            measured = json.loads(in_process("--measure", name, *common))
            for step, (seconds, used) in measured["times"].items():
                row = f"{name} | {measured['cells']:,} | {step} | {seconds:.2f} | {used:.2f} | {measured['peak']:,.0f}"
                print(f"| {row} |", flush=True)
        apart = {}
        for name in DESIGNS:
            rows = min(options.compared, options.rows)
            apart[name], times = largest_difference(name, file, rows, options.memory)
            listed = ", ".join(f"{step} {seconds:.2f} s" for step, (seconds, _) in times.items() if step != "query")
            print(f"\n{name}, first {rows:,} rows: apart by {apart[name]:.1e} from a data frame in memory ({listed})")
    if max(apart.values()) > TOLERANCE:
        sys.exit(f"estimates differ from those in memory by up to {max(apart.values()):.1e}")


if __name__ == "__main__":
    main()
