"""What a test says, and the joint Wald test of several estimates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["HypothesisTest", "wald_test"]

_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class HypothesisTest:
    """A test and its p value; ``print`` it to read it.

    Attributes
    ----------
    method : str
        Which test, and of what.
    statistic : float
        t, F or chi-square, as ``method`` says; missing where it cannot be computed.
    df, df_denominator : float
        Degrees of freedom: those of t or chi-square, or of the numerator of F; ``df_denominator`` is missing where the
        statistic has one number of them.
    p_value : float
        Two-sided for t.
    n : int
        Respondents used.
    n_effective : float
        What they are worth, as simple random ones.
    estimate, se, low, high : float
        What is tested, where it is one number, with its 95 % interval.
    flags : str
        Empty where there is nothing to say.
    """

    method: str
    statistic: float
    df: float
    df_denominator: float
    p_value: float
    n: int
    n_effective: float = math.nan
    estimate: float = math.nan
    se: float = math.nan
    low: float = math.nan
    high: float = math.nan
    flags: str = ""

    def __repr__(self) -> str:
        lines = [self.method, f"  {self._result()}, n = {self.n}{f' ({self.flags})' if self.flags else ''}"]
        if not math.isnan(self.estimate):
            interval = f"95 % interval {self.low:.4g} to {self.high:.4g}"
            lines.append(f"  estimate {self.estimate:.4g}, standard error {self.se:.4g}, {interval}")
        return "\n".join(lines)

    def _result(self) -> str:
        if math.isnan(self.statistic):
            return "no result"
        letter, df = "F", f"{self.df:.4g} and {self.df_denominator:.4g}"
        if math.isnan(self.df_denominator):
            letter, df = "chi-square" if math.isnan(self.estimate) else "t", f"{self.df:.4g}"
        if "chi-square test" in self.method and math.isnan(self.df_denominator):
            # As R reports it: the p value is that of the corrected one.
            letter = "uncorrected chi-square"
        if "likelihood ratio" in self.method:
            letter = "statistic"
        return f"{letter} = {self.statistic:.4g} on {df} df, p = {self.p_value:.4g}"

    @property
    def table(self) -> pd.DataFrame:
        """The test as a table of one row."""
        names = ["method", "estimate", "se", "low", "high", "statistic", "df", "df_denominator", "p_value"]
        names += ["n", "n_effective", "flags"]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


def wald_test(
    values: FloatArray, covariance: FloatArray, df: float, *, method: str, n: int, n_effective: float
) -> HypothesisTest:
    """Return the Wald test that all values (k,) are 0, as F with k and ``df`` degrees of freedom (R: ``regTermTest``).

    Values that follow from the others, as shares that add up to 1, count once.

    Raises
    ------
    InputError
        A value or its covariance is missing.
    """
    if not (np.isfinite(values).all() and np.isfinite(covariance).all()):
        raise InputError("a joint test needs estimates with standard errors in every row; select such rows by at(...)")
    size = np.sqrt(np.diag(covariance))
    scale = np.where(size > 0, size, 1)
    spread, axes = np.linalg.eigh(covariance / np.outer(scale, scale))
    used = spread > _RANK_TOLERANCE * spread.max(initial=0)
    rank = int(used.sum())
    along = axes.T @ (values / scale)
    flags = ""
    if not rank or np.abs(along[~used]).max(initial=0) > 1e-6 * np.abs(along).max():
        # A number other than 0 without any error cannot be tested.
        statistic, flags = math.nan, "no variance to test against"
    else:
        statistic = float((along[used] ** 2 / spread[used]).sum()) / rank
    denominator = df if df > 0 else math.nan
    p_value = float(stats.f.sf(statistic, rank, denominator)) if rank else math.nan
    flags = flags if df > 0 else "no degrees of freedom"
    return HypothesisTest(method, statistic, rank, denominator, p_value, n, n_effective, flags=flags)
