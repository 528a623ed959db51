"""The rows of LimeSurvey's ``conditions`` as the expressions that its expression manager makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from trustsurvey.limesurvey.lss_names import Names
from trustsurvey.limesurvey.lss_tables import Row

__all__ = ["relevance_by_question"]

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def relevance_by_question(rows: Iterable[Row], types: Mapping[str, str], names: Names) -> dict[str, str]:
    """Return the expression of every question that has conditions, by its number.

    Within a scenario, conditions on one field are alternatives and different fields must all hold; scenarios are
    alternatives.

    Parameters
    ----------
    rows : iterable of Row
        Of the table ``conditions``.
    types : mapping of question number to letter
    names : Names
    """
    ordered = sorted(rows, key=_order)
    result = {}
    for question, own in groupby(ordered, key=lambda row: row.get("qid", "")):
        scenarios = []
        for _, scenario in groupby(own, key=lambda row: row.get("scenario", "")):
            alternatives: dict[object, list[str]] = {}
            for position, row in enumerate(scenario):
                field = row.get("cfieldname", "")
                # A tick that is named in full stands for itself and is never an alternative.
                key = position if field.startswith("+") else (row.get("cqid", ""), field)
                alternatives.setdefault(key, []).append(_condition(row, types, names))
            scenarios.append(" and ".join(f"({' or '.join(each)})" for each in alternatives.values()))
        result[question] = " or ".join(f"({each})" for each in scenarios)
    return result


def _order(row: Row) -> tuple[str, str, str, str, str]:
    return (
        row.get("qid", ""),
        row.get("scenario", "").zfill(9),
        row.get("cqid", ""),
        row.get("cfieldname", ""),
        row.get("value", ""),
    )


def _condition(row: Row, types: Mapping[str, str], names: Names) -> str:
    field, value, method = row.get("cfieldname", ""), row.get("value", ""), row.get("method", "").strip() or "=="
    question = row.get("cqid", "")
    if re.fullmatch(r"\{.+\}", field):
        name = field[1:-1]
    elif field.startswith("+"):
        name = f"{names.field(field[1:], question)}.NAOK"
    elif types.get(question) in {"M", "P"}:
        name, value = f"{names.field(field, question)}_{value}.NAOK", "Y"
    else:
        name = f"{names.field(field, question)}.NAOK"
    if re.fullmatch(r"@[0-9]+X[0-9]+X[0-9]+.*@", value):
        return f"{name} {method} {names.expression(value[1:-1])}"
    if re.fullmatch(r"\{.+\}", value):
        return f"{name} {method} {value[1:-1]}"
    if method == "RX":
        pattern = value if re.fullmatch("/.*/", value) else f"/{value}/"
        return f"regexMatch({_quoted(pattern)}, {name})"
    if not value.strip():
        return {"==": f"is_empty({name})", "!=": f"!is_empty({name})"}.get(method, f'{name} {method} ""')
    quoted = value if NUMBER.fullmatch(value) and str(float(value)).removesuffix(".0") == value else _quoted(value)
    if method in {"<", "<="} or (method in {"==", ">="} and quoted == value):
        return f"(!is_empty({name}) and {name} {method} {quoted})"
    if method == "!=" and quoted == value:
        return f"(is_empty({name}) or {name} != {quoted})"
    return f"{name} {method} {quoted}"


def _quoted(value: str) -> str:
    return f'"{value}"' if '"' not in value else f"'{value}'"
