"""Rules for scales and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from trustsurvey.instruments.advice.lexicon import Lexicon
from trustsurvey.instruments.advice.material import Advice, Material, lexicon_of
from trustsurvey.instruments.advice.text import normalised
from trustsurvey.instruments.questions import QuestionType, Scale

__all__ = ["directions", "many_answers", "ranges", "unbalanced"]

MOST_ANSWERS = 12
NUMBER = r"(?<![\w.,])([0-9]{1,3}(?:[ .,\u00a0\u202f][0-9]{3})+|[0-9]+)(?![\w]|[.,][0-9])"
TIME = re.compile(r"[0-9]\s?(?:h|u|:)(?:\b|[0-9])|\b(?:heures?|uur|o'clock)\b")


def unbalanced(material: Material) -> Iterator[Advice]:
    """Find more answers on one side than on the other, of a scale with two sides (Krosnick and Presser 2010).

    Sides are told from adjectives and their opposites in the labels; scales of amount or frequency have one side. An
    even number of answers without a midpoint is fine.
    """
    for name, path, scale in material.own_scales():
        if scale.kind != "ordinal":
            continue
        known = [language for language in material.draft.languages if lexicon_of(language)]
        counted = [count for language in known if (count := _sides(scale, language))]
        wrong = [count for count in counted if count[0] != count[1]]
        if wrong and 2 * len(wrong) > len(known):
            positive, negative = wrong[0]
            message = f"the scale {name} has {positive} positive and {negative} negative answers"
            yield Advice(
                "unbalanced-scale", name, (*path, "points"), message, "give both sides the same number in points:"
            )


def directions(material: Material) -> Iterator[Advice]:
    """Find scales that run both ways in one questionnaire: answers are misplaced (Tourangeau et al. 2004)."""
    used = {each.content.scale for each in material.asked if each.content.scale}
    upwards = {scale: way for scale in used if (way := _direction(scale, material.draft.languages))}
    if len(set(upwards.values())) < 2:
        return
    common = 1 if sum(upwards.values()) >= 0 else -1
    for name, path, scale in material.own_scales():
        if upwards.get(scale, common) != common:
            run = "most to least" if common > 0 else "least to most"
            message = f"the scale {name} runs from {run}, and the others the other way"
            remedy = "turn points: round, with their value:"
            yield Advice("scale-direction", name, (*path, "points"), message, remedy)


def many_answers(material: Material) -> Iterator[Advice]:
    """Find more than twelve answers in no order that helps to find one (Dillman et al. 2014, ch. 5).

    Labels in the order of the alphabet, or of their numbers, in one of the languages count as ordered.
    """
    for name, path, scale in material.own_scales():
        used = [each.content for each in material.asked if each.content.scale == scale]
        if len(scale.points) <= MOST_ANSWERS or scale.kind == "ordinal" or all(each.randomise for each in used):
            continue
        if not any(_ordered(scale, language) for language in material.draft.languages):
            message = f"{name} has {len(scale.points)} answers in no order"
            remedy = "put points: in the order of the alphabet, write fewer, or ask two questions"
            yield Advice("many-answers", name, (*path, "points"), message, remedy)


def ranges(material: Material) -> Iterator[Advice]:
    """Find ranges of whole numbers that overlap, or leave numbers out (Dillman et al. 2014, ch. 5)."""
    single = {each.content.scale for each in material.asked if each.content.type is QuestionType.SINGLE}
    for name, path, scale in material.own_scales():
        if scale not in single:
            continue
        for language in material.draft.languages:
            lexicon = lexicon_of(language)
            found = [_range(point.label[language], lexicon) for point in scale.points] if lexicon else []
            limits = [each for each in found if each]
            # Where the numbers do not rise, or fall, their units differ: 30 to 59 minutes, 1 to 12 hours.
            rising = sorted(limits)
            if (len(limits) < 3 and len(limits) < len(found)) or limits not in (rising, rising[::-1]):
                continue
            limits = rising
            for position, ((_, high), (low, _)) in enumerate(pairwise(limits), start=1):
                if low == high + 1:
                    continue
                what = f"{low:g} is in two answers" if low <= high else f"no answer holds {_missing(high, low)}"
                message = f"the ranges of {name} do not meet: {what}"
                remedy = "in label:, let each range start one above the end of the one before"
                where = (*path, "points", min(position, len(scale.points) - 1))
                yield Advice("ranges", name, where, message, remedy)
                break
            else:
                continue
            break


def _missing(high: float, low: float) -> str:
    return f"{high + 1:g}" if low == high + 2 else f"{high + 1:g} to {low - 1:g}"


def _side(label: str, lexicon: Lexicon) -> int:
    """Return 1 for a positive label, -1 for a negative one, 2 for a denied positive one, 0 for neither."""
    words = normalised(label)
    if re.search(lexicon.neutral, words):
        return 0
    if re.search(lexicon.negative, words):
        return -1
    if re.search(lexicon.positive, words):
        return 2 if re.search(lexicon.denied, words) else 1
    return 0


def _sides(scale: Scale, language: str) -> tuple[int, int] | None:
    """Return the numbers of positive and negative answers, None where a scale has no two sides that we know."""
    lexicon = lexicon_of(language)
    if lexicon is None:
        return None
    sides = [_side(point.label[language], lexicon) for point in scale.points]
    positive, opposite, denied = sides.count(1), sides.count(-1), sides.count(2)
    unknown = len(sides) - positive - opposite - denied
    # "Not at all satisfied" below several degrees of "satisfied" is the bottom of a scale with one side.
    one_sided = opposite == 0 and denied == 1
    if one_sided or unknown > 1 or positive + opposite + denied < 3:
        return None
    return positive, opposite + denied


def _direction(scale: Scale, languages: tuple[str, ...]) -> int:
    """Return 1 where a scale runs from least or negative to most or positive, -1 the other way, 0 if unknown."""
    if scale.kind != "ordinal" or len(scale.points) < 2:
        return 0
    votes = 0
    for language in languages:
        if lexicon := lexicon_of(language):
            first, last = (_level(scale.points[place].label[language], lexicon) for place in (0, -1))
            votes += (last > first) - (last < first) if first and last else 0
    return (votes > 0) - (votes < 0)


def _level(label: str, lexicon: Lexicon) -> int:
    words = normalised(label)
    if re.search(lexicon.least, words):
        return -1
    side = _side(label, lexicon)
    if side:
        return 1 if side == 1 else -1
    return int(bool(re.search(lexicon.most, words)))


def _ordered(scale: Scale, language: str) -> bool:
    labels = [normalised(point.label[language]) for point in scale.points]
    # The last answers are often "another one" and "none".
    core = labels[: max(len(labels) - 2, 2)]
    numbers = [int(found[0]) for label in core if (found := re.search(r"[0-9]+", label))]
    return core == sorted(core) or (len(numbers) == len(core) and numbers == sorted(numbers))


def _range(label: str, lexicon: Lexicon | None) -> tuple[float, float] | None:
    """Return the lowest and highest whole number that a label stands for."""
    words = normalised(label)
    if lexicon is None or TIME.search(words):
        return None
    numbers = [float(re.sub(r"\D", "", each)) for each in re.findall(NUMBER, words)]
    if len(numbers) == 2 and re.search(rf"{NUMBER}(?: \w+)? ?{lexicon.open_range} ?(?:\w+ )?{NUMBER}", words):
        below = re.search(rf"{lexicon.below} {NUMBER}", words)
        return numbers[0], numbers[1] - 1 if below else numbers[1]
    if len(numbers) != 1:
        return None
    number = numbers[0]
    for pattern, limits in (
        (f"{lexicon.below} {NUMBER}", (float("-inf"), number - 1)),
        (f"{lexicon.at_most} {NUMBER}", (float("-inf"), number)),
        (f"{lexicon.above} {NUMBER}", (number + 1, float("inf"))),
        (f"{NUMBER}.*{lexicon.from_on}", (number, float("inf"))),
    ):
        if re.search(pattern, words):
            return limits
    return (number, number) if re.fullmatch(rf"{NUMBER}(?: \w+)?", words) else None
