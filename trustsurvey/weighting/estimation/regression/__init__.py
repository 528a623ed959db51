"""Regression with the design's standard errors: formula, fit, tests, predictions, marginal means."""
