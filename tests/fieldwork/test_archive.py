from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from trustsurvey.errors import ArchiveError, InputError, MissingFileError, PlatformError
from trustsurvey.fieldwork import segments
from trustsurvey.fieldwork.archive import Archive, fetch
from trustsurvey.fieldwork.platform import Batch, Counts, Deployment, Held, Record
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.instruments.model import Instrument, canonical

Make = Callable[..., Record]
NAME = "Margareta"


@pytest.fixture
def filled(sandbox: Sandbox, deployment: Deployment, record: Make) -> Sandbox:
    sandbox.save(deployment, [record(each, submitted=False, last_page=1) for each in range(1, 13)])
    sandbox.save(deployment, [record(each, {"TRUST": str(each % 11), "NAME": NAME}) for each in range(5, 13)])
    return sandbox


@pytest.fixture
def archive(tmp_path: Path, filled: Sandbox, deployment: Deployment, instrument: Instrument) -> Archive:
    made = Archive.create(tmp_path / "raw", deployment, instrument)
    fetch(filled, deployment, made, size=5)
    return made


@dataclass(frozen=True)
class Elsewhere:
    """A platform that behaves as told, in front of a sandbox."""

    sandbox: Sandbox
    carried: str = ""
    forgets: bool = False
    invented: int = 0

    def digest(self, deployment: Deployment) -> str:
        return self.carried or self.sandbox.digest(deployment)

    def counts(self, deployment: Deployment) -> Counts:
        counts = self.sandbox.counts(deployment)
        return counts._replace(started=counts.started + self.invented)

    def fetch(self, deployment: Deployment, held: Held, size: int) -> Iterator[Batch]:
        return self.sandbox.fetch(deployment, Held() if self.forgets else held, size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sandbox, name)


def files(folder: Path | str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def test_what_is_archived(archive: Archive, filled: Sandbox, deployment: Deployment, instrument: Instrument) -> None:
    (whole,) = filled.fetch(deployment, Held(), 100)
    assert archive.records() == sorted(whole.records, key=lambda each: each.id)
    assert archive.cursor == whole.cursor == "20"
    assert [segment.records for segment in archive.segments] == [0, 5, 5, 2]
    contents = archive.read()
    assert (contents.identity.wave, contents.identity.survey) == ("2026", deployment.survey)
    assert contents.instrument == instrument
    folder = Path(archive.folder)
    assert (folder / "instrument.json").read_text(encoding="utf-8") == canonical(instrument)
    for segment in archive.segments:
        assert hashlib.sha256((folder / segment.file).read_bytes()).hexdigest() == segment.sha256
        assert segment.file[7:23] == segment.sha256[:16]
    assert NAME not in repr(contents)


def test_only_its_owner_reads_it_and_nobody_writes_it(archive: Archive) -> None:
    folder = Path(archive.folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o400}


def test_fetching_twice_changes_nothing(archive: Archive, filled: Sandbox, deployment: Deployment) -> None:
    before = files(archive.folder)
    result = fetch(filled, deployment, archive)
    assert (result.new, result.respondents, result.completed, result.segments) == (0, 12, 8, ())
    assert fetch(Elsewhere(filled, forgets=True), deployment, archive).new == 0
    assert files(archive.folder) == before


def test_progress_is_told(tmp_path: Path, filled: Sandbox, deployment: Deployment, instrument: Instrument) -> None:
    told: list[float | None] = []
    fetch(
        filled,
        deployment,
        Archive.create(tmp_path / "raw", deployment, instrument),
        lambda _, share=None: told.append(share),
        size=5,
    )
    assert told == [5 / 12, 10 / 12, 1.0]


def test_append_keeps_what_is_new(archive: Archive, record: Make) -> None:
    known = archive.records()[-1]
    later = replace(known, moved=99, language="fr")
    assert archive.append(Batch((known,), "20")) == 0
    assert archive.append(Batch((known, replace(later, id=13)), "21")) == 1
    assert archive.append(Batch((later,), "22")) == 1
    assert archive.records()[-2:] == [later, replace(later, id=13)]
    assert len(list(archive.read().history())) == 14
    with pytest.raises(PlatformError, match="twice in one batch"):
        archive.append(Batch((record(20), record(20)), "23"))
    with pytest.raises(PlatformError, match="not text"):
        archive.append(Batch((replace(record(20), answers={"AGE": None}),), "23"))  # type: ignore[dict-item]
    assert archive.cursor == "22"


def test_a_survey_with_another_digest_is_refused(
    tmp_path: Path, filled: Sandbox, deployment: Deployment, instrument: Instrument, changed: Instrument
) -> None:
    archive = Archive.create(tmp_path / "raw", deployment, instrument)
    before = files(archive.folder)
    with pytest.raises(PlatformError, match="does not carry the questionnaire"):
        fetch(Elsewhere(filled, carried=changed.digest), deployment, archive)
    other = replace(deployment, digest=changed.digest)
    with pytest.raises(ArchiveError, match="another version"):
        fetch(Elsewhere(filled, carried=changed.digest), other, archive)
    with pytest.raises(ArchiveError, match=r"survey \d+, wave '2026', not of survey \d+, wave '2027'"):
        fetch(filled, filled.deploy(instrument, "2027"), archive)
    with pytest.raises(InputError, match="not the questionnaire that was deployed"):
        Archive.create(tmp_path / "new", deployment, changed)
    assert files(archive.folder) == before
    assert not (tmp_path / "new").exists()


def test_counts_that_differ_stop_the_fetch(archive: Archive, filled: Sandbox, deployment: Deployment) -> None:
    with pytest.raises(ArchiveError, match=r"holds 12 respondents .* and the platform 13"):
        fetch(Elsewhere(filled, invented=1), deployment, archive)
    assert len(archive.records()) == 12


def test_answers_that_move_during_a_fetch_are_fetched_again(
    archive: Archive, filled: Sandbox, deployment: Deployment, record: Make
) -> None:
    class Busy(Elsewhere):
        def counts(self, deployment: Deployment) -> Counts:
            started = self.sandbox.counts(deployment).started
            if started < 15:
                self.sandbox.save(deployment, [record(started + 1)])
            return self.sandbox.counts(deployment)

    result = fetch(Busy(filled), deployment, archive)
    assert (result.new, result.respondents) == (3, 15)


class Death(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass
class Dying:
    """The functions that change the disk, of which the n-th is the last thing a process does."""

    last: int
    executes: bool
    calls: int = 0

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls < self.last:
                return function(*arguments, **options)
            if self.calls == self.last and self.executes:
                result = function(*arguments, **options)
                if function is os_open:
                    os.close(result)
            raise Death

        return wrapped


os_open = os.open
CHANGES = ("open", "fsync", "link", "unlink", "replace", "chmod", "mkdir")


@pytest.mark.parametrize("executes", [False, True])
def test_death_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path,
    filled: Sandbox,
    deployment: Deployment,
    instrument: Instrument,
    monkeypatch: pytest.MonkeyPatch,
    executes: bool,
) -> None:
    (whole,) = filled.fetch(deployment, Held(), 100)
    expected = sorted(whole.records, key=lambda each: each.id)
    platform = Elsewhere(filled)
    moment = 0
    while True:
        moment += 1
        folder = tmp_path / f"raw-{moment}"
        dying = Dying(moment, executes)
        with monkeypatch.context() as patch:
            for name in CHANGES:
                patch.setattr(os, name, dying.wrap(getattr(os, name)))
            try:
                fetch(platform, deployment, Archive.create(folder, deployment, instrument), size=5)
                died = False
            except Death:
                died = True
        if not died:
            break
        archive = Archive.create(folder, deployment, instrument)
        result = fetch(platform, deployment, archive, size=5)
        assert (result.respondents, result.completed) == (12, 8)
        assert archive.records() == expected
        assert len(list(archive.read().history())) == 12
        assert not list(folder.glob(".part-*"))
        before = files(folder)
        assert fetch(platform, deployment, archive, size=5).new == 0
        assert files(folder) == before
        shutil.rmtree(folder)
    assert moment > 40


@pytest.mark.parametrize("call", ["fsync", "link", "replace"])
def test_a_full_disk_leaves_the_archive_whole(
    archive: Archive,
    filled: Sandbox,
    deployment: Deployment,
    record: Make,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
) -> None:
    filled.save(deployment, [record(13)])

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(ArchiveError, match="the disk is full"):
            fetch(filled, deployment, archive)
    assert not list(Path(archive.folder).glob(".part-*"))
    assert len(archive.records()) in (12, 13)
    assert fetch(filled, deployment, archive).respondents == 13
    assert len(list(archive.read().history())) == 13


def test_a_failing_connection_is_not_called_a_failing_archive(
    archive: Archive, filled: Sandbox, deployment: Deployment
) -> None:
    class Unreachable(Elsewhere):
        def counts(self, deployment: Deployment) -> Counts:
            raise ConnectionError(f"{deployment.platform} is unreachable")

    with pytest.raises(ConnectionError):
        fetch(Unreachable(filled), deployment, archive)


def test_two_fetches_cannot_both_add(archive: Archive, filled: Sandbox, deployment: Deployment) -> None:
    with segments.locked(Path(archive.folder)):
        with pytest.raises(ArchiveError, match="another fetch is adding"):
            fetch(filled, deployment, archive)
        assert len(archive.records()) == 12
    assert fetch(filled, deployment, archive).new == 0


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    segments.write_once(tmp_path, "a", b"first")
    with pytest.raises(FileExistsError):
        segments.write_once(tmp_path, "a", b"second")
    assert files(tmp_path) == {"a": b"first"}


def second(folder: Path) -> Path:
    (segment,) = folder.glob("000002-*")
    return segment


def change_a_byte(folder: Path) -> None:
    rewrite(second(folder), second(folder).read_bytes().replace(b'"TRUST":"', b'"TRUST":"1', 1))


def cut(folder: Path) -> None:
    rewrite(second(folder), second(folder).read_bytes()[:-10])


def empty(folder: Path) -> None:
    rewrite(second(folder), b"")


def delete(folder: Path) -> None:
    second(folder).unlink()


def delete_the_last(folder: Path) -> None:
    sorted(folder.glob("*.jsonl"))[-1].unlink()


def delete_the_first(folder: Path) -> None:
    sorted(folder.glob("*.jsonl"))[0].unlink()


def delete_all_but_the_first(folder: Path) -> None:
    for path in sorted(folder.glob("*.jsonl"))[1:]:
        path.unlink()


def insert_a_copy(folder: Path) -> None:
    shutil.copy(second(folder), folder / f"000004-{second(folder).name[7:]}")


def insert_a_double(folder: Path) -> None:
    content = second(folder).read_bytes().replace(b'"TRUST":"', b'"TRUST":"1', 1)
    (folder / f"000002-{hashlib.sha256(content).hexdigest()[:16]}.jsonl").write_bytes(content)


def add_a_foreign_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")


def rename(folder: Path) -> None:
    second(folder).rename(folder / f"000009-{second(folder).name[7:]}")


def swap(folder: Path) -> None:
    first, other = next(folder.glob("000001-*")), second(folder)
    first.rename(folder / f"000002-{first.name[7:]}")
    other.rename(folder / f"000001-{other.name[7:]}")


def change_and_rename(folder: Path) -> None:
    content = second(folder).read_bytes().replace(b'"TRUST":"', b'"TRUST":"1', 1)
    second(folder).unlink()
    (folder / f"000002-{hashlib.sha256(content).hexdigest()[:16]}.jsonl").write_bytes(content)


def change_the_last_and_rename(folder: Path) -> None:
    last = sorted(folder.glob("*.jsonl"))[-1]
    content = last.read_bytes().replace(b'"TRUST":"', b'"TRUST":"1', 1)
    last.unlink()
    (folder / f"000003-{hashlib.sha256(content).hexdigest()[:16]}.jsonl").write_bytes(content)


def drop_a_record_and_rename(folder: Path) -> None:
    content = b"".join(second(folder).read_bytes().splitlines(keepends=True)[:-1])
    second(folder).unlink()
    (folder / f"000002-{hashlib.sha256(content).hexdigest()[:16]}.jsonl").write_bytes(content)


def change_the_instrument(folder: Path) -> None:
    path = folder / "instrument.json"
    rewrite(path, path.read_bytes().replace(b"trust", b"trusT", 1))


def delete_the_instrument(folder: Path) -> None:
    (folder / "instrument.json").unlink()


def delete_the_head(folder: Path) -> None:
    (folder / "head").unlink()


def change_the_head(folder: Path) -> None:
    rewrite(folder / "head", b"\xff")


def rewrite(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


DAMAGE = [
    (change_a_byte, "000002-"),
    (cut, "000002-"),
    (empty, "000002-"),
    (delete, "000002"),
    (delete_the_last, "a segment was removed"),
    (delete_the_first, "segment 000000 is missing"),
    (delete_all_but_the_first, "a segment was removed"),
    (insert_a_copy, "000004-"),
    (insert_a_double, "same number"),
    (add_a_foreign_file, "notes.txt does not belong"),
    (rename, "segment 000002 is missing"),
    (swap, "000001-.*does not continue"),
    (change_and_rename, "000003-.*does not continue"),
    (change_the_last_and_rename, "a segment was removed"),
    (drop_a_record_and_rename, "its header says 5"),
    (change_the_instrument, "instrument.json was changed"),
    (delete_the_instrument, "instrument.json"),
    (delete_the_head, "head is missing"),
    (change_the_head, "cannot be read"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGE, ids=[each.__name__ for each, _ in DAMAGE])
def test_damage_is_found_and_named(
    archive: Archive,
    filled: Sandbox,
    deployment: Deployment,
    instrument: Instrument,
    record: Make,
    damage: Callable[[Path], None],
    message: str,
) -> None:
    folder = Path(archive.folder)
    damage(folder)
    damaged = files(folder)
    uses: list[Callable[[], object]] = [
        archive.verify,
        archive.records,
        lambda: archive.append(Batch((record(99),), "99")),
        lambda: fetch(filled, deployment, archive),
        lambda: Archive.create(folder, deployment, instrument),
    ]
    for use in uses:
        with pytest.raises(ArchiveError) as caught:
            use()
        assert str(folder) in str(caught.value)
        assert NAME not in str(caught.value)
    assert files(folder) == damaged
    with pytest.raises(ArchiveError, match=message):
        archive.verify()


def test_a_head_that_lags_behind_is_moved_on(
    tmp_path: Path, filled: Sandbox, deployment: Deployment, instrument: Instrument
) -> None:
    archive = Archive.create(tmp_path / "raw", deployment, instrument)
    head = tmp_path / "raw" / "head"
    first = head.read_bytes()
    fetch(filled, deployment, archive, size=5)
    last = head.read_bytes()
    rewrite(head, first)
    assert len(archive.records()) == 12
    assert fetch(filled, deployment, archive).new == 0
    assert head.read_bytes() == last


def test_no_folder(tmp_path: Path, filled: Sandbox, deployment: Deployment, instrument: Instrument) -> None:
    archive = Archive(tmp_path / "none")
    for use in (archive.verify, lambda: fetch(filled, deployment, archive)):
        with pytest.raises(MissingFileError, match="no archive"):
            use()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear all")
    with pytest.raises(ArchiveError, match="not empty and not an archive"):
        Archive.create(mine, deployment, instrument)
    assert files(mine) == {"letter.txt": b"dear all"}


def test_text_that_no_encoding_accepts_survives(archive: Archive, record: Make) -> None:
    odd = record(50, {"NAME": "half \ud83d, null \x00, line\u2028\nbreak"})
    archive.append(Batch((odd,), "50"))
    assert archive.records()[-1] == odd
