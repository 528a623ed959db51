"""Statistics of a sample, each with its design-based standard error."""
