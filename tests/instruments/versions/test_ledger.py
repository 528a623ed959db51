"""What was released is never changed: every tampering is found and said at its place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from trustsurvey.instruments.reading import check as released_problems
from trustsurvey.instruments.versions.bank_ledger import block_problems, read_bank_ledger
from trustsurvey.instruments.versions.ledger import pinned_problems, read_ledger

INSTRUMENTS = Path(__file__).parents[3] / "instruments"
RELEASES = sorted(INSTRUMENTS.glob("*/releases/*.yaml"))
CITIZEN_TRUST = INSTRUMENTS / "citizen-trust"


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: f"{path.parts[-3]}@{path.stem}")
def test_our_releases_are_as_they_were_released(path: Path) -> None:
    assert (path.parents[1] / "releases.yaml").is_file()
    assert released_problems(path) == []


def test_our_blocks_are_as_they_were_released() -> None:
    for path in sorted((INSTRUMENTS / "bank").glob("*/*.yaml")):
        assert block_problems(path) == []
    ledger = INSTRUMENTS / "bank" / "releases.yaml"
    assert not ledger.exists() or read_bank_ledger(ledger).problems == ()


def test_the_first_release_of_the_yearly_survey_is_the_one_that_was_fielded() -> None:
    (release, *_) = read_ledger(CITIZEN_TRUST / "releases.yaml").releases
    assert release.version == "1.0.0"
    assert release.digest.startswith("dea7a31da8c3")
    assert release.sha256.startswith("cc5115f10ab1")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A copy of a release with its ledger."""
    folder = tmp_path / "citizen-trust"
    (folder / "releases").mkdir(parents=True)
    shutil.copy(CITIZEN_TRUST / "releases" / "1.0.0.yaml", folder / "releases")
    ledger = (CITIZEN_TRUST / "releases.yaml").read_text(encoding="utf-8")
    (folder / "releases.yaml").write_text(ledger.partition("  - version: 1.1")[0], encoding="utf-8")
    return folder / "releases" / "1.0.0.yaml"


def edit(path: Path, was: str, now: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, now, 1), encoding="utf-8")


def test_line_ends_make_no_difference(release: Path) -> None:
    release.write_bytes(release.read_bytes().replace(b"\n", b"\r\n"))
    assert released_problems(release) == []


def test_without_a_ledger_nothing_is_pinned(release: Path) -> None:
    (release.parents[1] / "releases.yaml").unlink()
    edit(release, "en: The police and you", "en: You and the police")
    assert released_problems(release) == []
    assert released_problems(release.rename(release.parents[1] / "draft.yaml")) == []


@pytest.mark.parametrize("folder", ["releases", "releases/deeper", ".", ".."])
def test_a_release_is_known_from_any_folder(release: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    edit(release, "en: How old are you?", "en: What is your age?")
    (release.parent / "deeper").mkdir()
    place = release.parents[1] / folder
    monkeypatch.chdir(place)
    (problem,) = released_problems(Path(os.path.relpath(release)))
    assert "was changed" in problem.message


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("en: How old are you?", "en: What is your age?"),
        ("# Early, so that", "# Early, such that"),
        ("\ngroups:", "\n\ngroups:"),
    ],
)
def test_any_change_of_a_release_is_found(release: Path, was: str, now: str) -> None:
    edit(release, was, now)
    (problem,) = released_problems(release)
    assert "was changed after 1.0.0 was released" in problem.message
    assert problem.file == str(release)


def test_a_release_under_another_name_is_found(release: Path) -> None:
    moved = release.rename(release.with_name("1.0.1.yaml"))
    messages = [problem.message for problem in released_problems(moved)]
    assert any("the version is 1.0.0" in each for each in messages)
    assert any("1.0.1 is not in the ledger" in each for each in messages)
    assert any("releases/1.0.0.yaml is listed and not there" in each for each in messages)


def test_another_instrument_among_the_releases_is_found(release: Path) -> None:
    edit(release, "instrument: citizen-trust", "instrument: citizen-mistrust")
    assert any("this is citizen-mistrust" in problem.message for problem in released_problems(release))


def test_another_digest_is_found(release: Path) -> None:
    ledger = release.parents[1] / "releases.yaml"
    edit(ledger, "dea7a31da8c3", "dea7a31da8c4")
    (problem,) = released_problems(release)
    assert "the digest of 1.0.0 is dea7a31da8c3" in problem.message
    assert pinned_problems(release) == []  # where the digest is not known, the text alone is compared


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("releases:", "release:", "the key release is not known"),
        ("    digest:", "    digset:", "the key digset is not known"),
        ("version: 1.0.0", "version: one", "one is not of the form"),
        ("version: 1.0.0", "version: 1.0.2", r"releases/1.0.2.yaml is listed and not there"),
        ('digest: "dea7', 'digest: "DEA7', "is not 64 hexadecimal digits"),
        ("instrument: citizen-trust", "instrument: other", "this is the ledger of other"),
        ("version: 1.0.0\n", "version: 1.0.0\n    after: 0.9.0\n", "comes after 0.9.0, which is not listed"),
        ("version: 1.0.0\n", "version: 1.0.0\n    bump: great\n", "expected one of major, minor, patch"),
        ("releases:\n", "releases: {\n", ""),
        ("releases:\n", "releases: none\nothers:\n", "expected a list"),
    ],
)  # fmt: skip
def test_a_ledger_out_of_shape_is_said_at_its_place(release: Path, was: str, now: str, message: str) -> None:
    ledger = release.parents[1] / "releases.yaml"
    edit(ledger, was, now)
    found = [problem for problem in released_problems(release) if message in problem.message]
    assert found
    assert found[0].file == str(ledger)
    assert found[0].line > 1
    assert found[0].column > 0


def test_a_release_listed_twice_is_found(release: Path) -> None:
    ledger = release.parents[1] / "releases.yaml"
    text = ledger.read_text(encoding="utf-8")
    ledger.write_text(text + text.partition("releases:\n")[2], encoding="utf-8")
    assert any("listed twice" in problem.message for problem in released_problems(release))


def test_a_missing_release_is_named(release: Path) -> None:
    release.unlink()
    (problem,) = released_problems(release)
    assert "does not exist" in problem.message


def test_a_ledger_of_blocks_out_of_shape_is_said(tmp_path: Path) -> None:
    path = tmp_path / "bank" / "releases.yaml"
    path.parent.mkdir()
    path.write_text('blocks:\n  - {block: a, version: 1.0.0, sha256: "12"}\n  - {block: b}\n', encoding="utf-8")
    messages = [problem.message for problem in read_bank_ledger(path).problems]
    assert any("is not 64 hexadecimal digits" in each for each in messages)
    assert any("lacks the key version" in each for each in messages)
    assert any("listed and not there" in each for each in messages)
