"""A codebook for data archives: DDI-Codebook 2.5."""

from __future__ import annotations

from xml.etree import ElementTree

from trustsurvey.instruments.codebook.counts import CodeCounts
from trustsurvey.instruments.codebook.ddi_study import add_document, add_file, add_study
from trustsurvey.instruments.codebook.ddi_variables import add_variables
from trustsurvey.instruments.codebook.entries import entries, known_language
from trustsurvey.instruments.model import Instrument

__all__ = ["codebook_ddi"]

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"


def codebook_ddi(instrument: Instrument, language: str | None = None, counts: CodeCounts | None = None) -> str:
    """Return the codebook of an instrument as a DDI-Codebook 2.5 document, with every text in every language.

    Parameters
    ----------
    instrument : Instrument
    language : str or None
        That of the main title; the instrument's first unless given.
    counts : CodeCounts or None
        Counts that may be shown; none, and no description of a file, unless given.

    Returns
    -------
    str
        An XML document that is valid against the published schema.

    Raises
    ------
    UnknownNameError
        The instrument is not in that language.

    References
    ----------
    DDI Alliance, DDI-Codebook 2.5 (2012).
    """
    main = known_language(instrument, language)
    found = entries(instrument)
    # Written by hand: the library can give elements a default namespace only by changing state that all share.
    root = ElementTree.Element(
        "codeBook",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
            "version": "2.5",
            "{http://www.w3.org/XML/1998/namespace}lang": main,
        },
    )
    add_document(root, instrument, main)
    add_study(root, instrument, main, found)
    if counts:
        add_file(root, instrument, found, counts)
    add_variables(root, instrument, found, counts)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
