"""Means, totals and proportions by domain, with standard errors by Taylor linearisation.

Domains are estimated on the whole design: rows outside one have weight zero there, and no row is dropped.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, IntArray, Names, encode, find_column, name_list
from trustsurvey.weighting.estimation.domains import Domains, check_size, numbers, read_domains
from trustsurvey.weighting.estimation.estimates import Estimates, join_flags
from trustsurvey.weighting.estimation.intervals import (
    ProportionInterval,
    beta_interval,
    logit_interval,
    t_interval,
    wilson_interval,
)
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.variance import Influence, Part, covariance, unmeasured

__all__ = ["estimate_means", "estimate_proportions", "estimate_totals"]


_SINGLE = "only strata with a single cluster"
_RESULTS = ("estimate", "se", "low", "high", "n", "n_effective", "deff", "flags", "difference", "contrast", "p_value")


@dataclass(frozen=True, slots=True)
class _Column:
    """One variable in every domain: arrays by domain, and the weighted influence of each row."""

    estimate: FloatArray
    n: IntArray
    weight: FloatArray
    kish: FloatArray
    spread: FloatArray
    influence: Part


@dataclass(frozen=True, slots=True)
class _Result:
    """All variables in all domains, domain after domain: arrays (statistics,) and their covariance."""

    estimate: FloatArray
    covariance: FloatArray
    se: FloatArray
    n: IntArray
    n_effective: FloatArray
    kish: FloatArray
    deff: FloatArray
    unmeasured: np.ndarray
    flags: list[str]
    df: int


def estimate_means(sample: Sample, y: Names, by: Names | None) -> Estimates:
    """Return means by domain (R: ``svymean(na.rm = TRUE)``, ``svyby``)."""
    return _of_numbers(sample, y, by, "mean")


def estimate_totals(sample: Sample, y: Names, by: Names | None) -> Estimates:
    """Return totals by domain (R: ``svytotal(na.rm = TRUE)``, ``svyby``)."""
    return _of_numbers(sample, y, by, "total")


def estimate_proportions(sample: Sample, y: Hashable, by: Names | None, interval: ProportionInterval) -> Estimates:
    """Return the shares of all levels of a variable by domain (R: ``svymean`` of a factor, ``svyciprop``)."""
    if interval not in ("logit", "wilson", "beta"):
        raise InputError(f'no interval {interval!r} for proportions; available: "logit", "wilson", "beta"')
    names = _domain_names(by, "level")
    domains = read_domains(sample.data, names)
    levels = encode(_both_truths(find_column(sample.data, y)))
    labels: Sequence[Hashable | None] = levels.labels or [None]
    check_size(len(labels) * domains.count)
    answered = levels.codes >= 0
    columns = [
        _column(sample, (levels.codes == code).astype(np.float64), answered, domains, "mean", code, len(labels))
        for code in range(len(labels))
    ]
    result = _combine(sample, columns, domains, "mean")
    share, df = result.estimate, result.df
    # At 0 and 1 the variance is 0 and says nothing about the effective number of answers.
    variance = np.where(result.se > 0, result.se**2, np.nan)
    effective = np.where((share > 0) & (share < 1), share * (1 - share) / variance, result.kish)
    effective = np.where((result.se == 0) & (share > 0) & (share < 1), np.inf, effective)
    if interval == "logit":
        low, high = logit_interval(share, result.se, df, effective)
    elif interval == "wilson":
        low, high = wilson_interval(share, result.n.astype(np.float64) if sample.is_simple else effective)
    else:
        low, high = beta_interval(share, effective, result.n.astype(np.float64), df)
    key = pd.Series(list(labels) * domains.count, name="level")
    return _assemble(sample, result, domains, names, key, low, high, "proportion", answered)


def _both_truths(column: pd.Series) -> pd.Series:
    """Return a column of true and false with both as levels, though all answers are alike; another column as it is."""
    known = column.dropna()
    if len(known) and (pd.api.types.is_bool_dtype(known.dtype) or known.map(lambda each: isinstance(each, bool)).all()):
        return column.astype("boolean").astype(pd.CategoricalDtype([False, True]))
    return column


def _of_numbers(sample: Sample, y: Names, by: Names | None, statistic: Literal["mean", "total"]) -> Estimates:
    variables, names = name_list(y), _domain_names(by, "variable")
    if not variables:
        raise InputError(f"name at least one variable to take the {statistic} of")
    domains = read_domains(sample.data, names)
    columns, answered = [], np.zeros(len(sample.data), dtype=bool)
    for position, name in enumerate(variables):
        values = numbers(sample.data, name, statistic)
        known = ~np.isnan(values)
        answered |= known
        columns.append(_column(sample, np.where(known, values, 0), known, domains, statistic, position, len(variables)))
    result = _combine(sample, columns, domains, statistic)
    low, high = t_interval(result.estimate, result.se, result.df)
    if statistic == "mean":
        # One answer says nothing about the spread of others.
        low, high = np.where(result.n == 1, np.nan, low), np.where(result.n == 1, np.nan, high)
    key = pd.Series(variables * domains.count, name="variable") if isinstance(y, list | tuple) else None
    return _assemble(sample, result, domains, names, key, low, high, statistic, answered)


def _domain_names(by: Names | None, key: str) -> list[Hashable]:
    """Return the domain columns; none may be called as a column of the results is."""
    names = name_list(by)
    taken = [name for name in (*_RESULTS, key) if name in [each for each in names if isinstance(each, str)]]
    if taken:
        raise InputError(f"by names {', '.join(taken)}, which the table of results has itself; rename it by assign")
    return names


def _column(
    sample: Sample,
    values: FloatArray,
    answered: np.ndarray,
    domains: Domains,
    statistic: Literal["mean", "total"],
    position: int,
    variables: int,
) -> _Column:
    """Estimate one variable in all domains; ``position`` is its place among the variables of a domain."""
    used = answered & (domains.code >= 0) & (sample.weights != 0)
    everyone = bool(used.all())
    domain = domains.code if everyone else domains.code[used]
    weights = sample.weights if everyone else sample.weights[used]
    value = values if everyone else values[used]

    def summed(each: FloatArray | None) -> FloatArray:
        return np.bincount(domain, each, minlength=domains.count).astype(np.float64)

    n, weight = summed(None), summed(weights)
    safe_weight = np.where(weight == 0, np.nan, weight)
    total = summed(weights * value)
    mean = total / safe_weight
    centred = value - mean[domain]
    deviation = weights * centred
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = summed(deviation * centred) / safe_weight * np.where(n > 1, n / (n - 1), np.nan)
    influence = deviation * (1 / safe_weight)[domain] if statistic == "mean" else weights * value
    member = domain
    if not everyone:
        influence, member = _spread_out(used, influence, 0.0), _spread_out(used, domain, -1)
    estimate = np.where(n > 0, mean if statistic == "mean" else total, np.nan)
    kish = weight**2 / np.where(n > 0, summed(weights**2), np.nan)
    return _Column(estimate, n.astype(np.int64), weight, kish, spread, Part(influence, member, position, variables))


def _spread_out(used: np.ndarray, values: np.ndarray, elsewhere: float) -> np.ndarray:
    result = np.full(len(used), elsewhere, dtype=values.dtype)
    result[used] = values
    return result


def _combine(
    sample: Sample, columns: Sequence[_Column], domains: Domains, statistic: Literal["mean", "total"]
) -> _Result:
    def interleaved(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack(arrays, axis=1).ravel()

    statistics = domains.count * len(columns)
    n = interleaved([column.n for column in columns])
    estimate = interleaved([column.estimate for column in columns])
    parts = tuple(column.influence for column in columns)
    influence = Influence(len(sample.data), statistics, parts).residuals(sample.calibrations)
    matrix = covariance(influence, sample.structure, sample.single_cluster)
    matrix[np.isnan(estimate), :] = np.nan
    matrix[:, np.isnan(estimate)] = np.nan
    se = np.sqrt(np.maximum(np.diag(matrix), 0))
    weight = interleaved([column.weight for column in columns])
    spread = interleaved([column.spread for column in columns])
    kish = interleaved([column.kish for column in columns])
    with np.errstate(divide="ignore", invalid="ignore"):
        unsampled = np.where(sample.has_population_weights & (weight > n), (weight - n) / weight, 1.0)
        simple = spread * unsampled / n * (weight**2 if statistic == "total" else 1.0)
        deff = np.where(simple > 0, se**2 / simple, np.nan)
        n_effective = np.where(np.isfinite(deff) & (deff > 0), n / deff, kish)
    df = sample.df
    single = unmeasured(parts, statistics, sample.structure, sample.single_cluster)
    flags = _flags(sample, domains, n, single, df)
    return _Result(estimate, matrix, se, n, n_effective, kish, deff, single & (se == 0), flags, df)


def _flags(sample: Sample, domains: Domains, n: IntArray, single: np.ndarray, df: int) -> list[str]:
    inside = domains.code[(domains.code >= 0) & (sample.weights != 0)]
    respondents = np.repeat(np.bincount(inside, minlength=domains.count), len(n) // max(1, domains.count))
    no_df = "no degrees of freedom" if df <= 0 else ""
    flags = []
    for people, answers, alone in zip(respondents.tolist(), n.tolist(), single.tolist(), strict=True):
        about = "empty" if people == 0 else "no answers" if answers == 0 else "one respondent" if answers == 1 else ""
        flags.append(join_flags([about, _SINGLE if answers > 1 and alone else "", no_df if answers else ""]))
    return flags


def _assemble(
    sample: Sample,
    result: _Result,
    domains: Domains,
    names: Sequence[Hashable],
    key: pd.Series | None,
    low: FloatArray,
    high: FloatArray,
    statistic: str,
    answered: np.ndarray,
) -> Estimates:
    # An error of 0 that comes from counting the variance as nothing makes no interval.
    low, high = np.where(result.unmeasured, np.nan, low), np.where(result.unmeasured, np.nan, high)
    repeated = np.repeat(np.arange(domains.count), len(result.n) // max(1, domains.count))
    table = domains.table.iloc[repeated].reset_index(drop=True)
    if key is not None:
        table[key.name] = key
    table = table.assign(
        estimate=result.estimate,
        se=result.se,
        low=low,
        high=high,
        n=result.n,
        n_effective=result.n_effective,
        deff=result.deff,
        flags=result.flags,
    )
    left_out = int((answered & (sample.weights != 0) & (domains.code < 0)).sum())
    return Estimates(table, result.covariance, result.df, tuple(str(name) for name in names), statistic, left_out)
