"""trustsurvey register, as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trustsurvey.cli import app
from trustsurvey.errors import RegisterError

Row = Mapping[str, str]
Write = Callable[..., Path]
NAME = "identity-checks-register"


def test_records_go_from_a_template_into_keeping(
    check: Row, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    made = run.invoke(app, ["register", "template", NAME, "-o", "checks.csv", "--language", "en"])
    assert made.exit_code == 0, made.output
    assert "checks.codes.csv: what each column takes" in made.output
    arguments = ["register", "import", str(write([check])), "--register", NAME, "--period", "2026-01"]
    done = run.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    place = f"registers/{NAME}/2026-01/5340.parquet"
    assert done.output.strip() == f"{place}: imported, 1 records of {NAME} for 2026-01, from 5340"
    assert (tmp_path / place).is_file()
    assert "already imported" in run.invoke(app, arguments).output
    write([{**check, "COUNT": "13"}])
    assert "--replace" in str(run.invoke(app, arguments).exception)
    assert "replaced, 1 records" in run.invoke(app, [*arguments, "--replace"]).output


def test_what_is_wrong_is_said_in_the_language_asked_for(check: Row, write: Write) -> None:
    path = write([{**check, "MOTIVE": "RESID"}])
    options = ["--register", NAME, "--period", "2026-01", "--language", "nl"]
    failed = CliRunner().invoke(app, ["register", "import", str(path), *options])
    assert isinstance(failed.exception, RegisterError)
    assert "Het nagaan van het verblijfsrecht steunt op de wetgeving" in str(failed.exception)
