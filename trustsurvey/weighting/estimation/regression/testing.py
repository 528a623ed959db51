"""Tests of terms of a regression: Wald, and the working likelihood ratio with the correction of Rao and Scott."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import linalg, stats

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.quadratic_forms import saddlepoint_tail, satterthwaite_tail

__all__ = ["TermTest", "rao_scott_test", "wald_test"]

_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class TermTest:
    """A test that all coefficients of some terms are 0.

    Attributes
    ----------
    terms : tuple of str
    method : "Wald" or "Rao-Scott"
    statistic : float
        F, or chi-square where ``ddf`` is infinite; for Rao-Scott the difference of deviances.
    df : int
        Coefficients tested.
    ddf : float
        Denominator degrees of freedom.
    p_value : float
    lambdas : tuple of float
        Generalised design effects of the coefficients, largest first.
    """

    terms: tuple[str, ...]
    method: str
    statistic: float
    df: int
    ddf: float
    p_value: float
    lambdas: tuple[float, ...]

    @property
    def table(self) -> pd.DataFrame:
        """The test as a table of one row."""
        return pd.DataFrame(
            {
                "terms": [" + ".join(self.terms)],
                "method": [self.method],
                "statistic": [self.statistic],
                "df": [self.df],
                "ddf": [self.ddf],
                "p_value": [self.p_value],
            }
        )


def wald_test(
    terms: tuple[str, ...], coefficients: FloatArray, covariance: FloatArray, naive: FloatArray, ddf: float, kind: str
) -> TermTest:
    """Test coefficients (tested,) with their covariance, and that of the model (R: ``regTermTest``).

    Raises
    ------
    InputError
        The covariance is singular, as where there are fewer clusters than coefficients.
    """
    size = len(coefficients)
    scale = np.sqrt(np.diag(covariance))
    if not (scale > 0).all() or np.linalg.matrix_rank(covariance / np.outer(scale, scale), tol=_SINGULAR) < size:
        raise InputError(
            f"the covariance of the {size} coefficients of {' + '.join(terms)} is singular, as it is where the design "
            "has fewer clusters than they are; test fewer terms, or merge levels"
        )
    chisq = float(coefficients @ linalg.solve(covariance, coefficients, assume_a="pos"))
    statistic = chisq if kind == "Chisq" else chisq / size
    if kind == "Chisq":
        p_value = float(stats.chi2.sf(chisq, size))
        ddf = math.inf
    else:
        p_value = float(stats.f.sf(statistic, size, ddf)) if ddf > 0 else float("nan")
    return TermTest(terms, "Wald", statistic, size, ddf, p_value, _lambdas(covariance, naive))


def rao_scott_test(
    terms: tuple[str, ...],
    deviance: float,
    covariance: FloatArray,
    naive: FloatArray,
    ddf: float,
    approximation: Literal["saddlepoint", "satterthwaite"],
) -> TermTest:
    """Test a difference of deviances (R: ``regTermTest(method = "LRT")``)."""
    lambdas = _lambdas(covariance, naive)
    weights = np.array(lambdas)
    tail = saddlepoint_tail if approximation == "saddlepoint" else satterthwaite_tail
    known = (ddf > 0 or math.isinf(ddf)) and bool(np.isfinite(weights).all())
    p_value = tail(deviance, weights, ddf) if known else float("nan")
    return TermTest(terms, "Rao-Scott", deviance, len(weights), ddf, p_value, lambdas)


def _lambdas(covariance: FloatArray, naive: FloatArray) -> tuple[float, ...]:
    values = linalg.eigh(covariance, naive, eigvals_only=True)
    return tuple(float(value) for value in values[::-1])
