"""Where the answers to a question go, and how to give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import ascii_lowercase

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.blocks import (
    DateField,
    Field,
    Grid,
    Lines,
    NumberField,
    Option,
    Options,
    Ranks,
    Scores,
)
from trustsurvey.instruments.paper.objects import has_boxes
from trustsurvey.instruments.paper.words import Words
from trustsurvey.instruments.questions import Question, QuestionType, Text

__all__ = ["Fields", "line_letter"]

STORY = 5


def line_letter(place: int) -> str:
    """Return a, b ... z, aa, ab ... for the lines of a battery."""
    first, second = divmod(place, len(ascii_lowercase))
    return (ascii_lowercase[first - 1] if first else "") + ascii_lowercase[second]


@dataclass(frozen=True, slots=True)
class Fields:
    """Makes the fields of one instrument in one language."""

    instrument: Instrument
    language: str
    words: Words

    def of(self, question: Question, leads: Mapping[str, str]) -> Iterator[Field]:
        """Yield the fields of a question; ``leads`` are words by answer code, or by reason."""
        reasons = tuple(Option(label, lead=leads.get(name, "")) for name, label in self._reasons(question))
        match question.type:
            case QuestionType.SINGLE | QuestionType.YES_NO | QuestionType.MULTIPLE if question.scale:
                options = [
                    Option(self._said(each.label), lead=leads.get(each.code, "")) for each in question.scale.points
                ]
                if question.other:
                    options.append(Option(self._said(question.other), writing=True, lead=leads.get("other", "")))
                yield Options((*options, *reasons))
                return
            case QuestionType.BATTERY if question.scale:
                heads = [self._said(point.label) for point in question.scale.points]
                lines = tuple((line_letter(place), self._said(each.text)) for place, each in enumerate(question.items))
                heads += [option.label for option in reasons]
                yield Grid(self.words("statement"), tuple(heads), len(reasons), lines)
                return
            case QuestionType.RANKING if question.scale:
                yield Ranks(tuple(self._said(point.label) for point in question.scale.points))
            case QuestionType.RATING if has_boxes(question):
                low, high = (self._said(end) for end in question.ends)
                yield Scores(tuple(range(int(question.minimum or 0), int(question.maximum or 0) + 1)), (low, high))
            case QuestionType.RATING | QuestionType.NUMBER:
                yield NumberField()
            case QuestionType.DATE:
                yield DateField((self.words("day"), self.words("month"), self.words("year")))
            case QuestionType.TEXT:
                yield Lines(1)
            case QuestionType.LONG_TEXT:
                yield Lines(STORY)
        if reasons:
            yield Options(reasons)

    def instruction(self, question: Question) -> str:
        """Return how a question is answered."""
        words, most = self.words, question.choices
        match question.type:
            case QuestionType.SINGLE | QuestionType.YES_NO:
                return words("tick_one")
            case QuestionType.RATING if has_boxes(question):
                return words("tick_one")
            case QuestionType.MULTIPLE | QuestionType.BATTERY if self._says_it(question):
                return ""
            case QuestionType.MULTIPLE:
                if most == 1:
                    return words("tick_one")
                return words("tick_up_to", number=most) if most else words("tick_all")
            case QuestionType.BATTERY:
                return words("tick_each_row")
            case QuestionType.RANKING:
                if most == 1:
                    return words("write_rank_one")
                return words("write_ranks_up_to", number=most) if most else words("write_ranks")
            case QuestionType.NUMBER | QuestionType.RATING:
                return " ".join([self._limits("write_number", question), *self._ends(question)])
            case QuestionType.DATE:
                return self._limits("write_date", question)
            case QuestionType.TEXT if question.invalid:
                return self._said(question.invalid)
        return ""

    def _says_it(self, question: Question) -> bool:
        texts = [self._said(text) for text in (question.text, question.help) if text]
        return any(word in text for word in self.words("tick_words").split() for text in texts)

    def _limits(self, key: str, question: Question) -> str:
        low, high = (
            each if each is None else self.words.date(each) if isinstance(each, str) else self.words.number(each)
            for each in (question.minimum, question.maximum)
        )
        if low is None and high is None:
            return self.words(key)
        end = "most" if low is None else "least" if high is None else "range"
        return self.words(f"{key}_{end}", low=low, high=high)

    def _ends(self, question: Question) -> Iterator[str]:
        numbers = (question.minimum, question.maximum)
        for number, end in zip(numbers, question.ends, strict=False):
            yield f"{number:g} = {self._said(end)}."

    def _reasons(self, question: Question) -> Iterator[tuple[str, str]]:
        for name in ("dont_know", "refused"):
            reason = getattr(self.instrument, name)
            if getattr(question, name) and reason:
                yield name, self._said(reason.label)

    def _said(self, text: Text) -> str:
        return text[self.language]
