from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pypandoc
import pytest

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.codebook.counts import CodeCounts
from trustsurvey.instruments.codebook.ddi import codebook_ddi
from trustsurvey.instruments.codebook.entries import entries
from trustsurvey.instruments.codebook.html import codebook_html
from trustsurvey.instruments.codebook.markdown import codebook_markdown
from trustsurvey.instruments.model import Instrument, RecordDefinition
from trustsurvey.instruments.questions import Text
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.publishing.self_contained import loads

VOID = {"meta", "link", "br", "col"}


class Outline(HTMLParser):
    """Collects identifiers, links, levels of titles and the words of a page, and checks that tags are closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[str] = []
        self.levels: list[int] = []
        self.words: list[str] = []
        self.language = ""
        self.inside: list[str] = []
        self.feed(page)
        self.close()
        assert not self.inside

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found and tag == "a" else []
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.language = found.get("lang") or self.language
        if tag not in VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(params=["fr", "nl", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_page_has_a_place_for_every_variable_and_index(citizen: Instrument, language: str) -> None:
    page = codebook_html(citizen, language)
    outline = Outline(page)
    names = [entry.name for entry in entries(citizen)] + list(citizen.indices)
    assert {f"v-{name}" for name in names} <= set(outline.ids)
    assert len(set(outline.ids)) == len(outline.ids)
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert outline.language == language
    assert outline.levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert loads(page) == []


def test_the_page_says_what_is_asked_of_whom_and_what_is_done_with_it(citizen: Instrument) -> None:
    text = Outline(codebook_html(citizen, "en")).text
    assert citizen.digest in text
    assert "In general, how much trust do you have in the police?" in text
    assert "from 0 (“No trust at all”) to 10 (“Complete trust”)" in text
    assert 'those for whom REPORTED is “Yes” REPORTED = "yes"' in text
    assert "Tankebe 2009, construct; own wording" in text
    assert "procedural_justice (reversed)" in text
    assert "This question leaves no column: the data keep only origin of it." in text
    assert 'NATNOW = "BE" and NATFIRST = "BE" and NATMOTHER = "BE" and NATFATHER = "BE"' in text
    assert "4 of 8" in text
    assert "21004 Brussels" in text


def test_every_key_of_an_instrument_is_told(every: Instrument) -> None:
    text = Outline(codebook_html(every, "en")).text
    for told in (
        "[A-Z]{2}[0-9]+",
        "at most 2 answers",
        "from 2020-01-01 to 2026-12-31",
        "from 16 to 110",
        "the statements",
        "Value stored web",
        "those who chose “Otherwise” in HOW",
        "rank 2",
        "not_too_much",
        "a spelling mistake",
        "Read this",
        "Let us begin",
        "online, on paper",
        "3 4 Agree",
        "2026",
    ):
        assert told in text, told


def test_texts_are_escaped(write: Callable[[str | bytes], Path], everything: str) -> None:
    nasty = "Trust <b>you</b> | *this* & `that`? [no](http://example.org) a_b_c"
    path = write(everything.replace("en: Trust?", f"en: '{nasty}'"))
    instrument = load_instrument(path)
    page = codebook_html(instrument, "en")
    assert "<b>you" not in page
    assert nasty in Outline(page).text
    rendered = pypandoc.convert_text(codebook_markdown(instrument, "en"), "html", format="gfm")
    assert "<b>you" not in rendered
    # A bare address becomes a link of its own, but the words stay as they are.
    assert "".join(nasty.split()) in "".join(Outline(rendered).words).replace(" ", "").replace("\n", "")


def test_the_markdown_page_reads_as_the_other_one(citizen: Instrument, every: Instrument, language: str) -> None:
    for instrument in (citizen, every):
        if language not in instrument.languages:
            continue
        rendered = Outline(pypandoc.convert_text(codebook_markdown(instrument, language), "html", format="gfm"))
        names = [entry.name for entry in entries(instrument)] + list(instrument.indices)
        assert {f"v-{name}" for name in names} <= set(rendered.ids)
        assert {link.removeprefix("#") for link in rendered.links} <= set(rendered.ids)
        shown = set(re.findall(r"\w+", Outline(codebook_html(instrument, language)).text))
        told = set(re.findall(r"\w+", rendered.text))
        captions = {"Skip", "to", "content", "Aller", "au", "contenu", "Naar", "de", "inhoud"}
        # Captions and the link to the content are on the HTML page only.
        assert len(shown - told - captions) < 12


def test_a_language_that_the_instrument_lacks_is_an_error(citizen: Instrument) -> None:
    with pytest.raises(UnknownNameError, match="de"):
        codebook_html(citizen, "de")


def test_counts_are_shown_as_given_and_withheld_ones_named(citizen: Instrument) -> None:
    counts = CodeCounts(
        500,
        10,
        5,
        {
            "TRUST": {"answered": 400, "7": 100, "8": None, "refused": None, "not_asked": 15},
            "TREAT_respect": {"answered": 400, "1": 40, "2": 360, "dont_know": 20},
            "REPORTED": {"answered": 50, "yes": 35, "no": 15},
            "VICTIMTYPE_HATE": {"answered": 50, "true": None, "false": None},
            "origin": {"answered": 450, "non_belgian": 90},
            "COMMENT": {"answered": 25, "skipped": 475},
        },
    )
    text = Outline(codebook_html(citizen, "en", counts)).text
    assert "Respondents in the file 500" in text
    assert "Counts below 10 are not shown" in text
    assert "7 100 25%" in text
    assert "8 not shown" in text
    assert "refused prefers not to answer not shown" in text
    assert "yes Yes 35 70%" in text
    assert "TREAT_respect 40 360 20" in text
    assert "VICTIMTYPE_HATE not shown not shown" in text
    assert 'NATNOW = "OTH" 90 20%' in text
    assert "Answered 25" in text
    assert "not shown" not in Outline(codebook_html(citizen, "en")).text


def test_a_register_speaks_of_rows_and_not_of_people(every: Instrument) -> None:
    register = replace(every, consent="", record=RecordDefinition(Text.of({"fr": "Un acte", "en": "An act"}), ("HOW",)))
    text = Outline(codebook_html(register, "en")).text
    assert "One row stands for An act" in text
    assert "Key of a row HOW" in text
    assert "Filled in for rows for which" in text
    assert "every row" in text
    for word in ("respondent answered", "broken_off", "everybody", "reminder", "Modes of collection"):
        assert word not in text
    assert "broken_off" not in codebook_ddi(register)
