from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey import cli

Run = Callable[[str, Path], tuple[str, str]]
JOINED = "- {code: Q, type: yes_no, text: {en: Are the police fair and fast?}}\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    """Return a function that runs a verb, which succeeds, and returns what was printed."""

    def call(verb: str, path: Path) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["trustsurvey", verb, str(path)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        assert not caught.value.code, printed.err
        return printed.out, printed.err

    return call


def test_check_prints_hints_and_the_length_and_succeeds(draft: Callable[..., Path], run: Run) -> None:
    path = draft(JOINED, "en")
    out, err = run("check", path)
    assert out.startswith("hints 1.0.0: no problems, 1 warning\n1 question, 1 variable, 0 indices, in en; digest ")
    assert err.startswith(f"warning: {path}:12:")
    assert "[double-barrelled]; " in err
    assert "about a minute" in out


def test_a_file_with_nothing_to_say_has_no_problems(draft: Callable[..., Path], run: Run, tmp_path: Path) -> None:
    plain = JOINED.replace(" and fast", "")
    index = "indices:\n  - {code: view, label: {en: View}, items: [R], minimum_answered: 1}\n"
    rating = "- {code: R, type: rating, text: {en: How fair?}, minimum: 0, maximum: 9, ends: [{en: Low}, {en: High}]}\n"
    out, err = run("check", draft(plain + rating, "en", end=index))
    assert err == ""
    assert out.startswith("hints 1.0.0: no problems\n2 questions, 2 variables, 1 index, in en; digest ")
    block = tmp_path / "bank" / "mine" / "1.0.0.yaml"
    block.parent.mkdir(parents=True)
    block.write_text(f"block: mine\nversion: 1.0.0\nlanguages: [en]\nquestions:\n  {JOINED}", encoding="utf-8")
    assert run("check", block)[0] == f"{block}: no problems, 1 warning\n"


def test_declarations_that_a_release_used_up_are_named(draft: Callable[..., Path], run: Run) -> None:
    written = draft("- {code: Q, type: yes_no, text: {en: Are they fair?}}\n", "en")
    home = written.parent / "hints" / "draft.yaml"
    home.parent.mkdir()
    written.rename(home)
    run("release", home)
    text = home.read_text(encoding="utf-8")
    declared = "version: 1.0.1\neditorial: [{item: Q, reason: a slip}]\n"
    home.write_text(text.replace("version: 1.0.0\n", declared), encoding="utf-8")
    out, err = run("check", home)
    assert out.startswith("hints 1.0.1: no problems, 1 warning\n")
    assert err.startswith(f"warning: {home}:3:")
    assert "no wording of Q changed since 1.0.0 [editorial]; delete it from editorial:" in err
    home.write_text(text.replace("version: 1.0.0\n", declared).replace("they fair", "they Fair"), encoding="utf-8")
    assert run("check", home)[1] == ""


def test_declarations_before_the_first_release_are_left_to_it(draft: Callable[..., Path], run: Run) -> None:
    top = "editorial: [{item: Q, reason: a slip}]\n"
    assert run("check", draft(JOINED.replace(" and fast", ""), "en", top=top))[1] == ""
