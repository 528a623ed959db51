"""Verbs about the waves of a design."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trustsurvey.errors import DesignError
from trustsurvey.weighting.encoding import encode, find_column

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["overlap"]


def overlap(self: SurveyDesign, wave: Hashable | None = None, unit: Hashable | None = None) -> pd.DataFrame:
    """Return how many units each two waves share.

    Parameters
    ----------
    wave, unit : str, optional
        The columns of waves and units; those of ``combine_waves`` where that made the design.

    Returns
    -------
    DataFrame
        A row for each two waves, ``wave`` and ``other``: units with a weight in each (``n``, ``n_other``), in both
        (``shared``), and these as shares of each wave (``share``, ``share_other``).

    Raises
    ------
    DesignError
        The columns are not named, and the design was not made by ``combine_waves`` with a unit.
    """
    roles = {role: name for name, role in self._columns.items()}
    wave, unit = (roles.get("waves") if wave is None else wave), (roles.get("units") if unit is None else unit)
    if wave is None or unit is None:
        raise DesignError("name the columns of waves and units, as in overlap('wave', 'id')")
    sample = self._sample
    waves, units = encode(find_column(sample.data, wave)), encode(find_column(sample.data, unit))
    inside = (sample.weights != 0) & (waves.codes >= 0) & (units.codes >= 0)
    present = np.zeros((len(waves.levels), len(units.levels)), dtype=bool)
    present[waves.codes[inside], units.codes[inside]] = True
    rows = []
    for one, other in combinations(range(len(present)), 2):
        n, n_other = int(present[one].sum()), int(present[other].sum())
        both = int((present[one] & present[other]).sum())
        rows.append((waves.labels[one], waves.labels[other], n, n_other, both))
    table = pd.DataFrame(rows, columns=["wave", "other", "n", "n_other", "shared"])
    return table.assign(share=table["shared"] / table["n"], share_other=table["shared"] / table["n_other"])
