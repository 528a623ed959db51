"""What must hold in a study file beyond its shape: every name exists, every choice is one of those there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import get_args

from trustsurvey.documents.document import Document, Path, value_of
from trustsurvey.errors import InputFileError, MissingFileError, PopulationError, Problem, UnknownNameError
from trustsurvey.fieldwork.platform import WAVE
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.publishing.policy import load_policy
from trustsurvey.publishing.report import FORMATS
from trustsurvey.publishing.words import LANGUAGES
from trustsurvey.study.instruments import instrument_path
from trustsurvey.study.names import Groups, collapse_problems, groups_of, margin_problems, unknown
from trustsurvey.study.schema import StudyEntry, WeightingEntry
from trustsurvey.weighting.calibration.calibrating import Bounds, Method
from trustsurvey.weighting.calibration.cells import Missing
from trustsurvey.weighting.population.files import load_population, packaged_populations
from trustsurvey.weighting.population.model import Population

__all__ = ["Loaded", "bounds_of", "index_codes", "margins_of", "problems_of"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The instrument and the population that a study names, and what is wrong with them or with its policy."""

    instrument: Instrument | None
    population: Population | None
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, document: Document, entry: StudyEntry, folder: FilePath) -> Loaded:
        """Load them; names are looked up beside the study file first, then among those that come with the package."""
        problems: list[Problem] = []
        instrument = population = None
        try:
            instrument = load_instrument(instrument_path(entry.instrument, folder))
        except (MissingFileError, InputFileError) as error:
            problems += _failed(document, ("instrument",), error)
        try:
            population = load_population(_population_source(entry.population, folder))
        except (MissingFileError, PopulationError, UnknownNameError) as error:
            problems += _failed(document, ("population",), error)
        if entry.publication.policy:
            try:
                load_policy(folder / entry.publication.policy)
            except (MissingFileError, InputFileError) as error:
                problems += _failed(document, ("publication", "policy"), error)
        return cls(instrument, population, tuple(problems))


def problems_of(document: Document, entry: StudyEntry, loaded: Loaded) -> list[Problem]:
    """Return every problem of a study file whose shape is right."""
    groups = groups_of(loaded.instrument) if loaded.instrument else None
    return [
        *loaded.problems,
        *_choices(document, entry),
        *_waves(document, entry),
        *_publication(document, entry),
        *(_names(document, entry, loaded.instrument, groups) if loaded.instrument and groups is not None else ()),
        *margin_problems(document, margins_of(entry.weighting), groups, loaded.population),
        *collapse_problems(document, entry.weighting, margins_of(entry.weighting), groups, loaded.population),
    ]


def index_codes(entry: StudyEntry, instrument: Instrument) -> tuple[str, ...]:
    """Return the indices of a study: those it lists, else all of the instrument's."""
    return tuple(entry.indices or instrument.indices)


def margins_of(weighting: WeightingEntry) -> tuple[tuple[str, ...], ...]:
    """Return the margins as tuples of variables."""
    listed = (margin if isinstance(margin, list) else [margin] for margin in weighting.margins)
    return tuple(tuple(str(variable) for variable in margin) for margin in listed)


def bounds_of(weighting: WeightingEntry) -> Bounds | None:
    """Return the bounds as numbers, None where there are none; raise ValueError where they are no bounds."""
    if not weighting.bounds:
        return None
    numbers = [value_of(bound) for bound in weighting.bounds]
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in numbers):
        raise ValueError
    low, high = numbers
    if not 0 <= low < 1 < high:
        raise ValueError
    return float(low), float(high)


def _population_source(name: str, folder: FilePath) -> FilePath | str:
    """Return the path of a population beside the study file, or the name of one that comes with the package."""
    own = folder / name
    plain = not own.suffix and FilePath(name).name == name
    packaged = plain and not own.is_file() and (name in packaged_populations() or not own.is_dir())
    return name if packaged else own


def _failed(document: Document, path: Path, error: Exception) -> Iterator[Problem]:
    if isinstance(error, InputFileError):
        yield document.problem(path, f"the {path[-1]} it names holds problems", "mend them first")
        yield from error.problems
    else:
        yield document.problem(path, str(error), "correct the name")


def _choices(document: Document, entry: StudyEntry) -> Iterator[Problem]:
    weighting = entry.weighting
    for name, value, known in (
        ("method", weighting.method, get_args(Method)),
        ("missing", weighting.missing, get_args(Missing)),
    ):
        if value not in known:
            yield unknown(document, ("weighting", name), name, value, known)
    try:
        bounds = bounds_of(weighting)
    except ValueError:
        yield document.problem(
            ("weighting", "bounds"), "bounds are two numbers around 1", "write [least, largest], as in [0.2, 5]"
        )
    else:
        if bounds is None and weighting.method == "logit":
            yield document.problem(("weighting", "method"), "the logit method needs bounds", "add bounds: [0.2, 5]")
    if entry.seed is not None and entry.seed < 0:
        yield document.problem(("seed",), "the seed is negative", "use a whole number from 0")
    if entry.seed is not None and not entry.simulated:
        remedy = "take it out, or add simulated: true where the answers are made up"
        yield document.problem(("seed",), "only simulated answers have a seed", remedy)
    for number, format_ in enumerate(entry.publication.formats):
        if format_ not in FORMATS:
            yield unknown(document, ("publication", "formats", number), "format", format_, FORMATS)


def _waves(document: Document, entry: StudyEntry) -> Iterator[Problem]:
    if not entry.waves:
        yield document.problem(("waves",), "the study has no waves", "list at least one")
    for number, wave in enumerate(entry.waves):
        if not WAVE.fullmatch(wave.wave):
            message = f"the wave {wave.wave!r} cannot name a file"
            yield document.problem(("waves", number, "wave"), message, "use letters, digits, hyphens and underscores")
    for name in ("wave", "deployment"):
        seen: set[str] = set()
        for number, wave in enumerate(entry.waves):
            value = getattr(wave, name)
            if value in seen:
                yield document.problem(("waves", number, name), f"the {name} {value} is listed twice", "keep one")
            seen.add(value)


def _publication(document: Document, entry: StudyEntry) -> Iterator[Problem]:
    publication = entry.publication
    if not publication.languages:
        yield document.problem(("publication", "languages"), "no language is listed", "list at least one")
    for language in publication.languages:
        if not publication.title.get(language, "").strip():
            yield document.problem(("publication", "title"), f"the title lacks {language}", "add it")
    for name in ("languages", "formats"):
        listed = getattr(publication, name)
        if len(set(listed)) < len(listed):
            yield document.problem(("publication", name), f"one of the {name} is listed twice", "keep one")


def _names(document: Document, entry: StudyEntry, instrument: Instrument, groups: Groups) -> Iterator[Problem]:
    for name, kind, known in (("indices", "index", instrument.indices), ("domains", "variable with groups", groups)):
        listed = getattr(entry, name)
        for number, each in enumerate(listed):
            if each not in known:
                yield unknown(document, (name, number), kind, each, known)
            elif each in listed[:number]:
                yield document.problem((name, number), f"{each} is listed twice", "keep one")
    if not index_codes(entry, instrument):
        yield document.problem(("instrument",), "the instrument has no indices", "add one to it, under indices")
    # Where a name is misspelt in the list, what refers to the right one is right.
    codes = [code for code in index_codes(entry, instrument) if code in instrument.indices]
    misspelt = len(codes) < len(index_codes(entry, instrument))
    if entry.headline and entry.headline not in codes and not (misspelt and entry.headline in instrument.indices):
        yield unknown(document, ("headline",), "index of the study", entry.headline, codes or instrument.indices)
    domains = [domain for domain in entry.domains if domain in groups]
    misspelt = len(domains) < len(entry.domains)
    for domain, level in entry.references.items():
        if domain not in domains and not (misspelt and domain in groups):
            yield unknown(document, ("references", domain), "domain of the study", domain, domains or groups, key=True)
        elif level not in groups[domain]:
            yield unknown(document, ("references", domain), f"group of {domain}", str(level), groups[domain])
    for number, language in enumerate(entry.publication.languages):
        if language not in instrument.languages:
            place = ("publication", "languages", number)
            yield unknown(document, place, "language of the instrument", language, instrument.languages)
        elif language not in LANGUAGES:
            yield unknown(document, ("publication", "languages", number), "language of reports", language, LANGUAGES)
