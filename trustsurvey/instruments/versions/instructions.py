"""What is read on a page before a question is answered: the description of the page, and texts between questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trustsurvey.instruments.questions import QuestionType, Text
from trustsurvey.instruments.versions.asking import same_people, same_routing
from trustsurvey.instruments.versions.comparison import Comparison, same_words
from trustsurvey.instruments.versions.version import Version, normal

__all__ = ["compare_instructions"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """A text that is no question: its name, its words, and the codes of the questions that it is read before.

    Those after it on its page; of a text that ends its page, those of the next one.
    """

    name: str
    kind: str
    texts: tuple[Text | None, ...]
    before: tuple[str, ...]
    place: float
    ends_page: bool = False
    routed: bool = False


def compare_instructions(comparison: Comparison, pages: Mapping[str, str]) -> None:
    """Compare instructions; a change of one breaks the questions after it on its page.

    Parameters
    ----------
    comparison : Comparison
    pages : mapping of old group code to new group code
    """
    old = _instructions(comparison.old, pages)
    new = _instructions(comparison.new, {})
    orders = tuple(_places(version) for version in comparison.versions)
    for earlier, later in _renamed(comparison, old, new):
        comparison.goes_on(later, "code of a text", "patch", was=earlier, now=later, note="nobody sees the code")
        old[later] = old.pop(earlier)
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        either = now or was
        if either is None:
            continue
        after = dict.fromkeys(code for each in (was, now) if each for code in each.before)
        common = [code for code in after if code in comparison.old.questions and code in comparison.new.questions]
        if not common and either.kind != "text" and (was is None or now is None):
            continue  # on a page that came or went as a whole
        if was is None or now is None:
            others, languages = (old if was is None else new), comparison.languages
            told = [code for code in common if any(_says(each, either, code, languages) for each in others.values())]
            common = [code for code in common if code not in told]
            if told:
                series = [each for code in told for each in comparison.of_question(code)]
                note = f"the same words are read before {', '.join(told)} in both versions"
                comparison.goes_on(name, either.kind, "minor", series, note=note)
                if not common:
                    continue
        series = [each for code in common for each in comparison.of_question(code)]
        named = (name, *(before for before, there in pages.items() if there == name))
        for number, part in enumerate(("", " help") if either.kind == "text" else ("",)):
            before, there = (each.texts[number] if each else None for each in (was, now))
            kind = f"{either.kind}{part}"
            note = f"read before {', '.join(common)}" if common else "no question that both versions hold follows it"
            comparison.words(name, kind, before, there, series, named, note=note)
        if was and now:
            _reached(comparison, was, now, common, orders)


def _renamed(
    comparison: Comparison, old: Mapping[str, Instruction], new: Mapping[str, Instruction]
) -> list[tuple[str, str]]:
    """Return the texts that only changed their code: the same words, for the same people, before the same questions."""
    found: list[tuple[str, str]] = []
    for before, was in old.items():
        for after, now in new.items():
            alike = (
                before not in new
                and after not in {*old, *(name for _, name in found)}
                and was.kind == now.kind == "text"
                and set(was.before) & set(now.before) == {*was.before, *now.before} & _common(comparison)
                and was.ends_page == now.ends_page
                and all(_same(comparison, *pair) for pair in zip(was.texts, now.texts, strict=True))
                and normal(comparison.old.routing[before]) == normal(comparison.new.routing[after])
            )
            if alike:
                found.append((before, after))
                break
    return found


def _common(comparison: Comparison) -> set[str]:
    return comparison.old.questions.keys() & comparison.new.questions.keys()


def _says(other: Instruction, text: Instruction, code: str, languages: tuple[str, ...]) -> bool:
    """Return whether a text of the other version says the same before a question, to all who are asked it."""
    words = [each for each in text.texts if each]
    there = [each for each in other.texts if each]
    alike = len(words) == len(there) and all(same_words(*pair, languages) for pair in zip(words, there, strict=True))
    return alike and code in other.before and not (text.routed or other.routed)


def _same(comparison: Comparison, was: Text | None, now: Text | None) -> bool:
    return was == now or bool(was and now and same_words(was, now, comparison.languages))


def _reached(
    comparison: Comparison, was: Instruction, now: Instruction, common: list[str], orders: tuple[Mapping[str, int], ...]
) -> None:
    """Compare which questions a text is read before, and by whom."""
    name, versions = was.name, comparison.versions
    own = was.kind == "text" and was.name == now.name
    if own and not same_routing(*versions, name) and not same_people(*versions, name):
        series = [each for code in common for each in comparison.of_question(code)]
        comparison.breaks(name, "routing", series, note="others read this text now")
    passed = [code for code in common if (was.place < orders[0][code]) != (now.place < orders[1][code])]
    if passed:
        series = [each for code in passed for each in comparison.of_question(code)]
        comparison.breaks(name, "place of the text", series, note=f"it moved past {', '.join(passed)}")
    ended = was.ends_page != now.ends_page
    apart = [code for code in common if (ended or (code in was.before) != (code in now.before)) and code not in passed]
    if apart:
        series = [each for code in apart for each in comparison.of_question(code)]
        note = f"{name} is not on one page with {', '.join(apart)} in both versions"
        comparison.goes_on(name, "page of the text", "minor", series, note=note)
        comparison.noted(series, note)


def _places(version: Version) -> dict[str, int]:
    return {code: place for place, code in enumerate(version.questions)}


def _instructions(version: Version, pages: Mapping[str, str]) -> dict[str, Instruction]:
    found: dict[str, Instruction] = {}
    following: tuple[str, ...] = ()
    places = _places(version)
    for group in reversed(version.instrument.groups):
        asked = tuple(question.code for question in group.questions if version.is_shown(question.code))
        page = pages.get(group.code, group.code)
        if group.description:
            place = places[group.questions[0].code] - 0.5 if group.questions else 0.0
            found[page] = Instruction(page, "group description", (group.description,), asked or following, place)
        after: tuple[str, ...] = ()
        for question in reversed(group.questions):
            if question.type is QuestionType.INFORMATION:
                texts = (question.text, question.help)
                place, routed = places[question.code], bool(question.ask_if)
                found[question.code] = Instruction(
                    question.code, "text", texts, after or following, place, not after, routed
                )
            elif version.is_shown(question.code):
                after = (question.code, *after)
        following = asked or following
    return dict(reversed(found.items()))
