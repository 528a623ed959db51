"""Which column of an answer file holds which raw answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from trustsurvey.fieldwork.file_values import OTHER
from trustsurvey.fieldwork.labelled_names import labelled_columns
from trustsurvey.fieldwork.platform import question_keys, raw_keys
from trustsurvey.instruments.checks_codes import RESERVED_BY_STRUCTURE
from trustsurvey.instruments.model import Instrument, NonResponse
from trustsurvey.instruments.questions import Question, QuestionType, Text

__all__ = ["SHORTENED", "Columns", "columns_of"]

# In LimeSurvey's codes, and in the words of its exports in English, French, Dutch and German.
ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "id": r"id|respondent|response[ .]id|id de la reponse|respons-id|antwort id",
        "submitted": "submitdate|submitted|date submitted|date de soumission|datum verzonden|datum abgeschickt",
        "last_page": "lastpage|last page|derniere page|laatste pagina|letzte seite",
        "language": "startlanguage|language|start language|langue de depart|begin taal|start-sprache",
        "status": "status",
        "wave": "wave",
    }
)
BESIDE = (
    "row|seed|token|startdate|datestamp|ipaddr|refurl|interviewtime|grouptime[0-9]+|.*[0-9]+time",
    "date started|date last action|ip address|referrer url|access code|total time|group time.*|question time.*",
    "tete de serie|date de lancement|date de la derniere action|adresse ip|url referente|code d'acces|temps total",
    "plaats|startdatum|datum laatste actie|ip-adres|verwijzer url|toegangscode|totaaltijd|groepstijd.*|vraagtijd.*",
    "zufallsstartwert|datum gestartet|datum letzte aktivitat|ip-adresse|weiterleitungs-url|zugangscode|gesamtzeit",
    "duree pour l[ae] .*|gruppenzeit.*|fragenzeit.*",
)
SET_ASIDE = re.compile("|".join(BESIDE))
SHORTENED = re.compile(r".*\.\.\s*(?:\[.*\])?(?: \([0-9]+\))?|.*\.\. \]")
RANK = ("rank", "ranking", "rang", "classement")


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a file are used.

    Parameters
    ----------
    about : mapping of name to column
        ``id``, ``submitted``, ``last_page``, ``language``, ``status``, ``wave``.
    answers : mapping of raw key to column
    added : mapping of name to column
        The hidden questions that the platform adds: stamp and pages.
    aside : tuple of str
        What LimeSurvey keeps beside the answers.
    unknown : tuple of str
    ambiguous : tuple of str
        Columns that could be more than one thing, with what they could be.
    absent : tuple of str
        Raw keys that no column holds and that are needed.
    """

    about: Mapping[str, str]
    answers: Mapping[str, str]
    added: Mapping[str, str]
    aside: tuple[str, ...]
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]
    absent: tuple[str, ...]


def columns_of(instrument: Instrument, columns: Sequence[str], headings: Mapping[str, str]) -> Columns:
    """Return what the columns of a file are.

    A column is known by the raw key (``Q[SUB]``), the name of the variable (``Q_SUB``), either of them with other
    signs between (``Q.SUB.``), or by the words of the question, in any of its languages, with or without its code.
    """
    keys = set(raw_keys(instrument))
    labelled = labelled_columns(instrument)
    names = {name: key for name, key in labelled.items() if key}
    names |= {variable.name: variable.key for variable in instrument.variables}
    squeezed = _unique((_squeezed(each), key) for each, key in [*((key, key) for key in keys), *names.items()])
    worded = _by_words(instrument, columns, headings)
    about: dict[str, str] = {}
    answers: dict[str, str] = {}
    added: dict[str, str] = {}
    aside, unknown, ambiguous = [], [], []
    for column in columns:
        plain = _words(column)
        key = _key(column, keys, names, squeezed) or worded.get(column)
        what = next((name for name, pattern in ABOUT.items() if re.fullmatch(pattern, plain)), "")
        if key is not None and key in answers:
            ambiguous.append(f"{column} and {answers[key]} (both are {key})")
        elif key is not None:
            answers[key] = column
        elif re.fullmatch(RESERVED_BY_STRUCTURE, column.strip().lower()):
            added[column.strip().lower()] = column
        elif what and what not in about:
            about[what] = column
        elif column in labelled or SET_ASIDE.fullmatch(plain) or _is_information(instrument, column, plain):
            aside.append(column)
        else:
            unknown.append(column)
    absent = [key for key in raw_keys(instrument) if key not in answers and key not in set(_optional(instrument))]
    return Columns(about, answers, added, tuple(aside), tuple(unknown), tuple(ambiguous), tuple(absent))


def _key(column: str, keys: set[str], names: Mapping[str, str], squeezed: Mapping[str, str | None]) -> str | None:
    column = column.strip()
    if column in keys:
        return column
    if column in names:
        return names[column]
    if scaled := re.fullmatch(r"([A-Za-z0-9]+)\[(\w+)\]\[([12])\]", column):
        # An array with two scales, adopted as two batteries.
        column = f"{scaled[1]}{scaled[3]}[{scaled[2]}]"
    code = re.match(r"([A-Za-z][A-Za-z0-9]*(?:\[[^\]]+\]){0,2})\.\s", column)
    for each in (column, code[1] if code else ""):
        if each and (found := squeezed.get(_squeezed(each))):
            return found
    return None


def _by_words(instrument: Instrument, columns: Sequence[str], headings: Mapping[str, str]) -> dict[str, str]:
    """Return the keys of columns that are headed by words, in the language in which most of them are.

    Where several questions have the same words, their columns stand in the order of the questions.
    """
    best: dict[str, str] = {}
    for language in instrument.languages:
        known: dict[str, list[str]] = {}
        for question in instrument.questions:
            for words, key in _worded(instrument, question, language):
                known.setdefault(words, [])
                known[words] += [key] if key not in known[words] else []
        found: dict[str, list[str]] = {}
        for column in columns:
            words = next((_words(each) for each in (column, headings.get(column, "")) if _words(each) in known), "")
            if words:
                found.setdefault(words, []).append(column)
        matched = {
            column: key
            for words, own in found.items()
            if len(own) == len(known[words])
            for column, key in zip(own, known[words], strict=True)
        }
        best = max(best, matched, key=len)
    return best


def _worded(instrument: Instrument, question: Question, language: str) -> Iterator[tuple[str, str]]:
    """Yield what LimeSurvey writes above the columns of a question when it writes words, with their keys."""
    text = question.text[language]
    reasons = [reason.label[language] for wanted, reason in _reasons(instrument, question) if wanted and reason]
    codes = [reason.code for wanted, reason in _reasons(instrument, question) if wanted and reason]
    inside: list[tuple[str, str]] = []
    match question.type:
        case QuestionType.BATTERY:
            inside = [(item.text[language], f"{question.code}[{item.code}]") for item in question.items]
        case QuestionType.MULTIPLE if question.scale:
            inside = [(point.label[language], f"{question.code}[{point.code}]") for point in question.scale.points]
            inside += [(words, f"{question.code}[{code}]") for words, code in zip(reasons, codes, strict=True)]
        case QuestionType.RANKING:
            ranks = [variable.key for variable in question.variables()]
            inside = [(f"{word} {number}", key) for word in RANK for number, key in enumerate(ranks, start=1)]
        case _:
            yield _words(text), question.code
    if question.reason_key:
        yield _words(" / ".join(reasons)), question.reason_key
    if question.other:
        inside += [(each, f"{question.code}[other]") for each in dict.fromkeys([question.other[language], *OTHER])]
    for words_inside, key in inside:
        yield _words(f"{text} [{words_inside}]"), key


def _reasons(instrument: Instrument, question: Question) -> tuple[tuple[bool, NonResponse | None], ...]:
    return (question.dont_know, instrument.dont_know), (question.refused, instrument.refused)


def _optional(instrument: Instrument) -> Iterator[str]:
    """Yield the keys that a file may lack: reasons beside an answer, and what hidden questions store."""
    for question in instrument.questions:
        own = {variable.key for variable in question.variables()}
        yield from (key for key in question_keys(instrument, question) if key not in own)
        if question.type is QuestionType.HIDDEN:
            yield question.code


def _is_information(instrument: Instrument, column: str, plain: str) -> bool:
    shown = [question for question in instrument.questions if question.type is QuestionType.INFORMATION]
    texts: list[Text] = [question.text for question in shown]
    return column in {question.code for question in shown} or any(
        plain == _words(words) for text in texts for _, words in text.translations
    )


def _unique(pairs: Iterator[tuple[str, str]]) -> dict[str, str | None]:
    """Return what each name stands for; None where it could stand for several."""
    result: dict[str, str | None] = {}
    for name, key in pairs:
        result[name] = key if result.get(name, key) == key else None
    return result


def _squeezed(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _words(text: str) -> str:
    """Return the words of a heading in small letters, without accents, mark-up and doubled spaces."""
    plain = unicodedata.normalize("NFKD", re.sub("<[^>]+>", " ", text)).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(plain.replace("’", "'").split()).strip(" :.")
