"""The vocabulary of concepts, and the items that mirror each other."""

from pathlib import Path

import pytest

import trustsurvey as ts
from trustsurvey.errors import InputFileError
from trustsurvey.instruments.concepts import load_concepts
from trustsurvey.resources import share


def draft(name: str) -> ts.Instrument:
    return ts.load_instrument(share() / "instruments" / name / "draft.yaml")


def test_every_concept_of_the_vocabulary_has_words_in_three_languages_and_is_used() -> None:
    concepts = load_concepts()
    for concept in concepts.values():
        assert all(concept.label[language] for language in ("fr", "nl", "en"))
        assert concept.definition.endswith(".")
    used = set()
    for path in [*(share() / "instruments").glob("*/draft.yaml"), *(share() / "instruments").glob("*/releases/*.yaml")]:
        used |= {variable.concept for variable in ts.load_instrument(path).variables if variable.concept}
    assert used == concepts.keys()


def test_what_is_wrong_with_a_vocabulary_is_said_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "concepts.yaml"
    path.write_text("trust:\n  label: {en: Trust}\nsafety:\n  labels: {en: Safety}\n")
    with pytest.raises(InputFileError) as caught:
        load_concepts(path)
    assert [problem.line for problem in caught.value.problems] == [2, 4, 4]


def test_officers_mirror_residents_on_the_same_scales() -> None:
    pairs = ts.parallel_items(draft("citizen-trust"), draft("officers"))
    assert pairs["same_scale"].all()
    assert set(pairs["concept"]) >= {"overall_trust", "treatment", "neutrality", "respect_received", "respect_granted"}
    named = dict(zip(pairs["one"], pairs["other"], strict=True))
    assert named["TREAT_polite"] == "TREAT_polite"
    assert named["TRUST"] == "TRUSTSEEN"


def test_forms_before_and_after_a_meeting_hold_the_same_items() -> None:
    pairs = ts.parallel_items(draft("encounter-young-before"), draft("encounter-young-after"))
    assert pairs["same_scale"].all()
    assert (pairs["one"] == pairs["other"]).all()
    assert len(pairs) >= 10
