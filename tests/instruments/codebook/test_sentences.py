from __future__ import annotations

import re

import pytest
import yaml

from trustsurvey.instruments.codebook import words as words_module
from trustsurvey.instruments.codebook.blocks import plain
from trustsurvey.instruments.codebook.sentences import Sentences
from trustsurvey.instruments.codebook.words import WORDED, Words
from trustsurvey.instruments.model import Instrument

CATALOGUE = yaml.safe_load((words_module.Path(words_module.__file__).with_name("words.yaml")).read_text("utf-8"))


@pytest.mark.parametrize("key", CATALOGUE)
def test_words_are_in_every_language_with_the_same_places(key: str) -> None:
    texts = CATALOGUE[key]
    assert tuple(texts) == WORDED
    assert all(isinstance(each, str) and each.strip() for each in texts.values())
    places = [sorted(re.findall(r"\{(\w+)\}", each)) for each in texts.values()]
    assert places[0] == places[1] == places[2]


def test_a_language_without_words_has_the_english_ones() -> None:
    assert Words("de")("contents") == "Contents"
    assert Words("nl")("contents") == "Inhoud"


@pytest.mark.parametrize(
    ("expression", "english", "french"),
    [
        ("TRUST >= 1", "TRUST is at least 1", "TRUST est au moins 1"),
        ("AGE < 17.5", "AGE is below 17.5", "AGE est inférieur à 17,5"),
        (
            'WHEN >= "2021-01-01"',
            "WHEN is on or after 2021-01-01",
            "WHEN est le 2021-01-01 ou après",
        ),
        ('CONSENT = "yes"', "CONSENT is “Yes”", "CONSENT est « Oui »"),
        ('HOW != "web"', "HOW has an answer other than “Online”", "HOW a une réponse autre que « En ligne »"),
        (
            'HOW in ("web", "paper", "other")',
            "HOW is “Online”, “On paper” or “Otherwise”",
            "HOW est « En ligne », « Papier » ou « Autrement »",
        ),
        ("WHY_cost", "“Cost” is ticked (WHY_cost)", "« Prix » est coché (WHY_cost)"),
        ("answered(NAME)", "NAME is answered", "NAME a une réponse"),
        ("dont_know(TRUST)", "TRUST is “Don't know”", "TRUST est « Ne sait pas »"),
        (
            "TRUST > 1 and (AGE > 2 or not refused(TRUST))",
            "TRUST is above 1 and (AGE is above 2 or it is not the case that (TRUST is “Prefer not to answer”))",
            "TRUST est supérieur à 1 et (AGE est supérieur à 2 ou il n’est pas vrai que (TRUST est « Refus »))",
        ),
        (
            'age_group = "16-24" or WHY_other = "x"',
            "age_group is “Young” or WHY_other is “x”",
            "age_group est « Jeunes » ou WHY_other est « x »",
        ),
    ],
)
def test_an_expression_is_put_into_words(every: Instrument, expression: str, english: str, french: str) -> None:
    assert plain(Sentences.of(every, "en")(expression)) == english
    assert plain(Sentences.of(every, "fr")(expression)).replace("\u00a0", " ") == french


def test_several_conditions_must_all_hold(every: Instrument) -> None:
    sentences = Sentences.of(every, "en")
    assert plain(sentences("TRUST > 1 or AGE > 2", "AGE > 3 and TRUST > 4")) == (
        "(TRUST is above 1 or AGE is above 2) and AGE is above 3 and TRUST is above 4"
    )
