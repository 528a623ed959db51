"""Clusters drawn without replacement, each with its own probability."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, IntArray, sums_by

__all__ = ["Pps", "PpsVariance", "UnequalSampling", "read_unequal"]

Pps = str | Mapping[str, object] | pd.DataFrame | FloatArray
PpsVariance = Literal["HT", "YG"]

_METHODS = ("brewer", "overton", "hartley-rao")
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class UnequalSampling:
    """Probabilities of clusters, and what is taken for the probabilities that two are drawn together.

    Attributes
    ----------
    method : "brewer", "overton", "hartley-rao" or "joint"
    variance : "HT" or "YG"
        The estimator of Horvitz and Thompson, or of Yates and Grundy (and Sen).
    probability : (clusters,) array
    squares : (strata,) array
        For Hartley and Rao: squared probabilities, summed over the population, by clusters in the sample.
    joint : (clusters, clusters) array or None
        1 less the product of two probabilities over the probability that both are drawn.
    """

    method: str
    variance: PpsVariance
    probability: FloatArray
    squares: FloatArray
    joint: FloatArray | None = None

    @property
    def by_stratum(self) -> bool:
        """Whether the variance is a sum of squares about the mean of each stratum, as without unequal probabilities."""
        return self.method == "brewer"

    def of_totals(self, totals: FloatArray, stratum: IntArray, scale: FloatArray) -> FloatArray:
        """Return the covariance (statistics, statistics) of sums of cluster totals (clusters, statistics).

        ``stratum`` is that of each cluster; what a stratum adds is multiplied by ``scale`` (strata,).
        """
        totals = totals * np.sqrt(scale[stratum])[:, None]
        if self.joint is not None:
            result = totals.T @ (self.joint @ totals)
            row_sums = self.joint.sum(axis=1)
        else:
            result, row_sums = self._approximate(totals, stratum, len(scale))
        if self.variance == "YG":
            result = result - totals.T @ (row_sums[:, None] * totals)
        return np.asarray(result)

    def _approximate(self, totals: FloatArray, stratum: IntArray, strata: int) -> tuple[FloatArray, FloatArray]:
        """Return the sum over pairs, and the sum of factors (clusters,) over the others of a cluster.

        The factor of a pair is ``(slope (p + q) - level) / (n - 1)``, so nothing of the size of all pairs is needed.
        """
        p = self.probability
        slope = 1.0 if self.method == "hartley-rao" else 0.5
        level = 1 + self.squares if self.method == "hartley-rao" else np.ones(strata)
        n = np.bincount(stratum, minlength=strata).astype(np.float64)
        others = np.maximum(n - 1, 1)
        own = (1 - p) - (2 * slope * p - level[stratum]) / others[stratum]
        sums, products = sums_by(stratum, totals), sums_by(stratum, p[:, None] * totals)
        cross = (slope / others)[:, None] * products
        result = sums.T @ cross
        result = result + result.T - sums.T @ ((level / others)[:, None] * sums)
        result += totals.T @ (own[:, None] * totals)
        of_stratum = np.bincount(stratum, p, minlength=strata)
        row_sums = (slope * (n[stratum] * p + of_stratum[stratum]) - n[stratum] * level[stratum]) / others[stratum]
        return result, row_sums + own


def read_unequal(
    pps: Pps,
    variance: PpsVariance,
    probability: FloatArray,
    stratum: IntArray,
    strata: tuple[str, ...],
    clusters: tuple[Hashable, ...],
) -> UnequalSampling:
    """Check what is given for unequal probabilities.

    Parameters
    ----------
    pps, variance
        As given to the design.
    probability, stratum : (clusters,) array
    strata, clusters : tuples
        Their names; clusters in the order in which they first stand in the data.

    Raises
    ------
    DesignError
        The method is unknown, or the matrix fits neither the clusters nor their probabilities.
    """
    if not one_of(variance, ("HT", "YG")):
        raise DesignError(
            f'no pps_variance {shown_value(variance)}; available: "HT" (Horvitz-Thompson), "YG" (Yates-Grundy)'
        )
    n = np.bincount(stratum, minlength=len(strata))
    squares = np.bincount(stratum, probability, minlength=len(strata)) / np.maximum(n, 1)
    if isinstance(pps, str):
        if pps not in _METHODS:
            raise DesignError(
                f'no pps method {shown_value(pps)}; available: "brewer", "overton", "hartley-rao", '
                '{"hartley-rao": sum of squared probabilities}, or a matrix of joint probabilities'
            )
        if pps == "brewer" and variance == "YG":
            raise DesignError('pps="brewer" is one estimator; pps_variance="YG" goes with the others')
        return UnequalSampling(pps, variance, probability, squares)
    if isinstance(pps, Mapping):
        return UnequalSampling("hartley-rao", variance, probability, _squares(pps, n, strata))
    return UnequalSampling("joint", variance, probability, squares, _joint(pps, probability, clusters))


def _squares(pps: Mapping[str, object], n: IntArray, strata: tuple[str, ...]) -> FloatArray:
    """Return the squared probabilities by clusters in the sample, from their sum or from the sums by stratum."""
    given = pps.get("hartley-rao")
    if list(pps) != ["hartley-rao"]:
        raise DesignError(f'pps as a mapping is {{"hartley-rao": sum of squared probabilities}}; got {list(pps)}')
    if isinstance(given, Mapping):
        by_text = {str(name): value for name, value in given.items()}
        values = [by_text.get(name, by_text.get(name.partition("=")[2])) for name in strata]
        missing = [name for name, value in zip(strata, values, strict=True) if value is None]
        if missing:
            raise DesignError(f'pps={{"hartley-rao": ...}} has no sum for stratum {"; ".join(missing[:5])}')
    else:
        values = [given] * len(strata)
        if len(strata) > 1:
            raise DesignError('pps={"hartley-rao": ...} needs a sum for each stratum, as {"north": 1.2, "south": 0.8}')
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        raise DesignError('pps={"hartley-rao": ...} is a number: squared probabilities summed over the population')
    sums = np.array(values, dtype=np.float64)
    if not ((sums > 0) & np.isfinite(sums)).all():
        raise DesignError('pps={"hartley-rao": ...} is above 0: squared probabilities summed over the population')
    return np.asarray(sums / n)


def _joint(given: object, probability: FloatArray, clusters: tuple[Hashable, ...]) -> FloatArray:
    """Return 1 - p q / (joint probability) for each two clusters."""
    size = len(probability)
    if isinstance(given, pd.DataFrame):
        given = _in_order(given, clusters)
    try:
        matrix = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise DesignError("joint probabilities are a matrix of numbers, a row and a column for each cluster") from None
    if matrix.shape != (size, size):
        raise DesignError(
            f"the joint probabilities are a matrix of {size} by {size}, as there are {size} clusters (or rows) in the "
            f"sample; got shape {matrix.shape}"
        )
    if not np.isfinite(matrix).all():
        raise DesignError(f"{int((~np.isfinite(matrix)).sum())} joint probabilities are missing or infinite")
    gap = np.abs(matrix - matrix.T)
    if gap.max() > _CLOSE:
        one, other = np.unravel_index(int(gap.argmax()), gap.shape)
        raise DesignError(
            f"the joint probabilities are not symmetric: {matrix[one, other]:g} for {clusters[one]} and "
            f"{clusters[other]}, but {matrix[other, one]:g} for {clusters[other]} and {clusters[one]}"
        )
    wrong = np.abs(np.diag(matrix) - probability) > _CLOSE
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise DesignError(
            f"the diagonal of the joint probabilities differs from fpc in {int(wrong.sum())} of {size} clusters: "
            f"{matrix[first, first]:g} and {probability[first]:g} for {clusters[first]}; is the order of rows the same?"
        )
    # Two that cannot both be drawn have no joint probability to divide by, so no unbiased estimate.
    impossible = matrix <= 0
    if impossible.any():
        one, other = np.argwhere(impossible)[0]
        raise DesignError(
            f"{int(impossible.sum())} joint probabilities are not above 0, as of {clusters[one]} and "
            f"{clusters[other]}; both are in the sample, so it cannot be"
        )
    larger = matrix > np.minimum.outer(np.diag(matrix), np.diag(matrix)) + _CLOSE
    if larger.any():
        one, other = np.argwhere(larger)[0]
        raise DesignError(
            f"{int(larger.sum())} joint probabilities are above that of one of the two, as {matrix[one, other]:g} of "
            f"{clusters[one]} and {clusters[other]}"
        )
    diagonal = np.diag(matrix)
    return np.asarray(1 - np.outer(diagonal, diagonal) / matrix)


def _in_order(given: pd.DataFrame, clusters: tuple[Hashable, ...]) -> object:
    """Return a labelled matrix in the order of the clusters; one labelled by numbers from 0 is in that order."""
    if isinstance(given.index, pd.RangeIndex) and len(given) == len(given.columns) == len(clusters):
        return given.to_numpy()
    by_row = {str(name): place for place, name in enumerate(given.index)}
    by_column = {str(name): place for place, name in enumerate(given.columns)}
    missing = [name for name in clusters if str(name) not in by_row or str(name) not in by_column]
    if missing:
        raise DesignError(
            f"the joint probabilities have no row or column for {len(missing)} of {len(clusters)} clusters, as "
            f"{missing[0]}"
        )
    rows = [by_row[str(name)] for name in clusters]
    columns = [by_column[str(name)] for name in clusters]
    return given.to_numpy()[np.ix_(rows, columns)]
