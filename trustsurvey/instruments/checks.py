"""Rules."""

from trustsurvey.errors import Problem
from trustsurvey.instruments.draft import Draft


def problems_of(_draft: Draft) -> list[Problem]:
    """."""
    return []
