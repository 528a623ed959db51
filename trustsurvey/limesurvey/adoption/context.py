"""What adopting one question needs of the others: languages, codes that are taken, reasons not to answer, findings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trustsurvey.errors import InputError
from trustsurvey.instruments.checks import LANGUAGE, LANGUAGES
from trustsurvey.instruments.checks_codes import (
    LONGEST_QUESTION,
    NUMBER,
    REASON,
    RESERVED_BY_PLATFORM,
    RESERVED_BY_STRUCTURE,
    RESERVED_IN_FRAME,
    SUBQUESTIONS_RENAMED,
)
from trustsurvey.instruments.expression import KEYWORDS
from trustsurvey.instruments.model import NonResponse
from trustsurvey.instruments.questions import Scale, ScalePoint, Text
from trustsurvey.limesurvey.adoption.findings import Findings
from trustsurvey.limesurvey.adoption.texts import plain
from trustsurvey.limesurvey.adoption.words import WORDS
from trustsurvey.limesurvey.structure import Texts

__all__ = ["Context", "languages_of", "slug"]

# Variants of a language that LimeSurvey words differently, and codes that it writes in its own way.
VARIANTS = ("-informal", "-easy", "-formal")
LONGEST_NAME = 40


def languages_of(codes: Sequence[str], findings: Findings) -> dict[str, str]:
    """Return our codes of LimeSurvey's languages, in order; those that cannot be written are left out and reported."""
    result: dict[str, str] = {}
    for code in codes:
        own = code
        for variant in VARIANTS:
            own = own.removesuffix(variant)
        match = re.fullmatch(LANGUAGE, own)
        if match is None or match["language"] not in LANGUAGES:
            own = own.split("-")[0]
        if own not in LANGUAGES and own.split("-")[0] not in LANGUAGES:
            findings.add("survey", "left out", f"the language {code}, for which there is no code of ISO 639-1")
        elif own in result.values():
            first = next(key for key, value in result.items() if value == own)
            findings.add("survey", "left out", f"the language {code}, as {own} is taken by {first}")
        else:
            result[code] = own
            if own != code:
                findings.add("survey", "changed", f"the language {code} became {own}")
    if not result:
        raise InputError(
            f"the survey is in {', '.join(codes)}, for which there is no code of ISO 639-1; change its language first"
        )
    return result


@dataclass(slots=True)
class Context:
    """Everything that is shared while a survey is adopted.

    Parameters
    ----------
    languages : mapping of LimeSurvey's code to ours
        The base language first.
    findings : Findings
    dont_know, refused : NonResponse or None
        The reasons that were recognised among the answers.
    ours : bool
        Whether ``build`` made the survey.
    taken : set of str
        Codes of questions that are given, in small letters.
    taken_as_scales : mapping of labels to question codes
        The answers that are taken to rise from the first to the last.
    """

    languages: Mapping[str, str]
    findings: Findings
    dont_know: NonResponse | None = None
    refused: NonResponse | None = None
    ours: bool = False
    taken: set[str] = field(default_factory=set)
    taken_as_scales: dict[str, list[str]] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, NonResponse]:
        """The reasons by ``dont_know`` and ``refused``."""
        both = {"dont_know": self.dont_know, "refused": self.refused}
        return {state: reason for state, reason in both.items() if reason}

    def reason(self, code: str, label: Text) -> str:
        """Return which reason an answer states, ``""`` for a real answer."""
        for state, reason in self.reasons.items():
            if reason.code == code and (self.ours or reason.label.translations[0] == label.translations[0]):
                return state
        return ""

    def text(self, texts: Texts, place: str, what: str, instead: str = "") -> Text:
        """Return a text in every language; what is missing is filled in and reported.

        Parameters
        ----------
        texts : Texts
            LimeSurvey's, with mark-up.
        place, what : str
            Where it stands and what it is, for findings.
        instead : str
            What stands in where there is no text at all; the place unless given.
        """
        read = self._read(texts, place, what)
        given = {language: text for language, text in read.items() if text}
        if not given:
            words = instead or place
            self.findings.add(place, "filled in", f"{what} is empty and became {words}")
            return self.same(words)
        source, words = next(iter(given.items()))
        for language in self.languages.values():
            if language not in given:
                # A number or a sign needs no translation.
                read[language] = f"[{source}] {words}" if re.search(r"[^\W\d_]", words) else words
                self.findings.add(
                    place, "filled in", f"{what} has no {language} text; it became that in {source}", words
                )
        return Text.of({language: read[language] for language in self.languages.values()})

    def optional_text(self, texts: Texts, place: str, what: str) -> Text | None:
        """Return a text in every language, None where it is empty in all of them."""
        return self.text(texts, place, what) if any(plain(text).text for text in texts.values()) else None

    def same(self, words: str) -> Text:
        """Return the same words in every language."""
        return Text.of(dict.fromkeys(self.languages.values(), words))

    def joined(self, texts: Sequence[Text], separator: str = " – ") -> Text:
        """Return several texts as one."""
        return Text.of(
            {
                language: separator.join(dict.fromkeys(text[language] for text in texts))
                for language in self.languages.values()
            }
        )

    def code(self, wanted: str, place: str, what: str, longest: int = LONGEST_QUESTION) -> str:
        """Return a code for a question that no other has, as close to the wanted one as the rules allow."""
        cleaned = re.sub("[^A-Za-z0-9]", "", _ascii(wanted))
        if not cleaned[:1].isalpha():
            cleaned = f"Q{cleaned}"
        forbidden = RESERVED_BY_PLATFORM | RESERVED_IN_FRAME | KEYWORDS
        code, number = cleaned[:longest], 1
        while self._is_taken(code) or code.lower() in forbidden:
            number += 1
            code = f"{cleaned[: longest - len(str(number)) - 1]}x{number}"
        self.taken.add(code.lower())
        if code != wanted:
            self.findings.add(place, "changed", f"the code of {what} became {code}", wanted)
        return code

    def _is_taken(self, code: str) -> bool:
        lower = code.lower()
        ours = re.fullmatch(RESERVED_BY_STRUCTURE, lower)
        return ours is not None or lower in self.taken or f"{lower}{REASON.lower()}" in self.taken

    def answer_codes(
        self,
        codes: Sequence[str],
        place: str,
        what: str,
        longest: int,
        *,
        underscores: bool = False,
        other: bool = False,
    ) -> list[str]:
        """Return codes for answers or items, unique and within the rules; those that change are reported."""
        result: list[str] = []
        pattern = "[^A-Za-z0-9_]" if underscores else "[^A-Za-z0-9]"
        forbidden = {*SUBQUESTIONS_RENAMED, "false"} | ({"other"} if other else set())
        forbidden |= {reason.code.lower() for reason in self.reasons.values()}
        # Codes that may stay as they are come first, so that none of them is pushed aside by a changed one.
        kept = {code.lower() for code in codes if not re.search(pattern, code) and 0 < len(code) <= longest}
        used: set[str] = set()
        for position, wanted in enumerate(codes, start=1):
            cleaned = re.sub(pattern, "", _ascii(wanted)) or f"A{position}"
            code, number = cleaned[:longest], 1
            reserved = kept - {wanted.lower()} if code.lower() == wanted.lower() else kept
            while code.lower() in used | forbidden | reserved or _same_number(code, used):
                number += 1
                code = f"{cleaned[: longest - len(str(number)) - 1]}x{number}"
            used.add(code.lower())
            result.append(code)
            if code != wanted:
                self.findings.add(place, "changed", f"the code of {what} became {code}", wanted or "(none)")
        return result

    def built_in_points(self, name: str, codes: Sequence[str]) -> tuple[ScalePoint, ...]:
        """Return the answers of a scale that LimeSurvey words itself."""
        words = WORDS[name]
        unknown = [own for own in self.languages.values() if own.split("-")[0] not in words]
        for language in unknown:
            message = f"the answers {', '.join(words['en'])} in {language} are in English"
            self.findings.add("survey", "filled in", message)
        labels = [
            Text.of({own: words.get(own.split("-")[0], words["en"])[number] for own in self.languages.values()})
            for number in range(len(codes))
        ]
        return tuple(
            ScalePoint(code, label, float(number))
            for number, (code, label) in enumerate(zip(codes, labels, strict=True), start=1)
        )

    def numbered_scale(self, name: str, last: int) -> Scale:
        """Return the scale from 1 to a number, labelled by its numbers."""
        points = tuple(ScalePoint(str(each), self.same(str(each)), float(each)) for each in range(1, last + 1))
        return Scale(name, "ordinal", points)

    def _read(self, texts: Texts, place: str, what: str) -> dict[str, str]:
        result: dict[str, str] = {}
        mark_up: dict[str, str] = {}
        expressions: dict[str, None] = {}
        for theirs, own in self.languages.items():
            read = plain(texts.get(theirs, ""))
            result[own] = read.text
            mark_up = dict.fromkeys(read.mark_up, texts.get(theirs, "")) | mark_up
            expressions |= dict.fromkeys(read.expressions)
            if read.repaired:
                message = f"letters of {what} in {own} that an earlier conversion had spoiled"
                self.findings.add(place, "changed", message, read.text)
        if mark_up:
            message = f"mark-up of {what}: {', '.join(mark_up)}"
            self.findings.add(place, "left out", message, next(iter(mark_up.values())))
        if expressions:
            message = f"in {what}, LimeSurvey fills something in; here the words between braces stand as they are"
            self.findings.add(place, "left out", message, " ".join(expressions))
        return result


def _same_number(code: str, used: Iterable[str]) -> bool:
    """Return whether a code is the same number as another, such as 01 and 1, which LimeSurvey cannot tell apart."""
    return bool(re.fullmatch(NUMBER, code)) and any(
        re.fullmatch(NUMBER, each) and float(each) == float(code) for each in used
    )


def slug(text: str, separator: str = "-") -> str:
    """Return a name made of the letters and digits of a text."""
    words = re.findall("[a-z0-9]+", _ascii(text).lower())
    result = ""
    for word in words:
        longer = f"{result}{separator}{word}" if result else word
        if len(longer) > LONGEST_NAME:
            break
        result = longer
    return result or "".join(words)[:LONGEST_NAME]


def _ascii(text: str) -> str:
    plain_letters = text.replace("ß", "ss").replace("æ", "ae").replace("œ", "oe").replace("ø", "o")
    return "".join(each for each in unicodedata.normalize("NFKD", plain_letters) if each.isascii())
