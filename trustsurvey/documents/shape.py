"""One entry of a file against its schema: every complaint in plain words and at its place."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from trustsurvey.documents.document import Document, Path
from trustsurvey.documents.values import Translated, close_to
from trustsurvey.errors import Problem

__all__ = ["Entry", "shaped", "translations"]

Model = TypeVar("Model", bound="Entry")


class Entry(BaseModel):
    """A mapping with a fixed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def shaped(
    document: Document,
    path: Path,
    model: type[Model],
    content: Any,
    what: str,
    *,
    elsewhere: Container[str] = (),
    stand_ins: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[Model | None, list[Problem]]:
    """Return an entry and what is wrong with its shape.

    Where something is, the entry is what could be kept of it, or None.

    Parameters
    ----------
    document : Document
    path : Path
        Where the entry stands.
    model : type of Entry
    content : object
        What the document holds there.
    what : str
        What messages call the entry.
    elsewhere : container of str
        Keys that entries of other kinds take.
    stand_ins : mapping of str to object
        What stands in for a missing key, so that the rest of its entry is still looked at.
    """
    if not isinstance(content, dict):
        found = document.problem(path, f"{what} is a mapping of keys and values", "write key: value pairs")
        return None, [found]
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = list(_problems(document, path, model, content, details, what, elsewhere))
    try:
        return model.model_validate(_kept(content, details, stand_ins)), problems
    except ValidationError:
        return None, problems


def translations(entry: BaseModel, path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield every text of an entry with its path."""
    for name in type(entry).model_fields:
        yield from _translations(getattr(entry, name), (*path, name))


def _translations(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    if isinstance(value, Translated):
        yield path, value
    elif isinstance(value, BaseModel):
        yield from translations(value, path)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from _translations(each, (*path, position))


def _problems(
    document: Document,
    path: Path,
    model: type[Entry],
    content: Any,
    details: list[ErrorDetails],
    what: str,
    elsewhere: Container[str],
) -> Iterator[Problem]:
    meant = set()
    for detail in details:
        if detail["type"] == "extra_forbidden":
            *around, key = detail["loc"]
            known = _fields(model, tuple(around))
            guess = close_to(str(key), [name for name in known if name not in _at(content, tuple(around))])
            meant.add((*around, guess.removeprefix("did you mean ").removesuffix("?")))
            takes = f"the keys here are {', '.join(known)}"
            message = f"the key {key} is not known here"
            if not around and not guess and key in elsewhere:
                message = f"the key {key} does not belong to {what}"
            yield document.problem((*path, *detail["loc"]), message, f"{guess} {takes}".strip(), key=True)
    for detail in details:
        where = (*path, *detail["loc"])
        match detail["type"]:
            case "extra_forbidden":
                continue
            case "missing":
                if detail["loc"] not in meant:
                    name = what if len(detail["loc"]) == 1 else "this entry"
                    yield document.problem(where, f"{name} lacks the key {detail['loc'][-1]}", "add it")
            case "wrong_type":
                label = next((str(part) for part in reversed(where) if isinstance(part, str)), "")
                yield document.problem(where, f"{label}: {detail['msg']}", str(detail["ctx"]["remedy"]))
            case _:
                yield document.problem(where, "expected a mapping of keys and values", "write key: value pairs")


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    for part in loc:
        if isinstance(part, str):
            model = next(_entries(model.model_fields[part].annotation))
    return list(model.model_fields)


def _entries(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _entries(inner)


def _at(content: Any, loc: tuple[int | str, ...]) -> Any:
    for part in loc:
        content = content[part]
    return content


def _kept(content: Any, details: list[ErrorDetails], stand_ins: Mapping[str, Any]) -> Any:
    """Return a copy without what is wrong, and with something in place of what is missing."""
    content = deepcopy(content)
    for detail in details:
        *around, key = detail["loc"]
        parent = _at(content, tuple(around))
        if not isinstance(parent, dict):
            return None
        parent.pop(key, None)
        if isinstance(key, str) and key in stand_ins:
            parent[key] = deepcopy(stand_ins[key])
    return content
