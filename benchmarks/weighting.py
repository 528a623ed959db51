"""Time weighting and estimation beside R's survey and the Python peers: python benchmarks/weighting.py.

The same made-up samples go through public names here and, where they are installed, through R (weighting.R) and the
peers (peers.py). Weights and standard errors are compared with R's; a disagreement ends the run with exit code 1.
README.md says how to install what it is compared with.
"""

from __future__ import annotations

import argparse
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
from by_hand import ByHand

import trustsurvey as ts

HERE = Path(__file__).parent
LEVELS = {"district": 19, "age": 7, "origin": 3, "sex": 2}
POPULATION = 1_200_000
BY = ["wave", "origin"]
ITEMS = ["item1", "item2", "item3", "item4"]
TASKS = {
    "rake": "rake to four margins",
    "taylor": "mean and SE by origin x wave after raking",
    "bootstrap": "bootstrap replicates, each raked, mean and SE by origin x wave",
    "jackknife": "jackknife of 200 groups, each raked, mean and SE by origin x wave",
    "omega": "one-factor omega of four items",
}
PEERS = ("svy", "balance", "weightipy")
# lavaan's optimiser leaves omega some 1e-6 off; tests/reference/reliability.R carries it on.
TOLERANCES = {"omega": 1e-5}
TOLERANCE = 1e-8
LEAST_SECONDS, MOST_RUNS = 0.5, 200
# What takes R or a peer minutes at a million rows; run with --long.
LONG = 200_000


def make_sample(rows: int) -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    """Make a sample of pandas categoricals, and the margins of a population some way off."""
    rng = np.random.default_rng(rows)
    columns: dict[str, object] = {}
    margins = {}
    for name, levels in LEVELS.items():
        labels = [f"{name}{number:02d}" for number in range(levels)]
        shares = rng.dirichlet(np.full(levels, 8.0)) * 0.7 + 0.3 / levels
        columns[name] = pd.Categorical.from_codes(rng.choice(levels, rows, p=shares).astype(np.int8), labels)
        targets = shares * rng.uniform(0.7, 1.4, levels)
        margins[name] = dict(zip(labels, (POPULATION * targets / targets.sum()).tolist(), strict=True))
    columns["wave"] = pd.Categorical.from_codes(rng.integers(0, 4, rows).astype(np.int8), [2020, 2022, 2024, 2026])
    columns["group"] = rng.permutation(np.arange(rows) % 200)
    factor = rng.normal(size=rows)
    columns["trust"] = 5.5 + 1.5 * factor + rng.normal(0, 1.3, rows)
    for item, loading in zip(ITEMS, (0.8, 0.7, 0.65, 0.5), strict=True):
        latent = loading * factor + np.sqrt(1 - loading**2) * rng.normal(size=rows)
        columns[item] = np.clip(np.round(3 + 1.1 * latent), 1, 5).astype(np.int8)
    return pd.DataFrame(columns), margins


def replicates(rows: int) -> int:
    return 500 if rows < LONG else 200


def median_time(action: Callable[[], object], runs: int) -> float:
    """Return the median of so many runs, and of more where these are over at once: the first ones are slow."""
    action()
    times: list[float] = []
    while len(times) < runs or (sum(times) < LEAST_SECONDS and len(times) < MOST_RUNS):
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


def ours(frame: pd.DataFrame, margins: dict[str, dict[str, float]]) -> dict[str, Callable[[], object]]:
    design = ts.SurveyDesign(frame)
    raked = design.rake(margins)
    grouped = ts.SurveyDesign(frame, clusters="group")
    number = replicates(len(frame))
    return {
        "rake": lambda: design.rake(margins),
        "taylor": lambda: raked.mean("trust", by=BY),
        "bootstrap": lambda: design.with_replicates("bootstrap", number, seed=1).rake(margins).mean("trust", by=BY),
        "jackknife": lambda: grouped.with_replicates("JK1").rake(margins).mean("trust", by=BY),
        "omega": lambda: ts.reliability(raked, ITEMS).omega,
    }


def plain(frame: pd.DataFrame, margins: dict[str, dict[str, float]]) -> dict[str, Callable[[], object]]:
    by_hand = ByHand(frame, margins, BY, "trust", "group")
    return {
        "rake": by_hand.rake,
        "taylor": by_hand.taylor,
        "bootstrap": lambda: by_hand.bootstrap(replicates(len(frame))),
        "jackknife": lambda: by_hand.jackknife(200),
    }


def write(folder: Path, frame: pd.DataFrame, margins: dict[str, dict[str, float]], runs: int, long: bool) -> None:
    frame.to_csv(folder / "sample.csv", index=False)
    frame.to_parquet(folder / "sample.parquet")
    wanted = [task for task in TASKS if long or len(frame) < LONG or task not in ("bootstrap", "jackknife")]
    plan = {"margins": margins, "items": ITEMS, "replicates": replicates(len(frame)), "runs": runs, "tasks": wanted}
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")


def run_others(folder: Path, with_r: bool) -> dict[str, dict[str, float]]:
    """Return the seconds of each task by program; none for a program that is not installed."""
    commands = {"R": ["Rscript", "--vanilla", str(HERE / "weighting.R"), str(folder)]} if with_r else {}
    for name in PEERS:
        python = HERE / ".peers" / name / "bin" / "python"
        if python.exists():
            commands[name] = [str(python), str(HERE / "peers.py"), name, str(folder)]
    times = {}
    for name, command in commands.items():
        subprocess.run(command, check=True, stdout=sys.stderr)
        times[name] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return times


def compare(folder: Path, actions: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the largest relative difference of weights, standard errors and omega from R's."""
    theirs = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
    weights = np.fromfile(folder / "weights.bin", dtype="<f8")
    apart = {"rake": float(np.abs(actions["rake"]().weights.to_numpy() / weights - 1).max())}  # type: ignore[attr-defined]
    for task in ("taylor", "jackknife"):
        if task in theirs:
            errors = actions[task]().table["se"].to_numpy()  # type: ignore[attr-defined]
            apart[task] = float(np.abs(errors / np.array(theirs[task]) - 1).max())
    if "omega" in theirs:
        apart["omega"] = abs(actions["omega"]() / theirs["omega"] - 1)  # type: ignore[operator]
    return apart


def has_r() -> bool:
    if shutil.which("Rscript") is None:
        return False
    check = [
        "Rscript",
        "--vanilla",
        "-e",
        "for (p in c('survey', 'lavaan', 'jsonlite')) library(p, character.only = TRUE)",
    ]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if value < 1 else f"{value:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 50_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--without-r", action="store_true")
    parser.add_argument("--long", action="store_true", help="let R and svy do the replicates of a million rows too")
    options = parser.parse_args()
    with_r = not options.without_r and has_r()
    names = ["NumPy", "R", *PEERS]
    print("| task | rows | seconds | peak MB | " + " | ".join(names) + " | apart from R |")
    print("|---|---:|---:|---:|" + "---:|" * len(names) + "---:|")
    differing: list[str] = []
    for rows in options.sizes:
        frame, margins = make_sample(rows)
        actions = ours(frame, margins)
        times = {task: median_time(action, options.runs) for task, action in actions.items()}
        by_hand = {task: median_time(action, options.runs) for task, action in plain(frame, margins).items()}
        memory = {task: peak_memory(action) for task, action in actions.items()}
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), frame, margins, options.runs if rows < LONG else 1, options.long)
            others = {"NumPy": by_hand, **run_others(Path(folder), with_r)}
            apart = compare(Path(folder), actions) if with_r else {}
        differing += [
            f"{task} at {rows:,} rows by {by:.1e}" for task, by in apart.items() if by > TOLERANCES.get(task, TOLERANCE)
        ]
        for task, text in TASKS.items():
            label = f"{replicates(rows)} {text}" if task == "bootstrap" else text
            cells = [label, f"{rows:,}", seconds(times[task]), f"{memory[task]:.0f}"]
            cells += [seconds(others.get(name, {}).get(task)) for name in names]
            cells.append(f"{apart[task]:.0e}" if task in apart else "-")
            print(f"| {' | '.join(cells)} |", flush=True)
    if differing:
        sys.exit(f"numbers differ from R's: {'; '.join(differing)}")


if __name__ == "__main__":
    main()
