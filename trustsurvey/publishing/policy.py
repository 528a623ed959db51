"""The disclosure policy: thresholds in a file, so that an office can change them without touching code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustsurvey.documents.document import Document, read_document, value_of
from trustsurvey.documents.document import Path as Place
from trustsurvey.errors import MissingFileError, Problem, StudyError

__all__ = ["DEFAULT_POLICY", "Limits", "Policy", "load_policy"]

DEFAULT_POLICY = Path(__file__).with_name("disclosure.yaml")
_LIMITS = {"n": int, "n_effective": float, "half_width": float}
_SHAPE: dict[str, Any] = {
    "policy": str,
    "estimates": {"publish": _LIMITS, "flag": _LIMITS, "decimals": int},
    "counts": {"minimum": int, "round_to": int},
    "extremes": list,
}


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
    if not path.is_file():
        raise MissingFileError(f"no disclosure policy {path}; give the path of a YAML file")
    document = read_document(path)
    problems = list(document.problems)
    if document.content is not None:
        problems += _misshapen(document, (), document.content, _SHAPE, "the policy")
    if problems:
        raise StudyError(problems)
    plain = document.plain()
    estimates, counts = plain["estimates"], plain["counts"]
    policy = Policy(
        plain["policy"],
        Limits(**estimates["publish"]),
        Limits(**estimates["flag"]),
        estimates["decimals"],
        counts["minimum"],
        counts["round_to"],
        tuple(plain["extremes"]),
    )
    problems = list(_contradictions(policy, document))
    if problems:
        raise StudyError(problems)
    return policy


def _misshapen(document: Document, path: Place, content: Any, shape: Any, what: str) -> Iterator[Problem]:
    """Yield what is wrong with a part of the file that should have this shape."""
    if isinstance(shape, dict):
        if not isinstance(content, dict):
            yield document.problem(path, f"{what} is not a mapping", f"give it the keys {', '.join(shape)}")
            return
        for key, value in content.items():
            if key in shape:
                yield from _misshapen(document, (*path, key), value, shape[key], key)
            else:
                remedy = f"the keys here are {', '.join(shape)}"
                yield document.problem((*path, key), f"the key {key} is not known here", remedy, key=True)
        for key in shape:
            if key not in content:
                yield document.problem(path, f"{what} lacks the key {key}", "add it")
    elif shape is list:
        if not isinstance(content, list) or not all(isinstance(value_of(each), str) for each in content):
            yield document.problem(path, f"{what} is not a list of names", "write it as [origin, complaint]")
    elif shape is str:
        if not isinstance(content, str) or not isinstance(value_of(content), str) or not content:
            yield document.problem(path, f"{what} is not a name", "write a short text")
    else:
        value = value_of(content) if isinstance(content, str) else None
        if isinstance(value, bool) or not isinstance(value, int if shape is int else (int, float)) or value != value:
            kind = "whole number" if shape is int else "number"
            yield document.problem(path, f"{what} is not a {kind}", f"write a {kind}, without quotes")


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
