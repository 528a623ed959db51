"""Cells of an answer file as the raw codes that a platform stores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from trustsurvey.fieldwork.labelled_marks import marked
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Text

__all__ = ["NOT_GIVEN", "OTHER", "reader_of"]

Reader = Callable[[str], "str | None"]

NOT_GIVEN = frozenset({"", "NA", "N/A", "NaN", "nan", "."})
# LimeSurvey's own word, whatever the questionnaire calls it.
OTHER = ("other", "autre", "andere", "anders", "overige", "sonstiges", "otro", "altro", "outro")
TICKED = frozenset({"y", "yes", "1", "true", "ja", "oui", "si", "sim", "x", "t"})
UNTICKED = frozenset({"n", "no", "0", "false", "nee", "non", "nein", "nao", "not selected", "f"})
NO_VALUES: Mapping[float, str] = MappingProxyType({})
WHOLE = re.compile(r"-?[0-9]+(?:\.0*)?")
NUMBER = re.compile(r"-?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
RATED = re.compile(r"\s*([0-9]+)(?:\.0*)?\s*(?:$|[–—-])")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]*)?Z?)?")
POINTED_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?: ([0-9]{2}:[0-9]{2})(:[0-9]{2})?)?")


def reader_of(instrument: Instrument, question: Question, key: str, labels: Mapping[str, str]) -> Reader:
    """Return a function from a cell to the raw code under a key; None where the cell cannot be one.

    Parameters
    ----------
    instrument : Instrument
    question : Question
    key : str
        Raw key of the column.
    labels : mapping of value to label
        The value labels of the column; empty in a text file.
    """
    if key.endswith("[other]") or question.type in {QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.HIDDEN}:
        if key == question.reason_key:
            return _choice(_reason_codes(instrument, question), labels)
        return lambda cell: cell
    if key == question.reason_key:
        return _choice(_reason_codes(instrument, question), labels)
    match question.type:
        case QuestionType.MULTIPLE:
            return lambda cell: _tick(cell, labels)
        case QuestionType.NUMBER:
            return _number
        case QuestionType.DATE:
            return _day
        case QuestionType.RATING:
            return _rating(instrument, question, labels)
        case _:
            return _choice(_codes(instrument, question), labels, _values(question))


def _codes(instrument: Instrument, question: Question) -> list[tuple[str, Text]]:
    """Return every answer to a question with its words, by the code that a platform stores."""
    points = [(point.code, point.label) for point in question.scale.points] if question.scale else []
    if question.other and question.type is QuestionType.SINGLE:
        points.append(("-oth-", question.other))
    if question.type is QuestionType.RANKING:
        return points
    return points + _reason_codes(instrument, question)


def _reason_codes(instrument: Instrument, question: Question) -> list[tuple[str, Text]]:
    both = ((question.dont_know, instrument.dont_know), (question.refused, instrument.refused))
    return [(reason.code, reason.label) for wanted, reason in both if wanted and reason]


def _values(question: Question) -> dict[float, str]:
    """Return the codes by their number, where no code is a number itself; yes is 1, no 2."""
    points = question.scale.points if question.scale else ()
    if any(point.code.isdecimal() for point in points):
        return {}
    if question.type is QuestionType.YES_NO:
        return {1.0: "yes", 2.0: "no", 0.0: "no"}
    return {point.value: point.code for point in points} if question.scale and question.scale.kind == "ordinal" else {}


def _choice(
    answers: Sequence[tuple[str, Text]], labels: Mapping[str, str], values: Mapping[float, str] = NO_VALUES
) -> Reader:
    codes = {code for code, _ in answers}
    by_words: dict[str, str | None] = {}
    for code, label in answers:
        for words in (code, *(each for _, each in label.translations)):
            plain = _plain(words)
            by_words[plain] = code if by_words.get(plain, code) == code else None
    if {"yes", "no"} <= codes:
        by_words.update({"y": "yes", "n": "no", "true": "yes", "false": "no"})
    if "-oth-" in codes:
        for words in OTHER:
            by_words.setdefault(words, "-oth-")

    def read(cell: str) -> str | None:
        if cell in NOT_GIVEN and cell not in codes:
            return ""
        label = labels.get(cell)
        labelled = (by_words.get(_plain(label)) or by_words.get(_plain(marked(label)))) if label else None
        if cell in codes:
            # A value that is one code and labelled as another was renumbered.
            return cell if labelled in {None, cell} else None
        if labelled:
            return labelled
        whole = str(int(float(cell))) if WHOLE.fullmatch(cell) else cell
        if whole in codes:
            return whole
        if found := by_words.get(_plain(cell)):
            return found
        if not label and WHOLE.fullmatch(cell):
            return values.get(float(cell))
        return None

    return read


def _rating(instrument: Instrument, question: Question, labels: Mapping[str, str]) -> Reader:
    reasons = _choice(_reason_codes(instrument, question), labels)

    def read(cell: str) -> str | None:
        if cell in NOT_GIVEN:
            return ""
        for words in (cell, labels.get(cell, "")):
            if words and (reason := reasons(words)):
                return reason
        starts = [RATED.match(words) for words in (labels.get(cell, ""), cell)]
        return next((str(int(start[1])) for start in starts if start), None)

    return read


def _tick(cell: str, labels: Mapping[str, str]) -> str | None:
    if cell in NOT_GIVEN:
        return ""
    plain = _plain(cell)
    plain = str(int(float(plain))) if WHOLE.fullmatch(plain) else plain
    if plain in TICKED:
        return "Y"
    if plain in UNTICKED:
        return ""
    words = _plain(labels.get(cell, ""))
    return "Y" if words in TICKED else "" if words in UNTICKED else None


def _number(cell: str) -> str | None:
    if cell in NOT_GIVEN:
        return ""
    plain = cell.strip().replace("\u00a0", "")
    # One comma before three digits may stand between thousands.
    if not NUMBER.fullmatch(plain) or re.fullmatch("-?[0-9]+,[0-9]{3}", plain):
        return None
    value = float(plain.replace(",", "."))
    return f"{value:f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else None


def _day(cell: str) -> str | None:
    if cell in NOT_GIVEN:
        return ""
    if found := DAY.fullmatch(cell.strip()):
        year, month, day, clock, seconds = found.groups()
    elif found := POINTED_DAY.fullmatch(cell.strip()):
        day, month, year, clock, seconds = found.groups()
    else:
        return None
    return f"{year}-{int(month):02}-{int(day):02} {clock or '00:00'}{seconds or ':00'}"


def _plain(words: str) -> str:
    plain = unicodedata.normalize("NFKD", re.sub("<[^>]+>", " ", words)).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(plain.replace("’", "'").split())
