"""A study from the command line: run, then report."""

import sys
from pathlib import Path

import pytest

from trustsurvey import cli


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["trustsurvey", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        return int(caught.value.code or 0), printed.out, printed.err

    return call


def test_a_report_needs_results(fielded: Path, command) -> None:
    code, _, err = command("report", fielded / "study.yaml")
    assert code == 2
    assert "run the study first: trustsurvey run" in err


def test_altered_results_are_not_reported(fielded: Path, command) -> None:
    study = fielded / "study.yaml"
    command("run", study)
    record = fielded / "results" / "provenance.json"
    record.write_text(record.read_text().replace('"simulated": true', '"simulated": false'))
    code, _, err = command("report", study, "--language", "nl", "--to", "html")
    assert code == 2
    assert "provenance.json changed after the run" in err
    assert not (fielded / "report").exists()
    assert command("run", study)[1].rstrip().endswith("results: written")


def test_run_then_report(fielded: Path, command) -> None:
    study = fielded / "study.yaml"
    code, out, err = command("run", study)
    assert code == 0
    assert out.rstrip().endswith("results: written")
    assert "wave 2026: fetch" in err
    assert command("run", study)[1].rstrip().endswith("results: up to date, nothing was new")
    code, out, _ = command("report", study, "--language", "nl", "--to", "html")
    assert code == 0
    page = fielded / "report" / "monitoring-nl.html"
    assert out.split() == [str(page)]
    assert 'lang="nl"' in page.read_text(encoding="utf-8")[:400]
    assert list((fielded / "report" / "tables").glob("*.csv"))


@pytest.mark.parametrize(("option", "value"), [("--language", "de"), ("--to", "docx")])
def test_a_language_or_format_there_is_not_is_named(fielded: Path, command, option: str, value: str) -> None:
    command("run", fielded / "study.yaml")
    code, _, err = command("report", fielded / "study.yaml", option, value)
    assert code == 2
    assert value in err
    assert "html" in err or "fr" in err
