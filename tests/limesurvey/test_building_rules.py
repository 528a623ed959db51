"""Mandatory questions, limits, patterns and quotas in LimeSurvey's terms."""

from pathlib import Path

import pytest

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.building import notes_of, survey_of
from trustsurvey.limesurvey.structure import Question

YAML = """\
instrument: rules
version: 1.0.0
languages: LANGUAGES
title: {fr: Règles, nl: Regels}
dont_know: {code: DK, label: {fr: Ne sait pas, nl: Weet niet}}
refused: {code: PNS, label: {fr: Refus, nl: Geen antwoord}}
groups:
  - code: one
    title: {fr: Un, nl: Een}
    questions:
      - {code: HARD, type: yes_no, text: {fr: q, nl: v}, mandatory: hard}
      - {code: SOFT, type: yes_no, text: {fr: q, nl: v}, mandatory: soft}
      - {code: SOFTDK, type: yes_no, text: {fr: q, nl: v}, mandatory: soft, dont_know: true}
      - {code: FREE, type: yes_no, text: {fr: q, nl: v}, dont_know: true}
      - {code: AGE, type: number, text: {fr: q, nl: v}, minimum: 16, maximum: 110.5, mandatory: hard, refused: true,
         invalid: {fr: "De 16 à 110 & demi", nl: Van 16 tot 110}}
      - {code: HOURS, type: number, text: {fr: q, nl: v}, minimum: -5, mandatory: hard}
      - {code: DAY, type: date, text: {fr: q, nl: v}, minimum: 2025-01-01, maximum: 2026-12-31, mandatory: soft,
         dont_know: true}
      - {code: UNTIL, type: date, text: {fr: q, nl: v}, maximum: 2026-12-31, invalid: {fr: Trop tard, nl: Te laat}}
      - {code: PLATE, type: text, text: {fr: q, nl: v}, pattern: '[A-Z]{3}-\\d+\\/[ab]', invalid: {fr: Non, nl: Nee}}
quotas:
  - {code: yes, limit: 7, when: {HARD: yes, SOFT: [no, yes]}, message: {fr: "Complet {x}", nl: Vol}}
"""


def read(languages: str, folder: Path) -> Instrument:
    """Return the instrument in some languages."""
    text = YAML.replace("LANGUAGES", languages)
    if "nl" not in languages:
        for part in (", nl: Regels", ", nl: Weet niet", ", nl: Geen antwoord", ", nl: Een", ", nl: v"):
            text = text.replace(part, "")
        for part in (", nl: Van 16 tot 110", ", nl: Te laat", ", nl: Nee", ", nl: Vol"):
            text = text.replace(part, "")
    path = folder / "draft.yaml"
    path.write_text(text, encoding="utf-8")
    return load_instrument(path)


@pytest.fixture(scope="module")
def instrument(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    return read("[fr, nl]", tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def question(instrument: Instrument) -> dict[str, Question]:
    return {each.code: each for each in survey_of(instrument).questions}


def test_nothing_is_soft_where_the_language_can_change(question: dict[str, Question], instrument: Instrument) -> None:
    letters = {code: question[code].mandatory for code in ("HARD", "SOFT", "SOFTDK", "FREE", "AGE", "HOURS", "DAY")}
    assert letters == {"HARD": "Y", "SOFT": "N", "SOFTDK": "Y", "FREE": "N", "AGE": "N", "HOURS": "Y", "DAY": "N"}
    must, free = notes_of(instrument)
    assert must.endswith("want an answer or a reason for none: SOFTDK, DAY")
    assert free.endswith("can be left empty without a reminder: SOFT")


def test_soft_is_soft_in_one_language(tmp_path: Path) -> None:
    instrument = read("[fr]", tmp_path)
    letters = {each.code: each.mandatory for each in survey_of(instrument).questions}
    assert {code: letters[code] for code in ("SOFT", "SOFTDK", "DAY")} == {"SOFT": "S", "SOFTDK": "S", "DAY": "N"}
    assert notes_of(instrument) == ()


def test_limits_are_the_platforms_own_without_words_of_ours(question: dict[str, Question]) -> None:
    assert question["HOURS"].attribute("min_num_value_n") == "-5"
    assert question["HOURS"].attribute("max_num_value_n") == ""
    assert question["HOURS"].attribute("em_validation_q") == ""
    assert question["DAY"].attribute("date_min") == "2025-01-01"
    assert question["DAY"].attribute("date_max") == "2026-12-31"
    assert question["DAY"].attribute("em_validation_q") == "(!is_empty(DAY.NAOK) or !is_empty(DAYNR.NAOK))"
    assert question["DAY"].attribute("em_validation_q_tip", "nl").startswith("Geef een antwoord")


def test_words_of_ours_take_the_place_of_the_platforms(question: dict[str, Question]) -> None:
    age = question["AGE"]
    assert age.attribute("min_num_value_n") == ""
    assert age.attribute("em_validation_q") == (
        "(is_empty(AGE.NAOK) or (AGE.NAOK ge 16 and AGE.NAOK le 110.5)) and "
        "(!is_empty(AGE.NAOK) or !is_empty(AGENR.NAOK))"
    )
    assert age.attribute("em_validation_q_tip", "fr").startswith("De 16 à 110 &amp; demi Donnez une réponse")
    until = question["UNTIL"]
    assert until.attribute("em_validation_q") == '(is_empty(UNTIL.NAOK) or (UNTIL.NAOK lt "2026-12-31 99"))'
    assert until.attribute("em_validation_q_tip", "nl") == "Te laat"


def test_a_pattern_is_matched_with_the_whole_answer(question: dict[str, Question]) -> None:
    rule = question["PLATE"].attribute("em_validation_q")
    assert rule == r'(is_empty(PLATE.NAOK) or (regexMatch("/^(?:[A-Z]{3}-\d+\/[ab])$/", PLATE.NAOK)))'


def test_a_quota_names_its_answers(instrument: Instrument) -> None:
    (quota,) = survey_of(instrument).quotas
    assert (quota.name, quota.limit, quota.action, quota.active) == ("yes", 7, 1, True)
    assert quota.members == (("HARD", "yes"), ("SOFT", "no"), ("SOFT", "yes"))
    assert quota.messages == {"fr": r"Complet \{x\}", "nl": "Vol"}
