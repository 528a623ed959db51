"""Verbs that show what weighting did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trustsurvey.errors import UnknownNameError
from trustsurvey.weighting.diagnostics.balance import Covariates
from trustsurvey.weighting.diagnostics.diagnosing import Diagnostics, diagnose
from trustsurvey.weighting.diagnostics.steps import step_weights, steps_table
from trustsurvey.weighting.encoding import Names

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["diagnostics", "weighting_steps", "weights_after"]


def diagnostics(
    self: SurveyDesign, y: Names | None = None, *, covariates: Covariates | None = None, by: Names | None = None
) -> Diagnostics:
    """Return what weighting did, to print, to draw and as tables.

    Parameters
    ----------
    y : str or list of str, optional
        Columns of numbers or booleans: their means without the largest weights, and the influence of respondents.
    covariates : list or mapping, optional
        Columns that are no margins, whose balance is shown as well. They are compared with the whole sample under its
        design weights; with ``{"education": {"low": 0.3, "high": 0.7}, "income": 2100}`` with these shares and means.
    by : str or list of str, optional
        Domain columns: the Kish effect in each domain.

    Returns
    -------
    Diagnostics
        ``print`` it; ``figure("balance")`` and others draw it; its attributes are data frames.

    Raises
    ------
    UnknownNameError, InputError
        A column does not exist or does not hold what is needed.
    """
    return diagnose(self._sample, y, covariates, by)


def weighting_steps(self: SurveyDesign) -> pd.DataFrame:
    """Return what the weights went through, a row for each step.

    Returns
    -------
    DataFrame
        ``step``, counted from 0, the design weights; ``what``, ``method`` and ``variables``; then of the weights after
        it that are not 0: ``n``, ``sum``, ``smallest``, ``median``, ``largest`` and ``kish``; ``smallest_factor`` and
        ``largest_factor``, weight after over weight before; and ``choices``.
    """
    return steps_table(self._sample)


def weights_after(self: SurveyDesign, step: int) -> pd.Series[float]:
    """Return the weights after a step of :meth:`weighting_steps`, indexed as the data; 0 is the design weights.

    A domain is no step: these are the weights of the whole sample.

    Raises
    ------
    UnknownNameError
        No such step.
    """
    sample = self._sample
    stages = step_weights(sample)
    if isinstance(step, bool) or not isinstance(step, int | np.integer) or not 0 <= step < len(stages):
        raise UnknownNameError("step", step, range(len(stages)))
    return pd.Series(stages[int(step)].copy(), index=sample.data.index, name="weights")
