"""Documentation, and what writes parts of it."""
