"""Texts shown as they are written, names and numbers, and the bytes of a structure file."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustsurvey.errors import InputError, WriteError
from trustsurvey.instruments.model import Instrument, canonical
from trustsurvey.instruments.questions import Text
from trustsurvey.instruments.reading import load_instrument, read_canonical
from trustsurvey.limesurvey.building import survey_of, write_structure
from trustsurvey.limesurvey.codes import alias, marker, survey_number
from trustsurvey.limesurvey.lss_writing import lss_bytes
from trustsurvey.limesurvey.texts import plain, shown

WRITABLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
SIGNS = st.text(st.sampled_from("{}\\<>&;\n\"' aé😀\u2060") | st.characters(codec="utf-8", exclude_categories=("Cc",)))


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(Path(__file__).parent / "every-kind.yaml")


def texts(instrument: Instrument, words: str) -> Instrument:
    """Return the instrument with other words in its title and description."""
    text = Text.of(dict.fromkeys(instrument.languages, words))
    return replace(instrument, title=text, description=text)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("{TOKEN} {1+1}", r"\{TOKEN\} \{1+1\}"),
        ("only }", "only }"),
        ("C:\\temp\\", "C:\\\u2060temp\\\u2060"),
        ("\\{x}", "\\\u2060\\{x\\}"),
        ("one\ntwo", "one<br />two"),
        ("\"it's\" 'é' 😀 مرحبا", "\"it's\" 'é' 😀 مرحبا"),
    ],
)
def test_a_text_is_escaped(text: str, html: str) -> None:
    assert shown(text) == html
    assert plain(html) == text


@given(SIGNS)
def test_any_text_comes_back(text: str) -> None:
    html = shown(text)
    assert plain(html) == text
    assert not re.search("<(?!br />)", html)
    # What opens an expression is a brace after an even number of backslashes.
    assert not re.search(r"(?<!\\)(?:\\\\)*\{", html)


def test_the_same_instrument_gives_the_same_bytes(instrument: Instrument) -> None:
    first = lss_bytes(survey_of(instrument, "2026"), instrument)
    again = lss_bytes(survey_of(read_canonical_copy(instrument), "2026"), instrument)
    assert first == again
    assert first != lss_bytes(survey_of(instrument, "2027"), instrument)


def read_canonical_copy(instrument: Instrument) -> Instrument:
    """Return an equal instrument that shares nothing with this one."""
    return read_canonical(canonical(instrument))


@settings(max_examples=25)
@given(words=st.text(WRITABLE, max_size=30))
def test_any_words_survive_the_file(instrument: Instrument, words: str) -> None:
    instrument = texts(instrument, words)
    root = ElementTree.fromstring(lss_bytes(survey_of(instrument), instrument))
    row = root.find("surveys_languagesettings/rows/row")
    assert row is not None
    assert plain(row.findtext("surveyls_description") or "") == words
    assert read_canonical(root.findtext("trustsurvey") or "").digest == instrument.digest


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1f", "\ufffe"])
def test_what_no_file_can_hold_is_refused(instrument: Instrument, sign: str) -> None:
    with pytest.raises(InputError, match=f"U\\+{ord(sign):04X}"):
        lss_bytes(survey_of(texts(instrument, f"a{sign}b")))


def test_the_file_numbers_everything_once(instrument: Instrument) -> None:
    survey = survey_of(instrument)
    root = ElementTree.fromstring(lss_bytes(survey, instrument))

    def column(table: str, name: str) -> list[str]:
        return [row.findtext(name) or "" for row in root.iterfind(f"{table}/rows/row")]

    numbers = column("questions", "qid") + column("subquestions", "qid")
    assert len(set(numbers)) == len(numbers)
    assert column("questions", "title") == [question.code for question in survey.questions]
    assert len(column("question_l10ns", "qid")) == len(numbers) * 3
    assert set(column("question_l10ns", "qid")) == set(numbers)
    assert set(column("answers", "qid")) <= set(column("questions", "qid"))
    assert len(column("answer_l10ns", "aid")) == len(column("answers", "aid")) * 3
    assert set(column("subquestions", "parent_qid")) <= set(column("questions", "qid"))
    assert column("groups", "gid") == ["1", "2", "3"]
    assert [each.text for each in root.iterfind("languages/language")] == ["fr", "nl", "en"]
    assert root.findtext("LimeSurveyDocType") == "Survey"


def test_a_wave_decides_the_number_and_the_addresses(instrument: Instrument) -> None:
    other = replace(instrument, version="1.2.4")
    assert survey_number(instrument, "2026") == survey_number(other, "2026") != survey_number(instrument, "2027")
    assert survey_number(instrument) != survey_number(other)
    assert 1 <= survey_number(instrument) <= 2**31 - 1
    assert marker(instrument, "2026") != marker(other, "2026")
    assert alias(instrument, "2026", "nl") == "every-kind-2026-nl"
    assert alias(instrument, "2026.1", "nl") == "every-kind-2026-1-nl"
    assert alias(instrument, "", "nl") == ""
    assert "surveyls_alias" not in survey_of(instrument).texts
    with pytest.raises(InputError, match="give the wave a shorter name"):
        alias(instrument, "w" * 100, "nl")


def test_a_title_that_grows_past_the_limit_is_refused(instrument: Instrument) -> None:
    with pytest.raises(InputError, match="takes 204 characters in LimeSurvey"):
        survey_of(texts(instrument, "x" * 199 + "&"))


def test_a_file_is_written_whole_or_not_at_all(instrument: Instrument, tmp_path: Path) -> None:
    target = tmp_path / "new" / "survey.lss"
    survey = write_structure(instrument, target, "2026")
    assert target.read_bytes() == lss_bytes(survey, instrument)
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError, match="check the folder"):
        write_structure(instrument, tmp_path / "file" / "survey.lss")
    assert [each.name for each in target.parent.iterdir()] == ["survey.lss"]
