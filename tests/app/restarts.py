"""A PostgreSQL that is stopped and started again under the program."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests import postgres
from tests.postgres import Cluster, postgres_cluster


class Restartable:
    """A cluster whose server comes and goes; the place stays."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._own: subprocess.Popen[bytes] | None = None

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT throws everybody out, SIGQUIT is a crash."""
        pid_file = self.cluster.home / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), how)
        until = time.monotonic() + 20
        while pid_file.exists():
            assert time.monotonic() < until, "PostgreSQL does not stop"
            if self._own is not None:
                self._own.poll()
            time.sleep(0.02)
        if self._own is not None:
            self._own.wait(10)
            self._own = None

    def start(self) -> None:
        settings = postgres.SETTINGS | postgres.DURABLE
        self._own = postgres._serve(self.cluster.binaries, self.cluster.home, postgres._account(), settings)

    def close(self) -> None:
        if self._own is not None:
            self.stop()


@contextmanager
def restartable() -> Iterator[Restartable]:
    # Durable, as in service: else a crash takes commits along that the program was promised.
    with postgres_cluster(durable=True) as cluster:
        server = Restartable(cluster)
        try:
            yield server
        finally:
            server.close()
