"""An instrument file as far as it could be read: every part with its place, the unreadable ones by name only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from trustsurvey.documents.document import Document, Path
from trustsurvey.documents.shape import Entry, shaped, translations
from trustsurvey.documents.values import close_to
from trustsurvey.errors import Problem
from trustsurvey.instruments.model import Derived, DerivedLevel, NonResponse
from trustsurvey.instruments.questions import Item, Question, QuestionType, Scale, ScalePoint, Text
from trustsurvey.instruments.schema import (
    QUESTION_KEYS,
    QUESTIONS,
    STAND_INS,
    CheckEntry,
    DerivedEntry,
    GroupEntry,
    IndexEntry,
    InstrumentEntry,
    QuotaEntry,
    ScaleEntry,
)
from trustsurvey.instruments.wording import a_question

__all__ = ["Draft", "DraftGroup", "Placed", "draft_of"]

Content = TypeVar("Content")

YES_NO: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"fr": ("Oui", "Non"), "nl": ("Ja", "Nee"), "en": ("Yes", "No")}
)


@dataclass(frozen=True, slots=True)
class Placed(Generic[Content]):
    """Something and where it stands in the file."""

    path: Path
    content: Content


@dataclass(frozen=True, slots=True)
class DraftGroup:
    """A page and the questions on it that could be read."""

    path: Path
    entry: GroupEntry
    questions: tuple[Placed[Question], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What reading made of a file.

    ``broken`` names the questions, scales and derived variables whose shape is wrong: they exist, but nothing more
    should be said about references to them. ``reported`` holds the line and column of every problem of shape, so
    that nothing is said twice of one place.
    """

    document: Document
    header: InstrumentEntry
    scales: Mapping[str, Placed[Scale]]
    groups: tuple[DraftGroup, ...]
    derived: tuple[Placed[Derived], ...]
    indices: tuple[Placed[IndexEntry], ...]
    quotas: tuple[Placed[QuotaEntry], ...]
    checks: tuple[Placed[CheckEntry], ...]
    texts: tuple[Placed[dict[str, str]], ...]
    broken: frozenset[str]
    used_scales: frozenset[str]
    reported: frozenset[tuple[int, int]]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the instrument, each once."""
        return tuple(dict.fromkeys(self.header.languages))

    @property
    def questions(self) -> tuple[Placed[Question], ...]:
        """Every question in order."""
        return tuple(question for group in self.groups for question in group.questions)

    def text(self, translated: Mapping[str, str]) -> Text:
        """Return a text in the order of the instrument's languages."""
        return _text(self.languages, translated)

    def optional_text(self, translated: Mapping[str, str] | None) -> Text | None:
        """Return a text in the order of the instrument's languages, or None where there is none."""
        return None if translated is None else self.text(translated)

    def expanded(self, names: Iterable[str]) -> list[str]:
        """Return names of variables, a battery's code replaced by the names of all its items."""
        batteries = {
            question.content.code: [variable.name for variable in question.content.variables()]
            for question in self.questions
            if question.content.type is QuestionType.BATTERY
        }
        return [each for name in names for each in batteries.get(name, [name])]

    def non_response(self, name: str) -> NonResponse | None:
        """Return how ``dont_know`` or ``refused`` is coded and worded."""
        entry = getattr(self.header, name)
        return None if entry is None else NonResponse(entry.code, _text(self.languages, entry.label))


def draft_of(document: Document, *, scales_known: bool = True) -> tuple[Draft | None, list[Problem]]:
    """Return the draft that a document holds, None where not even its outline can be read, and what is wrong.

    Nothing is said about scales that are missing unless all that should be there could be read.
    """
    drafting = _Drafting(document, scales_known)
    return drafting.draft(), drafting.problems


def _text(languages: Iterable[str], translated: Mapping[str, str]) -> Text:
    return Text.of({language: translated[language] for language in languages if language in translated})


class _Drafting:
    """Goes through a document once and collects parts, texts and problems."""

    def __init__(self, document: Document, scales_known: bool) -> None:
        self.document = document
        self.scales_known = scales_known
        self.problems: list[Problem] = []
        self.texts: list[Placed[dict[str, str]]] = []
        self.broken: set[str] = set()
        self.used_scales: set[str] = set()
        self.languages: tuple[str, ...] = ()
        self.scales: dict[str, Placed[Scale]] = {}

    def draft(self) -> Draft | None:
        header = self._entry((), InstrumentEntry, self.document.content, "an instrument file")
        if header is None:
            return None
        self.languages = tuple(dict.fromkeys(header.languages))
        for name, content in header.scales.items():
            path: Path = ("scales", name)
            scale = self._entry(path, ScaleEntry, content, f"the scale {name}")
            if scale is not None:
                self.scales[name] = Placed(path, self._scale(name, scale))
        groups = tuple(self._groups(header.groups))
        derived = tuple(self._derived(header.derived))
        indices = tuple(self._entries("indices", IndexEntry, header.indices, "an index"))
        quotas = tuple(self._entries("quotas", QuotaEntry, header.quotas, "a quota"))
        checks = tuple(self._entries("checks", CheckEntry, header.checks, "a check"))
        return Draft(
            self.document,
            header,
            self.scales,
            groups,
            derived,
            indices,
            quotas,
            checks,
            tuple(self.texts),
            frozenset(self.broken),
            frozenset(self.used_scales),
            frozenset((problem.line, problem.column) for problem in self.problems),
        )

    def _entries(self, key: str, model: type[Any], contents: list[Any], what: str) -> Iterator[Placed[Any]]:
        for position, content in enumerate(contents):
            entry = self._entry((key, position), model, content, what)
            if entry is not None:
                yield Placed((key, position), entry)

    def _entry(self, path: Path, model: type[Any], content: Any, what: str) -> Any:
        entry, problems = shaped(
            self.document, path, model, content, what, elsewhere=QUESTION_KEYS, stand_ins=STAND_INS
        )
        self.problems.extend(problems)
        if problems and isinstance(content, dict):
            self.broken.update(str(content[key]) for key in ("code",) if isinstance(content.get(key), str))
        if problems and len(path) == 2 and path[0] == "scales":
            self.broken.add(str(path[1]))
        if entry is not None:
            self.texts.extend(Placed(where, text) for where, text in translations(entry, path))
        return entry

    def _groups(self, contents: list[Any]) -> Iterator[DraftGroup]:
        for position, content in enumerate(contents):
            path: Path = ("groups", position)
            entry = self._entry(path, GroupEntry, content, "a group")
            if entry is not None:
                questions = tuple(self._questions((*path, "questions"), entry.questions))
                yield DraftGroup(path, entry, questions)

    def _questions(self, around: Path, contents: list[Any]) -> Iterator[Placed[Question]]:
        for position, content in enumerate(contents):
            path = (*around, position)
            if not isinstance(content, dict):
                self._entry(path, Entry, content, "a question")
                continue
            if "use" in content:
                continue
            kind = content.get("type")
            if not isinstance(kind, str) or kind not in QUESTIONS:
                self._unknown_type(path, content, kind)
                continue
            entry = self._entry(path, QUESTIONS[kind], content, a_question(kind))
            if entry is not None:
                yield Placed(path, self._question(path, QuestionType(kind), entry))

    def _unknown_type(self, path: Path, content: Mapping[str, Any], kind: object) -> None:
        self.broken.add(str(content.get("code", "")))
        kinds = ", ".join(QUESTIONS)
        if not kind:
            found = self.document.problem((*path, "type"), "the question has no type", f"choose one of {kinds}")
            self.problems.append(found)
            return
        guess = close_to(str(kind), QUESTIONS) if isinstance(kind, str) else ""
        where = (*path, "type")
        message = f"there is no question type {kind}" if isinstance(kind, str) else "the type of a question is one word"
        self.problems.append(self.document.problem(where, message, f"{guess} the types are {kinds}".strip()))

    def _question(self, path: Path, kind: QuestionType, entry: Any) -> Question:
        scale = self._yes_no(path) if kind is QuestionType.YES_NO else None
        if hasattr(entry, "scale"):
            scale = self._scale_of(path, entry)
        minimum, maximum = getattr(entry, "minimum", None), getattr(entry, "maximum", None)
        other, invalid = getattr(entry, "other", None), getattr(entry, "invalid", None)
        return Question(
            entry.code,
            kind,
            self._text(entry.text),
            help=self._text(entry.help) if getattr(entry, "help", None) is not None else None,
            scale=scale,
            items=tuple(
                Item(item.code, self._text(item.text), item.concept, item.source, item.trend)
                for item in getattr(entry, "items", ())
            ),
            minimum=float(minimum) if isinstance(minimum, int) else minimum,
            maximum=float(maximum) if isinstance(maximum, int) else maximum,
            ends=tuple(self._text(end) for end in getattr(entry, "ends", ())),
            other=self._text(other) if other is not None else None,
            invalid=self._text(invalid) if invalid is not None else None,
            **{
                key: getattr(entry, key)
                for key in (
                    "dont_know",
                    "refused",
                    "ask_if",
                    "mandatory",
                    "randomise",
                    "choices",
                    "value",
                    "pattern",
                    "concept",
                    "source",
                    "trend",
                )
                if hasattr(entry, key)
            },
        )

    def _scale_of(self, path: Path, entry: Any) -> Scale | None:
        where = (*path, "scale")
        if isinstance(entry.scale, dict):
            problems = len(self.problems)
            inner = self._entry(where, ScaleEntry, entry.scale, "a scale")
            if len(self.problems) > problems:
                self.broken.add(entry.code)
            return None if inner is None else self._scale(entry.code, inner)
        name = str(entry.scale)
        self.used_scales.add(name)
        if name in self.broken:
            self.broken.add(entry.code)
        if name in self.scales:
            return self.scales[name].content
        if self.scales_known and name not in self.broken and entry.code not in self.broken:
            known = ", ".join(self.scales) or "none"
            remedy = f"{close_to(name, self.scales)} the scales are {known}".strip()
            shown = f"there is no scale {name}" if isinstance(entry.scale, str) else "a scale is a name or a mapping"
            self.problems.append(self.document.problem(where, shown, remedy))
        self.broken.add(entry.code)
        return None

    def _yes_no(self, path: Path) -> Scale | None:
        self.used_scales.add("yes_no")
        if "yes_no" in self.scales:
            return self.scales["yes_no"].content
        if "yes_no" in self.broken:
            return None
        unknown = [language for language in self.languages if language not in YES_NO]
        if unknown:
            self.problems.append(
                self.document.problem(
                    path,
                    f"there are no built-in words for yes and no in {', '.join(unknown)}",
                    "add a scale named yes_no with the codes yes and no and their labels",
                )
            )
        labels = [
            Text.of({language: YES_NO[language][which] for language in self.languages if language in YES_NO})
            for which in (0, 1)
        ]
        points = (ScalePoint("yes", labels[0], 1.0), ScalePoint("no", labels[1], 2.0))
        return Scale("yes_no", "nominal", points)

    def _scale(self, name: str, entry: ScaleEntry) -> Scale:
        points = tuple(
            ScalePoint(
                point.code, self._text(point.label), float(position) if point.value is None else float(point.value)
            )
            for position, point in enumerate(entry.points, start=1)
        )
        return Scale(name, entry.kind, points)

    def _derived(self, contents: list[Any]) -> Iterator[Placed[Derived]]:
        for position, content in enumerate(contents):
            path: Path = ("derived", position)
            entry = self._entry(path, DerivedEntry, content, "a derived variable")
            if entry is not None:
                levels = tuple(DerivedLevel(level.code, self._text(level.label), level.when) for level in entry.levels)
                made = Derived(entry.code, self._text(entry.label), levels, entry.kind, tuple(entry.replaces))
                yield Placed(path, made)

    def _text(self, translated: Mapping[str, str]) -> Text:
        return _text(self.languages, translated)
