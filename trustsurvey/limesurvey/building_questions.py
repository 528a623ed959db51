"""Each type of question in LimeSurvey's terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trustsurvey.instruments.model import Instrument, NonResponse
from trustsurvey.instruments.questions import Question as Asked
from trustsurvey.instruments.questions import QuestionType, ScalePoint
from trustsurvey.limesurvey.building_rules import needs_one_of_both, rules
from trustsurvey.limesurvey.structure import Answer, Attribute, Question, Subquestion, Texts
from trustsurvey.limesurvey.texts import END_SEPARATOR, joined, shown, texts_of

__all__ = ["built_questions", "mandatory_of"]

LETTERS = {
    QuestionType.SINGLE: "L",
    QuestionType.YES_NO: "L",
    QuestionType.RATING: "L",
    QuestionType.BATTERY: "F",
    QuestionType.MULTIPLE: "M",
    QuestionType.RANKING: "R",
    QuestionType.NUMBER: "N",
    QuestionType.DATE: "D",
    QuestionType.TEXT: "S",
    QuestionType.LONG_TEXT: "T",
    QuestionType.INFORMATION: "X",
    QuestionType.HIDDEN: "*",
}


def built_questions(instrument: Instrument, question: Asked, relevance: str) -> Iterator[Question]:
    """Yield a question as LimeSurvey asks it, then the list of reasons not to answer where it needs one.

    Parameters
    ----------
    instrument : Instrument
    question : Asked
    relevance : str
        When it is shown.
    """
    languages = instrument.languages
    yield Question(
        question.code,
        LETTERS[question.type],
        texts_of(question.text, languages),
        texts_of(question.help, languages),
        mandatory_of(instrument, question),
        question.other is not None,
        relevance,
        attributes=tuple(_attributes(instrument, question)),
        subquestions=tuple(_subquestions(instrument, question)),
        answers=tuple(_answers(instrument, question)),
    )
    if question.reason_key:
        reasons = _reason_answers(instrument, question)
        text = joined([reason.texts for reason in reasons], " / ")
        plain_list = (Attribute("hide_tip", "1"),)
        yield Question(question.reason_key, "L", text, relevance=relevance, attributes=plain_list, answers=reasons)


def mandatory_of(instrument: Instrument, question: Asked) -> str:
    """Return LimeSurvey's letter for how far a question must be answered.

    In several languages it forgets the answers of a page on which a soft-mandatory question was passed over when its
    respondent changes the language later. So there, who can say why there is no answer must, and others need not.
    """
    if question.mandatory == "no" or needs_one_of_both(question):
        return "N"
    if question.mandatory == "hard":
        return "Y"
    if len(instrument.languages) == 1:
        return "S"
    return "Y" if question.dont_know or question.refused else "N"


def _attributes(instrument: Instrument, question: Asked) -> Iterator[Attribute]:
    languages = instrument.languages
    match question.type:
        case QuestionType.SINGLE | QuestionType.YES_NO if question.randomise:
            yield Attribute("answer_order", "random")
        case QuestionType.BATTERY if question.randomise:
            yield Attribute("random_order", "1")
        case QuestionType.MULTIPLE:
            if question.randomise:
                yield Attribute("random_order", "1")
            if question.choices is not None:
                yield Attribute("max_answers", str(question.choices))
            if reasons := _reasons(instrument, question):
                yield Attribute("exclude_all_others", ";".join(reason.code for reason in reasons))
        case QuestionType.RANKING:
            if question.randomise:
                yield Attribute("answer_order", "random")
            if question.choices is not None:
                yield Attribute("max_answers", str(question.choices))
                yield Attribute("max_subquestions", str(question.choices))
        case QuestionType.NUMBER | QuestionType.DATE | QuestionType.TEXT | QuestionType.LONG_TEXT:
            yield from rules(instrument, question)
        case QuestionType.HIDDEN:
            yield Attribute("equation", shown(question.value))
            yield Attribute("hidden", "1")
    if question.other:
        for language, words in texts_of(question.other, languages).items():
            yield Attribute("other_replace_text", words, language)


def _subquestions(instrument: Instrument, question: Asked) -> Iterator[Subquestion]:
    if question.type is QuestionType.BATTERY:
        for item in question.items:
            yield Subquestion(item.code, texts_of(item.text, instrument.languages))
    if question.type is QuestionType.MULTIPLE and question.scale:
        for answer in (*_points(instrument, question.scale.points), *_reason_answers(instrument, question)):
            yield Subquestion(answer.code, answer.texts)


def _answers(instrument: Instrument, question: Asked) -> Iterator[Answer]:
    match question.type:
        case QuestionType.RATING:
            yield from _rating(instrument, question)
            yield from _reason_answers(instrument, question)
        case QuestionType.SINGLE | QuestionType.YES_NO | QuestionType.BATTERY if question.scale:
            yield from _points(instrument, question.scale.points)
            yield from _reason_answers(instrument, question)
        case QuestionType.RANKING if question.scale:
            yield from _points(instrument, question.scale.points)


def _rating(instrument: Instrument, question: Asked) -> Iterator[Answer]:
    lowest, highest = int(question.minimum or 0), int(question.maximum or 0)
    ends = dict(zip((lowest, highest), question.ends, strict=True))
    for number in range(lowest, highest + 1):
        texts: Texts = dict.fromkeys(instrument.languages, str(number))
        if number in ends:
            texts = joined([texts, texts_of(ends[number], instrument.languages)], END_SEPARATOR)
        yield Answer(str(number), texts)


def _points(instrument: Instrument, points: Sequence[ScalePoint]) -> tuple[Answer, ...]:
    return tuple(Answer(point.code, texts_of(point.label, instrument.languages)) for point in points)


def _reason_answers(instrument: Instrument, question: Asked) -> tuple[Answer, ...]:
    languages = instrument.languages
    return tuple(Answer(reason.code, texts_of(reason.label, languages)) for reason in _reasons(instrument, question))


def _reasons(instrument: Instrument, question: Asked) -> list[NonResponse]:
    both = ((question.dont_know, instrument.dont_know), (question.refused, instrument.refused))
    return [reason for wanted, reason in both if wanted and reason]
