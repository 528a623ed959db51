"""Rules for texts: every language, nothing stray, nothing lost on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trustsurvey.documents.document import Path
from trustsurvey.instruments.findings import Findings

__all__ = ["check_texts"]

LONGEST_TITLE = 200
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
LOST = "\ufffd"
# UTF-8 once read as Windows-1252 and saved again: an accented letter became two characters.
GARBLED = re.compile("[ÃÂ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€]|â€")


def check_texts(findings: Findings) -> None:
    """Look at every text of a draft."""
    draft = findings.draft
    for text in draft.texts:
        if text.path in draft.document.values:
            _languages(findings, text.path, text.content)
            for language, words in text.content.items():
                if language not in draft.languages:
                    continue
                _words(findings, (*text.path, language), language, words)
    for language, title in draft.header.title.items():
        if len(title) > LONGEST_TITLE:
            message = f"the title in {language} has {len(title)} characters, more than {LONGEST_TITLE}"
            findings.add(("title", language), message, "shorten it")


def _languages(findings: Findings, path: Path, text: Mapping[str, str]) -> None:
    languages, written = findings.draft.languages, findings.draft.document.values
    if not languages:
        return
    if missing := [language for language in languages if (*path, language) not in written]:
        what = "translation" if len(missing) == 1 else "translations"
        message = f"{path[-1] if isinstance(path[-1], str) else path[-2]}: no {what} in {', '.join(missing)}"
        findings.add(path, message, f"add the text in {' and '.join(missing)}")
    for language in text:
        if language not in languages:
            remedy = f"its languages are {', '.join(languages)}; a text with a comma or colon stands between quotes"
            findings.add((*path, language), f"{language} is no language of this instrument", remedy, key=True)


def _words(findings: Findings, path: Path, language: str, words: str) -> None:
    if not words.strip():
        findings.add(path, f"the text in {language} is empty", "write it, or leave an optional key out altogether")
        return
    if words != words.strip():
        remedy = "delete it; a folded text starts with >- instead of >"
        findings.add(path, f"the text in {language} begins or ends with a space or line break", remedy)
    if found := INVISIBLE.search(words):
        code = f"U+{ord(found.group()):04X}"
        findings.add(path, f"the text in {language} holds the invisible character {code}", "delete it")
    if LOST in words:
        message = f"a character of the text in {language} was lost in an earlier conversion (\ufffd)"
        findings.add(path, message, "write it again", character=words.index(LOST) + 1)
    if found := GARBLED.search(words):
        message = f"{found.group()!r} looks like UTF-8 that was read as Windows-1252"
        findings.add(path, message, "write the letter that was meant", character=found.start() + 1)
