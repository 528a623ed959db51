"""The whole way: deploy, answer, fetch, code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from trustsurvey.fieldwork.archive import Archive, fetch
from trustsurvey.fieldwork.platform import Deployment, Record
from trustsurvey.fieldwork.responses import import_responses
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import Truth, fill, simulate
from trustsurvey.instruments.model import Instrument


def test_from_deployment_to_coded_answers(
    tmp_path: Path,
    sandbox: Sandbox,
    deployment: Deployment,
    instrument: Instrument,
    cells: pd.DataFrame,
    truth: Truth,
) -> None:
    records = simulate(instrument, cells, truth, "2026", invited=700, seed=5)
    fill(sandbox, deployment, records)
    archive = Archive.create(tmp_path / "raw", deployment, instrument)
    result = fetch(sandbox, deployment, archive, size=100)
    responses = import_responses(archive)
    assert result.respondents == len(records) == len(responses.frame) == sandbox.status(deployment).started
    assert result.completed == sum(record.submitted is not None for record in records)
    counts = responses.counts
    assert counts["completed"] + counts["no_consent"] == result.completed
    assert set(responses.frame["status"]) == {"completed", "broken_off", "no_consent"}
    assert "NATNOW" not in responses.frame
    assert list(responses.frame["origin"].cat.categories) == ["belgian", "foreign", "other"]
    assert responses.frame["age_group"].cat.ordered


def test_a_low_number_that_completes_late_arrives(
    tmp_path: Path,
    sandbox: Sandbox,
    deployment: Deployment,
    instrument: Instrument,
    record: Callable[..., Record],
) -> None:
    archive = Archive.create(tmp_path / "raw", deployment, instrument)
    sandbox.save(deployment, [record(1, submitted=False, last_page=1), record(2, {"TRUST": "7"})])
    assert fetch(sandbox, deployment, archive).new == 2
    assert import_responses(archive).frame["status"].tolist() == ["broken_off", "completed"]
    sandbox.save(deployment, [record(1, {"TRUST": "3"})])
    assert fetch(sandbox, deployment, archive).new == 1
    responses = import_responses(archive)
    assert responses.frame["status"].tolist() == ["completed", "completed"]
    assert responses.frame["TRUST"].tolist() == [3.0, 7.0]
    assert (responses.counts["records"], responses.counts["superseded"], responses.counts["respondents"]) == (3, 1, 2)
