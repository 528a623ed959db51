"""What leaves the house: disclosure checks, figures, tables and reports."""

from __future__ import annotations

from trustsurvey.publishing.annex import Annex
from trustsurvey.publishing.page import Page, open_page

__all__ = ["Annex", "Page", "open_page"]
