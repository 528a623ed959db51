"""Files are written whole or not at all, and what stands against it is said in words."""

from pathlib import Path

import pytest

from trustsurvey.documents.files import write_file, writing
from trustsurvey.errors import WriteError


def test_folders_are_made_and_text_is_utf_8(tmp_path: Path) -> None:
    write_file(tmp_path / "a" / "b.txt", "é\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "é\n".encode()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_an_interruption_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "b.txt"
    write_file(target, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WriteError, match=r"b.txt cannot be written \(No space left on device\); check the folder"):
        write_file(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(WriteError, match="cannot be written"):
        write_file(tmp_path / "a" / "b.txt", b"")


def test_a_device_stays_a_device() -> None:
    write_file("/dev/null", "words")
    assert not Path("/dev/null").is_file()


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(WriteError, match="said already"), writing("a"):
        raise WriteError("said already")
    with pytest.raises(ValueError, match="no matter of files"), writing("a"):
        raise ValueError("no matter of files")
