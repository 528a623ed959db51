"""Fieldwork by deployment file: deploy, open, status, fetch, close."""

from __future__ import annotations

from pathlib import Path

from trustsurvey.errors import InputError, WriteError
from trustsurvey.fieldwork.archive import Archive, FetchResult, fetch
from trustsurvey.fieldwork.platform import Deployment, check_wave
from trustsurvey.fieldwork.status import FieldworkStatus
from trustsurvey.instruments.model import Instrument
from trustsurvey.progress import Progress, silent
from trustsurvey.study.platforms import archive_folder, platform_at, platform_of, same_platform

__all__ = ["close_survey", "deploy", "fetch_answers", "open_survey", "status"]


def deploy(instrument: Instrument, wave: str, address: str, file: Path, date_stamp: bool = False) -> Deployment:
    """Put an instrument on a platform and write the deployment file; doing it again changes nothing.

    Raises
    ------
    InputError
        The file describes another deployment already, or the wave or the address cannot be used.
    PlatformError
        The platform refused or failed.
    """
    check_wave(wave)
    if file.exists():
        known = Deployment.load(file)
        if (known.instrument, known.digest, known.wave) != (instrument.name, instrument.digest, wave):
            raise InputError(
                f"{file} describes {known.instrument}@{known.version} for wave {known.wave} already; "
                "give another file: a deployment is never replaced"
            )
        if not same_platform(address, known):
            raise InputError(
                f"{file} describes a deployment on {known.platform}, not on {address}; give that address, or another "
                "file for a second deployment"
            )
    with platform_at(address, date_stamp) as platform:
        deployment = platform.deploy(instrument, wave)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{file} cannot be written ({error.strerror or error}); give another file") from error
    Archive.create(archive_folder(file), deployment, instrument)
    if not file.exists():
        deployment.save(file)
        return deployment
    return known


def open_survey(file: Path) -> Deployment:
    """Open a deployed survey to respondents."""
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        opened = platform.open(deployment)
    opened.save(file)
    return opened


def status(file: Path) -> FieldworkStatus:
    """Say how many started and completed."""
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        return platform.status(deployment)


def fetch_answers(file: Path, progress: Progress = silent) -> FetchResult:
    """Fetch what is new into the archive beside the deployment file, and reconcile it with the platform."""
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        return fetch(platform, deployment, Archive(archive_folder(file)), progress)


def close_survey(file: Path, progress: Progress = silent) -> FetchResult:
    """Close a survey and fetch its last answers; the deployment file says closed once they are archived."""
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        closed = platform.close(deployment)
        result = fetch(platform, closed, Archive(archive_folder(file)), progress, again=True)
    closed.save(file)
    return result
