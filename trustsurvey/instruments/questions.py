"""A question and the columns that its answers fill: frozen objects that every later step reads and none changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from trustsurvey.errors import UnknownNameError

__all__ = ["Item", "Question", "QuestionType", "Scale", "ScalePoint", "Text", "Variable"]

Mandatory = Literal["no", "soft", "hard"]
Kind = Literal["ordinal", "nominal", "number", "boolean", "date", "text"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in several languages.

    Parameters
    ----------
    translations : tuple of (language, text)
        In the order of the instrument's languages.
    """

    translations: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, translations: Mapping[str, str]) -> Text:
        """Return the text that holds these translations."""
        return cls(tuple(translations.items()))

    def __getitem__(self, language: str) -> str:
        for code, text in self.translations:
            if code == language:
                return text
        raise UnknownNameError("language", language, (code for code, _ in self.translations))


class QuestionType(StrEnum):
    """The kinds of question an instrument can hold."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    RATING = "rating"
    BATTERY = "battery"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    LONG_TEXT = "long_text"
    RANKING = "ranking"
    INFORMATION = "information"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One answer: its code (5 letters or digits at most), its label and, on ordinal scales, its number."""

    code: str
    label: Text
    value: float


@dataclass(frozen=True, slots=True)
class Scale:
    """A set of answers; ``kind`` says whether their order means more or less of something."""

    name: str
    kind: Literal["ordinal", "nominal"]
    points: tuple[ScalePoint, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the answers, in order."""
        return tuple(point.code for point in self.points)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a battery: a statement answered on the battery's scale."""

    code: str
    text: Text
    concept: str = ""
    source: str = ""
    trend: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is put to a respondent.

    Parameters
    ----------
    code : str
        Letters and digits, 20 at most, starting with a letter.
    type : QuestionType
    text : Text
        What is asked (for a hidden question, what is stored).
    scale : Scale or None
        The answers of a single, multiple, ranking, battery or yes/no question; a yes/no question's codes are always
        ``yes`` and ``no``.
    items : tuple of Item
        The statements of a battery.
    minimum, maximum : float or str or None
        Limits of a rating or a number; ISO dates for a date.
    ends : tuple of Text
        Labels of the two ends of a rating: (lowest, highest).
    other : Text or None
        Label of a free-text "other" answer of a single or multiple question.
    dont_know, refused : bool
        Whether "don't know" and "prefer not to answer" are offered.
    ask_if : str
        Routing expression (see ``routing.parse``); empty: asked of everybody who consents.
    mandatory : "no", "soft" or "hard"
    randomise : bool
        Whether answers (or items) are shown in random order.
    choices : int or None
        Largest number of answers of a multiple or ranking question.
    value : str
        What a hidden question stores.
    pattern : str
        Regular expression that the whole answer to a text question matches; empty: any text.
    invalid : Text or None
        What is shown where an answer is outside the limits or does not match the pattern.
    """

    code: str
    type: QuestionType
    text: Text
    help: Text | None = None
    scale: Scale | None = None
    items: tuple[Item, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    ends: tuple[Text, ...] = ()
    other: Text | None = None
    dont_know: bool = False
    refused: bool = False
    ask_if: str = ""
    mandatory: Mandatory = "no"
    randomise: bool = False
    choices: int | None = None
    value: str = ""
    concept: str = ""
    source: str = ""
    trend: bool = False
    pattern: str = ""
    invalid: Text | None = None

    @property
    def reason_key(self) -> str | None:
        """Raw key of the companion answer that holds "don't know" or a refusal, where the answer itself cannot."""
        typed = {QuestionType.NUMBER, QuestionType.DATE, QuestionType.TEXT, QuestionType.LONG_TEXT}
        return f"{self.code}NR" if self.type in typed and (self.dont_know or self.refused) else None

    def variables(self) -> tuple[Variable, ...]:
        """Return the columns that the answers to this question fill, in order."""
        return tuple(_variables(self))


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of the coded answers.

    Parameters
    ----------
    name : str
        ``CODE``; ``CODE_ITEM`` in a battery; ``CODE_ANSWER`` for a tick of a multiple choice; ``CODE_1`` ... for a
        rank; ``CODE_other`` for the text of "other".
    key : str
        Where the platform stores it: ``CODE``, ``CODE[ITEM]``, ``CODE[other]``, ``CODE[1]``.
    kind : "ordinal", "nominal", "number", "boolean", "date" or "text"
        Ordered and plain categoricals of codes, floats, nullable booleans, dates, strings.
    levels : tuple of (code, label, value)
        The answers of an ordinal or nominal variable.
    minimum, maximum : float or None
        Range of an ordinal variable or a rating, for indices; None where there is none.
    """

    name: str
    key: str
    kind: Kind
    question: str
    label: Text
    levels: tuple[ScalePoint, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    concept: str = ""
    trend: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The answer codes, in order; empty for a variable without levels."""
        return tuple(point.code for point in self.levels)


def _variables(question: Question) -> Iterator[Variable]:
    code = question.code
    common: dict[str, Any] = {"question": code, "concept": question.concept, "trend": question.trend}
    match question.type:
        case QuestionType.SINGLE if question.scale:
            scale = question.scale
            levels = scale.points
            if question.other:
                levels = (*levels, ScalePoint("other", question.other, float(len(levels) + 1)))
            yield Variable(code, code, scale.kind, label=question.text, levels=levels, **_range(scale), **common)
        case QuestionType.YES_NO if question.scale:
            yield Variable(code, code, "nominal", label=question.text, levels=question.scale.points, **common)
        case QuestionType.RATING:
            limits = {"minimum": question.minimum, "maximum": question.maximum}
            yield Variable(code, code, "number", label=question.text, **limits, **common)  # type: ignore[arg-type]
        case QuestionType.BATTERY if question.scale:
            scale = question.scale
            for item in question.items:
                yield Variable(
                    f"{code}_{item.code}",
                    f"{code}[{item.code}]",
                    scale.kind,
                    code,
                    item.text,
                    scale.points,
                    concept=item.concept or question.concept,
                    trend=item.trend or question.trend,
                    **_range(scale),
                )
        case QuestionType.MULTIPLE if question.scale:
            for point in question.scale.points:
                yield Variable(f"{code}_{point.code}", f"{code}[{point.code}]", "boolean", label=point.label, **common)
        case QuestionType.RANKING if question.scale:
            points = question.scale.points
            for rank in range(1, (question.choices or len(points)) + 1):
                yield Variable(
                    f"{code}_{rank}", f"{code}[{rank}]", "nominal", label=question.text, levels=points, **common
                )
        case QuestionType.NUMBER:
            yield Variable(code, code, "number", label=question.text, **common)
        case QuestionType.DATE:
            yield Variable(code, code, "date", label=question.text, **common)
        case QuestionType.TEXT | QuestionType.LONG_TEXT | QuestionType.HIDDEN:
            yield Variable(code, code, "text", label=question.text, **common)
    if question.other:
        yield Variable(f"{code}_other", f"{code}[other]", "text", label=question.other, **common)


def _range(scale: Scale) -> dict[str, Any]:
    if scale.kind != "ordinal" or not scale.points:
        return {}
    values = [point.value for point in scale.points]
    return {"minimum": min(values), "maximum": max(values)}
