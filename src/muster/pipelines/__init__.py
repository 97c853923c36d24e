"""Event pipelines: which messages are meant, and what is to be done then. Nothing here does it."""
