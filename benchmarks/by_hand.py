"""The tasks of weighting.py in plain NumPy, as one writes them by hand for this data only.

Everything is as weighting.py makes it: categoricals without missing values, weights of 1, all levels present. Nothing
is checked and nothing but the numbers returned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Margins = Mapping[str, Mapping[str, float]]

_MET = 1e-12


class ByHand:
    """A sample and its margins; ``by`` are the variables of the domains, ``y`` what means are taken of."""

    def __init__(self, frame: pd.DataFrame, margins: Margins, by: Sequence[str], y: str, group: str) -> None:
        self.frame, self.margins, self.by, self.y, self.group = frame, margins, by, y, group
        self.shape = tuple(len(levels) for levels in margins.values())
        self.cells = math.prod(self.shape)
        self.domains = math.prod(len(frame[name].array.categories) for name in by)
        self.factors = self._rake(np.bincount(self._code(margins), minlength=self.cells).astype(np.float64))

    def rake(self) -> FloatArray:
        """Return the raked weights (n,)."""
        cell = self._code(self.margins)
        return self._rake(np.bincount(cell, minlength=self.cells).astype(np.float64))[cell]

    def taylor(self) -> FloatArray:
        """Return the standard errors (domains,) of means after raking."""
        n, first, second = self._sums()
        weight = n * self.factors
        size = weight.sum(axis=1)
        mean = (first * self.factors).sum(axis=1) / size
        # Sums of the linearised values of the respondents in a domain and cell, and of their squares.
        linear = (first - n * mean[:, None]) / size[:, None]
        squared = (second - 2 * mean[:, None] * first + n * mean[:, None] ** 2) / size[:, None] ** 2
        everybody = n.sum(axis=0)
        levels = np.stack(np.unravel_index(np.arange(self.cells), self.shape), axis=1) + np.cumsum(
            (0, *self.shape[:-1])
        )
        rows = np.arange(self.cells + 1) * len(self.shape)
        design = sparse.csr_array((np.ones(levels.size), levels.ravel(), rows)).toarray()
        # R's calibrate projects with the weights before raking, which are 1 here.
        cross, right = design.T @ (design * everybody[:, None]), design.T @ linear.T
        fitted = (design @ np.linalg.lstsq(cross, right, rcond=1e-10)[0]).T
        squares = (squared - 2 * fitted * linear + everybody * fitted**2) @ self.factors**2
        total = (linear - everybody * fitted) @ self.factors
        people = len(self.frame)
        return np.asarray(np.sqrt((squares - total**2 / people) * people / (people - 1)))

    def bootstrap(self, replicates: int) -> FloatArray:
        """Return the standard errors (domains,) of means from a bootstrap of people, every replicate raked."""
        cell = self._code(self.by) * self.cells + self._code(self.margins)
        size, people = self.domains * self.cells, len(self.frame)
        order = np.argsort(cell.astype(np.uint16), kind="stable")
        ends = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=size))])
        y = self.frame[self.y].to_numpy()[order]
        sums = sparse.csr_array(
            (np.concatenate([np.ones(people), y]), np.tile(order, 2), np.concatenate([ends, people + ends[1:]])),
            shape=(2 * size, people),
        )
        random = np.random.default_rng(1)
        drawn = np.empty((replicates, 2, self.domains, self.cells))
        for each in drawn:
            times = np.bincount(random.integers(0, people, people), minlength=people).astype(np.float64)
            each[:] = (sums @ times).reshape(each.shape)
        deviation = self._replicated(drawn)
        return np.asarray(np.sqrt((deviation**2).sum(axis=0) / (replicates - 1)))

    def jackknife(self, groups: int) -> FloatArray:
        """Return the standard errors (domains,) of means from a jackknife of groups, every replicate raked."""
        cell = self._code(self.by) * self.cells + self._code(self.margins)
        group, y = self.frame[self.group].to_numpy(), self.frame[self.y].to_numpy()
        size = self.domains * self.cells
        code = group * size + cell
        both = [np.bincount(code, each, minlength=groups * size).reshape(groups, size) for each in (None, y)]
        left = np.stack([each.sum(axis=0) - each for each in both], axis=1)
        deviation = self._replicated(left.reshape(groups, 2, self.domains, self.cells))
        return np.asarray(np.sqrt((groups - 1) / groups * (deviation**2).sum(axis=0)))

    def _code(self, names: Sequence[str] | Margins) -> IntArray:
        code = np.zeros(len(self.frame), dtype=np.int16)
        for name in names:
            column = self.frame[name].array
            code = code * np.int16(len(column.categories)) + column.codes
        return code.astype(np.intp)

    def _sums(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        code = self._code(self.by) * self.cells + self._code(self.margins)
        y = self.frame[self.y].to_numpy()
        size = self.domains * self.cells
        n, first, second = (np.bincount(code, each, minlength=size) for each in (None, y, y**2))
        return tuple(each.reshape(self.domains, self.cells) for each in (n, first, second))  # type: ignore[return-value]

    def _rake(self, weights: FloatArray) -> FloatArray:
        """Return weight after over weight before (..., cells)."""
        leading = weights.shape[:-1]
        table = weights.reshape(*leading, *self.shape).copy()
        axes = range(len(leading), table.ndim)
        while True:
            worst = 0.0
            for axis, levels in zip(axes, self.margins.values(), strict=True):
                others = tuple(each for each in axes if each != axis)
                with np.errstate(divide="ignore"):
                    factor = np.fromiter(levels.values(), float) / table.sum(axis=others)
                worst = max(worst, float(np.abs(factor - 1).max()))
                table *= np.expand_dims(factor, others)
            if worst < _MET:
                break
        after = table.reshape(weights.shape)
        return np.divide(after, weights, out=np.zeros(weights.shape), where=weights != 0)

    def _replicated(self, sums: FloatArray) -> FloatArray:
        """Return means (replicates, domains) about their mean, from sums (replicates, 2, domains, cells)."""
        factors = self._rake(sums[:, 0].sum(axis=1))
        n, total = np.moveaxis(np.einsum("rkdc,rc->rkd", sums, factors), 1, 0)
        means = total / n
        return np.asarray(means - means.mean(axis=0))
