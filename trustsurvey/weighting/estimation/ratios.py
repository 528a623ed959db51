"""Ratios of two totals by domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, IntArray, Names, name_list
from trustsurvey.weighting.estimation.answers import count_answers, domain_names
from trustsurvey.weighting.estimation.domains import check_size, read_domains, read_values
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.functions import count_left_out, estimate_functions, flagged
from trustsurvey.weighting.sampling.inference import Smooth
from trustsurvey.weighting.sampling.rows import Slope
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["estimate_ratios", "ratios_of"]


def estimate_ratios(sample: Sample, numerator: Names, denominator: Names, by: Names | None) -> Estimates:
    """Return the ratio of every numerator to every denominator by domain (R: ``svyratio(na.rm = TRUE)``)."""
    names = domain_names(by, "numerator", "denominator")
    pairs = [(top, bottom) for bottom in name_list(denominator) for top in name_list(numerator)]
    if not pairs:
        raise InputError("name at least one numerator and one denominator of the ratio")
    domains = read_domains(sample.data, names)
    check_size(len(pairs) * domains.count)
    columns: list[FloatArray] = []
    varying: list[Slope | None] = []
    answers, anybody = [], np.zeros(len(sample.data), dtype=bool)
    for pair in pairs:
        values = [read_values(sample, name, "ratio") for name in pair]
        known = ~(np.isnan(values[0].numbers) | np.isnan(values[1].numbers))
        anybody |= known
        answers.append(count_answers(sample, known, domains))
        columns += [np.where(known, value.numbers, 0) for value in values]
        varying += [value.slope(known) for value in values]
    several = isinstance(numerator, list | tuple) or isinstance(denominator, list | tuple)
    keys = pd.DataFrame(pairs, columns=["numerator", "denominator"]) if several else None
    statistic = replace(ratios_of(columns, domains.code, domains.count), varying=tuple(varying))
    estimates = estimate_functions(
        sample,
        domains,
        answers,
        statistic,
        name="ratio",
        by=names,
        keys=keys,
        left_out=count_left_out(sample, anybody, domains.code),
    )
    undefined = estimates.table["estimate"].isna() & (estimates.table["n"] > 0)
    return flagged(estimates, undefined.to_numpy(dtype=bool), "denominator adds up to 0")


def ratios_of(columns: Sequence[FloatArray | None], domain: IntArray, domains: int) -> Smooth:
    """Return the ratio of the sum of each even column to that of the next one, by domain; None stands for 1s."""
    size = len(columns) // 2

    def function(sums: FloatArray) -> FloatArray:
        bottom = sums[..., 1::2, :]
        return np.asarray(sums[..., ::2, :] / np.where(bottom == 0, np.nan, bottom))

    def gradient(sums: FloatArray) -> FloatArray:
        slopes = np.zeros((size, len(columns), domains))
        for place, ratio in enumerate(function(sums)):
            bottom = np.where(sums[2 * place + 1] == 0, np.nan, sums[2 * place + 1])
            slopes[place, 2 * place], slopes[place, 2 * place + 1] = 1 / bottom, -ratio / bottom
        return np.nan_to_num(slopes)

    return Smooth(tuple(columns), domain, domains, size, function, gradient)
