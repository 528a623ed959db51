"""Meetings between young people and officers, training, and what partners report: counts, parallel and mirror items."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustsurvey.instruments import routing
from trustsurvey.instruments.concepts import parallel_items
from trustsurvey.instruments.consistency import broken_checks
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Text
from trustsurvey.instruments.reading import load_instrument

INSTRUMENTS = Path(__file__).parents[2] / "instruments"

GROUPS = ("young", "officer")
MOMENTS = ("before", "after", "later")
PAIRED = {
    "overall_trust": 1,
    "trust_in_public": 1,
    "respect_received": 2,
    "respect_granted": 2,
    "view_of_police": 2,
    "view_of_young_people": 2,
    "perspective_taking": 1,
    "knowledge_of_rights": 3,
}
OF_A_MOMENT = {
    "before": {},
    "after": {"contact_quality": 3, "contact_intention": 2},
    "later": {"contact": 1, "last_contact": 1, "contact_intention": 2},
}
# What joins and places a form, and is no answer to a question of substance.
FRAME = {"consent", "encounter", "code_word", "training"}
ITEMS = {
    "encounter-child": 5,
    "encounter-teacher": 8,
    "training-evaluation-reaction": 6,
    "training-evaluation-knowledge": 10,
    "training-evaluation-transfer": 6,
}
PARTNERS = ("cipol", "practice-inventory", "project-jury")
REVERSED = {
    "RECEIVED_hurt", "GRANTED_mock", "VIEWPOLICE_provoke", "VIEWYOUNG_provoke", "RIGHTS_complain", "QUALITY_uneasy",
    "INTENT_avoid", "OBSERVED_tense", "REACTION_waste", "USE_habits", "SUPPORT_colleagues", "CHECKS_origin",
    "CHECKS_papers", "CHECKS_search", "LAW_receipt", "LAW_committee",
}  # fmt: skip
FORMS = [f"encounter-{group}-{moment}" for group in GROUPS for moment in MOMENTS]
KNOWLEDGE = {"encounter-young-before": (2, 1), "training-evaluation-knowledge": (5, 5)}


@pytest.fixture(scope="module")
def instruments() -> dict[str, Instrument]:
    return {name: load_instrument(INSTRUMENTS / name / "draft.yaml") for name in [*FORMS, *ITEMS, *PARTNERS]}


def one_record(instrument: Instrument, answers: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame of a record with these answers, and why the rest is missing: for no stated reason."""
    assert set(answers) <= {variable.name for variable in instrument.variables}
    dtypes = {"number": "float64", "boolean": "boolean", "date": "datetime64[us]", "text": "str"}
    columns = {
        variable.name: pd.Series(
            [answers.get(variable.name)],
            dtype=pd.CategoricalDtype(list(variable.codes), ordered=variable.kind == "ordinal")
            if variable.codes
            else dtypes[variable.kind],
        )
        for variable in instrument.variables
    }
    frame = pd.DataFrame(columns)
    return frame, pd.DataFrame([[None] * len(columns)], columns=list(columns), dtype="str")


def asked(instrument: Instrument, answers: dict[str, Any]) -> set[str]:
    """Return the questions that a record with these answers is asked."""
    row = routing.asked(instrument, *one_record(instrument, answers)).iloc[0]
    return {instrument.variable(str(name)).question for name in row.index[row]}


def broken(instrument: Instrument, answers: dict[str, Any]) -> list[str]:
    return broken_checks(instrument, *one_record(instrument, answers))["check"].to_list()


def concepts(instrument: Instrument) -> Counter[str]:
    """Return how many items each concept has, without what only frames the form."""
    return Counter(
        item.concept or question.concept
        for question in instrument.questions
        for item in (question.items if question.type is QuestionType.BATTERY else (question,))
        if (item.concept or question.concept) not in FRAME
    )


def texts(instrument: Instrument) -> Iterator[tuple[str, Text]]:
    for text in (instrument.title, instrument.description, instrument.welcome, instrument.end):
        assert text is not None
        yield instrument.name, text
    yield from ((check.code, check.message) for check in instrument.checks)
    for group in instrument.groups:
        yield group.code, group.title
        if group.description:
            yield group.code, group.description
        for question in group.questions:
            yield from ((question.code, text) for text in (question.text, question.help, question.invalid) if text)
            yield from ((f"{question.code}_{item.code}", item.text) for item in question.items)


def labels(question: Question) -> Iterator[Text]:
    yield from (point.label for point in question.scale.points) if question.scale else ()
    yield from question.ends


@pytest.mark.parametrize("name", FORMS)
def test_fourteen_items_are_paired_and_the_rest_belongs_to_the_moment(
    instruments: dict[str, Instrument], name: str
) -> None:
    assert sum(PAIRED.values()) == 14
    assert concepts(instruments[name]) == PAIRED | OF_A_MOMENT[name.rpartition("-")[2]]


@pytest.mark.parametrize("name", ITEMS)
def test_number_of_items(instruments: dict[str, Instrument], name: str) -> None:
    found = concepts(instruments[name])
    assert all(found)
    assert found.total() == ITEMS[name]


@pytest.mark.parametrize("group", GROUPS)
def test_paired_items_are_identical_at_every_moment(instruments: dict[str, Instrument], group: str) -> None:
    forms = [{each.code: each for each in instruments[f"encounter-{group}-{moment}"].questions} for moment in MOMENTS]
    before = [code for code, question in forms[0].items() if question.concept not in FRAME]
    for form in forms[1:]:
        assert [code for code in form if code in forms[0]] == list(forms[0])
        assert all(form[code] == forms[0][code] for code in forms[0])
    assert {forms[0][code].concept for code in before} == set(PAIRED)
    assert forms[1]["INTENT"] == forms[2]["INTENT"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_items_of_both_groups_mirror_each_other(instruments: dict[str, Instrument], moment: str) -> None:
    young, officer = (instruments[f"encounter-{group}-{moment}"] for group in GROUPS)
    for one, other in zip(young.questions, officer.questions, strict=True):
        assert (one.code, one.type, one.concept, one.scale) == (other.code, other.type, other.concept, other.scale)
        assert (one.minimum, one.maximum, one.ends, one.ask_if) == (
            other.minimum, other.maximum, other.ends, other.ask_if
        )  # fmt: skip
        assert [(item.code, item.concept) for item in one.items] == [(item.code, item.concept) for item in other.items]
    assert young.index_definitions == officer.index_definitions
    paired = parallel_items(young, officer)
    assert paired["same_scale"].all()
    assert {concept: sum(paired["concept"] == concept) for concept in PAIRED} == PAIRED


def test_who_trusts_whom_is_asked_of_both_in_their_own_words(instruments: dict[str, Instrument]) -> None:
    young, officer = (instruments[f"encounter-{group}-before"] for group in GROUPS)
    for code in ("TRUSTPOLICE", "TRUSTYOUNG", "RECEIVED", "GRANTED", "PERSPECTIVE"):
        for language in young.languages:
            assert young.question(code).text[language] != officer.question(code).text[language]
    assert young.question("RIGHTS") == officer.question("RIGHTS")


@pytest.mark.parametrize("name", [*FORMS, "training-evaluation-reaction", "training-evaluation-transfer"])
def test_an_index_of_several_items_has_items_in_both_directions(instruments: dict[str, Instrument], name: str) -> None:
    for index in instruments[name].index_definitions:
        directions = {item.reversed for item in index.items}
        assert len(index.items) == 1 or directions == {True, False}, index.code


def test_what_goes_the_other_way_is_reversed(instruments: dict[str, Instrument]) -> None:
    items = [
        item for instrument in instruments.values() for index in instrument.index_definitions for item in index.items
    ]
    assert {item.variable for item in items if item.reversed} == REVERSED
    assert not {item.variable for item in items if not item.reversed} & REVERSED


@pytest.mark.parametrize("name", FORMS)
def test_every_closed_item_can_be_left_open_and_enters_an_index(instruments: dict[str, Instrument], name: str) -> None:
    instrument = instruments[name]
    scored = {item.variable for index in instrument.index_definitions for item in index.items}
    for question in instrument.questions:
        if question.concept in FRAME | {"contact", "last_contact"}:
            continue
        assert (question.refused, question.mandatory, bool(question.trend)) == (True, "soft", True)
        assert question.dont_know == (question.concept != "knowledge_of_rights")
        assert {variable.name for variable in question.variables()} <= scored


@pytest.mark.parametrize("name", KNOWLEDGE)
def test_the_right_answers_give_the_highest_knowledge(instruments: dict[str, Instrument], name: str) -> None:
    instrument = instruments[name]
    index = instrument.indices["knowledge_of_rights"]
    derived = {each.code.removeprefix("knows_"): each for each in instrument.derived}
    assert len(derived) == len(index.items)
    for item in index.items:
        levels = {level.code: level.when for level in derived[item.variable.partition("_")[2]].levels}
        codes = instrument.variable(item.variable).codes
        assert codes == ("1", "2", "3", "4", "5")
        frame = pd.DataFrame({item.variable: pd.Categorical(list(codes), categories=list(codes), ordered=True)})
        reasons = pd.DataFrame({item.variable: [None] * len(codes)}, dtype="str")
        rising = ["wrong", "wrong", "unsure", "right", "right"]
        for level, expected in levels.items():
            wanted = [each == level for each in (rising[::-1] if item.reversed else rising)]
            assert list(routing.evaluate(routing.parse(expected), frame, reasons)) == wanted, item.variable
    right = Counter(item.reversed for item in index.items)
    assert (right[False], right[True]) == KNOWLEDGE[name]


@pytest.mark.parametrize("name", FORMS)
def test_nothing_names_a_person(instruments: dict[str, Instrument], name: str) -> None:
    typed = {QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.DATE, QuestionType.NUMBER}
    asked = [question.code for question in instruments[name].questions if question.type in typed]
    assert asked == ["ENCOUNTER", "CODEWORD"]


@pytest.mark.parametrize(("word", "fits"), [("SO07", True), ("so07", False), ("S07", False), ("SOFIA", False)])
def test_code_word(instruments: dict[str, Instrument], word: str, fits: bool) -> None:
    words = {
        instrument.question("CODEWORD")
        for instrument in instruments.values()
        if any(question.code == "CODEWORD" for question in instrument.questions)
    }
    assert len(words) == 1
    assert bool(re.fullmatch(words.pop().pattern, word)) is fits


def test_the_meeting_itself_is_asked_of_children_who_had_it(instruments: dict[str, Instrument]) -> None:
    child = instruments["encounter-child"]
    assert child.question("VISIT").ask_if == 'MOMENT = "AFT"'
    assert [question.code for question in child.questions if question.ask_if] == ["VISIT"]


@pytest.mark.parametrize("name", [*FORMS, *ITEMS])
def test_people_agree_first(instruments: dict[str, Instrument], name: str) -> None:
    instrument = instruments[name]
    assert instrument.consent == "CONSENT" == instrument.questions[0].code
    assert [question.code for question in instrument.questions if question.mandatory == "hard"] == ["CONSENT"]
    assert set(dict(instrument.provenance)) == {"author", "basis", "wording", "population", "frequency"}


@pytest.mark.parametrize("name", [*FORMS, *ITEMS, *PARTNERS])
def test_form_of_address(instruments: dict[str, Instrument], name: str) -> None:
    formal = {"fr": r"\b(vous|votre|vos)\b", "nl": r"\b(u|uw)\b"}
    informal = {"fr": r"\b(tu|toi|ton|ta|tes)\b", "nl": r"\b(jij|jou|jouw|je (?:mening|naam|politie))\b"}
    barred = formal if "young" in name or "child" in name else informal
    for place, text in texts(instruments[name]):
        for language, pattern in barred.items():
            assert not re.search(pattern, text[language], re.IGNORECASE), (place, text[language])


@pytest.mark.parametrize("name", [*FORMS, *ITEMS, *PARTNERS])
def test_wording_and_typography(instruments: dict[str, Instrument], name: str) -> None:
    instrument = instruments[name]
    for place, text in texts(instrument):
        assert len({text[language] for language in instrument.languages}) == len(instrument.languages), place
    every = [text for _, text in texts(instrument)]
    every += [label for question in instrument.questions for label in labels(question)]
    for text in every:
        for language in instrument.languages:
            assert not re.search("['\"]|  ", text[language]), text[language]
        assert not re.search("[^\N{NO-BREAK SPACE}][?!:;»]|«[^\N{NO-BREAK SPACE}]", text["fr"]), text["fr"]


@pytest.mark.parametrize("answers", [{"INSTITUTION": "ZONE"}, {"INSTITUTION": "MUNI"}])
def test_an_institution_answers_twenty_items(instruments: dict[str, Instrument], answers: dict[str, str]) -> None:
    cipol = instruments["cipol"]
    idle = asked(cipol, {**answers, "ACTIONS": "no"})
    active = asked(cipol, {**answers, "ACTIONS": "yes", "EVALUATED": "2"})
    assert len(active) == 20
    assert idle < active
    assert ("ZONE" in active) is (answers["INSTITUTION"] == "ZONE")
    assert {"OBSTACLES", "NEEDS", "EXPECT"} <= idle
    assert all(cipol.question(code).concept for code in active)
    assert cipol.consent == ""


def test_every_zone_and_municipality_can_answer(instruments: dict[str, Instrument]) -> None:
    cipol = instruments["cipol"]
    assert len(cipol.variable("ZONE").codes) == 6
    assert len(cipol.variable("MUNICIPALITY").codes) == 19


def test_a_practice_has_eighteen_fields_and_both_axes(instruments: dict[str, Instrument]) -> None:
    practice = instruments["practice-inventory"]
    assert len(practice.questions) == 18
    assert all(question.concept for question in practice.questions)
    scales = {code: practice.question(code).scale for code in ("THEMES", "GUIDELINES")}
    assert [len(scale.points) for scale in scales.values() if scale] == [9, 10]
    local = asked(practice, {"AREA": "MUNI", "EVALUATION_PAIR": True})
    assert len(local) == 18
    assert local - asked(practice, {"AREA": "ABROA", "EVALUATION_NONE": True}) == {"MUNICIPALITIES", "EVIDENCE"}


@pytest.mark.parametrize(
    ("measure", "fits"), [("2.3", True), ("4.10", True), ("10.1", False), ("2", False), ("2.0", False), ("2,3", False)]
)
def test_number_of_a_measure(instruments: dict[str, Instrument], measure: str, fits: bool) -> None:
    assert bool(re.fullmatch(instruments["practice-inventory"].question("MEASURE").pattern, measure)) is fits


@pytest.mark.parametrize(
    ("name", "answers", "check"),
    [
        ("practice-inventory", {"START": "2022-03-01", "END": "2022-02-28"}, "end_after_start"),
        ("practice-inventory", {"AREA": "MUNI"}, "place_named"),
        ("practice-inventory", {"EVALUATION_NONE": True, "EVALUATION_PAIR": True}, "no_evaluation_alone"),
        ("practice-inventory", {"PARTNERS_NONE": True, "PARTNERS_ZONE": True}, "no_partner_alone"),
        ("cipol", {"PARTNERS_NONE": True, "PARTNERS_ZONE": True}, "no_partner_alone"),
        ("cipol", {"MISSED_NONE": True, "MISSED_YOUNG": True}, "nobody_missed_alone"),
        ("cipol", {"ACTIONCOUNT": 5, "REACHED": 4}, "someone_reached"),
        ("cipol", {"OBSTACLES_NONE": True, "OBSTACLES_TIME": True}, "no_obstacle_alone"),
        ("cipol", {"EXPECT_NONE": True, "EXPECT_MEET": True}, "nothing_alone"),
    ],
)
def test_checks(instruments: dict[str, Instrument], name: str, answers: dict[str, Any], check: str) -> None:
    dated = {key: pd.Timestamp(value) if key in {"START", "END"} else value for key, value in answers.items()}
    assert broken(instruments[name], dated) == [check]


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("practice-inventory", {"START": "2022-03-01", "END": "2022-03-01", "EVALUATION_NONE": True}),
        ("practice-inventory", {"AREA": "MUNI", "MUNICIPALITIES_21004": True, "EVALUATION_PAIR": True}),
        ("practice-inventory", {"EVALUATION_GROUP": True, "EVIDENCE": "WORSE", "AREA": "ABROA", "PARTNERS_NONE": True}),
        ("cipol", {"ACTIONCOUNT": 5, "REACHED": 5, "OBSTACLES_NONE": True, "EXPECT_MEET": True}),
    ],
)
def test_sound_records_pass(instruments: dict[str, Instrument], name: str, answers: dict[str, Any]) -> None:
    dated = {key: pd.Timestamp(value) if key in {"START", "END"} else value for key, value in answers.items()}
    assert broken(instruments[name], dated) == []


@pytest.mark.parametrize(
    ("ticked", "level"),
    [
        ({"NONE"}, "none"),
        ({"COUNT"}, "described"),
        ({"EXTER", "TEAM"}, "described"),
        ({"COUNT", "SATIS"}, "opinion"),
        ({"SATIS", "PAIR"}, "paired"),
        ({"GROUP", "PAIR", "COUNT"}, "compared"),
        (set(), None),
    ],
)
def test_level_of_evidence(instruments: dict[str, Instrument], ticked: set[str], level: str | None) -> None:
    practice = instruments["practice-inventory"]
    codes = [point.code for point in getattr(practice.question("EVALUATION").scale, "points", ())]
    frame, missing = one_record(practice, {f"EVALUATION_{code}": code in ticked for code in codes})
    (derived,) = (each for each in practice.derived if each.code == "evidence_level")
    holds = [each.code for each in derived.levels if routing.evaluate(routing.parse(each.when), frame, missing)[0]]
    assert holds == ([level] if level else [])


def test_a_jury_marks_on_weighted_criteria_unless_there_is_a_conflict(instruments: dict[str, Instrument]) -> None:
    jury = instruments["project-jury"]
    assert jury.record is not None
    assert jury.record.key == ("EXPERT", "BID")
    criteria = [question for question in jury.questions if question.type is QuestionType.RATING]
    assert {(question.minimum, question.maximum) for question in criteria} == {(0.0, 10.0)}
    weights = {}
    for question in criteria:
        found = {re.findall(r"\d+", question.text[language])[0] for language in jury.languages}
        assert len(found) == 1, question.code
        weights[question.code] = int(found.pop())
    assert sum(weights.values()) == 100
    stated = dict(jury.provenance)["weights"]
    assert stated.startswith(", ".join(f"{code} {weight}" for code, weight in weights.items()))
    free = asked(jury, {"CONFLICT": "no"})
    assert free >= set(weights) | {"RECOMMEND", "IMPROVE"}
    assert asked(jury, {"CONFLICT": "yes"}) == {"EXPERT", "BID", "CONFLICT"}
