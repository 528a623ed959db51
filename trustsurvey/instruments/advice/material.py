"""What the rules look at, and what they return."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from trustsurvey.documents.document import Path
from trustsurvey.instruments.advice.lexicon import LEXICONS, Lexicon
from trustsurvey.instruments.draft import Draft, Placed
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Scale, Text

__all__ = ["Advice", "Material", "Wording", "lexicon_of"]

SILENT = (QuestionType.INFORMATION, QuestionType.HIDDEN)


@dataclass(frozen=True, slots=True)
class Advice:
    """One hint: the short name of its rule, what it is about, where that stands, and what to do."""

    name: str
    item: str
    path: Path
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A question or a line of a battery as it is put to respondents; ``path`` is that of its text."""

    item: str
    path: Path
    role: Literal["question", "statement"]
    text: Text
    question: Question

    def found(self, look: Callable[[str, Lexicon], str | None]) -> tuple[str, str] | None:
        """Return (language, what was found) where most languages that we have words for show the same."""
        texts = [(code, words) for code, words in self.text.translations if lexicon_of(code)]
        hits = [(code, hit) for code, words in texts if (hit := look(words, LEXICONS[code[:2]]))]
        return hits[0] if hits and 2 * len(hits) > len(texts) else None


def lexicon_of(language: str) -> Lexicon | None:
    """Return the words of a language, None where we have none."""
    return LEXICONS.get(language[:2])


@dataclass(frozen=True)
class Material:
    """A sound draft and the instrument that it makes, None for a block of the bank."""

    draft: Draft
    instrument: Instrument | None

    def own(self, path: Path, inner: str) -> bool:
        """Return whether something stands in the file, rather than in a block that it uses.

        What comes from a block stands, key by key, in the place of the line that uses it.
        """
        values = self.draft.document.values
        return values.get(path) != values.get((*path, inner))

    @property
    def asked(self) -> list[Placed[Question]]:
        """The questions that somebody answers, in order, without that of consent."""
        consent = self.draft.header.consent
        return [
            each for each in self.draft.questions if each.content.type not in SILENT and each.content.code != consent
        ]

    @property
    def own_asked(self) -> list[Placed[Question]]:
        """Those of ``asked`` that stand in the file itself."""
        return [each for each in self.asked if self.own(each.path, "code")]

    @property
    def is_register(self) -> bool:
        """Whether no respondent, but an office fills it in."""
        return self.draft.header.record is not None

    @cached_property
    def wordings(self) -> tuple[Wording, ...]:
        """The questions and statements that stand in the file itself."""
        return tuple(self._wordings())

    def _wordings(self) -> Iterator[Wording]:
        for placed in self.own_asked:
            question = placed.content
            yield Wording(question.code, (*placed.path, "text"), "question", question.text, question)
            for number, item in enumerate(question.items):
                path = (*placed.path, "items", number, "text")
                yield Wording(f"{question.code}_{item.code}", path, "statement", item.text, question)

    def own_scales(self) -> Iterator[tuple[str, Path, Scale]]:
        """Yield the scales that are written in the file, by name or in place."""
        for name, scale in self.draft.scales.items():
            if self.own(scale.path, "kind"):
                yield name, scale.path, scale.content
        for placed in self.own_asked:
            path = (*placed.path, "scale")
            if placed.content.scale and (*path, "points") in self.draft.document.values:
                yield placed.content.code, path, placed.content.scale

    def agrees(self, question: Question) -> bool:
        """Return whether a question is answered on a scale of agreement."""
        scale = question.scale
        if scale is None or scale.kind != "ordinal":
            return False
        labels = [
            bool(re.search(lexicon.agreement, words.lower()))
            for point in scale.points
            for code, words in point.label.translations
            if (lexicon := lexicon_of(code))
        ]
        return len(labels) > 0 and 2 * sum(labels) > len(labels)
