from __future__ import annotations

from collections.abc import Callable

import pytest

from trustsurvey.errors import Problem

QUESTIONS = """
- {code: KNOWS, type: yes_no, text: {en: Is it so?}, refused: true, dont_know: true}
- {code: AGE, type: number, text: {en: How old is it?}, minimum: 0, maximum: 120, refused: true}
- code: WHERE
  type: multiple
  text: {en: Where is it?}
  scale: {kind: nominal, points: [{code: HOME, label: {en: Home}}, {code: STREE, label: {en: Street}}]}
  refused: true
- {code: PLAN, type: hidden, text: {en: Plan}, value: A}
"""
DERIVED = """
derived:
  - code: seen
    label: {{en: Seen}}
    levels:
      - {{code: first, label: {{en: First}}, when: {first}}}
      - {{code: second, label: {{en: Second}}, when: {second}}}
"""
Advice = Callable[..., list[Problem]]


def hints(advice: Advice, second: str, first: str = "AGE > 90") -> list[Problem]:
    return advice(QUESTIONS, "en", end=DERIVED.format(first=f"'{first}'", second=f"'{second}'"))


@pytest.mark.parametrize(
    ("when", "names"),
    [
        ('not (KNOWS = "yes")', ["KNOWS"]),
        ('not KNOWS in ("yes")', ["KNOWS"]),
        ('AGE >= 18 and not (KNOWS = "yes" and AGE < 30)', ["KNOWS"]),
        ('not (KNOWS = "yes" or AGE < 30)', ["KNOWS", "AGE"]),
        ('not answered(KNOWS) or not (KNOWS = "yes")', ["KNOWS"]),
        ('answered(KNOWS) or not (KNOWS = "yes")', ["KNOWS"]),
        ("AGE >= 18 or not (AGE < 16)", ["AGE"]),
        ("not WHERE_HOME", ["WHERE_HOME"]),
        ("not (WHERE_HOME or WHERE_STREE)", ["WHERE_STREE"]),
        ('refused(AGE) and not (KNOWS = "yes")', ["KNOWS"]),
    ],
)
def test_not_holds_for_people_without_an_answer(when: str, names: list[str], advice: Advice) -> None:
    found = hints(advice, when)
    assert sorted(each.remedy for each in found) == [
        f'in when:, write "answered({name}) and" before that "not"' for name in sorted(names)
    ]
    assert all(each.message.startswith("seen_second also holds") for each in found)
    assert all(each.message.endswith("[not-missing]") for each in found)


@pytest.mark.parametrize(
    "when",
    [
        'answered(KNOWS) and not (KNOWS = "yes")',
        'AGE > 1 or (answered(KNOWS) and not (KNOWS = "yes"))',
        "AGE >= 18 and not (AGE > 30)",
        'KNOWS != "yes"',
        'not (KNOWS != "yes" or not answered(KNOWS))',
        'not not (KNOWS = "yes")',
        "not refused(KNOWS) and not answered(AGE)",
        # All ticks of a question are missing, or none is.
        "WHERE_HOME and not WHERE_STREE",
        # What is stored is never missing.
        'not (PLAN = "B")',
    ],
)
def test_an_answer_that_is_asked_for_is_enough(when: str, advice: Advice) -> None:
    assert hints(advice, when) == []


def test_a_level_before_may_take_those_without_an_answer(advice: Advice) -> None:
    assert hints(advice, 'not (KNOWS = "yes")', "not answered(KNOWS)") == []
    assert hints(advice, 'not (KNOWS = "yes")', "refused(KNOWS) or dont_know(KNOWS)") == []
    assert len(hints(advice, 'not (KNOWS = "yes")', "not answered(AGE)")) == 1


def test_who_is_asked_is_left_alone(advice: Advice) -> None:
    asked = "- {code: B, type: yes_no, text: {en: Is it?}, ask_if: 'not (KNOWS = \"yes\")'}\n"
    assert advice(QUESTIONS + asked, "en") == []


def test_it_can_be_accepted_for_all_levels(advice: Advice) -> None:
    end = DERIVED.format(first="'not (AGE < 18)'", second="'not (KNOWS = \"yes\")'")
    assert len(advice(QUESTIONS, "en", end=end)) == 2
    assert advice(QUESTIONS, "en", end=end + "accepted: [{warning: not-missing, item: seen, reason: meant}]\n") == []
