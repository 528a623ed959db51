"""Who answered in each domain, and what that says of an estimate: counts, design effects, flags, the tidy table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, IntArray, Names, name_list
from trustsurvey.weighting.estimation.domains import Domains
from trustsurvey.weighting.estimation.estimates import Estimates, join_flags
from trustsurvey.weighting.sampling.inference import Inference
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.variance import unmeasured

__all__ = ["Answers", "assemble", "count_answers", "domain_names", "interleaved", "simple_variance"]

BoolArray = npt.NDArray[np.bool_]

_ROUNDING = 1e-20
_SINGLE = "only strata with a single cluster"
_RESULTS = ("estimate", "se", "low", "high", "n", "n_effective", "deff", "flags", "difference", "contrast", "p_value")


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Those who answered a variable, by domain.

    Attributes
    ----------
    domain : (n,) array
        The domain of each row that counts, -1 of any other.
    n, weight, kish : (domains,) array
        Respondents, the sum of their weights, and Kish's effective number of them.
    """

    domain: IntArray
    n: IntArray
    weight: FloatArray
    kish: FloatArray


def count_answers(sample: Sample, answered: BoolArray, domains: Domains) -> Answers:
    """Count those who ``answered`` (n,) and whose weight is not 0."""
    counted = answered & (sample.weights != 0)
    whole = bool(counted.all())
    domain = domains.code if whole else np.where(counted, domains.code, -1)
    inside = domain >= 0
    if inside.all():
        code, weights, squares, counts = domain, sample.weights, sample.squared_weights, sample.counts
    else:
        code, weights, squares = domain[inside], sample.weights[inside], sample.squared_weights[inside]
        counts = None if sample.counts is None else sample.counts[inside]
    n = np.bincount(code, counts, minlength=domains.count)
    weight = np.bincount(code, weights, minlength=domains.count).astype(np.float64)
    square = np.bincount(code, squares, minlength=domains.count)
    kish = weight**2 / np.where(n > 0, square, np.nan)
    return Answers(domain, n.astype(np.int64), weight, kish)


def simple_variance(sample: Sample, spread: FloatArray, n: IntArray, weight: FloatArray) -> FloatArray:
    """Return the variance of a mean in a simple random sample of ``n`` with this variance ``spread`` of its values.

    Without replacement where the weights add up to a population (R: ``deff = TRUE``).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        unsampled = np.where(sample.has_population_weights & (weight > n), (weight - n) / weight, 1.0)
        variance: FloatArray = spread * unsampled / n
    return variance


def interleaved(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return arrays (domains,), one a variable, as one with the variables of each domain side by side."""
    return np.stack(arrays, axis=1).ravel()


def domain_names(by: Names | None, *keys: str) -> list[Hashable]:
    """Return the domain columns; none may be called as a column of the results is.

    Raises
    ------
    InputError
        One is.
    """
    names = name_list(by)
    taken = [name for name in (*_RESULTS, *keys) if name in [each for each in names if isinstance(each, str)]]
    if taken:
        raise InputError(f"by names {', '.join(taken)}, which the table of results has itself; rename it by assign")
    return names


def assemble(
    sample: Sample,
    domains: Domains,
    answers: Sequence[Answers],
    inference: Inference,
    *,
    by: Sequence[Hashable],
    statistic: str,
    interval: tuple[FloatArray, FloatArray],
    simple: FloatArray,
    keys: pd.DataFrame | None = None,
    left_out: int = 0,
) -> Estimates:
    """Return the tidy table of estimates: for each domain a row for each of ``answers``.

    Parameters
    ----------
    answers : sequence of Answers
        Who answered, for each estimate of a domain.
    interval : two (statistics,) arrays
    simple : (statistics,) array
        The variance that a simple random sample would have had.
    keys : DataFrame, optional
        A row for each of ``answers``: what tells the estimates of a domain apart.
    """
    n = interleaved([each.n for each in answers])
    inference = inference.without(n == 0)
    estimate, se, df = inference.estimate, inference.se, inference.df
    deff = np.divide(se**2, simple, out=np.full(len(se), np.nan), where=simple > 0)
    # What all members of one cluster say is not a mean of clusters, and has no error between them.
    together = deff < _ROUNDING
    if together.any():
        together &= _one_cluster(sample, domains, answers)
        deff[together] = np.nan
    kish = interleaved([each.kish for each in answers])
    usable = np.isfinite(deff) & (deff > _ROUNDING)
    n_effective = np.divide(n, deff, out=kish.copy(), where=usable)
    alone = _alone(sample, domains, answers)
    low, high = interval
    # An error of 0 that comes from counting the variance as nothing makes no interval.
    unknown = (alone & (se == 0)) | together
    low, high = np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
    domain, answer = np.repeat(np.arange(domains.count), len(answers)), np.tile(np.arange(len(answers)), domains.count)
    columns: dict[Hashable, object] = {name: labels.take(domain) for name, labels in domains.labels.items()}
    if keys is not None:
        columns |= {name: keys[name].array.take(answer) for name in keys.columns}
    columns |= {
        "estimate": estimate,
        "se": se,
        "low": low,
        "high": high,
        "n": n,
        "n_effective": n_effective,
        "deff": deff,
        "flags": _flags(sample, domains, n, alone, together, df),
    }
    return Estimates(pd.DataFrame(columns), inference.covariance, df, tuple(map(str, by)), statistic, left_out)


def _alone(sample: Sample, domains: Domains, answers: Sequence[Answers]) -> BoolArray:
    """Return which estimates rest on strata alone whose variance is counted as nothing."""
    if sample.replicates is not None:
        return np.zeros(domains.count * len(answers), dtype=bool)
    by_domain = [unmeasured(each.domain, domains.count, sample.structure, sample.single_cluster) for each in answers]
    return interleaved(by_domain)


def _one_cluster(sample: Sample, domains: Domains, answers: Sequence[Answers]) -> BoolArray:
    """Return which estimates rest on several answers, all of them from one cluster."""
    cluster = sample.structure.stages[0].cluster
    if cluster is None:
        return np.zeros(domains.count * len(answers), dtype=bool)
    result = []
    for each in answers:
        inside = each.domain >= 0
        least, most = np.full(domains.count, len(cluster)), np.full(domains.count, -1)
        np.minimum.at(least, each.domain[inside], cluster[inside])
        np.maximum.at(most, each.domain[inside], cluster[inside])
        result.append((least == most) & (each.n > 1))
    return interleaved(result)


def _flags(sample: Sample, domains: Domains, n: IntArray, single: BoolArray, together: BoolArray, df: int) -> list[str]:
    respondents = n
    if (n == 0).any():
        inside = (domains.code >= 0) & (sample.weights != 0)
        counts = None if sample.counts is None else sample.counts[inside]
        people = np.bincount(domains.code[inside], counts, minlength=domains.count)
        respondents = np.repeat(people, len(n) // max(1, domains.count))
    no_df = "no degrees of freedom" if df <= 0 else ""
    flags = []
    rows = zip(respondents.tolist(), n.tolist(), single.tolist(), together.tolist(), strict=True)
    for anybody, answers, alone, one in rows:
        about = "empty" if anybody == 0 else "no answers" if answers == 0 else "one respondent" if answers == 1 else ""
        about = "one cluster" if one else about
        flags.append(join_flags([about, _SINGLE if answers > 1 and alone else "", no_df if answers else ""]))
    return flags
