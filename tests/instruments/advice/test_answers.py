from __future__ import annotations

from collections.abc import Callable

import pytest

Names = Callable[..., list[str]]
SCALE = """  scale:
    kind: ordinal
    points:
      - {code: "1", label: {en: Badly}}
      - {code: "2", label: {en: Well}}
"""


def asked(text: str, concept: str, kind: str = "single", more: str = "", code: str = "Q") -> str:
    limits = "  minimum: 0\n  maximum: 10\n" if kind == "number" else ""
    scale = SCALE if kind == "single" else ""
    return f"- code: {code}\n  type: {kind}\n  text: {{en: {text}}}\n  concept: {concept}\n{limits}{scale}{more}"


@pytest.mark.parametrize(
    "question",
    [
        asked("How well do the police prevent crime?", "effectiveness"),
        asked("How well do you know your rights?", "rights"),
        asked("May the police check everybody?", "knowledge_of_rights"),
        asked("How well does your mother sleep?", "sleep"),
    ],
)
def test_who_may_not_know_can_say_so(question: str, names: Names) -> None:
    assert names(question, "en") == ["dont-know"]
    assert names(question + "  dont_know: true\n", "en") == []


def test_an_answer_of_the_scale_may_say_it(names: Names) -> None:
    question = asked("How well do the police prevent crime?", "effectiveness")
    assert names(question + '      - {code: "9", label: {en: I don’t know}}\n', "en") == []


def test_whether_somebody_knows_of_something_is_yes_or_no(names: Names) -> None:
    assert names(asked("Did you know that you can complain?", "complaints", "yes_no"), "en") == []


def test_sensitive_questions_can_be_refused(names: Names) -> None:
    question = asked("What is your income?", "income", "number")
    assert names(question, "en") == ["refusal"]
    assert names(question + "  refused: true\n", "en") == []
    assert names(question + "  mandatory: hard\n", "en") == ["mandatory"]
    assert names(question + "  mandatory: hard\n  refused: true\n", "en") == []


def test_contact_is_sensitive_as_a_fact_and_not_as_a_judgement(names: Names) -> None:
    fact = asked("Were you checked by the police in the past 12 months?", "identity_checks", "yes_no")
    assert names(fact, "en") == ["refusal"]
    assert names(asked("How did the check go?", "identity_checks"), "en") == []


def test_events_need_a_period(names: Names) -> None:
    more = "  refused: true\n"
    without = asked("Have you been the victim of a crime?", "victimisation", "yes_no", more)
    assert names(without, "en") == ["period"]
    assert names(without.replace("a crime", "a crime in the past year"), "en") == []
    assert names(without.replace("Have you", "Have you ever"), "en") == []
    follows = asked("Did you report it to the police?", "victimisation", "yes_no", more, code="R")
    assert names(without.replace("a crime", "a crime this year") + follows, "en") == []


REGISTER = """
    record:
      unit: {en: One check}
"""


def test_an_office_that_fills_in_a_register_knows(names: Names) -> None:
    question = asked("How well do the police prevent crime?", "effectiveness")
    income = asked("What is the income?", "income", "number", code="R")
    assert names(question + income, "en", top=REGISTER) == []
