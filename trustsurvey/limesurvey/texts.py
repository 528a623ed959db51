"""Texts of an instrument as LimeSurvey shows them: HTML, in which nothing of ours is mark-up or an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from trustsurvey.instruments.questions import Text
from trustsurvey.limesurvey.structure import Texts

__all__ = ["END_SEPARATOR", "LINE_BREAK", "either_needed", "joined", "plain", "shown", "texts_of"]

LINE_BREAK = "<br />"
END_SEPARATOR = " – "
WORD_JOINER = "\u2060"

EITHER_NEEDED: Mapping[str, str] = MappingProxyType(
    {
        "fr": "Donnez une réponse, ou choisissez ce qui convient juste en dessous.",
        "nl": "Geef een antwoord, of kies hieronder wat past.",
        "en": "Give an answer, or choose what applies just below.",
    }
)


def shown(text: str) -> str:
    r"""Return the HTML that shows a plain text as it is written.

    Braces are escaped by a backslash, as LimeSurvey evaluates what stands between them. A backslash is followed by a
    character without width: LimeSurvey copies labels into scripts, which it would break. Entities are used for ``&``,
    ``<`` and ``>`` only: the filter of HTML writes any other one as the character itself.
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("\\", "\\" + WORD_JOINER)
    if "{" in escaped:
        escaped = escaped.replace("{", r"\{").replace("}", r"\}")
    return escaped.replace("\n", LINE_BREAK)


def plain(html: str) -> str:
    """Return the text that ``shown`` made this HTML from."""
    text = html.replace(LINE_BREAK, "\n")
    if "{" in text:
        text = text.replace(r"\{", "{").replace(r"\}", "}")
    text = text.replace("\\" + WORD_JOINER, "\\")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def texts_of(text: Text | None, languages: Sequence[str]) -> Texts:
    """Return a text in each language as LimeSurvey shows it; nothing at all where there is none."""
    return {} if text is None else {language: shown(text[language]) for language in languages}


def joined(texts: Sequence[Texts], separator: str) -> Texts:
    """Return several texts as one, language by language."""
    return {language: separator.join(text[language] for text in texts) for language in texts[0]}


def either_needed(languages: Sequence[str]) -> Texts:
    """Return the words for a question that wants an answer or a reason; English where we have no words."""
    return {language: EITHER_NEEDED.get(language[:2], EITHER_NEEDED["en"]) for language in languages}
