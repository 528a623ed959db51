"""Verbs that change the weights of a design."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from trustsurvey.weighting.calibration.calibrating import Bounds, Method, calibrate_weights, check_bounds
from trustsurvey.weighting.calibration.cells import Missing, build_problem, check_weights
from trustsurvey.weighting.calibration.households import check_clusters
from trustsurvey.weighting.calibration.margins import Collapse, Margins, Reconcile, read_margins
from trustsurvey.weighting.threads import single_threaded

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["calibrate", "rake"]


def rake(
    self: SurveyDesign,
    margins: Margins,
    on: Sequence[object] | None = None,
    *,
    within: str | None = None,
    bounds: Bounds | Literal["tightest"] | None = None,
    kish: float | None = None,
    household: Hashable | None = None,
    missing: Missing = "error",
    collapse: Collapse | None = None,
    reconcile: Reconcile = "error",
) -> SurveyDesign:
    """Rake the weights to known margins, all at once: :meth:`calibrate` with ``method="raking"`` (R: ``rake``).

    As in ``design.rake({"sex": {"woman": 0.52, "man": 0.48}})``, or
    ``design.rake(population, on=["district", ["age_group", "sex"]], bounds=(0.3, 3))``. Parameters, errors and sources
    are those of :meth:`calibrate`.
    """
    return self.calibrate(
        margins,
        on,
        method="raking",
        within=within,
        bounds=bounds,
        kish=kish,
        household=household,
        missing=missing,
        collapse=collapse,
        reconcile=reconcile,
    )


@single_threaded
def calibrate(
    self: SurveyDesign,
    margins: Margins,
    on: Sequence[object] | None = None,
    *,
    method: Method = "raking",
    within: str | None = None,
    bounds: Bounds | Literal["tightest"] | None = None,
    kish: float | None = None,
    household: Hashable | None = None,
    missing: Missing = "error",
    collapse: Collapse | None = None,
    reconcile: Reconcile = "error",
) -> SurveyDesign:
    """Change the weights as little as possible so that they meet known totals (R: ``calibrate``).

    Parameters
    ----------
    margins : Population or mapping
        A population, or plain margins: ``{"sex": {"f": 520, "m": 480}}``; ``{("origin", "age"): {("a", "16-24"):
        10, ...}}`` for several variables together; ``{"pupils": 3811472}`` for the total of a continuous variable;
        ``{"district": population, "age": newer_population}`` for margins of several populations.
        Levels match by value, never by order. Counts or shares: where there are counts, weights sum to their total
        and shares are of it; where all are shares (they sum to 1), weights sum to the number of respondents. A level
        whose count is not known is None: such levels together get what the others leave of the total.
    on : list, optional
        The margins of a population to meet, as in ``["district", ["origin", "age_group"], "sex"]``.
    method : "raking", "linear" or "logit"
        The distance between weights before and after.
    within : str, optional
        Meet all margins within each level of this column, as of a wave (R: ``calibrate(~wave:district + ...)``).
    bounds : (lower, upper) or "tightest", optional
        Least and largest weight over base weight, or the tightest (1/c, c) with which the margins can be met. Where
        base weights are so far from the total of the margins that no factor within the bounds could reach it, they
        are scaled to it first, and diagnostics say so.
    kish : float, optional
        Find the tightest bounds (1/c, c) with which Kish's design effect of the weights is at most this.
    household : str, optional
        Give all members of a household the same factor (Lemaître and Dufour 1987; R: ``aggregate.stage``).
    missing : "error" or "keep"
        Respondents who miss a margin variable: an error, or kept as ``unknown`` at their share of the weights.
    collapse : mapping, optional
        Levels to merge in sample and margins, as in ``{"district": {"21011": "21010"}}``; :meth:`propose_collapse`
        proposes one.
    reconcile : "error" or "first"
        Margins of counts with different totals: an error, or all scaled to the total of the first one.

    Returns
    -------
    SurveyDesign
        A design with new weights. On a calibrated design the earlier margins are met no longer; standard errors
        take both calibrations into account, the last one first (R projects the first one first, which leaves an
        error to margins that are met).

    Raises
    ------
    CalibrationError
        Margins contradict each other or the sample, or no weights meet them; the message names levels and numbers.

    Notes
    -----
    Deville and Särndal (1992), Calibration estimators in survey sampling, JASA 87, 376-382.
    """
    limits = check_bounds(method, bounds, kish)
    sample = self._sample
    data, weights, lost = sample.data, sample.weights, sample.nonrespondents
    counts = sample.counts
    if lost is not None:
        data, weights = data[~lost], weights[~lost]
        counts = None if counts is None else counts[~lost]
    tables, continuous = read_margins(margins, on)
    check_weights(data, weights, tables, counts)
    if household is not None and sample.replicates is None:
        cluster = sample.structure.stages[0].cluster
        check_clusters(data, household, cluster if cluster is None or lost is None else cluster[~lost])
    problem = build_problem(
        data,
        weights,
        tables,
        continuous,
        within=within,
        missing=missing,
        collapse={} if collapse is None else collapse,
        respondents=counts,
        household=household,
        reconcile=reconcile,
    )
    if lost is not None:
        # Those who did not respond are in a cell with a weight of 0, which stays 0.
        cell = np.zeros(len(lost), dtype=np.intp)
        cell[~lost] = problem.cell
        problem = replace(problem, cell=cell)
    calibration = calibrate_weights(
        problem,
        sample.weights,
        method,
        limits,
        kish=kish,
        squares=None if kish is None else sample.squared_weights,
        respondents=None if kish is None else sample.size,
    )
    return self._with(sample.adjusted(calibration))
