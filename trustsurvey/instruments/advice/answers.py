"""Rules for what respondents may answer: don't know, a refusal, a period to remember."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trustsurvey.documents.document import Path
from trustsurvey.instruments.advice.material import Advice, Material, lexicon_of
from trustsurvey.instruments.advice.text import asked_part, normalised
from trustsurvey.instruments.questions import Question, QuestionType

__all__ = ["SENSITIVE", "dont_know", "mandatory", "period", "refusal"]

OPEN = (QuestionType.TEXT, QuestionType.LONG_TEXT)
EVALUATED = frozenset(
    {
        "effectiveness",
        "treatment",
        "neutrality",
        "voice_and_explanation",
        "distributive_justice",
        "bounded_authority",
        "communication",
    }
)
# Special categories of data (GDPR, article 9) and what people hide from others (Tourangeau and Yan 2007).
SENSITIVE = frozenset(
    {
        "origin",
        "nationality",
        "ethnicity",
        "religion",
        "health",
        "disability",
        "sexual_orientation",
        "political_opinion",
        "income",
        "victimisation",
        "discrimination",
        "perceived_profiling",
        "offending",
        "reporting_crime",
    }
)
# Sensitive where they are asked as facts of one's own.
SENSITIVE_FACTS = frozenset({"contact", "identity_checks", "workplace_violence", "reporting_violence"})
REMEMBERED = frozenset({"contact", "identity_checks", "victimisation", "reporting_crime", "workplace_violence"})
KNOWN = frozenset({"knowledge_of_rights", "knowledge"})
SAYS_NOTHING = re.compile(
    r"ne sai[st] pas|weet (?:ik )?(?:het )?niet|don'?t know|not sure|sans avis|préfère ne pas|liever niet|prefer not"
)
FACTS = (QuestionType.YES_NO, QuestionType.NUMBER, QuestionType.MULTIPLE)


def dont_know(material: Material) -> Iterator[Advice]:
    """Find no "don't know" where somebody may not know it (Krosnick and Presser 2010).

    Asked are knowledge, other people, or what an office does.

    Whether somebody knows *of* something is a yes/no question, which needs none.
    """
    if material.is_register:
        return
    for placed in material.own_asked:
        question = placed.content
        if question.dont_know or question.type in (*OPEN, QuestionType.RANKING) or _offers(question):
            continue
        rated = question.type in {QuestionType.BATTERY, QuestionType.RATING, QuestionType.SINGLE}
        why = ""
        if rated and question.concept in EVALUATED:
            why = f"asks about {question.concept}, of which not everybody has an impression"
        elif question.type is not QuestionType.YES_NO and (
            question.concept in KNOWN or _matches(question, "knowledge")
        ):
            why = "asks what somebody knows"
        elif question.type in {QuestionType.SINGLE, QuestionType.RATING} and _matches(question, "others"):
            why = "asks about somebody else"
        if why:
            message = f'{question.code} {why}, and offers no "don\'t know"'
            yield Advice("dont-know", question.code, (*placed.path, "code"), message, "add dont_know: true")


def refusal(material: Material) -> Iterator[Advice]:
    """Find no "prefer not to answer" on a sensitive question (Tourangeau and Yan 2007)."""
    for placed in material.own_asked:
        if _lacks_refusal(material, placed.content) and placed.content.mandatory != "hard":
            message = f"{placed.content.code} is sensitive ({placed.content.concept}) and offers no refusal"
            yield Advice("refusal", placed.content.code, (*placed.path, "code"), message, "add refused: true")


def mandatory(material: Material) -> Iterator[Advice]:
    """Find a sensitive question that must be answered: people stop, or invent (Dillman et al. 2014, ch. 9)."""
    for placed in material.own_asked:
        if _lacks_refusal(material, placed.content) and placed.content.mandatory == "hard":
            message = f"{placed.content.code} is sensitive ({placed.content.concept}) and must be answered"
            where = (*placed.path, "mandatory")
            remedy = "write mandatory: soft, and add refused: true"
            yield Advice("mandatory", placed.content.code, where, message, remedy)


def period(material: Material) -> Iterator[Advice]:
    """Find events without a period in which they happened (Tourangeau, Rips and Rasinski 2000, ch. 3).

    Looked for in yes/no questions and numbers about events, asked of everybody and first of their concept, whose
    texts, help and page name no time at all.
    """
    if material.is_register:
        return
    around: dict[Path, list[dict[str, str]]] = {}
    for group in material.draft.groups:
        texts = [dict(group.entry.title), dict(group.entry.description or {})]
        around |= {each.path: texts for each in group.questions}
    known: set[str] = set()
    for placed in material.asked:
        question = placed.content
        follows = question.concept in known
        known.add(question.concept)
        if follows or question.concept not in REMEMBERED or not material.own(placed.path, "code"):
            continue
        if question.type not in (QuestionType.YES_NO, QuestionType.NUMBER):
            continue
        if question.ask_if or not _matches(question, "event"):
            continue
        shown = [dict(question.text.translations), dict(question.help.translations if question.help else ())]
        if not any(_says_when(texts) for texts in [*shown, *around.get(placed.path, [])]):
            message = f"{question.code} asks about events and names no period"
            remedy = 'say when in text:, as in "in the past 12 months"'
            yield Advice("period", question.code, (*placed.path, "text"), message, remedy)


def _lacks_refusal(material: Material, question: Question) -> bool:
    if question.refused or question.type in (*OPEN, QuestionType.RANKING) or material.is_register:
        return False
    fact = question.type in FACTS and question.concept in SENSITIVE_FACTS
    return (question.concept in SENSITIVE or fact) and not _offers(question)


def _offers(question: Question) -> bool:
    """Return whether an answer of the scale itself says that somebody does not know, or would rather not say."""
    points = question.scale.points if question.scale else ()
    labels = [normalised(words) for point in points for _, words in point.label.translations]
    return any(SAYS_NOTHING.search(label) for label in labels)


def _matches(question: Question, key: str) -> bool:
    """Return whether most texts of a question, in languages that we know, hold what we look for."""
    texts = [(lexicon, words) for code, words in question.text.translations if (lexicon := lexicon_of(code))]
    found = [bool(re.search(getattr(lexicon, key), normalised(asked_part(words)))) for lexicon, words in texts]
    return 2 * sum(found) > len(texts)


def _says_when(texts: dict[str, str]) -> bool:
    return any(
        re.search(lexicon.period, normalised(words)) for code, words in texts.items() if (lexicon := lexicon_of(code))
    )
