"""Stages, single clusters and unequal probabilities beside R's survey 4.1-1 (tests/reference/designs.R)."""

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
from trustsurvey.errors import DesignError

REFERENCE = Path(__file__).parent.parent / "reference"

# R solves its calibrations to 1e-13 here; the numbers are written with 12 digits.
CLOSE = {"rtol": 1e-9}
RAKED = {"group": {"x": 900.0, "y": 800.0, "z": 500.0}}


@pytest.fixture(scope="module")
def numbers() -> dict[str, Any]:
    return json.loads((REFERENCE / "designs.json").read_text(encoding="utf-8"))


def fractions(frame: pd.DataFrame) -> pd.DataFrame:
    first = frame.groupby("region")["town"].transform("nunique") / frame["towns"]
    second = frame.groupby(["region", "town"])["school"].transform("nunique") / frame["schools"]
    third = frame.groupby(["region", "town", "part", "school"])["pupil"].transform("size") / frame["pupils"]
    place = frame["region"] + " " + frame["town"].astype(str)
    return frame.assign(first=first, second=second, third=third, place=place, fifth=0.2)


@pytest.fixture(scope="module")
def stages() -> pd.DataFrame:
    return fractions(pd.read_csv(REFERENCE / "stages.csv"))


@pytest.fixture(scope="module")
def single() -> pd.DataFrame:
    return fractions(pd.read_csv(REFERENCE / "single.csv"))


@pytest.fixture(scope="module")
def election() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "election.csv")


@pytest.fixture(scope="module")
def joint() -> np.ndarray:
    return np.loadtxt(REFERENCE / "election_joint.csv", delimiter=",")


@pytest.fixture(scope="module")
def mu284() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "mu284.csv")
    return frame.assign(p1=frame["id1"] / 60, p2=3 / frame["n2"])


def check(design: ts.SurveyDesign, expected: dict[str, Any]) -> None:
    """Compare means, totals, ratios, domains, covariances and degrees of freedom."""
    _check_part(design, expected)
    _check_part(design.domain("domain"), expected["domain"])
    by = design.mean("y", by="group")
    assert_allclose(by.table[["estimate", "se"]], expected["by"], **CLOSE)


def _check_part(design: ts.SurveyDesign, expected: dict[str, Any]) -> None:
    mean, total = design.mean(["y", "x"]), design.total(["y", "x"])
    ratio = design.ratio("y", "x")
    assert_allclose(mean.table["estimate"], expected["mean"], **CLOSE)
    assert_allclose(mean.covariance, expected["mean_covariance"], rtol=1e-8, atol=1e-9 * np.abs(mean.covariance).max())
    assert_allclose(total.table["estimate"], expected["total"], **CLOSE)
    assert_allclose(total.covariance, expected["total_covariance"], rtol=1e-8)
    assert_allclose(ratio.table["estimate"], expected["ratio"], **CLOSE)
    assert_allclose(ratio.table["se"], expected["ratio_se"], rtol=1e-8)
    assert mean.df == expected["df"]


DESIGNS: dict[str, dict[str, Any]] = {
    "one stage": {"strata": "region", "clusters": "town"},
    "one stage, counts": {"strata": "region", "clusters": "town", "fpc": "towns"},
    "two stages, counts": {"strata": "region", "clusters": ["town", "school"], "fpc": ["towns", "schools"]},
    "three stages, fractions": {
        "weights": None,
        "strata": "region",
        "clusters": ["town", "school", "pupil"],
        "fpc": ["first", "second", "third"],
    },
    "three stages, fractions, weights": {
        "strata": "region",
        "clusters": ["town", "school", "pupil"],
        "fpc": ["first", "second", "third"],
    },
    "three stages, first fpc only": {"strata": "region", "clusters": ["town", "school", "pupil"], "fpc": "towns"},
    "three stages, two fpc": {
        "strata": "region",
        "clusters": ["town", "school", "pupil"],
        "fpc": ["first", "second"],
    },
    "strata of two stages": {
        "strata": [["region"], ["part"]],
        "clusters": ["town", "school"],
        "fpc": ["towns", "schools_part"],
    },
    "strata of two of three stages": {
        "strata": [["region"], ["part"]],
        "clusters": ["town", "school", "pupil"],
        "fpc": ["towns", "schools_part", "pupils"],
    },
    "strata of the second stage": {
        "strata": [None, ["part"]],
        "clusters": ["place", "school"],
        "fpc": ["fifth", "second"],
    },
}


@pytest.mark.parametrize("name", DESIGNS)
def test_stages(stages: pd.DataFrame, numbers: dict[str, Any], name: str) -> None:
    check(ts.SurveyDesign(stages, **{"weights": "weight", **DESIGNS[name]}), numbers[name])


def test_stages_of_a_raked_sample(stages: pd.DataFrame, numbers: dict[str, Any]) -> None:
    design = ts.SurveyDesign(stages, weights="weight", **DESIGNS["strata of two of three stages"])
    check(design.rake(RAKED), numbers["strata of two of three stages, raked"])


def test_strata_sampled_whole_have_no_variance(
    stages: pd.DataFrame, single: pd.DataFrame, numbers: dict[str, Any]
) -> None:
    whole = stages.assign(towns=stages["towns"].where(stages["region"] != "B", 3))
    alone = single.assign(towns=single["towns"].where(single["region"] != "D", 1))
    options: dict[str, Any] = {"weights": "weight", "strata": "region", "clusters": "town", "fpc": "towns"}
    check(ts.SurveyDesign(whole, **options), numbers["certainty stratum"])
    # One cluster of one is no cluster short, so there is nothing to choose.
    check(ts.SurveyDesign(alone, **options), numbers["certainty single"])


SINGLE: dict[str, dict[str, Any]] = {
    "single, one stage": {"strata": "region", "clusters": "town"},
    "single, counts": {"strata": "region", "clusters": "town", "fpc": "towns"},
    "single, second stage": {
        "strata": [["region"], ["part"]],
        "clusters": ["town", "school"],
        "fpc": ["towns", "schools_part"],
    },
}


@pytest.mark.parametrize("choice", ["certainty", "adjust", "average"])
@pytest.mark.parametrize("name", SINGLE)
def test_single_clusters(single: pd.DataFrame, numbers: dict[str, Any], name: str, choice: Any) -> None:
    design = ts.SurveyDesign(single, weights="weight", single_cluster=choice, **SINGLE[name])
    check(design, numbers[f"{name}, {choice}"])


@pytest.mark.parametrize("choice", ["certainty", "adjust", "average"])
def test_single_clusters_of_a_raked_sample(single: pd.DataFrame, numbers: dict[str, Any], choice: Any) -> None:
    design = ts.SurveyDesign(single, weights="weight", single_cluster=choice, **SINGLE["single, counts"])
    check(design.rake(RAKED), numbers[f"single, raked, {choice}"])


def test_to_remove_a_single_cluster_is_certainty_in_r(numbers: dict[str, Any]) -> None:
    for name in SINGLE:
        assert numbers[f"{name}, remove"] == numbers[f"{name}, certainty"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("single, one stage", "1 of 4 strata have a single cluster at stage 1.*: region=D; merge strata"),
        ("single, second stage", "1 of 4 strata have a single cluster at stage 1"),
    ],
)
def test_single_clusters_are_an_error_by_default(single: pd.DataFrame, name: str, message: str) -> None:
    design = ts.SurveyDesign(single, weights="weight", **SINGLE[name])
    with pytest.raises(DesignError, match=message):
        design.mean("y")


def test_single_clusters_of_the_second_stage_are_an_error(single: pd.DataFrame) -> None:
    frame = single[single["region"] != "D"]
    design = ts.SurveyDesign(frame, weights="weight", **SINGLE["single, second stage"])
    with pytest.raises(DesignError, match=r"3 of 20 strata have a single cluster at stage 2.*town=2, part=new"):
        design.mean("y")


def test_average_where_a_cluster_has_no_other_stratum(stages: pd.DataFrame) -> None:
    """R has no number there (0 / 0); here it is the average over all clusters of the stage."""
    alone = (stages["region"] == "A") & (stages["town"] == 1)
    frame = stages.assign(school=stages["school"].mask(alone, 1), schools=20)
    options: dict[str, Any] = {"strata": "region", "clusters": ["town", "school"], "fpc": ["towns", "schools"]}
    first = ts.SurveyDesign(frame, weights="weight", strata="region", clusters="town", fpc="towns")
    average, nothing = (
        ts.SurveyDesign(frame, weights="weight", single_cluster=choice, **options).total("y").covariance[0, 0]
        for choice in ("average", "certainty")
    )
    between = first.total("y").covariance[0, 0]
    assert_allclose(average - between, (nothing - between) * 12 / 11)
    every = frame.assign(school=1)
    with pytest.raises(DesignError, match="every stratum has a single cluster at stage 2"):
        ts.SurveyDesign(every, weights="weight", single_cluster="average", **options).total("y")


PPS: dict[str, dict[str, Any]] = {
    "pps replaced": {"weights": "wt"},
    "pps brewer": {"pps": "brewer"},
    "pps brewer, strata": {"pps": "brewer", "strata": "half"},
    "pps overton HT": {"pps": "overton"},
    "pps overton YG": {"pps": "overton", "pps_variance": "YG"},
    "pps overton, strata HT": {"pps": "overton", "strata": "half"},
    "pps overton, strata YG": {"pps": "overton", "strata": "half", "pps_variance": "YG"},
    "pps hartley-rao HT": {"pps": "hartley-rao"},
    "pps hartley-rao YG": {"pps": "hartley-rao", "pps_variance": "YG"},
    "pps hartley-rao, strata HT": {"pps": "hartley-rao", "strata": "half"},
    "pps hartley-rao, strata YG": {"pps": "hartley-rao", "strata": "half", "pps_variance": "YG"},
    "pps hartley-rao known HT": {"pps": {"hartley-rao": None}},
    "pps hartley-rao known YG": {"pps": {"hartley-rao": None}, "pps_variance": "YG"},
    "pps joint HT": {"pps": "joint"},
    "pps joint YG": {"pps": "joint", "pps_variance": "YG"},
}


@pytest.mark.parametrize("name", PPS)
def test_unequal_probabilities(election: pd.DataFrame, joint: np.ndarray, numbers: dict[str, Any], name: str) -> None:
    options = dict(PPS[name])
    if "known" in name:
        options["pps"] = {"hartley-rao": numbers["squares"]}
    if "joint" in name:
        options["pps"] = joint
    if "pps" in options:
        options["fpc"] = "p"
    check(ts.SurveyDesign(election, **options), numbers[name])


def test_the_published_errors_of_the_election(election: pd.DataFrame, joint: np.ndarray) -> None:
    """The help page of survey's ``election`` prints these."""

    def error(**options: Any) -> list[float]:
        return [round(se) for se in ts.SurveyDesign(election, **options).total(["Bush", "Kerry", "Nader"]).table["se"]]

    assert error(fpc="p", pps=joint) == [2604404, 2523712, 102326]
    assert error(fpc="p", pps=joint, pps_variance="YG") == [2406526, 2408091, 101664]
    assert error(fpc="p", pps="brewer") == [2447629, 2450787, 102420]
    assert error(fpc="p", pps="overton") == [2939608, 1964632, 104373]
    assert error(fpc="p", pps="hartley-rao") == [2472753, 2426842, 102595]
    assert error(weights="wt") == [2671455, 2679433, 105303]


def test_calibrated_samples_of_unequal_probabilities(
    election: pd.DataFrame, joint: np.ndarray, numbers: dict[str, Any]
) -> None:
    frame = election.assign(everybody="all")
    margins: dict[Any, Any] = {"everybody": {"all": 4600}, "votes": 115_000_000}
    check(
        ts.SurveyDesign(frame, fpc="p", pps="brewer").calibrate(margins, method="linear"),
        numbers["pps brewer, calibrated"],
    )
    for variance in ("HT", "YG"):
        expected = numbers[f"pps joint, calibrated {variance}"]
        design = ts.SurveyDesign(frame, fpc="p", pps=joint, pps_variance=variance).calibrate(margins, method="linear")
        total = design.total(["y", "x"])
        assert_allclose(total.table["estimate"], expected["total"], **CLOSE)
        assert_allclose(total.covariance, expected["total_covariance"], rtol=1e-8)


@pytest.mark.parametrize("strata", [None, "half"])
def test_jackknives_of_unequal_probabilities_give_the_variance_of_brewer(
    election: pd.DataFrame, strata: str | None
) -> None:
    certain = election.assign(p=election["p"].where(election.index > 0, 1.0))
    design = ts.SurveyDesign(certain, strata=strata, fpc="p", pps="brewer")
    jackknife = design.with_replicates("JKn" if strata else "JK1", mse=True)
    assert_allclose(jackknife.total(["y", "x"]).covariance, design.total(["y", "x"]).covariance, rtol=1e-10)
    bootstrap = design.with_replicates("bootstrap", replicates=20, seed=1)
    assert "drawn with replacement" in str(bootstrap.diagnostics())


def test_two_stages_of_sarndal_swensson_and_wretman(mu284: pd.DataFrame, numbers: dict[str, Any]) -> None:
    design = ts.SurveyDesign(mu284, clusters=["id1", "id2"], fpc=["n1", "n2"])
    check(design, numbers["mu284"])
    # The help page of survey's ``mu284`` prints these.
    assert design.total("y1").table[["estimate", "se"]].round(1).to_numpy().tolist() == [[15080.0, 2274.3]]
    check(ts.SurveyDesign(mu284, clusters=["id1", "id2"], fpc=["p1", "p2"], pps="brewer"), numbers["mu284, brewer"])


def test_joint_probabilities_by_label_and_by_order(election: pd.DataFrame, joint: np.ndarray) -> None:
    expected = ts.SurveyDesign(election, fpc="p", pps=joint).total("Bush").covariance
    names = election["County"]
    labelled = pd.DataFrame(joint, index=names, columns=names).sample(frac=1, random_state=1)
    assert_allclose(
        ts.SurveyDesign(election, clusters="County", fpc="p", pps=labelled).total("Bush").covariance, expected
    )
    assert_allclose(ts.SurveyDesign(election, clusters="County", fpc="p", pps=joint).total("Bush").covariance, expected)
    order = np.random.default_rng(1).permutation(len(election))
    moved = ts.SurveyDesign(election.iloc[order], clusters="County", fpc="p", pps=joint[np.ix_(order, order)])
    assert_allclose(moved.total("Bush").covariance, expected)
    # Respondents within drawn clusters: the same as their totals.
    twice = pd.concat([election, election]).assign(Bush=lambda frame: frame["Bush"] / 2).sort_values("p")
    order = twice["County"].drop_duplicates().map(dict(zip(names, range(40), strict=True))).to_numpy()
    design = ts.SurveyDesign(twice, clusters="County", fpc="p", pps=joint[np.ix_(order, order)])
    assert_allclose(design.total("Bush").covariance, expected)


def test_approximations_need_no_matrix_of_pairs(rng: np.random.Generator) -> None:
    frame = pd.DataFrame({"p": rng.uniform(0.001, 0.5, 200_000), "y": rng.normal(size=200_000)})
    for pps in ("brewer", "overton", "hartley-rao"):
        assert ts.SurveyDesign(frame, fpc="p", pps=pps).total("y").table["se"][0] > 0


def test_equal_probabilities_are_a_simple_random_sample(rng: np.random.Generator) -> None:
    n, population = 30, 90
    frame = pd.DataFrame({"p": n / population, "y": rng.normal(size=n)})
    expected = ts.SurveyDesign(frame, fpc="p").total("y").covariance
    pairs = np.full((n, n), n * (n - 1) / (population * (population - 1)))
    np.fill_diagonal(pairs, n / population)
    for options in ({"pps": "brewer"}, {"pps": pairs}, {"pps": pairs, "pps_variance": "YG"}):
        assert_allclose(ts.SurveyDesign(frame, fpc="p", **options).total("y").covariance, expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pps": "brewr", "fpc": "p"}, "no pps method 'brewr'; available: \"brewer\""),
        ({"pps": "brewer"}, "pps needs the probability of each cluster in fpc"),
        ({"pps": "brewer", "fpc": "wt"}, "above 1 in 40 rows, up to"),
        ({"pps": "brewer", "fpc": "zero"}, "must be above 0.*in 1 of 40 rows"),
        ({"pps": "brewer", "fpc": "p", "pps_variance": "YG"}, "is one estimator"),
        ({"pps": "overton", "fpc": "p", "pps_variance": "SYG"}, "no pps_variance 'SYG'"),
        ({"fpc": "p", "pps_variance": "YG"}, "pps_variance goes with pps"),
        ({"pps": "overton", "clusters": ["half", "County"], "fpc": ["p", "p"]}, 'only "brewer" has several stages'),
        ({"pps": "brewer", "clusters": "half", "fpc": "p"}, "'p' varies within 1; 2; with pps it is one probability"),
        ({"pps": {"hr": 1.0}, "fpc": "p"}, "pps as a mapping is"),
        ({"pps": {"hartley-rao": "many"}, "fpc": "p"}, "is a number"),
        ({"pps": {"hartley-rao": -1.0}, "fpc": "p"}, "is above 0"),
        ({"pps": {"hartley-rao": 1.0}, "fpc": "p", "strata": "half"}, "a sum for each stratum"),
        ({"pps": {"hartley-rao": {"1": 1.0}}, "fpc": "p", "strata": "half"}, "has no sum for stratum half=2"),
    ],
)
def test_what_makes_no_design_of_unequal_probabilities(
    election: pd.DataFrame, options: dict[str, Any], message: str
) -> None:
    frame = election.assign(zero=election["p"].where(election.index > 0, 0.0))
    with pytest.raises(DesignError, match=message):
        ts.SurveyDesign(frame, **options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda matrix: matrix[:39, :39], r"40 by 40.*got shape \(39, 39\)"),
        (lambda matrix: matrix[0], r"got shape \(40,\)"),
        (lambda matrix: matrix + np.eye(40, k=1) * 0.01, "not symmetric: .* for 0 and 1, but"),
        (lambda matrix: matrix * np.where(np.eye(40) > 0, 0.5, 1), "diagonal .* differs from fpc in 40 of 40"),
        (lambda matrix: matrix * np.eye(40), "1560 joint probabilities are not above 0, as of 0 and 1"),
        (lambda matrix: matrix + 0.5 * (1 - np.eye(40)), "above that of one of the two"),
        (lambda matrix: np.where(matrix < 0.001, np.nan, matrix), "missing or infinite"),
        (lambda _: [["a", "b"]], "matrix of numbers"),
        (lambda matrix: pd.DataFrame(matrix).rename(index={3: "x"}), "no row or column for 1 of 40 clusters, as 3"),
    ],
)
def test_what_is_no_matrix_of_joint_probabilities(
    election: pd.DataFrame, joint: np.ndarray, change: Callable[[np.ndarray], Any], message: str
) -> None:
    with pytest.raises(DesignError, match=message):
        ts.SurveyDesign(election, fpc="p", pps=change(joint))


def test_strata_by_stage_are_lists_of_lists(stages: pd.DataFrame) -> None:
    with pytest.raises(DesignError, match=r"strata mix names \('region'\) and lists"):
        ts.SurveyDesign(stages, strata=["region", ["part"]], clusters=["town", "school"])
    with pytest.raises(DesignError, match="strata are given for 3 stages, but clusters for 2"):
        ts.SurveyDesign(stages, strata=[["region"], ["part"], ["group"]], clusters=["town", "school"])
    combined = ts.SurveyDesign(stages, strata=["region", "part"], clusters="school")
    assert combined.df == ts.SurveyDesign(stages, strata=[["region", "part"]], clusters="school").df
