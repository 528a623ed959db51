"""Weights calibrated to known totals."""
