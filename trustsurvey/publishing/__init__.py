"""What leaves the house: disclosure checks, figures, tables and reports."""

from __future__ import annotations

from trustsurvey.publishing.annex import Annex
from trustsurvey.publishing.findings import Findings
from trustsurvey.publishing.page import Page, open_page

__all__ = ["Annex", "Findings", "Page", "open_page"]
