"""A codebook as GitHub-flavoured Markdown, to be read and compared beside the questionnaire file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trustsurvey.instruments.codebook.blocks import Block, Facts, Inline, Paragraph, Piece, Section, Table
from trustsurvey.instruments.codebook.content import codebook_page
from trustsurvey.instruments.codebook.counts import CodeCounts
from trustsurvey.instruments.model import Instrument

__all__ = ["codebook_markdown"]

DEEPEST_IN_CONTENTS = 3
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$@!])")
# What makes a list or a title at the start of a line.
LEADING = re.compile(r"^(\s*[0-9]*)([-+=.)])(?=\s|[-=]|$)")


def codebook_markdown(instrument: Instrument, language: str | None = None, counts: CodeCounts | None = None) -> str:
    """Return the codebook of an instrument as GitHub-flavoured Markdown.

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
        Every variable has the place ``#v-NAME``.

    Raises
    ------
    UnknownNameError
        The instrument is not in that language.
    """
    page = codebook_page(instrument, language, counts)
    lines = [f"# {_escaped(page.title)}", "", _escaped(page.subtitle), "", f"**{_escaped(page.contents)}**", ""]
    lines += _contents(page.sections, 0)
    for section in page.sections:
        lines += ["", *_section(section, 2)]
    return "\n".join(lines) + "\n"


def _contents(sections: tuple[Section, ...], depth: int) -> Iterator[str]:
    for section in sections:
        title = _inline(tuple(Piece(piece.text, piece.is_code) for piece in section.title))
        yield f"{'  ' * depth}- [{title}](#{section.anchor})"
        if depth + 2 < DEEPEST_IN_CONTENTS:
            yield from _contents(section.sections, depth + 1)


def _section(section: Section, level: int) -> Iterator[str]:
    yield f'<a id="{section.anchor}"></a>'
    yield ""
    yield f"{'#' * level} {_inline(section.title)}"
    for block in section.blocks:
        yield ""
        yield from _block(block)
    for inner in section.sections:
        yield ""
        yield from _section(inner, level + 1)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(words, tone):
            yield f"{'> ' if tone == 'quote' else ''}{_inline(words)}"
        case Facts(pairs):
            for name, words in pairs:
                yield f"- **{_escaped(name)}**: {_inline(words)}"
        case Table():
            yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(_escaped(words) for words in table.head)} |"
    yield f"|{'|'.join(' ---: ' if n in table.numbers else ' --- ' for n in range(len(table.head)))}|"
    for place, row in enumerate(table.rows):
        cells = [_inline(cell, inside_table=True) for cell in row]
        if table.anchors:
            cells[0] = f'<a id="{table.anchors[place]}"></a>{cells[0]}'
        yield f"| {' | '.join(cells)} |"


def _inline(words: Inline, inside_table: bool = False) -> str:
    return "".join(_piece(piece, inside_table) for piece in words)


def _piece(piece: Piece, inside_table: bool) -> str:
    if piece.is_code:
        content = " ".join(piece.text.split())
        # The fence is longer than any run of the sign inside.
        longest = max((len(run) for run in re.findall("`+", content)), default=0)
        fence, space = "`" * (longest + 1), " " if longest else ""
        written = f"{fence}{space}{content}{space}{fence}"
        # A bar ends a cell even inside code.
        written = written.replace("|", "\\|") if inside_table else written
    else:
        written = _escaped(piece.text)
    return f"[{written}](#{piece.target})" if piece.target else written


def _escaped(words: str) -> str:
    lines = (LEADING.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", line)) for line in words.split("\n"))
    return "<br>".join(lines)
