"""The part of a codebook about one question and the columns that its answers fill."""

from __future__ import annotations

from collections.abc import Iterator

from trustsurvey.instruments.codebook.blocks import Block, Facts, Inline, Paragraph, Section, Table, code, text
from trustsurvey.instruments.codebook.context import Context, anchor
from trustsurvey.instruments.codebook.entries import Entry
from trustsurvey.instruments.questions import Question, QuestionType, Variable

__all__ = ["limits", "question_section"]

SEVERAL = frozenset({QuestionType.BATTERY, QuestionType.MULTIPLE, QuestionType.RANKING})


def question_section(context: Context, question: Question) -> Section:
    """Return what there is to know about a question."""
    blocks: list[Block]
    found = [context.entries[each.name] for each in question.variables() if each.name in context.entries]
    title = (*code(question.code), *text(f" {context.own(question.text)}"))
    if question.type is QuestionType.INFORMATION:
        blocks = [Paragraph(text(context.own(question.text)), "quote")]
        if question.help:
            blocks.append(Facts(((context.words("help"), text(context.own(question.help))),)))
        title = (*code(question.code), *text(f" {context.words('shown_text')}"))
        return Section(f"q-{question.code}", title, tuple(blocks))
    if not found:
        stand_in = {name: None for each in question.variables() for name in context.replaced.get(each.name, ())}
        names = context.listed(context.name(name) for name in stand_in)
        note = Paragraph(context.sentences.fill("nothing_kept", names=names))
        return Section(f"q-{question.code}", title, (note, _facts(context, question, []), *_codes(context, question)))
    blocks = [_facts(context, question, found)]
    single = question.code if question.code in context.entries else ""
    if len(found) > 1:
        blocks.append(_columns(context, question, found))
    blocks += _codes(context, question, single)
    if context.counts:
        blocks += _counted(context, question, found)
    return Section(anchor(single) if single and len(found) == 1 else f"q-{question.code}", title, tuple(blocks))


def limits(context: Context, question: Question) -> Inline:
    """Return the values that a rating, number or date may have, with the names of the ends."""
    low, high = (
        each if isinstance(each, str) else context.words.number(each) if each is not None else None
        for each in (question.minimum, question.maximum)
    )
    if question.ends and low is not None and high is not None:
        quoted = [context.words("quoted", text=context.own(end)) for end in question.ends]
        low, high = f"{low} ({quoted[0]})", f"{high} ({quoted[-1]})"
    days = question.type is QuestionType.DATE
    if low is not None and high is not None:
        return text(context.words("between_days" if days else "between", low=low, high=high))
    if low is not None:
        return text(context.words("from_day" if days else "at_least", low=low))
    return text(context.words("until_day" if days else "at_most", high=high)) if high is not None else ()


def _facts(context: Context, question: Question, found: list[Entry]) -> Facts:
    """Return what holds of the question as a whole; what differs between its columns stands in their table."""
    pairs = [*_asked(context, question, found), *_origin(context, question, found)]
    return Facts(tuple((context.words(key), words) for key, words in pairs if words))


def _asked(context: Context, question: Question, found: list[Entry]) -> Iterator[tuple[str, Inline]]:
    words = context.words
    kinds = dict.fromkeys(each.kind for each in question.variables() if not each.key.endswith("[other]"))
    kind = words("comma").join(words(f"kind_{each}") for each in kinds)
    asked_as = words(f"question_{question.type.value}")
    yield "type", text(kind if asked_as == kind else f"{asked_as}{words('comma')}{kind}")
    yield "help", text(context.own(question.help)) if question.help else ()
    yield "asked", _condition(context, question)
    if question.type is not QuestionType.HIDDEN:
        yield "mandatory", text(words(f"mandatory_{question.mandatory}"))
    what = "randomised_items" if question.type is QuestionType.BATTERY else "randomised_answers"
    yield "randomise", text(words(what)) if question.randomise else ()
    yield "limits", limits(context, question)
    yield "limits", text(words("choices", number=question.choices)) if question.choices else ()
    yield "pattern", code(question.pattern) if question.pattern else ()
    yield "stored", code(question.value) if question.value else ()
    if found:
        main = [entry for entry in found if not entry.is_other]
        yield "missing_reasons", context.reasons((main or found)[0])


def _origin(context: Context, question: Question, found: list[Entry]) -> Iterator[tuple[str, Inline]]:
    """Yield where the question comes from and where it goes, as far as all of its columns share it."""
    concepts, sources = _shared(found)
    yield "concept", code(concepts) if concepts else code(question.concept) if question.concept and not found else ()
    yield "source", text(sources) if sources else text(question.source) if question.source and not found else ()
    if question.trend or (found and all(entry.variable.trend for entry in found)):
        yield "trend", text(context.words("trend_yes"))
    if len(found) == 1:
        yield "used_in", context.listed(context.direction(use) for use in found[0].uses)


def _shared(found: list[Entry]) -> tuple[str, str]:
    """Return the concept and the source that all columns have in common; empty where they differ."""
    concepts = {entry.variable.concept for entry in found}
    sources = {entry.source for entry in found}
    return (concepts.pop() if len(concepts) == 1 else ""), (sources.pop() if len(sources) == 1 else "")


def _condition(context: Context, question: Question) -> Inline:
    group = next(each for each in context.instrument.groups if question in each.questions)
    conditions = [text_ for text_ in (group.ask_if, question.ask_if) if text_]
    if conditions:
        worded = context.sentences.fill("those_for_whom", condition=context.sentences(*conditions))
        written = [f"({each})" if len(conditions) > 1 else each for each in conditions]
        return (*worded, *text("\n"), *code(" and ".join(written)))
    after_consent = context.instrument.consent and question.code != context.instrument.consent
    return text(context.words("everybody_consenting" if after_consent else "everybody"))


def _columns(context: Context, question: Question, found: list[Entry]) -> Table:
    """Return the columns that a question fills, a row each."""
    shared_concept, shared_source = _shared(found)
    rows = [
        (
            context.name(entry.name),
            _line(context, question, entry),
            text(context.words(f"kind_{entry.variable.kind}")) if entry.is_other else (),
            () if shared_concept or not entry.variable.concept else code(entry.variable.concept),
            () if shared_source else text(entry.source),
            text(context.words("trend_yes")) if entry.variable.trend and not question.trend else (),
            context.listed(context.direction(use) for use in entry.uses),
        )
        for entry in found
    ]
    heading = {QuestionType.BATTERY: "statements", QuestionType.RANKING: "ranks"}.get(question.type, "answers")
    head = ("variable", "label", "type", "concept", "source", "trend", "used_in")
    return context.table(heading, head, rows, [anchor(entry.name) for entry in found])


def _line(context: Context, question: Question, entry: Entry) -> Inline:
    """Return what tells a column from the others of its question."""
    if entry.is_other and question.type is QuestionType.SINGLE and question.other:
        label = context.own(question.other)
        asked = context.sentences.fill("chose_other", label=text(label), name=context.name(question.code))
        return (*text(f"{label}: "), *asked)
    if question.type is QuestionType.RANKING:
        return text(context.words("rank", number=entry.name.rsplit("_", 1)[1]))
    return text(context.own(entry.variable.label))


def _codes(context: Context, question: Question, counted: str = "") -> list[Table]:
    """Return the codes of the answers; with counts where the question fills one column."""
    levels = next((each.levels for each in question.variables() if each.levels), ())
    if not levels:
        return []
    ordinal = question.scale is not None and question.scale.kind == "ordinal"
    rows: list[tuple[Inline, ...]] = [
        (
            code(point.code),
            text(context.words.number(point.value)) if ordinal and point.code != f"{point.value:g}" else (),
            text(context.own(point.label)),
            context.count(counted, point.code),
            context.share(counted, point.code),
        )
        for point in levels
    ]
    if counted and context.counts:
        entry = context.entries[counted]
        rows += [(row[0], (), *row[1:]) for row in context.reason_counts(entry)]
    return [context.table("answers", ("code", "value", "answer", "count", "share"), rows)]


def _counted(context: Context, question: Question, found: list[Entry]) -> list[Table]:
    """Return the counts that the table of codes has no place for."""
    main = [entry for entry in found if not entry.is_other]
    tables = []
    if question.type in SEVERAL:
        tables = [_crossed(context, main)]
    elif question.type is QuestionType.RATING:
        points = range(int(float(question.minimum or 0)), int(float(question.maximum or 0)) + 1)
        rows: list[tuple[Inline, ...]] = [
            (code(str(n)), (), context.count(question.code, str(n)), context.share(question.code, str(n)))
            for n in points
        ]
        rows += [row for entry in main for row in context.reason_counts(entry)]
        tables = [context.table("count", ("code", "answer", "count", "share"), rows)]
    elif question.scale is None:
        tables = [context.answered(entry) for entry in main]
    return [*tables, *(context.answered(entry) for entry in found if entry.is_other)]


def _crossed(context: Context, found: list[Entry]) -> Table:
    """Return the counts of several columns with the same answers, a row each."""
    answers = _answers(found[0].variable)
    counted = context.counts.variables if context.counts else {}
    reasons = [
        reason
        for reason in ("not_asked", "dont_know", "refused", "skipped", "broken_off")
        if any(reason in counted.get(entry.name, {}) for entry in found)
    ]
    titles = {"true": context.words("ticked"), "false": context.words("not_ticked")}
    head = [*(titles.get(each, each) for each in answers), *reasons]
    rows = [
        (context.name(entry.name), *(context.count(entry.name, key) for key in (*answers, *reasons))) for entry in found
    ]
    numbers = frozenset(range(1, len(head) + 1))
    return Table(context.words("count"), (context.words("variable"), *head), tuple(rows), numbers=numbers)


def _answers(variable: Variable) -> tuple[str, ...]:
    return ("true", "false") if variable.kind == "boolean" else variable.codes
