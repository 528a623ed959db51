"""Variances, standard deviations, covariances and correlations by domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, Names, check_name, name_list
from trustsurvey.weighting.estimation.answers import Answers, BoolArray, count_answers, domain_names
from trustsurvey.weighting.estimation.domains import Domains, Values, check_size, read_domains, read_values
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.functions import count_left_out, estimate_functions, flagged
from trustsurvey.weighting.estimation.intervals import critical_t
from trustsurvey.weighting.sampling.inference import Inference, Smooth
from trustsurvey.weighting.sampling.moments import Moments
from trustsurvey.weighting.sampling.rows import CURVED, Slope
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["estimate_correlations", "estimate_covariances", "estimate_deviations", "estimate_variances"]

Array = FloatArray

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class _Centred:
    """Values (n,) less their mean in the domain, 0 where missing; ``constant`` (domains,) where they do not vary."""

    values: FloatArray
    answers: Answers
    constant: BoolArray
    given: Values

    @property
    def slope(self) -> Slope | None:
        return self.given.slope(self.answers.domain >= 0)

    @property
    def squares(self) -> FloatArray:
        """The squares (n,), on average where values differ within rows."""
        squares: FloatArray = self.values**2
        if self.given.variances is None:
            return squares
        return squares + np.where(self.answers.domain >= 0, self.given.variances, 0)

    def product(self, other: _Centred, moments: Moments | None) -> tuple[FloatArray, Slope | None]:
        """Return the products (n,) with another, and how they grow with a value that differs within rows."""
        products: FloatArray = self.values * other.values
        one, two = self.given.varying, other.given.varying
        if one is None or two is None or moments is None:
            if one is None and two is None:
                return products, None
            varying, factor = (one, other.values) if two is None else (two, self.values)
            return products, None if varying is None else Slope(varying, factor)
        inside = self.answers.domain >= 0
        products = products + np.where(inside, moments.products[:, moments.pair(one, two)], 0)
        return products, Slope(CURVED, inside.astype(np.float64))


def estimate_variances(sample: Sample, y: Names, by: Names | None) -> Estimates:
    """Return variances by domain (R: ``svyvar``)."""
    return _of_one(sample, y, by, "variance")


def estimate_deviations(sample: Sample, y: Names, by: Names | None) -> Estimates:
    """Return standard deviations by domain (R: the square root of ``svyvar``)."""
    return _of_one(sample, y, by, "standard deviation")


def estimate_covariances(sample: Sample, x: Names, y: Names | None, by: Names | None) -> Estimates:
    """Return covariances of pairs by domain (R: ``svyvar``)."""
    return _of_two(sample, x, y, by, "covariance")


def estimate_correlations(sample: Sample, x: Names, y: Names | None, by: Names | None) -> Estimates:
    """Return correlations of pairs by domain (R: ``svycontrast`` of ``svyvar``)."""
    return _of_two(sample, x, y, by, "correlation")


def _of_one(sample: Sample, y: Names, by: Names | None, statistic: str) -> Estimates:
    variables, names = name_list(y), domain_names(by, "variable")
    if not variables:
        raise InputError(f"name at least one variable to take the {statistic} of")
    domains = read_domains(sample.data, names)
    check_size(len(variables) * domains.count)
    columns, answers, constant, anybody = [], [], [], np.zeros(len(sample.data), dtype=bool)
    varying: list[Slope | None] = []
    for name in variables:
        values = read_values(sample, name, statistic)
        known = ~np.isnan(values.numbers)
        anybody |= known
        centred = _centred(sample, values, known, domains)
        counted = (centred.answers.domain >= 0).astype(np.float64)
        columns += [counted, centred.values, centred.squares]
        varying += [None, centred.slope, None if centred.slope is None else Slope(CURVED, counted)]
        answers.append(centred.answers)
        constant.append(centred.constant)
    root = statistic == "standard deviation"
    function, gradient = _variances(_correction(sample, domains), root)
    estimates = estimate_functions(
        sample,
        domains,
        answers,
        Smooth(tuple(columns), domains.code, domains.count, len(variables), function, gradient, tuple(varying)),
        name=statistic,
        by=names,
        keys=pd.DataFrame({"variable": variables}) if isinstance(y, list | tuple) else None,
        left_out=count_left_out(sample, anybody, domains.code),
        least=2,
    )
    estimates = flagged(estimates, np.stack(constant, axis=1).ravel(), "all answers alike")
    return _with_negative_weights(sample, estimates)


def _of_two(sample: Sample, x: Names, y: Names | None, by: Names | None, statistic: str) -> Estimates:
    names = domain_names(by, "variable", "other")
    first, second = name_list(x), name_list(y)
    pairs = [(one, other) for one in first for other in second] if second else list(combinations(first, 2))
    if not pairs:
        raise InputError(f"name two variables to take the {statistic} of")
    for name in (*first, *second):
        check_name(name)
    variables = list(dict.fromkeys([*first, *second]))
    if len(variables) < len([*first, *second]):
        raise InputError(f"a {statistic} is of two different variables; the variance of one is variance(...)")
    domains = read_domains(sample.data, names)
    check_size(len(pairs) * domains.count)
    columns = {name: read_values(sample, name, statistic) for name in variables}
    known = ~np.any([np.isnan(values.numbers) for values in columns.values()], axis=0)
    centred = {name: _centred(sample, values, known, domains) for name, values in columns.items()}
    answers = centred[variables[0]].answers
    place = {name: 1 + number for number, name in enumerate(variables)}
    products = list(dict.fromkeys([*((name, name) for name in variables), *pairs]))
    place_of = {pair: 1 + len(variables) + number for number, pair in enumerate(products)}
    summed: list[FloatArray | None] = [None, *(each.values for each in centred.values())]
    varying: list[Slope | None] = [None, *(each.slope for each in centred.values())]
    for one, other in products:
        product, slope = centred[one].product(centred[other], sample.moments)
        summed.append(product)
        varying.append(slope)
    rows = [(place[one], place[other], place_of[one, other]) for one, other in pairs]
    squares = [(place_of[one, one], place_of[other, other]) for one, other in pairs]
    correlated = statistic == "correlation"
    function, gradient = (
        _correlations(rows, squares) if correlated else _covariances(rows, _correction(sample, domains))
    )
    estimates = estimate_functions(
        sample,
        domains,
        [answers] * len(pairs),
        Smooth(tuple(summed), answers.domain, domains.count, len(pairs), function, gradient, tuple(varying)),
        name=statistic,
        by=names,
        keys=pd.DataFrame(pairs, columns=["variable", "other"]),
        left_out=count_left_out(sample, known, domains.code),
        least=2,
        limits=_fisher_interval if correlated else None,
    )
    constant = np.stack([centred[one].constant | centred[other].constant for one, other in pairs], axis=1).ravel()
    return _with_negative_weights(sample, flagged(estimates, constant, "all answers alike"))


def _with_negative_weights(sample: Sample, estimates: Estimates) -> Estimates:
    """Say so where weights are below 0, with which a variance can be too."""
    negative = bool(sample.weights.min() < 0)
    return flagged(estimates, (estimates.table["n"].to_numpy() > 1) & negative, "weights below 0")


def _centred(sample: Sample, given: Values, known: BoolArray, domains: Domains) -> _Centred:
    """Centre values, so that sums of their squares keep their digits."""
    answers, values = count_answers(sample, known, domains), given.numbers
    inside = np.flatnonzero(answers.domain >= 0)
    domain, value, weights = answers.domain[inside], values[inside], sample.weights[inside]
    sums = np.bincount(domain, weights * value, minlength=domains.count)
    mean = sums / np.where(answers.weight == 0, np.nan, answers.weight)
    least, most = np.full(domains.count, np.inf), np.full(domains.count, -np.inf)
    np.minimum.at(least, domain, value)
    np.maximum.at(most, domain, value)
    constant = least == most
    if given.variances is not None:
        constant &= np.bincount(domain, given.variances[inside] > 0, minlength=domains.count) == 0
    centred = np.zeros(len(values))
    centred[inside] = np.where(constant[domain], 0, np.nan_to_num(value - mean[domain]))
    return _Centred(centred, answers, constant & (answers.n > 1), given)


def _correction(sample: Sample, domains: Domains) -> FloatArray:
    """Return n / (n - 1) by domain, n being its respondents, whether they answered or not, as R's ``svyvar`` has it."""
    n = count_answers(sample, np.ones(len(sample.data), dtype=bool), domains).n
    with np.errstate(divide="ignore", invalid="ignore"):
        correction: FloatArray = np.where(n > 1, n / (n - 1), np.nan)
    return correction


Pair = tuple[Callable[[Array], Array], Callable[[Array], Array]]


def _known(weight: FloatArray) -> FloatArray:
    return np.where(weight == 0, np.nan, weight)


def _variances(correction: FloatArray, root: bool) -> Pair:
    """Return function and gradient of variances (or their roots) from sums of 1, y and y^2, three for each variable."""

    def function(sums: FloatArray) -> FloatArray:
        weight = _known(sums[..., ::3, :])
        squares = sums[..., 2::3, :] / weight
        variance = correction * (squares - (sums[..., 1::3, :] / weight) ** 2)
        if not root:
            return np.asarray(variance)
        # Below 0 by more than rounding, as weights below 0 can make it, a variance has no root.
        return np.asarray(np.sqrt(np.where(variance < -_ROUNDING * np.abs(squares), np.nan, np.maximum(variance, 0))))

    def gradient(sums: FloatArray) -> FloatArray:
        weights, variables = _known(sums[::3]), len(sums) // 3
        slopes = np.zeros((variables, len(sums), sums.shape[1]))
        for place, (weight, y, squares) in enumerate(zip(weights, sums[1::3], sums[2::3], strict=True)):
            slopes[place, 3 * place] = correction * (2 * y**2 / weight - squares) / weight**2
            slopes[place, 3 * place + 1] = -2 * correction * y / weight**2
            slopes[place, 3 * place + 2] = correction / weight
        if root:
            deviation = function(sums)[:, None, :]
            slopes = np.divide(slopes, 2 * deviation, out=np.zeros_like(slopes), where=deviation > 0)
        return np.nan_to_num(slopes)

    return function, gradient


def _covariances(rows: Sequence[tuple[int, int, int]], correction: FloatArray | float) -> Pair:
    """Return function and gradient of covariances from sums; ``rows`` say where the sums of x, y and x y stand."""
    x, y, product = (np.array(each) for each in zip(*rows, strict=True))

    def function(sums: FloatArray) -> FloatArray:
        weight = _known(sums[..., :1, :])
        return np.asarray(correction * (sums[..., product, :] / weight - sums[..., x, :] * sums[..., y, :] / weight**2))

    def gradient(sums: FloatArray) -> FloatArray:
        weight = _known(sums[0])
        slopes = np.zeros((len(rows), len(sums), sums.shape[1]))
        for place, (one, other, both) in enumerate(rows):
            slopes[place, 0] = correction * (2 * sums[one] * sums[other] / weight - sums[both]) / weight**2
            slopes[place, one] -= correction * sums[other] / weight**2
            slopes[place, other] -= correction * sums[one] / weight**2
            slopes[place, both] += correction / weight
        return np.nan_to_num(slopes)

    return function, gradient


def _correlations(rows: Sequence[tuple[int, int, int]], squares: Sequence[tuple[int, int]]) -> Pair:
    """Return function and gradient of correlations; ``squares`` say where the sums of x^2 and y^2 stand."""
    covariance, covariance_slopes = _covariances(rows, 1.0)
    ofx, ofx_slopes = _covariances([(x, x, xx) for (x, _, _), (xx, _) in zip(rows, squares, strict=True)], 1.0)
    ofy, ofy_slopes = _covariances([(y, y, yy) for (_, y, _), (_, yy) in zip(rows, squares, strict=True)], 1.0)

    def function(sums: FloatArray) -> FloatArray:
        variances = ofx(sums) * ofy(sums)
        return np.asarray(covariance(sums) / np.sqrt(np.where(variances > 0, variances, np.nan)))

    def gradient(sums: FloatArray) -> FloatArray:
        one, other, r = ofx(sums)[:, None], ofy(sums)[:, None], function(sums)[:, None]
        one, other = np.where(one > 0, one, np.nan), np.where(other > 0, other, np.nan)
        slopes = covariance_slopes(sums) / np.sqrt(one * other)
        slopes -= r / 2 * (ofx_slopes(sums) / one + ofy_slopes(sums) / other)
        return np.nan_to_num(slopes)

    return function, gradient


def _fisher_interval(inference: Inference) -> tuple[FloatArray, FloatArray]:
    """Return the interval of correlations on Fisher's z, on Student's t."""
    r = inference.estimate
    inside = np.abs(r) < 1
    slope = np.divide(1.0, 1 - r**2, out=np.full(len(r), np.nan), where=inside)
    centre = np.arctanh(np.where(inside, r, np.nan))
    half = critical_t(inference.df) * inference.se * slope
    return np.tanh(centre - half), np.tanh(centre + half)
