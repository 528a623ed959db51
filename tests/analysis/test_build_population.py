"""The derivation of ``brussels-2022``: on a small made-up region, and on Statbel's files where they are at hand."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGED = REPOSITORY / "trustsurvey" / "weighting" / "population" / "packaged" / "brussels-2022"
SOURCES = Path(os.environ.get("TRUSTSURVEY_SOURCES", REPOSITORY.parent / "shared" / "data" / "population"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "build_population", REPOSITORY / "analysis" / "build_population.py"
    )
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Two municipalities with 100 people of each year of age, 50 to 60 % of them women; the region half."""
    folder = tmp_path / "sources"
    folder.mkdir()
    lower = range(0, 90, 5)
    labels = [f"[{age},{age + 5})" if age < 85 else "[85,Inf)" for age in lower]
    pd.DataFrame(
        [(district, label, 500) for district in (21001, 21002) for label in labels],
        columns=["refnis", "age_group", "population"],
    ).to_csv(folder / "brussels_municipality_age5_2022.csv", index=False)
    pd.DataFrame(
        [("BR", 2021, sex, max(age, 1), 100) for sex in ("Men", "Women") for age in range(101)],
        columns=["region", "year", "gender", "age", "population"],
    ).to_csv(folder / "brussels_region_age_sex_2006_2021.csv", index=False)
    pd.DataFrame(
        [
            (2015, district, sex, nationality, age, count)
            for district, women in ((21001, 25), (21002, 26))
            for sex, count in (("F", women), ("M", 50 - women))
            for nationality in ("BEL", "ETR")
            for age in range(101)
        ],
        columns=["CD_YEAR", "CD_MUNTY_REFNIS", "CD_SEX", "CD_NATLTY", "CD_AGE", "MS_POPULATION"],
    ).to_csv(folder / "brussels_municipality_age_sex_nationality_2009_2015.csv.gz", index=False)
    pd.DataFrame({"refnis": [21001, 21002], "men": [50, 49], "women": [50, 51], "total": [100, 100]}).to_csv(
        folder / "brussels_municipality_sex_2020.csv", index=False
    )
    pd.DataFrame(
        {
            "reference_date": "2022-01-01",
            "origin": ["non_belgian", "belgian_foreign_background", "belgian_belgian_background"],
            "percent": [50, 30, 20],
        }
    ).to_csv(folder / "brussels_origin_shares.csv", index=False)
    return folder


def test_small_region(script: ModuleType, sources: Path, tmp_path: Path) -> None:
    script.build(sources, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "district_age_group_sex.csv", dtype={"district": str})
    by_age = table.groupby(["district", "age_group"])["count"].sum().unstack()
    # Four fifths of the group 15-19 are 16 or over; the last group has the three bands from 75.
    expected = {"16-24": 900, "25-34": 1000, "35-44": 1000, "45-54": 1000, "55-64": 1000, "65-74": 1000, "75+": 1500}
    for district in ("21001", "21002"):
        assert by_age.loc[district].to_dict() == pytest.approx(expected, abs=1e-5)
    by_sex = table.groupby("sex")["count"].sum()
    assert by_sex["woman"] == pytest.approx(by_sex["man"], abs=1e-4)
    cells = table.set_index(["district", "age_group", "sex"])["count"]
    odds = [cells[district, "35-44", "woman"] / cells[district, "35-44", "man"] for district in ("21001", "21002")]
    assert odds[1] / odds[0] == pytest.approx(26 / 24, rel=1e-6)
    origin = pd.read_csv(tmp_path / "out" / "origin.csv", index_col="origin")["count"]
    assert origin.sum() == pytest.approx(table["count"].sum(), rel=1e-11)
    assert origin["belgian_belgian_background"] == pytest.approx(0.2 * table["count"].sum())


def test_stops_where_the_published_sex_shares_are_far(script: ModuleType, sources: Path, tmp_path: Path) -> None:
    path = sources / "brussels_municipality_sex_2020.csv"
    path.write_text(path.read_text().replace("21002,49,51", "21002,46,54"))
    with pytest.raises(SystemExit, match=r"differs by 0\.0[34]"):
        script.build(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_fit_meets_both_margins_and_keeps_odds_ratios(script: ModuleType) -> None:
    generator = np.random.default_rng(1)
    seed = generator.uniform(1, 10, size=(5, 3))
    target = generator.uniform(1, 10, size=(5, 3))
    fitted = script.fit(seed, target.sum(axis=1), target.sum(axis=0))
    np.testing.assert_allclose(fitted.sum(axis=1), target.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(fitted.sum(axis=0), target.sum(axis=0), rtol=1e-12)
    interaction = np.log(fitted / seed)
    interaction = interaction - interaction.mean(axis=0) - interaction.mean(axis=1)[:, None] + interaction.mean()
    np.testing.assert_allclose(interaction, 0, atol=1e-10)


# The sources are not part of the repository.
if SOURCES.is_dir():

    def test_packaged_files_are_what_the_script_writes(script: ModuleType, tmp_path: Path) -> None:
        script.build(SOURCES, tmp_path)
        assert sorted(path.name for path in PACKAGED.iterdir()) == sorted(path.name for path in tmp_path.iterdir())
        for path in tmp_path.iterdir():
            assert path.read_bytes() == (PACKAGED / path.name).read_bytes(), path.name
