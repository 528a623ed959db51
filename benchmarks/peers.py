"""Time a peer on the sample that weighting.py wrote: PYTHON peers.py svy|balance|weightipy FOLDER.

PYTHON is an interpreter that has the peer installed; README.md says how. Nothing of trustsurvey is imported.
"""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

BY = ["wave", "origin"]


def svy_tasks(folder: Path, plan: dict[str, Any]) -> dict[str, Callable[[], object]]:
    import polars as pl
    import svy

    frame = pl.read_parquet(folder / "sample.parquet").with_columns(pl.col("wave").cast(pl.String))
    total = sum(next(iter(plan["margins"].values())).values())
    frame = frame.with_columns(pl.lit(total / len(frame)).alias("weight"), pl.int_range(len(frame)).alias("row"))
    options = {"controls": plan["margins"], "tol": 1e-10, "max_iter": 1000}
    plain = svy.Sample(frame, svy.Design(wgt="weight"))
    rows = svy.Sample(frame, svy.Design(wgt="weight", psu="row"))
    grouped = svy.Sample(frame, svy.Design(wgt="weight", psu="group"))
    raked = plain.weighting.rake(**options)

    def replicated(sample: Any) -> object:
        return sample.weighting.rake(**options).estimation.mean("trust", by=BY, method="replication")

    return {
        "rake": lambda: plain.weighting.rake(**options),
        "taylor": lambda: raked.estimation.mean("trust", by=BY, method="taylor"),
        "bootstrap": lambda: replicated(rows.weighting.create_bs_wgts(plan["replicates"], rstate=1)),
        "jackknife": lambda: replicated(grouped.weighting.create_jk_wgts()),
    }


def balance_tasks(folder: Path, plan: dict[str, Any]) -> dict[str, Callable[[], object]]:
    import numpy as np
    import pandas as pd
    from balance.weighting_methods import rake

    logging.getLogger("balance").setLevel(logging.ERROR)
    frame = pd.read_csv(folder / "sample.csv", usecols=list(plan["margins"]), dtype=str).astype(object)
    shares = {
        name: {level: count / sum(counts.values()) for level, count in counts.items()}
        for name, counts in plan["margins"].items()
    }
    ones = pd.Series(np.ones(len(frame)))
    options = {"target_margins": shares, "transformations": None, "convergence_rate": 1e-10}
    return {"rake": lambda: rake.rake(frame, ones, None, None, **options)}


def weightipy_tasks(folder: Path, plan: dict[str, Any]) -> dict[str, Callable[[], object]]:
    import pandas as pd
    import weightipy

    frame = pd.read_csv(folder / "sample.csv", usecols=list(plan["margins"]), dtype=str).astype(object)
    percentages = {
        name: {level: 100 * count / sum(counts.values()) for level, count in counts.items()}
        for name, counts in plan["margins"].items()
    }
    options = {"convcrit": 1e-10, "max_iterations": 1000}
    scheme = weightipy.scheme_from_dict(percentages, rim_params=options)
    return {"rake": lambda: weightipy.weight(frame, scheme)}


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    warnings.simplefilter("ignore")
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    tasks = {"svy": svy_tasks, "balance": balance_tasks, "weightipy": weightipy_tasks}[name](folder, plan)
    times = {}
    for task, action in tasks.items():
        if task not in plan["tasks"]:
            continue
        seconds = []
        for _ in range(1 if task in ("bootstrap", "jackknife") else min(plan["runs"], 3)):
            start = time.perf_counter()
            action()
            seconds.append(time.perf_counter() - start)
        times[task] = statistics.median(seconds)
    (folder / f"{name}.json").write_text(json.dumps(times), encoding="utf-8")


if __name__ == "__main__":
    main()
