"""Answers are not fetched for a questionnaire whose release was changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trustsurvey.errors import InputError
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.resources import share
from trustsurvey.study.fieldwork import close_survey, deploy, fetch_answers, open_survey, status


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a copy of an instrument, and a deployment of it that is open."""
    source = share() / "instruments" / "citizen-trust"
    folder = tmp_path / "instruments" / "citizen-trust"
    (folder / "releases").mkdir(parents=True)
    shutil.copy(source / "releases" / "1.0.0.yaml", folder / "releases")
    ledger = (source / "releases.yaml").read_text(encoding="utf-8").partition("  - version: 1.1")[0]
    (folder / "releases.yaml").write_text(ledger, encoding="utf-8")
    file = tmp_path / "fieldwork" / "2026.json"
    instrument = load_instrument(folder / "releases" / "1.0.0.yaml")
    deploy(instrument, "2026", f"sandbox:{tmp_path / 'sandbox.sqlite'}", file)
    open_survey(file)
    return tmp_path


def test_a_release_as_it_was_is_fetched(project: Path) -> None:
    assert fetch_answers(project / "fieldwork" / "2026.json").respondents == 0


def test_a_changed_release_is_neither_fetched_nor_closed(project: Path) -> None:
    release = project / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"
    text = release.read_text(encoding="utf-8")
    release.write_text(text.replace("en: How old are you?", "en: What is your age?"), encoding="utf-8")
    file = project / "fieldwork" / "2026.json"
    for verb in (fetch_answers, close_survey, open_survey):
        with pytest.raises(InputError, match=r"citizen-trust@1\.0\.0, which is no longer as it was released"):
            verb(file)
    assert status(file).state == "open"
    release.write_text(text, encoding="utf-8")
    assert close_survey(file).respondents == 0


def test_another_questionnaire_under_the_name_of_a_release_is_refused(project: Path) -> None:
    draft = project / "draft.yaml"
    release = project / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"
    text = release.read_text(encoding="utf-8")
    draft.write_text(text.replace("en: How old are you?", "en: What is your age?"), encoding="utf-8")
    file = project / "fieldwork" / "2027.json"
    deploy(load_instrument(draft), "2027", f"sandbox:{project / 'sandbox.sqlite'}", file)
    with pytest.raises(InputError, match="a changed questionnaire is a new version"):
        open_survey(file)


def test_a_draft_of_a_version_that_is_not_released_can_be_tried(project: Path) -> None:
    draft = project / "draft.yaml"
    release = project / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"
    text = release.read_text(encoding="utf-8").replace("1.0.0", "9.0.0")
    draft.write_text(text, encoding="utf-8")
    file = project / "fieldwork" / "2027.json"
    deploy(load_instrument(draft), "2027", f"sandbox:{project / 'sandbox.sqlite'}", file)
    open_survey(file)
    assert fetch_answers(file).respondents == 0
