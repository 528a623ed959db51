"""Arrays of LimeSurvey: batteries, and what becomes one question per row or per cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from trustsurvey.instruments.checks_codes import LONGEST_ANSWER, LONGEST_ITEM
from trustsurvey.instruments.questions import Item, Question, QuestionType, Scale, ScalePoint, Text
from trustsurvey.limesurvey import structure
from trustsurvey.limesurvey.adoption.adopted import Adopted, readable_choice, tick
from trustsurvey.limesurvey.adoption.context import Context
from trustsurvey.limesurvey.adoption.lists import Answers, answers_of, base_question
from trustsurvey.limesurvey.adoption.logic import Choice, code_element
from trustsurvey.limesurvey.adoption.readable import Readable
from trustsurvey.limesurvey.adoption.words import DONT_KNOW, NOT_ON_A_SCALE, REFUSED, says

__all__ = ["adopted_array", "adopted_dual_scale", "adopted_matrix"]

FIXED = MappingProxyType({"A": 5, "B": 10})
WORDED = MappingProxyType({"C": ("yes_uncertain_no", "YUN"), "E": ("increase_same_decrease", "ISD")})
MOST_NUMBERS = 101
LEAST_ON_A_SCALE = 3


@dataclass(frozen=True, slots=True)
class _Line:
    """A row or column, with the code that it has in the survey and its own."""

    theirs: str
    code: str
    text: Text


def adopted_array(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt an array in which each row is answered on one scale."""
    if source.type in FIXED:
        answers = _as_answers(context.numbered_scale(code, FIXED[source.type]).points)
        kind: Literal["ordinal", "nominal"] = "ordinal"
    elif source.type in WORDED:
        name, codes = WORDED[source.type]
        answers = _as_answers(context.built_in_points(name, tuple(codes)))
        kind = "ordinal" if source.type == "E" else "nominal"
    else:
        answers = answers_of(source, context)
        kind = _kind(answers, source, context)
    rows = _lines(source, context, 0, LONGEST_ITEM)
    if not rows or not answers.points:
        return Adopted()
    base = base_question(source, code, context)
    question, names = _battery(base, source, rows, answers, kind)
    used = frozenset({"random_order", "subquestion_order", "answer_order"})
    return Adopted((question,), names, used=used)


def adopted_dual_scale(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt an array with two scales as two batteries."""
    both = [answers_of(source, context, scale) for scale in (0, 1)]
    rows = _lines(source, context, 0, LONGEST_ITEM)
    if not rows or not both[0].points:
        return Adopted()
    base = base_question(source, code, context)
    questions: list[Question] = []
    names: dict[str, Readable] = {}
    for scale, answers in enumerate(both):
        if not answers.points:
            continue
        header = {
            each.language: each.value for each in source.attributes if each.name == f"dualscale_header{'AB'[scale]}"
        }
        if "" in header:
            header = dict.fromkeys(context.languages, header[""]) | header
        own = context.optional_text(header, source.code, f"the heading of scale {scale + 1}")
        text = context.joined([base.text, own]) if own else base.text
        place = context.code(f"{code}{scale + 1}", source.code, f"scale {scale + 1}") if both[1].points else code
        battery, read = _battery(
            replace(base, code=place, text=text), source, rows, answers, _kind(answers, source, context)
        )
        questions.append(battery)
        names |= {f"{name}_{scale}": readable for name, readable in read.items()}
    _split(source, context, questions)
    used = frozenset({"random_order", "subquestion_order", "dualscale_headerA", "dualscale_headerB"})
    return Adopted(tuple(questions), names, used=used)


def adopted_matrix(source: structure.Question, code: str, context: Context) -> Adopted:
    """Adopt an array of numbers, ticks or texts, whose rows and columns are both subquestions."""
    columns = _lines(source, context, 1, LONGEST_ITEM)
    rows = _lines(source, context, 0, LONGEST_ITEM)
    if not rows or not columns:
        return Adopted()
    base = base_question(source, code, context)
    used = frozenset({"random_order", "subquestion_order", "multiflexible_checkbox", "numbers_only"})
    if source.type == ":" and source.attribute("multiflexible_checkbox") == "1":
        adopted = _ticks(source, base, rows, context)
    elif source.type == ":" and (numbers := _numbers(source)):
        used |= {"multiflexible_min", "multiflexible_max", "multiflexible_step"}
        adopted = _numbered(source, base, rows, columns, numbers, context)
    else:
        adopted = _cells(source, base, rows, columns, context)
    _split(source, context, adopted.questions)
    return replace(adopted, used=used)


def _battery(
    base: Question,
    source: structure.Question,
    rows: Sequence[_Line],
    answers: Answers,
    kind: Literal["ordinal", "nominal"],
) -> tuple[Question, dict[str, Readable]]:
    points = _valued(answers.points) if kind == "ordinal" else answers.points
    question = replace(
        base,
        type=QuestionType.BATTERY,
        scale=Scale(base.code, kind, points),
        items=tuple(Item(row.code, row.text) for row in rows),
        randomise=source.attribute("random_order") == "1" or "random" in source.attribute("subquestion_order"),
        dont_know="dont_know" in answers.states,
        refused="refused" in answers.states,
    )
    codes = tuple(point.code for point in points)
    names = {
        f"{source.code}_{row.theirs}": readable_choice(
            source.code, Choice(f"{base.code}_{row.code}", codes, answers.states, kind), answers.stored
        )
        for row in rows
    }
    return question, names


def _valued(points: Sequence[ScalePoint]) -> tuple[ScalePoint, ...]:
    """Return answers whose numbers are their codes, where these rise or fall throughout."""
    if not all(re.fullmatch("[0-9]+", point.code) for point in points):
        return tuple(points)
    values = [float(point.code) for point in points]
    steps = [later - earlier for earlier, later in pairwise(values)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        return tuple(points)
    return tuple(replace(point, value=value) for point, value in zip(points, values, strict=True))


def _kind(answers: Answers, source: structure.Question, context: Context) -> Literal["ordinal", "nominal"]:
    aside = [
        point.code
        for point in answers.points
        if says((words for _, words in point.label.translations), (*DONT_KNOW, *REFUSED, *NOT_ON_A_SCALE))
    ]
    if aside:
        message = f"the answers have no order here, because of {', '.join(aside)}; say dont_know or refused, or split"
        context.findings.add(source.code, "to check", message)
    if aside or len(answers.points) < LEAST_ON_A_SCALE:
        return "nominal"
    shown = ", ".join(point.label.translations[0][1] for point in answers.points)
    context.taken_as_scales.setdefault(shown, []).append(source.code)
    return "ordinal"


def _lines(source: structure.Question, context: Context, scale: int, longest: int) -> list[_Line]:
    own = [each for each in source.subquestions if each.scale == scale]
    what = "a column" if scale else "a row"
    codes = context.answer_codes([each.code for each in own], source.code, what, longest, underscores=True)
    lines = []
    for each, code in zip(own, codes, strict=True):
        text = context.text(each.texts, source.code, f"{what} ({each.code})", each.code)
        whole = Text.of({language: re.sub(r"\s*\|\s*", " – ", words) for language, words in text.translations})
        if whole != text:
            message = f"the two ends of {what} ({each.code}), left and right of its answers, become one line"
            context.findings.add(source.code, "changed", message, "; ".join(dict(text.translations).values()))
        lines.append(_Line(each.code, code, whole))
    return lines


def _as_answers(points: Sequence[ScalePoint]) -> Answers:
    return Answers(tuple(points), (), {point.code: code_element(point.code) for point in points})


def _numbers(source: structure.Question) -> list[int]:
    """Return the numbers that can be chosen in each cell; none where they are typed in or cannot be codes."""
    given = [source.attribute(f"multiflexible_{name}") for name in ("min", "max", "step")]
    if source.attribute("input_boxes") == "1" or any(each and not re.fullmatch("[0-9]{1,5}", each) for each in given):
        return []
    least, most, step = (int(each) if each else default for each, default in zip(given, (1, 10, 1), strict=True))
    numbers = list(range(least, most + 1, max(step, 1)))
    return numbers if 1 < len(numbers) <= MOST_NUMBERS and len(str(most)) <= LONGEST_ANSWER else []


def _ticks(source: structure.Question, base: Question, rows: Sequence[_Line], context: Context) -> Adopted:
    own = [each for each in source.subquestions if each.scale == 1]
    codes = context.answer_codes([each.code for each in own], source.code, "a column", LONGEST_ANSWER)
    points = tuple(
        ScalePoint(code, context.text(each.texts, source.code, f"a column ({each.code})", each.code), float(place))
        for place, (each, code) in enumerate(zip(own, codes, strict=True), start=1)
    )
    questions, names = [], {}
    for row, question in _per_row(source, base, rows, context):
        questions.append(replace(question, type=QuestionType.MULTIPLE, scale=Scale(question.code, "nominal", points)))
        for each, code in zip(own, codes, strict=True):
            name = f"{source.code}_{row.theirs}_{each.code}"
            names[name] = tick(source.code, f"{question.code}_{code}", "1")
    return Adopted(tuple(questions), names)


def _numbered(
    source: structure.Question,
    base: Question,
    rows: Sequence[_Line],
    columns: Sequence[_Line],
    numbers: Sequence[int],
    context: Context,
) -> Adopted:
    points = tuple(ScalePoint(str(each), context.same(str(each)), float(each)) for each in numbers)
    questions, names = [], {}
    for row, question in _per_row(source, base, rows, context):
        battery, read = _battery(question, replace(source, attributes=()), columns, _as_answers(points), "ordinal")
        questions.append(battery)
        for column in columns:
            names[f"{source.code}_{row.theirs}_{column.theirs}"] = read[f"{source.code}_{column.theirs}"]
    return Adopted(tuple(questions), names)


def _cells(
    source: structure.Question, base: Question, rows: Sequence[_Line], columns: Sequence[_Line], context: Context
) -> Adopted:
    number = source.type == ":" or source.attribute("numbers_only") == "1"
    questions, names = [], {}
    for row in rows:
        for column in columns:
            what = f"the cell {row.theirs}, {column.theirs}"
            code = context.code(f"{base.code}{row.code}{column.code}", source.code, what)
            text = context.joined([base.text, row.text, column.text])
            kind = QuestionType.NUMBER if number else QuestionType.TEXT
            questions.append(replace(base, code=code, type=kind, text=text, help=None))
            name = f"{source.code}_{row.theirs}_{column.theirs}"
            names[name] = Readable(code, "number" if number else "text", source.code)
    return Adopted(tuple(questions), names)


def _per_row(
    source: structure.Question, base: Question, rows: Sequence[_Line], context: Context
) -> Iterator[tuple[_Line, Question]]:
    for row in rows:
        code = context.code(f"{base.code}{row.code}", source.code, f"the row {row.theirs}")
        yield row, replace(base, code=code, text=context.joined([base.text, row.text]))


def _split(source: structure.Question, context: Context, questions: Sequence[Question]) -> None:
    if len(questions) > 1:
        codes = ", ".join(question.code for question in questions)
        context.findings.add(source.code, "changed", f"became {len(questions)} questions: {codes}")
