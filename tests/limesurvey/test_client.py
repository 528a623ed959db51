"""What the client says and does when a server refuses, locks it out, is set up otherwise, or forgets its session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from trustsurvey.errors import InputError, PlatformError
from trustsurvey.limesurvey import client as client_module
from trustsurvey.limesurvey.client import Client, StatusError, UncertainError, base_address
from trustsurvey.limesurvey.credentials import Credentials, credentials_for, keep_credentials

ADDRESS = "https://surveys.example.org"


@pytest.fixture
def client(bed: Any) -> Iterator[Client]:
    with Client(bed.wire.address, Credentials(bed.fake.user, bed.fake.password), pause=lambda _: None) as found:
        yield found


@pytest.mark.parametrize(
    "written",
    [
        "https://surveys.example.org",
        "https://surveys.example.org/",
        " https://surveys.example.org/index.php/admin/remotecontrol ",
        "https://surveys.example.org/index.php",
        "https://surveys.example.org/index.php?r=admin/remotecontrol",
        "https://surveys.example.org/index.php?r=admin%2Fremotecontrol",
    ],
)
def test_one_address_however_it_is_written(written: str) -> None:
    assert base_address(written) == ADDRESS


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://surveys.example.org", "is not encrypted"),
        ("http://127.0.0.1.example.org", "is not encrypted"),
        ("http://localhost@surveys.example.org", "more than a host"),
        ("https://researcher:opensesame@surveys.example.org", "more than a host"),
        ("https://surveys.example.org?key=opensesame", "more than a host"),
        ("https://surveys.example.org#opensesame", "more than a host"),
        ("ftp://surveys.example.org", "not the address of a server"),
        ("surveys.example.org", "not the address of a server"),
        ("https://", "not the address of a server"),
        ("https://[::1", "cannot be read"),
        ("https://surveys.example.org:https", "cannot be read"),
        (f"https://{'a' * 70}.example.org", "cannot be read"),
    ],
)
def test_an_address_that_is_not_used(address: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        base_address(address)
    assert "opensesame" not in str(caught.value)
    assert "https://" in str(caught.value)


def test_a_wrong_password_is_sent_once(bed: Any) -> None:
    account = Credentials("researcher", "wrong", "the system keyring")
    wrong = Client(bed.wire.address, account)
    with wrong, pytest.raises(StatusError, match=r"correct the password .* .the system keyring") as caught:
        wrong.read("list_surveys")
    assert "wrong" not in str(caught.value)
    assert bed.wire.calls == ["get_session_key"]


def test_a_lock_out_is_said_and_not_tried_again(bed: Any) -> None:
    bed.fake.attempts = 3
    locked = Client(bed.wire.address, Credentials(bed.fake.user, bed.fake.password))
    with locked, pytest.raises(StatusError, match=r"locked this address out .* Please wait 10 minutes .* wait"):
        locked.write("delete_survey", 1)
    assert bed.wire.calls == ["get_session_key"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty body", "remote interface is switched off; ask an administrator"),
        ("XML-RPC", "speaks XML-RPC .*; ask an administrator to set it to JSON-RPC"),
        ("web page", "answers with a web page .*; check the address"),
        ("HTTP 403", "HTTP 403 .*; something in front of LimeSurvey"),
        ("HTTP 500", "HTTP 500"),
        ("redirect", "redirects to another address .*; give the address"),
        ("reset", "the connection broke .*; check the network"),
        ("null result", "not one to this call"),
        ("own error", "not one to this call"),
    ],
)
def test_the_log_in_is_never_repeated(bed: Any, faults: Any, client: Client, kind: str, message: str) -> None:
    bed.wire.begin(faults.Fault(kind, 1))
    with pytest.raises(PlatformError, match=message.replace("; ", r".*; ")) as caught:
        client.read("list_surveys")
    assert bed.wire.calls == ["get_session_key"]
    assert bed.fake.password not in str(caught.value)


def test_an_interface_is_looked_for_in_both_forms_of_address(bed: Any, faults: Any, client: Client) -> None:
    bed.wire.begin(faults.Fault("HTTP 404", 1))
    assert client.read("list_surveys") == []
    assert client.by_query
    assert [path for path, *_ in bed.wire.seen[:2]] == [
        "/index.php/admin/remotecontrol",
        "/index.php?r=admin/remotecontrol",
    ]
    bed.wire.begin(faults.Fault("HTTP 404", 1, calls=9))
    nowhere = Client(bed.wire.address, client.credentials)
    with nowhere, pytest.raises(PlatformError, match=r"HTTP 404 .*; check the address"):
        nowhere.read("list_surveys")
    assert bed.wire.calls == ["get_session_key"] * 2


def test_nobody_there(bed: Any, faults: Any) -> None:
    with faults.served(bed.fake.answer) as gone:
        address = gone.address
    waited: list[float] = []
    with (
        Client(address, Credentials("researcher", "opensesame"), pause=waited.append) as client,
        pytest.raises(PlatformError, match=r"cannot be reached .*; check the network"),
    ):
        client.read("list_surveys")
    assert len(waited) == len(client_module.PAUSES)


def test_a_reading_is_repeated_a_few_times_only(
    bed: Any, faults: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    waited: list[float] = []
    client.pause = waited.append
    bed.wire.begin(faults.Fault("HTTP 503", 2, calls=float("inf")))
    with pytest.raises(PlatformError, match=r"HTTP 503"):
        client.read("list_surveys")
    assert bed.wire.calls == ["get_session_key", *["list_surveys"] * 6]
    assert waited == sorted(waited) == list(client_module.PAUSES)


@pytest.mark.parametrize("kind", ["reset", "HTTP 500", "cut JSON", "null result", "wrong id", "own error"])
def test_a_change_is_sent_once(bed: Any, faults: Any, client: Client, kind: str) -> None:
    bed.wire.begin(faults.Fault(kind, 2))
    with pytest.raises(UncertainError):
        client.write("delete_survey", 7)
    assert bed.wire.calls == ["get_session_key", "delete_survey"]


def test_a_session_that_ends_is_opened_again_once(bed: Any, client: Client) -> None:
    assert client.read("list_surveys") == []
    bed.fake.sessions.clear()
    assert client.read("list_surveys") == []
    assert bed.wire.calls == ["get_session_key", "list_surveys", "list_surveys", "get_session_key", "list_surveys"]
    bed.fake.before = lambda *_: bed.fake.sessions.clear()
    with pytest.raises(StatusError, match=r"Invalid session key"):
        client.read("list_surveys")
    assert bed.wire.calls.count("get_session_key") == 3


def test_no_permission(bed: Any, client: Client) -> None:
    bed.fake.forbidden = frozenset({"list_surveys"})
    with pytest.raises(StatusError, match=r"lacks the right .*; ask an administrator"):
        client.read("list_surveys")


def test_the_session_is_given_back(bed: Any) -> None:
    with Client(bed.wire.address, Credentials(bed.fake.user, bed.fake.password)) as client:
        client.read("list_surveys")
        assert len(bed.fake.sessions) == 1
    assert not bed.fake.sessions


class Ring(KeyringBackend):
    """A keyring in memory, which may be locked."""

    priority = 1

    def __init__(self, locked: bool = False) -> None:
        super().__init__()
        self.kept: dict[str, tuple[str, str]] = {}
        self.locked = locked

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked("opensesame")
        self.kept[service] = username, password

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("opensesame")
        user, password = self.kept.get(service, (None, None))
        return password if user == username else None

    def get_credential(self, service: str, _: str | None) -> Any:
        if self.locked:
            raise KeyringLocked("opensesame")
        found = self.kept.get(service)
        return found and keyring.credentials.SimpleCredential(*found)


@pytest.fixture
def ring() -> Iterator[Callable[[Ring], None]]:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_the_environment_comes_before_the_keyring(ring: Callable[[Ring], None]) -> None:
    ring(Ring())
    keep_credentials(ADDRESS, Credentials("anna", "kept"))
    assert credentials_for(ADDRESS, {}).user == "anna"
    assert credentials_for(ADDRESS, {}).source == "the system keyring"
    given = credentials_for(ADDRESS, {"LIMESURVEY_USER": "bert", "LIMESURVEY_PASSWORD": "given"})
    assert (given.user, given.password) == ("bert", "given")
    for half in ({"LIMESURVEY_USER": "bert"}, {"LIMESURVEY_PASSWORD": "given"}):
        with pytest.raises(InputError, match=r"is not set; set both"):
            credentials_for(ADDRESS, half)
    with pytest.raises(InputError, match=r"no account is known for https://other.example.org; .* trustsurvey login"):
        credentials_for("https://other.example.org", {})


def test_a_keyring_that_does_not_open_is_said(ring: Callable[[Ring], None]) -> None:
    ring(Ring(locked=True))
    with pytest.raises(InputError, match=r"keyring.* cannot be read .*unlock it, or set LIMESURVEY_USER") as caught:
        credentials_for(ADDRESS, {})
    assert "opensesame" not in str(caught.value)
    with pytest.raises(InputError, match=r"no usable keyring; set LIMESURVEY_USER"):
        keep_credentials(ADDRESS, Credentials("anna", "opensesame"))


def test_a_machine_without_a_keyring(ring: Callable[[Any], None]) -> None:
    ring(keyring.backends.fail.Keyring())
    with pytest.raises(InputError, match=r"no account is known .*; set LIMESURVEY_USER and LIMESURVEY_PASSWORD"):
        credentials_for(ADDRESS, {})
