"""Quantiles by domain, with the intervals of Woodruff."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, IntArray, Names, name_list
from trustsurvey.weighting.estimation.answers import Answers, assemble, count_answers, domain_names, interleaved
from trustsurvey.weighting.estimation.domains import Domains, check_size, numbers, read_domains
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.functions import (
    count_left_out,
    degrees_by_domain,
    flagged,
    linear_simple_variance,
)
from trustsurvey.weighting.estimation.intervals import (
    arcsine_interval,
    beta_interval,
    critical_t,
    logit_interval,
    t_interval,
)
from trustsurvey.weighting.estimation.quantile_rules import RULES, Sorted, without_zeros
from trustsurvey.weighting.estimation.ratios import ratios_of
from trustsurvey.weighting.sampling.inference import Inference, infer
from trustsurvey.weighting.sampling.rows import Part
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["QuantileInterval", "estimate_quantiles"]

QuantileInterval = Literal["mean", "beta", "xlogit", "asin", "quantile"]

_ROUNDING = 1e-12
_STEPS = ("math", "school", "hf1", "hf2", "hf3")


def estimate_quantiles(
    sample: Sample, y: Names, p: object, by: Names | None, rule: str, interval: str, name: str = "quantile"
) -> Estimates:
    """Return quantiles by domain (R: ``svyquantile(na.rm = TRUE)``)."""
    shares = _shares(p)
    _check_choices(sample, rule, interval)
    variables, names = name_list(y), domain_names(by, "variable", *(["p"] if name == "quantile" else []))
    if not variables:
        raise InputError(f"name at least one variable to take the {name} of")
    domains = read_domains(sample.data, names)
    check_size(len(variables) * len(shares) * domains.count)
    columns, anybody = [], np.zeros(len(sample.data), dtype=bool)
    for variable in variables:
        values = numbers(sample.data, variable, name)
        anybody |= ~np.isnan(values)
        columns.append(_Column(sample, values, domains, rule))
    quantiles = _Quantiles(tuple(columns), shares)
    answers = [column.answers for column in columns for _ in shares]
    keys = _keys(variables if isinstance(y, list | tuple) else None, shares, name == "quantile", len(variables))
    inference, limits, simple = _woodruff(sample, quantiles, answers, domains, interval)
    if interval == "quantile":
        inference = infer(sample, quantiles).without(inference.estimate != inference.estimate)
        limits = t_interval(inference.estimate, inference.se, _degrees(sample, quantiles, domains))
        simple = simple * np.nan
    estimates = assemble(
        sample,
        domains,
        answers,
        inference,
        by=names,
        statistic=name,
        interval=limits,
        simple=simple,
        keys=keys,
        left_out=count_left_out(sample, anybody, domains.code),
    )
    n, unknown = estimates.table["n"].to_numpy() > 1, np.isnan(limits[0]) | np.isnan(limits[1])
    estimates = flagged(estimates, n & unknown & (inference.df > 0), "interval reaches past the answers")
    negative = bool((sample.weights < 0).any())
    return flagged(estimates, n & negative, "weights below 0")


@dataclass(frozen=True, slots=True, eq=False, init=False)
class _Column:
    """One variable, its values sorted within domains once, whatever the weights."""

    values: FloatArray
    answers: Answers
    rule: str
    counts: IntArray | None
    order: IntArray
    starts: IntArray

    def __init__(self, sample: Sample, values: FloatArray, domains: Domains, rule: str) -> None:
        answers = count_answers(sample, ~np.isnan(values), domains)
        inside = np.flatnonzero(answers.domain >= 0)
        domain = answers.domain[inside]
        order = np.argsort(values[inside], kind="stable")
        if domains.count > 1:
            order = order[np.argsort(domain[order].astype(np.int16), kind="stable")]
        order = inside[order]
        starts = np.concatenate([[0], np.cumsum(np.bincount(domain, minlength=domains.count))])
        for name, value in {
            "values": values,
            "answers": answers,
            "rule": rule,
            "counts": sample.counts,
            "order": order,
            "starts": starts,
        }.items():
            object.__setattr__(self, name, value)

    def samples(self, weights: FloatArray) -> list[Sorted]:
        """Return the answers of each domain in order, with some weights (n,)."""
        return [self._sample(weights, domain) for domain in range(len(self.starts) - 1)]

    def _sample(self, weights: FloatArray, domain: int) -> Sorted:
        rows = self.order[self.starts[domain] : self.starts[domain + 1]]
        values, weight = self.values[rows], weights[rows]
        if self.counts is not None and len(rows) and self.counts[rows[0]] > 1:
            # Rules that go on to the second answer find it among the respondents of the first row.
            values, weight = np.r_[values[0], values], np.r_[weight[0] / 2, weight[0] / 2, weight[1:]]
        return without_zeros(values, weight)

    def quantiles(self, samples: Sequence[Sorted], shares: FloatArray) -> FloatArray:
        """Return quantiles at shares (k,) or (k, domains), NaN where the share is: (k, domains)."""
        result = np.full((len(shares), len(samples)), np.nan)
        wanted = np.broadcast_to(shares.reshape(len(shares), -1), result.shape)
        for domain, sample in enumerate(samples):
            for place, share in enumerate(wanted[:, domain]):
                if not np.isnan(share):
                    result[place, domain] = sample.quantile(float(share), self.rule)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class _Quantiles:
    """The quantiles of several variables at the same shares (k,), of each domain side by side."""

    columns: tuple[_Column, ...]
    shares: FloatArray

    @property
    def size(self) -> int:
        return len(self.columns) * len(self.shares) * (len(self.columns[0].starts) - 1)

    def estimate(self, weights: FloatArray) -> FloatArray:
        return self.ordered([column.quantiles(column.samples(weights), self.shares) for column in self.columns])

    def ordered(self, numbers: Sequence[FloatArray]) -> FloatArray:
        """Return numbers (k, domains) of each variable as statistics (size,)."""
        return np.concatenate(numbers).T.ravel()

    def by_column(self, numbers: FloatArray) -> list[FloatArray]:
        """Return statistics (size,) as numbers (k, domains) of each variable."""
        return np.split(numbers.reshape(-1, len(self.columns) * len(self.shares)).T, len(self.columns))

    def influence(self, weights: FloatArray) -> Sequence[Part]:  # noqa: ARG002
        raise InputError('interval="quantile" needs replicates; make them by with_replicates, or choose "mean"')


def _woodruff(
    sample: Sample, quantiles: _Quantiles, answers: Sequence[Answers], domains: Domains, interval: str
) -> tuple[Inference, tuple[FloatArray, FloatArray], FloatArray]:
    """Return quantiles with the intervals that the shares of the answers up to them have.

    The standard error is the width of the interval over twice the quantile of t; two quantiles are correlated as these
    shares are (Francisco and Fuller 1991).
    """
    weights = _inverted_twice(sample)
    samples = [column.samples(weights) for column in quantiles.columns]
    estimate = quantiles.ordered(
        [column.quantiles(each, quantiles.shares) for column, each in zip(quantiles.columns, samples, strict=True)]
    )
    alone = len(quantiles.columns) == 1
    summed: list[FloatArray | None] = []
    for column, here in zip(quantiles.columns, quantiles.by_column(estimate), strict=True):
        answered = column.answers.domain >= 0
        for quantile in here:
            below = answered & (column.values <= quantile[column.answers.domain])
            summed += [below.astype(np.float64), None if alone else answered.astype(np.float64)]
    below = ratios_of(summed, quantiles.columns[0].answers.domain if alone else domains.code, domains.count)
    shares = infer(sample, below)
    simple = linear_simple_variance(sample, below, answers)
    n = interleaved([each.n for each in answers]).astype(np.float64)
    df = _degrees(sample, quantiles, domains)
    least, most = _share_interval(shares, n, df, interval)
    with np.errstate(invalid="ignore"):
        usable = (n > 1) & (shares.estimate > 0) & (shares.estimate < 1) & (shares.se > _ROUNDING)
        least, most = np.where(usable & (least >= 0), least, np.nan), np.where(usable & (most <= 1), most, np.nan)
    low, high = (
        quantiles.ordered(
            [
                column.quantiles(each, limit)
                for column, each, limit in zip(quantiles.columns, samples, quantiles.by_column(limits), strict=True)
            ]
        )
        for limits in (least, most)
    )
    alike = quantiles.ordered([np.tile(_alike(column), (len(quantiles.shares), 1)) for column in quantiles.columns])
    constant = (alike > 0) & (n > 1)
    low, high = np.where(constant, estimate, low), np.where(constant, estimate, high)
    se = np.abs(high - low) / (2 * critical_t(df))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = shares.covariance / np.outer(shares.se, shares.se)
        simple = np.where(shares.se > 0, se**2 * simple / shares.se**2, np.nan)
    correlation[constant, :] = 0
    correlation[:, constant] = 0
    np.fill_diagonal(correlation, 1)
    covariance = correlation * np.outer(se, se)
    return Inference(estimate, covariance, shares.df), (low, high), simple


def _degrees(sample: Sample, quantiles: _Quantiles, domains: Domains) -> FloatArray:
    """Return the degrees of freedom (size,) among those who answered in each domain (R: ``svyquantile(na.rm)``)."""
    each = [degrees_by_domain(sample, column.answers.domain, domains.count) for column in quantiles.columns]
    return quantiles.ordered([np.tile(df, (len(quantiles.shares), 1)) for df in each])


def _inverted_twice(sample: Sample) -> FloatArray:
    """Return the weights (n,) as R's designs give them, which hold their inverse: 49 is a digit less there.

    Where answers weigh the same, that digit says whether their share reaches p.
    """
    if sample.replicates is not None and sample.replicates.imported:
        return sample.weights
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1 / (1 / sample.weights))


def _share_interval(shares: Inference, n: FloatArray, df: FloatArray, interval: str) -> tuple[FloatArray, FloatArray]:
    share, se = shares.estimate, shares.se
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(se > 0, share * (1 - share) / se**2, np.nan)
    if interval == "beta":
        return beta_interval(share, effective, n, df)
    if interval == "xlogit":
        return logit_interval(share, se, df, effective)
    if interval == "asin":
        return arcsine_interval(share, se, df)
    return t_interval(share, se, df)


def _alike(column: _Column) -> FloatArray:
    """Return 1 for the domains (domains,) whose answers are all alike."""
    result = np.zeros(len(column.starts) - 1)
    ordered = column.values[column.order]
    for domain, (start, stop) in enumerate(zip(column.starts[:-1], column.starts[1:], strict=True)):
        result[domain] = stop > start and ordered[start] == ordered[stop - 1]
    return result


def _keys(variables: Sequence[Hashable] | None, shares: FloatArray, named: bool, columns: int) -> pd.DataFrame | None:
    keys: dict[str, object] = {}
    if variables is not None:
        keys["variable"] = [variable for variable in variables for _ in shares]
    if named:
        keys["p"] = np.tile(shares, columns)
    return pd.DataFrame(keys) if keys else None


def _shares(p: object) -> FloatArray:
    given = list(p) if isinstance(p, list | tuple | np.ndarray | pd.Series) else [p]
    plain = [each for each in given if isinstance(each, int | float | np.number) and not isinstance(each, bool)]
    if not given or len(plain) < len(given) or not all(0 <= each <= 1 for each in plain):
        raise InputError(
            f"p is a share between 0 and 1, as 0.5 for the median, or a list of them; got {shown_value(p)}"
        )
    shares = np.array(plain, dtype=np.float64)
    if len(np.unique(shares)) < len(shares):
        raise InputError(f"p names a share twice: {p!r}")
    return shares


def _check_choices(sample: Sample, rule: object, interval: object) -> None:
    if not one_of(rule, RULES):
        raise InputError(f"no rule {shown_value(rule)} for quantiles; available: {', '.join(RULES)}")
    if sample.counts is not None and rule not in _STEPS:
        raise InputError(
            f"rule {rule!r} needs a row for each respondent, and a design from a query holds cells of many; choose "
            '"math", "school", "hf1", "hf2" or "hf3"'
        )
    choices = get_args(QuantileInterval)
    if not one_of(interval, choices):
        raise InputError(f"no interval {shown_value(interval)} for quantiles; available: {', '.join(choices)}")
    if interval == "quantile" and sample.replicates is None:
        raise InputError('interval="quantile" needs replicates; make them by with_replicates, or choose "mean"')
