"""Rules for length: of sentences, questions, batteries and the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trustsurvey.documents.document import Path
from trustsurvey.instruments.advice.material import Advice, Material
from trustsurvey.instruments.advice.text import READABILITY, longest_sentence, readability
from trustsurvey.instruments.duration import duration, words_in
from trustsurvey.instruments.questions import QuestionType

__all__ = ["long_battery", "long_text", "readable", "stated_length", "total_length"]

LONGEST_SENTENCE = 30
LONGEST_QUESTION = 50
LONGEST_STATEMENT = 30
LONGEST_EXPLANATION = 120
LONGEST_BATTERY = 10
LONGEST_MINUTES = 20.0
SHORTEST_SCORED = 40
MINUTES = re.compile(r"\b([0-9]{1,3})[\s\u00a0\u202f](?:minutes?|minuten|minuut)\b")
UNDERSTATED = 1.25
# "Difficult" begins at 50 in Flesch 1948; an average of many short texts below it is rare.
HARD = 50.0
HARD_PARAGRAPH = 35.0


def long_text(material: Material) -> Iterator[Advice]:
    """Find sentences and statements past 30 words, questions past 50 (Saris and Gallhofer 2014).

    The limits are ours: long questions lower the quality of answers gradually.
    """
    for wording in material.wordings:
        for language, words in wording.text.translations:
            number, longest = words_in(words), longest_sentence(words)
            most = LONGEST_STATEMENT if wording.role == "statement" else LONGEST_QUESTION
            if number <= most and longest <= LONGEST_SENTENCE:
                continue
            shown = f"has {number} words" if number > most else f"has a sentence of {longest} words"
            yield Advice(
                "long",
                wording.item,
                (*wording.path, language),
                f"{wording.item} {shown} in {language}",
                f"aim at {most} words in text:, and {LONGEST_SENTENCE} in a sentence; explanations go into help:",
            )
            break


def readable(material: Material) -> Iterator[Advice]:
    """Find texts that need much schooling, by the formulas of ``text.readability``.

    One score below 50 for all questions of a language together, below 35 for an explanation of 40 words or more:
    formulas say little about one short sentence.
    """
    for language in material.draft.languages:
        if language[:2] not in READABILITY or material.is_register:
            continue
        together = " ".join(
            text if text.rstrip().endswith((".", "?", "!", "…")) else f"{text}."
            for wording in material.wordings
            for code, text in wording.text.translations
            if code == language
        )
        if words_in(together) > 2 * SHORTEST_SCORED and (score := readability(together, language[:2])) < HARD:
            formula = READABILITY[language[:2]][0]
            yield Advice(
                "hard-to-read",
                "",
                ("languages",),
                f"the questions in {language} score {score:.0f} for ease of reading ({formula}), below {HARD:.0f}",
                "use shorter sentences and everyday words in text:",
            )
    for item, path, texts in _explanations(material):
        for language, words in texts.items():
            number = words_in(words)
            if number > LONGEST_EXPLANATION:
                message = f"{item} has {number} words in {language}; few read more than {LONGEST_EXPLANATION}"
                yield Advice(
                    "long", item, (*path, language), message, f"shorten {path[-1]}:, or spread it over groups:"
                )
                break
            if language[:2] not in READABILITY or number < SHORTEST_SCORED:
                continue
            if (score := readability(words, language[:2])) < HARD_PARAGRAPH:
                formula = READABILITY[language[:2]][0]
                remedy = f"use shorter sentences and everyday words in {path[-1]}:"
                message = f"{item} scores {score:.0f} for ease of reading in {language} ({formula})"
                yield Advice("hard-to-read", item, (*path, language), message, remedy)
                break


def _explanations(material: Material) -> Iterator[tuple[str, Path, dict[str, str]]]:
    header = material.draft.header
    for key in ("description", "welcome", "end"):
        if texts := getattr(header, key):
            yield key, (key,), texts
    for group in material.draft.groups:
        if group.entry.description:
            yield group.entry.code, (*group.path, "description"), group.entry.description
    for placed in material.draft.questions:
        if placed.content.type is QuestionType.INFORMATION and material.own(placed.path, "code"):
            yield placed.content.code, (*placed.path, "text"), dict(placed.content.text.translations)


def long_battery(material: Material) -> Iterator[Advice]:
    """Find more than ten lines on one scale: answers come to follow a line (Tourangeau et al. 2013)."""
    for placed in material.own_asked:
        number = len(placed.content.items)
        if number > LONGEST_BATTERY and not material.is_register:
            message = f"the battery {placed.content.code} has {number} lines"
            remedy = f"split items: into batteries of {LONGEST_BATTERY - 2} or fewer, with a question between them"
            yield Advice("long-battery", placed.content.code, (*placed.path, "items"), message, remedy)


def stated_length(material: Material) -> Iterator[Advice]:
    """Find a welcome that says fewer minutes than a typical path takes (Crawford et al. 2001).

    The path may take a quarter and a minute more. That it takes less is not told: who answers open questions at
    length needs more than is estimated.
    """
    header = material.draft.header
    if material.instrument is None or material.is_register:
        return
    typical = duration(material.instrument).typical
    for key in ("welcome", "description"):
        for language, words in (getattr(header, key) or {}).items():
            found = MINUTES.search(words)
            if not found:
                continue
            stated = int(found[1])
            if typical > UNDERSTATED * stated + 1:
                message = f"the {key} says {found[0]}, and a typical path takes about {typical:.0f}"
                remedy = f"time a pilot and write what it took in {key}:"
                yield Advice("stated-length", key, (key, language), message, remedy)
                return


def total_length(material: Material) -> Iterator[Advice]:
    """Find more than twenty minutes on a typical path: fewer finish (Galesic and Bosnjak 2009)."""
    if material.instrument is None or material.is_register:
        return
    expected = duration(material.instrument)
    if expected.typical > LONGEST_MINUTES:
        message = f"the questionnaire takes {expected}, more than {LONGEST_MINUTES:.0f}"
        yield Advice(
            "length", "", ("groups",), message, "leave some of questions: out, or give them to half of the sample each"
        )
