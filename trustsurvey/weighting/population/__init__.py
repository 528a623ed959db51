"""Known counts of a population: files, tables, and the margins drawn from them."""
