"""What other programs logged before: their files read into the same counts, from where the last import stopped."""

from muster.community.history.importer import HistoryImport
from muster.community.history.report import HistoryReport

__all__ = ["HistoryImport", "HistoryReport"]
