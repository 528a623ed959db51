from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.errors import Problem
from trustsurvey.instruments.advice.advising import advise
from trustsurvey.instruments.reading import check

HEAD = """\
instrument: hints
version: 1.0.0
languages: [{languages}]
title: {{{title}}}
{top}
dont_know: {{code: DK, label: {{{title}}}}}
refused: {{code: PNS, label: {{{title}}}}}
groups:
  - code: page
    title: {{{title}}}
    questions:
"""


@pytest.fixture
def draft(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes questions as a sound questionnaire and returns its path."""

    def write(questions: str, languages: str = "fr, nl, en", top: str = "", end: str = "") -> Path:
        title = ", ".join(f"{code}: Police {number}" for number, code in enumerate(languages.split(", ")))
        head = HEAD.format(languages=languages, title=title, top=textwrap.dedent(top))
        body = textwrap.indent(textwrap.dedent(questions), "      ")
        path = tmp_path / "draft.yaml"
        path.write_text(f"{head}{body}\n{textwrap.dedent(end)}", encoding="utf-8")
        assert check(path) == []
        return path

    return write


@pytest.fixture
def advice(draft: Callable[..., Path]) -> Callable[..., list[Problem]]:
    """Return a function that writes questions and returns the hints they get."""
    return lambda questions, *arguments, **options: advise(draft(questions, *arguments, **options))


@pytest.fixture
def names(advice: Callable[..., list[Problem]]) -> Callable[..., list[str]]:
    """Return a function that writes questions and returns the names of the hints they get."""

    def of(questions: str, *arguments: str, **options: str) -> list[str]:
        return [each.message.rpartition("[")[2].rstrip("]") for each in advice(questions, *arguments, **options)]

    return of
