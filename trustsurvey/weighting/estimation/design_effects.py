"""Design effects side by side: of the weights alone, by linearisation, from replicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from trustsurvey.weighting.encoding import Names, name_list
from trustsurvey.weighting.estimation.answers import count_answers, interleaved
from trustsurvey.weighting.estimation.domains import read_domains, read_values
from trustsurvey.weighting.estimation.means import estimate_means
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["compare_design_effects"]


def compare_design_effects(sample: Sample, y: Names, by: Names | None) -> pd.DataFrame:
    """Return the design effects of means by domain: Kish's, and those of the variance by each method there is."""
    means = estimate_means(sample, y, by)
    table = means.table[[*means.keys, "n"]].copy()
    domains = read_domains(sample.data, name_list(by))
    answers = [
        count_answers(sample, ~np.isnan(read_values(sample, name, "mean").numbers), domains) for name in name_list(y)
    ]
    n, kish = interleaved([each.n for each in answers]), interleaved([each.kish for each in answers])
    table["kish"] = np.divide(n, kish, out=np.full(len(kish), np.nan), where=kish > 0)
    table["taylor"] = np.nan
    table["replicates"] = np.nan
    if sample.replicates is None:
        table["taylor"] = means.table["deff"]
    else:
        table["replicates"] = means.table["deff"]
        if not sample.replicates.imported:
            table["taylor"] = estimate_means(replace(sample, replicates=None), y, by).table["deff"]
    return table
