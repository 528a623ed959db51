"""Run a study: fetch what is new, code, weight, estimate, and write the results with their provenance."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trustsurvey.errors import ArchiveError, InputError, MissingFileError, WriteError
from trustsurvey.fieldwork.archive import Archive, fetch
from trustsurvey.fieldwork.manifest import check_manifest
from trustsurvey.fieldwork.platform import Deployment
from trustsurvey.fieldwork.responses import Responses, combine, import_responses
from trustsurvey.instruments.model import canonical
from trustsurvey.progress import Progress, silent
from trustsurvey.publishing.integrity import RECORD, read_record, write_record
from trustsurvey.publishing.policy import DEFAULT_POLICY
from trustsurvey.publishing.results import FILES
from trustsurvey.study.pinned import check_pinned
from trustsurvey.study.plan import Study, WavePlan, read_study
from trustsurvey.study.platforms import archive_folder, platform_of
from trustsurvey.study.provenance import inputs_of, provenance
from trustsurvey.study.tables import estimate_tables
from trustsurvey.study.weighting import analysed, fieldwork_table, margins_table, weigh, weights_table

__all__ = ["StudyRun", "run_study"]


@dataclass(frozen=True, slots=True)
class StudyRun:
    """Where the results of a study stand, whether they were computed again, and how many records were fetched."""

    results: Path
    renewed: bool
    fetched: int


def run_study(path: str | Path, progress: Progress = silent) -> StudyRun:
    """Bring the results of a study up to date.

    Answers that moved since the last time are fetched into the archives. Where nothing moved, and neither the study
    file, the instrument, the population nor the program changed, the results stay as they are; damaged ones are
    written again. New results are put in place whole; coded answers stand beside them in ``responses/``, a Parquet file
    a wave.

    Parameters
    ----------
    path : str or Path
        The study file.
    progress : Progress, optional

    Returns
    -------
    StudyRun

    Raises
    ------
    StudyError
        The study file holds problems.
    ArchiveError, PlatformError, CalibrationError, InputError
        A step refused; what was fetched stays in the archive, and earlier results stay in place.
    WriteError
        The results cannot be written.
    """
    study = read_study(path)
    if study.results.exists() and not study.results.is_dir():
        raise WriteError(f"{study.results} is a file where the folder of results belongs; move it away and run again")
    archives: dict[str, Archive] = {}
    fetched = 0
    for number, wave in enumerate(study.waves):
        progress(f"wave {wave.name}: fetch", 0.2 * number / len(study.waves))
        archives[wave.name], new = _fetched(study, wave)
        fetched += new
    inputs = inputs_of(study, archives)
    if _made_from(study.results, progress) == inputs:
        progress("nothing is new", 1.0)
        return StudyRun(study.results, renewed=False, fetched=fetched)
    coded = []
    for number, (wave_name, archive) in enumerate(archives.items()):
        progress(f"wave {wave_name}: code the answers", 0.2 + 0.2 * number / len(archives))
        responses = import_responses(archive)
        responses.save(study.folder / "responses" / f"{wave_name}.parquet")
        coded.append(responses)
    _write(study, combine(coded), archives, inputs, progress)
    progress("results written", 1.0)
    return StudyRun(study.results, renewed=True, fetched=fetched)


def _fetched(study: Study, wave: WavePlan) -> tuple[Archive, int]:
    """Return the archive of a wave after fetching; a closed survey whose archive is complete is not asked again."""
    deployment = Deployment.load(wave.deployment)
    instrument = study.instrument
    if deployment.digest != instrument.digest:
        raise InputError(
            f"{wave.deployment} fields {deployment.instrument}@{deployment.version} ({deployment.digest[:12]}), the "
            f"study analyses {instrument.name}@{instrument.version} ({instrument.digest[:12]}); name in the study the "
            "instrument that was fielded"
        )
    if deployment.wave != wave.name:
        raise InputError(
            f"{wave.deployment} is wave {deployment.wave}, and the study calls it {wave.name}; correct one"
        )
    archive = Archive(archive_folder(wave.deployment))
    if deployment.closed:
        check_manifest(archive_folder(wave.deployment))
        contents = archive.read()
        if contents.identity.wave != wave.name or contents.identity.digest != instrument.digest:
            raise ArchiveError(f"{archive.folder} holds another survey than {wave.deployment}; restore the right one")
        return archive, 0
    check_pinned(deployment, wave.deployment)
    with platform_of(deployment, wave.deployment) as platform:
        return archive, fetch(platform, deployment, archive).new


def _made_from(results: Path, progress: Progress) -> Any:
    """Return what the results in place were made from; None where there are none, or none that can be trusted."""
    if not (results / RECORD).is_file():
        return None
    try:
        return read_record(results, FILES)["inputs"]
    except (InputError, MissingFileError) as error:
        found, _, _ = str(error).partition(";")
        progress(f"the results are written again: {found}")
        return None


def _write(
    study: Study, responses: Responses, archives: Mapping[str, Archive], inputs: Mapping[str, Any], progress: Progress
) -> None:
    progress("weight", 0.4)
    used = analysed(responses)
    design = weigh(used, study.population, study.weighting)

    def tell(message: str, share: float | None = None) -> None:
        progress(f"estimate: {message}", 0.45 + 0.5 * (share or 0))

    tables = estimate_tables(design, used, study.indices, study.domains, study.references, tell) | {
        "fieldwork": fieldwork_table(responses, used),
        "margins": margins_table(design, study.population),
        "weights": weights_table(design),
    }
    record = provenance(study, archives, inputs, design.diagnostics().choices)
    try:
        _put(study, tables, record)
    except OSError as error:
        raise WriteError(
            f"the results cannot be written to {study.results} ({error.strerror or error}); make room or correct the "
            "permissions, and run again: earlier results are still in place"
        ) from error


def _put(study: Study, tables: Mapping[str, pd.DataFrame], record: Mapping[str, Any]) -> None:
    """Write the results beside the former ones and put them in place whole."""
    target = study.results
    fresh, former = target.with_name("results.part"), target.with_name("results.former")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "tables").mkdir(parents=True)
    for name, table in tables.items():
        table.to_parquet(fresh / "tables" / f"{name}.parquet", index=False)
    (fresh / "instrument.json").write_text(canonical(study.instrument), encoding="utf-8")
    shutil.copyfile(study.policy or DEFAULT_POLICY, fresh / "disclosure.yaml")
    write_record(fresh, record)
    shutil.rmtree(former, ignore_errors=True)
    if target.exists():
        target.rename(former)
    fresh.rename(target)
    shutil.rmtree(former, ignore_errors=True)
