"""Rules for what the survey platform cannot tell apart, store or check as it is written."""

from __future__ import annotations

import re

from trustsurvey.instruments.draft import Placed
from trustsurvey.instruments.findings import Findings
from trustsurvey.instruments.questions import Question, QuestionType

__all__ = ["check_platform", "comparable"]

# Words for invalid answers are looked through twice, so that no way of escaping a brace lasts.
EVALUATED = re.compile(r"\{(?!\s)[^}]*\}?")
CHANGED = re.compile(r"[<>&\n\\]")
# What Python, PHP and JavaScript read alike, of characters that the platform does not encode.
PATTERN = re.compile(
    r"""(?: [A-Za-z0-9 _:,-]                          # itself
        | \\[d.()\[\]{}+*?|/-]                        # a digit, or a sign that means something
        | \[ (?: [A-Za-z0-9 _:,.()+*?|-] | \\[d/-] )+ \]
        | \( (?:\?:)? | \) | \|
        | (?: [?*+] | \{ [0-9]+ (?: , [0-9]* )? \} ) (?! [?*+{] )
    )+""",
    re.VERBOSE,
)

COMPARABLE = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]*")
NUMBERS_AND_NONE = frozenset({"false", "inf", "infinity", "nan"})


# What MariaDB and MySQL hold in a row of a table, and what a column of it takes: typed numbers, all others.
ROW, NUMBER, COLUMN = 8100, 15, 22
COLUMNS_OF_THE_PLATFORM = 8


def comparable(text: str) -> bool:
    """Say whether the platform compares what is typed with this text to the letter.

    It compares what looks like a number as a number, and encodes letters with accents and the signs of HTML.
    """
    return bool(COMPARABLE.fullmatch(text)) and text.lower() not in NUMBERS_AND_NONE


def check_platform(findings: Findings) -> None:
    """Look at every question of a draft."""
    for question in findings.draft.questions:
        _value(findings, question)
        _pattern(findings, question)
        _invalid(findings, question)
        _lines(findings, question)
    _row(findings)


def _row(findings: Findings) -> None:
    """All answers of a respondent stand in one row of a database table."""
    draft = findings.draft
    columns = COLUMNS_OF_THE_PLATFORM + len(draft.groups)
    size = COLUMN * columns
    for question in (placed.content for placed in draft.questions):
        variables = question.variables()
        beside = int(question.reason_key is not None)
        if question.type is QuestionType.MULTIPLE:
            beside = question.dont_know + question.refused
        columns += len(variables) + beside
        typed = question.type is QuestionType.NUMBER
        size += (NUMBER if typed else COLUMN) * len(variables) + COLUMN * beside
    if size > ROW:
        message = f"the answers fill {columns} columns, more than the survey platform can hold of one respondent"
        most = f"about {ROW // COLUMN}"
        remedy = f"{most} are possible: split the questionnaire, or let one record be one line of the table (record)"
        findings.add(("groups",), message, remedy, key=True)


def _value(findings: Findings, placed: Placed[Question]) -> None:
    value, path = placed.content.value, (*placed.path, "value")
    if placed.content.type is QuestionType.HIDDEN and (found := CHANGED.search(value)):
        sign = "a line break" if found.group() == "\n" else found.group()
        message = f"the survey platform would store {sign} in the value of {placed.content.code} as something else"
        findings.add(path, message, "leave it out")


def _pattern(findings: Findings, placed: Placed[Question]) -> None:
    pattern, path = placed.content.pattern, (*placed.path, "pattern")
    if not pattern:
        return
    remedy = (
        "use letters, digits, the classes [..] and \\d, groups (..), |, ? * + and {n,m}, and \\/ for a slash; it is "
        "matched with the whole answer, so ^ and $ are left out"
    )
    try:
        re.compile(pattern, re.ASCII)
    except re.error as error:
        findings.add(path, f"the pattern {pattern} is no regular expression ({error.msg})", remedy)
        return
    if not PATTERN.fullmatch(pattern):
        findings.add(path, f"the pattern {pattern} holds what not every platform understands alike", remedy)
    elif placed.content.invalid is None:
        message = f"{placed.content.code} has a pattern and no words for an answer that does not match it"
        findings.add(path, message, "add invalid: with a sentence that says what is expected", key=True)


def _invalid(findings: Findings, placed: Placed[Question]) -> None:
    question = placed.content
    if question.invalid and not question.pattern and question.minimum is None and question.maximum is None:
        rule = "pattern" if question.type is QuestionType.TEXT else "minimum or maximum"
        message = f"{question.code} says what is shown for an invalid answer, and no answer is invalid"
        findings.add((*placed.path, "invalid"), message, f"add {rule}, or delete it", key=True)
    for language, words in question.invalid.translations if question.invalid else ():
        if found := EVALUATED.search(words):
            message = f"the survey platform would evaluate {found.group()} here instead of showing it"
            path = (*placed.path, "invalid", language)
            findings.add(path, message, "put a space after the opening brace", character=found.start() + 1)


def _lines(findings: Findings, placed: Placed[Question]) -> None:
    for number, item in enumerate(placed.content.items):
        for language, words in item.text.translations:
            if place := words.find("|") + 1:
                message = f"the platform would show what follows | on the other side of the answers to {item.code}"
                path = (*placed.path, "items", number, "text", language)
                findings.add(path, message, "write a dash or a slash instead", character=place)
