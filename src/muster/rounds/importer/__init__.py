"""Brings round files into the store: read, understood, fitted in, committed. The only I/O of this wing."""

from muster.rounds.importer.importer import Importer, ImportReport
from muster.rounds.importer.servers import ServerChoice, UnknownZone
from muster.rounds.reading import FileResult, Unreadable, find

__all__ = ["FileResult", "ImportReport", "Importer", "ServerChoice", "UnknownZone", "Unreadable", "find"]
