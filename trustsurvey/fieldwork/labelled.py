"""Coded answers as a file for SPSS or Stata, with labels and with the reasons why answers are missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from trustsurvey.errors import InputError, WriteError
from trustsurvey.fieldwork.labelled_names import ABOUT, FORMATS, SPSS, all_names, cut, is_open, written_names
from trustsurvey.fieldwork.labelled_values import Column, Labelling
from trustsurvey.fieldwork.responses import Responses
from trustsurvey.instruments.codebook.entries import entries, known_language
from trustsurvey.instruments.codebook.words import Words

__all__ = ["write_labelled"]

LONGEST_NOTE = 80
LONGEST_FILE_LABEL = {"SPSS": 64, "Stata": 80}


def write_labelled(
    responses: Responses, path: str | os.PathLike[str], language: str | None = None, texts: bool = False
) -> tuple[str, ...]:
    """Write coded answers as a labelled SPSS (.sav) or Stata (.dta) file.

    Reasons why an answer is missing are user-missing values: in SPSS -1 not asked, -2 don't know, -3 refused,
    -4 skipped, -5 broken off (further below zero where an answer can be negative), in Stata .a to .e in that order.
    Codes that are whole numbers are kept; others become positions on their scale. Ticks are 0 and 1, dates are dates
    without the time of day. Labels that are too long for the package are cut and end with ``…``.

    Parameters
    ----------
    responses : Responses
    path : str or path-like
        Ends with .sav or .dta.
    language : str or None
        Of the labels; the instrument's first unless given.
    texts : bool
        Whether what respondents typed is written too, which may identify them; why it is missing then stands in
        ``NAME_reason``.

    Returns
    -------
    tuple of str
        What is otherwise than in the frame: columns that are left out or have another name.

    Raises
    ------
    InputError, UnknownNameError, WriteError
        Another ending, a text that the package cannot hold; a language the instrument lacks; a file that cannot be
        written.
    """
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        raise InputError(f"{target} is to be neither an SPSS nor a Stata file; let it end with .sav or .dta")
    kind = FORMATS[target.suffix.lower()]
    instrument = responses.instrument
    words = Words.of(instrument, known_language(instrument, language))
    names = written_names(all_names(entries(instrument)), kind)
    columns = list(_columns(responses, Labelling(kind, words, spss=kind is SPSS), texts))
    left_out = [entry.name for entry in entries(instrument) if is_open(entry) and not texts]
    notes = [f"{name} is left out: what respondents typed may identify them" for name in left_out]
    notes += [f"{each.name} is written as {names[each.name]}" for each in columns if names[each.name] != each.name]
    waves = ", ".join(responses.frame["wave"].cat.categories)
    title = f"{instrument.name} {instrument.version}, {waves}"
    frame = pd.DataFrame({names[each.name]: each.values for each in columns})
    options: dict[str, Any] = {
        "file_label": cut(title, LONGEST_FILE_LABEL[kind.name], kind),
        "column_labels": {names[each.name]: each.label for each in columns},
        "variable_value_labels": {names[each.name]: each.value_labels for each in columns if each.value_labels},
        "variable_format": {names[each.name]: each.form for each in columns if each.form},
    }
    missing = {names[each.name]: each.missing for each in columns if each.missing}
    if kind is SPSS:
        options |= {
            "note": [cut(title, LONGEST_NOTE, kind), "SHA-256 of the questionnaire:", instrument.digest],
            "missing_ranges": {name: [{"lo": min(codes), "hi": max(codes)}] for name, codes in missing.items()},
            "variable_measure": {names[each.name]: each.measure for each in columns},
            "variable_display_width": {names[each.name]: each.width for each in columns},
        }
        _write(pyreadstat.write_sav, frame, target, options)
    else:
        options["missing_user_values"] = {name: list(codes) for name, codes in missing.items()}
        _write(pyreadstat.write_dta, frame, target, options)
    return tuple(notes)


def _columns(responses: Responses, labelling: Labelling, texts: bool) -> Iterator[Column]:
    frame, missing = responses.frame.reset_index(), responses.missing.reset_index(drop=True)
    for name in ABOUT:
        yield labelling.about(name, frame[name])
    for entry in entries(responses.instrument):
        if entry.variable.kind != "text":
            yield labelling.column(entry, frame[entry.name], missing[entry.name])
        elif not is_open(entry):
            yield labelling.text(entry, frame[entry.name])
        elif texts:
            yield labelling.text(entry, frame[entry.name])
            yield labelling.why(entry, missing[entry.name])


def _write(write: Any, frame: pd.DataFrame, target: Path, options: dict[str, Any]) -> None:
    """Write a file that only its owner can read; an interruption leaves the old one."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY, 0o600))
        write(frame, str(temporary), **options)
        temporary.replace(target)
    except (OSError, pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        with suppress(OSError):
            temporary.unlink()
        reason = getattr(error, "strerror", None) or error
        raise WriteError(f"{target} cannot be written ({reason}); check the folder and the disk") from error
