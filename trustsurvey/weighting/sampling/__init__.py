"""How a sample was drawn, and the variance that follows: stages, replicates."""
