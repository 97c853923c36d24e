"""Muster keeps the statistics of a gaming community: who plays, how well and with whom."""

__version__ = "0.1.0"
