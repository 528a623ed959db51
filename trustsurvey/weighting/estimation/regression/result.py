"""A regression as a result: coefficients, tests of terms, predictions, marginal means."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError, UnknownNameError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray, name_list
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.printing import as_html, as_text
from trustsurvey.weighting.estimation.regression.fitted import FittedModel
from trustsurvey.weighting.estimation.regression.margins import Scale, grid_means, predict, sample_means
from trustsurvey.weighting.estimation.regression.testing import TermTest, Tested, rao_scott_test, wald_test
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Regression"]


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A regression with the standard errors of the design; ``print`` it to read it.

    Attributes
    ----------
    formula : str
    family : "gaussian", "binomial", "poisson" or "ordinal"
    link : "identity", "logit", "probit" or "log"
    levels : tuple
        The levels of the outcome: of binomial the two, the second of which is modelled; of ordinal from the lowest.
    table : DataFrame
        A row per coefficient: ``term``, ``estimate``, ``se``, ``low``, ``high`` (95 %), ``t``, ``p_value``. A term is
        named ``column`` for numbers and ``column[T.level]`` for a level against the first one, joined by ``:`` in
        interactions; thresholds of an ordinal regression, ``lower|upper``, come last.
    covariance : (rows, rows) array
    df : int
        Degrees of freedom: those of the design among the respondents used, or of its replicates, + 1 - coefficients
        (ordinal: thresholds count as one).
    n : int
        Respondents used.
    n_effective : float
        Kish's: their squared sum of weights over the sum of squared weights.
    missing : int
        Respondents that do not count because a variable of the formula is missing; no row was dropped for it.
    deviance : float
        At weights that average 1 (ordinal: minus twice the log likelihood).
    dispersion : float
        The weighted variance of Pearson residuals (R: ``summary(svyglm)$dispersion``, which with missing answers is off
        by the mean weight of those who answered over that of all, and on replicates by the mean weight); missing for
        ordinal.
    aic : float
        Deviance plus twice the sum of the design effects (Lumley and Scott 2015; R: ``AIC.svyglm``) for binomial and
        poisson; missing for gaussian and ordinal.
    flags : str
        What to know about it: no degrees of freedom, replicates without a fit. Empty where there is nothing to say.
    """

    formula: str
    family: str
    link: str
    levels: tuple[Hashable, ...]
    table: pd.DataFrame
    covariance: FloatArray
    df: int
    n: int
    n_effective: float
    missing: int
    deviance: float
    dispersion: float
    aic: float
    flags: str
    _fitted: FittedModel = field(repr=False)
    _sample: Sample = field(repr=False)
    _naive: FloatArray = field(repr=False)
    _unit: float = field(repr=False)

    def __repr__(self) -> str:
        return as_text(self._title(), self.table, self._notes())

    def _repr_html_(self) -> str:
        return as_html(self._title(), self.table, self._notes())

    def _title(self) -> str:
        return f"{self.family} regression ({self.link}): {self.formula}"

    def _notes(self) -> list[str]:
        used = f"n {self.n}, effective n {self.n_effective:.1f}, {self.missing} with missing answers, df {self.df}"
        return [used, self.flags] if self.flags else [used]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the formula, which can be tested."""
        return tuple(self._fitted.model.places)

    @property
    def estimates(self) -> Estimates:
        """The coefficients with their covariance, for contrasts, differences, and families of tests."""
        table = self.table[["term", "estimate", "se", "low", "high", "p_value"]].assign(
            n=self.n, n_effective=self.n_effective, deff=np.nan, flags=self.flags
        )
        return Estimates(table, self.covariance, self.df, (), "coefficient")

    def exponentiated(self) -> pd.DataFrame:
        """Return odds ratios (logit) or rate ratios (log) with their intervals, thresholds left out.

        Returns
        -------
        DataFrame
            A row per coefficient: ``term``, ``ratio``, ``low``, ``high`` (95 %), and ``p_value`` of no effect.

        Raises
        ------
        InputError
            The link is neither logit nor log.
        """
        if self.link not in ("logit", "log"):
            raise InputError(f"coefficients on the {self.link} scale have no ratio; use a logit or a log link")
        rows = len(self.table) - (len(self.levels) - 1 if self.family == "ordinal" else 0)
        table = self.table.iloc[:rows]
        return pd.DataFrame(
            {
                "term": table["term"],
                "ratio": np.exp(table["estimate"]),
                "low": np.exp(table["low"]),
                "high": np.exp(table["high"]),
                "p_value": table["p_value"],
            }
        )

    def wald(self, terms: str | Sequence[str], statistic: Literal["F", "Chisq"] = "F") -> TermTest:
        """Test that all coefficients of one or several terms are 0 (R: ``regTermTest``).

        Parameters
        ----------
        terms : str or list of str
            As in the formula: ``"origin"``, ``"C(wave)"``, ``"origin:sex"``.
        statistic : "F" or "Chisq"
            On the degrees of freedom of the regression, or on infinitely many (R: ``df = Inf``).

        Raises
        ------
        UnknownNameError
            No such term.
        InputError
            There are too few clusters for it.
        """
        return wald_test(self._tested(self._places(terms), statistic))

    def rao_scott(
        self,
        terms: str | Sequence[str],
        statistic: Literal["F", "Chisq"] = "F",
        approximation: Literal["saddlepoint", "satterthwaite"] = "saddlepoint",
    ) -> TermTest:
        """Test terms by the working likelihood ratio (R: ``regTermTest(method = "LRT")``).

        The model without the terms is fitted to the same rows. Without a main effect, an interaction with it keeps its
        columns (R gives the interaction new ones, and the test is of nothing).

        Parameters
        ----------
        terms, statistic
            As in :meth:`wald`.
        approximation : "saddlepoint" or "satterthwaite"
            How the distribution of a weighted sum of chi-squares is approximated (R: ``lrt.approximation``).

        Raises
        ------
        UnknownNameError
            No such term.
        InputError
            The model without the terms has no finite fit, or nothing is left of it.

        Notes
        -----
        Rao and Scott (1984), On chi-squared tests for multiway contingency tables, Annals of Statistics 12; Lumley and
        Scott (2014), Tests for regression models fitted to survey data, Australian & New Zealand Journal of Statistics.
        """
        if not one_of(approximation, ("saddlepoint", "satterthwaite")):
            raise InputError(
                f'no approximation {shown_value(approximation)}; available: "saddlepoint", "satterthwaite"'
            )
        places = self._places(terms)
        tested = self._tested(places, statistic)
        return rao_scott_test(tested, self._deviance_without(places) - self.deviance, approximation)

    def predict(self, frame: pd.DataFrame, scale: Scale = "response") -> pd.DataFrame:
        """Return predictions for the rows of a frame (R: ``predict(svyglm, se.fit = TRUE)``).

        Parameters
        ----------
        frame : DataFrame
            With the columns of the right-hand side, those of an offset too (R leaves offsets out).
        scale : "response" or "link"
            Means and probabilities, or the linear predictor.

        Returns
        -------
        DataFrame
            Indexed as the frame: ``estimate``, ``se``, ``low``, ``high``; for ordinal probabilities a row for each
            level of the outcome, in column ``level``. Rows with a missing variable have no prediction.

        Raises
        ------
        UnknownNameError
            A column is not there, or a level was not in the regression.
        InputError
            A column holds something else than it did.
        """
        return predict(self._fitted, frame, scale, self.covariance, self.df, self.link)

    def marginal_means(
        self,
        by: str | Sequence[str],
        over: Literal["sample", "grid"] = "sample",
        scale: Scale = "response",
    ) -> Estimates:
        """Return the mean outcome that the model predicts for each level of one or several categories.

        Parameters
        ----------
        by : str or list of str
            Categories of the formula.
        over : "sample" or "grid"
            Average predictions: everybody in the sample is given the level in turn, with their other covariates and
            weights as they are (R: ``svypredmeans``; the variance has the part that the sample of covariates adds).
            Or estimated marginal means: all combinations of levels of the other categories count alike, numbers are at
            their weighted mean (as package ``emmeans`` does, at unweighted means).
        scale : "response" or "link"
            Average means and probabilities, or linear predictors.

        Returns
        -------
        Estimates
            A row per level, with ``n`` in it; ``difference`` and ``contrast`` use the covariance. For ordinal
            probabilities there is a column ``level``, of the outcome.

        Raises
        ------
        UnknownNameError
            No such category in the formula.
        InputError
            It is a number there.
        """
        names = [str(name) for name in name_list(by)]
        if not one_of(over, ("sample", "grid")):
            raise InputError(f'no marginal means over {shown_value(over)}; available: "sample", "grid"')
        if over == "grid":
            return grid_means(self._fitted, self._sample, names, scale, self.covariance, self.df, self.link)
        return sample_means(self._fitted, self._sample, names, scale, self.covariance, self.df, self.link)

    def _places(self, terms: str | Sequence[str]) -> dict[str, tuple[int, ...]]:
        known = {_spelling(name): name for name in self.terms} | {name: name for name in self.terms}
        wanted = [name if isinstance(name, str) else shown_value(name) for name in name_list(terms)]
        found = [known.get(name) or known.get(_spelling(name)) for name in wanted]
        if None in found or not wanted:
            unknown = [name for name, term in zip(wanted, found, strict=True) if term is None]
            raise UnknownNameError("term", unknown, self.terms)
        places = self._fitted.model.places
        return {name: places[name] for name in found if name is not None}

    def _tested(self, places: Mapping[str, Sequence[int]], statistic: str) -> Tested:
        if not one_of(statistic, ("F", "Chisq")):
            raise InputError(f'no statistic {shown_value(statistic)}; available: "F", "Chisq"')
        tested = sorted(place for each in places.values() for place in each)
        square = np.ix_(tested, tested)
        return Tested(
            tuple(places),
            self._fitted.coefficients[tested],
            self.covariance[square],
            self._naive[square],
            math.inf if statistic == "Chisq" else self.df,
            self.n,
            self.n_effective,
        )

    def _deviance_without(self, places: Mapping[str, Sequence[int]]) -> float:
        """Return the deviance of the model without some terms."""
        names = list(places)
        tested = sorted(place for each in places.values() for place in each)
        model, rows = self._fitted.model, self._fitted.model.matrix.rows
        if len(tested) == len(model.names):
            raise InputError(f"nothing is left of the model without {' + '.join(names)}; test fewer terms")
        weights = self._fitted.weights[rows]
        fit = model.fit(weights, None, tested)
        if not fit.converged:
            raise InputError(f"the model without {' + '.join(names)} has no finite fit")
        return model.deviance(weights, fit.coefficients, tested) / self._unit


def _spelling(term: str) -> str:
    """Return a term without what can be spelled in several ways: order, blanks and backticks."""
    return ":".join(sorted(re.sub(r"[\s`]", "", part) for part in term.split(":")))
