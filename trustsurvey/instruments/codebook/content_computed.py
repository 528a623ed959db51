"""The parts of a codebook about what is computed from the answers, and what must hold of them."""

from __future__ import annotations

from trustsurvey.instruments.codebook.blocks import Block, Facts, Inline, Paragraph, Section, code, text
from trustsurvey.instruments.codebook.context import Context, anchor
from trustsurvey.instruments.codebook.entries import sources
from trustsurvey.instruments.model import Derived, IndexDefinition

__all__ = ["checks_section", "derived_section", "indices_section"]


def derived_section(context: Context) -> list[Section]:
    """Return the derived variables; none where there are none."""
    found = [_derived(context, derived) for derived in context.instrument.derived if derived.code in context.entries]
    if not found:
        return []
    note = Paragraph(text(context.words("derived_note")))
    return [Section("derived", text(context.words("derived")), (note,), tuple(found))]


def indices_section(context: Context) -> list[Section]:
    """Return the indices; none where there are none."""
    found = [_index(context, definition) for definition in context.instrument.index_definitions]
    if not found:
        return []
    note = Paragraph(text(context.words("indices_note")))
    return [Section("indices", text(context.words("indices")), (note,), tuple(found))]


def checks_section(context: Context) -> list[Section]:
    """Return what must hold within a row; none where nothing must."""
    checks = context.instrument.checks
    if not checks:
        return []
    rows = [
        (
            code(check.code),
            code(check.rule),
            code(check.when) if check.when else text(context.words("always")),
            text(context.own(check.message)),
        )
        for check in checks
    ]
    note = Paragraph(text(context.words("checks_note")))
    table = context.table("checks", ("code", "rule", "when", "message"), rows)
    return [Section("checks", text(context.words("checks")), (note, table))]


def _derived(context: Context, derived: Derived) -> Section:
    entry = context.entries[derived.code]
    pairs: list[tuple[str, Inline]] = [
        ("type", text(context.words(f"kind_{derived.kind}"))),
        ("made_from", context.listed(context.name(name) for name in sources(derived))),
        ("replaces", context.listed(code(name) for name in derived.replaces)),
        ("missing_reasons", context.reasons(entry)),
        ("used_in", context.listed(context.direction(use) for use in entry.uses)),
    ]
    rows: list[tuple[Inline, ...]] = [
        (
            code(level.code),
            text(context.own(level.label)),
            code(level.when),
            context.count(derived.code, level.code),
            context.share(derived.code, level.code),
        )
        for level in derived.levels
    ]
    rows += [(*row[:2], (), *row[2:]) for row in context.reason_counts(entry)]
    blocks: list[Block] = [
        Facts(tuple((context.words(key), words) for key, words in pairs if words)),
        context.table("levels", ("code", "label", "rule", "count", "share"), rows),
    ]
    title = (*code(derived.code), *text(f" {context.own(derived.label)}"))
    return Section(anchor(derived.code), title, tuple(blocks))


def _index(context: Context, definition: IndexDefinition) -> Section:
    number = context.words.number
    pairs = (
        ("type", text(context.words("kind_index"))),
        (
            "minimum_answered",
            text(context.words("minimum_of", least=definition.minimum_answered, all=len(definition.items))),
        ),
    )
    rows = [
        (
            context.name(item.variable),
            text(_label(context, item.variable)),
            text(context.words("between", low=number(item.minimum), high=number(item.maximum))),
            text(context.words("reversed" if item.reversed else "straight")),
        )
        for item in definition.items
    ]
    title = (*code(definition.code), *text(f" {context.own(definition.label)}"))
    facts = Facts(tuple((context.words(key), words) for key, words in pairs))
    table = context.table("items", ("variable", "label", "range", "direction"), rows)
    return Section(anchor(definition.code), title, (facts, table))


def _label(context: Context, name: str) -> str:
    entry = context.entries.get(name)
    return context.own(entry.variable.label) if entry else name
