"""Which answers of a survey mean "don't know" and "prefer not to answer" throughout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trustsurvey.instruments.checks_codes import REASON
from trustsurvey.instruments.model import NonResponse
from trustsurvey.limesurvey.adoption.context import Context
from trustsurvey.limesurvey.adoption.texts import plain
from trustsurvey.limesurvey.adoption.words import DONT_KNOW, REFUSED, says
from trustsurvey.limesurvey.structure import Answer, Subquestion, Survey

__all__ = ["companions", "recognise_reasons"]

LISTS = frozenset("L!OFH1WZ")
TYPED = frozenset("NDST")
CODE = re.compile("[A-Za-z][A-Za-z0-9]{0,4}")
PATTERNS = {"dont_know": DONT_KNOW, "refused": REFUSED}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An answer that may be a reason; ``certain`` where it cannot be anything else."""

    code: str
    label: str
    texts: tuple[tuple[str, str], ...]
    state: str
    certain: bool


def companions(survey: Survey) -> dict[str, str]:
    """Return, for a survey that ``build`` made, the questions that hold reasons, with the question each belongs to."""
    result = {}
    for group in survey.groups:
        before = None
        for question in group.questions:
            if before and question.type == "L" and question.code == f"{before.code}{REASON}" and before.type in TYPED:
                result[question.code] = before.code
            before = question
    return result


def recognise_reasons(survey: Survey, context: Context) -> None:
    """Find the reasons among the answers and keep them in the context.

    One code and label each; an answer whose code means something else elsewhere stays an answer.
    """
    candidates = list(_candidates(survey, context))
    counted: dict[str, Counter[tuple[str, str]]] = {state: Counter() for state in PATTERNS}
    certain: dict[str, _Candidate] = {}
    for candidate in candidates:
        if candidate.certain:
            certain.setdefault(candidate.code, candidate)
        if candidate.state:
            counted[candidate.state][candidate.code, candidate.label] += 1
    found: dict[str, str] = {}
    for state, counts in counted.items():
        usable = [code for (code, _), _ in counts.most_common() if CODE.fullmatch(code) and code not in found.values()]
        usable = [code for code in usable if not _ambiguous(survey, context, code, candidates)] or usable * context.ours
        if usable:
            found[state] = usable[0]
    # Where the words are not known, "don't know" comes before a refusal.
    for code in certain:
        free = [state for state in PATTERNS if state not in found]
        if context.ours and code not in found.values() and free:
            found[free[0]] = code
    for state, code in found.items():
        candidate = next(each for each in candidates if each.code == code)
        label = context.text(dict(candidate.texts), "survey", f"the answer {code}", code)
        reason = NonResponse(code, label)
        if state == "dont_know":
            context.dont_know = reason
        else:
            context.refused = reason
        if not context.ours:
            words = "don't know" if state == "dont_know" else "a refusal"
            context.findings.add("survey", "to check", f"the answer {code} is taken for {words}", candidate.label)


def _candidates(survey: Survey, context: Context) -> Iterator[_Candidate]:
    own = companions(survey) if context.ours else {}
    for question in survey.questions:
        if question.code in own:
            yield from (_candidate(each, context, True) for each in question.answers)
        elif question.type in LISTS:
            for scale in (0, 1):
                answers = [each for each in question.answers if each.scale == scale]
                yield from (_candidate(each, context, False) for each in answers[-2:])
        elif question.type in {"M", "P"}:
            alone = set(re.split("[;,]", question.attribute("exclude_all_others")))
            for line in question.subquestions:
                if line.code in alone:
                    yield _candidate(line, context, context.ours)


def _candidate(answer: Answer | Subquestion, context: Context, certain: bool) -> _Candidate:
    labels = _labels(answer.texts)
    state = next((state for state, patterns in PATTERNS.items() if says(labels, patterns)), "")
    return _Candidate(answer.code, _base(answer, context), tuple(answer.texts.items()), state, certain)


def _labels(texts: Mapping[str, str]) -> list[str]:
    return [plain(text).text for text in texts.values()]


def _base(answer: Answer | Subquestion, context: Context) -> str:
    return plain(answer.texts.get(next(iter(context.languages)), "")).text


def _ambiguous(survey: Survey, context: Context, code: str, candidates: list[_Candidate]) -> bool:
    """Return whether a code also stands for a real answer somewhere."""
    label = next(each.label for each in candidates if each.code == code and each.state)
    for question in survey.questions:
        ticks: list[Answer | Subquestion] = [*question.subquestions] if question.type in {"M", "P"} else []
        for each in [*question.answers, *ticks]:
            if each.code.lower() == code.lower() and (each.code != code or _base(each, context) != label):
                return True
    return False
