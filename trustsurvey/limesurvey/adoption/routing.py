"""LimeSurvey's conditions as routing of ours, where that can be said exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from types import MappingProxyType

from trustsurvey.instruments.expression import State
from trustsurvey.limesurvey.adoption.expression import (
    Binary,
    Call,
    Name,
    NotReadableError,
    Number,
    Script,
    Unary,
    Words,
    read_script,
)
from trustsurvey.limesurvey.adoption.logic import (
    ALWAYS,
    EMPTY,
    NEVER,
    Among,
    Constant,
    Node,
    Said,
    either,
    every,
    opposite,
    variables,
    without,
)
from trustsurvey.limesurvey.adoption.readable import (
    COMPARE,
    Readable,
    UnsayableError,
    as_number,
    compared,
    compared_number,
    plain_value,
)

__all__ = ["Known", "translated", "translated_script"]

MOST_COMBINATIONS = 40
TURNED: Mapping[str, str] = MappingProxyType({"<": ">", "<=": ">=", ">": "<", ">=": "<="})
READS_THE_ANSWER = frozenset({"", "NAOK", "code", "value", "valueNAOK"})


@dataclass(slots=True)
class Known:
    """What a condition may read where it stands.

    Parameters
    ----------
    names : mapping of LimeSurvey's name to Readable
        The answers that come earlier.
    elsewhere : mapping of LimeSurvey's name to reason
        Why others cannot be read: no counterpart, or asked later.
    shown : mapping of question code to Node
        When each of the earlier questions is asked; without those that are asked always, None where that is not known.
    never : set of str
        Questions that are never shown.
    """

    names: dict[str, Readable] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    shown: dict[str, Node | None] = field(default_factory=dict)
    never: set[str] = field(default_factory=set)


def translated(text: str, known: Known) -> Node:
    """Return the condition that an expression of LimeSurvey states.

    Without ``.NAOK``, LimeSurvey takes the whole expression for false where a question that it reads was not shown;
    that is said as well where it makes a difference.

    Raises
    ------
    UnsayableError
        It reads or does something that has no counterpart.
    """
    if text.strip() in {"", "1"}:
        return ALWAYS
    try:
        return translated_script(read_script(text), known)
    except NotReadableError as error:
        raise UnsayableError(str(error)) from None


def translated_script(script: Script, known: Known) -> Node:
    """Return the condition that an expression states; see ``translated``."""
    translator = _Translator(known)
    node = translator.truth(script)
    for source in sorted(translator.needed):
        own = frozenset(each.variable for each in known.names.values() if each.source == source)
        if source in known.never:
            return NEVER
        if source in known.shown and variables(node) & own and without(node, own) != NEVER:
            condition = known.shown[source]
            if condition is None:
                raise UnsayableError(f"it depends on when {source} is shown, which cannot be said")
            node = every([condition, node])
    return node


class _Translator:
    """Goes through one expression; ``needed`` gathers the questions that must have been shown."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.needed: set[str] = set()

    def truth(self, script: Script) -> Node:
        """Return when an expression counts as true."""
        match script:
            case Number(value):
                return Constant(value != 0)
            case Words(value):
                return Constant(value not in {"", "0"})
            case Unary("!", operand):
                return opposite(self.truth(operand))
            case Binary("and", left, right):
                return every([self.truth(left), self.truth(right)])
            case Binary("or", left, right):
                return either([self.truth(left), self.truth(right)])
            case Binary("==" | "!=" | "<" | "<=" | ">" | ">=" as sign, left, right):
                return self._compared(sign, left, right)
            case Binary("+", _, _):
                return self._counted(script, ">", 0)
            case Name():
                return self._nonzero(script)
            case Call(function, arguments):
                return self._call(function.lower(), arguments, script)
        raise UnsayableError("it calculates")

    def _call(self, function: str, arguments: tuple[Script, ...], script: Script) -> Node:
        match function, arguments:
            case "is_empty", (Name() as name,):
                return self._empty(name)
            case "is_empty", (Call("trim" | "strlen", (Name() as name,)),):
                return self._empty(name)
            case (("count" | "sum"), _):
                return self._counted(script, ">", 0)
            case "if", (condition, then, otherwise):
                holds = self.truth(condition)
                parts = [every([holds, self.truth(then)]), every([opposite(holds), self.truth(otherwise)])]
                return either(parts)
            case (("trim" | "strlen" | "intval" | "floatval"), (Name() as name,)):
                return opposite(self._empty(name)) if function in {"trim", "strlen"} else self._nonzero(name)
        raise UnsayableError(f"it uses the function {function}")

    def _compared(self, sign: str, left: Script, right: Script) -> Node:
        left, right = _bare(left), _bare(right)
        if isinstance(left, Number | Words) and not isinstance(right, Number | Words):
            left, right, sign = right, left, TURNED.get(sign, sign)
        if isinstance(left, Number | Words) and isinstance(right, Number | Words):
            values = left.value, right.value
            if isinstance(left.value, str) != isinstance(right.value, str):
                values = str(plain_value(left.value)), str(plain_value(right.value))
            return Constant(COMPARE[sign](*values))
        if isinstance(right, Number | Words):
            if isinstance(left, Name):
                return self._compared_name(sign, left, right)
            if isinstance(left, Call) and left.function.lower() == "strlen" and len(left.arguments) == 1:
                return self._length(sign, left.arguments[0], right)
            if (number := as_number(right)) is not None:
                return self._counted(left, sign, number)
        if isinstance(left, Name) and isinstance(right, Name):
            raise UnsayableError("it compares two questions with each other")
        raise UnsayableError("it calculates")

    def _length(self, sign: str, argument: Script, right: Number | Words) -> Node:
        if isinstance(argument, Name) and as_number(right) == 0 and sign in {"==", "<=", ">", "!="}:
            empty = self._empty(argument)
            return empty if sign in {"==", "<="} else opposite(empty)
        raise UnsayableError("it measures the length of an answer")

    def _counted(self, script: Script, sign: str, number: float) -> Node:
        """Return when so many of several conditions hold."""
        terms = list(self._terms(script))
        holding = [count for count in range(len(terms) + 1) if COMPARE[sign](count, number)]
        if len(holding) == len(terms) + 1:
            return ALWAYS
        if not holding:
            return NEVER
        if holding != list(range(holding[0], holding[-1] + 1)):
            return opposite(self._between(terms, [each for each in range(len(terms) + 1) if each not in holding]))
        return self._between(terms, holding)

    def _between(self, terms: list[Node], counts: list[int]) -> Node:
        least, most = counts[0], counts[-1]
        return every([_at_least(terms, least), opposite(_at_least(terms, most + 1))])

    def _terms(self, script: Script) -> Iterator[Node]:
        match script:
            case Binary("+", left, right):
                yield from self._terms(left)
                yield from self._terms(right)
            case Binary("==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or") | Unary("!", _):
                yield self.truth(script)
            case Call(function, arguments) if function.lower() == "count":
                for argument in arguments:
                    if not isinstance(argument, Name):
                        raise UnsayableError("it calculates")
                    for name in self._all_of(argument):
                        yield opposite(self._empty(name))
            case Call("if" | "IF", (condition, Number(1.0) | Words("1"), Number(0.0) | Words("0"))):
                yield self.truth(condition)
            case Call(function, (Name() as name,)) if function.lower() == "is_empty":
                yield self._empty(name)
            case Call(function, arguments) if function.lower() == "sum":
                for argument in arguments:
                    if isinstance(argument, Name):
                        raise UnsayableError("it adds up answers")
                    yield from self._terms(argument)
            case _:
                raise UnsayableError("it adds up answers")

    def _all_of(self, name: Name) -> list[Name]:
        """Return the names of all answers that ``that.Q`` means."""
        if not name.text.startswith("that."):
            return [name]
        code = name.text.removeprefix("that.")
        found = [each for each in self.known.names if each.startswith(f"{code}_") and not each.endswith("comment")]
        if not found:
            raise UnsayableError(self.known.elsewhere.get(code, f"it reads {code}, which is not in the survey"))
        return [Name(each, name.attribute) for each in found]

    def _readable(self, name: Name) -> Readable:
        text = name.text
        if name.attribute not in READS_THE_ANSWER:
            raise UnsayableError(f"it reads the {name.attribute} of {text}")
        if text not in self.known.names:
            reason = self.known.elsewhere.get(text) or self.known.elsewhere.get(text.split("_")[0])
            raise UnsayableError(reason or f"it reads {text}, which is no answer")
        readable = self.known.names[text]
        if name.attribute in {"value", "valueNAOK"} and readable.choice and readable.choice.kind != "tick":
            raise UnsayableError(f"it reads the assessment value of {text}")
        if not name.attribute.endswith("NAOK"):
            self.needed.add(readable.source)
        return readable

    def _empty(self, name: Name) -> Node:
        readable = self._readable(name)
        if readable.source in self.known.never:
            return ALWAYS
        if readable.choice:
            return Among(readable.choice, frozenset([EMPTY]))
        return opposite(Said(State(readable.variable, "answered")))

    def _nonzero(self, name: Name) -> Node:
        readable = self._readable(name)
        if readable.source in self.known.never:
            return NEVER
        if readable.choice:
            return Among(readable.choice, frozenset(each for code, each in readable.elements.items() if code != "0"))
        if readable.kind == "number":
            return compared_number(readable, "!=", 0.0)
        return opposite(self._empty(name))

    def _compared_name(self, sign: str, name: Name, right: Number | Words) -> Node:
        readable = self._readable(name)
        if isinstance(right, Words) and not right.value.strip():
            if sign not in {"==", "!="}:
                raise UnsayableError("it orders answers and nothing")
            empty = self._empty(name)
            return empty if sign == "==" else opposite(empty)
        if readable.source in self.known.never:
            return Constant(sign == "!=")
        return compared(readable, sign, right)


def _at_least(terms: list[Node], number: int) -> Node:
    if number <= 0:
        return ALWAYS
    if number > len(terms):
        return NEVER
    if number == 1:
        return either(terms)
    if number == len(terms):
        return every(terms)
    if math.comb(len(terms), number) > MOST_COMBINATIONS:
        raise UnsayableError(f"it counts {number} of {len(terms)} conditions")
    return either(every(each) for each in combinations(terms, number))


def _bare(script: Script) -> Script:
    """Return a number for what is one in other words, and a name for a function that changes nothing."""
    match script:
        case Unary("-", Number(value)):
            return Number(-value)
        case Call("intval" | "floatval" | "trim", (Name() as name,)):
            return name
    return script
