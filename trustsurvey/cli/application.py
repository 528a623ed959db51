"""The application that the verbs of every theme are added to, and what they share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from trustsurvey.progress import Progress

__all__ = ["DeploymentArgument", "InstrumentArgument", "StudyArgument", "app", "counted", "listed", "progress"]

app = typer.Typer(
    name="trustsurvey",
    help="Questionnaires as files, weighted answers, trust indices, reports in three languages.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

InstrumentArgument = Annotated[
    str, typer.Argument(help="An instrument that comes with the package, as name@version, or a file.")
]
DeploymentArgument = Annotated[Path, typer.Argument(help="A deployment file.")]
StudyArgument = Annotated[Path, typer.Argument(help="A study file.")]


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar on a terminal, plain lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda message, share=None: print(message, file=sys.stderr, flush=True)  # noqa: ARG005, T201
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def show(message: str, share: float | None = None) -> None:
            bar.update(task, description=message, completed=share)

        yield show


def counted(number: int, one: str, more: str = "") -> str:
    """Return a number with its word: 1 index, 2 indices; the plural is that with an s unless given."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a list that is written with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
