"""What the page on registers says works, step by step, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trustsurvey.cli import app

GUIDE = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_what_the_page_says_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    assert [kind for kind, _ in BLOCKS] == ["yaml", "console", "csv", "console", "python"]
    for kind, text in BLOCKS:
        if kind in {"yaml", "csv"}:
            first, _, rest = text.partition("\n")
            Path(first.removeprefix("# file: ")).write_text(rest, encoding="utf-8")
        elif kind == "console":
            for line in text.splitlines():
                done = CliRunner().invoke(app, shlex.split(line.removeprefix("$ trustsurvey ")))
                assert done.exit_code == 0, f"{line}: {done.output} {done.exception}"
        else:
            exec(text, names)
    assert len(names["patrols"].frame) == 1  # type: ignore[attr-defined]
    assert (tmp_path / "registers/patrols-register/2026-01/5340.parquet").is_file()
    assert (tmp_path / "patrols.xlsx").is_file()
