"""The files: every text, every instruction, in both formats."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from html import unescape
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from trustsurvey.cli import app
from trustsurvey.errors import ReportError, UnknownNameError, WriteError
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.blocks import Entry
from trustsurvey.instruments.paper.docx import docx_bytes
from trustsurvey.instruments.paper.form import paper_form
from trustsurvey.instruments.paper.pdf import pdf_bytes
from trustsurvey.instruments.paper.reference import reference_docx
from trustsurvey.instruments.paper.writing import write_paper
from trustsurvey.instruments.questions import QuestionType

WORDS = {
    "fr": [
        "Le questionnaire s’arrête ici", "Passez à la question 6", "Passez maintenant à la question 6.",
        "Cette partie ne vous concerne que si vous avez écrit le nombre 18 ou plus à la question 6.",
        "Sinon, passez à la fin du questionnaire.", "Cochez une case par ligne.", "Cochez 2 cases au maximum.",
        "Seulement si vous avez coché « Parfois & plus » ou « Souvent \\ #x » à la question 7b et si (vous avez coché "
        "« Jamais <b> » à la question 8 ou si vous n’avez pas coché « Oui » à la question 2). Sinon, passez à la "
        "question 10.",
    ],
    "nl": [
        "De vragenlijst stopt hier", "Ga naar vraag 6", "Ga nu naar vraag 6.",
        "Dit deel is alleen voor u bedoeld als u bij vraag 6 het getal 18 of meer hebt ingevuld.",
        "Ga anders naar het einde van de vragenlijst.", "Kruis op elke regel één vakje aan.",
        "Alleen als u bij vraag 7b “Soms & meer” of “Vaak \\ #x” hebt aangekruist en als (u bij vraag 8 “Nooit <b>” "
        "hebt aangekruist of als u bij vraag 2 “Ja” niet hebt aangekruist). Ga anders naar vraag 10.",
    ],
    "en": [
        "The questionnaire ends here", "Go to question 6", "Now go to question 6.",
        "This part is for you only if you wrote the number 18 or more at question 6.",
        "Otherwise, go to the end of the questionnaire.", "Tick one box in each row.", "Tick up to 2 boxes.",
        "Only if you ticked “Sometimes & more” or “Often \\ #x” at question 7b and if (you ticked “Never <b>” at "
        "question 8 or if you did not tick “Yes” at question 2). Otherwise, go to question 10.",
    ],
}  # fmt: skip


def flat(text: str) -> str:
    """Return a text without the places where lines and columns break it."""
    return re.sub(r"\s+", "", text)


def pdf_text(content: bytes) -> str:
    return flat("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def docx_text(content: bytes, part: str = "word/document.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(name))
        xml = archive.read(part).decode()
    return flat(unescape(re.sub(r"<[^>]+>", "", xml)))


def texts(instrument: Instrument, language: str) -> list[str]:
    """Return every text that stands on a form."""
    found = [instrument.title, instrument.welcome, instrument.end]
    for group in instrument.groups:
        found += [group.title, group.description]
        for question in group.questions:
            if question.type is QuestionType.HIDDEN or question.code == "WEB":
                continue
            found += [question.text, question.help, question.other, *question.ends]
            found += [item.text for item in question.items]
            found += [point.label for point in question.scale.points] if question.scale else []
    return [text[language] for text in found if text]


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
@pytest.mark.parametrize(("write", "read"), [(pdf_bytes, pdf_text), (docx_bytes, docx_text)])
def test_every_text_and_every_instruction(
    language: str, write: Callable[..., bytes], read: Callable[[bytes], str], routed: Instrument
) -> None:
    content = read(write(paper_form(routed, language)))
    missing = [text for text in (*texts(routed, language), *WORDS[language]) if flat(text) not in content]
    assert missing == []
    assert "Webstek" not in content
    assert "Site?" not in content


@pytest.mark.parametrize(("name", "language"), [("citizen-trust", "fr"), ("everything", "en"), ("odd", "en")])
def test_whole_instruments(name: str, language: str, instruments: dict[str, Instrument]) -> None:
    form = paper_form(instruments[name], language)
    document = docx_text(docx_bytes(form))
    page = pdf_text(pdf_bytes(form))
    for text in texts(instruments[name], language):
        assert flat(text) in document
        # Long lines of a table wrap in the middle of what stands beside them.
        assert all(flat(word) in page for word in text.replace("😀", "").split())


def test_numbers_have_no_gaps(instruments: dict[str, Instrument]) -> None:
    for instrument in instruments.values():
        for language in instrument.languages:
            entries = [block for block in paper_form(instrument, language).blocks if isinstance(block, Entry)]
            assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))


def test_the_footer_names_the_version(routed: Instrument) -> None:
    form = paper_form(routed, "fr")
    reader = PdfReader(io.BytesIO(pdf_bytes(form)))
    for number, page in enumerate(reader.pages, start=1):
        content = flat(page.extract_text())
        assert flat(f"routed · version 2.0.1 · empreinte {routed.digest[:12]}") in content
        assert flat(f"page {number} / {len(reader.pages)}") in content
    assert flat(f"empreinte {routed.digest[:12]}") in docx_text(docx_bytes(form), "word/footer1.xml")


def test_a_pdf_is_for_screen_readers_too(routed: Instrument) -> None:
    catalogue = PdfReader(io.BytesIO(pdf_bytes(paper_form(routed, "nl")))).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"] == True  # noqa: E712
    assert catalogue["/Lang"].startswith("nl")


def test_tables_of_a_document_have_header_rows(routed: Instrument) -> None:
    with zipfile.ZipFile(io.BytesIO(docx_bytes(paper_form(routed, "en")))) as archive:
        xml = archive.read("word/document.xml").decode()
    tables = re.findall("<w:tbl>.*?</w:tbl>", xml, re.DOTALL)
    assert len(tables) == 1
    assert all("<w:tblHeader" in table for table in tables)
    assert '<w:pStyle w:val="Heading1" />' in xml


def test_nothing_is_printed_off_the_page(instruments: dict[str, Instrument]) -> None:
    reader = PdfReader(io.BytesIO(pdf_bytes(paper_form(instruments["citizen-trust"], "fr"))))
    for page in reader.pages:
        places: list[tuple[float, float]] = []

        def visit(text: str, cm: list[float], tm: list[float], *_: object, found: object = places) -> None:
            assert isinstance(found, list)
            if text.strip():
                x, y = tm[4], tm[5]
                found.append((cm[0] * x + cm[2] * y + cm[4], cm[1] * x + cm[3] * y + cm[5]))

        page.extract_text(visitor_text=visit)
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        assert places
        assert all(40 < x < width - 40 and 20 < y < height - 30 for x, y in places)


def test_no_heading_stands_alone_at_the_foot(instruments: dict[str, Instrument]) -> None:
    instrument = instruments["citizen-trust"]
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf_bytes(paper_form(instrument, "fr")))).pages]
    titles = {flat(group.title["fr"]) for group in instrument.groups}
    questions = [flat(question.text["fr"]) for question in instrument.questions]
    for page, _ in pairwise(pages):
        lines = [flat(line) for line in page.splitlines() if line.strip() and "empreinte" not in line]
        assert lines[-1] not in titles
        assert not any(question.endswith(lines[-1]) and len(lines[-1]) > 5 for question in questions)


def test_arabic_and_signs_that_no_font_has(instruments: dict[str, Instrument]) -> None:
    form = paper_form(instruments["odd"], "ar")
    assert form.direction == "rtl"
    assert len(PdfReader(io.BytesIO(pdf_bytes(form))).pages) >= 2
    document = docx_text(docx_bytes(form))
    assert flat("ثقة {CONSENT}؟") in document
    assert flat("Tick one box.") in document


def test_the_command_writes_a_file_for_each_language(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["paper", "citizen-trust@1.0.0", "--language", "fr,en", "--to", "pdf,docx", "-o", str(tmp_path / "form")]
    )
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "form-en.docx", "form-en.pdf", "form-fr.docx", "form-fr.pdf"
    ]  # fmt: skip


def test_unknown_names_are_refused(routed: Instrument, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no language 'de'; available: fr, nl, en"):
        paper_form(routed, "de")
    with pytest.raises(UnknownNameError, match="no format 'odt'; available: pdf, docx"):
        write_paper(routed, "fr", tmp_path / "form", ["odt"])
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="cannot be written"):
        write_paper(routed, "fr", tmp_path / "file" / "form", ["docx"])
    with pytest.raises(ReportError, match="install pypandoc_binary again"):
        reference_docx(b"nothing", paper_form(routed, "fr"))
