"""Rules for codes and names: unique, and within what the survey platform and the frame of answers can hold.

LimeSurvey drops, shortens or renames in silence what goes past its limits, so they are errors here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trustsurvey.documents.document import Path
from trustsurvey.instruments.draft import Placed
from trustsurvey.instruments.expression import KEYWORDS
from trustsurvey.instruments.findings import Findings
from trustsurvey.instruments.questions import Question, QuestionType, Scale

__all__ = ["check_codes"]

LONGEST_QUESTION = 20
LONGEST_ITEM = 20
LONGEST_ANSWER = 5
REASON = "NR"
# Some it renames; others are words of its expressions, or names that it replaces in them.
PLATFORM_WORDS = """
lang sid token qid gid sgq savedid self that this le lt ge gt eq ne and or
active adminemail adminname datestamp expiry movenextbutton moveprevbutton navigator numberofgroups
numberofquestions percentcomplete privacyheading privacymessage surveycontact surveydescription surveyformat
surveylanguage surveyname surveyresourcesurl templateurl url welcome
"""
RESERVED_BY_PLATFORM = frozenset(PLATFORM_WORDS.split())
# Hidden questions that a survey gets on the platform; the page is numbered.
RESERVED_BY_STRUCTURE = r"tsstamp|tspage[0-9]+"
RESERVED_IN_FRAME = frozenset({"wave", "language", "status", "respondent", "weight"})
SUBQUESTIONS_RENAMED = frozenset({"time"})

NUMBER = r"[0-9]+(?:[eE][0-9]+)?"
NAME = "[A-Za-z][A-Za-z0-9_]*"
NAME_WORDS = "letters, digits and underscores, starting with a letter"


def check_codes(findings: Findings) -> None:
    """Look at every code and name of a draft."""
    draft = findings.draft
    findings.unique((((*group.path, "code"), group.entry.code) for group in draft.groups), "group code")
    for group in draft.groups:
        findings.pattern((*group.path, "code"), group.entry.code, "group code", NAME, NAME_WORDS)
    findings.unique((((*each.path, "code"), each.content.code) for each in draft.questions), "question code")
    for question in draft.questions:
        _question(findings, question)
    findings.unique(((scale.path, name) for name, scale in draft.scales.items()), "scale")
    for scale in _scales(findings):
        _scale(findings, scale)
    _non_response(findings)
    for derived in draft.derived:
        levels = [((*derived.path, "levels", n, "code"), each.code) for n, each in enumerate(derived.content.levels)]
        findings.unique(levels, "level")
        for path, code in levels:
            words = "letters, digits and the signs _ - + ."
            findings.pattern(path, code, "level code", "[A-Za-z0-9][A-Za-z0-9_.+-]*", words)
        findings.pattern((*derived.path, "code"), derived.content.code, "code", NAME, NAME_WORDS)
    for index in draft.indices:
        findings.pattern((*index.path, "code"), index.content.code, "code", NAME, NAME_WORDS)
    _columns(findings)


def _question(findings: Findings, placed: Placed[Question]) -> None:
    question, path = placed.content, (*placed.path, "code")
    words = "letters and digits, starting with a letter"
    longest = LONGEST_QUESTION - len(REASON) if question.reason_key else LONGEST_QUESTION
    findings.pattern(path, question.code, "question code", "[A-Za-z][A-Za-z0-9]*", words, longest)
    if question.code.lower() in RESERVED_BY_PLATFORM:
        findings.add(path, f"{question.code} is a reserved word of the survey platform", "choose another code")
    if re.fullmatch(RESERVED_BY_STRUCTURE, question.code.lower()):
        findings.add(path, f"{question.code} is the name of a hidden question of ours", "choose another code")
    if question.code.lower() in KEYWORDS:
        findings.add(path, f"{question.code} is a word of the routing language", "choose another code")
    if question.reason_key:
        for other in findings.draft.questions:
            if other.content.code.lower() == question.reason_key.lower():
                message = (
                    f"{other.content.code} is needed for the reason why {question.code} "
                    f"(line {findings.line(path)}) is not answered"
                )
                findings.add((*other.path, "code"), message, "choose another code")
    if question.type is QuestionType.BATTERY:
        items = [((*placed.path, "items", n, "code"), item.code) for n, item in enumerate(question.items)]
        findings.unique(items, "item code")
        for where, code in items:
            findings.pattern(where, code, "item code", "[A-Za-z0-9_]+", "letters, digits and underscores", LONGEST_ITEM)
            if code in SUBQUESTIONS_RENAMED:
                findings.add(where, f"the survey platform renames the item code {code}", "choose another code")
    if question.scale and question.type in {QuestionType.SINGLE, QuestionType.MULTIPLE}:
        for where, code in _points(findings, placed):
            if question.other and code.lower() == "other":
                message = f"the answer code {code} is the one of the free-text answer of {question.code}"
                findings.add(where, message, "choose another code")
            if question.type is QuestionType.MULTIPLE and code in SUBQUESTIONS_RENAMED:
                message = f"the survey platform renames the answer code {code} of a multiple choice"
                findings.add(where, message, "choose another code")


def _points(findings: Findings, placed: Placed[Question]) -> list[tuple[Path, str]]:
    scale = placed.content.scale
    around = (*placed.path, "scale")
    if scale is None:
        return []
    if scale.name in findings.draft.scales and (*around, "points") not in findings.draft.document.values:
        around = findings.draft.scales[scale.name].path
    return [((*around, "points", position, "code"), point.code) for position, point in enumerate(scale.points)]


def _scales(findings: Findings) -> Iterator[Placed[Scale]]:
    """Yield the named scales, then those written in place."""
    yield from findings.draft.scales.values()
    for question in findings.draft.questions:
        path = (*question.path, "scale")
        if question.content.scale and (*path, "points") in findings.draft.document.values:
            yield Placed(path, question.content.scale)


def _scale(findings: Findings, placed: Placed[Scale]) -> None:
    header = findings.draft.header
    codes = [((*placed.path, "points", n, "code"), code) for n, code in enumerate(placed.content.codes)]
    findings.unique(codes, "answer code")
    _numbers(findings, codes)
    taken = {entry.code.lower(): name for name in ("dont_know", "refused") if (entry := getattr(header, name))}
    for path, code in codes:
        findings.pattern(path, code, "answer code", "[A-Za-z0-9]+", "letters and digits", LONGEST_ANSWER)
        if code.lower() in taken:
            findings.add(path, f"the answer code {code} is that of {taken[code.lower()]}", "choose another code")
        if code.lower() == "false":
            findings.add(path, f"the survey platform takes the answer code {code} for none", "choose another code")


def _numbers(findings: Findings, codes: list[tuple[Path, str]]) -> None:
    """Write down codes that are one number, such as 1 and 01: the platform compares them as numbers."""
    first: dict[float, str] = {}
    for path, code in codes:
        if re.fullmatch(NUMBER, code):
            earlier = first.setdefault(float(code), code)
            if earlier.lower() != code.lower():
                message = f"the survey platform cannot tell the answer codes {earlier} and {code} apart, one number"
                findings.add(path, message, "rename one of the two")


def _non_response(findings: Findings) -> None:
    header = findings.draft.header
    codes = [((name, "code"), entry.code) for name in ("dont_know", "refused") if (entry := getattr(header, name))]
    findings.unique(codes, "code")
    for path, code in codes:
        words = "letters and digits, starting with a letter"
        findings.pattern(path, code, "code", "[A-Za-z][A-Za-z0-9]*", words, LONGEST_ANSWER)
        if code.lower() in {"other", "yes", "no"} | SUBQUESTIONS_RENAMED:
            findings.add(path, f"the code {code} already means something else", "choose another, such as DK or PNS")


def _columns(findings: Findings) -> None:
    """Look at the names of answers, derived variables and indices, which share one frame.

    A derived variable may differ from one that it replaces by capitals alone.
    """
    draft = findings.draft
    first: dict[str, tuple[Path, str]] = {}
    for question in draft.questions:
        for variable in question.content.variables():
            first.setdefault(variable.name.lower(), ((*question.path, "code"), variable.name))
    named = [(path, name) for path, name in first.values()]
    made = [((*each.path, "code"), each.content.code, each.content.replaces) for each in draft.derived]
    made += [((*each.path, "code"), each.content.code, ()) for each in draft.indices]
    for path, name, replaces in made:
        named.append((path, name))
        earlier, taken = first.setdefault(name.lower(), (path, name))
        if earlier != path and (taken == name or taken not in replaces):
            message = f"the name {name} is taken, by what stands on line {findings.line(earlier)}"
            findings.add(path, message, "rename one of the two; capitals make no difference")
    for path, name in named:
        if name.lower() in RESERVED_IN_FRAME:
            findings.add(path, f"{name} is a column that every frame of answers has", "choose another code")
