"""Deploy, open, fetch and close on a real server or as one was recorded; what a server holds that is in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustsurvey.demo import TRUTH, population_cells
from trustsurvey.errors import InputError, PlatformError
from trustsurvey.fieldwork.archive import Archive, fetch
from trustsurvey.fieldwork.platform import Deployment, Record
from trustsurvey.fieldwork.responses import Responses, import_responses
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import simulate
from trustsurvey.fieldwork.truth import Rate, Truth
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey.codes import survey_number
from trustsurvey.study import fieldwork
from trustsurvey.weighting.population.files import load_population


def in_sandbox(folder: Path, instrument: Instrument, wave: str, records: list[Record]) -> Responses:
    """Return what the embedded platform gives for the same answers."""
    sandbox = Sandbox(folder / "sandbox.sqlite")
    deployment = sandbox.open(sandbox.deploy(instrument, wave))
    sandbox.save(deployment, records)
    archive = Archive.create(folder / "sandbox", deployment, instrument)
    fetch(sandbox, deployment, archive)
    return import_responses(archive)


def whole_way(server: Any, folder: Path, instrument: Instrument, records: list[Record]) -> None:
    server.forget(instrument)
    file = folder / "wave.json"
    deployment = fieldwork.deploy(instrument, server.wave, server.address, file)
    assert fieldwork.deploy(instrument, server.wave, server.address, file) == deployment
    assert deployment.survey == survey_number(instrument, server.wave)
    opened = fieldwork.open_survey(file)
    assert opened.opened
    halves = [replace(each, submitted=None) for each in records]
    server.respond(opened, instrument, *halves)
    first = fieldwork.fetch_answers(file)
    assert (first.new, first.respondents, first.completed) == (len(records), len(records), 0)
    assert fieldwork.fetch_answers(file).new == 0
    completed = [each for each in records if each.submitted]
    server.respond(opened, instrument, *completed)
    second = fieldwork.fetch_answers(file)
    assert (second.new, second.respondents, second.completed) == (len(completed), len(records), len(completed))
    status = fieldwork.status(file)
    assert (status.state, status.started, status.completed) == ("open", len(records), len(completed))
    last = fieldwork.close_survey(file)
    assert (last.new, last.respondents) == (0, len(records))
    assert Deployment.load(file).closed
    archive = Archive(folder / "wave")
    kept = archive.records()
    assert [(each.id, each.submitted, each.last_page, each.language, each.answers) for each in kept] == [
        (each.id, each.submitted, each.last_page, each.language, each.answers) for each in records
    ]
    here, there = import_responses(archive), in_sandbox(folder, instrument, server.wave, records)
    pd.testing.assert_frame_equal(here.frame, there.frame)
    pd.testing.assert_frame_equal(here.missing, there.missing)


def stamped_alike(records: list[Record]) -> list[Record]:
    """Return records as a survey without date stamps keeps them."""
    return [replace(each, submitted=each.submitted and "1980-01-01 00:00:00") for each in records]


def test_every_kind_all_the_way(server: Any, tmp_path: Path, every_kind: Instrument) -> None:
    cells = pd.DataFrame({"PLACE": ["BRU", "ANT"], "count": [50.0, 40.0]})
    truth = Truth(
        waves={"2026": 0.0},
        shifts={},
        response=Rate(1.0),
        consent_refused=Rate(0.1),
        break_off=Rate(0.05),
        dont_know=Rate(0.1),
        refused=Rate(0.1),
        sensitive_refused=Rate(0.1),
        skipped=Rate(0.05),
        languages={"fr": Rate(0.5), "nl": Rate(0.3), "en": Rate(0.2)},
    )
    whole_way(server, tmp_path, every_kind, stamped_alike(simulate(every_kind, cells, truth, "2026", 20, 7)))


def test_citizen_trust_all_the_way(server: Any, tmp_path: Path, citizen_trust: Instrument) -> None:
    cells = population_cells(load_population("brussels-2022"))
    whole_way(server, tmp_path, citizen_trust, stamped_alike(simulate(citizen_trust, cells, TRUTH, "2026", 30, 7)))


def test_the_same_wave_holds_one_version(server: Any, tmp_path: Path, small: Instrument, smaller: Instrument) -> None:
    server.forget(small)
    first = fieldwork.deploy(small, server.wave, server.address, tmp_path / "first.json")
    second = fieldwork.deploy(smaller, server.wave, server.address, tmp_path / "second.json")
    assert second.survey == first.survey
    with pytest.raises(InputError, match="is not the one that was deployed"):
        fieldwork.open_survey(tmp_path / "first.json")
    fieldwork.open_survey(tmp_path / "second.json")
    with pytest.raises(InputError, match=r"already in the field with another version .* another wave name"):
        fieldwork.deploy(small, server.wave, server.address, tmp_path / "third.json")
    assert not (tmp_path / "third.json").exists()
    assert fieldwork.deploy(smaller, server.wave, server.address, tmp_path / "second.json").survey == first.survey


def test_a_survey_of_somebody_else_is_left_alone(server: Any, tmp_path: Path, small: Instrument) -> None:
    server.forget(small)
    number = survey_number(small, server.wave)
    server.change("add_survey", number, "Somebody else's", "en", "G")
    try:
        deployment = fieldwork.deploy(small, server.wave, server.address, tmp_path / "wave.json")
        assert deployment.survey == number + 1
        server.used.append(number + 1)
        again = fieldwork.deploy(small, server.wave, server.address, tmp_path / "wave.json")
        assert again == deployment
        if server.live:
            assert server.direct.read("get_language_properties", number, ["surveyls_title"]) == {
                "surveyls_title": "Somebody else's"
            }
    finally:
        server.change("delete_survey", number)


def test_a_survey_that_was_edited_does_not_open(server: Any, tmp_path: Path, small: Instrument) -> None:
    server.forget(small)
    file = tmp_path / "wave.json"
    deployment = fieldwork.deploy(small, server.wave, server.address, file)
    if server.live:
        rows = server.direct.read("list_questions", deployment.survey)
        (asked,) = [row["qid"] for row in rows if row["title"] == "SAFE"]
        server.change("set_question_properties", asked, {"mandatory": "Y"}, "en")
        server.change("set_survey_properties", deployment.survey, {"ipaddr": "Y"})
    with pytest.raises(PlatformError, match="ipaddr"):
        fieldwork.open_survey(file)
    server.change("set_survey_properties", deployment.survey, {"ipaddr": "N"})
    with pytest.raises(PlatformError, match="SAFE: mandatory differs"):
        fieldwork.open_survey(file)
    assert not Deployment.load(file).opened
    fieldwork.deploy(small, server.wave, server.address, file)
    assert fieldwork.open_survey(file).opened


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("emailresponseto", "somebody@survey.example"),
        ("emailnotificationto", "somebody@survey.example"),
        ("googleanalyticsapikey", "UA-1"),
        ("savetimings", "Y"),
        ("startdate", "2030-01-01 00:00:00"),
    ],
)
def test_a_survey_that_would_send_answers_elsewhere_does_not_open(
    bed: Any, tmp_path: Path, small: Instrument, setting: str, value: str
) -> None:
    file = tmp_path / "2026.json"
    deployment = fieldwork.deploy(small, "2026", bed.wire.address, file)
    bed.fake.surveys[deployment.survey].settings[setting] = value
    with pytest.raises(PlatformError, match=setting):
        fieldwork.open_survey(file)
    assert bed.fake.surveys[deployment.survey].settings["active"] == "N"


def test_an_edit_of_a_survey_in_the_field_is_said(
    bed: Any, tmp_path: Path, small: Instrument, answered: Callable[..., Record]
) -> None:
    file = tmp_path / "2026.json"
    fieldwork.deploy(small, "2026", bed.wire.address, file)
    deployment = fieldwork.open_survey(file)
    bed.respond(deployment, small, answered(1))
    assert fieldwork.fetch_answers(file).edits == ()
    (asked,) = (row for row in bed.fake.surveys[deployment.survey].tables["questions"] if row["title"] == "SAFE")
    asked |= {"relevance": "0", "mandatory": "Y"}
    result = fieldwork.fetch_answers(file)
    assert result.respondents == 1
    assert result.edits == ("SAFE: mandatory differs", "SAFE: routing differs")
    with pytest.raises(PlatformError, match="SAFE: mandatory differs"):
        fieldwork.open_survey(file)


def test_an_export_that_links_answers_to_persons_is_refused(
    bed: Any, tmp_path: Path, small: Instrument, answered: Callable[..., Record]
) -> None:
    file = tmp_path / "2026.json"
    fieldwork.deploy(small, "2026", bed.wire.address, file)
    deployment = fieldwork.open_survey(file)
    bed.respond(deployment, small, answered(1))
    for column in ("token", "ipaddr", "refurl"):
        bed.fake.surveys[deployment.survey].rows[1][column] = "192.0.2.7"
        with pytest.raises(PlatformError, match=f"stores {column} with the answers") as caught:
            fieldwork.fetch_answers(file)
        assert "192.0.2.7" not in str(caught.value)
        del bed.fake.surveys[deployment.survey].rows[1][column]
    assert fieldwork.fetch_answers(file).new == 1
