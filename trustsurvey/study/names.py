"""The names that the weighting of a study takes: variables with groups, margins, levels; near ones for a wrong one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeAlias

from trustsurvey.documents.document import Document, Path, value_of
from trustsurvey.errors import PopulationError, Problem
from trustsurvey.instruments.model import Instrument
from trustsurvey.study.schema import WeightingEntry
from trustsurvey.weighting.population.model import Population

__all__ = ["Groups", "collapse_problems", "groups_of", "margin_problems", "unknown"]

Groups: TypeAlias = Mapping[str, Sequence[str]]

MOST_NEAR = 3
MOST_NAMED = 12


def groups_of(instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Return the variables whose groups can be compared or weighted, with their codes: the derived ones first."""
    replaced = {name for each in instrument.derived for name in each.replaces}
    derived = {each.code: tuple(level.code for level in each.levels) for each in instrument.derived}
    asked = {
        variable.name: tuple(variable.codes)
        for variable in instrument.variables
        if variable.codes and variable.name not in replaced
    }
    return {**derived, **asked, **derived}


def margin_problems(
    document: Document, margins: Sequence[Sequence[str]], groups: Groups | None, population: Population | None
) -> Iterator[Problem]:
    """Yield what is wrong with the margins; groups or population are None where they could not be read."""
    if not margins:
        yield document.problem(("weighting", "margins"), "no margin is listed", "list at least one")
    seen: set[frozenset[str]] = set()
    for number, margin in enumerate(margins):
        place: Path = ("weighting", "margins", number)
        wrong = list(_wrong_variables(document, place, margin, groups, population))
        yield from wrong
        if wrong:
            continue
        if not margin:
            yield document.problem(place, "the margin names no variable", "name at least one")
        elif len(set(margin)) < len(margin):
            twice = next(variable for variable, count in Counter(margin).items() if count > 1)
            yield document.problem(place, f"the margin names {twice} twice", "name each variable once")
        elif frozenset(margin) in seen:
            yield document.problem(place, f"the margin {' x '.join(margin)} is listed twice", "keep one")
        elif population:
            try:
                population.margin(list(margin))
            except PopulationError as error:
                yield document.problem(place, str(error), "choose margins that the population has")
        seen.add(frozenset(margin))


def collapse_problems(
    document: Document,
    weighting: WeightingEntry,
    margins: Sequence[Sequence[str]],
    groups: Groups | None,
    population: Population | None,
) -> Iterator[Problem]:
    """Yield what is wrong with the levels to merge: every variable is in a margin, and every level exists.

    A level to merge into may be new where several levels become it.
    """
    variables = list(dict.fromkeys(variable for margin in margins for variable in margin))
    for variable, merge in weighting.collapse.items():
        place: Path = ("weighting", "collapse", variable)
        if variable not in variables:
            yield unknown(document, place, "margin of the study with the variable", variable, variables, key=True)
            continue
        if not isinstance(merge, dict):
            remedy = "write a mapping such as {level: the level it joins}"
            yield document.problem(place, f"the levels of {variable} to merge are no mapping", remedy)
            continue
        joined = Counter(target for target in merge.values() if isinstance(target, str))
        known = _levels(variable, groups, population)
        for level, target in merge.items():
            if known and level not in known:
                yield unknown(document, (*place, level), f"level of {variable}", level, known, key=True)
            if not isinstance(target, str) or value_of(target) is None:
                message = f"{level} is merged with something that is no level"
                yield document.problem((*place, level), message, "name the one level it joins")
            elif known and target not in known and joined[target] == 1:
                yield unknown(document, (*place, level), f"level of {variable}", target, known)


def unknown(
    document: Document, path: Path, kind: str, name: str, known: Iterable[str], *, key: bool = False
) -> Problem:
    """Return the problem of a name that does not exist; the remedy names those near it first, then a few others."""
    names = list(known)
    folded: dict[str, str] = {}
    for each in names:
        folded.setdefault(each.casefold(), each)
    near = [folded[each] for each in get_close_matches(name.casefold(), folded, n=MOST_NEAR, cutoff=0.6)]
    ordered = [*near, *(each for each in names if each not in near)]
    more = f" and {len(ordered) - MOST_NAMED} more" if len(ordered) > MOST_NAMED else ""
    guess = f"did you mean {near[0]}? " if near else ""
    remedy = f"{guess}choose among {', '.join(ordered[:MOST_NAMED])}{more}" if names else "there is none to choose"
    return document.problem(path, f"there is no {kind} {name!r}", remedy, key=key)


def _wrong_variables(
    document: Document, place: Path, margin: Sequence[str], groups: Groups | None, population: Population | None
) -> Iterator[Problem]:
    asked, counted = groups, population.variables if population else None
    usable = [name for name in (counted or asked or ()) if asked is None or name in asked]
    for position, variable in enumerate(margin):
        missing = [
            where
            for where, names in (("the instrument", asked), ("the population", counted))
            if names is not None and variable not in names
        ]
        if missing:
            kind = f"variable with groups in {' or '.join(missing)}:"
            yield unknown(document, (*place, position), kind, variable, usable)


def _levels(variable: str, groups: Groups | None, population: Population | None) -> list[str]:
    """Return the levels of a variable in the sample and in the population; none where either is unknown."""
    if groups is None or population is None or variable not in groups or variable not in population.variables:
        return []
    return list(dict.fromkeys([*groups[variable], *population.levels(variable)]))
