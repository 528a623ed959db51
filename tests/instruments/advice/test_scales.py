from __future__ import annotations

from collections.abc import Callable

import pytest

Names = Callable[..., list[str]]


def scale(*labels: str, kind: str = "ordinal", code: str = "Q", language: str = "en", text: str = "How is it?") -> str:
    points = "\n".join(f'      - {{code: "{n}", label: {{{language}: "{each}"}}}}' for n, each in enumerate(labels, 1))
    return (
        f"- code: {code}\n  type: single\n  text: {{{language}: {text}}}\n"
        f"  scale:\n    kind: {kind}\n    points:\n{points}\n"
    )


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("en", ("Very good", "Good", "Fairly good", "Bad")),
        ("en", ("Strongly disagree", "Neither agree nor disagree", "Tend to agree", "Strongly agree")),
        ("fr", ("Très satisfait", "Satisfait", "Plutôt satisfait", "Mécontent")),
        ("nl", ("Heel tevreden", "Tevreden", "Eerder tevreden", "Ontevreden")),
    ],
)
def test_more_answers_on_one_side(language: str, labels: tuple[str, ...], names: Names) -> None:
    assert names(scale(*labels, language=language), language) == ["unbalanced-scale"]


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("en", ("Very bad", "Fairly bad", "Neither good nor bad", "Fairly good", "Very good")),
        ("en", ("Not at all safe", "Fairly unsafe", "Fairly safe", "Completely safe")),
        ("en", ("Not at all satisfied", "Slightly satisfied", "Moderately satisfied", "Very satisfied")),
        ("en", ("Much worse", "A little worse", "The same", "A little better", "Much better")),
        ("en", ("Never", "Rarely", "Sometimes", "Often", "Always")),
        ("en", ("None", "Primary", "Secondary", "Higher")),
        ("fr", ("Pas du tout d’accord", "Plutôt pas d’accord", "Plutôt d’accord", "Tout à fait d’accord")),
        ("fr", ("Très mal", "Plutôt mal", "Ni bien ni mal", "Plutôt bien", "Très bien")),
        ("fr", ("Beaucoup moins bien", "Un peu moins bien", "Comme avant", "Un peu mieux", "Beaucoup mieux")),
        ("nl", ("Helemaal oneens", "Eerder oneens", "Noch eens, noch oneens", "Eerder eens", "Helemaal eens")),
        ("nl", ("Veel slechter", "Een beetje slechter", "Zoals voordien", "Een beetje beter", "Veel beter")),
    ],
)
def test_scales_with_equal_sides_or_one_side(language: str, labels: tuple[str, ...], names: Names) -> None:
    assert names(scale(*labels, language=language), language) == []


def test_scales_that_run_both_ways(names: Names) -> None:
    up = scale("Very bad", "Bad", "Good", "Very good")
    more = scale("Never", "Rarely", "Sometimes", "Always", code="R")
    down = scale("Strongly agree", "Agree", "Disagree", "Strongly disagree", code="S")
    assert names(up + more, "en") == []
    assert names(up + more + down, "en") == ["scale-direction"]


@pytest.mark.parametrize(
    ("language", "labels", "what"),
    [
        ("en", ("16-24", "24-34", "35 and over"), "24 is in two answers"),
        ("en", ("16 to 24", "26 to 34", "35 or more"), "no answer holds 25"),
        ("en", ("Less than 5", "5 to 10", "13 or more"), "no answer holds 11 to 12"),
        ("en", ("Less than 1,000", "1,000 to 2,000", "2,000 or more"), "2000 is in two answers"),
        ("fr", ("Moins de 5", "5 à 10", "10 et plus"), "10 is in two answers"),
        ("nl", ("Minder dan 5", "5 tot 10", "10 of meer"), "10 is in two answers"),
    ],
)
def test_ranges_that_do_not_meet(
    language: str, labels: tuple[str, ...], what: str, advice: Callable[..., list]
) -> None:
    (hint,) = advice(scale(*labels, kind="nominal", language=language), language)
    assert hint.message == f"the ranges of Q do not meet: {what} [ranges]"


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("en", ("16-24", "25-34", "35 and over")),
        ("en", ("None", "1", "2", "3 or more")),
        ("fr", ("Moins de 5", "5 à moins de 10", "10 et plus")),
        ("fr", ("De 1 000 à 1 999 euros", "De 2 000 à 2 999 euros", "3 000 euros et plus")),
        ("nl", ("Minder dan 5 minuten", "5 tot 59 minuten", "1 tot 12 uur", "Meer dan 12 uur")),
        ("en", ("8:00 to 12:00", "12:00 to 18:00", "18:00 to 22:00")),
        ("en", ("Once in 2 years", "In 2024", "Line 5")),
    ],
)
def test_ranges_that_meet_and_numbers_that_are_none(language: str, labels: tuple[str, ...], names: Names) -> None:
    assert names(scale(*labels, kind="nominal", language=language), language) == []


def test_many_answers_need_an_order(names: Names) -> None:
    sorted_names = [f"{letter} street" for letter in "ABCDEFGHIJKLM"]
    assert names(scale(*sorted_names, kind="nominal"), "en") == []
    mixed = [sorted_names[5], *sorted_names[:5], *sorted_names[6:]]
    assert names(scale(*mixed, kind="nominal"), "en") == ["many-answers"]
    assert names(scale(*mixed, kind="nominal") + "  randomise: true\n", "en") == []
    assert names(scale(*mixed[:12], kind="nominal"), "en") == []
