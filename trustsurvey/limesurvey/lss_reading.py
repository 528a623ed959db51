"""From a LimeSurvey structure file of any version to a ``Survey``, and what that has no place for.

Until version 3, texts stand in the rows of questions, answers and groups, one row a language; since version 4 they
have tables of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from trustsurvey.errors import InputError
from trustsurvey.limesurvey.lss_conditions import relevance_by_question
from trustsurvey.limesurvey.lss_names import Names, Numbered
from trustsurvey.limesurvey.lss_tables import Row, Tables, read_bytes, tables_of
from trustsurvey.limesurvey.structure import Answer, Attribute, Default, Group, Question, Quota, Subquestion, Survey

__all__ = ["Note", "StructureFile", "read_structure", "structure_of"]

TABLES = """
answers answer_l10ns conditions defaultvalues defaultvalue_l10ns groups group_l10ns questions subquestions
question_l10ns question_attributes surveys surveys_languagesettings quota quota_members quota_languagesettings
"""
KNOWN_TABLES = frozenset(TABLES.split())
LOOKS = frozenset({"themes", "themes_inherited"})
THEMES = """
listradio list_dropdown list_with_comment longfreetext shortfreetext hugefreetext multiplechoice
multiplechoice_with_comments numerical date yesno gender 5pointchoice ranking boilerplate equation
multipleshorttext multiplenumeric file_upload language arrays/5point arrays/10point arrays/yesnouncertain
arrays/array arrays/increasesamedecrease arrays/column arrays/dualscale arrays/multiflexi arrays/texts core
"""
PLAIN_THEMES = frozenset(THEMES.split())


@dataclass(frozen=True, slots=True)
class Note:
    """Something in a file that a ``Survey`` has no place for; ``place`` is a question's code, or empty."""

    place: str
    message: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class StructureFile:
    """A structure file, read.

    Parameters
    ----------
    survey : Survey
    version : int
        Version of LimeSurvey's database.
    embedded : str
        The instrument that ``build`` put in, ``""`` in any other file.
    notes : tuple of Note
        What was found beside the survey, and what had to be put right to read it.
    """

    survey: Survey
    version: int
    embedded: str
    notes: tuple[Note, ...]


def read_structure(path: str | PathLike[str]) -> StructureFile:
    """Read a LimeSurvey survey from its structure file (.lss) or archive (.lsa).

    Raises
    ------
    MissingFileError, InputError
        No such file; no survey structure, damaged, or without a language.
    """
    return structure_of(tables_of(read_bytes(Path(path)), str(path)), str(path))


def structure_of(tables: Tables, file: str) -> StructureFile:
    """Return the survey that the tables of a structure file hold; ``file`` is its name in messages."""
    reader = _Reader(tables, file)
    survey = reader.survey()
    return StructureFile(survey, tables.version, tables.embedded, tuple(reader.notes))


class _Reader:
    """Joins the tables; what does not fit is noted."""

    def __init__(self, tables: Tables, file: str) -> None:
        self.tables = tables
        self.notes = [Note("", repair) for repair in tables.repairs]
        settings = tables.rows("surveys")
        self.settings: Row = settings[0] if settings else {}
        if len(settings) > 1:
            self.notes.append(Note("", f"the file holds {len(settings)} surveys; the first was read"))
        self.languages = self._languages(file)
        self.questions = _merged(self._all_questions(), "qid")
        codes: Counter[str] = Counter()
        self.codes = {}
        for number, rows in self.questions.items():
            self.codes[number] = rows[0].get("title", "").strip() or f"Q{number}"
            if not rows[0].get("title", "").strip():
                self.notes.append(Note(self.codes[number], "had no code and was given this one"))
            if rows[0].get("parent_qid", "0") in {"", "0"}:
                codes[self.codes[number]] += 1
        self.children: dict[str, list[str]] = {}
        for number, rows in self.questions.items():
            if (parent := rows[0].get("parent_qid", "0")) not in {"", "0"}:
                self.children.setdefault(parent, []).append(number)
        self.names = Names(
            self.settings.get("sid", ""),
            {
                number: Numbered(self.codes[number], {each: self.codes[each] for each in self.children.get(number, [])})
                for number, rows in self.questions.items()
                if rows[0].get("parent_qid", "0") in {"", "0"}
            },
        )
        self.types = {number: rows[0].get("type", "") for number, rows in self.questions.items()}
        self.question_texts = _grouped(tables.rows("question_l10ns"), "qid")
        self.answer_texts = _grouped(tables.rows("answer_l10ns"), "aid")
        self.answers = _grouped(tables.rows("answers"), "qid")
        self.attributes = _grouped(tables.rows("question_attributes"), "qid")
        self.defaults = _grouped(tables.rows("defaultvalues"), "qid")
        self.default_texts = _grouped(tables.rows("defaultvalue_l10ns"), "dvid")
        self.conditions = relevance_by_question(tables.rows("conditions"), self.types, self.names)

    def survey(self) -> Survey:
        groups = tuple(self._groups())
        self._orphans()
        quotas = tuple(self._quotas())
        texts: dict[str, dict[str, str]] = {}
        for row in self.tables.rows("surveys_languagesettings"):
            for column, value in row.items():
                if column not in {"surveyls_survey_id", "surveyls_language"} and value:
                    texts.setdefault(column, {})[row.get("surveyls_language", "")] = value
        self._other_tables()
        number = self.settings.get("sid", "")
        settings = {
            name: value
            for name, value in self.settings.items()
            if name not in {"sid", "language", "additional_languages"}
        }
        return Survey(
            int(number) if number.isdecimal() else 0,
            self.languages,
            settings,
            {column: self._in_order(translated) for column, translated in texts.items()},
            groups,
            quotas,
        )

    def _languages(self, file: str) -> tuple[str, ...]:
        base = [self.settings.get("language", "")]
        named = [*base, *self.settings.get("additional_languages", "").split()]
        named = [each for each in named if each] or list(self.tables.languages)
        if not named:
            rows = self.tables.rows("surveys_languagesettings")
            named = [row["surveyls_language"] for row in rows if row.get("surveyls_language")]
        if not named:
            raise InputError(f"{file} names no language; export the survey again")
        unlisted = [each for each in self.tables.languages if each not in named]
        if unlisted:
            self.notes.append(Note("", f"the head of the file also names the languages {', '.join(unlisted)}"))
        return tuple(dict.fromkeys(named))

    def _in_order(self, translated: Mapping[str, str]) -> dict[str, str]:
        return {language: translated[language] for language in self.languages if language in translated}

    def _all_questions(self) -> list[Row]:
        return [*self.tables.rows("questions"), *self.tables.rows("subquestions")]

    def _texts(self, rows: Iterable[Row], translated: Iterable[Row], column: str) -> dict[str, str]:
        found = {row["language"]: row[column] for row in rows if row.get("language") and column in row}
        found |= {row["language"]: row[column] for row in translated if row.get("language") and column in row}
        if not found and (bare := [row[column] for row in rows if column in row]):
            found = {self.languages[0]: bare[0]}
        return self._in_order(found)

    def _groups(self) -> Iterator[Group]:
        groups = _merged(self.tables.rows("groups"), "gid")
        translated = _grouped(self.tables.rows("group_l10ns"), "gid")
        members: dict[str, list[str]] = {number: [] for number in groups}
        for number, rows in self.questions.items():
            if rows[0].get("parent_qid", "0") in {"", "0"}:
                members.setdefault(rows[0].get("gid", ""), []).append(number)
        for number in sorted(members, key=lambda each: (each not in groups, _order(groups.get(each), "group_order"))):
            rows = groups.get(number, [{}])
            if number not in groups:
                codes = ", ".join(self.codes[each] for each in members[number])
                self.notes.append(Note("", f"{codes} stood in a group that is not in the file, and come last"))
            inside = sorted(members[number], key=lambda each: _order(self.questions[each], "question_order"))
            yield Group(
                self._texts(rows, translated.get(number, []), "group_name"),
                tuple(self._question(each) for each in inside),
                self._texts(rows, translated.get(number, []), "description"),
                self.names.expression(rows[0].get("grelevance", "").strip()) or "1",
                rows[0].get("randomization_group", ""),
            )

    def _question(self, number: str) -> Question:
        rows, translated = self.questions[number], self.question_texts.get(number, [])
        row, code = rows[0], self.codes[number]
        attributes = tuple(self._attributes(number))
        by_attribute = next((each.value for each in attributes if each.name == "relevance"), "")
        relevance = self.conditions.get(number) or self.names.expression(row.get("relevance", by_attribute).strip())
        children = sorted(
            self.children.get(number, []), key=lambda each: _order(self.questions[each], "question_order")
        )
        self._unplaced(number)
        return Question(
            code,
            row.get("type", "").strip(),
            self._texts(rows, translated, "question"),
            self._texts(rows, translated, "help"),
            row.get("mandatory", "").strip() or "N",
            row.get("other", "") == "Y",
            relevance or "1",
            row.get("preg", ""),
            tuple(each for each in attributes if each.name != "relevance"),
            tuple(self._subquestion(each) for each in children),
            tuple(self._answers(number)),
            tuple(self._defaults(number)),
        )

    def _subquestion(self, number: str) -> Subquestion:
        rows = self.questions[number]
        attributes = [each.value for each in self._attributes(number) if each.name == "relevance"]
        relevance = rows[0].get("relevance", attributes[0] if attributes else "").strip()
        return Subquestion(
            self.codes[number],
            self._texts(rows, self.question_texts.get(number, []), "question"),
            _number(rows[0].get("scale_id", "")),
            self.names.expression(relevance) or "1",
        )

    def _answers(self, number: str) -> Iterator[Answer]:
        merged: dict[tuple[int, str], list[Row]] = {}
        for row in self.answers.get(number, []):
            merged.setdefault((_number(row.get("scale_id", "")), row.get("code", "").strip()), []).append(row)
        for (scale, code), rows in sorted(merged.items(), key=lambda each: (each[0][0], _order(each[1], "sortorder"))):
            numbers = {row["aid"] for row in rows if row.get("aid")}
            translated = [text for each in sorted(numbers) for text in self.answer_texts.get(each, [])]
            yield Answer(code, self._texts(rows, translated, "answer"), scale)

    def _attributes(self, number: str) -> Iterator[Attribute]:
        seen = set()
        for row in self.attributes.get(number, []):
            key = row.get("attribute", ""), row.get("language", "")
            if row.get("value", "") and key not in seen:
                seen.add(key)
                yield Attribute(key[0], row["value"], key[1])

    def _defaults(self, number: str) -> Iterator[Default]:
        merged: dict[tuple[str, str, str], list[Row]] = {}
        for row in self.defaults.get(number, []):
            key = row.get("sqid", ""), row.get("scale_id", ""), row.get("specialtype", "")
            merged.setdefault(key, []).append(row)
        for (child, scale, special), rows in merged.items():
            translated = [text for row in rows for text in self.default_texts.get(row.get("dvid", ""), [])]
            texts = self._texts(rows, translated, "defaultvalue")
            if any(texts.values()):
                yield Default(texts, self.codes.get(child, ""), _number(scale), special)

    def _quotas(self) -> Iterator[Quota]:
        members = _grouped(self.tables.rows("quota_members"), "quota_id")
        settings = _grouped(self.tables.rows("quota_languagesettings"), "quotals_quota_id")
        for row in self.tables.rows("quota"):
            number, name = row.get("id", ""), row.get("name", "")
            found = []
            for member in members.get(number, []):
                if (question := member.get("qid", "")) in self.codes:
                    found.append((self.codes[question], member.get("code", "")))
                else:
                    self.notes.append(Note("", f"the quota {name} names a question that is not in the file"))
            texts = {
                each.get("quotals_language", ""): each.get("quotals_message", "") for each in settings.get(number, [])
            }
            addresses = {each["quotals_url"] for each in settings.get(number, []) if each.get("quotals_url")}
            for address in sorted(addresses - {"https://", "http://"}):
                self.notes.append(Note("", f"the quota {name} sends respondents on to an address", address))
            limit = row.get("qlimit", "")
            yield Quota(
                name,
                _number(limit),
                tuple(found),
                self._in_order(texts),
                _number(row.get("action", "1")),
                row.get("active", "1") == "1",
            )

    def _unplaced(self, number: str) -> None:
        """Note what a question's row holds beyond what ``Question`` does."""
        rows, code = self.questions[number], self.codes[number]
        row = rows[0]
        theme = row.get("question_theme_name") or row.get("modulename") or ""
        if theme and theme not in PLAIN_THEMES:
            self.notes.append(Note(code, f"is shown by the question theme {theme}"))
        if row.get("encrypted") == "Y":
            self.notes.append(Note(code, "has its answers encrypted on the server"))
        for text in self._texts(rows, self.question_texts.get(number, []), "script").values():
            if text.strip():
                self.notes.append(Note(code, "has a script of its own", text))
                break
        if any(_number(each.get("assessment_value", "0")) for each in self.answers.get(number, [])):
            values = {each.get("code", ""): each.get("assessment_value", "0") for each in self.answers.get(number, [])}
            shown = ", ".join(f"{code} {value}" for code, value in values.items())
            if set(values.values()) != {"1"}:
                self.notes.append(Note(code, "has assessment values for its answers", shown))

    def _orphans(self) -> None:
        parents = {number for number, rows in self.questions.items() if rows[0].get("parent_qid", "0") in {"", "0"}}
        lost = [self.codes[each] for parent, own in self.children.items() if parent not in parents for each in own]
        if lost:
            self.notes.append(Note("", f"subquestions without their question: {', '.join(lost)}"))
        for table, rows in (("answers", self.answers), ("conditions", _grouped(self.tables.rows("conditions"), "qid"))):
            stray = sum(len(own) for number, own in rows.items() if number not in parents)
            if stray:
                self.notes.append(Note("", f"{stray} rows of the table {table} belong to no question of the file"))
        unknown = Counter(
            row["language"]
            for table in ("questions", "subquestions", "answers", "groups", "question_l10ns", "answer_l10ns")
            for row in self.tables.rows(table)
            if row.get("language") and row["language"] not in self.languages
        )
        for language, count in unknown.items():
            self.notes.append(Note("", f"{count} texts in {language}, which is no language of the survey"))

    def _other_tables(self) -> None:
        for name, rows in self.tables.tables.items():
            if name in LOOKS and rows:
                self.notes.append(Note("", f"settings of the theme ({name})"))
            elif name not in KNOWN_TABLES and rows:
                words = sorted({row[key] for row in rows for key in ("name", "parameter") if row.get(key)})
                number = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}"
                self.notes.append(Note("", f"the table {name} ({number})", ", ".join(words)))


def _merged(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """Return the rows by their number; several rows of one number are its languages."""
    return {number: own for number, own in _grouped(rows, key).items() if number}


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    result: dict[str, list[Row]] = {}
    for row in rows:
        result.setdefault(row.get(key, ""), []).append(row)
    return result


def _number(text: str) -> int:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0


def _order(rows: list[Row] | None, column: str) -> int:
    return _number(rows[0].get(column, "0")) if rows else 0
