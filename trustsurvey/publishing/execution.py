"""Run the cells of a Quarto source in a notebook kernel and assemble one Markdown text from their output."""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from trustsurvey.errors import ReportError
from trustsurvey.publishing.source import Block, Source

__all__ = ["execute"]

KERNEL = "trustsurvey"
TIMEOUT = 600  # seconds for one cell
_INLINE = re.compile(r"`\{python\}\s+(?P<code>[^`]+)`")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def execute(source: Source, folder: Path) -> str:
    """Run the cells in a folder, with this interpreter, and return the Markdown of the whole report.

    Raises
    ------
    ReportError
        A cell failed; the message has its line in the source and the error, without a traceback.
    """
    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    for code, line in _code(source):
        notebook.cells.append(nbformat.v4.new_code_cell(code, metadata={"line": line}))  # type: ignore[no-untyped-call]
    _run(notebook, source, folder)
    results = iter(notebook.cells)
    parts = []
    for number, block in enumerate(source.blocks):
        if block.kind == "code":
            parts.append(_shown(block, next(results), source.header, folder, f"cell-{number}"))
        else:
            parts.append(_INLINE.sub(lambda _: _inline(next(results)), block.content))
    return "\n\n".join(part for part in parts if part)


def _code(source: Source) -> Iterator[tuple[str, int]]:
    """Yield what is to run, with its line: cells, and the expressions within text."""
    for block in source.blocks:
        if block.kind == "code":
            runs = block.options.get("eval", True)
            yield (block.content if runs else "", block.line)
        else:
            for found in _INLINE.finditer(block.content):
                yield found["code"].strip(), block.line + block.content[: found.start()].count("\n")


def _run(notebook: nbformat.NotebookNode, source: Source, folder: Path) -> None:
    scratch = folder / ".kernel"
    specification = scratch / "kernels" / KERNEL
    specification.mkdir(parents=True, exist_ok=True)
    # A kernel of our own making: one named python3 may belong to another interpreter.
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
    argv.append("--HistoryManager.enabled=False")
    (specification / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": KERNEL, "language": "python"}), encoding="utf-8"
    )
    manager = AsyncKernelManager(
        kernel_name=KERNEL,
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(scratch / "kernels")], ensure_native_kernel=False),
        connection_file=str(scratch / "connection.json"),
        ip="127.0.0.1",
    )
    environment = {**os.environ, "IPYTHONDIR": str(scratch / "ipython"), "MPLBACKEND": "agg"}
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=TIMEOUT,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        # In a thread of its own, so that it works where an event loop runs already, as in a notebook.
        with ThreadPoolExecutor(max_workers=1) as thread:
            thread.submit(lambda: asyncio.run(client.async_execute(env=environment, cleanup_kc=True))).result()
    except CellExecutionError:
        raise ReportError(_failure(notebook, source)) from None
    except CellTimeoutError as error:
        raise ReportError(f"{source.name}: a cell ran for more than {TIMEOUT} seconds; make it shorter") from error
    except DeadKernelError as error:
        raise ReportError(f"{source.name}: the Python process that ran the cells died; is memory short?") from error


def _failure(notebook: nbformat.NotebookNode, source: Source) -> str:
    """Return what went wrong in which line of the source."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                trace = _ANSI.sub("", "\n".join(output.traceback))
                inside = re.search(r"Cell In\s?\[\d+\],? line (\d+)", trace)
                line = cell.metadata["line"] + (int(inside[1]) - 1 if inside else 0)
                said = _ANSI.sub("", output.evalue).strip().split("\n\n")[0]
                return f"{source.name}:{line}: the cell failed with {output.ename}: {said}"
    return f"{source.name}: a cell failed"


def _inline(cell: nbformat.NotebookNode) -> str:
    for output in cell.outputs:
        if output.output_type == "execute_result":
            return _result(output.data)
    return ""


def _result(data: Mapping[str, str]) -> str:
    if "text/markdown" in data:
        return data["text/markdown"]
    plain = data.get("text/plain", "")
    try:
        value = ast.literal_eval(plain)
    except (ValueError, SyntaxError):
        return plain
    return value if isinstance(value, str) else plain


def _shown(block: Block, cell: nbformat.NotebookNode, header: Mapping[str, Any], folder: Path, name: str) -> str:
    """Return the Markdown of a cell: its code where it is shown, and its output."""
    execution = header.get("execute") or {}
    options = {**execution, **block.options}
    if options.get("include") is False:
        return ""
    parts = []
    if options.get("echo", True) and block.content.strip():
        fold = options.get("code-fold", _html(header).get("code-fold", False))
        classes = ".python .cell-code" + (" .fold" if fold in (True, "true", "show") else "")
        attributes = ' fold-open="true"' if fold == "show" else ""
        parts.append(f"``````{{{classes}{attributes}}}\n{block.content}\n``````")
    if options.get("output", True) is not False:
        parts.append(_outputs(options, cell, folder, name))
    return "\n\n".join(part for part in parts if part.strip())


def _html(header: Mapping[str, Any]) -> Mapping[str, Any]:
    formats = header.get("format")
    html = formats.get("html") if isinstance(formats, dict) else None
    return {**header, **(html if isinstance(html, dict) else {})}


def _outputs(options: Mapping[str, Any], cell: nbformat.NotebookNode, folder: Path, name: str) -> str:
    asis = options.get("output") == "asis"
    label = str(options.get("label") or "")
    text, parts = "", []
    for number, output in enumerate(cell.outputs):
        if output.output_type == "stream":
            text += output.text if output.name == "stdout" else ""
            continue
        if output.output_type not in ("display_data", "execute_result"):
            continue
        image = _image(output.data, folder, f"{name}-{number}")
        if image and label.startswith("fig-"):
            alt = str(options.get("fig-alt") or "").replace('"', "”")
            parts.append(f'![{options.get("fig-cap", "")}]({image}){{#{label} fig-alt="{alt}"}}')
        elif image:
            parts.append(f"![]({image})")
        elif "text/html" in output.data and "text/markdown" not in output.data:
            parts.append(f"``````{{=html}}\n{output.data['text/html']}\n``````")
        elif "text/markdown" in output.data or asis:
            parts.append(_result(output.data))
        else:
            parts.append(f"``````{{.cell-output}}\n{output.data.get('text/plain', '')}\n``````")
    if text.strip():
        parts.insert(0, text if asis else f"``````{{.cell-output}}\n{text.rstrip()}\n``````")
    shown = "\n\n".join(parts)
    if label.startswith("tbl-") and shown:
        return f"::: {{#{label}}}\n\n{shown}\n\n{options.get('tbl-cap', '')}\n\n:::"
    return shown


def _image(data: Mapping[str, str], folder: Path, name: str) -> str | None:
    """Write an image that a cell displayed and return its path in the folder."""
    kinds = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
    for kind, ending in kinds.items():
        if kind in data:
            path = folder / "figures" / f"{name}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            content = data[kind].encode() if ending == "svg" else base64.b64decode(data[kind])
            path.write_bytes(content)
            return path.relative_to(folder).as_posix()
    return None
