"""Translating a questionnaire: what is missing, sheets for translators, and texts put back where they stood."""
