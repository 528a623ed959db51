"""The disclosure policy: thresholds in a file, so that an office can change them without touching code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trustsurvey.documents.document import Document, read_document
from trustsurvey.documents.document import Path as Place
from trustsurvey.documents.shape import shaped
from trustsurvey.errors import MissingFileError, Problem, StudyError
from trustsurvey.publishing.schema import LimitsEntry, PolicyEntry

__all__ = ["DEFAULT_POLICY", "Limits", "Policy", "load_policy"]

DEFAULT_POLICY = Path(__file__).with_name("disclosure.yaml")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an estimate needs.

    Parameters
    ----------
    n : int
        Smallest unweighted number of respondents.
    n_effective : float
        Smallest effective number of respondents.
    half_width : float
        Largest half-width of the interval, in points of 0 to 100.
    """

    n: int
    n_effective: float
    half_width: float


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules by which numbers are published, flagged or withheld.

    Parameters
    ----------
    name : str
    publish, flag : Limits
        An estimate that meets ``publish`` is published; one that meets only ``flag`` is published with a mark;
        any other is withheld.
    decimals : int
        Published decimals of estimates, on the scale 0 to 100.
    minimum_count, round_counts_to : int
        Counts below the minimum are withheld, the others rounded to a multiple.
    extremes : tuple of str
        Shares of 0 % and 100 % are withheld where a variable or concept with one of these words in its name is crossed.
    """

    name: str
    publish: Limits
    flag: Limits
    decimals: int
    minimum_count: int
    round_counts_to: int
    extremes: tuple[str, ...]


def load_policy(path: str | Path | None = None) -> Policy:
    """Read a disclosure policy; without a path, the one that comes with the package.

    Raises
    ------
    MissingFileError
        No such file.
    StudyError
        The file holds problems; every one is listed with its line and column.
    """
    path = Path(path) if path else DEFAULT_POLICY
    if path.is_dir():
        raise MissingFileError(f"{path} is a folder; give the path of a disclosure policy, a YAML file")
    if not path.is_file():
        raise MissingFileError(f"no disclosure policy {path}; give the path of a YAML file")
    document = read_document(path)
    if document.problems:
        raise StudyError(document.problems)
    entry, problems = shaped(document, (), PolicyEntry, document.content, "the policy")
    if entry is None or problems:
        raise StudyError(problems)
    policy = Policy(
        entry.policy,
        _limits(entry.estimates.publish),
        _limits(entry.estimates.flag),
        entry.estimates.decimals,
        entry.counts.minimum,
        entry.counts.round_to,
        tuple(entry.extremes),
    )
    problems = list(_contradictions(policy, document))
    if problems:
        raise StudyError(problems)
    return policy


def _limits(entry: LimitsEntry) -> Limits:
    return Limits(entry.n, entry.n_effective, entry.half_width)


def _contradictions(policy: Policy, document: Document) -> Iterator[Problem]:
    """Yield thresholds that make no sense, alone or together."""
    for name in ("publish", "flag"):
        limits: Limits = getattr(policy, name)
        place: Place = ("estimates", name)
        if limits.n < 2:
            yield document.problem((*place, "n"), "n is below 2", "one respondent is never published")
        if limits.n_effective < 0:
            yield document.problem((*place, "n_effective"), "n_effective is negative", "use 0 or more")
        if not limits.half_width > 0:
            yield document.problem((*place, "half_width"), "half_width is not above 0", "give points of 0 to 100")
    for key, flag, publish in (
        ("n", policy.flag.n, policy.publish.n),
        ("n_effective", policy.flag.n_effective, policy.publish.n_effective),
        ("half_width", -policy.flag.half_width, -policy.publish.half_width),
    ):
        if flag > publish:
            message = f"{key} is stricter under flag than under publish"
            yield document.problem(("estimates", "flag", key), message, "flagging must ask for less than publishing")
    if not 0 <= policy.decimals <= 6:
        yield document.problem(("estimates", "decimals"), "decimals is not between 0 and 6", "1 is usual")
    if policy.minimum_count < 1:
        yield document.problem(("counts", "minimum"), "minimum is below 1", "10 is usual")
    if policy.round_counts_to < 1:
        yield document.problem(("counts", "round_to"), "round_to is below 1", "use 1 for no rounding")
