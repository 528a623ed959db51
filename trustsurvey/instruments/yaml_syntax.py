"""What a YAML parser complains about, in plain words and at the place to mend."""

from __future__ import annotations

import yaml

from trustsurvey.errors import Problem

__all__ = ["explain"]

CUT_OFF = "close it; if the file was cut off, restore the rest"
QUOTE_TEXT = "put a text that holds a colon, comma, quote, # or bracket between quotes"


def explain(file: str, text: str, error: yaml.YAMLError) -> Problem:
    """Return the problem behind a syntax error.

    The error is found again by the parser written in Python, whose places are exact; the fast one may name the line
    below.
    """
    try:
        for _ in yaml.parse(text, Loader=yaml.BaseLoader):
            pass
    except yaml.YAMLError as exact:
        error = exact
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(file, 0, 0, f"the file is not YAML: {error}", "check its syntax")
    mark, message, remedy = _words(error)
    if mark is None:
        return Problem(file, 0, 0, message, remedy)
    return Problem(file, mark.line + 1, mark.column + 1, message, remedy)


def _words(error: yaml.MarkedYAMLError) -> tuple[yaml.Mark | None, str, str]:
    problem = error.problem or ""
    context = error.context or ""
    here = error.problem_mark
    opened = error.context_mark or here
    line = f" (opened on line {opened.line + 1})" if opened is not None else ""
    ends = "<stream end>" in problem or "end of stream" in problem
    if "quoted scalar" in context and ends:
        return opened, "the quote opened here is never closed", CUT_OFF
    if "quoted scalar" in context and "document separator" in problem:
        return opened, "the quote opened here is never closed", CUT_OFF
    if "flow" in context and "expected ','" in problem:
        if ends:
            return opened, "the bracket opened here is never closed", CUT_OFF
        return here, f"a comma or the closing bracket is missing before this{line}", QUOTE_TEXT
    if "node content" in problem and ends:
        return here, "the file ends inside a bracket or before a value", "restore the rest of the file"
    if "node content" in problem:
        return here, "a value is expected here", QUOTE_TEXT
    if "mapping values are not allowed" in problem:
        return here, "this colon cannot stand here", f"{QUOTE_TEXT}; start keys in the column of their neighbours"
    if "could not find expected ':'" in problem:
        return opened, "a key without its colon starts here", "write key: value; if the file was cut off, restore it"
    if "character '\\t'" in problem:
        return here, "a tab stands in the indentation", "indent with spaces"
    if "cannot start any token" in problem:
        return here, "a text without quotes cannot start with this character", "put the text between quotes"
    if "escape" in problem or "escape" in context:
        return here, "this backslash sequence means nothing", "double the backslash, or use single quotes"
    if "block end" in problem:
        remedy = f"align it with its neighbours; look for a quote or bracket closed too early; {QUOTE_TEXT}"
        return here, f"this does not belong to the list or mapping around it{line}", remedy
    return here, f"the file is not YAML here: {' '.join(filter(None, (context, problem)))}", QUOTE_TEXT
