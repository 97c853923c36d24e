"""Keeping it running: parts and their end, logs, checks."""
