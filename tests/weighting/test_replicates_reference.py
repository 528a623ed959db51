"""Replicates of every kind beside R's survey: 1e-9 relative for estimates, 1e-8 for errors and design effects.

The numbers and the script that made them, replicates.R, are in tests/reference.
"""

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

REFERENCE = Path(__file__).parent.parent / "reference"
API_MARGINS: dict[Any, Any] = {
    "stype": {"E": 4421, "H": 755, "M": 1018},
    "sch.wide": {"No": 1072, "Yes": 5122},
}
RISING = np.linspace(0, 2, 25).tolist()
IMPORTED: dict[str, dict[str, Any]] = {
    "bootstrap": {"replicate_type": "bootstrap"},
    "bootstrap_mse": {"replicate_type": "bootstrap", "mse": True},
    "bootstrap_apart": {"replicate_type": "bootstrap", "combined": False},
    "brr": {"replicate_type": "BRR"},
    "fay": {"replicate_type": "Fay", "rho": 0.3},
    "jk1": {"replicate_type": "JK1"},
    "jkn": {"replicate_type": "JKn", "rscales": RISING},
    "sdr": {"replicate_type": "SDR"},
    "jk2": {"replicate_type": "JK2"},
    "other": {"scale": 0.1, "rscales": RISING},
}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return json.loads((REFERENCE / "replicates.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def samples(extract: Callable[[str], pd.DataFrame], synthetic: pd.DataFrame) -> dict[str, pd.DataFrame]:
    apis = {name: extract(name) for name in ("apiclus1", "apiclus2", "apistrat")}
    frames = {
        name: frame.assign(size=frame["snum"] % 100, pupils=frame["api00"] + frame["snum"] % 100)
        for name, frame in apis.items()
    }
    frames["apiclus1"]["group"] = 1 + frames["apiclus1"]["snum"] % 20
    ordered = synthetic.sort_values("income", kind="stable").reset_index(drop=True)
    ordered["many"] = ordered["stratum"] + "." + ((ordered["psu"] - 1) // 2).astype(str)
    return {**frames, "synthetic": ordered}


def check(design: ts.SurveyDesign, numbers: dict[str, Any], *, api: bool) -> None:
    y, x, domain = ("api00", "pupils", "awards") if api else ("trust", "income", "origin")
    for statistic, table in (("mean", design.mean(y).table), ("total", design.total(x).table)):
        assert_allclose(table["estimate"].iloc[0], numbers[statistic], rtol=1e-9)
        assert_allclose(table["se"].iloc[0], numbers[f"{statistic}_se"], rtol=1e-8)
        assert_allclose(table["deff"].iloc[0], numbers[f"{statistic}_deff"], rtol=1e-8)
    ratio = design.assign(one=1 + (np.arange(len(design.data)) + 1) % 3).ratio(x, "one").table
    assert_allclose(ratio["estimate"].iloc[0], numbers["ratio"], rtol=1e-9)
    assert_allclose(ratio["se"].iloc[0], numbers["ratio_se"], rtol=1e-8)
    by = design.mean(y, by=domain).table
    assert_allclose(by["estimate"], numbers["by"], rtol=1e-9)
    assert_allclose(by["se"], numbers["by_se"], rtol=1e-8)
    assert design.df == numbers["df"]
    first = design.data[domain] == design.data[domain].min()
    assert design.replicate_weights().shape == (len(design.data), numbers["replicates"])
    if not design.calibrations:
        assert design.domain(first).df == numbers["df_inside"]


@pytest.mark.parametrize(
    ("case", "margins", "options"),
    [
        ("", {}, {}),
        ("_mse", {}, {}),
        ("_raking", API_MARGINS, {"method": "raking"}),
        ("_linear", API_MARGINS, {"method": "linear"}),
        ("_logit", API_MARGINS, {"method": "logit", "bounds": (0.3, 3)}),
        ("_bounded", API_MARGINS, {"method": "raking", "bounds": (0.4, 3)}),
        ("_continuous", {"stype": API_MARGINS["stype"], "size": 310000}, {"method": "raking"}),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_jackknife_of_clusters(
    samples: dict[str, pd.DataFrame],
    expected: dict[str, Any],
    case: str,
    margins: dict[Any, Any],
    options: dict[str, Any],
    before: bool,
) -> None:
    design = ts.SurveyDesign(samples["apiclus1"], weights="pw", clusters="dnum", fpc="fpc")
    if before:
        design = design.with_replicates("JK1", mse=case == "_mse")
    if margins:
        design = design.calibrate(margins, **options)
    if not before:
        design = design.with_replicates("JK1", mse=case == "_mse")
    check(design, expected[f"clus1_jk1{case}"], api=True)


def test_two_calibrations(samples: dict[str, pd.DataFrame], expected: dict[str, Any]) -> None:
    design = ts.SurveyDesign(samples["apiclus1"], weights="pw", clusters="dnum", fpc="fpc")
    first, second = {"sch.wide": API_MARGINS["sch.wide"]}, {"stype": API_MARGINS["stype"]}
    numbers = expected["clus1_jk1_twice"]
    check(design.with_replicates("JK1").rake(first).calibrate(second, method="linear"), numbers, api=True)
    check(design.rake(first).with_replicates("JK1").calibrate(second, method="linear"), numbers, api=True)
    check(design.rake(first).calibrate(second, method="linear").with_replicates("JK1"), numbers, api=True)


def test_jackknives_of_other_samples(samples: dict[str, pd.DataFrame], expected: dict[str, Any]) -> None:
    stages = ts.SurveyDesign(samples["apiclus2"], clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    check(stages.with_replicates("JK1"), expected["clus2_jk1"], api=True)
    strata = ts.SurveyDesign(samples["apistrat"], weights="pw", strata="stype", fpc="fpc").with_replicates("JKn")
    check(strata, expected["strat_jkn"], api=True)
    check(strata.rake(API_MARGINS), expected["strat_jkn_raking"], api=True)
    rows = ts.SurveyDesign(samples["apiclus1"], weights="pw")
    check(rows.with_replicates("JK1", groups="group"), expected["clus1_groups_jk1"], api=True)
    clusters = ts.SurveyDesign(samples["synthetic"], "weight", "stratum", "psu", "clusters_in_stratum")
    check(clusters.with_replicates("JKn"), expected["jkn"], api=False)


@pytest.mark.parametrize("before", [True, False])
def test_raking_within_jackknife_of_strata(
    samples: dict[str, pd.DataFrame], expected: dict[str, Any], counts: dict[Any, Any], before: bool
) -> None:
    design = ts.SurveyDesign(samples["synthetic"], "weight", "stratum", "psu", "clusters_in_stratum")
    margins = {name: counts[name] for name in ("sex", "origin")}
    design = design.with_replicates("JKn").rake(margins) if before else design.rake(margins).with_replicates("JKn")
    check(design, expected["jkn_raking"], api=False)


@pytest.mark.parametrize("choice", ["certainty", "adjust", "average"])
def test_single_clusters(samples: dict[str, pd.DataFrame], expected: dict[str, Any], choice: Any) -> None:
    design = ts.SurveyDesign(samples["synthetic"], "weight", "stratum", "sparse_psu", single_cluster=choice)
    check(design.with_replicates("JKn"), expected[f"jkn_single_{choice}"], api=False)


@pytest.mark.parametrize("strata", [3, 7, 8, 24])
def test_half_samples(samples: dict[str, pd.DataFrame], expected: dict[str, Any], strata: int) -> None:
    frame = samples["synthetic"]
    some = frame[frame["many"].isin(sorted(frame["many"].unique())[:strata])].reset_index(drop=True)
    design = ts.SurveyDesign(some, "weight", "many", "psu")
    check(design.with_replicates("BRR"), expected[f"brr_{strata}"], api=False)
    check(design.with_replicates("Fay", rho=0.3), expected[f"fay_{strata}"], api=False)


def test_half_samples_of_larger_strata(
    samples: dict[str, pd.DataFrame], expected: dict[str, Any], counts: dict[Any, Any]
) -> None:
    frame = samples["synthetic"]
    design = ts.SurveyDesign(frame, "weight", "stratum", "psu").with_replicates("BRR")
    check(design, expected["brr_large"], api=False)
    check(design.rake({name: counts[name] for name in ("sex", "origin")}), expected["brr_large_raking"], api=False)
    early = frame["stratum"].isin(sorted(frame["stratum"].unique())[:4])
    mixed = frame[(early & (frame["psu"] <= 4)) | (frame["psu"] <= 2)].reset_index(drop=True)
    fay = ts.SurveyDesign(mixed, "weight", "stratum", "psu").with_replicates("Fay")
    check(fay, expected["fay_mixed"], api=False)


@pytest.fixture(scope="module")
def with_weights(samples: dict[str, pd.DataFrame], expected: dict[str, Any]) -> pd.DataFrame:
    """The synthetic sample with the weights of R's bootstrap: whole in b1 ..., as multipliers in m1 ..."""
    frame, made = samples["synthetic"], expected["bootstrap_multipliers"]
    place = {pair: row for row, pair in enumerate(zip(made["stratum"], made["psu"], strict=True))}
    rows = [place[pair] for pair in zip(frame["stratum"], frame["psu"], strict=True)]
    numbers = np.array(made["numbers"])[rows]
    columns = {f"m{each + 1}": column for each, column in enumerate(numbers.T)}
    columns |= {f"b{each + 1}": column * frame["weight"] for each, column in enumerate(numbers.T)}
    return frame.assign(**columns)


@pytest.mark.parametrize("case", IMPORTED)
def test_weights_made_elsewhere(with_weights: pd.DataFrame, expected: dict[str, Any], case: str) -> None:
    options = IMPORTED[case]
    letter = "b" if options.get("combined", True) else "m"
    names = [f"{letter}{each + 1}" for each in range(25)]
    design = ts.SurveyDesign(with_weights, weights="weight", replicate_weights=names, **options)
    check(design, expected[f"imported_{case}"], api=False)


def test_weights_made_elsewhere_are_calibrated(
    with_weights: pd.DataFrame, expected: dict[str, Any], counts: dict[Any, Any]
) -> None:
    margins = {name: counts[name] for name in ("sex", "origin")}
    for letter, combined in (("b", True), ("m", False)):
        names = [f"{letter}{each + 1}" for each in range(25)]
        design = ts.SurveyDesign(
            with_weights, "weight", replicate_weights=names, replicate_type="bootstrap", combined=combined
        )
        check(design, expected["bootstrap"], api=False)
        check(design.rake(margins), expected["bootstrap_raking"], api=False)
