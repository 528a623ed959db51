"""Render a report: with Quarto where it is installed, with the embedded renderer otherwise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from trustsurvey.errors import InputError, ReportError
from trustsurvey.progress import Progress, silent
from trustsurvey.publishing.embedded import render_embedded
from trustsurvey.publishing.page import Page, open_page
from trustsurvey.publishing.self_contained import loads
from trustsurvey.publishing.source import Source, filled, read_source, text_of

__all__ = ["FORMATS", "render_report", "render_reports"]

FORMATS = ("html", "pdf")


def render_report(
    source: str | Path,
    results: str | Path,
    language: str,
    formats: Sequence[str] = FORMATS,
    output: str | Path | None = None,
    policy: str | Path | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Render a report in one language.

    Parameters
    ----------
    source : path
        A Quarto source whose parameters are ``language``, ``results`` and ``policy``; ``reports/monitoring.qmd``.
    results : path
        The folder a study run wrote.
    language : "fr", "nl" or "en"
    formats : sequence of "html" or "pdf"
    output : path, optional
        Folder for the report, made where it does not exist; by default ``report`` beside the results.
    policy : path, optional
        A disclosure policy; by default ``disclosure.yaml`` in the results.
    progress : callable, optional
        Told in a few words what is being done.

    Returns
    -------
    list of Path
        The file of each format, ``monitoring-fr.html`` for example. The published tables stand beside them, in
        ``tables``.

    Raises
    ------
    ReportError
        A cell of the source failed, a reference leads nowhere, or the page would load something from elsewhere.
    MissingFileError, InputError, StudyError
        The source, the results or the policy are missing or damaged.
    """
    read, results = read_source(Path(source)), Path(results)
    output = Path(output) if output else results.resolve().parent / "report"
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; name a folder for the reports")
    formats = _known(formats)
    page = open_page(results, language, policy)
    parameters = {
        "language": language,
        "results": str(results.resolve()),
        "policy": str(Path(policy).resolve()) if policy else "",
    }
    ready = filled(read, parameters, _header(read, page, formats))
    quarto = shutil.which("quarto")
    progress(f"report {language}: {'Quarto' if quarto else 'embedded renderer'}")
    with tempfile.TemporaryDirectory(prefix="trustsurvey-report-") as scratch:
        folder = Path(scratch)
        made = _quarto(quarto, ready, folder, formats) if quarto else render_embedded(ready, folder, formats)
        if "html" in made:
            _check(made["html"], read)
        return _deliver(made, folder / "tables", output, f"{Path(source).stem}-{language}")


def render_reports(
    source: str | Path,
    results: str | Path,
    languages: Iterable[str],
    formats: Sequence[str] = FORMATS,
    output: str | Path | None = None,
    policy: str | Path | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Render a report in several languages, two at a time; see ``render_report``.

    Returns
    -------
    list of Path
        The files, language by language.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        jobs = [
            pool.submit(render_report, source, results, language, formats, output, policy, progress)
            for language in dict.fromkeys(languages)
        ]
        return [path for job in jobs for path in job.result()]


def _known(formats: Sequence[str]) -> tuple[str, ...]:
    formats = (formats,) if isinstance(formats, str) else tuple(dict.fromkeys(formats))
    unknown = [each for each in formats if each not in FORMATS]
    if unknown or not formats:
        named = ", ".join(unknown) if unknown else "none"
        raise InputError(f"no such report format: {named}; choose from {', '.join(FORMATS)}")
    return formats


def _header(source: Source, page: Page, formats: Sequence[str]) -> dict[str, Any]:
    """Return the header's entries in the language of the page."""
    declared = source.header.get("format")
    declared = declared if isinstance(declared, dict) else {}
    wanted = ["typst" if each == "pdf" else each for each in formats]
    created = str(page.release.provenance.get("created", ""))[:10]
    return {
        "title": str(page.title),
        "lang": page.words.language,
        "author": str(page.words("author", study=page.release.provenance.get("study", ""))),
        "date": created or None,
        "date-format": "iso",
        "format": {each: declared.get(each) or "default" for each in wanted},
    }


def _quarto(quarto: str, source: Source, folder: Path, formats: Sequence[str]) -> dict[str, Path]:
    path = folder / Path(source.name).name
    path.write_text(text_of(source), encoding="utf-8")
    environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
    done = subprocess.run(
        [quarto, "render", path.name], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    made = {each: path.with_suffix(f".{each}") for each in formats}
    lacking = [each for each, file in made.items() if not file.is_file()]
    if done.returncode or lacking:
        said = _said(done.stderr) or f"it wrote no {', '.join(lacking)}"
        raise ReportError(f"Quarto could not render {source.name}: {said}")
    return made


def _said(log: str) -> str:
    """Return the line of a log that says what went wrong."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in log.splitlines()]
    telling = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception)\b|ERROR", line)]
    return (telling or [line for line in lines if line] or [""])[-1]


def _check(page: Path, source: Source) -> None:
    found = loads(page.read_text(encoding="utf-8"))
    if found:
        shown = ", ".join(found[:3])
        raise ReportError(
            f"the page of {source.name} would load {shown}; a published page loads nothing: print tables as Markdown "
            "with output: asis, and set embed-resources: true and html-math-method: mathml"
        )


def _deliver(made: dict[str, Path], tables: Path, output: Path, stem: str) -> list[Path]:
    try:
        output.mkdir(parents=True, exist_ok=True)
        delivered = [_copy(path, output / f"{stem}{path.suffix}") for path in made.values()]
        if tables.is_dir():
            (output / "tables").mkdir(exist_ok=True)
            for table in sorted(tables.iterdir()):
                _copy(table, output / "tables" / table.name)
    except OSError as error:
        raise ReportError(f"cannot write to the folder {output} ({error.strerror}); choose another folder") from error
    return delivered


def _copy(path: Path, target: Path) -> Path:
    """Copy a file in one step: another language may be writing the same tables."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}")
    os.close(handle)
    shutil.copyfile(path, temporary)
    Path(temporary).chmod(0o644)
    return Path(temporary).replace(target)
