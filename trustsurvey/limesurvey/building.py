"""An instrument becomes a LimeSurvey survey: a pure function, the same instrument and wave always the same survey."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from trustsurvey.documents.files import write_file
from trustsurvey.errors import InputError
from trustsurvey.fieldwork.platform import question_keys
from trustsurvey.instruments.model import Group as Page
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.model import Quota as Cell
from trustsurvey.instruments.questions import Question as Asked
from trustsurvey.limesurvey.building_questions import built_questions, mandatory_of
from trustsurvey.limesurvey.building_rules import needs_one_of_both
from trustsurvey.limesurvey.codes import STAMP, alias, marker, page_code, stamp, survey_number
from trustsurvey.limesurvey.expressions import Routing, name_of, read
from trustsurvey.limesurvey.lss_writing import lss_bytes
from trustsurvey.limesurvey.structure import Attribute, Group, Question, Quota, Survey, Texts
from trustsurvey.limesurvey.texts import shown, texts_of

__all__ = ["SETTINGS", "notes_of", "survey_of", "write_structure"]

# What the embedded platform promises too: no name, no address, no time, nothing published by the platform itself.
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "anonymized": "Y",
        "ipaddr": "N",
        "ipanonymize": "N",
        "refurl": "N",
        "savetimings": "N",
        "usecookie": "N",
        # Saving to come back later asks for a name and an address of e-mail.
        "allowsave": "N",
        "allowregister": "N",
        "tokenanswerspersistence": "Y",
        "usetokens": "N",
        "tokenlength": "15",
        "listpublic": "N",
        "publicstatistics": "N",
        "publicgraphs": "N",
        "printanswers": "N",
        "alloweditaftercompletion": "N",
        "format": "G",
        "allowprev": "Y",
        "questionindex": "0",
        "navigationdelay": "0",
        "nokeyboard": "N",
        "showwelcome": "Y",
        "showprogress": "Y",
        "showgroupinfo": "B",
        "showqnumcode": "X",
        # A question that may be left empty is left empty, without an answer added to those of the instrument.
        "shownoanswer": "N",
        "showxquestions": "N",
        "showsurveypolicynotice": "0",
        "autonumber_start": "0",
        "autoredirect": "N",
        "assessments": "N",
        "usecaptcha": "N",
        "htmlemail": "Y",
        "sendconfirmation": "N",
        "bounceprocessing": "N",
    }
)
LONGEST_TITLE = 200
DAY_FIRST, YEAR_FIRST = "5", "6"
DAY_FIRST_LANGUAGES = frozenset({"de", "en", "fr", "nl"})
DECIMAL_COMMA = frozenset({"cs", "da", "de", "el", "es", "fi", "fr", "it", "nl", "pl", "pt", "ro", "sv", "tr"})


def survey_of(instrument: Instrument, wave: str = "", date_stamp: bool = False) -> Survey:
    """Return the LimeSurvey survey that asks an instrument.

    Parameters
    ----------
    instrument : Instrument
    wave : str
        Decides number, marker and addresses; empty for a survey that belongs to no wave.
    date_stamp : bool
        Whether the platform keeps the time of every answer.

    Raises
    ------
    InputError, UnknownNameError
        Routing that LimeSurvey cannot follow to the letter, or that reads what does not exist.
    """
    languages = instrument.languages
    _check_titles(instrument)
    settings = {**SETTINGS, "datestamp": "Y" if date_stamp else "N", "bounceaccountuser": marker(instrument, wave)}
    texts: dict[str, Texts] = {
        "surveyls_title": texts_of(instrument.title, languages),
        "surveyls_description": texts_of(instrument.description, languages),
        "surveyls_welcometext": texts_of(instrument.welcome, languages),
        "surveyls_endtext": texts_of(instrument.end, languages),
        # One way to write dates and numbers in all languages: LimeSurvey reads what stands on a page by the rules of
        # the language that a respondent changes to, and forgets what does not fit them.
        "surveyls_dateformat": dict.fromkeys(languages, _date_format(languages)),
        "surveyls_numberformat": dict.fromkeys(languages, str(int(languages[0][:2] in DECIMAL_COMMA))),
    }
    if wave:
        texts["surveyls_alias"] = {each: alias(instrument, wave, each) for each in languages}
    routing = Routing(instrument)
    groups = tuple(_group(instrument, routing, number, page) for number, page in enumerate(instrument.groups, start=1))
    quotas = tuple(_quota(instrument, quota) for quota in instrument.quotas)
    return Survey(survey_number(instrument, wave), languages, settings, texts, groups, quotas)


def notes_of(instrument: Instrument) -> tuple[str, ...]:
    """Return in what the survey departs from the instrument, a sentence each."""
    soft = [question for question in instrument.questions if question.mandatory == "soft"]
    letters = {question.code: mandatory_of(instrument, question) for question in soft}
    must = [question.code for question in soft if letters[question.code] == "Y" or needs_one_of_both(question)]
    free = [question.code for question in soft if letters[question.code] == "N" and question.code not in must]
    reason = "LimeSurvey loses answers when the language changes after a soft mandatory question was passed over"
    notes = []
    if must and len(instrument.languages) > 1:
        notes.append(f"{reason}, so these want an answer or a reason for none: {', '.join(must)}")
    if free:
        notes.append(f"{reason}, so these can be left empty without a reminder: {', '.join(free)}")
    return tuple(notes)


def write_structure(
    instrument: Instrument, path: str | os.PathLike[str], wave: str = "", date_stamp: bool = False
) -> Survey:
    """Write the .lss file of an instrument, for import by hand, and return the survey in it; see ``survey_of``.

    Raises
    ------
    WriteError
        The file cannot be written; one that stood there before is left as it was.
    """
    survey = survey_of(instrument, wave, date_stamp)
    content = lss_bytes(survey, instrument)
    write_file(path, content)
    return survey


def _check_titles(instrument: Instrument) -> None:
    for language in instrument.languages:
        length = len(shown(instrument.title[language]))
        if length > LONGEST_TITLE:
            raise InputError(
                f"the title in {language} takes {length} characters in LimeSurvey (some signs take several), more than "
                f"{LONGEST_TITLE}; shorten it"
            )


def _quota(instrument: Instrument, quota: Cell) -> Quota:
    members = tuple((question, answer) for question, answers in quota.when for answer in answers)
    return Quota(quota.code, quota.limit, members, texts_of(quota.message, instrument.languages))


def _date_format(languages: Sequence[str]) -> str:
    return DAY_FIRST if all(each[:2] in DAY_FIRST_LANGUAGES for each in languages) else YEAR_FIRST


def _group(instrument: Instrument, routing: Routing, number: int, page: Page) -> Group:
    languages = instrument.languages
    opening = [_hidden(instrument, STAMP, stamp(instrument))] if number == 1 else []
    closing = _hidden(instrument, page_code(number), _seen(instrument, number, page))
    return Group(
        texts_of(page.title, languages),
        (*opening, *_questions(instrument, routing, page), closing),
        texts_of(page.description, languages),
        routing.group(page),
    )


def _questions(instrument: Instrument, routing: Routing, page: Page) -> Iterator[Question]:
    for question in page.questions:
        yield from built_questions(instrument, question, routing.question(page, question))


def _hidden(instrument: Instrument, code: str, equation: str) -> Question:
    attributes = (Attribute("equation", equation), Attribute("hidden", "1"))
    return Question(code, "*", dict.fromkeys(instrument.languages, code), attributes=attributes)


def _seen(instrument: Instrument, number: int, page: Page) -> str:
    """Return the equation of a page: its language, and for each of its questions whether it was shown.

    LimeSurvey computes the pages before it again when a respondent changes the language; a page keeps its own once a
    later one was reached.
    """
    shown = "".join(f', if({_is_shown(instrument, question)}, "1", "0")' for question in page.questions)
    language = "LANG"
    if later := [read(page_code(other)) for other in range(number + 1, len(instrument.groups) + 1)]:
        own = read(page_code(number))
        kept = f"substr({own}, 0, strlen({own}) - {len(page.questions) + 1})"
        language = f"if(is_empty(join({', '.join(later)})) or is_empty({own}), LANG, {kept})"
    return f'{{join({language}, ":"{shown})}}'


def _is_shown(instrument: Instrument, question: Asked) -> str:
    keys = list(question_keys(instrument, question)) or [question.code]
    ticks = [variable.key for variable in question.variables() if variable.kind == "boolean"]
    if ticks:
        # A tick is not shown beside a reason; the reason is.
        keys = [ticks[0], *(key for key in keys if key not in ticks and not key.endswith("[other]"))]
        return " or ".join(f"{name_of(key)}.relevanceStatus" for key in keys)
    return f"{name_of(keys[0])}.relevanceStatus"
