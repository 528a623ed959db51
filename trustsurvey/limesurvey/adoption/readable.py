"""What LimeSurvey's names stand for in an instrument, and how their answers compare with a constant."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from trustsurvey.instruments.checks_platform import comparable
from trustsurvey.instruments.expression import Comparison, State
from trustsurvey.limesurvey.adoption.expression import Number, Words
from trustsurvey.limesurvey.adoption.logic import NEVER, Among, Choice, Node, Said, opposite

__all__ = ["COMPARE", "Readable", "UnsayableError", "as_number", "compared", "compared_number", "plain_value"]

LAST_OF_DAY = " 99"
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


class UnsayableError(Exception):
    """A condition that our routing cannot say exactly; the message says why."""


@dataclass(frozen=True, slots=True)
class Readable:
    """How something that LimeSurvey's expressions name reads in the instrument.

    Parameters
    ----------
    variable : str
        Ours.
    kind : "choice", "number", "date" or "text"
    source : str
        Code of the question in the survey, by which it is known whether it was shown.
    choice : Choice or None
    elements : mapping of LimeSurvey's code to element
        What each stored code is, for a choice.
    minimum, maximum : float or None
        Limits of a number.
    fixed : bool
        Whether a text is stored, not typed in.
    """

    variable: str
    kind: Literal["choice", "number", "date", "text"]
    source: str
    choice: Choice | None = None
    elements: Mapping[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    fixed: bool = False


def compared(readable: Readable, sign: str, right: Number | Words) -> Node:
    """Return when an answer compares with something that is not empty, by LimeSurvey's sign.

    Raises
    ------
    UnsayableError
        Our routing compares no such things.
    """
    if readable.choice:
        return _chosen(readable.choice, readable.elements, sign, right)
    if sign == "!=":
        # An empty answer is different from anything there; here a comparison with it is false.
        return opposite(compared(readable, "==", right))
    if readable.kind == "number":
        number = as_number(right)
        if number is None:
            raise UnsayableError(f"it compares the number {readable.variable} with text")
        return compared_number(readable, sign, number)
    if readable.kind == "date":
        return _day(readable, sign, right)
    if sign != "==":
        raise UnsayableError(f"it orders the texts of {readable.variable}")
    value = str(plain_value(right.value))
    if not comparable(value) and not readable.fixed:
        raise UnsayableError(f"it compares what is typed in {readable.variable} with more than plain letters")
    if '"' in value or "\n" in value:
        raise UnsayableError("it compares with a text that holds quotes")
    return Said(Comparison(readable.variable, "=", value))


def _chosen(choice: Choice, elements: Mapping[str, str], sign: str, right: Number | Words) -> Node:
    if sign == "!=":
        return opposite(_chosen(choice, elements, "==", right))
    number = as_number(right)
    allowed = set()
    for code, element in elements.items():
        own = float(code) if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", code) else None
        if own is not None and number is not None:
            holds = COMPARE[sign](own, number)
        elif own is None and number is None:
            holds = COMPARE[sign](code, str(right.value))
        else:
            holds = False
        if holds:
            allowed.add(element)
    return Among(choice, frozenset(allowed)) if allowed else NEVER


def compared_number(readable: Readable, sign: str, value: float) -> Node:
    """Return when a number compares with another."""
    least = -math.inf if readable.minimum is None else readable.minimum
    most = math.inf if readable.maximum is None else readable.maximum
    if not least <= value <= most:
        # Beyond the limits a comparison holds for every answer or for none.
        holds = COMPARE[sign](least if value < least else most, value)
        return Said(State(readable.variable, "answered")) if holds else NEVER
    return Said(Comparison(readable.variable, "=" if sign == "==" else sign, value))  # type: ignore[arg-type]


def _day(readable: Readable, sign: str, right: Number | Words) -> Node:
    text = str(right.value).strip()
    day, whole = text.removesuffix(LAST_OF_DAY), text.endswith(LAST_OF_DAY)
    try:
        if len(day) != 10:
            raise ValueError
        date.fromisoformat(day)
    except ValueError:
        raise UnsayableError("it compares a date with something else") from None
    # Dates are text there, with a time after the day, so that "later than a day" holds on that day too.
    said = {"<": "<=" if whole else "<", ">": ">" if whole else ">=", ">=": ">=", "<=": "<=" if whole else "<"}
    if sign == "==":
        raise UnsayableError("it compares a date and time with a day")
    return Said(Comparison(readable.variable, said[sign], day))  # type: ignore[arg-type]


def as_number(script: Number | Words) -> float | None:
    """Return the number that is written, None where it is none."""
    if isinstance(script, Number):
        return script.value
    return float(script.value) if re.fullmatch(r"\s*-?[0-9]+(?:\.[0-9]+)?\s*", script.value) else None


def plain_value(value: float | str) -> float | str | int:
    """Return a whole number without its decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
