from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey import cli
from trustsurvey.instruments.reading import check
from trustsurvey.resources import share

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["trustsurvey", "translations", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        return int(caught.value.code or 0), printed.out, printed.err

    return call


def test_a_sheet_goes_out_and_comes_back(styles: Path, command: Command) -> None:
    code, out, _ = command(str(styles))
    assert code == 0
    assert out.startswith("fr: 14 of 14 texts, ")
    code, out, _ = command("export", str(styles), "--from", "fr", "--to", "nl", "-o", "nl.csv")
    assert (code, out) == (0, "nl.csv: 14 texts from fr to nl; write in the column target (nl)\n")
    sheet = styles.parent / "nl.csv"
    text = sheet.read_text(encoding="utf-8-sig")
    sheet.write_text(text.replace("Hoeveel?,Hoeveel?", "Hoeveel?,Hoeveel keer?"), encoding="utf-8")
    before = styles.read_bytes()
    code, out, _ = command("import", str(styles), "nl.csv", "--language", "nl", "--dry-run")
    assert (code, styles.read_bytes()) == (0, before)
    assert out.startswith("B.text\n  - Hoeveel?\n  + Hoeveel keer?\n1 text would change")
    code, out, _ = command("import", str(styles), "nl.csv", "--language", "nl")
    assert code == 0
    assert out.startswith("B.text\n  - Hoeveel?\n  + Hoeveel keer?\n")
    assert out.endswith(": 1 text changed in nl\n")
    assert styles.read_bytes() == before.replace(b"nl: Hoeveel?", b"nl: Hoeveel keer?")


def test_every_line_of_a_text_is_shown_as_old_or_new(styles: Path, command: Command) -> None:
    command("export", str(styles), "--from", "fr", "--to", "nl", "-o", "nl.csv")
    sheet = styles.parent / "nl.csv"
    before, _, after = sheet.read_text(encoding="utf-8-sig").rpartition("Welkom.\nTot ziens.")
    sheet.write_text(f"{before}Welkom.\nEn tot ziens.{after}", encoding="utf-8")
    _, out, _ = command("import", str(styles), "nl.csv", "--language", "nl", "--dry-run")
    assert out.startswith("welcome\n  - Welkom.\n  - Tot ziens.\n  + Welkom.\n  + En tot ziens.\n1 text would")


def test_a_text_that_was_not_there_has_no_old_one(styles: Path, command: Command) -> None:
    command("export", str(styles), "--from", "fr", "--to", "en", "-o", "en.csv")
    sheet = styles.parent / "en.csv"
    before, _, after = sheet.read_text(encoding="utf-8-sig").partition("Merci,,")
    sheet.write_text(f"{before}Merci,,An end{after}", encoding="utf-8")
    _, out, err = command("import", str(styles), "en.csv", "--language", "en", "--dry-run")
    assert out.startswith("end\n  + An end\n1 text would change")
    assert err == "13 texts have no translation in en yet\n"


def test_the_help_names_the_dry_run(command: Command) -> None:
    assert "--dry-run, only show it" in " ".join(command("import", "--help")[1].split())


def test_a_sheet_with_problems_is_the_users_mistake(styles: Path, command: Command) -> None:
    command("export", str(styles), "--from", "fr", "--to", "nl", "-o", "nl.xlsx")
    code, _, err = command("import", str(styles), "nl.xlsx", "--language", "en")
    assert code == 2
    assert "nl.xlsx:1:1: this sheet is for nl, not for en" in err


def test_a_release_is_not_written_to(command: Command, tmp_path: Path) -> None:
    release = share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"
    assert command("export", str(release), "--from", "fr", "--to", "nl", "-o", "nl.csv")[0] == 0
    code, _, err = command("import", str(release), "nl.csv", "--language", "nl")
    assert code == 2
    assert "is released and never changes" in err
    assert command("import", str(release), "nl.csv", "--language", "nl", "-o", "new.yaml")[0] == 0
    assert (tmp_path / "new.yaml").read_bytes() == release.read_bytes()


def test_a_pseudo_translation_is_written_beside(styles: Path, command: Command, tmp_path: Path) -> None:
    code, out, _ = command("pseudo", str(styles))
    assert code == 0
    assert out.startswith("styles.pseudo.yaml: nl is a pseudo-translation")
    assert check(tmp_path / "styles.pseudo.yaml") == []
    before = styles.read_bytes()
    assert command("pseudo", str(styles), "-o", str(styles))[0] == 2
    assert styles.read_bytes() == before
