"""Verbs that test: independence, shares, means, ranks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from trustsurvey.errors import InputError
from trustsurvey.weighting.estimation.chi_square import (
    ChiSquareStatistic,
    ChiSquareTest,
    fit_test,
    independence_test,
)
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest
from trustsurvey.weighting.estimation.mean_tests import mean_test, two_means_test
from trustsurvey.weighting.estimation.rank_tests import RankTest, rank_test

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["chisq", "goodness_of_fit", "ranktest", "ttest"]


def chisq(self: SurveyDesign, rows: Hashable, columns: Hashable, statistic: ChiSquareStatistic = "F") -> ChiSquareTest:
    """Test that two variables are independent, among those who answered both (R: ``svychisq``).

    Parameters
    ----------
    rows, columns : str
        Columns of categories; levels that nobody has are left out.
    statistic : "F", "Chisq", "Wald", "adjWald", "lincom" or "saddlepoint"
        Pearson's chi-square with the second-order (F) or first-order correction of Rao and Scott; a Wald test of the
        counts, or the adjusted one; Pearson's with its distribution in full, or by saddlepoint approximation.

    Returns
    -------
    ChiSquareTest
        The test, its generalised design effects, and the table: weighted counts and shares of all, of rows, of columns.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    return independence_test(self._sample, rows, columns, statistic)


def goodness_of_fit(self: SurveyDesign, y: Hashable, shares: Mapping[Any, float]) -> HypothesisTest:
    """Test that a variable has given shares, as those of a census (R: ``svygofchisq``).

    Parameters
    ----------
    y : str
        A column of categories.
    shares : mapping
        The share of each level, or counts in their proportion, as in ``{"a": 0.2, "b": 0.8}``.

    Returns
    -------
    HypothesisTest
        As in R, the statistic is on the scale of the weights; the p value is of Satterthwaite's approximation.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    return fit_test(self._sample, y, shares)


def ttest(
    self: SurveyDesign,
    y: Hashable,
    by: Hashable | None = None,
    *,
    paired_with: Hashable | None = None,
    mean: float = 0.0,
) -> HypothesisTest:
    """Test a mean, with one degree of freedom less than the design has (R: ``svyttest``).

    Of two groups less than the design has among those who answered, or than its replicates have, as in R.

    Parameters
    ----------
    y : str
        A column of numbers or booleans.
    by : str, optional
        Two groups to compare: the second level less the first (R: ``svyttest(y ~ group)``).
    paired_with : str, optional
        A second answer of the same people, to compare ``y`` with (R: ``svyttest(I(y - other) ~ 0)``).
    mean : float
        Without groups, the value that the mean, or the mean difference, is tested against.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    if by is None:
        return mean_test(self._sample, y, paired_with, mean)
    if paired_with is not None or mean != 0:
        raise InputError("give groups by by=..., or a pair by paired_with=... and a value by mean=..., not both")
    return two_means_test(self._sample, y, by)


def ranktest(self: SurveyDesign, y: Hashable, by: Hashable, test: RankTest = "wilcoxon") -> HypothesisTest:
    """Test that groups rank alike in a variable (R: ``svyranktest``).

    Parameters
    ----------
    y : str
        A column of numbers.
    by : str
        Groups: of two a t test, the second level less the first; of more an F test.
    test : "wilcoxon", "vanderWaerden", "median" or "KruskalWallis"
        Scores: the share of the population below, its normal quantile, or whether it is above a half; with more than
        two groups "wilcoxon" is that of Kruskal and Wallis.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    return rank_test(self._sample, y, by, test)
