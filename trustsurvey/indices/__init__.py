"""From items to trust indices."""
