"""User and password of a server: from the environment or the system keyring, never from a file of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import keyring
from keyring.errors import NoKeyringError

from trustsurvey.errors import InputError

__all__ = ["Credentials", "credentials_for", "keep_credentials"]

USER, PASSWORD = "LIMESURVEY_USER", "LIMESURVEY_PASSWORD"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account; ``source`` says where it came from, for messages."""

    user: str
    password: str = field(repr=False)
    source: str = "given"


def credentials_for(address: str, environment: Mapping[str, str] = os.environ) -> Credentials:
    """Return the account for a server: from ``LIMESURVEY_USER`` and ``LIMESURVEY_PASSWORD``, else the keyring.

    Raises
    ------
    InputError
        Neither holds one.
    """
    user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    if user and password:
        return Credentials(user, password, f"{USER} and {PASSWORD}")
    if user or password:
        raise InputError(f"{USER if password else PASSWORD} is not set; set both, or neither to use the keyring")
    try:
        found = keyring.get_credential(_service(address), None)
    except NoKeyringError:
        found = None
    except Exception as error:
        # Backends raise what they like; what they say may hold more than the user should see in a log.
        raise InputError(
            f"the system keyring, where the account for {address} may be, cannot be read ({type(error).__name__}); "
            f"unlock it, or set {USER} and {PASSWORD} in the environment"
        ) from None
    if found is None:
        raise InputError(
            f"no account is known for {address}; set {USER} and {PASSWORD} in the environment, or keep them in the "
            f"system keyring with: trustsurvey login {address}"
        )
    return Credentials(found.username, found.password, "the system keyring")


def keep_credentials(address: str, credentials: Credentials) -> None:
    """Keep an account in the system keyring.

    Raises
    ------
    InputError
        There is no keyring on this machine.
    """
    try:
        keyring.set_password(_service(address), credentials.user, credentials.password)
    except Exception:
        raise InputError(
            f"this machine has no usable keyring; set {USER} and {PASSWORD} in the environment instead"
        ) from None


def _service(address: str) -> str:
    return f"trustsurvey {address}"
