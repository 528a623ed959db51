"""Measure trust between citizens and police, from the questionnaire to the report."""

from __future__ import annotations

from trustsurvey.fieldwork.files import read_file_responses
from trustsurvey.fieldwork.labelled import write_labelled
from trustsurvey.fieldwork.platform import Deployment
from trustsurvey.fieldwork.responses import Responses, load_responses
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.indices.reliability import Reliability, reliability
from trustsurvey.indices.scoring import IndexScores, score
from trustsurvey.instruments.concepts import load_concepts, parallel_items
from trustsurvey.instruments.consistency import broken_checks
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.changes import InstrumentChanges
from trustsurvey.instruments.versions.comparing import compare_instruments
from trustsurvey.monitoring.register_files import load_register
from trustsurvey.monitoring.register_reading import read_register
from trustsurvey.publishing.report import render_report, render_reports
from trustsurvey.trends.change import Trend, changes, gaps, trend
from trustsurvey.weighting.design import SurveyDesign
from trustsurvey.weighting.diagnostics.diagnosing import Diagnostics
from trustsurvey.weighting.estimation.chi_square import ChiSquareTest
from trustsurvey.weighting.estimation.comparisons import ComparisonFamily, adjust_p_values
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest
from trustsurvey.weighting.estimation.regression.result import Regression
from trustsurvey.weighting.population.files import load_population
from trustsurvey.weighting.population.model import Population
from trustsurvey.weighting.waves import combine_waves

__all__ = [
    "ChiSquareTest",
    "ComparisonFamily",
    "Deployment",
    "Diagnostics",
    "Estimates",
    "HypothesisTest",
    "IndexScores",
    "Instrument",
    "InstrumentChanges",
    "Population",
    "Regression",
    "Reliability",
    "Responses",
    "Sandbox",
    "SurveyDesign",
    "Trend",
    "adjust_p_values",
    "broken_checks",
    "changes",
    "combine_waves",
    "compare_instruments",
    "gaps",
    "load_concepts",
    "load_instrument",
    "load_population",
    "load_register",
    "load_responses",
    "parallel_items",
    "read_file_responses",
    "read_register",
    "reliability",
    "render_report",
    "render_reports",
    "score",
    "trend",
    "write_labelled",
]

__version__ = "0.1.0"


def __dir__() -> list[str]:
    """Return what completion offers: the public names, without the folders behind them."""
    return [*__all__, "__version__", "errors"]
