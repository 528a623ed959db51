"""The pages of an adopted survey, question after question, with their routing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from trustsurvey.instruments.checks_codes import LONGEST_QUESTION, REASON
from trustsurvey.instruments.questions import Question
from trustsurvey.limesurvey import structure
from trustsurvey.limesurvey.adoption.adopted import Adopted, readable_choice
from trustsurvey.limesurvey.adoption.arrays import adopted_array, adopted_dual_scale, adopted_matrix
from trustsurvey.limesurvey.adoption.context import Context
from trustsurvey.limesurvey.adoption.expression import NotReadableError, read_script
from trustsurvey.limesurvey.adoption.lists import adopted_list, adopted_multiple, adopted_ranking
from trustsurvey.limesurvey.adoption.logic import ALWAYS, NEVER, Choice, Node, every, state_element
from trustsurvey.limesurvey.adoption.readable import Readable, UnsayableError
from trustsurvey.limesurvey.adoption.reasons import companions
from trustsurvey.limesurvey.adoption.routing import Known, translated, translated_script
from trustsurvey.limesurvey.adoption.rules import conjuncts
from trustsurvey.limesurvey.adoption.settings import report_attributes
from trustsurvey.limesurvey.adoption.texts import plain
from trustsurvey.limesurvey.adoption.typed import (
    adopted_fixed,
    adopted_hidden,
    adopted_information,
    adopted_lines,
    adopted_typed,
)
from trustsurvey.limesurvey.codes import PAGE, STAMP

__all__ = ["Page", "Placed", "adopted_pages"]

Adopter = Callable[[structure.Question, str, Context], Adopted]
ADOPTERS: Mapping[str, Adopter] = MappingProxyType(
    {
        **dict.fromkeys("L!OWZ", adopted_list),
        **dict.fromkeys("MP", adopted_multiple),
        "R": adopted_ranking,
        **dict.fromkeys("ABCEFH", adopted_array),
        "1": adopted_dual_scale,
        **dict.fromkeys(":;", adopted_matrix),
        **dict.fromkeys("NDSTU", adopted_typed),
        **dict.fromkeys("KQ", adopted_lines),
        **dict.fromkeys("YG5", adopted_fixed),
        "X": adopted_information,
        "*": adopted_hidden,
    }
)
NO_COUNTERPART = MappingProxyType(
    {
        "|": "asks for a file",
        "I": "asks for the language, which is kept with every answer anyway",
        "*": "is computed by an expression",
    }
)
TYPED = frozenset("NDSTU")


@dataclass(frozen=True, slots=True)
class Placed:
    """A question of ours and when it is asked, apart from what its page says."""

    question: Question
    condition: Node
    note: str = ""


@dataclass(slots=True)
class Page:
    """A page: the group it was, its condition and its questions."""

    group: structure.Group
    condition: Node
    questions: list[Placed] = field(default_factory=list)


def adopted_pages(
    survey: structure.Survey, context: Context, looks: Counter[str]
) -> tuple[list[Page], Mapping[str, Readable]]:
    """Return the pages of a survey in the instrument's terms, and how LimeSurvey's names read in them.

    What has no counterpart is reported.

    Parameters
    ----------
    survey : Survey
    context : Context
    looks : Counter of str
        Is given the settings of looks.
    """
    adopting = _Pages(survey, context, looks)
    return adopting.pages(), adopting.known.names


class _Pages:
    """Goes through the survey once, in order, as routing may read earlier answers only."""

    def __init__(self, survey: structure.Survey, context: Context, looks: Counter[str]) -> None:
        self.survey = survey
        self.context = context
        self.looks = looks
        self.known = Known()
        self.companions = companions(survey) if context.ours else {}
        self.codes: dict[int, str] = {}

    def pages(self) -> list[Page]:
        counted = Counter(question.code for question in self.survey.questions)
        for code, number in counted.items():
            if number > 1:
                message = f"{number} questions have this code; conditions read the last one before them"
                self.context.findings.add(code, "to check", message)
        for question in self.survey.questions:
            self.known.elsewhere[question.code] = f"it reads {question.code}, which comes later"
            if not self._is_ours(question):
                longest = LONGEST_QUESTION - len(REASON) if question.type in TYPED else LONGEST_QUESTION
                self.codes[id(question)] = self.context.code(question.code, question.code, "the question", longest)
        pages = [self._page(group) for group in self.survey.groups]
        for page in pages:
            if not page.questions:
                title = _title(page.group)
                self.context.findings.add(f"page {title}", "left out", "holds no question that has a counterpart")
        return [page for page in pages if page.questions]

    def _is_ours(self, question: structure.Question) -> bool:
        added = question.code == STAMP or question.code.startswith(PAGE) or question.code in self.companions
        return self.context.ours and added

    def _page(self, group: structure.Group) -> Page:
        place = f"page {_title(group)}"
        condition, note = self._condition(group.relevance, place)
        page = Page(group, condition)
        for source in group.questions:
            if self.context.ours and (source.code == STAMP or source.code.startswith(PAGE)):
                continue
            if source.code in self.companions:
                self._companion(source, page)
                continue
            own, own_note = self._condition(source.relevance, source.code)
            asked = every([condition, own])
            if asked == NEVER:
                self.known.never.add(source.code)
                message = "is never shown, as its condition never holds"
                self.context.findings.add(source.code, "left out", message, _texts(source))
            adopted = self._adopted(source)
            for name, readable in adopted.names.items():
                self.known.names[name] = readable
                self.known.elsewhere.pop(name, None)
            if note or own_note:
                self.known.shown[source.code] = None
            elif asked not in {ALWAYS, NEVER}:
                self.known.shown[source.code] = asked
            if asked == NEVER:
                continue
            for question in adopted.questions:
                whole = every([own, adopted.conditions.get(question.code, ALWAYS)])
                if every([condition, whole]) == NEVER:
                    message = f"{question.code} would never be asked, as its condition never holds"
                    self.context.findings.add(source.code, "left out", message, question.text.translations[0][1])
                    continue
                page.questions.append(Placed(question, whole, " ".join(filter(None, [note, own_note]))))
        return page

    def _condition(self, text: str, place: str) -> tuple[Node, str]:
        """Return a condition and, where it cannot be said whole, a note on what it was."""
        try:
            return translated(text, self.known), ""
        except UnsayableError as error:
            reason = str(error)
        sayable: list[Node] = []
        try:
            for part in conjuncts(read_script(text)):
                try:
                    sayable.append(translated_script(part, self.known))
                except UnsayableError:
                    continue
        except NotReadableError:
            pass
        condition = every(sayable)
        if condition in {ALWAYS, NEVER}:
            message = f"a condition that cannot be said here ({reason}), so it is asked of more respondents than before"
            condition = ALWAYS
        else:
            message = f"a part of its condition ({reason}), so it is asked of more respondents than before"
        self.context.findings.add(place, "left out", message, text)
        return condition, f"LimeSurvey asked this only if: {' '.join(text.split())}"

    def _adopted(self, source: structure.Question) -> Adopted:
        code, context = self.codes[id(source)], self.context
        hidden = source.attribute("hidden") == "1" and source.type != "X"
        adopter = ADOPTERS.get(source.type)
        adopted = Adopted()
        if hidden:
            adopted = adopted_hidden(source, code, context)
        elif source.type == "*" and not _is_computed(source):
            adopted = adopted_information(source, code, context)
        elif adopter and source.type != "*":
            adopted = adopter(source, code, context)
        if adopted.questions:
            report_attributes(source, adopted.used, context, self.looks)
            self._report_other(source)
            return adopted
        reason = NO_COUNTERPART.get(source.type, "")
        if hidden and source.type != "*":
            reason = "is hidden and filled by the platform"
        elif not reason:
            reason = "has no answers or rows" if adopter else f"is of the type {source.type}, which is not known"
        context.findings.add(source.code, "left out", reason, _texts(source))
        context.taken.discard(code.lower())
        self.known.elsewhere[source.code] = f"it reads {source.code}, which has no counterpart"
        return adopted

    def _report_other(self, source: structure.Question) -> None:
        if source.other and source.type not in set("L!OMPWZ"):
            self.context.findings.add(source.code, "left out", "the answer other, which its type does not have")

    def _companion(self, source: structure.Question, page: Page) -> None:
        """Put the reasons that a companion holds back to the question it belongs to."""
        placed = page.questions[-1]
        states = {state: reason.code for state, reason in self.context.reasons.items()}
        offered = {answer.code for answer in source.answers}
        own = tuple(state for state, code in states.items() if code in offered)
        question = replace(placed.question, dont_know="dont_know" in own, refused="refused" in own)
        page.questions[-1] = replace(placed, question=question)
        choice = Choice(question.code, (), own)
        stored = {states[state]: state_element(state) for state in own}
        self.known.names[source.code] = readable_choice(self.companions[source.code], choice, stored)


def _is_computed(source: structure.Question) -> bool:
    texts = [source.attribute("equation"), *source.texts.values()]
    return any(plain(text).expressions for text in texts) or not any(plain(text).text for text in texts)


def _texts(source: structure.Question) -> str:
    texts = [plain(text).text for text in source.texts.values()]
    texts += [source.attribute("equation")]
    lines = [each.texts for each in source.subquestions] + [each.texts for each in source.answers]
    texts += [plain(next(iter(each.values()), "")).text for each in lines]
    return "; ".join(text for text in texts if text)


def _title(group: structure.Group) -> str:
    return plain(next(iter(group.names.values()), "")).text or "without a title"
