"""The command that imports surveys and answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trustsurvey.cli import app
from trustsurvey.errors import InputError
from trustsurvey.fieldwork.platform import raw_keys
from trustsurvey.fieldwork.responses import load_responses
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.building import write_structure

EVERY_KIND = Path(__file__).parent / "every-kind.yaml"
STRUCTURES = Path(__file__).parent / "structures"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def test_a_survey_becomes_a_file_and_a_report(tmp_path: Path) -> None:
    target, report = tmp_path / "new" / "survey.yaml", tmp_path / "report.txt"
    result = run(STRUCTURES / "version-2.lss", "-o", target, "--report", report)
    assert result.exit_code == 0, result.output
    assert f"{target}: " in result.stdout
    assert "left out" in result.stderr
    assert load_instrument(target).languages == ("fr", "en")
    lines = report.read_text(encoding="utf-8").splitlines()
    assert sum(not line.startswith("    ") for line in lines) == int(result.stdout.split("; ")[1].split()[0])


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("<DBVersion>621</DBVersion>", "version 621 of LimeSurvey's database is newer than 620"),
        ("<DBVersion>latest</DBVersion>", "does not tell the version"),
        ("<DBVersion>6x</DBVersion>", "does not tell the version"),
        ("<DBVersion>-5</DBVersion>", "does not tell the version"),
        (f"<DBVersion>{'9' * 5000}</DBVersion>", "does not tell the version"),
        ("<DBVersion/>", "does not tell the version"),
        ("", "does not tell the version"),
        ("<DBVersion>620</DBVersion>", ""),
        ("<DBVersion>155.6</DBVersion>", ""),
    ],
)
def test_a_version_that_is_not_known_is_to_be_checked(tmp_path: Path, version: str, message: str) -> None:
    source, report = tmp_path / "survey.lss", tmp_path / "report.txt"
    text = (STRUCTURES / "version-2.lss").read_text(encoding="utf-8")
    assert "<DBVersion>178</DBVersion>" in text
    source.write_text(text.replace("<DBVersion>178</DBVersion>", version), encoding="utf-8")
    assert run(source, "-o", tmp_path / "survey.yaml", "--report", report).exit_code == 0
    told = [line for line in report.read_text(encoding="utf-8").splitlines() if "LimeSurvey's database" in line]
    assert len(told) == bool(message)
    assert all(line.startswith("survey: to check: ") and message in line for line in told)


def test_a_file_that_was_worked_on_is_not_written_over(tmp_path: Path) -> None:
    target = tmp_path / "survey.yaml"
    target.write_text("mine", encoding="utf-8")
    result = run(STRUCTURES / "version-2.lss", "-o", target)
    assert isinstance(result.exception, InputError)
    assert "exists, and may have been worked on" in str(result.exception)
    assert target.read_text(encoding="utf-8") == "mine"


def test_what_build_wrote_comes_back(tmp_path: Path) -> None:
    instrument = load_instrument(EVERY_KIND)
    write_structure(instrument, tmp_path / "survey.lss", "2026")
    assert run(tmp_path / "survey.lss", "-o", tmp_path / "again.yaml").exit_code == 0
    assert load_instrument(tmp_path / "again.yaml").digest == instrument.digest


def test_answers_become_coded_responses(tmp_path: Path) -> None:
    keys = raw_keys(load_instrument(EVERY_KIND))
    given = {"CONSENT": "yes", "TRUST": "DK", "AGREE": "2"}
    rows = [
        ["id", "submitdate", "startlanguage", *keys],
        ["7", "2026-01-05", "nl", *(given.get(key, "") for key in keys)],
    ]
    path = tmp_path / "answers.csv"
    path.write_text("\r\n".join(";".join(row) for row in rows) + "\r\n", encoding="utf-8")
    result = run(path, "--instrument", EVERY_KIND, "--wave", "2026", "-o", tmp_path / "2026.parquet")
    assert result.exit_code == 0, result.output
    assert "respondents 1" in result.stdout
    responses = load_responses(tmp_path / "2026.parquet")
    assert responses.frame.loc[7, "AGREE"] == "2"
    assert responses.missing.loc[7, "TRUST"] == "dont_know"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["answers.csv"], "looks like answers"), (["answers.csv", "--wave", "2026"], "--instrument and --wave")],
)
def test_answers_need_their_questionnaire(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
