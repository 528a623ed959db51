"""Where the checks of a draft write down what they find."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trustsurvey.documents.document import Path
from trustsurvey.errors import Problem
from trustsurvey.instruments.draft import Draft

__all__ = ["Findings"]


class Findings:
    """The problems of a draft, collected one by one."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.problems: list[Problem] = []

    def add(self, path: Path, message: str, remedy: str, *, key: bool = False, character: int = 0) -> None:
        """Write down a problem with the value (or the key) at a path, unless its shape has been reported already."""
        document, reported = self.draft.document, self.draft.reported
        place = document.place(path)
        if reported and (path not in document.values or (place.line, place.column) in reported):
            return
        self.problems.append(document.problem(path, message, remedy, key=key, character=character))

    def line(self, path: Path) -> int:
        """Return the line of the value at a path."""
        return self.draft.document.place(path).line

    def is_broken(self, name: str) -> bool:
        """Return whether a name belongs to something whose shape is wrong, so that it may well exist."""
        return any(name == each or name.startswith(f"{each}_") for each in self.draft.broken)

    def unique(self, codes: Iterable[tuple[Path, str]], what: str) -> None:
        """Write down every code that was given before, ignoring case."""
        first: dict[str, Path] = {}
        for path, code in codes:
            earlier = first.setdefault(code.lower(), path)
            if earlier != path:
                message = f"the {what} {code} is given twice, first on line {self.line(earlier)}"
                self.add(path, message, "rename one of the two; capitals make no difference")

    def pattern(self, path: Path, code: str, what: str, pattern: str, words: str, longest: int = 0) -> None:
        """Write down a code that does not follow its pattern or is too long."""
        if not re.fullmatch(pattern, code):
            self.add(path, f"the {what} {code!r} is not made of {words}", "rename it")
        elif longest and len(code) > longest:
            message = f"the {what} {code} has {len(code)} characters, more than {longest}"
            self.add(path, message, f"shorten it to {longest}")
