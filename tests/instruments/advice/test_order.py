from __future__ import annotations

from collections.abc import Callable

Names = Callable[..., list[str]]


def closed(*codes: str, concept: str = "safety") -> str:
    return "".join(
        f"- {{code: {code}, type: yes_no, text: {{en: Is it so?}}, concept: {concept}, refused: true}}\n"
        for code in codes
    )


def opened(*codes: str, kind: str = "long_text") -> str:
    return "".join(f"- {{code: {code}, type: {kind}, text: {{en: Which one?}}}}\n" for code in codes)


def test_a_sensitive_question_does_not_come_first(names: Names) -> None:
    first, last = closed("INCOME", concept="income"), closed("B", "C", "D", "E", "F", "G")
    assert names(first + last, "en") == ["sensitive-first"]
    assert names(last + first, "en") == []
    # A form of a few questions has no opening.
    assert names(first + closed("B", "C"), "en") == []


def test_open_questions_in_a_row(names: Names) -> None:
    assert names(opened("A", "B"), "en") == ["open-texts"]
    assert names(opened("A") + closed("C") + opened("B"), "en") == []
    assert names(opened("A", "B", kind="text"), "en") == []
    assert names(opened("A", "B", "C", kind="text"), "en") == ["open-texts"]


STATEMENTS = """
- code: A
  type: battery
  text: {en: Do you agree?}
  scale:
    kind: ordinal
    points:
      - {code: "1", label: {en: Disagree}}
      - {code: "2", label: {en: Agree}}
  items:
    - {code: a, text: {en: The police are fair.}}
    - {code: b, text: {en: The police are kind.}}
    - {code: c, text: {en: The police are calm.}}
    - {code: d, text: {en: The police are rude.}}
"""
INDEX = """
indices:
  - {code: view, label: {en: View}, items: [A], minimum_answered: 2}
"""


def test_statements_that_all_run_one_way(names: Names) -> None:
    assert names(STATEMENTS, "en", end=INDEX) == ["no-reversed-item"]
    assert names(STATEMENTS, "en", end=INDEX.replace("items: [A]", "items: [A], reversed: [A_d]")) == []
    # What is in no index may be anything.
    assert names(STATEMENTS, "en") == []
    often = STATEMENTS.replace("Disagree", "Rarely").replace("{en: Agree}", "{en: Often}")
    assert names(often, "en", end=INDEX) == []
    three = STATEMENTS.replace("    - {code: d, text: {en: The police are rude.}}\n", "")
    assert names(three, "en", end=INDEX) == []
