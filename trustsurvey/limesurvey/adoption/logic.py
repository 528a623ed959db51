"""Conditions while they are being translated: sets of answers that can be joined, turned round and said in words.

What a question with answers can hold is a set: its codes, the reasons it offers, and nothing (not asked or left empty).
A condition on it is a subset, so that conditions on one question become one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from trustsurvey.instruments.expression import Comparison, State

__all__ = [
    "ALWAYS",
    "EMPTY",
    "NEVER",
    "Among",
    "Choice",
    "Constant",
    "Either",
    "Every",
    "Node",
    "Opposite",
    "Said",
    "code_element",
    "either",
    "every",
    "opposite",
    "sentence",
    "state_element",
    "variables",
    "without",
]

EMPTY = ""


def code_element(code: str) -> str:
    """Return the element that stands for an answer."""
    return f"={code}"


def state_element(state: str) -> str:
    """Return the element that stands for ``dont_know`` or ``refused``."""
    return f"?{state}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable with answers.

    Parameters
    ----------
    variable : str
    codes : tuple of str
        In order; empty for the bare reasons of a question that is typed in.
    states : tuple of str
        ``dont_know`` and ``refused``, where offered.
    kind : "ordinal", "nominal", "number" or "tick"
        A "number" is a rating, whose codes are compared as numbers; a "tick" has the one code ``Y``.
    """

    variable: str
    codes: tuple[str, ...]
    states: tuple[str, ...] = ()
    kind: Literal["ordinal", "nominal", "number", "tick"] = "nominal"

    @property
    def domain(self) -> frozenset[str]:
        """Everything it can hold."""
        return frozenset([EMPTY, *map(code_element, self.codes), *map(state_element, self.states)])


@dataclass(frozen=True, slots=True)
class Constant:
    """Always, or never."""

    value: bool


@dataclass(frozen=True, slots=True)
class Among:
    """A variable holds one of some elements."""

    choice: Choice
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Said:
    """A condition on a number, text or date, in the words of the routing language."""

    condition: Comparison | State


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """The part does not hold."""

    part: Node


Node: TypeAlias = Constant | Among | Said | Every | Either | Opposite

ALWAYS, NEVER = Constant(True), Constant(False)


def every(parts: Iterable[Node]) -> Node:
    """Return that all parts hold, as short as that can be said."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, Every) else (part,))]
    kept = _joined(flat, frozenset.intersection, ALWAYS)
    if NEVER in kept:
        return NEVER
    kept = _compact(kept)
    return ALWAYS if not kept else kept[0] if len(kept) == 1 else Every(tuple(kept))


def either(parts: Iterable[Node]) -> Node:
    """Return that at least one part holds."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, Either) else (part,))]
    kept = _joined(flat, frozenset.union, NEVER)
    if ALWAYS in kept:
        return ALWAYS
    for part in list(kept):
        # "Empty, or other than x" is "not x".
        match part:
            case Said(Comparison(name, "!=", value)) if Opposite(Said(State(name, "answered"))) in kept:
                kept[kept.index(part)] = Opposite(Said(Comparison(name, "=", value)))
            case Opposite(Said(Comparison(name, "=", _))):
                pass
            case _:
                continue
        kept = [each for each in kept if each != Opposite(Said(State(name, "answered")))]
    return NEVER if not kept else kept[0] if len(kept) == 1 else Either(tuple(kept))


def opposite(part: Node) -> Node:
    """Return that a part does not hold."""
    match part:
        case Constant(value):
            return Constant(not value)
        case Among(choice, allowed):
            return Among(choice, choice.domain - allowed)
        case Opposite(inner):
            return inner
        case _:
            return Opposite(part)


def without(node: Node, names: Collection[str]) -> Node:
    """Return what a condition becomes for those who have no answer to some variables."""
    match node:
        case Every(parts):
            return every(without(part, names) for part in parts)
        case Either(parts):
            return either(without(part, names) for part in parts)
        case Opposite(part):
            return opposite(without(part, names))
        case Among(choice, allowed) if choice.variable in names:
            return Constant(EMPTY in allowed)
        case Said(condition) if condition.name in names:
            return NEVER
        case _:
            return node


def variables(node: Node) -> frozenset[str]:
    """Return the variables that a condition reads."""
    match node:
        case Every(parts) | Either(parts):
            return frozenset().union(*(variables(part) for part in parts))
        case Opposite(part):
            return variables(part)
        case Among(choice, _):
            return frozenset([choice.variable])
        case Said(condition):
            return frozenset([condition.name])
        case _:
            return frozenset()


def sentence(node: Node) -> str:
    """Return a condition in the routing language; "always" and "never" cannot be said there."""
    match node:
        case Every(parts):
            return " and ".join(_bracketed(part, Either) for part in parts)
        case Either(parts):
            return " or ".join(sentence(part) for part in parts)
        case Opposite(part):
            return f"not {_bracketed(part, Either, Every)}"
        case Among(choice, allowed):
            return _among(choice, allowed)
        case Said(condition):
            if isinstance(condition, State):
                return f"{condition.state}({condition.name})"
            return f"{condition.name} {condition.operator} {_value(condition.value)}"
        case Constant():
            raise ValueError("a constant has no sentence")


def _joined(
    parts: Iterable[Node], join: Callable[[frozenset[str], frozenset[str]], frozenset[str]], neutral: Constant
) -> list[Node]:
    """Join the subsets of each variable, drop what is said twice or says nothing."""
    kept: dict[object, Node] = {}
    for part in parts:
        if isinstance(part, Among):
            key: object = part.choice
            earlier = kept.get(key)
            kept[key] = Among(part.choice, join(earlier.allowed, part.allowed)) if isinstance(earlier, Among) else part
        else:
            kept[part] = part
    settled = [_settled(part) for part in kept.values()]
    return [part for part in dict.fromkeys(settled) if part != neutral]


def _settled(part: Node) -> Node:
    if isinstance(part, Among):
        if not part.allowed:
            return NEVER
        if part.allowed == part.choice.domain:
            return ALWAYS
    return part


def _compact(parts: list[Node]) -> list[Node]:
    """Drop what other parts say already: that a variable is answered, and that no reason was given for it."""
    compared = {
        part.condition.name: part.condition
        for part in parts
        if isinstance(part, Said) and isinstance(part.condition, Comparison)
    }
    answered = {part.condition.name for part in parts if isinstance(part, Said)}
    result: list[Node] = []
    for part in parts:
        match part:
            case Said(State(name, "answered")) if name in compared:
                continue
            case Among(Choice(name, ()), allowed) if name in answered and allowed == frozenset([EMPTY]):
                continue
            case Opposite(Said(Comparison(name, "=", value))) if name in answered:
                different: Node = Said(Comparison(name, "!=", value))
                plain = Said(State(name, "answered"))
                result = [each for each in result if each != plain]
                compared[name] = Comparison(name, "!=", value)
                result.append(different)
            case _:
                result.append(part)
    result = [
        each
        for each in result
        if not (isinstance(each, Said) and isinstance(each.condition, State) and each.condition.name in compared)
    ]
    return _equal(result)


def _equal(parts: list[Node]) -> list[Node]:
    """Say "at least and at most a day" as that day."""
    for part in list(parts):
        if isinstance(part, Said) and isinstance(part.condition, Comparison) and part.condition.operator == ">=":
            name, value = part.condition.name, part.condition.value
            upper = Said(Comparison(name, "<=", value))
            if isinstance(value, str) and upper in parts:
                parts[parts.index(part)] = Said(Comparison(name, "=", value))
                parts.remove(upper)
    return parts


def _among(choice: Choice, allowed: frozenset[str]) -> str:
    if EMPTY in allowed:
        inner = _among(choice, choice.domain - allowed)
        return f"not ({inner})" if " or " in inner else f"not {inner}"
    codes = [code for code in choice.codes if code_element(code) in allowed]
    parts = [_codes(choice, codes)] if codes else []
    parts += [f"{state}({choice.variable})" for state in choice.states if state_element(state) in allowed]
    return " or ".join(parts)


def _codes(choice: Choice, codes: list[str]) -> str:
    name, known = choice.variable, list(choice.codes)
    if choice.kind == "tick":
        return name
    shown: Mapping[str, str] = {code: code if choice.kind == "number" else f'"{code}"' for code in known}
    if codes == known:
        return f"answered({name})"
    if len(codes) == 1:
        return f"{name} = {shown[codes[0]]}"
    if choice.kind != "nominal" and codes == known[: len(codes)]:
        return f"{name} <= {shown[codes[-1]]}"
    if choice.kind != "nominal" and codes == known[-len(codes) :]:
        return f"{name} >= {shown[codes[0]]}"
    if len(codes) == len(known) - 1 and len(known) > 3:
        return f"{name} != {shown[next(code for code in known if code not in codes)]}"
    return f"{name} in ({', '.join(shown[code] for code in codes)})"


def _bracketed(part: Node, *kinds: type[Node]) -> str:
    words = sentence(part)
    alternatives = isinstance(part, Among) and " or " in words and not words.startswith("not (")
    return f"({words})" if isinstance(part, kinds) or (alternatives and Either in kinds) else words


def _value(value: float | str) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:f}".rstrip("0").rstrip(".")
