"""The second process of a large import: reads requests from standard input, does them, writes the results.

A request is a pickled function and its argument, as this program's own importer sends them; each message is
preceded by its length.
"""

import pickle
import struct
import sys
from typing import Final

HEADER: Final = struct.Struct("<Q")
"""The length of a message."""


def serve() -> None:
    """Answers requests until the other end is gone."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := requests.read(HEADER.size)) == HEADER.size:
        (size,) = HEADER.unpack(head)
        function, job = pickle.loads(requests.read(size))
        answer = pickle.dumps(function(job), pickle.HIGHEST_PROTOCOL)
        answers.write(HEADER.pack(len(answer)) + answer)
        answers.flush()


if __name__ == "__main__":
    serve()
