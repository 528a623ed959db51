from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from trustsurvey import cli
from trustsurvey.documents.document import read_document
from trustsurvey.errors import InputError, WriteError
from trustsurvey.instruments.advice.advising import advise
from trustsurvey.instruments.json_schema import json_schema_text
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.instruments.starting import new_instrument
from trustsurvey.instruments.translation.completeness import translation_states


@pytest.mark.parametrize("kind", ["survey", "register"])
@pytest.mark.parametrize("languages", [("fr", "nl", "en"), ("nl",), ("en", "fr")])
def test_a_new_draft_is_sound_and_gets_no_hint(kind: str, languages: tuple[str, ...], tmp_path: Path) -> None:
    path = new_instrument("my-survey2", languages, kind, tmp_path)
    assert path == tmp_path / "my-survey2" / "draft.yaml"
    assert check(path) == []
    assert advise(path) == []
    instrument = load_instrument(path)
    assert (instrument.name, instrument.version, instrument.languages) == ("my-survey2", "1.0.0", languages)
    assert (instrument.record is not None) == (kind == "register")
    text = path.read_text(encoding="utf-8")
    assert "bank: [" in text
    assert max(map(len, text.splitlines())) <= 120
    assert "TODO" not in text
    assert f"--languages {','.join(languages)}; the first" in text
    assert "texts with a comma or a colon need quotes" in text


@pytest.mark.parametrize("languages", [("en", "fr"), ("nl", "en", "fr"), ("ar", "fr")])
def test_languages_stay_in_the_order_given(languages: tuple[str, ...], tmp_path: Path) -> None:
    path = new_instrument("one", languages, folder=tmp_path)
    assert f"--languages {','.join(languages)}; the first" in path.read_text(encoding="utf-8")
    assert "texts with a comma or a colon need quotes" in path.read_text(encoding="utf-8")
    content = read_document(path).plain()
    assert tuple(content["languages"]) == languages
    assert tuple(content["title"]) == languages
    assert tuple(content["groups"][0]["questions"][0]["text"]) == languages


def test_a_survey_shows_the_usual_questions(tmp_path: Path) -> None:
    instrument = load_instrument(new_instrument("one", folder=tmp_path))
    types = {question.type for question in instrument.questions}
    assert types >= {
        QuestionType.YES_NO,
        QuestionType.RATING,
        QuestionType.BATTERY,
        QuestionType.MULTIPLE,
        QuestionType.NUMBER,
        QuestionType.SINGLE,
        QuestionType.LONG_TEXT,
    }
    assert any(item.reversed for item in instrument.indices["treatment"].items)
    assert any(question.ask_if for question in instrument.questions)
    assert {derived.code for derived in instrument.derived} == {"age_group", "sex"}


@pytest.mark.parametrize("kind", ["survey", "register"])
@pytest.mark.parametrize("languages", [("fr", "ar"), ("de",)])
def test_languages_without_words_are_left_to_write(kind: str, languages: tuple[str, ...], tmp_path: Path) -> None:
    path = new_instrument("one", languages, kind, tmp_path)
    assert check(path) == []
    hints = advise(path)
    states = {state.language: state for state in translation_states(path)}
    assert len(hints) == len(states[languages[-1]].missing) == states[languages[-1]].texts
    assert all(hint.message.endswith("[placeholder]") for hint in hints)
    if languages == ("fr", "ar"):
        assert states["fr"].missing == ()
    else:
        # Nobody can tell what is to be written from TODO alone.
        assert load_instrument(path).title["de"] in {"TODO: A new survey", "TODO: A new register"}


def test_editors_find_the_schema(tmp_path: Path) -> None:
    path = new_instrument("one", folder=tmp_path)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schema.json"
    schema = (path.parent / "../schema.json").read_text(encoding="utf-8")
    assert schema == json_schema_text()
    jsonschema.Draft202012Validator(json.loads(schema)).validate(read_document(path).plain())
    assert new_instrument("two", ("ar",), folder=tmp_path).read_text().startswith(f"{first}\n")


def test_a_schema_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text("{}")
    new_instrument("one", folder=tmp_path)
    assert (tmp_path / "schema.json").read_text() == "{}"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = new_instrument("one", folder=tmp_path)
    path.write_text("mine")
    with pytest.raises(InputError, match="holds files already"):
        new_instrument("one", folder=tmp_path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "languages", "kind"),
    [
        ("My Survey", ("fr",), "survey"),
        ("../up", ("fr",), "survey"),
        ("", ("fr",), "survey"),
        ("one", (), "survey"),
        ("one", ("fr", "fr"), "survey"),
        ("one", ("french",), "survey"),
        ("one", ("fr",), "poll"),
    ],
)
def test_what_cannot_be_a_questionnaire_is_refused(
    name: str, languages: tuple[str, ...], kind: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError):
        new_instrument(name, languages, kind, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="cannot be written"):
        new_instrument("one", folder=tmp_path / "file")


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments, code in (
        (["new", "one", "--languages", "fr,nl"], 0),
        (["new", "one"], 2),
        (["new", "two", "--kind", "poll"], 2),
        (["schema", "-o", "schema.json"], 0),
        (["schema", "-o", "none/schema.json"], 1),
        (["schema"], 0),
    ):
        monkeypatch.setattr(sys, "argv", ["trustsurvey", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert (caught.value.code or 0) == code
    printed = capsys.readouterr()
    assert load_instrument(tmp_path / "instruments" / "one" / "draft.yaml").languages == ("fr", "nl")
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == json_schema_text()
    assert printed.out.endswith(json_schema_text())
