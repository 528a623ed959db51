"""Fieldwork by deployment file: deploy, invite, open, status, remind, fetch, close."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from trustsurvey.documents.spreadsheet import csv_text
from trustsurvey.errors import InputError, WriteError
from trustsurvey.fieldwork.archive import Archive, FetchResult, fetch
from trustsurvey.fieldwork.manifest import write_manifest
from trustsurvey.fieldwork.platform import Deployment, Platform, check_wave
from trustsurvey.fieldwork.status import FieldworkStatus
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey.participants import Invited
from trustsurvey.limesurvey.participants_file import read_participants
from trustsurvey.limesurvey.platform import LimeSurvey
from trustsurvey.progress import Progress, silent
from trustsurvey.study.pinned import check_pinned
from trustsurvey.study.platforms import archive_folder, platform_at, platform_of, same_platform

__all__ = [
    "addresses",
    "close_survey",
    "deploy",
    "fetch_answers",
    "invite_participants",
    "open_survey",
    "status",
    "write_reminders",
]


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
                f"{file} describes {known.instrument}@{known.version} for wave {known.wave} already and is never "
                "replaced; take another wave, or delete the file and its archive folder where it has not opened yet"
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
    check_pinned(deployment, file)
    with platform_of(deployment, file) as platform:
        opened = platform.open(deployment)
    opened.save(file)
    return opened


def addresses(file: Path) -> Mapping[str, str]:
    """Return where respondents find a survey, by language; nothing for a sandbox, which has no pages."""
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        return platform.addresses(deployment) if isinstance(platform, LimeSurvey) else {}


def invite_participants(file: Path, tokens: Path, progress: Progress = silent) -> Invited:
    """Add the participants of a CSV file to a survey that is not open yet, which closes it to everybody else.

    Raises
    ------
    InputError
        The file holds problems, the survey is open to everybody, or it is in a sandbox.
    """
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        server = _with_participants(platform)
        return server.invite(deployment, read_participants(tokens), progress)


def write_reminders(file: Path, output: Path) -> int:
    """Write a CSV file, readable by its owner only, of those who have not completed; return how many they are.

    Raises
    ------
    InputError
        The survey is open to everybody, or in a sandbox.
    WriteError
        The file cannot be written.
    """
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        columns, rows = _with_participants(platform).reminders(deployment)
    temporary = output.with_name(f".{output.name}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        # A token opens a questionnaire, so nobody else reads the file at any moment.
        with os.fdopen(
            os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as stream:
            stream.write(csv_text(columns, rows))
        temporary.replace(output)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise WriteError(
            f"{output} cannot be written ({error.strerror or error}); check the folder and the disk"
        ) from error
    return len(rows)


def status(file: Path) -> FieldworkStatus:
    """Say how many started and completed."""
    deployment = Deployment.load(file)
    with platform_of(deployment, file) as platform:
        return platform.status(deployment)


def fetch_answers(file: Path, progress: Progress = silent) -> FetchResult:
    """Fetch what is new into the archive beside the deployment file, and reconcile it with the platform."""
    deployment = Deployment.load(file)
    check_pinned(deployment, file)
    with platform_of(deployment, file) as platform:
        return fetch(platform, deployment, Archive(archive_folder(file)), progress)


def close_survey(file: Path, progress: Progress = silent) -> FetchResult:
    """Close a survey and fetch all its answers once more; the deployment file says closed once they are archived.

    The checksums of the archive are written beside its folder, in the form that ``sha256sum --check`` reads.
    """
    deployment = Deployment.load(file)
    check_pinned(deployment, file)
    with platform_of(deployment, file) as platform:
        closed = platform.close(deployment)
        result = fetch(platform, closed, Archive(archive_folder(file)), progress, again=True)
    write_manifest(archive_folder(file))
    closed.save(file)
    return result


def _with_participants(platform: Platform) -> LimeSurvey:
    if not isinstance(platform, LimeSurvey):
        raise InputError(
            "a sandbox has no participants: its respondents are simulated; deploy to a LimeSurvey site to invite people"
        )
    return platform
