"""Weights adjusted for those who were in the sample and did not respond."""
