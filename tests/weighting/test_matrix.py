"""Every statistic x design x calibration x kind of variance beside R's survey.

tests/reference/matrix.R made the numbers and matrix_*.json hold them. Tolerances, relative: ESTIMATE for estimates,
ERROR for standard errors, covariances, intervals, design effects, p values. What is compared more loosely, or is not
the same by choice, stands in LOOSE and OTHERWISE with the reason, and what is done otherwise is tested below.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import trustsurvey as ts

ESTIMATE = 1e-9
ERROR = 1e-8

REFERENCE = Path(__file__).parent.parent / "reference"
TAYLOR, REPLICATES = (
    json.loads((REFERENCE / f"matrix_{part}.json").read_text(encoding="utf-8")) for part in ("Taylor", "replicates")
)
RESULTS: dict[str, dict[str, Any]] = {**TAYLOR["results"], **REPLICATES["results"]}

# (statistic, column, which begins so): (tolerance, why).
HESSIAN = "R inverts a Hessian taken by finite differences, and on replicates stops its search early"
ITERATED = "R's interval is that of an iterated regression, which stops at 1e-8"
SADDLEPOINT = "R's equation of the saddlepoint is solved to some 1e-8 only"
STEPS = "the standard error comes from R's last step but one, and the interval takes the difference of near numbers"
LOOSE: dict[tuple[str, str], tuple[float, str]] = {
    ("ordinal", "estimate"): (1e-5, HESSIAN),
    ("ordinal", "se"): (1e-4, HESSIAN),
    ("ordinal", "covariance"): (1e-4, HESSIAN),
    ("share_logit", "low"): (1e-7, ITERATED),
    ("share_logit", "high"): (1e-7, ITERATED),
    ("chisq", "saddlepoint p_value"): (1e-6, SADDLEPOINT),
    ("poisson", "low"): (1e-7, STEPS),
    ("poisson", "high"): (1e-7, STEPS),
    ("poisson", "p_value"): (1e-6, STEPS),
    ("binomial", "low"): (1e-7, STEPS),
    ("binomial", "high"): (1e-7, STEPS),
    ("binomial", "p_value"): (1e-6, STEPS),
}
# What is not the same by choice, with what it is, tested below: (statistic, kind of variance): why.
OTHERWISE: dict[tuple[str, str], str] = {
    (
        "variance_missing",
        "replicates",
    ): "R counts answers there, and respondents elsewhere; we do always",
}
OTHERWISE_CALIBRATED = "twice"

CHI_SQUARES = ["F", "Chisq", "Wald", "adjWald", "saddlepoint"]
RULES = ["math", "school", "shahvaish", *(f"hf{number}" for number in range(1, 10))]


@cache
def frame(sample: str) -> pd.DataFrame:
    """Return a sample with the columns that matrix.R makes: y and x numbers, z complete, a, h, f, o categories, ..."""
    data = pd.read_csv(REFERENCE / f"{sample}.csv")
    row = np.arange(len(data))
    if sample.startswith("api"):
        band = pd.cut(data["api00"], [0, 550, 700, 1000], labels=["low", "middle", "high"])
        new = {
            "y": data["api00"],
            "x": data["enroll"],
            "z": data["api00"] / 100 + data["snum"] % 7,
            "a": data["awards"],
            "h": data["stype"],
            "f": band,
            "o": band,
            "b": (data["awards"] == "Yes").astype(float),
            "k": data["snum"] % 5,
            "inside": data["api00"] > 600,
        }
    elif sample == "synthetic":
        new = {
            "y": data["trust"],
            "x": data["income"],
            "z": data["age"].astype("category").cat.codes + 1 + data["income"] % 10 / 10,
            "a": data["sex"],
            "h": data["origin"],
            "f": data["view"].astype("category"),
            "o": pd.cut(data["income"], [0, 1500, 2200, np.inf], labels=["low", "middle", "high"]),
            "b": (data["income"] < 1500).astype(float),
            "k": np.floor(data["income"] / 700),
            "inside": data["age"].isin(["25-39", "40-54"]),
            "pair": data["psu"] % 2 + 1,
            "element": row,
            "elements_in_cluster": 3 * data.groupby(["stratum", "psu"])["psu"].transform("size"),
        }
    else:
        labels = ["child", "young", "middle", "old"]
        new = {
            "y": data["high"],
            "x": data["weight"] / 100,
            "z": data["age"] + data["weight"] % 10 / 10,
            "a": data["sex"].astype("category"),
            "h": data["race"].astype("category"),
            "f": data["age"].astype("category").cat.rename_categories(labels),
            "o": pd.cut(data["weight"], [0, 20000, 40000, np.inf], labels=["low", "middle", "high"]),
            "b": (data["race"] == 2).astype(float),
            "k": np.floor(data["weight"] / 10000),
            "inside": data["age"] > 1,
        }
    # Categories that have nothing to do with the margins.
    new["a2"] = np.array(["q", "r", "p"])[row % 3]
    return data.assign(**new)


SPARSE = {"weights": "weight", "strata": "stratum", "clusters": "sparse_psu"}
DESIGNS: dict[str, dict[str, Any]] = {
    "apisrs/srs": {"weights": "pw", "fpc": "fpc"},
    "apistrat/strata": {"weights": "pw", "strata": "stype", "fpc": "fpc"},
    "apistrat/infinite": {"weights": "pw", "strata": "stype"},
    "apiclus1/clusters": {"weights": "pw", "clusters": "dnum", "fpc": "fpc"},
    "apiclus1/infinite": {"weights": "pw", "clusters": "dnum"},
    "apiclus2/stages": {"weights": "pw", "clusters": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]},
    "synthetic/weights": {"weights": "weight"},
    "synthetic/elements": {"weights": "weight", "strata": "stratum"},
    "synthetic/clusters": {"weights": "weight", "strata": "stratum", "clusters": "psu"},
    "synthetic/finite": {"weights": "weight", "strata": "stratum", "clusters": "psu", "fpc": "clusters_in_stratum"},
    "synthetic/stages": {
        "weights": "weight",
        "strata": "stratum",
        "clusters": ["psu", "element"],
        "fpc": ["clusters_in_stratum", "elements_in_cluster"],
    },
    "synthetic/pairs": {"weights": "weight", "strata": "stratum", "clusters": "pair"},
    "synthetic/certainty": {**SPARSE, "single_cluster": "certainty"},
    "synthetic/adjust": {**SPARSE, "single_cluster": "adjust"},
    "synthetic/average": {**SPARSE, "single_cluster": "average"},
    "nhanes/clusters": {"weights": "weight", "strata": "stratum", "clusters": "psu"},
}


def plain(name: str, variance: str) -> ts.SurveyDesign:
    """Return a design before calibration, with replicates where the variance is not Taylor's."""
    sample = name.split("/")[0]
    data, options = frame(sample), DESIGNS[name]
    stored = REPLICATES["multipliers"].get(f"{name}/{variance}")
    if stored is not None:
        units = ["dnum"] if sample == "apiclus1" else [options["strata"], options["clusters"]]
        unit = data.groupby(units, sort=False).ngroup().to_numpy()
        weights = data[options["weights"]].to_numpy()[:, None] * np.array(stored["multipliers"])[unit]
        columns = [f"replicate{number}" for number in range(weights.shape[1])]
        wide = pd.concat([data, pd.DataFrame(weights, columns=columns, index=data.index)], axis=1)
        rscales = stored["rscales"]
        return ts.SurveyDesign(
            wide, weights=options["weights"], replicate_weights=columns, scale=stored["scale"], rscales=rscales
        )
    design = ts.SurveyDesign(data, **options)
    return design if variance == "Taylor" else design.with_replicates(variance)


def calibrated(design: ts.SurveyDesign, source: str, name: str) -> ts.SurveyDesign:
    recipe = TAYLOR["calibrations"][source][name]
    margins: dict[Any, Any] = {}
    names = recipe["margins"]
    for margin in [names] if isinstance(names, str) else names:
        population = TAYLOR["populations"][source][margin]
        if ":" in margin:
            margins[tuple(margin.split(":"))] = {tuple(cell.split(":")): count for cell, count in population.items()}
        else:
            margins[margin] = population
    bounds = tuple(recipe["bounds"]) if "bounds" in recipe else None
    return design.calibrate(margins, method=recipe["calfun"], bounds=bounds)


@cache
def design_of(cell: str) -> ts.SurveyDesign:
    sample, label, calibration, variance = cell.split("/")
    design = plain(f"{sample}/{label}", variance)
    source = "synthetic" if sample == "synthetic" else "api"
    if calibration == "twice":
        return design.rake({"stype": TAYLOR["populations"]["api"]["stype"]}).rake(
            {"sch.wide": TAYLOR["populations"]["api"]["sch.wide"]}
        )
    return design if calibration == "none" else calibrated(design, source, calibration)


def of(estimates: Any) -> dict[str, Any]:
    columns = ["estimate", "se", "low", "high", "deff", "p_value", "statistic"]
    result = {name: estimates.table[name].to_numpy() for name in columns if name in estimates.table}
    return {**result, "covariance": estimates.covariance, "df": estimates.df}


def rules(design: ts.SurveyDesign) -> dict[str, Any]:
    tables = [design.quantile("z", [0.3, 0.5], rule=rule).table for rule in RULES]
    return {name: np.concatenate([table[name] for table in tables]) for name in ("estimate", "low", "high")}


def first_and_others(design: ts.SurveyDesign) -> dict[str, Any]:
    means = design.mean("y", by="h")
    others = len(means.table) - 1
    return of(means.contrast([[1, -1, *[0] * (others - 1)], [1, *[-1 / others] * others]]))


def of_test(test: Any) -> dict[str, Any]:
    df = [test.df, test.ddf if hasattr(test, "ddf") else test.df_denominator]
    result = {name: getattr(test, name) for name in ("statistic", "p_value")}
    return {**result, "df": df if np.isfinite(df[1]) else df[0]}


def chisq(design: ts.SurveyDesign) -> dict[str, Any]:
    names = ["F"] if design.calibrations else CHI_SQUARES
    found = {name: of_test(design.chisq("h", "f", statistic=name)) for name in names}
    return {f"{name} {part}": value for name, test in found.items() for part, value in test.items()}


def ttest(design: ts.SurveyDesign) -> dict[str, Any]:
    test = design.ttest("y", by="a")
    return {name: getattr(test, name) for name in ("estimate", "statistic", "df", "p_value", "low", "high")}


STATISTICS: dict[str, Callable[[ts.SurveyDesign], dict[str, Any]]] = {
    "df": lambda d: {"df": d.df},
    "weights": lambda d: {"sum": d.weights.sum(), "kish": d.diagnostics().kish, "first": d.weights[:5]},
    "mean": lambda d: of(d.mean("y")),
    "means": lambda d: of(d.mean(["k", "z"])),
    "total": lambda d: of(d.total("z")),
    "mean_by": lambda d: of(d.mean("y", by="h")),
    "mean_by_two": lambda d: of(d.mean("y", by=["a", "h"])),
    "total_by": lambda d: of(d.total("y", by=["a", "h"])),
    "share": lambda d: of(d.proportion("f")),
    "share_by": lambda d: of(d.proportion("f", by="a")),
    "share_logit": lambda d: of(d.proportion("b").at(level=1)),
    "share_beta": lambda d: of(d.proportion("b", interval="beta").at(level=1)),
    "share_wilson": lambda d: of(d.proportion("b", interval="wilson").at(level=1)),
    "ratio": lambda d: of(d.ratio("z", "x")),
    "ratio_by": lambda d: of(d.ratio("y", "z", by="h")),
    "quantile": lambda d: of(d.quantile("y", [0.1, 0.25, 0.5, 0.75, 0.9])),
    "quantile_rules": rules,
    "median_by": lambda d: of(d.quantile("y", 0.5, by="h")),
    "variance": lambda d: of(d.variance("z")),
    "variance_missing": lambda d: of(d.variance("y")),
    "variance_by": lambda d: of(d.variance("z", by="h")),
    "correlation": lambda d: of(d.correlation("z", "k")),
    "gaussian": lambda d: of(d.regression("y ~ a + h + z")),
    "binomial": lambda d: of(d.regression("b ~ a2 + z", family="binomial")),
    "poisson": lambda d: of(d.regression("k ~ h + z", family="poisson")),
    "ordinal": lambda d: of(d.regression("o ~ a + z", family="ordinal")),
    "wald": lambda d: of_test(d.regression("y ~ a + h + z").wald("h")),
    "chisq": chisq,
    "ttest": ttest,
    "difference": first_and_others,
    "domain_mean": lambda d: of(d.domain("inside").mean("y")),
    "domain_total": lambda d: of(d.domain("inside").total("y")),
    "domain_share": lambda d: of(d.domain("inside").proportion("a")),
    "domain_ratio": lambda d: of(d.domain("inside").ratio("z", "x")),
    "domain_gaussian": lambda d: of(d.domain("inside").regression("y ~ a + z")),
}


def otherwise(cell: str, statistic: str) -> bool:
    variance = "Taylor" if cell.endswith("/Taylor") else "replicates"
    return (statistic, variance) in OTHERWISE or f"/{OTHERWISE_CALIBRATED}/" in cell


CASES = [(cell, name) for cell, found in RESULTS.items() for name in found if not otherwise(cell, name)]


@pytest.mark.parametrize(("cell", "statistic"), CASES, ids=["-".join(case) for case in CASES])
def test_as_in_r(cell: str, statistic: str) -> None:
    expected = RESULTS[cell][statistic]
    found = STATISTICS[statistic](design_of(cell))
    for name, value in expected.items():
        numbers = np.array(value, dtype=float)
        default = ESTIMATE if name == "estimate" else ERROR
        tolerance, _ = LOOSE.get((statistic, name), (default, ""))
        # Of a covariance matrix, entries near 0 are compared on the scale of the others.
        near = tolerance * np.abs(numbers).max() if name == "covariance" else 0
        assert_allclose(np.asarray(found[name], dtype=float), numbers, rtol=tolerance, atol=near, err_msg=name)


def test_every_statistic_is_compared_in_most_designs() -> None:
    """What R could not compute is absent from its results; nothing else may be."""
    compared = {statistic: [cell for cell, name in CASES if name == statistic] for statistic in STATISTICS}
    assert min(len(cells) for cells in compared.values()) >= 25
    assert len({cell.split("/")[1] for cell, _ in CASES}) >= 10
    assert {cell.split("/")[3] for cell, _ in CASES} == {"Taylor", "JK1", "JKn", "BRR", "Fay", "bootstrap"}
    numbers = sum(np.size(value) for cell, name in CASES for value in RESULTS[cell][name].values())
    assert numbers > 30_000


def test_variance_counts_respondents_on_replicates_too() -> None:
    cell = "synthetic/clusters/none/JKn"
    data, expected = frame("synthetic"), RESULTS[cell]["variance_missing"]
    answers, rows = data["y"].notna().sum(), len(data)
    factor = (rows / (rows - 1)) / (answers / (answers - 1))
    found = of(design_of(cell).variance("y"))
    assert_allclose(found["estimate"], factor * np.array(expected["estimate"]), rtol=ESTIMATE)
    assert_allclose(found["se"], factor * np.array(expected["se"]), rtol=ERROR)
    # The same number as linearisation gives, as the estimate does not depend on how its error is found.
    assert_allclose(found["estimate"], of(design_of("synthetic/clusters/none/Taylor").variance("y"))["estimate"])


def test_degrees_of_freedom_of_a_t_test_with_missing_answers() -> None:
    """R: svyttest(y ~ a, d)$parameter is 584 by linearisation, where 586 answered, and 638 with as.svrepdesign(d)."""
    assert design_of("synthetic/weights/none/Taylor").ttest("y", by="a").df == 584
    assert design_of("synthetic/weights/none/JK1").ttest("y", by="a").df == 638


def test_margins_met_last_have_no_error_after_two_calibrations() -> None:
    """R projects on the first margins last, which leaves an error to the margins that are met."""
    cell = "apiclus1/clusters/twice/Taylor"
    design, expected = design_of(cell), RESULTS[cell]
    for name in ("mean", "total"):
        found = STATISTICS[name](design)
        assert_allclose(found["estimate"], expected[name]["estimate"], rtol=ESTIMATE)
        assert_allclose(found["se"], expected[name]["se"], rtol=0.05)
        assert not np.allclose(found["se"], expected[name]["se"], rtol=ERROR)
    assert_allclose(design.weights.sum(), expected["weights"]["sum"], rtol=ESTIMATE)
    shares = design.proportion("sch.wide").table
    assert (shares["se"] < 1e-12).all()


@pytest.mark.parametrize("label", ["apisrs/srs", "synthetic/clusters"])
def test_lincom_is_exact_and_the_saddlepoint_near_it(label: str) -> None:
    """R without CompQuadForm gives the saddlepoint's p value for lincom; ours is that of the distribution itself."""
    design = design_of(f"{label}/none/Taylor")
    exact, near = (design.chisq("h", "f", statistic=name) for name in ("lincom", "saddlepoint"))
    assert exact.p_value != near.p_value
    assert exact.p_value == pytest.approx(near.p_value, abs=0.005)
    # The sum of chi-squares with these factors over one with the degrees of freedom of the F test, drawn at random.
    rng = np.random.default_rng(1)
    draws = rng.chisquare(1, (200_000, len(exact.design_effects))) @ exact.design_effects
    over = design.chisq("h", "f").df_denominator
    draws /= rng.chisquare(over, len(draws)) / over
    # R, and we, scale the statistic to all rows, those without an answer too; the design effects are of the answers.
    statistic = exact.statistic * exact.test.n / len(design.data)
    assert exact.p_value == pytest.approx((draws > statistic).mean(), abs=0.004)
