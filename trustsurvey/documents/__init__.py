"""Files that people write: read with the place of every value, checked against a shape, every problem at once."""
