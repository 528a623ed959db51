"""The steps that weights went through: design weights, non-response, calibration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import InputError, listed
from trustsurvey.weighting.adjusting.response import ResponseAdjustment
from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.diagnostics.weights import calibrated_rows, quantiles
from trustsurvey.weighting.encoding import FloatArray
from trustsurvey.weighting.estimation.domains import Domains
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["EFFECTS", "effective_size", "effects_table", "response_table", "step_weights", "steps_table"]

EFFECTS = ("step", "what", "n", "kish", "n_effective")
_RESPONSE = ["step", "class", "n", "respondents", "response_rate", "smallest_factor", "largest_factor"]


def step_weights(sample: Sample) -> list[FloatArray]:
    """Return the weights (n,) of the whole sample before the first step and after each."""
    return [sample.base_weights, *(step.weights for step in sample.steps)]


def effective_size(sample: Sample, weights: FloatArray) -> tuple[int, float]:
    """Return the number of respondents with a weight (n,) that is not 0, and their effective number (Kish)."""
    n = int(sample.respondents[weights != 0].sum())
    squares = weights**2 if sample.concentration is None else weights**2 * sample.concentration
    total = float(squares.sum())
    return n, float(weights.sum()) ** 2 / total if total else float("nan")


def steps_table(sample: Sample) -> pd.DataFrame:
    """Return a row for each step, with the weights after it."""
    rows = []
    for number, weights in enumerate(step_weights(sample)):
        step = sample.steps[number - 1] if number else None
        counted = weights != 0
        each = weights[counted] / sample.respondents[counted]
        n, effective = effective_size(sample, weights)
        factors = _factors(step)
        rows.append(
            {
                "step": number,
                "what": _what(step),
                "method": step.method if step else "",
                "variables": _variables(step),
                "n": n,
                "sum": weights.sum(),
                "smallest": each.min(),
                "median": quantiles(each, sample.respondents[counted], [0.5])[0],
                "largest": each.max(),
                "kish": n / effective,
                "smallest_factor": factors.min() if len(factors) else np.nan,
                "largest_factor": factors.max() if len(factors) else np.nan,
                "choices": "; ".join(step.choices) if step else "",
            }
        )
    return pd.DataFrame(rows)


def response_table(sample: Sample) -> pd.DataFrame:
    """Return the response classes of all adjustments for non-response."""
    tables = [
        step.classes.assign(step=number)
        for number, step in enumerate(sample.steps, start=1)
        if isinstance(step, ResponseAdjustment)
    ]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_RESPONSE)
    return table[_RESPONSE]


def effects_table(sample: Sample, domains: Domains) -> pd.DataFrame:
    """Return the Kish effect after each step in each domain.

    Raises
    ------
    InputError
        A domain column is called as a column of the result.
    """
    taken = [name for name in domains.labels if name in EFFECTS]
    if taken:
        raise InputError(f"by names {listed(taken)}, which the table of effects has itself; rename it by assign")
    tables = []
    code, count = domains.code, domains.count
    inside = code >= 0
    counted: npt.NDArray[np.bool_] = inside & (sample.weights != 0)
    stages = step_weights(sample)
    whole = np.array_equal(sample.weights, stages[-1])
    for number, weights in enumerate(stages):
        step = sample.steps[number - 1] if number else None
        # A domain holds for every step, but those who did not respond count until they lose their weight.
        here = inside & (weights != 0) if whole else counted
        concentration = 1.0 if sample.concentration is None else sample.concentration[here]
        n = np.bincount(code[here], sample.respondents[here], minlength=count)
        total = np.bincount(code[here], weights[here], minlength=count)
        squares = np.bincount(code[here], weights[here] ** 2 * concentration, minlength=count)
        effective = np.divide(total**2, squares, out=np.full(len(n), np.nan), where=squares > 0)
        kish = np.divide(n, effective, out=np.full(len(n), np.nan), where=effective > 0)
        tables.append(
            domains.table.assign(step=number, what=_what(step), n=n.astype(np.int64), kish=kish, n_effective=effective)
        )
    return pd.concat(tables, ignore_index=True)


def _what(step: Calibration | ResponseAdjustment | None) -> str:
    if step is None:
        return "design weights"
    return "calibration" if isinstance(step, Calibration) else "non-response"


def _variables(step: Calibration | ResponseAdjustment | None) -> str:
    if step is None:
        return ""
    return ", ".join(
        [margin.name for margin in step.problem.margins] if isinstance(step, Calibration) else step.variables
    )


def _factors(step: Calibration | ResponseAdjustment | None) -> FloatArray:
    """Return weight after over weight before, of those who keep a weight."""
    if step is None:
        return np.zeros(0)
    if isinstance(step, Calibration):
        rows = np.bincount(step.cell[calibrated_rows(step)], minlength=len(step.factors))
        return step.factors[rows > 0]
    rows = np.bincount(step.cell[step.respondent], minlength=len(step.factors))
    if step.matrix is None:
        # Those of other waves are in a class of none.
        rows[2 * len(step.classes) :] = 0
    return step.factors[rows > 0]
