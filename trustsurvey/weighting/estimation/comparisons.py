"""Several tests together: p values adjusted over a declared family, and simultaneous intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from trustsurvey.errors import InputError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.chi_square import ChiSquareTest
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest
from trustsurvey.weighting.estimation.printing import as_html, as_text
from trustsurvey.weighting.estimation.simultaneous import LargestT, largest_t

__all__ = ["Adjustment", "ComparisonFamily", "adjust_p_values"]

Adjustment = Literal["holm", "bonferroni", "hochberg", "benjamini-hochberg", "benjamini-yekutieli", "single-step"]
Tests = Estimates | Mapping[str, object] | Sequence[object] | pd.Series

_OTHER_NAMES = {"BH": "benjamini-hochberg", "BY": "benjamini-yekutieli"}
_CONTROLS = {
    "holm": "the chance of any false rejection",
    "bonferroni": "the chance of any false rejection",
    "hochberg": "the chance of any false rejection, if tests are independent or positively dependent",
    "benjamini-hochberg": "the share of false ones among rejections, if tests are independent or positively dependent",
    "benjamini-yekutieli": "the share of false ones among rejections",
    "single-step": "the chance of any false rejection, given how the estimates are correlated",
}

_PRINTED = ["test", "estimate", "se", "low", "high", "low_simultaneous", "high_simultaneous"]
_PRINTED += ["p_value", "p_adjusted", "rejected", "flags"]


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonFamily:
    """Tests that are judged together; ``print`` it to read it.

    Attributes
    ----------
    name : str
        What the family is of, as declared.
    method : str
        The adjustment.
    controls : str
        What is at most ``alpha``.
    alpha : float
    table : DataFrame
        A row per test, as given, with ``p_value``, ``p_adjusted`` and ``rejected``; for estimates adjusted by
        "bonferroni" or "single-step" also ``low_simultaneous`` and ``high_simultaneous``, which hold all numbers
        together with probability 1 - alpha.
    size : int
        How many tests are adjusted for: those that have a p value.
    """

    name: str
    method: str
    controls: str
    alpha: float
    table: pd.DataFrame
    size: int

    @property
    def rejections(self) -> int:
        """How many tests are rejected."""
        return int(self.table["rejected"].sum())

    @property
    def tests(self) -> tuple[str, ...]:
        """What the tests are called."""
        return tuple(self.table["test"])

    def __repr__(self) -> str:
        return as_text(self._title(), self._shown())

    def _repr_html_(self) -> str:
        return as_html(self._title(), self._shown())

    def _title(self) -> str:
        controlled, _, provided = self.controls.partition(", ")
        return (
            f"{self.name}: {self.rejections} of {self.size} tests rejected by {self.method}; "
            f"{controlled} is at most {self.alpha:g}{f', {provided}' if provided else ''}"
        )

    def _shown(self) -> pd.DataFrame:
        table = self.table[[name for name in _PRINTED if name in self.table]]
        return table.sort_values("p_value", kind="stable")


def adjust_p_values(
    tests: Tests, method: Adjustment | Literal["BH", "BY"] = "holm", *, family: str | None = None, alpha: float = 0.05
) -> ComparisonFamily:
    """Adjust p values for how many tests are made (R: ``p.adjust``; "single-step": ``multcomp::glht``).

    Parameters
    ----------
    tests : Estimates, or a mapping or sequence of tests or p values
        Differences or contrasts of estimates, as of ``pairwise``; results of ``ttest``, ``chisq`` and others; or plain
        p values. Missing ones are not counted.
    method : "holm", "bonferroni", "hochberg", "benjamini-hochberg", "benjamini-yekutieli" or "single-step"
        "single-step" compares each t with the largest of all, which are correlated as the estimates are; it needs
        Estimates.
    family : str, optional
        What the tests have in common, for the record.
    alpha : float
        Reject where the adjusted p value is at most this.

    Returns
    -------
    ComparisonFamily

    Raises
    ------
    InputError
        No p values, or no covariance to adjust with.

    Notes
    -----
    Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57; Hothorn, Bretz and Westfall (2008),
    Simultaneous inference in general parametric models, Biometrical Journal 50.
    """
    chosen = _OTHER_NAMES.get(method, method) if isinstance(method, str) else method
    if not one_of(chosen, get_args(Adjustment)):
        raise InputError(f"no method {shown_value(method)}; available: {', '.join(get_args(Adjustment))}")
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 < alpha < 1:
        raise InputError(f"alpha is a probability between 0 and 1; got {shown_value(alpha)}")
    if family is not None and not isinstance(family, str):
        raise InputError(f"family is a name for the tests together, as text; got {shown_value(family)}")
    table = _read(tests)
    p = table["p_value"].to_numpy(dtype=np.float64)
    known = ~np.isnan(p)
    if not known.any():
        raise InputError("none of the tests has a p value")
    if (p[known] < 0).any() or (p[known] > 1).any():
        raise InputError("p values are between 0 and 1")
    adjusted = np.full(len(p), np.nan)
    if chosen == "single-step":
        if not isinstance(tests, Estimates):
            raise InputError('"single-step" needs Estimates, whose covariance it uses; choose "holm" for p values')
        largest = _largest_t(tests, known)
        t = table["estimate"].to_numpy() / table["se"].to_numpy()
        adjusted[known] = [largest.tail(abs(each)) for each in t[known]]
        table = _with_limits(table, largest.quantile(1 - alpha))
    else:
        adjusted[known] = _adjusted(p[known], chosen)
        if chosen == "bonferroni" and isinstance(tests, Estimates):
            table = _with_limits(table, float(stats.t.ppf(1 - alpha / (2 * known.sum()), tests.df)))
    # A comparison with NaN is false: what has no p value is not rejected.
    table = table.assign(p_adjusted=adjusted, rejected=adjusted <= alpha)
    size = int(known.sum())
    return ComparisonFamily(family or f"{size} tests", chosen, _CONTROLS[chosen], float(alpha), table, size)


def _adjusted(p: FloatArray, method: str) -> FloatArray:
    """Return adjusted p values in the order of the given ones."""
    n = len(p)
    order = np.argsort(p, kind="stable")
    place = np.arange(1, n + 1)
    ordered = p[order]
    if method == "bonferroni":
        result = n * ordered
    elif method == "holm":
        result = np.maximum.accumulate((n + 1 - place) * ordered)
    else:
        factor = {
            "hochberg": (n + 1.0 - place),
            "benjamini-hochberg": n / place,
            "benjamini-yekutieli": n / place * (1 / place).sum(),
        }[method]
        result = np.minimum.accumulate((factor * ordered)[::-1])[::-1]
    back = np.empty(n)
    back[order] = np.minimum(result, 1)
    return back


def _largest_t(estimates: Estimates, known: np.ndarray) -> LargestT:
    covariance = estimates.covariance[np.ix_(known, known)]
    se = np.sqrt(np.diag(covariance))
    return largest_t(covariance / np.outer(se, se), estimates.df)


def _with_limits(table: pd.DataFrame, critical: float) -> pd.DataFrame:
    half = critical * table["se"]
    return table.assign(low_simultaneous=table["estimate"] - half, high_simultaneous=table["estimate"] + half)


def _read(tests: object) -> pd.DataFrame:
    if isinstance(tests, Estimates):
        if "p_value" not in tests.table:
            raise InputError(
                "these estimates are not tested against anything; take their pairwise(...), difference(...) or "
                "contrast(...) first"
            )
        keys = [*tests.keys]
        names = [", ".join(str(each) for each in row) for row in tests.table[keys].itertuples(index=False, name=None)]
        table = tests.table.copy()
        table.insert(0, "test", names)
        return table
    if isinstance(tests, pd.Series):
        tests = dict(zip(tests.index, tests, strict=True))
    if isinstance(tests, Mapping):
        named = [(str(name), test) for name, test in tests.items()]
    elif isinstance(tests, Sequence | np.ndarray) and not isinstance(tests, str):
        named = [(_called(test, place), test) for place, test in enumerate(tests, start=1)]
    else:
        raise InputError(f"the tests are Estimates, or several tests or p values; got {type(tests).__name__}")
    return pd.DataFrame({"test": [name for name, _ in named], "p_value": [_p_value(test) for _, test in named]})


def _called(test: object, place: int) -> str:
    if isinstance(test, ChiSquareTest):
        return test.test.method
    return test.method if isinstance(test, HypothesisTest) else str(place)


def _p_value(test: object) -> float:
    if isinstance(test, HypothesisTest | ChiSquareTest):
        return test.p_value
    if test is None or test is pd.NA:
        return math.nan
    if isinstance(test, int | float | np.number) and not isinstance(test, bool):
        return float(test)
    raise InputError(f"each test is a p value or the result of a test; got {type(test).__name__}")
