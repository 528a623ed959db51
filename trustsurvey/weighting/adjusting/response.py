"""Weights moved from those who did not respond to those who did, and what standard errors need to know about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.weighting.adjusting.logistic import information, replicate_propensities
from trustsurvey.weighting.calibration.problem import solve_semidefinite
from trustsurvey.weighting.encoding import FloatArray, IntArray

__all__ = ["ResponseAdjustment", "ResponseMethod"]

ResponseMethod = Literal["response classes", "response propensity", "propensity classes"]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseAdjustment:
    """Weights that stand for those who did not respond too.

    People who are alike for the adjustment form a group: a response class, or a combination of the covariates of a
    propensity model. A cell is the respondents of a group, or those of it who did not respond.

    Attributes
    ----------
    method : str
        ``response classes``, ``response propensity`` or ``propensity classes``.
    variables : tuple of str
        What makes the classes, or the formula of the propensities.
    before, weights : (n,) array
        The weights before and after; after it they are 0 for those who did not respond.
    cell : (n,) array
        Twice the number of the group, and 1 more where the row responded.
    factors : (cells,) array
        Weight after over weight before: 0 for those who did not respond.
    totals : (cells,) array
        The sums of the weights before.
    matrix : (groups, coefficients) array or None
        Covariates of the propensity model, in an orthonormal basis; None where the groups are classes.
    coefficients : (coefficients,) array or None
        Those of the propensity model, in that basis.
    classes : DataFrame
        A row per class (for propensities one in all): ``n``, ``respondents``, ``response_rate`` (weighted) and the
        smallest and largest ``factor``.
    choices : tuple of str
        What was chosen on the way, for the record.
    """

    method: ResponseMethod
    variables: tuple[str, ...]
    before: FloatArray
    weights: FloatArray
    cell: IntArray
    factors: FloatArray
    totals: FloatArray
    matrix: FloatArray | None
    coefficients: FloatArray | None
    classes: pd.DataFrame
    choices: tuple[str, ...]

    @property
    def respondent(self) -> npt.NDArray[np.bool_]:
        """Which rows (n,) responded and count."""
        responded: npt.NDArray[np.bool_] = (self.cell % 2 == 1) & (self.before != 0)
        return responded

    @property
    def propensities(self) -> FloatArray:
        """The weighted share of respondents (groups,), or what the propensity model says it is."""
        return 1 / self.factors[1::2]

    @property
    def explaining(self) -> FloatArray:
        """What :meth:`explained` is multiplied by (n,): weight before times (responded - propensity), up to a scale."""
        if self.matrix is None:
            return self.weights - self.before
        responded = (self.cell % 2).astype(np.float64)
        return self.before * (responded - self.propensities[self.cell // 2])

    def explained(self, sums: FloatArray) -> FloatArray:
        """Return what the adjustment explains (cells, statistics), from sums (cells, statistics) of weighted influence.

        With classes it is the mean of the respondents of the class, so that the linearised value of a total is
        ``weight before * mean`` for everybody and ``weight after * (value - mean)`` for respondents. With propensities
        it is the regression on the covariates that comes from estimating their coefficients (Kim and Kim 2007,
        Nonresponse weighting adjustment using estimated response probability, Canadian Journal of Statistics 35).
        """
        respondents = sums[1::2]
        if self.matrix is None:
            explained = respondents / (self.totals[1::2] * self.factors[1::2])[:, None]
        else:
            matrix, propensities = self.matrix, self.propensities
            slopes = matrix.T @ ((1 - propensities)[:, None] * respondents)
            information_matrix = information(matrix, self.totals[::2] + self.totals[1::2], propensities)
            explained = matrix @ solve_semidefinite(information_matrix, slopes)
        return np.repeat(explained, 2, axis=0)

    def refit(self, totals: FloatArray) -> FloatArray:
        """Return the factors (cells, replicates) for other sums of weights before, ``totals`` (cells, replicates).

        Propensity classes stay as they are, and the rates within them are those of the replicate. A class that has no
        respondents in a replicate gives its weight to all respondents alike.
        """
        factors = np.zeros_like(totals)
        others, respondents = totals[::2], totals[1::2]
        if self.matrix is None or self.coefficients is None:
            lost = np.where(respondents == 0, others, 0.0).sum(axis=0)
            everybody = totals.sum(axis=0)
            share = np.divide(others, respondents, out=np.zeros_like(others), where=respondents != 0)
            spread = np.divide(everybody, everybody - lost, out=np.ones_like(lost), where=everybody > lost)
            factors[1::2] = (1 + share) * spread
            return factors
        factors[1::2] = 1 / replicate_propensities(self.matrix, others + respondents, respondents, self.coefficients)
        return factors
