"""A survey as an .lss file, the structure file that LimeSurvey imports: the same survey, the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from trustsurvey.errors import InputError
from trustsurvey.instruments.model import Instrument, canonical
from trustsurvey.limesurvey.structure import Group, Question, Survey, Texts

__all__ = ["DATABASE_VERSION", "EMBEDDED", "lss_bytes"]

# What LimeSurvey 6 writes; it decides how the rows are read.
DATABASE_VERSION = "620"
# An element of ours, which LimeSurvey passes over.
EMBEDDED = "trustsurvey"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

TABLES = (
    "answers",
    "answer_l10ns",
    "defaultvalues",
    "defaultvalue_l10ns",
    "groups",
    "group_l10ns",
    "questions",
    "subquestions",
    "question_l10ns",
    "question_attributes",
    "quota",
    "quota_members",
    "quota_languagesettings",
    "surveys",
    "surveys_languagesettings",
)
SUBQUESTION_TYPE = "T"


def lss_bytes(survey: Survey, instrument: Instrument | None = None) -> bytes:
    """Return the .lss file of a survey.

    Parameters
    ----------
    survey : Survey
    instrument : Instrument or None
        Written into the file beside the survey, so that reading it gives the same instrument back.

    Returns
    -------
    bytes
        UTF-8, without a date or anything else that differs from one writing to the next.

    Raises
    ------
    InputError
        A text holds a character that XML cannot hold.
    """
    tables = _Tables(survey).filled()
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<document>", _element("LimeSurveyDocType", "Survey")]
    lines.append(_element("DBVersion", DATABASE_VERSION))
    lines.append("<languages>")
    lines += [_element("language", language) for language in survey.languages]
    lines.append("</languages>")
    if instrument is not None:
        lines.append(_element(EMBEDDED, canonical(instrument)))
    for table in TABLES:
        if rows := tables[table]:
            lines += [f"<{table}>", "<rows>", *(_row(row) for row in rows), "</rows>", f"</{table}>"]
    lines.append("</document>")
    return ("\n".join(lines) + "\n").encode()


Row = Mapping[str, str]


@dataclass(slots=True)
class _Tables:
    """Fills the rows of every table, numbering questions, answers and texts from 1."""

    survey: Survey
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})
    numbers: dict[str, int] = field(default_factory=dict)

    def filled(self) -> Mapping[str, Sequence[Row]]:
        survey = self.survey
        own = {"sid": str(survey.number), "language": survey.languages[0]}
        own["additional_languages"] = " ".join(survey.languages[1:])
        self.rows["surveys"].append({**own, **survey.settings})
        for language in survey.languages:
            texts = {column: text[language] for column, text in survey.texts.items() if language in text}
            place = {"surveyls_survey_id": str(survey.number), "surveyls_language": language}
            self.rows["surveys_languagesettings"].append({**place, **texts})
        for order, group in enumerate(survey.groups, start=1):
            self._group(order, group)
        # Subquestions are numbered after every question, as reading an export expects.
        for question in survey.questions:
            self._subquestions(question)
        self._quotas()
        return self.rows

    def _group(self, order: int, group: Group) -> None:
        number = str(order)
        self.rows["groups"].append(
            {
                "gid": number,
                "sid": str(self.survey.number),
                "group_order": number,
                "randomization_group": group.randomisation,
                "grelevance": group.relevance,
            }
        )
        for language in self.survey.languages:
            texts = {"group_name": group.names[language], "description": group.descriptions.get(language, "")}
            self._text("group_l10ns", {"gid": number, **texts, "language": language})
        for place, question in enumerate(group.questions, start=1):
            self._question(number, place, question)

    def _question(self, group: str, place: int, question: Question) -> None:
        number = self._number("qid")
        self.numbers[f"question {question.code}"] = int(number)
        self.numbers[f"group of {question.code}"] = int(group)
        row = self._question_row(number, "0", group, question.type, question.code, place)
        row |= {"preg": question.validation, "other": "Y" if question.other else "N"}
        row |= {"mandatory": question.mandatory, "relevance": question.relevance}
        self.rows["questions"].append(row)
        self._question_texts(number, question.texts, question.help)
        for attribute in question.attributes:
            translated = {"language": attribute.language} if attribute.language else {}
            setting = {"qid": number, "attribute": attribute.name, "value": attribute.value}
            self.rows["question_attributes"].append({**setting, **translated})
        for order, answer in enumerate(question.answers, start=1):
            aid = self._number("aid")
            where = {"aid": aid, "qid": number, "code": answer.code, "sortorder": str(order)}
            self.rows["answers"].append({**where, "assessment_value": "0", "scale_id": str(answer.scale)})
            for language in self.survey.languages:
                text = {"answer": answer.texts[language], "language": language}
                self._text("answer_l10ns", {"aid": aid, **text})

    def _subquestions(self, question: Question) -> None:
        parent = str(self.numbers[f"question {question.code}"])
        group = str(self.numbers[f"group of {question.code}"])
        numbers = {}
        for place, each in enumerate(question.subquestions, start=1):
            number = numbers[each.code] = self._number("qid")
            row = self._question_row(number, parent, group, SUBQUESTION_TYPE, each.code, place)
            row |= {"other": "N", "mandatory": "N", "relevance": each.relevance, "scale_id": str(each.scale)}
            self.rows["subquestions"].append(row)
            self._question_texts(number, each.texts, {})
        for default in question.defaults:
            number = self._number("dvid")
            line = numbers[default.subquestion] if default.subquestion else "0"
            row = {"dvid": number, "qid": parent, "scale_id": str(default.scale), "sqid": line}
            self.rows["defaultvalues"].append({**row, "specialtype": default.special})
            for language, text in default.texts.items():
                self._text("defaultvalue_l10ns", {"dvid": number, "language": language, "defaultvalue": text})

    def _question_row(self, number: str, parent: str, group: str, kind: str, code: str, place: int) -> dict[str, str]:
        row = {"qid": number, "parent_qid": parent, "sid": str(self.survey.number), "gid": group, "type": kind}
        row |= {"title": code, "encrypted": "N", "question_order": str(place), "scale_id": "0"}
        return row | {"same_default": "0", "same_script": "0"}

    def _question_texts(self, number: str, texts: Texts, helps: Texts) -> None:
        for language in self.survey.languages:
            text = {"question": texts.get(language, ""), "help": helps.get(language, "")}
            self._text("question_l10ns", {"qid": number, **text, "script": "", "language": language})

    def _quotas(self) -> None:
        for quota in self.survey.quotas:
            number = self._number("quota")
            row = {"id": number, "sid": str(self.survey.number), "name": quota.name, "qlimit": str(quota.limit)}
            row |= {"action": str(quota.action), "active": str(int(quota.active)), "autoload_url": "0"}
            self.rows["quota"].append(row)
            for code, answer in quota.members:
                qid = str(self.numbers[f"question {code}"])
                row = {"id": self._number("member"), "sid": str(self.survey.number), "qid": qid}
                self.rows["quota_members"].append({**row, "quota_id": number, "code": answer})
            for language in self.survey.languages:
                row = {"quotals_id": self._number("quotals"), "quotals_quota_id": number}
                row |= {"quotals_language": language, "quotals_name": quota.name}
                row |= {
                    "quotals_message": quota.messages.get(language, ""),
                    "quotals_url": "",
                    "quotals_urldescrip": "",
                }
                self.rows["quota_languagesettings"].append(row)

    def _text(self, table: str, row: Row) -> None:
        self.rows[table].append({"id": self._number(table), **row})

    def _number(self, counter: str) -> str:
        self.numbers[counter] = self.numbers.get(counter, 0) + 1
        return str(self.numbers[counter])


def _row(row: Row) -> str:
    return "\n".join(_lines(row))


def _lines(row: Row) -> Iterator[str]:
    yield "<row>"
    for column, value in row.items():
        yield _element(column, value)
    yield "</row>"


def _element(name: str, content: str) -> str:
    if found := NOT_XML.search(content):
        raise InputError(
            f"a text for {name} holds the character U+{ord(found.group()):04X}, which a structure file cannot hold; "
            "delete it"
        )
    # A bare carriage return would come back as a line feed.
    return f"<{name}>{escape(content, {chr(13): '&#13;'})}</{name}>"
