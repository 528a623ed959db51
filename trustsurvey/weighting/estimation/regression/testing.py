"""Tests of terms of a regression: Wald, and the working likelihood ratio with the correction of Rao and Scott."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import linalg, stats

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest
from trustsurvey.weighting.estimation.quadratic_forms import saddlepoint_tail, satterthwaite_tail

__all__ = ["TermTest", "Tested", "rao_scott_test", "wald_test"]

_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, repr=False)
class TermTest(HypothesisTest):
    """A test that all coefficients of some terms are 0, as other tests are.

    ``statistic`` is F or chi-square for Wald, and the difference of deviances for Rao and Scott (R's ``$chisq``, which
    it prints over the mean of the lambdas); ``df`` are the coefficients tested.

    Attributes
    ----------
    terms : tuple of str
    lambdas : tuple of float
        The generalised design effects of the coefficients, largest first.
    """

    terms: tuple[str, ...] = ()
    lambdas: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Some coefficients of a regression.

    Attributes
    ----------
    terms : tuple of str
    coefficients : (tested,) array
    covariance, naive : (tested, tested) array
        The design's, and that of the model.
    df : float
        Denominator degrees of freedom, infinite for chi-square.
    n : int
    n_effective : float
        Respondents of the regression, and what they are worth.
    """

    terms: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    naive: FloatArray
    df: float
    n: int
    n_effective: float

    def result(self, method: str, statistic: float, p_value: float) -> TermTest:
        """Return a test of these coefficients."""
        return TermTest(
            method=f"{method} of {' + '.join(self.terms)}",
            statistic=statistic,
            df=len(self.coefficients),
            df_denominator=math.nan if math.isinf(self.df) else self.df,
            p_value=p_value,
            n=self.n,
            n_effective=self.n_effective,
            flags="" if self.df > 0 else "no degrees of freedom",
            terms=self.terms,
            lambdas=_lambdas(self.covariance, self.naive),
        )


def wald_test(tested: Tested) -> TermTest:
    """Test coefficients against their covariance (R: ``regTermTest``).

    Raises
    ------
    InputError
        The covariance is singular, as where there are fewer clusters than coefficients.
    """
    size = len(tested.coefficients)
    scale = np.sqrt(np.maximum(np.diag(tested.covariance), 0))
    singular = not (scale > 0).all()
    correlation = np.eye(size) if singular else tested.covariance / np.outer(scale, scale)
    if singular or np.linalg.matrix_rank(correlation, tol=_SINGULAR) < size:
        raise InputError(
            f"the covariance of the {size} coefficients of {' + '.join(tested.terms)} is singular, as it is where the "
            "design has fewer clusters than they are; test fewer terms, or merge levels"
        )
    # In standard errors, units of covariates do not matter.
    ratios = tested.coefficients / scale
    chisq = float(ratios @ linalg.solve(correlation, ratios, assume_a="pos"))
    if math.isinf(tested.df):
        return tested.result("Wald test (chi-square)", chisq, float(stats.chi2.sf(chisq, size)))
    p_value = float(stats.f.sf(chisq / size, size, tested.df)) if tested.df > 0 else math.nan
    return tested.result("Wald test (F)", chisq / size, p_value)


def rao_scott_test(
    tested: Tested, difference: float, approximation: Literal["saddlepoint", "satterthwaite"]
) -> TermTest:
    """Test a difference of deviances (R: ``regTermTest(method = "LRT")``)."""
    weights = np.array(_lambdas(tested.covariance, tested.naive))
    tail = saddlepoint_tail if approximation == "saddlepoint" else satterthwaite_tail
    known = tested.df > 0 and bool(np.isfinite(weights).all())
    p_value = tail(difference, weights, tested.df) if known else math.nan
    return tested.result("Rao-Scott likelihood ratio test", difference, p_value)


def _lambdas(covariance: FloatArray, naive: FloatArray) -> tuple[float, ...]:
    values = linalg.eigh(covariance, naive, eigvals_only=True)
    return tuple(float(value) for value in values[::-1])
