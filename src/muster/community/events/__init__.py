"""Event pipelines at work: kept in the store, asked about messages as they come, and before messages are deleted."""
