"""The yearly questionnaire: every construct is there, in three languages, and people are asked what they should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType, Text, Variable
from trustsurvey.instruments.reading import load_instrument

RELEASE = Path(__file__).parents[2] / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"

CONSTRUCTS = {
    "overall_trust": 1,
    "local_federal_trust": 2,
    "effectiveness": 4,
    "treatment": 3,
    "neutrality": 3,
    "voice_and_explanation": 2,
    "distributive_justice": 3,
    "bounded_authority": 3,
    "duty_to_obey": 2,
    "dull_compulsion": 1,
    "normative_alignment": 3,
    "cooperation": 4,
    "respect_received": 3,
    "respect_granted": 3,
    "communication": 4,
    "visibility_and_accessibility": 3,
    "safety": 2,
    "contact": 4,
    "last_contact": 7,
    "reporting_crime": 8,
    "complaints": 5,
}
BACKGROUND = ("residence", "age", "sex", "socio_economic_status", "language", "origin")
BACKGROUND_ITEMS = 16

POPULATION_LEVELS = {
    "district": tuple(str(code) for code in range(21001, 21020)),
    "age_group": ("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"),
    "sex": ("woman", "man"),
    "origin": ("belgian_belgian_background", "belgian_foreign_background", "non_belgian"),
}

INDICES = {
    "overall_trust": (1, 0),
    "effectiveness": (4, 0),
    "procedural_justice": (8, 2),
    "distributive_justice": (3, 0),
    "bounded_authority": (3, 2),
    "legitimacy": (5, 0),
    "cooperation": (4, 0),
    "respect_received": (3, 1),
    "respect_granted": (3, 1),
    "communication": (4, 0),
    "visibility": (3, 0),
    "safety": (2, 0),
}

LAST_CONTACT = {
    "LASTMONTH", "LASTREASON", "LASTADDRESS", "LAST_respect", "LAST_voice", "LAST_explain", "LASTSATISFIED",
}  # fmt: skip
NO_CONTACT = {"CONTACTOWN": "no", "CONTACTPOLICE": "no", "CONTACTMEET": "no"}

Answers = Mapping[str, Any]
Asked = Callable[..., set[str]]


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(RELEASE)


def one_respondent(
    instrument: Instrument, answers: Answers, reasons: Mapping[str, str], names: Iterable[str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame of somebody who agreed to take part and gave these answers and reasons."""
    given = {"CONSENT": "yes", **answers}
    variables = {each.name: each for each in instrument.variables}
    wanted = list(variables if names is None else names)
    assert {*answers, *reasons} <= set(wanted)
    frame = pd.DataFrame({name: column(variables[name], given.get(name)) for name in wanted})
    return frame, pd.DataFrame([[reasons.get(name) for name in wanted]], columns=wanted, dtype="str")


def column(variable: Variable, answer: Any) -> pd.Series[Any]:
    if variable.codes:
        assert answer is None or answer in variable.codes
        dtype: Any = pd.CategoricalDtype(list(variable.codes), ordered=variable.kind == "ordinal")
    else:
        dtype = {"number": "float64", "boolean": "boolean", "date": "datetime64[ns]", "text": "str"}[variable.kind]
    return pd.Series([answer], dtype=dtype)


@pytest.fixture
def asked(instrument: Instrument) -> Asked:
    def ask(answers: Answers, reasons: Mapping[str, str] | None = None) -> set[str]:
        row = routing.asked(instrument, *one_respondent(instrument, answers, reasons or {})).iloc[0]
        return set(row.index[row])

    return ask


def derived_level(
    instrument: Instrument, code: str, answers: Answers, reasons: Mapping[str, str] | None = None
) -> str | None:
    """Return the level that holds for one respondent, having checked that no other does."""
    derived = next(each for each in instrument.derived if each.code == code)
    conditions = {level.code: routing.parse(level.when) for level in derived.levels}
    names = sorted({name for condition in conditions.values() for name in routing.names(condition)})
    frame, missing = one_respondent(instrument, answers, reasons or {}, names)
    holds = [level for level, condition in conditions.items() if routing.evaluate(condition, frame, missing)[0]]
    assert len(holds) <= 1
    return holds[0] if holds else None


def texts(instrument: Instrument) -> Iterator[tuple[str, Text]]:
    yield "title", instrument.title
    for name, text in (("description", instrument.description), ("welcome", instrument.welcome)):
        assert text is not None
        yield name, text
    for group in instrument.groups:
        yield group.code, group.title
        for question in group.questions:
            yield question.code, question.text
            yield from ((question.code, text) for text in (question.help, *question.ends) if text)
            yield from ((f"{question.code}_{item.code}", item.text) for item in question.items)


def test_name_version_and_languages(instrument: Instrument) -> None:
    assert (instrument.name, instrument.version) == ("citizen-trust", "1.0.0")
    assert instrument.languages == ("fr", "nl", "en")


def test_every_construct_has_its_items(instrument: Instrument) -> None:
    items = Counter(
        item.concept or question.concept
        for question in instrument.questions
        for item in (question.items if question.type is QuestionType.BATTERY else (question,))
    )
    assert {concept: items[concept] for concept in CONSTRUCTS} == CONSTRUCTS
    assert sum(items[concept] for concept in BACKGROUND) == BACKGROUND_ITEMS


def test_every_type_of_question_is_used(instrument: Instrument) -> None:
    assert {question.type for question in instrument.questions} == set(QuestionType)


def test_weighting_variables_have_the_levels_of_the_population(instrument: Instrument) -> None:
    levels = {each.code: tuple(level.code for level in each.levels) for each in instrument.derived}
    assert {code: levels[code] for code in POPULATION_LEVELS} == POPULATION_LEVELS


def test_detail_that_identifies_is_replaced(instrument: Instrument) -> None:
    replaced = {name for derived in instrument.derived for name in derived.replaces}
    assert replaced == {"MUNICIPALITY", "AGE", "GENDER", "NATNOW", "NATFIRST", "NATMOTHER", "NATFATHER"}


def test_district_age_and_sex_come_before_anything_about_the_police(instrument: Instrument) -> None:
    assert [question.code for question in instrument.questions[:6]] == [
        "CONSENT", "INSTRUMENT", "MUNICIPALITY", "AGE", "GENDER", "TRUST",
    ]  # fmt: skip


def test_indices_and_their_reversed_items(instrument: Instrument) -> None:
    found = {
        code: (len(index.items), sum(item.reversed for item in index.items))
        for code, index in instrument.indices.items()
    }
    assert found == INDICES
    assert all(2 * index.minimum_answered >= len(index.items) for index in instrument.indices.values())


def test_index_items_are_kept_as_series_and_can_be_left_open(instrument: Instrument) -> None:
    for index in instrument.indices.values():
        for item in index.items:
            variable = instrument.variable(item.variable)
            question = instrument.question(variable.question)
            assert variable.trend, variable.name
            assert (question.dont_know, question.refused, question.mandatory) == (True, True, "soft"), variable.name


def test_only_consent_is_hard_mandatory(instrument: Instrument) -> None:
    assert [question.code for question in instrument.questions if question.mandatory == "hard"] == ["CONSENT"]


def test_wording_differs_between_languages(instrument: Instrument) -> None:
    for place, text in texts(instrument):
        wordings = [text[language].strip() for language in instrument.languages]
        assert all(wordings), place
        assert len(set(wordings)) == len(wordings), place


def test_typography(instrument: Instrument) -> None:
    for place, text in texts(instrument):
        for language in instrument.languages:
            assert "'" not in text[language], (place, language)
            assert "  " not in text[language], (place, language)
        french = text["fr"]
        for position, character in enumerate(french):
            if character in "?!:;»":
                assert french[position - 1] == "\N{NO-BREAK SPACE}", (place, french)
            if character == "«":
                assert french[position + 1] == "\N{NO-BREAK SPACE}", (place, french)


def test_version_stamp(instrument: Instrument) -> None:
    assert instrument.question("INSTRUMENT").value == f"{instrument.name}@{instrument.version}"


def test_without_consent_nothing_else_is_asked(asked: Asked) -> None:
    assert asked({"CONSENT": "no"}) == {"CONSENT"}


def test_without_contact_the_last_contact_is_not_asked(asked: Asked) -> None:
    assert not asked(NO_CONTACT) & (LAST_CONTACT | {"CONTACTTIMES"})


@pytest.mark.parametrize("kind", NO_CONTACT)
def test_any_contact_opens_the_last_contact(asked: Asked, kind: str) -> None:
    assert asked({**NO_CONTACT, kind: "yes"}) >= LAST_CONTACT | {"CONTACTTIMES"}


def test_refusing_the_contact_questions_opens_nothing(asked: Asked) -> None:
    assert not asked({}, dict.fromkeys(NO_CONTACT, "refused")) & LAST_CONTACT


def test_reasons_for_not_reporting_are_asked_of_victims_who_did_not(asked: Asked) -> None:
    silent = asked({"VICTIM": "yes", "REPORTED": "no"})
    assert {"VICTIMTYPE_THEFT", "VICTIMTYPE_other", "NOREPORT_USELE", "NOREPORT_other", "REPORTNEXT"} <= silent
    assert not silent & {"REPORTHOW", "REPORTNEWS", "REPORTSATISFIED"}


def test_handling_is_asked_of_victims_who_reported(asked: Asked) -> None:
    reported = asked({"VICTIM": "yes", "REPORTED": "yes"})
    assert {"REPORTHOW", "REPORTNEWS", "REPORTSATISFIED", "REPORTNEXT"} <= reported
    assert "NOREPORT_USELE" not in reported


def test_others_are_asked_only_whether_they_would_report(asked: Asked) -> None:
    assert {name for name in asked({"VICTIM": "no"}) if name.startswith(("REPORT", "NOREPORT", "VICTIM"))} == {
        "VICTIM",
        "REPORTNEXT",
    }


def test_complaint_services_are_asked_of_those_who_know_that_one_can_complain(asked: Asked) -> None:
    assert "COMPLAINBODY_COMP" in asked({"COMPLAINKNOW": "yes"})
    assert "COMPLAINBODY_COMP" not in asked({"COMPLAINKNOW": "no"})


@pytest.mark.parametrize(
    ("answers", "questions", "level"),
    [
        ({"NATNOW": "OTH"}, 1, "non_belgian"),
        ({"NATNOW": "BE", "NATFIRST": "OTH"}, 2, "belgian_foreign_background"),
        ({"NATNOW": "BE", "NATFIRST": "BE", "NATMOTHER": "OTH"}, 3, "belgian_foreign_background"),
        (
            {"NATNOW": "BE", "NATFIRST": "BE", "NATMOTHER": "BE", "NATFATHER": "OTH"},
            4,
            "belgian_foreign_background",
        ),
        (
            {"NATNOW": "BE", "NATFIRST": "BE", "NATMOTHER": "BE", "NATFATHER": "BE"},
            4,
            "belgian_belgian_background",
        ),
    ],
)
def test_origin_is_asked_until_its_class_is_known(
    instrument: Instrument, asked: Asked, answers: Answers, questions: int, level: str
) -> None:
    assert sum(name.startswith("NAT") for name in asked(answers)) == questions
    assert derived_level(instrument, "origin", answers) == level


def test_a_foreign_parent_is_enough_where_the_rest_is_unknown(instrument: Instrument, asked: Asked) -> None:
    answers = {"NATNOW": "BE", "NATFATHER": "OTH"}
    unknown = {"NATFIRST": "dont_know", "NATMOTHER": "dont_know"}
    assert "NATFATHER" in asked(answers, unknown)
    assert derived_level(instrument, "origin", answers, unknown) == "belgian_foreign_background"


@pytest.mark.parametrize(
    ("answers", "refused"),
    [({}, "NATNOW"), ({"NATNOW": "BE"}, "NATFIRST"), ({"NATNOW": "BE", "NATFIRST": "BE"}, "NATMOTHER")],
)
def test_a_refusal_ends_the_questions_on_origin(
    instrument: Instrument, asked: Asked, answers: Answers, refused: str
) -> None:
    origin = next(each for each in instrument.derived if each.code == "origin")
    names = list(dict.fromkeys(name for each in origin.levels for name in routing.names(routing.parse(each.when))))
    reasons = {refused: "refused"}
    assert {name for name in asked(answers, reasons) if name.startswith("NAT")} == {*answers, refused}
    assert derived_level(instrument, "origin", answers, reasons) is None
    assert next(name for name in names if name not in answers) == refused


@pytest.mark.parametrize("age", [16, 24, 25, 34, 35, 44, 45, 54, 55, 64, 65, 74, 75, 110])
def test_age_groups_meet_without_a_gap(instrument: Instrument, age: int) -> None:
    level = derived_level(instrument, "age_group", {"AGE": age})
    edges = np.array([16, 25, 35, 45, 55, 65, 75])
    assert level == POPULATION_LEVELS["age_group"][int(np.searchsorted(edges, age, side="right")) - 1]


@pytest.mark.parametrize(("answer", "level"), [("F", "woman"), ("M", "man"), ("X", None)])
def test_sex(instrument: Instrument, answer: str, level: str | None) -> None:
    assert derived_level(instrument, "sex", {"GENDER": answer}) == level


@pytest.mark.parametrize("source", ["DIPLOMA", "ENDSMEET", "MUNICIPALITY"])
def test_every_answer_has_a_level_and_order_is_kept(instrument: Instrument, source: str) -> None:
    target = {"DIPLOMA": "education", "ENDSMEET": "ses", "MUNICIPALITY": "district"}[source]
    derived = next(each for each in instrument.derived if each.code == target)
    order = [level.code for level in derived.levels]
    found = [derived_level(instrument, target, {source: code}) for code in instrument.variable(source).codes]
    assert None not in found
    positions = [order.index(str(level)) for level in found]
    assert positions == sorted(positions)
    assert set(found) == set(order)


def test_contact_is_known_only_where_all_three_questions_allow_it(instrument: Instrument) -> None:
    assert derived_level(instrument, "contact", NO_CONTACT) == "no"
    assert derived_level(instrument, "contact", {**NO_CONTACT, "CONTACTMEET": "yes"}) == "yes"
    unsure = {"CONTACTOWN": "no", "CONTACTPOLICE": "no"}
    assert derived_level(instrument, "contact", unsure, {"CONTACTMEET": "dont_know"}) is None
