"""Calls to a LimeSurvey server: the only module that talks to a network.

A call that only reads is repeated, with growing pauses, while the network or the server fails. A call that changes
something is sent once: when its answer is lost, ``UncertainError`` says so and the caller looks before repeating.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from citric.exceptions import InvalidJSONResponseError, ResponseMismatchError, RPCInterfaceNotEnabledError
from citric.session import Session
from requests.adapters import HTTPAdapter

from trustsurvey.errors import InputError, PlatformError
from trustsurvey.limesurvey.credentials import Credentials

__all__ = ["Client", "StatusError", "UncertainError", "base_address"]

# Where the interface is, by the form of address that a site is set to: paths, or queries.
REMOTE_CONTROL = "/index.php/admin/remotecontrol"
BY_QUERY = "/index.php?r=admin/remotecontrol"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 120.0
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
EXPIRED = "Invalid session key"
TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
# What LimeSurvey answers to a call that it carries out.
SHAPES: Mapping[str, type | tuple[type, ...]] = {
    "activate_survey": dict,
    "activate_tokens": dict,
    "add_participants": list,
    "delete_survey": dict,
    "export_responses": str,
    "get_fieldmap": dict,
    "get_language_properties": dict,
    "get_question_properties": dict,
    "get_summary": dict,
    "get_survey_properties": dict,
    "import_survey": (int, str),
    "set_survey_properties": dict,
}


class StatusError(PlatformError):
    """LimeSurvey understood a call and refused it; ``status`` is what it said."""

    def __init__(self, status: str, message: str) -> None:
        self.status = status
        super().__init__(message)


class UncertainError(PlatformError):
    """The answer to a call that changes something was lost: the server may have carried it out or not."""


class _FailureError(Exception):
    """One attempt failed.

    ``sent`` says whether the server may have seen the call, ``passing`` whether to try again, ``misplaced`` that there
    is no interface at the address.
    """

    def __init__(
        self, what: str, remedy: str, *, sent: bool = True, passing: bool = True, misplaced: bool = False
    ) -> None:
        self.what, self.remedy, self.sent, self.passing, self.misplaced = what, remedy, sent, passing, misplaced
        super().__init__(what)


def base_address(address: str) -> str:
    """Return the address of a LimeSurvey site, without the part that names its interface.

    Raises
    ------
    InputError
        Not an http address, one with a password in it, or http (without TLS) to another machine.
    """
    base = address.strip().rstrip("/")
    for ending in (
        REMOTE_CONTROL,
        BY_QUERY,
        "/index.php?r=admin%2Fremotecontrol",
        "/admin/remotecontrol",
        "/index.php",
    ):
        base = base.removesuffix(ending)
    try:
        parts = urlsplit(base)
        parts.port  # noqa: B018 - raises for one that is no number
        (parts.hostname or "").encode("idna")
    except ValueError:
        raise InputError("the address of the server cannot be read; give https://HOST or https://HOST:PORT") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"{parts.scheme or 'the address'} is not the address of a server; give https://HOST")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(
            f"the address of {parts.hostname} holds more than a host and a path; give https://HOST, and the user and "
            "password in the environment or the keyring"
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise InputError(f"{base} is not encrypted, and answers and passwords would be; give https://{parts.netloc}")
    return base


@dataclass(slots=True)
class Client:
    """A connection to one server, logged in when first used and again when the server ends the session.

    Parameters
    ----------
    address : str
        Of the LimeSurvey site, see ``base_address``.
    credentials : Credentials
    pause : callable
        Waits for a number of seconds.
    """

    address: str
    credentials: Credentials = field(repr=False)
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)
    by_query: bool = field(default=False, init=False)
    _session: Session | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.address = base_address(self.address)

    def read(self, method: str, *parameters: Any) -> Any:
        """Call a method that changes nothing, repeating it while the network or the server fails.

        Raises
        ------
        StatusError
            LimeSurvey refused.
        PlatformError
            The server cannot be reached, or does not answer as LimeSurvey does, after six attempts.
        """
        for pause in (*PAUSES, None):
            try:
                return self._call(method, parameters)
            except _FailureError as failure:
                if pause is None or not failure.passing:
                    raise self._failed(method, failure) from failure.__cause__
                self.pause(pause)
        raise AssertionError

    def write(self, method: str, *parameters: Any) -> Any:
        """Call a method that changes something, once.

        Raises
        ------
        StatusError
            LimeSurvey refused.
        UncertainError
            The call was sent and its answer lost.
        PlatformError
            The call was not sent.
        """
        for pause in (*PAUSES, None):
            try:
                return self._call(method, parameters)
            except _FailureError as failure:
                if failure.sent:
                    raise UncertainError(str(self._failed(method, failure))) from failure.__cause__
                if pause is None or not failure.passing:
                    raise self._failed(method, failure) from failure.__cause__
                self.pause(pause)
        raise AssertionError

    def close(self) -> None:
        """Release the session; a server that cannot be told lets it expire."""
        if self._session is not None:
            session, self._session = self._session, None
            try:
                _answer(lambda: session.call("release_session_key"))
            except _FailureError:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, method: str, parameters: tuple[Any, ...]) -> Any:
        for again in (True, False):
            answer = _answer(partial(self._logged_in().call, method, *parameters))
            result = answer.get("result")
            if answer.get("error") is not None:
                # What it says may quote values of the call, so it is not passed on.
                raise _FailureError("the server reports an error of its own", "its log says more (tmp/runtime)")
            status = result.get("status") if isinstance(result, dict) else None
            if status == EXPIRED and again:
                self._session = None
                continue
            if isinstance(status, str) and status != "OK":
                raise StatusError(status, self._refused(method, status))
            if not _fits(method, result):
                raise _FailureError("the answer is not one to this call", "run the same command again")
            return result
        raise AssertionError

    def _logged_in(self) -> Session:
        if self._session is None:
            try:
                self._session = self._log_in(BY_QUERY if self.by_query else REMOTE_CONTROL)
            except _FailureError as failure:
                # Nothing was there to see the password.
                if not failure.misplaced or self.by_query:
                    raise self._to_raise(failure) from failure.__cause__
                try:
                    self._session = self._log_in(BY_QUERY)
                except _FailureError as other:
                    raise self._to_raise(failure if other.misplaced else other) from other.__cause__
                self.by_query = True
        return self._session

    def _to_raise(self, failure: _FailureError) -> Exception:
        # A password that may be wrong is never sent again by itself: three failures lock the address out.
        return self._failed("the log-in", failure) if failure.sent else failure

    def _log_in(self, interface: str) -> Session:
        found: list[_Session] = []
        credentials = self.credentials

        def log_in() -> dict[str, Any]:
            connection = _Connection(self.address)
            session = _Session(
                self.address + interface, credentials.user, credentials.password, requests_session=connection
            )
            found.append(session)
            return {}

        _answer(log_in)
        (session,) = found
        if not isinstance(session.key, str):
            raise StatusError(str(session.refusal), self._log_in_refused(str(session.refusal)))
        return session

    def _failed(self, method: str, failure: _FailureError) -> PlatformError:
        return PlatformError(f"{self.address}: {failure.what} (at {method}); {failure.remedy}")

    def _refused(self, method: str, status: str) -> str:
        status = " ".join(status.split())[:200]
        remedy = "check the survey and the rights of the account on the server"
        if status == "No permission":
            remedy = "the account lacks the right on this survey, or the survey does not exist; ask an administrator"
        return f"{self.address} refused {method}: {status}; {remedy}"

    def _log_in_refused(self, status: str) -> str:
        if "maximum" in status or "exceeded" in status:
            return (
                f"{self.address} has locked this address out after failed log-ins: {status} Nothing was tried again; "
                "wait, correct the password, then run the same command"
            )
        return (
            f"{self.address} refused the log-in of the account {self.credentials.user}: {status}; correct the "
            f"password where it is kept ({self.credentials.source}); after three failures the server locks you out"
        )


class _Session(Session):
    """A session that keeps what a refused log-in said."""

    refusal: object = None

    def get_session_key(self, *parameters: Any) -> str | None:
        answer = self.call("get_session_key", *parameters)
        result = answer["result"]
        if isinstance(result, str):
            return result
        if not isinstance(result, dict):
            raise ResponseMismatchError
        self.refusal = result.get("status")
        return None


class _Connection(requests.Session):
    """HTTP with a time-out, and without following a redirection (which would turn the call into another)."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.max_redirects = 0
        # What is not encrypted stays on this machine: no proxy sees it.
        self.trust_env = address.startswith("https:")
        # Nobody else's account (of a .netrc) is sent along.
        self.auth = _unchanged
        adapter = HTTPAdapter(max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        options["timeout"] = (CONNECT_SECONDS, ANSWER_SECONDS)
        return super().request(*arguments, **options)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _fits(method: str, result: Any) -> bool:
    if method.startswith("list_"):
        return isinstance(result, list) and all(isinstance(row, dict) for row in result)
    if method == "get_summary" and result == []:
        # PHP writes an empty mapping as a list: the survey is not open yet.
        return True
    return isinstance(result, SHAPES.get(method, object)) and result is not None


def _answer(call: Callable[[], Any]) -> Any:
    """Return the answer to one call, or raise the failure in one form, whatever it was."""
    try:
        answer = call()
    except requests.exceptions.SSLError as error:
        raise _FailureError(
            "the certificate of the server cannot be trusted", "check the address, or install its authority",
            sent=False, passing=False,
        ) from error  # fmt: skip
    except (requests.exceptions.ConnectTimeout, requests.exceptions.ConnectionError) as error:
        unreachable = isinstance(error, requests.exceptions.ConnectTimeout) or "NewConnectionError" in repr(error)
        what = "the server cannot be reached" if unreachable else "the connection broke"
        raise _FailureError(what, "check the network and run the same command again", sent=not unreachable) from error
    except requests.exceptions.Timeout as error:
        raise _FailureError(
            f"no answer within {ANSWER_SECONDS:.0f} seconds", "run the same command again when the server is quieter"
        ) from error
    except requests.exceptions.TooManyRedirects as error:
        raise _FailureError(
            "the server redirects to another address", "give the address it redirects to", passing=False
        ) from error
    except requests.exceptions.HTTPError as error:
        raise _http_failure(error) from error
    except RPCInterfaceNotEnabledError as error:
        raise _FailureError(
            "the answer is empty, as when the remote interface is switched off",
            "ask an administrator to switch JSON-RPC on (Global settings, Interfaces), or to look into its log",
        ) from error
    except InvalidJSONResponseError as error:
        raise _not_json(getattr(error.__cause__, "doc", "")) from error
    except (ResponseMismatchError, KeyError, TypeError, AttributeError) as error:
        raise _FailureError("the answer is not one to this call", "run the same command again") from error
    except (requests.exceptions.RequestException, ValueError, RecursionError) as error:
        raise _FailureError("the answer was cut off or damaged", "run the same command again") from error
    if not isinstance(answer, dict):
        raise _FailureError("the answer is not one of LimeSurvey", "check the address")
    return answer


def _http_failure(error: requests.exceptions.HTTPError) -> _FailureError:
    code = error.response.status_code if error.response is not None else 0
    if code in TEMPORARY:
        return _FailureError(f"the server failed (HTTP {code})", "run the same command again; its log says more")
    remedy = "check the address; it is that of the LimeSurvey site, as in https://HOST/limesurvey"
    if code in {401, 403}:
        remedy = "something in front of LimeSurvey refuses the call; ask who runs the server"
    return _FailureError(f"the server answers HTTP {code}", remedy, passing=False, misplaced=code in {400, 404})


def _not_json(text: str) -> _FailureError:
    if "<methodResponse" in text[:500]:
        return _FailureError(
            "the remote interface speaks XML-RPC", "ask an administrator to set it to JSON-RPC", passing=False
        )
    if "<html" in text[:2000].lower() or "<!doctype" in text[:200].lower():
        return _FailureError(
            "the server answers with a web page", "check the address, and whether it is in maintenance"
        )
    return _FailureError("the answer is cut off or damaged", "run the same command again")
