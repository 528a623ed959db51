"""Rules for quotas: cells of answers that can be given, and limits that can be reached."""

from __future__ import annotations

from trustsurvey.documents.document import Path
from trustsurvey.documents.values import close_to
from trustsurvey.instruments.findings import Findings
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.instruments.wording import a_question

__all__ = ["check_quotas"]

COUNTED = (QuestionType.SINGLE, QuestionType.YES_NO, QuestionType.RATING)
NAME = "[A-Za-z][A-Za-z0-9_]*"


def check_quotas(findings: Findings) -> None:
    """Look at every quota of a draft."""
    draft = findings.draft
    findings.unique((((*quota.path, "code"), quota.content.code) for quota in draft.quotas), "quota")
    questions = {question.content.code: question.content for question in draft.questions}
    derived = {each.content.code: each.content for each in draft.derived}
    for quota in draft.quotas:
        path, entry = quota.path, quota.content
        words = "letters, digits and underscores, starting with a letter"
        findings.pattern((*path, "code"), entry.code, "quota", NAME, words)
        if entry.limit < 1:
            message = f"the limit of {entry.code} is {entry.limit}, so nobody could be interviewed"
            findings.add((*path, "limit"), message, "write a whole number of 1 or more")
        if not entry.when:
            findings.add(
                (*path, "when"), f"{entry.code} names no answers", "write a question and its answers, as in SEX: F"
            )
        for code, answers in entry.when.items():
            where: Path = (*path, "when", code)
            if code in questions and not findings.is_broken(code):
                _answers(findings, where, questions[code], answers)
            elif code in derived:
                read = ", ".join(dict.fromkeys(derived[code].replaces)) or "the questions that it is made of"
                message = f"{code} is derived on import, and a quota counts answers as they come in"
                findings.add(where, message, f"name a question and codes of its answers; see {read}", key=True)
            elif code not in questions and not findings.is_broken(code):
                known = [each for each, question in questions.items() if question.type in COUNTED]
                remedy = f"{close_to(code, known)} name a question with one answer".strip()
                findings.add(where, f"there is no question {code}", remedy, key=True)


def _answers(findings: Findings, path: Path, question: Question, answers: list[str]) -> None:
    if question.type not in COUNTED:
        message = f"{question.code} is {a_question(question.type)}, and a quota counts answers of which one is given"
        findings.add(path, message, "name a single, yes_no or rating question", key=True)
        return
    codes = list(question.scale.codes) if question.scale else []
    if isinstance(question.minimum, float) and isinstance(question.maximum, float):
        codes = [str(number) for number in range(int(question.minimum), int(question.maximum) + 1)]
    if not answers:
        findings.add(path, f"no answer to {question.code} is named", f"name some of {', '.join(codes)}")
    for position, answer in enumerate(answers):
        where = (*path, position) if (*path, position) in findings.draft.document.values else path
        if answer not in codes:
            remedy = f"{close_to(answer, codes)} its answers are {', '.join(codes)}".strip()
            findings.add(where, f"{question.code} has no answer {answer}", remedy)
        elif answer in answers[:position]:
            findings.add(where, f"the answer {answer} is named twice", "name it once")
