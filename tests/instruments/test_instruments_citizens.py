"""The instruments about residents and those who serve them: counts, mirrors, joined series, care with people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Text, Variable
from trustsurvey.instruments.reading import load_instrument

FOLDER = Path(__file__).parents[2] / "instruments"
VERSIONS = {
    "citizen-trust": "1.1.0",
    "citizen-trust-short": "1.0.0",
    "identity-checks": "1.0.0",
    "officers": "1.0.0",
    "public-service-violence": "1.0.0",
    "complaints": "1.0.0",
    "crisis-communication": "1.0.0",
}
NAMES = tuple(VERSIONS)
RESPONDENT = ("residence", "age", "sex", "origin", "police_zone")

# Items of a fully routed respondent; those of the two short forms and of complaints without who and where.
COUNTS = {
    "citizen-trust": 102,
    "citizen-trust-short": 13,
    "identity-checks": 6,
    "officers": 34,
    "public-service-violence": 32,
    "complaints": 12,
    "crisis-communication": 7,
}
WITHOUT_RESPONDENT = {"citizen-trust-short", "identity-checks", "complaints"}

CONCEPTS = {
    "citizen-trust": {"identity_checks": 10, "bodycam_views": 3},
    "identity-checks": {"identity_checks": 6},
    "officers": {
        "internal_procedural_justice": 3,
        "debriefing_and_support": 2,
        "trust_in_public": 3,
        "overall_trust": 1,
        "treatment": 2,
        "neutrality": 1,
        "voice_and_explanation": 2,
        "communication": 2,
        "respect_received": 3,
        "respect_granted": 3,
        "support_for_procedural_justice": 2,
        "self_legitimacy": 3,
        "complaints": 1,
        "confidence_in_control_bodies": 1,
        "bodycam_views": 3,
        "police_zone": 1,
        "function": 1,
    },
    "public-service-violence": {
        "service": 1,
        "function": 1,
        "working_time": 1,
        "seniority": 1,
        "workplace_violence": 10,
        "last_incident": 7,
        "reporting_violence": 3,
        "support_after_violence": 3,
        "violence_prevention": 5,
    },
    "complaints": {"complaint_process": 7, "complaints": 3, "complaint_outcome": 2, "police_zone": 1},
    "crisis-communication": {"crisis_information": 3, "crisis_support": 2, "crisis_procedure": 2},
}

REVERSED = {
    "citizen-trust": {
        "TREAT_down", "NEUTRAL_bias", "BOUNDED_force", "BOUNDED_checks", "RECEIVED_hurt", "GRANTED_mock",
        "BODYCAM_private",
    },
    "citizen-trust-short": set(),
    "identity-checks": set(),
    "officers": {
        "SUPERIOR_favour", "PUBLIC_wary", "TREAT_down", "RECEIVED_hurt", "GRANTED_mock", "SUPPORT_earn",
        "LEGITIMATE_doubt", "BODYCAM_private",
    },
    "public-service-violence": {"PREVENT_normal"},
    "complaints": {"COMPLAIN_slow"},
    "crisis-communication": set(),
}  # fmt: skip

# What officers are asked beside what residents are asked; the first is worded like the second word for word.
SAME_LINES = [
    "TREAT_polite", "TREAT_down", "NEUTRAL_same", "VOICE_listen", "VOICE_explain", "COMMUNICATE_rights",
    "COMMUNICATE_listen", "RECEIVED_respect", "RECEIVED_formal", "RECEIVED_hurt", "BODYCAM_calm", "BODYCAM_facts",
    "BODYCAM_private",
]  # fmt: skip
OTHER_SIDE = ["GRANTED_work", "GRANTED_polite", "GRANTED_mock", "COMPLAIN_impartial"]
MIRRORS = {**{name: name for name in (*SAME_LINES, *OTHER_SIDE)}, "TRUSTSEEN": "TRUST"}


@pytest.fixture(scope="module")
def instruments() -> dict[str, Instrument]:
    return {name: load_instrument(FOLDER / name / "draft.yaml") for name in NAMES}


@pytest.fixture(scope="module")
def released() -> Instrument:
    return load_instrument(FOLDER / "citizen-trust" / "releases" / "1.0.0.yaml")


def items(instrument: Instrument) -> Iterator[tuple[str, str]]:
    """Yield the name and the concept of everything a respondent answers, consent apart."""
    for question in instrument.questions:
        if question.type is QuestionType.BATTERY:
            yield from ((f"{question.code}_{item.code}", item.concept or question.concept) for item in question.items)
        elif question.type not in {QuestionType.INFORMATION, QuestionType.HIDDEN} and question.code != "CONSENT":
            yield question.code, question.concept


def texts(instrument: Instrument) -> Iterator[tuple[str, Text]]:
    for name in ("title", "description", "welcome", "end"):
        text = getattr(instrument, name)
        assert text is not None, name
        yield name, text
    for group in instrument.groups:
        yield from ((group.code, text) for text in (group.title, group.description) if text)
        for question in group.questions:
            yield question.code, question.text
            yield from ((question.code, text) for text in (question.help, question.other, *question.ends) if text)
            yield from ((f"{question.code}_{item.code}", item.text) for item in question.items)
            yield from ((question.code, point.label) for point in (question.scale.points if question.scale else ()))


def column(variable: Variable, answer: Any) -> pd.Series[Any]:
    if variable.codes:
        assert answer is None or answer in variable.codes
        dtype: Any = pd.CategoricalDtype(list(variable.codes), ordered=variable.kind == "ordinal")
    else:
        dtype = {"number": "float64", "boolean": "boolean", "date": "datetime64[ns]", "text": "str"}[variable.kind]
    return pd.Series([answer], dtype=dtype)


@pytest.fixture
def asked(instruments: dict[str, Instrument]) -> Callable[[str, Mapping[str, Any]], set[str]]:
    """Return which variables somebody is asked who agreed to take part and gave these answers."""

    def ask(name: str, answers: Mapping[str, Any]) -> set[str]:
        given = {"CONSENT": "yes", **answers}
        variables = instruments[name].variables
        assert set(given) <= {each.name for each in variables}
        frame = pd.DataFrame({each.name: column(each, given.get(each.name)) for each in variables})
        missing = pd.DataFrame([[None] * len(variables)], columns=frame.columns, dtype="str")
        row = routing.asked(instruments[name], frame, missing).iloc[0]
        return set(row.index[row])

    return ask


@pytest.mark.parametrize("name", NAMES)
def test_name_version_languages_and_stamp(instruments: dict[str, Instrument], name: str) -> None:
    instrument = instruments[name]
    assert (instrument.name, instrument.version) == (name, VERSIONS[name])
    assert instrument.languages == ("fr", "nl", "en")
    assert instrument.question("INSTRUMENT").value == f"{name}@{VERSIONS[name]}"
    assert {"author", "basis", "wording", "population", "frequency"} <= set(dict(instrument.provenance))


@pytest.mark.parametrize("name", NAMES)
def test_number_of_items(instruments: dict[str, Instrument], name: str) -> None:
    found = Counter(concept for _, concept in items(instruments[name]))
    left_out = RESPONDENT if name in WITHOUT_RESPONDENT else ()
    assert sum(count for concept, count in found.items() if concept not in left_out) == COUNTS[name]
    wanted = CONCEPTS.get(name, {})
    assert {concept: found[concept] for concept in wanted} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_item_has_a_concept(instruments: dict[str, Instrument], name: str) -> None:
    assert [item for item, concept in items(instruments[name]) if not concept] == []


@pytest.mark.parametrize("name", NAMES)
def test_people_agree_first_and_may_leave_everything_else_open(instruments: dict[str, Instrument], name: str) -> None:
    instrument = instruments[name]
    assert instrument.consent == instrument.questions[0].code == "CONSENT"
    assert [question.code for question in instrument.questions if question.mandatory == "hard"] == ["CONSENT"]
    assert [
        question.code
        for question in instrument.questions
        if question.mandatory == "soft" and not (question.refused or question.dont_know)
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_indices_name_their_reversed_items_and_want_half_of_them(instruments: dict[str, Instrument], name: str) -> None:
    definitions = instruments[name].index_definitions
    assert {item.variable for each in definitions for item in each.items if item.reversed} == REVERSED[name]
    assert [each.code for each in definitions if 2 * each.minimum_answered < len(each.items)] == []
    trends = {variable.name: variable.trend for variable in instruments[name].variables}
    assert [item.variable for each in definitions for item in each.items if not trends[item.variable]] == []


@pytest.mark.parametrize("name", NAMES)
def test_typography(instruments: dict[str, Instrument], name: str) -> None:
    for place, text in texts(instruments[name]):
        for language in ("fr", "nl", "en"):
            assert "'" not in text[language], (place, language)
            assert "  " not in text[language], (place, language)
        french = text["fr"]
        for position, character in enumerate(french):
            if character in "?!:;»":
                assert french[position - 1] == "\N{NO-BREAK SPACE}", (place, french)
            if character == "«":
                assert french[position + 1] == "\N{NO-BREAK SPACE}", (place, french)


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_worded_in_three_languages(instruments: dict[str, Instrument], name: str) -> None:
    for question in instruments[name].questions:
        assert len({question.text[language] for language in ("fr", "nl", "en")}) == 3, question.code


# citizen-trust: 1.1.0 adds and changes nothing


def test_what_was_asked_before_is_asked_in_the_same_words_and_order(
    instruments: dict[str, Instrument], released: Instrument
) -> None:
    now = instruments["citizen-trust"]
    old = {question.code: question for question in released.questions if question.code != "INSTRUMENT"}
    new = {question.code: question for question in now.questions if question.code != "INSTRUMENT"}
    assert {code: new.get(code) for code in old} == old
    assert [code for code in new if code in old] == list(old)
    pages = {group.code: replace(group, questions=()) for group in now.groups}
    assert {group.code: pages.get(group.code) for group in released.groups} == {
        group.code: replace(group, questions=()) for group in released.groups
    }
    for name in ("title", "description", "end", "dont_know", "refused", "consent"):
        assert getattr(now, name) == getattr(released, name), name
    assert {each.code: each for each in now.derived} == {each.code: each for each in released.derived}
    assert now.index_definitions[: len(released.index_definitions)] == released.index_definitions


def test_identity_checks_come_after_the_last_contact(instruments: dict[str, Instrument]) -> None:
    codes = [group.code for group in instruments["citizen-trust"].groups]
    start = codes.index("last_contact")
    assert codes[start : start + 4] == ["last_contact", "identity_checks", "last_check", "crime"]


def test_only_the_checked_are_asked_about_their_last_check(
    asked: Callable[[str, Mapping[str, Any]], set[str]],
) -> None:
    checked = {name for name in asked("citizen-trust", {"CHECKED": "yes"}) if name.startswith("CHECKED")}
    everybody = {"CHECKED", "CHECKEDOTHERS"}
    assert {"CHECKEDTIMES", "CHECKEDREASON", "CHECKEDTREAT_respect", "CHECKEDWHY_ORIG", "CHECKEDOUTCOME"} <= checked
    for answers in ({"CHECKED": "no"}, {"CHECKEDOTHERS": "yes"}):
        assert {each for each in asked("citizen-trust", answers) if each.startswith("CHECKED")} == everybody


# The short form and the micro-survey keep the words of the yearly survey


def shortened(question: Question, codes: set[str]) -> Question:
    return replace(question, items=tuple(item for item in question.items if item.code in codes))


def test_the_short_form_asks_in_the_words_of_the_yearly_survey(instruments: dict[str, Instrument]) -> None:
    yearly, short = instruments["citizen-trust"], instruments["citizen-trust-short"]
    for question in short.questions:
        if question.code != "INSTRUMENT":
            whole = yearly.question(question.code)
            assert question == shortened(whole, {item.code for item in question.items}), question.code
            assert bool(question.items) == bool(whole.items)
    order = [question.code for question in yearly.questions]
    positions = [order.index(question.code) for question in short.questions]
    assert positions == sorted(positions)
    derived = {each.code: each for each in yearly.derived}
    assert {each.code for each in short.derived} == {"district", "age_group", "sex", "origin"}
    assert all(each == derived[each.code] for each in short.derived)


def test_indices_of_the_short_form_are_those_of_the_yearly_survey(instruments: dict[str, Instrument]) -> None:
    yearly, short = instruments["citizen-trust"].indices, instruments["citizen-trust-short"].indices
    assert set(short) == {"overall_trust", "procedural_justice_short"}
    assert {code: yearly[code] for code in short} == short


def test_the_micro_survey_asks_what_the_module_asks(instruments: dict[str, Instrument]) -> None:
    module, micro = instruments["citizen-trust"], instruments["identity-checks"]
    shared = [question for question in micro.questions if question.code.startswith("CHECKED")]
    assert len(shared) == 5
    assert all(question == module.question(question.code) for question in shared)
    assert micro.indices["check_treatment"].items == module.indices["check_treatment"].items


def test_after_a_check_only_the_zone_and_an_age_band_are_kept(instruments: dict[str, Instrument]) -> None:
    micro = instruments["identity-checks"]
    (zone,) = micro.derived
    assert zone.replaces == ("CHECKMUNICIPALITY",)
    municipalities = micro.variable("CHECKMUNICIPALITY").codes
    named = [code for level in zone.levels for code in municipalities if f'"{code}"' in level.when]
    assert sorted(named) == sorted(municipalities)
    assert [level.code for level in zone.levels] == [str(code) for code in range(5339, 5345)]
    assert len(micro.variable("AGEBAND").codes) == 4
    kinds = {question.type for question in micro.questions}
    assert not kinds & {QuestionType.NUMBER, QuestionType.DATE, QuestionType.TEXT, QuestionType.LONG_TEXT}
    assert "self-selected" in dict(micro.provenance)["population"]


# Mirrors: officers and residents


@pytest.mark.parametrize(("officers", "residents"), MIRRORS.items())
def test_mirror_items_pair_up(instruments: dict[str, Instrument], officers: str, residents: str) -> None:
    own = instruments["officers"].variable(officers)
    other = instruments["citizen-trust"].variable(residents)
    assert own.concept == other.concept
    assert (own.kind, own.levels, own.minimum, own.maximum) == (other.kind, other.levels, other.minimum, other.maximum)
    assert own.trend
    assert other.trend
    assert (own.label == other.label) == (officers in SAME_LINES)


def test_a_shared_concept_has_a_mirror_for_every_item_of_the_officers(instruments: dict[str, Instrument]) -> None:
    residents = {concept for _, concept in items(instruments["citizen-trust"])}
    own = {name for name, concept in items(instruments["officers"]) if concept in residents}
    assert own == set(MIRRORS)


def test_ratings_of_trust_have_the_same_ends(instruments: dict[str, Instrument]) -> None:
    ends = instruments["citizen-trust"].question("TRUST").ends
    assert all(instruments["officers"].question(code).ends == ends for code in ("TRUSTSEEN", "TRUSTPUBLIC"))


def test_indices_of_one_name_hold_the_same_items(instruments: dict[str, Instrument]) -> None:
    residents, officers = instruments["citizen-trust"].indices, instruments["officers"].indices
    shared = set(residents) & set(officers)
    assert shared == {
        "overall_trust", "procedural_justice_mirror", "respect_received", "respect_granted", "bodycam_support",
    }  # fmt: skip
    for code in shared - {"overall_trust"}:
        assert set(officers[code].items) == set(residents[code].items), code
        assert officers[code].minimum_answered == residents[code].minimum_answered


def test_officers_are_not_identified(instruments: dict[str, Instrument]) -> None:
    officers = instruments["officers"]
    assert not {"age", "sex", "seniority"} & {concept for _, concept in items(officers)}
    assert {question.type for question in officers.questions} <= {
        QuestionType.YES_NO, QuestionType.HIDDEN, QuestionType.BATTERY, QuestionType.RATING, QuestionType.SINGLE,
    }  # fmt: skip
    assert all(question.refused for question in officers.questions[2:])
    assert [question.code for question in officers.questions[-2:]] == ["ZONE", "FUNCTION"]


@pytest.mark.parametrize("item", ["impartial", "fear"])
def test_complainants_answer_on_the_scale_of_what_residents_expect(
    instruments: dict[str, Instrument], item: str
) -> None:
    own, other = (instruments[name].variable(f"COMPLAIN_{item}") for name in ("complaints", "citizen-trust"))
    assert (own.concept, own.levels) == (other.concept, other.levels)


# Violence at work


def test_without_an_incident_nothing_is_asked_about_one(
    instruments: dict[str, Instrument], asked: Callable[[str, Mapping[str, Any]], set[str]]
) -> None:
    kinds = instruments["public-service-violence"].question("INCIDENT").variables()
    never = {variable.name: "0" for variable in kinds}
    assert not {name for name in asked("public-service-violence", never) if name.startswith(("LAST", "REPORT"))}
    for variable in kinds:
        some = asked("public-service-violence", {**never, variable.name: "1"})
        assert {"LASTTYPE", "LASTINJURY", "REPORTEDWORK", "SUPPORTSATISFIED"} <= some
        assert not {"NOREPORT_JOB", "FOLLOWUP"} & some


def test_reasons_are_asked_of_those_who_did_not_report(asked: Callable[[str, Mapping[str, Any]], set[str]]) -> None:
    hit = {"INCIDENT_hit": "2"}
    silent = asked("public-service-violence", {**hit, "REPORTEDWORK": "no", "REPORTEDPOLICE": "no"})
    assert "NOREPORT_JOB" in silent
    assert "FOLLOWUP" not in silent
    told = asked("public-service-violence", {**hit, "REPORTEDWORK": "yes"})
    assert "FOLLOWUP" in told
    assert "NOREPORT_JOB" not in told


def test_bands_of_incidents_stand_for_their_smallest_number(instruments: dict[str, Instrument]) -> None:
    scale = instruments["public-service-violence"].question("INCIDENT").scale
    assert scale is not None
    assert [point.value for point in scale.points] == [float(code) for code in scale.codes] == [0, 1, 2, 4, 12, 52]


def test_every_kind_of_incident_counts(instruments: dict[str, Instrument]) -> None:
    instrument = instruments["public-service-violence"]
    kinds = {variable.name for variable in instrument.question("INCIDENT").variables()}
    derived = {each.code: each for each in instrument.derived}
    for level in derived["incident"].levels:
        assert set(routing.names(routing.parse(level.when))) == kinds
    physical = {f"INCIDENT_{kind}" for kind in ("spit", "hit", "thrown", "weapon")}
    assert {name for each in derived["physical"].levels for name in routing.names(routing.parse(each.when))} == physical


# Care


def offers_help(text: Text | None) -> bool:
    return (
        text is not None
        and "107" in text["fr"]
        and "106" in text["nl"]
        and all(n in text["en"] for n in ("107", "106"))
    )


def test_who_may_be_upset_is_offered_a_help_line(instruments: dict[str, Instrument]) -> None:
    violence = instruments["public-service-violence"]
    pages = {group.code: group.description for group in violence.groups}
    assert all(offers_help(text) for text in (violence.end, pages["consent"], pages["last_incident"]))
    crisis = instruments["crisis-communication"]
    assert all(offers_help(text) for text in (crisis.welcome, crisis.end))
    assert offers_help(instruments["complaints"].end)
    assert offers_help(instruments["identity-checks"].end)
    assert offers_help(instruments["officers"].question("AFTER").help)


def test_families_are_asked_openly_and_never_counted_in_small_numbers(instruments: dict[str, Instrument]) -> None:
    crisis = instruments["crisis-communication"]
    kinds = Counter(question.type for question in crisis.questions if question.code not in {"CONSENT", "INSTRUMENT"})
    assert kinds == {QuestionType.LONG_TEXT: 5, QuestionType.SINGLE: 1, QuestionType.YES_NO: 1}
    assert {question.mandatory for question in crisis.questions[1:]} == {"no"}
    assert crisis.index_definitions == ()
    assert "never tabulated below 10" in dict(crisis.provenance)["population"]
