"""Designs from a query: one GROUP BY in an engine makes the cells that estimation works on."""
