"""Texts with mark-up and expressions as plain texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustsurvey.limesurvey.adoption.texts import plain
from trustsurvey.limesurvey.texts import shown

NESTED = "{if(a == '}', \"{b}\", 'it\\'s')}"


@pytest.mark.parametrize(
    ("html", "text", "mark_up", "expressions"),
    [
        ("plain", "plain", (), ()),
        ("two\nlines of  one", "two lines of  one", (), ()),
        ("one<br />two<br>three", "one\ntwo\nthree", (), ()),
        ("<p>One</p>\n\n<p>Two</p>\n", "One\n\nTwo", (), ()),
        ("<div>One</div><div>Two</div>", "One\nTwo", (), ()),
        ("<ul>\n<li>a</li>\n<li>b &amp; c</li>\n</ul>after", "- a\n- b & c\nafter", (), ()),
        ("<strong>Bold</strong> and <em>so</em>", "Bold and so", ("strong", "em"), ()),
        ('<a href="https://example.org/">here</a>', "here (https://example.org/)", (), ()),
        ('<a href="mailto:me@example.org">me@example.org</a>', "me@example.org", (), ()),
        ('<img src="x.png" alt="A map" />', "[A map]", ("img",), ()),
        ("<script>if (a < b) { x }</script>Text<style>p { color: red }</style>", "Text", ("script", "style"), ()),
        ("a < b & c > d", "a < b & c > d", (), ()),
        ("&lt;b&gt; &#233; &nbsp;x", "<b> é \u00a0x", (), ()),
        ("Hello {NAME}, { not }", "Hello {NAME}, { not }", (), ("{NAME}",)),
        (NESTED, NESTED, (), (NESTED,)),
        ("\\{NAME\\}", "{NAME}", (), ()),
        ("<!-- hidden -->seen", "seen", (), ()),
        ("<p></p>", "", (), ()),
    ],
)
def test_plain(html: str, text: str, mark_up: tuple[str, ...], expressions: tuple[str, ...]) -> None:
    read = plain(html)
    assert (read.text, read.mark_up, read.expressions) == (text, mark_up, expressions)


@pytest.mark.parametrize(
    ("spoiled", "text"),
    [
        ("dÃ©jÃ\u00a0 vu", "déjà vu"),
        ("it\x92s", "it’s"),
        ("â€™", "’"),
        ("lost \ufffd", "lost ?"),
        ("Ã© and –", "é and –"),
    ],
)
def test_spoiled_letters(spoiled: str, text: str) -> None:
    read = plain(spoiled)
    assert read.text == text
    assert read.repaired


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S"), include_characters=" \n{}<>&\\'\"")))
def test_what_build_writes_comes_back(text: str) -> None:
    text = text.strip()
    if not plain(text).repaired:
        assert plain(shown(text)).text == text
