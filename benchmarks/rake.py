"""Time raking and standard errors beside R's survey: python benchmarks/rake.py [--sizes 2000 50000 1000000].

The same made-up samples go through public names here and, where Rscript and its package survey are installed, through
rake.R. Weights are compared with those of R's calibrate; a disagreement ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import trustsurvey as ts

LEVELS = {"district": 19, "age": 7, "origin": 3, "sex": 2}
POPULATION = 1_200_000
R_SCRIPT = Path(__file__).with_name("rake.R")
TOLERANCE = 1e-6


def make_sample(rows: int) -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    """Make a sample of pandas categoricals, and the margins of a population some way off."""
    rng = np.random.default_rng(rows)
    columns: dict[str, object] = {}
    margins = {}
    for name, levels in LEVELS.items():
        labels = [f"{name}{number}" for number in range(levels)]
        shares = rng.dirichlet(np.full(levels, 8.0)) * 0.7 + 0.3 / levels
        columns[name] = pd.Categorical.from_codes(rng.choice(levels, rows, p=shares).astype(np.int8), labels)
        targets = shares * rng.uniform(0.7, 1.4, levels)
        margins[name] = dict(zip(labels, (POPULATION * targets / targets.sum()).tolist(), strict=True))
    columns["wave"] = pd.Categorical.from_codes(rng.integers(0, 4, rows).astype(np.int8), [2020, 2022, 2024, 2026])
    columns["trust"] = rng.normal(5.5, 2.0, rows)
    return pd.DataFrame(columns), margins


def median_time(action: Callable[[], object], runs: int) -> float:
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_memory(action: Callable[[], object]) -> float:
    """Return the peak of memory taken on top of what was there, in MB."""
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def run_r(frame: pd.DataFrame, margins: dict[str, dict[str, float]], runs: int) -> tuple[dict[str, float], np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        frame.to_csv(place / "sample.csv", index=False)
        rows = [(name, level, repr(count)) for name, counts in margins.items() for level, count in counts.items()]
        with (place / "margins.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("margin", "level", "count"), *rows])
        subprocess.run(["Rscript", "--vanilla", str(R_SCRIPT), folder, str(runs)], check=True, stdout=sys.stderr)
        times = json.loads((place / "times.json").read_text(encoding="utf-8"))
        weights = np.fromfile(place / "weights.bin", dtype="<f8")
    return times, weights


def has_r() -> bool:
    if shutil.which("Rscript") is None:
        return False
    check = ["Rscript", "--vanilla", "-e", "for (p in c('survey', 'jsonlite')) library(p, character.only = TRUE)"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if value < 1 else f"{value:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 50_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--without-r", action="store_true")
    options = parser.parse_args()
    with_r = not options.without_r and has_r()
    if not with_r:
        print("without R: Rscript with survey and jsonlite is not installed, or was not wanted\n")
    names = ("rake", "mean", "mean by 12")
    r_names = ("rake", "calibrate", "mean", "mean by 12")
    print(
        "| rows | "
        + " | ".join(names)
        + " | peak MB | "
        + " | ".join(f"R {name}" for name in r_names)
        + " | weights apart |"
    )
    print("|" + "---:|" * (len(names) + len(r_names) + 3))
    worst = 0.0
    for rows in options.sizes:
        frame, margins = make_sample(rows)
        design = ts.SurveyDesign(frame)
        raked = design.rake(margins)
        actions: dict[str, Callable[[], object]] = {
            "rake": lambda design=design, margins=margins: design.rake(margins),
            "mean": lambda raked=raked: raked.mean("trust"),
            "mean by 12": lambda raked=raked: raked.mean("trust", by=["wave", "origin"]),
        }
        times = [median_time(actions[name], options.runs) for name in names]
        memory = max(peak_memory(action) for action in actions.values())
        r_times: dict[str, float] = {}
        apart = float("nan")
        if with_r:
            r_times, weights = run_r(frame, margins, options.runs if rows < 200_000 else 1)
            apart = float(np.abs(raked.weights.to_numpy() / weights - 1).max())
            worst = max(worst, apart)
        cells = [f"{rows:,}", *(seconds(each) for each in times), f"{memory:.0f}"]
        cells += [seconds(r_times.get(name)) for name in r_names]
        print(f"| {' | '.join(cells)} | {apart:.1e} |", flush=True)
    if worst > TOLERANCE:
        sys.exit(f"weights differ from R's by up to {worst:.1e}")


if __name__ == "__main__":
    main()
