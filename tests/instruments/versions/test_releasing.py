"""Releases: the version that the changes need, written once, together with the entry in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.errors import InputError, InstrumentError, WriteError
from trustsurvey.instruments.reading import check as released_problems
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.bank_ledger import block_problems
from trustsurvey.instruments.versions.ledger import read_ledger
from trustsurvey.instruments.versions.releasing import release_block, release_instrument

Draft = Callable[..., Path]
PATCH = ("Quelle confiance ?", "Quelle confiance\u00a0?")
MINOR = ("en: Anything else?", "en: More?")
MAJOR = ("en: How much trust?", "en: Which trust?")


def version(number: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("version: 1.0.0", f"version: {number}"), ("value: small@1.0.0", f"value: small@{number}")


@pytest.fixture
def draft(tmp_path: Path, small: str) -> Draft:
    """Return a function that writes the draft with pieces replaced."""

    def write(*edits: tuple[str, str]) -> Path:
        text = small
        for was, now in edits:
            assert was in text, was
            text = text.replace(was, now, 1)
        path = tmp_path / "small" / "draft.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def released(draft: Draft) -> Draft:
    """The same, once 1.0.0 is released."""
    release_instrument(draft())
    return draft


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_first_release_reads_back_and_stands_in_the_ledger(draft: Draft) -> None:
    made = release_instrument(draft())
    instrument = load_instrument(made.path)
    assert made.path.name == "1.0.0.yaml"
    assert instrument == load_instrument(draft())
    ledger = read_ledger(made.path.parents[1] / "releases.yaml")
    assert ledger.problems == ()
    assert ledger.releases == (made.release,)
    assert (made.release.digest, made.release.after, made.release.bump) == (instrument.digest, "", None)
    assert released_problems(made.path) == []
    assert sorted(contents(made.path.parents[1])) == ["draft.yaml", "releases.yaml", "releases/1.0.0.yaml"]


def test_a_first_release_may_have_any_version(draft: Draft) -> None:
    assert release_instrument(draft(*version("0.3.1"))).release.version == "0.3.1"


def test_what_broke_is_in_the_ledger(released: Draft) -> None:
    made = release_instrument(released(MAJOR, MINOR, *version("2.0.0")))
    ledger = read_ledger(made.path.parents[1] / "releases.yaml")
    assert [each.version for each in ledger.releases] == ["1.0.0", "2.0.0"]
    assert ledger.releases[1].after == "1.0.0"
    assert ledger.releases[1].bump == "major"
    assert set(ledger.releases[1].breaks) == {"TRUST", "MORE"}


@pytest.mark.parametrize(
    ("edit", "number", "accepted"),
    [
        (PATCH, "1.0.1", True),
        (PATCH, "2.0.0", True),
        (MINOR, "1.0.1", False),
        (MINOR, "1.1.0", True),
        (MAJOR, "1.0.1", False),
        (MAJOR, "1.9.0", False),
        (MAJOR, "2.0.0", True),
        (MAJOR, "0.9.0", False),
        (MAJOR, "1.0.0", False),
    ],
)
def test_a_version_is_at_least_what_the_changes_need(
    released: Draft, edit: tuple[str, str], number: str, accepted: bool
) -> None:
    path = released(edit, *version(number))
    before = contents(path.parent)
    if accepted:
        assert released_problems(release_instrument(path).path) == []
        return
    with pytest.raises(InstrumentError) as caught:
        release_instrument(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(path), 2)
    assert contents(path.parent) == before
    if number in {"1.0.1", "1.9.0"}:
        assert ("TRUST" if edit is MAJOR else "MORE") in problem.message
        assert ("2.0.0" if edit is MAJOR else "1.1.0") in problem.remedy


def test_nothing_changed_is_nothing_to_release(released: Draft) -> None:
    with pytest.raises(InstrumentError, match=r"nothing changed since 1\.0\.0"):
        release_instrument(released(*version("1.0.1")))


def test_the_stored_version_is_the_version(released: Draft) -> None:
    with pytest.raises(InstrumentError, match=r"STAMP stores small@1\.0\.0, and this is small@2\.0\.0") as caught:
        release_instrument(released(MAJOR, version("2.0.0")[0]))
    assert caught.value.problems[0].line > 2


EDITORIAL = ("consent: CONSENT", "editorial:\n  - {item: TRUST, reason: a slip of the pen}\nconsent: CONSENT")


def test_a_declared_change_of_wording_is_a_patch(released: Draft) -> None:
    made = release_instrument(released(MAJOR, EDITORIAL, *version("1.0.1")))
    assert made.release.bump == "patch"
    assert made.release.breaks == ()
    (declared,) = load_instrument(made.path).editorial
    assert (declared.item, declared.reason, declared.since) == ("TRUST", "a slip of the pen", "1.0.0")
    ledger = read_ledger(made.path.parents[1] / "releases.yaml")
    assert ledger.releases[1].editorial == (declared,)


def test_a_declaration_that_excuses_nothing_is_a_problem(released: Draft) -> None:
    with pytest.raises(InstrumentError, match=r"no wording of TRUST changed since 1\.0\.0") as caught:
        release_instrument(released(MINOR, EDITORIAL, *version("1.1.0")))
    assert caught.value.problems[0].line > 2


def test_the_first_release_declares_nothing(draft: Draft) -> None:
    with pytest.raises(InstrumentError, match="no release before this one"):
        release_instrument(draft(EDITORIAL))


def test_every_problem_of_a_draft_is_said(released: Draft) -> None:
    with pytest.raises(InstrumentError) as caught:
        release_instrument(released(("type: rating", "type: ratting"), ("consent: CONSENT", "consnet: CONSENT")))
    assert len(caught.value.problems) >= 2


def test_a_release_stands_in_the_folder_of_its_instrument(draft: Draft) -> None:
    path = draft()
    other = path.parent.rename(path.parent.with_name("other")) / "draft.yaml"
    with pytest.raises(InputError, match="in the folder other"):
        release_instrument(other)
    (other.parent / "releases").mkdir()
    release = other.rename(other.parent / "releases" / "1.0.0.yaml")
    with pytest.raises(InputError, match="is a release"):
        release_instrument(release)


@pytest.mark.parametrize("first", [True, False])
def test_an_interruption_leaves_no_release_and_the_command_runs_again(
    draft: Draft, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    path = draft()
    if not first:
        release_instrument(path)
        path = draft(MAJOR, *version("2.0.0"))
    before = contents(path.parent)
    replaced: list[str] = []
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if replaced:
            raise OSError("the disk is gone")
        replaced.append(self.name)
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing)
        with pytest.raises(WriteError, match="the disk is gone"):
            release_instrument(path)
    assert len(replaced) == 1
    assert contents(path.parent) == before
    made = release_instrument(path)
    assert released_problems(made.path) == []


@pytest.mark.parametrize("first", [True, False])
def test_a_crash_between_release_and_entry_is_said_and_mended(draft: Draft, first: bool) -> None:
    path = draft()
    if not first:
        release_instrument(path)
        path = draft(MAJOR, *version("2.0.0"))
    before = contents(path.parent)
    made = release_instrument(path)
    after = contents(path.parent)
    # What a crash leaves: the release in place, its entry not.
    if first:
        (path.parent / "releases.yaml").unlink()
        (path.parent / ".releases.yaml.part").write_bytes(after["releases.yaml"])
    else:
        (path.parent / "releases.yaml").write_bytes(before["releases.yaml"])
        (problem,) = released_problems(made.path)
        assert "is not in the ledger" in problem.message
        assert "run trustsurvey release again" in problem.remedy
    assert release_instrument(path).release == made.release
    assert contents(path.parent) == after


def test_a_file_that_the_draft_does_not_give_is_never_replaced(released: Draft) -> None:
    path = released(MAJOR, *version("2.0.0"))
    stranger = path.parent / "releases" / "2.0.0.yaml"
    stranger.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="in no ledger"):
        release_instrument(path)
    assert stranger.read_text(encoding="utf-8") == "mine"
    stranger.rename(stranger.with_name("1.5.0.yaml"))
    with pytest.raises(InputError, match=r"holds 1\.5\.0\.yaml"):
        release_instrument(path)


def test_a_lost_ledger_is_not_begun_again(released: Draft) -> None:
    path = released(MAJOR, *version("2.0.0"))
    (path.parent / "releases.yaml").unlink()
    with pytest.raises(InputError, match="restore the ledger"):
        release_instrument(path)


def test_a_changed_release_is_not_compared_with(released: Draft) -> None:
    path = released(MAJOR, *version("2.0.0"))
    old = path.parent / "releases" / "1.0.0.yaml"
    old.write_text(old.read_text(encoding="utf-8").replace("How much trust?", "Which trust?"), encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"changed after 1\.0\.0 was released"):
        release_instrument(path)


def test_a_folder_that_cannot_be_written_is_said(draft: Draft) -> None:
    path = draft()
    (path.parent / "releases").write_text("", encoding="utf-8")
    with pytest.raises(WriteError, match="cannot be written"):
        release_instrument(path)
    assert sorted(each.name for each in path.parent.iterdir()) == ["draft.yaml", "releases"]


BLOCK = """\
block: contact
version: 1.0.0
languages: [fr, en]
questions:
  - {code: CONTACT, type: yes_no, text: {fr: Un contact ?, en: Any contact?}}
"""


@pytest.fixture
def block(tmp_path: Path) -> Path:
    path = tmp_path / "bank" / "contact" / "1.0.0.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(BLOCK, encoding="utf-8")
    return path


def test_a_block_is_pinned_once_and_for_all(block: Path) -> None:
    assert block_problems(block) == []
    assert release_block(block) == block.parents[1] / "releases.yaml"
    assert block_problems(block) == []
    with pytest.raises(InputError, match="released already"):
        release_block(block)
    block.write_bytes(block.read_bytes().replace(b"\n", b"\r\n"))
    assert block_problems(block) == []
    block.write_text(BLOCK.replace("Any contact?", "Contact?"), encoding="utf-8")
    (problem,) = block_problems(block)
    assert "changed after contact@1.0.0 was released" in problem.message
    with pytest.raises(InstrumentError, match="was changed"):
        release_block(block)


def test_versions_of_a_block_stand_side_by_side(block: Path) -> None:
    release_block(block)
    second = block.with_name("1.10.0.yaml")
    second.write_text(BLOCK.replace("1.0.0", "1.10.0"), encoding="utf-8")
    release_block(second)
    third = block.with_name("1.9.0.yaml")
    third.write_text(BLOCK.replace("1.0.0", "1.9.0"), encoding="utf-8")
    text = release_block(third).read_text(encoding="utf-8")
    assert text.index("1.0.0") < text.index("1.9.0") < text.index("1.10.0")
    second.unlink()
    (problem,) = block_problems(block)
    assert "contact/1.10.0.yaml is listed and not there" in problem.message
    assert (problem.file, problem.line > 1) == (str(block.parents[1] / "releases.yaml"), True)


def test_a_block_stands_where_it_says(block: Path) -> None:
    with pytest.raises(InputError, match=r"stands in contact/1\.0\.0\.yaml"):
        release_block(block.rename(block.with_name("2.0.0.yaml")))
