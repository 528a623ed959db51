"""What kinds of replicates have in common: what is asked for, what is made, and what is refused."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from trustsurvey.errors import DesignError
from trustsurvey.weighting.encoding import FloatArray, IntArray
from trustsurvey.weighting.sampling.multipliers import BoolArray, Multipliers
from trustsurvey.weighting.sampling.single import listed_strata, single_strata
from trustsurvey.weighting.sampling.structure import Stage

__all__ = ["Made", "Options", "check_single", "seed_of", "units_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """What was asked for, for n ``rows``; ``groups`` (n,) are codes from 0, ``rho`` is Fay's."""

    rows: int
    replicates: int | None
    seed: int | None
    groups: IntArray | None
    rho: float
    single_cluster: str


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Multipliers with the unit (n,) of each row (None: its own), and the scales of the variance."""

    unit: IntArray | None
    multipliers: Multipliers
    scale: float
    rscales: FloatArray
    choices: tuple[str, ...] = ()


def units_of(stage: Stage) -> tuple[IntArray | None, int]:
    """Return the unit (n,) of each row, None where it is its own, and how many units there are."""
    return stage.cluster, len(stage.stratum)


def seed_of(options: Options) -> int:
    """Return the seed asked for, or one that nobody knows."""
    return secrets.randbits(63) if options.seed is None else options.seed


def check_single(stage: Stage, options: Options, *possible: str) -> BoolArray:
    """Return which strata (strata,) have a single cluster of several; what they add is chosen among what is possible.

    Raises
    ------
    DesignError
        It is not.
    """
    lonely = single_strata(stage)
    if options.single_cluster in possible or not lonely.any():
        return lonely
    choices = " or ".join(f'"{each}"' for each in possible)
    raise DesignError(
        f"{lonely.sum()} of {len(lonely)} strata have a single cluster, so replicates cannot tell how they vary: "
        f"{listed_strata(stage, lonely)}; merge strata or make the design with single_cluster={choices}"
    )
