"""A calibration problem on cells: what the weights are to add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from trustsurvey.weighting.encoding import FloatArray, IntArray

__all__ = ["CalibrationProblem", "Margin", "cross_products", "solve_semidefinite"]

_RANK_TOLERANCE = 1e-11
_MOST_PAIRS = 64
_MOST_DENSE = 128
_DENSITY = 0.03
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Margin:
    """The levels of one variable (or of several together) and the totals the weights are calibrated to.

    ``targets`` (levels,) are counts; a continuous total has the one level ``total``.
    """

    name: str
    variables: tuple[str, ...]
    levels: tuple[str, ...]
    targets: FloatArray


@dataclass(frozen=True, slots=True)
class CalibrationProblem:
    """What is to be solved, on cells.

    Attributes
    ----------
    margins : tuple of Margin
        Their levels, one after the other, are the columns of ``indicators``.
    cell : (n,) array
        The cell of each row.
    weights : (cells,) array
        The sums of the weights before calibration, all above 0.
    indicators : (cells, levels) sparse array
        1 where a cell belongs to a level; the values of a continuous variable.
    ratio : (cells,) array
        The total that the targets give to the cell's part of the sample, over the weights it has before; 1 where
        there are continuous totals only.
    choices : tuple of str
        What was chosen on the way, for the record.
    """

    margins: tuple[Margin, ...]
    cell: IntArray
    weights: FloatArray
    indicators: sparse.csr_array
    ratio: FloatArray
    choices: tuple[str, ...]

    @property
    def targets(self) -> FloatArray:
        """The totals (levels,) of all margins."""
        return np.concatenate([margin.targets for margin in self.margins])

    def split(self, values: FloatArray) -> list[FloatArray]:
        """Split an array over all levels (levels, ...) into one for each margin."""
        return np.split(values, np.cumsum([len(margin.targets) for margin in self.margins])[:-1])


def cross_products(indicators: sparse.csr_array, weights: FloatArray) -> FloatArray:
    """Return the weighted cross products (levels, levels) of the indicators; ``weights`` is (cells,)."""
    cells, levels = indicators.shape
    lengths = np.diff(indicators.indptr)
    if cells and levels**2 <= _MOST_PAIRS * cells and (lengths == lengths[0]).all():
        return _cross_of_pairs(indicators, weights, int(lengths[0]))
    if levels <= _MOST_DENSE and indicators.nnz > _DENSITY * cells * levels:
        result = np.zeros((levels, levels))
        for start in range(0, cells, _BLOCK):
            block = indicators[start : start + _BLOCK].toarray()
            result += block.T @ (block * weights[start : start + _BLOCK, None])
        return result
    weighted = sparse.csr_array(
        (indicators.data * np.repeat(weights, lengths), indicators.indices, indicators.indptr),
        shape=indicators.shape,
    )
    cross: FloatArray = (indicators.T @ weighted).toarray()
    return cross


def _cross_of_pairs(indicators: sparse.csr_array, weights: FloatArray, margins: int) -> FloatArray:
    """Count levels of two margins together, where every cell has one level of each: faster than a sparse product."""
    cells, levels = indicators.shape
    codes = np.ascontiguousarray(indicators.indices.reshape(cells, margins).T, dtype=np.intp)
    values = np.ascontiguousarray(indicators.data.reshape(cells, margins).T)
    diagonal, above = np.zeros(levels**2), np.zeros(levels**2)
    for one in range(margins):
        weighted = weights * values[one]
        first = codes[one] * levels
        diagonal += np.bincount(first + codes[one], weighted * values[one], minlength=levels**2)
        for other in range(one + 1, margins):
            above += np.bincount(first + codes[other], weighted * values[other], minlength=levels**2)
    triangle = above.reshape(levels, levels)
    return diagonal.reshape(levels, levels) + triangle + triangle.T


def solve_semidefinite(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve cross products (levels, levels) for a right-hand side (levels, ...) in their range.

    Margins overlap, as all of them have the same total, so levels that add nothing to those before get 0; the fitted
    values are those of least squares.
    """
    size = np.sqrt(matrix.diagonal())
    size[size == 0] = 1
    factor, pivots, rank, _ = lapack.dpstrf(matrix / size[:, None] / size, tol=_RANK_TOLERANCE)
    kept = pivots[:rank] - 1
    solution = np.zeros_like(right)
    if rank:
        scaled = (right.T / size).T
        # The plain LAPACK call costs a tenth of cho_solve, and is called in every step.
        solution[kept], _ = lapack.dpotrs(factor[:rank, :rank], scaled[kept])
    return np.asarray((solution.T / size).T)
