"""The page itself: one HTML file that loads nothing and sends nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from importlib.resources import files

import yaml

from trustsurvey.documents.files import write_file
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.words import direction
from trustsurvey.instruments.preview.content import content_of

__all__ = ["preview_page", "write_preview"]

SCRIPTS = ("routing.js", "state.js", "elements.js", "fields.js", "typed.js", "checking.js", "panel.js", "page.js")


def preview_page(instrument: Instrument) -> str:
    """Return a page in which an instrument can be filled in as a respondent would, in all of its languages.

    Parameters
    ----------
    instrument : Instrument

    Returns
    -------
    str
        HTML that needs no server and nothing from elsewhere. Its script gives ``window.trustsurvey`` with
        ``answers()``, ``put(answers)`` (by raw key, as a platform stores them), ``asked(answers)`` (by variable, as
        ``routing.asked`` says) and ``go(page)``.
    """
    style = _part("page.css")
    script = f'(() => {{\n"use strict";\n{"".join(_part(name) for name in SCRIPTS)}}})();\n'
    data = {"instrument": content_of(instrument), "words": yaml.safe_load(_part("words.yaml"))}
    first = instrument.languages[0]
    places = {
        "language": html.escape(first),
        "direction": direction(first),
        "title": html.escape(instrument.title[first]),
        "policy": f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "data": _json(data),
        "script": script,
    }
    page = _part("page.html")
    head, *parts = page.split("{{")
    filled = [head]
    for part in parts:
        name, _, rest = part.partition("}}")
        filled += [places[name], rest]
    return "".join(filled)


def write_preview(instrument: Instrument, path: str | os.PathLike[str]) -> None:
    """Write the page of ``preview_page`` to a file.

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    write_file(path, preview_page(instrument))


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _json(data: object) -> str:
    """Return JSON that no text inside can end early."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
