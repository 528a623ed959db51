"""How far each language of a questionnaire is."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from trustsurvey.instruments.advice.languages import PLACEHOLDER
from trustsurvey.instruments.duration import words_in
from trustsurvey.instruments.translation.texts import languages_of, readable_document, texts_of

__all__ = ["LanguageState", "translation_states"]


@dataclass(frozen=True, slots=True)
class LanguageState:
    """How far one language is.

    Parameters
    ----------
    language : str
    texts : int
        Texts of the file.
    missing : tuple of str
        Keys of texts that are absent, empty or left to write (TODO).
    same : tuple of str
        Keys of texts that are the same as in the first language; names and numbers may be.
    words : int
        Words written in the language.
    """

    language: str
    texts: int
    missing: tuple[str, ...]
    same: tuple[str, ...]
    words: int


def translation_states(path: str | PathLike[str]) -> tuple[LanguageState, ...]:
    """Return how far each language of a questionnaire file or a block is, without the blocks that it uses.

    Raises
    ------
    InstrumentError
        The file is no YAML or names no languages.
    MissingFileError
        It does not exist.
    """
    document = readable_document(path)
    texts = texts_of(document)
    first, *_ = languages_of(document)
    states = []
    for language in languages_of(document):
        written = {each.key: each.translations.get(language, "") for each in texts}
        missing = tuple(key for key, words in written.items() if not words.strip() or PLACEHOLDER.search(words))
        same = tuple(
            each.key
            for each in texts
            if language != first and written[each.key] and written[each.key] == each.translations.get(first)
        )
        words = sum(words_in(each) for key, each in written.items() if key not in missing)
        states.append(LanguageState(language, len(texts), missing, same, words))
    return tuple(states)
