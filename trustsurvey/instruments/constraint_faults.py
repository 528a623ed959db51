"""What a rule under ``checks`` compares must fit: numbers with numbers, dates with days, answers with codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from trustsurvey.documents.values import close_to
from trustsurvey.instruments.constraints import Aggregate, Constraint, Named, Operator, Quoted, Side, Signed, matches
from trustsurvey.instruments.questions import Kind

__all__ = ["Content", "Fault", "faults", "is_other", "side_kind"]

FITTING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"sum": ("number", "numbers"), "count": ("boolean", "ticks of multiple choices")}
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a variable holds: its kind, and its codes where it has some."""

    kind: Kind
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a rule compares and cannot; ``column`` counts from 1 inside the rule."""

    column: int
    complaint: str
    remedy: str


def is_other(name: str, contents: Mapping[str, Content]) -> bool:
    """Say whether a variable is the text beside an "other" answer, which patterns leave aside."""
    return name.endswith("_other") and contents[name].kind == "text"


def faults(constraint: Constraint, contents: Mapping[str, Content]) -> list[Fault]:
    """Return what cannot be compared in a rule, given what its variables hold; unknown names are passed over."""
    found = list(_term_faults(constraint, contents))
    named = any(isinstance(signed.term, Named | Aggregate) for signed in constraint.terms)
    if not named:
        found.append(Fault(1, "the rule reads no variable", "name at least one"))
    if found or any(isinstance(each.term, Named) and each.term.name not in contents for each in constraint.terms):
        return found
    return list(_pair_faults(constraint, contents))


def side_kind(side: Side, contents: Mapping[str, Content]) -> str:
    """Return what a side is: ``number``, ``date``, ``codes`` (an answer), ``quoted``, or another kind of variable."""
    term = side[0].term
    if len(side) == 1 and isinstance(term, Quoted):
        return "quoted"
    if len(side) == 1 and isinstance(term, Named):
        kind = contents[term.name].kind
        return "codes" if kind in {"ordinal", "nominal"} else kind
    return "number"


def _term_faults(constraint: Constraint, contents: Mapping[str, Content]) -> Iterator[Fault]:
    for side in (constraint.left, constraint.right):
        alone = len(side) == 1 and side[0].sign == 1
        for signed in side:
            match signed.term:
                case Quoted() if not alone:
                    yield Fault(signed.column, "a day or a code is no part of a sum", "let it stand alone on its side")
                case Named(name) if name in contents:
                    yield from _name_faults(name, contents[name], signed.column, alone)
                case Aggregate(function, pattern):
                    kind, words = FITTING[function]
                    found = matches(pattern, contents)
                    if unfit := [
                        name for name in found if contents[name].kind != kind and not is_other(name, contents)
                    ]:
                        shown = ", ".join(unfit[:5]) + (" ..." if len(unfit) > 5 else "")
                        message = f"{function}({pattern}) takes {words}, and it matches {shown}"
                        yield Fault(signed.column, message, "write a narrower pattern")


def _name_faults(name: str, content: Content, column: int, alone: bool) -> Iterator[Fault]:
    match content.kind:
        case "boolean":
            yield Fault(column, f"{name} is a tick of a multiple choice", f"write count({name}), which is 1 or 0")
        case "text":
            yield Fault(
                column, f"{name} holds text, which no rule compares", "name a number, a date or a closed answer"
            )
        case "date" if not alone:
            yield Fault(column, f"{name} holds dates, which are not added up", "compare it with a date or a quoted day")
        case "ordinal" | "nominal" if not alone:
            yield Fault(column, f"{name} holds codes, which are not added up", "compare it with a code between quotes")


def _pair_faults(constraint: Constraint, contents: Mapping[str, Content]) -> Iterator[Fault]:
    left, right = side_kind(constraint.left, contents), side_kind(constraint.right, contents)
    place = constraint.right[0].column
    pair = {left, right}
    if pair in ({"number"}, {"date"}):
        return
    if "quoted" in pair and pair & {"date", "codes"}:
        quoted, named = (
            (constraint.left[0], constraint.right[0]) if left == "quoted" else (constraint.right[0], constraint.left[0])
        )
        yield from _quoted_faults(constraint.operator, quoted, named, contents)
    elif pair == {"codes"}:
        yield Fault(place, "two variables with codes are not compared", "compare one with a code between quotes")
    else:
        words = {"number": "a number", "date": "a date", "codes": "an answer with codes", "quoted": "quoted text"}
        remedy = "compare numbers with numbers, dates with dates or quoted days, answers with quoted codes"
        yield Fault(place, f"{words[left]} is compared with {words[right]}", remedy)


def _quoted_faults(
    operator: Operator, quoted: Signed, named: Signed, contents: Mapping[str, Content]
) -> Iterator[Fault]:
    if not isinstance(quoted.term, Quoted) or not isinstance(named.term, Named):
        return
    value, name = quoted.term.value, named.term.name
    content = contents[name]
    if content.kind == "date":
        if _day(value) is None:
            yield Fault(quoted.column, f'{name} holds dates and "{value}" is none', 'write a day, as in "2026-01-31"')
        return
    if value not in content.codes:
        remedy = f"{close_to(value, content.codes)} its codes are {', '.join(content.codes)}".strip()
        yield Fault(quoted.column, f'{name} has no answer code "{value}"', remedy)
    if content.kind == "nominal" and operator not in {"=", "!="}:
        yield Fault(named.column, f"the answers to {name} have no order, so {operator} means nothing", "use = or !=")


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None
