"""The shape of a study file: which keys stand where and what kind of value each takes."""

from __future__ import annotations

from pydantic import Field

from trustsurvey.instruments.schema import Entry, Flag, Listed, Mapped, Translations, Word, Words

__all__ = ["PublicationEntry", "StudyEntry", "WaveEntry", "WeightingEntry"]


class WaveEntry(Entry):
    """A wave and the file of its deployment."""

    wave: Word
    deployment: Word


class WeightingEntry(Entry):
    """How every wave is weighted."""

    margins: Listed
    method: Word = "raking"
    bounds: Listed = Field(default_factory=list)
    missing: Word = "error"
    collapse: Mapped = Field(default_factory=dict)


class PublicationEntry(Entry):
    """What is published."""

    title: Translations
    languages: Words
    formats: Words = Field(default_factory=lambda: ["html"])
    policy: Word = ""


class StudyEntry(Entry):
    """The whole file."""

    study: Word
    instrument: Word
    waves: list[WaveEntry]
    population: Word
    weighting: WeightingEntry
    indices: Words = Field(default_factory=list)
    headline: Word = ""
    domains: Words = Field(default_factory=list)
    references: Mapped = Field(default_factory=dict)
    publication: PublicationEntry
    simulated: Flag = False
