"""One question of LimeSurvey, adopted: the questions it became and how conditions read it from now on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trustsurvey.instruments.questions import Question
from trustsurvey.limesurvey.adoption.logic import Choice, Node, code_element, state_element
from trustsurvey.limesurvey.adoption.readable import Readable

__all__ = ["Adopted", "readable_choice", "tick"]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a question of LimeSurvey became.

    Parameters
    ----------
    questions : tuple of Question
        Without routing; none where it has no counterpart.
    names : mapping of LimeSurvey's name to Readable
        What conditions may read.
    conditions : mapping of question code to Node
        Of those that are asked only after an answer to another of them.
    used : frozenset of str
        The attributes that were taken over.
    """

    questions: tuple[Question, ...] = ()
    names: Mapping[str, Readable] = field(default_factory=dict)
    conditions: Mapping[str, Node] = field(default_factory=dict)
    used: frozenset[str] = frozenset()


def readable_choice(source: str, choice: Choice, codes: Mapping[str, str]) -> Readable:
    """Return how a choice is read; ``codes`` gives the element for each code that LimeSurvey stores."""
    return Readable(choice.variable, "choice", source, choice, codes)


def tick(source: str, variable: str, stored: str = "Y", state: str = "") -> Readable:
    """Return how a tick of a multiple choice is read; ``state`` where it is a reason not to answer."""
    if state:
        choice = Choice(variable, (), (state,))
        return readable_choice(source, choice, {stored: state_element(state)})
    return readable_choice(source, Choice(variable, ("Y",), kind="tick"), {stored: code_element("Y")})
