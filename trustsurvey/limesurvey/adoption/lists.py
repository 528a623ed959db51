"""Lists, multiple choices and rankings of LimeSurvey."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from trustsurvey.instruments.checks_codes import LONGEST_ANSWER
from trustsurvey.instruments.questions import Mandatory, Question, QuestionType, Scale, ScalePoint, Text
from trustsurvey.limesurvey import structure
from trustsurvey.limesurvey.adoption.adopted import Adopted, readable_choice, tick
from trustsurvey.limesurvey.adoption.context import Context
from trustsurvey.limesurvey.adoption.logic import (
    EMPTY,
    Among,
    Choice,
    Node,
    code_element,
    state_element,
)
from trustsurvey.limesurvey.adoption.readable import Readable
from trustsurvey.limesurvey.texts import END_SEPARATOR

__all__ = ["Answers", "adopted_list", "adopted_multiple", "adopted_ranking", "answers_of", "base_question"]

MOST_RATING_POINTS = 101
MANDATORY: Mapping[str, Mandatory] = MappingProxyType({"Y": "hard", "S": "soft"})


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a list or array: real ones as points, the others as reasons.

    ``stored`` gives the element for each code that LimeSurvey stores.
    """

    points: tuple[ScalePoint, ...]
    states: tuple[str, ...]
    stored: dict[str, str]


def base_question(source: structure.Question, code: str, context: Context) -> Question:
    """Return what all questions have in common: code, text, help and whether an answer is wanted."""
    text = context.text(source.texts, source.code, "the question")
    help_text = context.optional_text(source.help, source.code, "the help")
    return Question(code, QuestionType.INFORMATION, text, help_text, mandatory=MANDATORY.get(source.mandatory, "no"))


def answers_of(source: structure.Question, context: Context, scale: int = 0, other: bool = False) -> Answers:
    """Return the answers of one scale of a question."""
    own = [answer for answer in source.answers if answer.scale == scale]
    labels = [context.text(each.texts, source.code, f"the answer {each.code}", each.code or "?") for each in own]
    reasons = [context.reason(each.code, label) for each, label in zip(own, labels, strict=True)]
    real = [number for number, reason in enumerate(reasons) if not reason]
    codes = context.answer_codes(
        [own[number].code for number in real], source.code, "an answer", LONGEST_ANSWER, other=other
    )
    points = tuple(
        ScalePoint(code, labels[number], float(place))
        for place, (number, code) in enumerate(zip(real, codes, strict=True), start=1)
    )
    stored = {own[number].code: code_element(code) for number, code in zip(real, codes, strict=True)}
    stored |= {own[number].code: state_element(reason) for number, reason in enumerate(reasons) if reason}
    states = tuple(state for state in ("dont_know", "refused") if state in reasons)
    return Answers(points, states, stored)


def adopted_list(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt a list: a yes/no question, a rating or a single choice; with a comment, a text after it."""
    used = frozenset({"answer_order", "random_order", "other_replace_text"})
    answers = answers_of(source, context, other=source.other)
    if not answers.points:
        return Adopted()
    base = replace(
        base_question(source, code, context),
        dont_know="dont_know" in answers.states,
        refused="refused" in answers.states,
    )
    randomise = "random" in source.attribute("answer_order") or source.attribute("random_order") == "1"
    names: dict[str, Readable] = {}
    codes = [point.code for point in answers.points]
    ends = _ends(answers, source) if not source.other and not randomise else None
    if codes == ["yes", "no"] and not source.other:
        question = replace(base, type=QuestionType.YES_NO, scale=Scale("yes_no", "nominal", answers.points))
        choice = Choice(code, ("yes", "no"), answers.states)
    elif ends:
        limits = float(codes[0]), float(codes[-1])
        question = replace(base, type=QuestionType.RATING, minimum=limits[0], maximum=limits[1], ends=ends)
        choice = Choice(code, tuple(codes), answers.states, "number")
    else:
        scale = Scale(code, "nominal", answers.points)
        question = replace(base, type=QuestionType.SINGLE, scale=scale, randomise=randomise)
        if source.other:
            question = replace(question, other=_other(source, context))
            answers.stored["-oth-"] = code_element("other")
            names[f"{source.code}_other"] = Readable(f"{code}_other", "text", source.code)
            codes.append("other")
        choice = Choice(code, tuple(codes), answers.states)
    names[source.code] = readable_choice(source.code, choice, answers.stored)
    if source.type != "O":
        return Adopted((question,), names, used=used)
    comment = _comment(source, context, f"{code}comment", question.text)
    names[f"{source.code}_comment"] = Readable(comment.code, "text", source.code)
    return Adopted((question, comment), names, used=used)


def _ends(answers: Answers, source: structure.Question) -> tuple[Text, Text] | None:
    """Return what the ends of a rating are called, None where the answers are no plain row of numbers."""
    points = answers.points
    codes = [point.code for point in points]
    if not 2 <= len(codes) <= MOST_RATING_POINTS or source.type not in {"L", "!"}:
        return None
    if any(not re.fullmatch("0|[1-9][0-9]*", code) for code in codes):
        return None
    if [int(code) for code in codes] != list(range(int(codes[0]), int(codes[0]) + len(codes))):
        return None
    if any(words != point.code for point in points[1:-1] for _, words in point.label.translations):
        return None
    ends = []
    for point in (points[0], points[-1]):
        start = f"{point.code}{END_SEPARATOR}"
        named = {language: words.removeprefix(start) for language, words in point.label.translations}
        if any(not words.startswith(start) or not named[language] for language, words in point.label.translations):
            return None
        ends.append(Text.of(named))
    return ends[0], ends[1]


def adopted_multiple(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt a multiple choice; with comments, a text after each answer that can be ticked."""
    used = {"random_order", "other_replace_text", "max_answers", "subquestion_order", "answer_order"}
    own = list(source.subquestions)
    labels = [context.text(each.texts, source.code, f"the answer {each.code}", each.code) for each in own]
    alone = {each for each in re.split("[;,]", source.attribute("exclude_all_others")) if each}
    reasons = [context.reason(each.code, label) for each, label in zip(own, labels, strict=True)]
    if alone <= {each.code for each, reason in zip(own, reasons, strict=True) if reason}:
        used.add("exclude_all_others")
    real = [number for number, reason in enumerate(reasons) if not reason]
    if not real:
        return Adopted()
    wanted = [own[number].code for number in real]
    codes = context.answer_codes(wanted, source.code, "an answer", LONGEST_ANSWER, other=source.other)
    points = tuple(
        ScalePoint(each, labels[number], float(place))
        for place, (number, each) in enumerate(zip(real, codes, strict=True), start=1)
    )
    names = {
        f"{source.code}_{own[number].code}": tick(source.code, f"{code}_{each}")
        for number, each in zip(real, codes, strict=True)
    }
    for number, reason in enumerate(reasons):
        if reason:
            names[f"{source.code}_{own[number].code}"] = tick(source.code, f"{code}_{codes[0]}", state=reason)
    if source.other:
        names[f"{source.code}_other"] = Readable(f"{code}_other", "text", source.code)
    question = replace(
        base_question(source, code, context),
        type=QuestionType.MULTIPLE,
        scale=Scale(code, "nominal", points),
        other=_other(source, context) if source.other else None,
        choices=_choices(source, context, len(points) + source.other),
        randomise="random" in (source.attribute("subquestion_order") + source.attribute("answer_order"))
        or source.attribute("random_order") == "1",
        dont_know="dont_know" in reasons,
        refused="refused" in reasons,
    )
    if source.type != "P":
        return Adopted((question,), names, used=frozenset(used))
    comments: list[Question] = []
    conditions: dict[str, Node] = {}
    for number, each in zip(real, codes, strict=True):
        comment = _comment(source, context, f"{code}{each}comment", labels[number])
        comments.append(comment)
        ticked = names[f"{source.code}_{own[number].code}"]
        names[f"{source.code}_{own[number].code}comment"] = Readable(comment.code, "text", source.code)
        choice = ticked.choice
        if choice and source.attribute("commented_checkbox") in {"", "checked"}:
            conditions[comment.code] = Among(choice, choice.domain - {EMPTY})
    return Adopted((question, *comments), names, conditions, frozenset(used | {"commented_checkbox"}))


def adopted_ranking(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt a ranking."""
    answers = source.answers or tuple(structure.Answer(each.code, each.texts) for each in source.subquestions)
    labels = [context.text(each.texts, source.code, f"the answer {each.code}", each.code or "?") for each in answers]
    codes = context.answer_codes([each.code for each in answers], source.code, "an answer", LONGEST_ANSWER)
    if not codes:
        return Adopted()
    points = tuple(
        ScalePoint(each, label, float(place))
        for place, (each, label) in enumerate(zip(codes, labels, strict=True), start=1)
    )
    choices = _choices(source, context, len(points))
    question = replace(
        base_question(source, code, context),
        type=QuestionType.RANKING,
        scale=Scale(code, "nominal", points),
        choices=choices,
        randomise="random" in source.attribute("answer_order") or source.attribute("random_order") == "1",
    )
    stored = {each.code: code_element(own) for each, own in zip(answers, codes, strict=True)}
    names = {
        f"{source.code}_{rank}": readable_choice(source.code, Choice(f"{code}_{rank}", tuple(codes)), stored)
        for rank in range(1, (choices or len(points)) + 1)
    }
    used = frozenset({"answer_order", "random_order", "max_answers", "max_subquestions", "ranking_slots"})
    return Adopted((question,), names, used=used)


def _other(source: structure.Question, context: Context) -> Text:
    translated = {each.language: each.value for each in source.attributes if each.name == "other_replace_text"}
    if "" in translated:
        translated = dict.fromkeys(context.languages, translated[""]) | translated
    if not any(translated.values()):
        words = {"fr": "Autre", "nl": "Andere", "de": "Sonstiges", "es": "Otro", "it": "Altro", "pt": "Outro"}
        return Text.of({own: words.get(own.split("-")[0], "Other") for own in context.languages.values()})
    return context.text(translated, source.code, "the answer other", "Other")


def _choices(source: structure.Question, context: Context, most: int) -> int | None:
    """Return the largest number of answers, None where there is none."""
    limits = [source.attribute(name) for name in ("max_answers", "max_subquestions", "ranking_slots")]
    given = [each for each in limits if each.strip()]
    numbers = [int(each) for each in given if re.fullmatch(r"\s*[1-9][0-9]{0,4}\s*", each)]
    for each in given:
        if not re.fullmatch(r"\s*[0-9]+\s*", each):
            context.findings.add(source.code, "left out", "the largest number of answers is an expression", each)
    return min(numbers) if numbers and min(numbers) < most else None


def _comment(source: structure.Question, context: Context, wanted: str, about: Text) -> Question:
    words = {"fr": "Commentaire", "nl": "Toelichting", "de": "Kommentar", "es": "Comentario", "it": "Commento"}
    text = Text.of(
        {
            language: f"{words.get(language.split('-')[0], 'Comment')} – {label}"
            for language, label in about.translations
        }
    )
    code = context.code(wanted, source.code, "the comment")
    message = f"its comment became the question {code}, whose words are ours"
    context.findings.add(source.code, "changed", message)
    return Question(code, QuestionType.LONG_TEXT, text)
