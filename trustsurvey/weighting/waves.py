"""Several waves as one design: people who are in several of them make their estimates go together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError, shown_value
from trustsurvey.weighting.design import SurveyDesign
from trustsurvey.weighting.encoding import IntArray, encode, find_column
from trustsurvey.weighting.sampling.combining import combine_calibrations, combine_structures
from trustsurvey.weighting.sampling.sample import Sample

__all__ = ["combine_waves"]


def combine_waves(waves: Mapping[Any, SurveyDesign], *, unit: Hashable | None, wave: str = "wave") -> SurveyDesign:
    """Combine the designs of several waves, or of several samples, into one.

    Estimates of a wave keep the standard errors that they have in its own design: its strata, clusters, fpc and
    calibrations. Units in several waves give their estimates a covariance, so that the variance of a change is
    V1 + V2 - 2 Cov. It is estimated by the products of what one unit, or the cluster it is in, adds in each wave, each
    about the mean of its stratum in that wave; so nobody has to stay in one stratum, and waves may differ in design. In
    a panel that is complete it is what R's ``svydesign`` gives for the stacked waves with ``id = ~unit``. A cluster
    goes with the cluster of another wave with which it shares most units; those that go with one cluster count as one,
    within their own wave too, as do people of one area whose later wave names no areas.

    Parameters
    ----------
    waves : mapping
        The design of each wave, in their order, as in ``{2024: first, 2026: second}``.
    unit : str or None
        Column that says who is the same in several waves: a person, a household, an address. None where waves are
        independent samples.
    wave : str
        Column of the result that holds the wave.

    Returns
    -------
    SurveyDesign
        The rows of all waves, one wave after the other, indexed from 0. Columns that a wave lacks are missing there.

    Raises
    ------
    DesignError
        A unit stands twice in a wave, or no unit is in two waves; columns of one name hold numbers in one wave and text
        in another; designs differ in what a single cluster adds, or hold replicates or cells of a query.

    Notes
    -----
    Kish (1965), Survey Sampling, section 12.4; Wood (2008), On the covariance between related Horvitz-Thompson
    estimators, Journal of Official Statistics 24, 53-78.
    """
    _check_designs(waves, wave)
    samples = {key: design._sample for key, design in waves.items()}
    labels = [f"{wave} {key}" for key in waves]
    units = None if unit is None else _units(samples, unit)
    data = _stack({key: sample.data for key, sample in samples.items()}, wave)
    structure = combine_structures(
        [sample.structure for sample in samples.values()],
        [len(sample.data) for sample in samples.values()],
        labels,
        units,
    )
    first = next(iter(samples.values()))
    sample = Sample(
        data,
        np.concatenate([each.weights for each in samples.values()]),
        structure,
        first.single_cluster,
        combine_calibrations(list(samples.values()), labels),
    )
    columns: dict[Hashable, str] = {name: role for design in waves.values() for name, role in design._columns.items()}
    columns[wave] = "waves"
    if unit is not None:
        columns.setdefault(unit, "units")
    combined = object.__new__(SurveyDesign)
    object.__setattr__(combined, "_sample", sample)
    object.__setattr__(combined, "_columns", columns)
    return combined


def _check_designs(waves: object, wave: object) -> None:
    if not isinstance(waves, Mapping) or len(waves) < 2:
        raise DesignError("waves are a mapping of at least two designs, as {2024: first, 2026: second}")
    if not isinstance(wave, str):
        raise DesignError(f"wave is the name of a column, as text; got {shown_value(wave)}")
    for key, design in waves.items():
        if pd.api.types.is_scalar(key) and pd.isna(key):
            raise DesignError(f"a wave is called by a number or text; got {key}")
        if not isinstance(design, SurveyDesign):
            raise DesignError(
                f"wave {key} is a {type(design).__name__}; make a design of it first: SurveyDesign(frame, weights=...)"
            )
        if design._sample.replicates is not None:
            raise DesignError(f"wave {key} has replicates; combine the waves first, and make replicates of all then")
        if design._sample.counts is not None:
            raise DesignError(f"wave {key} comes from a query; query all waves at once, with the wave among its keys")
    if len({type(key) is str for key in waves}) > 1:
        raise DesignError("waves are called by numbers or by text, not by both")
    choices = {key: design._sample.single_cluster for key, design in waves.items()}
    if len(set(choices.values())) > 1:
        listed = ", ".join(f"{choice!r} in wave {key}" for key, choice in choices.items())
        raise DesignError(f"designs differ in single_cluster: {listed}; make them with one choice")


def _units(samples: Mapping[Hashable, Sample], unit: Hashable) -> IntArray:
    """Return the unit (n,) of each row of all waves."""
    columns = {key: find_column(sample.data, unit) for key, sample in samples.items()}
    for key, column in columns.items():
        missing = int(column.isna().sum())
        if missing:
            raise DesignError(
                f"unit column {unit!r} is missing in {missing} of {len(column)} rows of wave {key}; give everybody who "
                "is in one wave only a unit of their own"
            )
    _check_kinds(unit, columns)
    values = pd.concat([column.astype(object) for column in columns.values()], ignore_index=True)
    try:
        codes, levels = pd.factorize(values)
    except TypeError as error:
        raise DesignError(f"unit column {unit!r} holds values that cannot be compared: {error}") from error
    first, seen = 0, np.zeros(len(levels), dtype=np.intp)
    for key, sample in samples.items():
        mine = codes[first : first + len(sample.data)]
        first += len(mine)
        counts = np.bincount(mine, minlength=len(levels))
        seen += counts > 0
        if (counts > 1).any() and not _is_cluster(sample, mine):
            raise DesignError(
                f"{int((counts > 1).sum())} of {int((counts > 0).sum())} units stand more than once in wave {key}; a "
                f"unit is one row there, or one cluster of its design: SurveyDesign(..., clusters={unit!r})"
            )
    if not (seen > 1).any():
        raise DesignError(
            f"no {unit!r} is in two waves; choose unit=None if the waves are independent samples, or check that units "
            "are written alike in all waves"
        )
    return np.asarray(codes)


def _is_cluster(sample: Sample, unit: IntArray) -> bool:
    """Return whether units are the clusters of a stage."""
    units = len(np.unique(unit))
    for stage in sample.structure.stages:
        if stage.cluster is not None and len(stage.stratum) == units:
            pairs = np.unique(stage.cluster.astype(np.int64) * (int(unit.max()) + 1) + unit)
            if len(pairs) == units:
                return True
    return False


def _stack(frames: Mapping[Hashable, pd.DataFrame], wave: str) -> pd.DataFrame:
    """Return the rows of all waves, with the wave as a column; categories of all waves in their order."""
    keys = list(frames)
    for key, frame in frames.items():
        if wave in frame.columns:
            held = encode(find_column(frame, wave))
            given = [held.labels[code] for code in np.unique(held.codes[held.codes >= 0])]
            if len(given) != 1 or not (given[0] == key or str(given[0]) == str(key)):
                shown = str(given[0]) if len(given) == 1 else f"{len(given)} different values" if given else "nothing"
                raise DesignError(
                    f"column {wave!r} of wave {key} holds {shown}; name another column by wave=..., or drop it"
                )
    names = list(dict.fromkeys(name for frame in frames.values() for name in frame.columns if name != wave))
    columns: dict[Hashable, object] = {wave: _wave_column(keys, [len(frame) for frame in frames.values()])}
    for name in names:
        given_in = {key: frame[name] for key, frame in frames.items() if name in frame.columns}
        _check_kinds(name, given_in)
        shared = _categories(list(given_in.values()))
        parts: list[pd.Series | None] = [None] * len(keys)
        for place, key in enumerate(keys):
            if key in given_in:
                parts[place] = given_in[key] if shared is None else given_in[key].astype(shared)
        columns[name] = _concatenated(parts, [len(frame) for frame in frames.values()])
    return pd.DataFrame(columns)


def _concatenated(parts: Sequence[pd.Series | None], sizes: Sequence[int]) -> pd.Series:
    """Return columns one after the other, with missing values where there is none."""
    known = next(part for part in parts if part is not None)
    if all(part is not None for part in parts):
        return pd.concat([part for part in parts if part is not None], ignore_index=True)
    total = int(sum(sizes))
    place, whole = [], []
    first = 0
    for part, size in zip(parts, sizes, strict=True):
        if part is not None:
            place.append(np.arange(first, first + size))
            whole.append(part)
        first += size
    stacked = pd.concat(whole, ignore_index=True) if len(whole) > 1 else known.reset_index(drop=True)
    return stacked.set_axis(np.concatenate(place)).reindex(range(total))


def _wave_column(keys: Sequence[Hashable], sizes: Sequence[int]) -> object:
    """Return the wave of each row, as categories where waves are not in the order of their names."""
    try:
        in_order = sorted(keys) == list(keys)  # type: ignore[type-var]
    except TypeError:
        in_order = False
    codes = np.repeat(np.arange(len(keys)), sizes)
    names = pd.Series(list(keys)).array
    return names.take(codes) if in_order else pd.Categorical(names.take(codes), categories=names)


def _check_kinds(name: Hashable, columns: Mapping[Hashable, pd.Series]) -> None:
    """Check that a column holds the same kind of values in all waves: codes in one are no labels of another."""
    kinds = {key: _kind(column) for key, column in columns.items()}
    known = {key: kind for key, kind in kinds.items() if kind}
    if len(set(known.values())) > 1:
        listed = ", ".join(f"{kind} in wave {key}" for key, kind in known.items())
        raise DesignError(f"column {name!r} holds {listed}; convert it to one of them before the waves are combined")


def _kind(column: pd.Series) -> str:
    values = pd.Series(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else column
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in ("integer", "floating", "boolean", "decimal", "mixed-integer-float"):
        return "numbers"
    if kind in ("string", "empty"):
        return "text" if kind == "string" else ""
    return kind


def _categories(columns: Sequence[pd.Series]) -> pd.CategoricalDtype | None:
    """Return the categories of all columns where all are categorical; ordered where all have the same order."""
    dtypes = [column.dtype for column in columns]
    if not all(isinstance(dtype, pd.CategoricalDtype) for dtype in dtypes):
        return None
    lists = [list(column.cat.categories) for column in columns]
    merged = list(dict.fromkeys(category for each in lists for category in each))
    same = all(each == lists[0] for each in lists) and all(column.cat.ordered for column in columns)
    return pd.CategoricalDtype(merged, ordered=same)
