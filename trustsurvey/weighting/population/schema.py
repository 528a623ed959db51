"""The shape of a population file: which keys stand where and what kind of value each takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import Date, Listed, Translations, Word, listed

__all__ = ["PopulationEntry", "TableEntry"]


def _unfolded(value: object) -> object:
    """Return a text without the line end that YAML leaves behind a folded one."""
    return value.rstrip("\n") if type(value) is str else value


Prose = Annotated[Word, BeforeValidator(_unfolded)]


class SourceEntry(Entry):
    """Where counts come from."""

    citation: Prose
    licence: Prose


class TableEntry(Entry):
    """A file of counts."""

    file: Word


class PopulationEntry(Entry):
    """The whole file; tables are looked at one by one."""

    name: Word
    tables: Listed
    reference_date: Date = None
    sources: Annotated[list[SourceEntry], BeforeValidator(listed)] = []
    caveats: Annotated[list[Translations], BeforeValidator(listed)] = []
