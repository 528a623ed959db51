"""Verbs that fit models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trustsurvey.weighting.estimation.regression.estimating import estimate_regression
from trustsurvey.weighting.estimation.regression.families import FamilyName, LinkName
from trustsurvey.weighting.estimation.regression.result import Regression
from trustsurvey.weighting.threads import single_threaded

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["regression"]


@single_threaded
def regression(
    self: SurveyDesign,
    formula: str,
    family: FamilyName = "gaussian",
    *,
    link: LinkName | None = None,
    reference: Mapping[str, object] | None = None,
) -> Regression:
    """Fit a regression by pseudo maximum likelihood, with the design's standard errors (R: ``svyglm``, ``svyolr``).

    Parameters
    ----------
    formula : str
        As in R: ``"trust ~ origin * sex + log(income) + C(wave)"``. ``C(...)`` makes categories of numbers, ``I(...)``
        computes, ``offset(log(days))`` is an exposure, ``0`` leaves out the intercept. Columns whose name has spaces
        stand in backticks. Text, booleans and categoricals (ordered ones too) are compared with their first level.
    family : "gaussian", "binomial", "poisson" or "ordinal"
        R: ``gaussian()``, ``quasibinomial()``, ``quasipoisson()``, ``svyolr``. A binomial outcome is 0 and 1, true and
        false, or has two levels, the second of which is modelled; an ordinal one is numbers or a categorical of three
        levels or more, in order.
    link : str, optional
        ``"logit"`` (default) or ``"probit"`` for binomial and ordinal.
    reference : mapping, optional
        The level that others are compared with, where it is not the first: ``{"origin": "belgian"}``.

    Returns
    -------
    Regression
        Respondents who miss a variable do not count, and are still part of the design.

    Raises
    ------
    InputError
        The formula cannot be read, the outcome does not suit the family, coefficients cannot be told apart or have no
        finite estimate; the message names them.
    UnknownNameError
        The formula names a column or a function that does not exist.

    Notes
    -----
    Iterations go on until nothing changes. R stops earlier, where its standard errors are right to some 6 digits: the
    same numbers come from ``svyglm(control = glm.control(epsilon = 1e-15))``.
    Binder (1983), On the variances of asymptotically normal estimators from complex surveys, International Statistical
    Review 51.
    """
    return estimate_regression(self._sample, formula, family, link, reference)
