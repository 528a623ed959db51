"""What items measure: the vocabulary of concepts, and the items of two questionnaires that measure the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import pandas as pd

from trustsurvey.documents.document import read_document
from trustsurvey.documents.shape import Entry, shaped
from trustsurvey.documents.values import Translations, Word
from trustsurvey.errors import InputFileError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Text, Variable
from trustsurvey.resources import share

__all__ = ["Concept", "load_concepts", "parallel_items"]


class ConceptEntry(Entry):
    """A concept as it stands in the vocabulary."""

    label: Translations
    definition: Word


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that items measure, named from the side of residents.

    ``respect_granted`` is the respect that residents show to the police, whoever is asked about it.
    """

    code: str
    label: Text
    definition: str


def load_concepts(path: str | PathLike[str] | None = None) -> dict[str, Concept]:
    """Return the vocabulary of concepts by code.

    Parameters
    ----------
    path : str or path-like, optional
        A file of them; ``instruments/bank/concepts.yaml`` of the package unless given.

    Raises
    ------
    InputFileError
        The file holds problems.
    MissingFileError
        The file does not exist.
    """
    document = read_document(share() / "instruments" / "bank" / "concepts.yaml" if path is None else path)
    problems, concepts = list(document.problems), {}
    content = document.content if isinstance(document.content, dict) else {}
    for code, entry in content.items():
        concept, wrong = shaped(document, (code,), ConceptEntry, entry, f"the concept {code}")
        problems += wrong
        if concept is not None:
            concepts[code] = Concept(code, Text.of(concept.label), concept.definition)
    if problems:
        raise InputFileError(problems)
    return concepts


def parallel_items(one: Instrument, other: Instrument) -> pd.DataFrame:
    """Return the items of two questionnaires that mirror each other: of one concept, and with one code.

    Items of batteries pair by their line's code, other questions by their own; a question that is the only one of its
    concept pairs with the only one there, whatever its code.

    Parameters
    ----------
    one, other : Instrument
        For example of citizens and of officers, or of before and after.

    Returns
    -------
    pandas.DataFrame
        A row a pair: ``concept``, ``one`` and ``other`` (names of variables), ``same_scale`` (whether both are answered
        with the same codes, values and limits, so that their means can be compared).
    """
    ours, theirs = list(_closed(one)), list(_closed(other))
    by_code = {(variable.concept, code): variable for code, variable in theirs}
    rows = []
    for code, variable in ours:
        same_concept = [each for _, each in theirs if each.concept == variable.concept]
        alone = len(same_concept) == 1 and sum(each.concept == variable.concept for _, each in ours) == 1
        mirror = same_concept[0] if alone else by_code.get((variable.concept, code))
        if mirror is not None:
            rows.append((variable.concept, variable.name, mirror.name, _measure(variable) == _measure(mirror)))
    return pd.DataFrame(rows, columns=["concept", "one", "other", "same_scale"])


def _closed(instrument: Instrument) -> Iterator[tuple[str, Variable]]:
    """Yield the variables that are no text, each with its own code: that of its line in a battery."""
    for question in instrument.questions:
        for variable in question.variables():
            if variable.concept and variable.kind != "text":
                yield variable.name.removeprefix(f"{question.code}_"), variable


def _measure(variable: Variable) -> tuple[object, ...]:
    return (
        variable.kind,
        variable.minimum,
        variable.maximum,
        tuple((point.code, point.value) for point in variable.levels),
    )
