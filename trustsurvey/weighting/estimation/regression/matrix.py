"""The model matrix of a formula: on unique patterns of the covariates where there are few, with an orthonormal basis.

Coefficients are found in a basis of orthonormal columns, so that a year or a large income next to an intercept costs no
digits, and are then brought back to the columns of the formula.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import solve_triangular

from trustsurvey.errors import InputError
from trustsurvey.weighting.encoding import FloatArray, IntArray, as_numbers, combine
from trustsurvey.weighting.estimation.regression.covariates import Covariate
from trustsurvey.weighting.estimation.regression.expressions import FUNCTIONS, Expression, evaluate
from trustsurvey.weighting.estimation.regression.formula import RegressionFormula

if TYPE_CHECKING:
    from formulaic import ModelSpec

__all__ = ["ModelMatrix", "build_matrix", "row_blocks"]

_MOST_COEFFICIENTS = 1_000
_BLOCK_ROWS = 1 << 15
_FIRST_LOOK = 1_000
_FEW_VALUES = 100
_ALIASED = 1e-9
_LARGEST = 1e100


@dataclass(frozen=True, slots=True, eq=False)
class ModelMatrix:
    """A model matrix (patterns, columns), in an orthonormal basis.

    Attributes
    ----------
    rows : (m,) array
        The rows of the data that are used.
    pattern : (m,) array or None
        The pattern of each of them; None where each has its own.
    basis : (patterns, columns) array
        The model matrix times ``back``; orthonormal under the weights at hand.
    back : (columns, columns) array
        Upper triangular. Coefficients of the columns are ``back`` times those of the basis.
    offset : (patterns,) array or None
    offset_expression : Expression or None
    columns : tuple of str
        As formulaic names them: ``origin[T.foreign]``, ``log(age)``, ``origin[T.foreign]:sex[T.m]``.
    terms : dict
        The columns of each term of the formula.
    frame : DataFrame
        The columns of the data by pattern, categorical where they are categories.
    spec : formulaic.ModelSpec
        Makes the same matrix from other data.
    """

    rows: IntArray
    pattern: IntArray | None
    basis: FloatArray
    back: FloatArray
    offset: FloatArray | None
    offset_expression: Expression | None
    columns: tuple[str, ...]
    terms: dict[str, tuple[int, ...]]
    frame: pd.DataFrame
    spec: ModelSpec

    def summed(self, values: FloatArray) -> FloatArray:
        """Return sums (patterns,) of values (m,)."""
        if self.pattern is None:
            return values
        return np.bincount(self.pattern, values, minlength=len(self.basis)).astype(np.float64)

    def of_rows(self, values: FloatArray) -> FloatArray:
        """Return what patterns (patterns,) have, for each row (m,)."""
        return values if self.pattern is None else values[self.pattern]

    def predictor(self, coefficients: FloatArray) -> FloatArray:
        """Return the linear predictor (patterns,) of coefficients of the basis."""
        predictor: FloatArray = self.basis @ coefficients
        return predictor if self.offset is None else predictor + self.offset

    def of_frame(self, frame: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Return the model matrix (rows, columns) and the offset (rows,) of a frame like ``frame``."""
        with np.errstate(all="ignore"):
            made = self.spec.get_model_matrix(frame, context=dict(FUNCTIONS), na_action="ignore")
        offset = np.zeros(len(frame)) if self.offset_expression is None else _offset(self.offset_expression, frame)
        return _dense(made), offset

    def without(self, dropped: Sequence[int]) -> FloatArray:
        """Return the orthonormal basis (columns, fewer) of what is left without some columns of the matrix."""
        kept = np.setdiff1d(np.arange(len(self.columns)), dropped)
        return np.linalg.qr(np.linalg.inv(self.back)[:, kept])[0]


def row_blocks(rows: int) -> list[slice]:
    """Return slices that cover the rows, each of a size that stays in the cache of a processor."""
    return [slice(start, min(start + _BLOCK_ROWS, rows)) for start in range(0, rows, _BLOCK_ROWS)]


def build_matrix(
    formula: RegressionFormula, covariates: Sequence[Covariate], rows: IntArray, weights: FloatArray, respondents: int
) -> ModelMatrix:
    """Return the model matrix of some rows of so many respondents; ``weights`` (rows,) are above 0.

    Raises
    ------
    InputError
        A category has one level only, terms cannot be computed, or columns depend on each other.
    """
    mine = tuple(covariate.on(rows) for covariate in covariates)
    for covariate in mine:
        if covariate.levels is not None and len(covariate.levels) < 2:
            level = f"only {covariate.levels[0]}" if len(covariate.levels) else "no level"
            raise InputError(
                f"{covariate.name!r} has {level} among the {respondents} respondents who count; leave it out"
            )
    _check_size(formula, mine)
    pattern, frame = _patterns(mine, len(rows), formula.stateful)
    matrix, spec = _materialise(formula, frame)
    columns = tuple(str(name) for name in spec.column_names)
    if len(columns) >= respondents:
        raise InputError(
            f"the formula has {len(columns)} coefficients for {respondents} respondents, which leaves nothing to take "
            "errors from; merge levels, or leave terms out"
        )
    terms = {_term_name(term): tuple(places) for term, places in spec.term_indices.items()}
    offset = None if formula.offset is None else _offset(formula.offset, frame)
    _check_finite(matrix, columns, terms)
    summed = weights if pattern is None else np.bincount(pattern, weights, minlength=len(matrix)).astype(np.float64)
    back = _orthonormal(matrix, summed, columns)
    for block in row_blocks(len(matrix)):
        matrix[block] = matrix[block] @ back
    return ModelMatrix(rows, pattern, matrix, back, offset, formula.offset, columns, terms, frame, spec)


def _term_name(term: object) -> str:
    return "Intercept" if str(term) == "1" else str(term)


def _check_size(formula: RegressionFormula, covariates: Sequence[Covariate]) -> None:
    levels = {each.name: 1 if each.levels is None else len(each.levels) for each in covariates}
    size = sum(math.prod(levels[name] for name in used) for used in formula.uses)
    if size > _MOST_COEFFICIENTS:
        raise InputError(
            f"the formula makes about {size} coefficients, more than the {_MOST_COEFFICIENTS} that can be told apart; "
            "merge levels, or leave out columns of names and numbers that identify rows"
        )


def _patterns(covariates: Sequence[Covariate], rows: int, stateful: bool) -> tuple[IntArray | None, pd.DataFrame]:
    """Return the pattern of each row, and a frame of the patterns; or None and all rows, where there are many."""
    coded = None if stateful else [_coded(covariate) for covariate in covariates]
    if coded is not None and all(each is not None for each in coded):
        pairs = [each for each in coded if each is not None]
        if not pairs:
            return np.zeros(rows, dtype=np.intp), pd.DataFrame(index=range(1))
        sizes = [len(values) for _, values in pairs]
        if math.prod(sizes) < 1 << 62:
            pattern, members, _ = combine([codes for codes, _ in pairs], sizes)
            if 2 * len(members) <= rows:
                frame = {
                    str(covariate.name): covariate.column(values[members[:, place]])
                    for place, (covariate, (_, values)) in enumerate(zip(covariates, pairs, strict=True))
                }
                return pattern, pd.DataFrame(frame)
    frame = {str(covariate.name): covariate.column(covariate.values) for covariate in covariates}
    return None, pd.DataFrame(frame, index=range(rows))


def _coded(covariate: Covariate) -> tuple[IntArray, npt.NDArray[Any]] | None:
    """Return a column as codes and their values, None where it has many values."""
    if covariate.levels is not None:
        return np.asarray(covariate.values, dtype=np.intp), np.arange(len(covariate.levels))
    if len(np.unique(covariate.values[:_FIRST_LOOK])) > _FEW_VALUES:
        return None
    codes, values = pd.factorize(covariate.values)
    return codes, values


def _materialise(formula: RegressionFormula, frame: pd.DataFrame) -> tuple[FloatArray, ModelSpec]:
    from formulaic.formula import SimpleFormula

    right = SimpleFormula(list(formula.terms))
    try:
        with np.errstate(all="ignore"):
            made = right.get_model_matrix(frame, context=dict(FUNCTIONS), na_action="ignore")
    except Exception:  # whatever these columns make of it, with answers in its message
        kinds = ", ".join(f"{name} ({dtype})" for name, dtype in frame.dtypes.items())
        raise InputError(
            f"the terms of {formula.text!r} cannot be computed from the columns {kinds}; "
            "a function such as log takes numbers"
        ) from None
    return _dense(made), made.model_spec


def _dense(made: pd.DataFrame) -> FloatArray:
    matrix = np.empty(made.shape, order="F")
    for place in range(made.shape[1]):
        matrix[:, place] = made.iloc[:, place]
    return matrix


def _offset(offset: Expression, frame: pd.DataFrame) -> FloatArray:
    values = as_numbers(evaluate(offset, frame))
    if values is None or not np.isfinite(values).all():
        raise InputError(f"the offset {offset.text!r} is not a finite number in every row; an exposure is above 0")
    return values


def _check_finite(matrix: FloatArray, columns: Sequence[str], terms: Mapping[str, Sequence[int]]) -> None:
    least, most = matrix.min(axis=0), matrix.max(axis=0)
    size = np.maximum(np.abs(least), np.abs(most))
    finite = np.isfinite(size)
    far = finite & (size > 0) & ((size > _LARGEST) | (size < 1 / _LARGEST))
    if far.any():
        named = [columns[int(each)] for each in np.flatnonzero(far)]
        raise InputError(f"{', '.join(named)} cannot be squared, numbers are too large or too small; change their unit")
    if finite.all():
        return
    wrong = {int(place) for place in np.flatnonzero(~finite)}
    named = [name for name, places in terms.items() if wrong & set(places)]
    raise InputError(
        f"{', '.join(named or [columns[each] for each in sorted(wrong)])} is not a finite number in some rows, as is "
        "the logarithm of 0; correct the column, or set these rows to missing"
    )


def _orthonormal(matrix: FloatArray, weights: FloatArray, columns: Sequence[str]) -> FloatArray:
    """Return what the matrix (patterns, columns) is to be multiplied by."""
    size = matrix.shape[1]
    triangle = np.zeros((0, size))
    squares = np.zeros(size)
    for block in row_blocks(len(matrix)):
        part = matrix[block] * np.sqrt(weights[block] / weights.sum())[:, None]
        squares += (part**2).sum(axis=0)
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, part]), mode="r"))
    diagonal = np.zeros(size)
    diagonal[: min(triangle.shape)] = np.abs(np.diag(triangle))
    aliased = np.flatnonzero(~(diagonal > _ALIASED * np.sqrt(squares)))
    if len(aliased):
        raise InputError(_alias_message(squares, aliased, columns))
    back: FloatArray = solve_triangular(triangle, np.identity(size))
    return back


def _alias_message(squares: FloatArray, aliased: IntArray, columns: Sequence[str]) -> str:
    empty = [columns[each] for each in aliased if squares[each] == 0]
    rest = [columns[each] for each in aliased if squares[each] > 0]
    parts = []
    if empty:
        parts.append(f"{', '.join(_few(empty))} {'are' if len(empty) > 1 else 'is'} 0 for everybody who counts")
    if rest:
        parts.append(f"{', '.join(_few(rest))} follow{'' if len(rest) > 1 else 's'} from the columns before")
    return f"coefficients cannot be told apart: {'; '.join(parts)}; leave terms out or merge levels"


def _few(names: Sequence[str]) -> list[str]:
    return [*names[:8], *([f"{len(names) - 8} more"] if len(names) > 8 else [])]
