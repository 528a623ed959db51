"""A study file: which waves, what population, how weighted, which indices, what is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from trustsurvey.documents.document import read_document
from trustsurvey.documents.shape import shaped
from trustsurvey.errors import StudyError
from trustsurvey.instruments.model import IndexDefinition, Instrument
from trustsurvey.instruments.questions import Text
from trustsurvey.study import checks
from trustsurvey.study.schema import StudyEntry
from trustsurvey.weighting.calibration.calibrating import Bounds, Method
from trustsurvey.weighting.calibration.cells import Missing
from trustsurvey.weighting.calibration.margins import Collapse
from trustsurvey.weighting.population.model import Population

__all__ = ["Study", "WavePlan", "Weighting", "read_study"]


@dataclass(frozen=True, slots=True)
class WavePlan:
    """A wave and the file of its deployment."""

    name: str
    deployment: Path


@dataclass(frozen=True, slots=True)
class Weighting:
    """How the answers of each wave are weighted; see ``SurveyDesign.calibrate``."""

    margins: tuple[tuple[str, ...], ...]
    method: Method = "raking"
    bounds: Bounds | None = None
    missing: Missing = "error"
    collapse: Collapse | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """A study as its file states it, with what it names already loaded.

    Parameters
    ----------
    name : str
    file : Path
        Paths in it are relative to its folder.
    indices : tuple of IndexDefinition
    domains : tuple of str
        Variables whose groups are estimated.
    references : mapping of domain to level
        The group that gaps are measured from.
    headline : str
        The index in the headline and on the map.
    policy : Path or None
        The disclosure policy; None for the one that comes with the package.
    simulated : bool
        Whether the answers are made up; reports say so.
    seed : int or None
        What simulated answers were drawn from; reports give it.
    """

    name: str
    file: Path
    instrument: Instrument
    waves: tuple[WavePlan, ...]
    population: Population
    weighting: Weighting
    indices: tuple[IndexDefinition, ...]
    domains: tuple[str, ...]
    references: Mapping[str, str]
    headline: str
    title: Text
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    policy: Path | None
    simulated: bool
    seed: int | None

    @property
    def folder(self) -> Path:
        """The folder of the study file."""
        return self.file.parent

    @property
    def results(self) -> Path:
        """The folder of the results."""
        return self.folder / "results"


def read_study(path: str | Path) -> Study:
    """Read a study file.

    Raises
    ------
    StudyError
        The file, the instrument or the population it names holds problems; ``problems`` lists every one, with line,
        column and remedy.
    MissingFileError
        No such study file.
    """
    file = Path(path)
    document = read_document(file)
    if document.problems:
        raise StudyError(document.problems)
    entry, problems = shaped(document, (), StudyEntry, document.content, "the study")
    if entry is None or problems:
        raise StudyError(problems)
    loaded = checks.Loaded.of(document, entry, file.parent)
    problems = checks.problems_of(document, entry, loaded)
    if problems or loaded.instrument is None or loaded.population is None:
        raise StudyError(problems)
    weighting, publication = entry.weighting, entry.publication
    codes = checks.index_codes(entry, loaded.instrument)
    return Study(
        name=entry.study,
        file=file,
        instrument=loaded.instrument,
        waves=tuple(WavePlan(wave.wave, file.parent / wave.deployment) for wave in entry.waves),
        population=loaded.population,
        weighting=Weighting(
            checks.margins_of(weighting),
            cast(Method, weighting.method),
            checks.bounds_of(weighting),
            cast(Missing, weighting.missing),
            weighting.collapse,
        ),
        indices=tuple(loaded.instrument.indices[code] for code in codes),
        domains=tuple(entry.domains),
        references=dict(entry.references),
        headline=entry.headline or codes[0],
        title=Text.of(publication.title),
        languages=tuple(publication.languages),
        formats=tuple(publication.formats),
        policy=file.parent / publication.policy if publication.policy else None,
        simulated=entry.simulated,
        seed=entry.seed,
    )
