"""Texts of LimeSurvey, which are HTML with expressions in it, as plain texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from trustsurvey.limesurvey.texts import WORD_JOINER

__all__ = ["Plain", "plain"]

# What LimeSurvey evaluates: braces without a space after the first, not escaped, quotes inside respected.
EXPRESSION = re.compile(r"""(?<!\\)\{(?![\s{])((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^{}"'])*)(?<!\\)\}""", re.DOTALL)
TAG = re.compile(r"<(?!br ?/?>)[a-zA-Z!/?]")
LINE_BREAK = re.compile(r"<br ?/?>")
ESCAPED_BRACE = re.compile(r"\\([{}])")
LAYOUT = frozenset({"p", "div", "br", "ul", "ol", "li", "tr", "table", "tbody", "thead", "section", "article", "html"})
LAYOUT |= frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "hr", "dl", "dt", "dd", "blockquote", "body", "header"})
# Nothing to see is lost with these.
SILENT = LAYOUT - {"table", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"} | {"wbr", "tbody", "head", "meta"}
UNREAD = frozenset({"script", "style", "title"})
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
LINE_SEPARATORS = re.compile("[\u2028\u2029\x85]")
GARBLED = re.compile("[ÃÂ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€]|â€")
ALONE_AFTER_GARBLE = re.compile("[ÃÂ](?=[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€])|â(?=€)")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without mark-up.

    Parameters
    ----------
    text : str
    mark_up : tuple of str
        The elements that were taken out, other than paragraphs, line breaks and lists.
    expressions : tuple of str
        What LimeSurvey would have evaluated; it stands in the text as it was.
    repaired : bool
        Whether letters that an earlier conversion had spoiled were put right.
    """

    text: str
    mark_up: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    repaired: bool = False


def plain(html: str) -> Plain:
    """Return what a text of LimeSurvey says."""
    expressions = tuple(found[0] for found in EXPRESSION.finditer(html))
    html = ESCAPED_BRACE.sub(r"\1", html).replace(f"\\{WORD_JOINER}", "\\")
    mark_up: tuple[str, ...] = ()
    if not TAG.search(html):
        html = unescape(LINE_BREAK.sub("\n", " ".join(re.split(r"[ \t]*[\r\n]+[ \t]*", html))))
    else:
        reader = _Reader()
        reader.feed(html)
        reader.close()
        html, mark_up = reader.text(), tuple(dict.fromkeys(reader.mark_up))
    text, repaired = _repaired(LINE_SEPARATORS.sub("\n", html))
    text = INVISIBLE.sub("", text).strip()
    return Plain(text, mark_up, expressions, repaired)


def _repaired(text: str) -> tuple[str, bool]:
    """Put letters right that were UTF-8 and read as Windows-1252, so that none looks spoiled any more."""
    before = text
    if GARBLED.search(text):
        try:
            text = text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            text = re.sub(
                "[\u00c2-\u00f4][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€]{1,3}", lambda found: _letter(found[0]), text
            )
        text = ALONE_AFTER_GARBLE.sub("?", text)
    controls = {chr(code): bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}
    text = re.sub("[\x80-\x84\x86-\x9f]", lambda found: controls[found[0]], text)
    text = text.replace("\ufffd", "?")
    return text, text != before


def _letter(garbled: str) -> str:
    try:
        return garbled.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return garbled


class _Reader(HTMLParser):
    """Collects the text; blocks begin a line, list entries a dash."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.mark_up: list[str] = []
        self.unread = 0
        self.addresses: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in UNREAD:
            self.unread += 1
        if tag not in SILENT and tag != "a":
            self.mark_up.append(tag)
        if tag == "br":
            self.parts.append("\n")
        elif tag == "p":
            self.parts.append("\v")
        elif tag == "li":
            self.parts.append("\f- ")
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag in LAYOUT:
            self.parts.append("\f")
        elif tag == "img" and (given.get("alt") or "").strip():
            self.parts.append(f" [{(given.get('alt') or '').strip()}] ")
        elif tag == "a":
            self.addresses.append((given.get("href") or "", len(self.parts)))

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD:
            self.unread = max(0, self.unread - 1)
        elif tag == "a" and self.addresses:
            address, start = self.addresses.pop()
            inside = "".join(self.parts[start:]).strip()
            shown = re.sub("^(?:mailto:|https?://)", "", address).rstrip("/")
            if address and not address.startswith(("#", "javascript:")) and shown not in inside:
                self.parts.append(f" ({address})" if inside else address)
        elif tag == "p":
            self.parts.append("\v")
        elif tag in LAYOUT and tag != "br":
            self.parts.append("\f")

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag != "br" and tag not in UNREAD:
            self.handle_endtag(tag)

    def text(self) -> str:
        # Two ends of paragraphs make one empty line between them, two ends of other blocks a new line.
        joined = re.sub(r"[ \n\f]*\v[ \n\f\v]*", "\n\n", "".join(self.parts))
        joined = re.sub(r" *\n? *\f[ \f]*", "\n", joined)
        lines = [re.sub(" {2,}", " ", line).strip(" ") for line in joined.split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n ")
