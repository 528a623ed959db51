"""Respondents in a browser without a window, on a real LimeSurvey server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from trustsurvey.fieldwork.platform import Deployment, question_keys
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.limesurvey.client import Client

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--disable-background-networking"]
LISTS = frozenset({QuestionType.SINGLE, QuestionType.YES_NO, QuestionType.RATING})
SILENT = frozenset({QuestionType.HIDDEN, QuestionType.INFORMATION})
DAY_FIRST = frozenset({"de", "en", "fr", "nl"})

READ = r"""
() => {
  const words = element => {
    if (!element) return '';
    const copy = element.cloneNode(true);
    copy.querySelectorAll('script, input, svg').forEach(each => each.remove());
    copy.querySelectorAll('br').forEach(each => each.replaceWith('\n'));
    return copy.textContent.trim();
  };
  const visible = element => element.offsetParent !== null && getComputedStyle(element).visibility !== 'hidden';
  const all = (within, selector) => [...within.querySelectorAll(selector)].filter(visible).map(words);
  return [...document.querySelectorAll('.question-container')].filter(visible).map(box => ({
    question: Number(box.id.replace('question', '')),
    text: words(box.querySelector('.ls-label-question')),
    help: words(box.querySelector('.ls-questionhelp:not([id]), .question-help-container .ls-questionhelp')),
    messages: all(box, '.ls-question-message'),
    wrong: all(box, '.ls-em-error, .ls-question-mandatory'),
    answers: box.querySelector('table.ls-answers')
      ? all(box, 'thead th.answer-text')
      : all(box, 'li.answer-item:not(.sortable-item) label, .sortable-choice li, .sortable-rank li'),
    lines: all(box, 'tbody th.answertext'),
  }));
}
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as a respondent sees it."""

    code: str
    text: str
    help: str
    messages: tuple[str, ...]
    wrong: tuple[str, ...]
    answers: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(slots=True)
class Respondent:
    """Somebody who goes through a survey page by page, reads what is on it and answers by hand.

    Parameters
    ----------
    page : Page
    instrument : Instrument
    address : str
        Where the survey is found.
    language : str
    codes : mapping of question number to (code, name of its fields)
    read : list of (language, Shown)
        Every question, as it stood when its turn came.
    shown : mapping of page to codes
        The questions on each page when it was left last.
    """

    page: Page
    instrument: Instrument
    address: str
    language: str
    codes: Mapping[int, tuple[str, str]]
    read: list[tuple[str, Shown]] = field(default_factory=list)
    shown: dict[int, tuple[str, ...]] = field(default_factory=dict)
    welcome: str = ""

    def begin(self) -> None:
        """Open the survey and go to its first page."""
        self.page.goto(self.address)
        self.welcome = self.words
        self.next()

    @property
    def words(self) -> str:
        """Everything on the page, without what makes backslashes safe."""
        return plain(self.page.locator("body").inner_text())

    def seen(self) -> tuple[Shown, ...]:
        """Return the questions on the page, in order."""
        return tuple(
            Shown(
                self.codes[each.pop("question")][0],
                **{name: tuple(map(plain, value)) if isinstance(value, list) else plain(value)
                   for name, value in each.items()},
            )
            for each in self.page.evaluate(READ)
        )  # fmt: skip

    def look(self, code: str) -> Shown:
        """Return one question that is on the page."""
        return next(shown for shown in self.seen() if shown.code == code)

    @property
    def number(self) -> int:
        """The page, counted from 1; 0 where there is none, as at the end."""
        codes = {shown.code for shown in self.seen()}
        for number, group in enumerate(self.instrument.groups, start=1):
            if any(question.code in codes for question in group.questions):
                return number
        return 0

    def answer_page(self, answers: Mapping[str, str]) -> int:
        """Answer every question that is on the page or comes up meanwhile; return the number of the page."""
        number = self.number
        assert number, self.words
        for question in self.instrument.groups[number - 1].questions:
            if question.type is not QuestionType.HIDDEN and self.box(question.code).is_visible():
                self.read.append((self.language, self.look(question.code)))
                self.answer(question, answers)
        self.shown[number] = tuple(shown.code for shown in self.seen())
        return number

    def answer(self, question: Question, answers: Mapping[str, str]) -> None:
        """Answer one question as a record says."""
        for key in question_keys(self.instrument, question):
            if answers[key] and question.type not in SILENT:
                self._give(question, key, answers[key])

    def go_through(self, answers: Mapping[str, str], until: int = 0) -> None:
        """Answer page after page, to the end or until a page is on the screen."""
        while (number := self.number) != until:
            self.answer_page(answers)
            self.next()
            assert self.number != number, [shown for shown in self.seen() if shown.wrong]

    def next(self) -> None:
        """Press the button that leads on."""
        self._leave(self.page.locator("#ls-button-submit").click)

    def back(self) -> None:
        """Press the button that leads back."""
        self._leave(self.page.locator("#ls-button-previous").click)

    def speak(self, language: str) -> None:
        """Change the language by the menu of the page."""
        self.page.locator("#navbar-toggler").click()
        self.page.locator("#main-dropdown .form-change-lang > a").click()
        self._leave(self.page.locator(f"#main-dropdown .ls-language-link[data-limesurvey-lang='{language}']").click)
        self.language = language

    @property
    def window(self) -> Locator:
        """What LimeSurvey puts over a page that it does not let pass."""
        return self.page.locator("#bootstrap-alert-box-modal")

    def dismiss(self) -> str:
        """Close the window over the page and return its words."""
        words = self.window.inner_text()
        self.window.locator("button.btn, a.btn").last.click()
        self.window.wait_for(state="hidden")
        return words

    def insist(self) -> None:
        """Go on without an answer that was asked for once more."""
        self._leave(self.page.locator("#mandatory-soft-alert-box-modal").click)

    def box(self, code: str) -> Locator:
        """Return the place of a question on the page."""
        identifier = next(number for number, (title, _) in self.codes.items() if title == code)
        return self.page.locator(f"#question{identifier}")

    def typed(self, code: str) -> str:
        """Return what stands in the field of a question."""
        return self.box(code).locator(f"[name='{self._name(code)}']").input_value()

    def boxes(self, code: str) -> list[tuple[bool, bool]]:
        """Return of each box of a question whether it is ticked, and whether it can be."""
        script = "boxes => boxes.map(box => [box.checked, !box.disabled])"
        found = self.box(code).locator("input[type='checkbox']").evaluate_all(script)
        return [(ticked, free) for ticked, free in found]

    def write(self, code: str, value: str) -> None:
        """Type into the field of a question."""
        self._type(self.box(code).locator(f"[name='{self._name(code)}']"), value)

    def _give(self, question: Question, key: str, value: str) -> None:
        inside = key[len(question.code) + 1 : -1] if key.endswith("]") else ""
        box, name = self.box(question.code), self._name(question.code)
        if key == question.reason_key:
            self.box(key).locator(f"input[value='{value}'] ~ label").click()
        elif inside == "other":
            self._type(box.locator(f"[name='{name}other']"), value)
        elif question.type in LISTS:
            box.locator(f"input[name='{name}'][value='{value}'] ~ label").first.click()
        elif question.type is QuestionType.BATTERY:
            box.locator(f"td:has(input[name='{name}{inside}'][value='{value}'])").click()
        elif question.type is QuestionType.MULTIPLE:
            box.locator(f"label[for='answer{name}{inside}']").click()
        elif question.type is QuestionType.RANKING:
            box.locator(f".sortable-choice [data-value='{value}']").dblclick()
        elif question.type is QuestionType.DATE:
            day_first = all(language[:2] in DAY_FIRST for language in self.instrument.languages)
            self.write(question.code, date.fromisoformat(value[:10]).strftime("%d/%m/%Y" if day_first else "%Y-%m-%d"))
        else:
            self.write(question.code, value)

    def _type(self, place: Locator, value: str) -> None:
        place.fill(value)
        place.press("Tab")
        # The calendar beside a date would cover what follows.
        self.page.keyboard.press("Escape")

    def _name(self, code: str) -> str:
        return next(name for title, name in self.codes.values() if title == code)

    def _leave(self, action: Callable[[], None]) -> None:
        self.page.evaluate("document.querySelector('form#limesurvey').dataset.left = '1'")
        action()
        self.page.wait_for_function(
            "document.readyState === 'complete' && !document.querySelector('form#limesurvey[data-left]')"
        )


def plain(words: str) -> str:
    # The character without width that keeps backslashes out of scripts.
    return words.replace("\\\u2060", "\\")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def visit(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return somebody new at the address of an open survey; the browser starts with the first of them."""

    @contextmanager
    def visit(client: Client, deployment: Deployment, instrument: Instrument, language: str) -> Iterator[Respondent]:
        survey = deployment.survey
        codes = {
            int(row["qid"]): (row["title"], f"{survey}X{row['gid']}X{row['qid']}")
            for row in client.read("list_questions", survey)
            if not int(row["parent_qid"])
        }
        address = f"{client.address}/index.php/{instrument.name}-{deployment.wave}-{language}"
        context = request.getfixturevalue("browser").new_context(viewport={"width": 1100, "height": 1000})
        try:
            yield Respondent(context.new_page(), instrument, address, language, codes)
        finally:
            context.close()

    return visit
