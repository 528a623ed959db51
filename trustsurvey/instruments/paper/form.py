"""From an instrument to a paper form: numbers, instructions, and the way through in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.blocks import Block, Ending, Entry, Explanation, Form, Opening, Section
from trustsurvey.instruments.paper.conditions import Teller
from trustsurvey.instruments.paper.fields import Fields, line_letter
from trustsurvey.instruments.paper.flow import END, Stop, stops
from trustsurvey.instruments.paper.logic import FALSE, TRUE
from trustsurvey.instruments.paper.words import Words, direction
from trustsurvey.instruments.questions import QuestionType, Text

__all__ = ["paper_form"]


def paper_form(instrument: Instrument, language: str) -> Form:
    """Return an instrument as a form to print and fill in.

    Parameters
    ----------
    instrument : Instrument
    language : str
        One of the instrument's; the words around its texts are French, Dutch or English, else English.

    Returns
    -------
    Form
        Questions numbered from 1 without gaps, with what the routing asks for in words; hidden questions, and those
        that nobody is asked, are left out.

    Raises
    ------
    UnknownNameError
        The instrument has no such language.
    """
    if language not in instrument.languages:
        raise UnknownNameError("language", language, instrument.languages)
    return _Maker(instrument, language).form()


@dataclass(slots=True)
class _Maker:
    instrument: Instrument
    language: str
    words: Words = field(init=False)
    stops: tuple[Stop, ...] = field(init=False)
    numbers: dict[str, int] = field(init=False)
    teller: Teller = field(init=False)

    def __post_init__(self) -> None:
        self.words = Words(self.language)
        self.stops = tuple(stops(self.instrument))
        asked = [
            stop.question
            for stop in self.stops
            if stop.question and stop.question.type is not QuestionType.INFORMATION and stop.filter != FALSE
        ]
        self.numbers = {question.code: number for number, question in enumerate(asked, start=1)}
        references = {}
        for question in asked:
            number = self.numbers[question.code]
            for place, variable in enumerate(question.variables()):
                line = line_letter(place) if question.type is QuestionType.BATTERY else ""
                references[variable.name] = f"{number}{line}"
        self.teller = Teller(self.instrument, self.language, references)

    def form(self) -> Form:
        instrument, words = self.instrument, self.words
        footer = f"{instrument.name} · {words('version', version=instrument.version)} · "
        footer += words("digest", digest=instrument.digest[:12])
        note = words("record_unit", unit=self._said(instrument.record.unit)) if instrument.record else ""
        title = self._said(instrument.title)
        opening = Opening(title, self._said(instrument.description), note, self._said(instrument.welcome))
        blocks: list[Block] = [opening]
        blocks += [self._block(stop) for stop in self.stops if stop.filter != FALSE]
        blocks.append(Ending(words("finished"), self._said(instrument.end)))
        return Form(
            title=title,
            language=self.language,
            spoken=words.spoken,
            direction=direction(self.language),
            footer=footer,
            page=words("page"),
            blocks=tuple(blocks),
        )

    def _block(self, stop: Stop) -> Block:
        question = stop.question
        if question is None:
            title, description = self._said(stop.group.title), self._said(stop.group.description)
            return Section(title, description, self._filter(stop, "section_only_if"))
        if question.type is QuestionType.INFORMATION:
            return Explanation(self._said(question.text), self._said(question.help), self._filter(stop, "only_if"))
        fields = Fields(self.instrument, self.language, self.words)
        leads = {answer: self._lead(stop, target) for answer, target in stop.leads}
        return Entry(
            number=self.numbers[question.code],
            text=self._said(question.text),
            help=self._said(question.help),
            instruction=fields.instruction(question),
            filter=self._filter(stop, "only_if"),
            fields=tuple(fields.of(question, leads)),
            onward=self._onward(stop),
        )

    def _filter(self, stop: Stop, key: str) -> str:
        if stop.filter == TRUE:
            return ""
        text = self.words(key, condition=self.teller.clause(stop.filter))
        if stop.otherwise is None:
            return text
        number = self._number(stop.otherwise)
        if number is None:
            return f"{text} {self.words('otherwise_end')}"
        return f"{text} {self.words('otherwise_go_to', number=number)}"

    def _lead(self, stop: Stop, target: int) -> str:
        number = self._number(target)
        if number is not None:
            return self.words("go_to", number=number)
        is_consent = stop.question is not None and stop.question.code == self.instrument.consent
        return self.words("stop" if is_consent else "go_to_end")

    def _onward(self, stop: Stop) -> str:
        if stop.onward is None:
            return ""
        number = self._number(stop.onward)
        return self.words("now_end") if number is None else self.words("now_go_to", number=number)

    def _number(self, target: int) -> int | None:
        """Return the number of the first question from a stop on, None where there is none."""
        if target == END:
            return None
        later = (stop.question.code for stop in self.stops[target:] if stop.question)
        return next((self.numbers[code] for code in later if code in self.numbers), None)

    def _said(self, text: Text | None) -> str:
        return text[self.language] if text else ""
