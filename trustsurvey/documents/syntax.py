"""What a YAML parser complains about, in plain words and at the place to mend."""

from __future__ import annotations

from typing import Any

import yaml

from trustsurvey.errors import Problem

__all__ = ["explain"]

CUT_OFF = "if the file was cut off, restore the rest"
QUOTE_TEXT = "put a text that holds a colon, comma, quote, # or bracket between quotes"


def explain(file: str, text: str, error: yaml.YAMLError) -> Problem:
    """Return the problem behind a syntax error of libyaml or of PyYAML's own parser."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem(file, 0, 0, f"the file is not YAML: {error}", f"check its syntax; {CUT_OFF}")
    mark, message, remedy = _words(error, text)
    if mark.index >= len(text.rstrip()):
        lines = text.rstrip().split("\n")
        return Problem(file, len(lines), len(lines[-1]) + 1, message, remedy)
    return Problem(file, mark.line + 1, mark.column + 1, message, remedy)


def _words(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    """Return the mark to show, what is wrong there and what to do."""
    problem, context = error.problem or "", error.context or ""
    here: Any = error.problem_mark
    opened: Any = error.context_mark or here
    line = f" (opened on line {opened.line + 1})"
    ends = here.index >= len(text.rstrip())
    if "quoted scalar" in context and ("end of stream" in problem or "document indicator" in problem):
        return opened, "the quote opened here is never closed", f"close it; {CUT_OFF}"
    if "document separator" in problem:
        return opened, "the quote opened here is never closed", f"close it; {CUT_OFF}"
    if "flow" in context and "',' or" in problem:
        if ends:
            return opened, "the bracket opened here is never closed", f"close it; {CUT_OFF}"
        return here, f"a comma or the closing bracket is missing before this{line}", QUOTE_TEXT
    if "node content" in problem:
        message = "the file ends inside a bracket or before a value" if ends else "a value is expected here"
        return here, message, f"complete it; {CUT_OFF}" if ends else QUOTE_TEXT
    if "mapping values are not allowed" in problem:
        return here, "this colon cannot stand here", f"{QUOTE_TEXT}; start keys in the column of their neighbours"
    if "could not find expected ':'" in problem:
        return opened, "a key without its colon starts here", f"write key: value; {CUT_OFF}"
    if "tab character" in problem:
        return here, "a tab stands in the indentation", "indent with spaces"
    if "cannot start any token" in problem:
        if text[here.index : here.index + 1] == "\t":
            return here, "a tab stands in the indentation", "indent with spaces"
        return here, "a text without quotes cannot start with this character", "put the text between quotes"
    if "escape" in problem or "hexdecimal" in problem or "hexadecimal" in problem:
        return here, "this backslash sequence means nothing", "double the backslash, or use single quotes"
    if "block end" in problem or "expected key" in problem or "'-' indicator" in problem:
        remedy = "align it with its neighbours, or look for a quote or bracket that is closed too early"
        return here, f"this does not belong to the list or mapping around it{line}", remedy
    return here, f"the file is not YAML here: {' '.join(filter(None, (context, problem)))}", QUOTE_TEXT
