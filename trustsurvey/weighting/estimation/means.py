"""Means, totals and proportions by domain.

Domains are estimated on the whole design: rows outside one have weight zero there, and no row is dropped.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, IntArray, Names, encode, find_column, name_list
from trustsurvey.weighting.estimation.answers import (
    Answers,
    assemble,
    count_answers,
    domain_names,
    interleaved,
    simple_variance,
)
from trustsurvey.weighting.estimation.condensing import condensed
from trustsurvey.weighting.estimation.domains import Domains, Values, check_size, read_domains, read_values
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.functions import count_left_out, degrees_by_domain, flagged, logit_errors
from trustsurvey.weighting.estimation.intervals import (
    ProportionInterval,
    arcsine_interval,
    beta_interval,
    logit_interval,
    t_interval,
    wilson_interval,
)
from trustsurvey.weighting.sampling.inference import Inference, Smooth, infer
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["estimate_means", "estimate_proportions", "estimate_totals", "spread"]

_FIRST = 64
_LITTLE = 1e-4
_ROUNDING = 1e-9


def estimate_means(sample: Sample, y: Names, by: Names | None) -> Estimates:
    """Return means by domain (R: ``svymean(na.rm = TRUE)``, ``svyby``)."""
    return _of_numbers(sample, y, by, "mean")


def estimate_totals(sample: Sample, y: Names, by: Names | None) -> Estimates:
    """Return totals by domain (R: ``svytotal(na.rm = TRUE)``, ``svyby``)."""
    return _of_numbers(sample, y, by, "total")


def _of_numbers(sample: Sample, y: Names, by: Names | None, statistic: Literal["mean", "total"]) -> Estimates:
    variables, names = name_list(y), domain_names(by, "variable")
    if not variables:
        raise InputError(f"name at least one variable to take the {statistic} of")
    sample = condensed(sample, names, variables, statistic)
    domains = read_domains(sample.data, names)
    check_size(len(variables) * domains.count)
    values: list[Values] = []
    origins: list[float] = []
    answers, anybody = [], np.zeros(len(sample.data), dtype=bool)
    for name in variables:
        column = read_values(sample, name, statistic)
        origins.append(_origin(column) if statistic == "mean" else 0.0)
        if origins[-1]:
            column = replace(column, numbers=column.numbers - origins[-1])
        known = ~np.isnan(column.numbers)
        anybody |= known
        answers.append(count_answers(sample, known, domains))
        values.append(column if known.all() else replace(column, numbers=np.where(known, column.numbers, 0)))
    function = _means(values, answers, domains) if statistic == "mean" else _totals(values, answers, domains)
    inference = infer(sample, function)
    n, weight = interleaved([each.n for each in answers]), interleaved([each.weight for each in answers])
    safe = np.where(weight == 0, np.nan, weight)
    mean = inference.estimate if statistic == "mean" else inference.estimate / safe
    columns = np.reshape(mean, (domains.count, len(variables))).T
    spreads = [spread(sample, *each) for each in zip(values, answers, columns, strict=True)]
    simple = simple_variance(sample, interleaved(spreads), n, safe)
    if any(origins):
        inference = inference.moved(np.tile(origins, domains.count))
    low, high = t_interval(inference.estimate, inference.se, inference.df)
    if statistic == "mean":
        # One answer says nothing about the spread of others.
        low, high = np.where(n == 1, np.nan, low), np.where(n == 1, np.nan, high)
    else:
        simple = simple * weight**2
    return assemble(
        sample,
        domains,
        answers,
        inference,
        by=names,
        statistic=statistic,
        interval=(low, high),
        simple=simple,
        keys=pd.DataFrame({"variable": variables}) if isinstance(y, list | tuple) else None,
        left_out=count_left_out(sample, anybody, domains.code),
    )


def _origin(values: Values) -> float:
    """Return a value from which others are told with more digits than from 0, where the first ones differ little."""
    first = values.numbers[:_FIRST]
    known = first[~np.isnan(first)]
    if values.varying is not None or not len(known):
        return 0.0
    largest = float(np.abs(known).max())
    return float(known[0]) if float(np.ptp(known)) < _LITTLE * largest else 0.0


def estimate_proportions(sample: Sample, y: Hashable, by: Names | None, interval: ProportionInterval) -> Estimates:
    """Return the shares of all levels of a variable by domain (R: ``svymean`` of a factor, ``svyciprop``)."""
    if not one_of(interval, get_args(ProportionInterval)):
        available = ", ".join(f'"{each}"' for each in get_args(ProportionInterval))
        raise InputError(f"no interval {shown_value(interval)} for proportions; available: {available}")
    names = domain_names(by, "level")
    simple_sample = sample.is_simple
    sample = condensed(sample, [*names, y], [], "proportion")
    domains = read_domains(sample.data, names)
    levels = encode(_both_truths(find_column(sample.data, y)))
    labels: list[Hashable | None] = [*levels.labels] or [None]
    check_size(len(labels) * domains.count)
    answered = levels.codes >= 0
    answers = [count_answers(sample, answered, domains)] * len(labels)
    inference = _infer_shares(sample, levels.codes, len(labels), answers[0], domains)
    share, se = inference.estimate, inference.se
    within = np.where(sample.weights != 0, domains.code, -1)
    df = np.repeat(degrees_by_domain(sample, within, domains.count), len(labels))
    n, kish = interleaved([each.n for each in answers]), interleaved([each.kish for each in answers])
    weight = interleaved([each.weight for each in answers])
    with np.errstate(divide="ignore", invalid="ignore"):
        simple = simple_variance(sample, share * (1 - share) * np.where(n > 1, n / (n - 1), np.nan), n, weight)
    # At 0 and 1 the variance is 0 and says nothing about the effective number of answers.
    variance = np.where(se > 0, se**2, np.nan)
    effective = np.where((share > 0) & (share < 1), share * (1 - share) / variance, kish)
    effective = np.where((se == 0) & (share > 0) & (share < 1), np.inf, effective)
    if interval in ("logit", "xlogit"):
        errors = logit_errors(sample, inference) if interval == "logit" else None
        limits = logit_interval(share, se, df, effective, errors)
    elif interval == "wilson":
        limits = wilson_interval(share, n.astype(np.float64) if simple_sample else effective)
    elif interval == "beta":
        # As their degrees of freedom, the rows of a domain count those who did not answer (R: nrow(design)).
        rows = np.bincount(within[within >= 0], sample.respondents[within >= 0], minlength=domains.count)
        limits = beta_interval(share, effective, np.repeat(rows, len(labels)), df)
    else:
        scale = arcsine_interval if interval == "asin" else t_interval
        low, high = scale(share, se, df)
        # At 0 and 1 these have no width, or do not exist.
        at_end = (share == 0) | (share == 1)
        limits = np.where(at_end, np.nan, low), np.where(at_end, np.nan, high)
    estimates = assemble(
        sample,
        domains,
        answers,
        inference,
        by=names,
        statistic="proportion",
        interval=limits,
        simple=simple,
        keys=pd.DataFrame({"level": pd.Series(labels)}),
        left_out=count_left_out(sample, answered, domains.code),
    )
    estimates = flagged(estimates, (share < -_ROUNDING) | (share > 1 + _ROUNDING), "weights below 0")
    return flagged(estimates, (n > 0) & (df <= 0), "no degrees of freedom")


def spread(sample: Sample, values: Values, answers: Answers, mean: FloatArray) -> FloatArray:
    """Return the weighted variance (domains,) of values about their ``mean`` (domains,), as R's ``svyvar``."""
    inside = answers.domain >= 0
    whole = bool(inside.all())
    domain = answers.domain if whole else answers.domain[inside]
    centred = (values.numbers if whole else values.numbers[inside]) - mean[domain]
    centred **= 2
    if values.variances is not None:
        centred += values.variances if whole else values.variances[inside]
    centred *= sample.weights if whole else sample.weights[inside]
    n = answers.n
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = np.bincount(domain, centred, minlength=len(mean)) / np.where(n > 0, answers.weight, np.nan)
        variance: FloatArray = sums * np.where(n > 1, n / (n - 1), np.nan)
    return variance


def _means(values: Sequence[Values], answers: Sequence[Answers], domains: Domains) -> Smooth:
    """Return the means of variables as functions of the sums of answers and of values."""
    columns: list[FloatArray | None] = []
    shared = all(each.domain is answers[0].domain for each in answers)
    for value, each in zip(values, answers, strict=True):
        counted = each.domain >= 0
        number = value.numbers
        columns += [None, number] if shared else [counted.astype(np.float64), np.where(counted, number, 0)]
    domain = answers[0].domain if shared else domains.code

    def function(sums: FloatArray) -> FloatArray:
        return sums[..., 1::2, :] / np.where(sums[..., ::2, :] == 0, np.nan, sums[..., ::2, :])

    def gradient(sums: FloatArray) -> FloatArray:
        slopes = np.zeros((len(values), len(columns), domains.count))
        for place, mean in enumerate(function(sums)):
            weight = np.where(sums[2 * place] == 0, np.nan, sums[2 * place])
            slopes[place, 2 * place], slopes[place, 2 * place + 1] = -mean / weight, 1 / weight
        return slopes

    varying = tuple(
        slope for value, each in zip(values, answers, strict=True) for slope in (None, value.slope(each.domain >= 0))
    )
    return Smooth(tuple(columns), domain, domains.count, len(values), function, gradient, varying)


def _infer_shares(sample: Sample, level: IntArray, levels: int, answers: Answers, domains: Domains) -> Inference:
    """Return the shares of levels, ``level`` (n,) being that of each row, with their covariance.

    A row is in one level, so by linearisation the shares follow from the totals of all levels in all domains.
    """
    # "average" depends on the strata that a statistic has somebody in: everybody in the domain, for a share.
    if sample.replicates is not None or sample.single_cluster == "average":
        values = [(level == each).astype(np.float64) for each in range(levels)]
        return infer(sample, _shares(values, answers, domains))
    statistics = domains.count * levels
    cell = np.where(answers.domain >= 0, answers.domain * levels + level, -1)
    slope = np.ones((1, 1, statistics))
    counted = infer(sample, Smooth((None,), cell, statistics, 1, lambda sums: sums, lambda _: slope))
    total = counted.estimate.reshape(domains.count, levels)
    weight = total.sum(axis=1, keepdims=True)
    weight[answers.n == 0] = np.nan
    share = total / weight
    jacobian = (np.eye(levels) - share[:, :, None]) / weight[:, :, None]
    between = counted.covariance.reshape(domains.count, levels, domains.count, levels)
    matrix = np.einsum("dij,djek,elk->diel", jacobian, between, jacobian, optimize=True)
    return replace(counted, estimate=share.ravel(), covariance=matrix.reshape(statistics, statistics)).without(
        np.isnan(share.ravel())
    )


def _shares(values: Sequence[FloatArray], answers: Answers, domains: Domains) -> Smooth:
    """Return the means of variables that the same people answered."""
    size = len(values)

    def function(sums: FloatArray) -> FloatArray:
        return sums[..., 1:, :] / np.where(sums[..., :1, :] == 0, np.nan, sums[..., :1, :])

    def gradient(sums: FloatArray) -> FloatArray:
        weight = np.where(sums[0] == 0, np.nan, sums[0])
        slopes = np.zeros((size, size + 1, domains.count))
        slopes[:, 0] = -function(sums) / weight
        slopes[range(size), range(1, size + 1)] = 1 / weight
        return slopes

    return Smooth((None, *values), answers.domain, domains.count, size, function, gradient)


def _totals(values: Sequence[Values], answers: Sequence[Answers], domains: Domains) -> Smooth:
    """Return the totals of variables."""
    size = len(values)
    columns = [np.where(each.domain >= 0, value.numbers, 0) for value, each in zip(values, answers, strict=True)]
    varying = tuple(value.slope(each.domain >= 0) for value, each in zip(values, answers, strict=True))
    slopes: FloatArray = np.repeat(np.eye(size)[:, :, None], domains.count, axis=2)

    return Smooth(tuple(columns), domains.code, domains.count, size, lambda sums: sums, lambda _: slopes, varying)


def _both_truths(column: pd.Series) -> pd.Series:
    """Return a column of true and false with both as levels, though all answers are alike; another column as it is."""
    known = column.dropna()
    if len(known) and (pd.api.types.is_bool_dtype(known.dtype) or known.map(lambda each: isinstance(each, bool)).all()):
        return column.astype("boolean").astype(pd.CategoricalDtype([False, True]))
    return column
