"""Adjust weights for non-response, by response classes or by the propensity to respond."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import formulaic
import numpy as np
import numpy.typing as npt
import pandas as pd
from formulaic.errors import FormulaicError

from trustsurvey.errors import InputError
from trustsurvey.weighting.adjusting.logistic import fit_logistic
from trustsurvey.weighting.adjusting.reading import Groups, read_groups
from trustsurvey.weighting.adjusting.response import ResponseAdjustment, ResponseMethod
from trustsurvey.weighting.encoding import FloatArray, IntArray, find_column

__all__ = ["Limits", "adjust_by_classes", "adjust_by_propensity"]

_FEW_RESPONDENTS = 20
_LARGE_FACTOR = 3.0
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """The fewest respondents of a class and the largest factor allowed; None: unusual ones are put on record."""

    fewest_respondents: int | None
    largest_factor: float | None


def adjust_by_classes(
    data: pd.DataFrame,
    weights: FloatArray,
    responded: npt.NDArray[np.bool_],
    by: Sequence[Hashable],
    limits: Limits,
) -> ResponseAdjustment:
    """Move the weight (n,) of those who did not respond to the respondents of their class.

    Raises
    ------
    UnknownNameError, InputError
        A column does not exist or is missing for some, or classes have no respondents or exceed the limits.
    """
    groups = read_groups(data, by, weights != 0)
    return _by_classes("response classes", tuple(str(name) for name in by), weights, responded, groups, limits, ())


def adjust_by_propensity(
    data: pd.DataFrame,
    weights: FloatArray,
    responded: npt.NDArray[np.bool_],
    formula: str,
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
    groups, matrix = _covariates(data, formula, eligible)
    code = 2 * groups.code + responded
    totals = np.bincount(code, weights, minlength=2 * len(groups.first)).astype(np.float64)
    fit = fit_logistic(matrix, totals[::2] + totals[1::2], totals[1::2])
    if not fit.converged:
        raise InputError(_no_estimate(data, formula, groups, fit.propensities, responded, eligible))
    name = "~ " + formula.split("~")[-1].strip()
    if classes is None:
        factors = np.zeros_like(totals)
        factors[1::2] = 1 / fit.propensities
        after = np.where(responded, weights * factors[code], 0.0)
        used = factors[code[responded]]
        complaint = _too_large(
            limits.largest_factor or _LARGE_FACTOR, used, "give classes=5, which evens them out, or simplify the model"
        )
        if complaint and limits.largest_factor is not None:
            raise InputError(complaint)
        table = _table(("everybody",), np.zeros(len(weights), dtype=np.intp), weights, after, responded)
        choices = (complaint.split(";")[0],) if complaint else ()
        return ResponseAdjustment(
            "response propensity",
            (name,),
            weights,
            after,
            code,
            factors,
            totals,
            matrix,
            fit.coefficients,
            table,
            choices,
        )
    propensity = fit.propensities[groups.code]
    edges = np.quantile(propensity[eligible], np.linspace(0, 1, classes + 1))
    # R: cut(p, unique(quantile(p, 0:classes / classes)), include.lowest = TRUE)
    inner = np.unique(edges)[1:-1]
    stratum = np.searchsorted(inner, propensity, side="left").astype(np.intp)
    stratum[~eligible] = 0
    limits_of = np.concatenate([edges[:1], inner, edges[-1:]])
    names = tuple(f"propensity {low:.3f} to {high:.3f}" for low, high in pairwise(limits_of))
    first = np.zeros(len(names), dtype=np.intp)
    choices = ()
    if len(names) < classes:
        choices = (f"{classes} propensity classes asked for, {len(names)} made: many people have the same propensity",)
    strata = Groups(stratum, names, first)
    return _by_classes("propensity classes", (name,), weights, responded, strata, limits, choices)


def _by_classes(
    method: ResponseMethod,
    variables: tuple[str, ...],
    weights: FloatArray,
    responded: npt.NDArray[np.bool_],
    groups: Groups,
    limits: Limits,
    choices: tuple[str, ...],
) -> ResponseAdjustment:
    code = 2 * groups.code + responded
    totals = np.bincount(code, weights, minlength=2 * len(groups.names)).astype(np.float64)
    rows = np.bincount(code[weights != 0], minlength=len(totals))
    others, respondents = rows[::2], rows[1::2]
    what = "propensity class" if method == "propensity classes" else "response class"
    remedy = "use fewer classes" if method == "propensity classes" else "merge it with another, or use fewer columns"
    lacking = np.flatnonzero((respondents == 0) & (others > 0))
    if len(lacking):
        listed = _listed([f"{groups.names[each]} ({others[each]} people)" for each in lacking])
        raise InputError(
            f"nobody responded in {_counted(len(lacking), what)}: {listed}; their weight has nowhere to go: {remedy}"
        )
    factors = np.zeros_like(totals)
    factors[1::2] = (totals[::2] + totals[1::2]) / totals[1::2]
    fewest = _FEW_RESPONDENTS if limits.fewest_respondents is None else limits.fewest_respondents
    largest = limits.largest_factor or _LARGE_FACTOR
    few = [
        f"{groups.names[each]} ({respondents[each]} of {respondents[each] + others[each]})"
        for each in np.flatnonzero((respondents < fewest) & (others > 0))
    ]
    high = [f"{groups.names[each]} ({factors[2 * each + 1]:.2f})" for each in np.flatnonzero(factors[1::2] > largest)]
    said_few = f"fewer than {fewest} respondents in {_counted(len(few), what)}: {_listed(few)}"
    said_high = f"adjustment factor above {largest:g} in {_counted(len(high), what)}: {_listed(high)}"
    if few and limits.fewest_respondents is not None:
        raise InputError(f"{said_few}; {remedy}")
    if high and limits.largest_factor is not None:
        raise InputError(f"{said_high}; {remedy}")
    said = tuple(text for text, found in ((said_few, few), (said_high, high)) if found)
    after = np.where(responded, weights * factors[code], 0.0)
    table = _table(groups.names, groups.code, weights, after, responded)
    return ResponseAdjustment(
        method, variables, weights, after, code, factors, totals, None, None, table, (*choices, *said)
    )


def _covariates(data: pd.DataFrame, formula: str, eligible: npt.NDArray[np.bool_]) -> tuple[Groups, FloatArray]:
    """Return the combinations of covariates that occur, and their model matrix (groups, coefficients)."""
    if not isinstance(formula, str) or formula.count("~") > 1 or formula.split("~")[0].strip() * formula.count("~"):
        raise InputError('propensity is a formula such as "~ age + district"; who responded is given by respondent')
    right = "~ " + formula.split("~")[-1]
    try:
        terms = formulaic.Formula(right.removeprefix("~ "))
        needed = sorted(str(name) for name in terms.required_variables)
    except (FormulaicError, SyntaxError) as error:
        raise InputError(f"the formula {formula!r} cannot be read: {str(error).splitlines()[0]}") from None
    for name in needed:
        find_column(data, name)
    if not needed:
        raise InputError(f"the formula {formula!r} names no covariates; use by=[] for one response class of everybody")
    groups = read_groups(data, needed, eligible)
    plain = {factor.expr for term in terms for factor in term.factors} <= {"1", *needed}
    # Functions of a column, as splines, may depend on how often its values occur.
    rows = data.iloc[groups.first] if plain else data[eligible]
    try:
        matrix = np.asarray(terms.get_model_matrix(_plain(rows[needed]), context={}), dtype=np.float64)
    except (FormulaicError, NameError, TypeError, ValueError, ArithmeticError) as error:
        raise InputError(f"the formula {formula!r} cannot be used: {str(error).splitlines()[0]}") from None
    if not plain:
        place = np.zeros(len(data), dtype=np.intp)
        place[eligible] = np.arange(int(eligible.sum()))
        matrix = matrix[place[groups.first]]
    if not np.isfinite(matrix).all():
        raise InputError(f"the formula {formula!r} makes values that are missing or infinite; check its covariates")
    return groups, matrix


def _plain(data: pd.DataFrame) -> pd.DataFrame:
    """Return covariates without categories that nobody is in."""
    return data.assign(
        **{
            str(name): column.cat.remove_unused_categories()
            for name, column in data.items()
            if isinstance(column.dtype, pd.CategoricalDtype)
        }
    )


def _no_estimate(
    data: pd.DataFrame,
    formula: str,
    groups: Groups,
    propensities: FloatArray,
    responded: npt.NDArray[np.bool_],
    eligible: npt.NDArray[np.bool_],
) -> str:
    """Say for whom the model would have to be certain, and because of which columns where that is plain."""
    certain = np.minimum(propensities, 1 - propensities)[groups.code] < 1e-6
    people = int((certain & eligible).sum())
    causes = []
    for name in formulaic.Formula(formula.split("~")[-1]).required_variables:
        column = data[str(name)][eligible]
        if column.nunique() > 50:
            continue
        rates = pd.Series(responded[eligible]).groupby(column.astype(str).to_numpy()).agg(["mean", "size"])
        causes += [
            f"{name}={level} ({'everybody' if rate == 1 else 'nobody'} of {size} responded)"
            for level, rate, size in rates.itertuples()
            if rate in (0, 1)
        ]
    because = f": {_listed(causes)}" if causes else ""
    return (
        f"the propensity model {formula!r} has no estimate: it tells for certain whether {people} people responded"
        f"{because}; merge such levels with others, or simplify the model"
    )


def _too_large(largest: float, factors: FloatArray, remedy: str) -> str:
    count = int((factors > largest).sum())
    if not count:
        return ""
    return f"adjustment factor above {largest:g} for {count} respondents (largest {factors.max():.2f}); {remedy}"


def _table(
    names: Sequence[str], code: IntArray, before: FloatArray, after: FloatArray, responded: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    counted = before != 0
    frame = pd.DataFrame(
        {
            "code": code,
            "responded": responded,
            "base": before,
            "answering": np.where(responded, before, 0.0),
            "factor": np.divide(after, before, out=np.full(len(before), np.nan), where=counted & responded),
        }
    )[counted]
    by = frame.groupby("code")
    sums = by[["base", "answering"]].sum()
    return pd.DataFrame(
        {
            "class": [names[each] for each in sums.index],
            "n": by.size().to_numpy(),
            "respondents": by["responded"].sum().to_numpy(),
            "response_rate": (sums["answering"] / sums["base"]).to_numpy(),
            "smallest_factor": by["factor"].min().to_numpy(),
            "largest_factor": by["factor"].max().to_numpy(),
        }
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 'es'}"


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return "; ".join(texts[:_NAMED]) + more
