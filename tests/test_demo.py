"""The demonstration: from an empty folder to three reports, and nothing twice."""

import re
from pathlib import Path

import pandas as pd
import pytest

from trustsurvey import demo as module
from trustsurvey.demo import run_demo
from trustsurvey.study.fieldwork import status

INVITED = 1200


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "demo"
    made = run_demo(folder, invited=INVITED)
    assert [path.relative_to(folder).as_posix() for path in made] == [
        f"report/monitoring-{language}.{format_}" for language in ("fr", "nl", "en") for format_ in ("html", "pdf")
    ]
    return folder


def test_every_report_says_the_headline_of_the_results(demo: Path) -> None:
    estimates = pd.read_parquet(demo / "results" / "tables" / "estimates.parquet")
    row = estimates.query("measure == 'overall_trust' and domain == 'all' and wave == '2026'").iloc[0]
    for language, sign in (("fr", ","), ("nl", ","), ("en", ".")):
        page = (demo / "report" / f"monitoring-{language}.html").read_text(encoding="utf-8")
        text = re.sub(r"<[^>]+>", "", page)
        for value in row[["estimate", "low", "high"]]:
            assert f"{value:.1f}".replace(".", sign) in text, (language, value)
        assert (demo / "report" / f"monitoring-{language}.pdf").read_bytes().startswith(b"%PDF")


def test_running_it_again_does_nothing_twice(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "report_study", lambda *_: [])
    archive = sorted((demo / "fieldwork").rglob("*.jsonl"))
    before = {path: path.stat().st_mtime_ns for path in (*archive, *(demo / "results").rglob("*"))}
    told: list[str] = []
    run_demo(demo, lambda message, share=None: told.append(message), INVITED)  # noqa: ARG005
    assert "nothing is new" in told
    assert not any("invited" in message for message in told)
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert status(demo / "fieldwork" / "2026.json").state == "closed"


def test_an_interrupted_demonstration_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "close_survey", stop)
        with pytest.raises(KeyboardInterrupt):
            run_demo(tmp_path / "demo", invited=100)
    monkeypatch.setattr(module, "run_study", lambda *_: None)
    monkeypatch.setattr(module, "report_study", lambda *_: [])
    run_demo(tmp_path / "demo", invited=100)
    started = [status(tmp_path / "demo" / "fieldwork" / f"{wave}.json").started for wave in range(2023, 2027)]
    assert all(20 < number < 80 for number in started)
