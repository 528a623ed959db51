"""The calibration distances of Deville and Särndal (1992): how a factor follows from its linear predictor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Bounds", "Distance", "Method"]

Method = Literal["raking", "linear", "logit"]
Bounds = tuple[float, float]

_LARGEST_EXPONENT = 150.0


@dataclass(frozen=True, slots=True)
class Distance:
    """The factor F(u) of a calibration distance within bounds, its derivative, and its integral."""

    method: Method
    bounds: Bounds | None

    def factor(self, u: FloatArray) -> FloatArray:
        """Return F(u); arrays of any shape."""
        if self.method == "logit":
            lower, upper, slope = self._logit()
            grown = np.exp(np.clip(slope * u, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
            return (lower * (upper - 1) + upper * (1 - lower) * grown) / (upper - 1 + (1 - lower) * grown)
        factor = np.exp(np.clip(u, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)) if self.method == "raking" else 1 + u
        return factor if self.bounds is None else np.clip(factor, *self.bounds)

    def derivative(self, factor: FloatArray) -> FloatArray:
        """Return F'(u), from F(u)."""
        if self.method == "logit":
            lower, upper, slope = self._logit()
            return np.maximum(slope * (factor - lower) * (upper - factor) / (upper - lower), 0)
        derivative = factor if self.method == "raking" else np.ones_like(factor)
        if self.bounds is None:
            return derivative
        return np.where((factor > self.bounds[0]) & (factor < self.bounds[1]), derivative, 0.0)

    def integral(self, u: FloatArray, factor: FloatArray) -> FloatArray:
        """Return the integral of F up to u, from u and F(u): a convex function."""
        if self.method == "logit":
            lower, upper, slope = self._logit()
            grown = np.logaddexp(np.log(upper - 1), np.log(1 - lower) + slope * u)
            integral: FloatArray = lower * u + (upper - lower) / slope * grown
            return integral
        if self.method == "raking":
            if self.bounds is None:
                return factor
            lowest = np.log(self.bounds[0]) if self.bounds[0] > 0 else -np.inf
            inside = np.clip(u, lowest, np.log(self.bounds[1]))
            return factor + factor * (u - inside)
        inside = factor - 1
        return inside * (1 + inside / 2) + factor * (u - inside)

    def _logit(self) -> tuple[float, float, float]:
        if self.bounds is None:
            raise ValueError("the logit distance has bounds")
        lower, upper = self.bounds
        return lower, upper, (upper - lower) / ((1 - lower) * (upper - 1))
