"""Families of generalised linear models: link, variance, deviance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from trustsurvey.errors import InputError, one_of, shown_value
from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Family", "FamilyName", "Link", "LinkName", "find_family", "find_link"]

FamilyName = Literal["gaussian", "binomial", "poisson", "ordinal"]
LinkName = Literal["identity", "logit", "probit", "log"]
Function = Callable[[FloatArray], FloatArray]

_LINKS: dict[str, tuple[str, ...]] = {
    "gaussian": ("identity",),
    "binomial": ("logit", "probit"),
    "poisson": ("log",),
    "ordinal": ("logit", "probit"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link function: ``mean`` of the linear predictor, its derivative ``slope``, and ``predictor`` of a mean."""

    name: LinkName
    mean: Function
    slope: Function
    predictor: Function


@dataclass(frozen=True, slots=True)
class Family:
    """A family of a generalised linear model.

    Attributes
    ----------
    name : str
    link : Link
    ratio : callable
        Slope over variance, of the linear predictor: what a residual counts in the score equations.
    likelihood : callable
        Logarithm of the likelihood of linear predictors, sums of weights and sums of weighted outcomes, a number each.
    variance : callable
        Of a mean.
    deviance : callable
        Of outcomes and means, a number each.
    first : callable
        The first guess of a mean, from the mean of outcomes.
    """

    name: FamilyName
    link: Link
    ratio: Function
    likelihood: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    variance: Function
    deviance: Callable[[FloatArray, FloatArray], FloatArray]
    first: Function

    @property
    def canonical(self) -> bool:
        """Whether the link is the family's own, where the ratio is 1."""
        return self.link.name != "probit"


def _logit_slope(predictor: FloatArray) -> FloatArray:
    small = np.exp(-np.abs(predictor))
    return np.asarray(small / (1 + small) ** 2)


def _normal_density(predictor: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * predictor**2) / np.sqrt(2 * np.pi))


_FUNCTIONS: dict[str, Link] = {
    "identity": Link("identity", np.asarray, np.ones_like, np.asarray),
    "logit": Link("logit", special.expit, _logit_slope, special.logit),
    "probit": Link("probit", special.ndtr, _normal_density, special.ndtri),
    "log": Link("log", np.exp, np.exp, np.log),
}


def find_link(family: str, link: str | None) -> Link:
    """Return a link function of a family, by default its first.

    Raises
    ------
    InputError
        No such family or link.
    """
    if not one_of(family, _LINKS):
        raise InputError(f"no family {shown_value(family)}; available: {', '.join(_LINKS)}")
    if link is not None and not one_of(link, _LINKS[family]):
        raise InputError(f"no link {shown_value(link)} for family {family!r}; available: {', '.join(_LINKS[family])}")
    return _FUNCTIONS[link or _LINKS[family][0]]


def find_family(family: str, link: str | None) -> Family:
    """Return gaussian, binomial or poisson with its link; errors as in :func:`find_link`."""
    function = find_link(family, link)
    if family == "gaussian":
        return Family("gaussian", function, np.ones_like, _normal, np.ones_like, _squared, np.asarray)
    if family == "poisson":
        return Family("poisson", function, np.ones_like, _poisson, np.asarray, _poisson_deviance, _above_zero)
    if function.name == "probit":
        return Family("binomial", function, _probit_ratio, _probit, _binomial_variance, _binomial_deviance, _halfway)
    return Family("binomial", function, np.ones_like, _logit, _binomial_variance, _binomial_deviance, _halfway)


def _normal(predictor: FloatArray, weights: FloatArray, sums: FloatArray) -> FloatArray:
    return np.asarray(predictor * (sums - 0.5 * weights * predictor))


def _logit(predictor: FloatArray, weights: FloatArray, sums: FloatArray) -> FloatArray:
    # log(1 + exp(x)), without overflow.
    soft = np.maximum(predictor, 0)
    soft += np.log1p(np.exp(-np.abs(predictor)))
    return np.asarray(sums * predictor - weights * soft)


def _probit(predictor: FloatArray, weights: FloatArray, sums: FloatArray) -> FloatArray:
    return np.asarray(sums * special.log_ndtr(predictor) + (weights - sums) * special.log_ndtr(-predictor))


def _poisson(predictor: FloatArray, weights: FloatArray, sums: FloatArray) -> FloatArray:
    return np.asarray(sums * predictor - weights * np.exp(predictor))


def _probit_ratio(predictor: FloatArray) -> FloatArray:
    # In logarithms, as both tails would be 0 / 0.
    density = -0.5 * predictor**2 - 0.5 * np.log(2 * np.pi)
    return np.asarray(np.exp(density - special.log_ndtr(predictor) - special.log_ndtr(-predictor)))


def _halfway(mean: FloatArray) -> FloatArray:
    return np.asarray((mean + 0.5) / 2)


def _above_zero(mean: FloatArray) -> FloatArray:
    return np.asarray(mean + 0.1)


def _squared(y: FloatArray, mean: FloatArray) -> FloatArray:
    return np.asarray((y - mean) ** 2)


def _binomial_variance(mean: FloatArray) -> FloatArray:
    return np.asarray(mean * (1 - mean))


def _binomial_deviance(y: FloatArray, mean: FloatArray) -> FloatArray:
    return np.asarray(2 * (special.rel_entr(y, mean) + special.rel_entr(1 - y, 1 - mean)))


def _poisson_deviance(y: FloatArray, mean: FloatArray) -> FloatArray:
    return np.asarray(2 * (special.rel_entr(y, mean) - (y - mean)))
