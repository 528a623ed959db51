"""Changes and gaps against R's svycontrast; the numbers and their script stand in tests/reference."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.trends.change import detectable_change

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((REFERENCE / "trend.json").read_text())


@pytest.fixture(scope="module")
def design() -> ts.SurveyDesign:
    data = pd.read_csv(REFERENCE / "trend.csv", dtype={"wave": str})
    return ts.SurveyDesign(data, weights="w", strata="stratum", clusters="cluster")


def test_changes_between_waves_that_share_clusters_are_those_of_svycontrast(
    design: ts.SurveyDesign, expected: dict
) -> None:
    series = ts.trend(design.mean("y", by="wave"))
    table = series.changes.table.set_index("wave")
    assert series.changes.df == expected["df"]
    assert table["previous"].to_dict() == {"2025": "2024", "2026": "2025"}
    for wave, numbers in expected["changes"].items():
        for name, value in numbers.items():
            assert table.loc[wave, name] == pytest.approx(value, rel=1e-9), (wave, name)
    assert list(series.levels.table["wave"]) == ["2024", "2025", "2026"]


def test_the_table_of_a_trend_has_each_change_beside_its_level(design: ts.SurveyDesign) -> None:
    series = ts.trend(design.mean("y", by=["wave", "origin"]))
    table = series.table.set_index(["wave", "origin"])
    assert table.index.tolist() == list(series.levels.table[["wave", "origin"]].itertuples(index=False, name=None))
    assert table.loc["2024", "change"].isna().all()
    changed = series.changes.table.set_index(["wave", "origin"])
    assert table.loc[changed.index, "change"].tolist() == changed["estimate"].tolist()
    assert table.loc[changed.index, "change_low"].tolist() == changed["low"].tolist()


def test_a_trend_is_printed_as_levels_and_changes(design: ts.SurveyDesign) -> None:
    series = ts.trend(design.mean("y", by="wave"))
    assert repr(series) == f"{series.levels}\n\nchange from each wave to the next\n{series.changes}"
    assert "previous" in repr(series)


def test_gaps_are_those_of_svycontrast(design: ts.SurveyDesign, expected: dict) -> None:
    table = ts.gaps(design.mean("y", by=["wave", "origin"]), "origin", "a").table.set_index("wave")
    assert set(table["origin"]) == {"b"}
    assert set(table["reference"]) == {"a"}
    for wave, numbers in expected["gaps"].items():
        for name, value in numbers.items():
            assert table.loc[wave, name] == pytest.approx(value, rel=1e-9), (wave, name)


def test_changes_stay_within_groups(design: ts.SurveyDesign) -> None:
    estimates = design.mean("y", by=["wave", "origin"])
    table = ts.changes(estimates).table
    assert len(table) == 4
    for row in table.itertuples():
        same = estimates.difference(
            {"wave": row.wave, "origin": row.origin}, {"wave": row.previous, "origin": row.origin}
        )
        assert row.estimate == pytest.approx(same.table["estimate"].iloc[0], rel=1e-12)
        assert row.se == pytest.approx(same.table["se"].iloc[0], rel=1e-12)


def test_one_wave_has_no_change(design: ts.SurveyDesign) -> None:
    series = ts.trend(design.mean("y", by="wave").at(wave="2024"))
    assert series.changes.table.empty
    assert "detectable" in series.changes.table


def test_a_wave_without_answers_gives_a_missing_change(design: ts.SurveyDesign) -> None:
    data = design.data
    silent = data["wave"] == "2025"
    waves = ts.SurveyDesign(data.assign(y=data["y"].mask(silent), wave=pd.Categorical(data["wave"])), weights="w")
    table = ts.changes(waves.mean("y", by="wave")).table
    assert table["estimate"].isna().all()
    assert table["n"].tolist() == [0, 80]
    assert table["n_previous"].tolist() == [80, 0]


def test_one_respondent_bears_no_change_and_no_gap() -> None:
    rng = np.random.default_rng(7)
    data = pd.DataFrame({"y": rng.normal(size=61), "wave": ["2024"] * 30 + ["2025"] + ["2026"] * 30})
    data["origin"] = ["a"] * 15 + ["b"] * 16 + ["a"] * 29 + ["b"]
    design = ts.SurveyDesign(data)
    between = ts.changes(design.mean("y", by="wave")).table
    within = ts.gaps(design.mean("y", by=["wave", "origin"]), "origin", "a").table.set_index("wave").loc[["2026"]]
    for table in (between, within):
        assert table["estimate"].notna().all()
        assert table[["se", "low", "high", "p_value", "detectable"]].isna().all(axis=None)
        assert table["flags"].eq("one respondent").all()
    series = ts.trend(design.mean("y", by="wave")).table
    assert series["flags"].tolist() == ["", "one respondent", ""]
    assert series["change_flags"].tolist() == ["", "one respondent", "one respondent"]
    # A gap of changes keeps its estimate, and has no more of an error than its parts.
    means = design.mean("y", by="wave")
    again = means.contrast([[0, 1, -1], [1, -1, 0]]).contrast([1, -1]).table
    assert again["estimate"].notna().all()
    assert again["se"].isna().all()


def test_answers_that_are_all_alike_do_not_make_any_change_detectable() -> None:
    data = pd.DataFrame({"y": 5.0, "wave": ["2024"] * 30 + ["2025"] * 30})
    row = ts.changes(ts.SurveyDesign(data).mean("y", by="wave")).table.iloc[0]
    assert row["se"] == 0
    assert row[["p_value", "detectable"]].isna().all()


def test_what_is_no_table_of_estimates_is_refused_with_what_to_give(design: ts.SurveyDesign) -> None:
    for wrong in (design, design.data, None):
        for action in (ts.changes, ts.trend, lambda each: ts.gaps(each, "origin", "a")):
            with pytest.raises(InputError, match=r"estimates, as from design.mean.*got"):
                action(wrong)


def test_what_1500_answers_can_detect() -> None:
    # Proportion of one half, design effect 1.8, two waves of 1,500: 6.9 points.
    se = 100 * np.sqrt(2 * 0.25 * 1.8 / 1500)
    assert round(float(detectable_change(se, 2998)), 1) == 6.9


def test_power_must_be_a_probability() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        detectable_change(1.0, 10, power=80)


def test_an_unknown_column_or_group_is_named(design: ts.SurveyDesign) -> None:
    estimates = design.mean("y", by=["wave", "origin"])
    with pytest.raises(UnknownNameError, match="'year'; available: wave, origin"):
        ts.trend(estimates, wave="year")
    with pytest.raises(UnknownNameError, match="'c'; available: a, b"):
        ts.gaps(estimates, "origin", "c")
