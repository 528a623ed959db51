"""A survey design: answers, weights, how the sample was drawn, and what the weights were calibrated to."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from trustsurvey.errors import DesignError, InputError, one_of, shown_value
from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, Names, find_column, name_list
from trustsurvey.weighting.queries.reading import read_sample
from trustsurvey.weighting.sampling.sample import Sample, SingleCluster
from trustsurvey.weighting.sampling.structure import read_structure, read_weights, strata_by_stage
from trustsurvey.weighting.sampling.unequal import Pps, PpsVariance
from trustsurvey.weighting.verbs import (
    adjusting,
    calibrating,
    collapsing,
    comparing,
    describing,
    diagnosing,
    estimating,
    modelling,
    replicating,
    testing,
)
from trustsurvey.weighting.verbs.replicating import ReplicateType

__all__ = ["SurveyDesign"]


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
        Column of strata of the first stage; several columns make a stratum of each combination. A list of lists gives
        the strata of each stage, as in ``[["region"], ["size", "type"]]`` (R: ``strata = ~region + size``).
    clusters : str or list of str, optional
        Column of clusters, a list for several stages. Clusters are taken as nested within strata: the same name in two
        strata is two clusters.
    fpc : str or list of str, optional
        Column of clusters in the population of the stratum, or of sampling fractions; a list for several stages. A
        stage without one counts as drawn from an infinite population.
    single_cluster : "error", "certainty", "adjust" or "average"
        What a stratum with one cluster adds to the variance: an error, nothing, its distance from the grand mean, the
        average of other strata (R: ``survey.lonely.psu``, with ``survey.adjust.domain.lonely`` as it is, ``FALSE``).
    pps : str, mapping, or (clusters, clusters) array or DataFrame, optional
        How clusters of unequal probabilities were drawn without replacement; ``fpc`` holds these probabilities then.
        "brewer" (of any number of stages) and "overton" need nothing else; "hartley-rao" estimates the squared
        probabilities summed over the population, or is told by ``{"hartley-rao": sum}`` (a mapping of sums by
        stratum); a matrix holds the joint probabilities, in the order in which clusters first stand in the data or
        labelled by them (R: ``pps = "brewer"``, ``"overton"``, ``HR()``, ``HR(sum / n)``, ``ppsmat()``). Without it,
        weights alone are the approximation with replacement (Hansen and Hurwitz).
    pps_variance : "HT" or "YG"
        The estimator of Horvitz and Thompson or of Yates and Grundy, where pps is not "brewer".
    replicate_weights : list of str, optional
        Columns of weights of replicates made elsewhere (R: ``svrepdesign``), which take the place of strata and
        clusters.
    replicate_type : "bootstrap", "JK1", "JKn", "JK2", "BRR", "Fay", "SDR", "ACS" or "other"
        How they were made, which says scale and rscales as in R.
    scale, rscales : float, and one float for each replicate, optional
        The variance is ``scale * sum(rscales * (estimate - centre) ** 2)``.
    rho : float, optional
        The factor of Fay's method.
    mse : bool
        Variance about the estimate with the weights themselves instead of the mean of the replicates.
    combined : bool
        Whether replicate weights are whole weights, or are to be multiplied with the weights.

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
        strata: Names | Sequence[Names] | None = None,
        clusters: Names | None = None,
        fpc: Names | None = None,
        single_cluster: SingleCluster = "error",
        *,
        pps: Pps | None = None,
        pps_variance: PpsVariance = "HT",
        replicate_weights: Sequence[Hashable] | None = None,
        replicate_type: ReplicateType | None = None,
        scale: float | None = None,
        rscales: Sequence[float] | float | None = None,
        rho: float | None = None,
        mse: bool = False,
        combined: bool = True,
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
        _check_single_cluster(single_cluster)
        data = frame.copy(deep=False)
        by_stage = strata_by_stage(strata)
        given_strata = [name for names in by_stage for name in names]
        structure = read_structure(
            data,
            by_stage[0],
            name_list(clusters),
            name_list(fpc),
            later_strata=by_stage[1:],
            pps=pps,
            pps_variance=pps_variance,
        )
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
        columns = _roles(weights=weights, strata=given_strata, clusters=clusters, fpc=fpc)
        replicates = None
        if replicate_weights is not None:
            if columns.keys() - dict.fromkeys(name_list(weights)).keys():
                raise DesignError(
                    "replicate weights hold strata, clusters and their fpc already; leave these out, or leave the "
                    "replicate weights out"
                )
            if weights is None and combined:
                raise DesignError("replicate weights come with weights of the whole sample; name them by weights=...")
            replicates = replicating.read_replicates(
                data, values, replicate_weights, replicate_type, scale, rscales, rho=rho, mse=mse, combined=combined
            )
            columns.update(dict.fromkeys(list(replicate_weights), "replicate weights"))
        elif any(each is not None for each in (replicate_type, scale, rscales, rho)) or mse or not combined:
            raise DesignError("replicate_type, scale, rscales, rho, mse and combined go with replicate_weights")
        object.__setattr__(self, "_sample", Sample(data, values, structure, single_cluster, (), replicates))
        object.__setattr__(self, "_columns", columns)

    @classmethod
    def from_query(
        cls,
        connection: object,
        query: object,
        *,
        weights: Hashable | None = None,
        strata: Names | Sequence[Names] | None = None,
        clusters: Names | None = None,
        fpc: Names | None = None,
        keys: Names = (),
        values: Names = (),
        single_cluster: SingleCluster = "error",
    ) -> SurveyDesign:
        """Make a design from answers in DuckDB or another engine, which groups them by one ``GROUP BY``.

        The design holds a row for each combination of strata, clusters and keys, in their order, with the number of
        respondents, sums of weights, and sums and products of values. What it estimates is what a data frame of all
        answers would give; what needs a row for each respondent is refused.

        Parameters
        ----------
        connection : DuckDB connection, or ibis backend
            As ``duckdb.connect()``, or ``ibis.pyspark.connect(session)``; None where the query is an ibis table.
        query : str or ibis table
            SQL, or the name of a table: a row per respondent.
        weights, strata, clusters, fpc, single_cluster
            As for a design made of a data frame.
        keys : str or list of str
            Columns of few values: variables of margins and domains, and answers of any kind.
        values : str or list of str
            Columns of numbers of many values, to take means, totals and ratios of.

        Raises
        ------
        DesignError, InputError, UnknownNameError
            As for a data frame; the engine refuses the query; or there are more cells than can be held.
        MissingPackageError
            ibis or DuckDB is not installed (``pip install trustsurvey[query]``).
        """
        _check_single_cluster(single_cluster)
        sample = read_sample(connection, query, weights, strata, clusters, fpc, keys, values, single_cluster)
        design = object.__new__(cls)
        object.__setattr__(design, "_sample", sample)
        given_strata = [name for names in strata_by_stage(strata) for name in names]
        roles = _roles(weights=weights, strata=given_strata, clusters=clusters, fpc=fpc, values=values)
        object.__setattr__(design, "_columns", roles)
        return design

    def __repr__(self) -> str:
        first = self._sample.structure.stages[0]
        calibrated = ", ".join(calibration.method for calibration in self.calibrations)
        rows = f"{len(self._sample.data)} rows"
        if self._sample.counts is not None:
            rows = f"{self._sample.counts.sum()} respondents in {len(self._sample.data)} cells"
        lost = self._sample.nonrespondents
        if lost is not None:
            rows += f" of which {(~lost).sum()} responded"
        elif self._sample.counts is None and (self._sample.weights == 0).any():
            rows += f" of which {(self._sample.weights != 0).sum()} have a weight"
        replicates = self._sample.replicates
        drawn = f"{first.sampled.sum():.0f} clusters, {len(first.sampled)} strata"
        if replicates is not None:
            drawn = f"{replicates.count - len(replicates.dropped)} replicates ({replicates.method})"
        total = self._sample.weights.sum()
        summed = f"weights sum to {total:,.0f}" if total >= 1000 else f"weights sum to {total:.6g}"
        return f"SurveyDesign({rows}, {drawn}, {summed}{f', calibrated: {calibrated}' if calibrated else ''})"

    @property
    def data(self) -> pd.DataFrame:
        """The data frame; changing it does not change the design."""
        return self._sample.data.copy(deep=False)

    @property
    def weights(self) -> pd.Series[float]:
        """The weights, indexed as the data."""
        return pd.Series(self._sample.weights.copy(), index=self._sample.data.index, name="weights")

    @property
    def respondents(self) -> pd.Series[int]:
        """The respondents behind each row, indexed as the data: 1, or those of a cell in a design from a query."""
        return pd.Series(self._sample.respondents.copy(), index=self._sample.data.index, name="respondents")

    @property
    def calibrations(self) -> tuple[Calibration, ...]:
        """The calibrations of the weights, in the order they were made."""
        return tuple(step for step in self._sample.steps if isinstance(step, Calibration))

    @property
    def df(self) -> int:
        """Degrees of freedom: clusters minus strata (R: ``degf``)."""
        return self._sample.df

    adjust_nonresponse = adjusting.adjust_nonresponse
    rake = calibrating.rake
    calibrate = calibrating.calibrate
    propose_collapse = collapsing.propose_collapse

    diagnostics = diagnosing.diagnostics
    weighting_steps = diagnosing.weighting_steps
    weights_after = diagnosing.weights_after

    with_replicates = replicating.with_replicates
    replicate_weights = replicating.replicate_weights

    mean = estimating.mean
    total = estimating.total
    proportion = estimating.proportion

    ratio = describing.ratio
    quantile = describing.quantile
    median = describing.median
    variance = describing.variance
    standard_deviation = describing.standard_deviation
    covariance = describing.covariance
    correlation = describing.correlation
    design_effects = describing.design_effects

    regression = modelling.regression

    chisq = testing.chisq
    goodness_of_fit = testing.goodness_of_fit
    ttest = testing.ttest
    ranktest = testing.ranktest

    overlap = comparing.overlap

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
        try:
            changed = data.assign(**plain)
        except (TypeError, ValueError):
            raise DesignError(
                f"{', '.join(columns)} cannot be made a column; give an array or Series of {len(data)} values, or one "
                "value"
            ) from None
        return self._with(replace(self._sample, data=changed))

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
        inside = _truths(condition)
        if inside is None or len(inside) != len(data):
            raise InputError(f"a domain is one true or false for each of the {len(data)} rows")
        weights: FloatArray = np.where(inside, self._sample.weights, 0.0)
        if not weights.any():
            raise InputError("nobody with a weight above 0 is in this domain")
        return self._with(replace(self._sample, weights=weights))

    def _with(self, sample: Sample) -> SurveyDesign:
        changed = object.__new__(type(self))
        object.__setattr__(changed, "_sample", sample)
        object.__setattr__(changed, "_columns", self._columns)
        return changed


def _check_single_cluster(choice: object) -> None:
    if not one_of(choice, ("error", "certainty", "adjust", "average")):
        raise DesignError(
            f'no choice {shown_value(choice)} for single_cluster; available: "error", "certainty", "adjust", "average"'
        )


def _roles(**columns: Names | None) -> dict[Hashable, str]:
    """Return what the columns of a design are."""
    return {name: role for role, names in columns.items() for name in name_list(names)}


def _truths(condition: object) -> npt.NDArray[np.bool_] | None:
    """Return values as true or false, missing ones as false; None where they are something else."""
    if getattr(condition, "ndim", 1) != 1:
        return None
    if getattr(condition, "dtype", None) == np.dtype(bool):
        return np.array(condition)
    try:
        values = pd.Series(condition, dtype=object)
    except (TypeError, ValueError):
        return None
    known = values.notna().to_numpy()
    if not all(isinstance(each, bool | np.bool_) for each in values[known]):
        return None
    truths = np.zeros(len(values), dtype=bool)
    truths[known] = values[known].to_numpy(dtype=bool)
    return truths
