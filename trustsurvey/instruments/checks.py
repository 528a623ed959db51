"""What must hold between the parts of an instrument file, beyond the shape of each."""

from __future__ import annotations

import re
from itertools import pairwise

from trustsurvey.documents.document import Path
from trustsurvey.documents.values import close_to
from trustsurvey.errors import Problem
from trustsurvey.instruments.checks_codes import check_codes
from trustsurvey.instruments.checks_indices import check_indices
from trustsurvey.instruments.checks_platform import check_platform
from trustsurvey.instruments.checks_quotas import check_quotas
from trustsurvey.instruments.checks_records import check_records
from trustsurvey.instruments.checks_routing import check_routing
from trustsurvey.instruments.checks_texts import check_texts
from trustsurvey.instruments.draft import Draft, Placed
from trustsurvey.instruments.findings import Findings
from trustsurvey.instruments.questions import Question, QuestionType, Scale
from trustsurvey.instruments.wording import a_question

__all__ = ["problems_of"]

VERSION = r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}"
LANGUAGE = r"(?P<language>[a-z]{2})(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?"
# The two-letter codes of ISO 639-1.
ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so
sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(ISO_639_1.split())
MOST_RATING_POINTS = 101


def problems_of(draft: Draft) -> list[Problem]:
    """Return every problem of a draft that its shape does not show."""
    findings = Findings(draft)
    _header(findings)
    _editorial(findings)
    _consent(findings)
    _pages(findings)
    for scale in draft.scales.values():
        _scale(findings, scale)
        if scale.content.name not in draft.used_scales:
            message = f"no question uses the scale {scale.content.name}"
            remedy = "delete it, or name it in a question; if the file was cut off, restore the rest"
            findings.add(scale.path, message, remedy, key=True)
    if "yes_no" in draft.scales:
        _yes_no(findings, draft.scales["yes_no"])
    for question in draft.questions:
        _question(findings, question)
    check_texts(findings)
    check_codes(findings)
    check_routing(findings)
    check_indices(findings)
    check_quotas(findings)
    check_records(findings)
    check_platform(findings)
    return findings.problems


def _header(findings: Findings) -> None:
    header = findings.draft.header
    words = "small letters, digits and hyphens, starting with a letter"
    findings.pattern(("instrument",), header.instrument, "name", "[a-z][a-z0-9]*(?:-[a-z0-9]+)*", words)
    if not re.fullmatch(VERSION, header.version):
        message = f"the version {header.version} is not of the form major.minor.patch"
        findings.add(("version",), message, "write three numbers, as in 1.0.0")
    if not header.languages:
        findings.add(("languages",), "no language is named", "name at least one, as in [fr, nl, en]")
    for number, language in enumerate(header.languages):
        match = re.fullmatch(LANGUAGE, language)
        if match is None or match["language"] not in LANGUAGES:
            remedy = "write an ISO 639-1 code of two small letters, such as fr, nl, en or de"
            findings.add(("languages", number), f"{language} is not the code of a language", remedy)
    findings.unique(((("languages", n), language) for n, language in enumerate(header.languages)), "language")


def _editorial(findings: Findings) -> None:
    draft = findings.draft
    known = [question.content.code for question in draft.questions]
    known += [variable.name for question in draft.questions for variable in question.content.variables()]
    known += [*draft.scales, *(group.entry.code for group in draft.groups), "dont_know", "refused"]
    known += [index.content.code for index in draft.indices] + [derived.content.code for derived in draft.derived]
    for number, entry in enumerate(draft.header.editorial):
        path: Path = ("editorial", number)
        if entry.item not in known and not findings.is_broken(entry.item):
            remedy = f"{close_to(entry.item, known)} name a question, variable, scale, group or index".strip()
            findings.add((*path, "item"), f"there is no item {entry.item} whose wording could change", remedy)
        if entry.since and not re.fullmatch(VERSION, entry.since):
            message = f"the version {entry.since} is not of the form major.minor.patch"
            findings.add((*path, "since"), message, "leave since out; a release fills it in")
    findings.unique(((("modes", n), mode) for n, mode in enumerate(draft.header.modes)), "mode")
    if not draft.header.modes:
        findings.add(("modes",), "no mode is named", "name at least one, or leave the key out: [web]")


def _consent(findings: Findings) -> None:
    code, questions = findings.draft.header.consent, findings.draft.questions
    if not code or findings.is_broken(code):
        return
    found = next((question for question in questions if question.content.code == code), None)
    if found is None:
        codes = [question.content.code for question in questions if question.content.type is QuestionType.YES_NO]
        remedy = f"{close_to(code, codes)} name a yes_no question, the very first".strip()
        findings.add(("consent",), f"there is no question {code} to give consent", remedy)
        return
    question = found.content
    if found.path[1:] != (0, "questions", 0):
        findings.add(found.path, f"{code} asks for consent and is not the first question", "move it to the very top")
    if question.type is not QuestionType.YES_NO:
        message = f"{code} asks for consent and is {a_question(question.type)}"
        findings.add((*found.path, "type"), message, "make it yes_no")
    elif question.mandatory != "hard":
        message = f"{code} asks for consent and can be skipped"
        where = (*found.path, "mandatory")
        findings.add(where if where in findings.draft.document.values else found.path, message, "add mandatory: hard")
    for key in ("dont_know", "refused"):
        if getattr(question, key):
            message = f"{code} asks for consent and offers {key}"
            findings.add((*found.path, key), message, "delete it; who does not agree answers no", key=True)
    group = findings.draft.groups[0]
    for path, text in (((*found.path, "ask_if"), question.ask_if), ((*group.path, "ask_if"), group.entry.ask_if)):
        if text:
            findings.add(path, f"{code} asks for consent, so it is asked of everybody", "delete ask_if", key=True)


def _pages(findings: Findings) -> None:
    if not findings.draft.header.groups:
        findings.add(("groups",), "there is no group of questions", "write at least one group with a question")
    for group in findings.draft.groups:
        if not group.entry.questions:
            findings.add((*group.path, "questions"), f"the group {group.entry.code} is empty", "add a question")


def _scale(findings: Findings, placed: Placed[Scale]) -> None:
    scale, path = placed.content, placed.path
    least = 2 if scale.kind == "ordinal" else 1
    if len(scale.points) < least:
        wanted = "two answers" if least == 2 else "one answer"
        findings.add((*path, "points"), f"a scale of the kind {scale.kind} has at least {wanted}", "add answers")
        return
    values = [point.value for point in scale.points]
    steps = [later - earlier for earlier, later in pairwise(values)]
    if scale.kind == "ordinal" and not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        wrong = next(n for n, step in enumerate(steps, start=1) if step * steps[0] <= 0)
        where: Path = (*path, "points", wrong, "value")
        where = where if where in findings.draft.document.values else where[:-1]
        message = f"the value {values[wrong]:g} is out of order; before it comes {values[wrong - 1]:g}"
        findings.add(where, message, "let the values of an ordinal scale rise, or fall, from answer to answer")


def _yes_no(findings: Findings, placed: Placed[Scale]) -> None:
    if placed.content.codes != ("yes", "no"):
        found = ", ".join(placed.content.codes) or "none"
        message = f"the scale yes_no has the codes {found}"
        findings.add((*placed.path, "points"), message, "it has the codes yes and no, in this order; rename the scale")


def _question(findings: Findings, placed: Placed[Question]) -> None:
    question, path, add = placed.content, placed.path, findings.add
    inside = (*path, "scale")
    if question.scale and (*inside, "points") in findings.draft.document.values:
        _scale(findings, Placed(inside, question.scale))
    for key in ("dont_know", "refused"):
        if getattr(question, key) and (key,) not in findings.draft.document.values:
            message = f"{question.code} offers {key}, and the instrument does not say how it is coded"
            add((*path, key), message, f"add {key}: {{code: ..., label: {{...}}}} at the top of the file", key=True)
    if question.type is QuestionType.BATTERY and not question.items:
        add((*path, "items"), f"the battery {question.code} has no items", "add at least one")
    ordinal = question.type is QuestionType.SINGLE and question.scale is not None and question.scale.kind == "ordinal"
    if ordinal and question.other:
        message = f"{question.code} has an ordinal scale, in which a free-text answer has no place"
        add((*path, "other"), message, "make the scale nominal, or delete other", key=True)
    if ordinal and question.randomise:
        message = f"the answers to {question.code} have an order and cannot be shown at random"
        add((*path, "randomise"), message, "delete randomise, or make the scale nominal", key=True)
    _limits(findings, placed)
    if question.choices is not None and question.scale:
        most = len(question.scale.points) + (question.other is not None)
        if not 1 <= question.choices <= most:
            message = f"choices is {question.choices}, and {question.code} has {most} answers"
            add((*path, "choices"), message, f"write a number from 1 to {most}")


def _limits(findings: Findings, placed: Placed[Question]) -> None:
    question, path, add = placed.content, placed.path, findings.add
    lowest, highest = question.minimum, question.maximum
    if lowest is not None and highest is not None and lowest >= highest:  # type: ignore[operator]
        shown = " ".join(f"{each:g}" if isinstance(each, float) else each for each in (lowest, highest))
        message = f"the minimum of {question.code} is not below its maximum ({shown.replace(' ', ' and ')})"
        add((*path, "minimum"), message, "exchange or correct the two")
    if question.type is not QuestionType.RATING:
        return
    if isinstance(lowest, float) and isinstance(highest, float):
        if lowest < 0:
            add((*path, "minimum"), "a rating starts at 0 or above", "raise the minimum, or use a number question")
        if highest - lowest >= MOST_RATING_POINTS:
            message = f"the rating {question.code} has more than {MOST_RATING_POINTS} points"
            add((*path, "maximum"), message, "lower the maximum, or use a number question")
    if len(question.ends) != 2:
        message = f"the rating {question.code} has {len(question.ends)} named ends"
        add((*path, "ends"), message, "name two: the lowest, then the highest")
