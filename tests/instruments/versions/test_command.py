"""``trustsurvey diff`` and ``trustsurvey release`` as a user meets them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from trustsurvey import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in a folder; it returns the exit code and what was printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["trustsurvey", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        return int(caught.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def project(tmp_path: Path, small: str) -> Path:
    """A folder with the draft of an instrument."""
    folder = tmp_path / "instruments" / "small"
    folder.mkdir(parents=True)
    (folder / "draft.yaml").write_text(small, encoding="utf-8")
    return folder


def edit(project: Path, version: str, *edits: tuple[str, str]) -> None:
    draft = project / "draft.yaml"
    text = draft.read_text(encoding="utf-8")
    before = text.partition("\nversion: ")[2].partition("\n")[0]
    text = text.replace(f"version: {before}", f"version: {version}").replace(f"small@{before}", f"small@{version}")
    for was, now in edits:
        assert was in text, was
        text = text.replace(was, now, 1)
    draft.write_text(text, encoding="utf-8")


WORDING = ("en: How much trust?", "en: How much <trust> & respect?")
DECLARED = ("consent: CONSENT", "editorial:\n  - {item: LIKE, reason: a missing accent}\nconsent: CONSENT")


def test_from_draft_to_release_to_the_next_one(run: Run, project: Path) -> None:
    code, out, err = run("release", "small")
    assert (code, err) == (0, "")
    assert "small@1.0.0, the first release" in out
    code, _, err = run("release", "instruments/small")
    assert code == 2
    assert "draft.yaml:1:1: nothing changed since 1.0.0" in err
    edit(project, "1.1.0", WORDING)
    code, _, err = run("release", "small")
    assert code == 2
    assert "draft.yaml:2:10: 1.1.0 raises the minor number of 1.0.0, and these changes need a major version" in err
    assert "TRUST (question text in en)" in err
    assert "write 2.0.0" in err
    edit(project, "2.0.0")
    code, out, _ = run("release", "instruments/small/draft.yaml")
    assert code == 0
    assert "small@2.0.0, major changes since 1.0.0" in out
    assert "series that break or end: TRUST" in out
    assert run("check", "small@2.0.0")[0] == 0


def test_a_block_is_released_by_its_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bank" / "contact" / "1.0.0.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "block: contact\nversion: 1.0.0\nlanguages: [en]\n"
        "questions:\n  - {code: CONTACT, type: yes_no, text: {en: Any contact?}}\n",
        encoding="utf-8",
    )
    code, out, err = run("release", "bank/contact/1.0.0.yaml")
    assert (code, err) == (0, "")
    assert "releases.yaml: contact@1.0.0" in out


def test_diff_says_what_breaks_and_what_goes_on(run: Run, project: Path) -> None:
    run("release", "small")
    edit(
        project,
        "1.1.0",
        WORDING,
        DECLARED,
        ("en: Pleased?", "en: Content?"),
        (
            "      - {code: MORE",
            "      - {code: NEW, type: long_text, text: {fr: Neuf ?, en: New?}}\n      - {code: MORE",
        ),
    )
    code, out, err = run("diff", "small")
    assert (code, err) == (0, "")
    assert out.startswith("small@1.0.0 -> small@1.1.0\n")
    assert "These changes need a major version, because the series of TRUST breaks." in out
    assert "1.1.0 raises the minor number of 1.0.0, which is not enough; 2.0.0 would be." in out
    breaks, rest = out.index("Trend series that break (1)"), out.index("Series that continue, with notes")
    assert breaks < out.index("question text in en") < rest < out.index("new questions come before it (NEW)")
    assert (
        breaks
        < out.index("Series that begin")
        < rest
        < out.index("LIKE: a missing accent (excuses question text in en)")
    )
    assert "How much [-trust?-] {+<trust> & respect?+}" in out
    assert out.rstrip().endswith("_" * 40)
    assert "Signature:" in out
    assert run("diff", "small@1.0.0", "small")[1] == out
    assert run("diff", "small", "small@1.0.0")[0] == 0


@pytest.mark.usefixtures("project")
def test_nothing_changed_is_said(run: Run) -> None:
    run("release", "small")
    code, out, _ = run("diff", "small@1.0.0", "small")
    assert code == 0
    assert "Nothing changed." in out
    assert "Signature" not in out


def test_the_table_is_written_as_csv(run: Run, project: Path, tmp_path: Path) -> None:
    run("release", "small")
    edit(project, "1.1.0", ("en: How much trust?", "en: '=1+1'"))
    assert run("diff", "small", "-o", "out/changes.csv")[0] == 0
    table = pd.read_csv(tmp_path / "out" / "changes.csv", keep_default_na=False)
    assert list(table.columns) == ["item", "kind", "language", "was", "now", "series", "bump", "note"]
    assert table.loc[0, "now"] == "'=1+1"  # no formula for a spreadsheet program


class Page(HTMLParser):
    """What a page holds, and whether its elements are closed."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.text.setdefault(tag, []).append(data)


def test_the_page_holds_the_same_and_nothing_foreign(run: Run, project: Path, tmp_path: Path) -> None:
    run("release", "small")
    edit(project, "1.1.0", WORDING, DECLARED)
    assert run("diff", "small", "--html", "out/page.html")[0] == 0
    text = (tmp_path / "out" / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    tags = [tag for tag, _ in page.attributes]
    assert not {"script", "link", "img", "iframe", "object"} & set(tags)
    assert not any({"src", "href", "onclick"} & set(attributes) for _, attributes in page.attributes)
    assert "url(" not in text
    assert "@import" not in text
    assert dict(page.attributes)["html"] == {"lang": "en"}
    assert tags.count("h1") == 1
    assert tags.count("caption") == tags.count("thead")
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in page.attributes if tag == "th")
    assert "trust?" in page.text["del"]
    assert "<trust> & respect?" in page.text["ins"]
    assert "&lt;trust&gt; &amp; respect?" in text
    assert ("div", {"lang": "en"}) in page.attributes
    words = " ".join(" ".join(page.text["main"]).split())
    assert "These changes need a major version, because" in words
    assert "LIKE" in words
    assert "names nothing that changed" in words
    assert all(label in words for label in ("Name", "Date", "Signature"))


def test_a_draft_without_a_release_has_nothing_to_be_compared_with(run: Run, project: Path) -> None:
    code, _, err = run("diff", "small")
    assert code == 2
    assert "no release beside it" in err
    assert run("diff", "small@9.9.9", "small")[0] == 2
    assert project.is_dir()


def test_what_was_declared_on_the_way_stays_excused(run: Run, project: Path) -> None:
    declared = ("consent: CONSENT", "editorial:\n  - {item: TRUST, reason: a slip}\nconsent: CONSENT")
    run("release", "small")
    edit(project, "1.0.1", ("en: How much trust?", "en: How much trusst?"), declared)
    assert run("release", "small")[0:3:2] == (0, "")
    edit(project, "1.1.0", (declared[1], declared[0]), ("en: Anything else?", "en: More?"))
    assert run("release", "small")[0:3:2] == (0, "")
    _, out, _ = run("diff", "small@1.0.0", "small@1.1.0")
    assert "need a minor version" in out
    assert "(editorial: a slip)" in out
    edit(project, "2.0.0", ("en: How much trusst?", "en: Which trust?"))
    assert run("release", "small")[0:3:2] == (0, "")
    assert "need a major version" in run("diff", "small@1.0.0", "small@2.0.0")[1]
