"""An instrument becomes a LimeSurvey survey: types, settings, hidden questions, keys."""

import re
from pathlib import Path

import pytest

from trustsurvey.fieldwork.platform import raw_keys
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.building import survey_of
from trustsurvey.limesurvey.structure import Question, Survey
from trustsurvey.resources import share

EVERY_KIND = Path(__file__).parent / "every-kind.yaml"


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(EVERY_KIND)


@pytest.fixture(scope="module")
def survey(instrument: Instrument) -> Survey:
    return survey_of(instrument, "2026")


@pytest.fixture(scope="module")
def question(survey: Survey):
    return {question.code: question for question in survey.questions}


def keys(question: Question) -> list[str]:
    """Return the keys that an export of codes gives for a question."""
    match question.type:
        case "X":
            return []
        case "F":
            return [f"{question.code}[{each.code}]" for each in question.subquestions]
        case "M":
            found = [f"{question.code}[{each.code}]" for each in question.subquestions]
        case "R":
            number = int(question.attribute("max_subquestions") or len(question.answers))
            return [f"{question.code}[{rank}]" for rank in range(1, number + 1)]
        case _:
            found = [question.code]
    return found + [f"{question.code}[other]"] * question.other


@pytest.mark.parametrize("path", [EVERY_KIND, share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"])
def test_answers_come_back_under_the_raw_keys(path: Path) -> None:
    instrument = load_instrument(path)
    survey = survey_of(instrument)
    found = [key for question in survey.questions for key in keys(question)]
    added = {"tsStamp", *(f"tsPage{number}" for number in range(1, len(instrument.groups) + 1))}
    assert sorted(set(found) - added) == sorted(raw_keys(instrument))
    assert len(found) == len(set(found))


def test_the_types_are_those_of_limesurvey(question: dict[str, Question]) -> None:
    letters = {code: question[code].type for code in question if not code.startswith(("R0", "R1", "R2", "R3", "ts"))}
    assert letters == {
        **{"CONSENT": "L", "HELLO": "X", "TRUST": "L", "AGREE": "L", "LEVEL": "L", "PLACE": "L", "WHY": "M"},
        **{"TREAT": "F", "AGE": "N", "AGENR": "L", "DAY": "D", "DAYNR": "L", "WORDS": "S", "STORY": "T"},
        **{"STORYNR": "L", "ORDER": "R", "SECRET": "*"},
    }


def test_reasons_not_to_answer_stand_last(question: dict[str, Question]) -> None:
    assert [each.code for each in question["TRUST"].answers] == ["0", "1", "2", "3", "4", "5", "DK", "PNS"]
    assert [each.code for each in question["TREAT"].answers] == ["1", "2", "3", "DK"]
    assert [each.code for each in question["WHY"].subquestions] == ["cost", "fear", "none", "DK", "PNS"]
    assert question["WHY"].attribute("exclude_all_others") == "DK;PNS"
    assert [each.code for each in question["AGENR"].answers] == ["PNS"]


def test_a_rating_names_its_ends(question: dict[str, Question]) -> None:
    texts = [answer.texts["en"] for answer in question["TRUST"].answers]
    assert texts[:2] == ["0 – None", "1"]
    assert texts[5] == "5 – Complete"


def test_the_stamp_says_which_questionnaire_it_is(instrument: Instrument, survey: Survey) -> None:
    stamp = next(survey.questions)
    assert stamp.code == "tsStamp"
    assert stamp.attribute("hidden") == "1"
    assert stamp.attribute("equation") == f"every-kind@1.2.3;{instrument.digest}"
    assert stamp.relevance == "1"


def test_each_page_ends_with_what_was_shown_on_it(instrument: Instrument, survey: Survey) -> None:
    for number, (group, page) in enumerate(zip(survey.groups, instrument.groups, strict=True), start=1):
        last = group.questions[-1]
        assert last.code == f"tsPage{number}"
        conditions = re.findall(r"if\((.*?), \"1\", \"0\"\)", last.attribute("equation").partition(', ":"')[2])
        named = [re.match("[A-Za-z0-9]+", condition) for condition in conditions]
        assert [each.group() for each in named if each] == [each.code for each in page.questions]


def test_a_page_keeps_its_language_once_a_later_one_was_reached(survey: Survey) -> None:
    first, second, last = (group.questions[-1].attribute("equation") for group in survey.groups)
    assert first.startswith("{join(if(is_empty(join(tsPage2.NAOK, tsPage3.NAOK)) or is_empty(tsPage1.NAOK), LANG, ")
    assert "substr(tsPage1.NAOK, 0, strlen(tsPage1.NAOK) - 6)" in first
    assert "is_empty(join(tsPage3.NAOK))" in second
    assert last.startswith('{join(LANG, ":"')


def test_nothing_is_kept_that_could_name_a_respondent(survey: Survey) -> None:
    wanted = {"anonymized": "Y", "ipaddr": "N", "refurl": "N", "savetimings": "N", "datestamp": "N", "allowsave": "N"}
    assert {name: survey.settings[name] for name in wanted} == wanted


def test_the_date_stamp_is_a_choice(instrument: Instrument) -> None:
    assert survey_of(instrument, "2026", date_stamp=True).settings["datestamp"] == "Y"


def test_a_multiple_choice_is_shown_beside_a_reason_too(survey: Survey) -> None:
    equation = survey.groups[1].questions[-1].attribute("equation")
    assert "if(WHY_cost.relevanceStatus or WHY_DK.relevanceStatus or WHY_PNS.relevanceStatus," in equation
    assert "if(ORDER_1.relevanceStatus," in equation
    assert "if(TREAT_polite.relevanceStatus," in equation
