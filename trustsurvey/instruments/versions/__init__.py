"""Versions of an instrument: what changed, what it means for the series, and releases that never change."""
