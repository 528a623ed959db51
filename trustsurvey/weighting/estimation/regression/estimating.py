"""Regression of a sample: from a formula to a result."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import linalg

from trustsurvey.errors import InputError, shown_value
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.estimates import join_flags
from trustsurvey.weighting.estimation.intervals import p_values, t_interval
from trustsurvey.weighting.estimation.regression.covariates import read_covariates
from trustsurvey.weighting.estimation.regression.families import FamilyName, LinkName, find_family, find_link
from trustsurvey.weighting.estimation.regression.fitted import FittedModel
from trustsurvey.weighting.estimation.regression.formula import RegressionFormula, read_formula
from trustsurvey.weighting.estimation.regression.matrix import ModelMatrix, build_matrix
from trustsurvey.weighting.estimation.regression.models import GeneralisedModel, Model, ordinal_model
from trustsurvey.weighting.estimation.regression.ordinal import cumulative
from trustsurvey.weighting.estimation.regression.outcome import Outcome, read_outcome
from trustsurvey.weighting.estimation.regression.result import Regression
from trustsurvey.weighting.sampling.inference import Inference
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["estimate_regression"]


def estimate_regression(
    sample: Sample, formula: str, family: FamilyName, link: LinkName | None, reference: Mapping[str, object] | None
) -> Regression:
    """Return a regression of a sample; parameters and errors as in ``SurveyDesign.regression``."""
    link_function = find_link(family, link)
    # What is held as sums by cell is no column, which find_column explains.
    parsed = read_formula(formula, [*sample.data.columns, *sample.data.attrs.get("values", ())])
    outcome = read_outcome(sample, parsed.outcome, family)
    if reference is not None and not isinstance(reference, Mapping):
        raise InputError(
            f'reference is a mapping from column to level, as {{"origin": "a"}}; got {shown_value(reference)}'
        )
    covariates = read_covariates(sample.data, parsed, reference or {})
    counted = sample.weights != 0
    complete = ~outcome.missing
    for covariate in covariates:
        complete &= ~covariate.missing
    used = counted & complete
    rows = np.flatnonzero(used)
    if not len(rows):
        raise InputError(f"no row has a weight and all variables of {formula!r}; nothing can be fitted")
    if (sample.weights[rows] < 0).any():
        raise InputError("some weights are below 0 after a calibration, and a likelihood cannot have them; use bounds")
    respondents = sample.respondents
    n = int(respondents[used].sum())
    matrix = build_matrix(parsed, covariates, rows, sample.weights[rows], n)
    model, outcome = _model(matrix, parsed, outcome, family, link)
    used_sample = replace(sample, weights=np.where(used, sample.weights, 0.0))
    fit = model.fit(used_sample.weights[rows])
    fitted = FittedModel(model, used_sample.weights, fit)
    if not fit.converged or not np.isfinite(fitted.inverse).all():
        raise InputError(_no_fit(fitted, family))
    inference = fitted.infer(used_sample)
    thresholds = len(outcome.levels) - 1 if family == "ordinal" else 0
    # Replicates measure the whole sample, those who did not answer too (R: the same).
    design_df = inference.df if sample.replicates is None else sample.df
    df = design_df + 1 - (fitted.size - thresholds + (1 if thresholds else 0))
    unit = float(sample.weights.sum() / sample.respondents[counted].sum())
    total = float(used_sample.weights.sum())
    naive = model.back @ fitted.inverse @ model.back.T * (unit / total)
    deviance = model.deviance(used_sample.weights[rows], fit.coefficients) / unit
    dispersion = math.nan
    if isinstance(model, GeneralisedModel):
        dispersion = _dispersion(model, fit.coefficients, used_sample.weights[rows], n)
    aic = math.nan
    if family in ("binomial", "poisson"):
        aic = deviance + 2 * _design_effects(model, inference.covariance, naive)
    return Regression(
        formula=parsed.text,
        family=family,
        link=link_function.name,
        levels=outcome.levels,
        table=_table(model.names, fitted.coefficients, inference.covariance, df),
        covariance=inference.covariance,
        df=df,
        n=n,
        n_effective=total**2 / float(used_sample.squared_weights.sum()),
        missing=int(respondents[counted & ~complete].sum()),
        deviance=deviance,
        dispersion=dispersion,
        aic=aic,
        flags=_flags(inference, sample, df),
        _fitted=fitted,
        _sample=used_sample,
        _naive=naive,
        _unit=unit,
    )


def _flags(inference: Inference, sample: Sample, df: int) -> str:
    """Say what a reader has to know."""
    flags = ["no degrees of freedom"] if df <= 0 else []
    if inference.replicates is not None and sample.replicates is not None:
        dropped = len(sample.replicates.dropped)
        lost = int(np.isnan(inference.replicates).any(axis=1).sum()) - dropped
        if lost:
            flags.append(
                f"{lost} of {sample.replicates.count - dropped} replicates have no finite fit and are left out"
            )
    return join_flags(flags)


def _model(
    matrix: ModelMatrix, formula: RegressionFormula, outcome: Outcome, family: str, link: LinkName | None
) -> tuple[Model, Outcome]:
    """Return the model of the rows of a matrix, and the outcome with the levels that occur."""
    values = outcome.values[matrix.rows]
    if family != "ordinal":
        if family == "binomial" and (values == values[0]).all():
            raise InputError(
                f"{outcome.name!r} is the same in all {len(values)} rows that count; nothing can be fitted"
            )
        variances = None if outcome.variances is None else outcome.variances[matrix.rows]
        return GeneralisedModel(matrix, values, find_family(family, link), outcome.varying, variances), outcome
    if not formula.has_intercept:
        raise InputError(
            "an ordinal regression has thresholds, which take the place of an intercept; leave out 0 or -1"
        )
    codes = values.astype(np.intp)
    used = np.flatnonzero(np.bincount(codes, minlength=len(outcome.levels)))
    if len(used) < 3:
        raise InputError(
            f"an ordinal regression needs three levels or more, but {outcome.name!r} has {len(used)} among the rows "
            'that count; use family="binomial" for two'
        )
    place = np.zeros(len(outcome.levels), dtype=np.intp)
    place[used] = np.arange(len(used))
    levels: tuple[Hashable, ...] = tuple(outcome.levels[each] for each in used)
    function = cumulative(find_link(family, link).name)
    return ordinal_model(matrix, place[codes], levels, function), replace(outcome, levels=levels)


def _no_fit(fitted: FittedModel, family: str) -> str:
    """Say which coefficients have no finite value."""
    names = fitted.model.names
    # How far a step moves predictors, whatever the unit of a column.
    size = np.linalg.norm(np.linalg.inv(fitted.model.back), axis=0)
    step = np.abs(fitted.model.back @ fitted.fit.step) * size
    moving = [name for name, size in zip(names, step, strict=True) if size > 0.1 * step.max()]
    named = f": {', '.join(moving[:8])}" if moving else ""
    reason = {
        "binomial": "the outcome is the same for everybody in some group, or numbers separate it perfectly",
        "poisson": "some group has counts of 0 only",
        "ordinal": "some group has answers at one end of the scale only",
    }.get(family, "the numbers are too far apart")
    return f"some coefficients have no finite estimate{named}; {reason}: merge levels, or leave the term out"


def _dispersion(model: GeneralisedModel, parameters: FloatArray, weights: FloatArray, n: int) -> float:
    """Return the weighted variance of Pearson residuals."""
    mean = model.means(parameters)
    residual = (model.y - mean) / np.sqrt(model.family.variance(mean))
    centred = residual - weights @ residual / weights.sum()
    within = 0.0 if model.variances is None else model.variances
    return float(weights @ (centred**2 + within) / weights.sum() * n / (n - 1)) if n > 1 else math.nan


def _design_effects(model: Model, covariance: FloatArray, naive: FloatArray) -> float:
    """Return the sum of the generalised design effects of all coefficients but the intercept."""
    tested = [place for name, places in model.places.items() if name != "Intercept" for place in places]
    if not tested:
        return 0.0
    places = np.ix_(tested, tested)
    return float(np.trace(linalg.solve(naive[places], covariance[places], assume_a="pos")))


def _table(names: tuple[str, ...], estimate: FloatArray, covariance: FloatArray, df: int) -> pd.DataFrame:
    se = np.sqrt(np.maximum(np.diag(covariance), 0))
    low, high = t_interval(estimate, se, df)
    t = np.divide(estimate, se, out=np.full(len(se), np.nan), where=se > 0)
    return pd.DataFrame(
        {
            "term": list(names),
            "estimate": estimate,
            "se": se,
            "low": low,
            "high": high,
            "t": t,
            "p_value": p_values(estimate, se, df),
        }
    )
