"""What LimeSurvey knows of a survey: groups, questions, answers, texts, in its own terms and without its row numbers.

A structure is what ``build`` writes as an .lss file, what a deployed survey is compared with, and what reading an
.lss file of any version gives. Texts are mappings from language to text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Answer", "Attribute", "Default", "Group", "Question", "Quota", "Subquestion", "Survey", "Texts"]

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a list; ``scale`` is 1 for the second scale of a dual-scale array."""

    code: str
    texts: Texts
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Subquestion:
    """A line of an array or a tick of a multiple choice; ``scale`` is 1 for the columns of a matrix."""

    code: str
    texts: Texts
    scale: int = 0
    relevance: str = "1"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A setting of a question; ``language`` is empty for one that is not translated."""

    name: str
    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Default:
    """A default answer; ``subquestion`` is empty for the question itself, ``special`` is ``other`` for its text."""

    texts: Texts
    subquestion: str = ""
    scale: int = 0
    special: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Parameters
    ----------
    code : str
        LimeSurvey's ``title``.
    type : str
        LimeSurvey's letter.
    mandatory : str
        ``N``, ``Y`` or ``S`` (soft).
    relevance : str
        Expression; ``1`` is always.
    validation : str
        Regular expression of the ``preg`` field.
    """

    code: str
    type: str
    texts: Texts
    help: Texts = field(default_factory=dict)
    mandatory: str = "N"
    other: bool = False
    relevance: str = "1"
    validation: str = ""
    attributes: tuple[Attribute, ...] = ()
    subquestions: tuple[Subquestion, ...] = ()
    answers: tuple[Answer, ...] = ()
    defaults: tuple[Default, ...] = ()

    def attribute(self, name: str, language: str = "") -> str:
        """Return the value of an attribute, ``""`` where it is not set."""
        return next((each.value for each in self.attributes if (each.name, each.language) == (name, language)), "")


@dataclass(frozen=True, slots=True)
class Group:
    """A page of questions."""

    names: Texts
    questions: tuple[Question, ...]
    descriptions: Texts = field(default_factory=dict)
    relevance: str = "1"
    randomisation: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit to the completed answers of one cell.

    Parameters
    ----------
    members : tuple of (question code, answer code)
        Answers to one question are alternatives; different questions must all match.
    action : int
        1 ends the interview.
    """

    name: str
    limit: int
    members: tuple[tuple[str, str], ...]
    messages: Texts = field(default_factory=dict)
    action: int = 1
    active: bool = True


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey.

    Parameters
    ----------
    number : int
        LimeSurvey's survey id.
    languages : tuple of str
        The base language first.
    settings : mapping of str to str
        Columns of the ``surveys`` table, without id and languages.
    texts : mapping of str to Texts
        By column of ``surveys_languagesettings``: ``surveyls_title``, ``surveyls_welcometext``, ...
    """

    number: int
    languages: tuple[str, ...]
    settings: Mapping[str, str]
    texts: Mapping[str, Texts]
    groups: tuple[Group, ...]
    quotas: tuple[Quota, ...] = ()

    @property
    def questions(self) -> Iterator[Question]:
        """Every question, in order."""
        return (question for group in self.groups for question in group.questions)
