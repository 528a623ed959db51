"""Verbs that make replicates, and replicate weights made elsewhere."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, IntArray, encode, find_column, whole_number
from trustsurvey.weighting.sampling.making import Options
from trustsurvey.weighting.sampling.multipliers import Table
from trustsurvey.weighting.sampling.replicates import Empty, Replicates
from trustsurvey.weighting.sampling.replicating import METHODS, make
from trustsurvey.weighting.sampling.sample import Sample
from trustsurvey.weighting.sampling.structure import numeric_column
from trustsurvey.weighting.threads import single_threaded

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["ReplicateMethod", "ReplicateType", "read_replicates", "replicate_weights", "with_replicates"]

ReplicateMethod = Literal["JK1", "JKn", "bootstrap", "BRR", "Fay", "SDR"]
ReplicateType = Literal["JK1", "JKn", "JK2", "bootstrap", "BRR", "Fay", "SDR", "ACS", "other"]

_TYPES = ("JK1", "JKn", "JK2", "bootstrap", "BRR", "Fay", "SDR", "ACS", "other")
_FAY = 0.5
_MOST_REPLICATES = 1_000_000
_UNLIKE = 5.0


@single_threaded
def with_replicates(
    self: SurveyDesign,
    method: ReplicateMethod,
    replicates: int | None = None,
    *,
    seed: int | None = None,
    groups: Hashable | Sequence[object] | None = None,
    rho: float | None = None,
    mse: bool = False,
    empty: Empty = "error",
) -> SurveyDesign:
    """Add replicates, from which all standard errors are taken then (R: ``as.svrepdesign``).

    Every calibration and adjustment is made again in each replicate, whether it was made before or is made later (R
    makes again what comes later only). Targets stay as they are, those for unknown answers too, as for Taylor
    linearisation. Replicates are of the first stage.

    Parameters
    ----------
    method : "JK1", "JKn", "bootstrap", "BRR", "Fay" or "SDR"
        Jackknife without strata; jackknife in strata; bootstrap of Rao and Wu, one cluster fewer than a stratum has
        being drawn (R: ``subbootstrap``, but with the finite population correction); balanced half samples of strata
        of two clusters, or of several pairs; half samples of Fay; successive differences of Fay and Train, for
        systematic samples in the order of the rows.
    replicates : int, optional
        Bootstrap: how many, 500 by default. Jackknife: leave out that many random groups of clusters in turn, instead
        of single clusters. Successive differences: the order of a Hadamard matrix, 80 by default.
    seed : int, optional
        Makes random draws the same again.
    groups : str, or n values, optional
        Jackknife: the groups to leave out, which keep clusters whole. "JK1" takes them as the clusters; "JKn" leaves
        out a group across strata (Kott 2001, The delete-a-group jackknife).
    rho : float, optional
        Fay's factor between 0 and 1, 0.5 by default.
    mse : bool
        Variance about the estimate of the full sample instead of the mean of the replicates.
    empty : "error" or "drop"
        A replicate that lacks a level of a margin, or whose margins cannot be met: an error, or left out, the others
        standing for it where they are half or more.

    Raises
    ------
    DesignError
        The sample was not drawn as the method needs it, or has replicates already.
    CalibrationError
        A replicate cannot be calibrated; the message names replicates and levels.

    Notes
    -----
    The variance is ``scale * sum(rscales * (estimate - centre) ** 2)``, with R's scales: 1 / (R - 1) for the bootstrap,
    (n - 1) / n of clusters for jackknives, 1 / R for half samples, 1 / (R (1 - rho)^2) for Fay's, 4 / R for successive
    differences. Jackknife scales hold the finite population correction, half samples leave it out. Degrees of freedom
    are the rank of the replicate weights before calibration minus 1 (R: ``degf``).
    """
    sample = self._sample
    if sample.replicates is not None:
        raise DesignError("this design has replicates already; make others from the design without them")
    if not isinstance(method, str) or method not in METHODS:
        listed = ", ".join(f'"{each}"' for each in METHODS)
        raise DesignError(f"no replicate method {shown_value(method)}; available: {listed}")
    jackknife = method in ("JK1", "JKn")
    if groups is not None and (not jackknife or replicates is not None):
        raise DesignError("groups are for the jackknives, and say themselves how many replicates there are")
    if rho is not None and method != "Fay":
        raise DesignError(f'rho is for "Fay"; leave it out of {shown_value(method)}')
    if rho is not None and not (isinstance(rho, int | float) and 0 <= rho < 1):
        raise DesignError(f"rho is a number from 0 to below 1; got {shown_value(rho)}")
    if seed is not None and whole_number(seed, 0) is None:
        raise DesignError(f"seed is a whole number of at least 0; got {shown_value(seed)}")
    if replicates is not None and whole_number(replicates, 2) is None:
        raise DesignError(f"replicates is a whole number of at least 2; got {shown_value(replicates)}")
    if replicates is not None and replicates > _MOST_REPLICATES:
        raise DesignError(f"replicates is at most {_MOST_REPLICATES}; got {shown_value(replicates)}")
    _check_choices(mse, empty)
    if sample.counts is not None and sample.structure.stages[0].cluster is None and groups is None:
        raise DesignError(
            "a row of this design stands for many respondents, who cannot be left out one by one; name clusters in "
            "from_query, or a column of groups for a jackknife"
        )
    options = Options(
        len(sample.data),
        None if replicates is None else int(replicates),
        None if seed is None else int(seed),
        None if groups is None else _read_groups(sample, groups),
        (_FAY if rho is None else float(rho)) if method == "Fay" else 0.0,
        sample.single_cluster,
    )
    made = make(method, sample.structure, options)
    result = Replicates(
        method=method,
        scale=made.scale,
        rscales=made.rscales,
        mse=mse,
        base=sample.base_weights,
        unit=made.unit,
        multipliers=made.multipliers,
        empty=empty,
        choices=made.choices,
    )
    for step in sample.steps:
        result = result.calibrated(step)
    return self._with(replace(sample, replicates=result))


def replicate_weights(self: SurveyDesign) -> pd.DataFrame:
    """Return the weights of each replicate (n, replicates), indexed as the data (R: ``weights(type = "analysis")``).

    Raises
    ------
    DesignError
        The design has no replicates.
    """
    replicates = self._sample.replicates
    if replicates is None:
        raise DesignError("this design has no replicates; make them by with_replicates")
    weights = np.concatenate([block for _, block in replicates.blocks()], axis=1)
    weights[self._sample.weights == 0] = 0
    return pd.DataFrame(weights, index=self._sample.data.index, columns=range(1, replicates.count + 1))


def read_replicates(
    data: pd.DataFrame,
    weights: FloatArray,
    names: Sequence[Hashable],
    kind: ReplicateType | None,
    scale: float | None,
    rscales: Sequence[float] | float | None,
    *,
    rho: float | None,
    mse: bool,
    combined: bool,
) -> Replicates:
    """Return replicates from columns of weights made elsewhere (R: ``svrepdesign``).

    Raises
    ------
    DesignError
        Columns or scales are missing, of the wrong length or out of range.
    """
    _check_choices(mse, "error")
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise DesignError("replicate_weights is a list of columns, one for each replicate")
    names = list(names)
    if len(names) < 2:
        raise DesignError(f"a variance needs at least 2 replicates; got {len(names)}")
    if len(set(names)) < len(names):
        raise DesignError("replicate_weights names a column twice")
    numbers = np.stack([numeric_column(data, name, "replicate weights") for name in names], axis=1)
    if not np.isfinite(numbers).all():
        raise DesignError("replicate weights are infinite in some rows; correct them")
    nothing = [name for name, column in zip(names, numbers.T, strict=True) if not column.any()]
    if nothing:
        raise DesignError(f"replicate weights are 0 in every row: {', '.join(str(each) for each in nothing[:5])}")
    if not isinstance(combined, bool):
        raise DesignError(f"combined is true or false; got {shown_value(combined)}")
    with np.errstate(over="ignore"):
        average = float(numbers.mean() / weights.mean())
    if combined and not 1 / _UNLIKE < average < _UNLIKE:
        raise DesignError(
            f"replicate weights are {average:.3g} times the weights on average; if they are to be multiplied with the "
            "weights, say combined=False"
        )
    if not combined and not 1 / _UNLIKE < float(numbers.mean()) < _UNLIKE:
        raise DesignError(
            f"replicate weights average {numbers.mean():.6g}, so they hardly are to be multiplied with the weights; "
            "leave combined=False out"
        )
    count = len(names)
    whole, each = _scales(kind, count, scale, rscales, rho)
    base = np.ones(len(data)) if combined else weights
    return Replicates(kind or "other", whole, each, mse, base, None, Table(numbers), imported=True)


def _scales(
    kind: ReplicateType | None,
    count: int,
    scale: float | None,
    rscales: Sequence[float] | float | None,
    rho: float | None,
) -> tuple[float, FloatArray]:
    if kind is not None and not (isinstance(kind, str) and kind in _TYPES):
        listed = ", ".join(f'"{each}"' for each in _TYPES)
        raise DesignError(f"no type of replicates {shown_value(kind)}; available: {listed}")
    if (rho is not None) != (kind == "Fay"):
        raise DesignError('rho goes with replicate_type="Fay", which needs it')
    if rho is not None and not (isinstance(rho, int | float) and 0 <= rho < 1):
        raise DesignError(f"rho is a number from 0 to below 1; got {shown_value(rho)}")
    if kind in ("BRR", "Fay", "SDR", "ACS", "JK2") and not (scale is None and rscales is None):
        raise DesignError(f"replicate_type={shown_value(kind)} says scale and rscales itself; leave them out")
    if kind in (None, "other") and scale is None and rscales is None:
        raise DesignError(
            "say how the variance follows from the replicates: replicate_type="
            f"{', '.join(repr(each) for each in _TYPES[:-1])}, or scale=... and rscales=..."
        )
    if kind == "JKn" and rscales is None:
        raise DesignError('replicate_type="JKn" needs rscales, (n - 1) / n of the stratum of each replicate')
    usual = {
        "BRR": 1 / count,
        "Fay": 1 / (count * (1 - (rho or 0)) ** 2),
        "bootstrap": 1 / (count - 1),
        "JK1": (count - 1) / count,
        "SDR": 4 / count,
        "ACS": 4 / count,
    }
    given = usual.get(kind or "other", 1.0) if scale is None else scale
    if isinstance(given, bool) or not isinstance(given, int | float | np.number) or not 0 <= given <= 1e100:
        raise DesignError(f"scale is a number of at least 0; got {shown_value(given)}")
    try:
        each = np.asarray(1.0 if rscales is None else rscales, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise DesignError("rscales are numbers, one for each replicate") from None
    if each.ndim > 1 or (each.ndim == 1 and len(each) != count):
        raise DesignError(f"rscales has {each.size} numbers for {count} replicates")
    if not (np.isfinite(each) & (each >= 0)).all():
        raise DesignError("rscales are numbers of at least 0")
    if not np.any(each):
        raise DesignError("rscales are 0 for every replicate, which leaves no variance")
    return float(given), np.broadcast_to(each, (count,)).copy()


def _read_groups(sample: Sample, groups: Hashable | Sequence[object]) -> IntArray:
    rows = len(sample.data)
    if isinstance(groups, pd.Series):
        if not groups.index.equals(sample.data.index):
            raise DesignError("groups are not indexed as the data; pass their values in the order of the rows")
        column = groups
    elif isinstance(groups, np.ndarray | list):
        if np.ndim(groups) != 1 or len(groups) != rows:
            raise DesignError(f"groups has {len(groups)} values for {rows} rows")
        column = pd.Series(groups)
    else:
        column = find_column(sample.data, groups)
    codes = encode(column).codes
    missing = int((codes < 0).sum())
    if missing:
        raise DesignError(f"groups are missing in {missing} of {rows} rows; every row needs one")
    used: IntArray = np.unique(codes, return_inverse=True)[1]
    if used.max() < 1:
        raise DesignError("a jackknife needs at least 2 groups; there is 1")
    return used


def _check_choices(mse: object, empty: object) -> None:
    if not isinstance(mse, bool):
        raise DesignError(f"mse is true or false; got {shown_value(mse)}")
    if not one_of(empty, ("error", "drop")):
        raise DesignError(f'empty is "error" or "drop"; got {shown_value(empty)}')
