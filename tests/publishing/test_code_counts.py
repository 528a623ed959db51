from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.platform import Record, raw_keys
from trustsurvey.fieldwork.responses import Responses, code_responses
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.publishing.code_counts import publish_code_counts
from trustsurvey.publishing.policy import load_policy

YAML = """
instrument: small
version: 1.0.0
languages: [en]
title: {en: Small}
dont_know: {code: DK, label: {en: Don't know}}
groups:
  - code: only
    title: {en: Only}
    questions:
      - code: TRUST
        type: rating
        text: {en: Trust}
        minimum: 0
        maximum: 3
        ends: [{en: no}, {en: yes}]
        dont_know: true
      - code: LEVEL
        type: single
        text: {en: Level}
        scale:
          kind: nominal
          points:
            - {code: a, label: {en: A}}
            - {code: b, label: {en: B}}
            - {code: c, label: {en: C}}
            - {code: d, label: {en: D}}
      - {code: NAME, type: text, text: {en: Name}}
      - code: WHY
        type: multiple
        text: {en: Why}
        scale: {kind: nominal, points: [{code: x, label: {en: X}}, {code: y, label: {en: Y}}]}
derived:
  - code: coarse
    label: {en: Coarse}
    levels:
      - {code: low, label: {en: Low}, when: 'LEVEL in ("a", "b")'}
      - {code: high, label: {en: High}, when: 'LEVEL in ("c", "d")'}
"""


def answered(path: Path, text: str) -> Responses:
    """100 respondents: TRUST 3, 2, 1, DK by 40, 30, 27, 3; LEVEL a-d by 40, 4, 30, 26; nobody skips LEVEL."""
    path.write_text(text, encoding="utf-8")
    instrument = load_instrument(path)
    trust = ["3"] * 40 + ["2"] * 30 + ["1"] * 27 + ["DK"] * 3
    level = ["a"] * 40 + ["b"] * 4 + ["c"] * 30 + ["d"] * 26
    records = []
    for number in range(100):
        answers = dict.fromkeys(raw_keys(instrument), "") | {"TRUST": trust[number], "LEVEL": level[number]}
        answers |= {"NAME": "me" if number < 60 else "", "WHY[x]": "Y" if number < 50 else "", "WHY[y]": "Y"}
        records.append(Record(number + 1, 1, "2026-01-01 10:00:00", 1, "en", answers))
    return code_responses(instrument, records, "2026")


@pytest.fixture
def responses(tmp_path: Path) -> Responses:
    return answered(tmp_path / "1.0.0.yaml", YAML)


def test_small_counts_are_withheld_and_the_others_rounded(tmp_path: Path) -> None:
    responses = answered(tmp_path / "1.0.0.yaml", YAML.split("derived:")[0])
    counts = publish_code_counts(responses, load_policy(), "2026.parquet")
    assert counts.respondents == 100
    assert (counts.minimum, counts.step, counts.file) == (10, 5, "2026.parquet")
    level = counts.variables["LEVEL"]
    assert level["b"] is None
    # With "b" alone withheld, the number of answers would give it away.
    assert level["d"] is None
    assert (level["a"], level["c"]) == (40, 30)


def test_a_reason_does_not_follow_from_the_number_of_answers(responses: Responses) -> None:
    trust = publish_code_counts(responses, load_policy()).variables["TRUST"]
    assert trust["dont_know"] is None
    hidden = [key for key in ("answered", "skipped", "broken_off", "dont_know") if trust[key] is None]
    assert len(hidden) >= 2
    assert trust["0"] is None
    assert [trust[key] for key in ("1", "2", "3")].count(None) >= 1


def test_a_code_does_not_follow_from_a_derived_level(responses: Responses) -> None:
    counts = publish_code_counts(responses, load_policy()).variables
    # low = a + b, so one more of the three is withheld beside b, and high = c + d hides with d.
    assert [counts["coarse"]["low"], counts["LEVEL"]["a"]].count(None) >= 1
    assert [counts["coarse"]["high"], counts["LEVEL"]["c"]].count(None) >= 1


def test_texts_are_counted_as_answered_only(responses: Responses) -> None:
    counts = publish_code_counts(responses, load_policy()).variables
    assert set(counts["NAME"]) == {"answered", "skipped", "broken_off"}
    assert counts["NAME"]["answered"] in {60, None}


def test_ticks_are_counted_both_ways(responses: Responses) -> None:
    counts = publish_code_counts(responses, load_policy()).variables
    assert (counts["WHY_x"]["true"], counts["WHY_x"]["false"]) == (50, 50)
    assert counts["WHY_y"]["false"] is None
    assert counts["WHY_y"]["true"] is None


def test_nothing_shown_is_below_the_minimum(responses: Responses) -> None:
    for minimum in (5, 10, 35):
        policy = replace(load_policy(), minimum_count=minimum)
        shown = [
            count
            for variable in publish_code_counts(responses, policy).variables.values()
            for count in variable.values()
            if count is not None
        ]
        assert min(shown) >= minimum - policy.round_counts_to / 2


def test_too_few_respondents_are_not_counted_at_all(responses: Responses) -> None:
    few = Responses(responses.frame[:8], responses.missing[:8], responses.instrument, responses.counts)
    counts = publish_code_counts(few, load_policy())
    assert counts.respondents is None
    assert {count for variable in counts.variables.values() for count in variable.values()} == {None}


def test_a_policy_that_shows_single_respondents_is_refused(responses: Responses) -> None:
    with pytest.raises(InputError, match="at least 2"):
        publish_code_counts(responses, replace(load_policy(), minimum_count=1))
