"""The difference between two versions as one page that needs nothing else: no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from trustsurvey.instruments.versions.changes import Change, InstrumentChanges
from trustsurvey.instruments.versions.sheet import (
    SIGNATURE,
    Section,
    by_weight,
    declarations,
    named,
    sections,
    verdict,
)
from trustsurvey.instruments.versions.typography import marked_words

__all__ = ["difference_page"]

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff }
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem }
.verdict { border-left: .4rem solid #1a1a1a; padding-left: 1rem; font-size: 1.1rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding-bottom: .3rem }
th, td { border: 1px solid #767676; padding: .3rem .5rem; text-align: left; vertical-align: top }
thead th { background: #eee } tbody th { font-weight: normal; max-width: 40rem }
code { overflow-wrap: break-word }
del { color: #8a1010; background: #fdeaea; text-decoration: line-through }
ins { color: #0b5522; background: #e6f5ea; text-decoration: underline }
.signature { margin-top: 3rem; page-break-inside: avoid } .signature td { height: 2.5rem; width: 70% }
@media print { body { margin: 0; max-width: none } .scroll { overflow: visible } tr { page-break-inside: avoid } }
"""


def difference_page(changes: InstrumentChanges) -> str:
    """Return the page: verdict, series by what becomes of them, declarations, every change, and lines to sign on."""
    title = f"{named(changes.old)} and {named(changes.new)}: what changed"
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(title)}</h1>",
        *_versions(changes),
        *(f'<p class="verdict">{escape(sentence)}</p>' for sentence in verdict(changes)),
    ]
    for section in sections(changes):
        if section.rows:
            parts += _section(section)
    quiet = sum(each.status == "continues" and not each.why for each in changes.every_series)
    parts.append(f"<p>Series that continue as they were: {quiet}.</p>")
    if stated := declarations(changes):
        parts.append("<h2>Declared to be editorial</h2>")
        parts += _table("Changes of wording that are declared to change nothing", ("Item", "Reason", ""), (
            (f"<code>{escape(item)}</code>", escape(reason), escape(effect)) for item, reason, effect in stated
        ))  # fmt: skip
    if changes.changes:
        parts.append("<h2>Every change</h2>")
        headings = ("Item", "What", "Language", "Old and new", "Series", "Version", "Note")
        parts += _table("The heaviest first", headings, (_change(change, changes) for change in by_weight(changes)))
        parts.append("<h2>Approved</h2>")
        parts.append('<div class="signature"><table><tbody>')
        parts += [f'<tr><th scope="row">{label}</th><td></td></tr>' for label in SIGNATURE]
        parts.append("</tbody></table></div>")
    parts += ["</main>", "</body>", "</html>"]
    return "\n".join(parts) + "\n"


def _versions(changes: InstrumentChanges) -> Iterator[str]:
    rows = (
        (label, escape(each.name), escape(each.version), f"<code>{each.digest}</code>")
        for label, each in (("Old", changes.old), ("New", changes.new))
    )
    yield from _table("The two versions", ("", "Instrument", "Version", "Digest"), rows)


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)} ({section.number})</h2>"
    rows = (
        (
            ", ".join(f"<code>{escape(item)}</code>" for item in row.items),
            "yes" if row.trend else "no",
            escape("" if row.why in {"new", "removed"} else row.why),
        )
        for row in section.rows
    )
    yield from _table("Those that are kept as a trend come first", ("Series", "Trend", "Why"), rows)


def _change(change: Change, changes: InstrumentChanges) -> tuple[str, ...]:
    known = change.language in {*changes.old.languages, *changes.new.languages}
    lang = f' lang="{escape(change.language)}"' if known else ""
    return (
        f"<code>{escape(change.item)}</code>",
        escape(change.kind),
        escape(change.language),
        f"<div{lang}>{_marked(change)}</div>",
        escape(change.series),
        escape(change.bump),
        escape(change.note),
    )


def _marked(change: Change) -> str:
    tags = {"same": "{}", "removed": "<del>{}</del>", "added": "<ins>{}</ins>"}
    pieces = []
    for kind, words in marked_words(change.was, change.now):
        stripped = words.rstrip()
        space = " " if stripped != words or kind == "removed" else ""
        pieces.append(tags[kind].format(escape(stripped)) + space)
    return "".join(pieces).strip()


def _table(caption: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table; the cells are markup already, and the first of a row names it."""
    yield '<div class="scroll" tabindex="0" role="region" aria-label="' + escape(caption) + '"><table>'
    yield f"<caption>{escape(caption)}</caption>"
    cells = (f'<th scope="col">{escape(heading)}</th>' if heading else "<td></td>" for heading in headings)
    yield "<thead><tr>" + "".join(cells) + "</tr></thead>"
    yield "<tbody>"
    for first, *others in rows:
        yield f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others) + "</tr>"
    yield "</tbody></table></div>"
