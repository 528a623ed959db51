"""Questions of LimeSurvey whose answer is typed in, fixed, or no answer at all."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from trustsurvey.instruments.checks_platform import CHANGED
from trustsurvey.instruments.questions import Question, QuestionType, Scale
from trustsurvey.limesurvey import structure
from trustsurvey.limesurvey.adoption.adopted import Adopted, readable_choice
from trustsurvey.limesurvey.adoption.context import Context
from trustsurvey.limesurvey.adoption.lists import base_question
from trustsurvey.limesurvey.adoption.logic import Choice, code_element
from trustsurvey.limesurvey.adoption.readable import Readable
from trustsurvey.limesurvey.adoption.rules import with_rules
from trustsurvey.limesurvey.adoption.texts import plain

__all__ = ["adopted_fixed", "adopted_hidden", "adopted_information", "adopted_lines", "adopted_typed"]

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T].*)?")
LIMITS = frozenset({"min_num_value_n", "max_num_value_n"})
SLIDER = frozenset({"slider_layout", "slider_min", "slider_max"})
DAYS = frozenset({"date_min", "date_max", "dropdown_dates_year_min", "dropdown_dates_year_max"})


def adopted_typed(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt a number, a date or a text."""
    base = base_question(source, code, context)
    if source.type == "D":
        minimum, maximum = _days(source, context)
        question = replace(base, type=QuestionType.DATE, minimum=minimum, maximum=maximum)
        question, used = with_rules(question, source, context)
        return Adopted((question,), {source.code: Readable(code, "date", source.code)}, used=used | DAYS)
    if source.type == "N" or source.attribute("numbers_only") == "1":
        question, _ = _number(base, source, context)
        question, used = with_rules(question, source, context)
        names = {source.code: _readable(question, source)}
        return Adopted((question,), names, used=used | LIMITS | {"numbers_only"})
    kind = QuestionType.TEXT if source.type == "S" else QuestionType.LONG_TEXT
    question, used = with_rules(replace(base, type=kind), source, context)
    return Adopted((question,), {source.code: Readable(code, "text", source.code)}, used=used)


def adopted_lines(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt several numbers or texts under one heading as a question each."""
    base = base_question(source, code, context)
    number = source.type == "K" or source.attribute("numbers_only") == "1"
    questions: list[Question] = []
    names: dict[str, Readable] = {}
    context.taken.discard(code.lower())
    for line in source.subquestions:
        own = context.text(line.texts, source.code, f"a row ({line.code})", line.code)
        place = context.code(f"{code}{line.code}", source.code, f"the row {line.code}")
        each = replace(base, code=place, type=QuestionType.TEXT, text=context.joined([base.text, own]))
        name = f"{source.code}_{line.code}"
        if number:
            each, names[name] = _number(each, source, context)
        else:
            names[name] = Readable(place, "text", source.code)
        questions.append(each)
    if len(questions) > 1:
        codes = ", ".join(question.code for question in questions)
        context.findings.add(source.code, "changed", f"became {len(questions)} questions: {codes}")
    return Adopted(tuple(questions), names, used=LIMITS | SLIDER | {"numbers_only"})


def adopted_fixed(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt a question whose answers LimeSurvey supplies: yes/no, gender, or five points."""
    base = base_question(source, code, context)
    if source.type == "Y":
        points = context.built_in_points("yes_no", ("yes", "no"))
        question = replace(base, type=QuestionType.YES_NO, scale=Scale("yes_no", "nominal", points))
        choice = Choice(code, ("yes", "no"))
        stored = {"Y": code_element("yes"), "N": code_element("no")}
    elif source.type == "G":
        points = context.built_in_points("gender", ("F", "M"))
        question = replace(base, type=QuestionType.SINGLE, scale=Scale(code, "nominal", points))
        choice = Choice(code, ("F", "M"))
        stored = {each: code_element(each) for each in ("F", "M")}
    else:
        scale = context.numbered_scale(code, 5)
        question = replace(base, type=QuestionType.SINGLE, scale=scale)
        choice = Choice(code, scale.codes, kind="ordinal")
        stored = {each: code_element(each) for each in scale.codes}
    return Adopted((question,), {source.code: readable_choice(source.code, choice, stored)})


def adopted_information(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt a text that is shown."""
    return Adopted((replace(base_question(source, code, context), mandatory="no"),))


def adopted_hidden(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt a hidden question that stores something fixed: an equation without expression, or a default answer."""
    if source.type == "*":
        value = source.attribute("equation") or next((text for text in source.texts.values() if text.strip()), "")
    else:
        value = next((text for each in source.defaults if not each.subquestion for text in each.texts.values()), "")
    read = plain(value)
    stored = " ".join(read.text.split())
    if not stored or read.expressions or CHANGED.search(stored):
        return Adopted()
    titles = source.texts if source.attribute("equation") or source.type != "*" else {}
    text = context.text(titles, source.code, "the question", source.code)
    question = Question(code, QuestionType.HIDDEN, text, value=stored)
    names = {source.code: Readable(code, "text", source.code, fixed=True)}
    return Adopted((question,), names, used=frozenset({"equation", "hidden"}))


def _number(question: Question, source: structure.Question, context: Context) -> tuple[Question, Readable]:
    lowest, highest = source.attribute("min_num_value_n"), source.attribute("max_num_value_n")
    if source.attribute("slider_layout") == "1":
        lowest, highest = source.attribute("slider_min") or lowest, source.attribute("slider_max") or highest
    limits = [_limit(each, source, context) for each in (lowest, highest)]
    minimum, maximum = limits
    if minimum is not None and maximum is not None and minimum >= maximum:
        context.findings.add(source.code, "left out", "its limits exclude each other", f"{lowest} and {highest}")
        minimum = maximum = None
    question = replace(question, type=QuestionType.NUMBER, minimum=minimum, maximum=maximum)
    return question, _readable(question, source)


def _readable(question: Question, source: structure.Question) -> Readable:
    limits = [each if isinstance(each, float) else None for each in (question.minimum, question.maximum)]
    return Readable(question.code, "number", source.code, minimum=limits[0], maximum=limits[1])


def _limit(text: str, source: structure.Question, context: Context) -> float | None:
    if not text.strip():
        return None
    if not NUMBER.fullmatch(text.strip()):
        context.findings.add(source.code, "left out", "a limit that is an expression", text)
        return None
    return float(text)


def _days(source: structure.Question, context: Context) -> tuple[str | None, str | None]:
    days: list[str | None] = []
    for end, rest in (("min", "01-01"), ("max", "12-31")):
        text = source.attribute(f"date_{end}").strip()
        year = source.attribute(f"dropdown_dates_year_{end}").strip()
        if not text and re.fullmatch("[0-9]{4}", year):
            text = f"{year}-{rest}"
        days.append(_day(text, source, context))
    if days[0] and days[1] and days[0] >= days[1]:
        context.findings.add(source.code, "left out", "its limits exclude each other", " and ".join(map(str, days)))
        return None, None
    return days[0], days[1]


def _day(text: str, source: structure.Question, context: Context) -> str | None:
    if not text:
        return None
    found = DAY.fullmatch(text)
    try:
        if found:
            return date.fromisoformat(found[1]).isoformat()
    except ValueError:
        pass
    context.findings.add(source.code, "left out", "a limit that is no plain date", text)
    return None
