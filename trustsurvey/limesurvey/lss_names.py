"""LimeSurvey's names for one answer: the numbered ones (survey X group X question) and those made of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Names", "Numbered"]

NUMBERED = re.compile(r"(?<![A-Za-z0-9_])([0-9]+)X[0-9]+X([0-9]+)([A-Za-z0-9_]*)(?:#([0-9]))?")
BY_ROW = re.compile(r"Q([0-9]+)((?:_S[0-9]+)*)(?:#([0-9]))?(?:_C([A-Za-z]+))?")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A question as its row numbers it: code, and the codes of its subquestions by their number."""

    code: str
    subquestions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """Translates numbered names into names made of codes: ``Q``, ``Q_SUB``, ``Q_ROW_COLUMN``, ``Q_SUB_0``.

    Parameters
    ----------
    survey : str
        Number of the survey in the file.
    questions : mapping of question number to Numbered
    """

    survey: str
    questions: Mapping[str, Numbered]

    def expression(self, text: str) -> str:
        """Return an expression in which numbered names of this survey are replaced; others stay as they are."""
        return NUMBERED.sub(lambda found: self._replaced(found), text)

    def field(self, name: str, question: str) -> str:
        """Return the name of a field that a condition on a question (by its number) refers to."""
        if found := NUMBERED.fullmatch(name):
            rest = found[2] + found[3]
            if question in self.questions and rest.startswith(question):
                return self._joined(question, rest.removeprefix(question), found[4])
            return self._replaced(found)
        if (found := BY_ROW.fullmatch(name)) and found[1] in self.questions:
            numbered = self.questions[found[1]]
            parts = [numbered.subquestions.get(each, each) for each in re.findall(r"_S([0-9]+)", found[2])]
            parts += [each for each in (found[3], found[4]) if each]
            return "_".join([numbered.code, *parts])
        return name

    def _replaced(self, found: re.Match[str]) -> str:
        if self.survey and found[1] != self.survey:
            return found[0]
        digits = found[2] + found[3]
        # The number of the question and the code of the subquestion stand side by side: 1X2X31 may be 3 and "1".
        for length in range(len(re.match(r"[0-9]+", digits)[0]), 0, -1):  # type: ignore[index]
            number, rest = digits[:length], digits[length:]
            if number in self.questions and (not rest or self._known(number, rest)):
                return self._joined(number, rest, found[4])
        if found[2] in self.questions:
            return self._joined(found[2], found[3], found[4])
        return found[0]

    def _known(self, number: str, rest: str) -> bool:
        codes = set(self.questions[number].subquestions.values())
        known = codes | {"other", "comment"} | {f"{code}comment" for code in codes}
        return rest in known or rest.removesuffix("comment") in known or any(rest.startswith(f"{c}_") for c in codes)

    def _joined(self, number: str, rest: str, scale: str | None) -> str:
        parts = [self.questions[number].code, rest.removeprefix("_"), scale]
        return "_".join(part for part in parts if part)
