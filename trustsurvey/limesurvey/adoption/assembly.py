"""The pieces of an adopted survey put together: consent, shared scales, what had to be assumed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from trustsurvey.errors import InputError
from trustsurvey.instruments.checks_texts import LONGEST_TITLE
from trustsurvey.instruments.model import Group, Instrument, Quota
from trustsurvey.instruments.questions import Question, QuestionType, Scale, Text
from trustsurvey.limesurvey.adoption.context import Context, languages_of, slug
from trustsurvey.limesurvey.adoption.findings import Findings
from trustsurvey.limesurvey.adoption.logic import ALWAYS, Among, Every, Node, code_element, every, sentence
from trustsurvey.limesurvey.adoption.pages import Page, adopted_pages
from trustsurvey.limesurvey.adoption.readable import Readable
from trustsurvey.limesurvey.adoption.reasons import recognise_reasons
from trustsurvey.limesurvey.adoption.settings import report_survey
from trustsurvey.limesurvey.codes import STAMP
from trustsurvey.limesurvey.lss_reading import StructureFile

__all__ = ["Assembly"]

FIRST_VERSION = "0.1.0"
STAMPED = re.compile(r"([a-z][a-z0-9-]*)@([0-9]+\.[0-9]+\.[0-9]+);[0-9a-f]{64}")


class Assembly:
    """Puts the pages, texts and scales of a survey together as an instrument."""

    def __init__(self, file: StructureFile, name: str, findings: Findings) -> None:
        self.file = file
        self.name = name
        self.survey = file.survey
        stamp = next((each.attribute("equation") for each in file.survey.questions if each.code == STAMP), "")
        self.stamp = STAMPED.fullmatch(stamp)
        languages = languages_of(file.survey.languages, findings)
        self.context = Context(languages, findings, ours=self.stamp is not None)
        self.notes: dict[str, list[str]] = {}

    def instrument(self) -> Instrument:
        """Return the instrument; ``notes`` then holds the comments for its questions."""
        context, survey = self.context, self.survey
        recognise_reasons(survey, context)
        looks: Counter[str] = Counter()
        pages, names = adopted_pages(survey, context, looks)
        if not pages:
            raise InputError(f"{self.name} holds no question that has a counterpart; there is nothing to adopt")
        consent = _consent(pages)
        groups = tuple(self._groups(pages, consent))
        report_survey(survey, context, looks)
        quotas = tuple(self._quotas(groups, names))
        self._assumed(groups)
        title = self._title()
        return Instrument(
            *self._identity(title),
            tuple(context.languages.values()),
            title,
            groups,
            self._survey_text("surveyls_description", "the description"),
            self._survey_text("surveyls_welcometext", "the welcome"),
            self._survey_text("surveyls_endtext", "the end"),
            consent,
            context.dont_know if self._offers(groups, "dont_know") else None,
            context.refused if self._offers(groups, "refused") else None,
            provenance=(("adopted from", f"LimeSurvey survey {survey.number} (database version {self.file.version})"),),
            quotas=quotas,
        )

    def _identity(self, title: Text) -> tuple[str, str]:
        if self.stamp:
            return self.stamp[1], self.stamp[2]
        name = slug(title.translations[0][1])
        if not name or not name[0].isalpha():
            name = f"survey-{name or self.survey.number}"
        return name, FIRST_VERSION

    def _title(self) -> Text:
        texts = self.survey.texts.get("surveyls_title", {})
        title = self.context.text(texts, "survey", "the title", f"Survey {self.survey.number}")
        short = {}
        for language, words in title.translations:
            short[language] = " ".join(words.split())[:LONGEST_TITLE].strip()
            if short[language] != words:
                self.context.findings.add("survey", "changed", f"the title in {language} was shortened", words)
        return Text.of(short)

    def _survey_text(self, column: str, what: str) -> Text | None:
        return self.context.optional_text(self.survey.texts.get(column, {}), "survey", what)

    def _assumed(self, groups: tuple[Group, ...]) -> None:
        """Say what the survey does not tell and was assumed."""
        add = self.context.findings.add
        questions = [question for group in groups for question in group.questions]
        for labels, codes in self.context.taken_as_scales.items():
            add(", ".join(codes), "to check", "the answers are taken as a scale that rises or falls", labels)
        singles = [each for each in questions if each.type is QuestionType.SINGLE and each.scale]
        plain_lists = [each.code for each in singles if each.scale and each.scale.kind == "nominal" and not each.other]
        if plain_lists:
            message = "the answers of lists are taken to have no order; make a scale ordinal where they do"
            add("survey", "to check", message, ", ".join(plain_lists))
        reasons = [each.code for each in questions if each.mandatory == "hard" and (each.dont_know or each.refused)]
        if self.context.ours and reasons:
            message = "these were mandatory: soft perhaps, which build writes as hard where a reason is offered"
            add("survey", "to check", message, ", ".join(reasons))

    def _quotas(self, groups: tuple[Group, ...], names: Mapping[str, Readable]) -> Iterator[Quota]:
        counted = {QuestionType.SINGLE, QuestionType.YES_NO, QuestionType.RATING}
        countable = {each.code for group in groups for each in group.questions if each.type in counted}
        taken: set[str] = set()
        for quota in self.survey.quotas:
            when: dict[str, list[str]] = {}
            fits = quota.limit > 0 and bool(quota.members)
            for code, answer in quota.members:
                readable = names.get(code)
                element = readable.elements.get(answer, "") if readable else ""
                fits = fits and readable is not None and readable.variable in countable
                fits = fits and element.startswith(code_element("")) and element != code_element("other")
                if readable and fits:
                    when.setdefault(readable.variable, []).append(element.removeprefix(code_element("")))
            if not fits or not quota.active or quota.action != 1:
                members = ", ".join(f"{code} {answer}" for code, answer in quota.members) or "no answers"
                state = "" if quota.active else ", inactive"
                message = f"the quota {quota.name}: {quota.limit} of {members}{state}"
                self.context.findings.add("survey", "left out", message, "; ".join(quota.messages.values()))
                continue
            name = quota.name if re.fullmatch("[A-Za-z][A-Za-z0-9_]*", quota.name) else slug(quota.name, "_")
            code = name if name[:1].isalpha() else f"quota_{name or len(taken) + 1}"
            code = f"{code}_{len(taken) + 1}" if code.lower() in taken else code
            taken.add(code.lower())
            place = f"quota {quota.name}"
            message_text = self.context.text(quota.messages, place, "the message", "The quota is full.")
            answers = tuple((question, tuple(dict.fromkeys(codes))) for question, codes in when.items())
            yield Quota(code, quota.limit, answers, message_text)

    def _groups(self, pages: list[Page], consent: str) -> Iterator[Group]:
        agreement = _agreement(pages)
        agreed = [agreement] if consent and agreement else []
        taken: set[str] = set()
        scales = _scales([placed.question for page in pages for placed in page.questions])
        for number, page in enumerate(pages, start=1):
            condition = _without(page.condition, agreed)
            known = [*agreed, *_parts(condition)]
            title = self.context.text(page.group.names, f"page {number}", "the title", f"Page {number}")
            questions = []
            for placed in page.questions:
                question = self._scaled(placed.question, scales)
                questions.append(replace(question, ask_if=_said(_without(placed.condition, known))))
                if placed.note:
                    self.notes[question.code] = [placed.note]
            yield Group(
                _group_code(title, number, taken),
                title,
                tuple(questions),
                self.context.optional_text(page.group.descriptions, f"page {number}", "the description"),
                _said(condition),
            )

    @staticmethod
    def _scaled(question: Question, scales: dict[Scale, Scale]) -> Question:
        return replace(question, scale=scales[question.scale]) if question.scale in scales else question

    @staticmethod
    def _offers(groups: tuple[Group, ...], state: str) -> bool:
        return any(getattr(question, state) for group in groups for question in group.questions)


def _said(condition: Node) -> str:
    return "" if condition == ALWAYS else sentence(condition)


def _parts(condition: Node) -> tuple[Node, ...]:
    return condition.parts if isinstance(condition, Every) else (condition,)


def _without(condition: Node, said: Iterable[Node]) -> Node:
    """Return a condition without the parts that hold anyway where it is asked."""
    known = set(said)
    return every(part for part in _parts(condition) if part not in known)


def _consent(pages: list[Page]) -> str:
    """Return the code of the question without whose "yes" nothing else is asked, ``""`` where there is none."""
    first = pages[0].questions[0]
    question = first.question
    fits = question.type is QuestionType.YES_NO and question.mandatory == "hard"
    if not fits or question.dont_know or question.refused or every([first.condition, pages[0].condition]) != ALWAYS:
        return ""
    agreed = _agreement(pages)
    others = [_parts(every([page.condition, placed.condition])) for page in pages for placed in page.questions][1:]
    return question.code if others and all(agreed in parts for parts in others) else ""


def _agreement(pages: list[Page]) -> Node | None:
    """Return the condition that the first question was answered by yes."""
    code = pages[0].questions[0].question.code
    for page in pages:
        for condition in (page.condition, *(placed.condition for placed in page.questions)):
            for part in _parts(condition):
                if isinstance(part, Among) and part.choice.variable == code and part.allowed == {code_element("yes")}:
                    return part
    return None


def _scales(questions: list[Question]) -> dict[Scale, Scale]:
    """Return, for the scale of each question, the one to write.

    Where the answers are the same, they are shared by name; a list with the answers of a battery has their order too.
    """
    used = [question for question in questions if question.scale and question.type is not QuestionType.YES_NO]
    ordinal = {_labels(each.scale): each.scale for each in used if each.scale and each.scale.kind == "ordinal"}
    result: dict[Scale, Scale] = {}
    by_content: dict[object, list[Scale]] = {}
    for question in used:
        scale = question.scale
        if scale is None:
            continue
        ordered = ordinal.get(_labels(scale))
        if ordered and question.type is QuestionType.SINGLE and not (question.other or question.randomise):
            result[scale] = scale = replace(ordered, name=scale.name)
        by_content.setdefault((scale.kind, scale.points), []).append(scale)
    codes = {question.code.lower() for question in questions}
    shared: dict[Scale, Scale] = {}
    for number, own in enumerate((each for each in by_content.values() if len(each) > 1), start=1):
        name = f"scale{number}"
        while name in codes:
            name = f"{name}_"
        shared |= {scale: replace(scale, name=name) for scale in own}
    return shared | {scale: shared.get(ordered, ordered) for scale, ordered in result.items()}


def _labels(scale: Scale | None) -> object:
    return tuple((point.code, point.label) for point in scale.points) if scale else None


def _group_code(title: Text, number: int, taken: set[str]) -> str:
    code = slug(title.translations[0][1], "_") or f"page{number}"
    if not code[0].isalpha():
        code = f"page_{code}"
    if code in taken:
        code = f"{code}_{number}"
    taken.add(code)
    return code
