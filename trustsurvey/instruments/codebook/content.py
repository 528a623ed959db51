"""A whole codebook in one language, as sections."""

from __future__ import annotations

from collections.abc import Iterator

from trustsurvey.instruments.codebook.blocks import Block, Facts, Inline, Page, Paragraph, Section, code, text
from trustsurvey.instruments.codebook.content_computed import checks_section, derived_section, indices_section
from trustsurvey.instruments.codebook.content_questions import question_section
from trustsurvey.instruments.codebook.context import Context
from trustsurvey.instruments.codebook.counts import CodeCounts
from trustsurvey.instruments.codebook.entries import ORDER, Entry
from trustsurvey.instruments.model import Group, Instrument
from trustsurvey.instruments.questions import QuestionType

__all__ = ["codebook_page"]


def codebook_page(instrument: Instrument, language: str | None = None, counts: CodeCounts | None = None) -> Page:
    """Return the codebook of an instrument.

    Parameters
    ----------
    instrument : Instrument
    language : str or None
        One of the instrument's; its first unless given.
    counts : CodeCounts or None
        Counts that may be shown.

    Raises
    ------
    UnknownNameError
        The instrument is not in that language.
    """
    context = Context.of(instrument, language, counts)
    words = context.words
    title = context.own(instrument.title)
    subtitle = f"{instrument.name} {instrument.version}"
    sections = [
        Section("about", text(words("about")), tuple(_about(context))),
        *_missing(context),
        Section("columns", text(words("columns")), (_columns(context),)),
        Section("overview", text(words("overview")), (_overview(context),)),
        Section("questions", text(words("questions")), (), tuple(_page(context, group) for group in instrument.groups)),
        *derived_section(context),
        *indices_section(context),
        *checks_section(context),
    ]
    return Page(
        words.language, words("title", title=title), subtitle, words("contents"), words("skip"), tuple(sections)
    )


def _about(context: Context) -> Iterator[Block]:
    instrument, words = context.instrument, context.words
    if instrument.description:
        yield Paragraph(text(context.own(instrument.description)), "quote")
    facts: list[tuple[str, Inline]] = [
        (words("name"), code(instrument.name)),
        (words("version"), text(instrument.version)),
        (words("digest"), code(instrument.digest)),
        (words("languages"), text(words("comma").join(_language(context, each) for each in instrument.languages))),
        (words("size"), text(_size(context))),
    ]
    if not instrument.record:
        modes = words("comma").join(words(f"mode_{mode}") for mode in instrument.modes)
        facts.append((words("modes"), text(modes)))
    else:
        facts.append((words("record_unit"), text(context.own(instrument.record.unit))))
        if instrument.record.key:
            names = context.listed(context.name(name) for name in instrument.record.key)
            facts.append((words("record_key"), names))
    if instrument.consent:
        note = context.sentences.fill("consent_note", name=context.name(instrument.consent))
        facts.append((words("consent"), note))
    for key, value in instrument.provenance:
        facts.append((words.find(f"provenance_{key}") or key.replace("_", " ").capitalize(), text(value)))
    for change in instrument.editorial:
        since = f" ({change.since})" if change.since else ""
        facts.append((words("editorial"), (*code(change.item), *text(f"{since}: {change.reason}"))))
    if context.counts:
        people = context.counts.respondents
        facts.append((words("respondents"), text(words("not_shown") if people is None else str(people))))
    yield Facts(tuple(facts))
    if context.counts:
        values = {"minimum": context.counts.minimum, "step": context.counts.step, "withheld": words("not_shown")}
        yield Paragraph(text(words("counts_note", **values)))


def _language(context: Context, language: str) -> str:
    return context.words.find(f"language_{language}") or language


def _size(context: Context) -> str:
    asked = sum(1 for question in context.instrument.questions if question.variables())
    return context.words(
        "size_of", questions=asked, variables=len(context.entries), indices=len(context.instrument.indices)
    )


def _missing(context: Context) -> list[Section]:
    instrument, words = context.instrument, context.words
    stated = {"dont_know": instrument.dont_know, "refused": instrument.refused}
    rows = []
    for reason in ORDER:
        if any(reason in entry.reasons for entry in context.entries.values()):
            offered = stated.get(reason)
            label = text(words("quoted", text=context.own(offered.label))) if offered else ()
            rows.append((code(reason), text(words(f"reason_{reason}")), code(offered.code) if offered else (), label))
    if not rows:
        return []
    note = Paragraph(text(words("missing_note")))
    table = context.table("missing", ("reason", "meaning", "in_platform", "label"), rows)
    return [Section("missing", text(words("missing")), (note, table))]


def _columns(context: Context) -> Block:
    names = ("respondent", "wave", "language", "status")
    rows = [(code(name), text(context.words(f"column_{name}"))) for name in names]
    return context.table("columns", ("variable", "meaning"), rows)


def _overview(context: Context) -> Block:
    rows = [
        (
            context.name(entry.name),
            text(_label(context, entry)),
            text(context.words(f"kind_{entry.variable.kind}")),
            text(context.own(entry.group.title)) if entry.group else text(context.words("derived")),
            context.listed(context.direction(use) for use in entry.uses),
        )
        for entry in context.entries.values()
    ]
    rows += [
        (
            context.name(definition.code),
            text(context.own(definition.label)),
            text(context.words("kind_index")),
            text(context.words("indices")),
            (),
        )
        for definition in context.instrument.index_definitions
    ]
    return context.table("overview", ("variable", "label", "type", "page", "used_in"), rows)


def _label(context: Context, entry: Entry) -> str:
    label = context.own(entry.variable.label)
    if entry.question and entry.question.type is QuestionType.RANKING:
        return f"{label} ({context.words('rank', number=entry.name.rsplit('_', 1)[1])})"
    return label


def _page(context: Context, group: Group) -> Section:
    blocks: list[Block] = []
    if group.description:
        blocks.append(Paragraph(text(context.own(group.description)), "quote"))
    questions = tuple(question_section(context, question) for question in group.questions)
    return Section(f"g-{group.code}", text(context.own(group.title)), tuple(blocks), questions)
