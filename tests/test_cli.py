"""The command line as a user meets it: what it prints, and its exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trustsurvey import cli
from trustsurvey.resources import share


def run(
    *arguments: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Run a command in a folder; return the exit code and what went to standard output and error."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["trustsurvey", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    printed = capsys.readouterr()
    return int(caught.value.code or 0), printed.out, printed.err


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def call(*arguments: str) -> tuple[int, str, str]:
        return run(*arguments, folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)

    return call


def test_a_survey_goes_from_deployment_to_archive(command, tmp_path: Path) -> None:
    code, out, _ = command("deploy", "citizen-trust@1.0.0", "--wave", "2026", "--to", "sandbox:field.sqlite")
    assert code == 0
    assert "citizen-trust@1.0.0, wave 2026" in out
    content = json.loads((tmp_path / "fieldwork" / "2026.json").read_text())
    assert content["platform"] == "sandbox:../field.sqlite"
    assert command("deploy", "citizen-trust@1.0.0", "--wave", "2026", "--to", "sandbox:field.sqlite")[0] == 0
    assert command("open", "fieldwork/2026.json")[0] == 0
    code, out, _ = command("status", "fieldwork/2026.json")
    assert code == 0
    assert "open" in out
    assert "started 0, completed 0" in out
    code, out, _ = command("fetch", "fieldwork/2026.json")
    assert code == 0
    assert "0 new, 0 respondents" in out
    code, out, _ = command("close", "fieldwork/2026.json")
    assert code == 0
    assert "closed" in out
    assert "closed" in command("status", "fieldwork/2026.json")[1]


def test_a_sandbox_without_a_name_has_one(command, tmp_path: Path) -> None:
    assert command("deploy", "citizen-trust@1.0.0", "--wave", "2026", "--to", "sandbox")[0] == 0
    assert (tmp_path / "sandbox.sqlite").is_file()


def test_check_says_what_an_instrument_holds(command) -> None:
    code, out, _ = command("check", "citizen-trust@1.0.0")
    assert code == 0
    assert out.startswith("citizen-trust 1.0.0: ")
    assert "fr, nl, en" in out


def test_check_lists_every_problem_and_exits_with_2(command, tmp_path: Path) -> None:
    source = share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"
    text = (
        source.read_text(encoding="utf-8")
        .replace("\nconsent: ", "\nconsnet: ", 1)
        .replace("type: rating", "type: ratting", 1)
    )
    (tmp_path / "draft.yaml").write_text(text, encoding="utf-8")
    code, _, err = command("check", "draft.yaml")
    assert code == 2
    assert "draft.yaml:" in err
    assert "consnet" in err
    assert "ratting" in err
    assert "problems" in err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("run", "study.yaml"), "study.yaml"),
        (("report", "study.yaml"), "study.yaml"),
        (("fetch", "fieldwork/2026.json"), "2026.json"),
        (("status", "fieldwork/2026.json"), "2026.json"),
        (("check", "nothing.yaml"), "citizen-trust@1.0.0"),
        (("deploy", "citizen-trust@1.0.0", "--wave", "1", "--to", "elsewhere"), "give sandbox"),
        (("deploy", "citizen-trust@1.0.0", "--wave", "1", "--to", "http://survey.example"), "give https://"),
        (("deploy", "citizen-trust@1.0.0", "--wave", "../1", "--to", "sandbox"), "cannot name a wave"),
    ],
)
def test_the_users_mistake_is_one_sentence_and_code_2(command, arguments: tuple[str, ...], expected: str) -> None:
    code, _, err = command(*arguments)
    assert code == 2
    assert err.startswith("error: ")
    assert expected in err
    assert "Traceback" not in err


def test_an_unknown_command_is_code_2(command) -> None:
    assert command("weigh")[0] == 2


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trustsurvey", "--debug", "run", "study.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_a_failure_inside_is_code_1_without_a_traceback(command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli.study, "run_study", broken)
    code, _, err = command("run", "study.yaml")
    assert code == 1
    assert "--debug" in err
    assert "Traceback" not in err


def test_the_bank_lists_its_blocks_and_shows_one(command) -> None:
    code, out, _ = command("bank")
    assert code == 0
    assert "demographics@1.0.0: AGE, GENDER; on import age_group, sex\n" in out
    code, out, _ = command("bank", "answer-scales@1.0.0", "--language", "fr")
    assert code == 0
    assert "  1: Pas du tout d’accord\n" in out
    code, _, err = command("bank", "demografics@1.0.0")
    assert code == 2
    assert "demographics@1.0.0" in err
    assert command("check", "demographics@1.0.0")[0] == 0


def test_a_draft_is_deployed_with_a_warning(command) -> None:
    code, _, err = command("deploy", "recruitment", "--wave", "2026", "--to", "sandbox")
    assert code == 0
    assert "is a draft and may change" in err
