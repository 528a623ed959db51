"""A survey design: answers, weights, how the sample was drawn, and what the weights were calibrated to."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from trustsurvey.errors import CalibrationError, DesignError, InputError
from trustsurvey.weighting.calibration import Bounds, Calibration, Method, calibrate_weights, check_bounds
from trustsurvey.weighting.cells import Missing, build_problem
from trustsurvey.weighting.diagnostics import Diagnostics, diagnose
from trustsurvey.weighting.encoding import FloatArray, find_column, name_list
from trustsurvey.weighting.estimates import Estimates
from trustsurvey.weighting.estimation import estimate_means, estimate_proportions, estimate_totals
from trustsurvey.weighting.intervals import ProportionInterval
from trustsurvey.weighting.margins import Collapse, Margins, read_margins
from trustsurvey.weighting.sample import Sample, SingleCluster
from trustsurvey.weighting.structure import read_structure, read_weights

__all__ = ["SurveyDesign"]

Names = Hashable | Sequence[Hashable]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class SurveyDesign:
    """A sample with its weights and the way it was drawn (R: ``svydesign(nest = TRUE)``).

    Parameters
    ----------
    frame : DataFrame
        A row per respondent. It is never changed.
    weights : str, optional
        Column of weights, at least 0. Without it every weight is 1, or what ``fpc`` implies where that is given.
    strata : str or list of str, optional
        Column of strata of the first stage; several columns make a stratum of each combination.
    clusters : str or list of str, optional
        Column of clusters, a list for several stages. Clusters are taken as nested within strata: the same name in two
        strata is two clusters.
    fpc : str or list of str, optional
        Column of clusters in the population of the stratum, or of sampling fractions; a list for several stages.
    single_cluster : "error", "certainty", "adjust" or "average"
        What a stratum with one cluster adds to the variance: an error, nothing, its distance from the grand mean, the
        average of other strata (R: ``survey.lonely.psu``).

    Raises
    ------
    DesignError
        Weights, strata, clusters or fpc are missing somewhere or contradict each other.
    UnknownNameError
        No such column.
    """

    _sample: Sample
    _columns: dict[Hashable, str]

    def __init__(
        self,
        frame: pd.DataFrame,
        weights: Hashable | None = None,
        strata: Names | None = None,
        clusters: Names | None = None,
        fpc: Names | None = None,
        single_cluster: SingleCluster = "error",
    ) -> None:
        if not isinstance(frame, pd.DataFrame):
            raise DesignError(f"a design is made of a pandas data frame; got {type(frame).__name__}")
        if not len(frame):
            raise DesignError("the data frame has no rows; there is nobody to estimate from")
        if frame.columns.nlevels > 1:
            raise DesignError("the data frame has columns of several levels; give each column one name first")
        twice = list(dict.fromkeys(frame.columns[frame.columns.duplicated()]))
        if twice:
            raise DesignError(f"columns stand twice in the data frame: {', '.join(str(name) for name in twice)}")
        if single_cluster not in ("error", "certainty", "adjust", "average"):
            raise DesignError(
                f'no choice {single_cluster!r} for single_cluster; available: "error", "certainty", "adjust", "average"'
            )
        data = frame.copy(deep=False)
        structure = read_structure(data, name_list(strata), name_list(clusters), name_list(fpc))
        if weights is not None:
            values = read_weights(data, weights)
        elif fpc is not None:
            values = np.broadcast_to(structure.inverse_fractions(), len(data)).copy()
            if not np.isfinite(values).all():
                raise DesignError(
                    "fpc is given for some stages only, so it implies no weights; give weights, or fpc for every stage"
                )
        else:
            values = np.ones(len(data))
        columns = dict.fromkeys(name_list(weights), "weights")
        for names, role in ((strata, "strata"), (clusters, "clusters"), (fpc, "fpc")):
            columns.update(dict.fromkeys(name_list(names), role))
        object.__setattr__(self, "_sample", Sample(data, values, structure, single_cluster))
        object.__setattr__(self, "_columns", columns)

    def __repr__(self) -> str:
        first = self._sample.structure.stages[0]
        calibrated = ", ".join(calibration.method for calibration in self.calibrations)
        return (
            f"SurveyDesign({len(self._sample.data)} rows, {len(first.stratum)} clusters, {len(first.sampled)} strata, "
            f"weights sum to {self._sample.weights.sum():.6g}{f', calibrated: {calibrated}' if calibrated else ''})"
        )

    @property
    def data(self) -> pd.DataFrame:
        """The data frame; changing it does not change the design."""
        return self._sample.data.copy(deep=False)

    @property
    def weights(self) -> pd.Series[float]:
        """The weights, indexed as the data."""
        return pd.Series(self._sample.weights.copy(), index=self._sample.data.index, name="weights")

    @property
    def calibrations(self) -> tuple[Calibration, ...]:
        """The calibrations of the weights, in the order they were made."""
        return self._sample.calibrations

    @property
    def df(self) -> int:
        """Degrees of freedom: clusters minus strata (R: ``degf``)."""
        return self._sample.df

    def rake(
        self,
        margins: Margins,
        on: Sequence[object] | None = None,
        *,
        within: str | None = None,
        bounds: Bounds | None = None,
        missing: Missing = "error",
        collapse: Collapse | None = None,
    ) -> SurveyDesign:
        """Rake the weights to margins: :meth:`calibrate` with ``method="raking"``."""
        return self.calibrate(
            margins, on, method="raking", within=within, bounds=bounds, missing=missing, collapse=collapse
        )

    def calibrate(
        self,
        margins: Margins,
        on: Sequence[object] | None = None,
        *,
        method: Method = "raking",
        within: str | None = None,
        bounds: Bounds | None = None,
        missing: Missing = "error",
        collapse: Collapse | None = None,
    ) -> SurveyDesign:
        """Change the weights as little as possible so that they meet known totals (R: ``calibrate``).

        Parameters
        ----------
        margins : Population or mapping
            A population, or plain margins: ``{"sex": {"f": 520, "m": 480}}``; ``{("origin", "age"): {("a", "16-24"):
            10, ...}}`` for several variables together; ``{"pupils": 3811472}`` for the total of a continuous variable.
            Levels match by value, never by order. Counts or shares: where there are counts, weights sum to their total
            and shares are of it; where all are shares, weights sum to the number of rows.
        on : list, optional
            The margins of a population to meet, as in ``["district", ["origin", "age_group"], "sex"]``.
        method : "raking", "linear" or "logit"
            The distance between weights before and after.
        within : str, optional
            Meet all margins within each level of this column, as of a wave (R: ``calibrate(~wave:district + ...)``).
        bounds : (lower, upper), optional
            Least and largest weight over base weight. Where base weights are so far from the total of the margins that
            no factor within the bounds could reach it, they are scaled to it first, and diagnostics say so.
        missing : "error" or "keep"
            Respondents who miss a margin variable: an error, or kept as ``unknown`` at their share of the weights.
        collapse : mapping, optional
            Levels to merge in sample and margins, as in ``{"district": {"21011": "21010"}}``.

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
        limits = check_bounds(method, bounds)
        sample = self._sample
        least = sample.weights.min()
        if least == 0:
            zero = int((sample.weights == 0).sum())
            raise CalibrationError(
                f"{zero} of {len(sample.weights)} weights are 0, and calibration cannot change a 0; drop these rows "
                "before making the design, or give them a weight"
            )
        if least < 0:
            raise CalibrationError("some weights are below 0 after an earlier calibration; use bounds there, or raking")
        tables, continuous = read_margins(margins, on)
        problem = build_problem(
            sample.data,
            sample.weights,
            tables,
            continuous,
            within=within,
            missing=missing,
            collapse=collapse or {},
        )
        calibration = calibrate_weights(problem, sample.weights, method, limits)
        return self._with(
            replace(sample, weights=calibration.weights, calibrations=(*sample.calibrations, calibration))
        )

    def mean(self, y: Names, by: Names | None = None) -> Estimates:
        """Estimate means (R: ``svymean``, ``svyby``).

        Parameters
        ----------
        y : str or list of str
            Columns of numbers or booleans; for a list the table has a column ``variable``.
        by : str or list of str, optional
            Domain columns. A category that nobody is in makes a row without an estimate; rows with a missing domain are
            counted in ``left_out``.

        Returns
        -------
        Estimates
            Among those who answered: the standard errors of the whole design, 95 % intervals on t.

        Raises
        ------
        UnknownNameError, InputError, DesignError
        """
        return estimate_means(self._sample, y, by)

    def total(self, y: Names, by: Names | None = None) -> Estimates:
        """Estimate totals (R: ``svytotal``, ``svyby``); parameters and errors as in :meth:`mean`."""
        return estimate_totals(self._sample, y, by)

    def proportion(self, y: Hashable, by: Names | None = None, interval: ProportionInterval = "logit") -> Estimates:
        """Estimate the share of each level of a variable (R: ``svymean`` of a factor, ``svyciprop``).

        Parameters
        ----------
        y : str
            A column; each of its levels is a row, every category of a categorical too.
        by : str or list of str, optional
            Domain columns, as in :meth:`mean`.
        interval : "logit", "wilson" or "beta"
            On the logit scale (Wilson's at 0 and 1); Wilson's on the effective number of answers p (1 - p) / v, which
            for a simple random sample is n; or Korn and Graubard's.

        Raises
        ------
        UnknownNameError, InputError, DesignError
        """
        return estimate_proportions(self._sample, y, by, interval)

    def assign(self, **columns: object) -> SurveyDesign:
        """Return a design with columns added or replaced.

        Parameters
        ----------
        **columns : Series (indexed as the data), array of n values, or one value

        Raises
        ------
        DesignError
            A column of the design itself, or of another length or index.
        """
        data = self._sample.data
        for name, values in columns.items():
            if name in self._columns:
                raise DesignError(
                    f"column {name!r} holds the design's {self._columns[name]}; make a new design instead"
                )
            if isinstance(values, pd.Series) and not values.index.equals(data.index):
                raise DesignError(
                    f"column {name!r} is not indexed as the data; pass its values in the order of the rows"
                )
            if not isinstance(values, str) and hasattr(values, "__len__") and len(values) != len(data):
                raise DesignError(f"column {name!r} has {len(values)} values for {len(data)} rows")
        plain: dict[str, Any] = {
            name: each.array if isinstance(each, pd.Series) else each for name, each in columns.items()
        }
        return self._with(replace(self._sample, data=data.assign(**plain)))

    def domain(self, condition: object) -> SurveyDesign:
        """Return the design restricted to a part of the sample: weights are 0 elsewhere, no row is dropped.

        Parameters
        ----------
        condition : str, or Series or array of n booleans
            A boolean column by name, or its values; missing counts as outside.

        Raises
        ------
        InputError
            Not one boolean a row, or nobody is inside.
        """
        data = self._sample.data
        if isinstance(condition, str):
            condition = find_column(data, condition)
        if isinstance(condition, pd.Series) and not condition.index.equals(data.index):
            raise InputError("the condition is not indexed as the data; pass its values in the order of the rows")
        values = pd.Series(condition, dtype=object)
        known = values.notna().to_numpy()
        if len(values) != len(data) or not all(isinstance(each, bool | np.bool_) for each in values[known]):
            raise InputError(f"a domain is one true or false for each of the {len(data)} rows")
        inside = np.zeros(len(data), dtype=bool)
        inside[known] = values[known].to_numpy(dtype=bool)
        weights: FloatArray = np.where(inside, self._sample.weights, 0.0)
        if not weights.any():
            raise InputError("nobody with a weight above 0 is in this domain")
        return self._with(replace(self._sample, weights=weights))

    def diagnostics(self) -> Diagnostics:
        """Return the Kish effect, the gaps of the margins, the range of the weights, and the choices made."""
        return diagnose(self._sample)

    def _with(self, sample: Sample) -> SurveyDesign:
        changed = object.__new__(type(self))
        object.__setattr__(changed, "_sample", sample)
        object.__setattr__(changed, "_columns", self._columns)
        return changed
