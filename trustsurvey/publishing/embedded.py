"""Render a Quarto source without Quarto: a notebook kernel runs the cells, pandoc and Typst write page and PDF."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pypandoc
import typst

from trustsurvey.errors import ReportError
from trustsurvey.publishing.execution import execute
from trustsurvey.publishing.source import Source
from trustsurvey.publishing.words import Words

__all__ = ["render_embedded"]

TEMPLATE = Path(__file__).parent / "template"
_WORDS = (
    "skip_to_content", "contents", "code", "figure", "table", "section", "colon",
    "note", "tip", "important", "warning", "caution",
)  # fmt: skip


def render_embedded(source: Source, folder: Path, formats: Sequence[str]) -> dict[str, Path]:
    """Render a source in a folder, running its cells once.

    Parameters
    ----------
    source : Source
    folder : Path
        Where the cells run and write, and where the files are made.
    formats : sequence of "html" or "pdf"

    Returns
    -------
    dict of Path
        The file of each format.

    Raises
    ------
    ReportError
        A cell failed, a reference leads nowhere, or pandoc or Typst found something wrong.
    """
    text = execute(source, folder)
    path = folder / Path(source.name).name
    metadata = path.with_suffix(".metadata.json")
    metadata.write_text(json.dumps(_metadata(source), ensure_ascii=False), encoding="utf-8")
    writers = {"html": _html, "pdf": _pdf}
    return {kind: writers[kind](text, path, metadata, source) for kind in formats}


def _metadata(source: Source) -> dict[str, Any]:
    header = source.header
    words = Words(str(header.get("lang", "en"))[:2])
    kept = {key: header[key] for key in ("title", "subtitle", "author", "date") if header.get(key)}
    return {
        **{key: str(value) if not isinstance(value, list) else value for key, value in kept.items()},
        "lang": words.language,
        "report-words": {key: words(key) for key in _WORDS},
    }


def _options(source: Source, kind: str) -> Mapping[str, Any]:
    """Return the header's options for a format: its own before the common ones."""
    formats = source.header.get("format")
    own = formats.get(kind) if isinstance(formats, dict) else None
    return {**source.header, **(own if isinstance(own, dict) else {})}


def _html(text: str, path: Path, metadata: Path, source: Source) -> Path:
    options = _options(source, "html")
    variables = {"page-style": "page.css", "page-script": "page.js"}
    arguments = [f"--variable={key}={(TEMPLATE / file).read_text(encoding='utf-8')}" for key, file in variables.items()]
    page = _pandoc(text, path, metadata, source, options, "html5", "page.html", [*arguments, "--mathml"])
    output = path.with_suffix(".html")
    output.write_text(_with_images(page, path.parent), encoding="utf-8")
    return output


def _pdf(text: str, path: Path, metadata: Path, source: Source) -> Path:
    options = _options(source, "typst")
    title = json.dumps(str(source.header.get("title", "")), ensure_ascii=False)[1:-1]
    arguments = [f"--variable=pdf-title={title}"]
    if options.get("papersize"):
        arguments.append(f"--variable=papersize={options['papersize']}")
    document = path.with_suffix(".typ")
    document.write_text(
        _pandoc(text, path, metadata, source, options, "typst", "page.typ", arguments), encoding="utf-8"
    )
    output = path.with_suffix(".pdf")
    try:
        typst.compile(
            str(document),
            output=str(output),
            root=str(path.parent),
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],  # readable by a screen reader: tagged, with a language and alternative texts
        )
    except (RuntimeError, typst.TypstError) as error:
        said = _first_line(str(error))
        remedy = "; give every figure a fig-alt" if "alt text" in said else ""
        raise ReportError(f"Typst could not make the PDF of {source.name}: {said}{remedy}") from error
    return output


def _pandoc(
    text: str,
    path: Path,
    metadata: Path,
    source: Source,
    options: Mapping[str, Any],
    writer: str,
    template: str,
    arguments: Sequence[str],
) -> str:
    numbered = "true" if options.get("number-sections") else "false"
    command = [
        _pandoc_program(),
        "--from=markdown",
        f"--to={writer}",
        "--standalone",
        f"--template={TEMPLATE / template}",
        f"--lua-filter={TEMPLATE / 'quarto.lua'}",
        f"--metadata-file={metadata}",
        f"--metadata=number-sections:{numbered}",
        "--syntax-highlighting=none",
        "--wrap=none",
        "--columns=10",  # every table gets relative widths, from the lengths of its cells
        *(["--toc", f"--toc-depth={options.get('toc-depth', 3)}"] if options.get("toc") else []),
        *arguments,
    ]
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", cwd=path.parent)
    if done.returncode:
        said = re.search(r"REPORT: (.*)", done.stderr)
        raise ReportError(f"{source.name}: {said[1] if said else _first_line(done.stderr)}")
    return done.stdout


def _pandoc_program() -> str:
    """Return the pandoc that comes with pypandoc_binary; another one on the machine may lack what is used here."""
    folder = Path(pypandoc.__file__).parent / "files"
    for program in (folder / "pandoc", folder / "pandoc.exe"):
        if program.is_file():
            return str(program)
    raise ReportError("pandoc is missing; install it with: pip install pypandoc_binary")


def _with_images(page: str, folder: Path) -> str:
    """Put every image of the folder into the page itself."""
    kinds = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}

    def embedded(found: re.Match[str]) -> str:
        file = folder / found[1]
        if file.suffix not in kinds or not file.is_file():
            return found[0]
        content = base64.b64encode(file.read_bytes()).decode("ascii")
        return f'src="data:{kinds[file.suffix]};base64,{content}"'

    return re.sub(r'src="([^":]+)"', embedded, page)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")
