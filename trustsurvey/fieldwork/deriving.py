"""Routing and derived variables of answers that are being coded, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from trustsurvey.errors import UnknownNameError
from trustsurvey.fieldwork import coding
from trustsurvey.fieldwork.coding import Column, Reasons
from trustsurvey.instruments import routing
from trustsurvey.instruments.model import Derived, Instrument

__all__ = ["derive", "routing_frame", "routing_names"]


def routing_frame(
    instrument: Instrument,
    code: str,
    columns: Mapping[str, Column],
    reasons: Mapping[str, Reasons],
    respondents: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the variables that decide whether a question is asked, and why they are missing."""
    return _evaluable(routing_names(instrument, code), columns, reasons, respondents)


def routing_names(instrument: Instrument, code: str) -> list[str]:
    """Return the variables that decide whether a question is asked, the consent included."""
    group = next(group for group in instrument.groups if any(each.code == code for each in group.questions))
    texts = [text for text in (group.ask_if, instrument.question(code).ask_if) if text]
    needed = [name for text in texts for name in routing.names(routing.parse(text))]
    if instrument.consent and instrument.consent != code:
        needed.append(instrument.consent)
    return list(dict.fromkeys(needed))


def _evaluable(
    names: Iterable[str], columns: Mapping[str, Column], reasons: Mapping[str, Reasons], respondents: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    wanted = list(names)
    for name in wanted:
        if name not in columns:
            raise UnknownNameError("variable", name, columns)
    index = pd.RangeIndex(respondents)
    frame = pd.DataFrame({name: columns[name] for name in wanted}, index=index)
    return frame, pd.DataFrame({name: coding.reason_series(reasons[name]) for name in wanted}, index=index)


def derive(wanted: Iterable[Derived], columns: dict[str, Column], reasons: dict[str, Reasons]) -> None:
    """Add derived variables and their reasons to the columns they are computed from."""
    for derived in wanted:
        values = np.full(len(next(iter(reasons.values()))) if reasons else 0, -1, dtype=np.intp)
        why = np.full(len(values), coding.ANSWERED, dtype=np.int8)
        for position, level in enumerate(derived.levels):
            expression = routing.parse(level.when)
            names = list(dict.fromkeys(routing.names(expression)))
            holds = routing.evaluate(expression, *_evaluable(names, columns, reasons, len(values)))
            values[holds & (values < 0)] = position
            for name in names:
                why = np.where(why == coding.ANSWERED, reasons[name], why)
        # No level holds although everything it needs was answered: the variable does not apply.
        why = np.where(why == coding.ANSWERED, coding.NOT_ASKED, why)
        columns[derived.code] = pd.Series(pd.Categorical.from_codes(values, dtype=coding.dtype_of(derived)))
        reasons[derived.code] = np.where(values >= 0, coding.ANSWERED, why).astype(np.int8)
