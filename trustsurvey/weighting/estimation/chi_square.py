"""Tests of independence in a table, and of shares against given ones."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats
from scipy.linalg import LinAlgError, eigh, helmert

from trustsurvey.errors import InputError, UnknownNameError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, encode, find_column
from trustsurvey.weighting.estimation.contingency import Contingency, contingency, infer_counts
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest
from trustsurvey.weighting.estimation.quadratic_forms import (
    exact_tail,
    saddlepoint_tail,
    satterthwaite,
    satterthwaite_tail,
)
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["ChiSquareStatistic", "ChiSquareTest", "fit_test", "independence_test"]

ChiSquareStatistic = Literal["F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint"]

_NO_VARIANCE = 1e-9
_NO_SPREAD = 1e-13
_SINGULAR = 1e11


@dataclass(frozen=True, slots=True, eq=False)
class ChiSquareTest:
    """A test of independence, and the table it is of.

    Attributes
    ----------
    test : HypothesisTest
    design_effects : (degrees of freedom,) array
        How much larger the variance is along each direction of the table than in a simple random sample, the
        generalised design effects of Rao and Scott.
    counts, shares, row_shares, column_shares : Estimates
        Of each cell: the weighted count, and its share of all, of its row, of its column.
    """

    test: HypothesisTest
    design_effects: FloatArray
    counts: Estimates
    shares: Estimates
    row_shares: Estimates
    column_shares: Estimates

    def __repr__(self) -> str:
        return repr(self.test)

    @property
    def statistic(self) -> float:
        """F, or chi-square."""
        return self.test.statistic

    @property
    def df(self) -> float:
        """Degrees of freedom of chi-square, or of the numerator of F."""
        return self.test.df

    @property
    def df_denominator(self) -> float:
        """Degrees of freedom of the denominator of F; missing for chi-square."""
        return self.test.df_denominator

    @property
    def p_value(self) -> float:
        """The probability of a statistic as large, were the variables independent."""
        return self.test.p_value

    @property
    def n(self) -> int:
        """Respondents who answered both."""
        return self.test.n

    @property
    def table(self) -> pd.DataFrame:
        """The test as a table of one row."""
        return self.test.table


def independence_test(sample: Sample, rows: Hashable, columns: Hashable, statistic: str) -> ChiSquareTest:
    """Return the test that two variables are independent (R: ``svychisq``)."""
    if not one_of(statistic, get_args(ChiSquareStatistic)):
        raise InputError(f"no statistic {shown_value(statistic)}; available: {', '.join(get_args(ChiSquareStatistic))}")
    table = contingency(sample, rows, columns)
    effects = _design_effects(table)
    name = f"that {rows} and {columns} are independent"
    if statistic in ("Wald", "adjWald"):
        test = _wald(table, name, statistic == "adjWald")
    else:
        test = _rao_scott(sample, table, effects, name, statistic)
    return ChiSquareTest(test, effects, table.counts, table.shares, table.row_shares, table.column_shares)


def _respondents(table: Contingency) -> tuple[int, float]:
    """Return how many answered both, and their effective number by Kish."""
    return int(table.counts.table["n"].sum()), table.kish


def _interaction(table: Contingency) -> FloatArray:
    """Return contrasts (cells, degrees of freedom) that say how far rows and columns are from independent."""
    return np.asarray(np.kron(helmert(table.rows), helmert(table.columns)).T)


def _design_effects(table: Contingency) -> FloatArray:
    """Return the generalised design effects, the largest first; missing where too many cells are empty."""
    shares = table.shares.table["estimate"].to_numpy()
    contrasts = _interaction(table)
    scaled = contrasts * np.divide(1.0, shares, out=np.zeros(len(shares)), where=shares != 0)[:, None]
    simple = contrasts.T @ scaled / int(table.shares.table["n"].iloc[0])
    try:
        # Where fewer cells are filled than there are ways to differ, rounding alone makes it a matrix to divide by.
        spread = eigh(simple, eigvals_only=True)
        if not spread[0] > _NO_SPREAD * spread[-1]:
            raise LinAlgError
        effects = eigh(scaled.T @ table.shares.covariance @ scaled, simple, eigvals_only=True)[::-1]
    except (LinAlgError, ValueError):
        effects = np.full(contrasts.shape[1], np.nan)
    return np.asarray(effects)


def _rao_scott(sample: Sample, table: Contingency, effects: FloatArray, name: str, statistic: str) -> HypothesisTest:
    """Return Pearson's chi-square with the corrections of Rao and Scott.

    Rao and Scott (1984), On chi-squared tests for multiway contingency tables with cell proportions estimated from
    survey data, Annals of Statistics 12.
    """
    observed = table.shares.table["estimate"].to_numpy().reshape(table.rows, table.columns)
    expected = observed.sum(1, keepdims=True) * observed.sum(0, keepdims=True)
    n, kish = _respondents(table)
    pearson = n * float(((observed - expected) ** 2 / expected).sum())
    mean = float(effects.mean())
    if not mean > _NO_VARIANCE:
        flags = "too many empty cells" if math.isnan(mean) else "no variance to test against"
        flags = "cells below 0, of weights below 0" if (observed < 0).any() else flags
        method = f"Pearson's chi-square test {name}"
        return HypothesisTest(method, math.nan, math.nan, math.nan, math.nan, n, kish, flags=flags)
    # As in R, chi-square itself is that of as many respondents as the design has, those who did not answer too.
    reported = pearson * sample.size / n
    df = table.shares.df
    flags = "" if df > 0 else "no degrees of freedom"
    size = float(effects.sum()) ** 2 / float((effects**2).sum())
    denominator = size * df if df > 0 else math.nan
    if statistic == "Chisq":
        count = len(effects)
        p_value = float(stats.chi2.sf(pearson / mean, count))
        method = f"Pearson's chi-square test with the correction of Rao and Scott {name}"
        return HypothesisTest(method, reported, count, math.nan, p_value, n, kish, flags=flags)
    if statistic == "F":
        value = pearson / float(effects.sum())
        p_value = float(stats.f.sf(value, size, denominator))
        method = f"Pearson's chi-square test with the F of Rao and Scott {name}"
        return HypothesisTest(method, value, size, denominator, p_value, n, kish, flags=flags)
    # R takes the denominator as known for replicates.
    over = math.inf if sample.replicates is not None else denominator
    if statistic == "lincom":
        p_value = exact_tail(pearson, effects, over)
        method = f"Pearson's chi-square test, exact for its design effects, {name}"
    if statistic == "saddlepoint" or math.isnan(p_value):
        p_value = saddlepoint_tail(pearson, effects, over)
        method = f"Pearson's chi-square test, saddlepoint approximation, {name}"
    return HypothesisTest(method, reported, len(effects), math.nan, p_value, n, kish, flags=flags)


def _wald(table: Contingency, name: str, adjusted: bool) -> HypothesisTest:
    """Return the Wald test of observed less expected counts.

    Koch, Freeman and Freeman (1975), Strategies in the multivariate analysis of data from complex surveys,
    International Statistical Review 43; Thomas and Rao (1987) for the adjustment.
    """
    counts = table.counts.table["estimate"].to_numpy().reshape(table.rows, table.columns)
    row, column, total = counts.sum(1), counts.sum(0), counts.sum()
    gap = (counts - np.outer(row, column) / total).ravel()
    place = np.arange(counts.size)
    same_row = place[:, None] // table.columns == place // table.columns
    same_column = place[:, None] % table.columns == place % table.columns
    of_row, of_column = row[place // table.columns], column[place % table.columns]
    slopes = np.eye(counts.size) - same_row * (of_column / total)[:, None] - same_column * (of_row / total)[:, None]
    slopes += (of_row * of_column / total**2)[:, None]
    covariance = slopes @ table.counts.covariance @ slopes.T
    free = np.arange(counts.size).reshape(counts.shape)[1:, 1:].ravel()
    n, kish = _respondents(table)
    size, df = len(free), table.counts.df
    denominator = df - size + 1 if adjusted else df
    method = f"{'adjusted ' if adjusted else ''}Wald test {name}"
    if denominator <= 0 or df < size:
        flags = "fewer degrees of freedom than the table has"
        return HypothesisTest(method, math.nan, size, math.nan, math.nan, n, kish, flags=flags)
    among = covariance[np.ix_(free, free)]
    errors = np.sqrt(np.maximum(np.diag(among), 0))
    if (errors <= _NO_VARIANCE * abs(total)).any() or np.linalg.cond(among / np.outer(errors, errors)) > _SINGULAR:
        return HypothesisTest(method, math.nan, size, math.nan, math.nan, n, kish, flags="no variance to test against")
    chi_square = float(gap[free] @ np.linalg.solve(among, gap[free]))
    statistic = chi_square * denominator / (size * df) if adjusted else chi_square / size
    p_value = float(stats.f.sf(statistic, size, denominator))
    return HypothesisTest(method, statistic, size, denominator, p_value, n, kish)


def fit_test(sample: Sample, y: Hashable, shares: object) -> HypothesisTest:
    """Return the test that a variable has these shares (R: ``svygofchisq``)."""
    encoded = encode(find_column(sample.data, y))
    labels = encoded.labels
    if not isinstance(shares, Mapping) or len(shares) < 2:
        raise InputError(
            f'the shares to test against are a mapping, as {{"a": 0.2, "b": 0.8}}; got {shown_value(shares)}'
        )
    used = (encoded.codes >= 0) & (sample.weights != 0)
    present = {labels[code] for code in np.unique(encoded.codes[used])}
    unknown = [level for level in shares if level not in labels]
    if unknown:
        raise UnknownNameError(f"level of {y!r}", unknown[0], labels)
    lacking = [label for label in labels if label in present and label not in shares]
    if lacking:
        raise InputError(f"level {lacking[0]!r} of {y!r} has no share to test against; give one to each level")
    given = [float(share) if isinstance(share, int | float | np.number) else math.nan for share in shares.values()]
    if not all(share > 0 and math.isfinite(share) for share in given):
        raise InputError("the shares to test against are numbers above 0, or counts in their proportion")
    expected_share = np.array(given) / sum(given)
    place = np.full(len(labels) + 1, -1, dtype=np.intp)
    for position, level in enumerate(shares):
        place[labels.index(level)] = position
    cell = np.where(used, place[encoded.codes], -1)
    cells = len(given)
    counts, covariance, df = infer_counts(
        sample, cell, cells, 1, lambda counts: counts[..., None, :], lambda _: np.eye(cells)
    )
    total = counts.sum()
    expected = expected_share * total
    pearson = float(((counts - expected) ** 2 / expected).sum())
    # Of (observed - expected) / root of expected, where the expected ones grow with the total.
    by_total = -expected_share * (1 / np.sqrt(expected) + (counts - expected) / (2 * expected**1.5))
    slopes = np.diag(1 / np.sqrt(expected)) + by_total[:, None]
    weights = np.linalg.eigvalsh(slopes @ covariance @ slopes.T)[::-1]
    inside = cell >= 0
    n = int(sample.respondents[inside].sum())
    kish = float(sample.weights[inside].sum() ** 2 / sample.squared_weights[inside].sum()) if n else math.nan
    method = f"chi-square test with the correction of Rao and Scott that {y} has the given shares"
    if not weights.sum() > _NO_VARIANCE * abs(total):
        flags = "no variance to test against"
        return HypothesisTest(method, math.nan, math.nan, math.nan, math.nan, n, kish, flags=flags)
    flags = "" if df > 0 else "no degrees of freedom"
    p_value = satterthwaite_tail(pearson, weights)
    return HypothesisTest(method, pearson, satterthwaite(weights)[1], math.nan, p_value, n, kish, flags=flags)
