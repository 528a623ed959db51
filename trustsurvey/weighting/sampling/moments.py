"""What is known of values that differ within a row, where a row is a cell of many respondents."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import combinations_with_replacement

from trustsurvey.weighting.encoding import FloatArray

__all__ = ["Moments"]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Averages over the respondents of each row, for k values; deviations are from the average by weight.

    Attributes
    ----------
    names : tuple of k names
    averages : (n, k) array
        By weight; NaN in rows of respondents who did not answer.
    shifts : (n, k) array
        The average deviation by squared weight.
    products, squared_products : (n, pairs) array
        The average product of two deviations by weight and by squared weight, for the pairs (0, 0), (0, 1) ... (1, 1)
        and so on.
    """

    names: tuple[Hashable, ...]
    averages: FloatArray
    shifts: FloatArray
    products: FloatArray
    squared_products: FloatArray

    def position(self, name: Hashable) -> int | None:
        """Return which value has this name, None where none has."""
        return self.names.index(name) if name in self.names else None

    def pair(self, one: int, other: int) -> int:
        """Return which of the pairs two values are."""
        first, second = sorted((one, other))
        return list(combinations_with_replacement(range(len(self.names)), 2)).index((first, second))
