"""Imported records: kept once, replaced only when told to, found again by zone and period."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.errors import InputError, MissingFileError, RegisterError, WriteError
from trustsurvey.fieldwork.responses import load_responses
from trustsurvey.instruments.model import Instrument
from trustsurvey.monitoring.register_files import load_register, register_file
from trustsurvey.monitoring.registers import import_register

Row = Mapping[str, str]
Write = Callable[..., Path]


def test_records_are_kept_with_what_they_were_checked_against(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    sent = write([check, {**check, "SEX": "F"}])
    done = import_register(sent, identity_checks, "2026-01", tmp_path / "kept.parquet")
    assert done.outcome == "imported"
    about = json.loads((tmp_path / "kept.json").read_text())
    assert about == {
        "register": "identity-checks-register",
        "version": identity_checks.version,
        "digest": identity_checks.digest,
        "period": "2026-01",
        "zones": ["5340"],
        "rows": 2,
        "sha256": hashlib.sha256(sent.read_bytes()).hexdigest(),
        "records_sha256": hashlib.sha256(done.path.read_bytes()).hexdigest(),
        "replaced": [],
        "format": "trustsurvey register 1",
    }
    kept = load_responses(done.path)
    assert kept.instrument == identity_checks
    assert list(kept.frame["SEX"]) == ["M", "F"]


def test_the_place_is_named_after_register_period_and_zone(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    both = write([check, {**check, "ZONE": "5344"}])
    done = import_register(both, identity_checks, "2026-01")
    assert done.path == Path("registers/identity-checks-register/2026-01/5340+5344.parquet")
    assert done.path.is_file()


def test_nothing_is_written_where_something_is_wrong(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    target = tmp_path / "new" / "kept.parquet"
    with pytest.raises(RegisterError):
        import_register(write([check, {**check, "COUNT": "0"}]), identity_checks, "2026-01", target)
    assert not target.parent.exists()


def test_the_same_file_once_more_changes_nothing(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    target = tmp_path / "kept.parquet"
    import_register(write([check]), identity_checks, "2026-01", target)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert import_register(write([check]), identity_checks, "2026-01", target).outcome == "already imported"
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_other_records_take_its_place_only_when_told_to(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    target = tmp_path / "kept.parquet"
    first = import_register(write([check]), identity_checks, "2026-01", target).about
    corrected = write([{**check, "COUNT": "13"}])
    with pytest.raises(InputError, match=r"already \(1 rows, zones 5340\); give --replace"):
        import_register(corrected, identity_checks, "2026-01", target)
    assert load_responses(target).frame["COUNT"].tolist() == [12.0]
    done = import_register(corrected, identity_checks, "2026-01", target, replace_existing=True)
    assert done.outcome == "replaced"
    assert load_responses(target).frame["COUNT"].tolist() == [13.0]
    assert [each["sha256"] for each in register_file(target).replaced] == [first.sha256]
    again = import_register(write([check]), identity_checks, "2026-01", target, replace_existing=True)
    assert [each["sha256"] for each in again.about.replaced] == [first.sha256, done.about.sha256]


def test_a_place_with_something_else_is_left_alone(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    target = tmp_path / "kept.parquet"
    target.write_bytes(b"something else")
    for told in (False, True):
        with pytest.raises(InputError, match="was not imported whole"):
            import_register(write([check]), identity_checks, "2026-01", target, replace_existing=told)
    assert target.read_bytes() == b"something else"
    with pytest.raises(InputError, match=r"does not end in \.parquet"):
        import_register(write([check]), identity_checks, "2026-01", tmp_path / "kept.csv")
    other = tmp_path / "other.parquet"
    import_register(write([check]), identity_checks, "2026-01", other)
    with pytest.raises(InputError, match="holds identity-checks-register of 2026-01; name another file"):
        import_register(write([{**check, "MONTH": "2026-02-01"}]), identity_checks, "2026-02", other)


def test_an_import_that_was_interrupted_can_be_made_whole(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    target = tmp_path / "kept.parquet"
    import_register(write([check]), identity_checks, "2026-01", target)
    (tmp_path / "kept.json").unlink()
    with pytest.raises(MissingFileError, match="--replace"):
        load_register(target)
    with pytest.raises(InputError, match="give --replace to import it again"):
        import_register(write([check]), identity_checks, "2026-01", target)
    import_register(write([check]), identity_checks, "2026-01", target, replace_existing=True)
    target.unlink()
    assert import_register(write([check]), identity_checks, "2026-01", target).about.replaced == ()
    assert len(load_register(target).frame) == 1


def test_a_folder_that_cannot_be_written_is_said(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError):
        import_register(write([check]), identity_checks, "2026-01", tmp_path / "file" / "kept.parquet")


def test_a_zone_stands_in_one_file_of_a_period(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    import_register(write([check]), identity_checks, "2026-01", tmp_path / "west.parquet")
    both = write([check, {**check, "ZONE": "5344"}])
    with pytest.raises(InputError, match=r"west\.parquet holds records of 2026-01 from 5340 already"):
        import_register(both, identity_checks, "2026-01", tmp_path / "both.parquet")
    assert not (tmp_path / "both.parquet").exists()


def test_zones_and_periods_are_stacked(identity_checks: Instrument, check: Row, write: Write, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for zone in ("5340", "5344"):
        for month in ("01", "02"):
            record = {**check, "ZONE": zone, "MONTH": f"2026-{month}-01"}
            target = kept / f"2026-{month}" / f"{zone}.parquet"
            import_register(write([record, {**record, "SEX": "F"}]), identity_checks, f"2026-{month}", target)
    stacked = load_register(kept)
    assert len(stacked.frame) == 8
    assert stacked.frame.index.is_unique
    assert stacked.frame.groupby(["wave", "ZONE"], observed=True)["COUNT"].sum().tolist() == [24.0] * 4
    assert stacked.counts["respondents"] == 8
    one = load_register(kept / "2026-01")
    assert list(one.frame.index) == [1, 2, 3, 4]
    pd.testing.assert_frame_equal(one.frame, load_register([*(kept / "2026-01").glob("*.parquet")][::1]).frame)


def test_a_file_that_was_changed_is_not_loaded(
    identity_checks: Instrument, check: Row, write: Write, tmp_path: Path
) -> None:
    done = import_register(write([check]), identity_checks, "2026-01", tmp_path / "kept.parquet")
    kept = load_responses(done.path)
    kept.frame.loc[2, "COUNT"] = 1.0
    kept.save(done.path)
    with pytest.raises(InputError, match="was changed after its import"):
        load_register(done.path)


def test_what_does_not_belong_together_is_not_stacked(
    identity_checks: Instrument, complaints: Instrument, check: Row, complaint: Row, write: Write, tmp_path: Path
) -> None:
    first = import_register(write([check]), identity_checks, "2026-01", tmp_path / "a" / "kept.parquet").path
    twice = import_register(write([check]), identity_checks, "2026-01", tmp_path / "b" / "kept.parquet").path
    with pytest.raises(InputError, match="both hold 5340 in 2026-01"):
        load_register([first, twice])
    other = import_register(write([complaint]), complaints, "2026-Q1", tmp_path / "c" / "kept.parquet").path
    with pytest.raises(InputError, match="several registers"):
        load_register([first, other])
    with pytest.raises(MissingFileError):
        load_register(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match="import the zones' files first"):
        load_register(tmp_path / "empty")
    (tmp_path / "a" / "kept.json").write_text("{}")
    with pytest.raises(InputError, match="does not describe imported records"):
        load_register(first)


def test_researchers_read_registers_by_public_names() -> None:
    from trustsurvey.monitoring.register_reading import read_register

    assert ts.read_register is read_register
    assert ts.load_register is load_register
