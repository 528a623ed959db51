from __future__ import annotations

import json
from pathlib import Path

import pytest

from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.fieldwork.platform import Deployment, Record, raw_keys
from trustsurvey.instruments.model import Instrument


def make(tmp_path: Path) -> Deployment:
    return Deployment(
        "citizen-trust", "1.0.0", "ab" * 32, "2026", f"sandbox:{tmp_path / 'field' / 'demo.sqlite'}", 7, "2026-01-01"
    )


def test_a_saved_deployment_reads_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "waves" / "2026.json"
    make(tmp_path).save(path)
    assert Deployment.load(path) == make(tmp_path)
    assert json.loads(path.read_text())["platform"] == "sandbox:../field/demo.sqlite"
    assert [each.name for each in path.parent.iterdir()] == ["2026.json"]


def test_a_folder_can_move_with_its_sandbox(tmp_path: Path) -> None:
    make(tmp_path / "before").save(tmp_path / "before" / "2026.json")
    (tmp_path / "before").rename(tmp_path / "after")
    assert Deployment.load(tmp_path / "after" / "2026.json") == make(tmp_path / "after")


def test_the_address_of_a_server_stays_as_it_is(tmp_path: Path) -> None:
    deployment = Deployment("a", "1.0.0", "ab", "2026", "https://surveys.example.org/", 7)
    deployment.save(tmp_path / "d.json")
    assert Deployment.load(tmp_path / "d.json") == deployment


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="deploy the instrument first"):
        Deployment.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[1, 2]", "not a deployment file"),
        (b'{"survey": 7}', "not a deployment file"),
        (
            b'{"format": "trustsurvey deployment 1", "survey": "7"}',
            "'digest' is missing.*'survey' is not a whole number",
        ),
        (b'{"format": "trustsurvey deployment 1", "password": "x"}', "'password' is unknown"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        Deployment.load(path)
    assert str(path) in str(caught.value)


def test_a_record_never_shows_its_answers() -> None:
    record = Record(1, 1, None, 1, "en", {"NAME": "Margareta"})
    assert "Margareta" not in repr(record)


def test_raw_keys_hold_reasons_and_other_texts(instrument: Instrument) -> None:
    keys = raw_keys(instrument)
    assert len(keys) == len(set(keys))
    expected = ["HOW[web]", "HOW[tel]", "HOW[desk]", "HOW[other]", "HOW[DK]", "HOW[PNS]", "WHEN", "WHENNR", "WHY"]
    assert list(keys[keys.index("HOW[web]") :][: len(expected)]) == expected
    assert "AGENR" in keys
    assert "NAMENR" not in keys
