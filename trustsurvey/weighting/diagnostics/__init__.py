"""What weighting did, as tables, as text and as figures."""
