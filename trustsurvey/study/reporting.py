"""Render the reports of a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trustsurvey.errors import MissingFileError
from trustsurvey.progress import Progress, silent
from trustsurvey.publishing.report import render_reports
from trustsurvey.resources import share
from trustsurvey.study.plan import Study

__all__ = ["report_study"]


def report_study(
    study: Study, languages: Sequence[str], formats: Sequence[str], progress: Progress = silent
) -> list[Path]:
    """Render the monitoring report of a study from its results, into ``report/`` beside the study file.

    Raises
    ------
    MissingFileError
        The study has no results yet, or they are not whole.
    InputError
        The results are damaged or were altered.
    ReportError
        The report could not be rendered.
    """
    if not study.results.exists():
        message = f"no folder of results {study.results}"
        raise MissingFileError(f"{message}; run the study first: trustsurvey run {study.file}")
    source = share() / "reports" / "monitoring.qmd"
    return render_reports(source, study.results, languages, formats, study.folder / "report", study.policy, progress)
