"""Verbs that describe how answers are distributed: ratios, quantiles, variances, correlations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from trustsurvey.weighting.encoding import Names
from trustsurvey.weighting.estimation.design_effects import compare_design_effects
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.moments import (
    estimate_correlations,
    estimate_covariances,
    estimate_deviations,
    estimate_variances,
)
from trustsurvey.weighting.estimation.quantile_rules import QuantileRule
from trustsurvey.weighting.estimation.quantiles import QuantileInterval, estimate_quantiles
from trustsurvey.weighting.estimation.ratios import estimate_ratios

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = [
    "correlation",
    "covariance",
    "design_effects",
    "median",
    "quantile",
    "ratio",
    "standard_deviation",
    "variance",
]


def ratio(self: SurveyDesign, numerator: Names, denominator: Names, by: Names | None = None) -> Estimates:
    """Estimate ratios of two totals (R: ``svyratio``).

    Parameters
    ----------
    numerator, denominator : str or list of str
        Columns of numbers or booleans; with a list, there is a row for every numerator over every denominator, told
        apart by columns ``numerator`` and ``denominator``.
    by : str or list of str, optional
        Domain columns, as in :meth:`mean`.

    Returns
    -------
    Estimates
        Among those who answered both: 95 % intervals on t. There is no ratio where the denominator adds up to 0.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    return estimate_ratios(self._sample, numerator, denominator, by)


def quantile(
    self: SurveyDesign,
    y: Names,
    p: float | Sequence[float],
    by: Names | None = None,
    rule: QuantileRule = "math",
    interval: QuantileInterval = "mean",
) -> Estimates:
    """Estimate quantiles (R: ``svyquantile``).

    Parameters
    ----------
    y : str or list of str
        Columns of numbers; for a list the table has a column ``variable``.
    p : float or list of float
        Shares of the population below the quantiles, from 0 to 1; the table has a column ``p``.
    by : str or list of str, optional
        Domain columns, as in :meth:`mean`.
    rule : "math", "school", "shahvaish" or "hf1" to "hf9"
        Which number between two answers: the lower one, their mean, or a rule of Hyndman and Fan (R: ``qrule``). "hf4"
        to "hf9" depend on the order of rows where answers are tied and their weights are not, and "shahvaish" on the
        scale of the weights, as they do in R.
    interval : "mean", "beta", "xlogit", "asin" or "quantile"
        Woodruff's: the answers at the ends of an interval for the share of answers up to the quantile, which is that
        of a mean, of Korn and Graubard, on the logit or on the arc sine; or, from replicates, that of the quantile
        itself (R: ``interval.type``).

    Returns
    -------
    Estimates
        Among those who answered. The standard error is the width of the interval over twice the quantile of t, the
        design effect that of the share. Where the interval reaches past the answers, as at p = 1, it is missing.

    Raises
    ------
    UnknownNameError, InputError, DesignError

    Notes
    -----
    Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47; Hyndman and Fan (1996),
    Sample quantiles in statistical packages, American Statistician 50; Francisco and Fuller (1991), Quantile estimation
    with a complex survey design, Annals of Statistics 19, for the covariance between quantiles.
    """
    return estimate_quantiles(self._sample, y, p, by, rule, interval)


def median(
    self: SurveyDesign,
    y: Names,
    by: Names | None = None,
    rule: QuantileRule = "math",
    interval: QuantileInterval = "mean",
) -> Estimates:
    """Estimate medians: :meth:`quantile` with ``p=0.5``, whose parameters and errors they have."""
    return estimate_quantiles(self._sample, y, 0.5, by, rule, interval, "median")


def design_effects(self: SurveyDesign, y: Names, by: Names | None = None) -> pd.DataFrame:
    """Return the design effects of means, as each method has them.

    Parameters
    ----------
    y : str or list of str
        Columns of numbers or booleans.
    by : str or list of str, optional
        Domain columns, as in :meth:`mean`.

    Returns
    -------
    DataFrame
        A row per mean: ``n``; ``kish``, n sum(w^2) / sum(w)^2 of those who answered, which is what unequal weights cost
        if they have nothing to do with the answers; ``taylor`` and ``replicates``, the variance by linearisation and
        from replicates over that of a simple random sample without replacement (R: ``deff = TRUE``; with replacement
        where the weights add up to no more than the sample). All estimates have the last one that is not missing as
        their column ``deff``, and n over it as ``n_effective``, or Kish's where it is missing.

    Raises
    ------
    UnknownNameError, InputError, DesignError

    Notes
    -----
    Kish (1965), Survey Sampling; Kish (1992), Weighting for unequal P_i, Journal of Official Statistics 8.
    """
    return compare_design_effects(self._sample, y, by)


def variance(self: SurveyDesign, y: Names, by: Names | None = None) -> Estimates:
    """Estimate variances among the population (R: ``svyvar``); parameters and errors as in :meth:`mean`.

    The weighted mean square about the mean, times n / (n - 1), where n counts the respondents of the domain, those
    who did not answer too (as R's ``svyvar(na.rm = TRUE)`` does, except on replicates, where it leaves them out).
    """
    return estimate_variances(self._sample, y, by)


def standard_deviation(self: SurveyDesign, y: Names, by: Names | None = None) -> Estimates:
    """Estimate standard deviations (R: ``svycontrast(svyvar(...), quote(sqrt(y)))``).

    They are the roots of :meth:`variance`; parameters and errors as in :meth:`mean`.
    """
    return estimate_deviations(self._sample, y, by)


def covariance(self: SurveyDesign, x: Names, y: Names | None = None, by: Names | None = None) -> Estimates:
    """Estimate covariances between variables (R: ``svyvar(~x + y)``); parameters and errors as in :meth:`correlation`.

    With the factor n / (n - 1) of :meth:`variance`.
    """
    return estimate_covariances(self._sample, x, y, by)


def correlation(self: SurveyDesign, x: Names, y: Names | None = None, by: Names | None = None) -> Estimates:
    """Estimate correlations between variables (R: ``svycontrast`` of ``svyvar``).

    Parameters
    ----------
    x : str or list of str
        Columns of numbers or booleans. Without ``y``, every pair of the list.
    y : str or list of str, optional
        Every one of ``x`` with every one of these.
    by : str or list of str, optional
        Domain columns, as in :meth:`mean`.

    Returns
    -------
    Estimates
        A row for each pair, columns ``variable`` and ``other``, among those who answered all the variables named.
        Standard errors by the delta method, or from the correlation of each replicate; 95 % intervals on Fisher's z
        and Student's t. There is no correlation where all answers are alike.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    return estimate_correlations(self._sample, x, y, by)
