"""The part of a DDI document about the variables and how they belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from xml.etree.ElementTree import Element

from trustsurvey.instruments.codebook.blocks import plain
from trustsurvey.instruments.codebook.counts import ANSWERED, CodeCounts
from trustsurvey.instruments.codebook.ddi_elements import add, all_words, identifier, in_words, texts
from trustsurvey.instruments.codebook.ddi_study import FILE
from trustsurvey.instruments.codebook.entries import Entry, sources
from trustsurvey.instruments.codebook.sentences import Sentences
from trustsurvey.instruments.expression import names, parse
from trustsurvey.instruments.model import IndexDefinition, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Text, Variable

__all__ = ["add_variables"]

ABOUT = ("respondent", "wave", "language", "status")
DOMAINS: Mapping[QuestionType, str] = MappingProxyType(
    {
        QuestionType.SINGLE: "category",
        QuestionType.YES_NO: "category",
        QuestionType.BATTERY: "category",
        QuestionType.MULTIPLE: "multiple",
        QuestionType.RATING: "numeric",
        QuestionType.NUMBER: "numeric",
        QuestionType.DATE: "datetime",
        QuestionType.TEXT: "text",
        QuestionType.LONG_TEXT: "text",
        QuestionType.RANKING: "other",
    }
)
GROUPS: Mapping[QuestionType, str] = MappingProxyType(
    {QuestionType.BATTERY: "grid", QuestionType.MULTIPLE: "multipleResp", QuestionType.RANKING: "other"}
)


def add_variables(root: Element, instrument: Instrument, entries: tuple[Entry, ...], counts: CodeCounts | None) -> None:
    """Add the groups of variables, then the variables: of every file, asked, derived, indices."""
    _Variables(instrument, entries, counts).add_to(add(root, "dataDscr"))


class _Variables:
    """Goes through the columns once; knows which identifiers exist."""

    def __init__(self, instrument: Instrument, entries: tuple[Entry, ...], counts: CodeCounts | None) -> None:
        self.instrument = instrument
        self.entries = {entry.name: entry for entry in entries}
        self.counts = counts
        self.words = all_words(instrument)
        self.sentences = [
            Sentences.of(instrument, each.language) for each in self.words if each.language in instrument.languages
        ]
        self.leads_to: dict[str, list[str]] = {}
        for entry in entries:
            for name in dict.fromkeys(name for text in entry.conditions for name in names(parse(text))):
                self.leads_to.setdefault(name, []).append(entry.name)

    def add_to(self, data: Element) -> None:
        self._groups(data)
        for name in ABOUT:
            element = add(data, "var", attributes=self._attributes(name))
            in_words(element, "labl", f"column_{name}", self.words)
        for entry in self.entries.values():
            self._variable(data, entry)
        for definition in self.instrument.index_definitions:
            self._index(data, definition)

    def _groups(self, data: Element) -> None:
        for group in self.instrument.groups:
            inside = [entry.name for entry in self.entries.values() if entry.group == group]
            parts = [question for question in group.questions if question.type in GROUPS and self._columns(question)]
            if not inside:
                continue
            attributes = {
                "ID": identifier("G", group.code),
                "type": "section",
                "name": group.code,
                "var": self._references("V", inside),
                "varGrp": " ".join(identifier("B", question.code) for question in parts),
            }
            element = add(data, "varGrp", attributes=attributes)
            texts(element, "labl", group.title)
            texts(element, "txt", group.description)
            for question in parts:
                self._battery(data, question)
        for definition in self.instrument.index_definitions:
            attributes = {
                "ID": identifier("I", definition.code),
                "type": "analysis",
                "name": definition.code,
                "var": self._references("V", [item.variable for item in definition.items]),
            }
            texts(add(data, "varGrp", attributes=attributes), "labl", definition.label)

    def _battery(self, data: Element, question: Question) -> None:
        kind = GROUPS[question.type]
        attributes = {
            "ID": identifier("B", question.code),
            "type": kind,
            "otherType": question.type.value if kind == "other" else "",
            "name": question.code,
            "var": self._references("V", self._columns(question)),
        }
        element = add(data, "varGrp", attributes=attributes)
        texts(element, "labl", question.text)
        if question.concept:
            add(element, "concept", question.concept)
        if question.randomise:
            in_words(element, "notes", "randomise", self.words, {"type": "presentation"})

    def _columns(self, question: Question) -> list[str]:
        return [each.name for each in question.variables() if each.name in self.entries]

    def _references(self, kind: str, found: Iterable[str]) -> str:
        """Return identifiers of columns that exist, with spaces between."""
        return " ".join(identifier(kind, name) for name in dict.fromkeys(found) if name in self.entries)

    def _attributes(self, name: str, **more: str) -> dict[str, str]:
        files = {"files": FILE} if self.counts else {}
        return {"ID": identifier("V", name), "name": name, **files, **more}

    def _variable(self, data: Element, entry: Entry) -> None:
        variable, question = entry.variable, entry.question
        rated = question is not None and question.type is QuestionType.RATING
        amount = variable.kind in {"number", "date"} and not rated
        attributes = self._attributes(
            entry.name,
            intrvl="contin" if amount else "discrete",
            dcml="0" if rated else "",
            nature={"ordinal": "ordinal", "nominal": "nominal", "boolean": "nominal", "number": "interval"}.get(
                variable.kind, ""
            ),
            representationType={"number": "numeric", "date": "datetime", "text": "text"}.get(variable.kind, "code"),
        )
        element = add(data, "var", attributes=attributes)
        texts(element, "labl", variable.label)
        if question and question.type is not QuestionType.HIDDEN:
            self._question(element, entry, question)
        if question and (question.minimum is not None or question.maximum is not None) and not entry.is_other:
            self._range(element, question.minimum, question.maximum, "INT" if rated else "REAL")
        self._universe(element, entry)
        if valid := self._count(entry.name, ANSWERED):
            add(element, "sumStat", valid, attributes={"type": "vald"})
        self._categories(element, entry)
        if variable.concept:
            add(element, "concept", variable.concept)
        if entry.derived:
            self._derivation(
                element, sources(entry.derived), [f"{each.code}: {each.when}" for each in entry.derived.levels]
            )
        self._format(element, variable)
        self._notes(element, entry)

    def _question(self, element: Element, entry: Entry, question: Question) -> None:
        domain = DOMAINS[question.type] if not entry.is_other else "text"
        attributes = {
            "ID": identifier("Q", entry.name),
            "responseDomainType": domain,
            "otherResponseDomainType": question.type.value if domain == "other" else "",
        }
        asked = add(element, "qstn", attributes=attributes)
        if entry.group:
            texts(asked, "preQTxt", entry.group.description)
        if entry.variable.label == question.text:
            texts(asked, "qstnLit", question.text)
        else:
            texts(asked, "preQTxt", question.text)
            texts(asked, "qstnLit", entry.variable.label)
        if later := self._asked(self.leads_to.get(entry.name, ())):
            add(asked, "forward", attributes={"qstn": later})
        if entry.conditions:
            read = [name for text in entry.conditions for name in names(parse(text))]
            written = " and ".join(f"({text})" for text in entry.conditions)
            add(asked, "backward", written, attributes={"qstn": self._asked(read)})
        texts(asked, "ivuInstr", question.help)

    def _asked(self, found: Iterable[str]) -> str:
        """Return identifiers of the questions behind columns; a derived or hidden one has none."""
        return self._references("Q", [name for name in found if name in self.entries and self._is_asked(name)])

    def _is_asked(self, name: str) -> bool:
        question = self.entries[name].question
        return question is not None and question.type is not QuestionType.HIDDEN

    def _range(self, element: Element, low: float | str | None, high: float | str | None, unit: str) -> None:
        low, high = (each if isinstance(each, str) else "" if each is None else f"{each:g}" for each in (low, high))
        add(add(element, "valrng"), "range", attributes={"UNITS": unit, "min": low, "max": high})

    def _universe(self, element: Element, entry: Entry) -> None:
        if entry.derived:
            return
        for sentences in self.sentences:
            words = sentences.words
            if entry.conditions:
                told = plain(sentences.fill("those_for_whom", condition=sentences(*entry.conditions)))
            elif self.instrument.consent and entry.name != self.instrument.consent:
                told = words("everybody_consenting")
            else:
                told = words("everybody")
            add(element, "universe", told, words.language)

    def _categories(self, element: Element, entry: Entry) -> None:
        variable, question = entry.variable, entry.question
        for point in variable.levels:
            value = f"{point.value:g}" if variable.kind == "ordinal" and f"{point.value:g}" != point.code else ""
            self._category(element, entry.name, point.code, point.label, value=value)
        if variable.kind == "boolean":
            for code, key, words in (("1", "true", "ticked"), ("0", "false", "not_ticked")):
                self._category(element, entry.name, code, self._words(words), key)
        if question and question.type is QuestionType.RATING:
            low, high = int(float(question.minimum or 0)), int(float(question.maximum or 0))
            ends = {low: question.ends[0], high: question.ends[-1]} if question.ends else {}
            for number in range(low, high + 1):
                self._category(element, entry.name, str(number), ends.get(number))
        for reason in entry.reasons:
            stated = {"dont_know": self.instrument.dont_know, "refused": self.instrument.refused}.get(reason)
            label = stated.label if stated else self._words(f"reason_{reason}")
            self._category(element, entry.name, reason, label, missing=True)

    def _words(self, key: str) -> Text:
        return Text.of({words.language: words(key) for words in self.words})

    def _category(
        self,
        element: Element,
        name: str,
        code: str,
        label: Text | None,
        counted: str = "",
        missing: bool = False,
        value: str = "",
    ) -> None:
        attributes = {"missing": "Y", "missType": code} if missing else {}
        category = add(element, "catgry", attributes=attributes)
        add(category, "catValu", code)
        texts(category, "labl", label)
        if value:
            add(category, "txt", value, attributes={"level": "value"})
        if count := self._count(name, counted or code):
            add(category, "catStat", count, attributes={"type": "freq"})

    def _count(self, name: str, key: str) -> str:
        count = self.counts.variables.get(name, {}).get(key) if self.counts else None
        return "" if count is None else str(count)

    def _derivation(self, element: Element, read: Iterable[str], rules: list[str]) -> None:
        derivation = add(element, "derivation", attributes={"var": self._references("V", read)})
        add(derivation, "drvcmd", "\n".join(rules), attributes={"syntax": "trustsurvey"})

    def _format(self, element: Element, variable: Variable) -> None:
        numeric = variable.kind in {"number", "boolean"}
        attributes = {"type": "numeric" if numeric else "character"}
        if variable.kind == "date":
            attributes |= {"category": "date", "formatname": "YYYY-MM-DD"}
        add(element, "varFormat", attributes=attributes)

    def _notes(self, element: Element, entry: Entry) -> None:
        if entry.source:
            add(element, "notes", entry.source, attributes={"type": "source"})
        if entry.variable.trend:
            in_words(element, "notes", "trend_yes", self.words, {"type": "series"})
        if entry.question and entry.question.type is not QuestionType.HIDDEN:
            in_words(element, "notes", f"mandatory_{entry.question.mandatory}", self.words, {"type": "required"})
        for use in entry.uses:
            add(
                element,
                "notes",
                "reversed" if use.reversed else "as asked",
                attributes={"type": "index", "subject": use.index.code},
            )

    def _index(self, data: Element, definition: IndexDefinition) -> None:
        attributes = {
            "ID": identifier("V", definition.code),
            "name": definition.code,
            "intrvl": "contin",
            "nature": "interval",
            "representationType": "numeric",
        }
        element = add(data, "var", attributes=attributes)
        texts(element, "labl", definition.label)
        self._range(element, 0, 100, "REAL")
        in_words(element, "txt", "indices_note", self.words)
        rules = [
            f"{each.variable}: {each.minimum:g} to {each.maximum:g}{', reversed' if each.reversed else ''}"
            for each in definition.items
        ]
        rules.append(f"at least {definition.minimum_answered} answered")
        self._derivation(element, [item.variable for item in definition.items], rules)
        add(element, "varFormat", attributes={"type": "numeric"})
