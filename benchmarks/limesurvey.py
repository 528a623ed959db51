"""Time a LimeSurvey server: python benchmarks/limesurvey.py [--answers 1000 10000].

Needs LIMESURVEY_URL, LIMESURVEY_USER and LIMESURVEY_PASSWORD. For each number of answers, citizen-trust is deployed as
a wave of its own, opened, answered by simulated respondents, and fetched: first time, when nothing is new, and again
into another archive to measure memory. The surveys are closed at the end and stay on the server, as answers are never
deleted.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trustsurvey as ts
from trustsurvey.demo import TRUTH, population_cells
from trustsurvey.fieldwork.archive import Archive, FetchResult, fetch
from trustsurvey.fieldwork.platform import Deployment
from trustsurvey.fieldwork.simulate import simulate
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey.client import Client
from trustsurvey.limesurvey.credentials import credentials_for
from trustsurvey.limesurvey.platform import LimeSurvey
from trustsurvey.study.instruments import instrument_path

RESPONSE_RATE = 0.3


@dataclass(slots=True)
class Counted(Client):
    """A client that counts its calls."""

    calls: int = 0

    def read(self, method: str, *parameters: Any) -> Any:
        """Count and call."""
        self.calls += 1
        return Client.read(self, method, *parameters)

    def write(self, method: str, *parameters: Any) -> Any:
        """Count and call."""
        self.calls += 1
        return Client.write(self, method, *parameters)


def measured(client: Counted, work: Callable[[], Any]) -> tuple[float, int, Any]:
    """Return seconds, calls and what the work returned."""
    before, start = client.calls, time.perf_counter()
    result = work()
    return time.perf_counter() - start, client.calls - before, result


def answer(client: Client, deployment: Deployment, instrument: Instrument, wanted: int) -> None:
    """Let simulated respondents answer through the server's interface."""
    cells = population_cells(ts.load_population("brussels-2022"))
    records = simulate(instrument, cells, TRUTH, "2026", round(wanted / RESPONSE_RATE), seed=1)[:wanted]
    columns = {
        row["title"] + (f"[{row['aid']}]" if row.get("aid") else ""): column
        for column, row in client.read("get_fieldmap", deployment.survey).items()
        if row.get("qid")
    }
    for record in records:
        row: dict[str, Any] = {columns[key]: value for key, value in record.answers.items() if value}
        row |= {"startlanguage": record.language, "lastpage": record.last_page, "submitdate": record.submitted or ""}
        client.write("add_response", deployment.survey, row)
    if len(records) < wanted:
        print(f"only {len(records)} respondents were simulated")


def run(wanted: int, folder: Path) -> list[str]:
    """Deploy, answer and fetch one survey; return the row of the table."""
    instrument = ts.load_instrument(instrument_path("citizen-trust@1.0.0", Path()))
    address = os.environ["LIMESURVEY_URL"]
    wave = f"benchmark-{datetime.now(UTC):%Y%m%d%H%M%S}"
    with Counted(address, credentials_for(address)) as client:
        server = LimeSurvey(client, instrument)
        deploying, deploy_calls, deployment = measured(client, lambda: server.deploy(instrument, wave))
        deployment = server.open(deployment)
        answer(client, deployment, instrument, wanted)
        archive = Archive.create(folder / wave, deployment, instrument)
        first, first_calls, result = measured(client, lambda: fetch(server, deployment, archive))
        again, again_calls, nothing = measured(client, lambda: fetch(server, deployment, archive))
        assert (result.respondents, nothing.new) == (wanted, 0)
        status, status_calls, _ = measured(client, lambda: server.status(deployment))
        peak = memory(lambda: fetch(server, deployment, Archive.create(folder / f"{wave}-2", deployment, instrument)))
        server.close(deployment)
    timed = ((deploying, deploy_calls), (first, first_calls), (again, again_calls), (status, status_calls))
    return [f"{wanted:,}", *(f"{seconds:.1f} ({calls})" for seconds, calls in timed), f"{peak:.0f}"]


def memory(work: Callable[[], FetchResult]) -> float:
    """Return the peak of what a piece of work allocates, in MB."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, nargs="+", default=[1000, 10_000])
    arguments = parser.parse_args()
    print("| answers | deploy | first fetch | nothing new | status | peak MB |")
    print("|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for wanted in arguments.answers:
            print("|", " | ".join(run(wanted, Path(folder))), "|", flush=True)


if __name__ == "__main__":
    main()
