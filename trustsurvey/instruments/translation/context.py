"""Where a text is shown, in words for who translates it."""

from __future__ import annotations

from os import PathLike
from typing import Any

from trustsurvey.documents.document import Document, Path
from trustsurvey.errors import TrustSurveyError
from trustsurvey.instruments.codebook.sentences import Sentences
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.translation.texts import TranslatableText

__all__ = ["Contexts"]

SPOKEN = ("fr", "nl", "en")
LONGEST = 300
ROLES = {
    "title": "title",
    "description": "shown below the title",
    "welcome": "shown before the first question",
    "end": "shown after the last question",
    "help": "help below a question",
    "other": 'label of the answer "other"',
    "invalid": "shown where an answer is wrong",
    "message": "message",
    "unit": "what one record stands for",
}
KINDS = {"derived": "a computed variable, in results", "indices": "an index, in results", "quotas": "a quota"}


class Contexts:
    """Describes the texts of one file, in the language that they are translated from."""

    def __init__(self, document: Document, path: str | PathLike[str], source: str) -> None:
        self.document = document
        self.source = source
        self.instrument: Instrument | None = None
        try:
            self.instrument = load_instrument(path)
        except TrustSurveyError:
            # A file that is not sound yet is translated all the same, its routing as it is written.
            self.instrument = None

    def of(self, text: TranslatableText, target: str) -> str:
        """Return lines: what the text is, its page, question and routing, and the other languages."""
        lines = [self._role(text.path)]
        question = self._question(text.path)
        page = self._words(self._at(text.path[:2]), "title") if text.path[0] == "groups" else ""
        if page and len(text.path) > 3:
            lines.append(f"page: {page}")
        if question is not None:
            asked = self._words(question, "text")
            if asked and (text.path[-1] != "text" or "items" in text.path):
                lines.append(f"question: {asked}")
            lines += self._routing(text.path, question)
        lines += [
            f"{code}: {words}"
            for code, words in text.translations.items()
            if code not in {self.source, target} and words.strip()
        ]
        return "\n".join(line if len(line) <= LONGEST else f"{line[:LONGEST]}..." for line in lines)

    def _role(self, path: Path) -> str:
        question = self._question(path)
        last = next(str(part) for part in reversed(path) if isinstance(part, str))
        if path[0] in KINDS:
            return KINDS[str(path[0])]
        if path[0] == "scales" or "points" in path:
            return "an answer"
        if last == "ends":
            return "the lowest end of a scale" if path[-1] == 0 else "the highest end of a scale"
        if question is not None and "items" in path:
            return "a line of a battery"
        if question is not None and last == "text":
            return f"question ({str(question.get('type', '')).replace('_', ' ')})"
        if path[0] in {"dont_know", "refused"}:
            return "an answer to many questions"
        return "page title" if path[0] == "groups" and last == "title" else ROLES.get(last, last)

    def _question(self, path: Path) -> dict[str, Any] | None:
        place = path.index("questions") if "questions" in path else -1
        found = self._at(path[: place + 2]) if place >= 0 else None
        return found if isinstance(found, dict) else None

    def _routing(self, path: Path, question: dict[str, Any]) -> list[str]:
        group = self._at(path[:2]) if path[0] == "groups" else {}
        conditions = [str(each["ask_if"]) for each in (group, question) if each.get("ask_if")]
        if not conditions:
            return []
        language = self.source if self.source in SPOKEN else "en"
        if self.instrument is not None and language in self.instrument.languages:
            pieces = Sentences.of(self.instrument, language)(*conditions)
            return [f"asked if: {''.join(piece.text for piece in pieces)}"]
        return [f"asked if: {' and '.join(conditions)}"]

    def _at(self, path: Path) -> Any:
        content = self.document.content
        for part in path:
            content = content[part]
        return content

    def _words(self, content: Any, key: str) -> str:
        texts = content.get(key) if isinstance(content, dict) else None
        return str(texts.get(self.source, "")) if isinstance(texts, dict) else ""
