from __future__ import annotations

import re
import textwrap
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pypdf
import pytest

from trustsurvey.errors import InputError, MissingFileError, ReportError, UnknownNameError
from trustsurvey.publishing.report import render_report
from trustsurvey.publishing.self_contained import loads

LANGUAGES = ("fr", "nl", "en")


class Reader(HTMLParser):
    """The text a reader meets, alternative texts included, in the order of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.alternatives: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style")
        if tag == "img":
            alternative = dict(attrs).get("alt") or ""
            self.alternatives.append(alternative)
            self.text.append(alternative)

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="session")
def pdf_texts(report: Path) -> dict[str, str]:
    readers = {language: pypdf.PdfReader(report / f"monitoring-{language}.pdf") for language in ("fr", "en")}
    assert all(reader.metadata and reader.metadata.title for reader in readers.values())
    assert all(reader.root_object["/Lang"].startswith(language) for language, reader in readers.items())
    assert all("/StructTreeRoot" in reader.root_object for reader in readers.values())
    return {language: "".join(page.extract_text() for page in reader.pages) for language, reader in readers.items()}


def numbers(text: str, language: str) -> list[str]:
    """Return every number of a text in one notation."""
    if language == "en":
        text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    else:
        text = re.sub(r"(?<=\d)\u00a0(?=\d{3})", "", text)
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    return re.findall(r"\u2212?\d+(?:\.\d+)*", text)


def test_three_languages_hold_identical_numbers(report: Path) -> None:
    found = {each: numbers(" ".join(read(report / f"monitoring-{each}.html").text), each) for each in LANGUAGES}
    assert len(found["fr"]) > 900
    for language in ("nl", "en"):
        differing = [(a, b) for a, b in zip(found["fr"], found[language], strict=False) if a != b]
        assert differing == []
        assert len(found[language]) == len(found["fr"])


def test_the_headline_is_the_published_estimate(report: Path, pdf_texts: dict[str, str]) -> None:
    estimates = pd.read_csv(report / "tables" / "estimates.csv", dtype={"wave": str})
    row = estimates.query("measure == 'overall_trust' and domain == 'all' and wave == '2026'").iloc[0]
    for language in LANGUAGES:
        text = "".join(read(report / f"monitoring-{language}.html").text)
        expected = f"{row.estimate:.1f}" if language == "en" else f"{row.estimate:.1f}".replace(".", ",")
        assert expected in numbers_line(text)
        assert expected in pdf_texts.get(language, expected)


def numbers_line(text: str) -> str:
    return next(line for line in text.splitlines() if "2026" in line and "100" in line)


def test_the_pdf_holds_the_numbers_of_the_page(report: Path, pdf_texts: dict[str, str]) -> None:
    table = pd.read_csv(report / "tables" / "estimates.csv", dtype={"wave": str})
    shown = table.query("measure == 'overall_trust' and domain == 'district' and wave == 'all'")["estimate"].dropna()
    for language, text in pdf_texts.items():
        assert {f"{value:.1f}" for value in shown} <= set(numbers(text, language))


def test_every_figure_has_an_alternative_text_in_the_language(report: Path) -> None:
    texts = {each: read(report / f"monitoring-{each}.html").alternatives for each in LANGUAGES}
    assert len({len(each) for each in texts.values()}) == 1
    assert all(len(text) > 40 for each in texts.values() for text in each)
    assert all(len(set(same)) == 3 for same in zip(*texts.values(), strict=True))


def test_withheld_numbers_appear_nowhere(report: Path, pdf_texts: dict[str, str], sentinel: float) -> None:
    hidden = [f"{value:.1f}" for value in (sentinel, sentinel - 9, sentinel + 7)]
    marks = [each for value in hidden for each in (value, value.replace(".", ","))]
    for page in report.glob("*.html"):
        text = " ".join(read(page).text)
        assert [mark for mark in marks if re.search(rf"(?<!\d){re.escape(mark)}(?!\d)", text)] == []
        assert "×" in text
    for table in (report / "tables").iterdir():
        assert str(sentinel)[:4] not in table.read_text(encoding="utf-8")
    for text in pdf_texts.values():
        assert [mark for mark in marks if mark in text] == []


def test_pages_load_nothing(report: Path) -> None:
    for page in report.glob("*.html"):
        assert loads(page.read_text(encoding="utf-8")) == []


def test_pages_say_in_their_language_that_data_are_simulated(report: Path) -> None:
    for language, words in (("fr", "Données simulées"), ("nl", "Gesimuleerde gegevens"), ("en", "Simulated data")):
        page = (report / f"monitoring-{language}.html").read_text(encoding="utf-8")
        assert words in page
        assert f'<html lang="{language}">' in page


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<img src="https://a.example/x.png">', ["img https://a.example/x.png"]),
        ('<img srcset="//a.example/x.png 2x, data:,y 1x">', ["img //a.example/x.png"]),
        ('<script src="x.js"></script>', ["script x.js"]),
        ('<link rel="stylesheet" href="https://a.example">', ["link https://a.example"]),
        ("<style>@import 'a.css'; p { background: url( \"b.png\" ) }</style>", ["style a.css", "style b.png"]),
        ('<p style="background: url(//a.example)">', ["p //a.example"]),
        ('<svg><use xlink:href="x.svg#a"/><use href="#b"/></svg>', ["use x.svg#a"]),
        ('<meta http-equiv="refresh" content="0;url=https://a.example">', ["meta 0;url=https://a.example"]),
        ('<a href="https://a.example">x</a><img src="data:,"><link rel="icon" href="data:,">', []),
    ],
)
def test_what_a_page_would_load_is_found(markup: str, found: list[str]) -> None:
    assert loads(markup) == found


HEADER = """\
---
title: Little
format:
  html:
    number-sections: true
    code-fold: true
  typst:
    number-sections: true
---

```{python}
#| tags: [parameters]
#| include: false
language = "fr"
results = ""
policy = ""
```

"""


@pytest.fixture
def little(tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch):
    """Render a little source to a page and return its text."""
    monkeypatch.setattr("shutil.which", lambda _: None)

    def render(body: str, language: str = "nl", formats: tuple[str, ...] = ("html",)) -> str:
        source = tmp_path / "little.qmd"
        source.write_text(HEADER + textwrap.dedent(body), encoding="utf-8")
        made = render_report(source, results, language, formats, tmp_path / "out")
        return made[0].read_text(encoding="utf-8") if formats[0] == "html" else str(made[0])

    return render


def test_what_quarto_adds_is_there(little) -> None:
    page = little(
        """\
        # Een {#sec-one}

        Zie @fig-plot, @tbl-x, [@fig-plot; @tbl-x], [-@fig-plot] en @sec-two; taal `{python} language`.

        ```{python}
        #| label: fig-plot
        #| fig-cap: A line
        #| fig-alt: A rising line
        from IPython.display import SVG
        SVG("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
        ```

        ```{python}
        #| label: tbl-x
        #| tbl-cap: Numbers
        #| output: asis
        #| echo: false
        print("| a | b |\\n|---|--:|\\n| x | 1 |")
        ```

        ## Twee {#sec-two}

        ::: {.callout-tip collapse="true"}
        ## Titel
        Inhoud
        :::

        ::: {.callout-important}
        Belangrijke inhoud
        :::

        ::: {.panel-tabset}
        ## Links

        L

        ## Rechts

        R
        :::
        """
    )
    text = re.sub(r"[ \n]+", " ", page)
    assert '<a href="#fig-plot" class="reference">Figuur\u00a01</a>' in text
    assert '<a href="#tbl-x" class="reference">Tabel\u00a01</a>' in text
    assert '<a href="#fig-plot" class="reference">1</a>' in text
    assert '<a href="#sec-two" class="reference">Paragraaf\u00a01.1</a>' in text
    assert "taal nl." in text
    assert "Figuur\u00a01: A line" in text
    assert 'alt="A rising line"' in text
    assert "Tabel\u00a01: Numbers" in text
    assert '<th scope="row">x</th>' in text
    assert '<details class="code-fold"><summary>Code</summary>' in text
    assert '<details class="callout callout-tip"><summary> Titel </summary>' in text
    assert '<p class="callout-title"> Belangrijk </p>' in text
    assert text.count('class="tab-panel"') == 2


def test_a_broken_cell_is_an_error_at_its_line(little) -> None:
    with pytest.raises(ReportError) as caught:
        little("Text\n\n```{python}\n#| echo: false\nfine = 1\nfine / 0\n```\n")
    message = str(caught.value)
    assert re.search(r"little\.qmd:24: the cell failed with ZeroDivisionError: division by zero$", message)
    assert "Traceback" not in message


def test_a_broken_expression_in_text_is_an_error_at_its_line(little) -> None:
    with pytest.raises(ReportError, match=r"little\.qmd:20: the cell failed with NameError"):
        little("Text\n`{python} nothing` here\n")


def test_a_reference_to_nothing_is_an_error(little) -> None:
    with pytest.raises(ReportError, match="@fig-none refers to nothing on the page"):
        little("See @fig-none.\n")


def test_a_figure_without_alternative_text_makes_no_pdf(little) -> None:
    figure = """\
        ```{python}
        #| label: fig-plot
        #| fig-cap: A line
        from IPython.display import SVG
        SVG("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
        ```
        """
    with pytest.raises(ReportError, match="missing alt text; give every figure a fig-alt"):
        little(figure, formats=("pdf",))


def test_a_page_that_would_load_something_is_refused(little) -> None:
    with pytest.raises(ReportError, match=r"would load img https://a\.example/x\.png"):
        little("```{python}\n#| output: asis\nprint(\"<img src='https://a.example/x.png'>\")\n```\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\ntitle: x\n", "the header is not closed"),
        ("---\ntitle: [x\n---\n", "the header is not YAML"),
        ("---\n- x\n---\n", "not made of `key: value` lines"),
        ("```{python}\nx = 1\n", "this code block is not closed"),
        ("```{python}\n#| label: [\nx = 1\n```\n", "the header of the cell is not YAML"),
        ("no cells", "0 cells tagged `parameters`"),
    ],
)
def test_a_source_that_cannot_be_read(tmp_path: Path, results: Path, text: str, message: str) -> None:
    source = tmp_path / "bad.qmd"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=re.escape(message)):
        render_report(source, results, "fr", output=tmp_path)


def test_arguments_that_cannot_be_used(tmp_path: Path, results: Path, source: Path) -> None:
    with pytest.raises(MissingFileError, match="no report source"):
        render_report(tmp_path / "none.qmd", results, "fr")
    with pytest.raises(MissingFileError, match="is a folder; give the path of a report source"):
        render_report(tmp_path, results, "fr")
    with pytest.raises(MissingFileError, match="is a folder; give the path of a disclosure policy"):
        render_report(source, results, "fr", policy=tmp_path)
    with pytest.raises(InputError, match=r"monitoring\.qmd is a file; name a folder for the reports"):
        render_report(source, results, "fr", output=source)
    with pytest.raises(MissingFileError, match=r"no folder of results .*run the study first"):
        render_report(source, tmp_path / "none", "fr")
    with pytest.raises(UnknownNameError, match="no report language 'de'; available: fr, nl, en"):
        render_report(source, results, "de")
    with pytest.raises(InputError, match="no such report format: docx; choose from html, pdf"):
        render_report(source, results, "fr", ("docx",))
    with pytest.raises(MissingFileError, match="no disclosure policy"):
        render_report(source, results, "fr", policy=tmp_path / "none.yaml")


FAKE_QUARTO = """\
#!{python}
import os, pathlib, sys, yaml
assert sys.argv[1:] == ["render", "monitoring.qmd"], sys.argv
assert os.environ["QUARTO_PYTHON"]
header = yaml.safe_load(pathlib.Path("monitoring.qmd").read_text(encoding="utf-8").split("---")[1])
assert sorted(header["format"]) == ["html", "typst"], header
assert header["lang"] == "nl"
{body}
"""


def fake_quarto(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    program = folder / "quarto"
    program.write_text(FAKE_QUARTO.format(python=sys.executable, body=body), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_quarto_renders_where_it_is_installed(
    tmp_path: Path, results: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = 'for kind in ("html", "pdf"): pathlib.Path(f"monitoring.{kind}").write_text("<p>made</p>")'
    fake_quarto(tmp_path, body, monkeypatch)
    made = render_report(source, results, "nl", output=tmp_path / "out")
    assert [path.name for path in made] == ["monitoring-nl.html", "monitoring-nl.pdf"]
    assert made[0].read_text(encoding="utf-8") == "<p>made</p>"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit('NameError: name x is not defined')", "NameError: name x is not defined"),
        ("pathlib.Path('monitoring.html').write_text('')", "it wrote no pdf"),
        (
            "for kind in ('html', 'pdf'): pathlib.Path(f'monitoring.{kind}').write_text('<script src=\"https://a.example\">')",
            "would load script https://a.example",
        ),
    ],
)
def test_quarto_failures_are_errors(
    tmp_path: Path, results: Path, source: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    fake_quarto(tmp_path, body, monkeypatch)
    with pytest.raises(ReportError, match=re.escape(message)):
        render_report(source, results, "nl", output=tmp_path / "out")
