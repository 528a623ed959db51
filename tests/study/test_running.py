"""A study run: counts reconcile, only what is new is done, damage stops it, the truth comes back."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.demo import TRUTH, population_cells
from trustsurvey.errors import ArchiveError, InputError, MissingFileError, WriteError
from trustsurvey.fieldwork.platform import Deployment
from trustsurvey.fieldwork.responses import code_responses
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import fill, simulate
from trustsurvey.fieldwork.truth import Rate, Truth, true_means
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.publishing.results import load_results
from trustsurvey.study.fieldwork import close_survey, status
from trustsurvey.study.instruments import instrument_path
from trustsurvey.study.plan import Weighting
from trustsurvey.study.running import run_study
from trustsurvey.study.tables import wave_changes
from trustsurvey.study.weighting import analysed, weigh


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / "results" / "tables" / f"{name}.parquet")


def test_counts_reconcile_from_the_platform_to_the_estimates(finished: Path) -> None:
    fieldwork = table(finished, "fieldwork").set_index(["wave", "language"])
    estimates = table(finished, "estimates")
    for wave in ("2025", "2026"):
        platform = status(finished / "fieldwork" / f"{wave}.json")
        row = fieldwork.loc[(wave, "all")]
        assert row["started"] == platform.started
        assert row["completed"] == platform.completed - row["no_consent"] or row["completed"] <= platform.completed
        assert row["started"] == row["no_consent"] + row["broken_off"] + row["completed"]
        assert row["used"] == row["completed"]
        assert fieldwork.loc[wave].drop(index="all")["started"].sum() == row["started"]
        responses = ts.load_responses(finished / "responses" / f"{wave}.parquet")
        completed = responses.completed["TRUST"].notna().sum()
        whole = estimates.query("measure == 'overall_trust' and domain == 'all' and wave == @wave")
        assert whole["n"].tolist() == [completed]


def test_the_weighted_margins_are_those_of_the_population(finished: Path) -> None:
    margins = table(finished, "margins")
    assert (margins["after"] - margins["target"]).abs().max() < 1e-9
    assert margins.groupby(["wave", "margin"])["target"].sum().to_numpy() == pytest.approx(1.0)
    assert set(margins["margin"]) == {"origin", "age_group x sex"}


def test_changes_are_from_wave_to_wave_and_since_the_first() -> None:
    waves, groups = np.repeat(["1", "2", "3", "4"], 50), np.tile(["a", "b"], 100)
    frame = pd.DataFrame({"wave": waves, "group": groups, "y": np.random.default_rng(1).normal(50, 9, 200)})
    by_wave = ts.SurveyDesign(frame).mean("y", by=["wave", "group"])
    found = pd.concat(wave_changes(by_wave))
    pairs = [("2", "1"), ("3", "2"), ("4", "3"), ("3", "1"), ("4", "1")]
    assert sorted(zip(found["wave"], found["previous"], strict=True)) == sorted(pairs * 2)
    levels = by_wave.table.set_index(["wave", "group"])
    row = found[(found["wave"] == "4") & (found["previous"] == "1") & (found["group"] == "b")].iloc[0]
    assert row["estimate"] == pytest.approx(levels.loc[("4", "b"), "estimate"] - levels.loc[("1", "b"), "estimate"])
    assert (row["n"], row["n_previous"]) == (25, 25)
    assert row["detectable"] > 2.8 * row["se"]


def test_provenance_names_everything_that_made_the_results(finished: Path) -> None:
    record = json.loads((finished / "results" / "provenance.json").read_text())
    assert record["simulated"] is True
    assert record["instruments"][0]["digest"] == Deployment.load(finished / "fieldwork" / "2026.json").digest
    assert [archive["wave"] for archive in record["archives"]] == ["2025", "2026"]
    for archive in record["archives"]:
        assert sum(segment["records"] for segment in archive["segments"]) == archive["records"]
        for segment in archive["segments"]:
            assert (finished / "fieldwork" / archive["wave"] / segment["file"]).is_file()
    assert record["population"]["name"] == "brussels-2022"
    assert record["weighting"]["margins"] == [["origin"], ["age_group", "sex"]]
    assert any("unknown" in choice for choice in record["weighting"]["choices"])


def test_a_second_run_does_nothing_and_new_answers_renew_the_results(fielded: Path) -> None:
    study = fielded / "study.yaml"
    first = run_study(study)
    assert first.renewed
    assert first.fetched > 0
    before = {path: path.stat().st_mtime_ns for path in fielded.rglob("*.parquet")}
    second = run_study(study)
    assert not second.renewed
    assert second.fetched == 0
    assert before == {path: path.stat().st_mtime_ns for path in fielded.rglob("*.parquet")}

    deployment = Deployment.load(fielded / "fieldwork" / "2026.json")
    cells = population_cells(ts.load_population("brussels-2022"))
    sandbox = Sandbox.of(deployment)
    started = sandbox.status(deployment).started
    late = simulate(sandbox.instrument(deployment), cells, TRUTH, "2026", 60, seed=9)
    fill(sandbox, deployment, [replace(record, id=record.id + 10_000) for record in late])
    third = run_study(study)
    assert third.renewed
    assert third.fetched == len(late)
    assert table(fielded, "fieldwork").set_index(["wave", "language"]).loc[("2026", "all"), "started"] == started + len(
        late
    )


def test_a_changed_study_file_renews_the_results(fielded: Path) -> None:
    study = fielded / "study.yaml"
    run_study(study)
    study.write_text(study.read_text().replace("indices: [overall_trust, safety]", "indices: [overall_trust]"))
    assert run_study(study).renewed
    assert set(table(fielded, "estimates")["measure"]) == {"overall_trust"}


def test_a_closed_wave_is_analysed_from_its_archive_alone(fielded: Path) -> None:
    close_survey(fielded / "fieldwork" / "2026.json")
    (fielded / "sandbox.sqlite").unlink()
    assert run_study(fielded / "study.yaml").renewed


def test_a_platform_that_is_gone_is_named(fielded: Path) -> None:
    (fielded / "sandbox.sqlite").unlink()
    with pytest.raises(MissingFileError, match=r"sandbox\.sqlite is not there; the deployment of wave 2026"):
        run_study(fielded / "study.yaml")


def test_a_damaged_archive_stops_the_run_and_leaves_earlier_results(fielded: Path) -> None:
    run_study(fielded / "study.yaml")
    before = (fielded / "results" / "provenance.json").read_bytes()
    segment = sorted((fielded / "fieldwork" / "2025").glob("*.jsonl"))[1]
    segment.chmod(0o600)
    segment.write_bytes(segment.read_bytes().replace(b"2025", b"2024", 1))
    with pytest.raises(ArchiveError, match=segment.name):
        run_study(fielded / "study.yaml")
    assert (fielded / "results" / "provenance.json").read_bytes() == before


def test_an_interrupted_run_leaves_earlier_results_and_the_next_one_succeeds(
    fielded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study(fielded / "study.yaml")
    before = (fielded / "results" / "provenance.json").read_bytes()
    (fielded / "study.yaml").write_text((fielded / "study.yaml").read_text() + "headline: safety\n")

    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_parquet", broken)
        with pytest.raises(WriteError, match=r"No space left on device\); make room"):
            run_study(fielded / "study.yaml")
    assert (fielded / "results" / "provenance.json").read_bytes() == before
    assert run_study(fielded / "study.yaml").renewed


@pytest.mark.parametrize("damage", ["altered", "without checksums"])
def test_damaged_results_are_noticed_and_written_again(finished: Path, tmp_path: Path, damage: str) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "study"))
    study, results = folder / "study.yaml", folder / "results"
    estimates, record = results / "tables" / "estimates.parquet", results / "provenance.json"
    before = estimates.read_bytes()
    if damage == "altered":
        pd.read_parquet(estimates).assign(estimate=50.0).to_parquet(estimates)
    else:
        contents = json.loads(record.read_text())
        del contents["checksums"]
        record.write_text(json.dumps(contents))
    with pytest.raises(InputError, match="run the study again"):
        load_results(results)
    told: list[str] = []
    assert run_study(study, lambda message, share=None: told.append(message)).renewed  # noqa: ARG005
    assert sum("the results are written again" in message for message in told) == 1
    assert estimates.read_bytes() == before
    assert load_results(results).provenance["study"] == "small"


def test_a_file_in_the_place_of_the_results_is_left_alone(fielded: Path) -> None:
    (fielded / "results").write_text("mine")
    with pytest.raises(WriteError, match="is a file where the folder of results belongs; move it away"):
        run_study(fielded / "study.yaml")
    assert (fielded / "results").read_text() == "mine"


def test_another_version_than_the_fielded_one_is_refused(fielded: Path) -> None:
    source = instrument_path("citizen-trust@1.0.0", Path()).read_text()
    (fielded / "other.yaml").write_text(source.replace("version: 1.0.0", "version: 1.0.1"))
    study = fielded / "study.yaml"
    study.write_text(study.read_text().replace("citizen-trust@1.0.0", "other.yaml"))
    with pytest.raises(InputError, match=r"fields citizen-trust@1\.0\.0 .* analyses citizen-trust@1\.0\.1"):
        run_study(study)


def test_a_wave_without_completed_answers_is_named() -> None:
    instrument = load_instrument(instrument_path("citizen-trust@1.0.0", Path()))
    with pytest.raises(InputError, match="nobody completed the questionnaire in wave 2027"):
        analysed(code_responses(instrument, [], "2027"))


def test_weighting_recovers_the_truth_that_non_response_hides() -> None:
    """People of foreign background trust less and respond less: the plain mean is wrong, the weighted one is not."""
    instrument = load_instrument(instrument_path("citizen-trust@1.0.0", Path()))
    population = ts.load_population("brussels-2022")
    cells = population_cells(population)
    truth = Truth(
        waves={"2026": 0.2},
        shifts={"origin": {"belgian_foreign_background": -0.8}, "age_group": {"16-24": -0.5}},
        response=Rate(0.8, {"origin": {"belgian_foreign_background": 0.4}, "age_group": {"16-24": 0.6}}),
    )
    responses = analysed(code_responses(instrument, simulate(instrument, cells, truth, "2026", 12_000, seed=4), "2026"))
    recipe = Weighting((("district",), ("origin",), ("age_group", "sex")))
    design = weigh(responses, population, recipe)
    definition = instrument.indices["procedural_justice"]
    design = design.assign(score=ts.score(design, definition).scores)
    expected = true_means(instrument, cells, truth, "2026").set_index("measure")["mean"]["procedural_justice"]
    weighted = design.mean("score").table.iloc[0]
    plain = ts.SurveyDesign(design.data).mean("score").table.iloc[0]
    assert abs(weighted["estimate"] - expected) < 3 * weighted["se"]
    assert abs(plain["estimate"] - expected) > 8 * plain["se"]
    by_origin = true_means(instrument, cells, truth, "2026", by="origin").query("measure == 'procedural_justice'")
    estimates = design.mean("score", by="origin").table.set_index("origin")
    for row in by_origin.itertuples():
        found = estimates.loc[row.level]
        assert abs(found["estimate"] - row.mean) < 3.5 * found["se"], row.level


def test_shares_of_unanswered_questions_have_intervals_between_0_and_1(finished: Path) -> None:
    shares = table(finished, "nonresponse")
    known = shares[shares["n"] > 0]
    assert set(shares["reason"]) == {"dont_know", "refused", "skipped"}
    assert {"all", "unknown", "belgian_belgian_background"} <= set(shares["origin"])
    assert known["low"].between(0, known["estimate"]).all()
    assert known["high"].between(known["estimate"], 1).all()
    pooled = known.query("variable == 'any' and origin == 'all'")
    width = (pooled["high"] - pooled["low"]).to_numpy()
    assert width == pytest.approx(2 * 1.96 * pooled["se"].to_numpy(), rel=0.15)
