"""Tests of means: of one against a value, of the two of a pair, of two groups."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
from scipy import stats

from trustsurvey.errors import InputError, shown_value
from trustsurvey.weighting.encoding import FloatArray, IntArray, encode, find_column, real_number
from trustsurvey.weighting.estimation.answers import BoolArray, count_answers
from trustsurvey.weighting.estimation.domains import Domains, numbers, read_domains
from trustsurvey.weighting.estimation.functions import linear_simple_variance
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest
from trustsurvey.weighting.estimation.intervals import critical_t
from trustsurvey.weighting.estimation.ratios import ratios_of
from trustsurvey.weighting.sampling.inference import infer
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["group_codes", "mean_test", "t_test", "two_means_test"]

_ROUNDING = 1e-13
_SHOWN = 10


def mean_test(sample: Sample, y: Hashable, paired_with: Hashable | None, mean: object) -> HypothesisTest:
    """Return the test of a mean against a value, or of the mean difference of pairs (R: ``svyttest(y ~ 0)``)."""
    null = real_number(mean)
    if null is None:
        raise InputError(f"the mean to test against is a number; got {shown_value(mean)}")
    values = numbers(sample.data, y, "t test")
    name = f"mean of {y}"
    if paired_with is not None:
        values = values - numbers(sample.data, paired_with, "t test")
        name = f"mean of {y} - {paired_with}"
    kind = "paired t test" if paired_with is not None else "one-sample t test"
    domains = read_domains(sample.data, [])
    return _contrast_of_means(sample, values, domains, np.ones(1), null, f"{kind}: the {name} is {null:g}")


def two_means_test(sample: Sample, y: Hashable, by: Hashable) -> HypothesisTest:
    """Return the test that the means of two groups are equal (R: ``svyttest(y ~ group)``)."""
    values = numbers(sample.data, y, "t test")
    codes, labels = group_codes(sample, by, ~np.isnan(values))
    if len(labels) != 2:
        # More would be answers rather than groups.
        shown = f" ({', '.join(str(label) for label in labels)})" if 0 < len(labels) <= _SHOWN else ""
        raise InputError(
            f"a t test compares two groups, but {by!r} has {len(labels)}{shown} among those who answered {y!r}; "
            "select two by domain(...), or compare all by mean(..., by=...).pairwise(...)"
        )
    domains = Domains(codes, 2, {})
    method = f"two-sample t test that the mean of {y}, {by}={labels[1]} minus {by}={labels[0]}, is 0"
    return _contrast_of_means(sample, values, domains, np.array([-1.0, 1.0]), 0.0, method)


def _contrast_of_means(
    sample: Sample, values: FloatArray, domains: Domains, coefficients: FloatArray, null: float, method: str
) -> HypothesisTest:
    answers = count_answers(sample, ~np.isnan(values), domains)
    statistic = ratios_of([np.nan_to_num(values), None], answers.domain, domains.count)
    inference = infer(sample, statistic)
    simple = linear_simple_variance(sample, statistic, [answers])
    variance = np.diag(inference.covariance)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(variance > _ROUNDING**2 * simple, answers.n * simple / variance, answers.kish)
    estimate = float(coefficients @ inference.estimate)
    error = float(coefficients @ inference.covariance @ coefficients)
    known = np.abs(values[answers.domain >= 0])
    if error <= (_ROUNDING * known.max(initial=0)) ** 2:
        error, effective = 0.0, answers.kish
    # One answer says nothing about the spread of others.
    flags = "no answers" if (answers.n == 0).any() else "one respondent" if (answers.n == 1).any() else ""
    n, n_effective = int(answers.n.sum()), float(effective.sum())
    # As in R, groups have the degrees of freedom of those who answered, a single mean those of the whole design.
    # R leaves rows out before counting clusters, where it compares groups by linearisation, and only there.
    only_answers = len(coefficients) > 1 and sample.replicates is None
    df = sample.degrees_of_freedom(answers.domain >= 0) if only_answers else inference.df
    return t_test(method, estimate, math.nan if flags else error, null, df - 1, n, n_effective, flags)


def t_test(
    method: str, estimate: float, variance: float, null: float, df: int, n: int, n_effective: float, flags: str = ""
) -> HypothesisTest:
    """Return the test that an estimate is ``null``, with ``df`` degrees of freedom."""
    se = math.sqrt(max(variance, 0.0)) if not math.isnan(variance) else math.nan
    flags = flags or ("" if se > 0 else "no variance to test against")
    known = df > 0
    statistic = (estimate - null) / se if se > 0 else math.nan
    half = float(critical_t(df)) * se
    return HypothesisTest(
        method,
        statistic,
        df if known else math.nan,
        math.nan,
        2 * float(stats.t.sf(abs(statistic), df)) if known else math.nan,
        n,
        n_effective,
        estimate,
        se,
        estimate - half,
        estimate + half,
        flags if known else "no degrees of freedom",
    )


def group_codes(sample: Sample, by: Hashable, answered: BoolArray) -> tuple[IntArray, list[Hashable]]:
    """Return the groups of those who answered as codes (n,), -1 for none, and a label for each group with anybody."""
    encoded = encode(find_column(sample.data, by))
    used = answered & (encoded.codes >= 0) & (sample.weights != 0)
    present = np.unique(encoded.codes[used])
    place = np.full(len(encoded.levels) + 1, -1, dtype=np.intp)
    place[present] = np.arange(len(present))
    return np.where(used, place[encoded.codes], -1), [encoded.labels[each] for each in present]
