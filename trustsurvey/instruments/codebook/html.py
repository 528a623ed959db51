"""A codebook as one page that needs nothing else: for a browser, for a telephone, for paper."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from pathlib import Path

from trustsurvey.instruments.codebook.blocks import Block, Facts, Inline, Page, Paragraph, Piece, Section, Table, plain
from trustsurvey.instruments.codebook.content import codebook_page
from trustsurvey.instruments.codebook.counts import CodeCounts
from trustsurvey.instruments.model import Instrument

__all__ = ["codebook_html"]

DEEPEST_IN_CONTENTS = 3


def codebook_html(instrument: Instrument, language: str | None = None, counts: CodeCounts | None = None) -> str:
    """Return the codebook of an instrument as an HTML page.

    Parameters
    ----------
    instrument : Instrument
    language : str or None
        One of the instrument's; its first unless given.
    counts : CodeCounts or None
        Counts that may be shown; none unless given.

    Returns
    -------
    str
        One page with its style inside; every variable has the place ``#v-NAME``.

    Raises
    ------
    UnknownNameError
        The instrument is not in that language.
    """
    page = codebook_page(instrument, language, counts)
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return "\n".join([*_head(page, style), *_body(page), "</html>", ""])


def _head(page: Page, style: str) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield f'<html lang="{page.language}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="generator" content="trustsurvey">'
    yield f"<title>{_escaped(page.title)}</title>"
    yield '<link rel="icon" href="data:,">'
    yield f"<style>\n{style}</style>"
    yield "</head>"


def _body(page: Page) -> Iterator[str]:
    yield "<body>"
    yield f'<a class="skip" href="#content">{_escaped(page.skip)}</a>'
    yield "<header>"
    yield f"<h1>{_escaped(page.title)}</h1>"
    yield f"<p>{_escaped(page.subtitle)}</p>"
    yield "</header>"
    yield '<div class="columns">'
    yield '<nav aria-labelledby="contents-title">'
    yield f'<p id="contents-title">{_escaped(page.contents)}</p>'
    yield from _contents(page.sections, 2)
    yield "</nav>"
    yield '<main id="content">'
    for section in page.sections:
        yield from _section(section, 2)
    yield "</main>"
    yield "</div>"
    yield "</body>"


def _contents(sections: Iterable[Section], level: int) -> Iterator[str]:
    yield "<ul>"
    for section in sections:
        inner = section.sections if level < DEEPEST_IN_CONTENTS else ()
        title = _inline(tuple(Piece(piece.text, piece.is_code) for piece in section.title))
        yield f'<li><a href="#{section.anchor}">{title}</a>'
        if inner:
            yield from _contents(inner, level + 1)
        yield "</li>"
    yield "</ul>"


def _section(section: Section, level: int) -> Iterator[str]:
    yield f'<section class="level-{level}" id="{section.anchor}">'
    yield f"<h{level}>{_inline(section.title)}</h{level}>"
    for block in section.blocks:
        yield from _block(block, plain(section.title))
    for inner in section.sections:
        yield from _section(inner, level + 1)
    yield "</section>"


def _block(block: Block, title: str) -> Iterator[str]:
    match block:
        case Paragraph(words, tone):
            yield f'<p class="{tone}">{_inline(words)}</p>'
        case Facts(pairs):
            yield "<dl>"
            for name, words in pairs:
                yield f"<div><dt>{_escaped(name)}</dt><dd>{_inline(words)}</dd></div>"
            yield "</dl>"
        case Table():
            yield from _table(block, title)


def _table(table: Table, title: str) -> Iterator[str]:
    # Focusable, so that somebody without a mouse can scroll a wide table sideways.
    caption = _escaped(table.caption)
    yield f'<div class="table" tabindex="0" role="region" aria-label="{caption}">'
    # Said by the heading just above, but a reader who goes from table to table needs it all the same.
    unseen = ' class="unseen"' if table.caption == title else ""
    yield f"<table><caption{unseen}>{caption}</caption>"
    yield "<thead><tr>"
    for number, words in enumerate(table.head):
        yield f'<th scope="col"{_number(table, number)}>{_escaped(words)}</th>'
    yield "</tr></thead>"
    yield "<tbody>"
    for place, row in enumerate(table.rows):
        identity = f' id="{table.anchors[place]}"' if table.anchors else ""
        cells = [f"<td{_number(table, number)}>{_inline(cell)}</td>" for number, cell in enumerate(row)]
        cells[0] = f'<th scope="row"{_number(table, 0)}>{_inline(row[0])}</th>'
        yield f"<tr{identity}>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _number(table: Table, column: int) -> str:
    return ' class="number"' if column in table.numbers else ""


def _inline(words: Inline) -> str:
    return "".join(_piece(piece) for piece in words)


def _piece(piece: Piece) -> str:
    written = _escaped(piece.text).replace("\n", "<br>")
    if piece.is_code:
        written = f"<code>{written}</code>"
    return f'<a href="#{piece.target}">{written}</a>' if piece.target else written


def _escaped(words: str) -> str:
    return html.escape(words)
