"""Answers of questions as pages: one renderer for each kind of answer."""
