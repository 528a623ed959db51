"""From answers to a weighted sample and its estimates."""
