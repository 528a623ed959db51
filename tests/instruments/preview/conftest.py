from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from trustsurvey.fieldwork import coding
from trustsurvey.fieldwork.platform import question_keys
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.preview.page import write_preview
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.instruments.reading import load_instrument

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TESTS = Path(__file__).parents[2]
CHOICES = {QuestionType.SINGLE, QuestionType.YES_NO, QuestionType.RATING, QuestionType.BATTERY}


@pytest.fixture(scope="session")
def instruments(everything: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Instrument]:
    """Instruments by name: made-up ones with every type, and the one that comes with the package."""
    path = tmp_path_factory.mktemp("instruments") / "everything.yaml"
    path.write_text(everything, encoding="utf-8")
    files = {
        "everything": path,
        "operators": TESTS / "limesurvey" / "every-kind.yaml",
        "odd": TESTS / "limesurvey" / "browser" / "odd.yaml",
        "citizen-trust": TESTS.parent / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml",
    }
    return {name: load_instrument(file) for name, file in files.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Callable[..., AbstractContextManager[Page]]:
    """Open the page of an instrument; at the end it must have asked for nothing and complained of nothing."""

    @contextmanager
    def opened(instrument: Instrument, width: int = 1200) -> Iterator[Page]:
        file = tmp_path / f"{instrument.name}.html"
        write_preview(instrument, file)
        asked: list[str] = []
        complaints: list[str] = []
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_default_timeout(10_000)
        page.on("request", lambda sent: asked.append(sent.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(file.as_uri())
        try:
            yield page
        finally:
            page.close()
        assert asked == [file.as_uri()]
        assert complaints == []

    return opened


@pytest.fixture(scope="session")
def random_answers() -> Callable[[Instrument, int, int], list[dict[str, str]]]:
    """Return raw answers of people who answer at random, to questions too that they are not asked."""

    def people(instrument: Instrument, size: int, seed: int) -> list[dict[str, str]]:
        random = np.random.default_rng(seed)
        return [
            {key: answer for question in instrument.questions for key, answer in _given(instrument, question, random)}
            for _ in range(size)
        ]

    return people


def _given(instrument: Instrument, question: Question, random: np.random.Generator) -> list[tuple[str, str]]:
    keys = question_keys(instrument, question)
    both = ((question.dont_know, instrument.dont_know), (question.refused, instrument.refused))
    reasons = [reason.code for wanted, reason in both if wanted and reason]
    given = dict.fromkeys(keys, "")
    stated = str(random.choice(reasons)) if reasons and random.random() < 0.2 else ""
    own = [variable for variable in question.variables() if variable.name != f"{question.code}_other"]
    if question.code == instrument.consent:
        given[question.code] = "yes" if random.random() < 0.85 else "no"
    elif question.type in CHOICES:
        for variable in own:
            codes = [code if code != "other" or not question.other else "-oth-" for code in variable.codes]
            if question.type is QuestionType.RATING:
                codes = [str(each) for each in range(int(question.minimum or 0), int(question.maximum or 0) + 1)]
            given[variable.key] = _one(random, [*codes, *codes, *reasons, ""])
    elif question.type is QuestionType.MULTIPLE:
        for variable in own:
            given[variable.key] = "Y" if random.random() < 0.3 else ""
        if stated:
            given[f"{question.code}[{stated}]"] = "Y"
    elif question.type is QuestionType.RANKING:
        order = random.permutation(own[0].codes)[: random.integers(0, len(own) + 1)]
        given |= {variable.key: str(code) for variable, code in zip(own, order, strict=False)}
    elif question.type is QuestionType.HIDDEN:
        given[question.code] = question.value
    else:
        given[question.code] = _typed(question, random)
        if stated:
            given[str(question.reason_key)] = stated
    if question.other:
        given[f"{question.code}[other]"] = _one(random, ["", "x", "y"])
    return list(given.items())


def _one(random: np.random.Generator, answers: list[str]) -> str:
    return answers[random.integers(len(answers))]


def _typed(question: Question, random: np.random.Generator) -> str:
    if question.type is QuestionType.NUMBER:
        low, high = int(question.minimum or 0), int(question.maximum or 200)
        return _one(random, ["", "18.5", "0", "16", "17", "18", str(random.integers(low, high + 1))])
    if question.type is QuestionType.DATE:
        day = str(np.datetime64("2020-06-01") + random.integers(0, 2400))
        return _one(random, ["", day, f"{day} 00:00:00", "2026-01-31", "2021-01-01 00:00:00"])
    return _one(random, ["", "police", "AB12", "x"])


@pytest.fixture
def expected() -> Callable[[Instrument, list[dict[str, str]]], Any]:
    """Return who is asked what as the package itself says, from raw answers."""

    def expected(instrument: Instrument, people: list[dict[str, str]]) -> pd.DataFrame:
        columns, reasons = {}, {}
        for question in instrument.questions:
            keys = question_keys(instrument, question)
            raw = {key: np.array([each[key] for each in people], dtype=object) for key in keys}
            absent = np.full(len(people), coding.SKIPPED, dtype=np.int8)
            coded = coding.code_question(instrument, question, raw, absent)
            columns |= coded.columns
            reasons |= {name: coding.reason_series(each) for name, each in coded.reasons.items()}
        return routing.asked(instrument, pd.DataFrame(columns), pd.DataFrame(reasons))

    return expected
