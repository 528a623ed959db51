"""Do 95 % intervals hold the truth in 95 of 100 samples? Samples are drawn anew from a population whose truth is known.

All samples stand in one design, each in strata of its own, so that one call estimates them all: a sample is a domain.
With 300 samples the share that holds the truth has a standard error of 1.3 points; the limits are three of these.
Everything is seeded, so a failure is a change of the code.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts

SAMPLES = 300
LOW, HIGH = 0.95 - 3 * 0.0126, 0.95 + 3 * 0.0126

STRATA = 4
CLUSTERS = 16
PEOPLE = 5
SHARES = np.array([0.4, 0.3, 0.2, 0.1])
MEANS = np.array([4.0, 5.0, 6.0, 8.0])
EFFECT = {"a": 0.0, "b": 1.0, "c": 2.0}
MIX = np.array([0.5, 0.3, 0.2])
MARGINS = {"group": dict(zip(EFFECT, MIX.tolist(), strict=True))}
RARE = 0.02
TRUE_MEAN = float(SHARES @ MEANS)
TRUE_GROUP_MEAN = float(MIX @ list(EFFECT.values()))


@pytest.fixture(scope="module")
def drawn() -> ts.SurveyDesign:
    """Stratified samples of clusters; people of group c answer half as often, which raking puts right."""
    rng = np.random.default_rng(20260101)
    cluster = np.repeat(np.arange(SAMPLES * STRATA * CLUSTERS), PEOPLE)
    stratum = cluster // CLUSTERS
    rows = len(cluster)
    answering = MIX * [1, 1, 0.5]
    group = rng.choice(list(EFFECT), rows, p=answering / answering.sum())
    noise = rng.normal(0, 0.6, cluster.max() + 1)[cluster] + rng.normal(0, 1.5, rows)
    frame = pd.DataFrame(
        {
            "sample": stratum // STRATA,
            "stratum": stratum,
            "cluster": cluster,
            "weight": SHARES[stratum % STRATA] * 1000,
            "group": group,
            "half": rng.choice(["first", "second"], rows),
            "y": MEANS[stratum % STRATA] + noise,
            "z": pd.Series(group).map(EFFECT).to_numpy() + noise,
            "skewed": np.exp(noise),
            "rare": rng.random(rows) < RARE,
        }
    )
    return ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="cluster")


@pytest.fixture(scope="module")
def raked(drawn: ts.SurveyDesign) -> ts.SurveyDesign:
    return drawn.rake(MARGINS, within="sample")


def held(estimates: ts.Estimates, truth: float) -> float:
    table = estimates.table
    return float(((table["low"] <= truth) & (truth <= table["high"])).mean())


def test_means(drawn: ts.SurveyDesign) -> None:
    means = drawn.mean("y", by="sample")
    assert len(means.table) == SAMPLES
    assert LOW <= held(means, TRUE_MEAN) <= HIGH
    # The standard error is that of the estimates around the truth.
    assert means.table["se"].mean() == pytest.approx(means.table["estimate"].std(), rel=0.1)


@pytest.mark.parametrize("interval", ["logit", "wilson", "beta"])
def test_rare_proportions(drawn: ts.SurveyDesign, interval: str) -> None:
    """Six people of 320 are expected: an interval may be wider than it needs to be, never too narrow."""
    shares = drawn.proportion("rare", by="sample", interval=interval).at(level=True)
    assert held(shares, RARE) >= LOW
    assert (shares.table["low"] >= 0).all()


def test_raked_means(drawn: ts.SurveyDesign, raked: ts.SurveyDesign) -> None:
    assert LOW <= held(raked.mean("z", by="sample"), TRUE_GROUP_MEAN) <= HIGH
    # What raking is for: without it the interval misses the truth far too often.
    assert held(drawn.mean("z", by="sample"), TRUE_GROUP_MEAN) < LOW - 0.1


def test_quantiles(drawn: ts.SurveyDesign) -> None:
    # The median of exp(noise) is exp(0), whatever the clusters add.
    assert LOW <= held(drawn.quantile("skewed", 0.5, by="sample"), 1.0) <= HIGH


def test_bootstrap_of_raked_means(raked: ts.SurveyDesign) -> None:
    replicated = raked.with_replicates("bootstrap", replicates=150, seed=1)
    assert LOW <= held(replicated.mean("z", by="sample"), TRUE_GROUP_MEAN) <= HIGH


def test_jackknife_of_raked_means(drawn: ts.SurveyDesign) -> None:
    """The first samples one by one, for a jackknife leaves out every cluster of a design in turn."""
    few = 30
    found, errors = [], []
    for sample in range(few):
        frame = drawn.data[drawn.data["sample"] == sample]
        one = ts.SurveyDesign(frame, weights="weight", strata="stratum", clusters="cluster").rake(MARGINS)
        taylor, jackknife = one.mean("z"), one.with_replicates("JKn").mean("z")
        found.append(held(jackknife, TRUE_GROUP_MEAN))
        errors.append(float(jackknife.table["se"].iloc[0] / taylor.table["se"].iloc[0]))
    assert np.mean(found) >= 0.95 - 3 * 0.0398
    # Recalibrated for each cluster left out, it is close to linearisation with the residuals of the calibration.
    assert min(errors) >= 0.97
    assert max(errors) <= 1.08


def test_differences_of_domains(drawn: ts.SurveyDesign) -> None:
    """Domains that share clusters are correlated, and the interval of their difference knows."""
    difference = drawn.mean("y", by=["half", "sample"]).difference("first", "second")
    assert LOW <= held(difference, 0.0) <= HIGH
