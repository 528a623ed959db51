"""The disclosure policy: thresholds in a file, so that an office can change them without touching code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from trustsurvey.errors import MissingFileError, Problem, StudyError

__all__ = ["Limits", "Policy", "load_policy"]

DEFAULT = Path(__file__).with_name("disclosure.yaml")
_SHAPE: dict[str, Any] = {
    "policy": str,
    "estimates": {
        "publish": {"n": int, "n_effective": float, "half_width": float},
        "flag": {"n": int, "n_effective": float, "half_width": float},
        "decimals": int,
    },
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
    path = Path(path) if path else DEFAULT
    if not path.is_file():
        raise MissingFileError(f"no disclosure policy {path}; give the path of a YAML file")
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise StudyError([Problem(str(path), 0, 0, "the file is not UTF-8", "save it as UTF-8")]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message = f"the file is not YAML ({getattr(error, 'problem', None) or 'unreadable'})"
        raise StudyError([Problem(str(path), line, column, message, "check quotes, colons and indentation")]) from error
    problems = list(_problems(root, _SHAPE, str(path), "the policy"))
    if problems:
        raise StudyError(problems)
    assert root is not None
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
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
    problems = list(_contradictions(policy, str(path), root))
    if problems:
        raise StudyError(problems)
    return policy


def _problems(node: yaml.Node | None, shape: Any, file: str, what: str) -> Iterator[Problem]:
    """Yield what is wrong with a node that should have this shape."""
    line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
    if isinstance(shape, dict):
        if not isinstance(node, yaml.MappingNode):
            yield Problem(file, line, column, f"{what} is not a mapping", f"give it the keys {', '.join(shape)}")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name, at = key.value, key.start_mark
            if name in seen:
                yield Problem(file, at.line + 1, at.column + 1, f"{name!r} stands twice in {what}", "keep one")
            elif name not in shape:
                remedy = f"use {', '.join(shape)}"
                yield Problem(file, at.line + 1, at.column + 1, f"{what} has no key {name!r}", remedy)
            else:
                yield from _problems(value, shape[name], file, name)
            seen.add(name)
        for name in shape:
            if name not in seen:
                yield Problem(file, line, column, f"{what} lacks {name!r}", "add it")
    elif shape is list:
        if not isinstance(node, yaml.SequenceNode) or any(not isinstance(each, yaml.ScalarNode) for each in node.value):
            yield Problem(file, line, column, f"{what} is not a list of names", "write it as [origin, complaint]")
    elif shape is str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str":
            yield Problem(file, line, column, f"{what} is not a name", "write a short text")
    else:
        tags = {"tag:yaml.org,2002:int"} | ({"tag:yaml.org,2002:float"} if shape is float else set())
        if not isinstance(node, yaml.ScalarNode) or node.tag not in tags:
            kind = "whole number" if shape is int else "number"
            yield Problem(file, line, column, f"{what} is not a {kind}", f"write a {kind}, without quotes")


def _contradictions(policy: Policy, file: str, root: yaml.Node) -> Iterator[Problem]:
    """Yield thresholds that make no sense, alone or together."""

    def problem(keys: str, message: str, remedy: str) -> Problem:
        mark = _find(root, keys.split(".")).start_mark
        return Problem(file, mark.line + 1, mark.column + 1, message, remedy)

    for name in ("publish", "flag"):
        limits: Limits = getattr(policy, name)
        if limits.n < 2:
            yield problem(f"estimates.{name}.n", f"n under {name} is below 2", "one respondent is never published")
        if limits.n_effective < 0:
            yield problem(f"estimates.{name}.n_effective", f"n_effective under {name} is negative", "use 0 or more")
        if not limits.half_width > 0:
            yield problem(f"estimates.{name}.half_width", f"half_width under {name} is not positive", "use points")
    for name in ("n", "n_effective"):
        if getattr(policy.flag, name) > getattr(policy.publish, name):
            message = f"{name} under flag is larger than under publish"
            yield problem(f"estimates.flag.{name}", message, "flagging must ask for less than publishing")
    if policy.flag.half_width < policy.publish.half_width:
        message = "half_width under flag is smaller than under publish"
        yield problem("estimates.flag.half_width", message, "flagging must ask for less than publishing")
    if not 0 <= policy.decimals <= 6:
        yield problem("estimates.decimals", "decimals is not between 0 and 6", "1 is usual")
    if policy.minimum_count < 1:
        yield problem("counts.minimum", "minimum is below 1", "10 is usual")
    if policy.round_counts_to < 1:
        yield problem("counts.round_to", "round_to is below 1", "use 1 for no rounding")


def _find(node: yaml.Node, keys: list[str]) -> yaml.Node:
    for wanted in keys:
        node = next(value for key, value in node.value if key.value == wanted)
    return node
