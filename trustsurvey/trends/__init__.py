"""Indices over waves and between groups."""
