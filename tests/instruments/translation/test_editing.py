from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustsurvey.documents.document import read_document
from trustsurvey.errors import WriteError
from trustsurvey.instruments.reading import check
from trustsurvey.instruments.translation.editing import write_texts
from trustsurvey.instruments.translation.texts import readable_document, texts_of
from trustsurvey.resources import share

INSTRUMENTS = share() / "instruments"
SHIPPED = [
    INSTRUMENTS / "citizen-trust" / "releases" / "1.0.0.yaml",
    INSTRUMENTS / "business-safety" / "draft.yaml",
    INSTRUMENTS / "bank" / "answer-scales" / "1.0.0.yaml",
]


def edit(path: Path, output: Path, language: str = "nl", **texts: str) -> None:
    """Write texts of a language, by key; ``A.text`` is written ``A_text``."""
    paths = {each.key.replace(".", "_").replace(":", "_"): each.path for each in texts_of(readable_document(path))}
    write_texts(path, {paths[key]: {language: words} for key, words in texts.items()}, language, output)


def test_the_same_texts_leave_every_byte(tmp_path: Path) -> None:
    output = tmp_path / "out.yaml"
    for path in SHIPPED:
        texts = texts_of(readable_document(path))
        write_texts(path, {each.path: dict(each.translations) for each in texts}, "fr", output)
        assert output.read_bytes() == path.read_bytes()


def test_a_text_changes_in_its_own_style(styles: Path, differing: Callable[[Path], list[str]]) -> None:
    edit(
        styles,
        styles,
        title="Titel: nieuw",
        end='Zeg "dank u"',
        scale_often_2_label="'s Avonds",
        A_text="Hoe vaak, denkt u?",
        B_ends_1="Niets, echt",
        A_two_text="Ze legt het uit",
    )
    assert differing(styles) == [
        '  nl: "Titel: nieuw"',
        'end: {fr: \'Merci\', nl: "Zeg \\"dank u\\""}',
        "          nl: '''s Avonds'",
        '        text: {fr: "À quelle fréquence ?", nl: "Hoe vaak, denkt u?"}',
        "                   nl: Ze legt het uit}",
        '        ends: [{fr: Rien, nl: "Niets, echt"}, {fr: Tout, nl: Alles}]',
    ]
    assert check(styles) == []


def test_a_long_text_is_folded_and_a_folded_one_stays_folded(
    styles: Path, differing: Callable[[Path], list[str]]
) -> None:
    long = "Hoeveel woorden passen er op een regel? " * 4
    edit(styles, styles, B_text=long.strip())
    edit(styles, styles, "fr", welcome="Bienvenue.")
    first, header, *folded = differing(styles)
    assert first == "    Bienvenue."
    assert header == "          nl: >-"
    assert [line[:12].strip() for line in folded] == ["", ""]
    assert " ".join(line.strip() for line in folded) == long.strip()
    assert "  # between\n  nl: |-\n" in styles.read_text(encoding="utf-8")


def test_a_language_is_added_behind_the_last_one(styles: Path, differing: Callable[[Path], list[str]]) -> None:
    texts = {each.key: each.path for each in texts_of(readable_document(styles))}
    write_texts(styles, {path: {"de": f"Wort: {key}"} for key, path in texts.items()}, "de", styles)
    assert check(styles) == []
    lines = differing(styles)
    assert lines[0] == "languages: [fr, nl, de]  # two"
    assert '  de: "Wort: title"' in lines
    assert '      - {code: 1, label: {fr: Jamais, nl: Nooit, de: "Wort: scale:often.1.label"}}   # lowest' in lines
    assert '                   nl: Ze legt uit, de: "Wort: A.two.text"}' in lines
    kept = [line for line in styles.read_text(encoding="utf-8").splitlines() if line.lstrip().startswith("#")]
    assert kept == ["# A survey.", "  # between", "          # last", "      # The first."]


def test_a_list_of_languages_in_lines_grows_by_a_line(styles: Path) -> None:
    text = styles.read_text(encoding="utf-8").replace("[fr, nl]  # two", "\n  - fr\n  - nl  # two")
    styles.write_text(text, encoding="utf-8")
    edit(styles, styles, "de", title="Titel")
    assert "  - fr\n  - nl  # two\n  - de\n" in styles.read_text(encoding="utf-8")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_mark_stay(styles: Path, newline: str, mark: bytes) -> None:
    text = styles.read_text(encoding="utf-8").replace("\n", newline)
    styles.write_bytes(mark + text.encode())
    edit(styles, styles, "de", title="Titel", welcome="Willkommen.\nAuf Wiedersehen.", A_one_text="Sie hört zu")
    edit(styles, styles, welcome="Dag.", title="Een " * 40 + "titel")
    written = styles.read_bytes()
    assert written.startswith(mark)
    assert written.count(b"\n") == written.count(newline.encode())
    assert not read_document(styles).problems


LAYOUTS = {
    "a remark behind the text": "title:\n  fr: a\n  nl: b   # said aloud\nx: 1\n",
    "a remark behind the fold": "title:\n  fr: a\n  nl: >-   # said aloud\n    b\nx: 1\n",
    "nothing yet": "title:\n  fr: a\n  nl:\n",
    "nothing yet, and a remark": "title:\n  fr: a\n  nl:   # later\nx: 1\n",
    "nothing yet, between brackets": "title: {fr: a, nl: }\n",
    "null": "title: {fr: a, nl: ~}\n",
    "several lines without quotes": "title:\n  fr: a\n  nl: one\n    two\n    three\nx: 1\n",
    "several lines between quotes": 'title:\n  fr: a\n  nl: "one\n    two"\nx: 1\n',
    "an indentation of its own": "title:\n  fr: a\n  nl: >2-\n    one\n    two\nx: 1\n",
    "a line end that counts": "title:\n  fr: a\n  nl: >\n    one\n\nx: 1\n",
    "texts below their keys": "title:\n  fr:\n    a\n  nl:\n    b\nx: 1\n",
    "marks of a document": "title:\n  fr: a\n  nl: b\n...\n",
    "no line end": "title:\n  fr: a\n  nl: b",
    "brackets over lines": "title: {\n  fr: a,\n  nl: b,\n  }\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("words", ["Woord: één # twee", "woord " * 40 + "einde", "a\nb"])
@pytest.mark.parametrize("language", ["nl", "ar"])
def test_texts_find_their_place_in_any_layout(layout: str, words: str, language: str, tmp_path: Path) -> None:
    path = tmp_path / "layout.yaml"
    path.write_text(f"languages: [fr, nl]\n{LAYOUTS[layout]}", encoding="utf-8")
    before = read_document(path).content
    write_texts(path, {("title",): {language: words}}, language, path)
    content = read_document(path).content
    assert content["title"][language] == words
    assert content["title"]["fr"] == "a"
    assert content.get("x") == before.get("x")
    assert path.read_text(encoding="utf-8").count("# said") == LAYOUTS[layout].count("# said")


def test_a_layout_that_is_not_known_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "layout.yaml"
    text = "languages: [fr]\ntitle:\n  ? fr\n  : a\nx: 1\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WriteError, match="write texts as fr: words"):
        write_texts(path, {("title",): {"nl": "b"}}, "nl", path)
    assert path.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_an_error(styles: Path, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        edit(styles, tmp_path / "nowhere" / "out.yaml", title="Titel")


LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff"
)
TEXTS = st.text(LETTERS | st.sampled_from(" \n:#'\"{}[],&*!|>%@`-?\\"), min_size=1).map(str.strip).filter(bool)


@settings(max_examples=30)
@given(TEXTS, st.sampled_from(["title", "welcome", "end", "A.text", "A.two.text", "B.ends.2", "scale:often.2.label"]))
def test_any_text_reads_back_wherever_it_stands(tmp_path_factory: pytest.TempPathFactory, words: str, key: str) -> None:
    from_here = Path(__file__).parent / "conftest.py"
    content = from_here.read_text(encoding="utf-8").split('STYLES = """\\\n')[1].split('"""')[0]
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(content, encoding="utf-8")
    place = next(each.path for each in texts_of(readable_document(path)) if each.key == key)
    for language in ("fr", "nl", "de"):
        write_texts(path, {place: {language: words}}, language, path)
    found = next(each for each in texts_of(readable_document(path)) if each.key == key)
    assert found.translations == {"fr": words, "nl": words, "de": words}
    assert path.read_text(encoding="utf-8").count("#") >= 7
