# ruff: noqa: ARG002, ARG005 - the parameters are those of LimeSurvey
"""A small LimeSurvey of our own, in memory: what the client calls, answered as a real server was recorded to answer."""

from __future__ import annotations

import base64
import csv
import io
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

Row = dict[str, Any]
Call = Mapping[str, Any]

INVALID = {"status": "Error: Invalid survey ID"}
NO_PERMISSION = {"status": "No permission"}
EXPIRED = {"status": "Invalid session key"}
LOCKED = "You have exceeded the number of maximum login attempts. Please wait 10 minutes before trying again."


@dataclass
class Kept:
    """A survey on the server: the rows of its structure, its settings, its answers."""

    tables: dict[str, list[Row]]
    settings: Row
    whole: bool = True
    rows: dict[int, Row] = field(default_factory=dict)


@dataclass
class Fake:
    user: str = "researcher"
    password: str = "not a real password"
    attempts: int = 0
    sessions: set[str] = field(default_factory=set)
    surveys: dict[int, Kept] = field(default_factory=dict)
    clock: timedelta = timedelta(0)
    forbidden: frozenset[str] = frozenset()
    breaks_while_importing: bool = False
    before: Callable[[str, tuple[Any, ...]], None] = lambda method, parameters: None

    def answer(self, call: Call) -> Row:
        """Answer one call of JSON-RPC."""
        method, parameters = call["method"], list(call["params"])
        answer: Row = {"id": call["id"], "result": None, "error": None}
        if method == "get_session_key":
            answer["result"] = self._log_in(*parameters)
            return answer
        key, *rest = parameters
        self.before(method, tuple(rest))
        if key not in self.sessions:
            answer["result"] = EXPIRED
        elif method in self.forbidden:
            answer["result"] = NO_PERMISSION
        else:
            try:
                answer["result"] = getattr(self, method)(*rest)
            except RuntimeError as error:
                answer["error"] = str(error)
        if method == "release_session_key":
            self.sessions.discard(key)
        return answer

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.clock).replace(tzinfo=None, microsecond=0)

    def _log_in(self, user: str, password: str, plugin: str) -> Any:
        if self.attempts >= 3:
            return {"status": LOCKED}
        if (user, password) != (self.user, self.password):
            self.attempts += 1
            return {"status": "Invalid user name or password", "error_code": None}
        self.sessions.add(key := secrets.token_hex(16))
        return key

    def release_session_key(self) -> str:
        return "OK"

    def import_survey(self, content: str, kind: str, name: str | None, number: int) -> int:
        document = ElementTree.fromstring(base64.b64decode(content))
        tables = {
            table.tag: [{cell.tag: cell.text or "" for cell in row} for row in table.iterfind("rows/row")]
            for table in document
        }
        if number in self.surveys:
            number = next(each for each in range(900_000, 999_999) if each not in self.surveys)
            taken = {each["surveyls_alias"] for kept in self.surveys.values() for each in self._texts(kept)}
            for row in tables["surveys_languagesettings"]:
                row["surveyls_alias"] = "" if row.get("surveyls_alias") in taken else row.get("surveyls_alias")
        settings: Row = tables["surveys"][0] | {"active": "N", "expires": None, "sid": number}
        if self.breaks_while_importing:
            tables["questions"] = tables["questions"][:1]
            tables["surveys_languagesettings"] = []
            self.surveys[number] = Kept(tables, settings, whole=False)
            raise RuntimeError("CDbCommand failed to execute the SQL statement")
        self.surveys[number] = Kept(tables, settings)
        return number

    def delete_survey(self, number: int) -> Row:
        if self.surveys.pop(number, None) is None:
            return NO_PERMISSION
        return {"status": "OK"}

    def activate_survey(self, number: int) -> Row:
        kept = self.surveys.get(number)
        if kept is None:
            return NO_PERMISSION
        if kept.settings["active"] == "Y":
            return {"status": "Error: Survey already active"}
        kept.settings["active"] = "Y"
        return {"status": "OK"}

    def list_surveys(self) -> list[Row]:
        return [
            {"sid": number, "surveyls_title": self._texts(kept)[0]["surveyls_title"], "active": kept.settings["active"]}
            for number, kept in self.surveys.items()
            if kept.whole
        ]

    def get_survey_properties(self, number: int, names: list[str] | None = None) -> Row:
        if number not in self.surveys:
            return INVALID
        settings = self.surveys[number].settings
        return {name: settings.get(name) for name in names} if names else dict(settings)

    def set_survey_properties(self, number: int, changes: Row) -> Row:
        if number not in self.surveys:
            return INVALID
        self.surveys[number].settings |= changes
        return dict.fromkeys(changes, True)

    def get_language_properties(self, number: int, names: list[str], language: str) -> Row:
        if number not in self.surveys:
            return INVALID
        for row in self._texts(self.surveys[number]):
            if row["surveyls_language"] == language:
                return {name: row.get(name) or None for name in names}
        return {"status": "Invalid language"}

    def list_groups(self, number: int, language: str) -> Any:
        tables = self.surveys[number].tables
        return [{**row, **self._text(tables, "group_l10ns", "gid", row, language)} for row in tables["groups"]] or {
            "status": "No groups found"
        }

    def list_questions(self, number: int, group: int | None = None, language: str | None = None) -> Any:
        if number not in self.surveys:
            return INVALID
        kept = self.surveys[number]
        language = language or kept.settings["language"]
        return [
            {**row, **self._text(kept.tables, "question_l10ns", "qid", row, language)}
            | {"qid": self._qid(number, row), "parent_qid": self._qid(number, row, "parent_qid")}
            for row in [*kept.tables["questions"], *kept.tables.get("subquestions", [])]
        ] or {"status": "No questions found"}

    def get_question_properties(self, qid: int, names: list[str], language: str | None = None) -> Row:
        number, own = next((number, qid % 10_000) for number in self.surveys if number % 100_000 == qid // 10_000)
        tables = self.surveys[number].tables
        attributes = [row for row in tables.get("question_attributes", []) if row["qid"] == str(own)]
        found: Row = {}
        if "attributes" in names:
            found["attributes"] = {row["attribute"]: row["value"] for row in attributes if not row.get("language")}
        if "attributes_lang" in names:
            found["attributes_lang"] = {
                row["attribute"]: row["value"] for row in attributes if row.get("language") == language
            }
        if "answeroptions" in names:
            options = {
                row["code"]: {
                    "answer": self._text(tables, "answer_l10ns", "aid", row, language)["answer"],
                    "scale_id": int(row["scale_id"]),
                    "order": int(row["sortorder"]),
                }
                for row in tables.get("answers", [])
                if row["qid"] == str(own)
            }
            plain = list(options) == [str(each) for each in range(len(options))]
            found["answeroptions"] = list(options.values()) if plain else options
        return found

    def list_quotas(self, number: int) -> Any:
        return self.surveys[number].tables.get("quota") or {"status": "No quotas found"}

    def get_quota_properties(self, number: int, names: list[str], language: str) -> Row:
        rows = (row for kept in self.surveys.values() for row in kept.tables.get("quota_languagesettings", []))
        return next(
            {name: row[name] for name in names}
            for row in rows
            if (row["quotals_quota_id"], row["quotals_language"]) == (str(number), language)
        )

    def get_summary(self, number: int, name: str) -> Any:
        if number not in self.surveys:
            return {"status": "Invalid surveyid"}
        kept = self.surveys[number]
        if kept.settings["active"] != "Y":
            return []
        completed = sum(row["submitdate"] is not None for row in kept.rows.values())
        started = len(kept.rows)
        return {
            "completed_responses": str(completed),
            "incomplete_responses": str(started - completed),
            "full_responses": str(started),
        }

    def export_responses(
        self,
        number: int,
        document: str,
        language: str | None,
        status: str,
        heading: str,
        response: str,
        first: int | None = None,
        last: int | None = None,
        columns: list[str] | None = None,
    ) -> Any:
        kept = self.surveys.get(number)
        if kept is None:
            return NO_PERMISSION
        if kept.settings["active"] != "Y":
            return {"status": "No Data, survey table does not exist."}
        if not kept.rows:
            return {"status": "No Data, could not get max id."}
        within = [
            {name: value for name, value in row.items() if columns is None or name in columns}
            for key, row in sorted(kept.rows.items())
            if (first is None or key >= first) and (last is None or key <= last)
            if status == "all" or row["submitdate"] is None
        ]
        content = json.dumps({"responses": within}) if document == "json" else _csv(within)
        return base64.b64encode(content.encode()).decode()

    def get_fieldmap(self, number: int) -> Row:
        codes = [row["title"] for row in self.surveys[number].tables["questions"]]
        return {code: {"title": code, "qid": "1", "aid": ""} for code in codes}

    @staticmethod
    def _texts(kept: Kept) -> list[Row]:
        return kept.tables["surveys_languagesettings"]

    @staticmethod
    def _text(tables: Mapping[str, list[Row]], table: str, key: str, row: Row, language: str | None) -> Row:
        return next(
            {name: value for name, value in each.items() if name != "id"}
            for each in tables[table]
            if (each[key], each["language"]) == (row[key], language)
        )

    def _qid(self, number: int, row: Row, column: str = "qid") -> int:
        return 0 if row[column] == "0" else number % 100_000 * 10_000 + int(row[column])


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return f"\ufeff{text.getvalue()}"
