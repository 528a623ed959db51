"""Which platform an address names, and where the archive of a deployment stands."""

from __future__ import annotations

from pathlib import Path

from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.fieldwork.platform import Deployment, Platform
from trustsurvey.fieldwork.sandbox import Sandbox

__all__ = ["archive_folder", "open_platform", "platform_at"]


def platform_at(address: str) -> Platform:
    """Return the platform at an address: ``sandbox:FILE``, or ``sandbox`` for the file ``sandbox.sqlite``.

    Raises
    ------
    InputError
        The address names no platform this version knows.
    """
    scheme, _, place = address.partition(":")
    if scheme == "sandbox":
        return Sandbox(Path(place or "sandbox.sqlite"))
    raise InputError(f"no platform at {address!r}; give sandbox, or sandbox:FILE")


def open_platform(deployment: Deployment) -> Platform:
    """Return the platform that a deployment names; a sandbox must exist.

    Raises
    ------
    MissingFileError
        The sandbox's file is gone.
    """
    scheme, _, place = deployment.platform.partition(":")
    if scheme == "sandbox" and not Path(place).is_file():
        raise MissingFileError(f"{place} is not there; the deployment of wave {deployment.wave} points to it")
    return platform_at(deployment.platform)


def archive_folder(deployment_file: Path) -> Path:
    """Return the folder of the raw answers of a deployment: beside its file, with the same name."""
    return deployment_file.with_suffix("")
