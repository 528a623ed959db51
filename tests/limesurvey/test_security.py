"""Nobody but its owner learns a password, a session key or an answer: not from logs, errors, files or other servers."""

from __future__ import annotations

import logging
import os
import re
import stat
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import requests

from trustsurvey.errors import InputError, PlatformError, TrustSurveyError
from trustsurvey.fieldwork.platform import Deployment, Record
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey.client import Client
from trustsurvey.limesurvey.client import _Connection as Connection
from trustsurvey.limesurvey.credentials import Credentials
from trustsurvey.study import fieldwork

EXCHANGES = Path(__file__).parent / "exchanges"
ANSWER = "Margareta"


def in_the_field(bed: Any, folder: Path, small: Instrument, answered: Callable[..., Record]) -> Path:
    file = folder / "2026.json"
    fieldwork.deploy(small, "2026", bed.wire.address, file)
    bed.respond(fieldwork.open_survey(file), small, answered(1, "no", ANSWER), answered(2))
    return file


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def test_nothing_is_logged_or_told(
    bed: Any,
    faults: Any,
    tmp_path: Path,
    small: Instrument,
    answered: Callable[..., Record],
    everything_logged: pytest.LogCaptureFixture,
) -> None:
    keys: set[str] = set()
    bed.fake.before = lambda *_: keys.update(bed.fake.sessions)
    file = in_the_field(bed, tmp_path, small, answered)
    told = [str(fieldwork.status(file)), str(fieldwork.fetch_answers(file)), repr(bed.fake.user)]
    bed.fake.surveys[Deployment.load(file).survey].rows[1]["WORD"] = f"{ANSWER} again"
    for kind in faults.FAULTS:
        for call in (1, 5, 7):
            bed.wire.begin(faults.Fault(kind, call, late=True, calls=float("inf")))
            try:
                told.append(str(fieldwork.fetch_answers(file)))
            except TrustSurveyError as error:
                told += ["".join(traceback.format_exception(error)), repr(error)]
    told += [record.getMessage() + str(record.args) for record in everything_logged.records]
    assert keys
    assert len(everything_logged.records) > 100
    for secret in (bed.fake.password, ANSWER, *keys):
        assert not [text for text in told if secret in text]


def test_no_file_holds_an_account(bed: Any, tmp_path: Path, small: Instrument, answered: Callable[..., Record]) -> None:
    file = in_the_field(bed, tmp_path, small, answered)
    fieldwork.close_survey(file)
    for path in tmp_path.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert bed.fake.password.encode() not in content
        assert bed.fake.user.encode() not in content


def test_an_account_is_not_shown() -> None:
    account = Credentials("researcher", "opensesame")
    assert "opensesame" not in repr(account)
    assert "opensesame" not in repr(Client("https://surveys.example.org", account))


def test_only_this_machine_is_called_without_tls(tmp_path: Path, small: Instrument) -> None:
    for address in ("http://surveys.example.org", "http://10.0.0.7", "http://0.0.0.0"):
        with pytest.raises(InputError, match="is not encrypted"):
            fieldwork.deploy(small, "2026", address, tmp_path / "2026.json")


def test_a_redirection_is_not_followed(
    bed: Any, faults: Any, tmp_path: Path, small: Instrument, answered: Callable[..., Record]
) -> None:
    file = in_the_field(bed, tmp_path, small, answered)
    fieldwork.fetch_answers(file)
    bed.wire.begin()
    fieldwork.fetch_answers(file)
    # The last call gives the session back, which may fail.
    calls = len(bed.wire.calls)
    for call in range(1, calls + 1):
        bed.wire.begin(faults.Fault("redirect", call))
        with pytest.raises(PlatformError, match="redirects to another address") if call < calls else nullcontext():
            fieldwork.fetch_answers(file)
    assert {path for path, _, _ in bed.wire.seen} == {"/index.php/admin/remotecontrol"}


def test_no_proxy_sees_what_is_not_encrypted(
    bed: Any, faults: Any, tmp_path: Path, small: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faults.served(bed.fake.answer) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        fieldwork.deploy(small, "2026", bed.wire.address, tmp_path / "2026.json")
    assert not proxy.seen
    assert bed.wire.seen


def test_no_other_account_is_sent_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password opensesame\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    call = requests.Request("POST", "https://surveys.example.org/index.php/admin/remotecontrol", data=b"{}")
    assert "Authorization" in requests.Session().prepare_request(call).headers
    assert "Authorization" not in Connection("https://surveys.example.org").prepare_request(call).headers


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_its_owner_reads_an_archive(
    bed: Any, tmp_path: Path, small: Instrument, answered: Callable[..., Record], mask: int
) -> None:
    before = os.umask(mask)
    try:
        file = in_the_field(bed, tmp_path, small, answered)
        fieldwork.fetch_answers(file)
    finally:
        os.umask(before)
    folder = tmp_path / "2026"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o400}


def test_what_is_recorded_names_no_account_and_no_server(talk: Any) -> None:
    names = sorted({path.name.removesuffix(".xz") for path in EXCHANGES.glob("*.jsonl*")})
    assert len(names) > 5
    for name in names:
        for exchange in talk.recorded(EXCHANGES / name):
            text = str(exchange["parameters"]) + str(exchange["result"])
            assert not re.search(r"https?://|127\.0\.0\.1|localhost|[a-z]@[a-z]", text), (name, exchange["method"])
            if exchange["method"] in {"get_session_key", "release_session_key"}:
                assert exchange["parameters"] == []
                assert exchange["result"] in ("session", "OK")
            elif isinstance(exchange["result"], dict):
                assert not exchange["result"].keys() & talk.PRIVATE
    # What this machine knows of its server, where it has one.
    for secret in ("LIMESURVEY_PASSWORD", "LIMESURVEY_URL"):
        value = os.environ.get(secret, "")
        assert not value or all(value not in str(talk.recorded(EXCHANGES / name)) for name in names)
