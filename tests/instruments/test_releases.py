"""The questionnaires that come with us are released, and their drafts have not drifted from it in silence."""

from pathlib import Path

import pytest

from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.bank_ledger import read_bank_ledger
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.instruments.versions.ledger import read_ledger
from trustsurvey.instruments.versions.numbers import number_of
from trustsurvey.resources import share

INSTRUMENTS = share() / "instruments"
DRAFTS = sorted(INSTRUMENTS.glob("*/draft.yaml"))


@pytest.mark.parametrize("path", DRAFTS, ids=lambda path: path.parent.name)
def test_a_draft_is_its_newest_release_or_a_version_after_it(path: Path) -> None:
    draft = load_instrument(path)
    newest = read_ledger(path.parent / "releases.yaml").newest
    assert newest is not None
    assert number_of(draft.version) >= number_of(newest.version)
    if draft.version == newest.version:
        assert draft.digest == newest.digest


@pytest.mark.parametrize("path", DRAFTS, ids=lambda path: path.parent.name)
def test_every_release_raises_the_number_that_its_changes_need(path: Path) -> None:
    releases = read_ledger(path.parent / "releases.yaml").releases
    instruments = {
        each.version: load_instrument(path.parent / "releases" / f"{each.version}.yaml") for each in releases
    }
    for release in releases:
        if release.after:
            changes = compare_instruments(instruments[release.after], instruments[release.version])
            assert changes.bump == release.bump


def test_every_block_is_pinned() -> None:
    blocks = {(path.parent.name, path.stem) for path in (INSTRUMENTS / "bank").glob("*/*.yaml")}
    assert {
        (block, version) for block, version, _ in read_bank_ledger(INSTRUMENTS / "bank" / "releases.yaml").pins
    } == blocks
