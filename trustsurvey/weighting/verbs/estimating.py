"""Verbs that estimate: means, totals, proportions."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from trustsurvey.weighting.encoding import Names
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.intervals import ProportionInterval
from trustsurvey.weighting.estimation.means import estimate_means, estimate_proportions, estimate_totals

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["mean", "proportion", "total"]


def mean(self: SurveyDesign, y: Names, by: Names | None = None) -> Estimates:
    """Estimate means (R: ``svymean``, ``svyby``).

    Parameters
    ----------
    y : str or list of str
        Columns of numbers or booleans; for a list the table has a column ``variable``.
    by : str or list of str, optional
        Domain columns. A category that nobody is in makes a row without an estimate; rows with a missing domain are
        counted in ``left_out``.

    Returns
    -------
    Estimates
        Among those who answered: the standard errors of the whole design, 95 % intervals on t.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    return estimate_means(self._sample, y, by)


def total(self: SurveyDesign, y: Names, by: Names | None = None) -> Estimates:
    """Estimate totals (R: ``svytotal``, ``svyby``); parameters and errors as in :meth:`mean`."""
    return estimate_totals(self._sample, y, by)


def proportion(
    self: SurveyDesign, y: Hashable, by: Names | None = None, interval: ProportionInterval = "logit"
) -> Estimates:
    """Estimate the share of each level of a variable (R: ``svymean`` of a factor, ``svyciprop``).

    Parameters
    ----------
    y : str
        A column; each of its levels is a row, every category of a categorical too.
    by : str or list of str, optional
        Domain columns, as in :meth:`mean`.
    interval : "logit", "wilson", "beta", "xlogit", "asin" or "mean"
        On the logit scale (Wilson's at 0 and 1), which is R's "xlogit" too; Wilson's on the effective number of
        answers p (1 - p) / v, which for a simple random sample is n; Korn and Graubard's; on the arc sine of the root;
        or plainly on t. The last two are missing at 0 and 1.

    Raises
    ------
    UnknownNameError, InputError, DesignError
    """
    return estimate_proportions(self._sample, y, by, interval)
