"""An adjustment for non-response that was made: what replicates and standard errors need to know about it."""
