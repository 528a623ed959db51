"""Whether a page holds everything it shows, or would load something from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["loads"]

# Attributes whose address a browser fetches by itself; links that a reader follows are not among them.
_FETCHED = {"src", "srcset", "poster", "data", "background", "xlink:href", "action", "formaction", "manifest", "ping"}
_HREF_FETCHED = {"link", "use", "image", "script", "base", "feimage"}
_STYLE_ADDRESS = re.compile(r"url\(\s*['\"]?\s*([^'\")\s]+)|@import\s+['\"]([^'\"]+)", re.IGNORECASE)


def loads(page: str) -> list[str]:
    """Return what a browser would fetch beside the page itself, each as ``tag address``; empty for a good page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        values = {name: (value or "").strip() for name, value in attrs}
        for name, value in values.items():
            if name in _FETCHED or (name == "href" and tag in _HREF_FETCHED):
                addresses = (
                    [part.split()[0] for part in value.split(", ") if part.split()] if name == "srcset" else [value]
                )
                for address in addresses:
                    self._fetch(tag, address)
            elif name == "style":
                self._style(tag, value)
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.found.append(f"meta {values.get('content', '')}")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self._style("style", data)

    def _style(self, tag: str, text: str) -> None:
        for first, second in _STYLE_ADDRESS.findall(text):
            self._fetch(tag, first or second)

    def _fetch(self, tag: str, address: str) -> None:
        if address and not address.lower().startswith(("data:", "#", "about:")):
            self.found.append(f"{tag} {address[:120]}")
