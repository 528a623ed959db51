"""The verb that adjusts weights for non-response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trustsurvey.errors import InputError, shown_value
from trustsurvey.weighting.encoding import Names, name_list, whole_number
from trustsurvey.weighting.nonresponse.classes import Limits, adjust_by_classes
from trustsurvey.weighting.nonresponse.propensity import adjust_by_propensity
from trustsurvey.weighting.nonresponse.reading import read_respondents
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.threads import single_threaded

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["adjust_nonresponse"]


@single_threaded
def adjust_nonresponse(
    self: SurveyDesign,
    respondent: object,
    by: Names | None = None,
    *,
    propensity: str | None = None,
    classes: int | None = None,
    fewest_respondents: int | None = None,
    largest_factor: float | None = None,
) -> SurveyDesign:
    """Let respondents stand for those in the sample who did not respond.

    The design holds the whole sample, with design weights. Those who did not respond get the weight 0 and stay in the
    design: variances rest on all clusters that were drawn, degrees of freedom on those where somebody responded.
    Calibrate afterwards; whatever is not known about those who did not respond may be missing for them.

    Parameters
    ----------
    respondent : str, or Series or array of n booleans
        Who responded: a column of true and false (or 1 and 0), or its values.
    by : str or list of str, optional
        Response classes: in each combination, respondents take over the weight of the others, by the response rate
        weighted with the weights before. ``[]`` makes one class of everybody.
    propensity : str, optional
        A formula of covariates known for the whole sample, such as ``"~ age + district"``, for a logistic regression
        of response with the weights before (R: ``svyglm(family = quasibinomial)``). Weights are divided by the fitted
        propensities. Formulas are those of :meth:`regression`, without an outcome.
    classes : int, optional
        Adjust within so many classes of the propensity instead, cut at its quantiles among the rows of the sample
        (R: ``cut(p, unique(quantile(p, 0:5 / 5)), include.lowest = TRUE)``), by the weighted response rate of each.
    fewest_respondents : int, optional
        Refuse classes with fewer respondents. Without it, those below 20 are put on record in ``choices``.
    largest_factor : float, optional
        Refuse factors above this. Without it, those above 3 are put on record.

    Returns
    -------
    SurveyDesign
        Standard errors take into account that response rates or propensities were estimated: with Taylor
        linearisation each person in the sample has a linearised value, and a finite population correction is taken of
        who was drawn only, not of who responded; replicates repeat the adjustment.

    Raises
    ------
    UnknownNameError, InputError
        A column does not exist or is missing for some in the sample; nobody or everybody responded, also within a
        class; the model has no estimate.

    Notes
    -----
    Little (1986), Survey nonresponse adjustments for estimates of means, International Statistical Review 54;
    Kim and Kim (2007), Nonresponse weighting adjustment using estimated response probability, Canadian Journal of
    Statistics 35.
    """
    sample = self._sample
    responded = read_respondents(sample.data, respondent, _eligible(sample))
    limits = _limits(fewest_respondents, largest_factor)
    if (by is None) == (propensity is None):
        raise InputError(
            'give either by, the columns of response classes, or propensity, a formula such as "~ age + district"; '
            "by=[] makes one class of everybody"
        )
    if by is not None:
        if classes is not None:
            raise InputError("classes cuts propensities into classes; it goes with propensity, not with by")
        step = adjust_by_classes(sample.data, sample.weights, responded, name_list(by), limits)
    else:
        if classes is not None and whole_number(classes, 2) is None:
            raise InputError(f"classes is a whole number of at least 2, usually 5; got {shown_value(classes)}")
        if classes is not None and classes > len(sample.data):
            raise InputError(f"{shown_value(classes)} classes are more than the {len(sample.data)} rows of the sample")
        step = adjust_by_propensity(sample.data, sample.weights, responded, propensity, classes, limits)
    return self._with(sample.adjusted(step))


def _eligible(sample: Sample) -> npt.NDArray[np.bool_]:
    """Return who can respond (n,): everybody with a weight after the earlier steps."""
    weights, lost = sample.weights, sample.nonrespondents
    counted: npt.NDArray[np.bool_] = np.ones(len(weights), dtype=bool) if lost is None else ~lost
    zero = int((weights[counted] == 0).sum())
    if zero:
        raise InputError(
            f"{zero} of {len(weights)} weights are 0, so these rows cannot be adjusted for; adjust before taking a "
            "domain, and drop rows without a weight before making the design"
        )
    if (weights < 0).any():
        raise InputError("some weights are below 0 after a calibration; use bounds there, or raking")
    if sample.counts is not None:
        raise InputError("a design made from a query holds cells, not people; adjust for non-response before that")
    return counted


def _limits(fewest_respondents: object, largest_factor: object) -> Limits:
    fewest, largest = fewest_respondents, largest_factor
    counted = None if fewest is None else whole_number(fewest, 1)
    if fewest is not None and counted is None:
        raise InputError(f"fewest_respondents is a whole number of at least 1; got {shown_value(fewest)}")
    if largest is not None and (
        isinstance(largest, bool) or not isinstance(largest, int | float) or not 1 < largest <= 1e100
    ):
        raise InputError(f"largest_factor is a number above 1; got {shown_value(largest)}")
    return Limits(counted, None if largest is None else float(largest))
