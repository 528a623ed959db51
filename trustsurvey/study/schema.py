"""The shape of a study file: which keys stand where and what kind of value each takes."""

from __future__ import annotations

from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import Flag, Listed, Mapped, Translations, Whole, Word, Words

__all__ = ["PublicationEntry", "StudyEntry", "WaveEntry", "WeightingEntry"]


class WaveEntry(Entry):
    """A wave and the file of its deployment."""

    wave: Word
    deployment: Word


class WeightingEntry(Entry):
    """How every wave is weighted."""

    margins: Listed
    method: Word = "raking"
    bounds: Listed = []
    missing: Word = "error"
    collapse: Mapped = {}


class PublicationEntry(Entry):
    """What is published."""

    title: Translations
    languages: Words
    formats: Words = ["html"]
    policy: Word = ""


class StudyEntry(Entry):
    """The whole file."""

    study: Word
    instrument: Word
    waves: list[WaveEntry]
    population: Word
    weighting: WeightingEntry
    indices: Words = []
    headline: Word = ""
    domains: Words = []
    references: Mapped = {}
    publication: PublicationEntry
    simulated: Flag = False
    seed: Whole | None = None
