"""An existing LimeSurvey survey becomes an instrument, with a report of everything that is not as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trustsurvey.documents.files import write_file
from trustsurvey.errors import InputError, TrustSurveyError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import read_canonical
from trustsurvey.instruments.writing import instrument_text
from trustsurvey.limesurvey.adoption.assembly import Assembly
from trustsurvey.limesurvey.adoption.findings import Finding, Findings
from trustsurvey.limesurvey.building import survey_of
from trustsurvey.limesurvey.lss_reading import StructureFile, structure_of
from trustsurvey.limesurvey.lss_tables import read_bytes, tables_of
from trustsurvey.limesurvey.lss_writing import DATABASE_VERSION, lss_bytes

__all__ = ["Adoption", "adopt_file", "adopt_survey", "write_adoption"]


@dataclass(frozen=True, slots=True)
class Adoption:
    """A survey as an instrument.

    Parameters
    ----------
    instrument : Instrument
    findings : tuple of Finding
        Everything that is not as it was; nothing is left out without one.
    text : str
        The instrument file.
    """

    instrument: Instrument
    findings: tuple[Finding, ...]
    text: str


def adopt_file(path: str | os.PathLike[str]) -> Adoption:
    """Turn a LimeSurvey structure file (.lss) or archive (.lsa) of any version into an instrument.

    A file that ``build`` wrote gives the same instrument back, unless it was changed since.

    Raises
    ------
    MissingFileError, InputError
        No such file; no survey structure, damaged, or without any question that has a counterpart.
    """
    source = Path(path)
    data = read_bytes(source)
    file = structure_of(tables_of(data, str(path)), str(path))
    findings = Findings()
    if file.embedded:
        instrument = _embedded(file, data)
        if instrument is not None:
            head = [f"Taken back from {source.name}, which build wrote."]
            return Adoption(instrument, (), instrument_text(instrument, head))
        findings.add(
            "survey", "to check", "the file was changed after build had written it; what stands in it was read"
        )
    return adopt_survey(file, source.name, findings)


def write_adoption(
    adoption: Adoption, path: str | os.PathLike[str], report: str | os.PathLike[str] | None = None
) -> None:
    """Write the instrument file, and the findings with what stood in the survey to a second file.

    Raises
    ------
    InputError
        A file of that name exists; somebody may have worked on it.
    WriteError
        A file cannot be written.
    """
    lines = []
    for finding in adoption.findings:
        lines.append(f"{finding.place}: {finding.outcome}: {finding.message}")
        lines += [f"    {line}" for line in finding.original.splitlines()]
    contents = {Path(path): adoption.text}
    if report:
        contents[Path(report)] = "\n".join(lines) + "\n"
    for target in contents:
        if target.exists():
            raise InputError(f"{target} exists, and may have been worked on; name another file, or move it away")
    for target, content in contents.items():
        write_file(target, content)


def adopt_survey(file: StructureFile, name: str, findings: Findings | None = None) -> Adoption:
    """Turn a structure that was read into an instrument; ``name`` is the file's, for its first line."""
    found = findings or Findings()
    if file.version == 0:
        found.add("survey", "to check", "the file does not tell the version of LimeSurvey's database as a number")
    elif file.version > int(DATABASE_VERSION):
        message = f"version {file.version} of LimeSurvey's database is newer than {DATABASE_VERSION}, the newest known"
        found.add("survey", "to check", f"{message}; what it has added may not be read")
    for note in file.notes:
        found.add(note.place or "survey", "left out", note.message, note.text)
    assembly = Assembly(file, name, found)
    instrument = assembly.instrument()
    text = instrument_text(instrument, _head(file, name, found), assembly.notes)
    return Adoption(instrument, found.all, text)


def _head(file: StructureFile, name: str, findings: Findings) -> Iterator[str]:
    yield f"Adopted from {name}: LimeSurvey survey {file.survey.number}, database version {file.version}."
    if counts := findings.counts:
        shown = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        yield f"Not as it was ({shown}): see the report of the import."


def _embedded(file: StructureFile, data: bytes) -> Instrument | None:
    """Return the instrument inside a file of ``build``, None where the file is no longer what ``build`` wrote."""
    settings, aliases = file.survey.settings, file.survey.texts.get("surveyls_alias", {})
    try:
        instrument = read_canonical(file.embedded)
        language = instrument.languages[0]
        wave = aliases.get(language, "").removeprefix(f"{instrument.name}-").removesuffix(f"-{language}")
        rebuilt = lss_bytes(survey_of(instrument, wave, settings.get("datestamp") == "Y"), instrument)
    except (TrustSurveyError, LookupError, TypeError, ValueError, AttributeError):
        # Whatever stands there was not written by build.
        return None
    return instrument if rebuilt == data else None
