"""Waves in one design: beside R's survey 4.1-1 (tests/reference/waves.R), by simulation, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import DesignError, UnknownNameError

REFERENCE = Path(__file__).parent.parent / "reference"


@pytest.fixture(scope="module")
def numbers() -> dict[str, Any]:
    return json.loads((REFERENCE / "waves.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "panel.csv")


@pytest.fixture(scope="module")
def complete(panel: pd.DataFrame) -> pd.DataFrame:
    """Those who took part in the first two waves, in both."""
    both = panel["id"].between(13, 46)
    return panel[both & (panel["wave"] < 2026)]


def waves(frame: pd.DataFrame, **options: Any) -> dict[Any, ts.SurveyDesign]:
    return {int(wave): ts.SurveyDesign(rows, weights="weight", **options) for wave, rows in frame.groupby("wave")}


def check(design: ts.SurveyDesign, expected: dict[str, Any]) -> None:
    by = design.mean("y", by="wave")
    assert_allclose(by.table["estimate"], expected["mean"], rtol=1e-10)
    assert_allclose(by.covariance, expected["covariance"], rtol=1e-8, atol=1e-10)
    if "df" in expected:
        assert by.df == expected["df"]


@pytest.mark.parametrize(
    ("name", "options", "unit"),
    [
        ("complete", {}, "id"),
        ("complete, strata", {"strata": "start"}, "id"),
        ("complete, strata, fpc", {"strata": "start", "fpc": "population"}, "id"),
        ("complete, households", {"strata": "start", "clusters": "household"}, "id"),
        ("complete, households", {"strata": "start", "clusters": "household"}, "household"),
    ],
)
def test_a_complete_panel_is_that_of_r(
    complete: pd.DataFrame, numbers: dict[str, Any], name: str, options: dict[str, Any], unit: str
) -> None:
    check(ts.combine_waves(waves(complete, **options), unit=unit), numbers[name])
    stacked = {"clusters": unit, **options}
    check(ts.SurveyDesign(complete, weights="weight", **stacked), numbers[name])


def test_a_complete_panel_raked_before_or_after(complete: pd.DataFrame, numbers: dict[str, Any]) -> None:
    margins = {2022: {"sex": {"f": 180, "m": 210}}, 2024: {"sex": {"f": 190, "m": 205}}}
    designs = waves(complete, strata="start")
    raked = {wave: design.rake(margins[wave]) for wave, design in designs.items()}
    expected = numbers["complete, strata, raked"]
    before = ts.combine_waves(raked, unit="id")
    check(before, expected)
    interlocked = {("wave", "sex"): {(2022, "f"): 180, (2022, "m"): 210, (2024, "f"): 190, (2024, "m"): 205}}
    after = ts.combine_waves(designs, unit="id").rake(interlocked)
    check(after, expected)
    assert_allclose(before.weights, after.weights, rtol=1e-9)
    assert [calibration.problem.margins[0].name for calibration in before.calibrations] == [
        "wave 2022: sex",
        "wave 2024: sex",
    ]


@pytest.mark.parametrize(
    ("name", "options", "unit"),
    [
        ("rotating", {}, "id"),
        ("rotating, strata", {"strata": "region"}, "id"),
        ("rotating, strata, fpc", {"strata": "region", "fpc": "population"}, "id"),
        ("rotating, households", {"strata": "region", "clusters": "household"}, "household"),
    ],
)
def test_rotating_panels(
    panel: pd.DataFrame, numbers: dict[str, Any], name: str, options: dict[str, Any], unit: str
) -> None:
    designs = waves(panel, **options)
    combined = ts.combine_waves(designs, unit=unit)
    check(combined, numbers[name])
    # Each wave keeps the errors of its own design, and of its raked one.
    margins = {"sex": {"f": 0.5, "m": 0.5}}
    for raked in (False, True):
        if raked:
            designs = {wave: design.rake(margins) for wave, design in designs.items()}
            combined = ts.combine_waves(designs, unit=unit)
        alone = [design.mean("y", by="sex").covariance for design in designs.values()]
        by = combined.mean("y", by=["wave", "sex"]).covariance
        for place, covariance in enumerate(alone):
            rows = slice(2 * place, 2 * place + 2)
            assert_allclose(by[rows, rows], covariance, rtol=1e-9, atol=1e-12)


def test_replicates_leave_a_person_out_of_all_waves(complete: pd.DataFrame, numbers: dict[str, Any]) -> None:
    one = ts.combine_waves(waves(complete), unit="id").with_replicates("JK1")
    # Waves are strata of a combined design only where they share nobody.
    check(one, numbers["complete, JK1"])
    many = ts.combine_waves(waves(complete, strata="start", fpc="population"), unit="id").with_replicates("JKn")
    check(many, numbers["complete, strata, JKn"])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strata": "region", "single_cluster": "adjust"},
        {"strata": "region", "clusters": ["school", "id"], "fpc": ["schools", "pupils"]},
        {
            "strata": [["region"], ["sex"]],
            "clusters": ["school", "id"],
            "fpc": ["schools", "pupils"],
            "single_cluster": "average",
        },
        {"strata": "region", "clusters": ["school", "id"], "fpc": ["chance", "share"], "pps": "brewer"},
    ],
)
@pytest.mark.parametrize("raked", [False, True])
def test_complete_panels_are_stacked_waves(rng: np.random.Generator, options: dict[str, Any], raked: bool) -> None:
    """Of every statistic, with the units of the last stage as clusters."""
    n = 120
    people = pd.DataFrame({"id": np.arange(n), "school": rng.integers(0, 6, n), "sex": rng.choice(["f", "m"], n)})
    people = people.assign(
        region=lambda frame: frame["school"] % 2,
        schools=20,
        pupils=400,
        share=0.05,
        weight=rng.uniform(1, 5, n),
        chance=lambda frame: 0.1 + frame["school"] / 20,
        level=rng.normal(size=n),
        x=rng.uniform(1, 2, n),
    )
    if "strata" in options and isinstance(options["strata"], list):
        people.loc[people["school"] == 3, "sex"] = "f"
        people.loc[people.index[people["school"] == 3][0], "sex"] = "m"
    frames = {wave: people.assign(wave=wave, y=people["level"] + rng.normal(size=n)) for wave in (1, 2)}
    stacked = ts.SurveyDesign(pd.concat(frames.values()), weights="weight", **{"clusters": "id", **options})
    combined = ts.combine_waves(
        {wave: ts.SurveyDesign(frame, weights="weight", **options) for wave, frame in frames.items()}, unit="id"
    )
    if raked:
        margins = {"sex": {"f": 200, "m": 180}}
        stacked, combined = stacked.rake(margins, within="wave"), combined.rake(margins, within="wave")
    statistics: list[Callable[[ts.SurveyDesign], Any]] = [
        (lambda design: design.mean(["y", "x"], by=["wave", "sex"])),
        (lambda design: design.total("y", by="wave")),
        (lambda design: design.ratio("y", "x", by="wave")),
        (lambda design: design.domain("inside").mean("y", by="wave")),
        (lambda design: design.quantile("y", [0.25, 0.5], by="wave")),
        (lambda design: design.regression("y ~ x + C(wave)")),
    ]
    designs = [design.assign(inside=design.data["x"] > 1.4) for design in (stacked, combined)]
    for estimate in statistics:
        first, second = (estimate(design) for design in designs)
        assert_allclose(second.table["se"], first.table["se"], rtol=1e-9)
        assert_allclose(second.covariance, first.covariance, rtol=1e-8, atol=1e-12 * np.abs(first.covariance).max())
    assert combined.df == stacked.df


@pytest.mark.parametrize(
    "options",
    [{"method": "raking"}, {"method": "linear"}, {"method": "logit", "bounds": (0.3, 3)}, {"bounds": (0.5, 2)}],
)
def test_replicates_repeat_the_calibrations_of_each_wave(complete: pd.DataFrame, options: dict[str, Any]) -> None:
    margins: dict[Any, Any] = {"sex": {"f": 180, "m": 200}, "start": {"N": 0.5, "S": 0.5}, "weight": 4_000}
    designs = {wave: design.calibrate(margins, **options) for wave, design in waves(complete).items()}
    combined = ts.combine_waves(designs, unit="id")
    stacked = ts.SurveyDesign(complete, weights="weight", clusters="id").calibrate(margins, within="wave", **options)
    for method, more in (("JK1", {}), ("bootstrap", {"replicates": 40, "seed": 1, "empty": "drop"})):
        one, other = (design.with_replicates(method, **more) for design in (combined, stacked))
        expected = other.mean("y", by="wave").covariance
        assert_allclose(one.mean("y", by="wave").covariance, expected, rtol=1e-8)


def test_changes_and_trends_know_who_stayed(panel: pd.DataFrame) -> None:
    by = ts.combine_waves(waves(panel, strata="region"), unit="id").mean("y", by="wave")
    expected = by.difference(2024, 2022).table["se"][0]
    assert ts.changes(by).table["se"][0] == pytest.approx(expected)
    assert ts.trend(by).table["change_se"][1] == pytest.approx(expected)


def test_the_average_of_single_clusters_is_that_of_the_wave(panel: pd.DataFrame) -> None:
    alone = panel.assign(cell=panel["region"].where((panel["wave"] < 2026) | (panel["id"] != 60), "alone"))
    designs = waves(alone, strata="cell", single_cluster="average")
    for raked in (False, True):
        if raked:
            designs = {wave: design.rake({"sex": {"f": 0.5, "m": 0.5}}) for wave, design in designs.items()}
        combined = ts.combine_waves(designs, unit="id").mean("y", by="wave").table["se"]
        assert_allclose(combined, [design.mean("y").table["se"][0] for design in designs.values()], rtol=1e-10)


def test_stacked_waves_are_those_of_r(panel: pd.DataFrame, numbers: dict[str, Any]) -> None:
    check(ts.SurveyDesign(panel, weights="weight", clusters="id"), numbers["rotating, stacked"])


def test_independent_samples(panel: pd.DataFrame, numbers: dict[str, Any]) -> None:
    combined = ts.combine_waves(waves(panel, strata="region"), unit=None)
    check(combined, numbers["independent"])
    stacked = ts.SurveyDesign(panel, weights="weight", strata=["wave", "region"])
    assert_allclose(combined.mean("y", by="wave").covariance, stacked.mean("y", by="wave").covariance)


def test_the_change_is_narrower_for_those_who_stay(complete: pd.DataFrame) -> None:
    shared = ts.combine_waves(waves(complete), unit="id").mean("y", by="wave")
    apart = ts.combine_waves(waves(complete), unit=None).mean("y", by="wave")
    change = shared.difference(2024, 2022)
    v, both = np.diag(shared.covariance), shared.covariance[0, 1]
    assert_allclose(change.table["se"], np.sqrt(v.sum() - 2 * both))
    assert change.table["se"][0] < 0.6 * apart.difference(2024, 2022).table["se"][0]


def test_waves_of_different_designs(panel: pd.DataFrame) -> None:
    """Strata, then strata and finite populations, then probabilities."""
    frames = dict(list(panel.groupby("wave")))
    designs = {
        2022: ts.SurveyDesign(frames[2022], weights="weight", strata="start"),
        2024: ts.SurveyDesign(frames[2024], weights="weight", fpc="population", strata="region"),
        2026: ts.SurveyDesign(frames[2026].assign(p=0.1), fpc="p", pps="brewer"),
    }
    combined = ts.combine_waves(designs, unit="id")
    by = combined.mean("y", by="wave")
    alone = [design.mean("y") for design in designs.values()]
    assert_allclose(by.table["se"], [each.table["se"][0] for each in alone], rtol=1e-10)
    assert (by.covariance[np.triu_indices(3, 1)] > 0).all()
    total = combined.total("y", by="wave")
    assert_allclose(total.table["se"], [design.total("y").table["se"][0] for design in designs.values()], rtol=1e-10)


def test_people_of_the_clusters_of_an_earlier_wave_are_clusters(complete: pd.DataFrame) -> None:
    """Households are drawn first, and asked two years later as people: they still come by households."""
    first, second = (rows for _, rows in complete.groupby("wave"))
    clustered = {
        2022: ts.SurveyDesign(first, weights="weight", clusters="household"),
        2024: ts.SurveyDesign(second, weights="weight"),
    }
    se = ts.combine_waves(clustered, unit="id").mean("y", by="wave").table["se"]
    expected = [ts.SurveyDesign(rows, weights="weight", clusters="household").mean("y") for rows in (first, second)]
    households, people = second["household"].nunique(), len(second)
    growth = people / (people - 1) * (households - 1) / households
    assert_allclose(se**2, [expected[0].table["se"][0] ** 2, expected[1].table["se"][0] ** 2 * growth])


def test_people_who_move_do_not_make_one_cluster_of_all(rng: np.random.Generator) -> None:
    """A tenth of the people of 40 schools go to another one; estimates are still as uncertain as 40 schools are."""
    n = 800
    school = np.repeat(np.arange(40), 20)
    effect, level = rng.normal(size=40), rng.normal(size=n)
    later = np.where(np.arange(n) % 10 == 0, rng.integers(0, 40, n), school)
    frames = {
        wave: pd.DataFrame({"id": np.arange(n), "school": at, "y": effect[at] + level + rng.normal(size=n)})
        for wave, at in ((1, school), (2, later))
    }
    designs = {wave: ts.SurveyDesign(frame, clusters="school") for wave, frame in frames.items()}
    by = ts.combine_waves(designs, unit="id").mean("y", by="wave")
    assert_allclose(by.table["se"], [design.mean("y").table["se"][0] for design in designs.values()])
    places = ts.combine_waves(
        {wave: ts.SurveyDesign(frame, clusters="school") for wave, frame in frames.items()}, unit="school"
    )
    assert_allclose(by.covariance, places.mean("y", by="wave").covariance)
    assert by.df == 39


def test_many_rows_are_added_up_in_blocks(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    people = pd.DataFrame({"id": np.arange(300), "region": rng.integers(0, 3, 300), "level": rng.normal(size=300)})
    frames = {
        wave: people.sample(200, random_state=wave).assign(
            y=lambda frame: frame["level"] + rng.normal(size=200), weight=rng.uniform(1, 3, 200)
        )
        for wave in (1, 2, 3)
    }
    designs = {wave: ts.SurveyDesign(frame, weights="weight", strata="region") for wave, frame in frames.items()}
    combined = ts.combine_waves(designs, unit="id")
    expected = combined.mean("y", by=["wave", "region"]).covariance
    monkeypatch.setattr("trustsurvey.weighting.sampling.variance._BLOCK_NUMBERS", 30)
    assert_allclose(combined.mean("y", by=["wave", "region"]).covariance, expected, rtol=1e-10, atol=1e-15)
    # The same from clusters of one row each, whose totals are held at once.
    people = {
        wave: ts.SurveyDesign(
            pd.concat([frame, frame]).assign(weight=lambda rows: rows["weight"] / 2),
            weights="weight",
            strata="region",
            clusters="id",
        )
        for wave, frame in frames.items()
    }
    doubled = ts.combine_waves(people, unit="id")
    assert_allclose(doubled.mean("y", by=["wave", "region"]).covariance, expected, rtol=1e-10, atol=1e-15)


def test_the_error_of_a_change_is_that_of_many_samples() -> None:
    """Two waves of 120 of a stratified population, whose answers correlate at .8, with some people in both."""
    random = np.random.default_rng(8)
    size, runs, n, shared = 4_000, 120, 120, 80
    region = np.repeat(["N", "S"], size // 2)
    level = random.normal(size=size) + 2 * (region == "N")
    population = pd.DataFrame({"id": np.arange(size), "region": region})
    answers = [level + wave / 4 + random.normal(size=size) / 2 for wave in range(2)]
    changes, variances = [], []
    for _ in range(runs):
        drawn = [random.permutation(np.flatnonzero(region == each))[: n - shared // 2] for each in ("N", "S")]
        first = np.concatenate([each[: n // 2] for each in drawn])
        second = np.concatenate([each[n // 2 - shared // 2 : n - shared // 2] for each in drawn])
        designs = {
            wave: ts.SurveyDesign(population.iloc[rows].assign(y=answers[wave][rows]), strata="region")
            for wave, rows in enumerate((first, second))
        }
        change = ts.combine_waves(designs, unit="id").mean("y", by="wave").difference(1, 0)
        changes.append(change.table["estimate"][0])
        variances.append(change.table["se"][0] ** 2)
    # The variance of 120 changes has a relative error of 13 %; without the covariance it would be twice as large.
    assert np.mean(variances) == pytest.approx(np.var(changes), rel=0.25)


def test_overlap_is_told(panel: pd.DataFrame) -> None:
    table = ts.combine_waves(waves(panel), unit="id").overlap()
    assert table.columns.tolist() == ["wave", "other", "n", "n_other", "shared", "share", "share_other"]
    assert table[["wave", "other"]].to_numpy().tolist() == [[2022, 2024], [2022, 2026], [2024, 2026]]
    assert table["shared"].tolist() == [34, 22, 34]
    assert_allclose(table["share"], [34 / 46, 22 / 46, 34 / 46])
    stacked = ts.SurveyDesign(panel, weights="weight", clusters="id")
    pd.testing.assert_frame_equal(stacked.overlap("wave", "id"), table)
    with pytest.raises(DesignError, match="name the columns"):
        stacked.overlap()


def test_columns_of_all_waves(panel: pd.DataFrame) -> None:
    first, second, _ = (rows for _, rows in panel.groupby("wave"))
    first = first.drop(columns="wave").assign(sex=pd.Categorical(first["sex"], ["m", "f"]), old=1)
    second = second.assign(sex=pd.Categorical(second["sex"], ["m", "f", "x"]), new="yes")
    combined = ts.combine_waves({"2022": ts.SurveyDesign(first), "2024": ts.SurveyDesign(second)}, unit="id")
    data = combined.data
    assert data.columns[0] == "wave"
    assert data["wave"].tolist() == ["2022"] * 46 + ["2024"] * 46
    assert data["sex"].cat.categories.tolist() == ["m", "f", "x"]
    assert data["old"].isna().sum() == data["new"].isna().sum() == 46
    assert data.index.equals(pd.RangeIndex(92))
    with pytest.raises(DesignError, match="holds the design's waves"):
        combined.assign(wave=1)
    # Waves keep the order in which they are given.
    named = ts.combine_waves({"spring": ts.SurveyDesign(first), "autumn": ts.SurveyDesign(first)}, unit="id")
    assert named.mean("y", by="wave").table["wave"].tolist() == ["spring", "autumn"]


def test_waves_do_not_change(panel: pd.DataFrame) -> None:
    designs = waves(panel)
    before = {wave: design.data.copy(deep=True) for wave, design in designs.items()}
    combined = ts.combine_waves(designs, unit="id")
    combined.rake({"sex": {"f": 0.5, "m": 0.5}}, within="wave")
    for wave, design in designs.items():
        pd.testing.assert_frame_equal(design.data, before[wave])
        assert not design.calibrations


def test_domains_and_response_classes(panel: pd.DataFrame) -> None:
    answered = panel["id"] % 5 > 0
    designs = {
        wave: ts.SurveyDesign(rows.assign(answered=answered[rows.index]), weights="weight").adjust_nonresponse(
            "answered", by="sex"
        )
        for wave, rows in panel.groupby("wave")
    }
    combined = ts.combine_waves(designs, unit="id")
    alone = [design.mean("y").table["se"][0] for design in designs.values()]
    assert_allclose(combined.mean("y", by="wave").table["se"], alone, rtol=1e-10)
    women = {wave: design.domain(design.data["sex"] == "f") for wave, design in waves(panel).items()}
    together = ts.combine_waves(women, unit="id").mean("y", by="wave")
    assert_allclose(together.table["se"], [design.mean("y").table["se"][0] for design in women.values()])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: {2022: d[2022]}, {}, "at least two designs"),
        (lambda d: list(d.values()), {}, "at least two designs"),
        (lambda d: {**d, 2028: d[2022].data}, {}, "wave 2028 is a DataFrame; make a design of it first"),
        (lambda d: {**d, "2028": d[2022]}, {}, "called by numbers or by text"),
        (lambda d: {2023: d[2022], 2024: d[2024]}, {}, "column 'wave' of wave 2023 holds 2022"),
        (lambda d: d, {"wave": "sex"}, "column 'sex' of wave 2022 holds 2 different values; name"),
        (lambda d: d, {"wave": "id"}, "column 'id' of wave 2022 holds [0-9]+ different values; name"),
        (lambda d: {None: d[2022], 2024: d[2024]}, {}, "called by a number or text; got None"),
        (lambda d: {np.nan: d[2022], 2024: d[2024]}, {}, "called by a number or text; got nan"),
        (lambda d: d, {"wave": 3}, "wave is the name of a column"),
        (
            lambda d: {2022: d[2022], 2024: ts.SurveyDesign(d[2024].data.assign(id=lambda f: f["id"].astype(str)))},
            {},
            "column 'id' holds numbers in wave 2022, text in wave 2024",
        ),
        (
            lambda d: {2022: d[2022], 2024: ts.SurveyDesign(d[2024].data.assign(sex=1))},
            {},
            "column 'sex' holds text in wave 2022, numbers in wave 2024",
        ),
        (
            lambda d: {2022: d[2022], 2024: ts.SurveyDesign(d[2024].data.assign(id=lambda f: f["id"] + 1000))},
            {},
            "no 'id' is in two waves; choose unit=None",
        ),
        (
            lambda d: {
                2022: d[2022],
                2024: ts.SurveyDesign(d[2024].data.assign(id=lambda f: f["id"].where(f["id"] > 20))),
            },
            {},
            "missing in 8 of 46 rows of wave 2024",
        ),
        (
            lambda d: {2022: d[2022], 2024: ts.SurveyDesign(pd.concat([d[2024].data] * 2))},
            {},
            "46 of 46 units stand more than once in wave 2024",
        ),
        (lambda d: d, {"unit": "household"}, r"units stand more than once in wave 2022.*clusters='household'"),
        (
            lambda d: {2022: d[2022], 2024: ts.SurveyDesign(d[2024].data, single_cluster="adjust")},
            {},
            "differ in single_cluster: 'error' in wave 2022, 'adjust' in wave 2024",
        ),
        (
            lambda d: {2022: d[2022], 2024: ts.SurveyDesign(d[2024].data.assign(p=0.1), fpc="p", pps="overton")},
            {},
            "pps='overton' of wave 2024 cannot be combined",
        ),
    ],
)
def test_what_cannot_be_combined(panel: pd.DataFrame, change: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        ts.combine_waves(change(waves(panel)), **{"unit": "id", **options})


@pytest.mark.parametrize("kind", ["float", "category"])
def test_a_wave_column_of_another_type(panel: pd.DataFrame, kind: str) -> None:
    designs = waves(panel.assign(wave=panel["wave"].astype(kind)), single_cluster="certainty")
    assert ts.combine_waves(designs, unit="id").data["wave"].unique().tolist() == list(designs)


def test_an_unknown_unit(panel: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match="no column 'person'; available: wave, id"):
        ts.combine_waves(waves(panel), unit="person")
