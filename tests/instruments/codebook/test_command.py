"""The command as a user meets it: what it writes, and its exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from trustsurvey import cli
from trustsurvey.fieldwork.responses import code_responses
from trustsurvey.instruments.model import Instrument

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["trustsurvey", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        return int(caught.value.code or 0), printed.out, printed.err

    return call


def test_every_format_and_language_is_written(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("codebook", "citizen-trust@1.0.0", "--to", "html,md,ddi", "-o", "books")
    assert code == 0
    names = {path.name for path in (tmp_path / "books").iterdir()}
    base = "citizen-trust-1.0.0"
    pages = {f"{base}-codebook-{language}.{ending}" for language in ("fr", "nl", "en") for ending in ("html", "md")}
    assert names == pages | {f"{base}-ddi.xml"}
    assert len(out.splitlines()) == 7
    ElementTree.parse(tmp_path / "books" / f"{base}-ddi.xml")


def test_one_language_may_be_asked_for(command: Command, tmp_path: Path) -> None:
    assert command("codebook", "citizen-trust@1.0.0", "--language", "nl")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["citizen-trust-1.0.0-codebook-nl.html"]


def test_answers_are_counted_under_the_disclosure_policy(
    command: Command, tmp_path: Path, citizen: Instrument, every: Instrument
) -> None:
    code_responses(citizen, [], "2026").save(tmp_path / "2026.parquet")
    code, _, _ = command(
        "codebook", "citizen-trust@1.0.0", "--language", "en", "--responses", "2026.parquet", "--to", "md"
    )
    assert code == 0
    text = (tmp_path / "citizen-trust-1.0.0-codebook-en.md").read_text(encoding="utf-8")
    assert "**Respondents in the file**: not shown" in text
    code_responses(every, [], "2026").save(tmp_path / "other.parquet")
    code, _, err = command("codebook", "citizen-trust@1.0.0", "--responses", "other.parquet")
    assert code == 2
    assert "every-kind 1.2.3" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("citizen-trust@1.0.0", "--language", "de"), "no language 'de'; available: fr, nl, en"),
        (("citizen-trust@1.0.0", "--to", "pdf"), "choose from html, md, ddi"),
        (("citizen-trust@1.0.0", "--to", ","), "choose from html, md, ddi"),
        (("nobody@1.0.0",), "no instrument 'nobody@1.0.0'"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(command: Command, arguments: tuple[str, ...], told: str) -> None:
    code, _, err = command("codebook", *arguments)
    assert code == 2
    assert told in err


def test_answers_become_a_labelled_file(command: Command, tmp_path: Path, citizen: Instrument) -> None:
    code_responses(citizen, [], "2026").save(tmp_path / "2026.parquet")
    code, out, err = command("export", "2026.parquet", "-o", "out/2026.sav", "--language", "nl")
    assert code == 0
    assert "0 respondents" in out
    assert "COMMENT is left out" in err
    assert (tmp_path / "out" / "2026.sav").is_file()
    assert command("export", "2026.parquet", "-o", "2026.dta", "--texts")[2] == ""
    code, _, err = command("export", "2026.parquet", "-o", "2026.xlsx")
    assert code == 2
    assert "let it end with .sav or .dta" in err
    assert command("export", "nothing.parquet", "-o", "2026.sav")[0] == 2
