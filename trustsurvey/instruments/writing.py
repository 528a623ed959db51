"""From an ``Instrument`` to the text of an instrument file that reads back as the same instrument."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from trustsurvey.documents.document import Plain, value_of
from trustsurvey.errors import InputError
from trustsurvey.instruments.draft import YES_NO
from trustsurvey.instruments.model import (
    Check,
    Derived,
    Group,
    IndexDefinition,
    Instrument,
    NonResponse,
    Quota,
    RecordDefinition,
)
from trustsurvey.instruments.questions import Item, Question, QuestionType, Scale, ScalePoint, Text

__all__ = ["instrument_text", "scalar_text", "string_lines"]

WIDTH = 120
STEP = "  "
NO_NOTES: Mapping[str, Sequence[str]] = MappingProxyType({})
Entry: TypeAlias = dict[str, Any]

UNSEEN = "\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff"
PLAIN = re.compile(rf"(?:[^\W_]|\()[^\n{UNSEEN}]*")
NOT_PLAIN = re.compile(r":(?:\s|$)|\s#|\s$")
IN_FLOW = re.compile(r"[,\[\]{}]")
# YAML 1.1 takes these for true and false; other tools may still read the file so.
OLD_BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off"})
ESCAPED = re.compile(rf'["\\\n{UNSEEN}]')
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
FOLDED = re.compile(rf"[^ \n{UNSEEN}]+(?: [^ \n{UNSEEN}]+)*")
LITERAL = re.compile(rf"[^\s{UNSEEN}][^{UNSEEN}]*[^\s{UNSEEN}]")


def instrument_text(
    instrument: Instrument, head: Iterable[str] = (), notes: Mapping[str, Sequence[str]] = NO_NOTES
) -> str:
    """Return the text of an instrument file.

    Parameters
    ----------
    instrument : Instrument
    head : iterable of str
        Lines of a comment at the top.
    notes : mapping of question code to lines
        Comments above questions.

    Returns
    -------
    str
        Reads back with the same digest.

    Raises
    ------
    InputError
        Two scales of one name differ, which no file can hold.
    """
    writer = _Writer(instrument, notes)
    comment = [f"# {line}".rstrip() for line in head]
    return "\n".join([*comment, *([""] if comment else []), *writer.lines()]) + "\n"


class _Writer:
    """Lays an instrument out as mappings and lists, and those as lines."""

    def __init__(self, instrument: Instrument, notes: Mapping[str, Sequence[str]]) -> None:
        self.instrument = instrument
        self.notes = notes
        self.scales = self._shared_scales()

    def lines(self) -> Iterator[str]:
        instrument = self.instrument
        first = {
            "instrument": instrument.name,
            "version": instrument.version,
            "languages": list(instrument.languages),
            **_given(
                title=_text(instrument.title),
                description=_text(instrument.description),
                welcome=_text(instrument.welcome),
                end=_text(instrument.end),
                provenance=dict(instrument.provenance),
                modes=[] if instrument.modes == ("web",) else list(instrument.modes),
                editorial=[
                    {"item": each.item, "reason": each.reason, **_given(since=each.since)}
                    for each in instrument.editorial
                ],
                record=_record(instrument.record),
            ),
        }
        yield from _mapping(first)
        second = _given(
            consent=instrument.consent,
            dont_know=_non_response(instrument.dont_know),
            refused=_non_response(instrument.refused),
        )
        if second:
            yield ""
            yield from _mapping(second)
        if self.scales:
            yield ""
            yield from _mapping({"scales": {name: _scale(scale) for name, scale in self.scales.items()}})
        yield ""
        yield "groups:"
        for number, group in enumerate(instrument.groups):
            if number:
                yield ""
            yield from self._group(group)
        if instrument.derived:
            yield ""
            yield from _mapping({"derived": [_derived(each) for each in instrument.derived]})
        if instrument.index_definitions:
            yield ""
            yield from _mapping({"indices": [self._index(each) for each in instrument.index_definitions]})
        if instrument.quotas:
            yield ""
            yield from _mapping({"quotas": [_quota(each) for each in instrument.quotas]})
        if instrument.checks:
            yield ""
            yield from _mapping({"checks": [_check(each) for each in instrument.checks]})

    def _shared_scales(self) -> dict[str, Scale]:
        named: dict[str, Scale] = {}
        own = {question.code: question.scale for question in self.instrument.questions if question.scale}
        for question in self.instrument.questions:
            scale = question.scale
            if scale is None or self._in_place(question) or scale == _built_in(self.instrument.languages):
                continue
            if named.setdefault(scale.name, scale) != scale:
                raise InputError(f"two different scales are called {scale.name}; rename one of them")
            if scale.name in own and own[scale.name] != scale and own[scale.name].name == scale.name:
                raise InputError(f"the scale {scale.name} is called like a question with a scale of its own; rename it")
        return named

    def _in_place(self, question: Question) -> bool:
        shared = sum(each.scale == question.scale for each in self.instrument.questions)
        return question.scale is not None and question.scale.name == question.code and shared == 1

    def _group(self, group: Group) -> Iterator[str]:
        entry = {
            "code": group.code,
            **_given(title=_text(group.title), description=_text(group.description), ask_if=group.ask_if),
        }
        yield from _item(entry, 1)
        yield f"{STEP * 2}questions:"
        for question in group.questions:
            for note in self.notes.get(question.code, ()):
                yield from textwrap.wrap(
                    note, WIDTH, initial_indent=f"{STEP * 3}# ", subsequent_indent=f"{STEP * 3}#   "
                )
            yield from _item(self._question(question), 3)

    def _question(self, question: Question) -> Entry:
        scale: Any = None
        if question.scale and question.type is not QuestionType.YES_NO:
            scale = _scale(question.scale) if self._in_place(question) else question.scale.name
        return {
            "code": question.code,
            "type": str(question.type),
            "text": _text(question.text),
            **_given(
                help=_text(question.help),
                scale=scale,
                items=[_battery_item(item) for item in question.items],
                minimum=_limit(question.minimum),
                maximum=_limit(question.maximum),
                ends=[_text(end) for end in question.ends],
                choices=question.choices,
                other=_text(question.other),
                dont_know=question.dont_know,
                refused=question.refused,
                randomise=question.randomise,
                value=question.value,
                pattern=question.pattern,
                invalid=_text(question.invalid),
                ask_if=question.ask_if,
                mandatory="" if question.mandatory == "no" else question.mandatory,
                concept=question.concept,
                source=question.source,
                trend=question.trend,
            ),
        }

    def _index(self, index: IndexDefinition) -> Entry:
        batteries = {
            tuple(variable.name for variable in question.variables()): question.code
            for question in self.instrument.questions
            if question.type is QuestionType.BATTERY
        }
        return {
            "code": index.code,
            "label": _text(index.label),
            "items": _shortened([item.variable for item in index.items], batteries),
            **_given(reversed=_shortened([item.variable for item in index.items if item.reversed], batteries)),
            "minimum_answered": index.minimum_answered,
        }


def _given(**entries: Any) -> Entry:
    """Return the entries that differ from their default."""
    return {
        key: value
        for key, value in entries.items()
        if not (value is None or value is False or (isinstance(value, str | list | dict) and not value))
    }


def _text(text: Text | None) -> dict[str, str]:
    return dict(text.translations) if text else {}


def _non_response(reason: NonResponse | None) -> Entry | None:
    return {"code": reason.code, "label": _text(reason.label)} if reason else None


def _limit(limit: float | str | None) -> int | float | str | None:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _scale(scale: Scale) -> Entry:
    return {"kind": scale.kind, "points": [_point(point, number) for number, point in enumerate(scale.points, start=1)]}


def _point(point: ScalePoint, number: int) -> Entry:
    value = None if point.value == number else _limit(point.value)
    return {"code": point.code, "label": _text(point.label), **_given(value=value)}


def _battery_item(item: Item) -> Entry:
    return {
        "code": item.code,
        "text": _text(item.text),
        **_given(concept=item.concept, source=item.source, trend=item.trend),
    }


def _derived(derived: Derived) -> Entry:
    return {
        "code": derived.code,
        "label": _text(derived.label),
        **_given(kind="" if derived.kind == "nominal" else derived.kind, replaces=list(derived.replaces)),
        "levels": [{"code": level.code, "label": _text(level.label), "when": level.when} for level in derived.levels],
    }


def _quota(quota: Quota) -> Entry:
    when = {question: answers[0] if len(answers) == 1 else list(answers) for question, answers in quota.when}
    return {"code": quota.code, "limit": quota.limit, "when": when, "message": _text(quota.message)}


def _record(record: RecordDefinition | None) -> Entry | None:
    return {"unit": _text(record.unit), **_given(key=list(record.key))} if record else None


def _check(check: Check) -> Entry:
    return {"code": check.code, **_given(when=check.when), "rule": check.rule, "message": _text(check.message)}


def _shortened(names: list[str], batteries: Mapping[tuple[str, ...], str]) -> list[str]:
    """Return names of variables with the items of a whole battery, side by side, replaced by its code."""
    result, start = [], 0
    while start < len(names):
        found = next((own for own in batteries if own == tuple(names[start : start + len(own)])), None)
        result.append(batteries[found] if found else names[start])
        start += len(found) if found else 1
    return result


def _built_in(languages: Sequence[str]) -> Scale | None:
    """Return the yes/no scale that needs no entry, None where there are no words for it."""
    if any(language not in YES_NO for language in languages):
        return None
    labels = [Text.of({language: YES_NO[language][which] for language in languages}) for which in (0, 1)]
    return Scale("yes_no", "nominal", (ScalePoint("yes", labels[0], 1.0), ScalePoint("no", labels[1], 2.0)))


def _mapping(entry: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    for key, value in entry.items():
        yield from _pair(key, value, depth)


def _item(entry: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield a mapping as an entry of a list, on one line where it fits."""
    flow = _flow(entry)
    line = f"{STEP * depth}- {flow}"
    texts = all(isinstance(value, str) for value in entry.values())
    if flow and len(line) <= WIDTH and (texts or set(entry) <= {"code", "label", "text", "value"}) and len(entry) <= 3:
        yield line
        return
    lines = list(_mapping(entry, depth + 1))
    yield f"{STEP * depth}- {lines[0].lstrip()}"
    yield from lines[1:]


def _pair(key: str, value: Any, depth: int) -> Iterator[str]:
    start = f"{STEP * depth}{scalar_text(key)}:"
    if isinstance(value, dict):
        flow = _flow(value)
        texts = all(isinstance(each, str) for each in value.values()) and key != "provenance"
        if flow and (texts or set(value) == {"code", "label"}) and len(f"{start} {flow}") <= WIDTH:
            yield f"{start} {flow}"
        else:
            yield start
            yield from _mapping(value, depth + 1)
    elif isinstance(value, list):
        flow = _flow(value)
        if flow and all(isinstance(each, str) for each in value) and len(f"{start} {flow}") <= WIDTH:
            yield f"{start} {flow}"
        else:
            yield start
            for each in value:
                yield from (
                    _item(each, depth + 1) if isinstance(each, dict) else [f"{STEP * (depth + 1)}- {scalar_text(each)}"]
                )
    elif isinstance(value, str):
        yield from string_lines(start, value, depth)
    else:
        yield f"{start} {str(value).lower() if isinstance(value, bool) else value}"


def string_lines(start: str, text: str, depth: int) -> Iterator[str]:
    """Yield a text behind its key: on one line where it fits, else folded or line by line."""
    line = f"{start} {scalar_text(text)}"
    inside = STEP * (depth + 1)
    if FOLDED.fullmatch(text) and len(line) > WIDTH:
        yield f"{start} >-"
        wrapper = textwrap.TextWrapper(
            WIDTH, initial_indent=inside, subsequent_indent=inside, break_long_words=False, break_on_hyphens=False
        )
        yield from wrapper.wrap(text)
    elif "\n" in text and LITERAL.fullmatch(text) and not re.search(r"\s\n", text.replace("\n\n", "\n")):
        yield f"{start} |-"
        yield from (f"{inside}{each}" if each else "" for each in text.split("\n"))
    else:
        yield line


def _flow(value: Any) -> str:
    """Return a value on one line, ``""`` where a text in it spans several."""
    if isinstance(value, dict):
        parts = [(scalar_text(key, flow=True), _flow(each)) for key, each in value.items()]
        return "{" + ", ".join(f"{key}: {each}" for key, each in parts) + "}" if all(each for _, each in parts) else ""
    if isinstance(value, list):
        listed = [_flow(each) for each in value]
        return f"[{', '.join(listed)}]" if all(listed) else ""
    if isinstance(value, str):
        return "" if "\n" in value else scalar_text(value, flow=True)
    return str(value).lower() if isinstance(value, bool) else str(value)


def scalar_text(text: str, *, flow: bool = False) -> str:
    """Return a text without quotes where it stays the same text, else between double quotes."""
    plain = PLAIN.fullmatch(text) and not NOT_PLAIN.search(text) and isinstance(value_of(Plain(text)), str)
    if plain and text.lower() not in OLD_BOOLEANS and not (flow and IN_FLOW.search(text)):
        return text
    return '"' + ESCAPED.sub(lambda found: ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text) + '"'
