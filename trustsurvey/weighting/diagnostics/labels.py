"""Labels and numbers as the text and the figures of diagnostics show them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

__all__ = ["apart", "classes", "four_digits", "number", "per_cent", "plain", "shortened"]

_WIDEST = 44


def per_cent(share: float) -> str:
    """Return a share as per cent with one decimal."""
    return f"{100 * share:.1f} %"


def four_digits(value: float) -> str:
    """Return a number with four significant digits."""
    return f"{value:#.4g}".rstrip(".")


def shortened(text: str, width: int = _WIDEST) -> str:
    """Return a text of at most so many characters."""
    return text if len(text) <= width else text[: width - 3].rstrip(" ,") + "..."


def apart(texts: Iterable[str], width: int = _WIDEST) -> list[str]:
    """Return texts of at most so many characters: their beginnings, or both ends where these leave some alike."""
    given = list(texts)
    cut = [shortened(text, width) for text in given]
    if len(set(cut)) == len(set(given)):
        return cut
    end = (width - 3) // 2
    return [text if len(text) <= width else f"{text[: width - 3 - end].rstrip()}...{text[-end:]}" for text in given]


def classes(names: Iterable[str]) -> list[str]:
    """Return names of classes; where some are long, their levels without the variables, which the steps name."""
    given = list(names)
    if all(len(name) <= _WIDEST for name in given):
        return given
    return [re.sub(r"(^|, )[^=,]*=", r"\1", name) for name in given]


def plain(text: str) -> str:
    """Return a text for a figure, in which dollar signs are no formulas."""
    return text.replace("$", r"\$")


def number(value: float) -> str:
    """Return a number as a person writes it: thousands apart, four significant digits below them."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.{max(0, 3 - int(np.floor(np.log10(abs(value)))))}f}" if abs(value) >= 0.001 else f"{value:.2e}"
