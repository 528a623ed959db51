"""Estimates of smooth functions of weighted sums: what ratios, variances and correlations have in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.estimation.answers import Answers, BoolArray, assemble, interleaved, simple_variance
from trustsurvey.weighting.estimation.domains import Domains
from trustsurvey.weighting.estimation.estimates import Estimates, join_flags
from trustsurvey.weighting.estimation.intervals import t_interval
from trustsurvey.weighting.sampling.inference import Inference, Smooth, infer
from trustsurvey.weighting.sampling.rows import CURVED
from trustsurvey.weighting.sampling.sample import Sample

__all__ = [
    "Limits",
    "count_left_out",
    "degrees_by_domain",
    "estimate_functions",
    "flagged",
    "linear_simple_variance",
    "logit_errors",
]

_DENSE = 1 << 16

Limits = Callable[[Inference], tuple[FloatArray, FloatArray]]


def estimate_functions(
    sample: Sample,
    domains: Domains,
    answers: Sequence[Answers],
    statistic: Smooth,
    *,
    name: str,
    by: Sequence[Hashable],
    keys: pd.DataFrame | None,
    left_out: int,
    least: int = 1,
    limits: Limits | None = None,
) -> Estimates:
    """Return the table of a statistic that has one number for each of ``answers`` in each domain.

    Parameters
    ----------
    least : int
        The answers without which there is no number.
    limits : callable, optional
        The interval of an inference; that on Student's t otherwise.
    """
    inference = infer(sample, statistic)
    n = interleaved([each.n for each in answers])
    inference = inference.without(n < least)
    simple = linear_simple_variance(sample, statistic, answers)
    low, high = limits(inference) if limits else t_interval(inference.estimate, inference.se, inference.df)
    # One answer says nothing about the spread of others.
    low, high = np.where(n == 1, np.nan, low), np.where(n == 1, np.nan, high)
    return assemble(
        sample,
        domains,
        answers,
        inference,
        by=by,
        statistic=name,
        interval=(low, high),
        simple=simple,
        keys=keys,
        left_out=left_out,
    )


def linear_simple_variance(sample: Sample, statistic: Smooth, answers: Sequence[Answers]) -> FloatArray:
    """Return the variance (statistics,) that the linearised statistic has in a simple random sample (R: ``deff``)."""
    n, weight = interleaved([each.n for each in answers]), interleaved([each.weight for each in answers])
    spreads = []
    for part, each in zip(statistic.influence(sample.weights), answers, strict=True):
        inside = each.domain >= 0
        squares = part.values**2
        if any(slope.value == CURVED for slope in part.slopes):
            squares = np.full(len(squares), np.nan)
        elif sample.moments is not None:
            for one in part.slopes:
                for other in part.slopes:
                    pair = sample.moments.pair(one.value, other.value)
                    squares = squares + one.slope * other.slope * sample.moments.products[:, pair]
        sums = np.bincount(each.domain[inside], (sample.weights * squares)[inside], minlength=len(each.n))
        with np.errstate(divide="ignore", invalid="ignore"):
            spreads.append(sums * each.weight * np.where(each.n > 1, each.n / (each.n - 1), np.nan))
    return simple_variance(sample, interleaved(spreads), n, weight)


def logit_errors(sample: Sample, inference: Inference) -> FloatArray | None:
    """Return the standard errors (statistics,) that replicates give the logits of shares; None without replicates.

    Missing where a share is 0 or 1, in a replicate too.
    """
    shares = inference.replicates
    if sample.replicates is None or shares is None:
        return None
    inside = ((shares > 0) & (shares < 1)).all(axis=0) & (inference.estimate > 0) & (inference.estimate < 1)
    safe, centre = np.where(inside, shares, 0.5), np.where(inside, inference.estimate, 0.5)
    covariance = sample.replicates.covariance(np.log(safe / (1 - safe)), np.log(centre / (1 - centre)))
    return np.where(inside, np.sqrt(np.maximum(np.diag(covariance), 0)), np.nan)


def degrees_by_domain(sample: Sample, domain: IntArray, domains: int) -> FloatArray:
    """Return the degrees of freedom (domains,) among the rows of each domain (n,), -1 for none (R: ``svyby``)."""
    first = sample.structure.stages[0]
    if sample.replicates is not None or first.shared is not None:
        each = (sample.degrees_of_freedom(domain == number) for number in range(domains))
        return np.array([float(df) for df in each])
    inside = domain >= 0
    code = domain[inside].astype(np.intp)
    if first.cluster is None:
        stratum = first.stratum[inside]
        clusters = np.bincount(code, None if sample.counts is None else sample.counts[inside], minlength=domains)
    else:
        cluster = first.cluster[inside]
        stratum = first.stratum[cluster]
        clusters = _distinct(code, cluster, domains, len(first.stratum))
    return np.asarray(clusters - _distinct(code, stratum, domains, len(first.sampled)), dtype=np.float64)


def _distinct(code: IntArray, group: IntArray, codes: int, groups: int) -> IntArray:
    """Return how many groups occur with each code."""
    pair = code * groups + group
    if codes * groups <= max(_DENSE, 4 * len(pair)):
        met = np.bincount(pair, minlength=codes * groups).reshape(codes, groups) > 0
        return np.asarray(met.sum(axis=1), dtype=np.intp)
    return np.bincount(np.unique(pair) // groups, minlength=codes)


def flagged(estimates: Estimates, rows: BoolArray, text: str) -> Estimates:
    """Return the estimates with one more flag in these rows (rows,)."""
    if not rows.any():
        return estimates
    given = estimates.table["flags"]
    flags = [join_flags([flag, text]) if here else flag for flag, here in zip(given, rows, strict=True)]
    return replace(estimates, table=estimates.table.assign(flags=flags))


def count_left_out(sample: Sample, answered: BoolArray, domain: IntArray) -> int:
    """Return how many answered, but are in no domain."""
    rows = answered & (sample.weights != 0) & (domain < 0)
    return int(np.count_nonzero(rows) if sample.counts is None else sample.counts[rows].sum())
