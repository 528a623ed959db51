"""Which platform an address names, and where the archive of a deployment stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.fieldwork.archive import Archive
from trustsurvey.fieldwork.platform import Deployment, Platform
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.limesurvey.client import Client, base_address
from trustsurvey.limesurvey.credentials import credentials_for
from trustsurvey.limesurvey.platform import LimeSurvey

__all__ = ["archive_folder", "platform_at", "platform_of", "same_platform"]


@contextmanager
def platform_at(address: str, date_stamp: bool = False) -> Iterator[Platform]:
    """Give the platform at an address, for as long as it is used.

    Parameters
    ----------
    address : str
        ``sandbox:FILE``, ``sandbox`` for the file ``sandbox.sqlite``, or the address of a LimeSurvey site.
    date_stamp : bool
        Whether a LimeSurvey survey deployed there stores when each respondent last saved.

    Raises
    ------
    InputError
        The address names no platform this version knows, or no account is known for it.
    """
    scheme, _, place = address.partition(":")
    if scheme == "sandbox":
        yield Sandbox(Path(place or "sandbox.sqlite"))
    elif scheme in {"http", "https"}:
        base = base_address(address)
        with Client(base, credentials_for(base)) as client:
            yield LimeSurvey(client, date_stamp=date_stamp)
    else:
        raise InputError(
            f"no platform at {address!r}; give sandbox, sandbox:FILE, or https://HOST of a LimeSurvey site"
        )


@contextmanager
def platform_of(deployment: Deployment, file: Path) -> Iterator[Platform]:
    """Give the platform that a deployment names; a sandbox must exist.

    Raises
    ------
    MissingFileError
        The sandbox's file, or the archive of a survey on a server, is gone.
    """
    scheme, _, place = deployment.platform.partition(":")
    if scheme == "sandbox" and not Path(place).exists():
        raise MissingFileError(f"{place} is not there; the deployment of wave {deployment.wave} points to it")
    with platform_at(deployment.platform) as platform:
        if isinstance(platform, LimeSurvey):
            platform.instrument = Archive(archive_folder(file)).instrument
        yield platform


def same_platform(address: str, deployment: Deployment) -> bool:
    """Say whether an address is that of a deployment."""
    scheme, _, place = address.partition(":")
    if scheme == "sandbox":
        return deployment.platform == f"sandbox:{Path(place or 'sandbox.sqlite').resolve()}"
    return deployment.platform == base_address(address)


def archive_folder(deployment_file: Path) -> Path:
    """Return the folder of the raw answers of a deployment: beside its file, with the same name."""
    return deployment_file.with_suffix("")
