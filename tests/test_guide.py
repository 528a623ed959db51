"""The guide for survey designers: its questionnaire and its commands, one after the other, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trustsurvey.cli import app
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.schema import QUESTION_KEYS

GUIDE = (Path(__file__).parents[1] / "docs" / "guide.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
LONGEST = 230


def steps() -> list[tuple[str, str]]:
    """Return what a reader does, in order: a file to write, or a command to run."""
    found: list[tuple[str, str]] = []
    for kind, text in BLOCKS:
        if kind == "yaml":
            found.append(("write", text))
        elif kind == "console":
            found += [("run", line.removeprefix("$ trustsurvey ")) for line in text.splitlines()]
    return found


def test_what_the_guide_says_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = []
    for kind, text in steps():
        if kind == "write":
            file = re.match(r"# file: (\S+)", text)
            assert file, "a questionnaire in the guide says where it goes"
            Path(file[1]).write_text(text, encoding="utf-8")
            continue
        result = CliRunner().invoke(app, shlex.split(text))
        assert result.exit_code == 0, f"{text}\n{result.output}\n{result.exception!r}"
        assert "warning:" not in result.output, result.output
        done.append(text.split()[0])
    assert {"new", "check", "preview", "paper", "codebook", "translations", "release", "diff", "deploy"} <= set(done)
    for name in ("preview.html", "form.pdf", "form.docx", "french.xlsx", "fieldwork/2026.json"):
        assert (tmp_path / name).stat().st_size > 0, name
    assert (tmp_path / "instruments" / "neighbourhood-officer" / "releases" / "1.0.0.yaml").is_file()


def test_the_guide_names_every_type_of_question_and_every_key() -> None:
    missing = [name for name in [*QuestionType, *QUESTION_KEYS - {"code", "type", "text"}] if f"`{name}`" not in GUIDE]
    assert [name for name in missing if f"{name}:" not in GUIDE] == []


def test_the_guide_stays_short() -> None:
    assert len(GUIDE.splitlines()) <= LONGEST
