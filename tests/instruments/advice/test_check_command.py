from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey import cli

JOINED = "- {code: Q, type: yes_no, text: {en: Are the police fair and fast?}}\n"


def test_check_prints_hints_and_the_length_and_succeeds(
    draft: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = draft(JOINED, "en")
    monkeypatch.setattr(sys, "argv", ["trustsurvey", "check", str(path)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    printed = capsys.readouterr()
    assert not caught.value.code
    assert printed.err.startswith(f"warning: {path}:12:")
    assert "[double-barrelled]; " in printed.err
    assert "about a minute" in printed.out
