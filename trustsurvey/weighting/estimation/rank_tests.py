"""Design-based rank tests."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal, get_args

import numpy as np
from scipy import stats

from trustsurvey.errors import InputError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.estimation.domains import numbers
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest, wald_test
from trustsurvey.weighting.estimation.mean_tests import group_codes, t_test
from trustsurvey.weighting.sampling.inference import Smooth, infer
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["RankTest", "rank_test"]

RankTest = Literal["wilcoxon", "vanderWaerden", "median", "KruskalWallis"]

_ROUNDING = 1e-13


def rank_test(sample: Sample, y: Hashable, by: Hashable, test: str) -> HypothesisTest:
    """Return the test that a variable is ranked alike in all groups (R: ``svyranktest``).

    Lumley and Scott (2013), Two-sample rank tests under complex sampling, Biometrika 100.
    """
    if not one_of(test, get_args(RankTest)):
        raise InputError(f"no rank test {shown_value(test)}; available: {', '.join(get_args(RankTest))}")
    if sample.counts is not None:
        raise InputError("ranks need a row for each respondent, and a design from a query holds cells of many")
    values = numbers(sample.data, y, "rank test")
    codes, labels = group_codes(sample, by, ~np.isnan(values))
    if len(labels) < 2:
        raise InputError(
            f"a rank test compares two groups or more, but {by!r} has {len(labels)} among those who answered {y!r}"
        )
    inside = np.flatnonzero(codes >= 0)
    group, weights = codes[inside], sample.weights[inside]
    scores = _scores(values[inside], weights, test)
    total = np.bincount(group, weights)
    mean = np.bincount(group, weights * scores) / total
    # Scores count as known numbers; the influence of each row on the differences from the first group.
    columns = [np.zeros(len(codes)) for _ in labels[1:]]
    residual = scores - mean[group]
    for place, column in enumerate(columns, start=1):
        column[inside] = residual * ((group == place) / total[place] - (group == 0) / total[0])
    inference = infer(sample, _totals(columns))
    n, kish = len(inside), float(weights.sum() ** 2 / (weights**2).sum())
    # Scores are at most about 1, so less than this is rounding.
    covariance = np.where(np.abs(inference.covariance) > _ROUNDING**2, inference.covariance, 0.0)
    alone = bool((np.bincount(group, sample.respondents[inside]) < 2).any())
    # As in R, the degrees of freedom are those of the design among who answered.
    df = sample.degrees_of_freedom(codes >= 0)
    differences = mean[1:] - mean[0]
    if len(labels) == 2:
        method = f"{test} rank test that the mean rank score of {y}, {by}={labels[1]} minus {by}={labels[0]}, is 0"
        variance = float("nan") if alone else float(covariance[0, 0])
        flags = "one respondent" if alone else ""
        return t_test(method, float(differences[0]), variance, 0.0, df - 1, n, kish, flags)
    method = f"{test} rank test that the mean rank score of {y} is the same in all {len(labels)} groups of {by}"
    df -= len(differences)
    return wald_test(differences, covariance, df, method=method, n=n, n_effective=kish)


def _scores(values: FloatArray, weights: FloatArray, test: str) -> FloatArray:
    """Return the score of the share of the population below each value (ties at their mean)."""
    order = np.argsort(values, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    _, tied = np.unique(values, return_inverse=True)
    ranks = (np.bincount(tied[order], middle) / np.bincount(tied))[tied]
    population = weights.sum()
    if test == "vanderWaerden":
        return np.asarray(stats.norm.ppf(ranks / population), dtype=np.float64)
    if test == "median":
        return np.asarray(ranks > population / 2, dtype=np.float64)
    return np.asarray(ranks / population, dtype=np.float64)


def _totals(columns: list[FloatArray]) -> Smooth:
    size = len(columns)
    domain: IntArray = np.zeros(len(columns[0]), dtype=np.intp)
    slopes: FloatArray = np.eye(size)[:, :, None]
    return Smooth(tuple(columns), domain, 1, size, lambda sums: sums, lambda _: slopes)
