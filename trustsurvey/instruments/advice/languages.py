"""Rules for texts of any kind: left open, left untranslated, or with abbreviations that nobody explains."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from trustsurvey.documents.document import Path
from trustsurvey.instruments.advice.lexicon import LEXICONS
from trustsurvey.instruments.advice.material import Advice, Material
from trustsurvey.instruments.advice.text import normalised
from trustsurvey.instruments.duration import words_in

__all__ = ["abbreviations", "placeholders", "untranslated", "wrong_language"]

LEFT = r"(?:à (?:compléter|traduire)|(?:nog )?(?:in te vullen|te vertalen)|to be (?:completed|translated))"
PLACEHOLDER = re.compile(
    rf"\b(?:TODO|FIXME|TBD|TBC|XXX+|[Ll]orem ipsum)\b|\?\?\?|^(?:\.{{3,}}|…)$|[\[(<]{LEFT}[\])>]|^{LEFT}$"
)
LEAST_WORDS = 4
LEAST_SMALL_WORDS = 3
CAPITALS = re.compile(r"(?<![\w.@/-])[A-Z][A-Z&]{1,6}(?![\w-]|\.\w)")
ROMAN = re.compile(r"[IVXLC]+")
USUAL = """
    FR NL EN DE BE UE EU ONU UNO UN UK USA TV GSM SMS PDF ID OK QR CV ADN DNA GPS WC PC IT CD DVD URL HTML XL BD
    LGBT LGBTQI VTT SUV KM ET OU EN OF AND OR NON NIET NOT
"""
EXPLAINED_BY_USE = frozenset(USUAL.split())


def placeholders(material: Material) -> Iterator[Advice]:
    """Find texts in which something is left to be written."""
    for item, path, texts in _texts(material):
        for language, words in texts.items():
            if found := PLACEHOLDER.search(words):
                message = f'{item}: "{found[0]}" stands in the text in {language}'
                yield Advice("placeholder", item, (*path, language), message, f"write what is missing at {language}:")


def untranslated(material: Material) -> Iterator[Advice]:
    """Find one sentence in two languages; names, numbers and texts of fewer than four words may be the same."""
    for item, path, texts in _texts(material):
        seen: dict[str, str] = {}
        for language, words in texts.items():
            if language not in material.draft.languages or PLACEHOLDER.search(words):
                continue
            plain = normalised(words)
            if plain in seen and _is_sentence(words):
                message = f"{item} has the same text in {seen[plain]} and {language}"
                yield Advice("untranslated", item, (*path, language), message, f"translate it at {language}:")
            seen.setdefault(plain, language)


def wrong_language(material: Material) -> Iterator[Advice]:
    """Find texts that stand at another language: three small words of that one, and none of their own."""
    for item, path, texts in _texts(material):
        for language, words in texts.items():
            if language[:2] not in LEXICONS:
                continue
            counts = {
                code: len(re.findall(rf"\b(?:{lexicon.small_words})\b", normalised(words)))
                for code, lexicon in LEXICONS.items()
            }
            own, other = counts.pop(language[:2]), max(counts, key=lambda code: counts[code])
            if not own and counts[other] >= LEAST_SMALL_WORDS:
                message = f"the text of {item} in {language} looks like {other}"
                yield Advice(
                    "wrong-language", item, (*path, language), message, f"write it in {language} at {language}:"
                )


def abbreviations(material: Material) -> Iterator[Advice]:
    """Find abbreviations in capitals that are nowhere explained (Dillman et al. 2014, ch. 4).

    Explained is what stands between brackets, or before some, once in the file.
    """
    texts = list(_texts(material))
    explained: set[str] = set()
    for _, _, by_language in texts:
        for words in by_language.values():
            for match in CAPITALS.finditer(words):
                before, after = words[: match.start()], words[match.end() :]
                inside = before.rfind("(") > before.rfind(")")
                if inside or re.match(r"\s*\(|\s*[:,–]\s+\w+ \w+", after):
                    explained.add(match[0])
    for item, path, by_language in texts:
        for language, words in by_language.items():
            if words == words.upper():
                continue
            for match in CAPITALS.finditer(words):
                word = match[0]
                if word in explained | EXPLAINED_BY_USE or ROMAN.fullmatch(word):
                    continue
                explained.add(word)
                message = f"{item}: {word} is not explained"
                remedy = (
                    f"spell it out once at {language}:, as in Committee P (the Standing Police Monitoring Committee)"
                )
                yield Advice("abbreviation", item, (*path, language), message, remedy)


def _is_sentence(words: str) -> bool:
    small = re.findall(r"(?<![\w’'-])[^\W\d_A-Z]{3,}(?![\w-])", words)
    return words_in(words) >= LEAST_WORDS and len(small) >= LEAST_WORDS - 1 and " / " not in words


def _texts(material: Material) -> Iterator[tuple[str, Path, Mapping[str, str]]]:
    """Yield every text that stands in the file, with the name of what it belongs to."""
    for placed in material.draft.texts:
        if not placed.content or material.own(placed.path, next(iter(placed.content))):
            yield _item(material, placed.path), placed.path, placed.content


def _item(material: Material, path: Path) -> str:
    """Return the name of what a text belongs to: a code, or the key that it stands at."""
    content = material.draft.document.content
    names: list[str] = []
    for place, part in enumerate(path):
        content = content[part]
        if isinstance(content, dict) and "code" in content and path[:place] != ("groups",):
            names.append(str(content["code"]))
        elif path[0] == "scales" and place == 1:
            names.append(str(part))
    return "_".join(names) or str(path[0] if path[0] != "groups" else material.draft.groups[int(path[1])].entry.code)
