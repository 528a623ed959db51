"""The propensity to respond: weights divided by it, or moved within classes of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError, listed
from trustsurvey.weighting.adjusting.logistic import fit_logistic
from trustsurvey.weighting.adjusting.response import ResponseAdjustment
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.estimation.regression.covariates import read_covariates
from trustsurvey.weighting.estimation.regression.formula import read_formula
from trustsurvey.weighting.estimation.regression.matrix import build_matrix
from trustsurvey.weighting.nonresponse.classes import LARGE_FACTOR, Limits, classes_table, move_weights, people
from trustsurvey.weighting.nonresponse.reading import Groups

__all__ = ["adjust_by_propensity"]

_CERTAIN = 1e-6
_LEAST_SHARING = 5
_MOST_LEVELS = 50


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """``text`` of the formula; ``code`` (n,) is the group of each row, alike in all covariates.

    ``matrix`` (groups, coefficients) is the model matrix in an orthonormal basis, ``frame`` the covariates (groups,).
    """

    text: str
    code: IntArray
    matrix: FloatArray
    frame: pd.DataFrame


def adjust_by_propensity(
    data: pd.DataFrame,
    weights: FloatArray,
    responded: npt.NDArray[np.bool_],
    formula: object,
    classes: int | None,
    limits: Limits,
) -> ResponseAdjustment:
    """Divide the weights (n,) of respondents by their propensity to respond, or adjust in classes of it.

    Raises
    ------
    UnknownNameError, InputError
        The formula cannot be read, a column does not exist or is missing for some, the model has no estimate, or
        classes have no respondents or exceed the limits.
    """
    eligible = weights != 0
    model = _read_model(data, formula, weights, eligible)
    code = 2 * model.code + responded
    totals = np.bincount(code, weights, minlength=2 * len(model.matrix)).astype(np.float64)
    fit = fit_logistic(model.matrix, totals[::2] + totals[1::2], totals[1::2])
    if not fit.converged:
        raise InputError(_no_estimate(model, fit.propensities, responded, eligible))
    if classes is not None:
        groups, choices = _propensity_classes(fit.propensities[model.code], eligible, classes)
        return move_weights("propensity classes", (model.text,), weights, responded, groups, limits, choices)
    factors = np.zeros_like(totals)
    factors[1::2] = 1 / fit.propensities
    after = np.where(responded, weights * factors[code], 0.0)
    complaint = _too_large(limits.largest_factor or LARGE_FACTOR, factors[code[responded]])
    if complaint and limits.largest_factor is not None:
        raise InputError(f"{complaint}; give classes=5, which evens them out, or simplify the model")
    one = np.zeros(len(model.matrix), dtype=np.intp)
    return ResponseAdjustment(
        method="response propensity",
        variables=(model.text,),
        before=weights,
        weights=after,
        cell=code,
        factors=factors,
        totals=totals,
        matrix=model.matrix,
        coefficients=fit.coefficients,
        classes=classes_table(("everybody",), one, people(code, weights, len(totals)), totals, factors),
        choices=(complaint,) if complaint else (),
    )


def _read_model(data: pd.DataFrame, formula: object, weights: FloatArray, eligible: npt.NDArray[np.bool_]) -> _Model:
    if not isinstance(formula, str) or (formula.count("~") and formula.split("~")[0].strip()):
        raise InputError('propensity is a formula such as "~ age + district"; who responded is given by respondent')
    right = formula.split("~", 1)[-1].strip()
    outcome = "respondent"
    while outcome in data.columns:
        outcome += "_"
    read = read_formula(f"{outcome} ~ {right}", [*data.columns, outcome])
    if read.offset is not None:
        raise InputError("a propensity to respond has no offset; leave it out of the formula")
    if not read.variables:
        raise InputError(f"the formula {formula!r} names no covariates; use by=[] for one response class of everybody")
    covariates = read_covariates(data, read, {})
    rows = np.flatnonzero(eligible)
    missing = [(str(each.name), int(each.missing[rows].sum())) for each in covariates]
    complaints = [f"{name!r} is missing in {count} of {len(rows)} rows" for name, count in missing if count]
    if complaints:
        raise InputError(
            f"{'; '.join(complaints)}: what is known about respondents only cannot adjust for non-response; use "
            "columns known for the whole sample, or make missing a level of its own"
        )
    made = build_matrix(read, covariates, rows, weights[rows], len(rows))
    code = np.zeros(len(data), dtype=np.intp)
    code[rows] = np.arange(len(rows)) if made.pattern is None else made.pattern
    return _Model(f"~ {right}", code, np.ascontiguousarray(made.basis), made.frame)


def _propensity_classes(
    propensity: FloatArray, eligible: npt.NDArray[np.bool_], classes: int
) -> tuple[Groups, tuple[str, ...]]:
    """Return classes of the propensity (n,), which people of the same propensity share, and what was chosen.

    R: ``cut(p, unique(quantile(p, 0:classes / classes)), include.lowest = TRUE)``
    """
    edges = np.unique(np.quantile(propensity[eligible], np.linspace(0, 1, classes + 1)))
    code: IntArray = np.searchsorted(edges[1:-1], propensity, side="left").astype(np.intp)
    code[~eligible] = 0
    names = tuple(f"propensity {low:.3f} to {high:.3f}" for low, high in pairwise(edges))
    choices: tuple[str, ...] = ()
    if len(names) < classes:
        choices = (f"{classes} propensity classes asked for, {len(names)} made: many people have the same propensity",)
    return Groups(code, names), choices


def _no_estimate(
    model: _Model, propensities: FloatArray, responded: npt.NDArray[np.bool_], eligible: npt.NDArray[np.bool_]
) -> str:
    """Say for whom the model would have to be certain, and because of which levels."""
    certain = np.minimum(propensities, 1 - propensities) < _CERTAIN
    n = np.bincount(model.code[eligible], minlength=len(propensities))
    answered = np.bincount(model.code[eligible & responded], minlength=len(propensities))
    causes = []
    # The values of a measurement are what somebody answered; those of few values are levels.
    levels = {
        name: column.nunique() * (_LEAST_SHARING if pd.api.types.is_numeric_dtype(column.dtype) else 2) <= n.sum()
        for name, column in model.frame.items()
    }
    for name, column in model.frame.items():
        if levels[name] and column.nunique() <= _MOST_LEVELS:
            causes += _one_sided([f"{name}={level}" for level in column], n, answered, n > 0)
    if not causes and all(levels.values()) and len(model.frame) < len(model.code) / 2:
        rows = model.frame.itertuples(index=False, name=None)
        texts = [
            ", ".join(f"{name}={level}" for name, level in zip(model.frame.columns, row, strict=True)) for row in rows
        ]
        causes = _one_sided(texts, n, answered, certain)
    because = f": {listed(causes, '; ')}" if causes else ""
    return (
        f"the propensity model {model.text!r} has no estimate: it tells for certain whether {int(n[certain].sum())} "
        f"people responded{because}; merge such levels with others, or simplify the model"
    )


def _one_sided(texts: Sequence[Hashable], n: IntArray, answered: IntArray, some: npt.NDArray[np.bool_]) -> list[str]:
    """Return what everybody or nobody responded of, among some groups (groups,)."""
    frame = pd.DataFrame({"text": texts, "n": n, "answered": answered})[some]
    sums = frame.groupby("text", sort=False).sum()
    return [
        f"{text} ({'everybody' if count else 'nobody'} of {size} responded)"
        for text, size, count in sums.itertuples()
        if size and count in (0, size)
    ]


def _too_large(largest: float, factors: FloatArray) -> str:
    count = int((factors > largest).sum())
    if not count:
        return ""
    return f"adjustment factor above {largest:g} for {count} respondents (largest {factors.max():.2f})"
