"""Fieldwork by deployment file: what stands is found again, what is lost comes back, mistakes are refused."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.errors import ArchiveError, InputError, MissingFileError, WriteError
from trustsurvey.fieldwork.archive import Archive
from trustsurvey.fieldwork.manifest import check_manifest
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.study.fieldwork import close_survey, deploy, fetch_answers, open_survey, status
from trustsurvey.study.instruments import instrument_path


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(instrument_path("citizen-trust@1.0.0", Path()))


@pytest.fixture
def file(instrument: Instrument, tmp_path: Path) -> Path:
    """A deployment in a sandbox, not open yet."""
    path = tmp_path / "fieldwork" / "2026.json"
    deploy(instrument, "2026", f"sandbox:{tmp_path / 'sandbox.sqlite'}", path)
    return path


def test_deploying_again_changes_nothing(instrument: Instrument, file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    deploy(instrument, "2026", f"sandbox:{tmp_path / 'sandbox.sqlite'}", file)
    assert file.read_bytes() == before
    open_survey(file)
    opened = file.read_bytes()
    deploy(instrument, "2026", f"sandbox:{tmp_path / 'sandbox.sqlite'}", file)
    assert file.read_bytes() == opened


def test_a_lost_archive_folder_is_named_and_comes_back(instrument: Instrument, file: Path, tmp_path: Path) -> None:
    open_survey(file)
    shutil.rmtree(file.with_suffix(""))
    with pytest.raises(MissingFileError, match="run the same deploy command again"):
        fetch_answers(file)
    deploy(instrument, "2026", f"sandbox:{tmp_path / 'sandbox.sqlite'}", file)
    assert fetch_answers(file).respondents == 0
    Archive(file.with_suffix("")).verify()


def test_a_lost_deployment_file_comes_back(instrument: Instrument, file: Path, tmp_path: Path) -> None:
    opened = open_survey(file)
    file.unlink()
    assert deploy(instrument, "2026", f"sandbox:{tmp_path / 'sandbox.sqlite'}", file) == opened


@pytest.mark.parametrize(
    ("wave", "address", "name", "expected"),
    [
        ("2026", "sandbox:other.sqlite", "fieldwork/2026.json", "describes a deployment on"),
        ("2026", "https://survey.example", "fieldwork/2026.json", "describes a deployment on"),
        ("2026", "http://survey.example", "fieldwork/2026.json", "not encrypted"),
        ("2026", "https://me:secret@survey.example", "fieldwork/2026.json", "more than a host"),
        ("2027", "sandbox", "fieldwork/2026.json", "for wave 2026 already"),
        ("../2027", "sandbox", "fieldwork/2027.json", "cannot name a wave"),
        ("", "sandbox", "fieldwork/2027.json", "cannot name a wave"),
        ("2027", "nowhere", "fieldwork/2027.json", "no platform at"),
    ],
)
@pytest.mark.usefixtures("file")
def test_what_contradicts_the_file_is_refused(
    instrument: Instrument, tmp_path: Path, wave: str, address: str, name: str, expected: str
) -> None:
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(InputError, match=expected) as caught:
        deploy(instrument, wave, address, tmp_path / name)
    assert "secret" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_deployment_file_that_cannot_be_written_is_said(instrument: Instrument, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(WriteError, match="cannot be written"):
        deploy(instrument, "2026", f"sandbox:{tmp_path / 'sandbox.sqlite'}", tmp_path / "taken" / "2026.json")


def test_the_order_of_the_verbs(file: Path) -> None:
    with pytest.raises(InputError, match="open it before closing it"):
        close_survey(file)
    open_survey(file)
    close_survey(file)
    assert status(file).state == "closed"
    with pytest.raises(InputError, match="does not open again"):
        open_survey(file)


def test_closing_writes_checksums_that_others_can_check(file: Path) -> None:
    open_survey(file)
    close_survey(file)
    folder = file.with_suffix("")
    lines = file.with_name("2026.sha256").read_text(encoding="utf-8").splitlines()
    stated = {name: sha256 for sha256, name in (line.split("  ") for line in lines)}
    assert stated == {
        f"2026/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())
    }
    check_manifest(folder)
    (folder / "instrument.json").chmod(0o600)
    (folder / "instrument.json").write_bytes(b"{}")
    with pytest.raises(ArchiveError, match=r"2026/instrument\.json is not as"):
        check_manifest(folder)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda content: content | {"instrument": "another"}, "use the file that belongs to it"),
        (lambda content: content | {"wave": "2027"}, "use the file that belongs to it"),
        (lambda content: content | {"digest": "0" * 64}, "use the file that belongs to it"),
    ],
)
def test_an_edited_deployment_file_is_refused(
    file: Path, change: Callable[[dict[str, object]], dict[str, object]], expected: str
) -> None:
    file.write_text(json.dumps(change(json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        open_survey(file)


def test_a_key_that_stands_twice_is_refused(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"wave": "2026"', '"wave": "2026", "wave": "2027"'), encoding="utf-8")
    with pytest.raises(InputError, match="stands in it twice"):
        status(file)


def test_a_sandbox_that_is_something_else_is_the_users_mistake(instrument: Instrument, tmp_path: Path) -> None:
    path, content = tmp_path / "picture.png", b"\x89PNG\r\n\x1a\n" * 200
    path.write_bytes(content)
    with pytest.raises(InputError, match="is not a sandbox"):
        deploy(instrument, "2026", f"sandbox:{path}", tmp_path / "2026.json")
    assert path.read_bytes() == content
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        deploy(instrument, "2026", f"sandbox:{tmp_path / 'folder'}", tmp_path / "2026.json")
