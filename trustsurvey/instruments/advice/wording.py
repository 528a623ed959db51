"""Rules for the wording of questions and statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trustsurvey.instruments.advice.lexicon import Lexicon
from trustsurvey.instruments.advice.material import Advice, Material
from trustsurvey.instruments.advice.text import asked_part, normalised, without_asides
from trustsurvey.instruments.questions import QuestionType

__all__ = ["absolute", "double_barrelled", "double_negative", "leading", "negation"]

# Several answers can be given, or any.
SEVERAL = (QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.MULTIPLE, QuestionType.RANKING)
SAME_START = 4


def double_barrelled(material: Material) -> Iterator[Advice]:
    """Find two objects or verbs joined by "and" (Dillman et al. 2014, ch. 4): who agrees with one cannot answer.

    A hint only: "and" also joins what belongs together. Left alone are pairs of one word (*habitantes et habitants*),
    names, numbers, what stands between brackets, sentences that give an instruction, questions that take several
    answers and those above batteries, and registers; "or" mostly spells one thing out, and is left alone too, except
    in "and/or".
    """
    for wording in material.wordings:
        battery = wording.role == "question" and wording.question.items
        if wording.question.type in SEVERAL or battery or material.is_register:
            continue
        if hit := wording.found(_joined):
            language, words = hit
            yield Advice(
                "double-barrelled",
                wording.item,
                (*wording.path, language),
                f'{wording.item} may ask two things at once ("{words}")',
                "make two of it, or keep the one that matters in text:",
            )


def negation(material: Material) -> Iterator[Advice]:
    """Find a statement that denies, on a scale of agreement (Krosnick and Presser 2010).

    To disagree with it is a double negative.

    A negation in a clause that begins with *if*, *when*, *because*, *who* and the like does not count.
    """
    for wording in material.wordings:
        if wording.role != "statement" or not material.agrees(wording.question):
            continue
        if hit := wording.found(_denied):
            language, words = hit
            yield Advice(
                "negation",
                wording.item,
                (*wording.path, language),
                f'{wording.item} denies something ("{words}"), so that to disagree with it is a double negative',
                "say the opposite without a negation in text:, and name it in reversed: of the index",
            )


def double_negative(material: Material) -> Iterator[Advice]:
    """Find two negations in one clause (Tourangeau, Rips and Rasinski 2000, ch. 2)."""
    for wording in material.wordings:
        if hit := wording.found(_denied_twice):
            language, words = hit
            yield Advice(
                "double-negative",
                wording.item,
                (*wording.path, language),
                f'{wording.item} denies twice ("{words}")',
                "say it in text: without the two negations",
            )


def leading(material: Material) -> Iterator[Advice]:
    """Find words that push towards an answer (Dillman et al. 2014, ch. 4)."""
    for wording in material.wordings:
        if hit := wording.found(lambda text, lexicon: _first(lexicon.leading, normalised(text))):
            language, words = hit
            yield Advice(
                "leading",
                wording.item,
                (*wording.path, language),
                f'{wording.item} suggests an answer ("{words}")',
                "word text: so that each answer is equally easy to give",
            )


def absolute(material: Material) -> Iterator[Advice]:
    """Find *always* and *never* in a statement: hardly anybody can agree with it (Dillman et al. 2014, ch. 4)."""
    for wording in material.wordings:
        if wording.role != "statement" or wording.question.scale is None or wording.question.scale.kind != "ordinal":
            continue
        look = wording.found(lambda text, lexicon: _first(lexicon.absolute, _main(without_asides(text), lexicon)))
        if look:
            language, words = look
            yield Advice(
                "absolute",
                wording.item,
                (*wording.path, language),
                f'{wording.item} says "{words}", which allows no exception',
                "leave the word out of text:, or give the battery a scale: of how often",
            )


def _first(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[0].strip() if found else None


def _joined(text: str, lexicon: Lexicon) -> str | None:
    asked = asked_part(without_asides(text))
    plain = normalised(asked)
    if found := re.search(lexicon.either_or_both, plain):
        return found[0]
    if re.search(lexicon.mutual, plain):
        return None
    kept = re.sub(lexicon.pairs, lambda each: "~" * len(each[0]), plain)
    original = " ".join(asked.split())
    for found in re.finditer(rf"(?<=[\w,%)] )(?:{lexicon.conjunction})(?= \w)", kept):
        before, after = kept[: found.start()].split(), kept[found.end() :].split()
        first, second = before[-1].strip(",;"), after[0].strip(",.?")
        if "~" in first or "~" in second or before[-1].endswith((".", "?", ":", "…")):
            continue
        if first.isdigit() or second.isdigit() or _same_word(first, after[:2]):
            continue
        if len(original) == len(kept) and _names(original, found.start(), found.end()):
            continue
        return " ".join([*before[-2:], found[0], *after[:2]]).strip(" ,.?")
    return None


def _same_word(first: str, following: list[str]) -> bool:
    """Return whether two words are forms of one: policiers et policières, Belge et les Belges."""
    return any(len(first) >= SAME_START and word.strip(",.?")[:SAME_START] == first[:SAME_START] for word in following)


def _names(text: str, start: int, end: int) -> bool:
    before, after = text[:start].split(), text[end:].split()
    return bool(before and after) and len(before) > 1 and before[-1][0].isupper() and after[0][0].isupper()


def _main(text: str, lexicon: Lexicon) -> str:
    """Return a sentence without its subordinate clauses, as far as commas and conjunctions tell them apart."""
    kept = []
    for clause in re.split(r"[,;:–]\s", normalised(text)):
        opened = re.search(lexicon.subordinate, clause)
        kept.append(clause[: opened.start()] if opened else clause)
    return " , ".join(kept)


def _denied(text: str, lexicon: Lexicon) -> str | None:
    main = re.sub(lexicon.not_negation, " ", _main(without_asides(text), lexicon))
    return _first(lexicon.negation, main)


def _denied_twice(text: str, lexicon: Lexicon) -> str | None:
    plain = normalised(asked_part(without_asides(text)))
    plain = re.sub(lexicon.not_negation, " ", plain)
    for clause in re.split(rf"[,;:–]\s|{lexicon.subordinate}|\b(?:{lexicon.conjunction})\b", plain):
        denials = [each[0] for each in re.finditer(lexicon.negation, clause)]
        denials += [each[0] for each in re.finditer(lexicon.without, clause)]
        if len(denials) > 1 and re.search(lexicon.negation, clause):
            return " ... ".join(each.strip() for each in denials[:2])
    return None
