"""Rules for records and for ``checks``: variables that exist, are given and can be compared; nothing that tells who."""

from __future__ import annotations

from collections.abc import Mapping

from trustsurvey.documents.document import Path
from trustsurvey.documents.values import close_to
from trustsurvey.errors import RoutingError
from trustsurvey.instruments.checks_routing import ExpressionReader
from trustsurvey.instruments.constraint_faults import Content, faults
from trustsurvey.instruments.constraints import Aggregate, Named, matches, parse_constraint
from trustsurvey.instruments.draft import Placed
from trustsurvey.instruments.expression import conditions, parse
from trustsurvey.instruments.findings import Findings
from trustsurvey.instruments.questions import Question, QuestionType, Variable
from trustsurvey.instruments.schema import CheckEntry
from trustsurvey.instruments.wording import a_question

__all__ = ["REFERENCE_PERIOD", "check_records"]

# The concept of a variable that says which period a record belongs to; an import compares the two.
REFERENCE_PERIOD = "reference_period"

MOST_NAMED = 12
NAME = "[A-Za-z][A-Za-z0-9_]*"


def check_records(findings: Findings) -> None:
    """Look at what a draft says of records, and at every check of it."""
    draft = findings.draft
    questions = {question.content.code: question.content for question in draft.questions}
    if draft.header.record is not None:
        _register(findings)
        _key(findings, questions)
    findings.unique((((*check.path, "code"), check.content.code) for check in draft.checks), "check")
    known = _known(findings)
    reader = ExpressionReader(findings, known)
    for check in draft.checks:
        words = "letters, digits and underscores, starting with a letter"
        findings.pattern((*check.path, "code"), check.content.code, "check", NAME, words)
        _when(findings, reader, check, known, questions)
        _rule(findings, (*check.path, "rule"), check.content.rule, known, questions)


def _register(findings: Findings) -> None:
    """Write down what could hold a name: a register holds records and no people."""
    draft = findings.draft
    for question in draft.questions:
        content, path = question.content, question.path
        if content.type is QuestionType.LONG_TEXT or (content.type is QuestionType.TEXT and not content.pattern):
            message = f"{content.code} takes any text, so a record could name somebody"
            remedy = "make it a closed question, or a text with a pattern"
            findings.add((*path, "type"), message, remedy)
        if content.concept == REFERENCE_PERIOD and content.type not in {QuestionType.DATE, QuestionType.NUMBER}:
            message = f"{content.code} says which period a record belongs to, and is {a_question(content.type)}"
            findings.add((*path, "type"), message, "make it a date, the first of a month, or a number, the year")
        if content.other is not None:
            message = f"the other answer of {content.code} takes any text, so a record could name somebody"
            findings.add((*path, "other"), message, "make it an answer of the scale", key=True)


def _key(findings: Findings, questions: Mapping[str, Question]) -> None:
    record = findings.draft.header.record
    names = record.key if record else []
    for number, name in enumerate(names):
        path: Path = ("record", "key", number)
        if name in names[:number]:
            findings.add(path, f"{name} is named twice", "name it once")
        elif findings.is_broken(name):
            continue
        elif name not in questions:
            remedy = f"{close_to(name, questions)} name questions with one answer".strip()
            findings.add(path, f"there is no question {name}", remedy)
        else:
            message, remedy = _unfit(questions[name])
            if message:
                findings.add(path, message, remedy)


def _unfit(question: Question) -> tuple[str, str]:
    """Return why a question cannot be part of a key, and the remedy; empty where it can."""
    variables = [variable.name for variable in question.variables()]
    code = question.code
    if variables != [code]:
        return f"{code} is {a_question(question.type)}, and a key is made of single values", "leave it out"
    if question.type in {QuestionType.LONG_TEXT, QuestionType.TEXT} and not question.pattern:
        return f"{code} takes any text, which tells no records apart", "leave it out, or give it a pattern"
    if question.mandatory != "hard":
        return f"{code} tells records apart and may be left empty", f"add mandatory: hard to {code}"
    if question.ask_if:
        return (
            f"{code} tells records apart and is not always asked",
            f"delete its ask_if, and give {code} an answer for it",
        )
    if question.dont_know or question.refused:
        return f"{code} tells records apart and may stay unanswered", "make what is not known an answer of its scale"
    return "", ""


def _known(findings: Findings) -> dict[str, Variable]:
    """Return what a check may read: what the frame of answers holds in the end."""
    draft = findings.draft
    replaced = {name for derived in draft.derived for name in derived.content.replaces}
    asked = [variable for question in draft.questions for variable in question.content.variables()]
    made = [derived.content.variable() for derived in draft.derived]
    return {each.name: each for each in [*asked, *made] if each.name not in replaced and each.question not in replaced}


def _when(
    findings: Findings,
    reader: ExpressionReader,
    check: Placed[CheckEntry],
    known: Mapping[str, Variable],
    questions: Mapping[str, Question],
) -> None:
    path, text = (*check.path, "when"), check.content.when
    try:
        named = list(conditions(parse(text))) if text else []
    except RoutingError:
        named = []
    replaced = [each for each in named if _is_replaced(each.name, known, questions)]
    for each in replaced:
        findings.add(path, *_unknown(each.name, known, questions), character=each.column)
    if not replaced:
        reader.check(path, text, known, check.content.code)


def _is_replaced(name: str, known: Mapping[str, Variable], questions: Mapping[str, Question]) -> bool:
    return name not in known and name in questions and [each.name for each in questions[name].variables()] == [name]


def _rule(
    findings: Findings, path: Path, rule: str, known: Mapping[str, Variable], questions: Mapping[str, Question]
) -> None:
    if not rule:
        return
    try:
        constraint = parse_constraint(rule)
    except RoutingError as error:
        findings.add(path, error.complaint, error.remedy, character=error.column)
        return
    strange = False
    for signed in constraint.terms:
        match signed.term:
            case Named(name) if name not in known or findings.is_broken(name):
                strange = True
                if not findings.is_broken(name):
                    message, remedy = _unknown(name, known, questions)
                    findings.add(path, message, remedy, character=signed.column)
            case Aggregate(function, pattern):
                found = matches(pattern, known)
                strange |= any(findings.is_broken(name) for name in found)
                if not found and not findings.draft.broken:
                    fitting = "number" if function == "sum" else "boolean"
                    own = [name for name, variable in known.items() if variable.kind == fitting]
                    guess = close_to(pattern.replace("*", ""), own)
                    remedy = f"{guess} it matches whole names of variables; * stands for anything".strip()
                    findings.add(path, f"no variable matches {pattern}", remedy, character=signed.column)
    if not strange:
        contents = {name: Content(variable.kind, variable.codes) for name, variable in known.items()}
        for fault in faults(constraint, contents):
            findings.add(path, fault.complaint, fault.remedy, character=fault.column)


def _unknown(name: str, known: Mapping[str, Variable], questions: Mapping[str, Question]) -> tuple[str, str]:
    if name in questions:
        own = [variable.name for variable in questions[name].variables()]
        if not own:
            return f"{name} has no answer", "name another variable"
        if own != [name]:
            words = f"{name} is {a_question(questions[name].type)} and no variable by itself"
            counted = f", or count({name}_*)" if questions[name].type is QuestionType.MULTIPLE else ""
            return words, f"name one of {', '.join(own[:MOST_NAMED])}{counted}"
        return f"{name} is replaced by a derived variable on import", "name that one"
    available = ", ".join(list(known)[:MOST_NAMED]) + (" ..." if len(known) > MOST_NAMED else "")
    return f"there is no variable {name}", f"{close_to(name, known)} the variables are {available or 'none'}".strip()
