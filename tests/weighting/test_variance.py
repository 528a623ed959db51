"""Sums of influences over groups, the heart of every standard error."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from trustsurvey.weighting.sampling.rows import Part, Rows
from trustsurvey.weighting.sampling.variance import Influence


@pytest.mark.parametrize("groups", [1, 7])
@pytest.mark.parametrize(("variables", "domains"), [(1, 1), (1, 5), (6, 1), (3, 4)])
def test_sums_over_groups_are_those_of_the_rows(
    rng: np.random.Generator, groups: int, variables: int, domains: int
) -> None:
    rows = 50
    group = rng.integers(0, groups, rows)
    parts = tuple(
        Part(rng.normal(size=rows), rng.integers(-1, domains, rows), first, variables) for first in range(variables)
    )
    weights = rng.uniform(1, 3, rows)
    influence = Influence(Rows(parts, weights, weights, None, None), variables * domains)
    dense = np.zeros((rows, domains, variables))
    for part in parts:
        inside = np.flatnonzero(part.domain >= 0)
        dense[inside, part.domain[inside], part.first] = (part.values * weights)[inside]
    expected = np.zeros((groups, domains * variables))
    np.add.at(expected, group, dense.reshape(rows, -1))
    assert_allclose(influence.sums(group, groups), expected, rtol=1e-12, atol=1e-14)
