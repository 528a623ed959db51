"""What weighting did: Kish effect, balance, spread and influence of the weights, convergence, steps, choices."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.diagnostics.balance import Covariates, balance_table, margins_table
from trustsurvey.weighting.diagnostics.figures import draw
from trustsurvey.weighting.diagnostics.steps import effective_size, effects_table, response_table, steps_table
from trustsurvey.weighting.diagnostics.text import as_html, as_text
from trustsurvey.weighting.diagnostics.weights import (
    bounds_table,
    histogram_table,
    influence_tables,
    largest_weights,
    quantiles_table,
)
from trustsurvey.weighting.encoding import Names, name_list
from trustsurvey.weighting.estimation.domains import read_domains
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Diagnostics", "diagnose"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Diagnostics:
    """What weighting did; ``print`` it for a summary, draw it with :meth:`figure`.

    Attributes
    ----------
    n : int
        Respondents whose weight is not 0; in a domain, those in it.
    total : float
        The sum of their weights.
    kish : float
        Kish's design effect of unequal weights, 1 + CV squared (Kish 1965, Survey Sampling, 11.7).
    n_effective : float
        Number of respondents over the Kish effect.
    steps : DataFrame
        What the weights of the whole sample went through, as :meth:`SurveyDesign.weighting_steps` returns it.
    effects : DataFrame
        The domain columns of ``by``, ``step``, ``what``, ``n``, ``kish`` and ``n_effective``: the Kish effect in each
        domain after each step; without ``by`` overall.
    response : DataFrame
        A row per ``step`` and response ``class``: ``n``, ``respondents``, weighted ``response_rate``,
        ``smallest_factor`` and ``largest_factor``; empty where there was no adjustment for non-response.
    margins : DataFrame
        ``margin``, ``level``, ``target``, weighted counts ``before`` (scaled to the target's total) and ``after``,
        ``gap``, after over target minus 1, and ``n``, unweighted.
    balance : DataFrame
        ``variable``, ``level`` (``mean`` for numbers), ``reference`` (what is compared with), then ``target``,
        ``before`` and ``after`` as shares or means, and ``difference_before`` and ``difference_after``, standardised:
        up to about .1 is taken as balanced.
    weights : DataFrame
        Quantiles of ``weight``, and of ``g_weight``, weight over base weight, by ``quantile``; 0 and 1 are the range.
    histogram : DataFrame
        ``n`` respondents by interval ``lower`` to ``upper``, ``of`` weight over mean weight, and of g-weight
        (over its mean where there are no bounds).
    bounds : DataFrame
        A row per ``calibration``: ``smallest`` and ``largest`` g-weight, bounds ``lower`` and ``upper``, and how many
        respondents are ``at_lower`` and ``at_upper``.
    largest : DataFrame
        The ``share`` of the total weight that the ``n`` ``largest`` weights have.
    without : DataFrame
        For each ``variable`` of ``y``, the mean ``without`` the ``n`` largest weights, which have this ``share`` of the
        total: ``estimate``, ``change``, and ``change_in_se``, standard errors of the full estimate.
    influence : DataFrame
        For each ``variable`` of ``y``, by how many standard errors the mean changes without one respondent: ``median``,
        ``quantile_99``, ``largest``, the ``limit`` of 2 over the root of n, and how many are ``above_limit``.
    convergence : DataFrame
        A row per calibration and margin: ``calibration``, ``method``, ``margin``, ``iterations``, ``largest_gap`` and
        the number of ``levels``.
    trace : DataFrame
        ``calibration``, ``iteration`` (0 is the start), ``margin``, ``largest_gap``.
    choices : tuple of str
        What was chosen: levels merged, missing answers kept, base weights scaled, negative weights, small classes.
    """

    n: int
    total: float
    kish: float
    n_effective: float
    steps: pd.DataFrame
    effects: pd.DataFrame
    response: pd.DataFrame
    margins: pd.DataFrame
    balance: pd.DataFrame
    weights: pd.DataFrame
    histogram: pd.DataFrame
    bounds: pd.DataFrame
    largest: pd.DataFrame
    without: pd.DataFrame
    influence: pd.DataFrame
    convergence: pd.DataFrame
    trace: pd.DataFrame
    choices: tuple[str, ...]

    def __repr__(self) -> str:
        effective = f"effective sample size {self.n_effective:.1f}"
        return f"Diagnostics({self.n} respondents, Kish effect {self.kish:.3f}, {effective})"

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)

    def figure(self, of: str) -> Figure:
        """Draw a diagnostic.

        Parameters
        ----------
        of : "margins", "balance", "weights", "influence", "convergence" or "effects"
            Margins before and after; a love plot of standardised differences; histograms of weights and g-weights; what
            the largest weights do; the gap of each margin over the iterations; Kish effects by step and domain.

        Returns
        -------
        Figure
            A matplotlib figure of its own: a notebook shows it, ``savefig`` writes it.

        Raises
        ------
        UnknownNameError
            No such figure.
        InputError
            There is nothing to draw, as with a convergence before any calibration.
        """
        return draw(self, of)


def diagnose(
    sample: Sample, y: Names | None = None, covariates: Covariates | None = None, by: Names | None = None
) -> Diagnostics:
    """Return the diagnostics of a sample's weights.

    Parameters
    ----------
    sample : Sample
    y : str or list of str, optional
        Variables, numbers or booleans, whose means are shown without the largest weights.
    covariates : list or mapping, optional
        Further variables whose balance is shown; a mapping gives what they are compared with, shares or a mean.
    by : str or list of str, optional
        Domains in which the Kish effect is shown.

    Raises
    ------
    UnknownNameError, InputError
    """
    n, effective = effective_size(sample, sample.weights)
    calibrations = [step for step in sample.steps if isinstance(step, Calibration)]
    last = calibrations[-1] if calibrations else None
    margins = margins_table(calibrations, sample.respondents)
    without, influence = influence_tables(sample, name_list(y))
    choices = [choice for step in sample.steps for choice in step.choices]
    if sample.replicates is not None:
        choices.extend(sample.replicates.choices)
    negative = int(sample.respondents[sample.weights < 0].sum())
    if negative:
        choices.append(f"{negative} weights are below 0; bounds or raking avoid that")
    if sample.counts is not None:
        choices.append("weights are spread as their means by cell of the query; the Kish effect is exact")
    domains = read_domains(sample.data, name_list(by))
    return Diagnostics(
        n=n,
        total=float(sample.weights.sum()),
        kish=n / effective,
        n_effective=effective,
        steps=steps_table(sample),
        effects=effects_table(sample, domains),
        response=response_table(sample),
        margins=margins,
        balance=balance_table(sample, calibrations, margins, covariates),
        weights=quantiles_table(sample, last),
        histogram=histogram_table(sample, last),
        bounds=bounds_table(sample, calibrations),
        largest=largest_weights(sample),
        without=without,
        influence=influence,
        convergence=_convergence(calibrations),
        trace=_trace(calibrations),
        choices=tuple(choices),
    )


def _convergence(calibrations: Sequence[Calibration]) -> pd.DataFrame:
    rows = [
        (number, calibration.method, margin.name, calibration.iterations, gap, len(margin.levels))
        for number, calibration in enumerate(calibrations, start=1)
        for margin, gap in zip(calibration.problem.margins, calibration.trace[-1].tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["calibration", "method", "margin", "iterations", "largest_gap", "levels"])


def _trace(calibrations: Sequence[Calibration]) -> pd.DataFrame:
    tables = [
        pd.DataFrame(
            {
                "calibration": number,
                "iteration": np.repeat(np.arange(len(calibration.trace)), calibration.trace.shape[1]),
                "margin": [margin.name for margin in calibration.problem.margins] * len(calibration.trace),
                "largest_gap": calibration.trace.ravel(),
            }
        )
        for number, calibration in enumerate(calibrations, start=1)
    ]
    columns: list[Hashable] = ["calibration", "iteration", "margin", "largest_gap"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
