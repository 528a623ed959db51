"""Measure trust between citizens and police, from the questionnaire to the report."""

__version__ = "0.1.0"
