from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from trustsurvey.errors import InputError, MissingFileError, PlatformError
from trustsurvey.fieldwork import sandbox_file
from trustsurvey.fieldwork.platform import Deployment, Held, Platform, Record, raw_keys
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.instruments.model import Instrument

Make = Callable[..., Record]


def test_a_sandbox_is_a_platform(sandbox: Sandbox) -> None:
    platform: Platform = sandbox
    assert platform is sandbox


def test_deploying_twice_gives_the_same_survey(sandbox: Sandbox, instrument: Instrument) -> None:
    first = sandbox.deploy(instrument, "2026")
    assert sandbox.deploy(instrument, "2026") == first
    assert sandbox.deploy(instrument, "2027").survey != first.survey
    opened = sandbox.open(first)
    assert sandbox.deploy(instrument, "2026") == opened
    assert sandbox.digest(first) == instrument.digest
    assert sandbox.instrument(first) == instrument


def test_the_survey_number_follows_from_digest_and_wave(tmp_path: Path, instrument: Instrument) -> None:
    here, there = (Sandbox(tmp_path / name).deploy(instrument, "2026") for name in ("a.sqlite", "b.sqlite"))
    assert here.survey == there.survey
    assert Sandbox.of(here) == Sandbox((tmp_path / "a.sqlite").resolve())


def test_only_an_unopened_survey_gives_way_to_another_version(
    sandbox: Sandbox, instrument: Instrument, changed: Instrument
) -> None:
    old = sandbox.deploy(instrument, "2026")
    new = sandbox.deploy(changed, "2026")
    assert new.digest == changed.digest
    with pytest.raises(PlatformError, match="has no survey"):
        sandbox.status(old)
    sandbox.open(new)
    with pytest.raises(PlatformError, match=r"already in the field with version 1\.0\.1"):
        sandbox.deploy(instrument, "2026")


def test_a_deployment_of_another_version_is_refused(
    sandbox: Sandbox, deployment: Deployment, changed: Instrument, record: Make
) -> None:
    other = replace(deployment, digest=changed.digest)
    for operation in (sandbox.open, sandbox.close, sandbox.status, lambda each: sandbox.save(each, [record()])):
        with pytest.raises(InputError, match="use the file that belongs"):
            operation(other)


def test_answers_only_while_open(sandbox: Sandbox, instrument: Instrument, record: Make) -> None:
    deployment = sandbox.deploy(instrument, "2026")
    assert sandbox.status(deployment).state == "deployed"
    with pytest.raises(PlatformError, match="not open yet"):
        sandbox.save(deployment, [record()])
    with pytest.raises(InputError, match="not open yet"):
        sandbox.close(deployment)
    opened = sandbox.open(deployment)
    assert opened.opened
    assert sandbox.open(deployment) == opened
    assert sandbox.save(deployment, [record(1), record(2, submitted=False, last_page=2)]) == 2
    closed = sandbox.close(deployment)
    assert sandbox.close(deployment) == closed
    with pytest.raises(PlatformError, match="closed and takes no answers"):
        sandbox.save(deployment, [record(3)])
    with pytest.raises(InputError, match="does not open again"):
        sandbox.open(deployment)
    status = sandbox.status(deployment)
    assert (status.state, status.started, status.completed, status.unfinished) == ("closed", 2, 1, 1)
    assert status.by_language == {"en": 2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": {"NOSUCH": "1"}}, "no place for answers to NOSUCH"),
        ({"answers": {"AGE": 20}}, "not text"),
        ({"language": "de"}, "available: en, fr"),
        ({"last_page": 6}, "has 5 pages"),
        ({"id": 0}, "numbered from 1"),
    ],
)
def test_a_wrong_record_stops_the_whole_save(
    sandbox: Sandbox, deployment: Deployment, record: Make, change: dict[str, object], message: str
) -> None:
    with pytest.raises(PlatformError, match=message):
        sandbox.save(deployment, [record(1), replace(record(2), **change)])
    assert sandbox.status(deployment).started == 0
    assert list(sandbox.fetch(deployment, Held(), 10)) == []


def test_submitted_answers_are_final(sandbox: Sandbox, deployment: Deployment, record: Make) -> None:
    sandbox.save(deployment, [record(1)])
    with pytest.raises(PlatformError, match="respondent 1 has submitted"):
        sandbox.save(deployment, [record(1)])
    with pytest.raises(PlatformError, match="respondent 2 has submitted"):
        sandbox.save(deployment, [record(2), record(2)])


def test_fetch_gives_what_moved_since(sandbox: Sandbox, deployment: Deployment, record: Make) -> None:
    sandbox.save(deployment, [record(each, submitted=False, last_page=1) for each in (1, 2, 3, 4, 5)])
    batches = list(sandbox.fetch(deployment, Held(), 2))
    assert [[each.id for each in batch.records] for batch in batches] == [[1, 2], [3, 4], [5]]
    sandbox.save(deployment, [record(2, {"TRUST": "4"})])
    (batch,) = sandbox.fetch(deployment, Held(batches[-1].cursor), 10)
    assert [(each.id, each.answers["TRUST"]) for each in batch.records] == [(2, "4")]
    assert list(sandbox.fetch(deployment, Held(batch.cursor), 10)) == []
    assert set(batch.records[0].answers) == set(raw_keys(sandbox.instrument(deployment)))


def test_a_cursor_from_elsewhere_is_refused(sandbox: Sandbox, deployment: Deployment) -> None:
    for cursor in ("1", "-1", "x", ""):
        with pytest.raises(PlatformError, match="older copy"):
            list(sandbox.fetch(deployment, Held(cursor), 10))
    with pytest.raises(InputError, match="at least one record"):
        list(sandbox.fetch(deployment, Held(), 0))


def test_the_file_is_its_owners_alone(sandbox: Sandbox, deployment: Deployment) -> None:
    assert deployment
    assert stat.S_IMODE(Path(sandbox.path).stat().st_mode) == 0o600


def test_no_file_no_name(sandbox: Sandbox, deployment: Deployment, instrument: Instrument, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="deploy an instrument there first"):
        Sandbox(tmp_path / "none.sqlite").status(deployment)
    assert not (tmp_path / "none.sqlite").exists()
    with pytest.raises(InputError, match="cannot name a wave"):
        sandbox.deploy(instrument, " ")
    with pytest.raises(PlatformError, match="not in a sandbox"):
        Sandbox.of(replace(deployment, platform="https://surveys.example.org"))


def test_another_file_is_not_touched(tmp_path: Path, instrument: Instrument) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("these are my notes, not a database at all\n" * 100)
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE mine (a)")
        database.commit()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(InputError, match="is not a sandbox"):
            Sandbox(path).deploy(instrument, "2026")
        assert path.read_bytes() == before
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(InputError, match="is a folder"):
        Sandbox(folder).deploy(instrument, "2026")


def test_a_damaged_sandbox_says_so(sandbox: Sandbox, deployment: Deployment, record: Make) -> None:
    sandbox.save(deployment, [record(each) for each in range(1, 200)])
    path = Path(sandbox.path)
    whole = path.read_bytes()
    for first in range(4096, len(whole), 4096):
        path.write_bytes(whole[:first] + b"\x00" * (len(whole) - first))
        with pytest.raises(PlatformError, match="is damaged"):
            list(sandbox.fetch(deployment, Held(), 500))
    path.write_bytes(whole.replace(b'"CONSENT":"yes"', b'"CONSENT""yes":'))
    with pytest.raises(PlatformError, match="is damaged") as caught:
        list(sandbox.fetch(deployment, Held(), 500))
    assert "yes" not in str(caught.value)


def test_a_locked_sandbox_says_so(
    sandbox: Sandbox, deployment: Deployment, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_file, "PATIENCE", 0.01)
    with closing(sqlite3.connect(sandbox.path, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(PlatformError, match="in use by another program"):
            sandbox.save(deployment, [record()])
    assert sandbox.save(deployment, [record()]) == 1


def test_a_sandbox_that_may_only_be_read_can_still_be_fetched(
    sandbox: Sandbox, deployment: Deployment, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.save(deployment, [record(1)])
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **options: connect(f"file:{path}?mode=ro", uri=True, **options)
    )
    assert len(list(sandbox.fetch(deployment, Held(), 10))) == 1
    with pytest.raises(PlatformError, match="may only be read"):
        sandbox.save(deployment, [record(2)])


def test_a_full_disk_changes_nothing(
    sandbox: Sandbox, deployment: Deployment, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.save(deployment, [record(1)])
    connect = sqlite3.connect

    def small(*arguments: object, **options: object) -> sqlite3.Connection:
        database = connect(*arguments, **options)  # type: ignore[call-overload]
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        with pytest.raises(PlatformError, match="the disk is full"):
            sandbox.save(deployment, [record(each) for each in range(2, 500)])
    assert sandbox.status(deployment).started == 1
    assert sandbox.save(deployment, [record(each) for each in range(2, 500)]) == 498


def test_an_interrupted_save_has_not_happened(sandbox: Sandbox, deployment: Deployment, record: Make) -> None:
    def until_interrupted() -> object:
        yield record(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.save(deployment, until_interrupted())  # type: ignore[arg-type]
    assert sandbox.status(deployment).started == 0
