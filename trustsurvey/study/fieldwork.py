"""Fieldwork by deployment file: deploy, open, status, fetch, close."""

from __future__ import annotations

from pathlib import Path

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.archive import Archive, FetchResult, fetch
from trustsurvey.fieldwork.platform import Deployment, FieldworkStatus
from trustsurvey.instruments.model import Instrument
from trustsurvey.progress import Progress, silent
from trustsurvey.study.platforms import archive_folder, open_platform, platform_at

__all__ = ["close_survey", "deploy", "fetch_answers", "open_survey", "status"]


def deploy(instrument: Instrument, wave: str, address: str, file: Path) -> Deployment:
    """Put an instrument on a platform and write the deployment file; doing it again changes nothing.

    Raises
    ------
    InputError
        The file describes another deployment already.
    """
    if file.exists():
        known = Deployment.load(file)
        if (known.digest, known.wave) != (instrument.digest, wave):
            raise InputError(
                f"{file} describes {known.instrument}@{known.version} for wave {known.wave} already; "
                "give another file: a deployment is never replaced"
            )
        return known
    file.parent.mkdir(parents=True, exist_ok=True)
    deployment = platform_at(address).deploy(instrument, wave)
    Archive.create(archive_folder(file), deployment, instrument)
    deployment.save(file)
    return deployment


def open_survey(file: Path) -> Deployment:
    """Open a deployed survey to respondents."""
    deployment = Deployment.load(file)
    opened = open_platform(deployment).open(deployment)
    opened.save(file)
    return opened


def status(file: Path) -> FieldworkStatus:
    """Say how many started and completed."""
    deployment = Deployment.load(file)
    return open_platform(deployment).status(deployment)


def fetch_answers(file: Path, progress: Progress = silent) -> FetchResult:
    """Fetch what is new into the archive beside the deployment file, and reconcile it with the platform."""
    deployment = Deployment.load(file)
    return _fetch(deployment, file, progress)


def close_survey(file: Path, progress: Progress = silent) -> FetchResult:
    """Close a survey and fetch its last answers; the deployment file says closed once they are archived."""
    deployment = Deployment.load(file)
    closed = open_platform(deployment).close(deployment)
    result = _fetch(closed, file, progress)
    closed.save(file)
    return result


def _fetch(deployment: Deployment, file: Path, progress: Progress) -> FetchResult:
    return fetch(open_platform(deployment), deployment, Archive(archive_folder(file)), progress)
