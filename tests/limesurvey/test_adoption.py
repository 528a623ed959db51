"""Surveys of every version become instruments that pass the rules, and a report names everything that changed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.limesurvey.adoption.adopting import Adoption, adopt_file
from trustsurvey.limesurvey.building import survey_of

STRUCTURES = Path(__file__).parent / "structures"
VERSIONS = ("version-2", "version-3", "version-6")
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<document><LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>620</DBVersion>
<surveys><rows><row><sid>7</sid><language>{language}</language></row></rows></surveys>
<groups><rows><row><gid>1</gid><sid>7</sid></row></rows></groups>
<group_l10ns><rows><row><gid>1</gid><group_name>Page</group_name><language>{language}</language></row></rows></group_l10ns>
<questions><rows>{questions}</rows></questions>
<question_l10ns><rows>{texts}</rows></question_l10ns>
{rest}</document>
"""


@pytest.fixture(scope="module")
def adoption() -> Adoption:
    return adopt_file(STRUCTURES / "version-6.lss")


@pytest.fixture(scope="module")
def instrument(adoption: Adoption) -> Instrument:
    return adoption.instrument


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Adoption]:
    """Return a function that writes a survey of a few questions (type, code, further columns) and adopts it."""

    def adopt(*questions: tuple[str, str, str], language: str = "en", rest: str = "", text: str = "Text") -> Adoption:
        rows = "".join(
            f"<row><qid>{number}</qid><parent_qid>0</parent_qid><gid>1</gid><type>{kind}</type><title>{code}</title>"
            f"<question_order>{number}</question_order>{more}</row>"
            for number, (kind, code, more) in enumerate(questions, start=1)
        )
        texts = "".join(
            f"<row><qid>{number}</qid><question>{text}</question><language>{language}</language></row>"
            for number in range(1, len(questions) + 1)
        )
        path = tmp_path / "survey.lss"
        path.write_text(FILE.format(questions=rows, texts=texts, rest=rest, language=language), encoding="utf-8")
        return adopt_file(path)

    return adopt


def findings(adoption: Adoption, place: str) -> str:
    return "\n".join(str(finding) for finding in adoption.findings if finding.place == place)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_passes_the_rules(version: str, tmp_path: Path) -> None:
    adoption = adopt_file(STRUCTURES / f"{version}.lss")
    path = tmp_path / "adopted.yaml"
    path.write_text(adoption.text, encoding="utf-8")
    assert check(path) == []
    assert load_instrument(path) == adoption.instrument
    # And it can be built again.
    assert len(survey_of(adoption.instrument).groups) == 3


def test_every_version_gives_the_same(adoption: Adoption) -> None:
    for version in VERSIONS[:2]:
        older = adopt_file(STRUCTURES / f"{version}.lss")
        for before, after in zip(adoption.instrument.questions, older.instrument.questions, strict=True):
            # Conditions of version 2 are sorted by question.
            assert set(after.ask_if.split(" and ")) == set(before.ask_if.split(" and "))
            assert replace(after, ask_if="") == replace(before, ask_if="")
        assert older.instrument.quotas == adoption.instrument.quotas
        newer = [each for each in adoption.findings if "is newer than" not in each.message]
        assert set(older.findings) == set(newer)


def test_every_type_becomes_questions_or_is_reported(instrument: Instrument, adoption: Adoption) -> None:
    kinds = {question.code: str(question.type) for question in instrument.questions}
    assert kinds == {
        "Q1": "single",
        "AGE": "number",
        "SEX": "single",
        "SMOKE": "yes_no",
        "WHEN": "date",
        "SCORE": "rating",
        "AGREE": "battery",
        "FIVE": "single",
        "PTS": "battery",
        "TEN": "battery",
        "YUN": "battery",
        "ISD": "battery",
        "MEDIA": "multiple",
        "WHY": "multiple",
        "WHYcostcomment": "long_text",
        "WHYfearcomment": "long_text",
        "HOW": "single",
        "HOWcomment": "long_text",
        "DUAL1": "battery",
        "DUAL2": "battery",
        "NUMSday": "number",
        "NUMSweek": "number",
        "WORDS1": "text",
        "WORDS2": "text",
        "GRIDr1": "multiple",
        "RATEr1": "battery",
        "CELLSr1c1": "text",
        "RANK": "ranking",
        "MODE": "hidden",
        "NOTE": "information",
        "LAST": "long_text",
        "MANY": "long_text",
        "LOST": "text",
    }
    for place in ("FILE", "TONGUE", "SUM", "NEVER", "LINK"):
        assert f"{place}: left out: " in findings(adoption, place)


def test_answers_and_limits(instrument: Instrument) -> None:
    first = instrument.question("Q1")
    assert first.scale
    assert first.scale.codes == ("A1", "A2", "TOOLO")
    assert first.other
    assert first.other["en"] == "Another place"
    assert first.randomise
    assert first.mandatory == "soft"
    age = instrument.question("AGE")
    assert (age.minimum, age.maximum, age.mandatory) == (16.0, 110.0, "hard")
    assert instrument.question("WHEN").minimum == "2000-01-01"
    score = instrument.question("SCORE")
    assert (score.minimum, score.maximum) == (0.0, 3.0)
    assert [end["en"] for end in score.ends] == ["Nothing", "All"]
    agree = instrument.question("AGREE")
    assert agree.scale
    assert agree.scale.kind == "ordinal"
    assert agree.scale.codes == ("1", "2", "3")
    assert agree.dont_know
    assert instrument.dont_know
    assert instrument.dont_know.code == "DK"
    assert instrument.question("MEDIA").choices == 2
    assert instrument.question("RANK").choices == 2
    assert instrument.question("MODE").value == "web"
    lost = instrument.question("LOST")
    assert lost.pattern == "[0-9]{4}"
    assert lost.invalid
    (quota,) = instrument.quotas
    assert (quota.code, quota.limit, quota.when) == ("Femmes", 10, (("SEX", ("F",)),))
    assert quota.message["en"] == "Full"


def test_routing(instrument: Instrument) -> None:
    assert instrument.groups[1].ask_if == "AGE >= 18"
    routing = {question.code: question.ask_if for question in instrument.questions if question.ask_if}
    assert routing == {
        "WHEN": 'SMOKE = "yes"',
        "WHYcostcomment": "WHY_cost",
        "WHYfearcomment": "WHY_fear",
        "LAST": 'MEDIA_TV and Q1 = "A2"',
        # Without .NAOK, LimeSurvey asks nothing of those who were not asked the question that it reads.
        "MANY": 'AGE >= 18 and (MEDIA_TV and MEDIA_RADIO or AGREE_SQ001 >= "2" or answered(WHYcostcomment))',
    }


def test_texts(instrument: Instrument, adoption: Adoption) -> None:
    first = instrument.question("Q1")
    assert first.text["fr"] == "Où habitez-vous ?"
    assert first.scale
    assert first.scale.points[1].label["en"] == "[fr] Anvers"
    assert instrument.welcome
    assert instrument.welcome["fr"] == "Bienvenue\nà tous"
    assert instrument.question("NOTE").text["fr"] == "Merci beaucoup"
    assert "mark-up of the question: strong" in findings(adoption, "Q_1")
    assert "{TOKEN:FIRSTNAME}" in findings(adoption, "AGE")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("Q_1", "the code of the question became Q1"),
        ("Q_1", "the code of an answer became TOOLO: TOOLONG"),
        ("Q_1", "the answer A2 has no en text"),
        ("AGE", "has words after its answer: ans"),
        ("AGE", "takes whole numbers only"),
        ("MEDIA", "has answers that exclude all others: NONE"),
        ("NUMS", "wants its numbers to add up to at most: 100"),
        ("LOST", "compares two questions with each other"),
        ("LOST", "AGE > NUMS_day"),
        ("survey", "survey_url_parameters"),
        ("survey", "assessments"),
        ("survey", "texts of e-mails"),
        ("survey", "the address after the end: https://example.org"),
        ("survey", "anonymized N"),
        ("survey", "the answer DK is taken for don't know"),
    ],
)
def test_the_report_names_what_changed(adoption: Adoption, place: str, words: str) -> None:
    assert words in findings(adoption, place)


def test_what_could_not_be_said_stands_beside_the_question(adoption: Adoption) -> None:
    assert "      # LimeSurvey asked this only if: AGE > NUMS_day\n      - code: LOST\n" in adoption.text
    assert adoption.text.startswith("# Adopted from version-6.lss: LimeSurvey survey 4711, database version 627.\n")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("LANG", "LANGx2"), ("not", "notx2"), ("1a", "Q1a"), ("wave", "wavex2"), ("été_1", "ete1"), ("a" * 30, "a" * 20)],
)
def test_codes_that_are_not_allowed_are_changed(small: Callable[..., Adoption], code: str, expected: str) -> None:
    adoption = small(("X", code, ""))
    assert [question.code for question in adoption.instrument.questions] == [expected]
    assert f"the code of the question became {expected}" in findings(adoption, code)


def test_codes_that_differ_by_capitals_alone(small: Callable[..., Adoption]) -> None:
    codes = [question.code for question in small(("X", "Q1", ""), ("X", "q1", "")).instrument.questions]
    assert codes == ["Q1", "q1x2"]


def test_numbers_that_limesurvey_cannot_tell_apart(small: Callable[..., Adoption]) -> None:
    answers = "".join(
        f"<row><aid>{number}</aid><qid>1</qid><code>{code}</code><sortorder>{number}</sortorder></row>"
        for number, code in enumerate(("1", "01", "false", ""), start=1)
    )
    adoption = small(("L", "Q1", ""), rest=f"<answers><rows>{answers}</rows></answers>")
    scale = adoption.instrument.question("Q1").scale
    assert scale
    assert len({code.lower() for code in scale.codes}) == 4
    assert scale.codes[0] == "1"
    assert "01" not in scale.codes


def test_languages(small: Callable[..., Adoption]) -> None:
    assert small(("X", "Q1", ""), language="de-informal").instrument.languages == ("de",)
    assert small(("X", "Q1", ""), language="pt-BR").instrument.languages == ("pt-BR",)
    with pytest.raises(InputError, match="no code of ISO 639-1"):
        small(("X", "Q1", ""), language="ckb")


def test_expressions_and_escaped_braces_in_texts(small: Callable[..., Adoption]) -> None:
    adoption = small(("X", "Q1", ""), text="A {NAME}, \\{not one\\} and { neither }")
    assert adoption.instrument.question("Q1").text["en"] == "A {NAME}, {not one} and { neither }"
    assert findings(adoption, "Q1").endswith(": {NAME}")


def test_the_two_ends_of_a_row_become_one_line(small: Callable[..., Adoption]) -> None:
    # In this old form the row is a question with a parent, and its text stands in the row.
    row = "<row><qid>9</qid><parent_qid>1</parent_qid><gid>1</gid><type>T</type><title>SQ1</title>"
    rest = (
        f"<subquestions><rows>{row}<question>cold | warm</question><language>en</language></row></rows></subquestions>"
    )
    rest += "<answers><rows>"
    for code in "12":
        rest += f"<row><qid>1</qid><code>{code}</code><answer>{code}</answer><language>en</language></row>"
    adoption = small(("F", "Q1", ""), rest=f"{rest}</rows></answers>")
    assert [item.text["en"] for item in adoption.instrument.question("Q1").items] == ["cold – warm"]
    assert "changed: the two ends of a row (SQ1)" in findings(adoption, "Q1")


def test_attributes_of_old_versions(small: Callable[..., Adoption]) -> None:
    attributes = "<row><qid>2</qid><attribute>relevance</attribute><value>Q1 == 3</value></row>"
    rest = f"<question_attributes><rows>{attributes}</rows></question_attributes>"
    assert small(("N", "Q1", ""), ("T", "Q2", ""), rest=rest).instrument.question("Q2").ask_if == "Q1 = 3"


def test_a_default_answer_of_a_hidden_question(small: Callable[..., Adoption]) -> None:
    rest = "<question_attributes><rows><row><qid>1</qid><attribute>hidden</attribute><value>1</value></row></rows>"
    rest += "</question_attributes><defaultvalues><rows><row><qid>1</qid><defaultvalue>web</defaultvalue></row></rows>"
    adoption = small(("S", "Q1", ""), ("X", "Q2", ""), rest=f"{rest}</defaultvalues>")
    question = adoption.instrument.question("Q1")
    assert (question.type, question.value) == (QuestionType.HIDDEN, "web")


def test_an_archive(tmp_path: Path, adoption: Adoption) -> None:
    path = tmp_path / "survey.lsa"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(STRUCTURES / "version-6.lss", "survey_4711.lss")
        archive.writestr("survey_4711_responses.lsr", "<document/>")
    assert adopt_file(path).instrument == adoption.instrument


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"id\tclass\ttext\n", "is not XML"),
        (b"<html></html>", "no LimeSurvey structure"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (b"<document><LimeSurveyDocType>Group</LimeSurveyDocType></document>", "holds a group of questions"),
        (b"<document><LimeSurveyDocType>Survey</LimeSurveyDocType></document>", "names no language"),
        (b"<document><LimeSurveyDocType>Survey", "is damaged"),
        (b"PK\x03\x04nothing", "damaged archive"),
        (b'<!DOCTYPE document [<!ENTITY a "b">]><document>&a;</document>', "declares a document type"),
        (b'<!DOCTYPE document SYSTEM "file:///etc/passwd"><document/>', "declares a document type"),
    ],
)
def test_files_that_are_no_survey(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "survey.lss"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        adopt_file(path)


def test_a_survey_without_questions(small: Callable[..., Adoption]) -> None:
    with pytest.raises(InputError, match="no question that has a counterpart"):
        small(("|", "Q1", ""))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="does not exist"):
        adopt_file(tmp_path / "none.lss")
    with pytest.raises(InputError, match="is a folder"):
        adopt_file(tmp_path)


def test_characters_that_xml_does_not_allow(tmp_path: Path) -> None:
    data = (STRUCTURES / "version-6.lss").read_bytes()
    path = tmp_path / "survey.lss"
    path.write_bytes(data.replace("Télé".encode(), b"T\xe9l\xe9\x0b"))
    adoption = adopt_file(path)
    scale = adoption.instrument.question("MEDIA").scale
    assert scale
    assert scale.points[0].label["fr"] == "Télé"
    assert "control characters" in findings(adoption, "survey")
    assert "was read as Windows-1252" in findings(adoption, "survey")
