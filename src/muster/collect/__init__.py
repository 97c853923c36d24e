"""Where round files come from."""
