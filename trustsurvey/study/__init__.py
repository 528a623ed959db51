"""A study: waves, population, weighting, indices, publication; runs the steps in order."""
