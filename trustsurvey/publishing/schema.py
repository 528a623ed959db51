"""The shape of a disclosure policy."""

from __future__ import annotations

from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import Amount, Whole, Word, Words

__all__ = ["LimitsEntry", "PolicyEntry"]


class LimitsEntry(Entry):
    """What an estimate needs to be published, or published with a mark."""

    n: Whole
    n_effective: Amount
    half_width: Amount


class EstimatesEntry(Entry):
    """How estimates are published."""

    publish: LimitsEntry
    flag: LimitsEntry
    decimals: Whole


class CountsEntry(Entry):
    """How counts are published."""

    minimum: Whole
    round_to: Whole


class PolicyEntry(Entry):
    """The whole file."""

    policy: Word
    estimates: EstimatesEntry
    counts: CountsEntry
    extremes: Words
