"""Adjusting weights for non-response: by response classes, and by the propensity to respond."""
