"""How long a questionnaire takes: reading its words, and deciding on an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trustsurvey.instruments.expression import (
    And,
    Comparison,
    Expression,
    Holds,
    Membership,
    Not,
    Or,
    State,
    parse,
)
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Scale, Text, Variable

__all__ = ["WORD", "Duration", "LanguageDuration", "asked_shares", "duration", "words_in"]

WORD = re.compile(r"\w+(?:[’'.,\-]\w+)*")

# Words a minute: 238 in English; elsewhere in proportion to the speeds of IReST, and their mean for other languages.
ENGLISH = 238.0
IREST: Mapping[str, float] = MappingProxyType(
    {
        "ar": 138,
        "de": 179,
        "en": 228,
        "es": 218,
        "fi": 161,
        "fr": 195,
        "he": 187,
        "it": 188,
        "nl": 202,
        "pl": 166,
        "pt": 181,
        "ru": 184,
        "sl": 180,
        "sv": 199,
        "tr": 166,
    }
)
MEAN_SPEED = 184.0

# Seconds to decide, beyond reading. With 3, a question of thirty words with its answers takes some 10 seconds.
DECISION: Mapping[QuestionType, float] = MappingProxyType(
    {
        QuestionType.YES_NO: 2.0,
        QuestionType.SINGLE: 3.0,
        QuestionType.RATING: 3.0,
        QuestionType.BATTERY: 2.5,
        QuestionType.MULTIPLE: 6.0,
        QuestionType.RANKING: 5.0,
        QuestionType.NUMBER: 5.0,
        QuestionType.DATE: 8.0,
        QuestionType.TEXT: 15.0,
        QuestionType.LONG_TEXT: 40.0,
        QuestionType.INFORMATION: 0.0,
        QuestionType.HIDDEN: 0.0,
    }
)
NEXT_PAGE = 2.0
# Who looks for a known answer in a long list finds it half-way down, on average.
LONGEST_READ_IN_FULL = 12
SMALL_SHARE = 0.05
TICKED = 0.3


@dataclass(frozen=True, slots=True)
class LanguageDuration:
    """Minutes in one language: of the shortest path, of a typical one and of one on which everything is asked.

    ``words`` are those that somebody reads who is asked everything.
    """

    language: str
    words: int
    shortest: float
    typical: float
    longest: float


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a questionnaire takes, by language in the order of the instrument."""

    languages: tuple[LanguageDuration, ...]

    @property
    def shortest(self) -> float:
        """Minutes of the shortest path in the quickest language."""
        return min((each.shortest for each in self.languages), default=0.0)

    @property
    def typical(self) -> float:
        """Minutes of a typical path, the mean over languages."""
        return sum(each.typical for each in self.languages) / max(len(self.languages), 1)

    @property
    def longest(self) -> float:
        """Minutes where everything is asked, in the slowest language."""
        return max((each.longest for each in self.languages), default=0.0)

    def __str__(self) -> str:
        low, high = max(round(self.typical), 1), max(round(self.longest), 1)
        if high <= 1:
            return "about a minute"
        return f"about {low} to {high} minutes" if high > low else f"about {high} minutes"


def duration(instrument: Instrument) -> Duration:
    """Estimate how many minutes a respondent needs.

    Reading takes 238 words a minute in English [1]_ and, in other languages, that in proportion to the speeds that
    [2]_ measured with equal texts. Questions, help, titles and answers are read; a scale that stands in the question
    before is not read again, and of a list past twelve answers half is. Deciding takes some seconds by type of
    question, set so that a question of ordinary length takes the 10 seconds that [3]_ found.

    The typical path weighs each question with the share of respondents who are asked it, under the simple assumption
    that every answer is equally likely and independent of the others. The shortest path leaves out every question
    with a condition, the longest none; where conditions exclude each other nobody is quite on either.

    Left out: reading again, interruptions, slow connections, an interviewer. Older and less practised readers need
    half as much again and more. Time a pilot before a letter states minutes.

    References
    ----------
    .. [1] Brysbaert 2019, How many words do we read per minute?, Journal of Memory and Language 109.
    .. [2] Trauzettel-Klosinski and Dietz 2012, Standardized assessment of reading performance: IReST, IOVS 53(9).
    .. [3] Pew Research Center 2022, How we keep our online surveys from running too long: 85 questions, 15 minutes.
    """
    shares = asked_shares(instrument)
    return Duration(tuple(_in(instrument, language, shares) for language in instrument.languages))


def words_in(text: str) -> int:
    """Return how many words a text has."""
    return len(WORD.findall(text))


def _in(instrument: Instrument, language: str, shares: Mapping[str, float]) -> LanguageDuration:
    rate = ENGLISH * IREST.get(language[:2], MEAN_SPEED) / IREST["en"] / 60
    opening = _words((instrument.title, instrument.description, instrument.welcome, instrument.end), language)
    parts = [(1.0, opening, NEXT_PAGE)]
    before: Scale | None = None
    for group in instrument.groups:
        shown = [shares[question.code] for question in group.questions if question.type is not QuestionType.HIDDEN]
        if shown:
            parts.append((max(shown), _words((group.title, group.description), language), NEXT_PAGE))
        for question in group.questions:
            if question.type is QuestionType.HIDDEN:
                continue
            words = _words(_read(question, before), language) + _read_answers(question, before, language)
            parts.append((shares[question.code], words, _decision(question)))
            before = question.scale or before
    minutes = [(share, words, (words / rate + seconds) / 60) for share, words, seconds in parts]
    return LanguageDuration(
        language,
        sum(words for _, words, _ in minutes),
        sum(each for share, _, each in minutes if share >= 1),
        sum(share * each for share, _, each in minutes),
        sum(each for _, _, each in minutes),
    )


def _words(texts: Iterable[Text | None], language: str) -> int:
    return sum(words_in(text[language]) for text in texts if text is not None)


def _read(question: Question, before: Scale | None) -> Iterator[Text | None]:
    yield from (question.text, question.help, question.other, *question.ends)
    yield from (item.text for item in question.items)
    if question.scale != before and question.scale and len(question.scale.points) <= LONGEST_READ_IN_FULL:
        yield from (point.label for point in question.scale.points)


def _read_answers(question: Question, before: Scale | None, language: str) -> int:
    scale = question.scale
    if scale is None or scale == before or len(scale.points) <= LONGEST_READ_IN_FULL:
        return 0
    return _words((point.label for point in scale.points), language) // 2


def _decision(question: Question) -> float:
    times = 1
    if question.type is QuestionType.BATTERY:
        times = len(question.items)
    elif question.type is QuestionType.RANKING and question.scale:
        times = question.choices or len(question.scale.points)
    return DECISION[question.type] * times


def asked_shares(instrument: Instrument) -> dict[str, float]:
    """Return the share of respondents who are asked each question, every answer being equally likely."""
    routing = _Routing(instrument)
    for group in instrument.groups:
        for question in group.questions:
            routing.add(group, question)
    return routing.shares


class _Routing:
    """Goes through the questions in order and keeps who is asked what."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.shares: dict[str, float] = {}
        self.variables: dict[str, tuple[Variable, Question]] = {}
        self.derived = {each.code: len(each.levels) for each in instrument.derived}

    def add(self, group: Group, question: Question) -> None:
        share = 1.0
        for condition in dict.fromkeys((group.ask_if, question.ask_if)):
            share *= self._share(parse(condition)) if condition else 1.0
        self.shares[question.code] = share
        for variable in question.variables():
            self.variables[variable.name] = (variable, question)

    def _share(self, expression: Expression) -> float:
        match expression:
            case And(parts):
                product = 1.0
                for part in parts:
                    product *= self._share(part)
                return product
            case Or(parts):
                product = 1.0
                for part in parts:
                    product *= 1 - self._share(part)
                return 1 - product
            case Not(part):
                return 1 - self._share(part)
            case State(name, state):
                asked = self._asked(name)
                return asked * (1 - 2 * SMALL_SHARE if state == "answered" else SMALL_SHARE)
            case Holds(name):
                return self._asked(name) * TICKED
            case Membership(name, values):
                return min(1.0, sum(self._compared(Comparison(name, "=", value)) for value in values))
            case Comparison():
                return self._compared(expression)

    def _asked(self, name: str) -> float:
        return self.shares[self.variables[name][1].code] if name in self.variables else 1.0

    def _compared(self, comparison: Comparison) -> float:
        name, operator, value = comparison.name, comparison.operator, comparison.value
        if name not in self.variables:
            equal = 1 / max(self.derived.get(name, 2), 1)
            return {"=": equal, "!=": 1 - equal}.get(operator, 0.5)
        variable, question = self.variables[name]
        asked = self.shares[question.code]
        if question.type is QuestionType.HIDDEN:
            return asked * float((value == question.value) == (operator == "="))
        if variable.levels:
            known = str(value) in variable.codes
            place = variable.codes.index(str(value)) if known else -1
            return asked * _part(operator, place, len(variable.levels))
        lowest, highest = question.minimum, question.maximum
        if isinstance(value, float | int) and isinstance(lowest, float) and isinstance(highest, float):
            return asked * _part(operator, round(value - lowest), round(highest - lowest) + 1)
        return asked * 0.5


def _part(operator: str, place: int, number: int) -> float:
    """Return which part of equally likely answers, numbered from 0, compares so with one of them."""
    wanted = {
        "=": [place],
        "!=": [each for each in range(number) if each != place],
        "<": range(place),
        "<=": range(place + 1),
        ">": range(place + 1, number),
        ">=": range(place, number),
    }[operator]
    return sum(0 <= each < number for each in wanted) / number
