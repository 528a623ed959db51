from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.documents.values import close_to
from trustsurvey.errors import Problem
from trustsurvey.instruments.advice.advising import RULES, advise
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.resources import share

JOINED = "- {code: Q, type: yes_no, text: {en: Are the police fair and fast?}}\n"
Advice = Callable[..., list[Problem]]


def test_the_released_survey_gets_no_hint() -> None:
    assert advise(share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml") == []


def test_what_a_file_accepts_is_silent(advice: Advice, draft: Callable[..., Path]) -> None:
    top = "accepted:\n  - {warning: double-barrelled, item: Q, reason: pretested}\n"
    assert advice(JOINED, "en", top=top) == []
    assert advice(JOINED, "en", top=top.replace("item: Q, ", "")) == []
    plain = load_instrument(draft(JOINED, "en")).digest
    assert load_instrument(draft(JOINED, "en", top=top)).digest == plain


def test_what_is_accepted_in_vain_is_named(advice: Advice) -> None:
    top = "accepted:\n  - {warning: double-barrelled, item: R, reason: pretested}\n"
    first, second = advice(JOINED, "en", top=top)
    assert "accepted as double-barrelled [accepted]" in first.message
    assert first.remedy == "delete the entry from accepted:"
    assert second.message.endswith("[double-barrelled]")


def test_an_unknown_name_lists_those_that_exist(advice: Advice) -> None:
    hints = advice(JOINED, "en", top="accepted:\n  - {warning: double-barreled, reason: none}\n")
    assert hints[0].message == "there is no warning double-barreled [accepted]"
    assert close_to("double-barreled", RULES) in hints[0].remedy
    assert "scale-direction" in hints[0].remedy


def test_an_item_is_accepted_by_the_code_of_its_battery(advice: Advice) -> None:
    battery = """
    - code: A
      type: battery
      text: {en: How often?}
      scale: {kind: ordinal, points: [{code: 1, label: {en: Never}}, {code: 2, label: {en: Often}}]}
      items:
        - {code: one, text: {en: They are fair and fast}}
        - {code: two, text: {en: They are calm and kind}}
    """
    assert len(advice(battery, "en")) == 2
    assert len(advice(battery, "en", top="accepted:\n  - {warning: double-barrelled, item: A_one, reason: x}\n")) == 1
    assert advice(battery, "en", top="accepted:\n  - {warning: double-barrelled, item: A, reason: x}\n") == []


@pytest.mark.parametrize("content", ["", "- a list", "a: [", "instrument: x"])
def test_a_file_that_cannot_be_read_gets_no_advice(content: str, write: Callable[[str], Path]) -> None:
    assert advise(write(content)) == []


def test_questions_of_a_block_are_looked_at_in_its_own_file(tmp_path: Path) -> None:
    block = tmp_path / "bank" / "mine" / "1.0.0.yaml"
    block.parent.mkdir(parents=True)
    block.write_text(f"block: mine\nversion: 1.0.0\nlanguages: [en]\nquestions:\n  {JOINED}", encoding="utf-8")
    draft = tmp_path / "survey" / "draft.yaml"
    draft.parent.mkdir()
    draft.write_text(
        "instrument: survey\nversion: 1.0.0\nlanguages: [en]\ntitle: {en: A survey}\nbank: [mine@1.0.0]\n"
        "groups:\n  - {code: page, title: {en: A page}, questions: [{use: mine}]}\n",
        encoding="utf-8",
    )
    assert load_instrument(draft).questions
    assert advise(draft) == []
    (hint,) = advise(block)
    assert hint.file == str(block)
    assert hint.line == 5


def test_the_page_on_hints_names_every_rule() -> None:
    page = (Path(__file__).parents[3] / "docs" / "hints.md").read_text(encoding="utf-8")
    names = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert sorted(names) == sorted([*RULES, "accepted", "editorial"])
