"""Every rule over one file, without what the file accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from types import MappingProxyType

from trustsurvey.documents.values import close_to
from trustsurvey.errors import Problem
from trustsurvey.instruments.advice import answers, conditions, languages, length, order, scales, wording
from trustsurvey.instruments.advice.material import Advice, Material
from trustsurvey.instruments.reading import read_draft

__all__ = ["RULES", "advise"]

RULES: Mapping[str, Callable[[Material], Iterator[Advice]]] = MappingProxyType(
    {
        "double-barrelled": wording.double_barrelled,
        "negation": wording.negation,
        "double-negative": wording.double_negative,
        "leading": wording.leading,
        "absolute": wording.absolute,
        "long": length.long_text,
        "hard-to-read": length.readable,
        "long-battery": length.long_battery,
        "length": length.total_length,
        "stated-length": length.stated_length,
        "unbalanced-scale": scales.unbalanced,
        "scale-direction": scales.directions,
        "many-answers": scales.many_answers,
        "ranges": scales.ranges,
        "dont-know": answers.dont_know,
        "refusal": answers.refusal,
        "mandatory": answers.mandatory,
        "period": answers.period,
        "sensitive-first": order.sensitive_first,
        "open-texts": order.open_texts,
        "no-reversed-item": order.not_reversed,
        "not-missing": conditions.not_missing,
        "placeholder": languages.placeholders,
        "untranslated": languages.untranslated,
        "wrong-language": languages.wrong_language,
        "abbreviation": languages.abbreviations,
    }
)


def advise(path: str | PathLike[str]) -> list[Problem]:
    """Return what a survey methodologist would ask about a questionnaire or a block, in the file's order.

    Each message ends with the name of its rule between brackets. What the file lists under ``accepted``, with a
    reason, is left out; an entry there that silences nothing is itself named. Questions of shared blocks are looked
    at in their own files. A file with problems gets no advice: see ``check`` for them.

    Raises
    ------
    MissingFileError
        The file does not exist.

    Notes
    -----
    Most hints are heuristics of words and need most of the French, Dutch and English texts to agree: they are meant
    to be few and right, and overlook much. They replace no pretest.

    References
    ----------
    Dillman, Smyth and Christian 2014, Internet, Phone, Mail, and Mixed-Mode Surveys; Krosnick and Presser 2010,
    Question and questionnaire design; Saris and Gallhofer 2014, Design, Evaluation, and Analysis of Questionnaires;
    Tourangeau, Rips and Rasinski 2000, The Psychology of Survey Response; each rule names its own.
    """
    material = _material(path)
    if material is None:
        return []
    document = material.draft.document
    accepted = material.draft.header.accepted
    used: set[int] = set()
    found = []
    for rule in RULES.values():
        for advice in rule(material):
            silenced = [number for number, entry in enumerate(accepted) if _covers(entry.warning, entry.item, advice)]
            used.update(silenced)
            if not silenced:
                found.append(document.problem(advice.path, f"{advice.message} [{advice.name}]", advice.remedy))
    for number, entry in enumerate(accepted):
        if entry.warning not in RULES:
            remedy = f"{close_to(entry.warning, RULES)} the names that warning: takes are {', '.join(RULES)}".strip()
            message = f"there is no warning {entry.warning} [accepted]"
            found.append(document.problem(("accepted", number, "warning"), message, remedy))
        elif number not in used:
            message = f"nothing is warned of here that is accepted as {entry.warning} [accepted]"
            found.append(document.problem(("accepted", number), message, "delete the entry from accepted:"))
    return sorted(found)


def _covers(warning: str, item: str, advice: Advice) -> bool:
    return warning == advice.name and (not item or item == advice.item or advice.item.startswith(f"{item}_"))


def _material(path: str | PathLike[str]) -> Material | None:
    """Return what the rules look at, None where the file has problems: those come first."""
    found = read_draft(path)
    return None if found is None else Material(*found)
