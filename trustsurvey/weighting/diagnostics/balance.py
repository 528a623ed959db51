"""Balance before and after weighting: margins, and standardised differences."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from trustsurvey.errors import InputError, listed, shown_value
from trustsurvey.weighting.calibration.calibrating import Calibration
from trustsurvey.weighting.encoding import FloatArray, as_numbers, check_name, encode, find_column, real_number
from trustsurvey.weighting.estimation.domains import check_magnitude
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["Covariates", "balance_table", "margins_table"]

Covariates = Sequence[Hashable] | Mapping[Any, object]

_MARGINS = ["margin", "level", "target", "before", "after", "gap", "n"]
_BALANCE = ["variable", "level", "reference", "target", "before", "after", "difference_before", "difference_after"]


def margins_table(calibrations: Sequence[Calibration], people: npt.NDArray[np.signedinteger]) -> pd.DataFrame:
    """Return the margins of all calibrations, before and with the final weights; ``people`` (n,) are behind a row."""
    tables = [_margins(calibration, calibrations[-1].weights, people) for calibration in calibrations]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_MARGINS)


def balance_table(
    sample: Sample, calibrations: Sequence[Calibration], margins: pd.DataFrame, covariates: Covariates | None
) -> pd.DataFrame:
    """Return standardised differences of margins and covariates from what they should be.

    The reference of a margin is its target, that of a covariate what is given for it, else the whole sample with its
    design weights. Shares of levels differ in units of ``sqrt(p (1 - p))``, means of numbers in units of the standard
    deviation, both of the reference (Austin 2009, Statistics in Medicine 28).
    """
    rows = _of_margins(calibrations, margins)
    given: Mapping[Hashable, object] = (
        covariates if isinstance(covariates, Mapping) else dict.fromkeys(_names(covariates))
    )
    for name, target in given.items():
        rows += _of_covariate(sample, name, target)
    return pd.DataFrame(rows, columns=_BALANCE)


def _margins(calibration: Calibration, weights: FloatArray, people: npt.NDArray[np.signedinteger]) -> pd.DataFrame:
    """Return the margins of one calibration, with the final weights (n,)."""
    problem = calibration.problem
    cells = len(problem.weights)
    counted = calibration.before != 0
    final = np.bincount(calibration.cell, weights, minlength=cells)
    respondents = np.bincount(calibration.cell[counted], people[counted], minlength=cells)
    before = problem.split(problem.indicators.T @ (problem.weights * problem.ratio))
    after = problem.split(problem.indicators.T @ final)
    rows = problem.split(_present(problem.indicators).T @ respondents)
    tables = [
        pd.DataFrame(
            {
                "margin": margin.name,
                "level": list(margin.levels),
                "target": margin.targets,
                "before": start,
                "after": end,
                "gap": np.divide(end, margin.targets, out=np.full(len(end), np.nan), where=margin.targets != 0) - 1,
                "n": n.astype(np.int64),
            }
        )
        for margin, start, end, n in zip(problem.margins, before, after, rows, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _present(indicators: sparse.csr_array) -> sparse.csr_array:
    """Return 1 where the indicators are not 0."""
    return sparse.csr_array(
        ((indicators.data != 0).astype(np.float64), indicators.indices, indicators.indptr), shape=indicators.shape
    )


def _of_margins(calibrations: Sequence[Calibration], margins: pd.DataFrame) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    position = 0
    for calibration in calibrations:
        problem = calibration.problem
        spread = problem.weights * problem.ratio
        total = spread.sum()
        columns = problem.indicators.tocsc()
        first = 0
        for margin in problem.margins:
            table = margins.iloc[position : position + len(margin.levels)]
            mine = columns[:, first : first + len(margin.levels)]
            position, first = position + len(margin.levels), first + len(margin.levels)
            totals = _totals(margin.name, margin.variables, table)
            shares = table[["target", "before", "after"]].to_numpy() / totals[:, None]
            if (mine.data == 1).all():
                deviation = np.sqrt(shares[:, 0] * (1 - np.minimum(shares[:, 0], 1)))
            else:
                shares = table[["target", "before", "after"]].to_numpy() / total
                centre = np.asarray(mine.T @ spread) / total
                deviation = np.sqrt(np.maximum(np.asarray(mine.power(2).T @ spread) / total - centre**2, 0))
            for level, values, scale in zip(margin.levels, shares, deviation, strict=True):
                differences = [_ratio(value - values[0], scale) for value in values[1:]]
                rows.append((margin.name, level, "population", *values, *differences))
    return rows


def _totals(name: str, variables: Sequence[str], table: pd.DataFrame) -> FloatArray:
    """Return the total (levels,) that each level is a share of: that of its wave, say, where margins hold within it."""
    targets = table["target"].to_numpy(dtype=np.float64)
    if not name.endswith(" x ".join(["", *variables])):
        return np.full(len(targets), targets.sum())
    part = table["level"].str.split(", ", n=1).str[0].to_numpy()
    return np.array([targets[part == each].sum() for each in part])


def _of_covariate(sample: Sample, name: Hashable, target: object) -> list[tuple[object, ...]]:
    column = find_column(sample.data, name)
    base, final = sample.base_weights, sample.weights
    numbers = None if pd.api.types.is_bool_dtype(column.dtype) else as_numbers(column)
    if isinstance(target, pd.Series):
        target = target.to_dict()
    if isinstance(target, Mapping) or (target is None and numbers is None):
        return _of_levels(name, column, target if isinstance(target, Mapping) else None, base, final)
    wanted = real_number(target)
    if target is not None and wanted is None:
        raise InputError(
            f"covariate {str(name)!r} is compared with a mapping from level to count or share, or with a mean; got "
            f"{shown_value(target)}"
        )
    if numbers is None:
        raise InputError(f"covariate {str(name)!r} holds {column.dtype}, not numbers; give a share for each level")
    check_magnitude(numbers, f"covariate {str(name)!r}")
    known = ~np.isnan(numbers)
    value = np.where(known, numbers, 0.0)
    answering = final != 0
    whole, before, after = (
        float(weights @ value / weights.sum()) if weights.any() else np.nan
        for weights in (base * known, base * (known & answering), final * known)
    )
    deviation = float(np.sqrt((base * known) @ (value - whole) ** 2 / (base * known).sum())) if known.any() else np.nan
    centre = whole if wanted is None else wanted
    differences = [_ratio(each - centre, deviation) for each in (before, after)]
    lost = base[known & ~answering]
    return [(str(name), "mean", _reference(target, lost), centre, before, after, *differences)]


def _of_levels(
    name: Hashable, column: pd.Series, target: Mapping[object, object] | None, base: FloatArray, final: FloatArray
) -> list[tuple[object, ...]]:
    encoded = encode(column)
    labels = encoded.labels
    known = encoded.codes >= 0
    answering = known & (final != 0)

    def shares(weights: FloatArray, rows: npt.NDArray[np.bool_]) -> FloatArray:
        sums = np.bincount(encoded.codes[rows], weights[rows], minlength=len(labels)).astype(np.float64)
        return sums / sums.sum() if sums.sum() else np.full(len(labels), np.nan)

    before, after = shares(base, answering), shares(final, answering)
    centre = shares(base, known)
    if target is not None:
        unknown = [str(level) for level in target if level not in set(labels)]
        lacking = [str(label) for label in labels if label not in target]
        if unknown or lacking:
            said = [part for part in (_said("not in the column", unknown), _said("not given", lacking)) if part]
            raise InputError(
                f"covariate {str(name)!r}: levels given and levels of the column differ: {'; '.join(said)}"
            )
        try:
            centre = np.array([float(target[label]) for label in labels])  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise InputError(f"covariate {str(name)!r} needs a count or share for each level") from None
        if not (np.isfinite(centre).all() and (centre >= 0).all() and centre.sum() > 0):
            raise InputError(f"covariate {str(name)!r} needs counts or shares of at least 0, not all 0")
        centre = centre / centre.sum()
    deviation = np.sqrt(centre * (1 - centre))
    reference = _reference(target, base[known & (final == 0)])
    return [
        (
            str(name),
            str(label),
            reference,
            middle,
            start,
            end,
            _ratio(start - middle, scale),
            _ratio(end - middle, scale),
        )
        for label, middle, start, end, scale in zip(labels, centre, before, after, deviation, strict=True)
    ]


def _reference(target: object, others: FloatArray) -> str:
    """Say what is compared with; ``others`` are the base weights of those who did not respond and are known."""
    if target is not None:
        return "population"
    return "whole sample" if others.any() else "base weights"


def _ratio(difference: float, scale: float) -> float:
    if abs(difference) < 1e-14:
        return 0.0
    return float(difference / scale) if scale > 0 else float("nan")


def _said(what: str, levels: Sequence[str]) -> str:
    return f"{what}: {listed(levels)}" if levels else ""


def _names(covariates: Sequence[Hashable] | None) -> list[Hashable]:
    if covariates is None:
        return []
    if isinstance(covariates, str):
        return [covariates]
    if not isinstance(covariates, list | tuple):
        raise InputError(
            'covariates is a list of columns, or a mapping such as {"education": {"low": 0.3, "high": 0.7}}; got '
            f"{type(covariates).__name__}"
        )
    for name in covariates:
        check_name(name)
    return list(covariates)
